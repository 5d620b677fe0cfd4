"""What speaks for and against a law."""

from __future__ import annotations

from typing import Any

import pandas as pd

from valuestats.base.labels import counted, listed, number, p_value, signed
from valuestats.laws.comparison import FLAT, POWER
from valuestats.laws.strays import unsaid
from valuestats.results.aspects import Aspect
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason, Sign
from valuestats.statistics.multiplicity import least_flip_p

LEAST_SPAN = 10.0
"""Largest size over the smallest, below which an exponent is hardly one of a law."""
LEAST_REACHED = 3


def law_reasons(result: Result) -> list[Reason]:
    """Starts that reached the optimum, the span of the sizes, exponents that may be 0, a floor that may be none."""
    group = result.keys[0] if len(result.keys) > 1 else None
    found = _few_units(result) if group is None else []
    for column, count in result.meta.get("unsaid_units", {}).items():
        found.append(Reason("design", "care", unsaid(column, count)))
    for fit in result.meta["fits"]:
        where = {} if group is None else {group: str(fit["fit"])}
        reached, starts = int(fit["reached"]), int(fit["starts"])
        few = reached < min(LEAST_REACHED, starts)
        said = f"{number(reached)} of {counted(starts, 'start')} reached the optimum"
        found.append(Reason("optimum", "care" if few else "sound", said, where))
        strays = fit.get("strays", {})  # results stored before they were looked for have none
        if strays:
            named = stray_names(strays)
            text = f"{named} {'strays' if len(strays) == 1 else 'stray'} from the law of all: fit them apart (by=)"
            found.append(Reason("strays", "care", text, where))
        twice = fit.get("twice", 0)
        if twice:
            found.append(
                Reason("repeated", "care", f"{counted(twice, 'row')} stand twice, in every value", where)
            )
        for size, span in fit["span"].items():
            if span < LEAST_SPAN:
                found.append(Reason("span", "care", f"{size} spans a factor of {span:.1f}", where))
    found += _flat(result, group)
    for _, row in result.estimates.dropna(subset=["lower", "upper"]).iterrows():
        where = {"parameter": str(row["parameter"])} | ({} if group is None else {group: str(row[group])})
        if str(row["parameter"]).startswith("exponent") and row["lower"] <= 0 <= row["upper"]:
            found.append(Reason("flat", "none", "its interval holds 0: a flat line is not excluded", where))
        if str(row["parameter"]).startswith("exponent") and row["upper"] < 0:
            text = "the outcome rises with size, for which a floor is no ceiling: pass its distance to the ceiling"
            found.append(Reason("rising", "care", text, where))
        if row["parameter"] == "floor" and row["lower"] <= 1e-3 * max(row["upper"], 1e-300):
            found.append(Reason("simpler", "care", "its interval reaches 0: no floor is not excluded", where))
    return found


def not_excluded(fit: dict[str, Any]) -> bool:
    """Whether a flat line fits as well; results stored before it was looked at don't say."""
    return fit.get("flat", {}).get("excluded") is False


def _flat(result: Result, group: str | None) -> list[Reason]:
    """Laws of points that a flat line fits as well: no parameter is told of one with a floor, of others no exponent."""
    found = []
    for fit in result.meta["fits"]:
        if not_excluded(fit):
            own = {} if group is None else {group: str(fit["fit"])}
            rows = (
                result.estimates
                if group is None
                else result.estimates[result.estimates[group].astype(str) == str(fit["fit"])]
            )
            text = f"a flat line is not excluded: {straight_line(fit)}"
            names = [
                str(name)
                for name in rows["parameter"]
                if result.meta["specification"]["floor"] or str(name).startswith("exponent")
            ]
            found += [Reason("flat", "none", text, {"parameter": name, **own}) for name in names]
    return found


def straight_line(fit: dict[str, Any]) -> str:
    """The exponents of a straight line of logs, as text."""
    flat = fit["flat"]
    ends = [
        interval(pd.Series({"estimate": e, "lower": low, "upper": high}), 3, signed=True)
        for e, low, high in zip(flat["exponent"], flat["lower"], flat["upper"], strict=True)
    ]
    return f"as a straight line of logs its exponent is {listed(ends)}"


def stray_names(strays: dict[str, float], most: int = 4) -> str:
    """Units that stray, the farthest first, each with how it changes against the law of the others."""
    names = sorted(strays, key=lambda name: -abs(strays[name]))
    told = [f"{name} ({signed(100 * strays[name], 0)}% a doubling)" for name in names[:most]]
    return listed(told if len(names) <= most else [*told, f"{len(names) - most} more"])


def comparison_reasons(result: Result) -> list[Reason]:
    """Which laws the points do not ask for."""
    group = result.keys[0] if len(result.keys) > 1 else None
    found = _few_units(result) if group is None else []
    for _, row in result.estimates.iterrows():
        if row["law"] == FLAT or row["excluded"] or pd.isna(row["p_value"]):
            continue
        where = {"law": str(row["law"])} | ({} if group is None else {group: str(row[group])})
        text = f"{row['against']} is not excluded ({p_value(row['p_holm'])})"
        if row["against"] == FLAT and row["law"] == POWER:
            whole = {} if group is None else {group: str(row[group])}
            laws = [n for n in result.estimates["law"].unique() if n != FLAT]
            few = could_not_exclude(result, row)
            if few:
                text = f"{counted(int(row['n_units']), 'unit')} can hardly exclude anything ({p_value(row['p_holm'])})"
            aspect: Aspect = "effect" if few else "flat"
            sign: Sign = "untested" if few else "none"
            found += [Reason(aspect, sign, text, {**whole, "law": str(law)}) for law in laws]
        else:
            found.append(Reason("simpler", "care", text, where))
    return found


def could_not_exclude(result: Result, row: pd.Series) -> bool:
    """Whether so few units give no p-value that stays below the level: all of them the other way round are as extreme."""
    tests = int(result.estimates["p_value"].notna().sum())
    return tests * least_flip_p(int(row["n_units"]), 10**6) >= 1 - float(row["level"])


def _few_units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    if n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals rest on {counted(n, 'unit')}")]
    none = ", too few for an interval" if n < TRUST_LIMITS.fewest_units else ""
    return [Reason("units", "care", f"rests on {counted(n, 'unit')}{none}")]
