"""The counted cumulative-link log-likelihood and its gradient as one compiled operation.

One pass over the cells gives the value and both derivatives, so the graph that has to be compiled stays small
(a cold start spends its time compiling) and every exponential is taken once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_default_op_cache_key

from valuestats.latent.likelihoods.ordinal_passes import PASSES, compiled_pass
from valuestats.statistics.ordinal import check_link


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
        for storage, value in zip(output_storage, compiled_pass(self.link)(*inputs), strict=True):
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


@register_funcify_default_op_cache_key(CountedOrdinal)
def _funcify(op: CountedOrdinal, node: Apply, **_: Any) -> tuple[Any, int]:
    return numba_njit(PASSES[op.link]), 2  # the number is the version of the cached code


def counted_log_likelihood(cut: Any, eta: Any, counts: Any, group: Any, link: str = "logit") -> Any:
    """Symbolic log-likelihood of the counted cells; see `valuestats.statistics.ordinal.cell_log_likelihood`."""
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
