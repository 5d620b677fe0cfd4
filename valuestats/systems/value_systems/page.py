"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed
from valuestats.figures.intervals import interval_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval

__all__ = [
    "StoredStudy",
    "class_table",
    "comparison_table",
    "glance_sentence",
    "md",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "starts_sentence",
    "time_chart",
]


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    if "value_systems" in study.manifest["datasets"]:
        return (
            "Shown are 3,492 public choices of 388 Swiss travellers between two routes, one of the data sets of the paper, "
            "by their estimates alone."
        )
    return "THE ROUTE CHOICES ARE NOT AT HAND, and SIMULATED ones stand in: nothing below is about real travellers."


def glance_sentence(study: StoredStudy) -> str:
    """The value of an hour, over all and by class."""
    row = study["value_of_time"].estimates
    whole = row[row["method"] == "resampled"].iloc[0]
    classes = study["values"].sort_values("estimate")
    said = [f"{r['estimate']:,.0f} francs for {r['share']:.0%}" for _, r in classes.iterrows()]
    return (
        f"An hour of travel is worth {interval(whole, 1)} francs to {counted(int(whole['n_units']), 'traveller')} taken "
        f"together, but no one value is behind the choices: it is {listed(said)} of them."
    )


def time_chart(study: StoredStudy) -> Figure:
    """Value of an hour for all and by class."""
    whole = study["value_of_time"].estimates
    frame = study["values"]
    rows = [
        whole[whole["method"] == "resampled"].assign(row="all travellers"),
        frame.assign(
            row=frame["class"] + " (" + (100 * frame["share"]).round().astype(int).astype(str) + " %)"
        ),
    ]
    shown = pd.concat(rows, ignore_index=True).assign(series="all")
    return interval_rows(
        shown, order=shown["row"].tolist(), title="Value of an hour of travel (francs)", zero=True, width=430
    )


def comparison_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    rows = []
    for _, row in study["comparison"].iterrows():
        digits = 2 if row["group"] == "fit" else 4
        told = [
            f"{row[c]:,.{digits}f}".replace("-", "−") if pd.notna(row[c]) else "–"
            for c in ("published", "recomputed")
        ]
        better = interval(row, 4) if pd.notna(row["estimate"]) else "–"
        name = str(row["quantity"])
        rows.append([capitalised(name), *told, row["verdict"], better])
    return pd.DataFrame(
        rows, columns=["Quantity", "Published", "Recomputed", "Verdict", "With errors over travellers"]
    )


def starts_sentence(study: StoredStudy) -> str:
    """How far the local maxima lie apart."""
    meta = study["classes"].meta
    best, others = meta["optima"][0], [x for x in meta["optima"][1:] if meta["optima"][0] - x > 0.02]
    if not others:
        return f"All {counted(meta['starts'], 'start')} end at one maximum."
    return (
        f"Starts that miss the best maximum, {best:,.2f}, stop "
        f"at {listed([f'{x:,.2f}' for x in others[:3]])}, so that one start is likely to report a fit that is none."
    ).replace("-", "−")


def class_table(study: StoredStudy) -> pd.DataFrame:
    """Weights of each class, and what an hour is worth to it."""
    frame = study["classes"].estimates
    values = study["values"].set_index("class")
    rows = []
    for name, own in frame.groupby("class", sort=False):
        told = {"Class": capitalised(str(name))}
        for _, row in own.iterrows():
            what = str(row["feature"])
            told[capitalised(what)] = interval(row, 2 if what in ("share", "changes") else 3)
        told["Value of an hour"] = interval(values.loc[str(name)], 1)
        rows.append(told)
    wide = pd.DataFrame(rows).set_index("Class").T
    return wide.rename_axis("Weight").reset_index()
