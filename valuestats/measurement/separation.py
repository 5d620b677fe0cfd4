"""Groups whose answers are separated: the end of the log-odds ratio that the data do bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from valuestats.measurement.proportional_odds import OddsFit, Profile

Array = NDArray[np.float64]

_FURTHEST = 60.0
_TOLERANCE = 1e-6


def profile_end(
    codes: NDArray[np.int64],
    categories: int,
    covariates: Array,
    coefficient: int,
    direction: int,
    limit: float,
    level: float,
) -> float:
    r"""The finite end of the profile-likelihood interval of a coefficient without a maximum.

    The interval holds every value :math:`b` with :math:`2(\sup l - l_p(b)) \le \chi^2_{1}(level)`, with :math:`l_p` the
    likelihood maximised over everything else (Heinze and Schemper 2002); as the likelihood rises without end in one
    direction, it has an end in the other one only.

    Parameters
    ----------
    codes, categories, covariates, coefficient
        As in `valuestats.measurement.proportional_odds.Profile`.
    direction
        1 where the likelihood rises with the coefficient, else -1.
    limit
        Least upper bound of the log-likelihood.
    level
        Probability inside the interval.

    Returns
    -------
    float
        The lower end (the upper one for direction -1); NaN where even far away the likelihood does not fall enough.
    """
    allowed = stats.chi2.ppf(level, 1)
    profile = Profile(codes, categories, covariates, coefficient)

    def excess(distance: float) -> float:
        return float(2 * (limit - profile(direction * distance)) - allowed)

    inside = 20.0
    while excess(inside) > 0:
        inside *= 2
        if inside > 16 * _FURTHEST:
            return float("nan")
    outside = inside
    while excess(outside) <= 0:
        outside -= 2.0
        if outside < -_FURTHEST:
            return float("nan")
    return float(direction * optimize.brentq(excess, outside, inside, xtol=_TOLERANCE))


def profile_ends(
    fit: OddsFit,
    codes: NDArray[np.int64],
    categories: NDArray[np.int64],
    covariates: Array,
    coefficient: int,
    level: float,
) -> Array:
    """`profile_end` of one coefficient for each item where it is separated, NaN elsewhere; as in `proportional_odds`."""
    ends = np.full(len(codes), np.nan)
    for j in np.flatnonzero(fit.separated[:, coefficient]):
        seen = codes[j] >= 0
        ends[j] = profile_end(
            codes[j][seen],
            int(categories[j]),
            covariates[j][seen],
            coefficient,
            int(fit.separated[j, coefficient]),
            float(fit.log_likelihood[j]),
            level,
        )
    return ends
