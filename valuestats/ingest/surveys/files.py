"""Surveys of people in files: SPSS, Stata and tables, with labels, missing codes and the design."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.answers.texts import text_series
from valuestats.ingest.limits import require_possible_rows
from valuestats.ingest.sources import Source, plain_name, read_source
from valuestats.ingest.surveys.missing_codes import (
    Declared,
    as_code,
    classify,
    findings_of,
    label_direction,
    missing_rules,
)
from valuestats.ingest.tabular.files import read_table, table_format
from valuestats.instruments.loading import read_yaml
from valuestats.tables.survey import FINDINGS, Code, Survey, SurveyDesign, Variable

_STATISTICAL = {".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata"}


@dataclass(frozen=True)
class _Raw:
    """What a file says, before any classification."""

    frame: pd.DataFrame
    texts: dict[str, str]
    labels: dict[str, dict[Code, str]]
    ranges: dict[str, tuple[tuple[float, float], ...]]
    discrete: dict[str, tuple[Code, ...]]


def is_survey_file(path: str | Path) -> bool:
    """Whether a file's name promises a statistical package's file.

    Examples
    --------
    >>> is_survey_file("wave.sav.gz"), is_survey_file("wave.csv")
    (True, False)
    """
    return Path(plain_name(path)).suffix.lower() in _STATISTICAL


@checked
def read_survey(
    path: str | Path,
    *,
    design: SurveyDesign | Mapping[str, str | None] | None = None,
    missing: str | Mapping[str, Any] | None = None,
    labels: str | Path | Mapping[str, Mapping[Any, str]] | None = None,
    variables: Sequence[str] | None = None,
    encoding: str | None = None,
) -> Survey:
    r"""Read a survey: ``.sav``, ``.zsav``, ``.dta``, or a table (CSV, TSV, Parquet, JSON), plain or ``.gz``.

    Every code stays as it is in the file; what is no substantive answer is classified (don't know, no answer,
    refused, not applicable, not asked, other) by the rules of ``missing_codes.yml``, in this order: `missing`, the value
    label in several languages, the convention named, the file's own declaration. What doesn't fit is in ``findings``,
    by name: codes outside of the labelled scale, labels that the file doesn't declare as missing, and more.

    Parameters
    ----------
    path
        The file.
    design
        ``{"weight": …, "strata": …, "cluster": …}``, columns each, any of them left out.
    missing
        ``"wvs"`` or ``"ess"`` (a convention), or a mapping of variable (or pattern, ``"val*"``) to code to class,
        with the convention under ``"convention"``. The class ``"valid"`` makes a code substantive that the file or a
        label makes missing.
    labels
        Value labels to add: variable (or pattern) to code to text, or a YAML file with such a mapping.
    variables
        Only these columns (and those of the design).
    encoding
        Of a file that doesn't say it or says it wrongly.

    Returns
    -------
    Survey

    Raises
    ------
    InputError
        The file is cut off, of another kind, or in another encoding than it says; a column is absent; weights are
        missing or negative.
    SpecificationError
        A declaration that names an unknown class, convention or variable.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = path.write_text("q,w\n1,0.5\n2,1.5\n9,1\n,1\n")
    >>> survey = read_survey(path, design={"weight": "w"}, labels={"q": {1: "yes", 2: "no", 9: "Don't know"}})
    >>> survey.status("q").tolist()
    ['valid', 'valid', 'dont_know', 'no_value']
    """
    plan = SurveyDesign.of(design)
    declared = Declared.of(missing)
    wanted = None if variables is None else list(dict.fromkeys([*variables, *plan.columns().values()]))
    source = read_source(path)
    suffix = Path(plain_name(path)).suffix.lower()
    if suffix in _STATISTICAL:
        raw = _statistical(source, suffix, wanted, encoding)
    elif table_format(path) is not None:
        raw = _table(path, wanted, encoding)
    else:
        raise InputError(
            "no survey can be read from this kind of file",
            got=suffix or "no suffix",
            expected=".sav, .zsav, .dta, .csv, .tsv, .parquet, .jsonl, .json, plain or .gz",
            file=path,
        )
    added = _added_labels(labels, list(raw.frame.columns))
    declared.require_used(list(raw.frame.columns))
    known: dict[str, Variable] = {}
    findings: list[tuple[str, str, str, int]] = []
    for name in raw.frame.columns:
        known[name], found = _variable(name, raw, added, declared)
        findings += found
    return Survey(
        raw.frame,
        known,
        plan,
        pd.DataFrame(findings, columns=list(FINDINGS)),
        source.path.name,
        source.sha256,
    )


def _variable(
    name: str, raw: _Raw, added: dict[str, dict[Code, str]], declared: Declared
) -> tuple[Variable, list[tuple[str, str, str, int]]]:
    labels = {**raw.labels.get(name, {}), **added.get(name, {})}
    tally = raw.frame[name].value_counts(dropna=True)
    counts = {c if isinstance(c, str) else as_code(c): int(n) for c, n in tally.items()}
    ranges = raw.ranges.get(name, ())
    by_file = {*raw.discrete.get(name, ())}
    by_file |= {
        c
        for c in {*counts, *labels}
        if isinstance(c, float) and any(low <= c <= high for low, high in ranges)
    }
    missing = classify(name, labels, counts, by_file, declared)
    if raw.frame[name].dtype == object:  # a column of numbers with texts such as "NA" among them
        empty = missing_rules().empty_texts
        missing |= {c: "no_value" for c in counts if c in empty and c not in missing}
    variable = Variable(name, raw.texts.get(name, ""), labels, missing, ranges)
    direction = label_direction(variable.options)
    variable = Variable(name, variable.label, labels, missing, ranges, direction)
    return variable, findings_of(name, labels, counts, missing, by_file, declared)


def _added_labels(
    labels: str | Path | Mapping[str, Mapping[Any, str]] | None, names: list[str]
) -> dict[str, dict[Code, str]]:
    if labels is None:
        return {}
    content = read_yaml(labels) if isinstance(labels, str | Path) else labels
    if not isinstance(content, Mapping) or not all(isinstance(v, Mapping) for v in content.values()):
        raise SpecificationError(
            "not a mapping of value labels", parameter="labels", expected="{variable: {code: label}}"
        )
    found: dict[str, dict[Code, str]] = {}
    for pattern, given in content.items():
        met = [n for n in names if fnmatchcase(n, str(pattern))]
        if not met:
            raise SpecificationError(
                "labels are declared for a variable that the file doesn't have",
                parameter="labels",
                got=pattern,
            )
        for name in met:
            found.setdefault(name, {}).update({as_code(c): str(text) for c, text in given.items()})
    return found


def _statistical(source: Source, suffix: str, wanted: list[str] | None, encoding: str | None) -> _Raw:
    import pyreadstat

    _require_kind(source, suffix)
    read = pyreadstat.read_dta if suffix == ".dta" else pyreadstat.read_sav
    with tempfile.TemporaryDirectory() as folder:
        plain = source.path
        if source.path.read_bytes()[:2] == b"\x1f\x8b":
            plain = Path(folder) / f"survey{suffix}"
            plain.write_bytes(source.content)
        try:
            _, head = read(plain, metadataonly=True, encoding=encoding)
            require_possible_rows(head.number_rows, head.number_columns, plain, source.path)
            if wanted is not None:
                _require_columns(wanted, head.column_names, source)
            frame, meta = read(plain, user_missing=True, usecols=wanted, encoding=encoding)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
            raise _read_error(str(error), source, suffix, encoding) from None
    tagged = {n for n, kind in meta.readstat_variable_types.items() if suffix == ".dta" and kind != "string"}
    labels = {
        name: {_stata(c) if name in tagged else as_code(c): str(t) for c, t in given.items()}
        for name, given in meta.variable_value_labels.items()
    }
    frame = pd.DataFrame({n: _column(frame[n], n in tagged) for n in frame.columns})
    ranges: dict[str, tuple[tuple[float, float], ...]] = {}
    discrete: dict[str, tuple[Code, ...]] = {}
    for name, given in meta.missing_ranges.items():
        ranges[name], discrete[name] = _spss_missing(list(given))
    for name, letters in meta.missing_user_values.items():
        discrete[name] = tuple(_stata(c) for c in letters)
    texts = {n: t for n, t in meta.column_names_to_labels.items() if t}
    return _Raw(frame, texts, labels, ranges, discrete)


def _spss_missing(given: list[Any]) -> tuple[tuple[tuple[float, float], ...], tuple[Code, ...]]:
    """Ranges and single codes that a file declares as missing."""
    ends = [(r["lo"], r["hi"]) if isinstance(r, dict) else (r, r) for r in given]
    numbers = [(float(low), float(high)) for low, high in ends if not isinstance(low, str)]
    singles: list[Code] = [low for low, _ in ends if isinstance(low, str)]
    return tuple(numbers), (*singles, *(low for low, high in numbers if low == high))


def _stata(code: Any) -> Code:
    return f".{code}" if isinstance(code, str) and len(code) == 1 and code.isalpha() else as_code(code)


def _column(values: pd.Series, tagged: bool) -> pd.Series:
    if values.dtype == object and tagged:
        return pd.Series([v if v != v else _stata(v) for v in values], dtype=object)
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    if (
        isinstance(values.dtype, pd.StringDtype)
        or values.map(lambda v: isinstance(v, str) or v is None).all()
    ):
        return text_series([v if isinstance(v, str) and v else None for v in values])
    return values


def _require_kind(source: Source, suffix: str) -> None:
    head = source.content[:11]
    stata = head == b"<stata_dta>" or (0x66 <= head[0] <= 0x77 and head[1:2] in (b"\x01", b"\x02"))
    right = stata if suffix == ".dta" else head[:4] in (b"$FL2", b"$FL3")
    if not right:
        raise InputError(
            f"the file isn't a {_STATISTICAL[suffix]} file, whatever its name says",
            got=f"it starts with {bytes(head[:8])!r}",
            file=source.path,
        )


def _require_columns(wanted: list[str], there: Sequence[str], source: Source) -> None:
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
    what = f"the {_STATISTICAL[suffix]} file can't be read"
    hint = None
    lower = message.lower()
    if "convert string" in lower or "decode" in lower:
        what, hint = "the texts are in another encoding than the file says", "name it, e.g. encoding='latin1'"
    elif "character set" in lower:
        what, hint = "unknown encoding", "name one of iconv's, e.g. latin1, cp1251, big5"
    elif "expected number of rows" in lower or "unable to read" in lower:
        what, hint = f"the {_STATISTICAL[suffix]} file ends early", "fetch it again: it may have been cut off"
    return InputError(
        what,
        parameter=None if encoding is None else "encoding",
        got=f"{message} ({len(source.content):,} bytes)" + ("" if encoding is None else f", {encoding=}"),
        hint=hint,
        file=source.path,
    )


def _table(path: str | Path, wanted: list[str] | None, encoding: str | None) -> _Raw:
    table = read_table(path, encoding=encoding or "utf-8")
    names = list(table.names if wanted is None else wanted)
    _require_columns(names, table.names, table.source)
    columns = {}
    for name in names:
        values = table.column(name)
        if values is not None:
            columns[name] = _from_text(values)
    return _Raw(pd.DataFrame(columns), {}, {}, {}, {})


def _from_text(values: pd.Series) -> pd.Series:
    """Numbers where every cell is one; texts that stand for an empty cell are kept among them."""
    codes, found = pd.factorize(values, use_na_sentinel=True)
    empty = missing_rules().empty_texts
    parsed: list[Any] = []
    numbers = markers = 0
    for value in found:
        if isinstance(value, str) and not value.strip():
            parsed.append(np.nan)
        elif isinstance(value, str) and value.strip() in empty:
            parsed.append(value.strip())
            markers += 1
        else:
            code = as_code(value)
            numbers += isinstance(code, float)
            parsed.append(code)
    others = sum(isinstance(p, str) for p in parsed) - markers
    if others or not numbers:
        kept = [str(v) if not isinstance(v, str) or v.strip() else None for v in found]
        return pd.Series(np.array([*kept, None], dtype=object)[codes], dtype="str")
    full = np.array([*parsed, np.nan], dtype=object)[codes]
    return pd.Series(full, dtype=object if markers else float)
