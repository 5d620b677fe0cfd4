"""Responses: one row per raw answer of a model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal, get_args

import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import InputError
from valuestats.tables.schema import row_of, validate

Status = Literal["valid", "refusal", "unparsable", "empty", "truncated", "api_error", "not_administered"]
STATUSES: tuple[str, ...] = get_args(Status)

IDENTITY = (
    "model",
    "item",
    "condition",
    "step",
    "persona",
    "language",
    "wording",
    "option_order",
    "option_labels",
    "epoch",
)
"""What tells one asked question from another; the columns that a table has of these are its key."""

FINDINGS = ("kind", "file", "row", "found")
"""Columns of what reading found: what was left out or is in doubt, where it stands, and why."""

_OPTIONAL_TEXT = (
    "model_served",
    "cluster",
    "condition",
    "step",
    "persona",
    "language",
    "wording",
    "option_order",
    "option_labels",
    "seed",
    "error",
    "prompt_sha256",
)

SCHEMA = pa.DataFrameSchema(
    {
        "model": pa.Column(nullable=False, description="the model as requested, not null"),
        "item": pa.Column(nullable=False, description="the item's identifier, not null"),
        "epoch": pa.Column(int, pa.Check.ge(0), coerce=True, description="a whole number from 0"),
        "raw": pa.Column(nullable=True, description="the answer's text as it came, or null"),
        "answer": pa.Column("Int64", nullable=True, coerce=True, description="an answer code, or null"),
        "status": pa.Column(
            checks=pa.Check.isin(STATUSES), nullable=False, description=f"one of {', '.join(STATUSES)}"
        ),
        "source_file": pa.Column(nullable=False, description="where the row stands"),
        "source_sha256": pa.Column(nullable=False, description="SHA-256 of that file"),
        "source_row": pa.Column(int, pa.Check.ge(0), coerce=True, description="record number in it, from 0"),
        **{name: pa.Column(nullable=True, required=False) for name in _OPTIONAL_TEXT},
    },
    strict=False,
)


_SOURCE = ("source_file", "source_sha256", "source_row")
IN_MEMORY = "(in memory)"
"""Source file of answers that were in no file."""


def _from_memory(frame: pd.DataFrame) -> pd.DataFrame:
    """The table, with what tells its rows apart where it comes from no file."""
    if not isinstance(frame, pd.DataFrame) or not {"model", "item", "answer", "status"} <= set(frame.columns):
        return frame
    if any(name in frame.columns for name in _SOURCE):
        return frame
    content = pd.util.hash_pandas_object(frame.astype(str), index=False).to_numpy()
    out = frame.copy()
    if "raw" not in out.columns:
        out["raw"] = pd.Series(None, index=out.index, dtype=object)
    if "epoch" not in out.columns:
        keys = [name for name in IDENTITY if name in out.columns]
        out["epoch"] = out.groupby(keys, dropna=False, sort=False).cumcount() + 1
    out["source_file"], out["source_sha256"] = IN_MEMORY, hashlib.sha256(content.tobytes()).hexdigest()
    out["source_row"] = range(len(out))
    return out


def no_findings() -> pd.DataFrame:
    """An empty table of findings."""
    return pd.DataFrame({name: pd.Series(dtype="Int64" if name == "row" else "str") for name in FINDINGS})


@dataclass(frozen=True)
class Responses:
    """Raw answers of models to items, validated.

    Attributes
    ----------
    frame
        One row per raw answer. Required: ``model`` (as requested), ``item``, ``epoch``, ``raw`` (untrusted
        text), ``answer`` (code or null), ``status``, ``source_file``, ``source_sha256``, ``source_row``.
        Optional: ``model_served``, ``cluster`` (the query an item belongs to), ``condition``, ``step`` (of training, a date
        or version: what drift is measured along), ``persona``, ``language``, ``wording``, ``option_order``,
        ``option_labels`` (how options were named: letters, numbers, words), ``seed``, ``error`` (message of a failed call),
        ``prompt_sha256``. A table that names no source at all was made in memory: its rows are numbered and its
        hash is that of its content; ``raw`` may then be absent, and ``epoch``, which numbers repeats in their order.
    findings
        What reading found and could not take as it stands: ``kind``, ``file``, ``row`` (null for a whole file), ``found``.
        A record or file that was left out is named here and nowhere else.

    Raises
    ------
    InputError
        A column is missing or a value may not stand there, with its file and row.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": ["m"], "item": ["q1"], "epoch": [1], "raw": ["like me"], "answer": [5],
    ...     "status": ["valid"], "source_file": ["a.csv"], "source_sha256": ["0" * 64], "source_row": [0]})
    >>> len(Responses(frame))
    1
    >>> own = pd.DataFrame({"model": "m", "item": ["q1", "q1"], "answer": [5, 4], "status": "valid"})
    >>> Responses(own).frame[["epoch", "source_file", "source_row"]].to_numpy().tolist()
    [[1, '(in memory)', 0], [2, '(in memory)', 1]]
    """

    frame: pd.DataFrame
    findings: pd.DataFrame = field(default_factory=no_findings)

    def __post_init__(self) -> None:
        frame = validate(_from_memory(self.frame), SCHEMA, table="responses")
        astray = (frame["status"] == "valid").to_numpy() != frame["answer"].notna().to_numpy()
        if astray.any():
            position = int(astray.argmax())
            row, source = row_of(frame, frame.index[position])
            raise InputError(
                "responses: an answer code must stand exactly where the status is valid",
                parameter="answer, status",
                got=f"answer {frame['answer'].iloc[position]}, status {frame['status'].iloc[position]}",
                file=source,
                row=row,
            )
        object.__setattr__(self, "frame", frame)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def identity(self) -> list[str]:
        """The columns of this table that together name one asked question."""
        return [c for c in IDENTITY if c in self.frame.columns]

    @property
    def models(self) -> list[str]:
        """The models, in alphabetical order."""
        return sorted(map(str, self.frame["model"].unique()))

    @property
    def items(self) -> list[str]:
        """The items, in alphabetical order."""
        return sorted(map(str, self.frame["item"].unique()))

    def status_counts(self, by: str | list[str] | None = None) -> pd.DataFrame:
        """How many rows have each status, in all or by one or more columns.

        Returns
        -------
        pandas.DataFrame
            One row per group (one row in all where `by` is None), one column per status, and ``asked``.
        """
        status = pd.Categorical(self.frame["status"], categories=list(STATUSES))
        if by is None:
            counts = pd.Series(status).value_counts().reindex(list(STATUSES), fill_value=0).to_frame().T
            counts.index = pd.Index(["all"])
        else:
            keys = [self.frame[c] for c in ([by] if isinstance(by, str) else by)]
            counts = pd.crosstab(keys, pd.Series(status, index=self.frame.index, name="status"), dropna=False)
            counts = counts.reindex(columns=list(STATUSES), fill_value=0)
        counts = counts.astype(int)
        counts["asked"] = counts.sum(axis=1)
        return counts.rename_axis(columns=None)
