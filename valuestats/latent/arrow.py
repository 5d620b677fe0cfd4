"""Minus the Hessian of a latent design, in blocks of which the leading ones are diagonal, and its Cholesky factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtri, dtrtrs, strtrs
from scipy.sparse import csr_array, hstack, vstack

from valuestats.base.errors import SpecificationError
from valuestats.latent.precision import LikelihoodCurvature, PrecisionFactor
from valuestats.latent.sparse_times import solved_rows, sparse_times, spread_rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curvature:
    """Minus the Hessian of a log-likelihood by the levels that the coefficients feed.

    Attributes
    ----------
    upper
        Its rows of the locations' levels, all columns, sparse.
    corners
        Its blocks of each set of thresholds, ``(sets, K - 1, K - 1)``: with the thresholds' own curvature by their
        coordinates, and without it.
    leaf_sizes
        Levels of the leaves, which come first.
    basis, basis_turned
        Levels of the remaining terms x their coefficients, and the transpose.
    otherwise
        Makes the curvature to be taken where this one has no Cholesky factor.
    """

    upper: Any
    corners: tuple[Floats, Floats]
    leaf_sizes: list[int]
    basis: Any
    basis_turned: Any
    otherwise: Callable[[], LikelihoodCurvature] | None = None

    def factor(self, precision: Floats) -> PrecisionFactor:
        """Cholesky factor with the prior's precision added, shape ``(coefficients,)``."""
        try:
            return self._factor(self._full, self._contracted, precision)
        except LinAlgError:
            if self.otherwise is not None:
                return self.otherwise().factor(precision)
            full = joined(self.upper, self.corners[1])  # without the thresholds' own curvature it is positive
            return self._factor(full, None, precision)

    @cached_property
    def _full(self) -> Any:
        return joined(self.upper, self.corners[0])

    @cached_property
    def _first(self) -> tuple[Floats, Any, Any]:
        return _split(self._full, self.leaf_sizes[0])

    @cached_property
    def _contracted(self) -> Floats | None:
        """By the coefficients, where no leaf is to be eliminated first."""
        return None if self.leaf_sizes else self._by_coefficients(self._full)

    def _by_coefficients(self, full: Any) -> Floats:
        half = self.basis_turned @ full.toarray()  # the basis is sparse, what is left of the levels is not
        return np.asarray(self.basis_turned @ half.T)

    def _factor(self, full: Any, contracted: Floats | None, precision: Floats) -> ArrowFactor:
        leaves, start = [], 0
        for n, size in enumerate(self.leaf_sizes):
            own, off, rest = self._first if n == 0 and full is self._full else _split(full, size)
            diagonal = own + precision[start : start + size]
            if not (diagonal > 0).all():
                raise LinAlgError("a leaf has no mode here")
            scaled = rows_times(off, 1.0 / np.sqrt(diagonal))
            full = csr_array(rest - csr_array(scaled.T) @ scaled)
            leaves.append((np.sqrt(diagonal), scaled))
            start += size
        dense = self._by_coefficients(full) if contracted is None else contracted.copy()
        dense[np.diag_indices_from(dense)] += precision[start:]
        return ArrowFactor(tuple(leaves), self.basis, self.basis_turned, _lower_root(dense))


