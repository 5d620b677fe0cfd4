"""Curves of a law on log scales: flat, power law with or without a floor, broken power law; many parameters at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
Shape = Literal["flat", "power", "broken"]

BEND = 0.25
"""Width of a break in natural logarithms of size: nine tenths of the change of slope lie within a factor of 2.1 each way."""
LOWEST = 15.0
"""A floor is held above the outcome's minimum times exp(-15), where it is none."""


@dataclass(frozen=True)
class Curve:
    r"""The logarithm of the expected outcome as a function of centred log sizes :math:`u_k`.

    flat :math:`e`; power :math:`\log(\exp e + \sum_k \exp(a_k - \alpha_k u_k))`, without floor the first term missing;
    broken :math:`a - \alpha u - (\alpha' - \alpha)\,s \log(1 + \exp((u - b)/s))` with s = `BEND`.

    Attributes
    ----------
    shape
        Which curve.
    inputs
        Sizes that enter, by column number of the matrix of log sizes.
    floor
        Whether a power law levels off.

    Examples
    --------
    >>> Curve("power", (0,), True).names(["size"])
    ['log floor', 'log coefficient', 'exponent']
    """

    shape: Shape
    inputs: tuple[int, ...] = ()
    floor: bool = False

    @property
    def size(self) -> int:
        """Number of parameters."""
        return {"flat": 1, "broken": 4, "power": self.floor + 2 * len(self.inputs)}[self.shape]

    def names(self, sizes: Sequence[str]) -> list[str]:
        """Parameters in their order, for sizes of these names."""
        if self.shape == "flat":
            return ["log level"]
        if self.shape == "broken":
            return ["log coefficient", "exponent", "change of exponent", "log break"]
        found = ["log floor"] if self.floor else []
        for k in self.inputs:
            of = f" of {sizes[k]}" if len(self.inputs) > 1 else ""
            found += [f"log coefficient{of}", f"exponent{of}"]
        return found

    def at(self, theta: Array, u: Array) -> tuple[Array, Array]:
        """Log outcomes and their derivatives.

        Parameters
        ----------
        theta
            Shape ``(sets, parameters)``.
        u
            Centred log sizes, shape ``(points, sizes)``.

        Returns
        -------
        tuple of numpy.ndarray
            Shapes ``(sets, points)`` and ``(sets, parameters, points)``.
        """
        value = np.empty((len(theta), len(u)))
        slope = np.empty((len(theta), self.size, len(u)))
        if self.shape == "flat":
            value[:], slope[:] = theta[:, :1], 1.0
            return value, slope
        if self.shape == "broken":
            x = u[:, self.inputs[0]]
            a, alpha, change, where = (theta[:, [k]] for k in range(4))
            z = (x - where) / BEND
            rise = BEND * np.logaddexp(0.0, z)
            value[:] = a - alpha * x - change * rise
            slope[:, 0], slope[:, 1], slope[:, 2] = 1.0, -x, -rise
            slope[:, 3] = change * expit(z)
            return value, slope
        first = int(self.floor)
        parts = np.empty((len(theta), first + len(self.inputs), len(u)))
        if self.floor:
            parts[:, 0] = theta[:, :1]
        for j, k in enumerate(self.inputs):
            parts[:, first + j] = theta[:, [first + 2 * j]] - theta[:, [first + 2 * j + 1]] * u[:, k]
        top = parts.max(axis=1, keepdims=True)
        np.exp(parts - top, out=parts)
        total = parts.sum(axis=1)
        value[:] = top[:, 0] + np.log(total)
        parts /= total[:, None]
        if self.floor:
            slope[:, 0] = parts[:, 0]
        for j, k in enumerate(self.inputs):
            slope[:, first + 2 * j] = parts[:, first + j]
            slope[:, first + 2 * j + 1] = -parts[:, first + j] * u[:, k]
        return value, slope

    def starts(self, y: Array, u: Array, n: int, rng: np.random.Generator) -> Array:
        """Starting values spread over where an optimum may lie, shape ``(n, parameters)``; `y` are log outcomes."""
        low, high = float(y.min()), float(y.max())
        room = max(high - low, 0.1)
        theta = np.empty((n, self.size))
        if self.shape == "flat":
            theta[:, 0] = rng.uniform(low, high, n)
            return theta
        spread = np.maximum(np.ptp(u, axis=0), 1e-9)
        if self.shape == "broken":
            x = spread[self.inputs[0]]
            theta[:, 0] = rng.uniform(low, high, n)
            theta[:, 1:3] = rng.normal(0.0, 1.5 * room / x, (n, 2))
            inner = np.quantile(u[:, self.inputs[0]], [0.05, 0.95])
            theta[:, 3] = inner[0] + (inner[1] - inner[0]) * rng.random(n)
            return theta
        first = int(self.floor)
        if self.floor:
            theta[:, 0] = low - rng.exponential(room, n)
        for j, k in enumerate(self.inputs):
            theta[:, first + 2 * j] = rng.uniform(low - 2 * room, high, n)
            steep = rng.uniform(-0.5, 4.0, n) if self.floor else rng.normal(0.0, 1.5, n)
            theta[:, first + 2 * j + 1] = steep * room / spread[k]
        return theta
