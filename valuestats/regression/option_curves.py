"""Curves of the shares of unordered answers along an axis: a multinomial logit with random walks on the latent engine."""

from __future__ import annotations

import time
from typing import Annotated, Any

import numpy as np
import pandas as pd

from valuestats.base.allowed import POSITIVE
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.engines import Engine, LatentDraws, draw_latent, going_on, with_weights
from valuestats.latent.gate import needs_more
from valuestats.latent.sampling import Sampling, Settings, settings
from valuestats.latent.walks import Walk
from valuestats.regression.effects_columns import as_text
from valuestats.regression.effects_curves import require_steps
from valuestats.regression.effects_rows import is_number, valid_rows
from valuestats.regression.methods import APPROXIMATION, METHODS, check_sampling, predictive_p
from valuestats.regression.option_design import OptionDraws, counted_cells, option_draws, option_posterior
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables.responses import Responses

MOST_OPTIONS = 20
CITATIONS = (
    "McFadden (1974), Conditional logit analysis of qualitative choice behavior",
    "Rue & Held (2005), Gaussian Markov random fields",
    "Sorbye & Rue (2014), Spatial Statistics 8",
    *APPROXIMATION,
)


@checked
def option_curves(
    answers: pd.DataFrame | Responses,
    *,
    along: str,
    answer: str = "answer",
    by: str | None = None,
    unit: str | None = "item",
    smooth: Walk = "rw1",
    curve: Annotated[float, POSITIVE] = 1.0,
    spread: Annotated[float, POSITIVE] = 1.5,
    engine: Engine = "auto",
    sampling: Sampling | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Share of each option of unordered answers at every step of an axis, by a multinomial logit with curves.

    Estimand: :math:`\bar p_{btk} = \mathrm{E}_u\,p_{btk}(u)`, the share of option k in group b at step t over the population
    that the units are from. The log odds of an answer are a level, a curve along the axis and the unit's own leaning, all
    in orthonormal coordinates of the options, none of which is a reference:

    .. math:: p_{btk}(u) \propto \exp\bigl(H(\alpha_b + f_b(t) + u)\bigr)_k, \qquad u \sim N(0, \tau^2 I),

    f a scaled random walk or spline with one spread for all groups. Answers of one unit are taken as independent given its
    leaning: a unit that keeps an answer from step to step for no other reason makes intervals too narrow;
    `valuestats.stance_curve` asks nothing of the kind, for ordered steps of one distribution.

    Parameters
    ----------
    answers
        Rows with `along`, `answer` (of any kind; a Categorical keeps its order, and
        options that nobody took), optionally `by`, `unit`, ``count`` and
        ``status`` (only ``valid`` ones count as answers). Or `Responses`.
    along
        Column of numbers: checkpoints, months, doses.
    answer, by
        Column of the options, and of groups with curves of their own.
    unit
        Column of what answers repeatedly; None where each answer is on its own.
    smooth
        ``"rw1"`` (any steps), ``"rw2"`` (evenly spaced ones) or ``"s"`` (a smoothing spline over any).
    curve, spread
        Half-normal scales of the typical distance of a curve from its mean (or line), and of the units' leanings, in logits.
    engine, sampling, seed
        As in `valuestats.fit_ordinal`.
    level
        Probability inside the equal-tailed intervals.

    Returns
    -------
    Result
        Kind ``"option_curves"``, keys ``("option", "step")`` or ``(by, "option", "step")``, with ``raw`` (the share among
        the answers as they are), ``place`` and ``n_scored`` of the step. ``meta["spreads"]`` has the spreads.

    Raises
    ------
    InputError
        A column is missing.
    SpecificationError
        Too few steps, one option, more than 20, a column along that holds no numbers, uneven steps under ``"rw2"``.

    References
    ----------
    McFadden (1974); Rue and Held (2005); Sorbye and Rue (2014).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> step = np.repeat(np.arange(6), 60)
    >>> said = np.where(rng.random(360) < 0.15 + 0.1 * step, "ship", np.where(rng.random(360) < 0.5, "bus", "car"))
    >>> found = option_curves(pd.DataFrame({"step": step, "answer": said}), along="step", unit=None, seed=1)
    >>> row = found.estimates.set_index(["option", "step"])["estimate"]
    >>> bool(row["ship", "5"] > row["ship", "0"] + 0.3)
    True
    """
    started = time.perf_counter()
    chosen = settings(sampling, "option_curves", least=25, draws=700, tune=300, chains=4, target_accept=None)
    check_sampling(chosen.chains, chosen.draws, chosen.tune)
    frame = answers if isinstance(answers, pd.DataFrame) else answers.frame
    used = [along, *(c for c in (by, unit) if c is not None)]
    missing = [c for c in (*used, answer) if c not in frame.columns]
    if missing:
        raise InputError(
            "the answers lack columns",
            parameter="answers",
            got=f"missing {', '.join(missing)}",
            expected=", ".join(map(str, frame.columns)),
        )
    asked, valid, notes = valid_rows(frame, answer, used)
    if not is_number(valid[along]):
        raise SpecificationError(
            "a curve needs a column of numbers",
            parameter="along",
            got=along,
            hint="number the steps in their order",
        )
    require_steps(smooth, np.unique(valid[along].to_numpy(dtype=float)), along)
    options, option = _options(valid[answer])
    silent = [name for k, name in enumerate(options) if not (option == k).any()]
    if silent:
        notes = [*notes, f"nobody took {', '.join(silent)}: what is said of them rests on the prior"]
    number = valid["count"].to_numpy(dtype=float) if "count" in valid else np.ones(len(valid))
    cells = counted_cells(valid, number, option, len(options), by, along, unit)
    posterior = option_posterior(cells, smooth, curve, spread)
    found = draw_latent(posterior, engine, draws=chosen.draws, tune=chosen.tune, chains=chosen.chains, seed=seed,
        target_accept=chosen.target_accept)  # fmt: skip
    if not isinstance(found, LatentDraws):
        raise SpecificationError(
            "the posterior can't be drawn from", parameter="engine", got="; ".join(found)
        )
    for longer in going_on(found, engine):
        keep = chosen.draws if longer.fit.engine == "laplace" else longer.x.shape[2]
        x, phi = (a[..., :keep] for a in (longer.x, longer.phi))
        told = option_draws(cells, posterior, x.reshape(len(x), -1), phi.reshape(len(phi), -1), seed)
        verdict = with_weights(_judged(told, longer, chosen, cells, seed), longer.fit)
        if not needs_more(verdict):
            break
    steps = [f"{p:g}" for p in cells.places]
    shares = told.shares.transpose(0, 1, 3, 2)  # draws, groups, options, steps
    lower, upper = equal_tailed(shares, level)
    raw = cells.by_step(cells.counts).reshape(len(cells.groups), len(steps), len(options))
    total = raw.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        rate = (raw / total[..., None]).transpose(0, 2, 1)
    keys = ("option", "step") if by is None else (by, "option", "step")
    coords = {**({} if by is None else {by: list(cells.groups)}), "option": list(options), "step": steps}
    table = pd.MultiIndex.from_product(list(coords.values()), names=keys).to_frame(index=False)
    table.insert(0, "estimand", "share of the option")
    repeated = np.broadcast_to(total[:, None, :], rate.shape)
    table = table.assign(
        place=np.tile(cells.places, len(table) // len(steps)),
        estimate=shares.mean(axis=0).ravel(),
        std_error=shares.std(axis=0, ddof=1).ravel(),
        lower=lower.ravel(),
        upper=upper.ravel(),
        level=level,
        interval="posterior, equal-tailed",
        raw=rate.ravel(),
        n_scored=repeated.ravel(),
        n_asked=asked,
    )
    meta = make_meta(
        f"multinomial logit with curves ({smooth}), {METHODS[longer.fit.engine]}",
        {
            "along": "step",
            "axis": along,
            "quantity": "probability",
            "answer": answer,
            "by": by,
            "unit": unit,
            "smooth": smooth,
            "curve": curve,
            "spread": spread,
            "engine": engine,
            "draws": keep,
            "tune": chosen.tune,
            "chains": chosen.chains,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        gate=verdict,
        warnings=notes,
        spreads=_spreads(told, level),
        units=cells.units,
        cells=len(cells.counts),
        seconds=round(time.perf_counter() - started, 2),
        **longer.fit.record,
    )
    return Result(
        "option_curves", table, keys, meta, draws_tree("posterior", shares if by else shares[:, 0], coords)
    )


def _options(column: pd.Series) -> tuple[tuple[str, ...], np.ndarray]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        names, code = tuple(map(str, column.cat.categories)), column.cat.codes.to_numpy(dtype=np.int64)
    else:
        code, known = pd.factorize(as_text(column), sort=True)
        names = tuple(map(str, known))
    if not 2 <= len(names) <= MOST_OPTIONS:
        raise SpecificationError(
            "all answers are the same" if len(names) < 2 else "too many options",
            parameter="answer",
            got=names[0] if len(names) < 2 else f"{len(names)}",
            expected=f"2 to {MOST_OPTIONS} options",
        )
    return names, np.asarray(code, dtype=np.int64)


def _judged(told: OptionDraws, found: LatentDraws, chosen: Settings, cells: Any, seed: int) -> dict[str, Any]:
    """The gate's verdict, with how the options are used by group and step in replicates."""
    import xarray as xr

    spreads = [told.curve_sd, *([] if told.unit_sd is None else [told.unit_sd])]
    reported = np.column_stack([told.shares.reshape(len(told.shares), -1), *spreads])
    by_chain = reported.reshape(chosen.chains, -1, reported.shape[1])
    groups: dict[str, Any] = {"posterior": xr.Dataset({"reported": (("chain", "draw", "term"), by_chain)})}
    if "sample_stats" in found.fit.tree.children:
        groups["sample_stats"] = found.fit.tree["sample_stats"].to_dataset()
    p = np.exp(told.locations - told.locations.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    total = cells.counts.sum(axis=1)
    rng = np.random.default_rng(seed)
    again = rng.multinomial(np.round(total).astype(np.int64), p).astype(float)
    parts = [cells.by_step(v) for v in (cells.counts, total[:, None] * p, again)]
    return chosen.gate.judge(xr.DataTree.from_dict(groups), ["reported"], predictive_p(*parts))


def _spreads(told: OptionDraws, level: float) -> dict[str, dict[str, float]]:
    found = {}
    for name, values in (("curve", told.curve_sd), ("unit", told.unit_sd)):
        if values is not None:
            lower, upper = equal_tailed(values, level)
            found[name] = {"estimate": float(values.mean()), "lower": float(lower), "upper": float(upper)}
    return found
