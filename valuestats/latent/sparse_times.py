"""A sparse matrix times a few columns, four at a time: SciPy's product spends most of its time between the columns."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FEW = 16  # columns; of more, SciPy's inner loop is long enough


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _product(data: Any, indices: Any, starts: Any, dense: Any, out: Any) -> None:
    columns = dense.shape[1]
    for row in range(out.shape[0]):
        for first in range(0, columns - columns % 4, 4):
            a, b, c, d = 0.0, 0.0, 0.0, 0.0
            for at in range(starts[row], starts[row + 1]):
                weight, level = data[np.uintp(at)], np.uintp(indices[np.uintp(at)])
                a += weight * dense[level, np.uintp(first)]
                b += weight * dense[level, np.uintp(first + 1)]
                c += weight * dense[level, np.uintp(first + 2)]
                d += weight * dense[level, np.uintp(first + 3)]
            out[row, first], out[row, first + 1], out[row, first + 2], out[row, first + 3] = a, b, c, d
        for column in range(columns - columns % 4, columns):
            a = 0.0
            for at in range(starts[row], starts[row + 1]):
                a += data[at] * dense[indices[at], column]
            out[row, column] = a


def sparse_times(matrix: Any, dense: Floats) -> Floats:
    """``matrix @ dense`` of a ``csr_array`` and an array of two dimensions.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> sparse_times(csr_array([[0.0, 2.0]]), np.array([[1.0], [3.0]]))
    array([[6.]])
    """
    if dense.shape[1] > _FEW:
        return np.asarray(matrix @ dense)
    out = np.empty((matrix.shape[0], dense.shape[1]))
    _product(matrix.data, matrix.indices, matrix.indptr, np.ascontiguousarray(dense), out)
    return out
