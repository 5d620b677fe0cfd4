"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, number
from valuestats.figures.intervals import interval_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.community_alignment.comparison import MATCH
from valuestats.systems.community_alignment.people import MAJORITY, PERSON

__all__ = [
    "StoredStudy",
    "agreement_sentence",
    "ceiling_chart",
    "coverage_sentence",
    "coverage_table",
    "entropy_sentence",
    "glance_sentence",
    "group_chart",
    "group_sentence",
    "letter_sentence",
    "letter_table",
    "md",
    "oddity_sentence",
    "published_table",
    "setup",
    "show",
    "show_table",
]


_LETTERS = (
    "Letters are thus not exchangeable: either the place of a response matters, or responses of one letter are of one kind. "
    "The table has no texts that could tell which, and whoever compares letters compares both."
)


def _percent(row: pd.Series) -> str:
    """An estimate and its interval in percent, unbroken."""
    text = f"{row['estimate']:.0%}"
    if pd.notna(row["lower"]):
        text += f" [{row['lower']:.0%}, {row['upper']:.0%}]"
    return text.replace(" ", "\u00a0")


def _matches(study: StoredStudy) -> tuple[pd.Series, pd.Series, float]:
    table = study["ceiling"].set_index("matches")
    told = study["comparison"].set_index("quantity").loc[MATCH, "published"] / 100
    return table.loc[PERSON], table.loc[MAJORITY], float(told)


def glance_sentence(study: StoredStudy) -> str:
    """What the published share stands between: chance, another person, the majority of the others."""
    person, most, told = _matches(study)
    place = (
        "as often as one annotator matches another"
        if person["lower"] <= told <= person["upper"]
        else ("less" if told < person["lower"] else "more") + " often than one annotator matches another"
    )
    kind = "simulated " if study.manifest["deviations"] else ""
    return (
        f"**Models are said to match {told:.0%} of people's preferences: {place}** ({_percent(person)}). Whoever knows what "
        f"most of the other annotators prefer matches {_percent(most)}, so that this, not 100%, is what a model that can't "
        f"tell people apart could reach; chance is {person['baseline']:.0%}. From {number(person['n_scored'])} {kind}"
        f"preferences on {counted(int(person['n_units']), 'prompt')} with several annotators each."
    )


def ceiling_chart(study: StoredStudy) -> Figure:
    """Chance, models as published, another annotator, the majority of the others."""
    person, most, told = _matches(study)
    rows = pd.DataFrame(
        [
            {"row": "Guessing", "estimate": person["baseline"]},
            {"row": "21 models (published)", "estimate": told},
            {"row": "Another annotator", **person[["estimate", "lower", "upper"]]},
            {"row": "What most others prefer", **most[["estimate", "lower", "upper"]]},
        ]
    )
    for column in ("estimate", "lower", "upper"):
        rows[column] = 100 * rows[column].astype(float)
    order = rows["row"].tolist()
    return interval_rows(
        rows.assign(series="all"), order=order, title="Preferences matched (%)", zero=False, width=430
    )


def agreement_sentence(study: StoredStudy) -> str:
    """Agreement above chance; annotators have no names in the table."""
    row = study["agreement"].estimates.iloc[0]
    return (
        f"Above chance annotators agree little: Krippendorff's alpha is {interval(row)} (nominal; 0 is chance, 1 full "
        f"agreement), over {number(row['n_items'])} prompts and {number(row['n_scored'])} preferences. Annotators "
        "have no names in "
        "the table, so that the interval resamples prompts and can't see who answered often."
    )


def entropy_sentence(study: StoredStudy) -> str:
    """How spread preferences are, and how much of that few annotators hide."""
    table = study["entropy"].set_index("entropy")
    raw, own = table.loc["uncorrected"], table.loc["corrected"]
    return (
        f"The preferences of a prompt have an entropy of {interval(own)} bits out of {own['baseline']:.0f}, "
        "corrected for few "
        f"annotators; uncorrected it would be {raw['estimate']:.2f}, as if people agreed more than they do."
    )


def letter_sentence(study: StoredStudy) -> str:
    """Whether the letters of the responses are exchangeable."""
    return f"{study['letters'].sentence()} {_LETTERS}"


