"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, listed, number, signed, span
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.stated.figures import agreement_chart, gap_chart, norm_chart, short

__all__ = [
    "StoredStudy",
    "agreement_figure",
    "agreement_table",
    "distance_figure",
    "distance_sentence",
    "gap_figure",
    "gap_table",
    "glance_sentence",
    "md",
    "nation_table",
    "reading_sentence",
    "reading_table",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "value_sentence",
]

_CALLED = {
    "v1": "the first value",
    "v2": "the second value",
    "equal": "equal",
    "depends": "it depends",
    "ambiguous": "none of them",
    "empty": "empty",
}


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    missing = sorted({"litmus", "mfq2"} - set(study.manifest["datasets"]))
    if not missing:
        return (
            "Shown are the raw answers of LitmusValues' direct questions (both ways of asking are answers in the "
            "abstract, none a deed) and other models' answers to MFQ-2 beside published means of 19 nations."
        )
    return (
        f"{listed(missing).upper()} {'is' if len(missing) == 1 else 'are'} not at hand, and SIMULATED answers stand in: "
        f"nothing worked out from them is about real models."
    )


def _models(study: StoredStudy) -> pd.DataFrame:
    kept = findings(study["agreement"])
    return kept[kept["of"] == "model"]


def glance_sentence(study: StoredStudy) -> str:
    """How far said and chosen agree without noise, and what noise alone would let be seen."""
    own = _models(study)
    if own.empty:
        return "No model's profiles vary beyond their noise, so that nothing can be said of a gap."
    apart = own[own["upper"] < 1]
    gaps = findings(study["gaps"])
    more, less = (gaps[s * gaps["estimate"] > 0]["value"].value_counts() for s in (1, -1))
    text = (
        f"{number(len(apart))} of {counted(len(own), 'model')} choose otherwise than they say, beyond all noise: which "
        f"value they put first when they may say that it depends, and when they must choose, correlates by "
        f"{own['estimate'].median():.2f} (median; {span(own['estimate'].min(), own['estimate'].max())}) once noise "
        f"is taken off, where noise alone would let {own['ceiling'].median():.2f} be seen."
    )
    if len(more) and len(less):
        text += (
            f" {more.index[0]} is said more than chosen in {counted(int(more.iloc[0]), 'model')}, {less.index[0]} chosen "
            f"more than said in {number(int(less.iloc[0]))}."
        )
    return text


def agreement_figure(study: StoredStudy) -> Figure:
    """Agreement, as seen, ceiling, and without noise, model by model."""
    return agreement_chart(study["agreement"])


def gap_figure(study: StoredStudy) -> Figure:
    """Gaps by model and value."""
    return gap_chart(study["gaps"])


def distance_figure(study: StoredStudy) -> Figure:
    """Distance of each model from its nearest and farthest nation."""
    return norm_chart(study["distances"])


def agreement_table(study: StoredStudy) -> pd.DataFrame:
    """Agreement model by model, with what stands behind it."""
    own = study["agreement"].estimates
    own = own[own["of"] == "model"].sort_values("estimate", ascending=False)
    return pd.DataFrame(
        {
            "Model": [short(n) for n in own["name"]],
            "Read": [
                f"{number(s)} of {number(a)}" for s, a in zip(own["n_scored"], own["n_asked"], strict=True)
            ],
            "Rank a value": [f"{x:.0%}" for x in own["ranked"]],
            "Reliability": [
                f"{max(a, 0):.2f}, {max(b, 0):.2f}"
                for a, b in zip(own["reliability_stated"], own["reliability_revealed"], strict=True)
            ],
            "As seen": [signed(x) for x in own["seen"]],
            "Ceiling": [f"{x:.2f}" for x in own["ceiling"]],
            "Without noise": [interval(r) if pd.notna(r["estimate"]) else "–" for _, r in own.iterrows()],
        }
    )


def value_sentence(study: StoredStudy) -> str:
    """Over models: values whose stated and revealed strength go together."""
    frame = study["agreement"].estimates
    every = frame[frame["of"] == "value"]
    kept = findings(study["agreement"])
    kept = kept[kept["of"] == "value"]
    if every.empty:
        return "Over so few models no value can be looked at by itself."
    lost = len(every) - len(kept)
    if kept.empty:
        return f"Over models none of {counted(len(every), 'value')} differs enough beyond noise for a correlation."
    parts = []
    for own, how in (
        (kept[kept["lower"] > 0], "also choose it more"),
        (kept[kept["upper"] < 0], "choose it less"),
    ):
        if len(own):
            names = [
                f"{r['name']} ({interval(r)})"
                for _, r in own.sort_values("estimate", ascending=False).iterrows()
            ]
            parts.append(f"{how}: {listed(names)}")
    found = (
        f"models that say more of a value than others {'; those that say more of another '.join(parts)}"
        if parts
        else "no correlation over the models can be told from 0"
    )
    return (
        f"Value by value, {found}. {counted(len(kept), 'value')} of {number(len(every))} differ enough between models, "
        f"beyond noise, to be looked at so ({number(lost)} do not)."
    )


