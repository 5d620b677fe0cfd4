r"""Intervals from resampled clusters, whatever their number: a bootstrap of many, a jackknife with Student's t of few.

Weights that are not negative keep a bootstrap replicate within the hull of its clusters, so with n clusters its interval
of a mean can hold the truth at most with probability :math:`1 - 2^{1-n}`: .5, .75, .875 and .94 for 2 to 5, whatever the
percentile. Where an estimate rests on fewer than `FEW` clusters the replicates are therefore drawn from Student's t about
the estimate, with the errors that leaving out one cluster after another shows
(``benchmarks/few_clusters.py``: the same at 4 clusters as at 50).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from valuestats.base.labels import span
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import (
    bootstrap_standard_error,
    cluster_weights,
    equal_tailed,
    expanded_interval,
)
from valuestats.statistics.student import error_of, normal_part, reach, scales, student_numbers

Array = NDArray[np.float64]
ClusterInterval = Literal["cluster bootstrap, equal-tailed", "cluster jackknife, Student's t", "none"]

BOOTSTRAP: ClusterInterval = "cluster bootstrap, equal-tailed"
JACKKNIFE: ClusterInterval = "cluster jackknife, Student's t"
FEW = 20
"""Below so many clusters behind an estimate: Student's t, and a warning."""
LEAST = 4
"""Below so many: no interval, since t with one or two degrees of freedom says nothing."""
MOST = 4000
"""At most so many clusters are left out one after another; with more, an estimate that rests on few keeps percentiles."""


@dataclass(frozen=True)
class Resampled:
    """Replicates of a statistic, and its interval.

    Attributes
    ----------
    draws
        Shape ``(replicates, ...)``; NaN where there is no interval.
    std_error, lower, upper
        Shape ``(...)``. The error is NaN below two clusters, the ends below `LEAST`.
    interval
        Name of the interval of each estimate, shape ``(...)``.
    warnings
        What a reader must know of few clusters.
    """

    draws: Array
    std_error: Array
    lower: Array
    upper: Array
    interval: NDArray[np.object_]
    warnings: list[str]


@dataclass(frozen=True)
class ClusterPlan:
    """Which clusters enter each evaluation of a statistic, made by `plan_clusters`.

    Attributes
    ----------
    weights
        Weight of each cluster in each evaluation, shape ``(evaluations, clusters)``: bootstrap counts, or of few
        clusters all but one.
    replicates
        Replicates that `finish` gives.
    jackknife
        Whether each evaluation leaves out one cluster.
    normal, quantile
        Of the replicates of Student's t, shapes ``(replicates, clusters)`` and ``(replicates,)``: the same for all
        estimates that are finished by this plan.
    """

    weights: Array
    replicates: int
    jackknife: bool
    normal: Array = field(default_factory=lambda: np.zeros((0, 0)))
    quantile: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def with_all(self) -> Array:
        """The weights below a first row of ones, which gives the estimate itself."""
        return np.vstack([np.ones(self.weights.shape[1]), self.weights])

    def finish(
        self,
        values: NDArray[Any],
        point: ArrayLike,
        units: ArrayLike,
        level: float,
        *,
        around: ArrayLike | None = None,
        within: tuple[float, float] = (-np.inf, np.inf),
        correlation: bool = False,
        what: str = "clusters",
    ) -> Resampled:
        r"""Replicates and intervals of a statistic from its evaluations.

        With :math:`\hat\theta_{(c)}` the statistic without cluster c and N clusters behind it, the jackknife's error is
        :math:`s^2 = \frac{N-1}{N}\sum_c(\hat\theta_{(c)}-\hat\theta)^2`, the interval :math:`\hat\theta\pm t_{N-1}s`.
        Replicates are :math:`\hat\theta + \tau_b\sum_c z_{bc}\sqrt{(N-1)/N}\,(\hat\theta_{(c)}-\hat\theta)` with standard
        normal z and :math:`\tau_b^2=(N-1)/\chi^2_{N-1}`: Student's t of that error, z and the quantile of :math:`\tau` the
        same for all estimates, so that contrasts, ranks and simultaneous intervals are of joint draws. Coefficients that
        end at 1 (`correlation`) are worked out on the scale of :math:`\operatorname{artanh}`, unless one of them is beyond
        its ends; their distribution is too skewed as they are.

        Parameters
        ----------
        values
            The statistic under `weights`, shape ``(evaluations, ...)``.
        point
            The statistic with every cluster once, shape ``(...)``.
        units
            Clusters behind each estimate, one number or shape ``(...)``.
        level
            Probability inside the interval.
        around
            What the replicates lie about, where it is not `point`; for instance a corrected estimate.
        within
            Range of the quantity; ends stay in it.
        correlation
            Whether the statistic is a coefficient of correlation, agreement or reliability, 1 at most.
        what
            What the clusters are, for the warnings.

        Returns
        -------
        Resampled
        """
        found = np.asarray(values, dtype=float)
        shape = found.shape[1:]
        found = found.reshape(len(found), int(np.prod(shape)))
        centre, n, shown = (
            np.broadcast_to(np.asarray(x, dtype=float), shape).ravel()
            for x in (point, units, point if around is None else around)
        )
        enough = n >= LEAST
        if self.jackknife:
            error = _jackknife(found, centre, n)[1]
            bent = np.zeros(n.shape, dtype=bool)
            if correlation and len(found):
                bent = (np.abs(found) < 1).all(axis=0) & (np.abs(shown) < 1)
            with np.errstate(divide="ignore", invalid="ignore"):
                found, centre, shown = (np.where(bent, np.arctanh(x), x) for x in (found, centre, shown))
            influence, reach = _jackknife(found, centre, n)
            reach = special.stdtrit(np.where(enough, n - 1, np.nan), (1 + level) / 2) * reach
            draws = np.where(enough, self._student(influence, shown, n), np.nan)
            draws, lower, upper = (
                np.where(bent, np.tanh(x), x) for x in (draws, shown - reach, shown + reach)
            )
        else:
            draws = np.where(enough, found if around is None else shown + found - _mean(found), np.nan)
            error = bootstrap_standard_error(draws)
            lower, upper = expanded_interval(draws, level, n)
        known = ~np.isnan(lower)
        named = np.where(known, JACKKNIFE if self.jackknife else BOOTSTRAP, "none").astype(object)
        said = few_warnings(n[~np.isnan(centre)], what, jackknife=self.jackknife) if self.replicates else []
        lost = int((enough & ~np.isnan(centre) & ~known).sum()) if self.jackknife and self.replicates else 0
        if lost:
            said.append(
                f"{lost} of {n.size} estimates are not defined without one of their {what}: no interval"
            )
        return Resampled(
            draws.reshape(len(draws), *shape),
            error.reshape(shape),
            np.clip(lower, *within).reshape(shape),
            np.clip(upper, *within).reshape(shape),
            named.reshape(shape),
            said,
        )

    def _student(self, influence: Array, centre: Array, n: Array) -> Array:
        if not len(influence):
            return np.full((self.replicates, *n.shape), np.nan)
        scale = np.ones((self.replicates, *n.shape))
        for size in np.unique(n[n > 1]):
            df = size - 1
            scale[:, n == size] = scales(self.quantile, df)[:, None]
        return np.asarray(centre + scale * (self.normal @ influence))


