"""Whether ten values lie on Schwartz's circle: scaling in the plane, fit to the theoretical circle, test of the order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.circle.scaling import (
    Transformation,
    classical_scaling,
    congruence,
    order_correspondence,
    procrustes,
    smacof,
)
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import ClusterPlan, plan_clusters
from valuestats.statistics.ratios import ratio
from valuestats.statistics.reliability import pairwise_covariance
from valuestats.tables import Ratings, Responses
from valuestats.tables.answer_matrix import person_items
from valuestats.tables.keys import checked_keys, printed_labels
from valuestats.tables.schema import require_unique
from valuestats.tables.units import Units, resampling_units

Array = NDArray[np.float64]

WEDGES: tuple[tuple[str, ...], ...] = (
    ("Self_Direction",),
    ("Stimulation",),
    ("Hedonism",),
    ("Achievement",),
    ("Power",),
    ("Security",),
    ("Conformity", "Tradition"),
    ("Benevolence",),
    ("Universalism",),
)
"""The circle of ten values; Conformity and Tradition share a wedge, Tradition outside (Schwartz 1992, figure 1)."""

_BATCH = 250


@checked
def circumplex(
    answers: pd.DataFrame | Ratings | Responses,
    keyed: pd.DataFrame | None = None,
    *,
    order: Sequence[str | Sequence[str]] = WEDGES,
    correlation: Literal["pearson", "spearman"] = "pearson",
    transformation: Transformation = "interval",
    starts: int = 100,
    replicates: int = 500,
    permutations: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Place values in the plane and hold them against the theoretical circle.

    Answers become scores (mean of a value's items minus the respondent's mean over all keyed items, "MRAT"
    centring), scores become dissimilarities :math:`1 - r` between values, these become a plane by SMACOF (the best of
    the classical start and many random ones), and the plane is laid on the theoretical circle by Procrustes
    (translation, rotation or reflection, scale). The wedges of the circle are of equal width.

    Estimand: each value's angle on that circle, in degrees anticlockwise from the first wedge of `order`, in the
    population of respondents. Interval: expanded percentile over bootstrap replicates of the respondents (of their
    clusters where a column ``cluster`` or ``psu`` names them), each scaled and fitted anew, taken around the estimated
    angle.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        Answers (see `valuestats.tables.answer_matrix.person_items`), higher codes meaning more like the value; or scores:
        ``respondent``, ``dimension``, ``score`` without keys, which are taken as they are.
    keyed
        Columns ``dimension, item`` and optionally ``sign``, for answers.
    order
        Dimensions in circular order; dimensions in one inner list share a wedge.
    correlation
        ``"pearson"`` or ``"spearman"`` (ranks of the whole sample). Polychoric correlations are for categories
        and don't apply to centred scores.
    transformation
        ``"interval"`` (a straight line through the dissimilarities), ``"ordinal"`` (only their order counts) or
        ``"ratio"``. With ten points the ordinal plane is not firmly fixed by the data: its intervals hardly
        shrink as respondents are added (``benchmarks/circumplex_coverage.py``).
    starts
        Random starts besides the classical one.
    replicates
        Bootstrap replicates; none with 0.
    permutations
        Of the dissimilarities (baseline of stress) and, twentyfold, of the labels (order, Procrustes fit).
    level, seed
        Of the intervals and of all random numbers.

    Returns
    -------
    Result
        Kind ``"circumplex"``, keys ``("value",)``: ``estimate`` (angle), ``baseline`` (theoretical angle),
        ``deviation``, ``x``, ``y``, ``radius``. ``meta["circle"]`` holds stress-1 with the mean and 5% quantile
        over permuted dissimilarities, the Procrustes correlation and the congruence coefficient with
        their chance levels, and the correspondence index of the circular order with its p-value.

    Raises
    ------
    SpecificationError
        Fewer than four dimensions, one that is not in `order`, one without variance, too few respondents.

    References
    ----------
    Schwartz (1992); Borg and Groenen (2005); de Leeuw (1977); Hubert and Arabie (1987); Tracey (1997); Jackson
    (1995); Mair, Borg and Rusch (2016); Hesterberg (2015).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.circle.circumplex import circumplex
    >>> rng, angle = np.random.default_rng(0), np.arange(6) * np.pi / 3
    >>> x = rng.normal(size=(200, 2)) @ np.array([np.cos(angle), np.sin(angle)]) + 0.3 * rng.normal(size=(200, 6))
    >>> wide = pd.DataFrame(x, columns=list("abcdef")).rename_axis("respondent").reset_index()
    >>> scores = wide.melt("respondent", var_name="dimension", value_name="score")
    >>> found = circumplex(scores, order=list("abcdef"), transformation="interval", replicates=0)
    >>> bool(found.estimates["deviation"].abs().max() < 10)
    True
    """
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    scored = _scores(answers, keyed)
    names, angles = _theory(scored.names, order)
    y = scored.y[:, [scored.names.index(n) for n in names]]
    if correlation == "spearman":
        y = np.where(np.isnan(y), np.nan, stats.rankdata(y, axis=0, nan_policy="omit"))
    dissimilarity = _dissimilarity(y, np.ones((1, len(y))))
    _require_spread(dissimilarity[0], names, len(y))
    target = np.column_stack([np.cos(angles), np.sin(angles)])
    point = _best(dissimilarity[0], starts, transformation, rng)
    fit = procrustes(point.points, target)
    circle = _circle(dissimilarity[0], point, fit.disparity[0], target, transformation, permutations, rng)
    angle = np.degrees(_angle(fit.points[0]))
    theory = np.degrees(angles)
    deviation = _wrapped(angle - theory)
    units = scored.units
    plan = plan_clusters(len(units), replicates, rng)
    away = _wrapped(_replicated(y, point.points[0], target, transformation, plan, units.member) - angle)
    what = "clusters" if units.clustered else "respondents"
    found = plan.finish(theory + deviation + away, theory + deviation, len(units), level, what=what)
    xy = fit.points[0]
    frame = pd.DataFrame(
        {
            "estimand": "angle on the circle (degrees)",
            "value": names,
            "estimate": theory + deviation,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": (~np.isnan(y)).sum(axis=0),
            "n_asked": len(y),
            "baseline": theory,
            "deviation": deviation,
            "x": xy[:, 0],
            "y": xy[:, 1],
            "radius": np.hypot(xy[:, 0], xy[:, 1]),
            "n_units": len(units),
        }
    )
    meta = make_meta(
        f"multidimensional scaling ({transformation} SMACOF, plane) of 1 - {correlation} correlation, Procrustes fit "
        "to the theoretical circle",
        {
            "order": [list(w) if not isinstance(w, str) else [w] for w in order],
            "correlation": correlation,
            "transformation": transformation,
            "starts": starts,
            "replicates": replicates,
            "permutations": permutations,
            "level": level,
        },
        citations=["Schwartz (1992)", "Borg & Groenen (2005)", "Hubert & Arabie (1987)", "Tracey (1997)"],
        seed=seed,
        warnings=scored.notes + _degenerate(point.stress, transformation) + found.warnings,
        seconds=round(time.perf_counter() - started, 2),
        names=printed_labels(keyed),
        circle=circle,
    )
    draws = None
    if replicates > 0:
        draws = draws_tree("bootstrap", found.draws, {"value": names})
    return Result("circumplex", frame, ("value",), meta, draws)


