"""What graphs are made from: correlations and cluster moments of profiles under weights, and the graphs of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from valuestats.base.errors import SpecificationError
from valuestats.graphs import rank_loop, score_loop, search_loop
from valuestats.graphs.profiles import Profiles
from valuestats.statistics.polychoric import pair_tables, polychoric_tables

Array = NDArray[np.float64]
Marks = NDArray[np.uint8]
Correlation = Literal["pearson", "spearman", "polychoric"]
Method = Literal["pc", "bic"]
Test = Literal["clusters", "rows"]
MOST_LEVELS = 15
"""Levels of a value beyond which a polychoric correlation is refused."""
MOST_VALUES = 20
"""Values beyond which the best graph by score is refused: the search doubles with each."""
_CHUNK = 100


@dataclass
class Evidence:
    """Profiles, and how they are turned into graphs.

    Attributes
    ----------
    profiles
        The rows.
    correlation, method, test, alpha
        As for `valuestats.value_graph`.
    loose
        Whether circles may close, as in causal-learn.
    """

    profiles: Profiles
    correlation: Correlation
    method: Method
    test: Test
    alpha: float
    loose: bool = False
    _moments: tuple[Array, Array, Array] = field(init=False, repr=False)
    _codes: NDArray[np.int64] | None = field(init=False, default=None, repr=False)
    _rows: Array = field(init=False, repr=False)
    _told: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found = self.profiles
        p, n = len(found.names), len(found.scores)
        if self.correlation != "pearson":
            self._codes = np.column_stack([np.unique(x, return_inverse=True)[1] for x in found.scores.T])
        if self.correlation == "spearman":
            self._moments = self._ranked(np.ones(found.lots))
        else:
            self._moments = found.moments()
        if self.correlation == "polychoric":
            self._require_few_levels()
        if self.method == "bic" and p > MOST_VALUES:
            raise SpecificationError(
                "too many values for a search of all graphs",
                parameter="method",
                got=f"{p} values",
                expected=f"at most {MOST_VALUES}",
                hint="method='pc' takes more",
            )
        self._rows, self._told = np.full((p, p), float(n)), np.zeros((p, p, 0))
        if self.correlation == "polychoric" and self.test == "clusters":
            self._rows, self._told = self._by_jackknife()

    @property
    def whole(self) -> Array:
        """Each lot once."""
        return np.ones((1, self.profiles.lots))

    def limits(self) -> Array:
        r"""Least statistic that keeps an edge, by number of given values.

        Rows: the normal quantile. Clusters: with u the cluster's sum of products of residuals, :math:`\sum u/\sqrt{\sum
        u^2}` is Student's t of C - 2 - \|S\| degrees of freedom on the scale between :math:`\pm\sqrt{C}`.
        """
        p = len(self.profiles.names)
        if not self.by_cluster:
            most = int(self._rows.max()) - 4
            return np.full(max(1, min(p - 1, most)), stats.norm.isf(self.alpha / 2))
        clusters = self.profiles.lots
        degrees = clusters - 2.0 - np.arange(min(p - 1, clusters - 3))
        t = stats.t.isf(self.alpha / 2, degrees)
        return np.asarray(np.sqrt(clusters * t**2 / (t**2 + degrees)))

    @property
    def by_cluster(self) -> bool:
        """Whether a test adds up products of residuals by cluster (of polychoric correlations, pseudo-values)."""
        return self.test == "clusters"

    def correlations(self, weights: Array) -> Array:
        """Correlation matrices under each row of weights of the lots, shape ``(graphs, values, values)``."""
        p = len(self.profiles.names)
        if self.correlation == "polychoric":
            return self._polychoric(weights)
        if self.correlation == "spearman":
            return self._ranked_correlations(weights)
        count, total, product = self._moments
        flat = np.hstack([count[:, None], total, product.reshape(p * p, -1).T])
        sums = weights @ flat
        n, mean = sums[:, 0], sums[:, 1 : p + 1] / sums[:, :1]
        covariance = sums[:, p + 1 :].reshape(-1, p, p) / n[:, None, None] - mean[:, :, None] * mean[:, None]
        return as_correlations(covariance)

    def graphs(self, weights: Array) -> Marks:
        """The graph under each row of weights, shape ``(graphs, values, values)``; of those where every value varies."""
        p = len(self.profiles.names)
        if self.method == "bic":
            return self._scored(self.correlations(weights))
        marks = np.zeros((len(weights), p, p), np.uint8)
        limits = self.limits()
        if self.correlation == "polychoric":
            counted = weights if self.by_cluster else np.zeros((len(weights), 0))
            search_loop.graphs_of_correlations(
                self._polychoric(weights),
                self._rows,
                self._told,
                np.ascontiguousarray(counted),
                limits,
                False,
                marks,
            )
            return marks
        kept = np.zeros(len(weights), np.uint8)
        n = float(len(self.profiles.scores))
        if self.correlation == "spearman":
            for g, weight in enumerate(weights):
                moments = self._ranked(weight)
                one, ok = marks[g : g + 1], kept[g : g + 1]
                search_loop.graphs_of(*moments, weight[None], n, limits, self.by_cluster, self.loose, one, ok)
        else:
            search_loop.graphs_of(
                *self._moments, weights, n, limits, self.by_cluster, self.loose, marks, kept
            )
        return marks[kept > 0]

    def p_values(self) -> Array:
        """Largest p-value of the tests of each pair; NaN of a search by score. Shape ``(values, values)``."""
        p = len(self.profiles.names)
        if self.method == "bic":
            return np.full((p, p), np.nan)
        limits = self.limits()
        marks, parted = np.zeros((p, p), np.uint8), np.zeros((p, p, p), np.uint8)
        least, at = np.zeros((p, p)), np.zeros((p, p), np.int64)
        clusters = self.profiles.lots
        crossed = np.zeros((p, p, clusters if self.by_cluster else 0))
        r = self.correlations(self.whole)[0].copy()
        weight = np.ones(clusters if self.by_cluster else 0)
        if self.correlation == "polychoric":
            crossed = self._told
        elif self.by_cluster:
            search_loop.standardise(*self._moments, weight, r, crossed)
        search_loop.skeleton(r, self._rows, crossed, weight, limits, marks, parted, least, at)
        with np.errstate(invalid="ignore"):
            found = least * limits[np.minimum(at, len(limits) - 1)]
        if not self.by_cluster:
            return np.asarray(2 * special.ndtr(-found))
        degrees = clusters - 2.0 - at
        inside = np.maximum(clusters - np.minimum(found, np.sqrt(clusters)) ** 2, 1e-300)
        with np.errstate(invalid="ignore"):
            return np.asarray(2 * special.stdtr(degrees, -found * np.sqrt(degrees / inside)))

    def worth(self) -> Array:
        r"""Independent rows that the rows are worth for each correlation: n over its design effect, n at most.

        With :math:`\psi = z_iz_j - r(z_i^2+z_j^2)/2` the influence of a row on a correlation, the design effect is the sum
        over clusters of the square of their sum, over the sum of its squares (Kish 1965; Skinner 1989).
        """
        found = self.profiles
        n = len(found.scores)
        if self.correlation == "polychoric":
            return self._rows
        x = found.scores if self._codes is None else _midranks(self._codes)
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        r = z.T @ z / n
        groups = found.lots
        square = np.zeros_like(r)
        flat = np.zeros_like(r)
        for i in range(z.shape[1]):
            psi = z * z[:, i : i + 1] - r[i] * (z**2 + z[:, i : i + 1] ** 2) / 2
            sums = np.zeros((groups, z.shape[1]))
            np.add.at(sums, found.lot, psi)
            square[i], flat[i] = (sums**2).sum(axis=0), (psi**2).sum(axis=0)
        effect = np.divide(square, flat, out=np.ones_like(flat), where=flat > 0) * groups / (groups - 1)
        return np.asarray(n / np.maximum(effect, 1.0))

    def _scored(self, correlations: Array) -> Marks:
        p = len(self.profiles.names)
        size = 1 << p
        upper = np.triu_indices(p, 1)
        n = float(len(self.profiles.scores))
        if self.test == "clusters":
            n = float(n / np.mean(n / self.worth()[upper]))
        best, chosen = np.empty((p, size)), np.empty((p, size), np.int32)
        order, last, logdet = np.empty(size), np.empty(size, np.int64), np.empty(size)
        marks = np.zeros((len(correlations), p, p), np.uint8)
        for r, own in zip(correlations, marks, strict=True):
            score_loop.best_graph(np.ascontiguousarray(r), n, best, chosen, order, last, logdet, own)
            own[:] = equivalents(own)
        return marks

    def _ranked(self, weight: Array) -> tuple[Array, Array, Array]:
        assert self._codes is not None
        groups, p = self.profiles.lots, len(self.profiles.names)
        count, total, product = np.empty(groups), np.empty((groups, p)), np.empty((p, p, groups))
        levels = int(self._codes.max()) + 1
        rank_loop.ranked_moments(self._codes, levels, self.profiles.lot, weight, count, total, product)
        return count, total, product

    def _ranked_correlations(self, weights: Array) -> Array:
        p = len(self.profiles.names)
        found = np.empty((len(weights), p, p))
        none = np.zeros((p, p, 0))
        for g, weight in enumerate(weights):
            if not search_loop.standardise(*self._ranked(weight), weight, found[g], none):
                found[g] = np.nan
        return found

    def _polychoric(self, weights: Array) -> Array:
        assert self._codes is not None
        p = len(self.profiles.names)
        found = np.empty((len(weights), p, p))
        for start in range(0, len(weights), _CHUNK):
            part = weights[start : start + _CHUNK]
            tables, pairs = pair_tables(self._codes.astype(float), part[:, self.profiles.lot])
            r = polychoric_tables(tables.reshape(-1, *tables.shape[2:])).r.reshape(len(part), -1)
            square = np.broadcast_to(np.eye(p), (len(part), p, p)).copy()
            square[:, pairs[:, 0], pairs[:, 1]] = square[:, pairs[:, 1], pairs[:, 0]] = r
            found[start : start + _CHUNK] = square
        return nearest_correlations(found)

    def _by_jackknife(self) -> tuple[Array, Array]:
        r"""Rows that each polychoric correlation is worth, and the clusters' pseudo-values ``(values, values, clusters)``.

        Rows: 3 more than 1 over the jackknife's variance of Fisher's z. With :math:`r_{(c)}` the correlation without
        cluster c of C, its pseudo-value :math:`r + (C-1)(\bar r_{(\cdot)} - r_{(c)})` stands where a product-moment has the
        cluster's products of standardised values: a residual covariance given others is linear in them, and coefficients
        move it in second order only, so that the sum over the clusters has the jackknife's variance.
        """
        groups, n = self.profiles.lots, len(self.profiles.scores)
        r = self._polychoric(1.0 - np.eye(groups))
        whole = self._polychoric(self.whole)[0]
        told = np.ascontiguousarray((whole + (groups - 1) * (r.mean(axis=0) - r)).transpose(1, 2, 0))
        z = np.arctanh(np.clip(r, -0.9999, 0.9999))
        variance = (groups - 1) / groups * ((z - z.mean(axis=0)) ** 2).sum(axis=0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.minimum(3 + 1 / variance, n)), told

    def _require_few_levels(self) -> None:
        assert self._codes is not None
        most = self._codes.max(axis=0) + 1
        wide = [n for n, k in zip(self.profiles.names, most, strict=True) if k > MOST_LEVELS]
        if wide:
            raise SpecificationError(
                "a polychoric correlation is of answers with few levels",
                parameter="correlation",
                got=f"{wide[0]} has {int(most[self.profiles.names.index(wide[0])])}",
                expected=f"at most {MOST_LEVELS}",
                hint="correlation='spearman' takes any number",
            )


def as_correlations(covariance: Array) -> Array:
    """Correlations of covariance matrices; NaN where a value does not vary."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    sd = np.sqrt(np.where(variance > search_loop.TINY, variance, np.nan))
    found = covariance / (sd[..., :, None] * sd[..., None, :])
    np.einsum("...ii->...i", found)[...] = np.where(np.isnan(sd), np.nan, 1.0)
    return np.asarray(np.clip(found, -1.0, 1.0))


def nearest_correlations(r: Array, least: float = 1e-4) -> Array:
    """Matrices of pairwise estimates with eigenvalues of at least `least`, rescaled to correlations."""
    safe = np.where(np.isnan(r).any(axis=(1, 2), keepdims=True), np.eye(r.shape[1]), r)
    root, axes = np.linalg.eigh(safe)
    low = root[:, 0] < least
    if not low.any():
        return r
    fixed = (axes[low] * np.maximum(root[low], least)[:, None]) @ axes[low].transpose(0, 2, 1)
    out = r.copy()
    out[low] = np.where(np.isnan(r[low]), np.nan, as_correlations(fixed))
    return out


def partial_correlations(r: Array) -> Array:
    """Correlation of each pair given all other values, shape ``(..., values, values)``."""
    safe = np.where(np.isnan(r).any(axis=(-2, -1), keepdims=True), np.eye(r.shape[-1]), r)
    inverse = np.linalg.pinv(safe, hermitian=True)
    scale = np.sqrt(np.diagonal(inverse, axis1=-2, axis2=-1))
    found = -inverse / (scale[..., :, None] * scale[..., None, :])
    return np.asarray(np.where(np.isnan(r), np.nan, np.clip(found, -1.0, 1.0)))


def equivalents(marks: Marks) -> Marks:
    """The graph that all acyclic graphs equivalent to this one share: its colliders, and what Meek's rules direct then."""
    p = len(marks)
    skeleton = marks | marks.T
    parted = np.ones((p, p, p), np.uint8)
    for y in range(p):
        into = np.flatnonzero(marks[:, y])
        for x in into:
            for z in into:
                if x != z and not skeleton[x, z]:
                    parted[x, z, y] = 0
    found = skeleton.copy()
    search_loop.orient(found, parted, False)
    return np.asarray(found)


def _midranks(codes: NDArray[np.int64]) -> Array:
    return np.asarray(stats.rankdata(codes, axis=0), dtype=float)
