"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, listed, number, p_value, signed
from valuestats.drift.figures import change_chart, curve_chart
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import marked
from valuestats.results.phrases import interval
from valuestats.results.verdicts import SILENT
from valuestats.systems.value_drifts.comparison import FLOWS

__all__ = [
    "StoredStudy",
    "change_figure",
    "change_sentence",
    "curve_figure",
    "curve_recovery_sentence",
    "curve_sentence",
    "curve_table",
    "flow_chart",
    "glance_sentence",
    "md",
    "published_table",
    "recovery_sentence",
    "recovery_table",
    "response_table",
    "run_chart",
    "run_sentence",
    "run_table",
    "runs_change_sentence",
    "setup",
    "show",
    "show_table",
    "unit_sentence",
]

_GREY = "#808893"


def _rows(study: StoredStudy, step: str, part: str) -> pd.DataFrame:
    frame = study[step].estimates
    return frame[frame["part"] == part].set_index("model")


def _row(frame: pd.DataFrame, label: str) -> pd.Series:
    return frame.iloc[list(frame.index).index(label)]


def glance_sentence(study: StoredStudy) -> str:
    """Who stopped answering, who changed its mind, and that these are not the same model."""
    rate, changed = (_rows(study, "response", part) for part in ("response rate", "changed"))
    silent = str(rate["estimate"].astype(float).idxmin())
    mover = str(changed["estimate"].astype(float).idxmax())
    one, other = (_row(rate, m) for m in (silent, mover))
    few, many = (_row(changed, m) for m in (silent, mover))
    told = (
        f"{silent} answered {one['first']:.1%} of the opinion questions in March 2023 and {one['last']:.1%} in June, yet of "
        f"those that it answered both times it changed {_share(few)}"
    )
    if silent == mover:
        return f"{told}."
    return (
        f"{told}; {mover}, which answered {other['first']:.1%} and then {other['last']:.1%}, changed "
        f"{_share(many)}. Refusal drift is not opinion drift: they are different models."
    )


def _share(row: pd.Series) -> str:
    return f"{row['estimate']:.0%} [{row['lower']:.0%}, {row['upper']:.0%}]".replace(" ", "\u00a0")


def flow_chart(study: StoredStudy) -> Figure:
    """Where each question went between the two versions, one bar a model."""
    frame = study["flows"].assign(order=lambda d: d["flow"].map(list(FLOWS).index))
    colours = [PALETTE[0], PALETTE[1], _GREY, PALETTE[2], PALETTE[4]]
    return (
        alt.Chart(frame)
        .mark_bar(height=38)
        .encode(
            x=alt.X("questions:Q", title="Questions", stack="zero", scale=alt.Scale(nice=False)),
            y=alt.Y("model:N", title=None),
            color=alt.Color(
                "flow:N",
                title=None,
                scale=alt.Scale(domain=list(FLOWS), range=colours),
                legend=alt.Legend(orient="bottom", columns=2),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("flow:N", title="Between the versions"),
                alt.Tooltip("questions:Q", title="Questions"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
        .properties(width=430, height=alt.Step(62))
    )


def response_table(study: StoredStudy) -> pd.DataFrame:
    """Response and changed answers, and the largest parts of opinion and of who answers, model by model."""
    rate, changed = (_rows(study, "response", part) for part in ("response rate", "changed"))
    frame = study["response"].estimates
    rows = []
    for model in rate.index:
        own = frame[frame["model"] == model]
        rows.append(
            {
                "Model": str(model).replace("-", "\u2011"),
                "Answered": f"{rate.loc[model, 'first']:.1%} → {rate.loc[model, 'last']:.1%}",
                "Changed": _share(changed.loc[model]),
                "Opinion, largest": _largest(own, "opinion"),
                "Who answers, largest": _largest(own, "who answers"),
            }
        )
    return pd.DataFrame(rows)


def _largest(frame: pd.DataFrame, part: str) -> str:
    own = frame[frame["part"] == part]
    row = own.iloc[int(own["estimate"].abs().to_numpy().argmax())]
    return f"{row['stance']}: {interval(row, signed=True)}"


def unit_sentence(study: StoredStudy) -> str:
    """What the survey waves as clusters do to the intervals."""
    told = []
    for model, row in _rows(study, "response_by_wave", "changed").iterrows():
        told.append(f"{_share(row)} for {model}")
    waves = int(_rows(study, "response_by_wave", "response rate")["n_units"].max())
    return (
        f"Questions of one survey wave share a topic. With the {number(waves)} waves as clusters, and Student's t as they "
        f"are few, the shares that changed are {listed(told)}."
    )


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]
    digits = [2 if "drift" in q else 1 for q in table["quantity"]]
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].str[0].str.upper() + table["quantity"].str[1:],
            "Of": table["group"],
            "Published": [f"{x:.{d}f}" for x, d in zip(table["published"], digits, strict=True)],
            "Recomputed": [
                f"{x:.{d}f}" if pd.notna(x) else "–" for x, d in zip(table["recomputed"], digits, strict=True)
            ],
            "Corrected": [
                interval(row, 1) if pd.notna(row["estimate"]) else "–" for _, row in table.iterrows()
            ],
            "Verdict": [
                f"{v}: {e}" if e else v for v, e in zip(table["verdict"], table["explanation"], strict=True)
            ],
        }
    )


