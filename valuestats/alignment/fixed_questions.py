"""Similarity on the questions that were asked, and no others: intervals over people and over the model's answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from valuestats.alignment.far_ends import Asked, furthest, influences, may_be_same
from valuestats.base.labels import counted
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Interval, Result
from valuestats.similarity.corrected_marks import beyond_one
from valuestats.similarity.cube import Pairs
from valuestats.similarity.distance_rows import Rows, row_distances
from valuestats.similarity.prepare import Prepared
from valuestats.similarity.sampling_error import left_out
from valuestats.statistics.clusters import LEAST, random_lots
from valuestats.statistics.distances import Array, Measure
from valuestats.tables.units import resampling_units

FIXED: Interval = "jackknife of people and answers, Student's t"
DRAWS = 1000
"""Studies of a model with the people's own shares."""
MOST = 400
"""At most so many units of people are left out one after another; more are put into lots of equal size at random."""


@dataclass(frozen=True)
class _Without:
    """Each pair of model and group: plug-in mean, its value without each unit, and what single answers do to it.

    Attributes
    ----------
    whole, baseline
        Mean similarity of the model, and of uniform answers, shape ``(models, groups)``.
    units
        Of each group the two without each of its units: shapes ``(units, models)`` and ``(units, models)``.
    bias, variance, spread
        Of the answers: what is taken off, the jackknife's variance, and the sum of :math:`v_q^2/(n_q-1)` over questions,
        shape ``(models, groups)``.
    answers
        Influence of the answers by row and option, shape ``(rows and options, models, groups)``.
    asked
        Of each model and group the questions that both answered.
    """

    whole: Array
    baseline: Array
    units: list[tuple[Array, Array]]
    bias: Array
    variance: Array
    spread: Array
    answers: Array
    asked: dict[tuple[int, int], list[Asked]]


