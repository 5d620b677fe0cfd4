"""The graded response model of one trait with the trait integrated out, so that the sampler sees item parameters only."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_default_op_cache_key

from valuestats.kernels.ordinal import Link, category_probabilities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def nodes(n: int = 33, reach: float = 4.5) -> tuple[Floats, Floats]:
    r"""Evenly spaced nodes and the logs of their standard normal weights.

    The rectangle rule is exact to :math:`e^{-2\pi^2\sigma^2/h^2}` for a posterior of standard deviation sigma at spacing h
    (Trefethen and Weideman 2014): below 1e-4 here for sigma from 0.2.

    Examples
    --------
    >>> t, log_weight = nodes()
    >>> round(float((np.exp(log_weight) * t**4).sum()), 2)
    3.0
    """
    t = np.linspace(-reach, reach, n)
    log_weight = -0.5 * t**2
    return t, log_weight - np.log(np.exp(log_weight).sum())


def _mixture_pass(table: Any, log_weight: Any, index: Any, count: Any) -> Any:
    rows, n_nodes = table.shape
    value = 0.0
    slope = np.zeros((rows, n_nodes))
    share = np.empty(n_nodes)
    for p in range(index.shape[0]):
        for q in range(n_nodes):
            share[q] = log_weight[q]
        for j in range(index.shape[1]):
            row = index[p, j]
            if row >= 0:
                for q in range(n_nodes):
                    share[q] += table[row, q]
        top = share.max()
        total = 0.0
        for q in range(n_nodes):
            share[q] = np.exp(share[q] - top)
            total += share[q]
        value += count[p] * (top + np.log(total))
        factor = count[p] / total
        for j in range(index.shape[1]):
            row = index[p, j]
            if row >= 0:
                for q in range(n_nodes):
                    slope[row, q] += factor * share[q]
    return np.asarray(value), slope


class PatternMixture(Op):
    """Log-likelihood of response patterns with the trait summed over nodes, its derivative as second output.

    Inputs: log probabilities ``(rows, nodes)``, log weights ``(nodes,)``, the row of each answer ``(patterns, items)``
    (-1 where missing) and how often each pattern occurs ``(patterns,)``.
    """

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        """Build the node."""
        kinds = ("float64", "float64", "int64", "float64")
        tensors = [pt.as_tensor(x, dtype=kind) for x, kind in zip(inputs, kinds, strict=True)]
        return Apply(self, tensors, [pt.dscalar(), pt.dmatrix()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """Evaluate without compiling the graph."""
        for storage, value in zip(output_storage, _interpreted()(*inputs), strict=True):
            storage[0] = value

    def infer_shape(self, node: Apply, shapes: Any) -> Any:
        """Shapes of the two outputs."""
        return [(), shapes[0]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Only the value depends differentiably on the table."""
        return [[True, False], [False] * 2, [False] * 2, [False] * 2]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Variable]:
        """Chain rule for the value."""
        rest = [DisconnectedType()() for _ in range(3)]
        return [cotangents[0] * outputs[1], *rest]


_COMPILED: list[Any] = []


def _interpreted() -> Any:
    if not _COMPILED:
        _COMPILED.append(numba.njit(cache=True)(_mixture_pass))
    return _COMPILED[0]


@register_funcify_default_op_cache_key(PatternMixture)
def _funcify(op: PatternMixture, node: Apply, **_: Any) -> tuple[Any, int]:
    return numba_njit(_mixture_pass), 1


