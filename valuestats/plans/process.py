"""A small decision process whose steps serve several values, and the plans that were seen in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.schema import require_unique, validate

Array = NDArray[np.float64]

LARGEST = 20_000_000
"""Cells of states x actions x states that are held at once."""

STEPS = pa.DataFrameSchema(
    {
        "state": pa.Column(nullable=False, description="where a step begins, not null"),
        "action": pa.Column(nullable=False, description="what is done, not null"),
        "next": pa.Column(nullable=False, description="where it may end, not null"),
        "probability": pa.Column(
            float, pa.Check.in_range(0, 1), nullable=False, coerce=True, description="a probability, 0 to 1"
        ),
    },
    strict=False,
)
PLANS = pa.DataFrameSchema(
    {
        "trajectory": pa.Column(nullable=False, description="the plan a step belongs to, not null"),
        "step": pa.Column(
            int, coerce=True, nullable=False, description="its place in the plan, a whole number"
        ),
        "state": pa.Column(nullable=False, description="where the step begins, not null"),
        "action": pa.Column(nullable=False, description="what was done, not null"),
    },
    strict=False,
)


@dataclass(frozen=True)
class Process:
    """States, actions, and what each serves.

    Attributes
    ----------
    states, actions, values
        Names; a state from which nothing can be done is an end.
    moves
        Probability to end in a state, shape ``(states, actions, states)``.
    offered
        What can be done where, shape ``(states, actions)``.
    serves
        What an action in a state adds to each value, shape ``(states, actions, values)``.
    """

    states: tuple[str, ...]
    actions: tuple[str, ...]
    values: tuple[str, ...]
    moves: Array
    offered: NDArray[np.bool_]
    serves: Array

    @property
    def spread(self) -> Array:
        """Standard deviation of what actions serve within a state, by value."""
        n = self.offered.sum(axis=1)
        live = n > 1
        here = self.offered[live][:, :, None]
        x = self.serves[live]
        mean = (x * here).sum(axis=1) / n[live][:, None]
        square = (((x - mean[:, None]) ** 2) * here).sum(axis=1) / n[live][:, None]
        return np.asarray(np.sqrt(square.mean(axis=0)))


def process_of(steps: pd.DataFrame, values: Sequence[str]) -> Process:
    """The process that a table of steps describes.

    Raises
    ------
    SpecificationError
        No value, one that the table lacks, that is named twice, or that no action changes anywhere; too many cells.
    InputError
        A step that stands twice, probabilities that don't sum to 1, or a value that is no number or differs between the
        rows of one action, by row.
    """
    frame = validate(steps, STEPS, table="steps").reset_index(drop=True)
    require_unique(frame, ["state", "action", "next"], table="steps")
    names = [values] if isinstance(values, str) else [str(v) for v in values]
    missing = [v for v in names if v not in frame.columns]
    if not names or missing or len(set(names)) < len(names):
        raise SpecificationError(
            "values are columns that stand once each",
            parameter="values",
            got=", ".join(names) or "none",
            expected=", ".join(map(str, frame.columns)),
        )
    x = frame[names].apply(lambda c: pd.to_numeric(c, errors="coerce")).to_numpy(dtype=float)
    wrong = ~np.isfinite(x)
    if wrong.any():
        row, column = (int(k[0]) for k in np.nonzero(wrong))
        raise InputError("not a number", parameter=names[column], got=frame[names[column]].iloc[row], row=row)
    begin, action, end = (frame[c].astype(str) for c in ("state", "action", "next"))
    states = tuple(sorted({*begin, *end}))
    actions = tuple(sorted(set(action)))
    cells = len(states) ** 2 * len(actions)
    if cells > LARGEST:
        raise SpecificationError(
            "too large for a table",
            parameter="steps",
            got=f"{cells:,} cells",
            expected=f"at most {LARGEST:,}",
        )
    place, act = {s: k for k, s in enumerate(states)}, {a: k for k, a in enumerate(actions)}
    s, a, e = begin.map(place).to_numpy(), action.map(act).to_numpy(), end.map(place).to_numpy()
    moves = np.zeros((len(states), len(actions), len(states)))
    moves[s, a, e] = frame["probability"]
    offered = np.zeros(moves.shape[:2], dtype=bool)
    offered[s, a] = True
    total = moves.sum(axis=2)
    off = np.flatnonzero(np.abs(total[s, a] - 1) > 1e-6)
    if len(off):
        row = int(off[0])
        raise InputError(
            "probabilities of a step don't sum to 1",
            parameter="probability",
            got=f"{total[s[row], a[row]]:.6g} of {action[row]} in {begin[row]}",
            row=row,
        )
    serves = np.zeros((*moves.shape[:2], len(names)))
    serves[s, a] = x
    differ = np.abs(serves[s, a] - x).max(axis=1) > 1e-12
    if differ.any():
        row = int(differ.argmax())
        raise InputError(
            "one action in one state serves a value by two amounts",
            parameter="values",
            got=action[row],
            row=row,
        )
    found = Process(states, actions, tuple(names), moves, offered, serves)
    flat = [v for v, sd in zip(names, found.spread, strict=True) if not sd > 0]
    if flat:
        raise SpecificationError(
            "a value that no choice between actions changes",
            parameter="values",
            got=", ".join(flat),
            hint="leave it out: no plan can say what it weighs",
        )
    return found


def plan_counts(process: Process, plans: pd.DataFrame, horizon: int) -> tuple[Array, int]:
    """How often each action was taken, shape ``(steps, states, actions)``, and how many plans there are.

    Raises
    ------
    InputError
        A state or an action that the process lacks, an action that is not offered, steps with a gap, a step that the one
        before cannot lead to, or a plan longer than the horizon, by row.
    """
    frame = validate(plans, PLANS, table="plans").reset_index(drop=True)
    require_unique(frame, ["trajectory", "step"], table="plans")
    for column, known in (("state", process.states), ("action", process.actions)):
        wrong = ~frame[column].astype(str).isin(known)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(f"no such {column}", parameter=column, got=frame[column].iloc[row], row=row)
    s = frame["state"].astype(str).map({x: k for k, x in enumerate(process.states)}).to_numpy()
    a = frame["action"].astype(str).map({x: k for k, x in enumerate(process.actions)}).to_numpy()
    _first(~process.offered[s, a], frame, "action", "an action that is not offered there")
    order = np.lexsort((frame["step"].to_numpy(), pd.factorize(frame["trajectory"])[0]))
    name, step = pd.factorize(frame["trajectory"])[0][order], frame["step"].to_numpy()[order]
    start = np.r_[True, np.diff(name) > 0]
    begin = np.flatnonzero(start)
    number = np.arange(len(frame)) - begin[np.cumsum(start) - 1]
    gap = np.zeros(len(frame), dtype=bool)
    gap[order] = step - step[begin][np.cumsum(start) - 1] != number
    _first(gap, frame, "step", "steps with a gap")
    far = np.zeros(len(frame), dtype=bool)
    far[order] = number >= horizon
    _first(far, frame, "step", f"a plan longer than the horizon of {horizon}")
    led = np.ones(len(frame), dtype=bool)
    before, after = order[:-1], order[1:]
    same = ~start[1:]
    led[after[same]] = process.moves[s[before[same]], a[before[same]], s[after[same]]] > 0
    _first(~led, frame, "state", "a state that the step before cannot lead to")
    counts = np.zeros((horizon, len(process.states), len(process.actions)))
    np.add.at(counts, (number, s[order], a[order]), 1.0)
    return counts, int(start.sum())


def _first(wrong: NDArray[np.bool_], frame: pd.DataFrame, column: str, what: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"plans: {what}", parameter=column, got=frame[column].iloc[row], row=row)
