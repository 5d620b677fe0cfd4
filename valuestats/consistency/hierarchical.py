"""Factor analysis by minimum residuals, oblimin rotation and the Schmid-Leiman general factor behind omega hierarchical.

The rotation is statsmodels'. Its principal-axis `Factor` is not used: with two items on a factor it leaves the bounds of the
uniquenesses and ends elsewhere (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from statsmodels.multivariate.factor_rotation import rotate_factors

from valuestats.statistics.reliability import one_factor_loadings

Array = NDArray[np.float64]


def minres(correlation: Array, factors: int, start: Array | None = None) -> Array:
    r"""Unrotated loadings by minimum residuals.

    Minimises the squared residuals over the uniquenesses :math:`\psi`: with :math:`\theta_k, u_k` the eigenvalues and
    eigenvectors of :math:`R-\Psi`, :math:`f = \frac12\sum_{k>q}\theta_k^2` and
    :math:`\partial f/\partial\psi_j = -\sum_{k>q}\theta_k u_{jk}^2` (Harman and Jones 1966; Jöreskog 1977 for this form).

    Parameters
    ----------
    correlation
        Shape ``(items, items)``, no missing entries.
    factors
        Number of factors, q.
    start
        Uniquenesses to start from.

    Returns
    -------
    numpy.ndarray
        Shape ``(items, factors)``, largest factor first.

    Examples
    --------
    >>> import numpy as np
    >>> l = np.array([0.8, 0.6, 0.5, 0.4])
    >>> found = minres(np.outer(l, l) + np.diag(1 - l**2), 1)
    >>> np.abs(found[:, 0]).round(4)
    array([0.8, 0.6, 0.5, 0.4])
    """
    r = correlation
    p = len(r)
    if start is None:
        start = np.clip(1 / np.maximum(np.diag(np.linalg.pinv(r)), 1), 0.05, 0.95)

    def discrepancy(psi: Array) -> tuple[float, Array]:
        values, vectors = np.linalg.eigh(r - np.diag(psi))
        rest, axes = values[: p - factors], vectors[:, : p - factors]
        return float(rest @ rest / 2), -(axes**2) @ rest

    found = optimize.minimize(
        discrepancy,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.005, 1.0)] * p,
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 1000},
    )
    values, vectors = np.linalg.eigh(r - np.diag(found.x))
    largest = slice(-1, -factors - 1, -1)
    return vectors[:, largest] * np.sqrt(np.maximum(values[largest], 0))


@dataclass(frozen=True)
class Oblique:
    """Obliquely rotated factors.

    Attributes
    ----------
    loadings
        Pattern, shape ``(items, factors)``.
    phi
        Correlations of the factors.
    """

    loadings: Array
    phi: Array


def oblimin(loadings: Array, *, tolerance: float = 1e-7, steps: int = 2000) -> Oblique:
    r"""Direct quartimin (oblimin with gamma 0) by gradient projection: `rotate_factors` of statsmodels.

    Minimises :math:`\frac14\sum_j\sum_{k\ne l}\lambda_{jk}^2\lambda_{jl}^2` over :math:`\Lambda = A (T^\top)^{-1}` with unit
    columns of T (Jennrich and Sampson 1966; Jennrich 2002 for the algorithm).

    Parameters
    ----------
    loadings
        Unrotated loadings A, shape ``(items, factors)``.
    tolerance, steps
        Stop when the projected gradient is shorter, or after so many steps.

    Returns
    -------
    Oblique

    Examples
    --------
    >>> import numpy as np
    >>> simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.7], [0, 0.6], [0, 0.5]])
    >>> turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    >>> np.abs(oblimin(simple @ turn).loadings).max(axis=1).round(3).tolist()
    [0.8, 0.7, 0.6, 0.7, 0.6, 0.5]
    """
    with np.errstate(divide="ignore"):  # it takes the logarithm of a gradient that may be 0
        pattern, transform = rotate_factors(loadings, "quartimin", tol=tolerance, max_tries=steps)
    return Oblique(pattern, transform.T @ transform)


@dataclass(frozen=True)
class Hierarchical:
    """General factor of a Schmid-Leiman solution and what its sum score owes to it.

    Attributes
    ----------
    general
        Loadings on the general factor, shape ``(items,)``, their sum not negative.
    omega_hierarchical
        Share of the variance of the sum that is the general factor's.
    omega_total
        Share that is common to some items, of all factors.
    uniqueness
        1 minus the communalities.
    """

    general: Array
    omega_hierarchical: float
    omega_total: float
    uniqueness: Array


def degrees_of_freedom(items: int, factors: int) -> float:
    """Correlations minus parameters of an exploratory factor model; negative where it is not identified."""
    return ((items - factors) ** 2 - items - factors) / 2


def schmid_leiman(
    correlation: Array, factors: int = 3, start: Hierarchical | None = None
) -> Hierarchical | None:
    r"""General factor over `factors` oblique factors, and omega hierarchical.

    Factors by `minres`, turned by `oblimin`; the general factor is the one factor of their correlations, so that
    :math:`g = \Lambda\gamma` and :math:`\omega_h = (\sum_j g_j)^2/\mathbf 1^\top R\,\mathbf 1`;
    :math:`\omega_t = 1 - \sum_j\psi_j/\mathbf 1^\top R\,\mathbf 1` (Schmid and Leiman
    1957; Zinbarg, Revelle, Yovel and Li 2005).

    Parameters
    ----------
    correlation
        Shape ``(items, items)``.
    factors
        At least three, else the general factor is not identified.
    start
        Solution of a neighbouring matrix.

    Returns
    -------
    Hierarchical or None
        None where a correlation is missing, the model is not identified, or the general factor is improper (a
        loading of 1 or more).

    Examples
    --------
    >>> import numpy as np
    >>> group = np.kron(np.eye(3), np.full((3, 1), 0.7))
    >>> phi = np.full((3, 3), 0.36) + 0.64 * np.eye(3)
    >>> r = group @ phi @ group.T
    >>> np.fill_diagonal(r, 1)
    >>> round(schmid_leiman(r).omega_hierarchical, 4)  # (9 * .7 * .6)**2 over the sum of r
    0.5225
    """
    p = len(correlation)
    if factors < 3 or degrees_of_freedom(p, factors) < 0 or not np.isfinite(correlation).all():
        return None
    unrotated = minres(correlation, factors, None if start is None else np.clip(start.uniqueness, 0.01, 0.99))
    # a start that depends on the matrix alone: principal directions carry an arbitrary sign
    unrotated = unrotated * np.where(unrotated.sum(axis=0) < 0, -1.0, 1.0)
    try:
        oblique = oblimin(unrotated)
    except np.linalg.LinAlgError:
        return None
    aligned = np.where(oblique.loadings.sum(axis=0) < 0, -1.0, 1.0)
    second = one_factor_loadings((oblique.phi * np.outer(aligned, aligned))[None])[0]
    if np.isnan(second).any():
        return None
    general = oblique.loadings @ (aligned * second)
    total = float(correlation.sum())
    if general.sum() < 0:
        general = -general
    uniqueness = 1 - (unrotated**2).sum(axis=1)
    if total <= 1e-12:
        return None
    return Hierarchical(
        general,
        float(general.sum() ** 2 / total),
        float(1 - uniqueness.sum() / total),
        uniqueness,
    )
