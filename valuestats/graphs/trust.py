"""What speaks for and against the edges of a graph, and what it foretells."""

from __future__ import annotations

from typing import Any

from valuestats.base.labels import counted, number, p_value
from valuestats.graphs.graph import NONE, UNDIRECTED
from valuestats.graphs.holdout import FOUND, MIXED
from valuestats.graphs.prediction import ADVANTAGE
from valuestats.graphs.refutation import EFFECT, PLACEBO
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason, Sign

SUPPORT = 0.8
"""Share of resampled graphs that an edge, or its direction among those with it, is to have."""
ADJUSTED = 0.05
"""Largest adjusted p-value of an edge that is sound."""
WORTH = 0.8
"""Share of the rows that they are to be worth where they are tested as independent."""


def graph_reasons(result: Result) -> list[Reason]:
    """Edges and directions that resampling does not share, rows that are not independent, circles."""
    found = units_reason(result)
    frame, made = result.estimates, result.meta["specification"]
    adjusted = frame["q_value"].notna().any()
    for row in frame.to_dict("records"):
        where = {"pair": str(row["pair"])}
        if row["edge"] == NONE:
            found.append(Reason("edge", "none", "no edge between them", where))
            continue
        support, q = row["support"], row["q_value"]
        if support < SUPPORT or (adjusted and q > ADJUSTED):
            told = [f"{support:.0%} of the resampled graphs have the edge"] if support == support else []
            told += [f"p is {q:.2f} once all pairs are adjusted for"] if adjusted and q == q else []
            found.append(Reason("edge", "care", "; ".join(told), where))
        elif support == support:
            found.append(
                Reason("edge", "sound", f"{support:.0%} of the resampled graphs have the edge", where)
            )
        if row["edge"] != UNDIRECTED and support > 0 and row[row["edge"]] < SUPPORT * support:
            text = f"{row[row['edge']] / support:.0%} of the resampled graphs with the edge direct it so"
            found.append(Reason("direction", "care", text, where))
    worth = float((frame["worth"] / frame["n_scored"]).mean())
    if made["test"] == "rows" and made["cluster"] is not None and worth < WORTH:
        text = f"rows are tested as independent, though clusters make them worth {worth:.0%} of their number"
        found.append(Reason("design", "care", text))
    if not result.meta["extends"]:
        found.append(Reason("circle", "care", "no acyclic graph has these directions"))
    return found


def prediction_reasons(result: Result) -> list[Reason]:
    """Whether the graph foretells more than its own shape does with any labels."""
    found = units_reason(result)
    row = result.estimates.set_index("quantity").loc[ADVANTAGE]
    p: Any = row["p_value"]
    permutations = result.meta["specification"]["permutations"]
    if p != p:
        return found
    sign: Sign = "none" if p > 0.05 or not row["estimate"] > 0 else "sound"
    text = f"{p_value(p)} among {counted(permutations, 'graph')} with mixed labels"
    return [*found, Reason("effect", sign, text, {"quantity": ADVANTAGE})]


def units_reason(result: Result) -> list[Reason]:
    """Whether enough units were resampled."""
    units = int(result.estimates["n_units"].min())
    few = units < TRUST_LIMITS.units
    text = f"rests on {counted(units, 'resampled unit')}" if few else f"{number(units)} units are resampled"
    return [Reason("units", "care" if few else "sound", text)]


def effect_reasons(result: Result) -> list[Reason]:
    """Values that no way leads to or that equivalent graphs move otherwise, and effects that may be none."""
    found = units_reason(result)
    for row in result.estimates.to_dict("records"):
        where = {"value": str(row["value"])}
        if not row["reached"]:
            found.append(Reason("edge", "none", "no way leads there in the graph", where))
            continue
        if row["lower"] <= 0 <= row["upper"]:
            found.append(Reason("effect", "none", "the interval holds 0", where))
        low, high = row["lowest"], row["highest"]
        if high - low > 0.25 * max(abs(low), abs(high)):
            text = f"equivalent graphs give effects from {low:+.2f} to {high:+.2f}"
            found.append(Reason("direction", "care", text, where))
    return found


def refutation_reasons(result: Result) -> list[Reason]:
    """Whether the effect is more than a placebo's, and stays where it should."""
    found = units_reason(result)
    rows = result.estimates.set_index("check")
    for check, row in rows.iterrows():
        if check == EFFECT or row["holds"]:
            continue
        if check == PLACEBO:
            text = f"placebo causes reach the effect ({p_value(row['p_value'])})"
            found.append(Reason("effect", "none", text, {"check": EFFECT}))
        else:
            found.append(Reason("design", "care", f"the effect changes with: {check}", {"check": EFFECT}))
    return found


def steering_reasons(result: Result) -> list[Reason]:
    """Whether the target is neared at all, and how far the shifted profile keeps its order."""
    found = units_reason(result)
    frame = result.estimates
    start = float(frame["estimate"].iloc[0])
    for row in frame.iloc[1:].to_dict("records"):
        if not row["upper"] < start and row["upper"] == row["upper"]:
            text = "the distance left may be as large as without any shift"
            found.append(Reason("effect", "none", text, {"shifted": str(row["shifted"])}))
    return found


def holdout_reasons(result: Result) -> list[Reason]:
    """Whether a graph describes other clusters better than independent values, and than its labels mixed up."""
    found = units_reason(result)
    rows = result.estimates.set_index("model")
    own, mixed = rows.loc[FOUND], rows.loc[MIXED]
    where = {"model": FOUND}
    if not own["lower"] > 0:
        found.append(Reason("effect", "none", "no better for held-out units than independent values", where))
    elif not own["lower"] > mixed["estimate"]:
        found.append(
            Reason("effect", "none", "no better for held-out units than with its labels mixed up", where)
        )
    return found
