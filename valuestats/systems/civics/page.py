"""Tables and sentences of the page on annotators' label sets: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, number, span
from valuestats.missing.page import truth_caption, truth_sentence, truth_table
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.civics.figures import agreement_within_chart

__all__ = [
    "StoredStudy",
    "agreement_within_chart",
    "annotator_sentence",
    "annotator_table",
    "cluster_sentence",
    "comparison_table",
    "dif_sentence",
    "entangled_sentence",
    "entangled_table",
    "glance_sentence",
    "label_caption",
    "label_sentence",
    "md",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "spelling_table",
    "truth_caption",
    "truth_sentence",
    "truth_table",
    "within_caption",
    "within_sentence",
]

_METRICS = {"nominal": "equal or not", "jaccard": "Jaccard", "masi": "MASI"}


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    if "civics" in study.manifest["datasets"]:
        return "The statements are not printed here; they appear by their counts alone."
    return (
        "**The dataset is not at hand. Everything below is worked out from SIMULATED annotations whose nominal alpha "
        "is .81 by construction: no number is about the real annotators, and the published values cannot be "
        "recomputed.**"
    )


def glance_sentence(study: StoredStudy) -> str:
    """The verdicts, what the spellings did, and the corrected agreement."""
    table = study["comparison"]
    found, odd = study["agreement"].estimates.set_index("metric"), study["odd_labels"]
    written = study["as_written"].estimates.set_index("metric")
    reproduced = int((table["verdict"] == "reproduced").sum())
    gap, rest = found["estimate"] - written["estimate"], 1 - written["estimate"]
    masi = found.loc["masi"]
    spelled = (
        f"{number(len(odd))} spellings ({number(odd['n'].sum())} labels) stand for another label; harmonised, "
        f"{gap['masi'] / rest['masi']:.0%} of the MASI disagreement is gone"
        if len(odd)
        else "no spelling stands for another label"
    )
    again = f"{reproduced or 'None'} of {len(table)} published values come out again."
    if table["recomputed"].isna().all():
        again = "The annotations are not at hand: what is said here is of simulated ones."
    return (
        f"{again} {capitalised(spelled)}. Alpha is "
        f"then {interval(masi)} (MASI), with the {number(masi['n_units'])} source pages resampled, from "
        f"{number(masi['n_scored'])} label sets; the other {number(masi['n_asked'] - masi['n_scored'])} places are "
        "statements that an annotator was not given."
    )


def comparison_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    known = table["recomputed"].notna()
    return pd.DataFrame(
        {
            "Alpha": table["group"].map(_METRICS),
            "Published": [f"{x:.3f}" for x in table["published"]],
            "Recomputed": [f"{x:.4f}" if k else "–" for x, k in zip(table["recomputed"], known, strict=True)],
            "Verdict": table["verdict"],
            "Corrected [95%]": [
                interval(row, 3) if pd.notna(row["estimate"]) else "–" for _, row in table.iterrows()
            ],
            "Chance": "0",
            "Scored": [
                f"{s:,.0f} of {a:,.0f}" if pd.notna(s) else "–"
                for s, a in table[["n_scored", "n_asked"]].to_numpy()
            ],
        }
    )


def spelling_table(odd: pd.DataFrame, rows: int = 12) -> pd.DataFrame:
    """The spellings that were repaired, most frequent first."""
    shown = odd.head(rows)
    table = pd.DataFrame(
        {"Written": shown["label"], "Stands for": shown["stands_for"], "Times": shown["n"].map(number)}
    )
    rest = odd.iloc[rows:]
    if len(rest):
        table.loc[len(table)] = [f"({len(rest)} more)", "", number(rest["n"].sum())]
    return table


def within_sentence(table: pd.DataFrame) -> str:
    """Where annotators agree least, and for which levels nothing can be said."""
    known = table.dropna(subset="lower").sort_values("estimate")
    few = int(table["lower"].isna().sum())
    if known.empty:
        return "No level has enough source pages for an interval."
    last = known.iloc[0]
    return (
        f"Agreement is lowest for {last['value']} ({interval(last)}). {few} of {len(table)} levels come from fewer "
        "than six pages and get no interval: their statements are no independent sample."
    )


def entangled_sentence(table: pd.DataFrame) -> str:
    """Which factors of the design give each other away."""
    nested = table[table["cramers_v"] > 0.999]
    names = [f"{row['first']} and {row['second'].replace('_', ' ')}" for _, row in nested.iterrows()]
    if not names:
        return "No factor of the design gives another away."
    return (
        f"Cramér's V is 1 for {'; '.join(names)}: no publisher occurs in two languages, so a difference between "
        "languages is also a difference between publishers, and no model can tell them apart."
    )


def entangled_table(table: pd.DataFrame) -> pd.DataFrame:
    """Cramér's V of each pair of factors."""
    return pd.DataFrame(
        {
            "Factor": table["first"].str.replace("_", " ").map(capitalised, na_action="ignore"),
            "Other factor": table["second"].str.replace("_", " ").map(capitalised, na_action="ignore"),
            "Levels": [
                f"{a:,.0f} × {b:,.0f}" for a, b in table[["levels_first", "levels_second"]].to_numpy()
            ],
            "Cramér's V": [f"{x:.2f}" for x in table["cramers_v"]],
            "Shared": [f"{s:,.0f} of {b:,.0f}" for s, b in table[["shared", "levels_second"]].to_numpy()],
        }
    )


