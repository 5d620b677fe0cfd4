"""Sentences, figures and tables of the page on controlled value vectors: stored results as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, number
from valuestats.figures.intervals import interval_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import in_words
from valuestats.results.phrases import interval
from valuestats.systems.conva.comparison import KEYS
from valuestats.systems.conva.figures import splits_chart

__all__ = [
    "StoredStudy",
    "control_figure",
    "control_table",
    "direction_table",
    "dose_sentence",
    "effect_figure",
    "effect_sentence",
    "glance_sentence",
    "md",
    "published_table",
    "setup",
    "shift_sentence",
    "shift_table",
    "show",
    "show_table",
    "splits_figure",
    "splits_sentence",
]

PUBLISHED, WHOLE, TRUTH = "published split of rows", "groups held out whole", "truth"
DESIGNS = {
    "pairs": "Pairs: both labels in one context",
    "paraphrases": "Paraphrases: one label a context",
}


def _at(frame: pd.DataFrame, series: str, layer: str) -> pd.Series:
    return frame[(frame["series"] == series) & (frame["layer"].astype(str) == layer)].iloc[0]


def glance_sentence(study: StoredStudy) -> str:
    """What the published split reads where nothing is, and what a vector that says yes scores."""
    pairs, rows = study["pairs_recovery"], study["paraphrases_recovery"]
    control = study["control_recovery"].set_index("condition")
    yes, value = control.loc["yes vector"], control.loc["value vector, p = .90"]
    wrong = [f"{_at(table, PUBLISHED, '0')['estimate']:.0%}" for table in (rows, pairs)]
    right = [f"{_at(table, WHOLE, '0')['estimate']:.0%}" for table in (rows, pairs)]
    return (
        f"In a layer that holds nothing of the value the published split of rows labels {wrong[0]} of paraphrases rightly "
        f"and {wrong[1]} of pairs, where groups held out whole give {right[0]} and {right[1]}. A vector that only makes the "
        f"simulated model say yes succeeds in {yes['published']:.0%} of the items by the published rule, and with "
        f"{interval(yes)} once items keyed both ways and people's labels tell yes-saying apart; the value vector (p = .90) "
        f"succeeds with {interval(value)}."
    )


def splits_figure(study: StoredStudy) -> Figure:
    """Accuracy by layer, for both designs."""
    parts = [study[f"{name}_recovery"].assign(design=title) for name, title in DESIGNS.items()]
    return splits_chart(pd.concat(parts, ignore_index=True))


def splits_sentence(study: StoredStudy) -> str:
    """The two probes with groups held out whole, as their own sentences."""
    return f"Pairs: {study['probe_pairs'].sentence()} Paraphrases: {study['probe_paraphrases'].sentence()}"


def published_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected, with the reason where there is nothing to recompute from."""
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].str[0].str.upper() + table["quantity"].str[1:],
            "Of": table["group"],
            "Published": [number(x) if x >= 1000 else f"{x:g}" for x in table["published"]],
            "Recomputed": [number(x) if pd.notna(x) else "–" for x in table["recomputed"]],
            "Corrected": "–",
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def direction_table(study: StoredStudy) -> pd.DataFrame:
    """Cosines of directions by layer: of halves, with the limit by their own word, with the planted one."""
    mean, probe = study["mean_recovery"], study["logistic_recovery"].set_index("layer")
    own = probe.loc[mean["layer"]]
    return pd.DataFrame(
        {
            "Layer": mean["layer"],
            "Means: two halves": [f"{x:.2f}".replace("-", "−") for x in mean["halves"]],
            "Means: with the limit": [f"{x:.2f}" for x in mean["estimate"]],
            "Means: with the planted": [f"{x:.2f}".replace("-", "−") for x in mean["truth"]],
            "Probe: two halves": [f"{x:.2f}".replace("-", "−") for x in own["halves"]],
            "Probe: with its limit": [f"{x:.2f}" for x in own["estimate"]],
            "Probe: with the planted": [f"{x:.2f}".replace("-", "−") for x in own["truth"]],
        }
    )


def _last(study: StoredStudy) -> pd.DataFrame:
    table = study["shifts"]
    return table[table["layer"] == table["layer"].iloc[-1]].set_index("rule")


def shift_sentence(study: StoredStudy) -> str:
    """What a shift to the target gives in truth, by the published rule and calibrated."""
    table = _last(study)
    rule, own = table.loc["published"], table.loc["calibrated"]
    return (
        f"Rows of new groups that are moved to a probability of {rule['target']:.0%} by the probe's own word have it with "
        f"{rule['truth']:.0%} in truth; by odds from groups held out with {own['truth']:.0%}, for moves of "
        f"{own['relative']:.1%} of a vector's length instead of {rule['relative']:.1%}. What is left is the direction's own "
        "error."
    )


