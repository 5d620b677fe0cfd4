"""What speaks for and against weights."""

from __future__ import annotations

from valuestats.base.labels import counted, number
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason
from valuestats.weights.curve import ACCURACY, AGAINST

MOST_INFLATION = 10.0
"""Variance inflation above which a weight is hardly told from its neighbours' (Kutner, Nachtsheim and Neter 2004)."""
LEAST_Z = 3.0
LEAST_REACHED = 3
LEAST_CERTAINTY = 0.8


def _units(result: Result) -> list[Reason]:
    n = int(result.estimates["n_units"].min())
    if result.meta["specification"]["unit"] == "choice" or n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals rest on {counted(n, 'unit')}")]
    return [Reason("units", "care", f"rests on {counted(n, 'unit')}")]


def weight_reasons(result: Result) -> list[Reason]:
    """Features that vary together, and few units."""
    found = _units(result)
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
    return found or [Reason("baseline", "sound", "every method is above guessing")]


def class_reasons(result: Result) -> list[Reason]:
    """Starts that reached the maximum, whether one class would do, and how certain members are."""
    found = _units(result)
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
    found = _units(result)
    z = abs(result.meta["denominator_z"])
    if z < LEAST_Z:
        found.append(Reason("denominator", "none", f"what it is divided by is {z:.1f} errors from 0"))
    return found