def patterns(codes: Ints, group: Ints, categories: int) -> tuple[Ints, Floats, Ints]:
    """Distinct response patterns by group as rows of the table of log probabilities.

    Returns
    -------
    tuple of numpy.ndarray
        The row of each answer (``(group * items + item) * categories + code``, -1 where missing), shape
        ``(patterns, items)``; how often each pattern occurs; and the pattern of each respondent.

    Examples
    --------
    >>> index, count, of = patterns(np.array([[0, 1], [0, 1], [1, -1]]), np.zeros(3, dtype=int), 2)
    >>> index.tolist(), count.tolist(), of.tolist()
    ([[0, 3], [1, -1]], [2.0, 1.0], [0, 0, 1])
    """
    items = codes.shape[1]
    rows = (group[:, None] * items + np.arange(items)) * categories + codes
    rows = np.where(codes >= 0, rows, -1)
    both = np.column_stack([group, rows])
    distinct, of, count = np.unique(both, axis=0, return_inverse=True, return_counts=True)
    return np.ascontiguousarray(distinct[:, 1:]), count.astype(float), of.ravel()


def log_probabilities(cut: Any, eta: Any, link: Link) -> Any:
    """Symbolic log probability of each category, ``(rows, categories, nodes)``, from cutpoints and locations.

    Parameters
    ----------
    cut
        Shape ``(rows, categories - 1)``.
    eta
        Shape ``(rows, nodes)``.
    link
        ``"logit"`` or ``"probit"``.
    """
    z = cut[:, :, None] - eta[:, None, :]
    if link == "logit":
        below = -pt.softplus(-z)  # log sigma(z)
        above = -pt.softplus(z)
        parts = [below[:, :1]]
        if cut.type.shape[1] is None or cut.type.shape[1] > 1:
            gap = cut[:, 1:] - cut[:, :-1]
            parts.append(below[:, 1:] + above[:, :-1] + pt.log(-pt.expm1(-gap))[:, :, None])
        parts.append(above[:, -1:])
        return pt.concatenate(parts, axis=1)
    lower_tail = 0.5 * pt.erfc(-z / np.sqrt(2.0))
    upper_tail = 0.5 * pt.erfc(z / np.sqrt(2.0))
    # the difference is taken in the tail where both terms are small
    middle = pt.switch(
        z[:, :-1] > 0, upper_tail[:, :-1] - upper_tail[:, 1:], lower_tail[:, 1:] - lower_tail[:, :-1]
    )
    p = pt.concatenate([lower_tail[:, :1], middle, upper_tail[:, -1:]], axis=1)
    return pt.log(pt.maximum(p, 1e-200))


def trait_draws(
    discrimination: Floats,
    threshold: Floats,
    mean: Floats,
    sd: Floats,
    index: Ints,
    of: Ints,
    group: Ints,
    link: Link,
    rng: np.random.Generator,
) -> Floats:
    """Draw every respondent's trait from its posterior under each draw of the item parameters.

    Parameters
    ----------
    discrimination, threshold
        By group, shapes ``(draws, groups, items)`` and ``(draws, groups, items, categories - 1)``.
    mean, sd
        Of the trait in each group, ``(draws, groups)``.
    index, of, group
        Rows of the patterns, the pattern of each respondent (see `patterns`), and its group.
    link
        ``"logit"`` or ``"probit"``.
    rng
        Source of random numbers.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, respondents)``. Drawn from a grid of 91 nodes and spread evenly over the width of a node.
    """
    t, log_weight = nodes(91)
    width = t[1] - t[0]
    out = np.empty((len(discrimination), len(of)))
    missing = index < 0
    groups = int(group.max()) + 1
    for s in range(len(out)):
        rows = []
        for g in range(groups):
            eta = discrimination[s, g][:, None] * (mean[s, g] + sd[s, g] * t)
            p = category_probabilities(threshold[s, g][:, None, :], eta, link=link)
            rows.append(np.log(np.maximum(p, 1e-300)).transpose(0, 2, 1).reshape(-1, len(t)))
        table = np.concatenate(rows)
        total = np.where(missing[:, :, None], 0.0, table[index]).sum(axis=1) + log_weight
        share = np.exp(total - total.max(axis=1, keepdims=True)).cumsum(axis=1)
        share /= share[:, -1:]
        place = (rng.random(len(of))[:, None] > share[of]).sum(axis=1)
        standard = t[np.minimum(place, len(t) - 1)] + width * (rng.random(len(of)) - 0.5)
        out[s] = mean[s, group] + sd[s, group] * standard
    return out
