r"""Bases on which intrinsic random walks and smoothing splines are independent normal coefficients.

A curve :math:`f` with the improper density :math:`\exp(-\tfrac{1}{2\sigma^2} f'Qf)` over its knots, held to what Q sees
(:math:`\sum f = 0`, and of second-order walks and splines no straight line), is :math:`f = \sigma B z` with
:math:`z \sim N(0, I)` and :math:`BB' = Q^-`: the eigenvectors of Q over the roots of its eigenvalues. Q is scaled so that
the geometric mean of the variances, the diagonal of :math:`BB'`, is 1 (Sorbye and Rue 2014): the spread :math:`\sigma` then
is the typical size of the curve whatever the number of steps, and one prior serves them all.

- ``rw1``: :math:`Q = D' \operatorname{diag}(1/h) D` with first differences D and gaps h: Brownian motion seen at the knots,
  so that gaps may differ and steps without data change nothing.
- ``rw2``: :math:`Q = D_2'D_2` of evenly spaced knots (Rue and Held 2005, 3.4).
- ``s``: :math:`f'Qf = \int f''^2` of the natural cubic spline through the knots (Green and Silverman 1994, 2.1): of a knot
  at each place the smoothing spline, of fewer mgcv's ``bs="cr"``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, eigh

Floats = NDArray[np.float64]
Walk = Literal["rw1", "rw2", "s"]


def walk_precision(kind: Walk, knots: Floats) -> Floats:
    """Q over the knots, not scaled, ``(knots, knots)``.

    Examples
    --------
    >>> walk_precision("rw1", np.array([0.0, 1.0, 3.0])).tolist()
    [[1.0, -1.0, 0.0], [-1.0, 1.5, -0.5], [0.0, -0.5, 0.5]]
    """
    gaps = np.diff(knots)
    first = np.diff(np.eye(len(knots)), axis=0)
    if kind == "rw1":
        return np.asarray(first.T @ (first / gaps[:, None]))
    if kind == "rw2":
        second = np.diff(first, axis=0)
        return np.asarray(second.T @ second)
    bends = np.diff(first / gaps[:, None], axis=0)
    heights = (
        np.diag((gaps[:-1] + gaps[1:]) / 3.0) + np.diag(gaps[1:-1] / 6.0, 1) + np.diag(gaps[1:-1] / 6.0, -1)
    )
    return np.asarray(bends.T @ cho_solve(cho_factor(heights), bends))


def walk_basis(kind: Walk, knots: Floats) -> tuple[Floats, float]:
    """The basis B of the scaled precision ``(knots, coefficients)``, and the factor that Q was multiplied by.

    Examples
    --------
    >>> basis, _ = walk_basis("rw2", np.arange(6.0))
    >>> basis.shape, bool(np.allclose(np.exp(np.log((basis**2).sum(axis=1)).mean()), 1.0))
    ((6, 4), True)
    """
    lost = 1 if kind == "rw1" else 2
    values, vectors = eigh(walk_precision(kind, knots))
    basis = vectors[:, lost:] / np.sqrt(values[lost:])
    factor = float(np.exp(np.log((basis**2).sum(axis=1)).mean()))
    return basis / np.sqrt(factor), factor


def walk_beyond(kind: Walk, knots: Floats, more: Floats) -> tuple[Floats, Floats]:
    """How a walk goes on at `more` places given the knots: the mean's matrix, and the root of its covariance.

    Where the walk at the knots is f, it is ``mean @ f + spread * root @ z`` there, with standard normal z and the spread of
    the scaled precision: a forecast beyond the knots, a bridge between them. A walk of second order needs all places of the
    grid in between.
    """
    whole = np.concatenate([knots, more])
    order = np.argsort(whole)
    q = np.empty((len(whole), len(whole)))
    q[np.ix_(order, order)] = walk_precision(kind, whole[order])
    n, factor = len(knots), walk_basis(kind, knots)[1]
    inner = cho_factor(q[n:, n:])
    covariance = cho_solve(inner, np.eye(len(more)))
    return -cho_solve(inner, q[n:, :n]), cholesky(covariance, lower=True) / np.sqrt(factor)
