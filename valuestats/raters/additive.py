"""Kernel of raters side by side: the additive model of items and raters, correlations with the others, and their tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from valuestats.statistics.clusters import LEAST
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rated:
    """Ratings of items that two raters or more rated; raters, items and units by number."""

    rater: Ints
    item: Ints
    unit_of: Ints
    rating: Array
    names: list[str]
    items: int
    units: int
    unit: str
    n_asked: Ints
    notes: list[str]

    @property
    def n_scored(self) -> Ints:
        """Ratings of each rater."""
        return np.bincount(self.rater, minlength=len(self.names))

    @property
    def behind(self) -> Ints:
        """Units that each rater rated in."""
        pairs = np.unique(np.column_stack([self.rater, self.unit_of]), axis=0)
        return np.bincount(pairs[:, 0], minlength=len(self.names))

    def parts(self) -> Ints:
        """Number of the part of each rater: raters who share items, directly or through others, are one part."""
        n = len(self.names)
        ties = csr_array(
            (np.ones(len(self.rater)), (self.rater, n + self.item)), shape=(n + self.items, n + self.items)
        )
        return np.asarray(connected_components(ties, directed=False)[1][:n], dtype=np.int64)

    def of(self, kept: Flags) -> Rated:
        """The ratings of some raters, of items that two of them or more rated."""
        mine = kept[self.rater]
        mine &= np.bincount(self.item[mine], minlength=self.items)[self.item] >= 2
        item, items = _renumbered(self.item[mine])
        unit, units = _renumbered(self.unit_of[mine])
        number = np.cumsum(kept) - 1
        return replace(
            self,
            rater=number[self.rater[mine]],
            item=item,
            unit_of=unit,
            rating=self.rating[mine],
            names=[n for n, k in zip(self.names, kept, strict=True) if k],
            items=items,
            units=units,
            n_asked=self.n_asked[kept],
        )


@dataclass(frozen=True)
class Leniency:
    """Estimates, and the sandwich's errors without a factor for few units."""

    estimate: Array
    error: Array


def leniency(table: Rated) -> Leniency:
    """Least squares of the additive model, items swept out, with the sandwich of units."""
    n = len(table.names)
    count = np.bincount(table.item, minlength=table.items).astype(float)
    centred = (
        table.rating - np.bincount(table.item, table.rating, table.items)[table.item] / count[table.item]
    )
    given = csr_array((np.ones(len(table.item)), (table.item, table.rater)), shape=(table.items, n))
    shared = (given.T @ given.multiply(1 / count[:, None])).toarray()
    information = np.diag(np.bincount(table.rater, minlength=n).astype(float)) - shared
    # raters are joined, so that only a shift of all of them is not told: with it the matrix has an inverse
    inverse = np.linalg.inv(information + 1 / n) - 1 / n
    estimate = inverse @ np.bincount(table.rater, centred, n)
    residual = table.rating - estimate[table.rater]
    residual = residual - np.bincount(table.item, residual, table.items)[table.item] / count[table.item]
    scores = csr_array((residual, (table.unit_of, table.rater)), shape=(table.units, n)).toarray()
    covariance = inverse @ (scores.T @ scores) @ inverse
    return Leniency(estimate, np.sqrt(np.maximum(np.diag(covariance), 0.0)))


def means_of_others(table: Rated, z: Array) -> Array:
    """Mean of the others' ratings of the same item, less their leniency."""
    count = np.bincount(table.item, minlength=table.items)[table.item]
    return np.asarray((np.bincount(table.item, z, table.items)[table.item] - z) / (count - 1))


