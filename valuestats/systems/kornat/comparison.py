"""KorNAT (Lee et al. 2024): its sample layout, its measures held against a known truth, and common knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from valuestats.base.errors import InputError
from valuestats.ingest.surveys.globalopinionqa import question_id
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.systems.comparison import without_data
from valuestats.tables import Population

LETTERS = ("A", "B", "C", "D", "E")


def read_social_values(path: str | Path, shares: Sequence[str], *, group: str = "Korea") -> Population:
    """The people's answers to the social value questions, from a table in KorNAT's sample layout.

    Parameters
    ----------
    path
        A CSV file with ``Question`` and the options' texts under ``A`` to ``E``.
    shares
        Names of the columns that hold the share of people (or their number) who chose A to E, in this order: the
        public sample names them differently from release to release, so they are declared.
    group
        Name of the people.

    Raises
    ------
    InputError
        A column is missing, or a share is not a number from 0; file and row are said.

    Examples
    --------
    ::

        people = read_social_values("social-values-eng-test.csv", shares=["rA", "rB", "rC", "rD", "rE"])
    """
    columns = list(shares)
    if len(columns) != len(LETTERS):
        raise InputError(
            "one column of shares for each option",
            parameter="shares",
            got=len(columns),
            expected=len(LETTERS),
        )
    table = read_table(path, ["Question", *LETTERS, *columns])
    values = table[columns].apply(lambda c: pd.to_numeric(c, errors="coerce")).to_numpy(dtype=float)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        row, column = (int(x[0]) for x in np.nonzero(wrong))
        raise InputError(
            "a share is a number from 0",
            parameter=columns[column],
            got=repr(table.iloc[row][columns[column]]),
            file=path,
            row=row,
        )
    total = values.sum(axis=1, keepdims=True)
    fractions = np.divide(values, total, out=np.zeros(values.shape), where=total > 0)
    texts = table["Question"].tolist()
    options = [tuple(row) for row in table[list(LETTERS)].itertuples(index=False, name=None)]
    size = len(LETTERS)
    frame = pd.DataFrame(
        {
            "group": group,
            "question": np.repeat([question_id(t, o) for t, o in zip(texts, options, strict=True)], size),
            "text": np.repeat(texts, size),
            "option": [text for row in options for text in row],
            "position": np.tile(np.arange(size), len(table)),
            "share": fractions.ravel(),
            "ordered": True,
            "source_file": Path(path).name,
            "source_row": np.repeat(np.arange(len(table)), size),
        }
    )
    return Population(frame)


def knowledge_accuracy(answers: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Share of common knowledge questions that a model answers rightly, with Wilson's interval.

    Parameters
    ----------
    answers
        ``model``, ``question``, ``answer`` (null where there is none), ``right``, ``options`` (how many there were).
    level
        Of the interval (Wilson 1927), over questions, each answered once.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``estimate`` (right answers over questions answered), ``lower``, ``upper``, ``baseline`` (guessing),
        ``worst`` and ``best`` (unanswered ones taken as wrong, and as right), ``n_scored``, ``n_asked``.

    Raises
    ------
    InputError
        A model answered a question twice.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "question": [1, 2, 3, 4], "answer": ["A", "B", None, "D"],
    ...     "right": ["A", "B", "C", "A"], "options": 4})
    >>> knowledge_accuracy(frame)[["estimate", "baseline", "n_scored"]].round(3).to_numpy().tolist()
    [[0.667, 0.25, 3.0]]
    """
    twice = answers.duplicated(["model", "question"])
    if twice.any():
        row = answers[twice].iloc[0]
        raise InputError(
            "a model answered a question twice",
            parameter="question",
            got=f"{row['model']}, {row['question']}",
            hint="choose one answer, or compare shares of answers instead",
        )
    rows = []
    for model, part in answers.groupby("model", observed=True):
        given = part["answer"].notna()
        right, n, asked = int((part["answer"] == part["right"])[given].sum()), int(given.sum()), len(part)
        lower, upper = (np.nan, np.nan)
        if n:
            lower, upper = proportion_confint(right, n, alpha=1 - level, method="wilson")
        rows.append(
            {
                "model": str(model),
                "estimate": right / n if n else np.nan,
                "lower": float(lower),
                "upper": float(upper),
                "level": level,
                "baseline": float((1 / part["options"]).mean()),
                "worst": right / asked,
                "best": (right + asked - n) / asked,
                "n_scored": n,
                "n_asked": asked,
            }
        )
    return pd.DataFrame(rows)


def comparison(published_csv: str | Path) -> pd.DataFrame:
    """The published numbers; none can be recomputed, since the answers of people and models are not public."""
    return without_data(published_csv, "the answers of people and of models are not public")


def alignment_recovery(truth: pd.DataFrame, alignment: pd.DataFrame) -> pd.DataFrame:
    """True social value alignment beside its estimate: ``model``, ``truth``, the estimate's columns, ``holds``."""
    table = truth.merge(alignment, on="model", how="left", validate="one_to_one")
    return table.assign(holds=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))
