"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, p_cell, span
from valuestats.figures.theme import PALETTE, colour_word
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import GREY, marked
from valuestats.results.phrases import interval
from valuestats.systems.comparison import SIMULATED
from valuestats.systems.when_agents_act.bounds import ALL

__all__ = [
    "StoredStudy",
    "bound_caption",
    "bound_chart",
    "consensus_sentence",
    "consensus_table",
    "contrast_table",
    "glance_sentence",
    "md",
    "published_table",
    "recovery_sentence",
    "setup",
    "show",
    "show_table",
]


def _reversals(study: StoredStudy) -> pd.DataFrame:
    table = study["comparison"]
    return table[table["quantity"] == "reversals (%)"]


def glance_sentence(study: StoredStudy) -> str:
    """How near the published reversals come to the most that the released choices allow."""
    table = _reversals(study)
    bad = study["comparison"]
    bad = bad[bad["verdict"] == "impossible"]
    whole = table[table["group"] == ALL].iloc[0]
    fixed = study["reversals"].set_index("group")
    share = float(fixed["fixed"].to_numpy()[0] / fixed["pairs"].to_numpy()[0])
    if (study["comparison"]["verdict"] == SIMULATED).all():
        return (
            f"Models are said to reverse {whole['published']:.1f}% of their decisions when they act. Whether the release "
            f"allows that can't be said here: {SIMULATED}, of which {whole['upper']:.1f}% at most are reversals."
        )
    told = (
        f"Models are said to reverse {whole['published']:.1f}% of their decisions when they act. The released choices "
        f"allow {whole['upper']:.1f}% at most, and if neither mode nor configuration did anything, pairs of them would "
        f"differ in {whole['random']:.1f}%. In {share:.0%} of the pairs a model gave one answer throughout the dilemma and "
        "can't have reversed."
    )
    if len(bad):
        are = "are" if len(bad) > 1 else "is"
        return f"{told} {counted(len(bad), 'published number')} {are} not possible with these rows."
    return told


def bound_chart(study: StoredStudy) -> Figure:
    """Published reversals on the range that the released choices allow."""
    table = _reversals(study)
    base = alt.Chart(table)
    y = alt.Y("group:N", sort=list(table["group"]), title=None, axis=alt.Axis(labelLimit=200))
    tips = [
        alt.Tooltip("group:N", title="Of"),
        alt.Tooltip("published:Q", title="Published", format=".1f"),
        alt.Tooltip("upper:Q", title="At most", format=".1f"),
        alt.Tooltip("random:Q", title="Pairs at random", format=".1f"),
    ]
    allowed = base.mark_bar(height=18, color=GREY, fillOpacity=0.3, stroke=GREY, strokeWidth=1).encode(
        x=alt.X("lower:Q", title="Reversals (%)", scale=alt.Scale(domainMin=0)),
        x2="upper:Q",
        y=y,
        tooltip=tips,
    )
    told = base.mark_tick(thickness=4, size=26, color=PALETTE[1]).encode(x="published:Q", y=y, tooltip=tips)
    chance = base.mark_tick(thickness=3, size=26, color=PALETTE[0]).encode(x="random:Q", y=y, tooltip=tips)
    return (allowed + chance + told).properties(width=430, height=alt.Step(36))


def bound_caption() -> str:
    """What the colours of the chart mean."""
    possible, chance, told = (colour_word(c) for c in (GREY, PALETTE[0], PALETTE[1]))
    return (
        f"Reversals between theory and action. {capitalised(possible)} bars: what the released choices allow; {chance} "
        f"ticks: what pairs of them give that are put together at random; {told} ticks: what is published."
    )


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | what the rows allow."""
    table = study["comparison"]
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].str[0].str.upper() + table["quantity"].str[1:],
            "Of": table["group"],
            "Published": [f"{x:.1f}" for x in table["published"]],
            "Rows allow": [
                f"{a:.1f} to {b:.1f}" if v != SIMULATED else "–"
                for a, b, v in zip(table["lower"], table["upper"], table["verdict"], strict=True)
            ],
            "At random": [f"{x:.1f}" if pd.notna(x) else "–" for x in table["random"]],
            "Verdict": [f"not computable, {v}" for v in table["verdict"]],
        }
    )


def consensus_sentence(study: StoredStudy) -> str:
    """What independence within dilemmas gives, and how few dilemmas carry the cells."""
    table = study["consensus"]
    whole, each = table[table["item"] == "all"].iloc[0], table[table["item"] != "all"]
    always = each[each["lower"] >= 1 - 1e-9]
    share = float(always["cells"].sum() / whole["cells"])
    weight = each["cells"].to_numpy(dtype=float) / whole["cells"]
    make = (
        f"{counted(len(always), 'dilemma')} with one answer by all {'makes' if len(always) == 1 else 'make'}"
    )
    return (
        f"Over both modes, models choose alike in {span(whole['lower'], whole['upper'], '.0%')} of the cells; models that "
        f"choose independently within each dilemma would in {whole['independent']:.0%}. {make} up {share:.0%} of the "
        f"cells, and the {number(len(each))} dilemmas weigh as much as "
        f"{1 / np.square(weight).sum():.1f} of equal size: a percentage over cells rests on few dilemmas."
    )


def consensus_table(study: StoredStudy) -> pd.DataFrame:
    """Bounds of consensus, dilemma by dilemma."""
    table = study["consensus"].sort_values("cells", ascending=False)
    table = pd.concat([table[table["item"] != "all"], table[table["item"] == "all"]])
    return pd.DataFrame(
        {
            "Dilemma": table["item"].replace("all", "all dilemmas"),
            "Cells": table["cells"].map(number),
            "Alike": [f"{a:.0%} to {b:.0%}" for a, b in zip(table["lower"], table["upper"], strict=True)],
            "Independent": [f"{x:.0%}" for x in table["independent"]],
        }
    )


def contrast_table(study: StoredStudy) -> pd.DataFrame:
    """Confidence and length of reasoning against one model, on the same dilemmas."""
    found, lengths = study["confidence"], study["length"]
    signs = found.verdict.rows["sign"].tolist()
    ratios = np.exp(lengths.estimates[["estimate", "lower", "upper"]].astype(float))
    return pd.DataFrame(
        {
            "Model": [marked(m, s) for m, s in zip(found.estimates["condition"], signs, strict=True)],
            f"Confidence less {_against(study)}'s": [
                interval(row, signed=True) for _, row in found.estimates.iterrows()
            ],
            "p, adjusted": [p_cell(p) for p in found.estimates["p_adjusted"]],
            "Length of reasoning, ratio": [interval(row) for _, row in ratios.iterrows()],
        }
    )


def _against(study: StoredStudy) -> str:
    return str(study["confidence"].meta["specification"]["against"])


def recovery_sentence(study: StoredStudy) -> str:
    """How often the bounds hold where mode and configuration are known."""
    table = study["recovery"]
    told = [
        f"of {r['quantity']} {r['lower']:.0%} to {r['upper']:.0%} about a true {r['truth']:.0%}, held in {r['held']:.0%}"
        for _, r in table.iterrows()
    ]
    return (
        f"In {number(int(table['studies'].iloc[0]))} simulated releases whose modes and configurations are known, bounds "
        f"are, on average, {listed(told)} of them."
    )
