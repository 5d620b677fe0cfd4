"""How a multiverse is shown: the specification curve, a sentence, and what speaks against its claims."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, number, readable
from valuestats.results.marks import one_of
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason

FIRM = 0.8
"""A claim that stands in fewer specifications than this depends on choices."""

_STATES = {"stands": "#0072B2", "same direction, interval holds 0": "#8a6fd1", "other direction": "#D55E00"}


def specification_curve(result: Result, *, claim: str | None = None, width: int = 480) -> Figure:
    """Estimates of one claim from lowest to highest with their intervals, and below them what was chosen for each.

    Parameters
    ----------
    result
        Of kind ``"multiverse"``.
    claim
        Which claim; the first where omitted.
    width
        Width in pixels.
    """
    chosen = one_of(result, "claim", claim)
    frame = result.estimates[result.estimates["claim"] == chosen].dropna(subset="estimate")
    frame = frame.sort_values("estimate", kind="stable").reset_index(drop=True)
    frame["place"] = np.arange(1, len(frame) + 1)
    frame["state"] = np.select([frame["stands"], frame["estimate"] > 0], list(_STATES)[:2], list(_STATES)[2])
    x = alt.X("place:Q", title=None, axis=alt.Axis(labels=False, ticks=False, grid=False),
              scale=alt.Scale(domain=[0.3, len(frame) + 0.7], nice=False))  # fmt: skip
    shown = frame[["place", "state", "estimate", "lower", "upper", "specification"]]
    colour = alt.Color(
        "state:N",
        title=None,
        scale=alt.Scale(domain=list(_STATES), range=list(_STATES.values())),
        legend=alt.Legend(orient="bottom", labelLimit=260),
    )
    shape = alt.Shape(
        "state:N",
        title=None,
        scale=alt.Scale(domain=list(_STATES), range=["circle", "square", "triangle-down"]),
    )
    title = "Difference that is claimed"
    base = alt.Chart(shown)
    zero = (
        alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(y=alt.Y("y:Q", title=title))
    )
    spans = base.mark_rule(strokeWidth=1.6).encode(
        x=x, y=alt.Y("lower:Q", title=title), y2="upper:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=46, opacity=1).encode(
        x=x,
        y=alt.Y("estimate:Q", title=title),
        color=colour,
        shape=shape,
        tooltip=[
            alt.Tooltip("specification:N", title="Specification"),
            *(alt.Tooltip(f"{c}:Q", format="+.3f") for c in ("estimate", "lower", "upper")),
        ],
    )
    top = alt.layer(zero, spans, dots).properties(width=width, height=190)
    names = [c for c in result.meta["specification"]["choices"] if c in frame.columns]
    long = frame[["place", *names]].melt("place", var_name="choice", value_name="chosen")
    long["row"] = [
        f"{readable(c)}: {readable(str(v))}" for c, v in zip(long["choice"], long["chosen"], strict=True)
    ]
    order = list(dict.fromkeys(long.sort_values(["choice", "chosen"], key=_order(names))["row"]))
    below = (
        alt.Chart(long[["place", "row"]])
        .mark_square(filled=True, size=34, opacity=1, color="#0072B2")
        .encode(x=x, y=alt.Y("row:N", title=None, sort=order, axis=alt.Axis(labelLimit=220, grid=True)))
        .properties(width=width, height=alt.Step(16))
    )
    return alt.vconcat(top, below, spacing=8)


def _order(names: list[str]):  # type: ignore[no-untyped-def]
    def key(column: pd.Series) -> pd.Series:
        return column.map(names.index) if column.name == "choice" else column.astype(str)

    return key


def multiverse_sentence(result: Result) -> str:
    """In how many specifications each claim stands, and what that does not say."""
    said = []
    for claim, told in result.meta["claims"].items():
        n = int(told["n"])
        text = f"“{claim}” stands in {number(int(told['stands']))} of {counted(n, 'specification')}"
        if told["contradicts"]:
            text += f" and is contradicted in {number(int(told['contradicts']))}"
        elif told["same_sign"] == n - told["without"]:
            text += " and points the same way in all" + (" that give an estimate" if told["without"] else "")
        low, middle, high = (_signed(told[c]) for c in ("lowest", "median", "highest"))
        said.append(f"{text} (estimates {low} to {high}, median {middle})")
    without = max(int(told["without"]) for told in result.meta["claims"].values())
    count = "counts" if without == 1 else "count"
    gone = f" {counted(without, 'specification')} gave no estimate and {count} against." if without else ""
    return (
        f"{'; '.join(said)}.{gone} All rest on the same answers, so this is no replication and the share no probability; it "
        "speaks of the choices that were listed, and of no others."
    )


def _signed(x: float) -> str:
    return f"{round(x, 2) + 0.0:+.2f}".replace("-", "−")


def multiverse_reasons(result: Result) -> list[Reason]:
    """Claims that other choices turn: none where one contradicts, with care where too few let it stand."""
    found = []
    for claim, told in result.meta["claims"].items():
        where, n = {"claim": str(claim)}, int(told["n"])
        if told["contradicts"]:
            text = f"{int(told['contradicts'])} of {n} specifications say the opposite"
            found.append(Reason("specification", "none", text, where))
        elif told["share"] < FIRM:
            text = f"stands in {int(told['stands'])} of {n} specifications"
            found.append(Reason("specification", "care", text, where))
        else:
            found.append(
                Reason(
                    "specification", "sound", f"stands in {int(told['stands'])} of {n} specifications", where
                )
            )
    return found
