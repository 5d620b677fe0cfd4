"""Ridge logistic regression of many more dimensions than rows, in the coordinates that the rows span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit

Array = NDArray[np.float64]
_RANK = 1e-10


@dataclass(frozen=True)
class Spanned:
    r"""Rows in coordinates of the space that they span: :math:`X - \bar x = Z V^\top`, V orthonormal.

    Attributes
    ----------
    z
        Shape ``(rows, rank)``.
    basis
        V, shape ``(width, rank)``.
    centre
        Mean of the rows, shape ``(width,)``.
    """

    z: Array
    basis: Array
    centre: Array


def spanned(x: Array) -> Spanned:
    """Coordinates of the rows in their own span, from the smaller of the two product matrices.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(5, 40))
    >>> found = spanned(x)
    >>> found.z.shape, bool(np.allclose(found.z @ found.basis.T + found.centre, x))
    ((5, 4), True)
    """
    centre = x.mean(axis=0)
    own = x - centre
    rows, width = own.shape
    if rows <= width:
        square, u = np.linalg.eigh(own @ own.T)
        kept = square > _RANK * max(square[-1], 1e-300)
        root = np.sqrt(square[kept])
        return Spanned(u[:, kept] * root, own.T @ (u[:, kept] / root), centre)
    square, v = np.linalg.eigh(own.T @ own)
    kept = square > _RANK * max(square[-1], 1e-300)
    return Spanned(own @ v[:, kept], v[:, kept], centre)


def ridge_logistic(
    z: Array, y: Array, penalty: float, weights: Array | None = None, *, tolerance: float = 1e-9
) -> tuple[Array, float]:
    r"""Coefficients and intercept of a ridge logistic regression.

    Minimises :math:`\sum_i w_i \log(1 + e^{-s_i(b + z_i'\beta)}) + \frac\lambda2 \lVert\beta\rVert^2` with
    :math:`s = 2y - 1`; the intercept is free. A ridge is the same in any orthonormal coordinates, and the optimum lies in
    the span of the rows, so `spanned` rows give the regression of all dimensions (the representer theorem). Minimised by
    L-BFGS in coordinates scaled by the bound :math:`\frac14 z'z + \lambda` on the curvature (Böhning and Lindsay 1988).

    Parameters
    ----------
    z
        Shape ``(rows, rank)``.
    y
        0 and 1, shape ``(rows,)``.
    penalty
        :math:`\lambda`; scikit-learn's ``C`` is its inverse.
    weights
        Of the rows; 1 where not given.
    tolerance
        Largest part of the gradient at the end, in the scaled coordinates: 1e-9 leaves coefficients exact to about eight
        digits, 1e-4 to three.

    References
    ----------
    Le Cessie and van Houwelingen (1992); Böhning and Lindsay (1988).
    """
    w = np.ones(len(y)) if weights is None else weights
    middle = (w @ z) / w.sum()
    own = z - middle
    scale = 1 / np.sqrt(0.25 * (w @ own**2) + penalty)
    step = 2 / np.sqrt(w.sum())
    sign = 2 * y - 1

    def value(theta: Array) -> tuple[float, Array]:
        beta = theta[1:] * scale
        margin = sign * (own @ beta + step * theta[0])
        pull = -w * sign * expit(-margin)
        loss = float(w @ np.logaddexp(0.0, -margin) + 0.5 * penalty * beta @ beta)
        return loss, np.append(step * pull.sum(), (own.T @ pull + penalty * beta) * scale)

    found = optimize.minimize(
        value,
        np.zeros(own.shape[1] + 1),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 2000, "ftol": 1e-15, "gtol": tolerance, "maxcor": 20},
    )
    beta = found.x[1:] * scale
    return beta, float(step * found.x[0] - middle @ beta)


def mean_difference(z: Array, y: Array, weights: Array | None = None) -> tuple[Array, float]:
    """Difference of the two means, and the intercept that cuts half way between them.

    Examples
    --------
    >>> import numpy as np
    >>> beta, intercept = mean_difference(np.array([[0.0], [2.0]]), np.array([0.0, 1.0]))
    >>> beta.tolist(), intercept
    ([2.0], -2.0)
    """
    w = np.ones(len(y)) if weights is None else weights
    one, two = (np.asarray((w * k) @ z / (w * k).sum()) for k in (y, 1 - y))
    beta = one - two
    return beta, float(-beta @ (one + two) / 2)
