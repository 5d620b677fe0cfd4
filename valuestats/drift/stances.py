"""Stances along an ordered axis, counted by cluster: what every verb of the room starts from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import listed
from valuestats.drift.noted import stance_notes
from valuestats.statistics.ratios import ratio
from valuestats.tables.choosers import require_one_chooser
from valuestats.tables.far_codes import far_notes
from valuestats.tables.responses import Responses
from valuestats.tables.schema import row_of
from valuestats.tables.units import resampling_units

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
ALL = "all"
"""Label of what is about all stances together, and of the one group where none are told apart."""
MEAN = "mean stance"
"""Label of the mean of stances that are numbers."""
ANSWERED = "answered"
"""Label of the share of answers that took any stance."""
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ].*)?)?)?")


@dataclass(frozen=True)
class Cube:
    """Stances of each item at each step.

    Attributes
    ----------
    groups, steps, stances, items
        Names along the axes; `steps` in the order of the axis.
    places
        Place of each step on the axis.
    taken
        Part of an item's answers asked for that took the stance, shape ``(groups, items, steps, stances)``.
    asked
        Whether the item was asked, shape ``(groups, items, steps)``.
    answers, answered
        Answers asked for, and those that took a stance, shape ``(groups, items, steps)``.
    member
        Number of the unit of resampling of each item.
    units, clustered
        How many units there are, and whether a column named them.
    numbers
        What the stances are as numbers, shape ``(stances,)``; None where they are names only.
    notes
        What the table says against itself.
    """

    groups: tuple[str, ...]
    steps: tuple[str, ...]
    stances: tuple[str, ...]
    items: tuple[str, ...]
    places: Array
    taken: Array
    asked: NDArray[np.bool_]
    answers: Array
    answered: Array
    member: Ints
    units: int
    clustered: bool
    numbers: Array | None = None
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What is resampled, in the plural."""
        return "clusters" if self.clustered else "items"

    @property
    def given(self) -> Array:
        """Part of an item's answers asked for that took any stance, shape ``(groups, items, steps)``."""
        return np.asarray(self.taken.sum(axis=-1))

    def behind(self, group: int, *steps: int) -> int:
        """Clusters with an answer at one of the steps (any step where none is named)."""
        given = self.given[group][:, list(steps) or slice(None)].sum(axis=1) > 0
        return len(np.unique(self.member[given]))

    def on_mean(self) -> Cube:
        """The mean of the numbers as the share of the way from the least to the greatest: one quantity for all stances."""
        if self.numbers is None:
            return self
        low, high = float(self.numbers.min()), float(self.numbers.max())
        up = self.taken @ ((self.numbers - low) / (high - low))
        both = np.stack([up, self.given - up], axis=-1)
        return replace(self, stances=(MEAN, "the rest"), taken=both, numbers=np.array([high, low]))

    def on_response(self) -> Cube:
        """Whether answers took a stance, whichever."""
        given = self.given
        both = np.stack([given, np.maximum(self.asked - given, 0.0)], axis=-1)
        return replace(
            self, stances=(ANSWERED, "not answered"), taken=both, answered=self.answers, numbers=None
        )


def stance_cube(
    stances: pd.DataFrame | Responses,
    step: str,
    steps: Sequence[object] | None,
    by: str | None,
    *,
    least: int = 2,
    several: bool = True,
    values: Mapping[str, float] | None = None,
) -> Cube:
    """Check a table of stances and lay it out.

    Parameters
    ----------
    stances
        ``item``, the step, ``stance`` (null where no stance was taken), optionally ``share`` (of the answer, where a judge
        or the model's probabilities spread it), ``epoch`` (repeats), ``cluster`` and `by`; or `Responses`, whose answer
        codes are the stances and whose other statuses took none.
    step, steps, by
        Column of the axis, its values in order (numbers and dates are sorted where omitted), and column of groups.
    least
        Fewest steps.
    several
        Whether there must be two stances.
    values
        Numbers of the stances; their names where these are numbers and nothing is given, none where it is empty.

    Raises
    ------
    InputError
        A missing column, a null identifier, a share that is none, shares of an answer that pass 1.
    SpecificationError
        Too few steps, a step that nothing was asked at, a group without one of the steps, steps whose order is not known,
        one stance only; several models in a group.
    """
    frame, step = _as_frame(stances, step)
    keys = ["item", step, *([by] if by else [])]
    _require_columns(frame, keys)
    people = frame.drop(
        columns=["judge", "respondent"], errors="ignore"
    )  # drawn from many, and averaged over
    require_one_chooser(people, step, by, "one that moves, or stops answering, is not lost among the others")
    labels, at = _axis(frame, step, steps, least)
    label = frame[step].astype(str)
    stance = frame["stance"]
    names = _names(stance, several)
    share = _shares(frame)
    code = pd.Categorical(stance.astype(object).where(stance.notna()).map(str, na_action="ignore"), names)
    group = pd.Series(ALL, index=frame.index) if by is None else frame[by].astype(str)
    groups, items = sorted(group.unique()), sorted(frame["item"].astype(str).unique())
    g, i, t = (
        pd.Index(known).get_indexer(pd.Index(found))
        for known, found in ((groups, group), (items, frame["item"].astype(str)), (list(labels), label))
    )
    cells = (len(groups), len(items), len(labels))
    cell = np.ravel_multi_index((g, i, t), cells)
    answers, answered = _answers(frame, cell, code.codes >= 0, share, int(np.prod(cells)))
    k = len(names)
    seen = code.codes >= 0
    taken = np.bincount(cell[seen] * k + code.codes[seen], share[seen], int(np.prod(cells)) * k)
    asked = (answers > 0).reshape(cells)
    _require_whole(asked, groups, labels, by)
    units = resampling_units(frame, items)
    return Cube(
        tuple(groups),
        labels,
        tuple(names),
        tuple(items),
        at,
        np.nan_to_num(ratio(taken.reshape(*cells, k), answers.reshape(*cells, 1))),
        asked,
        answers.reshape(cells),
        answered.reshape(cells),
        units.member,
        len(units),
        units.clustered,
        _numbers(tuple(names), values),
        (*stance_notes(frame, step, by, names), *far_notes(stance, "stance")),
    )


