"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, p_value, readable
from valuestats.figures.intervals import interval_rows
from valuestats.laws.comparison import BROKEN, FLAT, FLOOR, POWER
from valuestats.laws.figures import law_chart, size_axis
from valuestats.laws.sentences import missed_by
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.systems.worldpm.comparison import LOSSES, MORAL

__all__ = [
    "StoredStudy",
    "audit_sentence",
    "comparison_table",
    "evaluation_chart",
    "evaluation_sentence",
    "glance_sentence",
    "indifferent_table",
    "largest_sentence",
    "law_table",
    "loss_sentence",
    "md",
    "moral_chart",
    "moral_sentence",
    "regime_chart",
    "regime_sentence",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "style_chart",
    "style_sentence",
]

_DATA = {"powerlaw", "scaling_losses", "moral_scaling"}


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    missing = sorted(_DATA - set(study.manifest["datasets"]))
    if not missing:
        return (
            "Its own table of losses is not public: this page shows named public stand-ins (240 training losses, the "
            "losses of 35 models on eight evaluations, 75 models in moral dilemmas) and a simulation with known laws."
        )
    return (
        f"THE DATA ARE NOT AT HAND ({listed([readable(name) for name in missing])}), and SIMULATED numbers stand in: "
        "nothing worked out from them is about real models, and published values cannot be recomputed."
    )


def glance_sentence(study: StoredStudy) -> str:
    """What a doubling of size takes off the distance from people, and how many models are farther than indifference."""
    row = study["slope"].estimates.set_index("parameter").loc["exponent"]
    less = 100 * (1 - 2.0 ** -row[["estimate", "lower", "upper"]].astype(float))
    chance = study["indifferent"].set_index("group")
    every = chance.loc["all"]
    ends = sorted([less["lower"], less["upper"]])
    unit = counted(int(row["n_units"]), "family", "families")
    return (
        f"Larger models stand closer to people in moral dilemmas, {less['estimate']:.1f}% [{ends[0]:.1f}, {ends[1]:.1f}] "
        f"closer with each doubling of size ({counted(every['models'], 'model')}, {unit} resampled); yet "
        f"{number(every['farther'])} of them stand farther from people than a chooser would whom nothing in a dilemma moves."
    )


def moral_chart(study: StoredStudy) -> Figure:
    """Distance by size with the law and, dashed, what indifference scores."""
    chart = law_chart(study["slope"], width=520, height=340)
    at = float(study["indifferent"]["indifferent"].iloc[0])
    points = pd.DataFrame(study["slope"].meta["points"])
    right = pd.DataFrame({"size": [points["size"].max()], "y": [at], "label": ["an indifferent chooser"]})
    rule = alt.Chart(right).mark_rule(strokeDash=[5, 4], strokeWidth=1.6).encode(y="y:Q")
    text = alt.Chart(right).mark_text(align="right", dx=2, dy=-8).encode(x="size:Q", y="y:Q", text="label:N")
    relabelled = alt.layer(*chart.layer, rule, text).properties(width=520, height=340)
    for layer in relabelled.layer[:2]:
        if layer.encoding.x.title is not alt.Undefined:
            layer.encoding.x.title = "Parameters"
            layer.encoding.y.title = "Distance from people"
    return relabelled


