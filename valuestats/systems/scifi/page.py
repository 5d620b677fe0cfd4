"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.auditing.figures import findings_table
from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, number, p_cell, span
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.scifi.contrasts import BASE
from valuestats.systems.scifi.figures import selection_chart

__all__ = [
    "StoredStudy",
    "contrast_sentence",
    "contrast_table",
    "curse_sentence",
    "curse_table",
    "findings_table",
    "glance_sentence",
    "md",
    "published_table",
    "selection_figure",
    "selection_table",
    "setup",
    "show",
    "show_table",
    "size_sentence",
]


def _percent(row: pd.Series) -> str:
    shown = pd.Series({c: 100 * row[c] for c in ("estimate", "lower", "upper")})
    return interval(shown, 1)


def _best(study: StoredStudy) -> pd.DataFrame:
    table = study["best"]
    return table.assign(prompt=table["what"].str.partition(" | ")[2])


def glance_sentence(study: StoredStudy) -> str:
    """What the best constitution's share is worth, and which contrast survives."""
    best = _best(study)
    share = study["intervals"]
    plain = {
        prompt: share[share["what"] == f"{BASE} | {prompt}"].iloc[0] for prompt in ("normal", "adversary")
    }
    k, most = _SHOWN, int(best["candidates"].max())
    normal, adversary, last = (
        best[(best["prompt"] == prompt) & (best["candidates"] == size)].iloc[0]
        for prompt, size in (("normal", k), ("adversary", k), ("adversary", most))
    )
    clear = last["lower"] > plain["adversary"]["upper"]
    return (
        f"The best generated constitution is reported at {normal['published']:.1%} aligned choices, as against "
        f"{plain['normal']['estimate']:.1%} without any. If it was the best of {k} and {number(share['n'].iloc[0])} "
        f"questions "
        f"are behind it, selection alone explains up to {100 * normal['inflation']:.0f} points, and its true share is "
        f"{normal['lower']:.0%} or more with 95% confidence. Under adversarial prompts it is {adversary['lower']:.0%} "
        f"or more, "
        f"as against {plain['adversary']['estimate']:.0%}: that gain is "
        + (f"there even for the best of {most}." if clear else "in doubt.")
    )


_SHOWN = 20
"""Constitutions tried, in the first sentence."""


def selection_figure(study: StoredStudy) -> Figure:
    """See `selection_chart`."""
    share = study["intervals"].set_index("what")["estimate"]
    base = {prompt: float(share[f"{BASE} | {prompt}"]) for prompt in ("normal", "adversary")}
    return selection_chart(_best(study), base)


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"].merge(
        study["intervals"][["what", "exact_lower", "exact_upper"]], left_on="group", right_on="what"
    )
    parts = table["group"].str.partition(" | ")
    exact = [
        f"[{100 * a:.1f}, {100 * b:.1f}]"
        for a, b in zip(table["exact_lower"], table["exact_upper"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Choices by": parts[0],
            "Prompt": parts[2],
            "Published": [f"{x:.1f}" for x in table["published"]],
            "Corrected": [interval(r, 1) for _, r in table.iterrows()],
            "Exact interval": exact,
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def contrast_sentence(study: StoredStudy) -> str:
    """What the paired contrasts can say from their margins."""
    table = study["contrasts"]
    robust = table[table["contrast"].str.startswith("best constitution")]
    worst = robust.loc[robust["lower"].idxmin()]
    return (
        f"From the two shares alone the number of answers that changed is not known, but bounded. The loss under "
        f"adversarial prompts with the best constitution, {100 * abs(worst['estimate']):.1f} points, can't be told from "
        f"none whatever that "
        f"number is (p {span(robust['p'].min(), robust['p'].max())}), which is no proof of robustness: a loss of "
        f"{100 * abs(worst['lower']):.0f} points is not excluded at {number(worst['n'])} questions."
    )


def contrast_table(study: StoredStudy) -> pd.DataFrame:
    """Paired contrasts for the fewest and the most changed answers, in points."""
    table = study["contrasts"]
    shown = table.assign(**{c: 100 * table[c] for c in ("estimate", "lower", "upper")})
    return pd.DataFrame(
        {
            "Contrast": table["contrast"].map(capitalised, na_action="ignore"),
            "Pairing": table["pairing"],
            "Changed answers": [f"{x:.0%}" for x in table["discordant"]],
            "Difference, points": [interval(r, 1, signed=True) for _, r in shown.iterrows()],
            "McNemar's p": [p_cell(x) for x in table["p"]],
        }
    )


def selection_table(study: StoredStudy) -> pd.DataFrame:
    """Corrected share and bound by the number of candidates."""
    table = _best(study)
    return pd.DataFrame(
        {
            "Prompt": table["prompt"],
            "Constitutions tried": table["candidates"],
            "Published": [f"{x:.1%}" for x in table["published"]],
            "Corrected, if all are alike": [f"{x:.1%}" for x in table["corrected"]],
            "Points by selection": [f"{100 * x:.1f}" for x in table["inflation"]],
            "Lower bound": [f"{x:.1%}" for x in table["lower"]],
        }
    )


def curse_sentence(study: StoredStudy) -> str:
    """How much the best is overrated in simulated studies, and which bound holds."""
    table = study["curse"]
    worst = table.loc[table["naive"].idxmin()]
    return (
        f"In {number(worst['studies'])} simulated studies a setting, with true shares about 90% that are known, the "
        f"best of "
        f"{number(worst['candidates'])} constitutions scores {worst['seen']:.1%} where its truth is {worst['true']:.1%}. A "
        f"one-sided 95% bound that forgets the selection holds that truth in {worst['naive']:.0%} of them; the "
        f"simultaneous one in "
        f"{table['simultaneous'].min():.0%} or more."
    )


def curse_table(study: StoredStudy) -> pd.DataFrame:
    """Simulated selection."""
    table = study["curse"]
    return pd.DataFrame(
        {
            "Constitutions": table["candidates"],
            "Same questions are hard": table["shared"].map({0.0: "no", 0.5: "yes"}),
            "Best scores": [f"{x:.1%}" for x in table["seen"]],
            "Its truth": [f"{x:.1%}" for x in table["true"]],
            "Overrated by": [
                f"{100 * x:+.1f}".replace("-", "−").replace("−0.0", "0.0") for x in table["inflation"]
            ],
            "Plain bound holds": [f"{x:.0%}" for x in table["naive"]],
            "Simultaneous bound holds": [f"{x:.0%}" for x in table["simultaneous"]],
        }
    )


def size_sentence(study: StoredStudy) -> str:
    """What numbers of choices the percentages can come from."""
    sizes = study["sizes"]
    one = [n for name, n in sizes.items() if name != "all"]
    possible = int(study["intervals"].query("not read_off")["possible"].sum())
    return (
        f"{capitalised(counted(possible, 'printed percentage')) if possible else 'None of the printed percentages'} can "
        f"be a "
        f"share of {number(study['intervals']['n'].iloc[0])} questions. Alone they need {number(min(one))} to "
        f"{number(max(one))} "
        f"choices at least, all together {number(sizes['all'])}: they are shares of something else, several choices to "
        f"a question "
        "perhaps, which are then no independent units."
    )
