"""Files of SPSS, Stata and SAS: codes, labels and declared missing codes, by what the file says of each variable."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.answers.texts import text_series
from valuestats.ingest.children import DamagedFile
from valuestats.ingest.limits import require_possible_rows
from valuestats.ingest.sources import Source
from valuestats.ingest.surveys.apart import read_apart
from valuestats.ingest.surveys.dates import as_dates, date_form
from valuestats.ingest.surveys.missing_codes import as_code
from valuestats.ingest.surveys.raw import Found, RawSurvey
from valuestats.tables.survey import NO_DATE, Code

PACKAGES = {
    ".sav": "SPSS",
    ".zsav": "SPSS",
    ".por": "SPSS",
    ".dta": "Stata",
    ".sas7bdat": "SAS",
    ".xpt": "SAS",
}
_READERS = {
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".por": "read_por",
    ".dta": "read_dta",
    ".sas7bdat": "read_sas7bdat",
    ".xpt": "read_xport",
}
_NO_ENCODING = (".por",)
_USER_MISSING = (".sav", ".zsav", ".dta", ".sas7bdat")
_LETTERS = ("Stata", "SAS")
_SAS_START = bytes(12) + bytes.fromhex("c2ea8160")
_XPORT_START = b"HEADER RECORD*******LIB"


def read_statistical(
    source: Source, suffix: str, wanted: list[str] | None, encoding: str | None
) -> RawSurvey:
    """Read a file of a statistical package, plain or gzip-compressed.

    What a variable holds is what the file says of it, whatever the values look like: a numeric variable whose every value
    is an extended missing (``.a`` to ``.z``) holds these codes. Dates are texts in ISO form; one that is no date (before
    year 1, after 9999) is the number as text, and a finding.

    Raises
    ------
    InputError
        The file is of another kind, cut off, damaged, or in another encoding than it says; a column is absent.
    """
    package = PACKAGES[suffix]
    _require_kind(source, suffix)
    options: dict[str, Any] = {"disable_datetime_conversion": True}
    if suffix not in _NO_ENCODING:
        options["encoding"] = encoding
    if suffix in _USER_MISSING:
        options["user_missing"] = True
    read, said = _read(source, suffix, wanted, options, encoding)
    frame, kinds = {name: pd.Series(values) for name, values in read.items()}, said["readstat_variable_types"]
    texts = {name for name in frame if kinds.get(name) == "string"}
    labels = {
        name: {_code(c, package, name not in texts): str(t) for c, t in given.items()}
        for name, given in said["variable_value_labels"].items()
    }
    ranges: dict[str, tuple[tuple[float, float], ...]] = {}
    discrete: dict[str, tuple[Code, ...]] = {}
    for name, given in said["missing_ranges"].items():
        ranges[name], discrete[name] = _spss_missing(list(given))
    for name, letters in said["missing_user_values"].items():
        discrete[name] = tuple(_code(c, package, True) for c in letters)
    columns: dict[str, pd.Series] = {}
    findings: list[Found] = []
    for name in frame:
        values = _texts(frame[name]) if name in texts else _numbers(frame[name], package)
        form = None if name in texts else date_form(said["original_variable_types"].get(name), package)
        if form is not None:
            declared = {*discrete.get(name, ()), *labels.get(name, {})}
            declared |= {
                v
                for v in values
                if isinstance(v, float) and any(a <= v <= b for a, b in ranges.get(name, ()))
            }
            values, wrong, first = as_dates(values, form, declared)
            if wrong:
                findings.append((NO_DATE, str(name), first, wrong))
        columns[name] = values
    variable_texts = {n: t for n, t in said["column_names_to_labels"].items() if t}
    return RawSurvey(pd.DataFrame(columns), variable_texts, labels, ranges, discrete, tuple(findings))


def _read(
    source: Source, suffix: str, wanted: list[str] | None, options: dict[str, Any], encoding: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        plain = source.path
        if source.path.read_bytes()[:2] == b"\x1f\x8b" or plain.suffix.lower() != suffix:
            plain = Path(folder) / f"survey{suffix}"
            plain.write_bytes(source.content)

        def possible(head: dict[str, Any]) -> None:
            require_possible_rows(head["number_rows"], head["number_columns"], plain, source.path)
            if wanted is not None:
                require_columns(wanted, head["column_names"], source)

        try:
            return read_apart(_READERS[suffix], plain, options, wanted, possible)
        except DamagedFile as error:
            raise _read_error(str(error), source, suffix, encoding) from None


def _spss_missing(given: list[Any]) -> tuple[tuple[tuple[float, float], ...], tuple[Code, ...]]:
    """Ranges and single codes that a file declares as missing."""
    ends = [(r["lo"], r["hi"]) if isinstance(r, dict) else (r, r) for r in given]
    numbers = [(float(low), float(high)) for low, high in ends if not isinstance(low, str)]
    singles: list[Code] = [low.rstrip() for low, _ in ends if isinstance(low, str)]
    return tuple(numbers), (*singles, *(low for low, high in numbers if low == high))


def _code(code: Any, package: str, is_number: bool) -> Code:
    if not is_number:
        return str(code)
    if isinstance(code, str) and package in _LETTERS and len(code) == 1 and (code.isalpha() or code == "_"):
        return f".{code.lower()}"
    return as_code(code)


def _numbers(values: pd.Series, package: str) -> pd.Series:
    """The values of a numeric variable: numbers, and the letters of extended missings, even where there is nothing else."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    found: list[Any] = [
        float("nan") if value is None or value != value else _code(value, package, True) for value in values
    ]
    mixed = any(isinstance(value, str) for value in found)
    return pd.Series(found, dtype=object if mixed else float, index=values.index)


