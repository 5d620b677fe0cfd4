"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, p_value
from valuestats.figures.intervals import interval_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.weights.curve import ACCURACY, AGAINST, LOG_SCORE
from valuestats.weights.figures import NAMES, curve_chart

__all__ = [
    "StoredStudy",
    "annotator_sentence",
    "annotator_table",
    "collinear_sentence",
    "curve_chart",
    "curve_table",
    "glance_sentence",
    "md",
    "naive_sentence",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "weights_chart",
]

_STEPS = {"free": "free", "nonnegative": "none below zero", "simplex": "on the simplex"}


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    if "opinpref" in study.manifest["datasets"]:
        return "The preferences and features are the release's own raw data; texts are not shown."
    return "THE RELEASE IS NOT AT HAND, and SIMULATED pairs stand in: nothing below is about real people or summaries."


def _at_most(study: StoredStudy, measure: str) -> pd.DataFrame:
    frame = study["curve"].estimates
    return frame[(frame["size"] == frame["size"].max()) & (frame["measure"] == measure)].set_index("method")


def glance_sentence(study: StoredStudy) -> str:
    """Fitted weights against the plain mean, with the interval of the difference."""
    table = _at_most(study, ACCURACY)
    gap = _row(table, "free" + AGAINST)
    verdict = "differ" if gap["lower"] > 0 or gap["upper"] < 0 else "hardly differ"
    fitted, plain = (float(_row(table, m)["estimate"]) for m in ("free", "mean"))
    return (
        f"Seven weights fitted to {number(table['size'].iloc[0])} preferences and the plain mean of the seven features "
        f"{verdict}: they foresee {fitted:.1%} and {plain:.1%} of preferences that they have not seen, a difference of "
        f"{interval(gap, 3, signed=True)}."
    )


def _row(table: pd.DataFrame, method: str) -> pd.Series:
    return table[table.index == method].iloc[0]


def curve_table(study: StoredStudy) -> pd.DataFrame:
    """Accuracy and log score with most preferences learnt from."""
    rows = []
    for measure in (ACCURACY, LOG_SCORE):
        table = _at_most(study, measure)
        for method in study["curve"].meta["specification"]["methods"]:
            gap = "–" if method == "mean" else interval(_row(table, method + AGAINST), 3, signed=True)
            name = NAMES[method]
            rows.append(
                [
                    capitalised(measure),
                    capitalised(name),
                    interval(_row(table, method), 3),
                    gap,
                ]
            )
    return pd.DataFrame(rows, columns=["Measure", "Weights", "Held out", "Less the plain mean's"])


def naive_sentence(study: StoredStudy) -> str:
    """How far errors that take splits for independent repeats are off."""
    row = _row(_at_most(study, ACCURACY), "free")
    spec = study["curve"].meta["specification"]
    return (
        f"The {counted(spec['splits'], 'split')} share most of their preferences: taken for independent repeats they would "
        f"give the accuracy an error of {row['naive_error']:.4f}, corrected for the overlap it is {row['std_error']:.4f}."
    )


def weights_chart(study: StoredStudy) -> Figure:
    """Weights free, none below zero, and on the simplex times their scale."""
    parts = []
    for step, name in _STEPS.items():
        frame = study[step].estimates.copy()
        scale = study[step].meta["scale"]["estimate"] if step == "simplex" else 1.0
        for column in ("estimate", "lower", "upper"):
            frame[column] *= scale
        parts.append(frame.assign(row=frame["feature"], series=name))
    order = study["free"].estimates.sort_values("estimate", ascending=False)["feature"].tolist()
    return interval_rows(
        pd.concat(parts, ignore_index=True),
        order=order,
        title="Weight (logits a point)",
        zero=True,
        width=430,
    )


def collinear_sentence(study: StoredStudy) -> str:
    """How far the features vary together."""
    found = study["free"]
    frame = found.estimates
    clear = frame[(frame["lower"] > 0) | (frame["upper"] < 0)]
    return (
        f"Variance inflation runs from {frame['inflation'].min():.0f} to {frame['inflation'].max():.0f} and the condition "
        f"number is {found.meta['condition']:.0f}: the seven features rise and fall together, and {number(len(clear))} of "
        f"{number(len(frame))} free weights can be told from 0. Some come out below zero, as if a better summary were liked "
        "less; with the sign given, each is at most what the others leave it."
        if (frame["estimate"] < 0).any()
        else f"Variance inflation runs from {frame['inflation'].min():.0f} to {frame['inflation'].max():.0f}; "
        f"{number(len(clear))} of {number(len(frame))} free weights can be told from 0."
    )


def annotator_table(study: StoredStudy) -> pd.DataFrame:
    """Each annotator's pairs by the weights of the others."""
    table = study["annotators"]
    return pd.DataFrame(
        {
            "Annotator": table["judge"].replace(
                {"consensus100": "consensus of three", "all": "all, own weights"}
            ),
            "Pairs": table["pairs"].map(number),
            "Preferred the first": [f"{x:.0%}" for x in table["first"]],
            "Accuracy of the others' weights": [
                interval(row.rename({"accuracy": "estimate"}), 3) for _, row in table.iterrows()
            ],
            "Accuracy of the plain mean": [f"{x:.3f}" for x in table["mean"]],
        }
    )


def annotator_sentence(study: StoredStudy) -> str:
    """Whether the annotators weigh alike."""
    table = study["annotators"].set_index("judge")
    p = float(table["p_value"].dropna().iloc[0])
    own = table.drop(index="all")
    told = "weigh the features differently" if p < 0.05 else "can't be told apart by their weights"
    return (
        "No pair was judged twice in the release, so that agreement itself can't be worked out. "
        f"{counted(len(own), 'source')} of preferences {told} (likelihood ratio, {p_value(p)}); weights of the others "
        f"foresee {listed([f'{x:.0%}' for x in own['accuracy']])} of {listed([str(j) for j in own.index])}."
    ).replace("consensus100", "the consensus pairs")
