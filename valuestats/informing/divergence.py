"""How far models' answers to one item lie apart, corrected for the noise of few answers and few models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valuestats.informing.cube import AnswerCube
from valuestats.statistics.entropy import plugin_entropy, without_one
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]
Measure = Literal["gjs", "disagreement"]

_AT_ONCE = 4_000_000
"""Numbers of shares held at once."""


def bits(counts: Array) -> Array:
    """Entropy in bits of the shares along the last axis."""
    return plugin_entropy(counts) / np.log(2)


def gini(counts: Array) -> Array:
    """Probability that two answers drawn from the shares along the last axis differ."""
    total = counts.sum(axis=-1, keepdims=True)
    return 1.0 - (ratio(counts, np.broadcast_to(total, counts.shape)) ** 2).sum(axis=-1)


SPREAD: dict[str, Callable[[Array], Array]] = {"gjs": bits, "disagreement": gini}
"""Spread of the answers of a mixture; informativeness is that of all models' less the mean of each model's own."""


@dataclass(frozen=True)
class Spreads:
    """What the informativeness of each item is made of.

    Attributes
    ----------
    shares
        Answers of each model as shares, zero where it answered too seldom, shape ``(models, items, K)``.
    own
        Spread of each model's own answers, corrected by leaving out one of them, zero where unusable;
        shape ``(models, items)``.
    plugin
        The same, uncorrected.
    usable
        Where a model answered often enough.
    measure
        Which spread.
    """

    shares: Array
    own: Array
    plugin: Array
    usable: NDArray[np.bool_]
    measure: Measure

    @property
    def models(self) -> Array:
        """Models that answered an item often enough, shape ``(items,)``."""
        return self.usable.sum(axis=0).astype(float)

    def together(self, weights: Array) -> Array:
        """Spread of all models' answers together, each model by its weight, shape ``(rows, items)``."""
        spread = SPREAD[self.measure]
        items, size = self.shares.shape[1:]
        step = max(1, _AT_ONCE // max(len(weights) * size, 1))
        found = [
            spread(np.einsum("rm,mik->rik", weights, self.shares[:, k : k + step], optimize=True))
            for k in range(0, items, step)
        ]
        return np.concatenate(found, axis=1)

    def alone(self, weights: Array) -> Array:
        """Mean spread of the models' own answers, each model by its weight, shape ``(rows, items)``."""
        return ratio(weights @ self.own, weights @ self.usable)

    def uncorrected(self, weights: Array) -> Array:
        """Spread together less the mean alone, the mixture's not corrected for the number of models."""
        return self.together(weights) - self.alone(weights)

    def corrected(self, weights: Array) -> Array:
        r"""The same with the mixture corrected by leaving out one of the models that are in, shape ``(rows, items)``.

        :math:`M\,H - \frac{M-1}{M}\sum_m H_{(-m)}` over the M models of each row's weights, which are 0 or 1.
        """
        n = weights @ self.usable
        whole = self.together(weights)
        left = np.zeros(whole.shape)
        for m in range(len(self.shares)):
            rows = weights[:, m] > 0
            if rows.any():
                fewer = weights[rows].copy()
                fewer[:, m] = 0.0
                left[rows] += np.where(self.usable[m], self.together(fewer), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = n * whole - (n - 1) / n * left - self.alone(weights)
        return np.where(n > 1, found, np.nan)


def spreads(cube: AnswerCube, measure: Measure, least: int = 2) -> Spreads:
    """Shares of the answers of each model and their own spread, of those that answered an item `least` times."""
    usable = cube.counts.sum(axis=2) >= least
    counts = cube.counts * usable[..., None]
    total = counts.sum(axis=2, keepdims=True)
    spread = SPREAD[measure]
    safe = np.where(usable[..., None], counts, 1.0)
    return Spreads(
        shares=np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0),
        own=np.where(usable, without_one(safe, spread), 0.0),
        plugin=np.where(usable, spread(safe), 0.0),
        usable=usable,
        measure=measure,
    )
