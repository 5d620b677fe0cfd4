"""Choices as counted sets of alternatives, so that every model of the family is one conditional logit.

A ranking is a sequence of stages; in each, a subset of the options that are left is put first. The alternatives of a stage
are the subsets that could have been (up to the largest tie that is modelled), and the utility of a subset is the mean of its
options' utilities plus the log tie parameter of its size (Turner, van Etten, Firth and Kosmidis 2020). Two options without
ties give Bradley and Terry's model, with ties Davidson's; one option out of several is the conditional logit. An outcome
that is no option stands beside them with a utility of its own plus the mean of all options offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ChoiceSets:
    """Alternatives in sets, with how often each was taken.

    Attributes
    ----------
    design
        Sparse matrix of shape ``(alternatives, parameters)``: the options' utilities first, then the others.
    start
        First alternative of each set, and the number of alternatives; shape ``(sets + 1,)``.
    count
        How often each alternative was taken, shape ``(alternatives,)``.
    """

    design: sparse.csr_array
    start: Ints
    count: Array

    @property
    def size(self) -> int:
        """Number of parameters."""
        return int(self.design.shape[1])

    def terms(self, beta: Array) -> tuple[Array, Array, Array]:
        """Utility, log-probability of each alternative, and how often its set was met."""
        utility = self.design @ beta
        first = self.start[:-1]
        size = np.diff(self.start)
        top = np.maximum.reduceat(utility, first)
        shifted = utility - np.repeat(top, size)
        total = np.log(np.add.reduceat(np.exp(shifted), first))
        met = np.add.reduceat(self.count, first)
        return utility, shifted - np.repeat(total, size), np.repeat(met, size)

    def value(self, beta: Array) -> float:
        """Log-likelihood: sum over what was taken of the log-probabilities."""
        return float(self.count @ self.terms(beta)[1])

    def derivatives(self, beta: Array) -> tuple[float, Array, Array]:
        """Log-likelihood, gradient and negative Hessian (information)."""
        _, log_p, met = self.terms(beta)
        expected = met * np.exp(log_p)
        gradient = self.design.T @ (self.count - expected)
        weighted = self.design.multiply(expected[:, None]).tocsr()
        sums = self._sums() @ weighted
        times = np.add.reduceat(self.count, self.start[:-1])
        scaled = sums.multiply(
            np.divide(1.0, times, out=np.zeros_like(times), where=times > 0)[:, None]
        ).tocsr()
        information = (self.design.T @ weighted - sums.T @ scaled).toarray()
        return float(self.count @ log_p), np.asarray(gradient), information

    def scores(self, beta: Array, taken: sparse.csr_array) -> Array:
        """Score of each cluster, shape ``(clusters, parameters)``, from counts by ``(cluster, alternative)``."""
        _, log_p, _ = self.terms(beta)
        p = sparse.csr_array(self.design.multiply(np.exp(log_p)[:, None]))
        mean = self._sums() @ p
        per_set = taken @ self._sums().T
        return np.asarray((taken @ self.design - per_set @ mean).todense())

    def _sums(self) -> sparse.csr_array:
        """Adds alternatives up by set, shape ``(sets, alternatives)``."""
        n = int(self.start[-1])
        ones = np.ones(n)
        return sparse.csr_array((ones, np.arange(n), self.start), shape=(len(self.start) - 1, n))


def subsets(options: Sequence[int], largest: int) -> list[tuple[int, ...]]:
    """All subsets of one to `largest` options, in order of size.

    Examples
    --------
    >>> subsets([3, 5], 2)
    [(3,), (5,), (3, 5)]
    """
    return [c for size in range(1, min(largest, len(options)) + 1) for c in combinations(options, size)]


def stages(
    ranked: Sequence[Sequence[int]], unranked: Sequence[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Stages of a ranking: what was left, and what of it was put first; the last stage has nothing to choose.

    Examples
    --------
    >>> stages([[0], [1, 2]], [3])
    [((0, 1, 2, 3), (0,)), ((1, 2, 3), (1, 2))]
    >>> stages([[0], [1]], [])
    [((0, 1), (0,))]
    """
    found = []
    left = [*(o for group in ranked for o in group), *unranked]
    for group in ranked:
        if len(left) < 2:
            break
        found.append((tuple(sorted(left)), tuple(sorted(group))))
        left = [o for o in left if o not in set(group)]
    return found
