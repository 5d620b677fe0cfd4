"""Tables and sentences of the page on GlobalOpinionQA: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.alignment.figures import country_chart
from valuestats.base.labels import capitalised, number
from valuestats.pages.demographic_alignment import (
    between_caption,
    dot_plot_caption,
    dot_plot_frame,
    matrix_caption,
    on_the_map,
    people_on_the_map,
    questions_caption,
    steering_caption,
    stereotype_caption,
)
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import heading, paragraph, show_figure
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.similarity.figures import similarity_chart
from valuestats.similarity.matrix_figure import similarity_matrix_chart
from valuestats.similarity.question_explorer import question_picker
from valuestats.similarity.world_map import world_chart

__all__ = [
    "StoredStudy",
    "between_caption",
    "country_chart",
    "country_table",
    "dot_plot_caption",
    "dot_plot_frame",
    "glance_sentence",
    "heading",
    "matrix_caption",
    "md",
    "measures_table",
    "oddity_sentence",
    "oddity_table",
    "on_the_map",
    "paragraph",
    "people_on_the_map",
    "question_picker",
    "questions_caption",
    "rank_table",
    "reference_table",
    "setup",
    "show",
    "show_figure",
    "show_table",
    "similarity_chart",
    "similarity_matrix_chart",
    "source_sentence",
    "steering_caption",
    "stereotype_caption",
    "world_chart",
]

KEYS = ["model", "group"]


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    if "globalopinionqa" in study.manifest["datasets"]:
        return (
            "The countries' shares are those of a public subset of the dataset, not of its 2,556 questions; question "
            "texts may not be passed on, so questions appear by identifier and options by position."
        )
    return (
        "**The dataset is not at hand. Everything below is worked out from the demo study's SIMULATED countries and "
        "models: no number is about a real country or model, and the reference values cannot be recomputed.**"
    )


def glance_sentence(study: StoredStudy) -> str:
    """The verdicts, and where the models stand between chance and other countries."""
    verdicts = study["comparison"]["verdict"].value_counts()
    frame = study["similarity"].estimates
    above = int((frame["lower"] > frame["baseline"]).sum())
    below = int((frame["estimate"] < frame["baseline"]).sum())
    beyond = int((frame["lower"] > frame["ceiling"]).sum())
    scored, asked = int(frame["n_scored"].sum()), int(frame["n_asked"].sum())
    return (
        f"{number(verdicts.get('reproduced', 0))} of {number(verdicts.sum())} reference values come out again. "
        f"With refusal options taken out, {above} of {len(frame)} similarities of a model to a country lie above "
        f"uniform answers with their whole interval, {below} lie below them, and {beyond} lie above the mean of "
        f"other countries' people with their whole interval; scored {number(scored)} of {number(asked)} answers."
    )


def reference_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected, one row per reference value."""
    rows = []
    for _, row in table.iterrows():
        count = row["quantity"] == "shared questions"
        form = ",.0f" if count else ".4f"
        known = pd.notna(row["estimate"])
        rows.append(
            {
                "Quantity": capitalised(row["quantity"]),
                "Countries": str(row["group"]).replace(" | ", " – "),
                "Published": f"{row['published']:,.0f}" if count else f"{row['published']:.4g}",
                "Recomputed": _text(row["recomputed"], form),
                "Verdict": str(row["verdict"]),
                "Corrected [95%]": interval(row, 2) if known else "–",
                "Uniform": _text(row["baseline"], ".2f"),
                "Others": _text(row["ceiling"], ".2f"),
                "Scored": f"{row['n_scored']:,.0f}" if known else "–",
            }
        )
    return pd.DataFrame(rows)


def country_table(study: StoredStudy) -> pd.DataFrame:
    """Every model and country: the published estimator, and the corrected one with its marks."""
    plain = study["similarity_published"].estimates[[*KEYS, "estimate"]].rename(columns={"estimate": "plain"})
    frame = study["similarity"].estimates.merge(plain, on=KEYS, how="left")
    frame = frame.sort_values(["group", "model"])
    return pd.DataFrame(
        {
            "Country": frame["group"].astype(str),
            "Model": frame["model"].astype(str),
            "Recomputed": [_text(x, ".3f") for x in frame["plain"]],
            "Corrected [95%]": [interval(row, 3) for _, row in frame.iterrows()],
            "Uniform": [_text(x, ".3f") for x in frame["baseline"]],
            "Others": [_text(x, ".3f") for x in frame["ceiling"]],
            "Scored": [f"{s:,.0f} of {a:,.0f}" for s, a in frame[["n_scored", "n_asked"]].to_numpy()],
        }
    )


