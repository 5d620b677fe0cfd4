"""What speaks for and against the informativeness of items, and a selection of them."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.informing.selection import ELSEWHERE, GAIN
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

_NAMED = 200
"""Up to so many items each has its own reason; of more, one reason counts them."""


def informativeness_reasons(result: Result) -> list[Reason]:
    """Items on which models differ by no more than their own noise, and few models."""
    frame = result.estimates
    flat = frame[~(frame["lower"] > 0) & frame["lower"].notna()]
    text = "models differ by no more than the noise of their own answers"
    found: list[Reason] = []
    if len(frame) <= _NAMED:
        found += [Reason("separation", "care", text, {"item": str(name)}) for name in flat["item"]]
        blank = frame[frame["estimate"].isna()]
        found += [
            Reason("scored", "none", "fewer than two models answered often enough", {"item": str(name)})
            for name in blank["item"]
        ]
    elif len(flat):
        found.append(
            Reason("separation", "care", f"on {number(len(flat))} of {counted(len(frame), 'item')} {text}")
        )
    return found + _units(frame)


def selection_reasons(result: Result) -> list[Reason]:
    """A selection that is worth no more than any items in other models, and few models."""
    frame = result.estimates.set_index("quantity")
    gain = frame.loc[GAIN]
    found = _units(result.estimates)
    if pd.notna(gain["lower"]) and not gain["lower"] > 0:
        text = "in other models the chosen items tell no more than any"
        found += [Reason("selection", "none", text, {"quantity": name}) for name in (GAIN, ELSEWHERE)]
    elif pd.notna(gain["lower"]):
        found.append(
            Reason("selection", "sound", "in other models the chosen items tell more than all items do")
        )
    return found


def _units(frame: pd.DataFrame) -> list[Reason]:
    n = int(frame["n_units"].max())
    if n >= TRUST_LIMITS.units:
        return [Reason("units", "sound", f"intervals resample {counted(n, 'model')}")]
    few = ", too few for an interval" * bool(frame["lower"].isna().all())
    return [Reason("units", "care", f"rests on {counted(n, 'model')}{few}")]
