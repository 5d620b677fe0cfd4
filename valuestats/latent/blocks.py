"""Blocks of coefficients of a latent design, their spreads and hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Scale:
    """A factor of a block's standard deviations, taken from a hyperparameter.

    Attributes
    ----------
    hyper
        Name of the hyperparameter.
    index
        Its element for each coefficient; None where it is one number.
    kind
        ``"log"``: ``exp(u)``; ``"share"``: ``sqrt(expit(u))``; ``"rest"``: ``sqrt(1 - expit(u))``, with u the
        unconstrained hyperparameter.
    """

    hyper: str
    index: Ints | None = None
    kind: Literal["log", "share", "rest"] = "log"


@dataclass(frozen=True)
class Block:
    """Coefficients that share a prior.

    Attributes
    ----------
    name
        Its name in the draws.
    term
        The term it feeds, or ``"thresholds"``.
    basis
        Levels of the term x coefficients; None for the identity.
    shape
        Shape of the coefficients in the draws.
    sd
        Standard deviation, or the constant factor of it.
    scales
        Factors of the standard deviation that are estimated.
    leaf
        See the text of `valuestats.latent.design`.
    within
        Cluster of each coefficient; see there.
    """

    name: str
    term: str
    basis: Any
    shape: tuple[int, ...]
    sd: float = 1.0
    scales: tuple[Scale, ...] = ()
    leaf: bool = False
    within: Ints | None = None

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class Hyper:
    """A hyperparameter on its unconstrained scale ``u``.

    Attributes
    ----------
    name, size
        Its name and number of elements.
    prior
        One of ``HYPER_PRIORS``, or ``"around"``: normal around the hyperparameter `centre` with standard
        deviation ``exp`` of the hyperparameter `spread`.
    scale
        The prior's scale or mean.
    centre, spread
        For ``"around"``; its coordinates are then ``(u - centre) / exp(spread)``.
    centred
        For ``"around"``: coordinates ``u``, near normal where data tell each well (Betancourt and Girolami 2015).
    """

    name: str
    size: int
    prior: str
    scale: float = 1.0
    centre: str = ""
    spread: str = ""
    centred: bool = False
