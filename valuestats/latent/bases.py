"""Bases of blocks of coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import helmert


def zero_sum_basis(size: int) -> NDArray[np.float64]:
    """Orthonormal basis of the vectors of `size` numbers that sum to zero, shape ``(size, size - 1)``.

    Examples
    --------
    >>> basis = zero_sum_basis(3)
    >>> bool(np.allclose(basis.T @ basis, np.eye(2)) and np.allclose(basis.sum(axis=0), 0.0))
    True
    """
    return np.ascontiguousarray(helmert(size).T) if size > 1 else np.zeros((1, 0))
