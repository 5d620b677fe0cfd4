"""Sentences of human surveys."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number
from valuestats.results.result import Result
from valuestats.surveys.trust import FEW


def _percent(row: pd.Series) -> str:
    text = f"{row['estimate']:.1%}"
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        text += f"\u00a0[{row['lower']:.1%},\u00a0{row['upper']:.1%}]"
    return text


def population_shares_sentence(result: Result) -> str:
    """The sentence of population shares."""
    known = result.estimates[result.estimates["estimate"].notna()]
    if known.empty:
        return "No group has an answer to the question, so no share can be given."
    first = known.iloc[0]
    question = known[known["question"] == first["question"]]
    cells = known.drop_duplicates(["group", "question"])
    kind = "weighted by the survey's design weights" if result.meta.get("weighted") else "unweighted"
    more = known["question"].nunique() - 1
    asked = int(result.estimates.drop_duplicates(["group", "question"])["n_asked"].sum())
    text = _spread(question)
    caveat = ""
    few = int((cells["n_kish"] < FEW).sum())
    if few:
        caveat = (
            f"; {few} of {len(cells)} groups are worth fewer than {FEW} people, so their shares say little"
        )
    base = {"exclude": "shares are of substantive answers", "include": "shares are of all who were asked"}
    policy = base[result.meta["specification"]["no_answer"]]
    return (
        f"To {first['question']}, {text} ({kind}; {policy}; scored {number(cells['n_scored'].sum())} of {number(asked)} "
        f"answers{f' to {more + 1} questions' if more else ''}, median design effect "
        f"{known['deff'].median():.2f}){caveat}."
    )


def _spread(question: pd.DataFrame) -> str:
    """The most frequent option, and between which groups it varies most."""
    groups = question["group"].nunique()
    mean = question.groupby("option", sort=False)["estimate"].mean()
    top = question[question["option"] == mean.idxmax()]
    shares = top["estimate"].to_numpy()
    high, low = top.iloc[int(shares.argmax())], top.iloc[int(shares.argmin())]
    option = f"“{high['option']}”"
    if groups == 1:
        of = "" if high["group"] == "all" else f" of {high['group']}"
        return f"the most frequent answer{of} is {option}, {_percent(high)}"
    return (
        f"the most frequent answer over {groups} groups is {option}, from {_percent(low)} of {low['group']} to "
        f"{_percent(high)} of {high['group']}"
    )