def comparison_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected, each to the digits that were published."""
    rows = []
    for _, row in study["comparison"].iterrows():
        digits = {LOSSES: 5, MORAL: 3}[row["group"]]
        digits = 8 if row["quantity"] == "Huber loss" else digits
        what = row["quantity"] if row["group"] == LOSSES else f"{row['quantity']}, {MORAL}"
        given = [f"{row[c]:.{digits}f}" if pd.notna(row[c]) else "–" for c in ("published", "recomputed")]
        better = interval(row, min(digits, 3)) if pd.notna(row["estimate"]) else "–"
        rows.append([capitalised(what), *given, row["verdict"], better])
    return pd.DataFrame(rows, columns=["Quantity", "Published", "Recomputed", "Verdict", "Corrected"])


def audit_sentence(study: StoredStudy) -> str:
    """Which published distances are not those of their components."""
    table, n = study["audit"], len(study["moral"])
    if table.empty:
        return f"All {number(n)} published distances are those of their nine components."
    said = [
        f"{row['model']} stands at {row['published']:.3f}"
        + (f", which is the distance of {row['same_as']}" if row["same_as"] else "")
        + f"; its own components give {row['recomputed']:.3f}"
        for _, row in table.iterrows()
    ]
    rest = n - len(table)
    return (
        f"{number(rest)} of {number(n)} published distances are those of their nine components. The table has a fault: "
        f"{'; '.join(said)}. What is corrected uses the recomputed ones."
    )


def indifferent_table(study: StoredStudy) -> pd.DataFrame:
    """Models farther from people than an indifferent chooser, by size."""
    table = study["indifferent"]
    return pd.DataFrame(
        {
            "Models": table["group"],
            "In all": table["models"].map(number),
            "Farther than indifference": [
                f"{number(f)} ({f / m:.0%})" for f, m in zip(table["farther"], table["models"], strict=True)
            ],
        }
    )


def _excluded(table: pd.DataFrame, law: str, words: str) -> str:
    out = "" if bool(table["excluded"][law]) else "not "
    return f"{words} is {out}excluded ({p_value(float(table['p_holm'][law]))})"


def moral_sentence(study: StoredStudy) -> str:
    """Whether the distance follows a law at all, and whether it levels off."""
    table = study["moral_laws"].estimates.set_index("law")
    floor = study["with_floor"].estimates.set_index("parameter").loc["floor"]
    return (
        f"Over families, {_excluded(table, POWER, 'a flat line')}; {_excluded(table, FLOOR, 'a law without a floor')}, and "
        f"where one is fitted it lies at {interval(floor)}; {_excluded(table, BROKEN, 'one exponent throughout')}. "
        f"Verdict: {study['moral_laws'].verdict.sentence()}"
    )


def largest_sentence(study: StoredStudy) -> str:
    """How well each law predicts the largest models of a family from smaller ones of others."""
    found = study["largest"]
    table = found.estimates.set_index("law")
    gap = found.contrast("law", POWER, FLAT).iloc[0]
    better = gap["upper"] < 0
    off = [
        f"{missed_by(table.loc[law, 'estimate'])} by {article}{law}"
        for law, article in ((FLAT, "a "), (POWER, "a "), (FLOOR, "a "), (BROKEN, "a "))
    ]
    off[0] = off[0].replace("by a flat", "by a flat line")
    row = table.iloc[0]
    return (
        f"The {counted(int(row['n_scored']), 'model')} of the largest quarter by size, each predicted from smaller models "
        f"of other families ({number(row['n_units'])} families), are missed by {listed(off)}. "
        + (
            "The law predicts better than the flat line by an interval that excludes 0"
            if better
            else "That the law predicts better than a flat line is no finding at this number of families"
        )
        + f" (difference of log errors {interval(gap, signed=True)})."
    )


def loss_sentence(study: StoredStudy) -> str:
    """The published optimum, how many starts reached it, and what the likelihood says beside it."""
    fit = study["huber"].meta["fits"][0]
    table = study["laws"].estimates.set_index("law")
    return (
        f"{number(fit['reached'])} of {counted(fit['starts'], 'start')} end at one optimum, a loss of "
        f"{fit['objective']:.8f}. {_excluded(table, FLOOR, 'A law without a floor')}; predicted run by run, the law with a "
        f"floor misses by {100 * np.expm1(table.loc[FLOOR, 'estimate']):.2f}%, without one by "
        f"{100 * np.expm1(table.loc[POWER, 'estimate']):.2f}%, a flat line by "
        f"{100 * np.expm1(table.loc[FLAT, 'estimate']):.1f}%."
    )


def law_table(study: StoredStudy) -> pd.DataFrame:
    """Parameters by Huber's loss and by maximum likelihood."""
    huber = study["huber"].estimates.set_index("parameter")
    likely = study["likelihood"].estimates.set_index("parameter")
    names = [readable(str(p)).replace("params", "parameters") for p in huber.index]
    return pd.DataFrame(
        {
            "Parameter": [capitalised(n) for n in names],
            "Huber's loss": [interval(row, 3) for _, row in huber.iterrows()],
            "Maximum likelihood": [interval(row, 3) for _, row in likely.iterrows()],
        }
    )


