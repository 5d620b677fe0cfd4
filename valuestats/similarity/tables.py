"""Tables of similarity, as text."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from valuestats.results.phrases import interval
from valuestats.results.result import Result


def similarity_table(result: Result, *, digits: int = 3) -> pd.DataFrame:
    """One row per model and country: similarity, baseline, ceiling and questions, as text."""
    frame = result.estimates.sort_values(["group", "estimate"], ascending=[True, False])
    return pd.DataFrame(
        {
            "Country": frame["group"].astype(str),
            "Model": frame["model"].astype(str),
            "Similarity [95%]": [interval(row, digits) for _, row in frame.iterrows()],
            "Uniform answers": [f"{x:.{digits}f}" for x in frame["baseline"]],
            "Other people": ["–" if pd.isna(x) else f"{x:.{digits}f}" for x in frame["ceiling"]],
            "Scored": [f"{x:,.0f}" for x in frame["n_scored"]],
            "Asked": [f"{x:,.0f}" for x in frame["n_asked"]],
        }
    )


def similarity_contrasts(result: Result, *, digits: int = 3) -> pd.DataFrame:
    """Every pair of models per country, as text, from paired replicates."""
    models = sorted(map(str, result.estimates["model"].unique()))
    rows = []
    for first, second in combinations(models, 2):
        for _, row in result.contrast("model", first, second).iterrows():
            if pd.notna(row["estimate"]):
                rows.append(
                    {
                        "Country": str(row["group"]),
                        "First": first,
                        "Second": second,
                        "First − second [95%]": interval(row, digits, signed=True),
                        "P(first > second)": "not tested"
                        if pd.isna(row["probability_positive"])
                        else f"{row['probability_positive']:.2f}",
                    }
                )
    return pd.DataFrame(rows).sort_values(["Country", "First", "Second"], ignore_index=True)
