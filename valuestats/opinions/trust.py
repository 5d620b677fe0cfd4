"""What speaks for and against opinion dynamics and forecasts."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, p_value
from valuestats.opinions.forecast import PERSISTENCE
from valuestats.opinions.identified import EDGE
from valuestats.opinions.rivals import better_rules
from valuestats.opinions.rules import ANCHOR, BOUND, SELF, SUSCEPTIBLE
from valuestats.opinions.topics import said_of
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason, Sign


def dynamics_reasons(result: Result) -> list[Reason]:
    """Edges of ranges, parameters that are not told apart, friends no better than a stranger's, changes not seen."""
    told, found = result.meta["identifiability"], []
    for own in told["parameters"]:
        where = {"parameter": own["name"]}
        low, high = own["range"]
        if own["status"] == "nothing":
            found.append(
                Reason(
                    "identified", "none", f"the whole range from {low:.3g} to {high:.3g} fits the data", where
                )
            )
        elif own["status"] != "identified":
            end = low if own["status"] == "lower edge" else high
            found.append(
                Reason("identified", "care", f"its interval reaches the edge of its range, {end:.3g}", where)
            )
        elif own["pieces"] > 1:
            found.append(Reason("identified", "care", f"its interval is in {own['pieces']} pieces", where))
        else:
            found.append(Reason("identified", "sound", "its interval lies within its range", where))
    if told["alike"]:
        names = " and ".join(own["name"] for own in told["parameters"])
        found.append(
            Reason(
                "alike",
                "care",
                f"{names} can't be told apart (posterior rank correlation {told['correlation']:.2f})",
            )
        )
    if result.meta["specification"]["rule"] == ANCHOR:
        where = {"parameter": SUSCEPTIBLE}
        if is_anchored(result):
            found.append(Reason("anchor", "sound", "the first opinion pulls back", where))
        else:
            text = "that the first opinion does not pull back (a susceptibility of 1) is not excluded"
            found.append(Reason("simpler", "none", text, where))
    if told["everybody"] and any(
        own["name"] == BOUND and own["status"] != "nothing" for own in told["parameters"]
    ):
        found.append(
            Reason("simpler", "none", "that everybody is listened to is not excluded", {"parameter": BOUND})
        )
    placebo = result.meta["placebo"]
    if placebo is not None:
        p = placebo["p_value"]
        sign: Sign = "sound" if p <= 0.05 else "none"
        words = "more" if p <= 0.05 else "no more"
        text = f"own friends explain {words} than those of others ({p_value(p)})"
        # Whether the first opinion pulls back is another question than whether friends do.
        only = {"parameter": SELF} if sign == "none" and is_anchored(result) else {}
        found.append(Reason("effect", sign, text, only))
    about = result.meta.get("topics")
    if about is not None:
        found.append(Reason("topics", "care", said_of(about)))
    told_of = result.meta.get("rivals")  # results stored before rules were compared have none
    if told_of is not None and told_of["others"]:
        better = better_rules(told_of)
        found.append(
            Reason("rule", "care", f"{better[0]} describes the same changes better ({told_of['by']})")
            if better
            else Reason("rule", "sound", "no other rule describes the same changes clearly better")
        )
    scored, asked = int(result.estimates["n_scored"].iloc[0]), int(result.estimates["n_asked"].iloc[0])
    if scored < TRUST_LIMITS.scored * asked:
        found.append(Reason("scored", "care", f"{scored} of {asked} changes are seen"))
    return found + _units(result)


def is_anchored(result: Result) -> bool:
    """Whether a susceptibility of 1, with which the first opinion plays no part, is excluded.

    By the profile likelihood and the interval asked for: an equal-tailed interval of a posterior never reaches the end of a
    range.
    """
    rows = result.estimates[result.estimates["parameter"] == SUSCEPTIBLE]
    return len(rows) > 0 and bool(rows[["upper", "profile_upper"]].max(axis=1).iloc[0] < 1 - EDGE)


def forecast_reasons(result: Result) -> list[Reason]:
    """Models that foretell no better than that nobody changes."""
    found = []
    for _, row in result.estimates.iterrows():
        if row["model"] == PERSISTENCE or pd.isna(row["skill_lower"]):
            continue
        better = row["skill_lower"] > 0
        text = f"{'' if better else 'no '}better than persistence in people held out"
        found.append(Reason("persistence", "sound" if better else "none", text, {"model": str(row["model"])}))
    return found + _units(result)


def _units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].iloc[0])
    if n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals rest on {counted(n, 'unit')}")]
    none = ", too few for an interval" if n < TRUST_LIMITS.fewest_units else ""
    return [Reason("units", "care", f"rests on {counted(n, 'unit')}{none}")]
