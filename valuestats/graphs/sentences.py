"""Graphs in sentences, caveats included."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, p_value, readable, signed
from valuestats.graphs.graph import BACKWARD, FORWARD, NONE
from valuestats.graphs.holdout import ALL_EDGES, FOUND, MIXED
from valuestats.graphs.prediction import ADVANTAGE, DESCENDANTS, REST
from valuestats.graphs.refutation import COMMON, EFFECT, PLACEBO, SUBSET
from valuestats.graphs.trust import SUPPORT
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result

_SIGNS = {FORWARD: "→", BACKWARD: "←"}


def edge_text(row: pd.Series) -> str:
    """An edge as it is printed, the cause first.

    Examples
    --------
    >>> import pandas as pd
    >>> edge_text(pd.Series({"first": "Care", "second": "Trust", "edge": "backward"}))
    'Trust → Care'
    """
    one, two = (readable(str(row[k])) for k in ("first", "second"))
    if row["edge"] == BACKWARD:
        return f"{two} → {one}"
    return f"{one} {_SIGNS.get(str(row['edge']), '–')} {two}"


def value_graph_sentence(result: Result) -> str:
    """How many edges there are, how many of them hold, and what the rows by themselves would have shown."""
    made, frame = result.meta["specification"], result.estimates
    edges = frame[frame["edge"] != NONE]
    units = counted(int(result.meta["clusters"]), "cluster" if made["cluster"] is not None else "profile")
    text = (
        f"{counted(len(edges), 'edge')} among {counted(len(frame), 'pair')} of {number(len(made['values']))} values "
        f"({units}, {counted(int(frame['n_scored'].iloc[0]), 'row')})"
    )
    rows = result.meta["edges_by_rows"]
    if rows is not None:
        text += f", where the rows taken one by one would show {number(rows)}"
    if frame["support"].notna().any():
        held = edges[edges["support"] >= SUPPORT].sort_values("support", ascending=False)
        named = listed([edge_text(r) for _, r in held.head(4).iterrows()])
        verb = "is" if len(held) == 1 else "are"
        text += f"; {number(len(held))} of them {verb} in {SUPPORT:.0%} or more of the resampled graphs"
        if len(held):
            text += f" ({'among them ' if len(held) > 4 else ''}{named})"
    if edges["q_value"].notna().any():
        kept = int((edges["q_value"] <= made["alpha"]).sum())
        text += f"; {number(kept)} {'stays' if kept == 1 else 'stay'} once all pairs are adjusted for"
    return (
        text
        + ". An arrow is a cause only if no common cause lies outside the values, which nothing here can tell."
    )


def prediction_sentence(result: Result) -> str:
    """The two shares, their difference, and what mixed labels reach."""
    frame = result.estimates
    own, rest, gain = (frame[frame["quantity"] == k].iloc[0] for k in (DESCENDANTS, REST, ADVANTAGE))
    text = (
        f"Where a value changes, {own['estimate']:.0%} of its descendants change with it and {rest['estimate']:.0%} of the "
        f"other values: a difference of {interval(gain, signed=True)}"
    )
    if pd.notna(gain["p_value"]):
        verdict = "no more than" if gain["p_value"] > 0.05 else "more than"
        text += (
            f", {verdict} the same graph foretells with its labels mixed up "
            f"({signed(gain['baseline'])} on average, {p_value(gain['p_value'])})"
        )
    return text + f"; {counted(int(gain['n_units']), 'unit')}, {counted(int(gain['n_scored']), 'row')}."


def value_effects_sentence(result: Result) -> str:
    """Which values move when some are set, and how far."""
    do, against = result.meta["specification"]["do"], result.meta["specification"]["against"]
    told = listed([f"{readable(k)} is set to {v:g}" for k, v in do.items()])
    than = "than they are" if against is None else f"than at {listed([f'{v:g}' for v in against.values()])}"
    kept = findings(result)
    if kept.empty:
        return f"Where {told}, no other value is told to move; in a linear model on the graph as it is."
    rows = kept.reindex(kept["estimate"].abs().sort_values(ascending=False).index)
    named = listed(
        [f"{readable(str(r['value']))} by {interval(r, signed=True)}" for _, r in rows.head(4).iterrows()]
    )
    return (
        f"Where {told}, {counted(len(kept), 'value')} of {number(len(result.estimates))} "
        f"{'lies' if len(kept) == 1 else 'lie'} elsewhere {than}: {named}; in a linear model, if the graph is right "
        "and nothing "
        "outside it moves two values."
    )


def refutation_sentence(result: Result) -> str:
    """The effect beside its placebos, and whether it stays."""
    rows = {str(r["check"]): r for _, r in result.estimates.iterrows()}
    made = result.meta["specification"]
    own, placebo = rows[EFFECT], rows[PLACEBO]
    size = signed(own["estimate"])
    verdict = (
        "is more than that of placebo causes"
        if placebo["holds"]
        else "is no more than that of placebo causes"
    )
    stays = [k for k in (COMMON, SUBSET) if not rows[k]["holds"]]
    rest = (
        "and stays with a random common cause and on parts of the units"
        if not stays
        else f"but not with a {listed(stays)}"
    )
    return (
        f"The effect of {readable(made['cause'])} on {readable(made['effect'])}, {size} for one, {verdict} "
        f"({p_value(placebo['p_value'])}), {rest}. None of this can tell whether a cause outside the values moves both."
    )


def steering_sentence(result: Result) -> str:
    """How near the target a few shifts come, and what not knowing the side effects would cost."""
    frame = result.estimates
    start, last = frame.iloc[0], frame.iloc[-1]
    names = listed([readable(n) for n in str(last["values"]).split(", ")])
    return (
        f"Shifting {names} brings the mean profile from {interval(start)} to {interval(last)} of the target, summed over "
        f"{counted(len(result.meta['specification']['target']), 'value')}; moved by their own gaps, side effects "
        "unforeseen, "
        f"the same values would leave {last['without_graph']:.2f}. This is what the model foretells, not what was tried."
    )


def holdout_sentence(result: Result) -> str:
    """What the graph is worth for clusters that had no part in it."""
    rows = {str(r["model"]): r for _, r in result.estimates.iterrows()}
    own, mixed, full = (rows[k] for k in (FOUND, MIXED, ALL_EDGES))
    units = counted(int(own["n_units"]), "unit")
    return (
        f"Over independent values a graph of {own['edges']:.0f} edges on average adds {interval(own, signed=True)} "
        "nats to the "
        f"log density of a held-out profile, the same graph with its labels mixed up {interval(mixed, signed=True)}, "
        "and all "
        f"{full['edges']:.0f} edges {interval(full, signed=True)}; {units} in "
        f"{number(result.meta['specification']['folds'])} parts, each found and fitted without the part it is tried on."
    )