def _yes(study: StoredStudy, step: str, measure: str) -> pd.DataFrame:
    frame = study[step].estimates
    keep = (frame["stance"] == "yes") & (frame["measure"] == measure)
    return frame[keep].set_index("variant")


def _run(variant: object) -> str:
    return str(variant).removeprefix("ablation_")


def run_sentence(study: StoredStudy) -> str:
    """Which fine-tuning runs moved, and when."""
    moved, onset, settled = (_yes(study, "drift", m) for m in ("magnitude", "onset", "settling"))
    signs = study["drift"].verdict.rows
    clear = [
        v
        for v in moved.index
        if not (
            (signs["variant"] == v)
            & (signs["measure"] == "magnitude")
            & (signs["stance"] == "yes")
            & signs["sign"].isin(SILENT)
        ).any()
    ]
    told = [
        f"{_run(v)} by {interval(moved.loc[v], signed=True)}, set in at step {interval(onset.loc[v], 0)} and settled at "
        f"{interval(settled.loc[v], 0)}"
        for v in clear
    ]
    still = len(moved) - len(clear)
    text = f"The probability of yes moved in {number(len(clear))} of {counted(len(moved), 'run')}"
    text += f": {listed(told)}." if told else "."
    return text + (
        f" In {number(still)} no change can be told from none, so there is no time of it."
        if still and clear
        else ""
    )


def run_chart(study: StoredStudy) -> Figure:
    """Change of the probability of yes, run by run."""
    rows = _yes(study, "drift", "magnitude").reset_index()
    names = [_run(v) for v in rows["variant"]]
    return interval_rows(
        rows.assign(row=names, series="all"),
        order=names,
        title="Change of the share of yes",
        zero=True,
        width=430,
    )


def run_table(study: StoredStudy) -> pd.DataFrame:
    """Published rule and corrected times, run by run."""
    moved, onset, settled = (_yes(study, "drift", m) for m in ("magnitude", "onset", "settling"))
    told = _yes(study, "drift_published", "drift time")
    signs = study["drift"].verdict.rows
    yes = signs[signs["stance"] == "yes"].set_index(["variant", "measure"])["sign"]
    return pd.DataFrame(
        {
            "Run": [marked(_run(v), yes[v, "magnitude"]) for v in moved.index],
            "Change of yes": [interval(row, signed=True) for _, row in moved.iterrows()],
            "Drift time, published rule": [f"{told.loc[v, 'estimate']:.2f}" for v in moved.index],
            "Onset (step)": [_time(onset.loc[v]) for v in moved.index],
            "Settling (step)": [_time(settled.loc[v]) for v in moved.index],
            "Strays": [_strays(onset.loc[v]) for v in moved.index],
        }
    )


def _time(row: pd.Series) -> str:
    return interval(row, 0) if pd.notna(row["estimate"]) else "no change"


def _strays(row: pd.Series) -> str:
    return f"{row['astray']:.0%}" if pd.notna(row["astray"]) else "–"


def runs_change_sentence(study: StoredStudy) -> str:
    """Changes of the runs, and what the order of the checkpoints says of a trend."""
    frame = study["changes"].estimates
    told = []
    for variant in dict.fromkeys(frame["variant"]):
        own = frame[frame["variant"] == variant]
        if own["change"].iloc[0] == "none":
            told.append(f"{_run(variant)} none ({p_value(own['p_adjusted'].iloc[0])})")
        else:
            places = listed([interval(row, 0) for _, row in own.iterrows()])
            sure = f"posterior of so many {own['probability'].iloc[0]:.0%}"
            told.append(f"{_run(variant)} {number(len(own))}, at step {places} ({sure})")
    signs = study["trend"].verdict.rows
    rising = [_run(v) for v in signs["variant"][(signs["stance"] == "yes") & ~signs["sign"].isin(SILENT)]]
    trend = listed(rising) if rising else "no run"
    return (
        f"Change points of the shares: {'; '.join(told)}. By clusters and by the order of the checkpoints the trend of "
        f"{trend} can be told from none."
    )


def curve_figure(study: StoredStudy) -> Figure:
    """Curves of yes, run by run, with the raw shares as dots."""
    result = study["curves"]
    frame = result.estimates.assign(variant=result.estimates["variant"].map(_run))
    return curve_chart(replace(result, estimates=frame), stances=["yes"], width=250)


