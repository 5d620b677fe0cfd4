"""Proportional-odds regression of many items at once, by Newton's method.

By hand: statsmodels' `OrderedModel` ignores weights and takes 60 times as long (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class OddsFit:
    """Maximum-likelihood fits, one per item.

    Attributes
    ----------
    coefficients
        Shape ``(items, covariates)``: rise of the log-odds of a higher answer; NaN where a fit did not converge, or the
        coefficient has no maximum.
    covariance
        Inverse observed information of the coefficients, shape ``(items, covariates, covariates)``.
    log_likelihood
        Shape ``(items,)``; its least upper bound where a coefficient has no maximum, NaN where the fit did not converge.
    converged
        Shape ``(items,)``; False for a separated or collinear item too.
    separated
        Shape ``(items, covariates)``: 1 where the likelihood rises without end as the coefficient does, -1 where it rises as
        the coefficient falls, else 0 (Albert and Anderson 1984).
    """

    coefficients: Array
    covariance: Array
    log_likelihood: Array
    converged: NDArray[np.bool_]
    separated: NDArray[np.int64]


# Separation is looked for past so steep a coefficient with so large an error, both per standard deviation.
_STEEP, _FLAT = 5.0, 25.0
_RISES = 1e-3  # what the likelihood may fall by at twice the coefficient and still count as rising
_STRIDE = 3.0
_HALVINGS = 30


def compact_codes(codes: Array) -> tuple[Codes, NDArray[np.int64]]:
    """Number the categories that occur in each column from 0; -1 where missing.

    A category that nobody chose has no cutpoint to estimate: it is left out, which changes no coefficient.

    Parameters
    ----------
    codes
        Shape ``(respondents, items)``, NaN where missing.

    Returns
    -------
    tuple of numpy.ndarray
        Compact codes, shape ``(items, respondents)``, and the number of categories of each item.

    Examples
    --------
    >>> import numpy as np
    >>> compact, n = compact_codes(np.array([[1.0], [6.0], [np.nan], [3.0]]))
    >>> compact.tolist(), n.tolist()
    ([[0, 2, -1, 1]], [3])
    """
    out = np.full((codes.shape[1], codes.shape[0]), -1, dtype=np.int64)
    n = np.zeros(codes.shape[1], dtype=np.int64)
    for j, column in enumerate(codes.T):
        seen = ~np.isnan(column)
        values, place = np.unique(column[seen], return_inverse=True)
        out[j, seen], n[j] = place, len(values)
    return out, n


def proportional_odds(
    codes: Codes,
    categories: NDArray[np.int64],
    covariates: Array,
    *,
    steps: int = 50,
    tolerance: float = 1e-9,
) -> OddsFit:
    r"""Fit :math:`\operatorname{logit} P(Y_{ij} \le k) = c_{jk} - x_{ij}^\top b_j` to every item j (McCullagh 1980).

    Parameters
    ----------
    codes
        Categories from 0, -1 where the respondent is left out, shape ``(items, respondents)``.
    categories
        Number of categories of each item, shape ``(items,)``.
    covariates
        Shape ``(items, respondents, covariates)``; not read where the code is -1. Without an intercept.
    steps
        Most Newton steps.
    tolerance
        A fit rests once its Newton decrement is below this times 1 + |log-likelihood|.

    Returns
    -------
    OddsFit

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[0, 0, 1, 0, 1, 1]])
    >>> x = np.array([[[0.0], [0], [0], [1], [1], [1]]])
    >>> fit = proportional_odds(y, np.array([2]), x)
    >>> fit.coefficients.round(4).tolist()
    [[1.3863]]
    """
    fit = _fit(codes, categories, covariates, np.zeros(codes.shape), steps, tolerance)
    cuts, q = fit.cuts, covariates.shape[2]
    slopes = fit.beta[:, cuts:]
    _, information = _derivatives(fit.beta, codes, fit.x, categories, cuts, fit.offset)
    information[~fit.free] = 0.0
    information.transpose(0, 2, 1)[~fit.free] = 0.0
    diagonal = np.arange(information.shape[1])
    information[:, diagonal, diagonal] += ~fit.free
    rank = np.linalg.matrix_rank(information, hermitian=True) == information.shape[1]
    good = fit.usable & fit.rested & rank
    inverse = np.full_like(information, np.nan)
    inverse[good] = np.linalg.inv(information[good])
    covariance = inverse[:, cuts:, cuts:]
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    spread = _spread(fit.x, codes >= 0)
    with np.errstate(invalid="ignore"):
        flat = ~(np.sqrt(variance) * spread < _FLAT)
    suspect = (fit.usable & fit.rested)[:, None] & flat & (np.abs(slopes) * spread > _STEEP)
    separated = np.zeros((len(codes), q), dtype=np.int64)
    for j, k in zip(*np.nonzero(suspect), strict=True):
        profile = Profile(codes[j], int(categories[j]), covariates[j], int(k))
        if profile(2 * slopes[j, k]) >= fit.value[j] - _RISES:
            separated[j, k] = np.sign(slopes[j, k])
    limit = (separated != 0).any(axis=1)
    good &= ((variance > 0) | (separated != 0)).all(axis=1)
    # Beside a separated coefficient another one may be left with nothing that bears on it.
    known = (separated == 0) & ~(limit[:, None] & flat)
    shown = np.where(good[:, None] & known, slopes, np.nan)
    value = np.where(good | (limit & fit.rested), fit.value, np.nan)
    return OddsFit(shown, covariance, value, good & ~limit, separated)


class Profile:
    """Largest log-likelihood of one item with one coefficient held at a value: a function of that value.

    In a likelihood as flat as that of separated answers Newton's steps do not find their way from afar: each call goes on
    from where the last one ended, in short strides.

    Parameters
    ----------
    codes, categories, covariates
        Of the item, as in `proportional_odds`: shapes ``(respondents,)`` and ``(respondents, covariates)``.
    coefficient
        Which one is held.

    Examples
    --------
    >>> import numpy as np
    >>> y, x = np.array([0, 0, 1, 1, 1, 1]), np.array([[0.0], [0], [0], [1], [1], [1]])
    >>> round(Profile(y, 2, x, 0)(40.0), 4)  # as if the three with x = 1 were not there
    -1.9095
    """

    def __init__(
        self, codes: NDArray[np.int64], categories: int, covariates: Array, coefficient: int
    ) -> None:
        self._codes, self._categories = codes[None], np.array([categories])
        self._others = np.delete(covariates, coefficient, axis=1)[None]
        self._held = np.where(codes >= 0, covariates[:, coefficient], 0.0)[None]
        self._fit, self._at = self._from(None, 0.0), 0.0

    def _from(self, start: Array | None, value: float) -> _Fit:
        return _fit(self._codes, self._categories, self._others, value * self._held, 100, 1e-12, start)

    def __call__(self, value: float) -> float:
        """The log-likelihood with the coefficient at this value."""
        strides = max(int(np.ceil(abs(value - self._at) / _STRIDE)), 1)
        for part in np.linspace(self._at, value, strides + 1)[1:]:
            self._fit = self._from(self._fit.beta, float(part))
        self._at = value
        return float(self._fit.value[0])


@dataclass(frozen=True)
class _Fit:
    """Where Newton's steps came to rest: cutpoints and slopes, which of them are free, and the likelihood there."""

    beta: Array
    free: NDArray[np.bool_]
    value: Array
    usable: NDArray[np.bool_]
    rested: NDArray[np.bool_]
    x: Array
    offset: Array
    cuts: int


