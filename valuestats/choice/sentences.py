"""Sentences of strengths."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, levels_of, listed, number, readable, signed
from valuestats.choice.counted import FIRST
from valuestats.choice.positions import STUCK
from valuestats.results.marks import findings, silent_words
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import pairs_apart


def choice_strengths_sentence(result: Result) -> str:
    """Which option stands highest and lowest, how many pairs differ for certain, and what the choices depend on."""
    frame = findings(result).dropna(subset="estimate")
    if frame.empty:
        return f"{silent_words(result)}: {result.verdict.sentence()}"
    others = [k for k in result.keys if k != "option"]
    mean = frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False)
    top, low = str(mean.index[0]), str(mean.index[-1])
    over = f"Over {levels_of(frame[others[0]].nunique(), others[0])}, " if others else ""
    if others:
        high, least = signed(float(mean.iloc[0])), signed(float(mean.iloc[-1]))
    else:
        ends = [frame[frame["option"] == name].iloc[0] for name in (top, low)]
        high, least = (interval(end, signed=True) for end in ends)
    text = (
        f"{over}{top} is chosen most readily ({high}) and {low} least ({least}), in logits about the mean of "
        f"{counted(len(mean), 'option')}"
    )
    if not others:
        pairs = result.contrasts("option", level=float(frame["level"].iloc[0]))
        text += f"; {pairs_apart(pairs, 'options')} differ by intervals that hold together"
    unit = result.meta["specification"]["unit"]
    known = (
        "choices are taken as independent"
        if unit == "choice"
        else f"errors are over {levels_of(int(frame['n_units'].min()), unit)}"
    )
    effects = [p for p in result.meta["parameters"] if p["parameter"] == FIRST]
    if len(effects) == 1:
        known += f"; being shown first adds {interval(pd.Series(effects[0]), signed=True)}"
    told = [w for w in result.meta["warnings"] if "left out" in w]
    odd = [w for w in result.meta.get("defects", []) if STUCK in w]
    return f"{text}; {listed([known, *told])}{f'; but {listed(odd)}' if odd else ''}."


def printed_strengths(result: Result) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Options from the strongest, with the places that the whole ranking leaves open and the chance to be preferred."""
    frame = result.estimates
    others = [k for k in result.keys if k != "option"]
    frame = frame.sort_values([*others, "estimate"], ascending=[*[True] * len(others), False], kind="stable")
    chance = [f"{p:.2f}" if pd.notna(p) else "–" for p in frame["win_probability"]]
    if result.draws is None:
        return frame, {"Preferred to another": chance}
    sets = result.rank_sets("option", level=float(frame["level"].iloc[0]), allow_failed=True)
    sets = sets.set_index(list(result.keys))
    at = frame[list(result.keys)].astype(str).itertuples(index=False, name=None)
    places = []
    for key in at:
        label = key if others else key[0]
        if label not in sets.index:
            places.append("–")
            continue
        best, worst = (int(sets.loc[label, end]) for end in ("best", "worst"))
        places.append(f"{best}" if best == worst else f"{best}–{worst}")
    return frame, {"Places (hold together)": places, "Preferred to another": chance}


def elo_sentence(result: Result) -> str:
    """Highest and lowest rating, and how far orders of the same games lie apart."""
    frame = result.estimates.dropna(subset="estimate")
    mean = frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False)
    spec = result.meta["specification"]
    return (
        f"By Elo (K = {spec['k']:g}) {mean.index[0]} is rated highest ({mean.iloc[0]:,.0f}) and {mean.index[-1]} lowest "
        f"({mean.iloc[-1]:,.0f}); one order of the same games moves a rating by {frame['sd_of_orders'].mean():.1f} points "
        f"on average (SD over {number(spec['shuffles'])} orders), and the intervals hold that alone, no sampling error."
    )


def choice_fit_sentence(result: Result) -> str:
    """Which option is preferred most, which effects are told from 0, and what the errors take for granted."""
    frame = result.estimates
    spec = result.meta["specification"]
    options = frame[frame["part"] == "option utility"].sort_values("estimate", ascending=False)
    told = []
    if len(options) > 1:
        high, low = options.iloc[0], options.iloc[-1]
        told.append(
            f"the highest utility is that of {_inside(high['term'])} ({interval(high, signed=True)}), the lowest that of "
            f"{_inside(low['term'])} ({interval(low, signed=True)})"
        )
    effects = frame[frame["part"] == "coefficient"]
    clear = effects[(effects["lower"] > 0) | (effects["upper"] < 0)]
    if len(effects):
        spread = effects["term"].map(result.meta.get("spread_of_terms") or {}).fillna(1.0)
        largest = effects.iloc[int((effects["estimate"].abs() * spread).to_numpy().argmax())]
        value = interval(largest, signed=True)
        told.append(
            f"that of {largest['term']} is {value}"
            if len(effects) == 1
            else f"{number(len(clear))} of {number(len(effects))} other effects have an interval without 0, the largest "
            f"{'for what options differ by ' if (spread != 1).any() else ''}being {largest['term']} ({value})"
        )
    spreads = frame[frame["part"] == "standard deviation"]
    if len(spreads):
        widest = spreads.iloc[spreads["estimate"].argmax()]
        told.append(f"effects vary most as {widest['term']} ({interval(widest)})")
    made, asked = float(frame["n_scored"].iloc[0]), float(frame["n_asked"].iloc[0])
    cluster = spec.get("cluster")
    known = (
        f"errors are over clusters of {readable(str(cluster))}"
        if cluster
        else "choices are independent given the model's terms"
    )
    text = f"In logits, {listed(told)}" if told else "Ties and outcomes alone are modelled"
    return f"{text}; {number(made)} of {counted(asked, 'choice')} were made, and {known}."


def _inside(term: str) -> str:
    return term.split("[", 1)[-1].removesuffix("]")
