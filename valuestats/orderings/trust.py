"""What speaks against agreement of rankings and against rankings from weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted
from valuestats.orderings.overlaps import NAMES
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

TIED = 0.2
"""Share of people's rankings with ties from which on care is asked."""
UNDECIDED = 0.5
"""Share of first places that are less likely than not, from which on care is asked."""


def agreement_reasons(result: Result) -> list[Reason]:
    """Not above a random order; no better for the person than for others; few people or scenarios; many ties."""
    frame = result.estimates
    found = []
    for row in frame.to_dict("records"):
        where = {"model": str(row["model"]), "measure": str(row["measure"])}
        name = NAMES[row["measure"]]
        if pd.notna(row["lower"]) and row["lower"] <= row["baseline"]:
            text = f"{name} is not above the {row['baseline']:.2f} of a random order"
            found.append(Reason("order", "none", text, where))
        if pd.notna(row["gain_lower"]) and row["gain_lower"] <= 0:
            text = f"{name} is no better with the person than with other people ({row['swapped']:.2f})"
            found.append(Reason("swap", "care", text, where))
    if not any(r.aspect == "order" for r in found):
        found.append(Reason("order", "sound", "all agree better than a random order"))
    for column, one, several in (("n_people", "person", "people"), ("n_items", "scenario", "scenarios")):
        n = int(frame[column].min())
        if n < TRUST_LIMITS.units:
            few = ", too few for an interval" * (n < TRUST_LIMITS.fewest_units)
            found.append(Reason("units", "care", f"rests on {counted(n, one, several)}{few}"))
    tied = float(result.meta["tied"])
    if tied > TIED:
        found.append(Reason("ties", "care", f"{tied:.0%} of the people's rankings hold ties"))
    return found


def ranking_reasons(result: Result) -> list[Reason]:
    """First places that the uncertainty of the weights leaves open."""
    frame = result.estimates
    if not result.meta["specification"]["uncertain"]:
        return [Reason("weights", "care", "the weights are taken as known")]
    first = frame.groupby([k for k in result.keys if k != "option"])["probability_first"].max()
    open_places = float((first < UNDECIDED).mean())
    if open_places > UNDECIDED:
        share = f"{open_places:.0%} of the rankings have no option that is first more often than not"
        return [Reason("weights", "care", share)]
    return [
        Reason(
            "weights",
            "sound",
            f"in {1 - open_places:.0%} of the rankings one option is first more often than not",
        )
    ]


def target_reasons(result: Result) -> list[Reason]:
    """A judge that is taken as perfect or hardly tells the levels apart; no closer than uniform answers."""
    spec = result.meta["specification"]
    far = [
        Reason(
            "uniform",
            "none",
            f"the error is not below the {row['baseline']:.2f} of uniform answers",
            {"model": str(row["model"]), "dimension": str(row["dimension"])},
        )
        for row in result.estimates.dropna(subset="upper").to_dict("records")
        if row["upper"] >= row["baseline"]
    ]
    if spec["judge"] == "taken as perfect":
        return [
            *far,
            Reason("judge", "care", "the judge is taken as perfect, so its error counts as the model's"),
        ]
    told = np.array([row["information"] for row in result.meta["judge"]], dtype=float)
    found = far + [
        Reason("judge", "care", f"the judge's reliability is {x:.2f}", {"dimension": row["dimension"]})
        for row, x in zip(result.meta["judge"], told, strict=True)
        if x < TRUST_LIMITS.reliability
    ]
    return found or [Reason("judge", "sound", "the judge's own error is carried through")]
