"""The Schmid-Leiman general factor behind omega hierarchical."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.consistency.minimum_residuals import minres
from valuestats.consistency.oblimin_rotation import oblimin
from valuestats.statistics.reliability import one_factor_loadings

Array = NDArray[np.float64]


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


def schmid_leiman(correlation: Array, factors: int = 3) -> Hierarchical | None:
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
    general, uniqueness, omega = _solve(correlation[None], factors)
    if np.isnan(omega[0]):
        return None
    total = 1 - uniqueness[0].sum() / correlation.sum()
    return Hierarchical(general[0], float(omega[0]), float(total), uniqueness[0])


def omega_hierarchical(correlation: Array, factors: int = 3) -> Array:
    """Omega hierarchical of each matrix, see `schmid_leiman`.

    Parameters
    ----------
    correlation
        Shape ``(matrices, items, items)``.
    factors
        At least three.

    Returns
    -------
    numpy.ndarray
        Shape ``(matrices,)``; NaN where `schmid_leiman` is None.

    Examples
    --------
    >>> import numpy as np
    >>> omega_hierarchical(np.stack([np.eye(9), np.full((9, 9), np.nan)])).round(4)
    array([ 0., nan])
    """
    return _solve(correlation, factors)[2]


def _solve(correlation: Array, factors: int) -> tuple[Array, Array, Array]:
    """General loadings, uniquenesses and omega hierarchical of each matrix; NaN where there are none."""
    count, p = correlation.shape[:2]
    general, uniqueness = np.full((2, count, p), np.nan)
    omega = np.full(count, np.nan)
    if factors < 3 or degrees_of_freedom(p, factors) < 0:
        return general, uniqueness, omega
    total = correlation.sum(axis=(1, 2))
    fine = np.flatnonzero(np.isfinite(correlation).all(axis=(1, 2)) & (total > 1e-12))
    if len(fine) == 0:
        return general, uniqueness, omega
    unrotated = minres(correlation[fine], factors)
    oblique = oblimin(unrotated)
    found = (oblique.loadings @ _second_order(oblique.phi)[..., None])[..., 0]
    found *= np.where(found.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    general[fine] = found
    uniqueness[fine] = 1 - (unrotated**2).sum(axis=2)
    omega[fine] = found.sum(axis=1) ** 2 / total[fine]
    return general, uniqueness, omega


def _second_order(phi: Array) -> Array:
    r"""Loadings of the factors on the general one, shape (matrices, factors); NaN where one would be 1 or more.

    Of three factors :math:`\gamma_1^2 = \phi_{12}\phi_{13}/\phi_{23}`; where that is negative, least squares moves one
    loading beyond all bounds.
    """
    q = phi.shape[-1]
    phi = np.where(np.abs(phi) < 1e-8, 0.0, phi)
    if q > 3:
        return one_factor_loadings(phi)
    one, two, three = phi[:, 0, 1], phi[:, 0, 2], phi[:, 1, 2]
    proper = one * two * three > 0
    size = np.abs(np.stack([one * two, one * three, two * three], axis=1))
    against = np.abs(np.stack([three, two, one], axis=1))
    loading = np.sqrt(np.divide(size, against, out=np.full_like(size, np.nan), where=proper[:, None]))
    loading *= np.stack([np.ones(len(phi)), np.sign(one), np.sign(two)], axis=1)
    loading[(against == 0).all(axis=1)] = 0.0
    return np.where((np.abs(loading) >= 1).any(axis=1, keepdims=True), np.nan, loading)