def curve_sentence(study: StoredStudy) -> str:
    """Where the curves begin and end, run by run."""
    ends = _curve_ends(study, "curves")
    moved = ends[(ends["lower"] > 0) | (ends["upper"] < 0)]
    told = [
        f"{_run(v)} from {r['first']:.0%} to {r['last']:.0%}, by {interval(r, signed=True)}"
        for v, r in moved.iterrows()
    ]
    text = f"The curve of yes moves in {number(len(moved))} of {counted(len(ends), 'run')}"
    text += f": {listed(told)}." if told else "."
    still = [_run(v) for v in ends.index.difference(moved.index, sort=False)]
    return text + (f" In {listed(still)} the interval of the change holds no change." if still else "")


def _curve_ends(study: StoredStudy, step: str) -> pd.DataFrame:
    """First and last share of the curve of yes, its change with the interval, and how far it strays, by run."""
    result = study[step]
    ends = pd.DataFrame(result.meta["moved"])
    ends = ends[ends["stance"] == "yes"].set_index("variant")
    own = result.estimates[result.estimates["stance"] == "yes"].groupby("variant", sort=False)["estimate"]
    return ends.assign(first=own.first(), last=own.last())


def curve_table(study: StoredStudy) -> pd.DataFrame:
    """Raw shares of yes at both ends beside the smooth and the monotone curve, run by run."""
    smooth, rising = (_curve_ends(study, s) for s in ("curves", "curves_monotone"))
    frame = study["curves"].estimates
    raw = frame[frame["stance"] == "yes"].groupby("variant", sort=False)["raw"]
    spread = study["curves"].meta["spread"]
    return pd.DataFrame(
        {
            "Run": [_run(v) for v in smooth.index],
            "Raw": [f"{a:.1%} → {b:.1%}" for a, b in zip(raw.first(), raw.last(), strict=True)],
            "Smooth curve": [f"{r['first']:.1%} → {r['last']:.1%}" for _, r in smooth.iterrows()],
            "Its change": [interval(row, 3, signed=True) for _, row in smooth.iterrows()],
            "Monotone curve": [f"{r['first']:.1%} → {r['last']:.1%}" for _, r in rising.iterrows()],
            "Typical move": [f"{spread[v]['estimate']:.1%}" for v in smooth.index],
        }
    )


def curve_recovery_sentence(study: StoredStudy) -> str:
    """How near curves and raw shares come to the truth of the simulated runs."""
    table = study["curve_recovery"].set_index("run")
    still = table.loc["no change"]
    others = table.drop(index="no change")
    return (
        f"Of the true shares of the simulated runs {number(int(table['held'].sum()))} of "
        f"{number(int(table['shares'].sum()))} lie inside the curves' intervals. Where nothing changes the curve is off by "
        f"{100 * still['curve']:.1f} points and the raw shares by {100 * still['raw']:.1f}; in the other runs by "
        f"{100 * others['curve'].mean():.1f} and {100 * others['raw'].mean():.1f} on average."
    )


def change_sentence(study: StoredStudy) -> str:
    """How many changes are found in the simulated runs, and where."""
    return str(study["changes_simulated"].sentence())


def change_figure(study: StoredStudy) -> Figure:
    """Shares, segments and posterior of the run with one jump and of the run in which only refusals rise."""
    return change_chart(study["changes_simulated"], groups=["one jump", "refusals only"])


def recovery_sentence(study: StoredStudy) -> str:
    """How many true values the intervals hold, and what refusals alone look like."""
    table = study["recovery"].dropna(subset=["holds"])
    held = int(table["holds"].sum())
    frame = study["response_simulated"].estimates
    only = frame[frame["run"] == "refusals only"]
    rate = only[only["part"] == "response rate"].iloc[0]
    moved = study["drift_simulated"].estimates
    far = moved[(moved["run"] == "refusals only") & (moved["measure"] == "total variation")].iloc[0]
    return (
        f"{number(held)} of {counted(len(table), 'interval')} hold the truth. Where only refusals rise, from "
        f"{1 - rate['first']:.0%} to {1 - rate['last']:.0%}, the stances among the answers are apart by a total variation "
        f"of {interval(far)} ({p_value(far['p_value'])})."
    )


def recovery_table(study: StoredStudy) -> pd.DataFrame:
    """Truth and estimate of the simulated runs."""
    table = study["recovery"]
    digits = [2 if m == "magnitude" else 0 for m in table["measure"]]
    names = table["measure"] + [f" of {s}" if s != "all" else "" for s in table["stance"]]
    return pd.DataFrame(
        {
            "Run": table["run"],
            "Measure": names,
            "Truth": [signed(t) if d else f"{t:.0f}" for t, d in zip(table["truth"], digits, strict=True)],
            "Estimate": [
                interval(row, d, signed=d > 0) if pd.notna(row["estimate"]) else "not given"
                for (_, row), d in zip(table.iterrows(), digits, strict=True)
            ],
            "Holds": [("yes" if h else "no") if pd.notna(h) else "–" for h in table["holds"]],
        }
    )
