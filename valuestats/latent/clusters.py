r"""Minus the Hessian of a latent design whose effects fall into clusters that meet only through the rest, and its factor.

Effects of judges (an own utility of each option, what the first place does to them, their own outcomes) are coupled within a
judge and with what all judges share, never between judges. In the order of the clusters, the rest last, the precision is

.. math:: \begin{pmatrix} A_1 & & C_1 \\ & \ddots & \vdots \\ C_1' & \cdots & D \end{pmatrix},

so its Cholesky factor has a dense block for each cluster, :math:`A_j = L_jL_j'`, its rows :math:`S_j = L_j^{-1}C_j` onto the
few of the rest that it meets, and the factor of :math:`D - \sum_j S_j'S_j`. Blocks of about one size are taken together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky, inv
from scipy.linalg.lapack import dpotrf, dtrtri, dtrtrs, strtrs
from scipy.sparse import csr_array

from valuestats.base.errors import SpecificationError
from valuestats.latent.arrow import joined
from valuestats.latent.precision import LikelihoodCurvature, PrecisionFactor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_TOGETHER = 4_000_000  # numbers of a block of columns that are taken at once


@dataclass(frozen=True)
class _Bucket:
    """Clusters of about one size.

    Attributes
    ----------
    at
        Their coefficients, ``(clusters, widest)``; the number of coefficients where there is none.
    columns
        What of the rest they meet, ``(clusters, most)``; the size of the rest where there is none.
    """

    at: Ints
    columns: Ints


@dataclass(frozen=True)
class _Layout:
    """Where the entries of a sparse precision go: blocks of the clusters, their rows onto the rest, the rest.

    Attributes
    ----------
    indptr, indices
        Of the matrix.
    buckets
        The clusters.
    blocks, rows, corner
        For each: which entries, and their places in the flattened arrays.
    """

    indptr: NDArray[Any]
    indices: NDArray[Any]
    buckets: tuple[_Bucket, ...]
    blocks: tuple[Ints, Ints]
    rows: tuple[Ints, Ints]
    corner: tuple[Ints, Ints]


_Parts = tuple[tuple[_Bucket, ...], list[Floats], list[Floats], Floats]
"""The clusters, their blocks and rows, and the rest."""


class Clusters:
    """The clusters of a design's coefficients.

    Parameters
    ----------
    of
        Cluster of each coefficient, from 0 on; -1 for the rest.
    """

    def __init__(self, of: Ints) -> None:
        self.of = np.asarray(of)
        self.size = len(self.of)
        self.number = int(self.of.max(initial=-1)) + 1
        self.inside, self.rest = np.flatnonzero(self.of >= 0), np.flatnonzero(self.of < 0)
        self._layout: _Layout | None = None

    @cached_property
    def by_cluster(self) -> csr_array:
        """Adds coefficients up by cluster, ``(clusters, coefficients)``."""
        ones = np.ones(len(self.inside))
        return csr_array((ones, (self.of[self.inside], self.inside)), shape=(self.number, self.size))

    def layout(self, full: csr_array) -> _Layout:
        """Where the entries of a matrix go; one layout serves all of the same pattern."""
        known = self._layout
        if known is None or not (
            np.array_equal(known.indptr, full.indptr) and np.array_equal(known.indices, full.indices)
        ):
            known = self._layout = self._laid_out(full)
        return known

    def _laid_out(self, full: csr_array) -> _Layout:
        row = np.repeat(np.arange(self.size), np.diff(full.indptr))
        column = full.indices.astype(np.int64)
        a, b = self.of[row], self.of[column]
        crossed = (a >= 0) & (b >= 0) & (a != b)
        if np.abs(full.data[crossed]).sum() > 1e-9 * np.abs(full.data).sum():
            raise SpecificationError(
                "coefficients of different clusters meet", parameter="within", got="crossed clusters"
            )
        sizes = np.bincount(self.of[self.inside], minlength=self.number)
        order = self.inside[np.argsort(self.of[self.inside], kind="stable")]
        place = np.zeros(self.size, dtype=np.int64)
        place[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        of_rest = np.full(self.size, -1)
        of_rest[self.rest] = np.arange(len(self.rest))
        meets = np.flatnonzero((a >= 0) & (b < 0))
        code, slot = np.unique(a[meets] * self.size + of_rest[column[meets]], return_inverse=True)
        cluster, met = np.divmod(code, self.size)
        many = np.bincount(cluster, minlength=self.number)
        among = np.arange(len(code)) - np.repeat(np.cumsum(many) - many, many)
        block_base, row_base = np.zeros(self.number, dtype=np.int64), np.zeros(self.number, dtype=np.int64)
        wide, most = np.zeros(self.number, dtype=np.int64), np.zeros(self.number, dtype=np.int64)
        buckets, block_end, row_end = [], 0, 0
        power = np.frexp(sizes)[1]
        for p in np.unique(power[sizes > 0]):
            own = np.flatnonzero(power == p)
            n, m = int(sizes[own].max()), int(many[own].max(initial=0))
            number = np.full(self.number, -1)
            number[own] = np.arange(len(own))
            at = np.full((len(own), n), self.size)
            mine = order[number[self.of[order]] >= 0]
            at[number[self.of[mine]], place[mine]] = mine
            columns = np.full((len(own), m), len(self.rest))
            here = number[cluster] >= 0
            columns[number[cluster[here]], among[here]] = met[here]
            block_base[own] = block_end + n * n * np.arange(len(own))
            row_base[own] = row_end + n * m * np.arange(len(own))
            wide[own], most[own] = n, m
            block_end += n * n * len(own)
            row_end += n * m * len(own)
            buckets.append(_Bucket(at, columns))
        together = np.flatnonzero((a >= 0) & (a == b))
        t, corner = a[together], np.flatnonzero((a < 0) & (b < 0))
        block_slot = block_base[t] + place[row[together]] * wide[t] + place[column[together]]
        own_cluster = a[meets]
        row_slot = row_base[own_cluster] + place[row[meets]] * most[own_cluster] + among[slot]
        corner_slot = of_rest[row[corner]] * len(self.rest) + of_rest[column[corner]]
        return _Layout(full.indptr, full.indices, tuple(buckets), (together, block_slot), (meets, row_slot),
                       (corner, corner_slot))  # fmt: skip


@dataclass(frozen=True)
class ClusterCurvature:
    """Minus the Hessian of a log-likelihood, of whose coefficients some fall into clusters.

    Attributes
    ----------
    upper, corners, basis, basis_turned, otherwise
        As of `valuestats.latent.arrow.Curvature`, of all levels.
    clusters
        Of the coefficients.
    """

    upper: Any
    corners: tuple[Floats, Floats]
    basis: Any
    basis_turned: Any
    clusters: Clusters
    otherwise: Callable[[], LikelihoodCurvature] | None = None

    def factor(self, precision: Floats) -> PrecisionFactor:
        """Cholesky factor with the prior's precision added, shape ``(coefficients,)``."""
        try:
            return self._factor(precision, self._first)
        except LinAlgError:
            if self.otherwise is not None:
                return self.otherwise().factor(precision)
            return self._factor(precision, self._parts(self.corners[1]))

    @cached_property
    def _first(self) -> _Parts:
        return self._parts(self.corners[0])

    def _parts(self, corner: Floats) -> _Parts:
        full = csr_array(self.basis_turned @ joined(self.upper, corner) @ self.basis)
        full.sort_indices()
        layout, rest = self.clusters.layout(full), len(self.clusters.rest)
        filled = []
        for (entry, slot), shapes in (
            (layout.blocks, [(*b.at.shape, b.at.shape[1]) for b in layout.buckets]),
            (layout.rows, [(*b.at.shape, b.columns.shape[1]) for b in layout.buckets]),
            (layout.corner, [(rest, rest)]),
        ):
            ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
            flat = np.bincount(slot, full.data[entry], int(ends[-1]))
            filled.append([flat[s:e].reshape(n) for s, e, n in zip(ends, ends[1:], shapes, strict=False)])
        return layout.buckets, filled[0], filled[1], filled[2][0]

    def _factor(self, precision: Floats, parts: _Parts) -> ClusterFactor:
        buckets, blocks, rows, corner = parts
        rest = len(self.clusters.rest)
        padded = np.append(precision, 1.0)
        left = np.zeros((rest + 1, rest + 1))
        roots, scaled = [], []
        for bucket, block, own in zip(buckets, blocks, rows, strict=True):
            there = block.copy()
            on = np.arange(block.shape[1])
            there[:, on, on] += padded[bucket.at]
            lower = cholesky(there, lower=True)
            own_roots = np.diagonal(lower, axis1=1, axis2=2)  # far apart where a spread is near 0
            root = inv(lower / own_roots[:, :, None], assume_a="lower triangular") / own_roots[:, None, :]
            onto = root @ own
            roots.append(root)
            scaled.append(onto)
            c = bucket.columns
            where = (c[:, :, None] * (rest + 1) + c[:, None, :]).ravel()
            left += np.bincount(where, (onto.transpose(0, 2, 1) @ onto).ravel(), left.size).reshape(
                left.shape
            )
        dense = corner - left[:rest, :rest]
        dense[np.diag_indices(rest)] += precision[self.clusters.rest]
        if rest:
            found, info = dpotrf(dense.T, lower=1, overwrite_a=1)
            if info:
                raise LinAlgError(f"the leading minor of order {info} is not positive definite")
            dense = np.asarray(found)
        return ClusterFactor(self.clusters, buckets, tuple(roots), tuple(scaled), dense)