def _fit(
    codes: Codes,
    categories: NDArray[np.int64],
    covariates: Array,
    offset: Array,
    steps: int,
    tolerance: float,
    start: Array | None = None,
) -> _Fit:
    seen = codes >= 0
    x = np.where(seen[:, :, None], covariates, 0.0)
    items, _, q = x.shape
    cuts = max(int(categories.max(initial=2)) - 1, 1)
    free = np.concatenate(
        [np.arange(cuts) < categories[:, None] - 1, np.ones((items, q), dtype=bool)], axis=1
    )
    beta = np.concatenate([_start(codes, cuts), np.zeros((items, q))], axis=1)
    beta = beta if start is None else start.copy()
    usable = categories > 1
    value = _value(beta, codes, x, categories, cuts, offset)
    resting = ~usable
    for _ in range(steps):
        run = np.flatnonzero(~resting)
        if not len(run):
            break
        gradient, information = _derivatives(
            beta[run], codes[run], x[run], categories[run], cuts, offset[run]
        )
        gradient = np.where(free[run], gradient, 0.0)
        pinned = ~free[run]
        information[pinned] = 0.0
        information.transpose(0, 2, 1)[pinned] = 0.0
        diagonal = np.arange(information.shape[1])
        information[:, diagonal, diagonal] += pinned
        step = _solve(information, gradient)
        decrement = (step * gradient).sum(axis=1)
        scale = np.ones(len(run))
        better = np.zeros(len(run), dtype=bool)
        for _ in range(_HALVINGS):
            tried = beta[run] + scale[:, None] * step
            new = _value(tried, codes[run], x[run], categories[run], cuts, offset[run])
            better = new >= value[run] - 1e-10
            if better.all():
                break
            scale = np.where(better, scale, scale / 2)
        beta[run[better]], value[run[better]] = tried[better], new[better]
        resting[run] = (np.abs(decrement) < tolerance * (1 + np.abs(value[run]))) | ~better
    return _Fit(beta, free, value, usable, resting & usable, x, offset, cuts)


