"""Reliability of sums of items from covariance matrices, for every row of resampling weights at once.

By hand: pandas' covariances and statsmodels' factor agree and take 10 to 40 times as long (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Covariances:
    """Covariances of items over their pairwise complete respondents, one matrix per row of weights.

    Attributes
    ----------
    covariance
        Shape ``(replicates, items, items)``; NaN where fewer than two respondents have both items.
    correlation
        Same shape, the SDs taken over the same respondents; NaN where an item is constant among them.
    n
        Respondents with both items, same shape.
    """

    covariance: Array
    correlation: Array
    n: Array


def pairwise_covariance(y: Array, weights: Array) -> Covariances:
    r"""Covariances (ddof 1) of every two items, each over the respondents who have both.

    Masked matrix products: :math:`s_{jk} = (\sum w x_j x_k - \sum w x_j m_k \sum w x_k m_j / n_{jk})/(n_{jk}-1)`
    with :math:`m` the mask of what was answered, :math:`n_{jk} = \sum w m_j m_k`.

    Parameters
    ----------
    y
        Shape ``(respondents, items)``, NaN where missing.
    weights
        How often each respondent counts, shape ``(replicates, respondents)``.

    Returns
    -------
    Covariances

    Examples
    --------
    >>> import numpy as np
    >>> pairwise_covariance(np.array([[1.0, 2], [2, 4], [3, 9]]), np.ones((1, 3))).covariance[0].tolist()
    [[1.0, 3.5], [3.5, 13.0]]
    """
    p = y.shape[1]
    mask = ~np.isnan(y)
    known = mask.sum(axis=0)
    centre = np.divide(np.where(mask, y, 0).sum(axis=0), known, out=np.zeros(p), where=known > 0)
    x = np.where(mask, y - centre, 0.0)
    m = mask.astype(float)
    one, two = np.triu_indices(p)
    n = weights @ (m[:, one] * m[:, two])
    left, right = weights @ (x[:, one] * m[:, two]), weights @ (m[:, one] * x[:, two])
    shared = _centred(weights @ (x[:, one] * x[:, two]), left * right, n)
    first = _centred(weights @ (x[:, one] ** 2 * m[:, two]), left**2, n)
    second = _centred(weights @ (m[:, one] * x[:, two] ** 2), right**2, n)
    spread = np.sqrt(np.where((first > 1e-12) & (second > 1e-12), first * second, np.nan))
    parts = (
        np.divide(shared, n - 1, out=np.full_like(n, np.nan), where=n > 1),
        np.divide(shared, spread, out=np.full_like(n, np.nan), where=n > 1),
        n,
    )
    square = np.empty((3, len(weights), p, p))
    for target, part in zip(square, parts, strict=True):
        target[:, one, two] = target[:, two, one] = part
    return Covariances(*square)


def _centred(total: Array, product: Array, n: Array) -> Array:
    """Sum of products less the product of the sums over n."""
    return total - np.divide(product, n, out=np.zeros_like(n), where=n > 0)


def cronbach_alpha(covariance: Array) -> Array:
    r"""Cronbach's alpha, :math:`\frac{p}{p-1}\bigl(1 - \operatorname{tr} S / \mathbf 1^\top S\,\mathbf 1\bigr)`.

    Of a covariance matrix it is raw alpha, of a correlation matrix standardised alpha, of a matrix of
    polychoric correlations ordinal alpha (Cronbach 1951; Zumbo, Gadermann and Zeisser 2007).

    Parameters
    ----------
    covariance
        Shape ``(..., items, items)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``; NaN for fewer than two items or a total without variance.

    Examples
    --------
    >>> import numpy as np
    >>> cronbach_alpha(np.array([[1.0, 0.5], [0.5, 1.0]])).round(4)
    np.float64(0.6667)
    """
    p = covariance.shape[-1]
    total = covariance.sum(axis=(-2, -1))
    if p < 2:
        return np.full(np.shape(total), np.nan)
    total = np.where(total > 1e-14, total, np.nan)
    return p / (p - 1) * (1 - np.trace(covariance, axis1=-2, axis2=-1) / total)


def feldt_interval(alpha: float, n: float, items: int, level: float) -> tuple[float, float]:
    r"""Interval of raw alpha under normal, essentially tau-equivalent items.

    :math:`1 - (1-\hat\alpha)F_{q}` with F on n - 1 and (n - 1)(p - 1) degrees of freedom (Feldt, Woodruff and
    Salih 1987).

    Examples
    --------
    >>> low, high = feldt_interval(0.79, 41, 26, 0.90)  # their worked example prints .703 and .862
    >>> round(low, 2), round(high, 2)
    (0.7, 0.86)
    """
    if not n > 1 or items < 2 or np.isnan(alpha):
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    f = stats.f(n - 1, (n - 1) * (items - 1))
    return float(1 - (1 - alpha) * f.ppf(1 - tail)), float(1 - (1 - alpha) * f.ppf(tail))


def one_factor_loadings(correlation: Array, *, tolerance: float = 1e-10, steps: int = 2000) -> Array:
    r"""Loadings of one common factor by minimum residuals.

    Minimises :math:`\sum_{j<k}(r_{jk} - \lambda_j\lambda_k)^2` (Harman and Jones 1966) by cyclic coordinate steps
    :math:`\lambda_j = \sum_{k\ne j} r_{jk}\lambda_k / \sum_{k\ne j}\lambda_k^2`, all matrices together.

    Parameters
    ----------
    correlation
        Shape ``(matrices, items, items)``.
    tolerance, steps
        Stop when no loading moves further, or after so many cycles.

    Returns
    -------
    numpy.ndarray
        Loadings, shape ``(matrices, items)``, their sum not negative; NaN with fewer than three items (the
        factor is not identified), a missing correlation, or a loading of 1 or more (a Heywood case).

    Examples
    --------
    >>> import numpy as np
    >>> l = np.array([0.8, 0.6, 0.5])
    >>> r = np.outer(l, l) + np.diag(1 - l**2)
    >>> one_factor_loadings(r[None]).round(6)
    array([[0.8, 0.6, 0.5]])
    """
    count, p = correlation.shape[:2]
    found = np.full((count, p), np.nan)
    fine = np.flatnonzero(np.isfinite(correlation).all(axis=(1, 2)))
    if p < 3 or len(fine) == 0:
        return found
    values, vectors = np.linalg.eigh(correlation[fine])
    loading = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0)) * 0.8
    off = correlation[fine] * (1 - np.eye(p))
    active = np.arange(len(fine))
    for _ in range(steps):
        now = loading[active]
        before = now.copy()
        square = (now**2).sum(axis=1)
        for j in range(p):
            rest = np.maximum(square - now[:, j] ** 2, 1e-12)
            new = np.clip((off[active, j] * now).sum(axis=1) / rest, -1.5, 1.5)
            square += new**2 - now[:, j] ** 2
            now[:, j] = new
        loading[active] = now
        active = active[np.abs(now - before).max(axis=1) > tolerance]
        if len(active) == 0:
            break
    loading *= np.where(loading.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    heywood = (np.abs(loading) >= 1).any(axis=1, keepdims=True)
    found[fine] = np.where(heywood, np.nan, loading)
    return found


def omega_total(loadings: Array) -> Array:
    r"""McDonald's omega of a one-factor model, for the sum of standardised items.

    :math:`\omega = (\sum\lambda)^2 / \bigl((\sum\lambda)^2 + \sum(1-\lambda^2)\bigr)` (McDonald 1999, equation 6.20).

    Examples
    --------
    >>> import numpy as np
    >>> omega_total(np.array([[0.8, 0.6, 0.5]])).round(4)
    array([0.6735])
    """
    common = loadings.sum(axis=-1) ** 2
    return common / (common + (1 - loadings**2).sum(axis=-1))


def all_splits(items: int, limit: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Every split of the items into halves (sizes differing by one where odd), or `limit` random ones.

    Returns
    -------
    numpy.ndarray
        Membership of the first half, shape ``(splits, items)``; each split once where all are listed.

    Examples
    --------
    >>> import numpy as np
    >>> all_splits(4, 100, np.random.default_rng(0)).astype(int).tolist()
    [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
    """
    half = items // 2
    even = items % 2 == 0
    if comb(items, half) // (2 if even else 1) <= limit:
        # with an even number a half and its complement are one split: keep those that hold the first item
        rows = [c for c in combinations(range(items), half) if not even or 0 in c]
        halves = np.zeros((len(rows), items), dtype=bool)
        for row, chosen in enumerate(rows):
            halves[row, list(chosen)] = True
        return halves
    order = rng.permuted(np.tile(np.arange(items), (limit, 1)), axis=1)
    return order < half


