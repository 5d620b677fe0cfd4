"""Answers and answering in one Bayesian model, over a grid of what cannot be estimated."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.progress import track
from valuestats.base.threads import one_thread
from valuestats.counting.answer_tables import AnswerSource
from valuestats.latent.engines import Engine, LatentDraws, check_engine, draw_latent, with_weights
from valuestats.latent.gate import Gate, judge
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.missing.adjusted_means import Array
from valuestats.missing.answering_design import (
    PRIORS,
    AskedCells,
    answering_check,
    answering_posterior,
    expected_codes,
)
from valuestats.missing.asked import (
    CITATIONS,
    AskedTable,
    asked_table,
    estimate_frame,
    extremes,
    fixed,
    table_warnings,
)
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed

DELTAS = (-1.0, -0.5, 0.0, 0.5, 1.0)
PRIOR = "prior"
"""Name of the amount that stands for the prior of the coefficient."""

_NODES = 9
_ACCEPT = 0.95  # the chance of answering bends the posterior more than the answers do
_CHAINS = 4
_CHECKED = 200


@formerly_apart
@checked
def missing_joint(
    answers: AnswerSource,
    keyed: pd.DataFrame | None = None,
    *,
    scale: tuple[int, int],
    deltas: Sequence[float] = DELTAS,
    prior: tuple[float, float] | None = None,
    engine: Engine = "auto",
    sampling: Sampling | None = None,
    level: float = 0.95,
    seed: int = 0,
    progress: bool = True,
) -> Result:
    r"""Scores from a joint model of answers and of whether they are given, for each amount by which the two depend.

    Model of each dimension, by cells c of model and item, reversed items turned: answers are cumulative logit with
    common thresholds and location

    .. math:: \eta_c = u_{m(c)} + v_{i(c)} + w_{q(c)} + e_c,

    and an answer k is given with
    :math:`\operatorname{logit} \rho_{ck} = a + a_{m(c)} + b_{i(c)} + f_c + \delta (k - \bar k)`. Of what was asked in a
    cell, :math:`P(\text{given}, k) = p_{ck}\rho_{ck}` and :math:`P(\text{missing}) = \sum_k p_{ck}(1-\rho_{ck})`.
    Effects of models, items, their clusters (of answers only) and, where a model is asked an item several times, model x
    item are normal with half-normal standard deviations, in both parts.
    :math:`\delta` is not identified by the answers (only the shapes assumed would tell it), so it is never estimated: the
    model is fitted at each of `deltas`. At 0 answers are missing at random given model and item, and the first part is the
    model of the answers given alone. A positive one says that high answers (towards the dimension) are given more readily,
    so that missing ones are low.

    Estimand: the expected answer of the model to items of the same kind, effects of items, clusters and pairs integrated
    out; that of `missing_sensitivity` under ``"selection"``, but pooled over items, which a few answers per item need.

    Parameters
    ----------
    answers, keyed, scale
        As in `missing_bounds`.
    deltas
        Values at which :math:`\delta` is held, in logits per step of the scale; 0 is added.
    prior
        Mean and standard deviation of an informative normal prior of :math:`\delta`: adds rows of amount ``"prior"``,
        which mix fits at nine of its quantiles. It is not updated: what the answers would say about it rests on the
        assumed shapes alone.
    engine
        ``"laplace"``, ``"hmc"``, or ``"auto"``: the second where the weights of the first do not hold.
    sampling
        `Sampling`, of which it takes `draws` (of each of four chains, 500 if not given) and `gate`.
    level, seed
        Of the intervals and of all random numbers.
    progress
        Whether to show progress on standard error.

    Returns
    -------
    Result
        Kind ``"missing_joint"``, keys ``model, dimension, amount`` (as text): posterior median and interval, ``delta``,
        ``bound_lower`` and ``bound_upper`` (the worst case over the answers asked for, without sampling error). Contrasts
        and ranks of models come from the draws. ``meta["fits"]``: engine, its diagnostics and standard deviations by fit.

    Raises
    ------
    InputError, SpecificationError
        As in `missing_bounds`, an impossible prior, or no Laplace approximation to start from.

    References
    ----------
    Little and Rubin (2019), Statistical Analysis with Missing Data, chapter 15; Scharfstein, Rotnitzky and Robins (1999);
    Greenland (2005), JRSS A 168 (priors that are not updated); Rue, Martino and Chopin (2009). Agreement with maximum
    likelihood in R (tests/r/selection.R); coverage and simulation-based calibration in benchmarks/missing_joint_*.py.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.missing.joint import missing_joint
    >>> counts = pd.DataFrame({"model": "m", "item": ["1", "1", "2", "2"], "status": ["valid", "refusal"] * 2,
    ...     "answer": [3, None, 4, None], "count": [8, 4, 8, 1]}).astype({"answer": "Int64"})
    >>> few = Sampling(draws=200)
    >>> found = missing_joint(counts, scale=(1, 6), deltas=[-1, 0, 1], sampling=few, progress=False).estimates
    >>> bool(found["estimate"].is_monotonic_decreasing)
    True
    """
    started = time.perf_counter()
    check_engine(engine)
    table = asked_table(answers, keyed, scale, "mean", None)
    grid = sorted({0.0, *map(float, deltas)})
    chosen = settings(sampling, "missing_joint", draws=500)
    draws = chosen.draws
    _check(grid, prior, engine, draws, level)
    amounts = [f"{a:g}" for a in grid]
    nodes: list[float] = []
    if prior is not None:
        nodes = list(prior[0] + prior[1] * norm.ppf((np.arange(_NODES) + 0.5) / _NODES))
        amounts.append(PRIOR)
    shape = (draws * _CHAINS, len(table.models), len(table.dimensions), len(amounts))
    found, fits = np.full(shape, np.nan), []
    work = [(d, delta) for d in range(len(table.dimensions)) for delta in [*grid, *nodes]]
    mixed: list[Array] = []
    with one_thread():
        for step, (d, delta) in enumerate(track(work, "joint models") if progress else work):
            values, record = _fit(table, d, delta, engine, draws, seed + step, chosen.gate)
            fits.append({"dimension": table.dimensions[d], "delta": delta, **record})
            place = step % (len(grid) + len(nodes))
            if place < len(grid):
                found[:, :, d, place] = values
            else:
                mixed.append(values)
            if len(mixed) == len(nodes) > 0:
                found[:, :, d, -1] = _mix(mixed, np.random.default_rng(seed + step))
                mixed = []
    verdict = _verdict(fits, chosen.gate)
    said = [*table_warnings(table)]
    if (table.answered + table.missing).max() < 2:
        said.append("each item was asked once of each model, so model x item effects are left out")
    meta = make_meta(
        "joint model of ordered answers (cumulative logit) and of answering (selection on the answer, coefficient declared)",
        {
            "scale": list(scale),
            "deltas": grid,
            "prior": None if prior is None else list(prior),
            "engine": engine,
            "draws": draws,
            "level": level,
            "priors": PRIORS,
            "unit": "item",
        },
        citations=[
            "Little & Rubin (2019), Statistical Analysis with Missing Data",
            "Scharfstein, Rotnitzky & Robins (1999)",
            "Rue, Martino & Chopin (2009)",
            *([] if prior is None else ["Greenland (2005)"]),
            *CITATIONS[:1],
        ],
        seed=seed,
        warnings=said,
        gate=verdict,
        seconds=time.perf_counter() - started,
        pooled=table.pooled or None,
        fits=fits,
    )
    frame = _rows(table, found, amounts, grid, level)
    coords = {"model": table.models, "dimension": table.dimensions, "amount": amounts}
    return Result(
        "missing_joint", frame, ("model", "dimension", "amount"), meta, draws_tree("posterior", found, coords)
    )


def _check(
    grid: list[float], prior: tuple[float, float] | None, engine: str, draws: int, level: float
) -> None:
    if not np.isfinite(grid).all():
        raise SpecificationError("coefficients must be finite", parameter="deltas", got=grid)
    if prior is not None and not (len(prior) == 2 and np.isfinite(prior).all() and prior[1] > 0):
        raise SpecificationError(
            "no such prior", parameter="prior", got=prior, expected="mean and standard deviation above 0"
        )
    if engine == "nuts":
        raise SpecificationError(
            "no such engine", parameter="engine", got=engine, expected="auto, laplace, hmc"
        )
    if draws < 1 or not 0 < level < 1:
        raise SpecificationError(
            "impossible draws or level",
            parameter="draws, level",
            got=f"{draws}, {level}",
            expected="1 or more; in (0, 1)",
        )


def asked_cells(table: AskedTable, d: int) -> tuple[AskedCells, Array]:
    """Cells of one dimension that were asked, reversed items turned, and the places of their models."""
    asked = (table.answered + table.missing > 0) & (table.sign[:, d] != 0)
    m, i = np.nonzero(asked)
    counts = table.counts[m, i]
    turned = table.sign[i, d] < 0
    counts[turned] = counts[turned, ::-1]
    models, model = np.unique(m, return_inverse=True)
    _, item = np.unique(i, return_inverse=True)
    _, cluster = np.unique(table.cluster[i], return_inverse=True)
    own = cluster.max() == item.max() or cluster.max() == 0
    number = table.answered[m, i] + table.missing[m, i]
    cells = AskedCells(
        counts,
        table.missing[m, i],
        model.astype(np.int64),
        item.astype(np.int64),
        None if own else cluster.astype(np.int64),
        len(models),
        bool(number.mean() >= 2),
    )
    return cells, models


def _fit(
    table: AskedTable, d: int, delta: float, engine: Engine, draws: int, seed: int, gate: Gate | None
) -> tuple[Array, dict[str, Any]]:
    """Expected codes, shape ``(draws, models)`` (NaN where a model was not asked), and the fit's record."""
    cells, models = asked_cells(table, d)
    posterior = answering_posterior(cells, delta)
    drawn = draw_latent(posterior, engine, draws=draws, chains=_CHAINS, seed=seed, target_accept=_ACCEPT)
    if not isinstance(drawn, LatentDraws):
        raise SpecificationError(
            "the joint model has no mode to start from",
            parameter="deltas",
            got=f"{delta:g} ({table.dimensions[d]})",
            hint="take smaller coefficients",
        )
    x, phi = (a[..., :draws].reshape(len(a), _CHAINS * draws) for a in (drawn.x, drawn.phi))
    values = table.codes[0] + expected_codes(posterior, x, phi, cells.models)
    posterior_set = xr.Dataset(
        {"expected": (("chain", "draw", "model"), values.reshape(_CHAINS, draws, cells.models))}
    )
    tree = drawn.fit.tree.copy()
    tree["posterior"] = xr.DataTree(posterior_set)
    thinned = x[:, :: max(1, x.shape[1] // _CHECKED)]
    p = answering_check(posterior, cells, thinned, np.random.default_rng(seed))
    verdict = with_weights(judge(tree, ["expected"], p, gate), drawn.fit)
    u = posterior.design.unconstrained(phi)
    spreads = {
        h.name.removesuffix("_sd"): float(np.median(np.exp(u[posterior.design.hyper_slices[h.name]])))
        for h in posterior.design.hypers
    }
    out = np.full((len(values), len(table.models)), np.nan)
    out[:, models] = values
    return out, {**drawn.fit.record, "verdict": verdict, "spreads": spreads}


def _mix(parts: list[Array], rng: np.random.Generator) -> Array:
    """Equal shares of the draws of each fit, models kept together."""
    total = len(parts[0])
    stacked = np.concatenate([p[: total // len(parts) + 1] for p in parts])
    return np.asarray(rng.permutation(stacked)[:total])


def _verdict(fits: list[dict[str, Any]], limits: Gate) -> dict[str, Any]:
    """One verdict for all fits: each must pass."""
    reasons = [
        f"{fit['dimension']}, coefficient {fit['delta']:g}: {reason}"
        for fit in fits
        for reason in fit["verdict"]["reasons"]
    ]
    each = [fit["verdict"] for fit in fits]
    divergences = [v["divergences"] for v in each if v["divergences"] is not None]
    return {
        **each[0],
        "passed": not reasons,
        "reasons": reasons,
        "max_rhat": max(v["max_rhat"] for v in each),
        "min_ess_bulk": min(v["min_ess_bulk"] for v in each),
        "min_ess_tail": min(v["min_ess_tail"] for v in each),
        "divergences": sum(divergences) if divergences else None,
        "predictive_p": min(v["predictive_p"] for v in each),
    }


def _rows(
    table: AskedTable, found: Array, amounts: list[str], grid: list[float], level: float
) -> pd.DataFrame:
    low, high = (
        fixed(table, *extremes(table, up), np.ones((1, table.n_clusters)))[0] for up in (False, True)
    )
    base = estimate_frame(table, np.zeros(low.shape)).assign(
        bound_lower=low.ravel(), bound_upper=high.ravel()
    )
    frame = base.loc[base.index.repeat(len(amounts))].reset_index(drop=True)
    frame["estimand"] = "expected code"
    frame["amount"] = np.tile(amounts, len(base))
    frame["delta"] = np.tile([*grid, *[np.nan] * (len(amounts) - len(grid))], len(base))
    lower, upper = equal_tailed(found, level)
    frame["estimate"], frame["std_error"] = (
        np.median(found, axis=0).ravel(),
        bootstrap_standard_error(found).ravel(),
    )
    frame["lower"], frame["upper"], frame["level"] = lower.ravel(), upper.ravel(), level
    frame["interval"] = "posterior, equal-tailed"
    return frame
