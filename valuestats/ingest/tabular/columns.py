"""Responses from tables of any shape, by a declared column map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError
from valuestats.base.progress import track
from valuestats.ingest.answers.letters import shown_as_text, shown_in
from valuestats.ingest.answers.parse import Compat, parse_answers
from valuestats.ingest.answers.scales import needed_scale
from valuestats.ingest.answers.texts import as_text, sha256_text, text_series
from valuestats.ingest.findings import FILE, NOT_READ, Findings
from valuestats.ingest.identity import Duplicates, require_distinct, require_runs
from valuestats.ingest.item_scales import ItemScales, Scales, read_by_item
from valuestats.ingest.tabular.codes import OFF_SCALE, coded_answers, fault, places_told, with_status
from valuestats.ingest.tabular.column_map import (
    SOURCE,
    ColumnMap,
    Missing,
    ModelFrom,
    typed,
    without_missing,
)
from valuestats.ingest.tabular.dialects import decimal_points
from valuestats.ingest.tabular.files import Table, read_table, table_files
from valuestats.ingest.tabular.wide import ITEM, VALUE, WideItems, is_coded, long_table, numbered_columns
from valuestats.instruments import AnswerScale
from valuestats.tables import IDENTITY, Responses

_IDENTIFIERS = (
    "model",
    "item",
    "cluster",
    "condition",
    "step",
    "persona",
    "language",
    "wording",
    "option_order",
    "option_labels",
)


@dataclass(frozen=True)
class _Read:
    """One table's rows as columns of Responses, and its columns that are items."""

    frame: pd.DataFrame
    items: frozenset[str] = frozenset()


