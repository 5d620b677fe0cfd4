"""GlobalOpinionQA (Durmus et al. 2023): reference similarities recomputed, oddities by name, extreme questions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.former import formerly
from valuestats.ingest.surveys.answer_options import is_pseudo_country
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published
from valuestats.tables import Population

SIMILARITY, SHARED, UNIFORM = (
    "similarity of two countries",
    "shared questions",
    "similarity of uniform answers",
)
DIGITS = {SIMILARITY: 4, SHARED: 0, UNIFORM: 3}
"""Decimals in which the reference numbers are given."""


def comparison(
    published_csv: str | Path,
    between: pd.DataFrame,
    uniform: pd.DataFrame,
    pairs_corrected: pd.DataFrame,
    uniform_corrected: pd.DataFrame,
) -> pd.DataFrame:
    """The page's table: every reference number beside its recomputation and its correction.

    Parameters
    ----------
    published_csv
        ``published.csv`` of the analysis.
    between
        `group_similarity` with the options as published.
    uniform
        `uniform_similarity` with the options as published.
    pairs_corrected, uniform_corrected
        `pair_similarity` and `uniform_similarity` without refusal options.

    Returns
    -------
    pandas.DataFrame
        See `valuestats.systems.comparison.compare_published`; besides ``baseline`` and ``ceiling``. A number counts as
        reproduced when it agrees in all the decimals that are given.
    """
    published = read_published(published_csv)
    names = between["group"].astype(str) + " | " + between["other"].astype(str)
    everywhere = float(uniform["estimate"].iloc[0]) if _about(published, names) else np.nan
    recomputed = pd.concat(
        [
            pd.DataFrame({"quantity": SIMILARITY, "group": names, "value": between["similarity"]}),
            pd.DataFrame({"quantity": SHARED, "group": names, "value": between["n_questions"]}),
            pd.DataFrame({"quantity": [UNIFORM], "group": ["all cells"], "value": [everywhere]}),
        ]
    )
    corrected = _corrected(pairs_corrected, uniform_corrected if np.isfinite(everywhere) else None)
    parts = [
        compare_published(part, recomputed, corrected, tolerance=0.5 * 10.0 ** -DIGITS[str(quantity)])
        for quantity, part in published.groupby("quantity", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def _about(published: pd.DataFrame, names: pd.Series) -> bool:
    """Whether the tables hold the countries that the reference numbers are about."""
    return bool(published["group"].isin(set(names)).any())


def _corrected(pairs: pd.DataFrame, uniform: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["quantity", "group", "estimate", "lower", "upper", "unit", "n_scored", "n_asked"]
    columns += ["baseline", "ceiling"]
    parts = [pd.DataFrame(columns=columns)]
    if len(pairs):
        names = pairs["group"].astype(str) + " | " + pairs["other"].astype(str)
        parts.append(pairs.assign(quantity=SIMILARITY, group=names, unit="questions")[columns])
    if uniform is not None:
        whole = uniform.assign(quantity=UNIFORM, unit="questions", baseline=np.nan, ceiling=np.nan)
        parts.append(whole[columns])
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


@formerly(people="population")
def oddities(population: Population, answers: Population) -> pd.DataFrame:
    """What is odd in the tables, by name: questions by identifier, never by text.

    Parameters
    ----------
    population, answers
        Distributions of countries and of models.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (``special sample``, ``all-zero shares``, ``no usable answer`` or ``two option sets``),
        ``name`` (country, or model and the country it answered for), ``question`` (identifiers, empty for
        special samples) and ``n`` (questions the sample was asked, or options of the question's sets).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> frame = pd.DataFrame({"group": "India (Old national sample)", "question": "q", "option": ["a", "b"],
    ...     "position": [0, 1], "share": [0.0, 0.0]})
    >>> oddities(Population(frame), Population(frame.assign(group="m", share=0.5)))["kind"].tolist()
    ['special sample', 'all-zero shares']
    """
    rows: list[tuple[str, str, str, str]] = []
    counts = population.frame.groupby("group", observed=True)["question"].nunique()
    rows += [
        ("special sample", str(name), "", str(n))
        for name, n in counts.items()
        if is_pseudo_country(str(name))
    ]
    rows += [
        ("all-zero shares", str(group), str(question), "")
        for group, question in population.empty().to_numpy()
    ]
    frame = answers.frame
    unit = frame["group"].astype(str)
    if "persona" in frame.columns:
        unit += frame["persona"].map(lambda p: "" if pd.isna(p) else f", asked as {p}")
    sums = frame.assign(unit=unit).groupby(["unit", "question"], observed=True)["share"].sum()
    for name, silent in sums[sums == 0].reset_index().groupby("unit"):
        questions = ", ".join(silent["question"].astype(str))
        rows.append(("no usable answer", str(name), questions, str(len(silent))))
    if "text" in population.frame.columns:
        sizes = population.frame.groupby(["text", "question"])["option"].nunique().reset_index()
        for _, same in sizes.groupby("text"):
            if len(same) > 1:
                ids, options = same["question"].astype(str), same["option"].astype(str)
                rows.append(("two option sets", "", ", ".join(ids), " and ".join(options)))
    return pd.DataFrame(rows, columns=["kind", "name", "question", "n"])


def answered_by_all(answers: Population) -> Population:
    """Only the questions that every model answered usably, for the same country.

    Differences and ranks between models then rest on one set of questions. It is a narrower set: questions
    that some model refuses are gone for all.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> frame = pd.DataFrame({"group": ["a", "a", "b", "b"], "question": ["q", "r"] * 2, "option": "yes",
    ...     "position": 0, "share": [1.0, 1.0, 1.0, 0.0]})
    >>> answered_by_all(Population(frame)).frame["question"].tolist()
    ['q', 'q']
    """
    frame = answers.frame
    keys = [name for name in ("persona", "question") if name in frame.columns]
    sums = frame.groupby([*keys, "group"], observed=True, dropna=False)["share"].sum()
    usable = (sums > 0).groupby(keys, observed=True, dropna=False).sum()
    everywhere = usable[usable == frame["group"].nunique()].reset_index()[keys]
    kept = frame.merge(everywhere, on=keys, how="inner")
    return type(answers)(kept, answers.rounding, answers.adjusted)


def ranks(result: Result, level: float) -> pd.DataFrame:
    """Ranks of the models within each country, from the same resamples as the estimates (1 = most similar)."""
    return result.rank("model", level=level).dropna(subset="estimate").reset_index(drop=True)


def extreme_questions(questions: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    """The least and the most similar questions of every model, with both distributions by option position.

    Parameters
    ----------
    questions
        What `similarity_by_question` returned.
    count
        How many of each kind, per model.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``extreme`` (``least similar`` or ``most similar``), ``place`` (from 1), ``group``,
        ``question``, ``similarity``, ``side`` (``model`` or ``people``), ``position`` (from 1) and ``share``. No
        texts.
    """
    rows = []
    scored = questions.dropna(subset="similarity")
    for model, part in scored.groupby("model", observed=True):
        ordered = part.sort_values(["similarity", "group", "question"])
        for extreme, chosen in (
            ("least similar", ordered.head(count)),
            ("most similar", ordered.tail(count)[::-1]),
        ):
            for place, (_, row) in enumerate(chosen.iterrows(), 1):
                for side, column in (("model", "answer_shares"), ("people", "people_shares")):
                    for position, share in enumerate(json.loads(row[column]), 1):
                        fixed = (str(model), extreme, place, str(row["group"]), str(row["question"]))
                        rows.append((*fixed, float(row["similarity"]), side, position, float(share)))
    columns = ["model", "extreme", "place", "group", "question", "similarity", "side", "position", "share"]
    return pd.DataFrame(rows, columns=columns)