def on_these_questions(
    found: Result,
    ready: Prepared,
    answered: pd.DataFrame,
    measure: Measure,
    base: float,
    level: float,
    seed: int,
) -> Result:
    r"""Estimates, replicates and intervals of the mean similarity over the questions asked, which are all there are.

    Estimand: :math:`\frac1Q\sum_q (1-d(a_q,p_q))` of the Q questions with the true shares of the people and of the model.
    With N units of people (sampling units where there is a column ``psu`` or ``cluster``, else respondents) and
    :math:`\hat s_{(u)}` the mean without unit u, the people's bias is :math:`(N-1)(\bar s_{(\cdot)}-\hat s)`, their variance
    :math:`\frac{N-1}N\sum_u(\hat s_{(u)}-\bar s_{(\cdot)})^2`; so for the answers of the model to each question, which are
    independent of one another, where their number is known. Interval: the corrected estimate and Student's t with
    Satterthwaite's degrees of freedom of the two variances, within 0 and 1.

    A distance has an edge at 0, near which slopes at the observed shares say too little, so either end is looked at again.
    The lower end is that of the most distant shares within t standard errors of the observed ones
    (`valuestats.alignment.far_ends.furthest`), where that is lower: a bound by profile, as a likelihood's. What is taken off
    it as bias is the jackknife's times the observed distance over that at the end, since the bias of such a distance falls
    as the distance grows. The upper end: where the model's shares are the people's the bias is of order :math:`n^{-1/2}`, of
    which a jackknife takes off half (Schucany, Gray and Owen 1971), and the upper end takes off the other half too; where a
    model with the people's own shares would be as far from them as observed with probability (1 - level)/2 or more, it is 1.

    Replicates are normal to either side of the estimate, on each as wide as its end is far (before it is cut at 0 or 1), and
    joint over models and groups.

    Parameters
    ----------
    found
        Of `country_similarity`, with ``plug_in``.
    ready
        What it was worked out from.
    answered
        The groups' single answers: ``respondent, question, option, weight, group``, and ``psu`` or ``cluster``.
    measure, base, level, seed
        As in `country_similarity`.

    References
    ----------
    Quenouille (1956); Schucany, Gray and Owen (1971), On bias reduction in estimation, JASA 66; Wolter (2007), Introduction
    to variance estimation, 4.5; Kott (2001), the delete-a-group jackknife; Satterthwaite (1946).
    """
    rng = np.random.default_rng([seed, 2])
    parts = _without(ready, answered, measure, base, rng)
    shape = parts.whole.shape
    centre, baseline = parts.whole - parts.bias, parts.baseline.copy()
    people = np.full(shape, np.nan)
    size = np.array([len(own) for own, _ in parts.units])
    draws = np.full((found.replicates().sizes["draw"], *shape), 0.0)
    for g, (own, even) in enumerate(parts.units):
        n = len(own)
        if n < 2:
            draws[:, :, g] = np.nan
            continue
        mean = own.mean(axis=0)
        centre[:, g] -= (n - 1) * (mean - parts.whole[:, g])
        baseline[:, g] -= (n - 1) * (even.mean(axis=0) - parts.baseline[:, g])
        influence = np.sqrt((n - 1) / n) * (own - mean)
        people[:, g] = (influence**2).sum(axis=0)
        draws[:, :, g] = rng.standard_normal((len(draws), n)) @ influence
    z = rng.standard_normal((len(draws), len(parts.answers)))
    shown = np.clip(centre, 0.0, 1.0)
    draws += np.einsum("br,rmg->bmg", z, parts.answers, optimize=True)
    variance = people + parts.variance
    df = variance**2 / (people**2 / np.maximum(size - 1, 1) + parts.spread)
    enough = (size >= LEAST)[None, :] & (variance > 0)
    error = np.sqrt(np.where(size[None, :] > 1, variance, np.nan))
    away = special.stdtrit(np.where(enough, df, 1.0), (1 + level) / 2)
    reach = np.where(enough, away * error, np.nan)
    # about the estimate as it is cut, which is no further from the truth than before
    lower = shown - reach
    # near 1 the bias falls with the root of n, and the jackknife takes off half of it: the upper end takes off the other
    upper = centre + np.maximum(centre - parts.whole, 0.0) + reach
    for m, g in zip(*np.nonzero(enough & ~np.isnan(lower)), strict=True):
        asked, seen = parts.asked[int(m), int(g)], 1 - parts.whole[m, g]
        most = furthest(asked, float(away[m, g]), measure, base)
        bias = max(float(centre[m, g] - parts.whole[m, g]), 0.0)
        lower[m, g] = min(lower[m, g], 1 - most + (bias * seen / most if most > 0 else 0.0))
        if upper[m, g] < 1 and may_be_same(asked, float(seen), DRAWS, measure, base, rng) >= (1 - level) / 2:
            upper[m, g] = 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        up, down = (side / np.where(enough, reach, np.nan) for side in (upper - shown, shown - lower))
    draws = shown + draws * np.where(draws > 0, up, down)
    frame = found.estimates.copy()
    at = (
        pd.Index(ready.models).get_indexer(pd.Index(frame["model"].astype(str))),
        pd.Index(ready.groups).get_indexer(pd.Index(frame["group"].astype(str))),
    )
    frame["estimand"] = "similarity on these questions"
    frame["estimate"], frame["unclipped"] = shown[at], centre[at]
    frame["std_error"], frame["baseline"] = error[at], np.clip(baseline[at], 0.0, 1.0)
    frame["lower"], frame["upper"] = (np.clip(end[at], 0.0, 1.0) for end in (lower, upper))
    frame["interval"] = np.where(frame["lower"].isna(), "none", FIXED)
    frame["n_units"] = size[at[1]]
    tree = draws_tree("bootstrap", draws, {"model": ready.models, "group": ready.groups})
    return replace(found, estimates=frame, draws=tree, meta=_meta(found, ready, answered, frame))