def _numbers(stances: tuple[str, ...], given: Mapping[str, float] | None) -> Array | None:
    if given is None:
        numbers = pd.to_numeric(pd.Series(stances, dtype=object), errors="coerce").to_numpy(dtype=float)
        return numbers if np.isfinite(numbers).all() and len(numbers) > 1 else None
    if not given:
        return None
    known = {str(k): float(v) for k, v in given.items()}
    wrong = [s for s in stances if not np.isfinite(known.get(s, np.nan))]
    if wrong:
        raise SpecificationError(
            "a stance has no number",
            parameter="values",
            got=listed(wrong),
            expected=f"a number of each of {listed(list(stances))}",
        )
    found = np.array([known[s] for s in stances])
    return found if len(set(found)) > 1 else None


def require_several(cube: Cube, behind: NDArray[np.int64], parameter: str = "stances") -> None:
    """Refuse clusters of which each group is one alone: there is nothing to flip, and nothing to resample.

    Raises
    ------
    SpecificationError
        A group of one cluster.
    """
    if not cube.clustered or (np.asarray(behind) != 1).all():
        return
    name = cube.groups[int((np.asarray(behind) == 1).argmax())]
    raise SpecificationError(
        "one cluster alone can't be told from chance",
        parameter=parameter,
        got=f"all answers{'' if name == ALL else f' of {name}'} are of one cluster",
        expected="several clusters in each group",
        hint="name another column as the cluster, or drop it, so that items are the units",
    )


def _as_frame(stances: pd.DataFrame | Responses, step: str) -> tuple[pd.DataFrame, str]:
    if not isinstance(stances, Responses):
        if "stance" not in stances.columns:
            raise InputError(
                "stances: a column is missing",
                parameter="stance",
                got=f"columns {', '.join(map(str, stances.columns))}",
                expected=f"item, {step}, stance",
            )
        return stances, step
    if step == "step" and step not in stances.frame.columns and "condition" in stances.frame.columns:
        step = "condition"  # where readers put what a prompt, a version or a date tells apart
    frame = stances.frame[(stances.frame["status"] != "not_administered").to_numpy()]
    answer = frame["answer"].where(frame["status"] == "valid")
    return frame.assign(stance=answer.astype("Int64")).drop(columns="share", errors="ignore"), step


def _require_columns(frame: pd.DataFrame, keys: Sequence[str]) -> None:
    missing = [c for c in keys if c not in frame.columns]
    if missing:
        raise InputError(
            "stances: a column is missing",
            parameter=", ".join(missing),
            got=f"columns {', '.join(map(str, frame.columns))}",
            expected=", ".join([*keys, "stance"]),
        )
    if frame.empty:
        raise SpecificationError("no stance", parameter="stances", got="an empty table")
    for name in keys:
        _refuse(
            frame,
            frame[name].isna().to_numpy(),
            name,
            f"a row without {'an item' if name == 'item' else f'a {name}'}",
            "no nulls",
        )


