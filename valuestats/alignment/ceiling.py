"""The noise ceiling: how similar people of one group are to themselves, and to other groups."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from valuestats.alignment.groups import (
    DECLARED,
    checked_answers,
    design_weight,
    group_shares,
    unweighted_note,
    with_levels,
)
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.conditions import mean_parts, resampled_result
from valuestats.similarity.cube import other_countries
from valuestats.similarity.prepare import align_tables
from valuestats.statistics.distances import Array, Measure, distance
from valuestats.statistics.row_measures import spacing
from valuestats.tables import Population

CITATIONS = (
    "Spearman (1910), Correlation calculated from faulty data",
    "Brown (1910), Some experimental results in the correlation of mental abilities",
    "Kish (1965), Survey sampling",
)
SQUARED = ("jensen_shannon_divergence",)
"""Measures whose sampling noise adds up as it is; the others' squares do."""


@checked
def noise_ceiling(
    respondents: pd.DataFrame,
    by: Sequence[str],
    *,
    weight: str | None = DECLARED,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    splits: int = 50,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How similar a group's people are to themselves: the best that a model can reach on noisy shares.

    The respondents of a group are split in two halves at random, many times, and one minus the distance between the
    halves' shares is averaged over splits and shared questions (``split halves``). The squared distance between two
    samples of one group grows with :math:`1/n_1 + 1/n_2`, so from the halves' mean distance :math:`d` follow, in the
    manner of Spearman and Brown,

    - ``another sample``: :math:`1 - d/\sqrt2`, two samples as large as the whole one;
    - ``perfect model``: :math:`1 - d/2`, a model that gives the group's true shares, measured against the sample;
    - ``other groups``: mean similarity of the group to the other groups, the human-human mark.

    (For the Jensen–Shannon divergence, a squared distance, :math:`d/2` and :math:`d/4`.) The scaling is exact to first
    order in 1/n. With 100 people per group it made the noise about 1% too large; since the interval is narrow, that
    lowers its coverage to .89 (see ``benchmarks/results/alignment_coverage.csv``).

    Parameters
    ----------
    respondents, by, weight
        As in `group_shares`.
    measure, base
        See `country_similarity`; ``"wasserstein"`` and ``"energy"`` use questions declared ``ordered``.
    splits
        Random splits of the respondents.
    replicates, level, seed
        As in `country_similarity`; questions are resampled.

    Returns
    -------
    Result
        Kind ``"noise_ceiling"``, keys ``("model", "group", "quantity")`` with the model "people". ``baseline`` is null.

    Raises
    ------
    SpecificationError
        ``"top_choice"`` (its noise does not scale), fewer than one split, a group without two respondents
        everywhere.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"respondent": np.repeat(np.arange(200), 5), "question": np.tile(list("abcde"), 200),
    ...     "option": rng.choice(["yes", "no"], 1000), "country": "Chile"})
    >>> found = noise_ceiling(frame, ["country"], replicates=0).estimates
    >>> dict(zip(found["quantity"], found["estimate"].round(2), strict=True))
    {'split halves': 0.95, 'another sample': 0.97, 'perfect model': 0.98}
    """
    began = time.perf_counter()
    weight = design_weight(respondents, weight)
    if splits < 1 or measure == "top_choice":
        raise SpecificationError(
            "no noise ceiling by this",
            parameter="splits" if splits < 1 else "measure",
            got=splits if splits < 1 else measure,
            expected="at least 1"
            if splits < 1
            else "a distance whose noise scales with the number of people",
        )
    frame, said = checked_answers(respondents, by, weight)
    rng = np.random.default_rng(seed)
    questions = list(dict.fromkeys(frame["question"].astype(str).sort_values()))
    options = _options(frame, measure, questions)
    halves = {
        str(group): _split_distances(part, options, questions, measure, base, splits, rng)
        for group, part in frame.groupby("group", sort=True, observed=True)
    }
    people = group_shares(respondents, by, weight=weight)
    between = _between(people, questions, measure, base)
    squared = measure in SQUARED
    there = np.array([q in options for q in questions])
    rows, parts = [], []
    for group, apart in halves.items():
        if np.isnan(apart).all():
            said.append(f"{group} is left out: no question was answered by two people in both halves")
            continue
        quantities = {
            "split halves": 1 - apart,
            "another sample": 1 - apart / (2 if squared else np.sqrt(2)),
            "perfect model": 1 - apart / (4 if squared else 2),
            "other groups": between.get(group, np.full(len(questions), np.nan)),
        }
        for quantity, values in quantities.items():
            known = ~np.isnan(values)
            if not known.any():
                continue
            rows.append(
                {
                    "estimand": f"similarity, {quantity}",
                    "model": "people",
                    "group": group,
                    "quantity": quantity,
                    "estimate": float(values[known].mean()),
                    "baseline": np.nan,
                    "n_scored": int(known.sum()),
                    "n_asked": int(there.sum()),
                }
            )
            parts.append(mean_parts(values))
    if not rows:
        raise SpecificationError(
            "no group can be split",
            parameter="respondents",
            got="; ".join(said),
            expected="two people per group",
        )
    said += unweighted_note(respondents, weight)
    meta = make_meta(
        f"split halves of the respondents, 1 - {measure.replace('_', ' ')}, extrapolated to the whole sample",
        {
            "by": list(by),
            "weight": weight,
            "measure": measure,
            "base": base,
            "splits": splits,
            "replicates": replicates,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - began,
    )
    keys = ("model", "group", "quantity")
    found = resampled_result("noise_ceiling", rows, parts, keys, level, meta, replicates=replicates, rng=rng)
    return replace(found, estimates=with_levels(found.estimates, frame, by))


def _options(frame: pd.DataFrame, measure: str, questions: list[str]) -> dict[str, dict[str, float]]:
    """Options in order, each with its position, of every question that the measure can use."""
    options: dict[str, dict[str, float]] = {}
    for question, part in frame.drop_duplicates(["question", "option"]).groupby("question", observed=True):
        scaled = "ordered" in part.columns and bool((part["ordered"] == True).all())  # noqa: E712
        if len(part) > 1 and (scaled or measure not in ("wasserstein", "energy")):
            ordered = part.sort_values("position")
            options[str(question)] = dict(
                zip(ordered["option"].astype(str), ordered["position"], strict=True)
            )
    if not options:
        raise SpecificationError(
            "no question with two options"
            + (" on a declared scale" if measure in ("wasserstein", "energy") else ""),
            parameter="respondents",
            got=f"{len(questions)} questions",
        )
    return options


def _split_distances(
    part: pd.DataFrame,
    options: dict[str, dict[str, float]],
    questions: list[str],
    measure: Measure,
    base: float,
    splits: int,
    rng: np.random.Generator,
) -> Array:
    """Mean distance between halves per question, NaN where no split left people on both sides."""
    person, names = pd.factorize(part["respondent"])
    # Every split is a fresh order of the respondents cut in the middle.
    first = rng.random((splits, len(names))).argsort(axis=1) < len(names) // 2
    out = np.full(len(questions), np.nan)
    asked = part["question"].astype(str).to_numpy()
    chosen, weight = part["option"].astype(str).to_numpy(), part["weight"].to_numpy(dtype=float)
    for place, question in enumerate(questions):
        if question not in options:
            continue
        rows = np.flatnonzero(asked == question)
        table = (
            np.equal.outer(chosen[rows], np.array(list(options[question]), dtype=object)) * weight[rows, None]
        )
        left = first[:, person[rows]].astype(float) @ table
        right = table.sum(axis=0) - left
        right[right < 1e-12 * max(table.sum(), 1e-300)] = 0.0
        usable = (left.sum(axis=1) > 0) & (right.sum(axis=1) > 0)
        if usable.any():
            gaps = spacing(list(options[question].values()))
            out[place] = distance(left[usable], right[usable], measure, base, gaps).mean()
    return out


def _between(people: Population, questions: list[str], measure: Measure, base: float) -> dict[str, Array]:
    """Mean similarity of each group to the others, per question."""
    catalogue, (aligned,), _ = align_tables([(people.frame, ["group"])], measure, "keep")
    values = other_countries(aligned.usable(), len(catalogue), measure, base)
    out = {}
    for unit, (name,) in enumerate(aligned.units):
        row = np.full(len(questions), np.nan)
        for column, question in enumerate(catalogue.names):
            row[questions.index(question)] = values[unit, column]
        out[name] = row
    return out
