"""Known errors of outcomes: whether they can be in the outcome's units, and how sure they let a parameter be at most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.laws.curves import Array
from valuestats.laws.fitting import Points
from valuestats.statistics.clusters import Resampled

LARGER = "known errors alone allow no narrower interval, which resampling {units} gave: it is widened to what they allow"
UNLIKELY = 1e-4
"""Probability of outcomes that vary so little for their errors, below which the errors are not theirs."""


def require_own_units(points: Points, label: str, column: str) -> None:
    r"""Refuse errors that can't be those of the outcomes, as where they are in per cent and the outcomes are shares.

    Whatever the law, log outcomes vary at least as their errors do: :math:`\sum_i (y_i-\bar y)^2/s_i^2`, the mean weighted
    by :math:`1/s_i^2`, is :math:`\chi^2_{n-1}` where the law is flat without scatter and larger else.

    Raises
    ------
    SpecificationError
        Half of the errors above their outcome; outcomes that vary less than one in 10,000 tables with such errors would.
    """
    s = points.error
    where = "" if label == "all" else f"{label}: "
    beyond = float(np.median(s))
    hint = "standard errors in the outcome's own units: not in per cent of shares, not of logs, no variances"
    if beyond > 1:
        raise SpecificationError(
            "known errors larger than the outcomes themselves",
            parameter="error",
            got=f"{where}{column}, in the middle {beyond:.3g} times the outcome",
            expected=hint,
        )
    known = s > 0
    if known.sum() < 2:
        return
    w = 1 / s[known] ** 2
    y = points.y[known]
    spread = float((w * (y - np.average(y, weights=w)) ** 2).sum())
    if stats.chi2.cdf(spread, known.sum() - 1) < UNLIKELY:
        raise SpecificationError(
            "known errors larger than the outcomes vary",
            parameter="error",
            got=f"{where}{column}, in the middle {100 * beyond:.3g}% of the outcome, which varies by "
            f"{100 * float(y.std(ddof=1)):.3g}%",
            expected=hint,
        )


def least_errors(slope: Array, error: Array, turn: Array) -> Array:
    r"""Standard errors that known errors alone imply, at least (the bound of Cramér and Rao).

    Parameters
    ----------
    slope
        Derivatives of the law by its parameters, shape ``(parameters, points)``.
    error
        Known errors of log outcomes, shape ``(points,)``.
    turn
        Derivatives of what is reported by the parameters.

    Returns
    -------
    numpy.ndarray
        Zero where not all errors are known or a parameter is not told by the points.
    """
    if not (error > 0).all():
        return np.zeros(len(turn))
    information = (slope / error**2) @ slope.T
    scale = np.sqrt(np.diag(information))
    if (scale <= 0).any() or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
        return np.zeros(len(turn))
    return np.sqrt(np.diag(turn @ np.linalg.inv(information) @ turn.T))


def not_below(found: Resampled, point: Array, least: Array, units: str) -> Resampled:
    """Replicates and ends moved away from the estimate where they are closer to it than known errors allow."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = least / found.std_error
    wider = np.where(np.isfinite(share) & (share > 1) & (found.std_error > 0), share, 1.0)
    if (wider == 1).all():
        return found
    return replace(
        found,
        draws=point + (found.draws - point) * wider,
        std_error=found.std_error * wider,
        lower=point + (found.lower - point) * wider,
        upper=point + (found.upper - point) * wider,
        warnings=[*found.warnings, LARGER.format(units=units)],
    )
