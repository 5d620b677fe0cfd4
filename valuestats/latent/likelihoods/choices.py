r"""Choices between alternatives whose utilities are means of the rows' locations: the Plackett-Luce model with ties.

A *stage* is a set of alternatives, of which one was taken. The utility of alternative a is
:math:`U_a = \sum_r w_{ar}\eta_r + \alpha_{k(a)}`: the mean location of its rows (offered options), and an own parameter
where it is a tie or an outcome that is no option (Turner, van Etten, Firth and Kosmidis 2020, Computational Statistics 35,
1027-1057). A ranking is several stages; equal stages are counted. Minus the Hessian of a stage met n times is
:math:`n\,(W' \operatorname{diag}(p) W - \mu\mu')` with :math:`\mu = W'p`, a block over its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.latent.likelihoods.choice_passes import (
    curved_stages,
    pair_halves,
    pair_pass,
    pair_totals,
    stage_pass,
    tallied_stages,
)
from valuestats.latent.likelihoods.protocol import RowCurvature

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_AT_ONCE = 32_768  # distances of pairs, which then stay in the processor's cache


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

    def gradient(self, eta: Floats, own: Floats, *, valued: bool = True) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each column with its gradients."""
        value, d_eta, d_own = np.zeros((1, eta.shape[1])), np.zeros(eta.shape), np.zeros(own.shape)
        eta, own = np.ascontiguousarray(eta), np.ascontiguousarray(own)
        w, k = self.weights, self.pairs
        pair_pass(
            eta, own, w.indptr, w.indices, self.own_of, self.start, self.count, k, value[0], d_eta, d_own
        )
        self._larger(eta, own, np.zeros(len(self.start), dtype=np.int64), value, d_eta, d_own)
        return value[0], d_eta, d_own

    def values(self, eta: Floats, own: Floats) -> Floats:
        """Log-likelihood of each column."""
        return self._values(eta, own, np.zeros(len(self.start), dtype=np.int64), 1)[0]

    def values_by(self, eta: Floats, own: Floats, of_row: Ints, number: int) -> Floats:
        """Log-likelihood of each column by the cluster of the rows, those of a stage of one: ``(number, columns)``."""
        w = self.weights
        return self._values(
            eta, own, np.ascontiguousarray(of_row[w.indices[w.indptr[self.start[:-1]]]]), number
        )

    def _values(self, eta: Floats, own: Floats, of: Ints, number: int) -> Floats:
        value, w = np.zeros((number, eta.shape[1])), self.weights
        eta, own = np.ascontiguousarray(eta), np.ascontiguousarray(own)
        weights, step = np.exp(own), max(1, _AT_ONCE // max(eta.shape[1], 1))
        room = np.empty((min(step, self.pairs), eta.shape[1]))
        for first in range(0, self.pairs, step):
            last = min(first + step, self.pairs)
            small = room[: last - first]
            pair_halves(eta, w.indptr, w.indices, self.start, self.count, first, last, of, value, small)
            np.exp(small, out=small)
            pair_totals(own, weights, self.own_of, self.start, self.count, first, last, of, value, small)
        self._larger(eta, own, of, value)
        return value

    def _larger(self, eta: Floats, own: Floats, of: Ints, value: Floats, *slopes: Floats) -> None:
        """Add the stages that are no pairs, with gradients where there is room for them."""
        w, k, none = self.weights, self.pairs, np.zeros((0, 0))
        if k < len(self.start) - 1:
            stage_pass(
                eta, own, w.indptr, w.indices, w.data, self.own_of, self.start[k:], self.count, of[k:], bool(slopes),
                value, *(slopes or (none, none)),
            )  # fmt: skip

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
        tallied_stages(
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
        curved_stages(
            p, self.met, w.indptr, at.local, w.data, self.own_of, self.start, at.sizes, max(self.per, 1),
            at.block_at, at.cross_at, blocks, crosses, owns,
        )  # fmt: skip
        rows = at.rows.filled(blocks)
        if not self.own:
            return RowCurvature(rows)
        return RowCurvature(rows, at.cross.filled(crosses), owns)

    def reweighted(self, by: Floats) -> ChoiceStages:
        """The same stages, each counted `by` times as often, ``(stages,)``."""
        other = replace(self, count=self.count * np.repeat(by, np.diff(self.start)))
        if "_layout" in self.__dict__:  # it knows no counts
            other.__dict__["_layout"] = self._layout
        return other

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
