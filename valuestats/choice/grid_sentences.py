"""Sentences of predictions and comparisons of choice models."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result

_OF = {"wins": "to be preferred", "probabilities": "to be taken"}


def _percent(row: pd.Series) -> str:
    return f"{row['estimate']:.0%} [{row['lower']:.0%}, {row['upper']:.0%}]".replace(" ", "\u00a0")


def _placed(row: pd.Series, keys: tuple[str, ...]) -> str:
    if keys == ("row",):
        return str(row["row"])
    return listed([str(row[k]) if k in ("option", "against") else f"{readable(k)} {row[k]}" for k in keys])


def _known(result: Result) -> str:
    frame, spec = result.estimates, result.meta["specification"]
    kind = "Wald" if str(frame["interval"].iloc[0]).startswith("Wald") else "posterior"
    where = "pairs of options in the typical context" if spec["at"] == "pairs" else "rows of the grid"
    whole = f"averaged over {where}" if spec["by"] else f"at {where}"
    level = f"{100 * float(frame['level'].iloc[0]):g}% {kind} intervals"
    asked = f"{number(float(frame['n_scored'].iloc[0]))} of {counted(float(frame['n_asked'].iloc[0]), 'choice')} were made"
    return f"{whole}; {asked}; {level} take the model as given"


def choice_prediction_sentence(result: Result) -> str:
    """What is taken most readily and least, and where."""
    frame = result.estimates
    high, low = frame.iloc[frame["estimate"].argmax()], frame.iloc[frame["estimate"].argmin()]
    ends = f"highest for {_placed(high, result.keys)}, {_percent(high)}"
    if len(frame) > 1:
        ends += f", and lowest for {_placed(low, result.keys)}, {_percent(low)}"
    of = _OF[result.meta["specification"]["outcome"]]
    return f"The probability {of} is {ends}, {_known(result)}."


def choice_effect_sentence(result: Result) -> str:
    """The largest change, and how many are told from none."""
    frame, spec = result.estimates, result.meta["specification"]
    none = 1.0 if spec["quantity"] == "ratio" else 0.0
    largest = frame.iloc[(frame["estimate"] - none).abs().argmax()]
    clear = int(((frame["lower"] > none) | (frame["upper"] < none)).sum())
    where = [k for k in result.keys if k != "contrast"]
    of = f" for {_placed(largest, tuple(where))}" if where else ""
    how = {
        "difference": "changes the probability",
        "lift": "changes the probability, as a share of what it was,",
    }
    verb = how.get(spec["comparison"], f"makes a {spec['comparison']} of the probability")
    value = interval(largest, signed=spec["quantity"] != "ratio")
    told = "1 interval" if len(frame) == 1 else f"{len(frame)} intervals"
    return (
        f"Setting {readable(spec['variable'])} to {largest['contrast']} {verb} {_OF[spec['outcome']]}{of} by {value}, the "
        f"most; {clear} of {told} excludes {none:g}, with no correction for their number; {_known(result)}, and an effect "
        "is causal only where the choices were assigned so."
    )