def _meta(found: Result, ready: Prepared, answered: pd.DataFrame, frame: pd.DataFrame) -> dict[str, object]:
    clustered = "psu" in answered.columns or "cluster" in answered.columns
    unit = "sampling unit" if clustered else "respondent"
    spec = {**found.meta["specification"], "questions": "fixed", "unit": unit}
    about_questions = ("questions", "shares are corrected", "came out above 1")
    said = [w for w in found.meta["warnings"] if not any(part in w for part in about_questions)]
    said += beyond_one(frame)
    unknown = {
        str(ready.models[m])
        for block in ready.found
        for m in np.unique(np.broadcast_to(block.model, block.group.shape))
        if np.isnan(block.answers_n[block.answer_row]).any()
    }
    if unknown:
        said.append(
            f"how many answers stand behind the shares of {', '.join(sorted(unknown))} is not known: taken as exact"
        )
    few = frame.loc[frame["n_units"] < LEAST, "group"].nunique()
    if few:
        said.append(f"{counted(few, 'group')} of fewer than {LEAST} {unit}s: no interval")
    said.append("the interval is of these questions alone; others could give another similarity")
    method = str(found.meta["method"]).replace(
        "questions resampled", f"these questions alone, {unit}s and answers left out"
    )
    return {**found.meta, "method": method, "specification": spec, "warnings": said}


