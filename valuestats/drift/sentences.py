"""Sentences of drift."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from valuestats.base.labels import counted, listed, number, p_value, readable, signed
from valuestats.drift.change_points import NONE
from valuestats.drift.drift import AVERAGE
from valuestats.drift.places import place_interval
from valuestats.drift.response import AVERAGE as MEAN_OF_BOTH
from valuestats.drift.response import CHANGED, OPINION, RATE
from valuestats.drift.stances import ALL, ANSWERED, MEAN
from valuestats.drift.times import MAGNITUDE, ONSET, SETTLING, VARIATION
from valuestats.drift.trust import other_response
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import out_of, untested_because, untested_rows


def drift_sentence(result: Result) -> str:
    """How far which stances moved, when, and what was answered."""
    if result.meta["specification"]["compat"] == "published":
        return _published(result)
    kept = findings(result)
    spec = result.meta["specification"]
    every = result.estimates[result.estimates["measure"] == MAGNITUDE]
    moved = kept[kept["measure"] == MAGNITUDE]
    scored, asked = _counts(result)
    rest = f"{number(scored)} of {counted(asked, 'answer')} at both ends took a stance; intervals resample {spec['unit']}"
    span = f"From {spec['steps'][0]} to {spec['steps'][-1]}"
    response = _rates(result)
    means = _means(result, kept, AVERAGE, result.estimates["measure"])
    if untested_rows(result, every).all():
        why = untested_because(result, every)
        return f"{span} {means}the change of {counted(len(every), 'share')} was not tested ({why}); {response}{rest}."
    if moved.empty:
        return f"{span} {means}none of {out_of(result, every, 'share')} can be told from no change; {response}{rest}."
    order = moved["estimate"].abs().sort_values(ascending=False).index
    told = [
        f"{'that of ' if k else ''}{_name(row, result)}{'' if k else ' moved'} by {interval(row, signed=True)}"
        for k, (_, row) in enumerate(moved.loc[order].head(3).iterrows())
    ]
    many = f"{number(len(moved))} of {out_of(result, every, 'change')} can be told from none"
    text = f"{span} {means}the share of {listed(told)}; {many}"
    times = _times(kept, result)
    return f"{text}{times}; {response}{rest}."


def _of_both(result: Result, row: pd.Series) -> str:
    """The change among what both ends answered, where the response rate changed."""
    group = str(row[result.keys[0]]) if len(result.keys) == 3 else ""
    changed = {r.where.get(result.keys[0], "") for r in other_response(result)}
    if group not in changed or pd.isna(row.get("among_both")):
        return ""
    return f", {signed(float(row['among_both']), 2)} among what both ends answered"


def _means(result: Result, kept: pd.DataFrame, label: str, column: pd.Series) -> str:
    """What the primary tests say where stances are numbers: in which groups the mean moved."""
    every = result.estimates[column == label]
    if every.empty:
        return ""
    if untested_rows(result, every).all():
        return f"the change of the mean was not tested ({untested_because(result, every)}); "
    own = kept[kept.index.isin(every.index)]
    own = own.reindex(own["estimate"].abs().sort_values(ascending=False).index)
    grouped = len(result.keys) == 3
    if not grouped:
        row = every.iloc[0]
        told = "moved by" if len(own) else "can't be told from unmoved:"
        return f"the mean {told} {interval(row, signed=True)} ({p_value(float(row['p_adjusted']))}{_of_both(result, row)}); "
    if own.empty:
        return f"the mean of none of {out_of(result, every, 'group')} can be told from unmoved; "
    named = [
        f"{row[result.keys[0]]} by {interval(row, signed=True)} "
        f"({p_value(float(row['p_adjusted']))}{_of_both(result, row)})"
        for _, row in own.head(3).iterrows()
    ]
    return f"the mean moved in {number(len(own))} of {out_of(result, every, 'group')}: {listed(named)}; "


def _name(row: pd.Series, result: Result) -> str:
    name = f"“{readable(str(row['stance']))}”"
    return name + (f" ({row[result.keys[0]]})" if len(result.keys) == 3 else "")


def _counts(result: Result) -> tuple[int, int]:
    groups = result.estimates[result.estimates["measure"].isin([VARIATION, MAGNITUDE])]
    once = groups.drop_duplicates(list(result.keys[:-2])) if len(result.keys) == 3 else groups.head(1)
    return int(once["n_scored"].sum()), int(once["n_asked"].sum())


def _rates(result: Result) -> str:
    """What the response rate did; where it changed, that the shares may have moved for it."""
    rates = result.meta.get("response", {})
    changed = {r.where.get(result.keys[0], ""): r for r in other_response(result)}
    if not rates or (len(rates) > 1 and not changed):
        return ""
    order = sorted(changed, key=lambda g: rates[g or ALL]["last"] - rates[g or ALL]["first"])
    if not changed:
        return f"the response rate {_went(next(iter(rates.values())))}; "
    named = [_went(rates[g or ALL]) + (f" ({g})" if g else "") for g in order[:3]]
    named = [name.removeprefix("went ") if k else name for k, name in enumerate(named)]
    more = [f"changed in {number(len(order) - 3)} more"] if len(order) > 3 else []
    return (
        f"the response rate {listed([*named, *more])}, and other items answering can move the shares by itself "
        "(response_drift tells the two apart); "
    )


def _went(rate: Mapping[str, float]) -> str:
    first, last = f"{rate['first']:.1%}", f"{rate['last']:.1%}"
    return f"stayed at {first}" if first == last else f"went from {first} to {last}"


def _times(kept: pd.DataFrame, result: Result) -> str:
    if len(result.keys) == 3:
        return ""
    own = {str(r["measure"]): r for _, r in kept[kept["stance"] == "all"].iterrows()}
    if ONSET not in own or SETTLING not in own:
        return ""
    part = result.meta["specification"]["share"]
    return (
        f". In all {part:.0%} of the way was gone at {place_interval(result.meta['specification'], own[ONSET])} and "
        f"{1 - part:.0%} at {place_interval(result.meta['specification'], own[SETTLING])}"
    )


def _published(result: Result) -> str:
    frame = result.estimates
    top = frame[frame["measure"] == MAGNITUDE]
    row = top.iloc[int(top["estimate"].abs().to_numpy().argmax())]
    same = (frame["stance"] == row["stance"]) & (frame["measure"] == "drift time")
    if len(result.keys) == 3:
        same &= frame[result.keys[0]] == row[result.keys[0]]
    time = float(frame["estimate"][same].iloc[0])
    return (
        f"By the published rules the share of {_name(row, result)} moved most, by {signed(row['estimate'])} with a drift "
        f"time of {time:.2f}; there is no interval, and a wide interval of the extremum gives a time of 0."
    )


def response_sentence(result: Result) -> str:
    """What the response rate did, how many answers that both gave are other ones, and which opinions moved."""
    frame, kept, spec = result.estimates, findings(result), result.meta["specification"]
    told = []
    for group in dict.fromkeys(frame[result.keys[0]] if len(result.keys) == 3 else ["all"]):
        own = frame if len(result.keys) == 2 else frame[frame[result.keys[0]] == group]
        found = kept if len(result.keys) == 2 else kept[kept[result.keys[0]] == group]
        rate = own[own["part"] == RATE].iloc[0]
        changed = own[own["part"] == CHANGED].iloc[0]
        opinions = own[own["part"] == OPINION]
        moved = found[found["part"] == OPINION]
        name = "" if len(result.keys) == 2 else f"{group}: "
        mean = own[own["part"] == MEAN_OF_BOTH]
        told.append(
            f"{name}answers came for {rate['first']:.1%}, then {rate['last']:.1%} (change {interval(rate, signed=True)}); "
            f"of what both steps answered {_percent(changed)} took another stance, {_against_repeats(result, changed)}; "
            + _mean_moved(result, mean, bool(mean.index.isin(found.index).any()))
            + (
                f"whether {counted(len(opinions), 'share')} moved was not tested"
                if untested_rows(result, opinions).all()
                else f"{number(len(moved))} of {out_of(result, opinions, 'share')} moved beyond chance"
            )
        )
    return f"From {spec['first']} to {spec['last']}, {'. '.join(told)}. Intervals resample {spec['unit']}."


def _against_repeats(result: Result, changed: pd.Series) -> str:
    """What changes though nothing did, beside what changed."""
    if pd.isna(changed["baseline"]):
        return "but repeats of one step would differ too, and nothing was asked twice there"
    beside = f"where repeats of one step differ in {changed['baseline']:.0%}"
    if pd.isna(changed["lower"]):
        return f"{beside}, too few {result.meta['specification']['unit']} to say whether that is less"
    return beside if changed["lower"] > changed["baseline"] else f"{beside}, so no more than they do"


def _mean_moved(result: Result, own: pd.DataFrame, told: bool) -> str:
    """The change of the mean among what both steps answered, and whether it is one."""
    if own.empty:
        return ""
    clear = "" if told else ", which can't be told from none"
    clear = ", which was not tested" if untested_rows(result, own).all() else clear
    return f"the mean of these moved by {interval(own.iloc[0], signed=True)}{clear}; "


def _percent(row: pd.Series) -> str:
    ends = f" [{row['lower']:.0%}, {row['upper']:.0%}]" if pd.notna(row["lower"]) else ""
    return f"{row['estimate']:.0%}{ends}".replace(" ", "\u00a0")


def change_sentence(result: Result) -> str:
    """Where the shares change, how sure the number and the places are, or that nothing changes."""
    spec, told = result.meta["specification"], []
    grouped = spec["by"] is not None
    frame = result.estimates
    for group in dict.fromkeys(frame[result.keys[0]]) if grouped else [""]:
        own = frame[frame[result.keys[0]] == group] if grouped else frame
        name = f"{group}: " if grouped else ""
        first = own.iloc[0]
        if first["change"] == NONE:
            why = untested_because(result, own)
            clear = (
                f"not tested ({why})"
                if why
                else f"no change can be told from none ({p_value(float(first['p_adjusted']))})"
            )
            told.append(f"{name}{clear}")
            continue
        places = [f"{place_interval(spec, row)} ({_changed(row)})" for _, row in own.iterrows()]
        told.append(
            f"{name}{counted(len(own), 'change')}, at {listed(places)}, posterior {first['probability']:.0%}"
        )
    scored, asked = int(frame["n_scored"].iloc[0]), int(frame["n_asked"].iloc[0])
    if grouped:
        once = frame.drop_duplicates(result.keys[0])
        scored, asked = int(once["n_scored"].sum()), int(once["n_asked"].sum())
    took = f"{number(scored)} of {counted(asked, 'answer')} took a stance"
    took = (
        f"of {counted(asked, 'answer')} the share that took a stance"
        if spec.get("of") == "response"
        else took
    )
    rest = f"{took}; tests flip {spec['unit']}"
    what = {"mean": " of the mean answer", "response": " of the response rate"}.get(str(spec.get("of")), "")
    return f"Over {counted(len(spec['steps']), 'step')}{what}, {'; '.join(told)}; {rest}."


def _changed(row: pd.Series) -> str:
    """What changed at a place, and by how much."""
    if row["stance"] == MEAN:
        return f"the mean by {signed(row['moved'])}"
    if row["stance"] == ANSWERED:
        return f"answered by {100 * float(row['moved']):+.0f} points".replace("-", "−")
    return f"“{row['stance']}” by {signed(row['moved'])}"


def trend_sentence(result: Result) -> str:
    """Which shares rise and fall, by clusters and by the order of the steps."""
    frame, kept, spec = result.estimates, findings(result), result.meta["specification"]
    rest = f"tests flip {spec['unit']} and permute the steps"
    if kept.empty:
        steps = counted(len(spec["steps"]), "step")
        if untested_rows(result, frame).all():
            many = f"{counted(len(frame), 'slope')} {'was' if len(frame) == 1 else 'were'} not tested"
            return f"Over {steps} {many} ({untested_because(result, frame)}); {rest}."
        return f"Over {steps} none of {out_of(result, frame, 'slope')} can be told from none; {rest}."
    scale = float(spec["at"][-1] - spec["at"][0])
    order = kept["over"].abs().sort_values(ascending=False).index
    parts = []
    for _, row in kept.loc[order].head(3).iterrows():
        whole = pd.Series({k: row[k] * scale for k in ("estimate", "lower", "upper")})
        label = str(row["stance"])
        name = ("the mean" if label == MEAN else f"the share of “{readable(label)}”") + (
            f" ({row[result.keys[0]]})" if len(result.keys) == 2 else ""
        )
        parts.append(f"{name} by {interval(whole, signed=True)}")
    return (
        f"Along the fitted line from {spec['steps'][0]} to {spec['steps'][-1]} moves: {listed(parts)}; "
        f"{number(len(kept))} of {out_of(result, frame, 'slope')} can be told from none; {rest}."
    )


def curve_sentence(result: Result) -> str:
    """From where to where the curves went, and what they rest on."""
    spec, frame = result.meta["specification"], result.estimates
    grouped = len(result.keys) == 3
    every = pd.DataFrame(result.meta["moved"])
    moved = every[(every["lower"] > 0) | (every["upper"] < 0)]
    span = f"From {spec['steps'][0]} to {spec['steps'][-1]}"
    kind = "monotone curve" if spec["monotone"] else "smooth curve"
    scored, asked = (
        int(frame.drop_duplicates([*result.keys[:-2], "step"])[c].sum()) for c in ("n_scored", "n_asked")
    )
    rest = (
        f"{number(scored)} of {counted(asked, 'answer')} took a stance; the curves take shares to move as "
        f"{_WALKS[spec['smooth']]} and {spec['unit']} to be independent"
    )
    if moved.empty:
        return f"{span} the {kind} of none of {counted(len(every), 'series', 'series')} can be told from no change; {rest}."
    order = moved["estimate"].abs().sort_values(ascending=False).index
    told = []
    for _, row in moved.loc[order].head(3).iterrows():
        own = frame[frame["stance"] == row["stance"]]
        own = own[own[result.keys[0]] == row[result.keys[0]]] if grouped else own
        first, last = own.iloc[0], own.iloc[-1]
        told.append(f"{_name(row, result)} from {interval(first)} to {interval(last)}")
    return (
        f"{span} the {kind} of {listed(told)}; the change of {number(len(moved))} of "
        f"{counted(len(every), 'series', 'series')} is clear of none; {rest}."
    )


_WALKS = {"rw1": "a random walk", "rw2": "a random walk of second order", "s": "a smoothing spline"}
