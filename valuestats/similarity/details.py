"""Similarity question by question, and between countries."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from valuestats.base.former import formerly
from valuestats.similarity.chosen import Match
from valuestats.similarity.cube import human_pairs
from valuestats.similarity.distance_rows import Index, Rows
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.prepare import align_tables, prepare
from valuestats.statistics.distances import Array, Measure
from valuestats.tables import Population


@formerly(people="population")
def similarity_by_question(
    answers: Population,
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    match: Match | None = None,
) -> pd.DataFrame:
    """Every distance behind a similarity, with both distributions.

    Parameters
    ----------
    answers, population, measure, base, refusal_options, match
        As in `country_similarity`.

    Returns
    -------
    pandas.DataFrame
        One row per model, country and question asked: ``model``, ``group``, ``persona`` (whom the model answered for, null
        where for nobody), ``question``, ``text``,
        ``distance``, ``similarity`` (null where the model gave no usable distribution), and as JSON lists
        ``options``, ``answer_shares``, ``people_shares``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> def table(name, yes):
    ...     return Population(pd.DataFrame({"group": name, "question": "q1", "option": ["yes", "no"],
    ...         "position": [0, 1], "share": [yes, 1 - yes]}))
    >>> frame = similarity_by_question(table("model", 1.0), table("Chile", 0.0))
    >>> float(frame["distance"].iloc[0]), frame["options"].iloc[0]
    (1.0, '["yes", "no"]')
    """
    ready = prepare(answers, population, measure=measure, refusal_options=refusal_options, match=match)
    parts = []
    for block in ready.found:
        similarity = block.similarity(measure, base)
        names = block.question.tolist()
        parts.append(
            pd.DataFrame(
                {
                    "model": [ready.models[i] for i in np.broadcast_to(block.model, len(names))],
                    "group": [ready.groups[i] for i in block.group],
                    "persona": [ready.groups[i] if ready.conditioned else None for i in block.group],
                    "question": [ready.catalogue.names[i] for i in names],
                    "text": [ready.catalogue.texts[i] for i in names],
                    "distance": 1 - similarity,
                    "similarity": similarity,
                    "options": [json.dumps(ready.catalogue.options[i], ensure_ascii=False) for i in names],
                    "answer_shares": [
                        json.dumps(row)
                        for row in np.round(_shares(block.answers, block.answer_row), 6).tolist()
                    ],
                    "people_shares": [
                        json.dumps(row)
                        for row in np.round(_shares(block.people, block.people_row), 6).tolist()
                    ],
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["model", "group", "question", "options"], ignore_index=True)


def _shares(table: Rows, rows: Index) -> Array:
    return np.nan_to_num(table.shares[rows])


@formerly(people="population")
def group_similarity(
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
) -> pd.DataFrame:
    """How similar countries' answers are to each other: the human-human similarities behind the ceiling.

    Parameters
    ----------
    population
        Distributions of countries.
    measure, base, refusal_options
        As in `country_similarity`.

    Returns
    -------
    pandas.DataFrame
        One row per ordered pair of groups with a shared question: ``group``, ``other``, ``similarity`` (mean
        over the shared questions), ``n_questions``. Two samples of one country ("India (Old national
        sample)" and "India") are not compared.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> frame = pd.DataFrame({"group": ["Chile"] * 2 + ["Peru"] * 2, "question": "q1",
    ...     "option": ["yes", "no"] * 2, "position": [0, 1] * 2, "share": [0.7, 0.3, 0.5, 0.5]})
    >>> group_similarity(Population(frame)).round(4).values.tolist()
    [['Chile', 'Peru', 0.8259, 1], ['Peru', 'Chile', 0.8259, 1]]
    """
    catalogue, (aligned,), _ = align_tables([(population.frame, ["group"])], measure, refusal_options)
    names = [unit[0] for unit in aligned.units]
    total = np.zeros((len(names), len(names)))
    count = np.zeros((len(names), len(names)), dtype=int)
    for first, second, _, similarity in human_pairs(aligned.usable(), len(catalogue), measure, base):
        np.add.at(total, (first, second), similarity)
        np.add.at(count, (first, second), 1)
    total, count = total + total.T, count + count.T
    one, two = np.nonzero(count)
    return pd.DataFrame(
        {
            "group": [names[i] for i in one],
            "other": [names[i] for i in two],
            "similarity": total[one, two] / count[one, two],
            "n_questions": count[one, two],
        }
    )