def cluster_sentence(study: StoredStudy) -> str:
    """How much wider the intervals are where pages, not statements, are resampled."""
    pages, single = (study[k].estimates.set_index("metric") for k in ("agreement", "agreement_statements"))
    effect = (pages["std_error"] / single["std_error"]) ** 2
    row, other = pages.loc["masi"], single.loc["masi"]
    return (
        f"{number(row['n_items'])} statements come from {number(row['n_units'])} pages, and statements of a page "
        f"are labelled alike: with pages resampled the interval of MASI alpha is {interval(row, 3)}, with statements one by "
        f"one {interval(other, 3)}; the design effect of the pages is {span(effect.min(), effect.max(), '.1f')} over the "
        "metrics."
    )


def within_caption(table: pd.DataFrame) -> str:
    """Between which levels each factor spreads."""
    parts = []
    for factor, part in table.dropna(subset="estimate").groupby("factor", sort=False):
        ordered = part.sort_values("estimate", kind="stable")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        parts.append(
            f"by {str(factor).replace('_', ' ')} from {low['estimate']:.2f} ({low['value']}) to {high['estimate']:.2f} "
            f"({high['value']})"
        )
    return f"{_few(table)}Alpha runs {'; '.join(parts)}."


def _few(table: pd.DataFrame) -> str:
    """What diamonds stand for, where any are drawn."""
    drawn = table.dropna(subset="estimate")
    return "Diamonds: fewer than six pages, so no interval. " if drawn["lower"].isna().any() else ""


def label_sentence(table: pd.DataFrame) -> str:
    """Which labels annotators agree on least, and what a rare label's alpha means."""
    known = table.dropna(subset="lower").sort_values("estimate")
    if known.empty:
        return "No label comes from enough source pages for an interval."
    low = [
        f"{r['value']} ({interval(r)}, given to {number(r['given'])} statements)"
        for _, r in known.head(3).iterrows()
    ]
    below = int((table["estimate"] < 0.8).sum())
    return (
        f"Label by label, {number(below)} of {number(len(table))} lie below .80; lowest are {'; '.join(low)}. Where one "
        f"annotator gives a label, the share of the others who do runs from {table['specific'].min():.0%} to "
        f"{table['specific'].max():.0%}."
    )


def label_caption(table: pd.DataFrame) -> str:
    """Where labels are agreed on perfectly, and in which topic least."""
    sure = int((table["estimate"] > 0.999).sum())
    means = table.groupby("factor")["estimate"].mean().sort_values()
    return (
        f"{_few(table)}{number(sure)} of {number(len(table))} labels are given by all or none of the annotators; the "
        "mean over labels is "
        f"lowest in {means.index[0]} ({means.iloc[0]:.2f}) and highest in {means.index[-1]} ({means.iloc[-1]:.2f})."
    )


def annotator_sentence(table: pd.DataFrame) -> str:
    """Whether annotators differ in how many labels they give, and how near they come to each other."""
    labels, near = (table[table["term"] == t] for t in ("labels", "nearness"))
    off = labels[(labels["lower"] > 0) | (labels["upper"] < 0)]
    far = labels.sort_values("estimate", key=abs).iloc[-1]
    told = f"{len(off)} of {len(labels)} places give a number of labels that differs from the others' beyond its interval"
    return (
        f"{told}; the furthest off is {far['respondent']} by {interval(far, signed=True)} labels a statement. One minus the "
        f"MASI distance to the others runs from {near['estimate'].min():.2f} to {near['estimate'].max():.2f}. A place in "
        "the release may be another person in another language, so this speaks of the places."
    )


def annotator_table(table: pd.DataFrame) -> pd.DataFrame:
    """Labels more or fewer than the others gave, and nearness to them, by place."""
    labels, near = (table[table["term"] == t].set_index("respondent") for t in ("labels", "nearness"))
    return pd.DataFrame(
        {
            "Place": list(labels.index),
            "Statements": [number(n) for n in labels["n_items"]],
            "Labels more than the others": [interval(row, signed=True) for _, row in labels.iterrows()],
            "1 − MASI distance": [interval(row, 3) for _, row in near.loc[labels.index].iterrows()],
        }
    )


def dif_sentence(study: StoredStudy) -> str:
    """Why differential functioning of statements between languages can't be tested."""
    languages = study["harmonised"].groupby("item")["language"].nunique()
    shared = int((languages > 1).sum())
    if shared:
        return f"{number(shared)} of {number(len(languages))} statements occur in more than one language."
    return (
        f"None of the {number(len(languages))} statements occurs in two languages, and the models' answers are not public: "
        "whether a statement works differently between languages (differential item functioning) cannot be tested, for "
        "people or for models. What can be said of labels is said label by label above."
    )