def _axis(
    frame: pd.DataFrame, step: str, steps: Sequence[object] | None, least: int
) -> tuple[tuple[str, ...], Array]:
    seen = list(dict.fromkeys(frame[step].astype(str)))
    if steps is None:
        numbers = pd.to_numeric(pd.Series(seen), errors="coerce").to_numpy(dtype=float)
        if not np.isfinite(numbers).all() and all(_DATE.fullmatch(s) for s in seen):
            numbers = np.argsort(np.argsort(seen)).astype(float)  # dates of one form sort as texts
        if not np.isfinite(numbers).all():
            raise SpecificationError(
                "the order of the steps is not known",
                parameter="steps",
                got=listed(seen[:8]),
                expected="numbers or dates (2024-03, 2024-03-15), or the steps in their order",
                hint=f"steps={sorted(seen)[:8]!r}, in the right order",
            )
        order = np.argsort(numbers, kind="stable")
        labels, at = tuple(seen[k] for k in order), numbers[order]
    else:
        labels = tuple(str(s) for s in steps)
        absent = [s for s in labels if s not in seen] or [s for s in seen if s not in labels]
        if absent or len(set(labels)) < len(labels):
            raise SpecificationError(
                "a step is missing" if absent else "a step is named twice",
                parameter="steps",
                got=listed(absent or list(labels)),
                expected=f"each of {listed(seen)} once",
            )
        numbers = pd.to_numeric(pd.Series(labels), errors="coerce").to_numpy(dtype=float)
        rising = np.isfinite(numbers).all() and (np.diff(numbers) > 0).all()
        at = numbers if rising else np.arange(len(labels), dtype=float)
    if len(labels) < least or (np.diff(at) <= 0).any():
        raise SpecificationError(
            "too few steps to drift over" if len(labels) < least else "two steps at one place of the axis",
            parameter="step",
            got=listed(list(labels)),
            expected=f"{least} steps or more",
        )
    return labels, at


def _names(stance: pd.Series, several: bool) -> list[str]:
    seen = stance.dropna()
    if isinstance(stance.dtype, pd.CategoricalDtype):
        present = set(seen)
        names = [str(c) for c in stance.cat.categories if c in present]
    else:
        unique = list(dict.fromkeys(seen.astype(str)))
        numbers = pd.to_numeric(pd.Series(unique, dtype=object), errors="coerce")
        names = (
            [unique[k] for k in np.argsort(numbers.to_numpy(dtype=float), kind="stable")]
            if len(unique) and numbers.notna().all()
            else sorted(unique)
        )
    if len(names) < (2 if several else 1):
        raise SpecificationError(
            "no answer took a stance" if not names else "all answers took the same stance, so nothing drifts",
            parameter="stance",
            got=names[0] if names else "nulls only",
            expected="two stances or more",
            hint="whether answers came at all is asked by response_drift" if names else None,
        )
    return names


def _shares(frame: pd.DataFrame) -> Array:
    if "share" not in frame.columns:
        return np.ones(len(frame))
    share = pd.to_numeric(frame["share"], errors="coerce").to_numpy(dtype=float)
    _refuse(frame, ~((share >= 0) & (share <= 1 + 1e-9)), "share", "not a share", "a number from 0 to 1")
    return np.asarray(share, dtype=float)


def _answers(
    frame: pd.DataFrame, cell: Ints, seen: NDArray[np.bool_], share: Array, size: int
) -> tuple[Array, Array]:
    """Answers asked for in each cell, and those that took a stance; rows with shares are parts of one answer."""
    if "share" not in frame.columns:
        return np.bincount(cell, minlength=size).astype(float), np.bincount(cell, seen, size)
    epoch = frame["epoch"].astype(str) if "epoch" in frame.columns else "1"
    parts = pd.DataFrame({"cell": cell, "epoch": epoch, "share": share, "told": share * seen})
    each = parts.groupby(["cell", "epoch"], sort=False)[["share", "told"]].sum().reset_index()
    beyond = each["share"] > 1 + 1e-6
    if beyond.any():
        bad = (cell == each.loc[beyond, "cell"].iloc[0]) & (
            parts["epoch"] == each.loc[beyond, "epoch"].iloc[0]
        ).to_numpy()
        _refuse(frame, bad, "share", "the shares of one answer pass 1", "parts of one answer, 1 at most")
    told = (each["told"] > 0).to_numpy(dtype=float)
    at = each["cell"].to_numpy()
    return np.bincount(at, minlength=size).astype(float), np.bincount(at, told, size)


def _require_whole(
    asked: NDArray[np.bool_], groups: Sequence[str], labels: Sequence[str], by: str | None
) -> None:
    there = asked.any(axis=1)
    if there.all():
        return
    g, t = (int(x) for x in np.argwhere(~there)[0])
    raise SpecificationError(
        "a step is missing",
        parameter="step",
        got=f"no row of {by} {groups[g]} at step {labels[t]}",
        expected="answers of every group at every step",
        hint="give groups with other steps a call of their own",
    )


def _refuse(frame: pd.DataFrame, wrong: NDArray[np.bool_], column: str, what: str, expected: str) -> None:
    if not wrong.any():
        return
    position = int(wrong.argmax())
    row, source = row_of(frame, frame.index[position])
    raise InputError(
        f"stances: {what}",
        parameter=column,
        got=frame[column].iloc[position],
        expected=expected,
        file=source,
        row=row,
    )
