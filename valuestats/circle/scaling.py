"""Multidimensional scaling (classical, SMACOF), Procrustes fit, and the randomisation test of a circular order.

By hand, for all replicates together: SciPy's `procrustes` agrees and takes 30 times as long or more (docs/choices.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]
Transformation = Literal["ordinal", "interval", "ratio"]


@dataclass(frozen=True)
class Scaling:
    """Configurations found by majorisation.

    Attributes
    ----------
    points
        Coordinates, shape ``(batch, n, dimensions)``, each centred.
    stress
        Kruskal's stress-1 of each, shape ``(batch,)``.
    steps
        Number of majorisation steps taken.
    """

    points: Array
    stress: Array
    steps: int


@dataclass(frozen=True)
class Fit:
    """Configurations brought onto a target by translation, rotation or reflection, and scale.

    Attributes
    ----------
    points
        Shape ``(batch, n, dimensions)``, in the target's coordinates.
    disparity
        Share of the target's sum of squares that is left, shape ``(batch,)``; 0 is a perfect fit.
    """

    points: Array
    disparity: Array


def classical_scaling(dissimilarity: Array, dimensions: int = 2) -> Array:
    """Principal coordinates of a dissimilarity matrix (Torgerson 1952; Gower 1966).

    Parameters
    ----------
    dissimilarity
        Shape ``(..., n, n)``, symmetric with a zero diagonal.
    dimensions
        Number of coordinates.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., n, dimensions)``; negative eigenvalues count as 0.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.abs(np.subtract.outer([0.0, 1.0, 3.0], [0.0, 1.0, 3.0]))
    >>> x = classical_scaling(line, 1)[:, 0]
    >>> np.abs(x[0] - x).round(9).tolist()
    [0.0, 1.0, 3.0]
    """
    d2 = np.asarray(dissimilarity, dtype=float) ** 2
    centred = d2 - d2.mean(axis=-1, keepdims=True)
    gram = -0.5 * (centred - centred.mean(axis=-2, keepdims=True))
    values, vectors = np.linalg.eigh((gram + np.swapaxes(gram, -1, -2)) / 2)
    top = np.sqrt(np.maximum(values[..., : -dimensions - 1 : -1], 0))
    return vectors[..., : -dimensions - 1 : -1] * top[..., None, :]


def pair_distances(points: Array) -> Array:
    """Euclidean distances of the pairs ``numpy.triu_indices(n, 1)``, shape ``(..., pairs)``.

    Examples
    --------
    >>> import numpy as np
    >>> pair_distances(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [5.0]
    """
    one, two = np.triu_indices(points.shape[-2], 1)
    return np.sqrt(((points[..., one, :] - points[..., two, :]) ** 2).sum(axis=-1))


def smacof(
    dissimilarity: Array,
    start: Array,
    *,
    transformation: Transformation = "ordinal",
    steps: int = 300,
    tolerance: float = 1e-6,
) -> Scaling:
    r"""Minimise stress by majorisation, for many matrices and starts at once.

    Each step fits disparities :math:`\hat d` to the distances (a monotone regression on the dissimilarities with
    ties broken in favour of the fit, a straight line through them, or their multiple), norms them to
    :math:`\sum \hat d^2 = n(n-1)/2` and takes the Guttman transform :math:`X \leftarrow B(X)X/n`. Stress-1 is
    :math:`\sqrt{\sum(\hat d - d)^2/\sum d^2}` at the best scale of the configuration (de Leeuw 1977; Kruskal 1964).

    Parameters
    ----------
    dissimilarity
        Shape ``(batch, n, n)``.
    start
        Starting coordinates, shape ``(batch, n, dimensions)``.
    transformation
        ``"ordinal"``, ``"interval"`` or ``"ratio"``.
    steps
        Most steps.
    tolerance
        A configuration rests once its stress falls by less than this in a step.

    Returns
    -------
    Scaling

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[0.0, 0], [0, 1], [1, 1], [1, 0]])
    >>> d = np.sqrt(((square[:, None] - square[None]) ** 2).sum(-1))[None]
    >>> bool(smacof(d, classical_scaling(d) + 0.1, transformation="ratio").stress[0] < 1e-3)
    True
    """
    n = dissimilarity.shape[-1]
    one, two = np.triu_indices(n, 1)
    delta = dissimilarity[:, one, two]
    x = start - start.mean(axis=1, keepdims=True)
    stress = np.full(len(x), np.inf)
    active = np.ones(len(x), dtype=bool)
    done = 0
    while done < steps and active.any():
        done += 1
        d = pair_distances(x[active])
        fitted = _disparities(delta[active], d, transformation)
        now = _stress(fitted, d)
        ratio = np.divide(fitted, d, out=np.zeros_like(d), where=d > 1e-12)
        b = np.zeros((len(d), n, n))
        b[:, one, two] = b[:, two, one] = -ratio
        b[:, np.arange(n), np.arange(n)] = -b.sum(axis=2)
        x[active] = b @ x[active] / n
        rest = np.abs(stress[active] - now) < tolerance
        stress[active] = now
        active[np.flatnonzero(active)[rest]] = False
    d = pair_distances(x)
    return Scaling(x, _stress(_disparities(delta, d, transformation), d), done)


def _stress(fitted: Array, d: Array) -> Array:
    """Stress-1 at the best scale: sqrt(1 - (sum fitted d)^2 / (sum fitted^2 sum d^2))."""
    below = (fitted**2).sum(axis=1) * (d**2).sum(axis=1)
    share = np.divide((fitted * d).sum(axis=1) ** 2, below, out=np.zeros(len(d)), where=below > 0)
    return np.sqrt(np.maximum(1.0 - share, 0.0))


def _disparities(delta: Array, d: Array, transformation: Transformation) -> Array:
    if transformation == "ratio":
        fitted = delta.copy()
    elif transformation == "interval":
        centred = delta - delta.mean(axis=1, keepdims=True)
        spread = (centred**2).sum(axis=1)
        slope = np.divide((centred * d).sum(axis=1), spread, out=np.zeros(len(d)), where=spread > 0)
        slope = np.maximum(slope, 0.0)
        fitted = np.maximum(d.mean(axis=1, keepdims=True) + slope[:, None] * centred, 0.0)
    else:
        order = np.lexsort((d, delta), axis=1)
        sorted_d = np.take_along_axis(d, order, axis=1)
        monotone = np.stack([isotonic_regression(row).x for row in sorted_d])
        fitted = np.empty_like(d)
        np.put_along_axis(fitted, order, monotone, axis=1)
    size = (fitted**2).sum(axis=1, keepdims=True)
    return fitted * np.sqrt(np.divide(d.shape[1], size, out=np.ones_like(size), where=size > 0))


def procrustes(points: Array, target: Array) -> Fit:
    """Bring configurations onto a target by translation, rotation or reflection, and one scale.

    Parameters
    ----------
    points
        Shape ``(batch, n, dimensions)``.
    target
        Shape ``(n, dimensions)``.

    Returns
    -------
    Fit
        ``disparity`` is 1 minus the squared Procrustes correlation (Gower 1975).

    Examples
    --------
    >>> import numpy as np
    >>> triangle = np.array([[0.0, 0], [1, 0], [0, 2]])
    >>> turned = 3 * triangle @ np.array([[0.0, 1], [1, 0]]) + 5
    >>> float(procrustes(turned[None], triangle).disparity.round(12)[0])
    0.0
    """
    middle = target.mean(axis=0)
    t = target - middle
    x = points - points.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(np.swapaxes(x, 1, 2) @ t)
    size = (x**2).sum(axis=(1, 2))
    scale = np.divide(s.sum(axis=1), size, out=np.zeros(len(x)), where=size > 0)
    fitted = scale[:, None, None] * (x @ (u @ vt)) + middle
    share = np.divide(s.sum(axis=1) ** 2, size, out=np.zeros(len(x)), where=size > 0) / (t**2).sum()
    return Fit(fitted, np.maximum(1.0 - share, 0.0))


def congruence(points: Array, target: Array) -> Array:
    """Congruence coefficient of the distances of configurations and a target (Borg and Groenen 2005).

    The cosine between the two sets of distances, without centring: for random configurations of a few points it
    is already near .8 to .9, so it needs a baseline.

    Examples
    --------
    >>> import numpy as np
    >>> triangle = np.array([[0.0, 0], [1, 0], [0, 2]])
    >>> float(congruence(2 * triangle[None], triangle).round(12)[0])
    1.0
    """
    d, t = pair_distances(points), pair_distances(target)
    return np.asarray((d @ t) / np.sqrt((d**2).sum(axis=1) * (t**2).sum()), dtype=float)


def order_correspondence(dissimilarity: Array, steps: Array, labellings: NDArray[np.int64]) -> Array:
    """Correspondence index of a circular order under relabellings (Hubert and Arabie 1987; Tracey 1997).

    Every two pairs at different theoretical distance make one prediction: the pair further apart on the circle is
    the more dissimilar. The index is the share of predictions met minus the share violated.

    Parameters
    ----------
    dissimilarity
        Shape ``(n, n)``.
    steps
        Theoretical distance of every two points, shape ``(n, n)``.
    labellings
        Permutations of the points, shape ``(batch, n)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(batch,)``, from -1 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> steps = np.array([[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0.0]])
    >>> order_correspondence(steps, steps, np.array([[0, 1, 2, 3], [0, 2, 1, 3]])).tolist()
    [1.0, -0.5]
    """
    one, two = np.triu_indices(len(dissimilarity), 1)
    first, second = np.triu_indices(len(one), 1)
    d = dissimilarity[one, two]
    seen = np.sign(d[first] - d[second])
    predicted = steps[labellings[:, one], labellings[:, two]]
    sign = np.sign(np.round(predicted[:, first] - predicted[:, second], 9))
    made = np.abs(sign).sum(axis=1)
    return np.divide(sign @ seen, made, out=np.full(len(sign), np.nan), where=made > 0)