@dataclass(frozen=True)
class _Scored:
    y: Array
    names: list[str]
    notes: list[str]
    units: Units


def _scores(answers: pd.DataFrame | Ratings | Responses, keyed: pd.DataFrame | None) -> _Scored:
    if isinstance(answers, pd.DataFrame) and {"dimension", "score"} <= set(answers.columns):
        require_unique(answers, ["respondent", "dimension"], table="answers")
        wide = answers.pivot(index="respondent", columns="dimension", values="score")
        units = resampling_units(answers, wide.index, of="respondent", order="met")
        return _Scored(wide.to_numpy(dtype=float), [str(c) for c in wide.columns], [], units)
    if keyed is None:
        raise SpecificationError(
            "answers need keys", parameter="keyed", expected="a table of dimension, item and optionally sign"
        )
    table = checked_keys(keyed)
    matrix = person_items(answers, items=tuple(dict.fromkeys(table["item"])))
    column = {item: k for k, item in enumerate(matrix.items)}
    seen, total = ~np.isnan(matrix.y), np.where(np.isnan(matrix.y), 0.0, matrix.y)
    centre = ratio(total.sum(axis=1), seen.sum(axis=1))
    names, scores = [], []
    for name, rows in table[table["item"].isin(column)].groupby("dimension", sort=False):
        index = [column[i] for i in rows["item"]]
        sign = rows["sign"].to_numpy(dtype=float)
        deviation = (matrix.y[:, index] - centre[:, None]) * sign
        known = ~np.isnan(deviation)
        scores.append(ratio(np.where(known, deviation, 0.0).sum(axis=1), known.sum(axis=1)))
        names.append(str(name))
    notes = matrix.notes()
    flat = int(
        (np.nanmax(matrix.y, axis=1, initial=-np.inf) == np.nanmin(matrix.y, axis=1, initial=np.inf)).sum()
    )
    if flat:
        notes.append(f"{flat} respondents gave one answer to all items; their centred scores are all zero")
    told = answers if isinstance(answers, pd.DataFrame) else pd.DataFrame({"respondent": matrix.respondents})
    units = resampling_units(told, matrix.respondents, of="respondent", order="met")
    return _Scored(np.stack(scores, axis=1), names, notes, units)


