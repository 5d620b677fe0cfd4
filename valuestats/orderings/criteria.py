"""Scores of options on several criteria: PROMETHEE II, TOPSIS and additive utility, for many sets of weights at once.

By hand: pymcdm agrees to 1e-12 (``tests/orderings/references/``) and takes one set of weights at a time.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Method = Literal["promethee", "topsis", "maut"]
Preference = Literal["usual", "u_shape", "v_shape", "linear", "level", "gaussian"]
METHODS: dict[str, str] = {"promethee": "PROMETHEE II", "topsis": "TOPSIS", "maut": "additive utility"}
"""Methods as they are printed."""


def preference_degree(difference: Array, kind: Preference, q: float, p: float) -> Array:
    """How far a difference in one criterion speaks for the better option, 0 to 1 (Brans and Vincke 1985).

    Parameters
    ----------
    difference
        Any shape; what is not above 0 gives 0.
    kind
        ``usual``: any difference counts in full. ``u_shape``: from above `q`. ``v_shape``: in proportion up to `p`.
        ``linear``: from `q` in proportion up to `p`. ``level``: one half between `q` and `p`, then in full. ``gaussian``:
        :math:`1-e^{-d^2/2p^2}`.
    q, p
        Thresholds of indifference and of preference, in units of the criterion.

    Examples
    --------
    >>> preference_degree(np.array([-1.0, 0.1, 0.3, 0.9]), "linear", 0.2, 0.6).round(2).tolist()
    [0.0, 0.0, 0.25, 1.0]
    """
    d = np.maximum(np.asarray(difference, dtype=float), 0.0)
    if kind == "usual":
        found = d > 0
    elif kind == "u_shape":
        found = d > q
    elif kind == "v_shape":
        found = np.minimum(d / p, 1.0)
    elif kind == "linear":
        found = np.clip((d - q) / (p - q), 0.0, 1.0)
    elif kind == "level":
        found = 0.5 * (d > q) + 0.5 * (d > p)
    else:
        found = -np.expm1(-(d**2) / (2 * p**2))
    return np.asarray(found, dtype=float)


def net_flow(values: Array, weights: Array, kind: Preference, q: float, p: float) -> Array:
    r"""PROMETHEE II: :math:`\phi(a)=\frac{1}{n-1}\sum_{b\ne a}[\pi(a,b)-\pi(b,a)]`.

    :math:`\pi(a,b)=\sum_c w_c P(g_c(a)-g_c(b))` with P as `preference_degree`.

    Parameters
    ----------
    values
        More is better, shape ``(options, criteria)``.
    weights
        Each row sums to 1, shape ``(draws, criteria)``.
    kind, q, p
        Of `preference_degree`.

    Returns
    -------
    numpy.ndarray
        Between -1 and 1, sum 0 over options, shape ``(draws, options)``.

    Examples
    --------
    >>> net_flow(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.75, 0.25]]), "usual", 0.0, 1.0).tolist()
    [[0.5, -0.5]]
    """
    degree = preference_degree(values[:, None] - values[None], kind, q, p)
    by_criterion = (degree - degree.transpose(1, 0, 2)).sum(axis=1) / (len(values) - 1)
    return np.asarray(weights @ by_criterion.T)


def closeness(values: Array, weights: Array) -> Array:
    r"""TOPSIS (Hwang and Yoon 1981): :math:`d^-/(d^++d^-)` from the worst and the best values, columns of length 1.

    Parameters
    ----------
    values, weights
        As for `net_flow`; of a value in which less is better the negative.

    Returns
    -------
    numpy.ndarray
        Between 0 and 1, shape ``(draws, options)``; one half where all options are alike.

    Examples
    --------
    >>> closeness(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.75, 0.25]])).round(2).tolist()
    [[0.75, 0.25]]
    """
    length = np.sqrt((values**2).sum(axis=0))
    scaled = np.divide(values, length, out=np.zeros_like(values), where=length > 0)
    apart = [(scaled - end(scaled, axis=0)) ** 2 for end in (np.max, np.min)]
    far, near = (np.sqrt(weights**2 @ d.T) for d in apart)
    return np.divide(near, far + near, out=np.full_like(near, 0.5), where=far + near > 0)


def additive_utility(values: Array, weights: Array, ends: tuple[float, float] | None, risk: float) -> Array:
    r"""Additive utility (Keeney and Raiffa 1976): :math:`\sum_c w_c u(x_c)`, :math:`x_c` from 0 (worst) to 1 (best).

    :math:`u(x)=x`, or :math:`\frac{1-e^{-rx}}{1-e^{-r}}` for risk r other than 0 (above 0: averse).

    Parameters
    ----------
    values, weights
        As for `net_flow`.
    ends
        Values that count as 0 and 1; the lowest and highest of each criterion among the options where None. A criterion in
        which all options are alike then gives 0 to all.
    risk
        r.

    Examples
    --------
    >>> additive_utility(np.array([[2.0, 1.0], [4.0, 0.0]]), np.array([[0.25, 0.75]]), None, 0.0).tolist()
    [[0.75, 0.25]]
    """
    low, high = (values.min(axis=0), values.max(axis=0)) if ends is None else (np.asarray(e) for e in ends)
    width = np.broadcast_to(np.asarray(high - low, dtype=float), values.shape)
    x = np.divide(values - low, width, out=np.zeros_like(values), where=width > 0)
    utility = x if risk == 0 else np.expm1(-risk * x) / np.expm1(-risk)
    return np.asarray(weights @ utility.T)
