"""Sentence, figure and reasons of raters side by side."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, listed, number, p_value
from valuestats.figures.intervals import interval_rows
from valuestats.raters.effects import APART, CONSISTENCY, LENIENCY
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def effects_sentence(result: Result) -> str:
    """Which raters stand apart, by how much, and what was tested."""
    frame = result.estimates
    raters, items = counted(frame["rater"].nunique(), "rater"), counted(result.meta["n_items"], "item")
    tested = frame.dropna(subset="p_adjusted")
    begin = f"Of {raters} of {items}"
    if tested.empty:
        return f"{begin}, whether any stands apart was not tested: too few {_units(result)}."
    family = f"Holm over {counted(len(tested), 'test')}"
    apart = tested[tested["p_adjusted"] < APART].sort_values(["p_adjusted", "p"])
    if apart.empty:
        return (
            f"{begin}, none was found to be more lenient or less consistent than the others ({family}), which does not show "
            "that they are alike."
        )
    told = [_told(row) for _, row in apart.head(3).iterrows()]
    who = apart["rater"].nunique()
    more = f" and {number(len(apart) - 3)} more" if len(apart) > 3 else ""
    return (
        f"{begin}, {number(who)} {'stands' if who == 1 else 'stand'} apart: {listed(told)}{more} ({family})."
    )


def _units(result: Result) -> str:
    return str(result.meta["specification"]["unit"]) + "s"


def _told(row: pd.Series) -> str:
    p = p_value(float(row["p_adjusted"]))
    if row["measure"] == LENIENCY:
        side = "above" if row["estimate"] > 0 else "below"
        size = row.copy()
        if row["estimate"] < 0:
            size["estimate"], size["lower"], size["upper"] = -row["estimate"], -row["upper"], -row["lower"]
        return f"{row['rater']} rates {interval(size)} points {side} all raters on the same items ({p})"
    return f"{row['rater']} goes with the others by r = {interval(row)} (these by {row['rest']:.2f}, {p})".replace(
        "-", "−"
    )


def effects_chart(result: Result, *, width: int = 220) -> Figure:
    """Each rater's leniency and consistency with their intervals, the most lenient first; grey: not told apart."""
    frame = result.estimates
    told = frame["p_adjusted"] < APART
    order = list(frame[frame["measure"] == LENIENCY].sort_values("estimate", ascending=False)["rater"])
    panels = [
        interval_rows(
            frame[own].assign(row=frame["rater"], series=measure, told=told),
            order=order,
            title=title,
            zero=True,
            width=width,
        )
        for measure, title in (
            (LENIENCY, "Points above all raters"),
            (CONSISTENCY, "Correlation with the others"),
        )
        for own in [(frame["measure"] == measure) & frame["estimate"].notna()]
    ]
    return alt.hconcat(*panels, spacing=18)


def effects_reasons(result: Result) -> list[Reason]:
    """Raters whose ratings say nothing, or the reverse, of what the others rate; who stands apart; what was not tested."""
    found = []
    raters = result.estimates["rater"].nunique()
    for _, row in result.estimates.iterrows():
        where = {"rater": str(row["rater"]), "measure": str(row["measure"])}
        if pd.isna(row["p_adjusted"]):
            found.append(Reason("effect", "untested", f"too few {_units(result)} for a test", where))
        elif row["measure"] == CONSISTENCY and _surely_below_0(row, raters):
            found.append(
                Reason(
                    "apart", "care", "rates the other way round than the others: is its scale turned?", where
                )
            )
        elif row["measure"] == CONSISTENCY and row["lower"] <= 0:
            found.append(Reason("apart", "care", "its ratings can't be told from ratings at random", where))
        elif row["p_adjusted"] < APART:
            found.append(
                Reason(
                    "apart",
                    "care",
                    f"stands apart from the others ({p_value(float(row['p_adjusted']))})",
                    where,
                )
            )
    return found


def _surely_below_0(row: pd.Series, raters: int) -> bool:
    """Whether a correlation is below 0 by Fisher's z, so that of all raters one is wrongly said to be at most as often."""
    z = np.arctanh(max(float(row["estimate"]), -1 + 1e-12)) * np.sqrt(max(float(row["n_scored"]) - 3, 0.0))
    return bool(row["upper"] < 0 and z < stats.norm.ppf(APART / 2 / raters))