def letter_table(study: StoredStudy) -> pd.DataFrame:
    """Share of the preferences and strength of each letter."""
    frame = study["letters"].estimates
    counts = study["counts"].groupby("response")["count"].sum()
    return pd.DataFrame(
        {
            "Response": frame["option"].astype(str).to_list(),
            "Preferred": [number(counts[o]) for o in frame["option"].astype(str)],
            "Share": [f"{counts[o] / counts.sum():.0%}" for o in frame["option"].astype(str)],
            "Strength, logits": [interval(row, signed=True) for _, row in frame.iterrows()],
        }
    )


def oddity_sentence(study: StoredStudy) -> str:
    """What does not add up in the table."""
    table = study["oddities"]
    kept = table[table["sets"] > 0]
    if kept.empty:
        return "In every prompt the preferences add up to the annotators that the table names."
    parts = [
        f"{counted(int(r['sets']), 'prompt')} of {number(r['of'])} {'has' if r['sets'] == 1 else 'have'} {r['oddity']}"
        for _, r in kept.iterrows()
    ]
    repeated = "In all prompts the three pairs that repeat a number say the same."
    return f"{'; '.join(parts)}: someone is counted twice there. {repeated}"


def group_sentence(study: StoredStudy) -> str:
    """Whether the simulated groups' truths are held."""
    table = study["recovery"]
    return (
        f"On simulated conversations in the release's layout {int(table['holds'].sum())} of {len(table)} "
        "intervals of the kinds' "
        f"strengths by country hold the truth (those of one country sum to zero and miss together); errors are over "
        f"{number(table['n_units'].max())} annotators a country, and the effect of standing first is modelled."
    )


def group_chart(study: StoredStudy) -> Figure:
    """Strength of kinds of responses by country, estimates beside the truth."""
    table = study["recovery"]
    both = pd.concat(
        [
            table.assign(series="estimated"),
            table.assign(series="true", estimate=table["truth"], lower=float("nan"), upper=float("nan")),
        ],
        ignore_index=True,
    )
    rows = both["country"] + ", " + both["option"]
    return interval_rows(
        both.assign(row=rows),
        order=list(dict.fromkeys(rows)),
        title="Strength of a kind of response (logits, simulated)",
        zero=True,
        width=400,
    )


def coverage_sentence(study: StoredStudy) -> str:
    """What sampling that avoids repetition does for coverage, on simulated candidates."""
    table = study["coverage_recovery"]
    part = table[table["value"] == "traditional"].set_index("condition")
    one, two = part.loc["independent"], part.loc["avoiding each other"]
    return (
        f"On simulated candidates of which {one['single']:.0%} carry a traditional value, {int(one['k'])} drawn "
        "independently "
        f"cover it in {_percent(one)} of the prompts and {int(two['k'])} that avoid each other in {_percent(two)}; "
        f"{int(table['holds'].sum())} of {len(table)} intervals hold the truth. A published coverage can be "
        "compared with another "
        "only at the same number of candidates: no sampling covers more than that number times the share of "
        "single candidates."
    )


def coverage_table(study: StoredStudy) -> pd.DataFrame:
    """Coverage of simulated candidates beside the truth."""
    table = study["coverage_recovery"]
    return pd.DataFrame(
        {
            "Candidates": table["condition"].map(capitalised, na_action="ignore"),
            "Value": table["value"],
            "One carries it": [f"{x:.0%}" for x in table["single"]],
            "Prompts alike": [f"{x:.0%}" for x in table["alike"]],
            "At most": [f"{x:.0%}" for x in table["most"]],
            "Coverage": [_percent(row) for _, row in table.iterrows()],
            "Truth": [f"{x:.0%}" for x in table["truth"]],
        }
    )


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]
    corrected = [
        f"{r['estimate']:.0f} [{r['lower']:.0f}, {r['upper']:.0f}]".replace(" ", "\u00a0")
        if pd.notna(r["estimate"])
        else "–"
        for _, r in table.iterrows()
    ]
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": [f"{x:.3f}" if x < 1 else f"{x:.0f}%" for x in table["published"]],
            "Recomputed": "–",
            "Verdict": table["verdict"],
            "People": corrected,
            "Why": table["explanation"].map(capitalised, na_action="ignore"),
        }
    )
