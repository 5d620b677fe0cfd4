"""What speaks against drift: no change, other people answering, and times that are open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import number
from valuestats.drift.change_points import NONE
from valuestats.drift.families import least_order_p
from valuestats.drift.noted import stance_reasons
from valuestats.drift.response import AVERAGE, CHANGED, OPINION, RATE, RESPONSE
from valuestats.drift.times import TIMES
from valuestats.results.result import Result
from valuestats.results.untested import chance_reason
from valuestats.results.verdicts import Reason
from valuestats.statistics.clusters import LEAST

OPEN = 0.5
"""A time whose interval spans more of the axis than this is open."""
ASTRAY = 0.25
"""Shares that stray by more than this part of the way from a monotone curve do not go one way."""
RESPONDED = 0.05
"""A change of the response rate by more than this may bring another kind of question to be answered."""
OVERLAP = 0.5
"""Below this share of answers that belong to items answered at both steps, what both answered is little."""


def drift_reasons(result: Result) -> list[Reason]:
    """No change that can be told from chance; a response rate that changed; times that could be anywhere."""
    found = []
    if result.meta["specification"]["compat"] == "published":
        text = "no interval, and a wide interval of the extremum makes it 0"
        return [Reason("when", "care", text, {"measure": "drift time"})]
    at = result.meta["specification"]["at"]
    untested: dict[tuple[str, ...], str] = {}
    for _, row in result.estimates.iterrows():
        where = {key: str(row[key]) for key in result.keys}
        whose = tuple(label for key, label in where.items() if key != "measure")
        if row["measure"] in TIMES:
            if np.isnan(row["estimate"]) and whose in untested:
                found.append(Reason("effect", "untested", untested[whose], where))
            elif np.isnan(row["estimate"]):
                found.append(Reason("effect", "none", "no change, so no time of it", where))
            elif row["upper"] - row["lower"] > OPEN * (at[-1] - at[0]):
                text = "its interval spans more than half of the axis"
                found.append(Reason("when", "care", text, where))
            elif row["astray"] > ASTRAY:
                text = f"the shares stray from a monotone curve by {row['astray']:.0%} of the way"
                found.append(Reason("monotone", "care", text, where))
        else:
            found += no_change(result, row)
            if found and found[-1].sign == "untested":
                untested[whose] = found[-1].text
    return [*found, *stance_reasons(result), *other_response(result)]


def no_change(result: Result, row: pd.Series, told: str = "can't be told from no change") -> list[Reason]:
    """That a change can't be told from none, or could not have been."""
    where = {key: str(row[key]) for key in result.keys}
    silent = chance_reason(row, where, told, str(result.meta["specification"]["unit"]))
    return [] if silent is None else [silent]


def other_response(result: Result) -> list[Reason]:
    """A response rate that changed from the first step to the last, group by group."""
    found = []
    grouped = result.meta["specification"]["by"] is not None
    for group, rate in result.meta["response"].items():
        if rate["p_value"] < 0.05 and abs(rate["last"] - rate["first"]) > RESPONDED:
            where = {result.keys[0]: group} if grouped else {}
            text = f"answers that took a stance went from {rate['first']:.0%} to {rate['last']:.0%}"
            found.append(Reason("response", "care", text, where))
    return found


