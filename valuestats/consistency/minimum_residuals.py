"""Exploratory factors by minimum residuals, many matrices at once.

statsmodels' principal-axis `Factor` leaves the bounds of the uniquenesses with two items on a factor (docs/choices.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LOWEST = 0.005
"""No uniqueness below: a Heywood case stops here, as in psych."""
LEVEL = 4
"""Steps taken where the criterion no longer changes: its gradient is exact to more digits than it is itself."""
BLOCK = 500_000
"""Entries of the matrices taken at once: some 100 MB."""


def minres(correlation: Array, factors: int, *, tolerance: float = 1e-12, steps: int = 500) -> Array:
    r"""Unrotated loadings by minimum residuals.

    Minimises the squared residuals over the uniquenesses :math:`\psi`: with :math:`\theta_k, u_k` the eigenvalues and
    eigenvectors of :math:`R-\Psi`, :math:`f = \frac12\sum_{k>q}\theta_k^2` and
    :math:`\partial f/\partial\psi_j = -\sum_{k>q}\theta_k u_{jk}^2` (Harman and Jones 1966; Jöreskog 1977 for this form), by
    damped Newton steps. The criterion has several minima where items are many and respondents few: of those found from
    squared multiple correlations, from the largest correlation of each item and from equal uniquenesses the lowest is
    taken, so that the order of the items does not matter.

    Parameters
    ----------
    correlation
        Shape ``(..., items, items)``, no missing entries.
    factors
        Number of factors, q.
    tolerance, steps
        Stop when no entry of the projected gradient is larger, or after so many steps.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., items, factors)``, largest factor first, the sum of each factor's cubed loadings not negative.

    Examples
    --------
    >>> import numpy as np
    >>> l = np.array([0.8, 0.6, 0.5, 0.4])
    >>> minres(np.outer(l, l) + np.diag(1 - l**2), 1)[:, 0].round(4)
    array([0.8, 0.6, 0.5, 0.4])
    """
    p = correlation.shape[-1]
    r = correlation.reshape(-1, p, p)
    psi = np.empty(r.shape[:2])
    together = max(1, BLOCK // p**2)
    for first in range(0, len(r), together):
        block = slice(first, first + together)
        psi[block] = _lowest(r[block], factors, tolerance, steps)
    values, vectors = np.linalg.eigh(r - psi[:, :, None] * np.eye(p))
    largest = slice(-1, -factors - 1, -1)
    loadings = vectors[..., largest] * np.sqrt(np.maximum(values[:, None, largest], 0))
    loadings *= np.where((loadings**3).sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return loadings.reshape(*correlation.shape[:-1], factors)


def _lowest(r: Array, factors: int, tolerance: float, steps: int) -> Array:
    """Uniquenesses with the lowest criterion of each matrix, shape (matrices, items)."""
    starts = _starts(r)
    psi, value = _descend(
        np.tile(r, (len(starts), 1, 1)), starts.reshape(-1, r.shape[-1]), factors, tolerance, steps
    )
    psi, value = psi.reshape(starts.shape), value.reshape(starts.shape[:2])
    # the first of equals: starts that end in one minimum differ in the last digits
    best = np.argmax(value <= value.min(axis=0) + 1e-10, axis=0)
    return psi[best, np.arange(len(r))]


def _starts(r: Array) -> Array:
    """Uniquenesses to start from, shape (starts, matrices, items); each moves with its item when items are permuted."""
    p = r.shape[-1]
    # singular where items outnumber respondents: directions without variance are left out, not inverted
    inverse = np.linalg.pinv(r, rcond=1e-8, hermitian=True)
    multiple = 1 / np.maximum(np.einsum("bjj->bj", inverse), 1)
    largest = 1 - np.abs(r * (1 - np.eye(p))).max(axis=-1)
    return np.clip(np.stack([multiple, largest, np.full_like(largest, 0.5)]), 0.05, 0.95)


def _spectrum(r: Array, psi: Array, factors: int) -> tuple[Array, Array, Array]:
    values, vectors = np.linalg.eigh(r - psi[:, :, None] * np.eye(r.shape[-1]))
    rest = values[:, : values.shape[1] - factors]
    return (rest**2).sum(axis=1) / 2, values, vectors


def _slopes(values: Array, vectors: Array, factors: int) -> tuple[Array, Array]:
    r"""Gradient and Hessian over the uniquenesses.

    :math:`\partial^2 f/\partial\psi_i\partial\psi_j = (\sum_{k>q}u_{ik}u_{jk})^2
    + 2\sum_{m\le q}\sum_{k>q}\frac{\theta_k}{\theta_k-\theta_m}u_{ik}u_{jk}u_{im}u_{jm}`.
    """
    kept = values.shape[1] - factors
    low, high = values[:, None, :kept], values[:, kept:, None]
    rest, main = vectors[..., :kept], vectors[..., kept:]
    gradient = -np.einsum("bjk,bk->bj", rest**2, values[:, :kept])
    turned = rest.transpose(0, 2, 1)
    hessian = (rest @ turned) ** 2
    ratio = low / np.minimum(low - high, -1e-10)
    for m in range(factors):
        axis = main[..., m]
        hessian += 2 * axis[:, :, None] * axis[:, None, :] * ((rest * ratio[:, m, None]) @ turned)
    return gradient, hessian


def _descend(r: Array, start: Array, factors: int, tolerance: float, steps: int) -> tuple[Array, Array]:
    """Minima over the box of uniquenesses: Newton steps over those not held by a bound, damped until they descend."""
    psi = start.copy()
    value, values, vectors = _spectrum(r, psi, factors)
    damping, level = np.full(len(r), 1e-3), np.zeros(len(r))
    active = np.arange(len(r))
    p = r.shape[-1]
    fresh = np.ones(len(r), dtype=bool)
    gradient = np.empty_like(psi)
    hessian = np.empty_like(r)
    for _ in range(steps):
        new = active[fresh[active]]
        gradient[new], hessian[new] = _slopes(values[new], vectors[new], factors)
        g, x = gradient[active], psi[active]
        free = ~(((x <= LOWEST) & (g > 0)) | ((x >= 1) & (g < 0)))
        going = (np.where(free, np.abs(g), 0).max(axis=1) > tolerance) & (damping[active] < 1e10)
        going &= level[active] < LEVEL
        active, g, x, free = active[going], g[going], x[going], free[going]
        if len(active) == 0:
            break
        both = free[:, :, None] & free[:, None, :]
        system = (
            np.where(both, hessian[active], 0)
            + np.eye(p) * np.where(free, damping[active, None], 1.0)[:, None]
        )
        move = np.linalg.solve(system, np.where(free, -g, 0)[..., None])[..., 0]
        tried = np.clip(x + move, LOWEST, 1.0)
        f, ev, evec = _spectrum(r[active], tried, factors)
        change, noise = f - value[active], 1e-14 * (1 + value[active])
        better = change < noise
        level[active] += np.abs(change) < noise
        took = active[better]
        psi[took], value[took], values[took], vectors[took] = (
            tried[better],
            f[better],
            ev[better],
            evec[better],
        )
        fresh[active] = better
        damping[active] = np.where(better, np.maximum(damping[active] / 10, 1e-12), damping[active] * 5)
    return psi, value
