"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import listed, number, signed, span
from valuestats.figures.intervals import interval_rows
from valuestats.figures.profiles import rank_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.tables import verdict_table

__all__ = [
    "StoredStudy",
    "glance_sentence",
    "md",
    "model_table",
    "order_sentence",
    "outcome_sentence",
    "position_chart",
    "rank_caption",
    "rank_sets_chart",
    "setup",
    "show",
    "show_table",
    "verdict_table",
    "way_out_table",
]


def _short(model: str) -> str:
    return model.split("/")[-1]


def glance_sentence(study: StoredStudy) -> str:
    """How many models lean on the place of an option, which most, and what the order of values then leaves."""
    table = study["comparison"]
    clear = table[(table["first_lower"] > 0) | (table["first_upper"] < 0)]
    high, low = table.loc[table["first"].idxmax()], table.loc[table["first"].idxmin()]
    apart = table["pairs_apart"].sum() / table["pairs"].sum()
    ends = [f"{signed(row['first'])} logits for {_short(row['model'])}" for row in (high, low)]
    return (
        f"{number(len(clear))} of {number(len(table))} models choose by the place of an option: being named first adds "
        f"{listed(ends)}. With the place modelled and pairs of values as clusters, {apart:.0%} of all pairs of values "
        f"differ within a model by intervals that hold for the whole ranking, and a value may hold "
        f"{table['open_places'].mean():.1f} of {number(study['ranks']['option'].nunique())} places on average."
    )


def order_sentence(study: StoredStudy) -> str:
    """How far Elo's order and the fitted one agree, and how many models have another first value."""
    table = study["comparison"]
    other = table[table["top_elo"] != table["top_strength"]]
    names = listed([_short(m) for m in other["model"]]) if len(other) else "no model"
    return (
        f"{study['elo'].sentence()} Over models, its order of the values and that of the fitted strengths agree with τ = "
        f"{span(table['tau'].min(), table['tau'].max())}; the first value differs for {names}."
    )


def outcome_sentence(study: StoredStudy) -> str:
    """What the two ways out take, and what is left to rank on."""
    table = study["comparison_controlled"]
    most, least = table.loc[table["depends"].idxmax()], table.loc[table["depends"].idxmin()]
    left = 1 - table["equal"] - table["depends"]
    lost = [w for w in study["strengths_controlled"].meta["warnings"] if "left out" in w and "none of" in w]
    span = f"from {least['depends']:.0%}, {_short(least['model'])}, to {most['depends']:.0%}, {_short(most['model'])}"
    text = (
        f"Where “equal” and “it depends” are offered, {table['depends'].mean():.0%} of the answers that could be read say "
        f"that it depends ({span}) and {table['equal'].mean():.0%} that both are equal, so that {left.mean():.0%} are left "
        f"to rank the values on; {table['pairs_apart'].sum() / table['pairs'].sum():.0%} of the pairs of values differ then."
    )
    return text + (f" {len(lost)} models gave no answer that could be read." if lost else "")


def position_chart(study: StoredStudy) -> Figure:
    """Effect of the first place, model by model, forced and with two ways out."""
    parts = [
        study[step].assign(series=name)
        for step, name in (("comparison", "forced"), ("comparison_controlled", "with ways out"))
    ]
    frame = pd.concat(parts, ignore_index=True)
    rows = frame.rename(columns={"first": "estimate", "first_lower": "lower", "first_upper": "upper"})
    order = parts[0].sort_values("first", ascending=False)["model"].map(_short).tolist()
    rows = rows[rows["model"].map(_short).isin(order)]
    return interval_rows(
        rows.assign(row=rows["model"].map(_short)),
        order=order,
        title="What being named first adds (logits)",
        zero=True,
        width=430,
    )


def _narrowest(study: StoredStudy) -> str:
    table = study["comparison"]
    return str(table.loc[table["open_places"].idxmin(), "model"])


def rank_sets_chart(study: StoredStudy) -> Figure:
    """Places left open for each value, for the model whose answers leave the fewest."""
    frame = study["ranks"]
    own = frame[frame["model"] == _narrowest(study)]
    named = own.rename(columns={"place": "rank", "best": "rank_lower", "worst": "rank_upper"})
    return rank_chart(named, key="option")


def rank_caption(study: StoredStudy) -> str:
    """Whose places are shown, and why."""
    return (
        f"Places of the values for {_short(_narrowest(study))}, the model whose answers leave the fewest open: all true "
        "places lie in their ranges at once with 95% confidence."
    )


def model_table(study: StoredStudy) -> pd.DataFrame:
    """Elo beside the fitted strengths, model by model."""
    table = study["comparison"].sort_values("first", ascending=False)
    return pd.DataFrame(
        {
            "Model": table["model"].map(_short),
            "Choices": table["n_valid"].map(number),
            "First place": [
                f"{signed(r['first'])} [{signed(r['first_lower'])}, {signed(r['first_upper'])}]"
                for _, r in table.iterrows()
            ],
            "τ": [f"{x:.2f}" for x in table["tau"]],
            "First by Elo": table["top_elo"],
            "First by strength": table["top_strength"],
            "Pairs apart": [f"{a} of {n}" for a, n in zip(table["pairs_apart"], table["pairs"], strict=True)],
            "Places open": [f"{x:.1f}" for x in table["open_places"]],
        }
    )


def way_out_table(study: StoredStudy) -> pd.DataFrame:
    """What the ways out take, model by model."""
    table = study["comparison_controlled"].sort_values("depends", ascending=False)
    return pd.DataFrame(
        {
            "Model": table["model"].map(_short),
            "Read": [
                f"{number(v)} of {number(a)}" for v, a in zip(table["n_valid"], table["n_asked"], strict=True)
            ],
            "It depends": [f"{x:.0%}" for x in table["depends"]],
            "Equal": [f"{x:.0%}" for x in table["equal"]],
            "First place": [signed(x) for x in table["first"]],
            "Pairs apart": [f"{a} of {n}" for a, n in zip(table["pairs_apart"], table["pairs"], strict=True)],
        }
    )
