"""What the choice of people adds to a similarity where the same people answered all questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.similarity.distance_rows import row_distances
from valuestats.similarity.prepare import Prepared
from valuestats.similarity.sampling_error import left_out
from valuestats.statistics.clusters import JACKKNIFE
from valuestats.statistics.distances import Array, Measure
from valuestats.statistics.resampling import bootstrap_standard_error, expanded_interval


def with_people_resampled(
    found: Result,
    ready: Prepared,
    answered: pd.DataFrame,
    measure: Measure,
    base: float,
    level: float,
    seed: int,
) -> Result:
    r"""Replicates and intervals of a similarity with the error added that people share over questions.

    Resampling questions holds each question's own sampling error, as if it had asked its own people. Where the same people
    answered, their errors add up. With :math:`a_{iq}` the influence of person i on the mean similarity through question q
    (by leaving the person out), what is missing is :math:`\sum_i (\sum_q a_{iq})^2 - \sum_{iq} a_{iq}^2`, where it is
    positive; it is drawn with the same people for all models.

    Parameters
    ----------
    found
        Of `country_similarity`.
    ready
        What it was worked out from.
    answered
        The groups' single answers: ``respondent, question, option, weight, group``.
    measure, base, level, seed
        As in `country_similarity`.
    """
    replicates = found.replicates()
    people, influence, own = _influence(ready, answered, measure, base)
    total = (influence**2).sum(axis=0)
    extra = np.maximum(total - own, 0.0)
    scale = np.sqrt(np.divide(extra, total, out=np.zeros(total.shape), where=total > 0))
    z = np.random.default_rng([seed, 1]).standard_normal((replicates.sizes["draw"], people))
    draws = replicates.to_numpy() + ((z @ influence) * scale).reshape(len(z), *ready.shape[:2])
    frame = found.estimates.copy()
    model = pd.Index(ready.models).get_indexer(pd.Index(frame["model"].astype(str)))
    group = pd.Index(ready.groups).get_indexer(pd.Index(frame["group"].astype(str)))
    more = extra.reshape(ready.shape[:2])[model, group]
    before = frame["std_error"].to_numpy()
    values = draws[:, model, group]
    student = (frame["interval"] == JACKKNIFE).to_numpy()
    after = np.where(student, np.sqrt(before**2 + more), bootstrap_standard_error(values))
    ends = expanded_interval(values, level, frame["n_units"].to_numpy())
    with np.errstate(divide="ignore", invalid="ignore"):
        wider = np.where(before > 0, after / before, 1.0)
    for name, end in zip(("lower", "upper"), ends, strict=True):
        shown = np.where(student, frame["estimate"] + (frame[name] - frame["estimate"]) * wider, end)
        frame[name] = np.where(frame[name].isna(), np.nan, np.minimum(shown, 1.0))
    frame["std_error"] = np.where(np.isnan(before), np.nan, after)
    tree = draws_tree("bootstrap", draws, {"model": ready.models, "group": ready.groups})
    return replace(found, estimates=frame, draws=tree)


def _influence(
    ready: Prepared, answered: pd.DataFrame, measure: Measure, base: float
) -> tuple[int, Array, Array]:
    """People, their influence on each pair's mean ``(people, pairs)``, and the pairs' sums of squares by question."""
    models, groups, _ = ready.shape
    person, names = pd.factorize(answered["respondent"])
    answered = answered.assign(
        person=person, question=answered["question"].astype(str), option=answered["option"].astype(str)
    )
    parts = []
    for block in ready.found:
        whole = row_distances(block.answers, block.people, block.answer_row, block.people_row, measure, base)
        n = block.people_n[block.people_row]
        model = np.broadcast_to(block.model, block.group.shape)
        for k, less, mass in left_out(block.people, block.people_n):
            part = mass[block.people_row]
            there = (part > 0) & ~np.isnan(whole)
            change = (
                row_distances(block.answers, less, block.answer_row, block.people_row, measure, base) - whole
            )
            question = block.question[there]
            parts.append(
                pd.DataFrame(
                    {
                        "cell": model[there] * groups + block.group[there],
                        "group": np.array(ready.groups, dtype=object)[block.group[there]],
                        "question": np.array(ready.catalogue.names, dtype=object)[question],
                        "place": question,
                        "option": [ready.catalogue.options[q][k] for q in question],
                        "slope": change[there] * n[there] / part[there],
                    }
                )
            )
    slopes = pd.concat(parts, ignore_index=True)
    asked = slopes.groupby("cell")["place"].nunique()
    offered = slopes[["group", "question", "option"]].drop_duplicates()
    answered = answered.assign(group=answered["group"].astype(str)).merge(offered)
    share = answered["weight"] / answered.groupby(["group", "question"])["weight"].transform("sum")
    pairs = answered.assign(share=share)[["person", "group", "question", "option", "share"]].merge(slopes)
    pairs["influence"] = pairs["slope"] * pairs["share"] / pairs["cell"].map(asked)
    out = np.zeros((len(names), models * groups))
    np.add.at(out, (pairs["person"].to_numpy(), pairs["cell"].to_numpy()), pairs["influence"].to_numpy())
    own = np.bincount(pairs["cell"], weights=pairs["influence"] ** 2, minlength=models * groups)
    return len(names), out, own
