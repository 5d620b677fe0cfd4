"""Sentences of agreement, reliability and stability."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number
from valuestats.raters.agreement import names_words
from valuestats.raters.models_among import among_words
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def agreement_sentence(result: Result) -> str:
    """The sentence of agreement."""
    row = result.estimates.iloc[0]
    if pd.isna(row["estimate"]):
        return "All ratings are the same, so agreement beyond chance is not defined."
    kind = (
        f"{row['metric']}, their order not heeded" if result.meta.get("numbers_as_names") else row["metric"]
    )
    return (
        f"{int(row['n_raters'])} raters agree on {number(row['n_items'])} items with {row['estimand']} {interval(row)} "
        f"({kind}; 0 is chance, 1 is full agreement), from {number(row['n_scored'])} of "
        f"{number(row['n_asked'])} ratings; the interval resamples {number(row['n_units'])} units and takes the raters "
        "as given."
    )


def agreement_reasons(result: Result) -> list[Reason]:
    """Numbers that were compared as if they were names; models among people."""
    found = []
    levels = result.meta.get("numbers_as_names", 0)  # results stored before it was looked at have none
    if levels:
        coefficient = str(result.meta["specification"]["coefficient"])
        found.append(Reason("as names", "care", names_words(levels, coefficient)))
    judges = result.meta.get("models_among", [])
    if judges:
        found.append(Reason("mixed", "care", among_words(judges)))
    return found
