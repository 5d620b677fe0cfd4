"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.auditing.figures import checks_table, findings_table
from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, p_cell, p_value, span
from valuestats.interventions.figures import effects_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.value_spectrum.figures import flat_chart

__all__ = [
    "StoredStudy",
    "adoption_sentence",
    "checks_table",
    "effects_chart",
    "findings_table",
    "flat_figure",
    "flatness_table",
    "glance_sentence",
    "interaction_sentence",
    "md",
    "persona_sentence",
    "pilot_sentence",
    "pilot_table",
    "published_sentence",
    "published_table",
    "rank_sentence",
    "selectivity_sentence",
    "setup",
    "show",
    "show_table",
]


def glance_sentence(study: StoredStudy) -> str:
    """How many spectra differ from a flat one, and what the others' spreads are worth."""
    table = study["flatness"]
    clear = table[table["p_holm"] < 0.05].sort_values("p")
    rest = table[table["p_holm"] >= 0.05]
    least = table.loc[table["spread"].idxmin()]
    return (
        f"With {number(study['counts']['n'].iloc[0])} screenshots a value, {number(len(clear))} of {number(len(table))} "
        f"models ({listed(clear['model'].tolist())}) like some values more than others beyond what chance gives; for the "
        f"other {number(len(rest))} the profile over values can't be told from a flat one. The published spread of "
        f"{least['model']}, {least['spread']:.1f} points, is {'less than' if least['spread'] < least['noise'] else 'about'} "
        f"the {least['noise']:.1f} that a model without any preference would show."
    )


def flat_figure(study: StoredStudy) -> Figure:
    """See `flat_chart`."""
    return flat_chart(study["counts"], study["flatness"])


def flatness_table(study: StoredStudy) -> pd.DataFrame:
    """Spread, noise, what is left, the test and the reliability, model by model."""
    table = study["flatness"].sort_values("p")
    reliable = table.rename(columns={"lower": "l", "upper": "u"}).rename(
        columns={"reliability": "estimate", "reliability_lower": "lower", "reliability_upper": "upper"}
    )
    true = table.rename(columns={"true_spread": "estimate"})
    return pd.DataFrame(
        {
            "Model": table["model"],
            "Mean": [f"{x:.0f}" for x in table["mean"]],
            "Spread": [f"{x:.1f}" for x in table["spread"]],
            "Of noise": [f"{x:.1f}" for x in table["noise"]],
            "Without noise": [interval(r, 1) for _, r in true.iterrows()],
            "Flat? p": [p_cell(x) for x in table["p_holm"]],
            "Reliability": [interval(r) for _, r in reliable.iterrows()],
            "Needed for .8": [number(x) if np.isfinite(x) else "–" for x in table["needed"]],
        }
    )


def published_sentence(study: StoredStudy) -> str:
    """How many published numbers come back from the percentages, and which do not."""
    table = study["comparison"]
    off = table[table["verdict"] != "reproduced"]
    text = f"{number(len(table) - len(off))} of {number(len(table))} published means and spreads follow from the percentages"
    if off.empty:
        return text + "."
    named = [
        f"{r['group']} ({r['published']:g} printed, {r['recomputed']:.2f} from the table)"
        for _, r in off.iterrows()
    ]
    return f"{text}; {'this one does' if len(off) == 1 else 'these do'} not: {listed(named)}."


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": [f"{x:g}" for x in table["published"]],
            "Recomputed": [f"{x:.2f}" for x in table["recomputed"]],
            "Corrected": [interval(r, 1) for _, r in table.iterrows()],
            "Verdict": [
                v + (f": {e}" if e else "")
                for v, e in zip(table["verdict"], table["explanation"], strict=True)
            ],
        }
    )


def interaction_sentence(study: StoredStudy) -> str:
    """Whether models differ in what they like, and how large the parts of the variation are."""
    test = study["interaction"].iloc[0]
    if not study["pooled"].passed:
        return study["pooled"].sentence()
    spread = {s["effect"]: pd.Series(s) for s in study["pooled"].meta["spreads"]}
    parts = [f"{interval(spread[k])} {words}" for k, words in _PARTS.items()]
    return (
        f"Models differ in which values they like (likelihood ratio {test['deviance']:.0f} on {number(test['df'])} degrees "
        f"of freedom, {p_value(test['p'])} by simulation). In logits the standard deviations are {listed(parts)}: most of "
        f"what sets the cells apart is how readily a model says yes at all. {study['pooled'].sentence()}"
    )


_PARTS = {
    "model": "between models",
    "value": "between values",
    "model and value": "for models' own taste in values",
}


