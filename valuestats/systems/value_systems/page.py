"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number
from valuestats.figures.intervals import interval_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.weights.classes import MEMBERSHIP
from valuestats.weights.figures import measures_chart

__all__ = [
    "StoredStudy",
    "class_table",
    "comparison_table",
    "glance_sentence",
    "kinds_sentence",
    "md",
    "measures_figure",
    "mixed_table",
    "recovery_chart",
    "recovery_sentence",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "starts_sentence",
    "time_chart",
    "twin_sentence",
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


def kinds_sentence(study: StoredStudy) -> str:
    """Who belongs to the second class, by what travellers are like."""
    result = study["kinds"]
    rows = result.estimates[result.estimates["feature"].str.startswith(MEMBERSHIP)]
    size = counted(result.meta["specification"]["classes"], "class", "classes")
    parts = [
        f"{str(r['feature']).removeprefix(MEMBERSHIP)} {interval(r, signed=True)}"
        + ("" if r["lower"] > 0 or r["upper"] < 0 else ", not told from 0")
        for _, r in rows.iterrows()
    ]
    frame = result.estimates
    weight = frame[frame["feature"] == "travel time"].set_index("class")["estimate"]
    cost = frame[frame["feature"] == "travel cost"].set_index("class")["estimate"]
    hour = 60 * weight / cost
    low, high = sorted(hour.index, key=lambda c: hour[c])[0], sorted(hour.index, key=lambda c: hour[c])[-1]
    return (
        f"Where the class may depend on the traveller ({size} again), the log odds of {rows['class'].iloc[0]} change by "
        f"standard deviation: {listed(parts)}; an hour is worth {hour[low]:,.0f} francs in {low} and {hour[high]:,.0f} "
        f"in {high}."
    )


def mixed_table(study: StoredStudy) -> pd.DataFrame:
    """Mean and spread of each weight."""
    frame = study["mixed"].estimates.set_index(["feature", "part"])
    rows = []
    for feature in dict.fromkeys(study["mixed"].estimates["feature"]):
        mean, spread = frame.loc[(feature, "mean")], frame.loc[(feature, "spread")]
        other = mean["positive"] if mean["estimate"] < 0 else 1 - mean["positive"]
        digits = 2 if feature == "changes" else 3
        rows.append(
            [
                feature[0].upper() + feature[1:],
                interval(mean, digits),
                interval(spread, digits),
                f"{other:.0%}",
            ]
        )
    return pd.DataFrame(rows, columns=["Feature", "Mean", "Spread over people", "Other sign"])


def measures_figure(study: StoredStudy) -> Figure:
    """Measures of the value systems."""
    return measures_chart(study["measures"])


def recovery_sentence(study: StoredStudy) -> str:
    """How many true shares lie inside, from few and from many plans, and how wide the intervals are."""
    table = study["recovery"]
    parts = []
    for plans, own in table.groupby("plans"):
        width = (own["upper"] - own["lower"]).mean()
        parts.append(
            f"from {counted(int(plans), 'plan')} of each kind {number(int(own['inside'].sum()))} of {number(len(own))} "
            f"true shares lie inside intervals {width:.2f} wide on average"
        )
    return f"{'; '.join(parts)[0].upper()}{'; '.join(parts)[1:]}."


def recovery_chart(study: StoredStudy) -> Figure:
    """Shares by kind and value, from few and many plans, with the truth."""
    table = study["recovery"]
    shown = table.assign(
        row=table["agent"] + ": " + table["value"], series=[f"{n} plans" for n in table["plans"]]
    )
    once = shown.drop_duplicates("row")
    truth = once.assign(series="truth", estimate=once["truth"], lower=once["truth"], upper=once["truth"])
    return interval_rows(
        pd.concat([shown, truth], ignore_index=True),
        order=list(dict.fromkeys(shown["row"])),
        title="Share of the weights",
        zero=True,
        width=430,
    )


def twin_sentence(study: StoredStudy) -> str:
    """What is said where no plan can tell two values apart."""
    result = study["plan_weights_twin"]
    named = sorted({" and ".join(d["values"]) for d in result.meta["untold"] if d["structural"]})
    if not named:
        return "Every weight can be told by some plan."
    frame = result.estimates
    pair = frame[frame["value"].isin(named[0].split(" and "))]
    width = (pair["upper"] - pair["lower"]).mean()
    return (
        f"Where places serve care and honesty alike, the identifiability report says that no plan in the process could "
        f"tell {named[0]} apart, and their intervals stay {width:.2f} wide however many plans there are; the verdict "
        f"says it beside both numbers."
    )
