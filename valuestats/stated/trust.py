"""What speaks for and against a gap between what is said and what is chosen."""

from __future__ import annotations

import numpy as np

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

LEAST_STRENGTH = 3.0
"""Errors that the variance of a profile must lie above 0 for its standard deviation to be a scale."""
LEAST_RANKED = 0.5
LARGEST_P = 0.05


def _units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    if result.meta["specification"]["unit"] == "choice" or n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals rest on {counted(n, 'unit')}")]
    return [Reason("units", "care", f"rests on {counted(n, 'unit')}")]


def agreement_reasons(result: Result) -> list[Reason]:
    """Profiles that hardly vary beyond their noise, low reliability, and answers that rank nothing."""
    found = _units(result)
    for _, row in result.estimates.iterrows():
        where = {"of": str(row["of"]), "name": str(row["name"])}
        if not row["strength"] >= LEAST_STRENGTH:
            found.append(
                Reason("denominator", "none", "a profile that hardly varies beyond its noise", where)
            )
            continue
        low = min(row["reliability_stated"], row["reliability_revealed"])
        if low < TRUST_LIMITS.reliability:
            found.append(Reason("reliability", "care", f"reliability of {max(low, 0.0):.2f}", where))
        if row["ranked"] < LEAST_RANKED:
            text = f"only {row['ranked']:.0%} of the answers put one value before another"
            found.append(Reason("missing", "care", text, where))
    return found


def gap_reasons(result: Result) -> list[Reason]:
    """Gaps that can't be told from noise once the other values are adjusted for, and profiles without a scale."""
    found = _units(result)
    for _, row in result.estimates.iterrows():
        where = {"model": str(row["model"]), "value": str(row["value"])}
        if not row["strength"] >= LEAST_STRENGTH:
            found.append(
                Reason("denominator", "none", "a profile that hardly varies beyond its noise", where)
            )
        elif np.isnan(row["p_adjusted"]):
            found.append(Reason("effect", "untested", "no error of the gap is known", where))
        elif not row["p_adjusted"] < LARGEST_P:
            found.append(Reason("effect", "none", "no gap beyond noise", where))
    return found


def norm_reasons(result: Result) -> list[Reason]:
    """Few items, and models no nearer to a group than uniform answers are."""
    found = _units(result)
    for _, row in result.estimates.dropna(subset="baseline").iterrows():
        if not row["upper"] < row["baseline"]:
            where = {"model": str(row["model"]), "group": str(row["group"])}
            found.append(
                Reason("uniform", "none", f"no closer than uniform answers ({row['baseline']:.2f})", where)
            )
    return found
