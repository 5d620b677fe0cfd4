"""Neurons that tell a value from its opposite, by published thresholds or with the question as the unit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.activations.contrasts import (
    Compared,
    Unit,
    compared,
    entropy,
    layers_of,
    p_values,
    swaps,
)
from valuestats.activations.counts import NeuronCounts, question_notes, question_tally
from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import JACKKNIFE, LEAST
from valuestats.statistics.multiplicity import adjusted_p

Array = NDArray[np.float64]
Rule = Literal["fdr", "threshold", "top", "entropy"]
Compat = Literal["published"]

ACTIVE = 0.95
"""Quantile of activity below which the entropy of a neuron is not looked at (Tang et al. 2024)."""
CITATIONS = (
    "Su et al. (2025), Understanding how value neurons shape the generation of specified values in LLMs",
    "Benjamini and Hochberg (1995)",
    "Benjamini and Yekutieli (2005), false coverage rate of selected parameters",
    "Tusher, Tibshirani and Chu (2001), permuted labels as the count of false selections",
    "Tang et al. (2024), language-specific neurons",
)


@dataclass(frozen=True)
class _Cut:
    """How a rule scores a neuron, from where on it is selected, and which were."""

    score: Callable[[Compared], Array]
    least: float
    chosen: NDArray[np.bool_]


@checked
def select_neurons(
    counts: NeuronCounts,
    *,
    rule: Rule = "fdr",
    unit: Unit = "question",
    threshold: float = 0.1,
    top: Annotated[int | None, Whole(1)] = None,
    false_discovery: float = 0.05,
    compat: Compat | None = None,
    shuffles: Annotated[int, Whole(1)] = 20,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Neurons whose activity differs between two opposed descriptions.

    Estimand: for each neuron, :math:`\delta`, the probability of being active on a token of an answer under the description
    that holds the value, less that under its opposite. With ``unit="question"`` it is the mean over questions of the
    differences of shares, :math:`\delta = \frac1n\sum_q (s_q/T_q - c_q/U_q)`, tested by Student's t over questions; with
    ``"token"`` the difference of the shares of all tokens, tested as if tokens were independent, which those of one answer
    are not: such a test tells answers apart, not descriptions.

    Rules: ``"fdr"`` adjusted p-values of all neurons (Benjamini and Hochberg) at most `false_discovery`; ``"threshold"``
    :math:`|\delta|` at least `threshold`; ``"top"`` the `top` largest :math:`|\delta|`; ``"entropy"`` the `top` lowest
    entropies of :math:`\delta`'s two shares among the most active 5% (`valuestats.activations.contrasts.entropy`).
    ``compat="published"`` is Su et al.'s rule: shares of all tokens, :math:`\delta` itself (the supporting side alone) at
    least `threshold`, of which the `top` largest where given, and no interval.

    How many the same cut would select where there is nothing to select is counted by swapping the two sides of each
    question at random, `shuffles` times. Intervals are at the level :math:`1 - (1 - \text{level}) R/m` for R neurons
    selected of m tested, so that at most 1 - level of those printed miss on average (false coverage rate).

    Parameters
    ----------
    counts
        Active tokens of each neuron and question by side.
    rule, unit
        See above.
    threshold
        Of the difference of probabilities.
    top
        How many; for ``"entropy"`` a hundredth of all neurons where not given.
    false_discovery
        Largest expected share of false selections.
    compat
        ``"published"``: the published rule, for ``"threshold"`` and ``"top"``.
    shuffles, seed
        Random swaps of the sides, and their seed.
    level
        See above.

    Returns
    -------
    Result
        Kind ``"neurons"``, keys ``("layer", "neuron")``, one row per selected neuron, the surest first (numbers from 0):
        ``estimate`` (:math:`\delta`), ``side``, ``support_share`` and ``conflict_share`` (of all tokens), ``p_value`` and
        ``p_adjusted`` over all neurons (of questions, or tokens), ``n_scored`` questions used of ``n_asked``, ``n_units``.
        ``meta["selection"]`` holds ``neurons``, ``tested`` (those whose activity varies), ``selected``, ``cut`` (of the
        rule's score), ``swapped`` (mean number beyond the cut with the sides swapped), ``swapped_share`` (of the selected).

    Raises
    ------
    SpecificationError
        Fewer than two questions with both answers, no neuron that varies, a published rule that is none, no `top`.

    References
    ----------
    Su et al. (2025); Benjamini and Hochberg (1995); Benjamini and Yekutieli (2005); Tusher, Tibshirani and Chu (2001).

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats import NeuronCounts, select_neurons
    >>> rng = np.random.default_rng(0)
    >>> support, conflict = rng.binomial(50, 0.2, (2, 2, 30, 40))
    >>> support[1, 7] = rng.binomial(50, 0.5, 40)
    >>> found = select_neurons(NeuronCounts(support, conflict, np.full(40, 50)))
    >>> found.estimates[["layer", "neuron", "side"]].to_numpy().tolist()
    [[1, 7, 'support']]
    """
    started = time.perf_counter()
    if compat is not None:
        if rule not in ("threshold", "top"):
            raise SpecificationError(
                "no such rule was published", parameter="rule", got=rule, expected="threshold or top"
            )
        unit = "token"
    if rule == "top" and top is None:
        raise SpecificationError("how many are to be selected", parameter="top", expected="a whole number")
    tally = question_tally(counts)
    used = tally["used"]
    if used < 2:
        raise SpecificationError(
            "too few questions to compare",
            parameter="counts",
            got=f"{counted(used, 'question')} with both answers",
            expected="two or more",
        )
    found = layers_of(counts, unit)
    tested = np.isfinite(found["test"])
    if not tested.any():
        raise SpecificationError(
            "no neuron's activity varies",
            parameter="counts",
            got="each neuron is as often active in all answers",
            expected="counts that differ between questions",
        )
    p = p_values(found["test"], unit, used)
    adjusted = adjusted_p(p.ravel()).reshape(p.shape)
    cut = _cut(found, adjusted, rule, threshold, top, false_discovery, one_sided=compat is not None)
    if compat is not None and rule == "threshold" and top is not None:
        cut = _largest(cut, found["delta"], top)
    beyond = _swapped(counts, unit, cut, shuffles, np.random.default_rng(seed))
    chosen = cut.chosen
    selected, m = int(chosen.sum()), int(tested.sum())
    layer, neuron = np.nonzero(chosen)
    reach = level if compat is not None or not selected else 1 - (1 - level) * min(1.0, selected / m)
    width = stats.t.ppf((1 + reach) / 2, used - 1) if unit == "question" else stats.norm.ppf((1 + reach) / 2)
    with_interval = compat is None and (unit == "token" or used >= LEAST)
    delta, error = found["delta"][chosen], found["error"][chosen]
    half = width * error if with_interval else np.full(selected, np.nan)
    frame = pd.DataFrame(
        {
            "estimand": "difference in the probability of being active",
            "layer": layer,
            "neuron": neuron,
            "estimate": delta,
            "std_error": error,
            "lower": np.maximum(delta - half, -1.0),
            "upper": np.minimum(delta + half, 1.0),
            "level": level,
            "interval": ("none" if not with_interval else JACKKNIFE if unit == "question" else "Wald"),
            "side": np.where(delta > 0, "support", "conflict"),
            "support_share": found["support"][chosen],
            "conflict_share": found["conflict"][chosen],
            "p_value": p[chosen],
            "p_adjusted": adjusted[chosen],
            "n_scored": used,
            "n_asked": counts.shape[2],
            "n_units": used,
        }
    )
    size = np.abs(delta) if rule in ("threshold", "top") else -p[chosen]
    frame = frame.iloc[np.lexsort((neuron, layer, -size))].reset_index(drop=True)
    selection: dict[str, Any] = {
        "neurons": int(np.prod(counts.shape[:2])),
        "tested": m,
        "selected": selected,
        "cut": None if not np.isfinite(cut.least) else float(cut.least),
        "swapped": float(beyond.mean()),
        "swapped_share": float(min(beyond.mean() / selected, 1.0)) if selected else None,
    }
    specification = {
        "rule": rule,
        "unit": unit,
        "threshold": threshold if rule == "threshold" else None,
        "top": top,
        "false_discovery": false_discovery if rule == "fdr" else None,
        "compat": compat,
        "shuffles": shuffles,
        "level": level,
    }
    meta = make_meta(
        "contrast of neurons between two opposed descriptions",
        specification,
        citations=CITATIONS,
        seed=seed,
        warnings=question_notes(tally),
        seconds=time.perf_counter() - started,
        selection=selection,
        questions=tally,
    )
    return Result("neurons", frame, ("layer", "neuron"), meta)