@dataclass(frozen=True)
class SplitHalf:
    r"""Reliability from halves, each of shape ``(..., splits)``.

    Attributes
    ----------
    spearman_brown
        :math:`2r/(1+r)` with r the correlation of the halves' sums (Spearman 1910; Brown 1910).
    guttman
        :math:`4\,\mathrm{cov}(A,B)/\mathrm{var}(A+B)` (Guttman 1945, lambda 4), for halves that are not parallel.
    """

    spearman_brown: Array
    guttman: Array


def split_half(covariance: Array, halves: NDArray[np.bool_]) -> SplitHalf:
    """Split-half reliability for each covariance matrix and each split.

    Parameters
    ----------
    covariance
        Shape ``(..., items, items)``.
    halves
        Shape ``(splits, items)``, see `all_splits`.

    Returns
    -------
    SplitHalf

    Examples
    --------
    >>> import numpy as np
    >>> split_half(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[True, False]])).spearman_brown.round(4)
    array([0.6667])
    """
    a = halves.astype(float)
    one, two = np.triu_indices(a.shape[1])
    # sums over pairs of items, all splits in one product
    pairs = (covariance * (2 - np.eye(a.shape[1])))[..., one, two]
    within_a = pairs @ (a[:, one] * a[:, two]).T
    with_all = covariance.sum(axis=-1) @ a.T
    total = covariance.sum(axis=(-2, -1))[..., None]
    between = with_all - within_a
    within_b = total - with_all - between
    spread = np.sqrt(np.where((within_a > 1e-14) & (within_b > 1e-14), within_a * within_b, np.nan))
    r = between / spread
    stepped = np.divide(2 * r, 1 + r, out=np.full_like(r, np.nan), where=1 + r > 1e-12)
    return SplitHalf(stepped, 4 * between / np.where(total > 1e-14, total, np.nan))
