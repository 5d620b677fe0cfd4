"""The counted cumulative-link log-likelihood and its gradient as one compiled operation.

One pass over the cells gives the value and both derivatives, so the graph that has to be compiled stays small
(a cold start spends its time compiling) and every exponential is taken once.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_default_op_cache_key

from valuestats.kernels.ordinal import check_link

Arrays = tuple[Any, Any, Any]


def _logit_pass(cut: Any, eta: Any, counts: Any, group: Any) -> Arrays:
    n_groups, n_cut = cut.shape
    value = 0.0
    d_cut = np.zeros((n_groups, n_cut))
    d_eta = np.zeros(eta.shape[0])
    inner = np.zeros((n_groups, n_cut))
    for cell in range(eta.shape[0]):
        g = group[cell]
        for k in range(n_cut):
            below = counts[cell, k]
            above = counts[cell, k + 1]
            if below + above > 0.0:
                z = cut[g, k] - eta[cell]
                e = math.exp(-abs(z))
                softplus = math.log1p(e)
                large = 1.0 / (1.0 + e)
                small = e * large
                if z >= 0.0:
                    value -= below * softplus + above * (softplus + z)
                    slope = below * small - above * large
                else:
                    value -= below * (softplus - z) + above * softplus
                    slope = below * large - above * small
                d_cut[g, k] += slope
                d_eta[cell] -= slope
            if k > 0:
                inner[g, k] += below
    for g in range(n_groups):
        for k in range(1, n_cut):
            if inner[g, k] > 0.0:
                gap = cut[g, k] - cut[g, k - 1]
                if not gap > 0.0:
                    return np.asarray(-np.inf), d_cut, d_eta
                value += inner[g, k] * math.log(-math.expm1(-gap))
                slope = inner[g, k] / math.expm1(gap) if gap < 700.0 else 0.0
                d_cut[g, k] += slope
                d_cut[g, k - 1] -= slope
    return np.asarray(value), d_cut, d_eta


@numba.njit(cache=True)
def _log_upper_tail(x: float) -> float:
    """Log of 1 - Phi(x); beyond 10 by the asymptotic series (Abramowitz and Stegun 1964, 26.2.12)."""
    if x < 10.0:
        return math.log(0.5 * math.erfc(x / math.sqrt(2.0)))
    q = 1.0 / (x * x)
    series = 1.0 - q * (1.0 - 3.0 * q * (1.0 - 5.0 * q * (1.0 - 7.0 * q)))
    return -0.5 * x * x - math.log(x * math.sqrt(2.0 * math.pi)) + math.log(series)


def _probit_pass(cut: Any, eta: Any, counts: Any, group: Any) -> Arrays:
    n_groups, n_cut = cut.shape
    value = 0.0
    d_cut = np.zeros((n_groups, n_cut))
    d_eta = np.zeros(eta.shape[0])
    half_log_2pi = 0.5 * math.log(2.0 * math.pi)
    for cell in range(eta.shape[0]):
        g = group[cell]
        for k in range(n_cut + 1):
            n = counts[cell, k]
            if n <= 0.0:
                continue
            low = cut[g, k - 1] - eta[cell] if k > 0 else -np.inf
            high = cut[g, k] - eta[cell] if k < n_cut else np.inf
            if not high > low:
                return np.asarray(-np.inf), d_cut, d_eta
            # Work in the upper tail: P = Q(near) - Q(far) with near the end closer to that tail's start.
            near, far = (low, high) if low > 0.0 else (-high, -low)
            log_p = _log_upper_tail(near) if near > -np.inf else 0.0
            if far < np.inf:
                log_p += math.log(-math.expm1(_log_upper_tail(far) - log_p))
            value += n * log_p
            if k < n_cut:
                slope = n * math.exp(-0.5 * high * high - half_log_2pi - log_p)
                d_cut[g, k] += slope
                d_eta[cell] -= slope
            if k > 0:
                slope = n * math.exp(-0.5 * low * low - half_log_2pi - log_p)
                d_cut[g, k - 1] -= slope
                d_eta[cell] += slope
    return np.asarray(value), d_cut, d_eta


_PASSES = {"logit": _logit_pass, "probit": _probit_pass}


class CountedOrdinal(Op):
    """Log-likelihood of counted ordered answers, with its derivatives as further outputs.

    Inputs: cutpoints ``(groups, K - 1)``, locations ``(cells,)``, counts ``(cells, K)``, group of each cell
    ``(cells,)``. Outputs: the log-likelihood (without multinomial coefficients), its derivative by the cutpoints
    and its derivative by the locations.
    """

    __props__ = ("link",)

    def __init__(self, link: str = "logit") -> None:
        self.link = check_link(link)

    def make_node(self, *inputs: Any) -> Apply:
        """Build the node; counts as floats, groups as 64-bit integers."""
        kinds = ("float64", "float64", "float64", "int64")
        tensors = [pt.as_tensor(x, dtype=kind) for x, kind in zip(inputs, kinds, strict=True)]
        return Apply(self, tensors, [pt.dscalar(), pt.dmatrix(), pt.dvector()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """Evaluate without compiling (graph rewriting and initial values)."""
        for storage, value in zip(output_storage, _interpreted(self.link)(*inputs), strict=True):
            storage[0] = value

    def infer_shape(self, node: Apply, shapes: Any) -> Any:
        """Shapes of the three outputs."""
        return [(), shapes[0], shapes[1]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Only the value depends differentiably on cutpoints and locations."""
        return [[True, False, False], [True, False, False], [False] * 3, [False] * 3]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Variable]:
        """Chain rule for the value."""
        upstream = cotangents[0]
        return [upstream * outputs[1], upstream * outputs[2], DisconnectedType()(), DisconnectedType()()]


