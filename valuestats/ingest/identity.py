"""What makes two rows one question asked twice."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables import Responses
from valuestats.tables.schema import row_of

Duplicates = Literal["error", "report"]


def duplicate_rows(frame: pd.DataFrame, identity: list[str]) -> pd.Series:
    """Mark each row whose identity an earlier row has."""
    return frame.duplicated(identity, keep="first")


def require_distinct(responses: Responses, duplicates: Duplicates) -> Responses:
    """Give the responses back; with ``"error"``, raise on the first row whose identity stood before.

    Raises
    ------
    InputError
        Two rows have the same identity: names the second, and where the first stands.
    """
    if duplicates not in ("error", "report"):
        raise SpecificationError(
            "unknown choice", parameter="duplicates", got=duplicates, expected="'error' or 'report'"
        )
    if duplicates == "report":
        return responses
    frame, identity = responses.frame, responses.identity
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
        got=", ".join(f"{name}={key[name]!r}" for name in identity)
        + f"; first in {first_file}, row {first_row} ({int(twice.sum())} such rows)",
        expected="each question once",
        hint="add the column that tells them apart (epoch, wording, …), or read with duplicates='report' "
        "and see describe()",
        file=file,
        row=row,
    )