def null_log_likelihood(codes: Codes) -> Array:
    """Log-likelihood of each item's own category shares, shape ``(items,)``.

    Examples
    --------
    >>> import numpy as np
    >>> null_log_likelihood(np.array([[0, 1, 1, -1]])).round(4).tolist()
    [-1.9095]
    """
    counts = np.stack([(codes == k).sum(axis=1) for k in range(int(codes.max(initial=0)) + 1)], axis=1)
    n = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, n, out=np.ones(counts.shape), where=counts > 0)
    return np.asarray((counts * np.log(share)).sum(axis=1), dtype=float)


def _start(codes: Codes, cuts: int) -> Array:
    """Logits of the cumulative shares, half an answer added to each category."""
    counts = np.stack([(codes == k).sum(axis=1) for k in range(cuts + 1)], axis=1) + 0.5
    below = counts.cumsum(axis=1)[:, :-1] / counts.sum(axis=1, keepdims=True)
    return np.asarray(np.log(below) - np.log1p(-below), dtype=float)


def _spread(x: Array, seen: NDArray[np.bool_]) -> NDArray[np.floating[Any]]:
    """Standard deviation of each covariate, at least so much that a constant one does not hide a large slope."""
    n = np.maximum(seen.sum(axis=1), 1)[:, None]
    mean = x.sum(axis=1) / n
    square = (np.where(seen[:, :, None], x - mean[:, None], 0.0) ** 2).sum(axis=1) / n
    return np.maximum(np.sqrt(square), 0.3)


def _ends(
    beta: Array, codes: Codes, x: Array, categories: NDArray[np.int64], cuts: int, offset: Array | float = 0.0
) -> tuple[Array, Array]:
    """Upper and lower ends of each answer's interval on the latent scale."""
    cut = np.where(np.arange(cuts) < categories[:, None] - 1, beta[:, :cuts], np.inf)
    padded = np.concatenate([np.full((len(cut), 1), -np.inf), cut, np.full((len(cut), 1), np.inf)], axis=1)
    place = np.maximum(codes, 0)
    eta = np.einsum("ipq,iq->ip", x, beta[:, cuts:]) + offset
    upper = np.take_along_axis(padded, place + 1, axis=1) - eta
    lower = np.take_along_axis(padded, place, axis=1) - eta
    return upper, lower


def _probability(upper: Array, lower: Array) -> Array:
    flip = lower > 0
    p = expit(np.where(flip, -lower, upper)) - expit(np.where(flip, -upper, lower))
    return np.asarray(p, dtype=float)


def _value(
    beta: Array, codes: Codes, x: Array, categories: NDArray[np.int64], cuts: int, offset: Array | float = 0.0
) -> Array:
    upper, lower = _ends(beta, codes, x, categories, cuts, offset)
    p = _probability(upper, lower)
    total = np.where(codes >= 0, np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=1)
    return np.where(((p <= 0) & (codes >= 0)).any(axis=1), -np.inf, total)


def _derivatives(
    beta: Array, codes: Codes, x: Array, categories: NDArray[np.int64], cuts: int, offset: Array | float = 0.0
) -> tuple[Array, Array]:
    """Gradient and observed information of every item."""
    upper, lower = _ends(beta, codes, x, categories, cuts, offset)
    seen = codes >= 0
    p = np.where(seen, _probability(upper, lower), 1.0)
    high, low = expit(upper), expit(lower)
    slope_high, slope_low = high * (1 - high), low * (1 - low)
    a, b = np.where(seen, slope_high / p, 0.0), np.where(seen, -slope_low / p, 0.0)
    aa = np.where(seen, slope_high * (1 - 2 * high) / p, 0.0) - a**2
    bb = np.where(seen, -slope_low * (1 - 2 * low) / p, 0.0) - b**2
    ab = -a * b
    place = np.arange(cuts)
    is_upper = (codes[:, :, None] == place).astype(float)
    is_lower = (codes[:, :, None] == place + 1).astype(float)
    du = np.concatenate([is_upper, -x], axis=2)
    dl = np.concatenate([is_lower, -x], axis=2)
    gradient = np.einsum("ip,ipm->im", a, du) + np.einsum("ip,ipm->im", b, dl)
    left = aa[:, :, None] * du + ab[:, :, None] * dl
    right = ab[:, :, None] * du + bb[:, :, None] * dl
    second = np.swapaxes(du, 1, 2) @ left + np.swapaxes(dl, 1, 2) @ right
    return gradient, -second


def _solve(information: Array, gradient: Array) -> Array:
    size = np.abs(np.diagonal(information, axis1=1, axis2=2)).max(axis=1)
    ridge = 1e-10 * size[:, None, None] * np.eye(information.shape[1])
    return np.linalg.solve(information + ridge, gradient[:, :, None])[:, :, 0]
