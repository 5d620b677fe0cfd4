"""Responses from tables of any shape, by a declared column map."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.progress import track
from valuestats.ingest.answers.letters import shown_as_text, shown_in
from valuestats.ingest.answers.parse import Compat, parse_answers
from valuestats.ingest.answers.scales import NO_SCALE, ScaleLike, as_scale, needed_scale
from valuestats.ingest.answers.texts import as_text, sha256_text, text_series
from valuestats.ingest.identity import Duplicates, require_distinct
from valuestats.ingest.tabular.files import Table, read_table, table_files
from valuestats.instruments import AnswerScale
from valuestats.tables import STATUSES, Responses
from valuestats.tables.responses import SCHEMA

_SOURCE = ("source_file", "source_sha256", "source_row")
_EXTRA = ("prompt", "provider", "rule", "stop_reason", "logprobs")
COLUMNS = tuple(name for name in SCHEMA.columns if name not in _SOURCE) + _EXTRA
"""The names a column map may give: those of Responses, and what helps to read them."""

_IDENTIFIERS = (
    "model",
    "item",
    "cluster",
    "condition",
    "persona",
    "language",
    "wording",
    "option_order",
    "option_labels",
)


@dataclass(frozen=True)
class ColumnMap:
    """How a table's columns become those of Responses; see `read_table_responses`."""

    columns: Mapping[str, str]
    constants: Mapping[str, object]
    statuses: Mapping[str, str]
    missing: tuple[str, ...]

    def __post_init__(self) -> None:
        for parameter, names in (("columns", self.columns), ("constants", self.constants)):
            for name in names:
                if name not in COLUMNS:
                    near = difflib.get_close_matches(name, COLUMNS, n=1)
                    raise SpecificationError(
                        "unknown column",
                        parameter=parameter,
                        got=name,
                        expected=f"one of {', '.join(COLUMNS)}",
                        hint=f"did you mean {near[0]!r}?" if near else "the map goes {ours: theirs}",
                    )
        both = sorted(set(self.columns) & set(self.constants))
        if both:
            raise SpecificationError("a column is both mapped and constant", parameter=", ".join(both))
        strange = sorted({str(ours) for ours in self.statuses.values()} - set(STATUSES))
        if strange:
            raise SpecificationError(
                "unknown status", parameter="statuses", got=strange, expected=f"one of {', '.join(STATUSES)}"
            )

    def apply(self, table: Table) -> dict[str, pd.Series]:
        """Columns of Responses that a table has, as they stand in it."""
        found: dict[str, pd.Series] = {}
        for ours in COLUMNS:
            theirs = self.columns.get(ours, ours)
            column = table.column(theirs)
            if ours in self.constants:
                if column is not None:
                    raise SpecificationError(
                        "a constant would hide a column of the file",
                        parameter=f"constants[{ours!r}]",
                        got=f"{table.source.name} has a column {theirs!r}",
                    )
                column = pd.Series([self.constants[ours]] * table.length, dtype=object)
            elif column is None and ours in self.columns:
                raise InputError(
                    "a mapped column is missing",
                    parameter=f"columns[{ours!r}]",
                    got=theirs,
                    expected=f"one of {', '.join(table.names[:30])}",
                    file=table.source.path,
                )
            if column is not None:
                found[ours] = column
        return found


