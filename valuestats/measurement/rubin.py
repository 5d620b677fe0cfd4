"""Rubin's rules: one estimate from several completed data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from valuestats.base.errors import SpecificationError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Imputed:
    """Combined estimates, all of one shape.

    Attributes
    ----------
    estimate
        Mean over imputations.
    standard_error
        Root of within variance plus between variance times ``1 + 1/M``.
    within, between
        Mean variance within imputations, and variance of the estimates between them.
    df
        Degrees of freedom (Barnard and Rubin 1999).
    """

    estimate: Floats
    standard_error: Floats
    within: Floats
    between: Floats
    df: Floats

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Student interval."""
        reach = student.ppf(0.5 + level / 2, self.df) * self.standard_error
        return np.asarray(self.estimate - reach), np.asarray(self.estimate + reach)


def combine_imputations(
    estimates: ArrayLike, variances: ArrayLike, complete_df: ArrayLike = np.inf
) -> Imputed:
    r"""Combine estimates of M completed data sets (Rubin 1987): :math:`T = \bar W + (1 + 1/M) B`.

    Parameters
    ----------
    estimates, variances
        Estimates and their squared standard errors as if the data set were complete, shape ``(M, ...)``, M at least 2.
    complete_df
        Degrees of freedom that complete data would have.

    Returns
    -------
    Imputed

    Raises
    ------
    SpecificationError
        Fewer than two imputations.

    Examples
    --------
    >>> found = combine_imputations([[1.0], [2.0], [3.0]], [[1.0], [1.0], [1.0]])
    >>> float(found.estimate[0]), float(found.standard_error[0].round(4)), float(found.df[0].round(4))
    (2.0, 1.5275, 6.125)
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(q)
    if m < 2 or q.shape != u.shape:
        raise SpecificationError(
            "too few imputations",
            parameter="estimates, variances",
            got=f"{q.shape}, {u.shape}",
            expected="at least 2",
        )
    within, between = u.mean(axis=0), q.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    with np.errstate(all="ignore"):
        share = np.where(total > 0, (1 + 1 / m) * between / total, 0.0)
        old = (m - 1) / share**2
        complete = np.broadcast_to(np.asarray(complete_df, dtype=float), share.shape)
        observed = np.where(
            np.isinf(complete), np.inf, (complete + 1) / (complete + 3) * complete * (1 - share)
        )
        df = 1 / (1 / old + 1 / observed)
    return Imputed(q.mean(axis=0), np.sqrt(total), within, between, df)