def _cut(
    found: dict[str, Array],
    adjusted: Array,
    rule: Rule,
    threshold: float,
    top: int | None,
    false_discovery: float,
    *,
    one_sided: bool,
) -> _Cut:
    if rule == "fdr":
        chosen = adjusted <= false_discovery
        size = np.abs(found["test"])
        least = float(size[chosen].min()) if chosen.any() else np.inf
        return _Cut(lambda c: np.abs(c.test), least, chosen)
    if rule == "entropy":
        active = np.maximum(found["support"], found["conflict"])
        floor = float(np.quantile(active, ACTIVE))

        def score(c: Compared) -> Array:
            kept = np.maximum(c.support, c.conflict) >= floor
            return np.where(kept, -entropy(c.support, c.conflict), -np.inf)

        whole = Compared(**found)
        return _top(score, score(whole), top or max(1, active.size // 100))

    def difference(c: Compared) -> Array:
        return c.delta if one_sided else np.abs(c.delta)

    scores = difference(Compared(**found))
    if rule == "top":
        return _top(difference, scores, top or 1)
    return _Cut(difference, threshold, scores >= threshold)


def _top(score: Callable[[Compared], Array], scores: Array, top: int) -> _Cut:
    """The largest scores; of ties at the end, those that come first."""
    flat = np.where(np.isfinite(scores), scores, -np.inf).ravel()
    order = np.argsort(-flat, kind="stable")[:top]
    order = order[np.isfinite(flat[order])]
    chosen = np.zeros(flat.size, dtype=bool)
    chosen[order] = True
    least = float(flat[order[-1]]) if len(order) else np.inf
    return _Cut(score, least, chosen.reshape(scores.shape))


def _largest(cut: _Cut, delta: Array, top: int) -> _Cut:
    """Of what passes a threshold, the largest."""
    both = _top(cut.score, np.where(cut.chosen, delta, -np.inf), top)
    return _Cut(cut.score, max(both.least, cut.least), both.chosen)


def _swapped(
    counts: NeuronCounts, unit: Unit, cut: _Cut, shuffles: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many neurons are beyond the cut with the sides of each question swapped at random, by swap."""
    signs = swaps(int(counts.used.sum()), shuffles, rng)
    beyond = np.zeros(shuffles, dtype=np.int64)
    if not np.isfinite(cut.least):
        return beyond
    for layer in range(counts.shape[0]):
        scores = np.nan_to_num(cut.score(compared(counts, layer, unit, signs)), nan=-np.inf)
        beyond += (scores >= cut.least).sum(axis=0)
    return beyond