def read_table_responses(
    path: str | Path | Iterable[str | Path],
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    scale: ScaleLike | None = None,
    statuses: Mapping[str, str] | None = None,
    missing: Sequence[str] = ("",),
    encoding: str = "utf-8",
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    r"""Read raw or coded answers from CSV, TSV, JSON Lines, JSON or Parquet, plain or ``.gz``.

    Every record becomes one row. Columns that are neither mapped nor named as in Responses are left out.
    Identifiers are texts (1, 1.0 and "1" are one). In CSV only `missing` is null: "NA" and "None" are texts.

    Parameters
    ----------
    path
        A file, a folder (all tables below it), a glob pattern, or several files.
    columns
        Our name to theirs, e.g. ``{"item": "question_id", "raw": "output.text"}``; in JSON a dotted name is a
        path into the record. Needed is a ``raw`` text or an ``answer`` code; ``prompt`` is hashed, not kept.
    constants
        Our name to a value that holds for all rows, e.g. ``{"model": "m"}``.
    scale
        Answer scale, instrument, or its name. Needed for ``raw``; codes are checked against it.
    statuses
        Their status to ours, where there is a status column. Rows that are said to be ``valid`` are still
        read; any other status stands as it is given.
    missing
        Texts that mean null in CSV and TSV.
    encoding
        Encoding of text files; a byte order mark is left out.
    compat, duplicates
        See `valuestats.ingest.parse_answers` and `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        A file that can't be read, a column that isn't there, an unknown status, a code that isn't a whole
        number on the scale, an identifier that is null, a question that stands twice; with file and row.
    SpecificationError
        A map that contradicts itself, or no scale for raw texts.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "answers.csv")
    >>> _ = file.write_text("id,text\n1,Like me.\n2,NA\n")
    >>> read = read_table_responses(file, columns={"item": "id", "raw": "text"}, constants={"model": "m"},
    ...     scale="value_portrait")
    >>> read.frame[["item", "raw", "status"]].to_numpy().tolist()
    [['1', 'Like me.', 'valid'], ['2', 'NA', 'unparsable']]
    """
    answer_scale = None if scale is None else as_scale(scale)
    mapping = ColumnMap(columns or {}, constants or {}, statuses or {}, tuple(missing))
    files = table_files(path)
    frames = []
    for file, name in track(files, "reading tables", total=len(files), unit="file"):
        table = read_table(file, name=name, encoding=encoding)
        frames.append(table_frame(table, mapping, answer_scale, compat))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if frame.empty:
        raise InputError("no records", got=f"{len(files)} files", file=files[0][0])
    for name in (*_IDENTIFIERS, "status", "rule", *_SOURCE[:2]):
        if name in frame.columns:
            frame[name] = frame[name].astype("category")
    return require_distinct(Responses(frame), duplicates)


def table_frame(
    table: Table, mapping: ColumnMap, scale: AnswerScale | None, compat: Compat | None
) -> pd.DataFrame:
    """The rows of one table, or of one batch of it, as columns of Responses; see `read_table_responses`."""
    found = mapping.apply(table)
    texts = {name: _missing(as_text(column), mapping.missing) for name, column in found.items()}
    frame = pd.DataFrame(
        {name: texts[name] for name in _IDENTIFIERS if name in texts}, index=range(table.length)
    )
    for name in ("model_served", "seed", "error", "prompt_sha256", "provider", "stop_reason", "logprobs"):
        if name in texts:
            frame[name] = texts[name]
    if "prompt" in texts:
        frame["prompt_sha256"] = texts["prompt"].map(sha256_text, na_action="ignore")
    for name in ("model", "item"):
        if name not in texts:
            raise InputError(
                "responses: a column is missing",
                parameter=name,
                got=f"columns {', '.join(table.names[:30])}",
                expected="model and item",
                hint=f"map it with columns={{{name!r}: theirs}}, or say it with constants={{{name!r}: …}}",
                file=table.source.path,
            )
    frame["epoch"] = _whole(texts["epoch"], table, "epoch") if "epoch" in texts else 1
    if "epoch" in texts and frame["epoch"].isna().any():
        raise _fault(table, "epoch", frame["epoch"].isna(), "null", "a whole number from 1")
    if "raw" not in texts and "answer" not in texts:
        raise InputError(
            "neither raw texts nor coded answers",
            parameter="columns",
            got=f"columns {', '.join(table.names[:30])}",
            expected="a column map with raw or answer",
            hint="e.g. columns={'raw': 'output'}",
            file=table.source.path,
        )
    raw = texts.get("raw", pd.Series([None] * table.length, dtype="str"))
    frame["raw"] = raw
    if "answer" in texts:
        read = _coded(texts["answer"], table, None if scale is NO_SCALE else scale)
    else:
        asked = as_scale(needed_scale(scale))
        shown = shown_in(texts["prompt"], asked) if "prompt" in texts else None
        read = parse_answers(
            raw,
            asked,
            compat=compat,
            stop_reason=texts.get("stop_reason"),
            shown=shown,
            orders=texts.get("option_order"),
        )
        if shown is not None and any(shown):
            frame["options"] = text_series(None if one is None else shown_as_text(one) for one in shown)
    read = _with_status(read, texts, table, mapping.statuses, coded="answer" in texts)
    for name in ("answer", "status", "rule"):
        frame[name] = read[name]
    frame["source_file"] = table.source.name
    frame["source_sha256"] = table.source.sha256
    frame["source_row"] = np.arange(table.length)
    return frame


def _with_status(
    read: pd.DataFrame,
    texts: Mapping[str, pd.Series],
    table: Table,
    statuses: Mapping[str, str],
    *,
    coded: bool,
) -> pd.DataFrame:
    status, rule = read["status"].astype("str"), read["rule"].astype("str")
    answer = read["answer"]
    if "error" in texts and not coded:
        failed = texts["raw"].isna() & texts["error"].notna()
        status, rule = status.mask(failed, "api_error"), rule.mask(failed, "api_error")
    if "status" in texts:
        said = texts["status"].map(lambda s: statuses.get(s, s), na_action="ignore")
        unknown = said.notna() & ~said.isin(STATUSES)
        if unknown.any():
            raise _fault(
                table, "status", unknown, texts["status"][unknown].iloc[0], f"one of {', '.join(STATUSES)}",
                hint="map theirs to ours with statuses={…}",
            )  # fmt: skip
        given = said.notna() if coded else said.notna() & (said != "valid")
        status, rule = status.mask(given, said), rule.mask(given, "given")
        if not coded:
            answer = answer.mask(given)
    return pd.DataFrame({"answer": answer, "status": status, "rule": rule})


def _coded(column: pd.Series, table: Table, scale: AnswerScale | None) -> pd.DataFrame:
    answer = _whole(column, table, "answer")
    if scale is not None:
        off = answer.notna() & ~answer.isin(scale.codes)
        if off.any():
            raise _fault(
                table, "answer", off, column[off].iloc[0], f"a code of the scale: {list(scale.codes)}"
            )
    status = np.where(answer.notna(), "valid", "empty")
    return pd.DataFrame(
        {"answer": answer, "status": status, "rule": np.where(answer.notna(), "coded", "blank")}
    )


def _whole(column: pd.Series, table: Table, name: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column.notna() & (numbers.isna() | (numbers % 1 != 0) | (numbers.abs() > 2**53))
    if wrong.any():
        raise _fault(table, name, wrong, repr(column[wrong].iloc[0]), "a whole number")
    return numbers.astype("Int64")


def _missing(column: pd.Series, missing: tuple[str, ...]) -> pd.Series:
    return column.mask(column.isin(missing)) if missing else column


def _fault(
    table: Table, name: str, where: pd.Series, got: object, expected: str, hint: str | None = None
) -> InputError:
    count = int(where.sum())
    return InputError(
        f"responses: a value of {name!r} may not stand there",
        parameter=name,
        got=f"{got} ({count} such rows)" if count > 1 else got,
        expected=expected,
        hint=hint,
        file=table.source.path,
        row=int(where.to_numpy().argmax()),
    )