@dataclass(frozen=True)
class ArrowFactor:
    """Cholesky factor ``L`` of a precision whose leading blocks are diagonal.

    Attributes
    ----------
    leaves
        For each: root of its diagonal, and its scaled rows onto the levels after it.
    basis, basis_turned
        Levels of the remaining terms x their coefficients, and the transpose.
    root
        Lower Cholesky factor of what remains, in column order.
    """

    leaves: tuple[tuple[Floats, Any], ...]
    basis: Any
    basis_turned: Any
    root: Floats

    @property
    def log_determinant(self) -> float:
        """Log determinant of the precision."""
        own = sum(float(np.log(root).sum()) for root, _ in self.leaves)
        return 2.0 * (own + float(np.log(np.diag(self.root)).sum()))

    def rounded(self) -> ArrowFactor:
        """The factor in single precision, for columns in it."""
        leaves: Any = tuple((root.astype(np.float32), rows.astype(np.float32)) for root, rows in self.leaves)
        basis, turned = self.basis.astype(np.float32), self.basis_turned.astype(np.float32)
        return ArrowFactor(leaves, basis, turned, self.root.astype(np.float32, order="F"))

    def back(self, w: Floats) -> Floats:
        """``L^-T w``: standard normal columns become draws with this precision."""
        if not self.leaves:
            return _triangular(self.root, w, trans=1)
        ends = self._ends
        out, w = np.empty(w.shape, w.dtype), np.ascontiguousarray(w)
        rest = _triangular(self.root, w[ends[-1] :], trans=1)
        levels = sparse_times(self.basis, rest)
        known = np.concatenate([np.empty((ends[-1] - ends[1], w.shape[1]), w.dtype), levels])
        for k in reversed(range(len(self.leaves))):
            root, rows = self.leaves[k]
            at = slice(ends[k], ends[k + 1])
            solved_rows(rows, known[ends[k + 1] - ends[1] :], w[at], root, out[at])
            if k:
                known[ends[k] - ends[1] : ends[k + 1] - ends[1]] = out[at]
        out[ends[-1] :] = rest
        return out

    @cached_property
    def _ends(self) -> list[int]:
        """Where the leaves begin, and the rest."""
        return [0, *np.cumsum([len(root) for root, _ in self.leaves]).tolist()]

    def variances(self, drawn: Floats) -> Floats:
        """Diagonal of the inverse of the precision: without leaves exact, of leaves by what they are given the rest.

        Parameters
        ----------
        drawn
            Independent draws by `back`, in columns, of which the leaves' variance takes the mean over the rest.
        """
        inverse = np.asarray(dtrtri(self.root, lower=1)[0]) if len(self.root) else self.root
        found = [(inverse**2).sum(axis=0)]
        start = sum(len(root) for root, _ in self.leaves)
        known = self.basis @ drawn[start:]
        for root, rows in reversed(self.leaves):
            mean = rows @ known / root[:, None]
            found.insert(0, 1.0 / root**2 + (mean**2).mean(axis=1))
            start -= len(root)
            known = np.concatenate([drawn[start : start + len(root)], known])
        return np.concatenate(found)

    def forward(self, g: Floats) -> Floats:
        """``L^-1 g``."""
        if not self.leaves:
            return _triangular(self.root, g)
        ends = self._ends
        out = np.empty(g.shape, g.dtype)
        carried = np.zeros((ends[-1] - ends[1] + self.basis.shape[0], g.shape[1]), g.dtype)
        for k, (root, rows) in enumerate(self.leaves):
            at = slice(ends[k], ends[k + 1])
            own = g[at] + carried[ends[k] - ends[1] : ends[k + 1] - ends[1]] if k else g[at]
            spread_rows(rows, np.ascontiguousarray(own), root, out[at], carried[ends[k + 1] - ends[1] :])
        rest = g[ends[-1] :] + sparse_times(self.basis_turned, carried[ends[-1] - ends[1] :])
        out[ends[-1] :] = _triangular(self.root, rest)
        return out

    def solve(self, b: Floats) -> Floats:
        """The inverse of the precision times `b`."""
        if not self.leaves:
            return np.asarray(dpotrs(self.root, b, lower=1)[0]) if len(b) else b
        return self.back(self.forward(b))


def joined(upper: Any, corner: Floats) -> Any:
    """The whole matrix by levels from its upper rows and the blocks of the likelihood's own parameters."""
    levels = upper.shape[0]
    if not corner.size:
        return upper
    sets, steps = corner.shape[:2]
    columns = np.repeat(np.arange(sets * steps).reshape(sets, 1, steps), steps, axis=1)
    starts = np.arange(0, corner.size + 1, steps)
    own = csr_array((corner.ravel(), columns.ravel(), starts), (sets * steps, sets * steps))
    return csr_array(vstack([upper, hstack([csr_array(upper[:, levels:].T), own])]))


def _split(full: Any, size: int) -> tuple[Floats, Any, Any]:
    """Diagonal of a leaf's levels, their rows onto the rest, and the rest."""
    diagonal = full.diagonal()[:size]
    own = abs(diagonal).sum()
    # Roundoff aside, levels of one leaf never meet: a cell has one of them, and leaves nest.
    if abs(full[:size, :size]).sum() - own > 1e-6 * (1.0 + own):
        raise SpecificationError(
            "a leaf block is not nested in the ones after it", parameter="leaf", got="crossed levels"
        )
    return diagonal, csr_array(full[:size, size:]), csr_array(full[size:, size:])


def _lower_root(dense: Floats) -> Floats:
    """Lower Cholesky factor in column order, in the place of a symmetric matrix."""
    if not len(dense):
        return dense
    root, info = dpotrf(dense.T, lower=1, overwrite_a=1)
    if info:
        raise LinAlgError(f"the leading minor of order {info} is not positive definite")
    return np.asarray(root)


def _triangular(root: Floats, b: Floats, trans: int = 0) -> Floats:
    """``L^-1 b`` or ``L^-T b``; LAPACK's own routine, since a sampler calls this for single columns."""
    solve: Any = dtrtrs if b.dtype == np.float64 else strtrs
    return np.asarray(solve(root, b, lower=1, trans=trans)[0]) if len(b) else b


def rows_times(matrix: Any, factors: Floats) -> Any:
    """A sparse matrix with its rows multiplied by `factors`."""
    out = matrix.copy()
    out.data = out.data * np.repeat(factors, np.diff(out.indptr))
    return out
