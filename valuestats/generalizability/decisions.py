"""Decision studies: how large a design must be for a wanted precision, and its power for a planned contrast."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import INSIDE
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.generalizability.plan import Error, Plan, combinations_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed

_CITATIONS = ["Cronbach, Gleser, Nanda & Rajaratnam (1972)", "Brennan (2001), Generalizability Theory"]


@checked
def decision_study(
    study: Result,
    sizes: Mapping[str, int | Sequence[int]] | None = None,
    *,
    fixed: Sequence[str] = (),
    error: Error = "absolute",
) -> Result:
    r"""How precise a model's score would be in designs of other sizes.

    Estimand: the half width of the interval of a model's score, in SDs of models' true scores,
    :math:`z\,\sigma_\mathrm{error}/\sigma_\mathrm{model}`, where each component is divided by the levels it is averaged
    over. The absolute error speaks of the score itself; the relative one of differences between models asked alike.

    Parameters
    ----------
    study
        A result of `generalizability_study`.
    sizes
        Facet (or ``"epoch"``, the answers per cell) to one or several numbers of levels; all combinations are shown. A
        facet that is not named keeps its studied size.
    fixed
        Facets whose levels are all there are: their effects are no error. Their size is the studied one.
    error
        ``"absolute"`` or ``"relative"``.

    Returns
    -------
    Result
        Kind ``"decision"``, keys ``dimension, design``; besides ``n_<facet>``, ``score_error`` (scale points),
        ``model_sd``, ``generalizability`` and ``dependability``. Null where no variance between models was found; no
        ``std_error``, since the ratio has no finite one.

    Raises
    ------
    SpecificationError
        An unknown facet, a size below one, other sizes of a fixed facet, or epochs where each cell has one answer.

    Examples
    --------
    >>> from valuestats import decision_study, generalizability_study, read_responses
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> study = generalizability_study(responses, draws=200)
    >>> found = decision_study(study, {"wording": [1, 3, 10], "option_order": 2}, error="relative")
    >>> found.estimates[["n_wording", "estimate"]].round(2).to_numpy().tolist()
    [[1.0, 1.02], [3.0, 0.66], [10.0, 0.46]]
    """
    started = time.perf_counter()
    told = study.meta["specification"]
    plan = Plan.of(study, fixed, error)
    grid = combinations_of(sizes or {}, plan)
    level = float(told["level"])
    z = float(stats.norm.ppf((1 + level) / 2))
    names = [*plan.facets, "epoch"]
    labels = [_design(point, names) for point in grid]
    boot = np.full((plan.draws.shape[0], len(plan.dimensions), len(grid)), np.nan)
    rows = []
    for d, dimension in enumerate(plan.dimensions):
        for g, point in enumerate(grid):
            size = {**plan.levels[dimension], **point}
            found, drawn = plan.at(d, size), plan.at(d, size, draws=True)
            half = z * np.sqrt(_ratio(plan.error(found), found.universe))
            boot[:, d, g] = z * np.sqrt(_ratio(plan.error(drawn), drawn.universe))
            spread = boot[:, d, g]
            known = bool(np.isfinite(half)) and len(spread) > 0
            low, high = _ends(spread, level) if known else (np.nan, np.nan)
            rows.append(
                {
                    "estimand": f"half width of a {level:.0%} interval in SDs of models ({error} error)",
                    "dimension": dimension,
                    "design": labels[g],
                    "estimate": float(half),
                    "std_error": np.nan,
                    "lower": low,
                    "upper": high,
                    "level": level,
                    "interval": "generalised pivot, equal-tailed" if known else "none",
                    "n_scored": plan.counts[dimension][0],
                    "n_asked": plan.counts[dimension][1],
                    **{f"n_{name}": int(size[name]) for name in names},
                    "score_error": float(np.sqrt(plan.error(found))),
                    "model_sd": float(np.sqrt(found.universe)),
                    "generalizability": float(found.generalizability),
                    "dependability": float(found.dependability),
                }
            )
    frame = pd.DataFrame(rows)
    notes = [
        f"{dimension}: no variance between models was found, so no precision relative to it"
        for dimension in plan.dimensions
        if frame.loc[frame["dimension"] == dimension, "estimate"].isna().all()
    ]
    meta = make_meta(
        "decision study from variance components",
        {"fixed": list(fixed), "error": error, "level": level, "study": told},
        citations=_CITATIONS,
        seed=study.meta["seed"],
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    tree = None
    if len(boot):
        tree = draws_tree("bootstrap", boot, {"dimension": plan.dimensions, "design": labels})
    return Result("decision", frame, ("dimension", "design"), meta, tree)


@checked
def required_sizes(
    study: Result,
    *,
    half_width: float | None = None,
    difference: float | None = None,
    power: Annotated[float, INSIDE] = 0.9,
    vary: tuple[str, str] = ("wording", "epoch"),
    sizes: Mapping[str, int] | None = None,
    fixed: Sequence[str] = (),
    error: Error | None = None,
    first: Sequence[int] = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100),
) -> pd.DataFrame:
    r"""How many levels of two facets give an interval of the wanted half width, or the wanted power of a contrast.

    For each number of the first facet, the smallest number of the second: the error variance is
    :math:`a + b/n_2`, so :math:`n_2 = \lceil b/(v - a)\rceil` with v the wanted error variance, and none where
    :math:`v \le a`: then what the other facets add is already too much. For a half width w in SDs of models' true scores
    :math:`v = \sigma^2_\mathrm{model} w^2/z^2`; for a difference :math:`\delta` of two models, in scale points,
    :math:`v = \delta^2/(z + \Phi^{-1}(\mathrm{power}))^2/2`, of the relative error, as `contrast_power` has it.

    Sizes are those at the estimates. What the study leaves open of its components stands beside them: ``assured``, the
    share of the study's draws of the components under which the design reaches what is wanted.

    Parameters
    ----------
    study
        A result of `generalizability_study`.
    half_width
        Half width of the interval, in SDs of models; 0.1 where neither it nor a difference is given.
    difference, power
        Of two models, in scale points, and with which power it is to be told, at the level of the study.
    vary
        The two facets; ``"epoch"`` is the number of answers per cell.
    sizes
        Of the other facets; the studied sizes where not named.
    fixed, error
        As for `decision_study`; for a difference the error is the relative one.
    first
        Numbers of the first facet to try.

    Returns
    -------
    pandas.DataFrame
        ``dimension``, ``n_<facet>`` of both (the second null where no number suffices), ``answers`` per model,
        ``floor``, the half width that stays with endlessly many levels of the second facet (for a difference the power
        that then is reached, ``ceiling``), and, where the study has draws, ``assured``.

    Raises
    ------
    SpecificationError
        As for `decision_study`.

    Examples
    --------
    >>> from valuestats import generalizability_study, read_responses, required_sizes
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> study = generalizability_study(responses, draws=0)
    >>> found = required_sizes(study, half_width=0.5, vary=("wording", "item"), first=[3, 10], error="relative")
    >>> found[["n_wording", "n_item", "answers"]].astype(int).to_numpy().tolist()
    [[3, 589, 3534], [10, 88, 1760]]
    """
    if half_width is not None and difference is not None:
        raise SpecificationError(
            "a half width or a difference, not both",
            parameter="half_width, difference",
            got=(half_width, difference),
        )
    if difference is not None and error == "absolute":
        raise SpecificationError(
            "models asked alike differ by the relative error",
            parameter="error",
            got=error,
            expected="relative",
        )
    width = 0.1 if half_width is None else half_width
    if not width > 0 or len(set(vary)) != 2 or difference == 0 or not np.isfinite(difference or 0.0):
        raise SpecificationError(
            "wanted: a half width above zero, or a difference, and two different facets",
            parameter="half_width, difference, vary",
            got=(half_width, difference, vary),
        )
    plan = Plan.of(study, fixed, (error or "absolute") if difference is None else "relative")
    one, two = vary
    combinations_of({one: list(first), two: 1, **(sizes or {})}, plan)  # refuses what decision_study refuses
    z = float(stats.norm.ppf((1 + float(study.meta["specification"]["level"])) / 2))
    least = None if difference is None else (difference / (z + float(stats.norm.ppf(power)))) ** 2 / 2

    def wanted(universe: np.ndarray) -> np.ndarray:
        """The error variance that may be, at most."""
        variances = universe * (width / z) ** 2 if least is None else np.full(np.shape(universe), least)
        return np.asarray(variances, dtype=float)

    rows = []
    for d, dimension in enumerate(plan.dimensions):
        base = {**plan.levels[dimension], **(sizes or {})}
        for n in first:
            at_one = plan.at(d, {**base, one: n, two: 1})
            endless = plan.at(d, {**base, one: n, two: 1e15})
            a = float(plan.error(endless))
            b = float(plan.error(at_one)) - a
            v = float(wanted(endless.universe))
            known = least is not None or endless.universe > 0
            needed = max(1, int(np.ceil(b / (v - a) - 1e-9))) if v > a and known else None
            others = [size for name, size in base.items() if name not in (one, two)]
            assured = np.nan
            if needed is not None and len(plan.draws):
                drawn = plan.at(d, {**base, one: n, two: needed}, draws=True)
                assured = float((plan.error(drawn) <= wanted(drawn.universe) * (1 + 1e-9)).mean())
            end = (
                {"floor": float(z * np.sqrt(_ratio(a, endless.universe)))}
                if difference is None
                else {"ceiling": float(_power(difference, np.sqrt(2 * a), z))}
            )
            rows.append(
                {
                    "dimension": dimension,
                    f"n_{one}": n,
                    f"n_{two}": needed,
                    "answers": None if needed is None else int(np.prod([*others, n, needed])),
                    **end,
                    **({"assured": assured} if len(plan.draws) else {}),
                }
            )
    return pd.DataFrame(rows).astype({f"n_{two}": "Int64", "answers": "Int64"})


@checked
def contrast_power(
    study: Result,
    difference: float,
    sizes: Mapping[str, int | Sequence[int]] | None = None,
    *,
    fixed: Sequence[str] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Power to tell two planned models apart that differ by so many scale points, in designs of given sizes.

    Both models answer under the same levels, so the difference has error variance :math:`2\sigma^2_\mathrm{relative}`,
    and power is :math:`\Phi(|\delta|/s - z) + \Phi(-|\delta|/s - z)`, a normal test with known components. They are not
    known: a component that was estimated at or below zero may be what most of the error comes from, most of all where few
    models or levels were studied. ``lower`` and ``upper`` are the power under the study's draws of its components
    (generalised pivots), ``assurance`` its mean over them, the chance that such a study will tell the difference
    (O'Hagan, Stevens and Campbell 2005): a design is chosen by it, not by ``power``.

    Parameters
    ----------
    study
        A result of `generalizability_study`.
    difference
        True difference of the two models' scores, in scale points.
    sizes, fixed
        As for `decision_study`.
    level
        1 minus the significance level, two-sided.

    Returns
    -------
    pandas.DataFrame
        ``dimension, design, n_<facet>, difference, std_error, power, lower, upper, assurance, detectable`` (the difference
        told with power .8, at the estimates), and ``taken_as_zero``, the components that were estimated at or below zero
        and that enter the design. Without draws in the study ``lower``, ``upper`` and ``assurance`` are null.

    Examples
    --------
    >>> from valuestats import contrast_power, generalizability_study, read_responses
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> study = generalizability_study(responses, draws=0)
    >>> contrast_power(study, 0.3, {"item": [10, 40, 160]})[["n_item", "power"]].round(2).to_numpy().tolist()
    [[10.0, 0.17], [40.0, 0.45], [160.0, 0.81]]
    """
    if not np.isfinite(difference):
        raise SpecificationError("impossible difference", parameter="difference", got=difference)
    plan = Plan.of(study, fixed, "relative")
    names = [*plan.facets, "epoch"]
    z, told = float(stats.norm.ppf((1 + level) / 2)), float(study.meta["specification"]["level"])
    rows = []
    for d, dimension in enumerate(plan.dimensions):
        for point in combinations_of(sizes or {}, plan):
            size = {**plan.levels[dimension], **point}
            s = float(np.sqrt(2 * plan.error(plan.at(d, size))))
            drawn = _power(difference, np.sqrt(2 * plan.error(plan.at(d, size, draws=True))), z)
            low, high = equal_tailed(drawn, told) if len(drawn) else (np.nan, np.nan)
            rows.append(
                {
                    "dimension": dimension,
                    "design": _design(point, names),
                    **{f"n_{name}": int(size[name]) for name in names},
                    "difference": float(difference),
                    "std_error": s,
                    "power": float(_power(difference, s, z)),
                    "lower": float(low),
                    "upper": float(high),
                    "assurance": float(drawn.mean()) if len(drawn) else np.nan,
                    "detectable": (z + float(stats.norm.ppf(0.8))) * s,
                    "taken_as_zero": ", ".join(plan.at_zero(d)),
                }
            )
    return pd.DataFrame(rows)


def _power(difference: float, error: np.ndarray | float, z: float) -> np.ndarray:
    """Power of a two-sided normal test of a difference with these standard errors."""
    error = np.asarray(error, dtype=float)
    sure = np.full(error.shape, np.inf if difference else 0.0)
    t = np.divide(abs(difference), error, out=sure, where=error > 0)
    return np.asarray(stats.norm.cdf(t - z) + stats.norm.cdf(-t - z))


def _design(point: Mapping[str, int], names: list[str]) -> str:
    told = [
        f"{point[name]} {name.replace('_', ' ')}{'s' if point[name] != 1 else ''}"
        for name in names
        if name in point
    ]
    return ", ".join(told) or "as studied"


def _ratio(above: np.ndarray | float, below: np.ndarray | float) -> np.ndarray:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)


def _ends(draws: np.ndarray, level: float) -> tuple[float, float]:
    """Interval in which draws without variance between models count as endlessly wide."""
    lower, upper = np.quantile(
        np.where(np.isnan(draws), np.inf, draws), [(1 - level) / 2, (1 + level) / 2], method="nearest"
    )
    return float(lower), float(upper)
