"""Group effects of a regression as one sparse matrix, and the factor of their precision that eliminates the largest factor.

The precision of standard effects given the rest is ``I + T Z' W Z T``. Each cell has one level of the factor with most
levels, so the precision's part of it is block-diagonal; what is left is dense and small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.sparse import csr_array, diags_array, hstack

from valuestats.latent.design import index_term
from valuestats.regression.effects_design import EffectsDesign

Floats = NDArray[np.float64]
_AT_ONCE = 5_000  # cells of one pass over the dense part


class Groups:
    """Effects of all group terms in one vector: those of the largest factor first, level by level, then the others.

    Attributes
    ----------
    effects
        Number of spreads: one for each effect of each group term.
    size
        Number of standard effects.
    """

    def __init__(self, design: EffectsDesign) -> None:
        groups, rows = design.groups, design.matrices
        every = [(n, q) for n, g in enumerate(groups) for q in range(len(g.names))]
        self.effects = len(every)
        largest = max(groups, key=lambda g: len(g.levels)).factor if groups else ()
        leaves = [at for at in every if set(groups[at[0]].factor) == set(largest)]
        rest = [at for at in every if at not in leaves]
        self._terms = groups
        self._every = every
        self.block, cells = len(leaves), len(design.counts)
        self.levels = len(groups[leaves[0][0]].levels) if leaves else 0
        self.leaf = np.column_stack([np.zeros((cells, 0)), *(rows.z[n][:, q] for n, q in leaves)])
        self.of = rows.index[leaves[0][0]] if leaves else np.zeros(cells, dtype=np.int64)
        parts = [index_term(rows.index[n], len(groups[n].levels), rows.z[n][:, q]) for n, q in rest]
        self.rest = csr_array(hstack([csr_array((cells, 0)), *parts]))
        self.leaf_size = self.levels * self.block
        self.size = self.leaf_size + self.rest.shape[1]
        # Which spread each standard effect has.
        order = {at: n for n, at in enumerate(every)}
        tail = [np.full(len(groups[n].levels), order[n, q]) for n, q in rest]
        inside = np.tile([order[at] for at in leaves], self.levels)
        self.spread = (
            np.concatenate([inside, *tail]).astype(np.int64) if every else np.zeros(0, dtype=np.int64)
        )

    def forward(self, u: Floats, tau: Floats) -> Floats:
        """What effects add to the cells' locations."""
        scaled = u * tau[self.spread]
        leaf = scaled[: self.leaf_size].reshape(self.levels, self.block)
        found = np.asarray((self.leaf * leaf[self.of]).sum(axis=1))
        return found + self.rest @ scaled[self.leaf_size :] if self.rest.shape[1] else found

    def back(self, by_cell: Floats, tau: Floats) -> Floats:
        """Gradient by the standard effects from one by the cells' locations."""
        leaf = [np.bincount(self.of, by_cell * column, minlength=self.levels) for column in self.leaf.T]
        whole = np.concatenate([np.stack(leaf, axis=1).ravel(), self.rest.T @ by_cell])
        return np.asarray(whole * tau[self.spread])

    def by_effect(self, by_cell: Floats, u: Floats) -> Floats:
        """Gradient by the spreads, the standard effects held fixed."""
        return self.summed(self.back(by_cell, np.ones(self.effects)) * u)

    def summed(self, by_level: Floats) -> Floats:
        """Sums over the standard effects of each spread."""
        return np.bincount(self.spread, by_level, minlength=self.effects)

    def signs(self, tau: Floats) -> Floats:
        """Signs of the spread of each standard effect."""
        return np.where(tau < 0, -1.0, 1.0)[self.spread]

    def factor(self, weight: Floats, tau: Floats) -> Factor:
        """Factor of ``I + T Z' W Z T``."""
        leaf = self.leaf * tau[self.spread[: self.block]]
        inner = np.empty((self.levels, self.block, self.block))
        for a in range(self.block):
            for b in range(self.block):
                inner[:, a, b] = np.bincount(self.of, weight * leaf[:, a] * leaf[:, b], minlength=self.levels)
        inner += np.eye(self.block)
        inverse, log_inner = np.linalg.inv(inner), float(np.linalg.slogdet(inner)[1].sum())
        more = self.rest.shape[1]
        if not more:
            none = np.zeros((self.levels, self.block, 0))
            return Factor(self, leaf, self.rest, log_inner, inverse, none, np.zeros((0, 0)))
        rest = csr_array(self.rest @ diags_array(tau[self.spread[self.leaf_size :]]))
        weighted = csr_array(diags_array(weight) @ rest)
        edge = np.empty((self.levels, self.block, more))
        for a in range(self.block):
            edge[:, a] = (index_term(self.of, self.levels, leaf[:, a]).T @ weighted).toarray()
        reach = inverse @ edge
        left = np.eye(more) + (rest.T @ weighted).toarray()
        left -= np.einsum("lam,lan->mn", edge, reach, optimize=True)
        return Factor(self, leaf, rest, log_inner, inverse, reach, cholesky(left, lower=True))

    def named(self, u: Floats, tau: Floats) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
        """Effects ``(S, levels, q)`` and standard deviations ``(S, q)`` of each group term."""
        scaled = u * tau[:, self.spread]
        effects, sds = [], []
        for n, group in enumerate(self._terms):
            own = [k for k, (term, _) in enumerate(self._every) if term == n]
            effects.append(np.stack([scaled[:, self.spread == k] for k in own], axis=2))
            sds.append(np.abs(tau[:, own]))
            assert effects[-1].shape[1] == len(group.levels)
        return tuple(effects), tuple(sds)


