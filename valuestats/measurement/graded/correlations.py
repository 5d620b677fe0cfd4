"""Correlations of traits by unconstrained coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def correlation_factor(partial: Floats, traits: int) -> Floats:
    """Cholesky factor of a correlation matrix from canonical partial correlations, ``(..., traits, traits)``.

    Examples
    --------
    >>> factor = correlation_factor(np.array([0.5]), 2)
    >>> (factor @ factor.T).round(6).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    out = np.zeros((*partial.shape[:-1], traits, traits))
    out[..., 0, 0] = 1.0
    k = 0
    for i in range(1, traits):
        left = np.ones(partial.shape[:-1])
        for j in range(i):
            out[..., i, j] = partial[..., k] * np.sqrt(left)
            left = left * (1.0 - partial[..., k] ** 2)
            k += 1
        out[..., i, i] = np.sqrt(left)
    return out


def factor_jacobian(partial: Floats, factor: Floats) -> Floats:
    """Derivatives of the factor's entries, row by row, by the inverse hyperbolic tangents of the partial correlations.

    Returns
    -------
    numpy.ndarray
        Shape ``(traits * traits, partial correlations)``.
    """
    size = len(factor)
    out = np.zeros((size, size, len(partial)))
    k = 0
    for i in range(1, size):
        left = 1.0
        for j in range(i):
            w = partial[k]
            out[i, j, k] = np.sqrt(left) * (1.0 - w**2)
            out[i, j + 1 : i + 1, k] = -w * factor[i, j + 1 : i + 1]
            left *= 1.0 - w**2
            k += 1
    return out.reshape(size * size, -1)
