"""Tables and sentences of the page on perspectives: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, number
from valuestats.diversity.figures import diversity_chart, perspective_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval

__all__ = [
    "StoredStudy",
    "contrast_sentence",
    "diversity_chart",
    "md",
    "perspective_chart",
    "published_table",
    "recovery_sentence",
    "recovery_table",
    "setup",
    "show",
    "show_table",
]


def published_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected, with the reason where there is nothing to recompute from."""
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Condition": table["group"],
            "Published": [f"{x:.1f}" for x in table["published"]],
            "Recomputed": [f"{x:.1f}" if pd.notna(x) else "–" for x in table["recomputed"]],
            "Corrected": "–",
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def recovery_sentence(study: StoredStudy) -> str:
    """How far the published estimator and the corrected one are from the truth."""
    table = study["recovery"]
    plain = table[table["correction"] == table["correction"].iloc[0]]
    judged = table.drop(plain.index)
    worst = float((plain["plugin"] - plain["truth"]).abs().max())
    counts = float((plain["estimate"] - plain["truth"]).abs().max())
    errors = float((judged["estimate"] - judged["truth"]).abs().max())
    return (
        f"On {number(plain['n_asked'].sum())} simulated answers the published estimator is off by up to {worst:.2f}. "
        f"Corrected for small counts alone the largest error is {counts:.2f}, corrected for the judge's errors too it is "
        f"{errors:.2f}. {int(judged['holds'].sum())} of {len(judged)} "
        "intervals hold the truth."
    )


def recovery_table(table: pd.DataFrame) -> pd.DataFrame:
    """Truth, published estimator and corrected estimate, one row per condition and correction."""
    return pd.DataFrame(
        {
            "Condition": table["condition"],
            "Corrected for": table["correction"],
            "Truth": [f"{x:.3f}" for x in table["truth"]],
            "Published estimator": [f"{x:.3f}" for x in table["plugin"]],
            "Corrected [95%]": [interval(row, 3) for _, row in table.iterrows()],
            "Holds": table["holds"].map({True: "yes", False: "no"}),
            "Scored": [f"{s:,.0f} of {a:,.0f}" for s, a in table[["n_scored", "n_asked"]].to_numpy()],
        }
    )


def contrast_sentence(study: StoredStudy) -> str:
    """The difference between two conditions, paired by question."""
    row = study["contrast"].iloc[0]
    return (
        f"Paired by question, several agents raise the evenness over the plain prompt by {interval(row)}; conditions are "
        "compared on the same questions and the same resamples."
    )