@dataclass(frozen=True)
class Factor:
    """Factor of the effects' precision: blocks of the largest factor, and the Cholesky root of what is left."""

    groups: Groups
    leaf: Floats
    rest: csr_array
    log_inner: float
    inverse: Floats
    reach: Floats
    root: Floats

    @property
    def log_determinant(self) -> float:
        """Of the precision."""
        return float(self.log_inner + 2.0 * np.log(np.diag(self.root)).sum())

    def solve(self, vector: Floats) -> Floats:
        """The precision's inverse times a vector."""
        split = self.groups.leaf_size
        leaf = vector[:split].reshape(self.inverse.shape[:2])
        other = vector[split:] - np.einsum("lam,la->m", self.reach, leaf)
        other = cho_solve((self.root, True), other) if len(other) else other
        leaf = np.einsum("lab,lb->la", self.inverse, leaf) - self.reach @ other
        return np.concatenate([leaf.ravel(), other])

    def leverages(self, weight: Floats) -> tuple[Floats, Floats]:
        """``z_c' H^-1 z_c`` of each cell's scaled row, and for each spread ``sum_c W_c z_ce' (H^-1 z_c)_e``, z unscaled."""
        groups, found = self.groups, np.empty(len(weight))
        own = np.zeros(groups.effects)
        tail = groups.spread[groups.leaf_size :]
        for start in range(0, len(weight), _AT_ONCE):
            at = slice(start, start + _AT_ONCE)
            leaf, of = self.leaf[at], groups.of[at]
            if not len(tail):
                near = np.einsum("cab,cb->ca", self.inverse[of], leaf)
                found[at] = (leaf * near).sum(axis=1)
                own[groups.spread[: groups.block]] += weight[at] @ (groups.leaf[at] * near)
                continue
            rest = self.rest[at]
            away = rest.toarray() - np.einsum("ca,cam->cm", leaf, self.reach[of], optimize=True)
            other = cho_solve((self.root, True), away.T).T
            near = np.einsum("cab,cb->ca", self.inverse[of], leaf) - np.einsum(
                "cam,cm->ca", self.reach[of], other
            )
            found[at] = (leaf * near).sum(axis=1) + (rest * other).sum(axis=1)
            own[groups.spread[: groups.block]] += weight[at] @ (groups.leaf[at] * near)
            by_column = weight[at] @ (groups.rest[at] * other)
            own += np.bincount(tail, np.asarray(by_column).ravel(), minlength=groups.effects)
        return found, own

    def drawn(self, normal: Floats) -> Floats:
        """Normal draws with the precision's inverse as covariance, from standard normal ones ``(effects, S)``."""
        split = self.groups.leaf_size
        other = normal[split:]
        if len(other):
            other = solve_triangular(self.root, other, lower=True, trans="T")
        leaf = normal[:split].reshape(*self.inverse.shape[:2], -1)
        leaf = np.linalg.cholesky(self.inverse) @ leaf - self.reach @ other
        return np.concatenate([leaf.reshape(split, -1), other])
