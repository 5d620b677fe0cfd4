r"""Shares along an axis as a smooth curve about which clusters of answers scatter.

The shares of K stances at T steps are points of the simplex; in K - 1 orthonormal coordinates :math:`w = H'p` they are

.. math:: w = f + e, \qquad e \sim N(0, V), \qquad f = X\beta + \sigma B z, \quad z \sim N(0, I),

with V the covariance that the clusters show, over all steps and stances (the same items are asked at each step, so that
errors go together), B a scaled random walk or spline (`valuestats.latent.walks`) in every coordinate alike, and X its
constant (and line), which no prior holds. That is the area-level model of small-area estimation (Fay and Herriot 1979),
with walks over time (Mercer et al. 2014). The spread has a half-normal prior and is integrated out on a grid of its
quantiles; given it all is normal. Shares add up to 1 in every draw.

Only moves about the mean over the steps are smoothed; the level is the mean of the raw shares, with its clusters' error.
One generalised least-squares fit of both would take common errors that are larger where shares are larger for a reason to
put the curve beside all raw shares (Peelle's puzzle; Neudecker, Fruehwirth and Leeb 2012).

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
    y = shares @ turn
    v, shrunk = shrunk_covariance((influence @ turn).reshape(len(influence), steps, stances - 1))
    v = v + np.eye(len(v)) * (_TINY + 1e-9 * np.trace(v) / len(v))
    eye = np.eye(stances - 1)
    mean, away = (
        np.asarray(np.kron(x.T, eye)) for x in (np.full((steps, 1), 1 / steps), zero_sum_basis(steps))
    )
    basis = np.kron(walk_basis(walk, places)[0], eye)
    line = np.kron((places - places.mean())[:, None] / np.ptp(places), eye)[:, : 0 if walk == "rw1" else None]
    own = away @ v @ away.T
    sizes: Array = scale * np.asarray(ndtri(0.5 + 0.5 * (np.arange(_GRID) + 0.5) / _GRID))
    moves = away @ y.ravel()
    fits = [_given(moves, own, away @ line, np.asarray(size * away @ basis)) for size in sizes]
    chances = softmax(np.array([fit[0] for fit in fits]))
    chosen = np.sort(rng.choice(_GRID, size=draws, p=chances))
    df = len(influence) - 1
    tails = np.sqrt(df / rng.chisquare(df, draws))
    level, found = np.tile(eye, (steps, 1)), np.empty((draws, y.size))
    for k in np.unique(chosen):
        at = chosen == k
        _, centre, covariance, smoother = fits[k]
        crossed = level @ (mean @ v @ away.T) @ smoother.T @ away
        whole = level @ (mean @ v @ mean.T) @ level.T + crossed + crossed.T + away.T @ covariance @ away
        middle = level @ (mean @ y.ravel()) + away.T @ centre
        found[at] = middle + tails[at, None] * (rng.normal(size=(int(at.sum()), y.size)) @ _root(whole).T)
    order = rng.permutation(draws)
    curve = 1.0 / stances + found.reshape(draws, steps, stances - 1) @ turn.T
    return Smoothed(curve[order], sizes[chosen][order], shrunk)


def _given(moves: Array, v: Array, free: Array, walked: Array) -> tuple[float, Array, Array, Array]:
    """Of moves about the level, given the spread.

    Returns
    -------
    tuple
        Log evidence (the free part integrated out), the curve's mean and covariance, and the matrix that makes its mean of
        the raw moves.
    """
    whole = cho_factor(v + walked @ walked.T, lower=True)
    inner = cho_solve(whole, free)
    information = np.linalg.cholesky(free.T @ inner)
    into = cho_solve(whole, np.eye(len(moves))) - inner @ np.linalg.solve(free.T @ inner, inner.T)
    evidence = -0.5 * float(moves @ into @ moves)
    evidence -= float(np.log(np.diag(whole[0])).sum()) + float(np.log(np.diag(information)).sum())
    smoother = np.eye(len(moves)) - v @ into
    covariance = v - v @ into @ v
    return evidence, smoother @ moves, 0.5 * (covariance + covariance.T), smoother


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
