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
    columns, zero = dense.shape[1], dense.dtype.type(0.0)
    for row in range(out.shape[0]):
        for first in range(0, columns - columns % 4, 4):
            a, b, c, d = zero, zero, zero, zero
            for at in range(starts[row], starts[row + 1]):
                weight, level = data[np.uintp(at)], np.uintp(indices[np.uintp(at)])
                a += weight * dense[level, np.uintp(first)]
                b += weight * dense[level, np.uintp(first + 1)]
                c += weight * dense[level, np.uintp(first + 2)]
                d += weight * dense[level, np.uintp(first + 3)]
            out[row, first], out[row, first + 1], out[row, first + 2], out[row, first + 3] = a, b, c, d
        for column in range(columns - columns % 4, columns):
            a = zero
            for at in range(starts[row], starts[row + 1]):
                a += data[at] * dense[indices[at], column]
            out[row, column] = a


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _solved_rows(data: Any, indices: Any, starts: Any, known: Any, given: Any, root: Any, out: Any) -> None:
    """``out = (given - matrix @ known) / root``, row by row."""
    columns = known.shape[1]
    for row in range(out.shape[0]):
        own = out[row]
        for column in range(columns):
            own[column] = given[row, column]
        for at in range(starts[row], starts[row + 1]):
            weight, level = data[np.uintp(at)], known[np.uintp(indices[np.uintp(at)])]
            for column in range(columns):
                own[column] -= weight * level[column]
        for column in range(columns):
            own[column] /= root[row]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _solved_rows_of_four(
    data: Any, indices: Any, starts: Any, known: Any, given: Any, root: Any, out: Any
) -> None:
    for row in range(out.shape[0]):
        a, b, c, d = given[row, 0], given[row, 1], given[row, 2], given[row, 3]
        for at in range(starts[row], starts[row + 1]):
            weight, level = data[np.uintp(at)], np.uintp(indices[np.uintp(at)])
            a -= weight * known[level, 0]
            b -= weight * known[level, 1]
            c -= weight * known[level, 2]
            d -= weight * known[level, 3]
        by = root[row]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = a / by, b / by, c / by, d / by


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _spread_rows(data: Any, indices: Any, starts: Any, given: Any, root: Any, out: Any, carried: Any) -> None:
    """``out = given / root``, and ``carried -= matrix.T @ out``."""
    columns = given.shape[1]
    for row in range(out.shape[0]):
        own = out[row]
        for column in range(columns):
            own[column] = given[row, column] / root[row]
        for at in range(starts[row], starts[row + 1]):
            weight, level = data[np.uintp(at)], carried[np.uintp(indices[np.uintp(at)])]
            for column in range(columns):
                level[column] -= weight * own[column]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _spread_rows_of_four(
    data: Any, indices: Any, starts: Any, given: Any, root: Any, out: Any, carried: Any
) -> None:
    for row in range(out.shape[0]):
        by = root[row]
        a, b, c, d = given[row, 0] / by, given[row, 1] / by, given[row, 2] / by, given[row, 3] / by
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = a, b, c, d
        for at in range(starts[row], starts[row + 1]):
            weight, level = data[np.uintp(at)], np.uintp(indices[np.uintp(at)])
            carried[level, 0] -= weight * a
            carried[level, 1] -= weight * b
            carried[level, 2] -= weight * c
            carried[level, 3] -= weight * d


def solved_rows(matrix: Any, known: Floats, given: Floats, root: Floats, out: Floats) -> None:
    """Write ``(given - matrix @ known) / root[:, None]`` to `out`.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> out = np.empty((1, 1))
    >>> solved_rows(csr_array([[0.0, 2.0]]), np.array([[1.0], [3.0]]), np.array([[8.0]]), np.array([2.0]), out)
    >>> out
    array([[1.]])
    """
    few = _solved_rows_of_four if known.shape[1] == 4 else _solved_rows
    few(matrix.data, matrix.indices, matrix.indptr, known, given, root, out)


def spread_rows(matrix: Any, given: Floats, root: Floats, out: Floats, carried: Floats) -> None:
    """Write ``given / root[:, None]`` to `out`, and take ``matrix.T @ out`` from `carried`.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> out, carried = np.empty((1, 1)), np.zeros((2, 1))
    >>> spread_rows(csr_array([[0.0, 2.0]]), np.array([[8.0]]), np.array([2.0]), out, carried)
    >>> out, carried.ravel()
    (array([[4.]]), array([ 0., -8.]))
    """
    few = _spread_rows_of_four if given.shape[1] == 4 else _spread_rows
    few(matrix.data, matrix.indices, matrix.indptr, given, root, out, carried)


def sparse_times(matrix: Any, dense: Floats) -> Floats:
    """``matrix @ dense`` of a ``csr_array`` and an array of two dimensions, in the precision of both.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> sparse_times(csr_array([[0.0, 2.0]]), np.array([[1.0], [3.0]]))
    array([[6.]])
    """
    if dense.shape[1] > _FEW:
        return np.asarray(matrix @ dense)
    out = np.empty((matrix.shape[0], dense.shape[1]), dense.dtype)
    _product(matrix.data, matrix.indices, matrix.indptr, np.ascontiguousarray(dense), out)
    return out
