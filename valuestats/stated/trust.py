"""What speaks for and against a gap between what is said and what is chosen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason
from valuestats.stated.gaps import OPEN

LEAST_STRENGTH = 3.0
"""Errors above 0 from which the variance of a profile is a firm scale; below it is a rough one, which intervals hold."""
LEAST_RANKED = 0.5
LARGEST_P = 0.05


def _scale(row: pd.Series, where: dict[str, str]) -> Reason | None:
    """Whether both profiles vary beyond their noise, and how well it is known by how much."""
    if not (row["noise"] < LARGEST_P and row["strength"] > 0):
        return Reason("denominator", "none", "a profile that can't be told from noise", where)
    if not row["strength"] >= LEAST_STRENGTH:
        text = (
            f"the spread of a profile is known roughly (its variance is {row['strength']:.1f} errors from 0)"
        )
        return Reason("denominator", "care", text, where)
    return None


def _units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    if result.meta["specification"]["unit"] == "choice" or n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals rest on {counted(n, 'unit')}")]
    return [Reason("units", "care", f"rests on {counted(n, 'unit')}")]


def agreement_reasons(result: Result) -> list[Reason]:
    """Profiles that don't vary beyond noise, intervals that tell nothing, low reliability, and answers that rank nothing."""
    found = _units(result)
    for _, row in result.estimates.iterrows():
        where = {"of": str(row["of"]), "name": str(row["name"])}
        scale = _scale(row, where)
        if scale is not None:
            found.append(scale)
            if scale.sign == "none":
                continue
        if row["relation"] == OPEN:
            found.append(Reason("effect", "none", "neither agreement nor a gap can be told", where))
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
        scale = _scale(row, where)
        if scale is not None and scale.sign == "none":
            found.append(scale)
        elif np.isnan(row["p_adjusted"]):
            found.append(Reason("effect", "untested", "no error of the gap is known", where))
        elif not row["p_adjusted"] < LARGEST_P:
            found.append(Reason("effect", "none", "no gap beyond noise", where))
        elif scale is not None:
            found.append(scale)
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
