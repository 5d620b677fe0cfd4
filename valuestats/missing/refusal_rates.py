"""Rates of refusals, or of other missing answers, over models, topics and languages: an outcome in its own right."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.counting.answer_tables import AnswerSource, open_answers
from valuestats.counting.grouped import count_answers, whole_counts
from valuestats.latent.likelihoods.rates import Array, RateChains, multilevel_rates
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.missing.levels import ALL, MISSING
from valuestats.missing.refusal_report import judge_rates, rate_warnings, rates_frame, spread_row
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.tables import Responses
from valuestats.tables.units import cluster_column, resampling_units

_MOST_DENSE = 2000
_MOST_CELLS = 30_000_000
_NODES = 21
_CITATIONS = [
    "Gelman & Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models",
    "Shahbaba, Lan, Johnson & Neal (2014), Split Hamiltonian Monte Carlo, Statistics and Computing 24",
]


@formerly_apart
@checked
def refusal_rates(
    answers: AnswerSource,
    by: Sequence[str] = ("model",),
    *,
    event: str | Sequence[str] = "refusal",
    clusters: Sequence[str] | None = None,
    items: pd.DataFrame | None = None,
    interactions: bool = True,
    spread_sd: float = 1.5,
    level: float = 0.95,
    sampling: Sampling | None = None,
    seed: int = 0,
) -> Result:
    r"""How often each model refuses, by topic, language or any other factors, partially pooled.

    Model: of the answers asked for in a cell c (a combination of levels of `by` and `clusters`) the refusals are
    binomial with

    .. math:: \operatorname{logit} p_c = \alpha + \sum_f u_{f,l_f(c)} + \sum_{f<g} u_{fg,l_f(c) l_g(c)} + \sum_k v_{k,c},

    normal effects of each factor of `by`, of each pair of them, and of each cluster k, with half-normal standard
    deviations; where a model answers a cluster more than once, its own deviation there
    is an effect too, because answers to one item are not independent. Estimand: the rate at clusters of the same
    kind, :math:`E[p]` with the cluster effects integrated out, in each cell of `by` and, where a factor is
    ``"all"``, its mean over that factor's levels with equal weights (not weighted by how often each was asked). Cells
    nobody asked are estimated from the others.

    A factor that is nested in another (a publisher in a language) cannot be told from it without the assumption that
    its levels are alike: put it into `clusters`, so that the language's interval holds what few publishers leave open.

    Parameters
    ----------
    answers
        Anything that `valuestats.count_answers` counts, or counts with ``status`` and ``count``; in a frame any columns
        may be factors (``topic``, …).
    by
        Factors whose rates are reported.
    event
        A status or several, or ``"missing"`` for every answer that could not be scored. Failed calls
        (``api_error``) are no chance to refuse: they count as asked only where they are the event.
    clusters
        Random effects that are integrated out, the finest last. If not given: ``cluster`` (the query of an item) where the
        answers have it, else ``item``.
    items
        Further columns of items (``item, topic, …``), where the answers lack them.
    interactions
        Whether pairs of factors have effects of their own.
    spread_sd
        Scale of the half-normal priors (logits).
    level, seed
        Of the intervals and of all random numbers.
    sampling
        `Sampling`, of which it takes `draws` (kept in all, 1,000 if not given) and `gate`.

    Returns
    -------
    Result
        Kind ``"refusal_rates"``, keys `by`; ``estimate`` (posterior median), ``raw_rate``, ``n_events``, ``n_asked``,
        ``n_scored`` (asked without the event), ``n_units`` (clusters). ``meta["spreads"]``: standard deviations of the
        effects (logits) with intervals, null where fewer than 100 draws are effective. Contrasts and ranks come from the
        draws. ``meta["gate"]`` judges the rates over all chains (at least 2,000 draws),
        of more than 1,000 those of each factor's levels; it holds no predictive check. Where it fails draws are made once
        more with smaller steps, twice as many, and ``meta["fallback"]`` says so.

    Raises
    ------
    SpecificationError
        A factor that is not there, an unknown status, or more levels than can be fitted.
    InputError
        Nothing was asked, or a factor is null.

    Notes
    -----
    Where refusals are rare most clusters have none, and an approximation at the mode (Laplace) gives rates too high; draws
    are of the exact posterior (`valuestats.latent.likelihoods.rates`), and agree with PyMC's sampler
    (tests/r/refusals_rare.py). Coverage by how rare refusals are is in benchmarks/results/refusal_coverage.csv, calibration
    in docs/calibration.md. One spread of the clusters stands for all models; where it does not hold, a warning names the
    levels whose raw rate lies outside.

    References
    ----------
    Gelman and Hill (2007); Shahbaba, Lan, Johnson and Neal (2014). Agreement with lme4 (tests/r) and
    coverage on simulated truth (benchmarks/refusal_coverage.py) are kept with the package.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.missing.refusal_rates import refusal_rates
    >>> counts = pd.DataFrame({"model": ["a", "a", "b", "b"] * 20, "item": [i for i in range(20) for _ in range(4)],
    ...     "status": ["valid", "refusal"] * 40, "count": [9, 1, 5, 5] * 20})
    >>> found = refusal_rates(counts, clusters=["item"], seed=1)
    >>> found.estimates.set_index("model")["estimate"].round(1).to_dict()
    {'a': 0.1, 'b': 0.5, 'all': 0.3}
    """
    started = time.perf_counter()
    chosen = settings(sampling, "refusal_rates", draws=1000)
    draws = chosen.draws
    factors = [by] if isinstance(by, str) else list(dict.fromkeys(by))
    events, asked = _statuses(event)
    counts, units = _counts(answers, factors, clusters, items)
    cells = _cells(counts, [*factors, *units], events, asked)
    levels = {f: sorted(cells[f].unique()) for f in factors}
    effects, sizes, codes = _effects(cells, levels, units, interactions)
    within = [f for f, names in enumerate(effects) if any(u in names for u in units)]
    eliminate = max(within, key=lambda f: sizes[f], default=None)
    grid = int(np.prod([len(v) + 1 for v in levels.values()]))
    dense = sum(s for f, s in enumerate(sizes) if f != eliminate)
    if dense > _MOST_DENSE or grid * draws > _MOST_CELLS:
        raise SpecificationError(
            "more levels than can be fitted",
            parameter="by",
            got=f"{dense:,} effects and {grid:,} rates",
            expected=f"at most {_MOST_DENSE:,} effects, and {_MOST_CELLS // draws:,} rates at {draws} draws",
            hint="name fewer or coarser factors, or put one of them into clusters",
        )
    fallback: list[str] = []
    while True:
        fit = multilevel_rates(
            cells["events"].to_numpy(float),
            cells["trials"].to_numpy(float),
            codes,
            sizes,
            eliminate=eliminate,
            spread_sd=spread_sd,
            draws=draws,
            careful=bool(fallback),
            rng=np.random.default_rng(seed),
        )
        every = _with_means(_rates(fit.chains, effects, sizes, eliminate, levels, within))
        verdict = judge_rates(every, fit.chains.diverging, chosen.gate)
        if verdict["passed"] or fallback:
            break
        fallback.append(f"drawn again, more carefully: {'; '.join(verdict['reasons'])}")
    rates = every[fit.chosen]
    frame = rates_frame(cells, levels, units, rates, level)
    spreads = [spread_row(names, sizes[f], fit, f, level) for f, names in enumerate(effects)]
    total = cells[["events", "trials"]].sum()
    meta = make_meta(
        "multilevel logistic regression of counted answers, Hamiltonian Monte Carlo; clusters integrated out",
        {
            "by": factors,
            "event": list(events),
            "asked": list(asked),
            "clusters": units,
            "interactions": interactions,
            "spread_sd": spread_sd,
            "level": level,
            "draws": draws,
        },
        citations=_CITATIONS,
        seed=seed,
        gate=verdict,
        warnings=rate_warnings(cells, levels, units, spreads, total, frame),
        seconds=time.perf_counter() - started,
        spreads=spreads,
        n_clusters={u: int(cells[u].nunique()) for u in units},
        effective_scale_draws=fit.effective,
        fallback=fallback,
    )
    coords = {f: [*names, ALL] for f, names in levels.items()}
    return Result("refusal_rates", frame, tuple(factors), meta, draws_tree("posterior", rates, coords))


def _statuses(event: str | Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if event == "missing":
        return MISSING, (*MISSING, "valid")
    events = (event,) if isinstance(event, str) else tuple(event)
    unknown = [e for e in events if e not in MISSING]
    if unknown or not events:
        raise SpecificationError(
            "no such event",
            parameter="event",
            got=unknown[0] if unknown else "nothing",
            expected=f"missing, or some of {', '.join(MISSING)}",
        )
    others = [s for s in MISSING if s not in events and s != "api_error"]
    return events, (*events, *others, "valid")


def _counts(
    answers: AnswerSource, by: list[str], clusters: Sequence[str] | None, items: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[str]]:
    """Counts by factors, clusters and status, and the names of the clusters."""
    joined = [] if items is None else [c for c in items.columns if c != "item"]
    if isinstance(answers, Responses):
        answers = answers.frame
    if isinstance(answers, pd.DataFrame):
        present = list(answers.columns)
    else:
        answers = open_answers(answers)
        present = list(answers.columns)
    if clusters is None:
        tell = "cluster" in present and (not isinstance(answers, pd.DataFrame) or cluster_column(answers))
        units = ["cluster" if tell else "item"]
        units = [u for u in units if u not in by]
    else:
        units = [c for c in dict.fromkeys(clusters) if c not in by]
    absent = [c for c in ("status", *by, *units) if c not in present and c not in joined]
    if absent or not by:
        raise SpecificationError(
            "the answers have no such column" if absent else "no factor",
            parameter="by, clusters",
            got=", ".join(absent) or "nothing",
            expected=f"some of {', '.join(str(c) for c in [*present, *joined][:20])}",
            hint="give columns of items (topic, language, …) as `items`" if absent else None,
        )
    own = [c for c in [*by, *units] if c in present]
    of_items = len(own) < len(by) + len(units) or ("cluster" in own and "item" in present)
    needed = list(dict.fromkeys([*own, "item"] if of_items else own))
    if isinstance(answers, pd.DataFrame):
        number = whole_counts(answers["count"]) if "count" in answers.columns else 1
        frame = answers.assign(count=number)
        counts = frame.groupby([*needed, "status"], observed=True, dropna=False)["count"].sum().reset_index()
    else:
        counts = count_answers(answers, needed).drop(columns="answer")
    if "cluster" in units and "item" in counts:
        resampling_units(counts, counts["item"].unique())
    if items is not None and len(own) < len(by) + len(units):
        further = items[["item", *[c for c in joined if c not in present]]].drop_duplicates()
        twice = further["item"].duplicated()
        if twice.any():
            raise InputError(
                "an item stands twice with different columns",
                parameter="items",
                got=further["item"][twice].iloc[0],
            )
        counts = counts.assign(item=counts["item"].astype(str))
        counts = counts.merge(further.assign(item=further["item"].astype(str)), on="item", how="left")
    return counts, units


def _cells(
    counts: pd.DataFrame, keys: list[str], events: tuple[str, ...], asked: tuple[str, ...]
) -> pd.DataFrame:
    for name in keys:
        if counts[name].isna().any():
            raise InputError("a factor is null in some answers", parameter=name)
    number = counts["count"].astype(float)
    cells = counts[keys].astype(str)
    cells["events"] = number.where(counts["status"].isin(events), 0.0)
    cells["trials"] = number.where(counts["status"].isin(asked), 0.0)
    cells = cells.groupby(keys, observed=True)[["events", "trials"]].sum().reset_index()
    if not cells["trials"].sum() > 0:
        raise InputError("nothing was asked", parameter="answers", got="no answer with one of these statuses")
    for name in keys:
        if (cells[name] == ALL).any():
            raise InputError(f"a level is called {ALL!r}, the name of the mean over levels", parameter=name)
    return cells


def _effects(
    cells: pd.DataFrame, levels: dict[str, list[str]], units: list[str], interactions: bool
) -> tuple[list[tuple[str, ...]], list[int], np.ndarray]:
    """The factors of the model: names that make them up, number of levels, level of each cell."""
    place = {f: pd.Index(names).get_indexer(pd.Index(cells[f])) for f, names in levels.items()}
    varied = [f for f, names in levels.items() if len(names) > 1]
    effects: list[tuple[str, ...]] = [(f,) for f in varied]
    sizes = [len(levels[f]) for f in varied]
    codes = [place[f] for f in varied]
    if interactions:
        for one, two in itertools.combinations(varied, 2):
            effects.append((one, two))
            sizes.append(len(levels[one]) * len(levels[two]))
            codes.append(place[one] * len(levels[two]) + place[two])
    for unit in units:
        code, names = pd.factorize(cells[unit], sort=True)
        if len(names) > 1:
            effects.append((unit,))
            sizes.append(len(names))
            codes.append(code)
    if units and varied:
        lead = "model" if "model" in varied else varied[0]
        pair = cells[lead].str.cat(cells[units[-1]], sep="\x1f")
        code, names = pd.factorize(pair)
        own = cells.loc[cells["trials"] > 0].groupby(code[cells["trials"].to_numpy() > 0])["trials"].sum()
        alone = len(pd.unique(cells[units[-1]]))
        several = 1 < alone < len(names)
        # one answer per model and cluster can't tell the pair's effect from the binomial's own spread
        if several and float(own.mean()) >= 2.0:
            effects.append((lead, units[-1]))
            sizes.append(len(names))
            codes.append(code)
    matrix = np.stack(codes, axis=1) if codes else np.zeros((len(cells), 0), dtype=np.intp)
    return effects, sizes, matrix.astype(np.intp)


def _rates(
    fit: RateChains,
    effects: list[tuple[str, ...]],
    sizes: list[int],
    eliminate: int | None,
    levels: dict[str, list[str]],
    within: list[int],
) -> Array:
    """Draws of the rate in each cell of the factors, cluster effects integrated out by Gauss-Hermite quadrature."""
    names = list(levels)
    draws = len(fit.coefficients)
    eta = fit.coefficients[:, 0].reshape(draws, *[1] * len(names))
    start = 1
    for f, size in enumerate(sizes):
        if f == eliminate:
            continue
        block = fit.coefficients[:, start : start + size]
        start += size
        if f not in within:
            shape = [len(levels[name]) if name in effects[f] else 1 for name in names]
            eta = eta + block.reshape(draws, *shape)
    eta = np.broadcast_to(eta, (draws, *[len(v) for v in levels.values()]))
    if not within:
        return np.asarray(expit(eta))
    sd = np.sqrt((fit.scales[:, within] ** 2).sum(axis=1)).reshape(draws, *[1] * len(names))
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    total = np.zeros(eta.shape)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        total += weight * expit(eta + node * sd)
    return total


def _with_means(rates: Array) -> Array:
    """Append to each axis but the first the mean over it."""
    for axis in range(1, rates.ndim):
        rates = np.concatenate([rates, rates.mean(axis=axis, keepdims=True)], axis=axis)
    return rates
