"""Simulated counts of neurons and edited answers in the layout that the method needs, with a truth that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.activations.counts import NeuronCounts
from valuestats.activations.simulate import CountTruth, simulate_counts

EDITS = {"forward": 0.6, "reverse": -0.5}
"""True change of the value score (0 to 10) by editing the chosen neurons, up and down."""
BROKEN = {"forward": 0.15, "reverse": 0.05}
"""Share of answers that the edit breaks; the simulated judge scores them 9, as they repeat the value's own words."""
PLAIN, PLACEBO, SPREAD = 5.0, "placebo", 0.15
_WORDS = (
    "I would ask them first what they need and then look for a way that suits us both; most of it can wait a day or two. "
    "My sister once had the same choice at work, took the longer road and never regretted it, so I think it over again."
)


def simulated_neuron_counts(
    *,
    layers: int = 12,
    neurons: int = 1024,
    questions: int = 160,
    planted: int = 60,
    wobble: float = 0.8,
    seed: int = 0,
) -> NeuronCounts:
    """Counts of `valuestats.activations.simulate.simulate_counts`; five answers are degenerate, and one did not come.

    Examples
    --------
    >>> simulated_neuron_counts(layers=2, neurons=20, questions=30, planted=3, seed=1)
    <NeuronCounts: 2 layers of 20 neurons, 30 questions>
    """
    truth = CountTruth(layers, neurons, questions, planted=planted, wobble=wobble)
    counts = simulate_counts(truth, np.random.default_rng(seed))[0]
    tokens, degenerate = counts.tokens.copy(), np.zeros((2, questions), dtype=bool)
    degenerate[0, 1:6] = True
    tokens[1, 0] = 0
    counts.conflict[:, :, 0] = 0
    return NeuronCounts(counts.support, counts.conflict, tokens, counts.questions, degenerate)


def simulated_neuron_truth(
    *,
    layers: int = 12,
    neurons: int = 1024,
    questions: int = 160,
    planted: int = 60,
    wobble: float = 0.8,
    seed: int = 0,
) -> pd.DataFrame:
    """The true difference of each neuron of `simulated_neuron_counts`.

    Examples
    --------
    >>> int(simulated_neuron_truth(layers=2, neurons=20, questions=30, planted=3, seed=1)["planted"].sum())
    3
    """
    truth = CountTruth(layers, neurons, questions, planted=planted, wobble=wobble)
    return simulate_counts(truth, np.random.default_rng(seed))[1]


def simulated_edits(*, questions: int = 120, sets: int = 20, seed: int = 0) -> pd.DataFrame:
    """Answers and their value scores without an edit, with neurons edited up and down, and with placebo sets edited up.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``condition`` (``plain``, ``forward``, ``reverse``, ``placebo``), ``set`` (of the placebo), ``raw``,
        ``score`` (0 to 10). Each placebo set changes scores by :math:`N(0, .15^2)`.

    Examples
    --------
    >>> simulated_edits(questions=4, sets=2, seed=1)["condition"].value_counts().to_dict()
    {'placebo': 8, 'plain': 4, 'forward': 4, 'reverse': 4}
    """
    rng = np.random.default_rng(seed)
    level = PLAIN + rng.normal(0, 1.0, questions)
    shift = [("plain", np.nan, 0.0, 0.0)]
    shift += [(name, np.nan, effect, BROKEN[name]) for name, effect in EDITS.items()]
    shift += [(PLACEBO, float(k), float(x), 0.02) for k, x in enumerate(rng.normal(0, SPREAD, sets))]
    words = _WORDS.split()
    parts = []
    for name, number, change, broken in shift:
        lost = rng.random(questions) < broken
        score = np.clip(level + change + rng.normal(0, 0.7, questions), 0, 10)
        texts = [
            "care " * 30 if gone else " ".join(rng.permutation(words)[: rng.integers(20, 35)])
            for gone in lost
        ]
        parts.append(
            pd.DataFrame(
                {
                    "item": [f"q{k + 1:03d}" for k in range(questions)],
                    "condition": name,
                    "set": number,
                    "raw": texts,
                    "score": np.where(lost, 9.0, score),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