def gap_table(study: StoredStudy) -> pd.DataFrame:
    """Values from the most said to the most chosen: mean gap, and models in which it is beyond noise."""
    frame = study["gaps"].estimates
    kept = findings(study["gaps"])
    rows = []
    for value, own in frame.groupby("value"):
        mine = kept[kept["value"] == value]
        rows.append(
            {
                "Value": str(value),
                "mean": own["estimate"].mean(),
                "Said more in": number(int((mine["estimate"] > 0).sum())),
                "Chosen more in": number(int((mine["estimate"] < 0).sum())),
                "Not told from noise": number(len(own) - len(mine)),
            }
        )
    table = pd.DataFrame(rows).sort_values("mean", ascending=False)
    table.insert(1, "Mean gap", [signed(x) for x in table["mean"]])
    return table.drop(columns="mean")


def reading_table(study: StoredStudy) -> pd.DataFrame:
    """What answers name beside what the release's column says of them."""
    wide = study["readings"].pivot(index="letter", columns="release", values="n").fillna(0)
    # All columns, also those that no answer is in: the page says how wide its table is.
    wide = wide.reindex(index=list(_CALLED), columns=[n for n in _CALLED if n != "empty"]).fillna(0)
    wide = wide[wide.sum(axis=1) > 0]
    table = wide.map(number).rename(columns={n: f"Read as {_CALLED[n]}" for n in wide.columns})
    table.insert(0, "The answer takes", [_CALLED[str(n)].capitalize() for n in wide.index])
    return table.reset_index(drop=True)


def reading_sentence(study: StoredStudy) -> str:
    """How many answers the release reads otherwise than they say."""
    frame = study["readings"]
    named = frame[~frame["letter"].isin(["ambiguous", "empty"])]
    wrong = named[(named["letter"] != named["release"]) & (named["release"] != "ambiguous")]
    total, other = int(named["n"].sum()), int(wrong["n"].sum())
    if not other:
        return (
            f"All {number(total)} answers that take one option by its letter are read as they are labelled."
        )
    ties = frame[frame["release"] == "equal"]
    true = int(ties.loc[ties["letter"] == "equal", "n"].sum())
    open_ones = named[named["letter"] == "depends"]
    lost = open_ones.loc[open_ones["release"] != "depends", "n"].sum()
    return (
        f"The release's own labels could not be used: of {number(total)} answers that take one option by its letter, "
        f"{number(other)} are labelled as another. Of {number(int(ties['n'].sum()))} labelled “equal” {number(true)} "
        f"take that option (the value Equal Treatment is taken for the word), and of {number(int(open_ones['n'].sum()))} "
        f"that take “it depends” {number(int(lost))} are labelled as something else. The page reads letters, and nothing "
        f"where they are in doubt."
    )


def distance_sentence(study: StoredStudy) -> str:
    """How models lie to nations, beside how nations lie to each other, and what uniform answers would score."""
    frame = study["nearest"]
    nations = study["nations"]
    kept = frame[frame["upper"] < frame["baseline"]]
    between = nations["distance"]
    last = frame["last"].value_counts()
    sure = int((frame["open"] == 1).sum())
    asked = study["scores"].estimates["model"].nunique()
    silent = asked - len(frame)
    few = (
        f" {counted(silent, 'model')} of {number(asked)} answered too few items of a foundation."
        if silent
        else ""
    )
    return (
        f"{study['distances'].sentence()}{few} Two nations lie {between.median():.2f} apart (median; {between.min():.2f} to "
        f"{between.max():.2f}). Answering the middle of the scale throughout would come as near in "
        f"{number(len(frame) - len(kept))} of {counted(len(frame), 'model')}, which are no finding. Which nation is "
        f"nearest is open: by rank sets it is sure for {counted(sure, 'model')}, the others leave "
        f"{frame['open'].median():.0f} (median); farthest is most often {last.index[0]} ({number(int(last.iloc[0]))})."
    )


def nation_table(study: StoredStudy) -> pd.DataFrame:
    """Nearest and farthest nation of each model."""
    frame = study["nearest"].sort_values("distance")
    return pd.DataFrame(
        {
            "Model": [short(m) for m in frame["model"]],
            "Answers": [
                f"{number(s)} of {number(a)}"
                for s, a in zip(frame["n_scored"], frame["n_asked"], strict=True)
            ],
            "Nearest": frame["nearest"],
            "Distance": [interval(r.rename({"distance": "estimate"})) for _, r in frame.iterrows()],
            "Uniform": [f"{x:.2f}" for x in frame["baseline"]],
            "May be nearest": [number(n) for n in frame["open"]],
            "Farthest": [
                f"{n} ({d:.2f})" for n, d in zip(frame["last"], frame["last_distance"], strict=True)
            ],
        }
    )