def shift_table(study: StoredStudy) -> pd.DataFrame:
    """Shifts in the last layer."""
    table = _last(study).reset_index()
    return pd.DataFrame(
        {
            "Odds": table["rule"].map(
                {
                    "published": "of the probe itself (published)",
                    "calibrated": "from groups held out",
                }
            ),
            "Target": [f"{x:.2f}" for x in table["target"]],
            "In truth": [f"{x:.2f}" for x in table["truth"]],
            "Length": [f"{x:.2f}" for x in table["shift"]],
            "Of the vector": [f"{x:.1%}" for x in table["relative"]],
            "Moved": [
                f"{number(a)} of {number(b)}" for a, b in zip(table["moved"], table["rows"], strict=True)
            ],
        }
    )


def control_figure(study: StoredStudy) -> Figure:
    """Success by condition: published rule, corrected, truth."""
    table = study["control_recovery"]
    parts = [
        table.assign(estimate=table["published"], lower=None, upper=None, series="published rule"),
        table.assign(series="corrected"),
        table.assign(estimate=table["truth"], lower=None, upper=None, series="truth"),
    ]
    frame = pd.concat(parts, ignore_index=True).astype({"lower": float, "upper": float})
    return interval_rows(
        frame.assign(row=frame["condition"]),
        order=table["condition"].tolist(),
        title="Success of control",
        zero=False,
        width=400,
    )


def dose_sentence(study: StoredStudy) -> str:
    """How success grows with the target, and what it costs."""
    table = study["control_recovery"].set_index("condition")
    slope = study["dose"].estimates.iloc[0]
    tenth = slope[["estimate", "lower", "upper"]].astype(float) * 10
    low, high = table.loc["value vector, p = .90"], table.loc["value vector, p = .99"]
    return (
        f"Up to a target of .90, ten points more of the target probability add {interval(tenth, 1, signed=True)} points of "
        f"success as the judge sees it; from .90 to .99 success goes from {low['estimate']:.0%} to {high['estimate']:.0%} "
        f"while {1 - low['fluent']:.0%} and {1 - high['fluent']:.0%} of the answers are broken."
    )


def effect_figure(study: StoredStudy) -> Figure:
    """Effects on saying yes by the items' key, with the truth."""
    table = study["effect_recovery"]
    names = {v: "yes is the value" if k == 1 else "no is the value" for k, v in KEYS.items()}
    known = table.assign(series=table["dimension"].map(names))
    true = table.assign(
        estimate=table["truth"],
        lower=np.nan,
        upper=np.nan,
        series=[f"truth: {names[d]}" for d in table["dimension"]],
    )
    frame = pd.concat([known, true], ignore_index=True)
    return interval_rows(
        frame.assign(row=frame["condition"]),
        order=list(dict.fromkeys(table["condition"])),
        title="Change of the share of yes",
        zero=True,
        width=400,
    )


def effect_sentence(study: StoredStudy) -> str:
    """What the value vector and the yes vector move, and how many true effects are held."""
    table = study["effect_recovery"]
    by = table.set_index(["condition", "dimension"])

    def both(condition: str) -> str:
        rows = [by.loc[(condition, KEYS[k])] for k in (1, -1)]
        return " and ".join(interval(row, signed=True) for row in rows)

    return (
        "Held against no control item by item, the value vector (p = .90) moves the share of yes by "
        f"{both('value vector, p = .90')} where yes, and where no is the value's answer; the yes vector by "
        f"{both('yes vector')}. A vector of a value moves the two apart, one that only says yes moves both up. "
        f"{number(int(table['holds'].sum()))} of {counted(len(table), 'interval')} hold the true effect; the judge's "
        "errors, learned from people's labels of a quarter, are carried through."
    )


def control_table(study: StoredStudy) -> pd.DataFrame:
    """Control by condition: published, judge alone, corrected, truth, yes-saying, broken answers."""
    table = study["control_recovery"]
    yes = table[["yes_estimate", "yes_lower", "yes_upper"]].set_axis(["estimate", "lower", "upper"], axis=1)
    return pd.DataFrame(
        {
            "Control": table["condition"],
            "Published rule": [f"{x:.2f}" for x in table["published"]],
            "Corrected": [interval(row) for _, row in table.iterrows()],
            "Truth": [f"{x:.2f}" for x in table["truth"]],
            "Yes-saying": [interval(row, signed=True) for _, row in yes.iterrows()],
            "Fluent": [f"{x:.0%}" for x in table["fluent"]],
            "Trust": [in_words(s) for s in table["sign"]],
        }
    )
