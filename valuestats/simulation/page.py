"""What the page of the demo study says: how far the truth was recovered."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import listed, number
from valuestats.pages.demographic_alignment import recovery_sentence as group_recovery_sentence
from valuestats.pages.demographic_alignment import variety_caption
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.simulation.figures import recovery_chart

__all__ = [
    "StoredStudy",
    "group_recovery_sentence",
    "md",
    "recovery_chart",
    "recovery_sentence",
    "recovery_table",
    "setup",
    "show",
    "show_table",
    "variety_caption",
]


def recovery_sentence(study: StoredStudy) -> str:
    """How often the intervals hold the truth, and how close the estimates are to it."""
    table = study["recovery"].set_index("quantity")
    estimated = table[table["level"].notna()]
    parts = [
        f"{row['coverage']:.0%} for {name} (r = {row['correlation']:.2f})"
        for name, row in estimated.iterrows()
    ]
    level = float(estimated["level"].iloc[0])
    return (
        f"Intervals that claim {level:.0%} hold the stated truth in {listed(parts)}; "
        f"{table.loc['true keys found', 'coverage']:.0%} of the true keys are found and "
        f"{table.loc['found keys that are true', 'coverage']:.0%} of the found keys are true."
    )


def recovery_table(table: pd.DataFrame) -> pd.DataFrame:
    """The recovery of each quantity, as text."""

    def text(value: float, form: str) -> str:
        return "–" if pd.isna(value) else f"{value:{form}}".replace("-", "−")

    return pd.DataFrame(
        {
            "Quantity": table["quantity"],
            "Estimates": table["n"].map(number),
            "Holds the truth": [text(x, ".1%") for x in table["coverage"]],
            "Claimed": [text(x, ".0%") for x in table["level"]],
            "Correlation": [text(x, ".3f") for x in table["correlation"]],
            "RMSE": [text(x, ".3f") for x in table["rmse"]],
            "Bias": [text(x, "+.3f") for x in table["bias"]],
        }
    )
