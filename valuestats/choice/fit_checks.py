"""What a choice model says of the counts it was fitted to: expected and replicated choices, residuals, cycles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws, own_columns, utilities
from valuestats.regression.methods import predictive_p

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REPLICATES, _FEWER, _MANY = 300, 100, 5_000_000
"""Draws of which choices are made anew, and fewer where stages and draws together are many."""
_STAGE_BY_STAGE = (
    8_000_000  # stages x replicates, beyond which those of a pair of options are replicated together
)


@dataclass(frozen=True)
class Tallies:
    """How alternatives add up: by pair of options and what was taken of it; of larger sets by what was taken.

    Attributes
    ----------
    adds
        ``(tallies, alternatives)`` of 0 and 1, or of an option's share in an alternative.
    low, high, result
        Of each tally the two options (-1 in larger sets: the option, and -1) and what was taken: 0 the first, 1 the second,
        2 … ties and outcomes.
    """

    adds: csr_array
    low: Ints
    high: Ints
    result: Ints

    @property
    def of_pair(self) -> NDArray[np.bool_]:
        """Tallies of pairs of options."""
        return self.high >= 0


def tallies(design: ChoiceDesign) -> Tallies:
    """Alternatives by pair of options and result; of first stages of larger sets by option, tie or outcome."""
    stages, options = design.rows.stages, design.rows.option_of
    start = stages.start
    width = np.diff(start)
    n = len(design.rows.options)
    kinds = 2 + max(stages.per, 1)
    if not hasattr(stages, "weights"):
        one, two = options[stages.first], options[stages.second]
        pair = np.minimum(one, two) * n + np.maximum(one, two)
        turned = np.repeat(one > two, 3)
        result = np.tile([0, 1, 2], len(one))
        result = np.where(turned & (result < 2), 1 - result, result)
        code = np.repeat(pair, 3) * kinds + result
        at, value = np.arange(len(code)), np.ones(len(code))
    else:
        code, at, value = _of_stages(stages, options, n, kinds, start, width)
    found, tally = np.unique(code, return_inverse=True)
    adds = csr_array((value, (tally, at)), shape=(len(found), int(start[-1])))
    pair, result = np.divmod(found, kinds)
    low, high = np.divmod(pair, n)
    larger = pair >= n * n
    low = np.where(larger, pair - n * n, low)
    return Tallies(adds, low, np.where(larger, -1, high), result)


def _of_stages(
    stages: object, options: Ints, n: int, kinds: int, start: Ints, width: Ints
) -> tuple[Ints, Ints, Floats]:
    w: csr_array = stages.weights  # type: ignore[attr-defined]
    own: Ints = stages.own_of  # type: ignore[attr-defined]
    per: int = max(stages.per, 1)  # type: ignore[attr-defined]
    entries = np.diff(w.indptr)
    of_alternative = np.repeat(np.arange(len(own)), entries)
    stage = np.repeat(np.arange(len(width)), width)
    offered = np.bincount(stage[of_alternative], minlength=len(width))
    singles = np.bincount(stage, entries == 1, len(width))
    pair = singles == 2
    rows, first = w.indices, start[:-1]
    a = options[rows[w.indptr[first]]]
    b = options[rows[w.indptr[np.minimum(first + 1, len(own) - 1)]]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    in_pair = pair[stage]
    place = np.arange(len(own)) - first[stage]
    kind = np.where(own >= 0, 2 + own % per, 0)
    result = np.where(own >= 0, kind, np.where((a > b)[stage], 1 - place, place))
    code = ((low * n + high)[stage] * kinds + result)[in_pair]
    at = np.flatnonzero(in_pair)
    # Larger sets: the share of each option in what was taken; outcomes as such.
    big = ~in_pair[of_alternative]
    option_code = (n * n + options[rows]) * kinds
    tied = own[of_alternative] >= 0
    own_code = (n * n) * kinds + kind[of_alternative]
    del offered
    big_code = np.where(tied, own_code, option_code)[big]
    return (
        np.concatenate([code, big_code]),
        np.concatenate([at, of_alternative[big]]),
        np.concatenate([np.ones(len(at)), w.data[big]]),
    )


@dataclass(frozen=True)
class Replicated:
    """Observed tallies ``(tallies,)``, and expected and replicated ones ``(S, tallies)``."""

    tallies: Tallies
    observed: Floats
    expected: Floats
    replicated: Floats

    @property
    def p_value(self) -> float:
        """Posterior predictive p-value of the Freeman-Tukey discrepancy over all tallies."""
        return predictive_p(self.observed[:, None], self.expected[:, :, None], self.replicated[:, :, None])


def probabilities(design: ChoiceDesign, draws: ChoiceDraws) -> Floats:
    """Probability of each alternative in its stage, ``(alternatives, S)``."""
    eta = utilities(draws, design.matrices)
    return np.exp(design.rows.stages.log_probabilities(eta, own_columns(draws)))


def replicated(
    design: ChoiceDesign, draws: ChoiceDraws, *, most: int = REPLICATES, seed: int = 0
) -> Replicated:
    """Tallies of choices made anew by the model, given all its effects."""
    found, stages = tallies(design), design.rows.stages
    few = draws.thinned(min(most, _FEWER) if len(stages.start) * most > _MANY else most)
    eta, own = utilities(few, design.matrices), own_columns(few)
    expected, made = stages.tallied(eta, own, found.adds, seed)
    return Replicated(found, np.asarray(found.adds @ stages.count), expected.T, made.T)


def pair_residuals(design: ChoiceDesign, draws: ChoiceDraws) -> pd.DataFrame:
    """How often the first of two options was preferred against what the model expects, ties and outcomes as halves.

    Returns
    -------
    pandas.DataFrame
        A row per pair of options that were offered as two: ``first``, ``second``, ``times``, ``observed``, ``expected``,
        ``residual`` (in standard deviations of the count given the posterior mean of the probabilities).
    """
    few, found = draws.thinned(REPLICATES), tallies(design)
    p = probabilities(design, few).mean(axis=1)
    met = np.repeat(np.add.reduceat(design.rows.stages.count, design.rows.stages.start[:-1]),
                    np.diff(design.rows.stages.start))  # fmt: skip
    names = np.array(design.rows.options, dtype=object)
    frame = pd.DataFrame(
        {
            "first": found.low,
            "second": found.high,
            "score": np.where(found.result == 0, 1.0, np.where(found.result == 1, 0.0, 0.5)),
            "seen": np.asarray(found.adds @ design.rows.stages.count),
            "mean": np.asarray(found.adds @ (met * p)),
        }
    )[found.of_pair]
    frame["observed"], frame["expected"] = frame["score"] * frame["seen"], frame["score"] * frame["mean"]
    frame["square"] = frame["score"] ** 2 * frame["mean"]
    both = frame.groupby(["first", "second"])[["seen", "observed", "expected", "square"]].sum().reset_index()
    variance = both["square"] - both["expected"] ** 2 / both["seen"].where(both["seen"] > 0)
    return pd.DataFrame(
        {
            "first": names[both["first"].to_numpy()],
            "second": names[both["second"].to_numpy()],
            "times": both["seen"],
            "observed": both["observed"],
            "expected": both["expected"],
            "residual": (both["observed"] - both["expected"]) / np.sqrt(variance),
        }
    )


def transitivity_table(design: ChoiceDesign, draws: ChoiceDraws, *, level: float, seed: int) -> pd.DataFrame:
    """Triples of options that break transitivity, observed and in choices made anew by the model.

    With s(i, j) the share of choices between i and j that i won (ties as halves), over triples of which all three pairs were
    met: ``weak``: s(i, j) > 1/2, s(j, k) > 1/2 and s(i, k) < 1/2, a cycle; ``moderate``: s(i, k) below the smaller, and
    ``strong``: below the larger of the two (Tversky 1969, Psychological Review 76, 31-48).
    """
    made = replicated(design, draws, seed=seed)
    keep = made.tallies.of_pair
    low, high, result = (v[keep] for v in (made.tallies.low, made.tallies.high, made.tallies.result))
    score = np.where(result == 0, 1.0, np.where(result == 1, 0.0, 0.5))
    n = len(design.rows.options)

    def violations(counts: Floats) -> Floats:
        share = np.zeros((len(counts), n, n))
        total = np.zeros((len(counts), n, n))
        for k in range(len(low)):
            share[:, low[k], high[k]] += score[k] * counts[:, k]
            total[:, low[k], high[k]] += counts[:, k]
        share += np.swapaxes(total - share, 1, 2) * (np.arange(n)[:, None] > np.arange(n))
        total = total + np.swapaxes(total, 1, 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            s = share / total
        out = np.zeros((len(counts), 3))
        with np.errstate(invalid="ignore"):
            for j in range(n):
                one, two = s[:, :, j, None], s[:, None, j, :]
                rise = (one > 0.5) & (two > 0.5) & np.isfinite(s)
                out[:, 0] += (rise & (s < 0.5)).sum(axis=(1, 2)) / 3
                out[:, 1] += (rise & (s < np.minimum(one, two))).sum(axis=(1, 2))
                out[:, 2] += (rise & (s < np.maximum(one, two))).sum(axis=(1, 2))
        return out

    seen = violations(made.observed[None, keep])[0]
    again = violations(made.replicated[:, keep])
    tail = (1 - level) / 2
    lower, upper = np.quantile(again, [tail, 1 - tail], axis=0)
    return pd.DataFrame(
        {
            "transitivity": ["weak", "moderate", "strong"],
            "observed": np.round(seen),
            "expected": again.mean(axis=0),
            "lower": lower,
            "upper": upper,
            "p": (again >= seen - 1e-9).mean(axis=0),
        }
    )
