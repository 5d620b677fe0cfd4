"""Derivatives of the cumulative-logit log-likelihood of counted cells, in loops that processors take several cells a time.

With ``F(z) = 1 / (1 + exp(-z))`` the answers of a cell with location eta and thresholds c have the log-likelihood

    sum_k n_k (c_k - eta) - (n_k + n_{k+1}) log(1 + exp(c_k - eta)) + n_k log(1 - exp(c_{k-1} - c_k)),

the last term between two thresholds only. Its derivatives need one exponential a cell and threshold set, and a division
each for cell and threshold; no logarithm. A Hamiltonian trajectory asks for the value at its end alone.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


# Without Python's error on a division by 0, and with indices that can't be negative, the loops take whole registers.
@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _slopes(scale: Any, shift: Any, both: Any, starts: Any, group: Any, d_cut: Any, d_eta: Any) -> None:
    """Add ``(n_k + n_{k+1}) / (1 + scale shift)`` to `d_cut`, and take it from `d_eta`; runs of cells share a set."""
    one = scale.dtype.type(1.0)
    for chain in range(shift.shape[0]):
        own, out = shift[chain], d_eta[chain]
        for run in range(len(starts) - 1):
            first, size, g = starts[run], starts[run + 1] - starts[run], group[starts[run]]
            for k in range(scale.shape[2]):
                s, weights, total = scale[chain, g, k], both[k], scale.dtype.type(0.0)
                for i in range(size):
                    cell = np.uintp(first + i)
                    slope = weights[cell] / (one + s * own[cell])
                    total += slope
                    out[cell] -= slope
                d_cut[chain, g, k] += total


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _odds(scale: Any, shift: Any, starts: Any, group: Any, out: Any) -> None:
    """``1 + scale shift`` of each threshold and cell, for one chain."""
    for run in range(len(starts) - 1):
        first, size, g = starts[run], starts[run + 1] - starts[run], group[starts[run]]
        for k in range(scale.shape[1]):
            s, own = scale[g, k], out[k]
            for i in range(size):
                cell = np.uintp(first + i)
                own[cell] = 1.0 + s * shift[cell]


# Factors of one product, whose logarithm is taken at once: it overflows beyond _LARGEST, and loses a digit by some 500.
_LEAST_FACTORS, _MOST_FACTORS, _LARGEST = 8.0, 256.0, 700.0
_POWER = 4.0  # answers about a threshold, up to which powers are products


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _less_log_odds(scale: Any, shift: Any, both: Any, group: Any, most: float, out: Any) -> None:
    """Take ``sum (n_k + n_{k+1}) log(1 + scale shift)`` from `out`, draws last everywhere; `most` factors to a product."""
    draws = len(out)
    product, factors = np.ones(draws), 0
    for cell in range(shift.shape[0]):
        own = shift[cell]
        for k in range(scale.shape[1]):
            weight = both[k, cell]
            if weight == 0.0:
                continue
            s = scale[group[cell], k]
            if weight > _POWER or weight != np.floor(weight):
                for d in range(draws):
                    out[d] -= weight * np.log(1.0 + s[d] * own[d])
                continue
            for _ in range(int(weight)):
                for d in range(draws):
                    product[d] *= 1.0 + s[d] * own[d]
            factors += int(weight)
            if factors >= most - _POWER:
                for d in range(draws):
                    out[d] -= np.log(product[d])
                product[:] = 1.0
                factors = 0
    for d in range(draws):
        out[d] -= np.log(product[d])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _bends(cut: Any, eta: Any, both: Any, group: Any, d_cut: Any, by_cell: Any, by_set: Any) -> None:
    """Take ``n p`` from `d_cut`, put ``n p (1 - p)`` into `by_cell` and add it up; p is up to a threshold."""
    for cell in range(len(eta)):
        g = group[cell]
        for k in range(cut.shape[1]):
            weight = both[k, cell]
            if weight == 0.0:
                continue
            z = cut[g, k] - eta[cell]
            e = np.exp(-abs(z))
            rest = 1.0 / (1.0 + e)
            d_cut[g, k] -= weight * (rest if z > 0.0 else e * rest)
            by_cell[cell, k] = weight * e * rest * rest
            by_set[g, k] += by_cell[cell, k]


class LogitSlopes:
    """Log-likelihood and derivatives of one table of counts.

    Parameters
    ----------
    counts
        Answers per cell and category, shape ``(cells, K)``.
    group
        Threshold set of each cell, shape ``(cells,)``; cells of a set had better stand together.
    sets
        Number of sets.
    """

    def __init__(self, counts: Floats, group: NDArray[np.int64], sets: int) -> None:
        self._both = np.ascontiguousarray((counts[:, :-1] + counts[:, 1:]).T)
        self._group = group
        self._starts = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1, [len(group)]])
        self._lower, self._upper = counts[:, :-1].sum(axis=1), counts[:, 1:].sum(axis=1)
        by_set = np.stack([np.bincount(group, column, minlength=sets) for column in counts.T], axis=1)
        self._set_lower, self._set_upper, self._inner = by_set[:, :-1], by_set[:, 1:], by_set[:, 1:-1]
        self._used = self._inner > 0
        self._rounded = (self._both.astype(np.float32), self._upper.astype(np.float32))

    def slopes(self, cut: Floats, eta: Floats) -> tuple[Floats, Floats]:
        """Derivatives of each chain by thresholds ``(chains, sets, K - 1)`` and locations ``(chains, cells)``.

        In the precision of `eta`; those by thresholds are sums over cells, and always in double precision.
        """
        return self._slopes(cut, np.exp(cut), np.exp(-eta))

    def __call__(self, cut: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Log-likelihood of each chain, and its derivatives; not finite some 700 logits from a threshold."""
        scale, shift = np.exp(cut), np.exp(-eta)
        gap = np.log(-np.expm1(cut[..., :-1] - cut[..., 1:]))
        value = np.einsum("csk,sk->c", cut, self._set_lower) - eta @ self._lower
        value += np.where(self._used, self._inner * gap, 0.0).sum(axis=(1, 2))
        odds = np.empty_like(self._both)
        for chain in range(len(eta)):
            _odds(scale[chain], shift[chain], self._starts, self._group, odds)
            value[chain] -= np.vdot(self._both, np.log(odds, out=odds))
        return value, *self._slopes(cut, scale, shift)

    def bends(self, cut: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:
        """Second derivatives for one draw, with thresholds ``(sets, K - 1)`` and locations ``(cells,)``.

        Returned: the gradient by thresholds; minus the derivatives of each location's gradient by its thresholds, which add
        up to its own second derivative, ``(cells, K - 1)``; minus the Hessian by thresholds, ``(sets, K - 1, K - 1)``.
        """
        steps = np.arange(cut.shape[1])
        d_cut, by_cell = self._set_lower.astype(float), np.zeros((len(eta), len(steps)))
        bent = np.zeros((len(cut), len(steps), len(steps)))
        by_set = np.zeros(cut.shape)
        _bends(cut, eta, self._both, self._group, d_cut, by_cell, by_set)
        gap = np.diff(cut, axis=1)
        with np.errstate(all="ignore"):
            slope = np.where(self._used, self._inner / np.expm1(gap), 0.0)
            # d^2/dgap^2 of log(1 - exp(-gap)), turned
            inner = np.where(self._used, 0.25 * self._inner / np.sinh(0.5 * gap) ** 2, 0.0)
        d_cut[:, 1:] += slope
        d_cut[:, :-1] -= slope
        by_set[:, 1:] += inner
        by_set[:, :-1] += inner
        bent[:, steps, steps] = by_set
        bent[:, steps[1:], steps[:-1]] = bent[:, steps[:-1], steps[1:]] = -inner
        return d_cut, -by_cell, bent

    def values(self, cut: Floats, eta: Floats) -> Floats:
        """Log-likelihood alone of many draws, whose locations are ``(cells, draws)``; not finite far from a threshold."""
        gap = np.log(-np.expm1(cut[..., :-1] - cut[..., 1:]))
        value = np.einsum("csk,sk->c", cut, self._set_lower) - self._lower @ eta
        value += np.where(self._used, self._inner * gap, 0.0).sum(axis=(1, 2))
        scale = np.ascontiguousarray(np.moveaxis(np.exp(cut), 0, -1))
        # No factor is larger than e to this.
        largest = np.log1p(np.exp(cut.max(initial=-np.inf) - eta.min(initial=np.inf)))
        most = float(np.clip(np.nan_to_num(_LARGEST / largest), _LEAST_FACTORS, _MOST_FACTORS))
        shift = np.negative(eta)
        np.exp(shift, out=shift)
        _less_log_odds(scale, shift, self._both, self._group, most, value)
        return np.asarray(value)

    def _slopes(self, cut: Floats, scale: Floats, shift: Floats) -> tuple[Floats, Floats]:
        d_cut = np.repeat(-self._set_upper[None], len(cut), axis=0)
        both, upper = self._rounded if shift.dtype == np.float32 else (self._both, self._upper)
        d_eta: Any = np.repeat(upper[None], len(cut), axis=0)
        _slopes(scale.astype(shift.dtype), shift, both, self._starts, self._group, d_cut, d_eta)
        # d/dgap of log(1 - exp(-gap))
        apart = np.where(self._used, self._inner / np.expm1(cut[..., 1:] - cut[..., :-1]), 0.0)
        d_cut[..., 1:] += apart
        d_cut[..., :-1] -= apart
        return d_cut, d_eta
