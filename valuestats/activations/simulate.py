"""Simulated counts and vectors of activations, with neurons and directions planted that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from valuestats.activations.counts import NeuronCounts
from valuestats.activations.rows import Activations

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


@dataclass(frozen=True)
class RowTruth:
    """What vectors are simulated from.

    Attributes
    ----------
    layers, groups, width
        Sizes.
    rows
        Rows of a group: with `pairs` half of them have either label, without all have the group's.
    pairs
        Whether a group holds both labels (a prompt with the value and one against it, in one context), or one.
    strength
        Distance between the means of the labels along the true direction, in standard deviations of a row's own noise, in
        the strongest layer; it rises from 0 in the first layer to there, and stays.
    context
        Standard deviation of what a group's rows share in each dimension.
    """

    layers: int = 6
    groups: int = 100
    width: int = 256
    rows: int = 2
    pairs: bool = True
    strength: float = 4.0
    context: float = 1.0


def simulate_rows(
    truth: RowTruth, rng: np.random.Generator, directions: Array | None = None
) -> tuple[Activations, Array]:
    r"""Vectors of labelled rows, and the true direction of each layer.

    A row of group g with label y (as 1 and -1) is :math:`c_g + \frac12 y\,s\,u + e` in each layer: u a random unit vector, s
    the strength, :math:`c_g \sim N(0, \text{context}^2 I)`, :math:`e \sim N(0, I)`.

    Parameters
    ----------
    truth
        Sizes and strengths.
    rng
        Source of random numbers.
    directions
        Of other rows, where new ones of the same truth are wanted; drawn first where not given.

    Returns
    -------
    tuple
        `Activations` with ``label`` (``with`` and ``against`` the value) and ``group``, and the unit directions, shape
        ``(layers, width)``.

    Examples
    --------
    >>> import numpy as np
    >>> found, direction = simulate_rows(RowTruth(2, 5, 8), np.random.default_rng(0))
    >>> found, direction.shape
    (<Activations: 2 layers, 10 rows, width 8>, (2, 8))
    """
    group = np.repeat(np.arange(truth.groups), truth.rows)
    kind = np.tile(np.arange(truth.rows) % 2, truth.groups) if truth.pairs else group % 2
    sign = 1.0 - 2.0 * kind
    direction = rng.normal(size=(truth.layers, truth.width)) if directions is None else directions
    direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    strength = layer_strengths(truth)
    values = np.empty((truth.layers, len(group), truth.width), dtype=np.float32)
    for layer in range(truth.layers):
        context = truth.context * rng.normal(size=(truth.groups, truth.width))
        noise = rng.normal(size=(len(group), truth.width))
        values[layer] = context[group] + noise + 0.5 * sign[:, None] * strength[layer] * direction[layer]
    table = pd.DataFrame(
        {"label": np.where(kind == 0, "with", "against"), "group": [f"g{g + 1:03d}" for g in group]}
    )
    return Activations(values, table), direction


def layer_strengths(truth: RowTruth) -> Array:
    """Distance between the labels' means in each layer.

    Examples
    --------
    >>> layer_strengths(RowTruth(layers=5, strength=4)).tolist()
    [0.0, 2.0, 4.0, 4.0, 4.0]
    """
    if truth.layers == 1:
        return np.array([truth.strength])
    return truth.strength * np.minimum(np.arange(truth.layers) / max(1, (truth.layers - 1) // 2), 1.0)


def true_accuracy(truth: RowTruth, weights: Array, intercepts: Array, direction: Array) -> Array:
    r"""Share of rows of new groups that each layer's linear rule labels rightly.

    A new row is :math:`N(\pm\frac12 s u, (1 + \text{context}^2) I)`, so the share is the mean over the two signs of
    :math:`\Phi\bigl((\frac12 s\,w'u \pm b)/(\sqrt{1 + \text{context}^2}\lVert w\rVert)\bigr)`; positive scores
    stand for the label ``with``.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.array([[1.0, 0.0]])
    >>> true_accuracy(RowTruth(layers=1, strength=2.0, context=0.0), u, np.zeros(1), u).round(3)
    array([0.841])
    """
    along = 0.5 * layer_strengths(truth) * (weights * direction).sum(axis=1)
    spread = np.sqrt(1 + truth.context**2) * np.linalg.norm(weights, axis=1)
    return np.asarray((ndtr((along + intercepts) / spread) + ndtr((along - intercepts) / spread)) / 2)
