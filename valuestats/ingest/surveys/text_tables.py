"""Surveys in plain tables (CSV, Parquet, JSON): which columns are numbers, and what their file doesn't say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.answers.texts import as_text, text_series
from valuestats.ingest.sources import read_source
from valuestats.ingest.surveys.missing_codes import as_code, missing_rules
from valuestats.ingest.surveys.missing_texts import is_no_answer
from valuestats.ingest.surveys.raw import Found, RawSurvey
from valuestats.ingest.surveys.statistical import require_columns
from valuestats.ingest.tabular.files import Table, read_table

GUESSED = "encoding guessed"
DECIMAL_COMMA = "decimal commas read"

_COMMA = re.compile(r"[-+]?\d*,\d+")
_WHOLE = re.compile(r"[-+]?\d+")
_OTHERS = ("cp1251", "cp1253", "koi8_r", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr")
_NESTED = (list, dict, tuple, set, np.ndarray)
_LOOKED_AT = 1 << 20


def read_text_table(path: str | Path, wanted: list[str] | None, encoding: str | None) -> RawSurvey:
    """Read a table: columns whose every cell is a number (or empty, or a mark of it) are numbers, the others texts.

    Where no encoding is named and the text isn't UTF-8, it is guessed, which is a finding. In files with another
    delimiter than the comma, a column whose numbers all have decimal commas is read as numbers, which is a finding too.

    Raises
    ------
    InputError
        The file can't be read, or a column is absent.
    """
    findings: list[Found] = []
    table = _table(path, encoding, findings)
    names = list(table.names if wanted is None else wanted)
    require_columns(names, table.names, table.source)
    columns = {}
    commas = table.delimiter is not None and table.delimiter != ","
    for name in names:
        values = table.column(name)
        if values is None:
            continue
        if values.dtype == object:
            values = pd.Series([_scalar(v) for v in values], index=values.index, dtype=object)
        if commas and (n := _decimal_commas(values)):
            values = pd.Series(
                [v.replace(",", ".") if isinstance(v, str) else v for v in values], dtype=object
            )
            findings.append((DECIMAL_COMMA, name, "1,5 is 1.5", n))
        columns[_scalar(name)] = _from_text(values)
    return RawSurvey(pd.DataFrame(columns), findings=tuple(findings))


def _table(path: str | Path, encoding: str | None, findings: list[Found]) -> Table:
    try:
        return read_table(path, encoding=encoding or "utf-8")
    except InputError as error:
        if encoding is not None or not error.message.startswith("the text is not UTF-8"):
            raise
        guess = guessed_encoding(read_source(path).content)
        if guess is None:
            raise
        table = read_table(path, encoding=guess)
    told = f"read as {guess}: name it with encoding=… where letters are wrong"
    findings.append((GUESSED, "(the file)", told, table.length))
    return table


def guessed_encoding(content: bytes) -> str | None:
    r"""The encoding that a text most likely has; among those of western languages always windows-1252.

    Examples
    --------
    >>> guessed_encoding("q\nOui, très\n".encode("latin-1"))
    'cp1252'
    """
    from charset_normalizer import from_bytes

    looked_at = content[:_LOOKED_AT]
    found = "cp1252"
    if not _is_western(looked_at):
        best = from_bytes(looked_at, cp_isolation=list(_OTHERS)).best()
        found = "cp1252" if best is None else best.encoding
    try:
        text = content.decode(found)
    except (UnicodeDecodeError, LookupError):
        return None
    return None if any(c < " " and c not in "\t\r\n\f\v" for c in text[:_LOOKED_AT]) else found


def _is_western(content: bytes) -> bool:
    """Whether letters beyond ASCII stand alone, as accents do: those of other scripts stand side by side."""
    high = np.frombuffer(content, dtype=np.uint8) >= 128
    beside = np.zeros(len(high), dtype=bool)
    beside[:-1] |= high[1:]
    beside[1:] |= high[:-1]
    return bool((high & beside).sum() < high.sum() / 2)


def _decimal_commas(values: pd.Series) -> int:
    """How many cells have a decimal comma, where all of a column's cells are numbers with or without one; else 0."""
    texts = [v.strip() for v in values.dropna().unique() if isinstance(v, str) and v.strip()]
    marks = missing_rules().empty_texts
    numbers = [t for t in texts if t not in marks]
    if not all(_COMMA.fullmatch(t) or _WHOLE.fullmatch(t) for t in numbers):
        return 0
    return sum(isinstance(v, str) and "," in v for v in values)


def _scalar(value: Any) -> Any:
    """A cell as a code may be: a list or record, or a text with half a character, as a text that a file can hold."""
    if isinstance(value, _NESTED) or (isinstance(value, str) and not value.isascii()):
        return as_text(pd.Series([value], dtype=object)).iloc[0]
    return value


def _from_text(values: pd.Series) -> pd.Series:
    """Numbers where every cell is one; texts that stand for an empty cell or say "no answer" are kept among them."""
    codes, found = pd.factorize(values, use_na_sentinel=True)
    empty = missing_rules().empty_texts
    parsed: list[Any] = []
    numbers = markers = empties = 0
    for value in found:
        if isinstance(value, str) and not value.strip():
            parsed.append(np.nan)
        elif isinstance(value, str) and value.strip() in empty:
            parsed.append(value.strip())
            markers += 1
            empties += 1
        elif isinstance(value, str) and is_no_answer(value):
            parsed.append(value.strip())
            markers += 1
        else:
            code = as_code(value)
            if (
                isinstance(code, float) and abs(code) > 2**53
            ):  # an identifier: as a number it would lose digits
                code = str(value)
            numbers += isinstance(code, float)
            parsed.append(code)
    others = sum(isinstance(p, str) for p in parsed) - markers
    if others or not (numbers or empties):
        kept = [str(v) if not isinstance(v, str) or v.strip() else None for v in found]
        return text_series(np.array([*kept, None], dtype=object)[codes])
    full = np.array([*parsed, np.nan], dtype=object)[codes]
    return pd.Series(full, dtype=object if markers else float)
