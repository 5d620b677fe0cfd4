"""Sentences of laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.labels import capitalised, counted, listed, number, p_value, readable
from valuestats.laws.comparison import BROKEN, FLAT, FLOOR, POWER
from valuestats.laws.trust import could_not_exclude, not_excluded, straight_line, stray_names
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def power_law_sentence(result: Result) -> str:
    """How much each doubling of size takes off what lies above the floor, the floor, and what this rests on."""
    spec = result.meta["specification"]
    kept = set(findings(result).index)
    told = []
    for fit, frame in _groups(result):
        about = "" if spec["by"] is None else f"{readable(str(fit['fit']))}: "
        told.append(about + _law(frame, kept, spec, fit))
    fits = result.meta["fits"]
    reached = sum(f["reached"] for f in fits)
    known = [
        f"{number(reached)} of {counted(sum(f['starts'] for f in fits), 'start')} reached the optimum",
        _unit_phrase(result),
        *[f"{column} not taken as units" for column in result.meta.get("unsaid_units", {})],
        *[w for w in result.meta["warnings"] if "left out" in w],
    ]
    return f"{'; '.join(told)} ({'; '.join(known)})."


def _law(frame: pd.DataFrame, kept: set[Any], spec: dict[str, Any], fit: dict[str, Any]) -> str:
    outcome = readable(spec["y"])
    strays = fit.get("strays", {})
    verb = "strays" if len(strays) == 1 else "stray"
    apart = [f"{stray_names(strays)} {verb} from the law of the others"] if strays else []
    if not_excluded(fit):
        sizes = listed([readable(size) for size in spec["x"]])
        said = f"that it depends on {sizes} is no finding ({straight_line(fit)})"
        said = listed([said, *apart])
        return f"{capitalised(outcome)}: {said}" if spec["by"] is None else said
    parts = []
    for _, row in frame[frame["parameter"].str.startswith("exponent")].iterrows():
        size = readable(row["parameter"].removeprefix("exponent of ") if len(spec["x"]) > 1 else spec["x"][0])
        if row.name not in kept:
            parts.append(f"that it depends on {size} is no finding (exponent {interval(row, signed=True)})")
            continue
        change = 100 * (1 - 2.0 ** -row[["estimate", "lower", "upper"]].astype(float))
        off = f"{abs(change['estimate']):.1f}%"
        if pd.notna(row["lower"]):
            low, high = sorted(np.abs([change["lower"], change["upper"]]))
            off += f" [{low:.1f}, {high:.1f}]"
        verb = "takes" if change["estimate"] > 0 else "adds"
        parts.append(
            f"each doubling of {size} {verb} {off} {'off' if verb == 'takes' else 'to'} {_what(spec)}"
        )
    floor = frame[frame["parameter"] == "floor"]
    if len(floor):
        row = floor.iloc[0]
        parts.append(
            f"the floor is {interval(row)}" if row["estimate"] > 0 else "the points ask for no floor"
        )
    parts += apart
    return f"{capitalised(outcome)}: {listed(parts)}" if spec["by"] is None else listed(parts)


def _what(spec: dict[str, Any]) -> str:
    if len(spec["x"]) > 1:
        return "its term"
    return "what lies above the floor" if spec["floor"] else "it"


def _groups(result: Result) -> list[tuple[dict[str, Any], pd.DataFrame]]:
    fits = result.meta["fits"]
    if len(result.keys) == 1:
        return [(fits[0], result.estimates)]
    label = result.estimates[result.keys[0]].astype(str)
    return [(fit, result.estimates[label == fit["fit"]]) for fit in fits]


def _unit_phrase(result: Result) -> str:
    spec = result.meta["specification"]
    n = int(result.estimates["n_units"].min())
    if spec.get("intervals") == "profile":
        return f"profile likelihood, {counted(n, 'row')} taken as independent"
    if spec["unit"] == "row":
        return f"{counted(n, 'row')} taken as independent"
    return f"resampled by {readable(spec['unit'])}, {counted(n, 'unit')}"


def law_comparison_sentence(result: Result) -> str:
    """What is excluded and what is not, and how far each law misses what it has not seen."""
    spec = result.meta["specification"]
    grouped = len(result.keys) > 1
    parts = []
    for label, frame in result.estimates.groupby(result.keys[0]) if grouped else [("", result.estimates)]:
        parts.append(
            (f"{readable(str(label))}: " if grouped else "") + _verdicts(frame.set_index("law"), result)
        )
    seen = "the largest sizes of units left out" if spec["largest"] else "units left out"
    text = f"{'; '.join(parts)}. p-values are Holm's, errors of {seen}"
    return f"{capitalised(text)} ({_unit_phrase(result)})."


def _verdicts(table: pd.DataFrame, result: Result) -> str:
    said = []
    few = could_not_exclude(result, table.iloc[0])
    for law, simple in (
        (POWER, "a flat line"),
        (FLOOR, "a law without floor"),
        (BROKEN, "a law without a break"),
    ):
        p = float(table["p_holm"].get(law, np.nan))
        if not np.isnan(p):
            out = "is" if bool(table["excluded"][law]) else "could not be" if few else "is not"
            said.append(f"{simple} {out} excluded ({p_value(p)})")
    if said and few and not table["excluded"].any():
        said[-1] += f", since {counted(int(table['n_units'].min()), 'unit')} can hardly exclude anything"
    best = str(table["estimate"].idxmin())
    off = table["estimate"].astype(float)
    missed = f"{best} misses least, by {missed_by(off[best], 1)} on average"
    if best != FLAT:
        missed += f" where a flat line misses by {missed_by(off[FLAT], 1)}"
    return f"{listed(said)}; {missed}" if said else missed


def missed_by(log_error: float, digits: int = 0) -> str:
    """An error of logarithms as a percentage; of what is nowhere near, that it is not.

    Examples
    --------
    >>> missed_by(0.1, 1), missed_by(80)
    ('10.5%', 'more than 1,000%')
    """
    per_cent = 100 * float(np.expm1(log_error))
    return f"{per_cent:.{digits}f}%" if per_cent <= 1000 else "more than 1,000%"
