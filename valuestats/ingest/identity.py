"""What makes two rows one question asked twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.tabular.column_map import COLUMNS
from valuestats.tables import IDENTITY, Responses
from valuestats.tables.schema import row_of

Duplicates = Literal["error", "report", "number"]
_SMALL = 10
_OWN = ("seed", "prompt_sha256", "model_served", "source_file")
"""Columns of responses that are no part of the question and may yet tell two apart."""


def duplicate_rows(frame: pd.DataFrame, identity: list[str]) -> pd.Series:
    """Mark each row whose identity an earlier row has."""
    return frame.duplicated(identity, keep="first")


def numbered_repeats(responses: Responses) -> Responses:
    """Questions that stand more than once as epochs 1, 2, …, in the order of their epochs and then of their rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": "m", "item": ["a", "b", "a"], "epoch": 1, "answer": [1, 2, 3], "status": "valid"})
    >>> numbered_repeats(Responses(frame)).frame["epoch"].tolist()
    [1, 1, 2]
    """
    frame = responses.frame
    if not duplicate_rows(frame, responses.identity).any():
        return responses
    key = [name for name in responses.identity if name != "epoch"]
    in_order = frame.sort_values("epoch", kind="stable")
    numbers = in_order.groupby(key, dropna=False, observed=True, sort=False).cumcount() + 1
    return Responses(frame.assign(epoch=numbers.reindex(frame.index)), responses.findings)


def require_distinct(
    responses: Responses, duplicates: Duplicates, others: Callable[[], pd.DataFrame] | None = None
) -> Responses:
    """Give the responses back; with ``"error"``, raise on the first row whose identity stood before.

    Parameters
    ----------
    responses
        The table.
    duplicates
        ``"error"``, ``"report"`` (leave them), or ``"number"`` (see `numbered_repeats`).
    others
        Makes the source's other columns, one row per response, which may tell the rows apart; asked for in an error only.

    Raises
    ------
    InputError
        Two rows have the same identity: names the second, where the first stands, and what would tell them apart.
    """
    if duplicates not in get_args(Duplicates):
        raise SpecificationError(
            "unknown choice",
            parameter="duplicates",
            got=duplicates,
            expected="'error', 'report' or 'number'",
        )
    if duplicates == "number":
        return numbered_repeats(responses)
    frame, identity = responses.frame, responses.identity
    if duplicates == "report":
        return responses
    twice = duplicate_rows(frame, identity).to_numpy()
    if not twice.any():
        return responses
    second = int(twice.argmax())
    key = frame[identity].iloc[second]
    same = (
        frame[identity].astype(object).where(frame[identity].notna(), None) == key.where(key.notna(), None)
    ) | (frame[identity].isna() & key.isna())
    first = int(same.all(axis=1).to_numpy().argmax())
    first_row, first_file = row_of(frame, frame.index[first])
    row, file = row_of(frame, frame.index[second])
    raise InputError(
        "responses: a question stands twice",
        parameter=", ".join(identity),
        got=", ".join(f"{name}={_plain(key[name])!r}" for name in identity)
        + f"; first in {first_file}, row {first_row} ({int(twice.sum())} such rows)",
        expected="each question once",
        hint=_advice(frame, identity, None if others is None else others()),
        file=file,
        row=row,
    )


def require_runs(frame: pd.DataFrame, others: pd.DataFrame) -> None:
    """Raise where the rows of a wide table that would be numbered as runs of a model differ in what is asked.

    A column differs so where it has other values within a question of one model and few in all; not an identifier or a
    time (another value in most rows), nor whole numbers that number the rows of each question.

    Parameters
    ----------
    frame
        The answers.
    others
        The source's other columns but those of items, one row per answer.

    Raises
    ------
    InputError
        Names such columns.
    """
    identity = [name for name in IDENTITY if name in frame.columns and name != "epoch"]
    one = ~frame.duplicated(["source_file", "source_row"]).to_numpy()  # an answer of each row
    keys, rest = frame.loc[one, [n for n in identity if n != "item"]].astype(object), others.loc[one]
    rows = frame.loc[one]
    differ = []
    for name in rest.columns:
        values, known = rest[name], rest[name].dropna()
        several = values.groupby([keys[key] for key in keys], dropna=False, observed=True).nunique().max() > 1
        runs = known.str.fullmatch(r"\d+").all() and _tells_apart(keys, values)
        if several and not runs and 2 * values.nunique() <= len(values):
            differ.append(name)
    if differ:
        row, file = row_of(rows, rows.index[0])
        raise InputError(
            "responses: the runs of a model differ in what they were asked",
            parameter=", ".join(differ[:5]),
            got="; ".join(
                f"{name}: {', '.join(sorted(rest[name].dropna().unique())[:4])}" for name in differ[:5]
            ),
            expected="rows that are repeats, or columns that tell them apart",
            hint=_mapping_advice(differ, identity),
            file=file,
            row=row,
        )


def _mapping_advice(names: list[str], identity: list[str]) -> str:
    """What to do with columns that tell questions apart."""
    free = [name for name in ("condition", "persona", "wording", "step") if name not in identity]
    like = {
        "role": "persona",
        "persona": "persona",
        "character": "persona",
        "wording": "wording",
        "template": "wording",
        **dict.fromkeys(("checkpoint", "date", "snapshot", "step"), "step"),
    }
    given: dict[str, str] = {}
    for name in sorted(names, key=lambda name: name.lower() not in like):
        ours = like.get(name.lower())
        ours = ours if ours in free else next((name for name in free if name != "step"), None)
        if ours is not None:
            free.remove(ours)
            given[ours] = name
    told = " and ".join(map(repr, names))
    kept: object = names
    if not set(COLUMNS).isdisjoint(names):  # a covariate may not have such a name
        kept = {f"asked_{name}" if name in COLUMNS else name: name for name in names}
    tells, part, it = ("tells", "it a part", "it") if len(names) == 1 else ("tell", "them parts", "them")
    asked = f"columns={given} makes {part} of the question; " if given else ""
    return (
        f"{told} {tells} them apart: {asked}keep={kept} with duplicates='number' carries {it} along and makes epochs of "
        "repeats"
    )


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _advice(frame: pd.DataFrame, identity: list[str], others: pd.DataFrame | None) -> str:
    number = "duplicates='number' makes epochs of repeats, and with duplicates='report' describe() lists them"
    shared = frame.duplicated(identity, keep=False)
    own = [name for name in _OWN if name in frame.columns and name not in identity]
    apart = [name for name in own if _tells_apart(frame.loc[shared, identity], frame.loc[shared, name])]
    if others is not None:
        found = {
            name: int(others[name].nunique())
            for name in others.columns
            if _tells_apart(frame.loc[shared, identity], others.loc[shared, name])
        }
        # A column with another value in each row (an identifier, a time) says nothing of the question.
        found = {name: n for name, n in found.items() if len(frame) < _SMALL or 2 * n < len(frame)}
        if found:
            return _mapping_advice([min(found, key=lambda name: found[name])], identity)
    if "source_file" in apart:
        return f"each stands in a file of its own: say in which model, condition or run the files differ; {number}"
    if "prompt_sha256" in apart:
        return f"their prompts differ: name what they differ in (wording, persona, condition, …); {number}"
    if apart:
        return f"they differ in {apart[0]}; {number}"
    return f"add the column that tells them apart (epoch, wording, …); {number}"


def _tells_apart(keys: pd.DataFrame, column: pd.Series) -> bool:
    return bool(column.notna().all()) and not keys.assign(_other=column.astype(str)).duplicated().any()