def rank_table(study: StoredStudy) -> pd.DataFrame:
    """Ranks of the models by country on the questions that every model answered; the two-way model beside them."""
    n = study["similarity_shared"].estimates[[*KEYS, "n_scored"]]
    frame = study["ranks"].merge(n, on=KEYS, how="left").sort_values(["group", "rank", "model"])
    adjusted = study["adjusted"].set_index(KEYS)
    return pd.DataFrame(
        {
            "Country": frame["group"].astype(str),
            "Model": frame["model"].astype(str),
            "Shared set": [_text(x, ".3f") for x in frame["estimate"]],
            "Rank [95%]": [
                f"{r:.0f}\u00a0[{lo:.0f},\u00a0{hi:.0f}]"
                for r, lo, hi in frame[["rank", "rank_lower", "rank_upper"]].to_numpy()
            ],
            "P(first)": [_text(x, ".2f") for x in frame["probability_first"]],
            "Questions": [_text(x, ",.0f") for x in frame["n_scored"]],
            "Two-way [95%]": [
                interval(adjusted.loc[key], 3) if key in adjusted.index else "–"
                for key in frame[KEYS].itertuples(index=False, name=None)
            ],
        }
    )


def measures_table(study: StoredStudy) -> pd.DataFrame:
    """The same answers by other measures, with uniform answers in brackets, and the mode-collapse diagnostic."""
    frame = study["alignment"]
    for step in ("representativeness", "top_choice"):
        other = study[step].estimates[[*KEYS, "estimate", "baseline"]]
        frame = frame.merge(other, on=KEYS, how="left", suffixes=("", f"_{step}"))
    frame = frame.sort_values(["group", "model"])

    def beside(name: str) -> list[str]:
        pairs = frame[[f"estimate{name}", f"baseline{name}"]].to_numpy()
        return ["–" if pd.isna(x) else f"{x:.2f}\u00a0({y:.2f})" for x, y in pairs]

    return pd.DataFrame(
        {
            "Country": frame["group"].astype(str),
            "Model": frame["model"].astype(str),
            "OpinionQA": beside("_representativeness"),
            "Top choice": beside("_top_choice"),
            "SVA": beside(""),
            "A person": [_text(x, ".2f") for x in frame["person"]],
            "The mode": [_text(x, ".2f") for x in frame["mode"]],
            "Entropy": [_text(x, ".2f") for x in frame["entropy_answers"]],
            "of people": [_text(x, ".2f") for x in frame["entropy_people"]],
            "Collapse": ["yes" if x else "no" for x in frame["collapsed"]],
        }
    )


def oddity_sentence(study: StoredStudy) -> str:
    """The special samples and the answers that could not be used, in words."""
    frame = study["oddities"]
    samples = int((frame["kind"] == "special sample").sum())
    silent = int(frame.loc[frame["kind"] == "no usable answer", "n"].astype(int).sum())
    return (
        f"{number(samples)} groups are special samples and no countries; they are named in the list below. "
        f"{number(silent)} answers of models are no usable distribution; they count as asked and not as scored."
    )


def oddity_table(study: StoredStudy) -> pd.DataFrame:
    """All-zero shares and questions with two option sets, by identifier."""
    frame = study["oddities"]
    chosen = frame[frame["kind"].isin(["all-zero shares", "two option sets"])]
    return pd.DataFrame(
        {
            "What": chosen["kind"].astype(str),
            "Country": [name or "–" for name in chosen["name"].astype(str)],
            "Question": chosen["question"].astype(str),
            "Options": [n or "–" for n in chosen["n"].astype(str)],
        }
    ).reset_index(drop=True)


def _text(value: float, form: str) -> str:
    return "–" if pd.isna(value) else f"{value:{form}}".replace("-", "−")
