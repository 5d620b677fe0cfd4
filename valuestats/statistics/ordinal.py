"""Cumulative-link probabilities and likelihoods of ordered answers, in plain NumPy.

These functions are the package's reference for the ordered likelihood: predictive checks and expected
answers use them, and the compiled likelihood of `valuestats.latent` is tested against them.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, log_ndtr, ndtr, ndtri

from valuestats.base.errors import SpecificationError

Array = NDArray[np.float64]
Link = Literal["logit", "probit"]


def check_link(link: str) -> Link:
    """The link if it is a known one; `SpecificationError` otherwise."""
    if link not in get_args(Link):
        raise SpecificationError(
            "unknown link function", parameter="link", got=link, expected=" or ".join(get_args(Link))
        )
    return link  # type: ignore[return-value]


def category_probabilities(cutpoints: ArrayLike, location: ArrayLike, *, link: Link = "logit") -> Array:
    """Probability of each ordered category, ``P(y = k) = F(c_k - eta) - F(c_{k-1} - eta)``.

    The cumulative-link model (McCullagh 1980) with ``c_0 = -inf`` and ``c_K = inf``. Differences are taken in
    the tail where both terms are small, so that far categories keep their relative precision.

    Parameters
    ----------
    cutpoints
        Ordered cutpoints, shape ``(..., K - 1)``, on the latent scale.
    location
        Latent location ``eta``, shape ``(...)``; broadcasts against the leading axes of `cutpoints`.
    link
        ``"logit"`` or ``"probit"``.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., K)``, each row summing to 1.

    Examples
    --------
    >>> category_probabilities([-1.0, 1.0], 0.0).round(3)
    array([0.269, 0.462, 0.269])
    """
    cdf = expit if check_link(link) == "logit" else ndtr
    distance = np.asarray(cutpoints, dtype=float) - np.asarray(location, dtype=float)[..., None]
    ends = np.full((*distance.shape[:-1], 1), np.inf)
    upper = np.concatenate([distance, ends], axis=-1)
    lower = np.concatenate([-ends, distance], axis=-1)
    flip = lower > 0
    high = np.where(flip, -lower, upper)
    low = np.where(flip, -upper, lower)
    return np.asarray(cdf(high) - cdf(low), dtype=float)


def cell_log_likelihood(
    counts: ArrayLike, cutpoints: ArrayLike, location: ArrayLike, *, link: Link = "logit"
) -> Array:
    """Log-likelihood of counted answers, without the multinomial coefficient.

    For the logit the log-likelihood of a cell splits into binomial terms, one per threshold
    (``z_k = c_k - eta``, ``n_k`` answers in category k)::

        sum_k [n_k log sigma(z_k) + n_{k+1} log sigma(-z_k)] + sum_{1<k<K} n_k log(1 - exp(c_{k-1} - c_k))

    which is exact, concave in ``eta`` and never takes the log of a difference of probabilities.

    Parameters
    ----------
    counts
        Answers per category, shape ``(..., K)``.
    cutpoints
        Ordered cutpoints, shape ``(..., K - 1)``.
    location
        Latent location, shape ``(...)``.
    link
        ``"logit"`` or ``"probit"``.

    Returns
    -------
    numpy.ndarray
        One log-likelihood per cell, shape ``(...)``; 0 for a cell without answers.

    Examples
    --------
    >>> float(cell_log_likelihood([0, 2, 0], [-1.0, 1.0], 0.0).round(4))
    -1.5439
    """
    n = np.asarray(counts, dtype=float)
    cut = np.asarray(cutpoints, dtype=float)
    distance = cut - np.asarray(location, dtype=float)[..., None]
    if check_link(link) == "logit":
        thresholds = n[..., :-1] * log_expit(distance) + n[..., 1:] * log_expit(-distance)
        inner = n[..., 1:-1] * np.log(-np.expm1(cut[..., :-1] - cut[..., 1:]))
        return thresholds.sum(axis=-1) + inner.sum(axis=-1)
    ends = np.full((*distance.shape[:-1], 1), np.inf)
    upper = np.concatenate([distance, ends], axis=-1)
    lower = np.concatenate([-ends, distance], axis=-1)
    flip = lower > 0
    high, low = log_ndtr(np.where(flip, -lower, upper)), log_ndtr(np.where(flip, -upper, lower))
    terms = high + np.log1p(-np.exp(low - high))
    return np.where(n > 0, n * terms, 0.0).sum(axis=-1)


def total_log_likelihoods(
    counts: ArrayLike, cutpoints: ArrayLike, location: ArrayLike, group: ArrayLike
) -> Array:
    """Logit log-likelihood of all cells together for many draws of their parameters.

    The sum of `cell_log_likelihood`, with one exponential per threshold and one per location. What is linear in
    them is added up beforehand, so that a logarithm per cell, threshold and draw remains.

    Parameters
    ----------
    counts
        Answers per cell and category, shape ``(cells, K)``.
    cutpoints
        Sets of ordered cutpoints, shape ``(draws, sets, K - 1)``.
    location
        Latent locations, shape ``(cells, draws)``.
    group
        Set of each cell, shape ``(cells,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws,)``; minus infinity where a location lies more than 700 logits from a cutpoint.

    Examples
    --------
    >>> import numpy as np
    >>> total_log_likelihoods([[0, 2, 0]], [[[-1.0, 1.0]]], [[0.0]], np.array([0])).round(4)
    array([-1.5439])
    """
    n, cut = np.asarray(counts, dtype=float), np.asarray(cutpoints, dtype=float)
    eta, of = np.asarray(location, dtype=float), np.asarray(group)
    sets, steps = cut.shape[1:]
    below, both = n[:, :-1], n[:, :-1] + n[:, 1:]
    by_set = np.stack([np.bincount(of, column, minlength=sets) for column in n.T[:-1]], axis=1)
    with np.errstate(all="ignore"):
        out = np.einsum("dsk,sk->d", cut, by_set) - below.sum(axis=1) @ eta
        gaps = np.log(-np.expm1(cut[..., :-1] - cut[..., 1:]))
        used = by_set[:, 1:] > 0
        out += np.where(used, by_set[:, 1:] * gaps, 0.0).sum(axis=(1, 2))
        shift, scale = np.exp(-eta), np.exp(cut)
        for k in range(steps):
            odds = shift * (scale[:, of, k].T if sets > 1 else scale[:, 0, k])
            odds += 1.0
            out -= both[:, k] @ np.log(odds, out=odds)
    return np.where(np.isfinite(out), out, -np.inf)


def cutpoints_from_shares(log_shares: ArrayLike, *, link: Link = "logit") -> Array:
    """Cutpoints at which a location of 0 gives the stated category shares: ``c_k = F^-1(sum_{j<=k} p_j)``.

    Parameters
    ----------
    log_shares
        Logs of the category shares, up to a constant, shape ``(..., K)``.
    link
        ``"logit"`` or ``"probit"``.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., K - 1)``.

    Examples
    --------
    >>> import numpy as np
    >>> cutpoints_from_shares(np.log([0.25, 0.5, 0.25])).round(3)
    array([-1.099,  1.099])
    """
    logs = np.asarray(log_shares, dtype=float)
    shares = np.exp(logs - logs.max(axis=-1, keepdims=True))
    below = np.cumsum(shares, axis=-1)[..., :-1]
    above = np.cumsum(shares[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    if check_link(link) == "logit":
        return np.log(below) - np.log(above)
    total = below + above
    # The smaller of the two tails carries the precision.
    return np.where(below < above, ndtri(below / total), -ndtri(above / total))


def expected_answer(
    cutpoints: ArrayLike,
    location: ArrayLike,
    codes: ArrayLike,
    *,
    spread: ArrayLike = 0.0,
    nodes: int = 15,
    link: Link = "logit",
) -> Array:
    """Mean answer code at a latent location, averaged over a normal random effect on it.

    ``E[y] = integral sum_k code_k P(y = k | eta + spread * x) phi(x) dx`` by Gauss-Hermite quadrature.

    Parameters
    ----------
    cutpoints
        Shape ``(..., K - 1)``.
    location
        Latent location, shape ``(...)``.
    codes
        The answer code of each category, shape ``(K,)``.
    spread
        Standard deviation of the random effect, shape ``(...)``; 0 for none.
    nodes
        Number of quadrature nodes.
    link
        ``"logit"`` or ``"probit"``.

    Returns
    -------
    numpy.ndarray
        In the units of the codes, shape ``(...)``.

    Examples
    --------
    >>> float(expected_answer([-1.0, 1.0], 0.0, [1, 2, 3], spread=1.5).round(6))
    2.0
    """
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    weights = weights / weights.sum()
    code = np.asarray(codes, dtype=float)
    eta = np.asarray(location, dtype=float)
    sd = np.asarray(spread, dtype=float)
    cut = np.asarray(cutpoints, dtype=float)
    cdf = expit if check_link(link) == "logit" else ndtr
    steps = np.diff(code)
    total: Array = np.zeros(np.broadcast_shapes(cut.shape[:-1], eta.shape, sd.shape))
    for point, weight in zip(points, weights, strict=True):
        # E[y] = code_1 + sum_k (code_{k+1} - code_k) P(y > k): one cumulative probability per threshold.
        moved = (eta + sd * point)[..., None]
        total = total + weight * (cdf(moved - cut) @ steps)
    return code[0] + total


def agreement_of_cells(counts: ArrayLike) -> Array:
    """Share of pairs of answers within a cell that agree; NaN for cells with fewer than two answers.

    Examples
    --------
    >>> agreement_of_cells([[2, 1, 0], [3, 0, 0]]).round(3)
    array([0.333, 1.   ])
    """
    n = np.asarray(counts, dtype=float)
    total = n.sum(axis=-1)
    pairs = total * (total - 1)
    same = (n * (n - 1)).sum(axis=-1)
    return np.divide(same, pairs, out=np.full(total.shape, np.nan), where=pairs > 0)


__all__ = [
    "Link",
    "agreement_of_cells",
    "category_probabilities",
    "cell_log_likelihood",
    "check_link",
    "cutpoints_from_shares",
    "expected_answer",
]
