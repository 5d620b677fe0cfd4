"""What speaks for and against weights behind plans."""

from __future__ import annotations

from valuestats.base.labels import counted, listed
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

LARGEST_P = 0.05


def plan_reasons(result: Result) -> list[Reason]:
    """Plans like random ones, weights that they can't tell apart, and few plans."""
    by = result.meta["specification"]["by"]
    found = []
    for fit in result.meta["fits"]:
        where = {} if by is None else {by: str(fit["fit"])}
        if not fit["p_random"] < LARGEST_P:
            found.append(Reason("effect", "none", "plans can't be told from random ones", where))
    for row in result.meta["untold"]:
        where = {} if by is None else {by: str(row[by])}
        which = "no plan here could tell" if row["structural"] else "these plans hardly tell"
        for value in row["values"]:
            others = [v for v in row["values"] if v != value]
            text = f"{which} its weight" + (f" from {listed(others)}" if others else "")
            found.append(Reason("collinear", "care", text, {**where, "value": str(value)}))
    n = int(result.estimates["n_units"].min())
    few = n < TRUST_LIMITS.units
    found.append(Reason("units", "care" if few else "sound", f"rests on {counted(n, 'plan')}"))
    return found
