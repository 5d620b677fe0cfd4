"""What speaks for and against weights."""

from __future__ import annotations

import numpy as np

from valuestats.base.labels import counted, number
from valuestats.results.aspects import Aspect
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason
from valuestats.weights.curve import ACCURACY, AGAINST
from valuestats.weights.sentences import whole_measures

MOST_INFLATION = 10.0
"""Variance inflation above which a weight is hardly told from its neighbours' (Kutner, Nachtsheim and Neter 2004)."""
LEAST_Z = 3.0
LEAST_REACHED = 3
LEAST_CERTAINTY = 0.8
LEAST_LEFT = 0.1
"""Share of a feature's variance that style leaves, below which its effect rests on little."""
LARGEST_POINT_ERROR = 1.0
"""Log likelihood that other points of a simulated integral may cost."""


def _units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    if result.meta["specification"]["unit"] == "choice" or n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals rest on {counted(n, 'unit')}")]
    return [Reason("units", "care", f"rests on {counted(n, 'unit')}")]


def _missing(result: Result) -> list[Reason]:
    """Choices that were not made depending on an attribute, and attributes that can't be told from the place."""
    own = set(result.estimates["feature"].astype(str)) if "feature" in result.estimates.columns else set()
    told: list[tuple[Aspect, str]] = [("missing", "missing_by"), ("collinear", "place_alias")]
    return [
        Reason(aspect, "care", text, {"feature": name} if name in own else {})
        for aspect, key in told
        for name, text in result.meta.get(key, {}).items()
    ]


def weight_reasons(result: Result) -> list[Reason]:
    """Features that vary together, and few units."""
    found = [*_units(result), *_missing(result)]
    high = result.estimates[result.estimates["inflation"] > MOST_INFLATION]
    for _, row in high.iterrows():
        text = f"varies with the other features (variance inflation {row['inflation']:.0f})"
        found.append(Reason("collinear", "care", text, {"feature": str(row["feature"])}))
    if high.empty:
        found.append(Reason("collinear", "sound", "features vary apart"))
    return found


def curve_reasons(result: Result) -> list[Reason]:
    """Methods whose accuracy is not above guessing."""
    found = []
    for _, row in result.estimates.iterrows():
        if (
            row["measure"] == ACCURACY
            and not row["method"].endswith(AGAINST)
            and not row["lower"] > row["baseline"]
        ):
            where = {key: str(row[key]) for key in ("measure", "method", "size")}
            found.append(Reason("baseline", "none", f"not above guessing ({row['baseline']:.2f})", where))
    return [*(found or [Reason("baseline", "sound", "every method is above guessing")]), *_missing(result)]


def class_reasons(result: Result) -> list[Reason]:
    """Starts that reached the maximum, whether one class would do, and how certain members are."""
    found = [*_units(result), *_missing(result)]
    meta = result.meta
    few = meta["reached"] < min(LEAST_REACHED, meta["starts"])
    said = f"{number(meta['reached'])} of {counted(meta['starts'], 'start')} reached the maximum"
    found.append(Reason("optimum", "care" if few else "sound", said))
    one, several = meta["bic"]
    if several >= one:
        found.append(Reason("simpler", "care", "one class describes the choices as well by BIC"))
    if meta["certainty"] < LEAST_CERTAINTY:
        found.append(
            Reason("separation", "care", f"members are told apart with {meta['certainty']:.0%} on average")
        )
    return found


def trade_off_reasons(result: Result) -> list[Reason]:
    """A denominator that is not told from 0, and few units."""
    found = [*_units(result), *_missing(result)]
    z = abs(result.meta["denominator_z"])
    if z < LEAST_Z:
        found.append(Reason("denominator", "none", f"what it is divided by is {z:.1f} errors from 0"))
    return found


def mixed_reasons(result: Result) -> list[Reason]:
    """Weights that are not told to vary, points of the integral that matter, and few units."""
    found = [*_units(result), *_missing(result)]
    meta = result.meta
    if abs(meta["error_of_points"]) > LARGEST_POINT_ERROR:
        text = f"other points of the integral change the log likelihood by {abs(meta['error_of_points']):.1f}"
        found.append(Reason("optimum", "care", text))
    for _, row in result.estimates.iterrows():
        if row["part"] != "spread":
            continue
        where = {"feature": str(row["feature"]), "part": "spread"}
        if not row["p_value"] < 0.05:
            found.append(Reason("effect", "none", "its weight is not told to vary", where))
        elif row["lower"] == 0:
            text = "its spread is told from none by the one-sided test alone: the interval begins at 0"
            found.append(Reason("identified", "care", text, where))
        if np.isposinf(row["upper"]):
            found.append(Reason("identified", "care", "no spread, however large, is excluded", where))
    return found


def measures_reasons(result: Result) -> list[Reason]:
    """Value systems that stand for people no better than one does, or than chance."""
    found = [*_units(result), *_missing(result)]
    rows = whole_measures(result)
    whole, one = (rows[m] for m in ("representativeness", "representativeness of one system"))
    if not whole["lower"] > whole["chance"]:
        found.append(Reason("baseline", "none", f"no better than choosing at random ({whole['chance']:.2f})"))
    elif not whole["estimate"] > one["estimate"]:
        found.append(Reason("simpler", "care", "one value system for all stands for people as well"))
    return found


def style_reasons(result: Result) -> list[Reason]:
    """Features that style says almost all of, effects that can't be told from none, and few units."""
    found = [*_units(result), *_missing(result)]
    for _, row in result.estimates.iterrows():
        where = {"feature": str(row["feature"]), "method": str(row["method"])}
        if row["method"] != "cross-fitted":
            continue
        if row["left"] < LEAST_LEFT:
            text = f"style explains all but {row['left']:.0%} of it"
            found.append(Reason("collinear", "care", text, where))
        if not (row["lower"] > 0 or row["upper"] < 0):
            found.append(Reason("effect", "none", "not told from 0 with style held", where))
    return found
