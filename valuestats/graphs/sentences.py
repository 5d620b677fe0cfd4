"""Graphs in sentences, caveats included."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, readable
from valuestats.graphs.graph import BACKWARD, FORWARD, NONE
from valuestats.graphs.prediction import ADVANTAGE, DESCENDANTS, REST
from valuestats.graphs.trust import SUPPORT
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
            f"({f'{gain["baseline"]:+.2f}'.replace('-', '−')} on average, p = {gain['p_value']:.3f})"
        )
    return text + f"; {counted(int(gain['n_units']), 'unit')}, {counted(int(gain['n_scored']), 'row')}."
