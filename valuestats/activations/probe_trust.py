"""What speaks for and against probes, directions and control."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

UNSTABLE = 0.7
"""Cosine of a direction with its limit, below which more than half of its length is chance."""


def probe_reasons(result: Result) -> list[Reason]:
    """Permuted labels, rows of one group in training and test, few groups."""
    found = _groups(result)
    level = result.meta["specification"]["level"]
    shared = result.meta["shared_groups"]
    if shared:
        text = f"{counted(shared, 'group')} with rows in training and test at once"
        found.append(Reason("leak", "care", text))
    for _, row in result.estimates.iterrows():
        where = {"layer": str(row["layer"])}
        if pd.isna(row["p_adjusted"]):
            found.append(Reason("permuted", "care", "not held against permuted labels", where))
        elif row.get("p_least", 0.0) >= 1 - level:
            spec = result.meta["specification"]
            text = (
                f"with {counted(row['n_units'], 'group')} and {counted(spec['permutations'], 'permutation')} no p-value can "
                f"lie below {row['p_least']:.3g}"
            )
            found.append(Reason("effect", "untested", text, where))
        elif row["estimate"] <= row["ceiling"]:
            text = f"{row['estimate']:.2f} is no more than permuted labels reach ({row['ceiling']:.2f})"
            found.append(Reason("permuted", "none", text, where))
        else:
            text = f"above the {level:.0%} point of permuted labels ({row['ceiling']:.2f})"
            found.append(Reason("permuted", "sound", text, where))
    return found


def directions_reasons(result: Result) -> list[Reason]:
    """Directions that other groups would turn, and scores that fall with the label in groups held out."""
    found = _groups(result)
    for _, row in result.estimates.iterrows():
        where = {"layer": str(row["layer"])}
        if row["slope"] <= 0:
            found.append(
                Reason("permuted", "none", "its score does not rise with the label in groups held out", where)
            )
        elif row["estimate"] < UNSTABLE:
            text = f"a cosine of {row['estimate']:.2f} with its limit"
            found.append(Reason("stability", "care", text, where))
        else:
            found.append(
                Reason("stability", "sound", f"a cosine of {row['estimate']:.2f} with its limit", where)
            )
    return found


def control_reasons(result: Result) -> list[Reason]:
    """Saying yes to everything, and the judge."""
    spec = result.meta["specification"]
    found = []
    if not spec["keyed"]:
        found.append(Reason("yes-saying", "care", "items keyed one way: saying yes counts as success"))
    if not spec["labelled"]:
        found.append(Reason("judge", "care", "the judge is not held against people"))
    for _, row in result.estimates.iterrows():
        if spec["keyed"] and row["measure"] == "success" and row["lower"] <= 0.5 <= row["upper"]:
            where = {"condition": str(row["condition"]), "measure": "success"}
            found.append(Reason("yes-saying", "none", "saying yes to everything would do as well", where))
    n = int(result.estimates["n_units"].min())
    if n < TRUST_LIMITS.units:
        found.append(Reason("units", "care", f"rests on {counted(n, 'item')}"))
    return found


def _groups(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    return [Reason("units", "care", f"rests on {counted(n, 'group')}")] if n < TRUST_LIMITS.units else []
