"""Oblimin rotation from many starts, many loading matrices at once.

statsmodels' `rotate_factors` has one start, and ends in the nearest of several minima (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STARTS = 30
"""Random orthogonal starts; what they are is fixed by a seed."""
SAME = 1e-9
"""Criteria no further apart are one minimum, as are sums of squared correlations of factors."""
LEVEL = 4
"""Steps taken where the criterion no longer changes: its gradient is exact to more digits than it is itself."""
BLOCK = 65536
"""Matrices taken at once, times the sixth power of the number of factors: some 100 MB."""


@dataclass(frozen=True)
class Oblique:
    """Obliquely rotated factors.

    Attributes
    ----------
    loadings
        Pattern, shape ``(..., items, factors)``, the sum of each factor's cubed loadings not negative.
    phi
        Correlations of the factors, shape ``(..., factors, factors)``.
    criterion
        What was minimised, shape ``(...)``.
    """

    loadings: Array
    phi: Array
    criterion: Array


def oblimin(loadings: Array, *, tolerance: float = 1e-13, steps: int = 300) -> Oblique:
    r"""Direct quartimin (oblimin with gamma 0), the lowest minimum of many starts.

    Minimises :math:`\frac14\sum_j\sum_{k\ne l}\lambda_{jk}^2\lambda_{jl}^2` over :math:`\Lambda = A (T^\top)^{-1}` with unit
    columns of T (Jennrich and Sampson 1966). The criterion has several minima, and which one a single start ends in
    depends on the order of the items and, where factors are of equal size, on the machine. Starts are the factors as
    given, axes laid through items that lie far apart (the solution itself where each item has one factor), and random
    orthogonal ones. Of equal minima the one with the least correlated factors is taken.
    With :math:`\Lambda = AS` the criterion is a quartic form in the columns of S whose coefficients are the fourth
    moments of the rows of A, so that a step costs the same for any number of items; steps are Newton's, damped until
    they descend.

    Parameters
    ----------
    loadings
        Unrotated loadings A, shape ``(..., items, factors)``.
    tolerance, steps
        Stop when no entry of the projected gradient is larger than `tolerance` times the sum of squared
        communalities, or after so many steps.

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
    p, q = loadings.shape[-2:]
    a = loadings.reshape(-1, p, q)
    transform = np.empty((len(a), q, q))
    together = max(1, BLOCK // q**6)
    for first in range(0, len(a), together):
        block = slice(first, first + together)
        transform[block] = _lowest(a[block], tolerance, steps)
    pattern = a @ np.linalg.inv(transform).transpose(0, 2, 1)
    sign = np.where((pattern**3).sum(axis=1) < 0, -1.0, 1.0)
    pattern, transform = pattern * sign[:, None], transform * sign[:, None]
    phi = transform.transpose(0, 2, 1) @ transform
    shape = loadings.shape[:-2]
    return Oblique(
        pattern.reshape(loadings.shape), phi.reshape(*shape, q, q), _criterion(pattern).reshape(shape)
    )


def _lowest(a: Array, tolerance: float, steps: int) -> Array:
    """Transformation with the lowest criterion of each matrix, shape (matrices, q, q)."""
    count, p, q = a.shape
    square = (a[..., :, None] * a[..., None, :]).reshape(count, p, q * q)
    moments = square.transpose(0, 2, 1) @ square
    starts = np.concatenate(
        [np.broadcast_to(np.eye(q), (1, count, q, q)), _through_items(a), _random(count, q)]
    )
    number = len(starts)
    transform, value = _descend(np.tile(moments, (number, 1, 1)), starts.reshape(-1, q, q), tolerance, steps)
    transform, value = transform.reshape(starts.shape), value.reshape(number, count)
    phi = transform.swapaxes(-1, -2) @ transform
    lowest = value.min(axis=0)
    shared = np.where(value <= lowest + SAME * (1 + lowest), (phi**2).sum(axis=(-2, -1)), np.inf)
    best = np.argmax(shared <= shared.min(axis=0) + SAME, axis=0)
    return transform[best, np.arange(count)]


def _criterion(pattern: Array) -> Array:
    square = pattern**2
    return ((square.sum(axis=-1) ** 2).sum(axis=-1) - (square**2).sum(axis=(-2, -1))) / 4


def _random(count: int, q: int) -> Array:
    turned, triangle = np.linalg.qr(np.random.default_rng(1947).normal(size=(STARTS, q, q)))
    turned = turned * np.sign(np.einsum("skk->sk", triangle))[:, None]
    return np.broadcast_to(turned[:, None], (STARTS, count, q, q))


def _through_items(a: Array) -> Array:
    """Axes through q items: the one furthest out, then each time the one furthest from those taken.

    Furthest by length, and by direction (items of short vectors count less); shape (2, matrices, q, q).
    """
    count, _, q = a.shape
    length = np.sqrt((a**2).sum(axis=2, keepdims=True))
    direction = np.divide(a, length, out=np.zeros_like(a), where=length > 1e-8)
    middling = np.maximum(0.3 * length.max(axis=1, keepdims=True), 1e-8)
    starts = np.empty((2, count, q, q))
    rows = np.arange(count)
    for start, vectors in zip(starts, (a, direction * np.minimum(length / middling, 1)), strict=True):
        rest = vectors
        for k in range(q):
            chosen = np.argmax((rest**2).sum(axis=2), axis=1)
            start[:, :, k] = direction[rows, chosen]
            axis = rest[rows, chosen]
            size = np.sqrt((axis**2).sum(axis=1, keepdims=True))
            axis = np.divide(axis, size, out=np.zeros_like(axis), where=size > 1e-8)
            rest = rest - (rest @ axis[:, :, None]) * axis[:, None, :]
    starts[np.abs(np.linalg.det(starts)) < 1e-3] = np.eye(q)
    return starts


def _rotated(moments: Array, s: Array) -> Array:
    """Fourth moments of the rows of A S, shape (problems, q, q, q, q)."""
    n, q = s.shape[:2]
    both = np.einsum("nac,nbd->nabcd", s, s).reshape(n, q * q, q * q)
    return (both.transpose(0, 2, 1) @ moments @ both).reshape(n, q, q, q, q)


def _value(m: Array) -> Array:
    aabb = np.einsum("naabb->nab", m)
    return (aabb.sum(axis=(1, 2)) - np.einsum("naa->n", aabb)) / 4


def _slopes(m: Array, phi: Array) -> tuple[Array, Array]:
    r"""Gradient and Hessian over the steps :math:`T \to T(I+E)` with columns made unit again, E zero on the diagonal.

    To second order :math:`\Lambda \to \Lambda(I - E^\top + E^\top E^\top)D`,
    :math:`D_k = 1 + d_k + \frac12(e_k^\top\Phi e_k - d_k^2)`, :math:`d_k = e_k^\top\Phi_k`, so that :math:`E_{lk}` moves
    :math:`\Lambda` by :math:`\lambda_k(\phi_{lk} e_k - e_l)^\top`.
    """
    q = phi.shape[-1]
    off = 1 - np.eye(q)
    to, of = np.nonzero(off)  # E_lk: l, k
    # products of the columns with the criterion's partial derivatives
    against = np.einsum("nabcc,bc->nab", m, off)
    gradient = -against[:, of, to] + phi[:, to, of] * against[:, of, of]
    unit = np.eye(q)
    c = phi[:, to, of, None] * unit[of] - unit[to]
    curve = 2 * np.einsum("nabkl,ab->nabkl", m, off)
    rest = np.einsum("nklcc,ac->nakl", m, off)
    curve[:, np.arange(q), np.arange(q)] += rest
    hessian = np.einsum("nxa,nabxy,nyb->nxy", c, curve[:, :, :, of[:, None], of[None, :]], c)
    l1, k1, l2, k2 = to[:, None], of[:, None], to[None, :], of[None, :]
    hessian += (l1 == k2) * against[:, k1, l2] + (l2 == k1) * against[:, k2, l1]
    hessian -= (k2 == l1) * against[:, k1, l1] * phi[:, l2, k2] + (k1 == l2) * against[:, k2, l2] * phi[
        :, l1, k1
    ]
    hessian += (k1 == k2) * against[:, k1, k1] * (phi[:, l1, l2] - phi[:, l1, k1] * phi[:, l2, k1])
    return gradient, hessian


def _descend(moments: Array, start: Array, tolerance: float, steps: int) -> tuple[Array, Array]:
    """Minima from each start: transformations, shape (problems, q, q), and criteria, shape (problems,)."""
    q = start.shape[-1]
    t = start / np.sqrt((start**2).sum(axis=1, keepdims=True))
    to, of = np.nonzero(1 - np.eye(q))
    scale = np.maximum(np.einsum("nii->n", moments.reshape(-1, q * q, q * q)), 1e-12)
    inverse = np.linalg.inv(t)
    m = _rotated(moments, inverse.transpose(0, 2, 1))
    value = _value(m)
    damping, level = np.full(len(t), 1e-2), np.zeros(len(t))
    active = np.arange(len(t))
    for _ in range(steps):
        phi = t[active].transpose(0, 2, 1) @ t[active]
        gradient, hessian = _slopes(m[active], phi)
        going = (np.abs(gradient).max(axis=1) > tolerance * scale[active]) & (damping[active] < 1e12)
        going &= level[active] < LEVEL
        active, gradient, hessian = active[going], gradient[going], hessian[going]
        if len(active) == 0:
            break
        size = scale[active]
        curvature, axes = np.linalg.eigh(hessian)
        # away from saddles: along a direction of negative curvature the step goes down, too
        bent = np.maximum(np.abs(curvature), 1e-9 * size[:, None]) + (damping[active] * size)[:, None]
        along = (axes.transpose(0, 2, 1) @ gradient[..., None])[..., 0]
        move = -(axes @ (along / bent)[..., None])[..., 0]
        e = np.zeros((len(active), q, q))
        e[:, to, of] = move
        tried = t[active] @ (np.eye(q) + e)
        tried /= np.sqrt((tried**2).sum(axis=1, keepdims=True))
        sound = np.abs(np.linalg.det(tried)) > 1e-6
        safe = np.where(sound[:, None, None], tried, np.eye(q))
        moved = _rotated(moments[active], np.linalg.inv(safe).transpose(0, 2, 1))
        f = _value(moved)
        change = f - value[active]
        better = sound & (change < 1e-15 * size)
        level[active] += sound & (np.abs(change) < 1e-15 * size)
        took = active[better]
        t[took], m[took], value[took] = tried[better], moved[better], f[better]
        damping[active] = np.where(better, np.maximum(damping[active] / 10, 1e-14), damping[active] * 5)
    return t, value
