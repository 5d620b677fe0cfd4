"""Sentences of agreement, reliability and stability."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def agreement_sentence(result: Result) -> str:
    """The sentence of agreement."""
    row = result.estimates.iloc[0]
    if pd.isna(row["estimate"]):
        return "All ratings are the same, so agreement beyond chance is not defined."
    return (
        f"{int(row['n_raters'])} raters agree on {number(row['n_items'])} items with {row['estimand']} {interval(row)} "
        f"({row['metric']}; 0 is chance, 1 is full agreement), from {number(row['n_scored'])} of "
        f"{number(row['n_asked'])} ratings; the interval resamples {number(row['n_units'])} units and takes the raters "
        "as given."
    )
