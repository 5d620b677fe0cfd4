"""Two-step polychoric and polyserial correlations with missing data, for all pairs at once.

By hand: no library among the dependencies has them; SciPy's bivariate normal probabilities agree and take 100 times as long
(docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

BOUND = 0.9999
"""Correlations are sought in [-BOUND, BOUND]."""

_FAR = 9.0  # thresholds beyond this are infinite for double precision
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)


@dataclass(frozen=True)
class Polychoric:
    """Correlations of the normal variables behind ordered categories.

    Attributes
    ----------
    r
        Correlation; NaN where one side has a single category among the complete pairs.
    std_error
        From the curvature of the likelihood in r, thresholds taken as known; NaN at the bound.
    n
        Complete pairs.
    at_bound
        Whether the likelihood still rises at ``BOUND``: the table has empty cells that no correlation short
        of 1 explains better.
    """

    r: Array
    std_error: Array
    n: Array
    at_bound: NDArray[np.bool_]


def bivariate_normal_cdf(h: Array, k: Array, r: Array) -> Array:
    r"""P(X <= h, Y <= k) of standard normal variables with correlation r; the arrays broadcast.

    :math:`\Phi(h)\Phi(k) + \frac{1}{2\pi}\int_0^{\arcsin r}
    \exp\frac{-(h^2+k^2-2hk\sin\theta)}{2\cos^2\theta}\,d\theta` (Plackett 1954; Drezner and Wesolowsky 1990) by
    32-point Gauss-Legendre quadrature: absolute error below 1e-12 for \|r\| <= .99, below 1e-6 up to .9999.

    Examples
    --------
    >>> import numpy as np
    >>> bivariate_normal_cdf(np.array(0.0), np.array(0.0), np.array(0.5)).round(6)
    np.float64(0.333333)
    """
    angle = np.arcsin(r)
    theta = angle[..., None] * (_NODES + 1) / 2
    sine, cosine2 = np.sin(theta), np.cos(theta) ** 2
    half = -0.5 / cosine2
    integrand = np.exp((h**2 + k**2)[..., None] * half - (h * k)[..., None] * (2 * sine * half))
    return special.ndtr(h) * special.ndtr(k) + angle / (4 * np.pi) * (integrand @ _NODE_WEIGHTS)


def polychoric_tables(tables: Array) -> Polychoric:
    r"""Two-step polychoric correlation of each contingency table.

    Thresholds are the normal quantiles of the table's margins; given them, r maximises
    :math:`\sum_{ij} n_{ij}\log\pi_{ij}(r)` with :math:`\pi_{ij}` the bivariate normal probability of the cell
    (Olsson 1979, two-step). All tables take Fisher-scoring steps together, each kept inside a bracket by
    the sign of its score.

    Parameters
    ----------
    tables
        Shape ``(tables, categories, categories)``; empty categories are allowed, weights need not be whole.

    Returns
    -------
    Polychoric
        Arrays of shape ``(tables,)``.

    Examples
    --------
    >>> import numpy as np
    >>> polychoric_tables(np.array([[[40.0, 10.0], [10.0, 40.0]]])).r.round(6)  # sin(.6 pi / 2) at equal margins
    array([0.809017])
    """
    n = tables.sum(axis=(1, 2))
    varies = ((tables.sum(axis=1) > 0).sum(axis=1) > 1) & ((tables.sum(axis=2) > 0).sum(axis=1) > 1)
    full = np.full(len(tables), np.nan)
    found = Polychoric(full.copy(), full.copy(), n, np.zeros(len(tables), dtype=bool))
    rows = np.flatnonzero(varies)
    for start in range(0, len(rows), 512):  # bounds the memory of the quadrature
        part = rows[start : start + 512]
        r, error, bound = _maximise(tables[part])
        found.r[part], found.std_error[part], found.at_bound[part] = r, error, bound
    return found


def _maximise(tables: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    h, k = category_thresholds(tables.sum(axis=2)), category_thresholds(tables.sum(axis=1))
    low, high = np.full(len(tables), -BOUND), np.full(len(tables), BOUND)
    r = np.zeros(len(tables))
    active = np.arange(len(tables))
    for cycle in range(64):
        now, n = r[active], tables[active].sum(axis=(1, 2))
        score, information = _score(tables[active], h[active], k[active], now)
        # near a bound that the likelihood rises to, the score vanishes before it is reached: go on outwards
        small = np.abs(score) <= 1e-7 * n
        flat = small & (np.abs(now) > 0.9)
        rising = np.where(flat, now > 0, score > 0)
        low[active] = np.where(rising, now, low[active])
        high[active] = np.where(rising, high[active], now)
        step = np.divide(score, information, out=np.zeros_like(score), where=information > 0)
        proposed = now + step
        # a vanishing cell's share of the information stalls the steps: after twelve, halve the bracket
        inside = (proposed > low[active]) & (proposed < high[active]) & ~flat & (cycle < 12)
        r[active] = np.where(inside, proposed, (low[active] + high[active]) / 2)
        settled = small & ~flat & (np.abs(r[active] - now) < 1e-10)
        active = active[~settled & (high[active] - low[active] > 1e-10)]
        if len(active) == 0:
            break
    at_bound = np.abs(r) > BOUND - 1e-6
    width = np.minimum(1e-4, (1 - np.abs(r)) / 4)
    ahead, behind = (_score(tables, h, k, r + side * width)[0] for side in (1, -1))
    curvature = (behind - ahead) / (2 * width)
    usable = (curvature > 0) & ~at_bound
    error = np.sqrt(np.divide(1, curvature, out=np.full_like(r, np.nan), where=usable))
    return np.where(at_bound, np.sign(r) * BOUND, r), error, at_bound


def category_thresholds(margin: Array) -> Array:
    """Normal quantiles of the cumulated margins ``(tables, categories)``, the two infinite ends left out."""
    share = np.cumsum(margin, axis=1) / margin.sum(axis=1, keepdims=True)
    return np.clip(special.ndtri(np.clip(share[:, :-1], 0, 1)), -_FAR, _FAR)


def _score(tables: Array, h: Array, k: Array, r: Array) -> tuple[Array, Array]:
    """Derivative of each log likelihood in r, and its expected information."""
    across, down, rho = h[:, :, None], k[:, None, :], r[:, None, None]
    inner = (slice(None), slice(1, -1), slice(1, -1))
    corner = np.zeros((len(r), h.shape[1] + 2, k.shape[1] + 2))
    corner[inner] = bivariate_normal_cdf(across, down, rho)
    corner[:, -1, 1:-1], corner[:, 1:-1, -1], corner[:, -1, -1] = special.ndtr(k), special.ndtr(h), 1.0
    slope_at = np.zeros_like(corner)  # d corner / d r is the bivariate density (Plackett 1954)
    exponent = -(across**2 + down**2 - 2 * rho * across * down) / (2 * (1 - rho**2))
    slope_at[inner] = np.exp(exponent) / (2 * np.pi * np.sqrt(1 - rho**2))
    cell, slope = (np.diff(np.diff(part, axis=1), axis=2) for part in (corner, slope_at))
    cell = np.maximum(cell, 1e-14)
    information = tables.sum(axis=(1, 2)) * (slope**2 / cell).sum(axis=(1, 2))
    return (tables * slope / cell).sum(axis=(1, 2)), information


def pair_tables(codes: Array, weights: Array | None = None) -> tuple[Array, NDArray[np.int64]]:
    """Contingency tables of all pairs of columns over pairwise complete rows.

    Parameters
    ----------
    codes
        Ordered codes, shape ``(respondents, items)``, NaN where missing.
    weights
        Optional, shape ``(replicates, respondents)``: one set of tables per row.

    Returns
    -------
    tuple of numpy.ndarray
        Tables, shape ``(pairs, K, K)`` or ``(replicates, pairs, K, K)``, and the pairs ``(pairs, 2)`` of columns.

    Examples
    --------
    >>> import numpy as np
    >>> tables, pairs = pair_tables(np.array([[1.0, 2.0], [2.0, 2.0], [1.0, np.nan]]))
    >>> tables.tolist(), pairs.tolist()
    ([[[0.0, 1.0], [0.0, 1.0]]], [[0, 1]])
    """
    levels = np.unique(codes[~np.isnan(codes)])
    member = (codes[:, :, None] == levels).astype(float)  # a missing code is a member of none
    pairs = np.column_stack(np.triu_indices(codes.shape[1], 1))
    if weights is None:
        flat = member.reshape(len(codes), -1)
        crossed = (flat.T @ flat).reshape(codes.shape[1], len(levels), codes.shape[1], len(levels))
        return crossed[pairs[:, 0], :, pairs[:, 1], :], pairs
    k = len(levels)
    tables = np.empty((len(weights), len(pairs), k, k))
    for p, (one, two) in enumerate(pairs):
        both = (member[:, one, :, None] * member[:, two, None, :]).reshape(len(codes), k * k)
        tables[:, p] = (weights @ both).reshape(-1, k, k)
    return tables, pairs


def polychoric_matrix(codes: Array) -> Polychoric:
    """Polychoric correlations of every two columns, each over its complete pairs.

    The matrix need not be positive definite, since every pair is estimated by itself.

    Parameters
    ----------
    codes
        Ordered codes, shape ``(respondents, items)``, NaN where missing.

    Returns
    -------
    Polychoric
        Arrays of shape ``(items, items)``; the diagonal has r = 1, no standard error, and n of the item.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.repeat([[0.0, 0], [0, 1], [1, 0], [1, 1]], [40, 10, 10, 40], axis=0)
    >>> polychoric_matrix(codes).r[0].round(6)
    array([1.      , 0.809017])
    """
    tables, pairs = pair_tables(codes)
    found = polychoric_tables(tables)
    p = codes.shape[1]

    def square(values: Array, diagonal: Array) -> Array:
        full = np.diag(diagonal)
        full[pairs[:, 0], pairs[:, 1]] = full[pairs[:, 1], pairs[:, 0]] = values
        return full

    seen = (~np.isnan(codes)).sum(axis=0).astype(float)
    bound = square(found.at_bound.astype(float), np.zeros(p)) > 0
    r, error = square(found.r, np.ones(p)), square(found.std_error, np.full(p, np.nan))
    return Polychoric(r, error, square(found.n, seen), bound)


def polyserial_matrix(x: Array, codes: Array) -> tuple[Array, Array]:
    r"""Two-step polyserial correlation of every continuous with every ordered variable.

    :math:`\hat\rho = r_{xy}\, s_y / \sum_j \varphi(\tau_j)` with y scored 1, 2, … by the order of the categories that occur,
    :math:`s_y` its SD (ddof 0) and :math:`\tau_j` the thresholds of its margin, all over the complete
    pairs (Olsson, Drasgow and Dorans 1982, two-step estimator), cut at ``BOUND``.

    Parameters
    ----------
    x
        Shape ``(respondents, variables)``, NaN where missing.
    codes
        Ordered codes, shape ``(respondents, items)``, NaN where missing.

    Returns
    -------
    tuple of numpy.ndarray
        Correlations and complete pairs, each ``(variables, items)``; NaN where one side is constant.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    >>> polyserial_matrix(x, np.array([[1.0], [1.0], [2.0], [3.0]]))[0].round(3)
    array([[1.]])
    """
    known = ~np.isnan(x)
    variables, items = x.shape[1], codes.shape[1]
    centre = np.where(known, x, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    place = np.where(known, x - centre, 0.0)
    parts = np.hstack([known, place, place**2])
    levels = np.unique(codes[~np.isnan(codes)])
    # per category: complete pairs, sum of x and sum of its squares, each (categories, variables, items)
    sums = np.array([parts.T @ (codes == level) for level in levels]).reshape(-1, 3, variables, items)
    count, sum_x, square_x = sums.transpose(1, 0, 2, 3)
    seen = count > 0
    score = np.cumsum(seen, axis=0)  # 1, 2, ... over the categories that the pair's people chose
    n = count.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = sum_x.sum(axis=0) / n, (count * score).sum(axis=0) / n
        sd_x = np.sqrt(square_x.sum(axis=0) / n - mean_x**2)
        sd_y = np.sqrt((count * score**2).sum(axis=0) / n - mean_y**2)
        cuts = special.ndtri(np.clip(np.cumsum(count, axis=0) / n, 0, 1))
        height = np.where(seen, np.exp(-(cuts**2) / 2), 0.0).sum(axis=0) / np.sqrt(2 * np.pi)
        # r_xy s_y / height, with r_xy = cov / (s_x s_y)
        value = ((sum_x * score).sum(axis=0) / n - mean_x * mean_y) / (sd_x * height)
    fine = (sd_x > 1e-9 * np.maximum(1, np.abs(mean_x))) & (sd_y > 1e-9) & (n > 2)
    return np.where(fine, np.clip(value, -BOUND, BOUND), np.nan), n