def correlations(table: Rated, z: Array, others: Array, weights: Array, lots: Ints) -> Array:
    """Correlation of each rater with the others under each row of weights of lots of units, ``(weights, raters)``."""
    n, many = len(table.names), weights.shape[1]
    middle = z.mean()
    a, b = z - middle, others - middle
    at = lots[table.unit_of] * n + table.rater

    def total(values: Array) -> Array:
        return np.asarray(weights @ np.bincount(at, values, many * n).reshape(many, n))

    one, x, y = total(np.ones(len(a))), total(a), total(b)
    xx, yy, xy = total(a * a), total(b * b), total(a * b)
    vx, vy = xx - ratio(x * x, one), yy - ratio(y * y, one)
    flat = (vx <= 1e-9 * np.maximum(xx, 1e-300)) | (vy <= 1e-9 * np.maximum(yy, 1e-300))
    spread = np.sqrt(np.where(flat, np.nan, vx * vy))
    return np.asarray(np.clip((xy - ratio(x * y, one)) / spread, -1.0, 1.0))


@dataclass(frozen=True)
class Tests:
    """Of each rater: p of leniency and of consistency, and the mean consistency of the usual raters beside it."""

    leniency: Array
    consistency: Array
    rest: Array


def step_down(table: Rated, below: float) -> Tests:
    """Tests of all raters, then without the oddest, until none of the others stands apart.

    One odd rater moves the mean that all are held against, so that the usual ones would stand apart on the other side. So
    the rater of the least p-value leaves where that is below the bound by Holm's rule, keeps its p-values, and the others
    are held against each other, as long as they are more than half of all and joined by items. Raters who are all alike
    are told apart no more often than by the first step.
    """
    n = len(table.names)
    usual = np.ones(n, dtype=bool)
    p = np.full((2, n), np.nan)
    while True:
        part = table.of(usual)
        p[:, usual], r = _tests(part)
        adjusted = adjusted_p(p.ravel(), "holm").reshape(p.shape)
        least = np.where(usual, np.where(np.isnan(adjusted), np.inf, adjusted).min(axis=0), np.inf)
        odd = least < below
        if not odd.any() or 2 * (usual.sum() - 1) <= n:
            break
        raw = np.where(odd, np.where(np.isnan(p), np.inf, p).min(axis=0), np.inf)
        fewer = usual.copy()
        fewer[int(raw.argmin())] = False
        without = table.of(fewer)
        if len(set(without.parts().tolist())) > 1 or (without.n_scored == 0).any():
            break
        usual = fewer
    z = np.full(n, np.nan)
    z[usual] = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    known = ~np.isnan(z)
    total, many = np.nansum(z), known.sum()
    rest = np.tanh(ratio(total - np.where(known, z, 0.0), many - known))
    return Tests(p[0], p[1], np.asarray(rest))


def _tests(table: Rated) -> tuple[Array, Array]:
    """P of leniency and consistency, ``(2, raters)``, and the correlations."""
    lenient = leniency(table)
    known, degrees = table.behind >= LEAST, np.maximum(table.behind - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(lenient.estimate) / (lenient.error * np.sqrt(table.behind / degrees))
    z = table.rating - lenient.estimate[table.rater]
    r = correlations(table, z, means_of_others(table, z), np.ones((1, 1)), np.zeros(table.units, np.int64))[0]
    p = np.stack([2 * stats.t.sf(t, degrees), _against_means(r, table.n_scored)])
    return np.where(known, p, np.nan), r


def _against_means(r: Array, n: Ints) -> Array:
    """The chance that a correlation is as far from the mean of the others, by Fisher's z."""
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    variance = np.where(n > 3, 1 / np.maximum(n - 3, 1), np.nan)
    known = np.isfinite(z) & np.isfinite(variance)
    p, m = np.full(len(r), np.nan), known.sum() - 1
    if m < 1:
        return p
    others = (z[known].sum() - z[known]) / m
    error = np.sqrt(variance[known] + (variance[known].sum() - variance[known]) / m**2)
    p[known] = 2 * stats.norm.sf(np.abs(z[known] - others) / error)
    return p


def _renumbered(labels: Ints) -> tuple[Ints, int]:
    found, number = np.unique(labels, return_inverse=True)
    return np.asarray(number, dtype=np.int64), len(found)
