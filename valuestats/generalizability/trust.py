"""What speaks against variance components: few levels behind them, and zeros that need be none."""

from __future__ import annotations

from valuestats.base.labels import counted, listed, readable
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason

FEW_LEVELS = 5
"""Below so many levels of a facet, or models, a component's interval spans more than an order of magnitude."""
NOT_NOTHING = 0.1
"""A component at zero whose interval reaches this share of the total may be what most of a design's error comes from."""


def component_reasons(result: Result) -> list[Reason]:
    """Components over few levels; components at zero whose interval holds much; or that all is well."""
    levels = result.meta["specification"]["levels"]
    found = []
    for dimension, of_dimension in result.estimates.groupby("dimension", sort=False):
        total = of_dimension["estimate"].sum()
        for _, row in of_dimension.iterrows():
            name = str(row["component"])
            where = {"dimension": str(dimension), "component": name}
            few = [
                counted(n, readable(axis))
                for axis, n in levels[str(dimension)].items()
                if n < FEW_LEVELS and axis in name.split(" x ")
            ]
            if few:
                found.append(Reason("levels", "care", f"over {listed(few)} only", where))
            if row["estimate"] <= 0 and row["upper"] > NOT_NOTHING * total:
                text = f"estimated at zero, and may be {row['upper'] / total:.0%} of the variance found"
                found.append(Reason("boundary", "care", text, where))
    if not found:
        found.append(Reason("levels", "sound", "every facet has five levels or more"))
    return found
