"""The set of ratios that two normal estimates leave open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fieller(w: NDArray[np.float64], v: NDArray[np.float64], t: float) -> tuple[float, float]:
    """Ends of the set of ratios w0 / w1 not excluded; infinite where the set has none (Fieller 1954).

    Parameters
    ----------
    w, v
        Numerator and denominator, and their covariance.
    t
        Errors on either side.

    Examples
    --------
    >>> import numpy as np
    >>> [round(x, 4) for x in fieller(np.array([2.0, 1.0]), np.diag([0.01, 0.0]), 2.0)]
    [1.8, 2.2]
    """
    a = w[1] ** 2 - t**2 * v[1, 1]
    b = w[0] * w[1] - t**2 * v[0, 1]
    c = w[0] ** 2 - t**2 * v[0, 0]
    inside = b**2 - a * c
    if not (a > 0 and inside >= 0):
        return -np.inf, np.inf
    return float((b - np.sqrt(inside)) / a), float((b + np.sqrt(inside)) / a)
