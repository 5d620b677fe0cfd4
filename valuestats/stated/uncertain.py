r"""Products of vectors that are known with error: what the errors add is taken off.

With :math:`z \sim N(\mu, V)` and symmetric P and Q, :math:`E\,z'Pz = \mu'P\mu + \operatorname{tr}PV` and
:math:`\operatorname{Cov}(z'Pz, z'Qz) = 4\mu'PVQ\mu + 2\operatorname{tr}PVQV` (Searle 1971, Linear Models, 2.5). With z in
place of :math:`\mu` the first term is too large by :math:`4\operatorname{tr}PVQV` on average; it is taken alone, which
leaves the covariance :math:`2\operatorname{tr}PVQV` too large: where errors are large, so that products are skewed,
intervals without that fell short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
FEWEST_VALUES = 3


def products(z: Array, v: Array, forms: Array) -> tuple[Array, Array]:
    r"""Estimates of :math:`\mu'P\mu` without the errors' share, and their covariance.

    Parameters
    ----------
    z, v
        Estimates, shape ``(n,)``, and their covariance.
    forms
        Symmetric matrices, shape ``(forms, n, n)``.

    Examples
    --------
    >>> import numpy as np
    >>> found, covariance = products(np.array([3.0, 0.0]), np.eye(2), np.eye(2)[None])
    >>> found.tolist(), covariance.tolist()
    ([7.0], [[36.0]])
    """
    pv = forms @ v
    seen = np.einsum("i,pij,j->p", z, forms, z)
    noise = np.trace(pv, axis1=1, axis2=2)
    slopes = forms @ z
    return seen - noise, np.asarray(4 * slopes @ v @ slopes.T)


@dataclass(frozen=True)
class Agreement:
    """How far two profiles agree.

    Attributes
    ----------
    seen
        Correlation as it is seen.
    reliability
        Of either profile: the share of its variance over values that is not error.
    estimate, lower, upper
        Correlation of the profiles without their errors; NaN, and -1 to 1, where one has no variance that is not error.
    std_error
        By the delta method.
    strength
        Smaller of the two variances without error, over its standard error.
    noise
        Larger of the two p-values that a profile is the same for all values, and what is seen of it error (`noise_p`).
    """

    seen: float
    reliability: tuple[float, float]
    estimate: float
    std_error: float
    lower: float
    upper: float
    strength: float
    noise: float = np.nan

    @property
    def ceiling(self) -> float:
        """What two measures of one profile would be seen to correlate."""
        return float(np.sqrt(np.prod(np.maximum(self.reliability, 0.0))))


def centring(n: int) -> Array:
    """Takes the mean off n numbers, over n - 1."""
    return np.asarray((np.eye(n) - 1.0 / n) / (n - 1))


def noise_p(x: Array, v: Array, degrees: float = np.inf) -> float:
    r"""P-value of no variance but error: :math:`x'Cx/\operatorname{tr}CV` on an F distribution (Box 1954).

    Its degrees of freedom are :math:`(\operatorname{tr}CV)^2/\operatorname{tr}(CV)^2`, and those of V.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 4.0])
    >>> round(noise_p(x, np.eye(3)), 6) == round(float(stats.chi2.sf(((x - x.mean()) ** 2).sum(), 2)), 6)
    True
    """
    c = centring(len(x))
    cv = c @ v
    total = float(np.trace(cv))
    if not total > 0:
        return 1.0 if x @ c @ x <= 0 else 0.0
    return float(stats.f.sf(x @ c @ x / total, total**2 / np.trace(cv @ cv), min(degrees, 1e9)))


Reach = float | Callable[[Array], float]
"""Errors on either side of an interval, or what gives them by the derivatives of the estimate."""


def agreement(
    one: Array, two: Array, v: Array, t: Reach, degrees: tuple[float, float] = (np.inf, np.inf)
) -> Agreement:
    """Correlation of two vectors of estimates with joint covariance `v`, without their errors.

    Parameters
    ----------
    one, two
        Shape ``(values,)``.
    v
        Covariance of both, one after the other.
    t
        Errors on either side of the interval, which inverts the test of each correlation (Fieller 1954); or what gives them
        by the derivatives of the correlation by all estimates, as degrees of freedom depend on whose errors weigh.
    degrees
        Degrees of freedom of the errors of either, for the test that a profile is noise.

    Examples
    --------
    >>> import numpy as np
    >>> found = agreement(np.array([1.0, 0, -1]), np.array([2.0, 0, -2]), 0.0 * np.eye(6), 2.0)
    >>> round(found.estimate, 6), round(found.ceiling, 6)
    (1.0, 1.0)
    """
    known = np.isfinite(one) & np.isfinite(two)
    if known.sum() < FEWEST_VALUES:
        return Agreement(np.nan, (np.nan, np.nan), np.nan, np.nan, np.nan, np.nan, np.nan)
    if not known.all():
        twice = np.tile(known, 2)
        reach = t if isinstance(t, float) else _among(t, twice)
        return agreement(one[known], two[known], v[np.ix_(twice, twice)], reach, degrees)
    n = len(one)
    c, zero = centring(n), np.zeros((n, n))
    forms = np.array(
        [
            np.block([[zero, c], [c, zero]]) / 2,
            np.block([[c, zero], [zero, zero]]),
            np.block([[zero, zero], [zero, c]]),
        ]
    )
    z = np.concatenate([one, two])
    (a, b, d), w = products(z, v, forms)
    seen = np.array([one @ c @ one, two @ c @ two])
    with np.errstate(invalid="ignore", divide="ignore"):
        r = float(one @ c @ two / np.sqrt(seen[0] * seen[1]))
        reliability = (float(b / seen[0]), float(d / seen[1]))
        errors = np.sqrt(np.maximum([w[1, 1], w[2, 2]], 0.0))
        strength = float(np.min(np.divide([b, d], errors, out=np.full(2, np.inf), where=errors > 0)))
    noise = max(noise_p(one, v[:n, :n], degrees[0]), noise_p(two, v[n:, n:], degrees[1]))
    if not (b > 0 and d > 0):
        return Agreement(r, reliability, np.nan, np.nan, -1.0, 1.0, min(strength, 0.0), noise)
    h = np.sqrt(b * d)
    slope = np.array([0.0, d, b]) / (2 * h)
    joint = np.array([[w[0, 0], w[0] @ slope], [w[0] @ slope, slope @ w @ slope]])
    estimate = float(a / h)
    to_ratio = np.array([1.0, -estimate]) / h
    if not isinstance(t, float):
        by_z = 2 * forms @ z
        t = t(to_ratio @ np.array([by_z[0], slope @ by_z]))
    low, high = correlations(np.array([a, h]), joint, t) if np.isfinite(t) else (np.nan, np.nan)
    return Agreement(
        r,
        reliability,
        float(np.clip(estimate, -1, 1)),
        float(np.sqrt(max(to_ratio @ joint @ to_ratio, 0.0))),
        low,
        high,
        strength,
        noise,
    )


def correlations(w: Array, v: Array, t: float) -> tuple[float, float]:
    """Ends of the set of correlations w0 / w1 not excluded (Fieller 1954), of those from -1 to 1.

    Where the denominator is not told from 0, the ratios left open are those beyond two ends, on either side of 0; a
    correlation lies within 1, so that often one side alone is left.

    Examples
    --------
    >>> import numpy as np
    >>> [round(x, 4) for x in correlations(np.array([1.0, 2.0]), np.diag([0.01, 0.0]), 2.0)]
    [0.4, 0.6]
    >>> [round(x, 3) for x in correlations(np.array([-1.0, 1.0]), np.diag([0.01, 0.3]), 2.0)]
    [-1.0, -0.459]
    """
    a, b, c = (w[1] ** 2 - t**2 * v[1, 1], w[0] * w[1] - t**2 * v[0, 1], w[0] ** 2 - t**2 * v[0, 0])
    inside = b**2 - a * c
    if inside < 0 or a == 0:
        return -1.0, 1.0
    one, two = sorted([(b - np.sqrt(inside)) / a, (b + np.sqrt(inside)) / a])
    if a > 0:
        return float(np.clip(one, -1, 1)), float(np.clip(two, -1, 1))
    left, right = one >= -1, two <= 1  # what is left open below the one, and above the other
    if left and right:
        return -1.0, 1.0
    if not (left or right):  # every correlation is excluded: the nearest is left
        return (float(np.sign(w[0])),) * 2
    return (-1.0, float(min(one, 1.0))) if left else (float(max(two, -1.0)), 1.0)


def _among(t: Callable[[Array], float], twice: NDArray[np.bool_]) -> Callable[[Array], float]:
    """The same of derivatives by some of the estimates."""

    def reach(slope: Array) -> float:
        whole = np.zeros(len(twice))
        whole[twice] = slope
        return t(whole)

    return reach
