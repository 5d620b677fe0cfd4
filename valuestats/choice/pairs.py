r"""Sets of two options: the same likelihood as `valuestats.choice.sets`, by sums over pairs instead of a sparse design.

In a set of options i and j every alternative's utility is :math:`u_j + x_a (u_i - u_j) + c_a'\gamma` with x = 1 for i, 0
for j and 1/2 for a tie or an outcome, so that the information of the options is a sum of 2 x 2 blocks
:math:`\operatorname{Var}(x)\,(e_i - e_j)(e_i - e_j)'`. By hand, as the general form takes several times as long
(benchmarks/choice_speed.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from valuestats.choice.sets import Array, ChoiceSets, Ints


@dataclass(frozen=True)
class PairSets:
    """Sets of two.

    Attributes
    ----------
    count
        How often each alternative was taken, set by set, shape ``(sets * alternatives of a set,)``.
    first, second
        The two options of each set, shape ``(sets,)``.
    share
        Weight of the first option in each alternative, shape ``(alternatives of a set,)``.
    extra
        Design of the other parameters, shape ``(sets, alternatives of a set, others)``.
    n_options
        Number of options.
    """

    count: Array
    first: Ints
    second: Ints
    share: Array
    extra: NDArray[np.float64]
    n_options: int

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.n_options + self.extra.shape[2]

    @cached_property
    def table(self) -> Array:
        """Counts, shape ``(sets, alternatives of a set)``."""
        return self.count.reshape(len(self.first), -1)

    def _log_p(self, beta: Array) -> tuple[Array, float]:
        utility = (beta[self.first] - beta[self.second])[:, None] * self.share
        if self.extra.shape[2]:
            utility += self.extra @ beta[self.n_options :]
        utility -= utility.max(axis=1, keepdims=True)
        utility -= np.log(np.exp(utility).sum(axis=1, keepdims=True))
        return utility, float((self.table * utility).sum())

    def value(self, beta: Array) -> float:
        """Log-likelihood."""
        return self._log_p(beta)[1]

    def derivatives(self, beta: Array) -> tuple[float, Array, Array]:
        """Log-likelihood, gradient and negative Hessian (information)."""
        log_p, value = self._log_p(beta)
        p = np.exp(log_p)
        n, q = self.n_options, self.extra.shape[2]
        times = self.table.sum(axis=1)
        left = self.table - times[:, None] * p
        slope = left @ self.share
        gradient = np.empty(n + q)
        gradient[:n] = np.bincount(self.first, slope, n) - np.bincount(self.second, slope, n)
        gradient[n:] = np.einsum("sa,saq->q", left, self.extra)
        mean = p @ self.share
        spread = times * (p @ self.share**2 - mean**2)
        between = np.bincount(self.first * n + self.second, spread, n * n).reshape(n, n)
        between += between.T
        information = np.empty((n + q, n + q))
        information[:n, :n] = np.diag(between.sum(axis=1)) - between
        if q:
            centre = np.einsum("sa,saq->sq", p, self.extra)
            joint = np.einsum("sa,a,saq->sq", p, self.share, self.extra) - mean[:, None] * centre
            joint *= times[:, None]
            for k in range(q):
                column = np.bincount(self.first, joint[:, k], n) - np.bincount(self.second, joint[:, k], n)
                information[:n, n + k] = information[n + k, :n] = column
            weighted = (p * times[:, None])[:, :, None] * self.extra
            information[n:, n:] = (
                np.einsum("saq,sar->qr", weighted, self.extra) - (centre * times[:, None]).T @ centre
            )
        return value, gradient, information

    def scores(self, beta: Array, taken: sparse.csr_array) -> Array:
        """Score of each cluster, from counts by ``(cluster, alternative)``."""
        return self.general().scores(beta, taken)

    def general(self) -> ChoiceSets:
        """The same sets with a sparse design."""
        size, width, q = self.extra.shape
        row = np.arange(size * width)
        share = np.tile(self.share, size)
        value = np.concatenate([share, 1 - share, self.extra.transpose(2, 0, 1).ravel()])
        columns = [np.repeat(self.first, width), np.repeat(self.second, width)]
        columns.append(np.repeat(self.n_options + np.arange(q), size * width))
        at = (np.tile(row, 2 + q), np.concatenate(columns))
        design = sparse.csr_array((value, at), shape=(size * width, self.size))
        design.eliminate_zeros()
        return ChoiceSets(design, np.arange(size + 1, dtype=np.int64) * width, self.count)
