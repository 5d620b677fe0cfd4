r"""Choices between alternatives whose utilities are means of the rows' locations: the Plackett-Luce model with ties.

A *stage* is a set of alternatives, of which one was taken. The utility of alternative a is
:math:`U_a = \sum_r w_{ar}\eta_r + \alpha_{k(a)}`: the mean location of its rows (offered options), and an own parameter
where it is a tie or an outcome that is no option (Turner, van Etten, Firth and Kosmidis 2020, Computational Statistics 35,
1027-1057). A ranking is several stages; equal stages are counted. Minus the Hessian of a stage met n times is
:math:`n\,(W' \operatorname{diag}(p) W - \mu\mu')` with :math:`\mu = W'p`, a block over its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.latent.likelihoods.protocol import RowCurvature

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _pass(
    eta: Any, own: Any, ends: Any, row: Any, weight: Any, own_of: Any, start: Any, count: Any,
    sloped: Any, value: Any, d_eta: Any, d_own: Any,
) -> None:  # fmt: skip
    """Add up the log-likelihood of each column and, where `sloped`, its gradients."""
    draws = eta.shape[1]
    widest = 0
    for s in range(len(start) - 1):
        widest = max(widest, start[s + 1] - start[s])
    u = np.empty((widest, draws))
    top, total = np.empty(draws), np.empty(draws)
    for s in range(len(start) - 1):
        first, last = start[s], start[s + 1]
        met = 0.0
        for a in range(first, last):
            met += count[a]
        if met == 0.0:
            continue
        top[:] = -np.inf
        total[:] = 0.0
        for a in range(first, last):
            k, o = a - first, own_of[a]
            for d in range(draws):
                u[k, d] = own[o, d] if o >= 0 else 0.0
            for e in range(ends[a], ends[a + 1]):
                r, w = row[e], weight[e]
                for d in range(draws):
                    u[k, d] += w * eta[r, d]
            for d in range(draws):
                top[d] = max(top[d], u[k, d])
        for a in range(first, last):
            k, n = a - first, count[a]
            for d in range(draws):
                away = u[k, d] - top[d]
                value[d] += n * away
                u[k, d] = np.exp(away)
                total[d] += u[k, d]
        for d in range(draws):
            value[d] -= met * np.log(total[d])
        if not sloped:
            continue
        for a in range(first, last):
            k, n, o = a - first, count[a], own_of[a]
            for d in range(draws):
                u[k, d] = n - met * u[k, d] / total[d]
            for e in range(ends[a], ends[a + 1]):
                r, w = row[e], weight[e]
                for d in range(draws):
                    d_eta[r, d] += w * u[k, d]
            if o >= 0:
                for d in range(draws):
                    d_own[o, d] += u[k, d]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _pair_pass(
    eta: Any, own: Any, ends: Any, row: Any, own_of: Any, start: Any, count: Any, pairs: Any,
    sloped: Any, value: Any, d_eta: Any, d_own: Any,
) -> None:  # fmt: skip
    """As `_pass`, of the leading stages of two options, each with its ties and outcomes halfway between them.

    With a the half of the utilities' distance and e = exp(-a) the shares are as 1, e^2 and e times the exp of the own
    parameters: one exponential a stage. Logarithms of the sums are taken of products of several.
    """
    draws = eta.shape[1]
    weights = np.exp(own)
    together = 12 if own.size == 0 or own.max() < 20.0 else 1
    small, total, product = np.empty(draws), np.empty(draws), np.ones(draws)
    waiting = 0
    for s in range(pairs):
        first, last = start[s], start[s + 1]
        met, between = 0.0, 0.0
        for a in range(first, last):
            met += count[a]
        if met == 0.0:
            continue
        i, j = row[ends[first]], row[ends[first + 1]]
        lead = 0.5 * (count[first] - count[first + 1])
        for d in range(draws):
            gap = eta[i, d] - eta[j, d]
            small[d] = np.exp(-0.5 * abs(gap))
            value[d] += lead * gap - 0.5 * met * abs(gap)
            total[d] = 0.0
        for a in range(first + 2, last):
            o, n = own_of[a], count[a]
            between += n
            for d in range(draws):
                total[d] += weights[o, d]
            if n > 0.0:
                for d in range(draws):
                    value[d] += n * own[o, d]
        for d in range(draws):
            total[d] = 1.0 + small[d] * (small[d] + total[d])
        if met == 1.0:
            for d in range(draws):
                product[d] *= total[d]
            waiting += 1
            if waiting >= together:
                for d in range(draws):
                    value[d] -= np.log(product[d])
                    product[d] = 1.0
                waiting = 0
        else:
            for d in range(draws):
                value[d] -= met * np.log(total[d])
        if not sloped:
            continue
        for d in range(draws):
            sign = 1.0 if eta[i, d] >= eta[j, d] else -1.0
            slope = lead - 0.5 * met * sign * (1.0 - small[d] * small[d]) / total[d]
            d_eta[i, d] += slope
            d_eta[j, d] -= slope
        # What goes to both options alike: nothing, as shares add up to 1 and counts to `met`.
        for a in range(first + 2, last):
            o, n = own_of[a], count[a]
            for d in range(draws):
                d_own[o, d] += n - met * weights[o, d] * small[d] / total[d]
    for d in range(draws):
        value[d] -= np.log(product[d])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _tallied(
    eta: Any, own: Any, ends: Any, row: Any, weight: Any, own_of: Any, start: Any, met: Any,
    t_ends: Any, t_index: Any, t_value: Any, rng: Any, expected: Any, made: Any,
) -> None:  # fmt: skip
    """Add up, for each column, what is expected of the stages and what they would be if made anew."""
    widest = 0
    for s in range(len(met)):
        widest = max(widest, start[s + 1] - start[s])
    u = np.empty(widest)
    for s in range(len(met)):
        first, last = start[s], start[s + 1]
        if met[s] <= 0.0:
            continue
        times = round(met[s])
        for d in range(eta.shape[1]):
            top, total = -np.inf, 0.0
            for a in range(first, last):
                k, o = a - first, own_of[a]
                u[k] = own[o, d] if o >= 0 else 0.0
                for e in range(ends[a], ends[a + 1]):
                    u[k] += weight[e] * eta[row[e], d]
                top = max(top, u[k])
            for k in range(last - first):
                u[k] = np.exp(u[k] - top)
                total += u[k]
            left, mass = times, total
            cut = rng.random() * total if times == 1 else 0.0
            for a in range(first, last):
                k = a - first
                if times == 1:
                    number = 1 if left == 1 and (cut < u[k] or a == last - 1) else 0
                    cut -= u[k]
                elif a == last - 1:
                    number = left
                else:
                    number = rng.binomial(left, min(1.0, u[k] / mass)) if left > 0 else 0
                    mass -= u[k]
                left -= number
                for t in range(t_ends[a], t_ends[a + 1]):
                    expected[t_index[t], d] += met[s] * u[k] / total * t_value[t]
                    made[t_index[t], d] += number * t_value[t]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _curved(
    p: Any, met: Any, ends: Any, local: Any, weight: Any, own_of: Any, start: Any, sizes: Any, per: Any,
    block_at: Any, cross_at: Any, blocks: Any, crosses: Any, owns: Any,
) -> None:  # fmt: skip
    """Blocks of each stage over its rows, its own parameters, and both."""
    widest = sizes.max() if len(sizes) else 0
    mean, mean_own = np.empty(widest), np.empty(max(per, 1))
    for s in range(len(sizes)):
        size, n = sizes[s], met[s]
        if n == 0.0:
            continue
        mean[:] = 0.0
        mean_own[:] = 0.0
        group = -1
        for a in range(start[s], start[s + 1]):
            for e in range(ends[a], ends[a + 1]):
                mean[local[e]] += p[a] * weight[e]
            if own_of[a] >= 0:
                group = own_of[a] // per
                mean_own[own_of[a] % per] += p[a]
        for a in range(start[s], start[s + 1]):
            j = own_of[a] % per if own_of[a] >= 0 else -1
            for e in range(ends[a], ends[a + 1]):
                v = n * p[a] * weight[e]
                for f in range(ends[a], ends[a + 1]):
                    blocks[block_at[s] + local[e] * size + local[f]] += v * weight[f]
                if j >= 0:
                    crosses[cross_at[s] + local[e] * per + j] += v
            if j >= 0:
                owns[group, j, j] += n * p[a]
        for i in range(size):
            for k in range(size):
                blocks[block_at[s] + i * size + k] -= n * mean[i] * mean[k]
            if group >= 0:
                for j in range(per):
                    crosses[cross_at[s] + i * per + j] -= n * mean[i] * mean_own[j]
        if group >= 0:
            for j in range(per):
                for k in range(per):
                    owns[group, j, k] -= n * mean_own[j] * mean_own[k]


@dataclass
class ChoiceStages:
    """Counted stages of choices; a `valuestats.latent.likelihoods.protocol.Likelihood`.

    Attributes
    ----------
    rows
        Number of rows (offered options that differ in what the model knows of them).
    weights
        Rows' weights in each alternative, sparse ``(alternatives, rows)``; a row may stand twice in a stage.
    own_of
        Own parameter of each alternative, -1 for none; those of a stage belong to one set of them.
    start
        First alternative of each stage, and the number of alternatives, ``(stages + 1,)``.
    count
        How often each alternative was taken.
    per, sets
        Own parameters of a set (ties by size, then outcomes), and sets of them.
    pairs
        How many stages, the first ones, are of two options: first the one, then the other, then what lies halfway.
    own
        Own parameters in all.
    """

    rows: int
    weights: csr_array
    own_of: Ints
    start: Ints
    count: Floats
    per: int = 0
    sets: int = 1
    pairs: int = 0
    rounds: bool = False
    own: int = field(init=False)

    def __post_init__(self) -> None:
        self.own = self.per * self.sets

    @cached_property
    def met(self) -> Floats:
        """How often each stage was met."""
        return np.asarray(np.add.reduceat(self.count, self.start[:-1]))

    def _run(self, eta: Floats, own: Floats, *, sloped: bool) -> tuple[Floats, Floats, Floats]:
        w, value, k = self.weights, np.zeros(eta.shape[1]), self.pairs
        d_eta = np.zeros(eta.shape if sloped else (0, 0))
        d_own = np.zeros(own.shape if sloped else (0, 0))
        eta, own = np.ascontiguousarray(eta), np.ascontiguousarray(own)
        made = (sloped, value, d_eta, d_own)
        _pair_pass(eta, own, w.indptr, w.indices, self.own_of, self.start, self.count, k, *made)
        if k < len(self.start) - 1:
            _pass(eta, own, w.indptr, w.indices, w.data, self.own_of, self.start[k:], self.count, *made)
        return value, d_eta, d_own

    def gradient(self, eta: Floats, own: Floats, *, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each column with its gradients."""
        return self._run(eta, own, sloped=True)

    def values(self, eta: Floats, own: Floats) -> Floats:
        """Log-likelihood of each column."""
        return self._run(eta, own, sloped=False)[0]

    def log_probabilities(self, eta: Floats, own: Floats) -> Floats:
        """Log-probability of each alternative within its stage, ``(alternatives, columns)``."""
        u = self.weights @ eta
        has = self.own_of >= 0
        u[has] += own[self.own_of[has]]
        first, size = self.start[:-1], np.diff(self.start)
        u -= np.repeat(np.maximum.reduceat(u, first, axis=0), size, axis=0)
        u -= np.repeat(np.log(np.add.reduceat(np.exp(u), first, axis=0)), size, axis=0)
        return np.asarray(u)

    def tallied(self, eta: Floats, own: Floats, adds: csr_array, seed: int) -> tuple[Floats, Floats]:
        """Expected tallies of the stages, and those of stages made anew, each ``(tallies, columns)``.

        `adds` says how alternatives add up to tallies, ``(tallies, alternatives)``.
        """
        w, by = self.weights, csr_array(adds.T)
        expected, made = (np.zeros((adds.shape[0], eta.shape[1])) for _ in range(2))
        _tallied(
            np.ascontiguousarray(eta), np.ascontiguousarray(own), w.indptr, w.indices, w.data, self.own_of,
            self.start, self.met, by.indptr, by.indices, by.data, np.random.default_rng(seed), expected, made,
        )  # fmt: skip
        return expected, made

    def curvature(self, eta: Floats, own: Floats) -> RowCurvature:
        """Minus the second derivatives: blocks of each stage's rows."""
        p = np.exp(self.log_probabilities(eta[:, None], own[:, None]))[:, 0]
        at, w = self._layout, self.weights
        blocks, crosses = np.zeros(at.block_at[-1]), np.zeros(at.cross_at[-1])
        owns = np.zeros((self.sets, self.per, self.per))
        _curved(
            p, self.met, w.indptr, at.local, w.data, self.own_of, self.start, at.sizes, max(self.per, 1),
            at.block_at, at.cross_at, blocks, crosses, owns,
        )  # fmt: skip
        rows = at.rows.filled(blocks)
        if not self.own:
            return RowCurvature(rows)
        return RowCurvature(rows, at.cross.filled(crosses), owns)

    @cached_property
    def _layout(self) -> _Layout:
        return _layout(self)

    def scores(self, eta: Floats, own: Floats, taken: csr_array) -> tuple[csr_array, Floats]:
        """Gradients of groups of choices by rows and own parameters, from counts by ``(group, alternative)``."""
        p = np.exp(self.log_probabilities(eta[:, None], own[:, None]))[:, 0]
        n = len(p)
        adds = csr_array((np.ones(n), np.arange(n), self.start), shape=(len(self.start) - 1, n))
        share = csr_array(adds.multiply(p[None, :]))
        left = csr_array(taken - csr_array(taken @ csr_array(adds.T)) @ share)
        has = np.flatnonzero(self.own_of >= 0)
        by_own = csr_array((np.ones(len(has)), (has, self.own_of[has])), shape=(n, self.own))
        return csr_array(left @ self.weights), np.asarray((left @ by_own).todense())


