"""Simultaneous intervals for several quantities from their joint draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.statistics.student import error_of, joint_reach

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SimultaneousIntervals:
    """Intervals that hold all quantities together at the level.

    Attributes
    ----------
    lower, upper
        Shape ``(quantities,)``; NaN where a quantity has no draws or doesn't vary.
    critical
        Number of standard errors on either side.
    """

    lower: Array
    upper: Array
    critical: float


def never_vary(values: Array) -> NDArray[np.bool_]:
    """Whether replicates along the first axis are all the same.

    Examples
    --------
    >>> import numpy as np
    >>> never_vary(np.array([[0.1, 0.2], [0.1, 0.3]])).tolist()
    [True, False]
    """
    if len(values) < 2:
        return np.zeros(values.shape[1:], dtype=bool)
    return np.asarray((values == values[:1]).all(axis=0))


def simultaneous_intervals(
    draws: Array,
    centre: Array,
    level: float,
    *,
    units: Array | None = None,
    normal: Array | None = None,
) -> SimultaneousIntervals:
    r"""Sup-t intervals: :math:`\hat\theta_k \pm c\,s_k`, c the quantile of :math:`\max_k |\theta_k^{(b)}-\bar\theta_k|/s_k`.

    They use how the quantities vary together, so they are narrower than Bonferroni's and hold all of them at once with
    probability `level` (Montiel Olea and Plagborg-Møller 2019). Of resampled clusters c is that of several Student's t with
    an error each (`valuestats.statistics.student.joint_reach`) times :math:`\sqrt{n/(n-1)}` (`expanded_level`, for several).

    Parameters
    ----------
    draws
        Joint posterior draws or bootstrap replicates, shape ``(draws, quantities)``.
    centre
        Estimates, shape ``(quantities,)``.
    level
        Probability, in (0, 1).
    units
        Clusters resampled behind each, shape ``(quantities,)``, where draws are of a bootstrap; the fewest of those that
        are compared decide.
    normal
        Of Student's t replicates of few clusters: their normal parts (`valuestats.statistics.student`), shape
        ``(draws, quantities)``. Errors are then the jackknife's, and c that of several Student's t at once.

    Raises
    ------
    SpecificationError
        A level outside (0, 1).

    References
    ----------
    Montiel Olea and Plagborg-Møller (2019), Journal of Applied Econometrics 34, 1-17.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(0).normal(size=(40_000, 1))
    >>> round(simultaneous_intervals(draws, np.zeros(1), 0.95).critical, 1)
    2.0
    """
    if not 0 < level < 1:
        raise SpecificationError("impossible level", parameter="level", got=level, expected="in (0, 1)")
    values = np.asarray(draws, dtype=float)
    estimate = np.asarray(centre, dtype=float)
    seen = ~np.isnan(values).any(axis=0) & ~np.isnan(estimate)
    spread = np.full(estimate.shape, np.nan)
    if seen.any() and len(values) > 1:
        spread[seen] = values[:, seen].std(axis=0, ddof=1)
    used = seen & (spread > 0) & ~never_vary(values)
    if not used.any():
        empty = np.full(estimate.shape, np.nan)
        return SimultaneousIntervals(empty, empty.copy(), float("nan"))
    fewest = np.inf if units is None else float(np.min(np.asarray(units, dtype=float)[used]))
    exact = normal is not None and not np.isnan(normal[:, used]).any()
    if exact and normal is not None:
        spread = np.where(used, error_of(normal), np.nan)
        critical = joint_reach(normal[:, used], int(fewest), level)
    else:
        apart = values[:, used] - values[:, used].mean(axis=0)
        if normal is None and 1 < fewest < np.inf:
            critical = float(np.sqrt(fewest / (fewest - 1)) * joint_reach(apart, int(fewest), level))
        else:
            critical = float(np.quantile((np.abs(apart) / spread[used]).max(axis=1), level))
    reach = np.where(used, critical * spread, np.nan)
    return SimultaneousIntervals(estimate - reach, estimate + reach, critical)