def _plain(evaluation: str) -> str:
    return readable(evaluation.replace("paloma_", "").replace("_val", "")).replace("openlm", "OpenLM")


def _exponents(study: StoredStudy) -> pd.DataFrame:
    frame = study["evaluations"].estimates
    frame = frame[frame["parameter"].str.startswith("exponent")]
    size = frame["parameter"].str.removeprefix("exponent of ").replace({"params": "parameters"})
    return frame.assign(row=frame["evaluation"].map(_plain), series="of " + size)


def evaluation_chart(study: StoredStudy) -> Figure:
    """Exponents of both sizes, evaluation by evaluation."""
    frame = _exponents(study)
    order = frame[frame["series"] == "of parameters"].sort_values("estimate", ascending=False)["row"].tolist()
    return interval_rows(frame, order=order, title="Exponent", zero=True, width=430)


def evaluation_sentence(study: StoredStudy) -> str:
    """How far exponents of the same models differ between evaluations."""
    found: Result = study["evaluations"]
    frame = _exponents(study)
    said = []
    for series, own in frame.groupby("series", sort=False):
        ordered = own.sort_values("estimate")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        said.append(f"{series} from {interval(low)} ({low['row']}) to {interval(high)} ({high['row']})")
    units = int(found.estimates["n_units"].min())
    asked = found.estimates["evaluation"].nunique()
    return (
        f"The same {counted(units, 'model')}, on {counted(asked, 'evaluation')}, have exponents {listed(said)}: an "
        "exponent belongs to an evaluation, not to a model. Models are resampled for all evaluations at once; the known "
        "error of each loss is part of the likelihood."
    )


def regime_chart(study: StoredStudy) -> Figure:
    """Mean loss of families by size on the three simulated metrics."""
    frame = study["regimes"]
    mean = frame.groupby(["metric", "size"], as_index=False)["loss"].mean()
    chart = alt.Chart(mean).mark_line(point=True)
    return chart.encode(
        x=alt.X(
            "size:Q",
            title="Parameters",
            scale=alt.Scale(type="log", nice=False, padding=12),
            axis=size_axis(mean["size"].min(), mean["size"].max()),
        ),
        y=alt.Y(
            "loss:Q",
            title="Test loss (mean of families)",
            scale=alt.Scale(type="log", nice=False, padding=12),
        ),
        color=alt.Color("metric:N", title=None, legend=alt.Legend(orient="bottom")),
        shape=alt.Shape("metric:N", title=None, legend=None),
    ).properties(width=480, height=240)


def regime_sentence(study: StoredStudy) -> str:
    """Which simulated law was found again."""
    table = study["recovery"]
    right = int(table["recovered"].sum())
    said = [f"{row['metric']} as {row['chosen']}" for _, row in table.iterrows()]
    return (
        f"{number(right)} of {counted(len(table), 'metric')} {'is' if right == 1 else 'are'} taken for the law that made "
        f"{'it' if right == 1 else 'them'}: {listed(said)}."
    )


def style_sentence(study: StoredStudy) -> str:
    """How many of the three true effects each way of control holds."""
    table = study["style_recovery"]
    parts = []
    for method, own in table.groupby("method", sort=False):
        off = (own["estimate"] - own["truth"]).abs().max()
        parts.append(
            f"{method} {number(int(own['inside'].sum()))} of {number(len(own))} intervals hold the truth (off by up to "
            f"{off:.3f})"
        )
    return f"Over the three metrics, with {'; with '.join(parts)}."


def style_chart(study: StoredStudy) -> Figure:
    """Quality's effect by metric and way of control, with the truth."""
    table = study["style_recovery"]
    once = table.drop_duplicates("metric")
    truth = once.assign(method="truth", estimate=once["truth"], lower=once["truth"], upper=once["truth"])
    shown = pd.concat([table, truth], ignore_index=True)
    return interval_rows(
        shown.assign(row=shown["metric"], series=shown["method"]),
        order=list(dict.fromkeys(table["metric"])),
        title="Probability to be preferred, per unit of quality",
        zero=True,
        width=430,
    )