def _jackknife(without: Array, whole: Array, n: Array) -> tuple[Array, Array]:
    """Scaled influence of each cluster on each column, and the standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        influence = (without - whole) * np.sqrt(np.where(n > 1, (n - 1) / n, np.nan))
    error = np.sqrt((influence**2).sum(axis=0)) if len(without) else np.full(n.shape, np.nan)
    return influence, error


def stacked(parts: Sequence[Resampled]) -> Resampled:
    """Estimates of several groups, the group first among their axes."""
    error, lower, upper = (np.stack([getattr(p, x) for p in parts]) for x in ("std_error", "lower", "upper"))
    return Resampled(
        np.stack([p.draws for p in parts], axis=1),
        error,
        lower,
        upper,
        np.stack([p.interval for p in parts]),
        list(dict.fromkeys(said for p in parts for said in p.warnings)),
    )


def plan_clusters(
    clusters: int, replicates: int, rng: np.random.Generator, *, behind: ArrayLike | None = None
) -> ClusterPlan:
    """How to resample so many clusters: by bootstrap, or one after another left out.

    Parameters
    ----------
    clusters
        Number of clusters.
    replicates
        Replicates wanted; 0 for none.
    rng
        Source of random numbers.
    behind
        Clusters behind each of the estimates, where not all of them are (0 where nothing is): one plan serves all
        estimates of a result, so that they are of joint draws.

    Examples
    --------
    >>> import numpy as np
    >>> plan = plan_clusters(5, 1000, np.random.default_rng(0))
    >>> x = np.array([1.0, 2.0, 2.0, 4.0, 6.0])
    >>> found = plan.finish(plan.weights @ x / plan.weights.sum(axis=1), x.mean(), 5, 0.95)
    >>> round(float(found.std_error), 6) == round(float(x.std(ddof=1) / np.sqrt(5)), 6)
    True
    """
    units = np.append(np.asarray([] if behind is None else behind, dtype=float), clusters)
    few = bool(units[units > 0].min(initial=np.inf) < FEW) and clusters <= MOST
    if replicates <= 0 or clusters < 2:
        return ClusterPlan(np.ones((0, clusters)), max(replicates, 0), few)
    if not few:
        return ClusterPlan(cluster_weights(clusters, replicates, rng), replicates, False)
    z, u = student_numbers(replicates, clusters, rng)
    normal, quantile = np.concatenate([z, -z])[:replicates], np.concatenate([u, u])[:replicates]
    return ClusterPlan(1.0 - np.eye(clusters), replicates, True, normal, quantile)


def random_lots(clusters: int, rng: np.random.Generator, most: int = MOST) -> NDArray[np.int64]:
    """The lot of each cluster: itself, or, of very many clusters, one of `most` lots of equal size, drawn at random.

    Lots of independent clusters are independent, so that resampling them holds as it does for the clusters; weights then
    take memory and time by the number of lots.

    Examples
    --------
    >>> import numpy as np
    >>> random_lots(3, np.random.default_rng(0)), np.bincount(random_lots(9, np.random.default_rng(0), most=4))
    (array([0, 1, 2]), array([3, 2, 2, 2]))
    """
    if clusters <= most:
        return np.arange(clusters, dtype=np.int64)
    return rng.permutation(clusters).astype(np.int64) % most


def few_warnings(units: ArrayLike, what: str, *, jackknife: bool = True) -> list[str]:
    """What a reader must know of estimates that rest on few clusters.

    Examples
    --------
    >>> few_warnings([3, 12, 40], "queries")
    ['1 of 3 estimates rest on fewer than 4 queries: no interval', "1 of 3 estimates rest on 12 queries, fewer than 20: \
their interval is Student's t with the jackknife's error"]
    """
    n = np.asarray(units, dtype=float).ravel()
    none, few = n < LEAST, (n >= LEAST) & (n < FEW)
    said = []
    if none.any():
        said.append(f"{none.sum()} of {n.size} estimates rest on fewer than {LEAST} {what}: no interval")
    if few.any():
        number = span(n[few].min(), n[few].max(), ".0f")
        told = (
            "their interval is Student's t with the jackknife's error"
            if jackknife
            else f"beside more than {MOST} others their interval is of percentiles, and short below 8"
        )
        said.append(f"{few.sum()} of {n.size} estimates rest on {number} {what}, fewer than {FEW}: {told}")
    return said


def _mean(values: Array) -> Array:
    seen = ~np.isnan(values)
    return ratio(np.where(seen, values, 0.0).sum(axis=0), seen.sum(axis=0))


def replicate_interval(
    draws: NDArray[Any], level: float, units: ArrayLike, student: ArrayLike
) -> tuple[Array, Array, Array]:
    """Ends and standard error of something formed from replicates, such as a contrast.

    Parameters
    ----------
    draws
        Replicates, shape ``(replicates, ...)``.
    level
        Probability inside the interval.
    units
        Fewest clusters behind what was put together, one number or shape ``(...)``.
    student
        Whether Student's t replicates of few clusters are part of it, one truth value or shape ``(...)``.

    Returns
    -------
    tuple of numpy.ndarray
        Lower end, upper end and standard error; NaN below `LEAST` clusters. Of Student's t replicates they are those of
        its own quantiles and the jackknife's error (`valuestats.statistics.student`), except where what was resampled is
        no linear statistic: there they are read off the replicates.
    """
    values = np.asarray(draws, dtype=float)
    n = np.broadcast_to(np.asarray(units, dtype=float), values.shape[1:])
    few = np.broadcast_to(np.asarray(student, dtype=bool), values.shape[1:])
    wide, plain = expanded_interval(values, level, n), equal_tailed(values, level)
    error = np.where(few, student_standard_error(values, n), bootstrap_standard_error(values))
    exact = error_of(normal_part(values, n))
    known = few & ~np.isnan(exact)
    error = np.where(known, exact, error)
    pairs, half = len(values) // 2, (len(values) + 1) // 2
    centre = (values[:pairs] + values[half : half + pairs]).mean(axis=0) / 2 if pairs else np.nan
    away = reach(n, level) * exact
    ends = [
        np.where(known, own, np.where(few, one, other))
        for own, one, other in zip((centre - away, centre + away), plain, wide, strict=True)
    ]
    lower, upper, error = (np.where(n >= LEAST, x, np.nan) for x in (*ends, error))
    return lower, upper, error


def student_standard_error(draws: NDArray[Any], units: ArrayLike) -> Array:
    """Scale of Student's t draws with ``units - 1`` degrees of freedom, from their quantiles at one standard error.

    The standard deviation of such draws is larger than the error they stand for, and hardly estimable with few degrees.

    Parameters
    ----------
    draws
        Shape ``(replicates, ...)``.
    units
        Clusters behind each, one number or shape ``(...)``.
    """
    values = np.asarray(draws, dtype=float)
    df = np.broadcast_to(np.asarray(units, dtype=float), values.shape[1:]) - 1
    inside = 2 * special.ndtr(1.0) - 1
    lower, upper = equal_tailed(values, float(inside))
    with np.errstate(invalid="ignore"):
        return (upper - lower) / (2 * special.stdtrit(np.where(df > 0, df, np.nan), (1 + inside) / 2))
