r"""How far two distributions of stances are apart, with intervals that hold at no change too.

A distance is never below zero, so that percentiles of resampled distances miss zero where nothing changed. Here the lower
end comes from a bound over all directions at once, the upper one from the worst single direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from valuestats.statistics.clusters import LEAST, ClusterPlan
from valuestats.statistics.distances import jensen_shannon_divergence, total_variation
from valuestats.statistics.resampling import expanded_level

Array = NDArray[np.float64]
MOST_STANCES = 12
"""With more, the sets of stances are too many to look at, and total variation has no interval."""


@dataclass(frozen=True)
class Apart:
    """A distance: its value, error, ends and replicates."""

    estimate: float
    std_error: float
    lower: float
    upper: float
    draws: Array


def total_variation_apart(first: Array, last: Array, plan: ClusterPlan, units: int, level: float) -> Apart:
    r"""Total variation :math:`\max_A |P_1(A) - P_0(A)|` over sets A of stances, and its interval.

    With :math:`\Delta_A` the change of a set and s its error, the lower end is :math:`\max_A |\hat\Delta_A| - c\,s_A`, c the
    quantile of :math:`\max_A |\hat\Delta^*_A-\hat\Delta_A|/s_A`, the upper one :math:`\max_A |\hat\Delta_A| + t\,s_A`: the
    first holds for all sets at once, the second for the set that is furthest apart, each with probability
    :math:`(1+\text{level})/2` or more (after Chernozhukov, Lee and Rosen 2013).

    Parameters
    ----------
    first, last
        Shares under each evaluation of the plan, all clusters first, shape ``(1 + evaluations, stances)``.
    """
    value = _distances(total_variation, first, last)
    found = plan.finish(value[1:], value[0], units, level)
    k = first.shape[1]
    if k > MOST_STANCES or units < LEAST or not plan.replicates:
        return Apart(float(value[0]), float(found.std_error), np.nan, np.nan, found.draws)
    sets = ((np.arange(1, 2 ** (k - 1))[:, None] >> np.arange(k)) & 1).T.astype(float)
    moved = (last - first) @ sets
    each = plan.finish(moved[1:], moved[0], units, level)
    varies = each.std_error > 1e-12
    error = np.where(varies, each.std_error, 0.0)
    away = np.abs(each.draws[:, varies] - moved[0, varies]) / error[varies]
    sup = _quantile(away.max(axis=1), plan, units, level) if varies.any() else 0.0
    lower = float((np.abs(moved[0]) - sup * error).max())
    upper = float((np.abs(moved[0]) + _reach(plan, units, level) * error).max())
    return Apart(float(value[0]), float(found.std_error), max(lower, 0.0), min(upper, 1.0), found.draws)


def jensen_shannon_apart(first: Array, last: Array, plan: ClusterPlan, units: int, level: float) -> Apart:
    r"""Jensen-Shannon divergence in bits, and its interval.

    Its root r is a metric (Endres and Schindelin 2003), near to the length of the change scaled by
    :math:`1/\sqrt{8 m_k \ln 2}` with :math:`m = (P_0+P_1)/2`. The lower end is :math:`\hat r - q`, q the quantile of that
    length of :math:`\hat\delta^* - \hat\delta`; the upper one :math:`\hat r + t\,s`, s the error in the direction that
    varies most; both squared. Neither is below what the replicates of r themselves show.
    """
    value = _distances(jensen_shannon_divergence, first, last)
    found = plan.finish(value[1:], value[0], units, level)
    if units < LEAST or not plan.replicates:
        return Apart(float(value[0]), float(found.std_error), np.nan, np.nan, found.draws)
    root = np.sqrt(value)
    own = float(plan.finish(root[1:], root[0], units, level).std_error)
    moved = last - first
    each = plan.finish(moved[1:], moved[0], units, level)
    middle = (first[0] + last[0]) / 2
    scale = np.divide(1.0, np.sqrt(8 * middle * np.log(2)), out=np.zeros(len(middle)), where=middle > 0)
    away = (each.draws - moved[0]) * scale
    student = _reach(plan, units, level)
    wide = np.sqrt(np.linalg.eigvalsh(np.cov(away.T)).max(initial=0.0))
    if plan.jackknife:  # draws of Student's t vary by more than the error they stand for
        wide = float(np.linalg.norm(each.std_error * scale))
    down = max(_quantile(np.linalg.norm(away, axis=1), plan, units, level), student * own)
    up = student * max(own, float(wide))
    lower, upper = max(root[0] - down, 0.0) ** 2, min(root[0] + up, 1.0) ** 2
    return Apart(float(value[0]), float(found.std_error), float(lower), float(upper), found.draws)


def _distances(measure: object, first: Array, last: Array) -> Array:
    whole = ~(np.isnan(first).any(axis=1) | np.isnan(last).any(axis=1))
    found = np.full(len(first), np.nan)
    if whole.any():
        found[whole] = measure(first[whole], last[whole])  # type: ignore[operator]
    return found


def _quantile(values: Array, plan: ClusterPlan, units: int, level: float) -> float:
    p = (1 + (level if plan.jackknife else expanded_level(level, units))) / 2
    return float(np.nanquantile(values, p))


def _reach(plan: ClusterPlan, units: int, level: float) -> float:
    t = float(stats.t.ppf((1 + level) / 2, units - 1))
    return t if plan.jackknife else t * float(np.sqrt(units / (units - 1)))
