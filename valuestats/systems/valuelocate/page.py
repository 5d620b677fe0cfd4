"""Sentences, figures and tables of the page on value neurons: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, number, p_value, signed
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import in_words
from valuestats.results.phrases import interval
from valuestats.systems.valuelocate.figures import rules_chart

__all__ = [
    "StoredStudy",
    "edit_sentence",
    "edit_table",
    "glance_sentence",
    "md",
    "published_table",
    "rule_table",
    "rules_figure",
    "setup",
    "show",
    "show_table",
    "stability_sentence",
]


def glance_sentence(study: StoredStudy) -> str:
    """What tokens as units select, what questions select, and what the published rule finds and misses."""
    rules = study["recovery"].set_index("rule")
    tokens, questions = rules.loc["FDR over tokens"], rules.loc["FDR over questions"]
    rule = rules.loc["Published: δ ≥ .1"]
    planted = int(questions["planted"] + questions["missed"])
    return (
        f"Of {number(len(study['truth']))} simulated neurons {number(planted)} tell a value from its opposite. Tests that "
        f"take tokens for units select {number(tokens['selected'])}, {tokens['false_share']:.0%} of them falsely; with the "
        f"question as the unit {number(questions['selected'])} are selected, {number(questions['others'])} falsely. The "
        f"published rule (δ of at least .1, one side) finds {number(rule['planted'])} of the {number(planted)}."
    )


def rules_figure(study: StoredStudy) -> Figure:
    """Planted and other neurons by rule."""
    rules = study["recovery"]
    return rules_chart(rules, planted=int(rules["planted"].iloc[0] + rules["missed"].iloc[0]))


def published_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected, with the reason where there is nothing to recompute from."""
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": [number(x) if x >= 1000 else f"{x:g}" for x in table["published"]],
            "Recomputed": [number(x) if pd.notna(x) else "–" for x in table["recomputed"]],
            "Corrected": "–",
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def rule_table(study: StoredStudy) -> pd.DataFrame:
    """Each rule with what it selects and what is true of it."""
    rules = study["recovery"]
    return pd.DataFrame(
        {
            "Rule": rules["rule"],
            "Selected": rules["selected"].map(number),
            "Planted": rules["planted"].map(number),
            "False": rules["others"].map(number),
            "False by its own count": [f"{x:,.1f}" for x in rules["swapped"]],
            "Missed": rules["missed"].map(number),
            "Intervals that hold": [
                f"{number(h)} of {number(n)}" if n else "–"
                for h, n in zip(rules["holds"], rules["intervals"], strict=True)
            ],
            "Trust": [in_words(s) for s in rules["sign"]],
        }
    )


def stability_sentence(study: StoredStudy) -> str:
    """The sentence of stability selection, with what is true of it."""
    rules = study["recovery"].set_index("rule").loc["Stable in halves"]
    false = int(rules["others"])
    return f"{study['stable'].sentence()} In truth {number(false)} of them {'is' if false == 1 else 'are'} false."


def edit_sentence(study: StoredStudy) -> str:
    """What edits do once degenerate answers are taken for what they are, beside the placebo sets."""
    table = study["edits"].set_index("condition")
    up = table.loc["forward"]
    lost = int(up["n_asked"] - up["n_scored"])
    return (
        f"Editing the neurons up breaks {number(lost)} of {counted(up['n_asked'], 'answer')}; scored as if they were "
        f"answers they make the change {signed(up['naive'])}, without them it is {interval(up, signed=True)} on a scale "
        f"of 0 to 10 (truth {signed(up['truth'])}), and {number(up['as_much'])} of "
        f"{counted(up['sets'], 'placebo set')} change as much ({p_value(up['p_placebo'])})."
    )


def edit_table(study: StoredStudy) -> pd.DataFrame:
    """Edits up and down: truth, with and without degenerate answers, beyond the placebo, bounds."""
    table = study["edits"]
    beyond = table[["beyond", "beyond_lower", "beyond_upper"]].set_axis(
        ["estimate", "lower", "upper"], axis=1
    )
    return pd.DataFrame(
        {
            "Edit": table["condition"].map({"forward": "up", "reverse": "down"}),
            "Truth": table["truth"].map(signed),
            "All scores": table["naive"].map(signed),
            "Without broken answers": [interval(r, signed=True) for _, r in table.iterrows()],
            "Beyond the placebo": [interval(r, signed=True) for _, r in beyond.iterrows()],
            "Whatever the broken ones were": [
                f"{signed(a)} to {signed(b)}"
                for a, b in zip(table["bound_lower"], table["bound_upper"], strict=True)
            ],
            "Scored": [
                f"{number(a)} of {number(b)}"
                for a, b in zip(table["n_scored"], table["n_asked"], strict=True)
            ],
        }
    )