@dataclass(frozen=True)
class ClusterFactor:
    """Cholesky factor ``L`` of a precision with clusters.

    Attributes
    ----------
    clusters, buckets
        Of the coefficients.
    inverses
        Inverse factors of the blocks, ``(clusters, n, n)`` of each bucket.
    rows
        Their rows onto what they meet of the rest, ``(clusters, n, m)``.
    root
        Lower Cholesky factor of the rest, in column order.
    """

    clusters: Clusters
    buckets: tuple[_Bucket, ...]
    inverses: tuple[Floats, ...]
    rows: tuple[Floats, ...]
    root: Floats

    @property
    def log_determinant(self) -> float:
        """Log determinant of the precision."""
        own = sum(float(np.log(np.diagonal(i, axis1=1, axis2=2)).sum()) for i in self.inverses)
        return 2.0 * (float(np.log(np.diag(self.root)).sum()) - own)

    def rounded(self) -> ClusterFactor:
        """The factor in single precision, for columns in it."""
        inverses: Any = tuple(a.astype(np.float32) for a in self.inverses)
        rows: Any = tuple(a.astype(np.float32) for a in self.rows)
        return replace(self, inverses=inverses, rows=rows, root=self.root.astype(np.float32, order="F"))

    def back(self, w: Floats) -> Floats:
        """``L^-T w``: standard normal columns become draws with this precision."""
        centre, away = self.drawn(w)
        centre += away
        return centre

    def drawn(self, w: Floats) -> tuple[Floats, Floats]:
        """Means of the clusters' coefficients given the rest (which stands beside them), and how far `w` is from them."""
        centre, away = np.zeros((2, len(w) + 1, w.shape[1]), w.dtype)
        centre[self.clusters.rest] = self._triangular(w[self.clusters.rest], trans=1)
        self._conditional(
            np.concatenate([centre[self.clusters.rest], np.zeros((1, w.shape[1]), w.dtype)]), centre
        )
        self._away(w, away)
        return centre[:-1], away[:-1]

    def moved(self, w: Floats) -> Floats:
        """The second part of `drawn` alone."""
        away = np.zeros((len(w) + 1, w.shape[1]), w.dtype)
        self._away(w, away)
        return away[:-1]

    def _away(self, w: Floats, out: Floats) -> None:
        for bucket, inverse in zip(self.buckets, self.inverses, strict=True):
            here = np.minimum(
                bucket.at, len(w) - 1
            )  # where there is none, the inverse has a 0 for what is read
            for at in _parts(w.shape[1], bucket.at.size):
                out[bucket.at, at] = inverse.transpose(0, 2, 1) @ w[here, at]

    def _conditional(self, known: Floats, out: Floats) -> None:
        """Means of the clusters' coefficients given the rest, and a row of zeros after it."""
        for bucket, inverse, rows in zip(self.buckets, self.inverses, self.rows, strict=True):
            for at in _parts(known.shape[1], bucket.at.size):
                out[bucket.at, at] = inverse.transpose(0, 2, 1) @ -(rows @ known[bucket.columns, at])

    def forward(self, g: Floats) -> Floats:
        """``L^-1 g``."""
        out = np.zeros((len(g) + 1, g.shape[1]), g.dtype)
        rest = self.clusters.rest
        carried = np.zeros((len(rest) + 1, g.shape[1]), g.dtype)
        given = np.concatenate([g, np.zeros((1, g.shape[1]), g.dtype)])
        for bucket, inverse, rows in zip(self.buckets, self.inverses, self.rows, strict=True):
            own = inverse @ given[bucket.at]
            out[bucket.at] = own
            np.add.at(carried, bucket.columns, rows.transpose(0, 2, 1) @ own)
        out[rest] = self._triangular(g[rest] - carried[:-1])
        return out[:-1]

    def solve(self, b: Floats) -> Floats:
        """The inverse of the precision times `b`."""
        return self.back(self.forward(b))

    def variances(self, drawn: Floats) -> Floats:
        """Diagonal of the inverse of the precision: of the rest exact, of clusters by what they are given the rest.

        Parameters
        ----------
        drawn
            Independent draws by `back`, in columns, of which the clusters' variance takes the mean over the rest.
        """
        rest = self.clusters.rest
        out, centre = np.zeros(len(drawn) + 1), np.zeros((len(drawn) + 1, drawn.shape[1]))
        if len(rest):
            out[rest] = (np.asarray(dtrtri(self.root, lower=1)[0]) ** 2).sum(axis=0)
        self._conditional(np.concatenate([drawn[rest], np.zeros((1, drawn.shape[1]))]), centre)
        for bucket, inverse in zip(self.buckets, self.inverses, strict=True):
            out[bucket.at] = (inverse**2).sum(axis=1) + (centre[bucket.at] ** 2).mean(axis=2)
        return out[:-1]

    def _triangular(self, b: Floats, trans: int = 0) -> Floats:
        solve: Any = dtrtrs if b.dtype == np.float64 else strtrs
        return np.asarray(solve(self.root, b, lower=1, trans=trans)[0]) if len(b) else b


def _parts(columns: int, size: int) -> list[slice]:
    """Columns in parts of few enough numbers."""
    step = max(1, _TOGETHER // max(size, 1))
    return [slice(start, start + step) for start in range(0, columns, step)]