@dataclass(frozen=True)
class _Pattern:
    """Where values, some of which fall together, stand in a sparse matrix."""

    slot: Ints
    indices: Ints
    indptr: Ints
    shape: tuple[int, int]

    def filled(self, values: Floats) -> csr_array:
        """The matrix with these values added up."""
        data = np.bincount(self.slot, values, len(self.indices))
        return csr_array((data, self.indices, self.indptr), shape=self.shape)


@dataclass(frozen=True)
class _Layout:
    local: Ints
    sizes: Ints
    block_at: Ints
    cross_at: Ints
    rows: _Pattern
    cross: _Pattern


def _pattern(row: Ints, column: Ints, shape: tuple[int, int]) -> _Pattern:
    code, slot = np.unique(row * shape[1] + column, return_inverse=True)
    found, columns = np.divmod(code, max(shape[1], 1))
    indptr = np.searchsorted(found, np.arange(shape[0] + 1))
    return _Pattern(np.asarray(slot), columns.astype(np.int64), indptr.astype(np.int64), shape)


def _layout(stages: ChoiceStages) -> _Layout:
    """Rows of each stage, the place among them of every weight, and where its blocks go."""
    w, sets = stages.weights, len(stages.start) - 1
    stage = np.repeat(np.repeat(np.arange(sets), np.diff(stages.start)), np.diff(w.indptr))
    code, place = np.unique(stage.astype(np.int64) * stages.rows + w.indices, return_inverse=True)
    of_stage, row = np.divmod(code, max(stages.rows, 1))
    sizes = np.bincount(of_stage, minlength=sets)
    first = np.r_[0, np.cumsum(sizes)]
    local = np.asarray(place) - first[stage]
    per = max(stages.per, 1)
    block_at = np.r_[0, np.cumsum(sizes**2)].astype(np.int64)
    cross_at = np.r_[0, np.cumsum(sizes * per)].astype(np.int64)
    rows = np.repeat(row, sizes[of_stage])
    within = np.arange(block_at[-1]) - np.repeat(block_at[:-1], sizes**2)
    columns = row[np.repeat(first[:-1], sizes**2) + within % np.repeat(sizes, sizes**2)]
    group = np.full(sets, 0, dtype=np.int64)
    has = np.flatnonzero(stages.own_of >= 0)
    if stages.per:
        group[np.searchsorted(stages.start, has, side="right") - 1] = stages.own_of[has] // stages.per
    own = np.tile(np.arange(per), len(row)) + per * np.repeat(group[of_stage], per)
    cross = _pattern(np.repeat(row, per), own, (stages.rows, max(stages.own, 1)))
    return _Layout(
        local.astype(np.int64),
        sizes.astype(np.int64),
        block_at,
        cross_at,
        _pattern(rows, columns, (stages.rows, stages.rows)),
        cross,
    )
