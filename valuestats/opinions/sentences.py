"""Sentences of opinion dynamics."""

from __future__ import annotations

from typing import Any

import pandas as pd

from valuestats.base.labels import counted, listed, number, p_value
from valuestats.opinions.forecast import PERSISTENCE
from valuestats.opinions.panel import LACK, MORE_STEPS
from valuestats.opinions.rivals import better_rules
from valuestats.opinions.rules import ANCHOR, BOUND, LABELS, SUSCEPTIBLE
from valuestats.opinions.topics import said_of
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def dynamics_sentence(result: Result) -> str:
    """The parameters that are findings, what the data can't tell, and what it rests on."""
    spec, told = result.meta["specification"], result.meta["identifiability"]
    kept = findings(result)
    rule = LABELS[spec["rule"]]
    said = [f"{row['parameter']} {interval(row)}" for _, row in kept.iterrows()]
    begin = f"By {rule}: {listed(said)}" if said else f"No finding by {rule}: {_why(result)}"
    open_ends = [_anchor(result)] if SUSCEPTIBLE in kept["parameter"].tolist() else []
    open_ends += [
        _status(own, result) for own in told["parameters"] if own["status"] != "identified" and said
    ]
    if told["alike"]:
        open_ends.append(f"{listed([own['name'] for own in told['parameters']])} can't be told apart")
    if result.meta.get("topics") is not None:
        open_ends.append(said_of(result.meta["topics"]))
    better = better_rules(result.meta.get("rivals") or {"others": []})
    if better:
        open_ends.append(f"{better[0]} describes the same changes better ({result.meta['rivals']['by']})")
    placebo = result.meta["placebo"]
    if placebo is not None and said:
        more = "more" if placebo["p_value"] <= 0.05 else "no more"
        open_ends.append(f"own friends explain {more} than those of others ({p_value(placebo['p_value'])})")
    row = result.estimates.iloc[0]
    rests = (
        f"{number(row['n_scored'])} of {counted(row['n_asked'], 'change')}, {counted(row['n_units'], 'unit')}"
    )
    rests += "".join(f"; {said}" for said in result.meta["warnings"] if MORE_STEPS in said)
    if spec["error"] is None:
        feigned = "influence or a first opinion that holds" if spec["rule"] == ANCHOR else "influence"
        rests += f"; opinions taken as measured without error, which would look like {feigned}"
    else:
        rests += (
            f"; an error of {spec['error']:g} carried, reliability {result.meta['fit']['reliability']:.2f}"
        )
    return f"{begin}{'; ' if open_ends else ''}{'; '.join(open_ends)} ({rests})."


def _status(own: dict[str, Any], result: Result) -> str:
    low, high = own["range"]
    if own["name"] == BOUND and own["status"] != "nothing" and result.meta["identifiability"]["everybody"]:
        row = result.estimates.set_index("parameter").loc[BOUND]
        return f"no {BOUND} shows, since listening to everybody fits as well (none below {row['lower']:.3g})"
    if own["status"] == "nothing":
        return f"of the {own['name']} the data say nothing"
    if own["name"] == BOUND and own["status"] == "upper edge":
        return f"the {BOUND} may lie beyond the largest distance tried ({high:.3g})"
    edge = low if own["status"] == "lower edge" else high
    return f"the {own['name']} may lie at the edge of its range ({edge:.3g})"


def _anchor(result: Result) -> str:
    row = result.estimates.set_index("parameter").loc[SUSCEPTIBLE]
    back = 1 - row[["estimate", "lower", "upper"]].astype(float)
    turned = pd.Series({"estimate": back["estimate"], "lower": back["upper"], "upper": back["lower"]})
    return f"the first opinion holds with a weight of {interval(turned)}"


def _why(result: Result) -> str:
    placebo = result.meta["placebo"]
    if placebo is not None and placebo["p_value"] > 0.05:
        return f"own friends explain no more than those of others ({p_value(placebo['p_value'])})"
    return "the data fit the whole range of its parameters"


def forecast_sentence(result: Result) -> str:
    """Which models foretell better than persistence in people held out, and by how much."""
    frame = result.estimates
    kept = findings(result)
    better = kept[(kept["model"] != PERSISTENCE)].sort_values("skill", ascending=False)
    base = frame.iloc[0]
    spec = result.meta["specification"]
    apart = [w for w in result.meta["warnings"] if "left out" in w and LACK not in w]
    about = (
        f"{counted(int(base['n_units']), 'unit')} held out in {spec['folds']} parts, {number(base['n_scored'])} of "
        f"{counted(int(base['n_asked']), 'change')}{''.join(f'; {w}' for w in apart)}"
    )
    if better.empty:
        return (
            f"No model foretells the next opinion better than that nobody changes (mean squared error "
            f"{interval(base, 3)}; {about})."
        )
    rest = [str(m) for m in frame["model"] if m != PERSISTENCE and m not in set(better["model"])]
    said = [f"{row['model']} by {_gain(row)}" for _, row in better.iterrows()]
    worse = f"; no better: {listed(rest)}" if rest else ""
    return (
        f"In people held out the squared error is below that of persistence ({base['estimate']:.3g}) for "
        f"{listed(said)}{worse} ({about})."
    )


def _gain(row: pd.Series) -> str:
    ends = f"{100 * row['skill_lower']:.0f}, {100 * row['skill_upper']:.0f}".replace("-", "−")
    return f"{100 * row['skill']:.0f}% [{ends}]"