def response_reasons(result: Result) -> list[Reason]:
    """No change; changed answers with no repeats to be held against, or no more than they; little that both answered.

    Parts without a test of their own count where what they are part of was told: response where the rate changed, a total
    and who answers where the rate or an opinion did.
    """
    found = []
    frame, by = result.estimates, result.meta["specification"]["by"]
    group = pd.Series("", index=frame.index) if by is None else frame[by].astype(str)
    clear = frame["p_adjusted"] < 1 - frame["level"]
    unit = result.meta["specification"]["unit"]
    told = {part: set(group[clear & frame["part"].isin(names)]) for part, names in _WHOLE.items()}
    for _, row in result.estimates.iterrows():
        where = {key: str(row[key]) for key in result.keys}
        if row["part"] == CHANGED:
            if np.isnan(row["baseline"]):
                text = "nothing was asked twice at one step, so what asking again alone changes is not known"
                found.append(Reason("repeats", "care", text, where))
            elif np.isnan(row["lower"]):
                found.append(
                    Reason("effect", "untested", f"{number(row['n_units'])} {unit} give no interval", where)
                )
            elif row["lower"] <= row["baseline"]:
                text = f"no more than repeats of one step differ ({row['baseline']:.0%})"
                found.append(Reason("effect", "none", text, where))
        elif row["part"] in (RATE, OPINION, AVERAGE):
            found += no_change(result, row)
        elif row["n_units"] < LEAST or (np.isnan(row["lower"]) and row["estimate"] != 0):
            found.append(
                Reason("effect", "untested", f"{number(row['n_units'])} {unit} give no interval", where)
            )
        elif not (row["lower"] > 0 or row["upper"] < 0):
            found.append(Reason("effect", "none", "its interval holds no change", where))
        elif ("" if by is None else str(row[by])) not in told[row["part"] if row["part"] == RESPONSE else ""]:
            found.append(Reason("effect", "none", "what it is part of can't be told from no change", where))
        if row["part"] == OPINION and row["n_scored"] < OVERLAP * row["n_asked"]:
            text = (
                f"{row['n_scored'] / row['n_asked']:.0%} of the answers are of items that both steps answered"
            )
            found.append(Reason("overlap", "care", text, where))
    return [*found, *stance_reasons(result)]


_WHOLE = {RESPONSE: (RATE,), "": (RATE, OPINION, AVERAGE)}


def change_reasons(result: Result) -> list[Reason]:
    """No change that can be told from chance; a posterior that favours another number; a place that could be anywhere."""
    found = []
    at = result.meta["specification"]["at"]
    for _, row in result.estimates.iterrows():
        where = {key: str(row[key]) for key in result.keys}
        if row["change"] == NONE:
            found += no_change(result, row)
            continue
        if row["upper"] - row["lower"] > OPEN * (at[-1] - at[0]):
            found.append(Reason("when", "care", "its place spans more than half of the axis", where))
        if row["probability"] < OPEN:
            text = f"the posterior gives so many changes {row['probability']:.0%}"
            found.append(Reason("number", "care", text, where))
    return [*found, *stance_reasons(result), *other_response(result)]


def trend_reasons(result: Result) -> list[Reason]:
    """No slope that both tests tell from none; the change of response."""
    found = []
    at = np.array(result.meta["specification"]["at"])
    weight = at - at.mean()
    for _, row in result.estimates.iterrows():
        clusters = row["p_value"] < row["p_steps"]
        why = "a random order of the steps shows as much" if clusters else "clusters like these show as much"
        silent = no_change(result, row, why)
        if silent and silent[0].sign == "untested" and least_order_p(weight, 10**6, True) >= 1 - row["level"]:
            orders = f"{number(len(weight))} steps have too few orders: no p-value can lie below {row['p_least']:.3g}"
            silent = [Reason("effect", "untested", orders, silent[0].where)]
        found += silent
    return [*found, *stance_reasons(result), *other_response(result)]


def curve_reasons(result: Result) -> list[Reason]:
    """No change from end to end; a curve that turns though it may not; the change of response."""
    found = []
    spec = result.meta["specification"]
    for row in result.meta["moved"]:
        where = {key: str(row[key]) for key in result.keys if key != "step"}
        if not (row["lower"] > 0 or row["upper"] < 0):
            found.append(
                Reason(
                    "effect", "none", "the interval of its change from first to last step holds none", where
                )
            )
        elif spec["monotone"] and row["astray"] > ASTRAY:
            text = f"the smooth curve strays from a monotone one by {row['astray']:.0%} of the way"
            found.append(Reason("monotone", "care", text, where))
    return [*found, *stance_reasons(result), *other_response(result)]