def _without(
    ready: Prepared, answered: pd.DataFrame, measure: Measure, base: float, rng: np.random.Generator
) -> _Without:
    models, groups, _ = ready.shape
    weights, lots = _unit_weights(ready, answered, rng)
    total, even = np.zeros((models, groups)), np.zeros((models, groups))
    asked = np.zeros((models, groups))
    left = [(np.zeros((n, models)), np.zeros((n, models))) for n in lots]
    bias, variance, spread = (np.zeros((models, groups)) for _ in range(3))
    answers: list[Array] = []
    kept: dict[tuple[int, int], list[Asked]] = {}
    for block in ready.found:
        own_questions: dict[tuple[int, int], list[tuple[int, Array, Array]]] = {}
        model = np.broadcast_to(block.model, block.group.shape)
        whole = row_distances(block.answers, block.people, block.answer_row, block.people_row, measure, base)
        there = np.flatnonzero(~np.isnan(whole))
        flat = Rows.of(np.full((1, block.people.shares.shape[1]), 1.0))
        none = np.zeros(len(there), dtype=np.intp)
        # the spacing of options is that of the first table, so people stand first beside uniform answers
        level = row_distances(block.people, flat, block.people_row[there], none, measure, base)
        np.add.at(asked, (model[there], block.group[there]), 1.0)
        np.add.at(total, (model[there], block.group[there]), 1 - whole[there])
        np.add.at(even, (model[there], block.group[there]), 1 - level)
        for place, own_level in zip(there, level, strict=True):
            m, g, q = int(model[place]), int(block.group[place]), int(block.question[place])
            less = _deleted(weights[g][q], block.people.shares[block.people_row[place]])
            gaps = (
                None
                if block.people.gaps is None
                else np.repeat(block.people.gaps[[block.people_row[place]]], len(less), 0)
            )
            rows, every = Rows.normalised(less, gaps), np.arange(len(less))
            mine = np.full(len(less), block.answer_row[place])
            away = row_distances(block.answers, rows, mine, every, measure, base)
            uniform = row_distances(rows, flat, every, np.zeros(len(less), dtype=np.intp), measure, base)
            left[g][0][:, m] += 1 - np.where(np.isnan(away), whole[place], away)
            left[g][1][:, m] += 1 - np.where(np.isnan(uniform), own_level, uniform)
            told = influences(
                less, block.answers.shares[block.answer_row[place]], block.answers_n[block.answer_row[place]]
            )
            own_questions.setdefault((m, g), []).append((int(place), *told))
        for pair, own in own_questions.items():
            kept.setdefault(pair, []).append(_asked(block, own))
        answers += _of_answers(block, model, there, whole, measure, base, bias, variance, spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(asked > 0, 1 / asked, np.nan)
    units = [(own * share[:, g], flat_ * share[:, g]) for g, (own, flat_) in enumerate(left)]
    stacked = np.stack(answers) if answers else np.zeros((0, models, groups))
    return _Without(
        total * share,
        even * share,
        units,
        bias * share,
        variance * share**2,
        spread * share**4,
        stacked * np.nan_to_num(share),
        kept,
    )


def _asked(block: Pairs, own: list[tuple[int, Array, Array]]) -> Asked:
    """One model and group on the questions of a block, from their places in it and their influences."""
    places = np.array([place for place, _, _ in own])
    people, answers = block.people_row[places], block.answer_row[places]
    return Asked(
        block.answers.shares[answers],
        block.people.shares[people],
        None if block.answers.gaps is None else block.answers.gaps[answers],
        np.stack([units for _, units, _ in own]),
        np.stack([said for _, _, said in own]),
        block.answers_n[answers],
    )


def _of_answers(
    block: Pairs,
    model: NDArray[np.intp],
    there: NDArray[np.intp],
    whole: Array,
    measure: Measure,
    base: float,
    bias: Array,
    variance: Array,
    spread: Array,
) -> list[Array]:
    """Add bias, variance and its spread over questions of each pair's answers; influences by row and option."""
    n = block.answers_n
    if not (n > 1).any():
        return []
    row = block.answer_row[there]
    share, count = block.answers.shares[row], n[row]
    change = np.zeros(share.shape)
    for k, less, mass in left_out(block.answers, n):
        part = mass[row]
        moved = row_distances(less, block.people, row, block.people_row[there], measure, base) - whole[there]
        # of a similarity, for one answer
        change[:, k] = np.divide(-moved, part, out=np.zeros(len(row)), where=part > 0)
    known = count > 1
    count = np.where(known, count, 2.0)
    mean = (share * change).sum(axis=1)
    at = model[there], block.group[there]
    own = np.where(known, (count - 1) * (share * (change - mean[:, None]) ** 2).sum(axis=1), 0.0)
    np.add.at(bias, at, np.where(known, (count - 1) * mean, 0.0))
    np.add.at(variance, at, own)
    np.add.at(spread, at, own**2 / (count - 1))
    scaled = np.sqrt((count - 1)[:, None] * share) * (change - mean[:, None]) * known[:, None]
    out = []
    for r in np.unique(row):
        here = np.flatnonzero((row == r) & known)
        for k in range(share.shape[1]):
            influence = np.zeros(bias.shape)
            influence[at[0][here], at[1][here]] = scaled[here, k]
            if influence.any():
                out.append(influence)
    return out


def _unit_weights(
    ready: Prepared, answered: pd.DataFrame, rng: np.random.Generator
) -> tuple[list[dict[int, Array]], list[int]]:
    """Of each group and question the weight by unit and option, and how many units each group has."""
    place = {name: q for q, name in enumerate(ready.catalogue.names)}
    frame = answered.assign(
        question=answered["question"].astype(str),
        option=answered["option"].astype(str),
        group=answered["group"].astype(str),
    )
    found: list[dict[int, Array]] = []
    sizes = []
    for name in ready.groups:
        own = frame[frame["group"] == name]
        people = pd.Index(own["respondent"].unique())
        units = resampling_units(own, people, of="respondent", order="met")
        lot = random_lots(len(units), rng, MOST)
        n = int(lot.max(initial=-1)) + 1
        unit = lot[units.member][people.get_indexer(pd.Index(own["respondent"]))]
        tables: dict[int, Array] = {}
        for asked, rows in own.assign(unit=unit).groupby("question", sort=False):
            q = str(asked)
            if q not in place:
                continue
            options = list(ready.catalogue.options[place[q]])
            code = pd.Index(options).get_indexer(pd.Index(rows["option"]))
            kept = code >= 0
            table = np.zeros((n, len(options)))
            np.add.at(
                table, (rows["unit"].to_numpy()[kept], code[kept]), rows["weight"].to_numpy(dtype=float)[kept]
            )
            tables[place[q]] = table
        found.append(tables)
        sizes.append(n)
    return found, sizes


def _deleted(table: Array, shares: Array) -> Array:
    """Shares without each unit; as they are where a unit is all there is."""
    rest = table.sum(axis=0) - table
    total = rest.sum(axis=1, keepdims=True)
    return np.where(total > 1e-12, np.maximum(rest, 0.0) / np.where(total > 1e-12, total, 1.0), shares)
