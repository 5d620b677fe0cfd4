"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number
from valuestats.figures.intervals import interval_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.kaleido.people import AUC, RANK

__all__ = [
    "StoredStudy",
    "decision_chart",
    "glance_sentence",
    "group_chart",
    "group_sentence",
    "md",
    "published_table",
    "setup",
    "show",
    "show_table",
    "tracking_sentence",
    "tracking_table",
    "value_table",
]


def _words(n: int) -> str:
    """A small number as a sentence begins with it."""
    return dict(enumerate(["Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"], 4)).get(n, number(n))


def glance_sentence(study: StoredStudy) -> str:
    """The worked example's decision, and how far other values could move it."""
    table = study["decision"].set_index("quantity")
    yes, spread = table.loc["supports"], table.loc["entropy"]
    half = "could as well go the other way" if yes["lower"] < 0.5 else "holds"
    return (
        f"**{_words(int(yes['n_units']))} values decide little: “{table['action'].iloc[0].lower()}” is supported with "
        f"{interval(yes)}**, so that the decision {half} if other values of the kind had come up; its entropy of "
        f"{interval(spread)} bits leaves open almost everything between agreement and a three-way tie (1.58)."
    )


def decision_chart(study: StoredStudy) -> Figure:
    """Shares of the decision with their intervals."""
    table = study["decision"]
    rows = table[table["quantity"] != "entropy"].assign(
        row=lambda f: f["quantity"].map(capitalised, na_action="ignore"), series="all"
    )
    return interval_rows(
        rows, order=rows["row"].tolist(), title="Share of relevance times valence", zero=False, width=430
    )


def value_table(study: StoredStudy) -> pd.DataFrame:
    """The rows behind the decision."""
    table = study["outputs"]
    return pd.DataFrame(
        {
            "Kind": table["vrd"],
            "Text": table["text"],
            "Relevant": [f"{x:.2f}" for x in table["relevant"]],
            "Supports": [f"{x:.2f}" for x in table["supports"]],
            "Opposes": [f"{x:.2f}" for x in table["opposes"]],
            "Either": [f"{x:.2f}" for x in table["either"]],
        }
    )


def tracking_sentence(study: StoredStudy) -> str:
    """How far the entropy follows people's disagreement, and what few people a situation take off."""
    table = study["tracking"].set_index("measure")
    rank, auc = table.loc[RANK], table.loc[AUC]
    few = study["tracking_few"].set_index("measure").loc[RANK]
    return (
        f"On {counted(int(rank['n_units']), 'simulated situation')} with 10 people each the output's entropy "
        "correlates with "
        f"people's disagreement at {interval(rank)} (rank correlation), and tells divided situations from others "
        "with an AUC of "
        f"{interval(auc)}. With everyone heard the correlation would be {rank['all_people']:.2f}: ten people a "
        "situation hide part "
        f"of it, three leave {interval(few)}. A low correlation is no proof that a model ignores disagreement."
    )


def tracking_table(study: StoredStudy) -> pd.DataFrame:
    """Estimates beside the truth, with ten and with three people a situation."""
    parts = [
        (name, row)
        for name, step in (("10", "tracking"), ("3", "tracking_few"))
        for _, row in study[step].iterrows()
    ]
    return pd.DataFrame(
        {
            "People a situation": [name for name, _ in parts],
            "Measure": [row["measure"] for _, row in parts],
            "Estimate": [interval(row) for _, row in parts],
            "Truth with so many": [f"{row['truth']:.2f}" for _, row in parts],
            "Truth with all": [
                f"{row['all_people']:.2f}" if pd.notna(row["all_people"]) else "–" for _, row in parts
            ],
            "Chance": [f"{row['baseline']:.1f}" for _, row in parts],
        }
    )


def group_sentence(study: StoredStudy) -> str:
    """Which groups differ once all are one family."""
    table = study["groups"]
    found = table[table["differs"]]
    single = int((table["p"] < 0.05).sum())
    names = listed([f"{r['trait']}, {r['group']}" for _, r in found.iterrows()])
    low = table.loc[table["estimate"].idxmin()]
    gap = interval(100 * low[["estimate", "lower", "upper"]].astype(float), 0, signed=True)
    return (
        f"Among {counted(len(table), 'group')} of {counted(table['trait'].nunique(), 'trait')}, one family by Holm's rule, "
        f"{counted(len(found), 'group')} "
        f"{'agrees' if len(found) == 1 else 'agree'} with the model more or less often than the others of the "
        f"trait ({names}; "
        f"{number(single)} without the correction). The simulated truth is that one group agrees less, and the "
        "others of its trait "
        f"therefore look better against it: {low['trait']}, {low['group']}, by {gap} points. "
        f"{int(table['holds'].sum())} of {len(table)} intervals "
        "hold the truth. Annotators are the units; taking their annotations for independent would make the errors too small."
    )


def group_chart(study: StoredStudy) -> Figure:
    """Differences of groups from the others of their trait."""
    table = study["groups"]
    rows = table.assign(row=table["trait"] + ", " + table["group"], series="all")
    for column in ("estimate", "lower", "upper"):
        rows[column] = 100 * rows[column]
    return interval_rows(
        rows,
        order=rows["row"].tolist(),
        title="Agreement with the model against the trait's other groups (points, simulated)",
        zero=True,
        width=430,
    )


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]

    def text(x: float) -> str:
        return "–" if pd.isna(x) else f"{x:.3f}"

    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": table["published"].map(text),
            "Recomputed": table["recomputed"].map(text),
            "Verdict": table["verdict"],
            "With its uncertainty": [
                interval(r) if pd.notna(r["estimate"]) else "–" for _, r in table.iterrows()
            ],
            "Why": table["explanation"].map(capitalised, na_action="ignore"),
        }
    )
