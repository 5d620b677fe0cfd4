"""Published | Recomputed | Corrected, and simulated truths beside their estimates."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from valuestats.systems.comparison import compare_published, read_published
from valuestats.systems.kaleido.simulate import LOWER, TRAITS, tracking_truth

_SOURCE = "worked example"


def kaleido_comparison(published_csv: str | Path, decision: pd.DataFrame) -> pd.DataFrame:
    """The worked example's decision recomputed from its printed rows, and published shares that can't be.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`; printed with three decimals.
    decision
        `valuestats.systems.kaleido.decisions.decision` of the worked example.
    """
    published = read_published(published_csv)
    again = decision.rename(columns={"estimate": "value"}).assign(group=_SOURCE)
    corrected = decision.assign(
        group=_SOURCE, unit="value", n_scored=decision["n_units"], n_asked=decision["n_units"]
    )
    columns = ["quantity", "group", "estimate", "lower", "upper", "unit", "n_scored", "n_asked"]
    why = published[["quantity", "group"]].assign(
        explanation=["" if g == _SOURCE else "annotations are not public" for g in published["group"]]
    )
    return compare_published(
        published, again[["quantity", "group", "value"]], corrected[columns], tolerance=5e-4, explanations=why
    )


def tracking_recovery(tracking: pd.DataFrame, people: int) -> pd.DataFrame:
    """True rank correlation and AUC, with so many people a situation, beside the estimates: ``truth``, "
    "``all_people``, ``holds``.
    """
    heard, everyone = tracking_truth(people), tracking_truth()
    table = tracking.assign(
        truth=tracking["measure"].map(heard), all_people=tracking["measure"].map(everyone)
    )
    return table.assign(holds=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))


def demographic_recovery(agreement: pd.DataFrame) -> pd.DataFrame:
    """True difference of each group from the others of its trait beside the estimate: ``truth``, ``holds``."""
    trait, group, gap = LOWER
    others = -gap / (
        len(TRAITS[trait]) - 1
    )  # of those a group of this trait is held against, so many are the one that differs
    truth = [
        0.0 if t != trait else gap if g == group else others
        for t, g in zip(agreement["trait"], agreement["group"], strict=True)
    ]
    table = agreement.assign(truth=truth)
    return table.assign(holds=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))
