"""What speaks against shares of people."""

from __future__ import annotations

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason

FEW = 30
"""People, by Kish's effective number, below which a group's shares say little."""


def people_reasons(result: Result) -> list[Reason]:
    """Groups that are worth few people once their weights are unequal."""
    known = result.estimates[result.estimates["estimate"].notna()]
    found = []
    for group, rows in known.groupby("group", sort=False):
        least, most = rows["n_kish"].min(), rows["n_kish"].max()
        if least < FEW:
            worth = f"{least:.0f}" if round(least) == round(most) else f"{least:.0f} to {most:.0f}"
            what = counted(most, "person", "people").rpartition(" ")[2]
            text = f"worth {worth} {what}, fewer than {FEW}"
            found.append(Reason("people", "care", text, {"group": str(group)}))
    return found or [Reason("people", "sound", f"every group is worth {FEW} people or more")]