def _theory(found: list[str], order: Sequence[str | Sequence[str]]) -> tuple[list[str], Array]:
    wedges = [[w] if isinstance(w, str) else list(w) for w in order]
    known = [n for w in wedges for n in w]
    strangers = sorted(set(found) - set(known))
    if strangers or len(set(known)) < len(known) or len(found) < 4:
        raise SpecificationError(
            "the circle needs four dimensions or more, each in one place of the order",
            parameter="order",
            got=f"{len(found)} dimensions, not in the order: {', '.join(strangers) or 'none'}",
            expected=", ".join(known),
        )
    present = [[n for n in w if n in found] for w in wedges]
    names = [n for w in present for n in w]
    angle = {n: 2 * np.pi * k / len(wedges) for k, w in enumerate(present) for n in w}
    return names, np.array([angle[n] for n in names])


def _dissimilarity(y: Array, weights: Array) -> Array:
    r = pairwise_covariance(y, weights).correlation
    return 1.0 - np.clip(r, -1.0, 1.0)


def _require_spread(dissimilarity: Array, names: list[str], n: int) -> None:
    bad = [name for name, row in zip(names, dissimilarity, strict=True) if np.isnan(row).sum() > 1]
    if bad or np.isnan(dissimilarity).any() or n < 4:
        raise SpecificationError(
            "a correlation between two dimensions does not exist",
            parameter="answers",
            got=f"{n} respondents; no variance or no shared respondents: {', '.join(bad) or 'none'}",
            expected="four respondents or more who differ in every dimension",
        )


@dataclass(frozen=True)
class _Point:
    points: Array
    stress: float


def _best(d: Array, starts: int, transformation: Transformation, rng: np.random.Generator) -> _Point:
    first = classical_scaling(d)[None]
    random = rng.normal(size=(max(starts, 0), *first.shape[1:])) * first.std()
    begin = np.concatenate([first, random])
    found = smacof(
        np.broadcast_to(d, (len(begin), *d.shape)), begin, transformation=transformation, steps=1000
    )
    best = int(np.argmin(found.stress))
    return _Point(found.points[best : best + 1], float(found.stress[best]))


