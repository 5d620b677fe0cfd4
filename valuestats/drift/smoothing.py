r"""Shares along an axis as a smooth curve about which clusters of answers scatter.

The shares of K stances at T steps are points of the simplex; in K - 1 orthonormal coordinates :math:`w = H'p` they are

.. math:: w = f + e, \qquad e \sim N(0, V), \qquad f = X\beta + \sigma B z, \quad z \sim N(0, I),

with V the covariance that the clusters show, over all steps and stances (the same items are asked at each step, so that
errors go together), B a scaled random walk or spline (`valuestats.latent.walks`) in every coordinate alike, and X its
constant (and line), which no prior holds. That is the area-level model of small-area estimation (Fay and Herriot 1979),
with walks over time (Mercer et al. 2014). The spread has a half-normal prior and is integrated out on a grid of its
quantiles; given it all is normal. Shares add up to 1 in every draw.

V has more entries than a few clusters tell: it is shrunk towards one covariance between stances times one correlation
between steps, as much as its own sampling error asks for (Schaefer and Strimmer 2005); and draws have the tails of
Student's t with the clusters' degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri, softmax

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.walks import Walk, walk_basis

Array = NDArray[np.float64]
_GRID = 60
_TINY = 1e-12


@dataclass(frozen=True)
class Smoothed:
    """Draws of a curve of shares.

    Attributes
    ----------
    shares
        ``(draws, steps, stances)``.
    spread
        Draws of the spread, ``(draws,)``.
    shrunk
        How far the covariance was shrunk, from 0 to 1.
    """

    shares: Array
    spread: Array
    shrunk: float


def smooth_shares(
    shares: Array,
    influence: Array,
    places: Array,
    *,
    walk: Walk,
    scale: float,
    draws: int,
    rng: np.random.Generator,
) -> Smoothed:
    """Draws of the curve behind shares.

    Parameters
    ----------
    shares
        ``(steps, stances)``.
    influence
        What each cluster adds to the error of the shares, ``(clusters, steps, stances)``; they sum to 0.
    places
        Of the steps on the axis.
    walk
        What the curve is like.
    scale
        Of the half-normal prior of the spread.
    draws, rng
        How many, and random numbers.
    """
    steps, stances = shares.shape
    turn = zero_sum_basis(stances)
    y = (shares @ turn).ravel()
    v, shrunk = shrunk_covariance((influence @ turn).reshape(len(influence), steps, stances - 1))
    v = v + np.eye(len(v)) * (_TINY + 1e-9 * np.trace(v) / len(v))
    eye = np.eye(stances - 1)
    basis = np.kron(walk_basis(walk, places)[0], eye)
    line = np.vander((places - places.mean()) / np.ptp(places), 1 if walk == "rw1" else 2)
    free = np.asarray(np.kron(line, eye), dtype=float)
    sizes: Array = scale * np.asarray(ndtri(0.5 + 0.5 * (np.arange(_GRID) + 0.5) / _GRID))
    fits = [_given(y, v, free, size * basis) for size in sizes]
    chances = softmax(np.array([fit[0] for fit in fits]))
    chosen = np.sort(rng.choice(_GRID, size=draws, p=chances))
    df = len(influence) - 1
    tails = np.sqrt(df / rng.chisquare(df, draws))
    found = np.empty((draws, len(y)))
    for k in np.unique(chosen):
        at = chosen == k
        root = _root(fits[k][2])
        found[at] = fits[k][1] + tails[at, None] * (rng.normal(size=(int(at.sum()), len(y))) @ root.T)
    order = rng.permutation(draws)
    curve = 1.0 / stances + found.reshape(draws, steps, stances - 1) @ turn.T
    return Smoothed(curve[order], sizes[chosen][order], shrunk)


def _given(y: Array, v: Array, free: Array, walked: Array) -> tuple[float, Array, Array]:
    """Log evidence (of contrasts, the free part integrated out), mean and covariance of the curve, given the spread."""
    whole = cho_factor(v + walked @ walked.T, lower=True)
    inner_x = cho_solve(whole, free)
    information = cho_factor(free.T @ inner_x, lower=True)
    into = cho_solve(whole, np.eye(len(y))) - inner_x @ cho_solve(information, inner_x.T)
    evidence = -0.5 * float(y @ into @ y)
    evidence -= float(np.log(np.diag(whole[0])).sum()) + float(np.log(np.diag(information[0])).sum())
    covariance = v - v @ into @ v
    return evidence, y - v @ (into @ y), 0.5 * (covariance + covariance.T)


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def shrunk_covariance(influence: Array) -> tuple[Array, float]:
    """Covariance of the estimates that clusters make, shrunk to a separable one, and by how much.

    The target has each step's mean variance, the same covariance of the coordinates at each of them, and one correlation
    between any two steps.

    Parameters
    ----------
    influence
        ``(clusters, steps, coordinates)``, summing to 0 over the clusters.

    Examples
    --------
    >>> parts = np.random.default_rng(0).normal(size=(2000, 3, 1)) / 2000
    >>> v, _ = shrunk_covariance(parts - parts.mean(axis=0))
    >>> bool(np.allclose(v * 2000, np.eye(3), atol=0.08))
    True
    """
    n, steps, width = influence.shape
    flat = influence.reshape(n, steps * width)
    scale = n / (n - 1)
    v = scale * flat.T @ flat
    blocks = v.reshape(steps, width, steps, width)
    variance = np.einsum("tktk->t", blocks) / width
    if not variance.max() > _TINY:
        return v, 0.0
    size = np.sqrt(np.maximum(variance, variance.max() * 1e-6))
    within = np.einsum("tktl,t->kl", blocks, 1.0 / size**2) / steps
    within = (n * within + width * np.eye(width)) / (n + width)
    together = np.einsum("tksk->ts", blocks) / width / np.outer(size, size)
    others = ~np.eye(steps, dtype=bool)
    rho = float(np.clip(together[others].mean(), 0.0, 0.999)) if steps > 1 else 0.0
    target = np.kron((rho + (1 - rho) * np.eye(steps)) * np.outer(size, size), within)
    error = float((scale**2 * n * ((flat**2).T @ flat**2 / n - (flat.T @ flat / n) ** 2)).sum())
    apart = float(((v - target) ** 2).sum())
    shrunk = min(1.0, error / apart) if apart > 0 else 1.0
    return (1 - shrunk) * v + shrunk * target, shrunk
