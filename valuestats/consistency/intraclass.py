"""Intraclass correlations of complete tables from mean squares, with their F intervals.

By hand for all replicates at once; pingouin agrees, is under GPL-3.0 and serves in tests (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

FORMS = ("ICC(1)", "ICC(k)", "ICC(A,1)", "ICC(A,k)", "ICC(C,1)", "ICC(C,k)")
"""One-way; two-way absolute agreement; two-way consistency: of one rating and of the mean of k."""


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares of targets x raters, one entry per row of weights.

    Attributes
    ----------
    rows, columns, within, error
        Between targets, between raters, within targets, and residual.
    n
        Targets, weights counted.
    k
        Raters.
    """

    rows: Array
    columns: Array
    within: Array
    error: Array
    n: Array
    k: int


def mean_squares(y: Array, weights: Array) -> MeanSquares:
    """Two-way analysis of variance of a complete table under each row of weights of its targets.

    Parameters
    ----------
    y
        Shape ``(targets, raters)``, no missing entries.
    weights
        How often each target counts, shape ``(replicates, targets)``.

    Returns
    -------
    MeanSquares
        NaN where fewer than two targets or raters are left.

    Examples
    --------
    >>> import numpy as np
    >>> found = mean_squares(np.array([[1.0, 2.0], [3.0, 5.0], [5.0, 6.0]]), np.ones((1, 3)))
    >>> found.rows.round(4), found.error.round(4)
    (array([8.1667]), array([0.1667]))
    """
    k = y.shape[1]
    y = y - y.mean()
    n = weights.sum(axis=1)
    means = y.mean(axis=1)
    grand = weights @ means / n
    by_rater = weights @ y / n[:, None]
    between = np.maximum(k * (weights @ means**2 - n * grand**2), 0)
    within = weights @ ((y - means[:, None]) ** 2).sum(axis=1)
    raters = n * ((by_rater - grand[:, None]) ** 2).sum(axis=1)
    error = np.maximum(within - raters, 0)

    def mean(squares: Array, degrees: Array) -> Array:
        return np.divide(squares, degrees, out=np.full_like(n, np.nan), where=degrees > 0)

    return MeanSquares(
        mean(between, n - 1),
        mean(raters, np.full_like(n, k - 1)),
        mean(within, n * (k - 1)),
        mean(error, (n - 1) * (k - 1)),
        n,
        k,
    )


def intraclass(squares: MeanSquares) -> dict[str, Array]:
    r"""The six intraclass correlations of McGraw and Wong (1996, table 4).

    ICC(1) = (R - W)/(R + (k-1)W); ICC(C,1) = (R - E)/(R + (k-1)E);
    ICC(A,1) = (R - E)/(R + (k-1)E + k(C - E)/n); the mean of k ratings by stepping up:
    ICC(k) = (R - W)/R, ICC(C,k) = (R - E)/R, ICC(A,k) = (R - E)/(R + (C - E)/n).

    Returns
    -------
    dict
        Form to estimates, NaN where nothing varies.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[9.0, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> found = intraclass(mean_squares(y, np.ones((1, 6))))  # Shrout and Fleiss (1979): .17, .29, .71
    >>> [round(float(found[form][0]), 2) for form in ("ICC(1)", "ICC(A,1)", "ICC(C,1)")]
    [0.17, 0.29, 0.71]
    """
    r, c, w, e, n, k = (getattr(squares, a) for a in ("rows", "columns", "within", "error", "n", "k"))
    pairs = {
        "ICC(1)": (r - w, r + (k - 1) * w),
        "ICC(k)": (r - w, r),
        "ICC(A,1)": (r - e, r + (k - 1) * e + k * (c - e) / n),
        "ICC(A,k)": (r - e, r + (c - e) / n),
        "ICC(C,1)": (r - e, r + (k - 1) * e),
        "ICC(C,k)": (r - e, r),
    }
    return {
        form: np.divide(above, below, out=np.full_like(above, np.nan), where=below > 1e-14)
        for form, (above, below) in pairs.items()
    }


def intraclass_interval(squares: MeanSquares, level: float) -> dict[str, tuple[float, float]]:
    """F intervals of the six forms (McGraw and Wong 1996, table 7), from the first entry of the mean squares.

    Those of ICC(A,·) rest on Satterthwaite's approximation. NaN where there is no residual variation.
    """
    none = (float("nan"), float("nan"))
    r, c, w, e, n = (float(getattr(squares, a)[0]) for a in ("rows", "columns", "within", "error", "n"))
    k = squares.k
    found = dict.fromkeys(FORMS, none)
    q = (1 + level) / 2
    for one, many, rest, degrees in (
        ("ICC(1)", "ICC(k)", w, n * (k - 1)),
        ("ICC(C,1)", "ICC(C,k)", e, (n - 1) * (k - 1)),
    ):
        if rest > 0 and r > 0:
            low = r / rest / stats.f.ppf(q, n - 1, degrees)
            high = r / rest * stats.f.ppf(q, degrees, n - 1)
            found[one] = ((low - 1) / (low + k - 1), (high - 1) / (high + k - 1))
            found[many] = (1 - 1 / low, 1 - 1 / high)
    if e > 0 and r > 0:
        low, high = _absolute_interval(r, c, e, n, k, q)
        found["ICC(A,1)"] = (low, high)
        found["ICC(A,k)"] = (low * k / (1 + low * (k - 1)), high * k / (1 + high * (k - 1)))
    return found


def _absolute_interval(r: float, c: float, e: float, n: float, k: int, q: float) -> tuple[float, float]:
    rho = (r - e) / (r + (k - 1) * e + k * (c - e) / n)
    a, b = k * rho / (n * (1 - rho)), 1 + k * rho * (n - 1) / (n * (1 - rho))
    v = (a * c + b * e) ** 2 / ((a * c) ** 2 / (k - 1) + (b * e) ** 2 / ((n - 1) * (k - 1)))
    lower_f, upper_f = stats.f.ppf(q, n - 1, v), stats.f.ppf(q, v, n - 1)
    spread = k * c + (k * n - k - n) * e
    low = n * (r - lower_f * e) / (lower_f * spread + n * r)
    return float(low), float(n * (upper_f * r - e) / (spread + n * upper_f * r))