def read_table_responses(
    path: str | Path | Iterable[str | Path],
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    scale: Scales | None = None,
    items: WideItems | None = None,
    model_from: ModelFrom | None = None,
    records: str | None = None,
    statuses: Mapping[str, str] | None = None,
    missing: Missing = ("",),
    keep: Sequence[str] | Mapping[str, str] = (),
    encoding: str = "utf-8",
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    r"""Read raw or coded answers from CSV, TSV, JSON Lines, JSON, Parquet or .xlsx, plain or ``.gz``.

    Every record becomes one row. Columns that are neither mapped, nor kept, nor named as in Responses are left out.
    Identifiers are texts (1, 1.0 and "1" are one). In CSV only `missing` is null: "NA" and "None" are texts.
    A record that can't be read, or has no item, is left out and is a finding of the result; a code that isn't on its
    item's scale is a row without an answer (``unparsable``) and a finding. The delimiter of a CSV file is found.

    Parameters
    ----------
    path
        A file, a folder (all tables below it), a glob pattern, or several files.
    columns
        Our name to theirs, e.g. ``{"item": "question_id", "raw": "output.text"}``; in JSON a dotted name is a
        path into the record. Needed is a ``raw`` text or an ``answer`` code; ``prompt`` is hashed, not kept. Records of a
        JSON file may stand under a key of it. ``step`` is what drift is measured along (a checkpoint, a date, a version).
    constants
        Our name to a value that holds for all rows, e.g. ``{"model": "m"}``.
    scale
        Answer scale, instrument, or its name; or a mapping of items, or patterns, to the scale of each. Needed for
        ``raw``; codes are checked against it.
    items
        For tables with one row per run: the columns that are items (``"pvq*"``, several names, or columns to the names
        of their items). Runs without an ``epoch`` are numbered as they come. Where a table has no item, no answer and
        one set of numbered columns, these are taken, which is a finding. Where other columns (a role, a prompt)
        differ between the runs of a model, they are to be mapped, or ``duplicates="number"`` makes runs of all.
    model_from
        ``"file"`` or ``"folder"``: the model is the name of the file, without its ending, or of its folder.
    records
        Key of a JSON file under which its records stand, where it holds several lists of records.
    statuses
        Their status to ours, where there is a status column. Rows that are said to be ``valid`` are still
        read; any other status stands as it is given.
    missing
        Texts that mean null in CSV and TSV; or our names of columns to such texts, e.g. ``{"answer": ["", "-1"]}``.
    keep
        Covariates to carry along (temperature, system, …): their names, or our name to theirs. A column all of whose values
        are numbers is one of numbers, of true and false one of those, any other one of labels.
    encoding
        Encoding of text files; a byte order mark is left out, and one of UTF-16 or UTF-32 is obeyed.
    compat, duplicates
        See `valuestats.ingest.parse_answers` and `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read (the first fault), a column that isn't there, an unknown status, a question that stands
        twice; with file and row.
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
    scales = None if scale is None else ItemScales.of(scale)
    kept = dict(keep) if isinstance(keep, Mapping) else {name: name for name in keep}
    named = dict(columns or {})
    if "step" in kept:  # kept in former versions, and a column of Responses now
        named.setdefault("step", kept.pop("step"))
    mapping = ColumnMap(named, constants or {}, statuses or {}, missing, model_from, kept)
    files = table_files(path)
    findings = Findings(names={str(file): name for file, name in files})
    read, tables = [], []
    for file, name in track(files, "reading tables", total=len(files), unit="file"):
        try:
            table = read_table(file, name=name, encoding=encoding, records=records, findings=findings)
            read.append(_rows(table, mapping, scales, compat, items, findings))
            tables.append(table)
        except InputError as error:
            if len(files) == 1:
                raise
            findings.left_out(FILE, error)
    frames = [part.frame for part in read if len(part.frame)]
    if not frames or not any((frame["rule"] != OFF_SCALE).any() for frame in frames):
        findings.raise_first()
        raise InputError("no records", got=f"{len(files)} files", file=files[0][0])
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    items_of = frozenset().union(*(part.items for part in read))
    if items_of and "epoch" not in (*mapping.columns, *mapping.constants):
        if duplicates == "error":
            require_runs(frame, _other_columns(tables, frame, {*mapping.columns.values(), *items_of}))
        frame = _with_epochs(frame)
    for name in (*_IDENTIFIERS, "status", "rule", *SOURCE[:2]):
        if name in frame.columns and name != "step":
            frame[name] = frame[name].astype("category")
    for name in (*kept, *({"step"} & set(frame.columns))):
        frame[name] = typed(frame[name])
    findings.say()
    used = {*mapping.columns.values(), *frame.columns}
    return require_distinct(
        Responses(frame, findings.frame()), duplicates, lambda: _other_columns(tables, frame, used)
    )


def _other_columns(tables: Sequence[Table], frame: pd.DataFrame, used: set[str]) -> pd.DataFrame:
    """What the tables say besides of each response, as texts."""
    parts = []
    for table in tables:
        here = frame.loc[(frame["source_file"] == table.source.name).to_numpy(), "source_row"]
        columns = {name: table.column(name) for name in table.names if name not in used}
        texts = {name: as_text(column).to_numpy() for name, column in columns.items() if column is not None}
        parts.append(pd.DataFrame(texts, index=table.rows).loc[here].set_axis(here.index))
    return pd.concat(parts).reindex(frame.index)


def _rows(
    table: Table,
    mapping: ColumnMap,
    scales: ItemScales | None,
    compat: Compat | None,
    items: WideItems | None,
    findings: Findings,
) -> _Read:
    """The rows of one table, which may have a column for each item."""
    if items is None:
        known = [mapping.theirs(name) for name in ("item", "raw", "answer")]
        if "item" in mapping.constants or any(name is not None and table.has(name) for name in known):
            return _Read(table_frame(table, mapping, scales, compat, findings))
        numbered = numbered_columns(table)
        if not numbered:
            return _Read(table_frame(table, mapping, scales, compat, findings))
        told = f"one row per run, items {numbered[0]} … {numbered[-1]} ({len(numbered)}): say items=… if not"
        findings.add("read as a wide table", table.source.path, None, told)
        items = numbered
    long = long_table(table, items)
    values = long.column(VALUE)
    kind = "answer" if values is not None and is_coded(values, mapping.missing_in("answer")) else "raw"
    columns = {**mapping.columns, "item": ITEM, kind: VALUE}
    wide = replace(mapping, columns=columns)
    columns_of = frozenset(set(table.names) - set(long.names))
    return _Read(table_frame(long, wide, scales, compat, findings), columns_of)


def _with_epochs(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows whose runs are numbered where the table doesn't number them."""
    if (frame["epoch"] != 1).any():
        return frame
    key = [name for name in IDENTITY if name in frame.columns and name != "epoch"]
    return frame.assign(epoch=frame.groupby(key, dropna=False, observed=True, sort=False).cumcount() + 1)


def table_frame(
    table: Table,
    mapping: ColumnMap,
    scale: Scales | ItemScales | None,
    compat: Compat | None,
    findings: Findings,
) -> pd.DataFrame:
    """The rows of one table, or of one batch of it, as columns of Responses; see `read_table_responses`."""
    scales = None if scale is None else ItemScales.of(scale)
    found = mapping.apply(table)
    texts = {
        name: without_missing(as_text(column), mapping.missing_in(name)) for name, column in found.items()
    }
    if "answer" in texts:  # a code is a number: -1 is also written -1.0 and -1,0
        codes = decimal_points(texts["answer"], table.delimiter)
        texts["answer"] = _missing_codes(codes, mapping.missing_in("answer"))
    _require_columns(table, texts)
    frame = pd.DataFrame(
        {name: texts[name] for name in _IDENTIFIERS if name in texts}, index=range(table.length)
    )
    for name in ("model_served", "seed", "error", "prompt_sha256", "provider", "stop_reason", "logprobs"):
        if name in texts:
            frame[name] = texts[name]
    if "prompt" in texts:
        frame["prompt_sha256"] = texts["prompt"].map(sha256_text, na_action="ignore")
    for name, column in mapping.kept(table).items():
        frame[name] = column
    raw = texts.get("raw", pd.Series([None] * table.length, dtype="str"))
    frame["raw"] = raw
    coded = "answer" in texts
    if coded:
        read = coded_answers(texts["answer"], frame["item"], table, scales, findings)
        if "raw" not in texts:  # what the file says in place of a code is kept
            frame["raw"] = texts["answer"].where(read["rule"] == OFF_SCALE).astype("str")
    else:
        scales = ItemScales.of(needed_scale(None)) if scales is None else scales
        options = np.full(table.length, None, dtype=object)

        def parsed(asked: AnswerScale, rows: NDArray[np.intp]) -> pd.DataFrame:
            some = {
                name: texts[name].iloc[rows]
                for name in ("stop_reason", "prompt", "option_order")
                if name in texts
            }
            shown = shown_in(some["prompt"], asked) if "prompt" in some else None
            if shown is not None:
                options[rows] = [None if one is None else shown_as_text(one) for one in shown]
            return parse_answers(
                raw.iloc[rows],
                asked,
                compat=compat,
                stop_reason=some.get("stop_reason"),
                shown=shown,
                orders=some.get("option_order"),
            )

        read = read_by_item(frame["item"], scales, parsed)
        if any(one is not None for one in options):
            frame["options"] = text_series(options)
    read = with_status(read, texts, table, mapping.statuses, findings, coded=coded)
    for name in ("answer", "status", "rule"):
        frame[name] = read[name]
    frame["source_file"] = table.source.name
    frame["source_sha256"] = table.source.sha256
    frame["source_row"] = table.rows
    epochs = texts.get("epoch")
    return _named_rows(frame, epochs, table, findings)


def _require_columns(table: Table, texts: Mapping[str, pd.Series]) -> None:
    for name in ("model", "item"):
        if name not in texts:
            raise InputError(
                "responses: a column is missing",
                parameter=name,
                got=f"columns {', '.join(table.names[:30])}",
                expected="model and item",
                hint=f"map it with columns={{{name!r}: theirs}}, or say it with constants={{{name!r}: …}}"
                + (
                    ", or model_from='file' or 'folder'; people's answers are a survey: use read_survey"
                    if name == "model"
                    else "; of a table with a column for each item say items=…"
                ),
                file=table.source.path,
            )
    if "raw" not in texts and "answer" not in texts:
        raise InputError(
            "neither raw texts nor coded answers",
            parameter="columns",
            got=f"columns {', '.join(table.names[:30])}",
            expected="a column map with raw or answer",
            hint=f"e.g. columns={{'raw': {_likely(table.names)!r}}}",
            file=table.source.path,
        )


_USUAL = ("response", "output", "completion", "generation", "reply", "text", "content", "message")
"""Words in the names that people give the column of answers."""


def _likely(names: Sequence[str]) -> str:
    """The column that may hold the answers, by its name."""
    return next((name for word in _USUAL for name in names if word in str(name).casefold()), "output")


def _named_rows(
    frame: pd.DataFrame, epochs: pd.Series | None, table: Table, findings: Findings
) -> pd.DataFrame:
    """The rows that have a model, an item and an epoch; the others are left out and are findings."""
    kept = np.ones(len(frame), dtype=bool)
    for name in ("model", "item"):
        null = frame[name].isna()
        if null.any():
            found = fault(table, name, null, f"null, {places_told(table, null)}", "an identifier")
            findings.left_out(NOT_READ, found)
            kept &= ~null.to_numpy()
    if epochs is None:
        frame["epoch"] = 1
    else:
        numbers = pd.to_numeric(epochs, errors="coerce").astype(float)
        wrong = ~((numbers % 1 == 0) & (numbers >= 0) & (numbers <= 2**53))
        if wrong.any():
            got = f"{epochs[wrong].iloc[0]!r}, {places_told(table, wrong)}"
            findings.left_out(NOT_READ, fault(table, "epoch", wrong, got, "a whole number from 0"))
            kept &= ~wrong.to_numpy()
        frame["epoch"] = numbers.where(~wrong, 1).astype("int64")
    findings.lost += int((~kept).sum())
    return frame if kept.all() else frame[kept].reset_index(drop=True)


def _missing_codes(column: pd.Series, missing: tuple[str, ...]) -> pd.Series:
    numbers = pd.to_numeric(pd.Series(missing, dtype="str"), errors="coerce").dropna()
    return column.mask(pd.to_numeric(column, errors="coerce").isin(numbers)) if len(numbers) else column