def _texts(values: pd.Series) -> pd.Series:
    return text_series([v if isinstance(v, str) and v else None for v in values])


def _require_kind(source: Source, suffix: str) -> None:
    head = source.content[:200]
    stata = head[:11] == b"<stata_dta>" or (0x66 <= head[0] <= 0x77 and head[1:2] in (b"\x01", b"\x02"))
    right = {
        ".dta": stata,
        ".por": b"SPSS PORT FILE" in head.replace(b"\r", b"").replace(b"\n", b""),
        ".sas7bdat": head.startswith(_SAS_START),
        ".xpt": head.startswith(_XPORT_START),
    }.get(suffix, head[:4] in (b"$FL2", b"$FL3"))  # fmt: skip
    if not right:
        raise InputError(
            f"the file isn't a {PACKAGES[suffix]} file, whatever its name says",
            got=f"it starts with {bytes(head[:8])!r}",
            file=source.path,
        )


def require_columns(wanted: list[str], there: Sequence[str], source: Source) -> None:
    """Raise where a column is wanted that the file doesn't have."""
    absent = [n for n in wanted if n not in there]
    if absent:
        raise InputError(
            "survey: no such variable",
            parameter="variables",
            got=", ".join(absent[:10]),
            expected=f"some of the file's {len(there)} variables",
            file=source.path,
        )


def _read_error(message: str, source: Source, suffix: str, encoding: str | None) -> InputError:
    what = f"the {PACKAGES[suffix]} file can't be read"
    hint = None
    lower = message.lower()
    if "convert string" in lower or "decode" in lower:
        what, hint = "the texts are in another encoding than the file says", "name it, e.g. encoding='latin1'"
    elif "character set" in lower:
        what, hint = "unknown encoding", "name one of iconv's, e.g. latin1, cp1251, big5"
    elif "expected number of rows" in lower or "unable to read" in lower:
        what, hint = (
            f"the {PACKAGES[suffix]} file ends early",
            "fetch it again: it may have been cut off",
        )
    return InputError(
        what,
        parameter=None if encoding is None else "encoding",
        got=f"{message} ({len(source.content):,} bytes)" + ("" if encoding is None else f", {encoding=}"),
        hint=hint,
        file=source.path,
    )
