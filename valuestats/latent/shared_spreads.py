"""Prior of a design's coefficients in one compiled pass: those that share a standard deviation share its exponentials."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.latent.design import LatentDesign, index_term
from valuestats.latent.sparse_times import sparse_times

Floats = NDArray[np.float64]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _pass(
    x: Any, factor: Any, scaled: Any, rows: Any, precision: Any, log_sd: Any, d_x: Any, sums: Any, value: Any
) -> None:
    """Put the gradient by the scaled coefficients in the place of `d_x`; add up that by log deviations, and the value."""
    one = x.dtype.type(1.0)
    for j in range(x.shape[0]):
        row, power = rows[j], scaled[j]
        for c in range(x.shape[1]):
            away = x[j, c] * precision[row, c]
            slope = d_x[j, c] - away
            square = away * x[j, c]
            sums[row, c] += square - one + power * (slope * x[j, c] + one)
            value[c] -= 0.5 * square + (one - power) * log_sd[row, c]
            d_x[j, c] = factor[j, c] * slope


class SharedSpreads:
    """Which coefficients of a design share a standard deviation.

    Parameters
    ----------
    design
        The declared model.
    """

    def __init__(self, design: LatentDesign) -> None:
        self.design = design
        self.rows = np.empty(design.size, dtype=np.int64)
        self._first: list[NDArray[np.int64]] = []
        number, places = 0, [np.zeros(0, dtype=np.int64)]
        for block in design.blocks:
            by = [s.index for s in block.scales if s.index is not None]
            keys = np.stack(by) if by else np.zeros((1, block.size), dtype=np.int64)
            _, first, which = np.unique(keys, axis=1, return_index=True, return_inverse=True)
            self.rows[design.slices[block.name]] = number + np.asarray(which).ravel()
            self._first.append(first)
            places.append(design.slices[block.name].start + first)
            number += len(first)
        self.first = np.concatenate(places)  # a coefficient of each row
        self.sizes = np.bincount(self.rows, minlength=number).astype(float)
        self._adds = csr_array(index_term(self.rows, number).T)

    def added(self, values: Floats) -> Floats:
        """Sums of the coefficients' columns by row, ``(rows, columns)``."""
        return sparse_times(self._adds, values)

    def log_sd(self, u: Floats) -> Floats:
        """Log standard deviation of each row, ``(rows, chains)``."""
        parts = [np.zeros((0, u.shape[1]))]
        for block, first in zip(self.design.blocks, self._first, strict=True):
            own = np.asarray(self.design.block_log_sd(block, u, first))
            parts.append(np.broadcast_to(own, (len(first), u.shape[1])))
        return np.concatenate(parts)

    def prior(
        self, x: Floats, factor: Floats, scaled: Floats, log_sd: Floats, d_x: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """The coefficients' prior added to a likelihood's gradient.

        Parameters
        ----------
        x, factor
            Coefficients, and their standard deviations to the power `scaled`, ``(coefficients, chains)``.
        scaled
            Those powers, ``(coefficients,)``.
        log_sd
            As `log_sd` gives.
        d_x
            Gradient of the log-likelihood by the coefficients; written over.

        Returns
        -------
        tuple
            Log prior density ``(chains,)`` of the scaled coefficients (up to a constant), gradient of both together by
            them, and by each row's log standard deviation, ``(rows, chains)``.
        """
        sums, value = np.zeros(log_sd.shape), np.zeros(x.shape[1])
        kind = x.dtype
        precision = np.exp(-2.0 * log_sd).astype(kind)
        _pass(x, factor, scaled.astype(kind), self.rows, precision, log_sd.astype(kind), d_x, sums, value)
        return value, d_x, sums

    def density(self, x: Floats) -> Callable[[Floats, Floats], Floats]:
        """Log-density of hyperparameters, by coordinates and ``u``, given coefficients: a column for each draw.

        It needs the coefficients' sums of squares only.
        """
        told = np.concatenate(
            [np.zeros(0, dtype=bool)]
            + [
                np.full(len(first), bool(block.scales))
                for block, first in zip(self.design.blocks, self._first, strict=True)
            ]
        )
        squares, number = self.added(x**2)[told], self.sizes[told, None]

        def density(phi: Floats, u: Floats) -> Floats:
            log_sd = self.log_sd(u)[told]
            rest = (number * log_sd + 0.5 * squares * np.exp(-2.0 * log_sd)).sum(axis=0)
            return np.asarray(self.design.hyper_prior(phi)[0] - rest)

        return density

    def by_hyper(self, u: Floats, sums: Floats) -> Floats:
        """Gradient by ``u`` from that by the rows' log standard deviations."""
        return self.design.by_hyper(u, sums, self._sums)

    @cached_property
    def _sums(self) -> csr_array:
        return csr_array(self.design.scale_sums[:, self.first])
