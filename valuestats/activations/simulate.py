"""Simulated counts of active tokens, with neurons planted whose difference is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from valuestats.activations.counts import NeuronCounts

Array = NDArray[np.float64]
_BLOCK = 2_000_000


@dataclass(frozen=True)
class CountTruth:
    """What counts are simulated from.

    Attributes
    ----------
    layers, neurons, questions, tokens
        Sizes; tokens of an answer on average (they vary by a quarter).
    planted
        Neurons that tell the sides apart, spread over the layers.
    effect
        Smallest and largest difference of logits between the sides of a planted neuron; half of them lean to conflict.
    wobble
        Standard deviation (logits) of what one answer adds to a neuron's activity: answers differ, whatever the
        description. Without it tokens would be independent.
    shared
        Share of the wobble's variance that the neurons of a layer have in common.
    """

    layers: int = 8
    neurons: int = 512
    questions: int = 160
    tokens: int = 80
    planted: int = 40
    effect: tuple[float, float] = (0.5, 2.0)
    wobble: float = 0.8
    shared: float = 0.2


def simulate_counts(truth: CountTruth, rng: np.random.Generator) -> tuple[NeuronCounts, pd.DataFrame]:
    r"""Counts of two sides, and the true difference of each neuron.

    Neuron j of a layer is active on a token of the answer to question q on side k with probability
    :math:`\operatorname{logit}^{-1}(a_j + u_{jq} \pm b_j/2 + v_{jqk})`, :math:`a \sim N(-2.5, 1)`, :math:`u \sim N(0, .5^2)`
    shared by the sides, v the wobble, b the planted effect (0 for most).

    Returns
    -------
    tuple
        `NeuronCounts`, and a frame ``layer``, ``neuron``, ``planted``, ``truth`` (:math:`\delta`, integrated over u and v).

    Examples
    --------
    >>> import numpy as np
    >>> counts, table = simulate_counts(CountTruth(2, 10, 6, planted=3), np.random.default_rng(0))
    >>> counts.shape, int(table["planted"].sum())
    ((2, 10, 6), 3)
    """
    shape = truth.layers, truth.neurons, truth.questions
    size = truth.layers * truth.neurons
    effect = np.zeros(size)
    low, high = truth.effect
    chosen = rng.choice(size, truth.planted, replace=False)
    effect[chosen] = np.linspace(low, high, truth.planted) * np.where(np.arange(truth.planted) % 2, -1, 1)
    base = rng.normal(-2.5, 1.0, size)
    tokens = rng.integers(int(truth.tokens * 0.75), int(truth.tokens * 1.25) + 1, (2, truth.questions))
    kind = np.uint16 if tokens.max() < 2**16 else np.uint32
    sides = [np.empty(shape, dtype=kind) for _ in range(2)]
    own, common = truth.wobble * np.sqrt([1 - truth.shared, truth.shared])
    step = max(1, _BLOCK // truth.questions)
    for layer in range(truth.layers):
        factor = rng.normal(size=(2, truth.questions))
        for begin in range(0, truth.neurons, step):
            end = min(begin + step, truth.neurons)
            rows = slice(layer * truth.neurons + begin, layer * truth.neurons + end)
            block = (end - begin, truth.questions)
            load = rng.normal(size=(end - begin, 1))
            middle = base[rows, None] + 0.5 * rng.standard_normal(block)
            for k, sign in enumerate((0.5, -0.5)):
                noise = own * rng.standard_normal(block) + common * load * factor[k]
                logit = middle + sign * effect[rows, None] + noise
                sides[k][layer, begin:end] = rng.binomial(tokens[k], expit(logit))
    spread = np.sqrt(0.25 + truth.wobble**2)
    table = pd.DataFrame(
        {
            "layer": np.repeat(np.arange(truth.layers), truth.neurons),
            "neuron": np.tile(np.arange(truth.neurons), truth.layers),
            "planted": effect != 0,
            "truth": mean_share(base + effect / 2, spread) - mean_share(base - effect / 2, spread),
        }
    )
    return NeuronCounts(sides[0], sides[1], tokens), table


def mean_share(logit: Array, spread: Any) -> Array:
    """Mean of the inverse logit of a normal, by Gauss-Hermite quadrature.

    Examples
    --------
    >>> round(float(mean_share(np.array([0.0]), 1.0)[0]), 9)
    0.5
    """
    x, w = np.polynomial.hermite_e.hermegauss(60)
    return np.asarray(expit(logit[:, None] + spread * x) @ (w / w.sum()))
