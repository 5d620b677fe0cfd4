"""Neurons that halves of the questions select again and again, with a bound on how many of them are false."""

from __future__ import annotations

import time
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.activations.counts import NeuronCounts, question_notes, question_tally
from valuestats.base.allowed import Number, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.results.meta import make_meta
from valuestats.results.result import Result

Array = NDArray[np.float64]
CITATIONS = (
    "Meinshausen and Bühlmann (2010), Stability selection",
    "Shah and Samworth (2013), Variable selection with error control",
)
_LEAST = 8


@checked
def neuron_stability(
    counts: NeuronCounts,
    *,
    top: Annotated[int, Whole(1)] = 100,
    splits: int = 50,
    cutoff: Annotated[float, Number(0.5, 1.0, "]")] = 0.9,
    seed: int = 0,
) -> Result:
    r"""How often each neuron is among the `top` when the questions are split in halves, and how many of them may be false.

    Estimand: :math:`\pi_j`, the share of half samples of questions in which neuron j is among the k largest :math:`|t|` of
    `valuestats.select_neurons`. Each split gives both of its halves (Shah and Samworth 2013). The neurons with
    :math:`\pi_j` at least :math:`\tau` are stable; with m neurons the expected number of them that are selected no more
    often than at random is at most

    .. math:: \frac{k^2}{(2\tau - 1)\, m}

    (Meinshausen and Bühlmann 2010, theorem 1, whose exchangeability complementary pairs do without: neurons whose chance of
    selection is at most k/m count as false).

    Parameters
    ----------
    counts
        Active tokens of each neuron and question by side.
    top
        k, how many a half selects.
    splits
        Random splits of the questions.
    cutoff
        :math:`\tau`.
    seed
        Of the splits.

    Returns
    -------
    Result
        Kind ``"neuron_stability"``, keys ``("layer", "neuron")``, the stable neurons, most frequent first: ``estimate`` is
        :math:`\pi_j`, ``side`` the sign of the difference, no interval. ``meta["stability"]`` holds ``top``, ``cutoff``,
        ``tested``, ``stable`` and ``bound``.

    Raises
    ------
    SpecificationError
        Fewer than eight questions with both answers; a `top` of more neurons than vary.

    References
    ----------
    Meinshausen and Bühlmann (2010); Shah and Samworth (2013).

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats import NeuronCounts, neuron_stability
    >>> rng = np.random.default_rng(0)
    >>> support, conflict = rng.binomial(50, 0.2, (2, 2, 30, 40))
    >>> support[1, 7] = rng.binomial(50, 0.5, 40)
    >>> found = neuron_stability(NeuronCounts(support, conflict, np.full(40, 50)), top=2)
    >>> found.estimates[["layer", "neuron", "estimate"]].iloc[0].tolist()
    [1.0, 7.0, 1.0]
    """
    started = time.perf_counter()
    tally = question_tally(counts)
    used = tally["used"]
    if used < _LEAST:
        raise SpecificationError(
            "too few questions to split",
            parameter="counts",
            got=f"{counted(used, 'question')} with both answers",
            expected=f"{_LEAST} or more",
        )
    halves = _halves(used, splits, np.random.default_rng(seed))
    layers, neurons, asked = counts.shape
    size = layers * neurons
    test = np.empty((size, halves.shape[1]), dtype=np.float32)
    delta = np.empty(size)
    tokens = counts.tokens[:, counts.used].astype(float)
    n = halves.sum(axis=0)
    for layer in range(layers):
        one, two = counts.active(layer)
        own = one / tokens[0] - two / tokens[1]
        mean = own @ halves / n
        spread = np.maximum(own**2 @ halves / n - mean**2, 0.0)
        rows = slice(layer * neurons, (layer + 1) * neurons)
        with np.errstate(divide="ignore", invalid="ignore"):
            test[rows] = np.where(spread > 1e-24, np.abs(mean) / np.sqrt(spread / (n - 1)), 0.0)
        delta[rows] = own.mean(axis=1)
    tested = int((test > 0).any(axis=1).sum())
    if top >= tested:
        raise SpecificationError(
            "as many selected as there are neurons",
            parameter="top",
            got=top,
            expected=f"fewer than the {tested} that vary",
        )
    often = np.zeros(size)
    for half in test.T:
        often[np.argpartition(-half, top - 1)[:top]] += 1
    share = often / halves.shape[1]
    stable = np.flatnonzero(share >= cutoff)
    stable = stable[np.lexsort((stable, -np.abs(delta[stable]), -share[stable]))]
    frame = pd.DataFrame(
        {
            "estimand": "share of halves of the questions that select the neuron",
            "layer": stable // neurons,
            "neuron": stable % neurons,
            "estimate": share[stable],
            "std_error": np.nan,
            "lower": np.nan,
            "upper": np.nan,
            "level": np.nan,
            "interval": "none",
            "side": np.where(delta[stable] > 0, "support", "conflict"),
            "difference": delta[stable],
            "n_scored": used,
            "n_asked": asked,
            "n_units": used,
        }
    )
    bound = top**2 / ((2 * cutoff - 1) * tested)
    meta = make_meta(
        "stability selection of neurons over halves of the questions",
        {"top": top, "splits": splits, "cutoff": cutoff},
        citations=CITATIONS,
        seed=seed,
        warnings=question_notes(tally),
        seconds=time.perf_counter() - started,
        questions=tally,
        stability={
            "top": top,
            "cutoff": cutoff,
            "tested": tested,
            "stable": len(stable),
            "bound": bound,
        },
    )
    return Result("neuron_stability", frame, ("layer", "neuron"), meta)


def _halves(questions: int, splits: int, rng: np.random.Generator) -> Array:
    """Both halves of random splits as 0 and 1, shape ``(questions, 2 splits)``; an odd question is in neither."""
    half = questions // 2
    found = np.zeros((questions, 2 * splits))
    for k in range(splits):
        order = rng.permutation(questions)
        found[order[:half], 2 * k] = 1.0
        found[order[half : 2 * half], 2 * k + 1] = 1.0
    return found