_COMPILED: dict[str, Any] = {}


def _interpreted(link: str) -> Any:
    if link not in _COMPILED:
        _COMPILED[link] = numba.njit(cache=True)(_PASSES[link])
    return _COMPILED[link]


@register_funcify_default_op_cache_key(CountedOrdinal)
def _funcify(op: CountedOrdinal, node: Apply, **_: Any) -> tuple[Any, int]:
    return numba_njit(_PASSES[op.link]), 1  # the number is the version of the cached code


def counted_log_likelihood(cut: Any, eta: Any, counts: Any, group: Any, link: str = "logit") -> Any:
    """Symbolic log-likelihood of the counted cells; see `valuestats.kernels.ordinal.cell_log_likelihood`."""
    value: Any = CountedOrdinal(link)(cut, eta, counts, group)
    return value[0]


def _product_pass(x: Any, matrix: Any) -> Any:
    rows, inner = x.shape
    columns = matrix.shape[1]
    out = np.zeros((rows, columns))
    for i in range(rows):
        for k in range(inner):
            factor = x[i, k]
            if factor != 0.0:
                for j in range(columns):
                    out[i, j] += factor * matrix[k, j]
    return out


class ConstantProduct(Op):
    """Product ``x @ matrix`` with a constant matrix, differentiable by `x`.

    The matrices here are small; what counts is that this compiles in a second, where the general products of
    the compiled graph take half a minute.
    """

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        """Build the node from two matrices."""
        return Apply(self, [pt.as_tensor(x, dtype="float64") for x in inputs], [pt.dmatrix()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """Evaluate without compiling."""
        output_storage[0][0] = inputs[0] @ inputs[1]

    def infer_shape(self, node: Apply, shapes: Any) -> Any:
        """Rows of `x`, columns of the matrix."""
        return [(shapes[0][0], shapes[1][1])]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Only `x` is a variable."""
        return [[True], [False]]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Variable]:
        """Chain rule: the cotangent times the transposed matrix."""
        matrix = inputs[1]
        turned = np.ascontiguousarray(matrix.data.T) if hasattr(matrix, "data") else matrix.T
        product: Any = ConstantProduct()(cotangents[0], turned)
        return [product, DisconnectedType()()]


@register_funcify_default_op_cache_key(ConstantProduct)
def _funcify_product(op: ConstantProduct, node: Apply, **_: Any) -> tuple[Any, int]:
    return numba_njit(_product_pass), 1


def times(x: Any, matrix: np.ndarray) -> Any:
    """Symbolic ``x @ matrix`` of a vector or matrix with a constant matrix."""
    constant = np.ascontiguousarray(matrix, dtype=float)
    product: Any = ConstantProduct()(x[None, :] if x.ndim == 1 else x, constant)
    return product[0] if x.ndim == 1 else product
