"""Sentences of answers that are missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import listed, number, readable, span
from valuestats.missing.levels import ALL, MISSING
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.tables.conditions import SAID, column_words, level_names


def _percent(row: pd.Series) -> str:
    digits = 2 if row["estimate"] < 0.01 else 1
    return (
        f"{100 * row['estimate']:.{digits}f}% [{100 * row['lower']:.{digits}f},\u00a0"
        f"{100 * row['upper']:.{digits}f}]"
    )


def _event(result: Result) -> str:
    events = result.meta["specification"]["event"]
    if events == list(MISSING):
        return "is missing for whatever reason"
    return (
        "is refused" if events == ["refusal"] else f"has the status {listed(events).replace(' and ', ' or ')}"
    )


def refusal_rates_sentence(result: Result) -> str:
    """The sentence of refusal rates."""
    frame, factors = result.estimates, list(result.keys)
    overall = frame[(frame[factors] == ALL).all(axis=1)].iloc[0]
    first, others = factors[0], factors[1:]
    rows = frame[(frame[others] == ALL).all(axis=1) & (frame[first] != ALL)]
    top, low = rows.iloc[int(rows["estimate"].argmax())], rows.iloc[int(rows["estimate"].argmin())]
    which = _event(result)
    text = (
        f"{number(overall['n_events'])} of {number(overall['n_asked'])} answers ({overall['raw_rate']:.1%}): an answer "
        f"{which}, with all levels weighted alike, at a rate of {_percent(overall)}"
    )
    if len(rows) > 1:
        text += (
            f"; by {readable(first)} most often {readable(str(top[first]))} ({_percent(top)}, raw "
            f"{100 * top['raw_rate']:.1f}%) and least {readable(str(low[first]))} ({_percent(low)})"
        )
    text += _driven(result, first, others)
    spreads = [s for s in result.meta["spreads"] if s["effect"] in factors and s["estimate"] is not None]
    if spreads and len(factors) > 1:
        parts = [f"{readable(s['effect'])} {interval(pd.Series(s))}" for s in spreads]
        text += f"; standard {'deviation' if len(parts) == 1 else 'deviations'} on the logit scale: {listed(parts)}"
    units = result.meta["specification"]["clusters"]
    tail = (
        f"Rates are partially pooled and for {readable(units[-1])}s of the same kind, so they are not the raw shares"
        if units
        else "Rates are partially pooled, so they are not the raw shares"
    )
    warnings = result.meta["warnings"]
    return f"{text}. {tail}." + (f" Note: {warnings[0]}." if warnings else "")


def _driven(result: Result, first: str, others: list[str]) -> str:
    """The factor that moves the rate most within a level of the first, of those whose difference the draws tell."""
    if not others or result.draws is None:
        return ""
    frame, drawn = result.estimates.astype(dict.fromkeys(result.keys, str)), result.replicates()
    levels = [x for x in dict.fromkeys(frame[first]) if x != ALL]
    tail = (1 - float(frame["level"].iloc[0])) / (2 * len(levels) * len(others))
    best, said = 0.0, ""
    for factor in others:
        rest = [f for f in others if f != factor]
        for level in levels:
            rows = frame[(frame[first] == level) & (frame[rest] == ALL).all(axis=1) & (frame[factor] != ALL)]
            if len(rows) < 2:
                continue
            ends = [rows.iloc[int(k)] for k in (rows["estimate"].argmax(), rows["estimate"].argmin())]
            high, low = (
                drawn.sel({first: level, factor: end[factor], **dict.fromkeys(rest, ALL)}).to_numpy()
                for end in ends
            )
            apart = float(ends[0]["estimate"] - ends[1]["estimate"])
            if apart > best and np.quantile(high - low, tail) > 0:
                best = apart
                said = (
                    f"; what moves it most is {readable(factor)} ({readable(level)}): {_percent(ends[0])} at "
                    f"{readable(ends[0][factor])} (raw {100 * ends[0]['raw_rate']:.1f}%) against {_percent(ends[1])} at "
                    f"{readable(ends[1][factor])} (raw {100 * ends[1]['raw_rate']:.1f}%)"
                )
    return said


def missing_bounds_sentence(result: Result) -> str:
    """The sentence of missing bounds."""
    frame, order = result.estimates, result.meta["order"]
    wide = frame.assign(width=frame["bound_upper"] - frame["bound_lower"])
    row = wide.iloc[int(wide["width"].argmax())]
    scored, asked = frame["n_scored"].sum(), frame["n_asked"].sum()
    if scored == asked:
        return f"Scored {number(scored)} of {number(asked)} answers: none is missing, so nothing has to be bounded."
    known = (
        "no answer of its own" if pd.isna(row["estimate"]) else f"{_plain(row['estimate'])} from its answers"
    )
    several = len(frame["dimension"].unique()) > 1
    where = f" on {readable(str(row['dimension']))}" if several else ""
    inside = (
        f" (with sampling error [{_plain(row['lower'])},\u00a0{_plain(row['upper'])}])"
        if pd.notna(row["lower"])
        else ""
    )
    held = (
        f" The order of {number(order['held'])} of {number(order['pairs'])} pairs of models is proved by the answers given, "
        "sampling left aside."
        if order["pairs"]
        else ""
    )
    counted = "answers (an answer counts once for each dimension)" if several else "answers"
    ends = f"{_plain(row['bound_lower'])} to {_plain(row['bound_upper'])}"
    return (
        f"Scored {number(scored)} of {number(asked)} {counted}; were the missing ones all lowest or all highest, "
        f"{row['model']}{where} ({known}) would lie anywhere from {ends}{inside}, the widest bounds.{held}{_pooled(result)}"
    )


def _plain(value: float) -> str:
    """Two decimals with a true minus, and never minus nought."""
    return f"{round(float(value), 2) + 0.0:.2f}".replace("-", "−")


def missing_sensitivity_sentence(result: Result) -> str:
    """The sentence of missing sensitivity."""
    frame = result.estimates
    shift = result.meta["specification"]["mechanism"] == "shift"
    keys = ["model", "dimension"]
    ends = frame.sort_values("delta").groupby(keys, sort=False, observed=True)
    moved = (ends["estimate"].max() - ends["estimate"].min()).rename("moved")
    most = moved.reset_index().iloc[int(moved.to_numpy().argmax())]
    model, dimension = str(most["model"]), str(most["dimension"])
    rows = frame[(frame["model"] == model) & (frame["dimension"] == dimension)].sort_values("delta")
    middle, first, last = rows[rows["delta"] == 0].iloc[0], rows.iloc[0], rows.iloc[-1]
    how = (
        f"were its missing answers from {abs(first['delta']):g} logits lower to {last['delta']:g} higher than those given"
        if shift
        else f"did answering depend on the answer with {first['delta']:g} to {last['delta']:g} logits per step of the scale"
    )
    place = f" on {readable(dimension)}" if len(frame["dimension"].unique()) > 1 else ""
    return (
        f"{model}{place} moves most with what is assumed of missing answers (scored {number(rows['n_scored'].iloc[0])} of "
        f"{number(rows['n_asked'].iloc[0])}): {interval(middle)} if they are missing at random given model and item, "
        f"{span(min(rows['estimate']), max(rows['estimate']))} {how}; the answers themselves cannot say which holds."
        f"{_pooled(result)}"
    ).replace(" -", " −")


def _pooled(result: Result) -> str:
    """That conditions are counted together, which a reader would take for one."""
    pooled = result.meta.get("pooled") or {}
    said = [
        f"the {column_words(name)}s {level_names(levels)}" for name, levels in pooled.items() if name in SAID
    ]
    return f" Answers under {listed(said)} are counted together." if said else ""


def missing_joint_sentence(result: Result) -> str:
    """The sentence of missing joint."""
    frame = result.estimates
    known = frame.dropna(subset=["delta", "estimate"])
    groups = known.groupby(["model", "dimension"], sort=False, observed=True)["estimate"]
    moved = (groups.max() - groups.min()).rename("moved").reset_index()
    most = moved.iloc[int(moved["moved"].to_numpy().argmax())]
    model, dimension = str(most["model"]), str(most["dimension"])
    rows = frame[(frame["model"] == model) & (frame["dimension"] == dimension)].sort_values("delta")
    middle = rows[rows["delta"] == 0].iloc[0]
    first, last = (rows.dropna(subset="delta").iloc[k] for k in (0, -1))
    place = f" on {readable(dimension)}" if len(frame["dimension"].unique()) > 1 else ""
    prior = rows[rows["amount"] == "prior"]
    mean, sd = result.meta["specification"]["prior"] or (0.0, 1.0)
    added = (
        f", and {interval(prior.iloc[0])} over a normal prior of that coefficient (mean {mean:g}, standard deviation {sd:g})"
        if len(prior)
        else ""
    )
    return (
        f"In a joint model of answering and answers {model}{place} (scored {number(middle['n_scored'])} of "
        f"{number(middle['n_asked'])}) stands at {interval(middle)} if answering does not depend on the answer, and "
        f"moves most, from {interval(first)} to {interval(last)}, if each step up the scale changes the log odds of "
        f"answering by {first['delta']:g} to {last['delta']:g}{added}; whatever the missing answers were, those asked for "
        f"average {middle['bound_lower']:.2f} to {middle['bound_upper']:.2f}. The answer rests on that coefficient, "
        f"which the data can't tell.{_pooled(result)}"
    ).replace(" -", " −")


def tipping_sentence(table: pd.DataFrame) -> str:
    """How many orders of two models could be turned, and by how much."""
    n, holds = len(table), int(table["holds"].sum())
    sure = table[table["lower"] > 0]
    tipped = table.dropna(subset="tipping_interval")
    tipped = tipped[tipped["tipping_interval"] > 0]
    text = (
        f"Of {number(n)} differences between two models {number(len(sure))} have an interval above zero if answers are "
        f"missing at random; {number(holds)} keep their order under the worst case"
    )
    if tipped.empty:
        return text + "; none of the others' intervals comes to hold zero within the amounts tried."
    row = tipped.iloc[int(tipped["tipping_interval"].argmin())]
    return text + (
        f"; {number(len(tipped))} come to hold zero within the amounts tried, first that of {row['first']} over "
        f"{row['second']} ({readable(str(row['dimension']))}), at {row['tipping_interval']:.2f} logits in "
        "opposite directions."
    )