def rank_sentence(study: StoredStudy) -> str:
    """How many places the screenshots leave open."""
    ranks = study["ranks"]
    size = (ranks["worst"] - ranks["best"] + 1).groupby(ranks["model"]).mean()
    values = ranks["value"].nunique()
    open_all = int((size == values).sum())
    first = ranks[(ranks["best"] == 1)].groupby("model").size()
    return (
        f"Ranked with intervals that hold for a model's whole ranking, a value may hold {size.mean():.1f} of {values} "
        f"places on average; for {counted(open_all, 'model')} every value may hold every place, and which value "
        "comes first is "
        f"open among {span(first.min(), first.max(), '.0f')} values."
    )


def pilot_sentence(study: StoredStudy) -> str:
    """What answers that say neither yes nor no became in the pipeline."""
    table = study["pilot_rates"]
    silent = table[table["unread_as_no"] > 0]
    text = (
        f"Of {number(table['n_asked'].sum())} answers of the pilot {number(table['n_scored'].sum())} say yes or no. The "
        f"pipeline stays on a screenshot for a yes and leaves it for anything else"
    )
    if silent.empty:
        return text + "."
    worst = silent.loc[silent["unread_as_no"].idxmax()]
    return (
        f"{text}, so that {number(silent['unread_as_no'].sum())} refusals and answers such as “Inconclusive” count as no: "
        f"{worst['model']} on {worst['platform']} likes {worst['estimate']:.0%}"
        f" [{worst['lower']:.0%}, {worst['upper']:.0%}] "
        f"of what it judged, and {worst['stayed']:.0%} by the pipeline."
    )


def pilot_table(study: StoredStudy) -> pd.DataFrame:
    """The pilot's rates as read and as the pipeline took them."""
    table = study["pilot_rates"]
    return pd.DataFrame(
        {
            "Model": table["model"],
            "Platform": table["platform"],
            "Yes or no": [f"{a} of {b}" for a, b in zip(table["n_scored"], table["n_asked"], strict=True)],
            "Yes [95%]": [
                f"{e:.0%} [{lo:.0%}, {hi:.0%}]"
                for e, lo, hi in table[["estimate", "lower", "upper"]].to_numpy(dtype=float)
            ],
            "By the pipeline": [f"{x:.0%}" for x in table["stayed"]],
            "Neither, taken as no": table["unread_as_no"],
        }
    )


def adoption_sentence(study: StoredStudy) -> str:
    """The change in the pilot's run with a persona, and in simulated runs whose change is known."""
    own, made = study["adoption"].iloc[0], study["simulated_adoption"].iloc[-1]
    return (
        f"In the one long run of the pilot with a persona ({number(own['n_asked'])} screenshots) the rate of yes goes from "
        f"{own['first']:.0%} in the first half to {own['second']:.0%} in the second, a change of "
        f"{interval(own, 2, signed=True)}: nothing that shows the persona was taken up or the feed followed it."
        f" In {number(made['n_units'])} simulated runs "
        f"whose rate rises by {study['truth']['change']:.2f} the mean change is {interval(made, 2, signed=True)}."
    )


def selectivity_sentence(study: StoredStudy) -> str:
    """What the persona did where its interest was shown, by screenshot and by clip, and why that is no effect of it."""
    table = study["selectivity"].set_index("unit")
    one, clip = table.loc["screenshot"], table.loc["clip"]
    without = (
        f" {number(one['without_yes'])} of {counted(int(one['without']), 'screenshot')} of the same file without a persona "
        "were stayed with, none of them one that was shown with it."
        if one["without"]
        else ""
    )
    clips = counted(int(clip["shown"] + clip["other"]), "clip")
    return (
        f"In {counted(int(one['shown'] + one['other']), 'screenshot')} that the prompt describes, a lover of pets stays "
        f"with {_of(one, 'shown')} that show an animal and {_of(one, 'other')} others, a difference of "
        f"{interval(one, signed=True)} ({p_value(one['p_value'])}). But the same two clips came again and again: of {clips} "
        f"it is {_of(clip, 'shown')} against {_of(clip, 'other')}, {interval(clip, signed=True)} "
        f"({p_value(clip['p_value'])}).{without} What a persona changes takes the same screenshots with and without it; no "
        "public run has them."
    )


def _of(row: pd.Series, kind: str) -> str:
    return f"{number(row[f'{kind}_yes'])} of {number(row[kind])}"


def persona_sentence(study: StoredStudy) -> str:
    """What the matched comparison finds of simulated personas, and how much of it is right."""
    table = study["persona_recovery"].set_index("kind")
    planted = table.loc[["meant", "beside"]]
    none = table.loc["none"]
    found = f"{number(planted['found'].sum())} of {number(planted['cells'].sum())} planted effects"
    return (
        f"{study['persona_effects'].sentence()} {found} are found, {number(none['found'])} of {number(none['cells'])} where "
        f"nothing was planted; {number(none['held'])} of the latter intervals hold 0."
    )
