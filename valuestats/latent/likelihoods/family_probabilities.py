"""Category probabilities of the ordinal families, and the prior that a Dirichlet on the shares puts on thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logsumexp, ndtr, ndtri

from valuestats.latent.likelihoods.families import _LINKS, _LOG_DIFFERENCES, Family, FamilyLink, check_family

Array = NDArray[np.float64]
_PRIOR_DRAWS = 20_000


def log_probabilities(
    distance: ArrayLike, *, family: Family = "cumulative", link: FamilyLink = "logit"
) -> Array:
    """Log probability of each category from the distances ``z_k = c_k - eta``.

    Families and links as in `valuestats.latent.likelihoods.families.cell_derivatives`.

    Parameters
    ----------
    distance
        Shape ``(..., K - 1)``.
    family, link
        Which probabilities.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., K)``; ``-inf`` for a category of the cumulative family that descending thresholds leave no
        room for.

    Examples
    --------
    >>> np.exp(log_probabilities([-1.0, 1.0])).round(3)
    array([0.269, 0.462, 0.269])
    >>> np.exp(log_probabilities([0.0, 0.0], family="sequential")).round(3)
    array([0.5 , 0.25, 0.25])
    """
    check_family(family, link)
    z = np.asarray(distance, dtype=float)
    if family == "adjacent":
        weight = np.concatenate([np.zeros((*z.shape[:-1], 1)), -np.cumsum(z, axis=-1)], axis=-1)
        return np.asarray(weight - logsumexp(weight, axis=-1, keepdims=True))
    below, above, _, _ = _LINKS[link](z)
    if family == "sequential":
        gone_on = np.concatenate([np.zeros((*z.shape[:-1], 1)), np.cumsum(above, axis=-1)], axis=-1)
        return np.asarray(np.concatenate([below, np.zeros((*z.shape[:-1], 1))], axis=-1) + gone_on)
    inner = _LOG_DIFFERENCES[link](z[..., :-1], z[..., 1:])
    return np.asarray(np.concatenate([below[..., :1], inner, above[..., -1:]], axis=-1))


def probabilities(distance: ArrayLike, *, family: Family = "cumulative", link: FamilyLink = "logit") -> Array:
    """Probability of each category, where its logarithm is not asked for: to 1e-15 of the probability's range, and quicker.

    Parameters, shapes and meaning are those of `log_probabilities`.

    Examples
    --------
    >>> probabilities([-1.0, 1.0]).round(3)
    array([0.269, 0.462, 0.269])
    """
    check_family(family, link)
    if family != "cumulative":
        return np.exp(log_probabilities(distance, family=family, link=link))
    z = np.asarray(distance, dtype=float)
    out = np.empty((*z.shape[:-1], z.shape[-1] + 1))
    out[..., -1] = 1.0
    with np.errstate(over="ignore"):
        out[..., :-1] = (
            expit(z) if link == "logit" else ndtr(z) if link == "probit" else -np.expm1(-np.exp(z))
        )
    out[..., 1:] -= out[..., :-1].copy()
    return np.maximum(out, 0.0, out=out)


def thresholds_of_shares(
    shares: ArrayLike, *, family: Family = "cumulative", link: FamilyLink = "logit"
) -> Array:
    """The thresholds at which a location of 0 gives the stated category shares.

    Parameters
    ----------
    shares
        Positive, adding up to 1 over the last axis, shape ``(..., K)``.
    family, link
        Which probabilities.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., K - 1)``.

    Examples
    --------
    >>> thresholds_of_shares([0.2, 0.3, 0.5], family="sequential").round(3)
    array([-1.386, -0.511])
    """
    check_family(family, link)
    p = np.asarray(shares, dtype=float)
    if family == "adjacent":
        return np.asarray(np.log(p[..., :-1]) - np.log(p[..., 1:]))
    upper = np.cumsum(p[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    lower = np.cumsum(p, axis=-1)[..., :-1] if family == "cumulative" else p[..., :-1]
    total = lower + upper
    if link == "logit":
        return np.asarray(np.log(lower) - np.log(upper))
    if link == "probit":
        return np.where(lower < upper, ndtri(lower / total), -ndtri(upper / total))
    return np.asarray(np.log(np.log(total) - np.log(upper)))


def induced_moments(
    categories: int, concentration: float, *, family: Family = "cumulative", link: FamilyLink = "logit"
) -> tuple[Array, Array]:
    """Mean and covariance of thresholds whose category shares are Dirichlet (the induced prior, Betancourt 2019).

    Parameters
    ----------
    categories
        K.
    concentration
        Every parameter of the Dirichlet; 1: every set of shares is as likely as any other.
    family, link
        Which probabilities the thresholds belong to.

    Returns
    -------
    tuple
        Mean ``(K - 1,)`` and covariance ``(K - 1, K - 1)``, from 20,000 draws with a fixed seed.

    Examples
    --------
    >>> mean, covariance = induced_moments(3, 1.0)
    >>> bool(mean[0] < 0 < mean[1]), covariance.shape
    (True, (2, 2))
    """
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(categories, concentration), size=_PRIOR_DRAWS)
    thresholds = thresholds_of_shares(np.maximum(shares, 1e-12), family=family, link=link)
    return thresholds.mean(axis=0), np.atleast_2d(np.cov(thresholds.T))
