"""What speaks for and against effects of interventions and responses to dose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, number, p_value, readable
from valuestats.interventions.dose import ANY, MONOTONE, chosen
from valuestats.interventions.effects import OFF
from valuestats.interventions.shapes import THRESHOLD
from valuestats.preferences.no_change import most_others
from valuestats.results.result import Result
from valuestats.results.untested import chance_reason, units_of
from valuestats.results.verdicts import TRUST_LIMITS, Reason
from valuestats.statistics.clusters import LEAST

WEAK_JUDGE = 0.5
"""Sensitivity plus specificity less one, below which a judge's correction rests on little."""
HELD_SIGN = 0.8
"""Share of random halves whose signs agree, below which an effect rests on which questions were asked."""


def effects_reasons(result: Result) -> list[Reason]:
    """No effect; no more than placebos; a sign that halves of the questions don't share; mass outside; the judge; units."""
    found = []
    units = "roles" if result.meta["specification"].get("fixed_items") else "questions"
    for same, (_, row) in zip(unchanged(result.estimates), result.estimates.iterrows(), strict=True):
        where = {key: str(row[key]) for key in result.keys}
        if same:
            found.append(Reason("nothing", "sound", f"nothing was found: {no_change(result, row)}", where))
            continue
        by_role = result.meta["crossed"] and row["test"] == "sign flips of roles"
        one = row[["p_adjusted", "p_least", "level"]].to_dict() | {
            "n_units": row["n_roles" if by_role else "n_units"]
        }
        silent = chance_reason(
            pd.Series(one),
            where,
            "can't be told from no effect",
            "roles" if by_role else units,
            alone=why_no_test(result, row),
        )
        if silent is not None:
            found.append(silent)
            continue
        if row.get("placebo_p", np.nan) > 1 - row["level"] or (
            pd.isna(row.get("placebo_p", np.nan))
            and row.get("beyond_lower", np.nan) <= 0 <= row.get("beyond_upper", np.nan)
        ):
            found.append(Reason("effect", "none", "no more than the placebos do", where))
        if row["agree"] < HELD_SIGN:
            found.append(
                Reason("sign", "care", f"halves of the questions agree in sign in {row['agree']:.0%}", where)
            )
        ends = np.array([row.get("bound_lower", np.nan), row.get("bound_upper", np.nan)])
        if not np.isnan(ends).any() and not (np.sign(row["estimate"]) * ends > 0).all():
            found.append(Reason("missing", "care", "mass outside the options could turn it", where))
        if row["family"] == OFF:
            found.append(Reason("off target", "care", "moves, and was not meant to", where))
        if row["n_scored"] < TRUST_LIMITS.scored * row["n_asked"]:
            pairs = f"{number(row['n_scored'])} of {counted(row['n_asked'], 'pair')} have outcomes"
            found.append(Reason("scored", "care", pairs, where))
    return found + _judge(result) + _units(result)


def unchanged(frame: pd.DataFrame) -> pd.Series:
    """Effects of which every difference is 0, of units enough to have told that all of them moved one way.

    Then nothing varies, so that there is no interval, and p is 1.
    """
    still = (frame["estimate"] == 0) & (frame["p_value"] == 1) & ~(frame["std_error"] > 0)
    return still & (frame["n_units"] >= LEAST) & (frame["p_least"] < 1 - frame["level"])


def no_change(result: Result, row: pd.Series) -> str:
    """That no question's outcomes changed, and what share of others may all the same (`most_others`)."""
    by_role = result.meta["specification"].get("fixed_items") or row["test"] == "sign flips of roles"
    unit = "role" if by_role else "question"
    n = int(row["n_roles"] if result.meta["crossed"] and by_role else row["n_units"])
    others = [str(row[k]) for k in result.keys if k != "condition" and str(row[k]) != "all"]
    whom = f" for {', '.join(others)}" if others else ""
    return (
        f"none of {counted(n, unit)} changes under {readable(str(row['condition']))}{whom}, so that at most "
        f"{most_others(n, row['level']):.0%} of other {unit}s would ({row['level']:.0%})"
    )


def why_no_test(result: Result, row: pd.Series) -> str:
    """Why an effect has no p-value."""
    if not row["n_scored"]:
        return "no pair has both outcomes"
    crossed = result.meta["crossed"]
    kind, n = "question", int(row["n_units"])
    if crossed and row["n_roles"] < n:
        kind, n = "role", int(row["n_roles"])
    hint = "; fixed_items=True would resample the roles" if crossed and kind == "question" else ""
    return f"{counted(n, kind)} {'gives' if n == 1 else 'give'} no interval and no test{hint}"


def _judge(result: Result) -> list[Reason]:
    judge = result.meta["judge"]
    if judge is None:
        return []
    worth = min(
        a + b - 1 for a, b in zip(judge["sensitivity"].values(), judge["specificity"].values(), strict=True)
    )
    found = []
    if worth < WEAK_JUDGE:
        found.append(Reason("judge", "care", f"sensitivity and specificity exceed one by {worth:.2f} only"))
    if judge["errs"] == "alike" and judge["p_alike"] < 0.05:
        found.append(
            Reason(
                "judge",
                "care",
                f"it errs differently under different conditions ({p_value(judge['p_alike'])})",
            )
        )
    return found


def _units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    unit = "role" if result.meta["specification"].get("fixed_items") else "question"
    if n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"estimates rest on {counted(n, unit)} or more")]
    none = ", too few for an interval" if n < TRUST_LIMITS.fewest_units else ""
    return [Reason("units", "care", f"an estimate rests on {counted(n, unit)}{none}")]


def dose_reasons(result: Result) -> list[Reason]:
    """Flat not excluded; a dose that can't be told from the lowest; no monotone response; a step that moves; units."""
    level = float(result.estimates["level"].iloc[0])
    shapes = {s["shape"]: s for s in result.meta["shapes"]}
    found = []
    n, least = int(result.estimates["n_units"].iloc[0]), result.meta.get("p_least", 0.0)
    unit = units_of(result)
    if least >= 1 - level:
        text = f"with {number(n)} {unit} no p-value of a shape can lie below {least:.3g}"
        found.append(Reason("effect", "untested", text))
    elif all(s["p_holm"] >= 1 - level for s in shapes.values() if not np.isnan(s["p_holm"])):
        found.append(
            Reason(
                "flat",
                "none",
                f"no dose does anything that can be told ({p_value(shapes[MONOTONE]['p_holm'])})",
            )
        )
    else:
        for _, row in result.estimates.iterrows():
            silent = chance_reason(row, {"dose": str(row["dose"])}, "can't be told from the lowest", unit)
            found += [] if silent is None else [silent]
        if chosen(result.meta["shapes"]) == ANY:
            found.append(
                Reason("monotone", "care", "held-out items are foretold best by no monotone response")
            )
        top = max(s["share"] for s in result.meta["support"])
        if chosen(result.meta["shapes"]) == THRESHOLD and top < 0.8:
            found.append(
                Reason("place", "care", f"the step lies at its best place in {top:.0%} of resamples")
            )
    scored, asked = int(result.estimates["n_scored"].iloc[0]), int(result.estimates["n_asked"].iloc[0])
    if scored < TRUST_LIMITS.scored * asked:
        found.append(Reason("scored", "care", f"{scored} of {asked} items have outcomes at every dose"))
    return found + _units(result)
