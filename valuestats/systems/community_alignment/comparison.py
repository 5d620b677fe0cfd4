"""Published | Recomputed | Corrected, and simulated truths beside their estimates."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from valuestats.results.result import Result
from valuestats.systems.community_alignment.people import MAJORITY
from valuestats.systems.community_alignment.simulate import COUNTRIES, KINDS, UTILITY, coverage_truth
from valuestats.systems.comparison import compare_published, read_published

MATCH = "share of preferences that models match"


def community_comparison(published_csv: str | Path, ceiling: pd.DataFrame) -> pd.DataFrame:
    """The published numbers; none can be recomputed from counts, but what people reach on the same task stands beside one.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    ceiling
        Of `valuestats.systems.community_alignment.people.people_ceiling`.
    """
    published = read_published(published_csv)
    why = published[["quantity", "group"]].assign(
        explanation=[
            "models' answers are not in the table; corrected: what the majority of the others reaches"
            if q == MATCH
            else "candidates and judgements are not in the table"
            for q in published["quantity"]
        ]
    )
    best = ceiling.set_index("matches").loc[MAJORITY]
    corrected = pd.DataFrame(
        [
            {
                "quantity": MATCH,
                "group": "21 models",
                "estimate": 100 * best["estimate"],
                "lower": 100 * best["lower"],
                "upper": 100 * best["upper"],
                "unit": "prompt",
                "n_scored": best["n_scored"],
                "n_asked": best["n_scored"],
            }
        ]
    )
    nothing = pd.DataFrame(columns=["quantity", "group", "value"])
    return compare_published(published, nothing, corrected, explanations=why)


def group_recovery(strengths: Result) -> pd.DataFrame:
    """True utilities of kinds of responses by country beside their estimates: ``truth``, the estimate's "
    "columns, ``holds``.
    """
    truth = pd.DataFrame(
        [
            {"country": country, "option": kind, "truth": float(UTILITY[c, k])}
            for c, country in enumerate(COUNTRIES)
            for k, kind in enumerate(KINDS)
        ]
    )
    own = strengths.estimates.astype({"country": str, "option": str})
    table = truth.merge(own, on=["country", "option"], how="left", validate="one_to_one")
    return table.assign(holds=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))


def coverage_recovery(coverage: pd.DataFrame) -> pd.DataFrame:
    """True coverage of simulated candidates beside its estimate: ``truth``, the estimate's columns, ``holds``."""
    size = int(coverage["k"].max())
    own = coverage[coverage["k"] == size]
    table = coverage_truth(size).merge(own, on=["condition", "value", "k"], how="left", validate="one_to_one")
    return table.assign(holds=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))