def _replicated(
    y: Array,
    point: Array,
    target: Array,
    transformation: Transformation,
    plan: ClusterPlan,
    member: NDArray[np.int64],
) -> Array:
    """Angles of each replicate, the better of the start at the estimate and the classical one."""
    parts = [np.zeros((0, len(target)))]
    for start in range(0, len(plan.weights), _BATCH):
        d = _dissimilarity(y, plan.weights[start : start + _BATCH, member])
        angles = np.full(d.shape[:2], np.nan)
        usable = ~np.isnan(d).any(axis=(1, 2))
        if usable.any():
            d = d[usable]
            warm = np.broadcast_to(point, (len(d), *point.shape))
            one = smacof(d, warm.copy(), transformation=transformation, tolerance=1e-5)
            two = smacof(d, classical_scaling(d), transformation=transformation, tolerance=1e-5)
            better = (one.stress <= two.stress)[:, None, None]
            angles[usable] = _angle(procrustes(np.where(better, one.points, two.points), target).points)
        parts.append(np.degrees(angles))
    return np.concatenate(parts)


def _circle(
    d: Array,
    point: _Point,
    disparity: float,
    target: Array,
    transformation: Transformation,
    permutations: int,
    rng: np.random.Generator,
) -> dict[str, float | int]:
    n = len(d)
    one, two = np.triu_indices(n, 1)
    angle = np.arctan2(target[:, 1], target[:, 0])
    steps = np.abs(_wrapped(np.degrees(angle[:, None] - angle[None])))
    labels = np.stack([np.arange(n), *(rng.permutation(n) for _ in range(20 * permutations))])
    order = order_correspondence(d, steps, labels)
    relabelled = point.points[0][labels]
    fits = 1.0 - procrustes(relabelled, target).disparity
    cosines = congruence(relabelled, target)
    shuffled = np.zeros((permutations, n, n))
    for replicate in shuffled:
        replicate[one, two] = replicate[two, one] = rng.permutation(d[one, two])
    stress = np.full(1, np.nan)
    if permutations:
        stress = smacof(
            shuffled, classical_scaling(shuffled), transformation=transformation, tolerance=1e-5
        ).stress
    return {
        "stress": point.stress,
        "stress_chance": float(stress.mean()),
        "stress_chance_low": float(np.quantile(stress, 0.05)),
        "stress_p": _p(-point.stress, -stress) if permutations else float("nan"),
        "procrustes_correlation": float(np.sqrt(1.0 - disparity)),
        "procrustes_chance": float(np.sqrt(fits[1:].mean())) if permutations else float("nan"),
        "procrustes_p": _p(fits[0], fits[1:]),
        "congruence": float(cosines[0]),
        "congruence_chance": float(cosines[1:].mean()) if permutations else float("nan"),
        "correspondence": float(order[0]),
        "correspondence_p": _p(order[0], order[1:]),
        "relabellings": len(labels) - 1,
        "permutations": permutations,
    }


def _degenerate(stress: float, transformation: str) -> list[str]:
    if transformation != "ordinal" or stress > 0.005:
        return []
    return [
        f"stress-1 is {stress:.4f}: an ordinal scaling this perfect is usually degenerate (the values collapse into "
        "clusters); compare transformation='interval'"
    ]


def _p(seen: float, chance: Array) -> float:
    """Share of random values at least as large, the observed one counted among them."""
    return float((1 + (chance >= seen - 1e-12).sum()) / (1 + len(chance)))


def _angle(points: Array) -> Array:
    return np.arctan2(points[..., 1], points[..., 0])


def _wrapped(degrees: Array) -> Array:
    return (np.asarray(degrees) + 180.0) % 360.0 - 180.0
