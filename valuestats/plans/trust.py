"""What speaks for and against weights behind plans."""

from __future__ import annotations

from valuestats.base.labels import counted, listed
from valuestats.plans.weights import UNTOLD
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

LARGEST_P = 0.05
GAIN = 3.0
"""Log likelihood that another horizon must gain: at twenty to one the better of the two."""


def plan_reasons(result: Result) -> list[Reason]:
    """Plans like random ones, another horizon, weights that they can't tell apart or from nothing, and few plans."""
    by = result.meta["specification"]["by"]
    found = []
    for fit in result.meta["fits"]:
        where = {} if by is None else {by: str(fit["fit"])}
        if not fit["p_random"] < LARGEST_P:
            found.append(Reason("effect", "none", "plans can't be told from random ones", where))
    for fit in result.meta["fits"]:
        where = {} if by is None else {by: str(fit["fit"])}
        own = {h["horizon"]: h["log_likelihood"] for h in result.meta["horizons"] if h["fit"] == fit["fit"]}
        best = max(own, key=lambda h: own[h])
        gain = own[best] - own[result.meta["specification"]["horizon"]]
        if gain > GAIN:
            text = f"looking {counted(best, 'step')} ahead fits better, by {gain:.0f} in log likelihood"
            found.append(Reason("horizon", "care", text, where))
    told = result.estimates[result.estimates["kept"] < UNTOLD]
    random = {str(fit["fit"]) for fit in result.meta["fits"] if not fit["p_random"] < LARGEST_P}
    for _, row in told[told["p_zero"] > LARGEST_P].iterrows():
        if ("all" if by is None else str(row[by])) in random:
            continue
        where = {key: str(row[key]) for key in result.keys}
        text = "may weigh nothing; the intervals of the others hold the prior's guess of it"
        found.append(Reason("zero", "care", text, where))
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
