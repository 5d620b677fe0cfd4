"""What tells the two sides apart, neuron by neuron: differences, tests, entropies, and the same with sides swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from valuestats.activations.counts import NeuronCounts

Array = NDArray[np.float64]
Unit = Literal["question", "token"]


@dataclass(frozen=True)
class Compared:
    """The two sides of one layer, under one or more ways of swapping them.

    Attributes
    ----------
    delta, error, test
        Difference of the shares of active tokens, its standard error, and their ratio (NaN where neither varies); shape
        ``(neurons, ways)``.
    support, conflict
        Shares of all tokens on which the neuron was active, same shape.
    """

    delta: Array
    error: Array
    test: Array
    support: Array
    conflict: Array


def compared(counts: NeuronCounts, layer: int, unit: Unit, signs: Array) -> Compared:
    r"""Differences of one layer.

    With :math:`s_q, c_q` active of :math:`T_q, U_q` tokens and :math:`\epsilon_q = -1` where the sides of question q are
    swapped: unit ``"question"`` has :math:`d_q = s_q/T_q - c_q/U_q`, :math:`\delta = \frac1n\sum_q \epsilon_q d_q` and
    :math:`t = \delta\sqrt n / \operatorname{sd}(\epsilon d)`; ``"token"`` the difference of the pooled shares
    :math:`\sum s/\sum T - \sum c/\sum U` and its z of two proportions, as if tokens were independent.

    Parameters
    ----------
    counts
        See `NeuronCounts`.
    layer
        Number of the layer.
    unit
        What is taken as independent.
    signs
        1, or -1 where a question's sides are swapped, shape ``(questions used, ways)``.
    """
    one, two = counts.active(layer)
    tokens = counts.tokens[:, counts.used].astype(float)
    half = (one + two).sum(axis=1, keepdims=True) / 2
    turned = (one - two) @ signs / 2
    total, turn = tokens.sum() / 2, (tokens[0] - tokens[1]) @ signs / 2
    here, there = total + turn, total - turn
    support, conflict = (half + turned) / here, (half - turned) / there
    n = len(signs)
    with np.errstate(divide="ignore", invalid="ignore"):
        if unit == "token":
            delta = support - conflict
            share = 2 * half / (here + there)
            error = np.sqrt(share * (1 - share) * (1 / here + 1 / there))
        else:
            own = one / tokens[0] - two / tokens[1]
            delta = own @ signs / n
            spread = np.maximum((own**2).sum(axis=1, keepdims=True) - n * delta**2, 0.0)
            error = np.sqrt(spread / (n * (n - 1)))
        error = np.where(error > 1e-12, error, 0.0)
        test = np.where(error > 0, delta / error, np.nan)
    return Compared(delta, error, test, support, conflict)


def p_values(test: Array, unit: Unit, n: int) -> Array:
    """Two-sided p-values of Student's t over n questions, or of a normal z over tokens; NaN where there is no test."""
    tail = special.stdtr(n - 1, -np.abs(test)) if unit == "question" else special.ndtr(-np.abs(test))
    return np.asarray(2 * tail)


def entropy(support: Array, conflict: Array) -> Array:
    r"""Entropy of how a neuron's activity divides over the sides, in bits: 1 where it is even, 0 where one side has all.

    :math:`-\sum_k \pi_k \log_2 \pi_k` with :math:`\pi` the two shares over their sum (Tang et al. 2024, of two languages);
    NaN where the neuron is never active.

    Examples
    --------
    >>> import numpy as np
    >>> entropy(np.array([0.2, 0.3]), np.array([0.2, 0.0]))
    array([1., 0.])
    """
    both = support + conflict
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(both > 0, support / both, np.nan)
    return np.asarray((special.entr(share) + special.entr(1 - share)) / np.log(2)) + 0.0


def swaps(questions: int, ways: int, rng: np.random.Generator) -> Array:
    """Signs that swap the sides of each question with probability one half, shape ``(questions, ways)``."""
    return np.where(rng.random((questions, ways)) < 0.5, -1.0, 1.0)


def layers_of(counts: NeuronCounts, unit: Unit) -> dict[str, Array]:
    """The comparison as it is, of all layers: arrays of shape ``(layers, neurons)`` by the names of `Compared`."""
    names = ("delta", "error", "test", "support", "conflict")
    found: dict[str, Any] = {name: np.empty(counts.shape[:2]) for name in names}
    plain = np.ones((int(counts.used.sum()), 1))
    for layer in range(counts.shape[0]):
        part = compared(counts, layer, unit, plain)
        for name in names:
            found[name][layer] = getattr(part, name)[:, 0]
    return found
