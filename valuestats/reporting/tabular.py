"""Tables of a page: a data frame or a great_tables object as inert markdown."""

from __future__ import annotations

import html
import math
import numbers
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from valuestats.base.errors import RenderError
from valuestats.base.labels import capitalised, listed
from valuestats.reporting.markdown import Align, Column, escape_markdown, table_markdown

if TYPE_CHECKING:
    import great_tables as gt
    import pandas as pd

Format = str | Callable[[Any], str]


def frame_markdown(
    frame: pd.DataFrame,
    *,
    align: Mapping[str, Align] | str | None = None,
    digits: int = 2,
    formats: Mapping[str, Format] | None = None,
    labels: Mapping[str, str] | None = None,
    spanners: Mapping[str, Sequence[str]] | None = None,
    groups: str | None = None,
    widths: Sequence[float] | None = None,
    row_headers: int = 1,
    missing: str = "–",
    note: str | None = None,
) -> str:
    r"""Markdown of a data frame; see `valuestats.reporting.show_table` for the parameters.

    Examples
    --------
    >>> import pandas as pd
    >>> print(frame_markdown(pd.DataFrame({"model": ["<b>"], "score": [0.256]}), row_headers=0))
    ::: {.vs-table row-headers="0"}
    <BLANKLINE>
    | model | score |
    |:----------------------------------------------|----------------------------------------------:|
    | \<b\> | 0\.26 |
    <BLANKLINE>
    :::
    """
    formats, labels = dict(formats or {}), dict(labels or {})
    spanners = dict(spanners or {})
    aligned = _align_by_column(align, [str(c) for c in frame.columns if c != groups])
    named = [*formats, *labels, *aligned, *(c for cs in spanners.values() for c in cs)]
    known = [str(c) for c in frame.columns]
    unknown = [c for c in [*named, *([groups] if groups else [])] if c not in known]
    if unknown:
        raise RenderError(
            "show_table was told of columns the table does not have",
            got=", ".join(unknown),
            expected=", ".join(known),
        )
    shown = [c for c in frame.columns if c != groups]
    over = {column: spanner for spanner, columns in spanners.items() for column in columns}
    columns = [
        Column(
            escape_markdown(labels.get(str(c), str(c))),
            aligned.get(str(c)) or _default_align(frame[c]),
            escape_markdown(over[str(c)]) if str(c) in over else None,
        )
        for c in shown
    ]
    texts = [[format_cell(v, formats.get(str(c)), digits, missing) for v in frame[c].tolist()] for c in shown]
    once = [
        k
        for k in range(max(row_headers, 1), len(shown))
        if columns[k].spanner is None and _says_one_thing(texts[k], missing)
    ]
    called = {k: labels.get(str(shown[k]), str(shown[k])) for k in once}
    told = [f"{capitalised(called[k])}, in all rows: {texts[k][0]}." for k in once if texts[k][0] != missing]
    empty = [called[k] for k in once if texts[k][0] == missing]
    if empty:
        told.append(f"Empty in all rows: {listed(empty)}.")
    kept = [k for k in range(len(shown)) if k not in once]
    columns, texts = [columns[k] for k in kept], [texts[k] for k in kept]
    if widths is not None and len(widths) == len(shown):
        widths = [widths[k] for k in kept]
    note = " ".join([*told, *([note] if note else [])]) or None
    runs = frame[groups].astype(str).tolist() if groups and len(frame) else None
    if groups is None and row_headers == 1 and not spanners and _names_groups(texts):
        runs, columns, texts = texts[0], columns[1:], texts[1:]
        widths = None if widths is None else widths[1:]
    cells = [[escape_markdown(text) for text in column] for column in texts]
    rows = [list(row) for row in zip(*cells, strict=True)] or [["none", *[missing] * (len(columns) - 1)]]
    return _wrap(columns, _grouped(rows, runs), widths, row_headers, note)


_NAME = 12
"""Letters of a name that is better said once, above its rows."""
_REPEATED, _LONG = 4, 24
"""Rows of a table, and letters of a cell, from which on what a column says in all rows is said in a note."""


def _says_one_thing(texts: Sequence[str], missing: str) -> bool:
    alike = len(texts) >= _REPEATED and len(set(texts)) == 1
    return alike and (texts[0] == missing or len(texts[0]) > _LONG)


def _names_groups(texts: Sequence[Sequence[str]]) -> bool:
    """Whether long names in the first of several columns stand in runs of three rows or more."""
    names = texts[0] if len(texts) > 2 else []
    runs = sum(a != b for a, b in pairwise(names)) + 1
    long = max(map(len, names), default=0) > _NAME
    return long and 1 < runs == len(set(names)) and len(names) >= 3 * runs


_LETTERS: dict[str, Align] = {"l": "left", "r": "right", "c": "center"}


def _align_by_column(align: Mapping[str, Align] | str | None, columns: list[str]) -> dict[str, Align]:
    if not isinstance(align, str):
        return dict(align or {})
    if len(align) != len(columns) or set(align) - set(_LETTERS):
        raise RenderError(
            "an alignment does not fit the table",
            parameter="align",
            got=align,
            expected=f"{len(columns)} letters of l, r and c",
        )
    return {column: _LETTERS[letter] for column, letter in zip(columns, align, strict=True)}


def great_table_markdown(
    table: gt.GT, *, widths: Sequence[float] | None = None, note: str | None = None
) -> str:
    r"""Markdown of a great_tables object: its formatted cells, labels, spanners, row groups and notes.

    Title and subtitle are left to the caption of the page's cell; colours and other styles are left out.

    Examples
    --------
    >>> import great_tables as gt, pandas as pd
    >>> table = gt.GT(pd.DataFrame({"score": [0.256]})).fmt_number("score", decimals=1)
    >>> print(great_table_markdown(table).splitlines()[4])
    |  0\.3 |
    """
    built = table._build_data(context="html")
    infos = {info.var: info for info in built._boxhead._d}
    kind = {name: info.type.name for name, info in infos.items()}
    stub = [name for name in infos if kind[name] == "stub"]
    shown = [*stub, *(name for name in infos if kind[name] == "default")]
    over: dict[str, str] = {}
    for spanner in built._spanners:
        if spanner.spanner_level != 0:
            raise RenderError(
                "a table with spanners above spanners is not in the profile", got=spanner.spanner_id
            )
        over |= dict.fromkeys(spanner.vars, escape_markdown(_label(spanner.spanner_label)))
    columns = [
        Column(
            escape_markdown("" if name in stub and not table._stubhead else _label(infos[name].column_label)),
            _align(infos[name].column_align),
            over.get(name),
        )
        for name in shown
    ]
    body = cast("pd.DataFrame", built._body.body)
    order = [int(i) for group in built._stub.group_rows for i in group.indices] or list(range(len(body)))
    names = {int(i): _label(g.group_label or g.group_id) for g in built._stub.group_rows for i in g.indices}
    rows = [[escape_markdown(_plain(body[name].iloc[i])) for name in shown] for i in order]
    notes = [_label(n) for n in built._source_notes]
    notes += [_label(text) for info in built._footnotes for text in info.footnotes or ()]
    return _wrap(
        columns,
        _grouped(rows, [names[i] for i in order] if names else None),
        widths,
        max(len(stub), 0 if stub else 1),
        " ".join([*notes, *([note] if note else [])]) or None,
    )


def format_cell(value: Any, how: Format | None, digits: int, missing: str = "–") -> str:
    """One cell as text: a true minus sign, thousands separated, a dash for what is missing.

    Examples
    --------
    >>> format_cell(-1234.567, None, 1), format_cell(None, None, 1), format_cell(0.5, ".0%", 1)
    ('−1,234.6', '–', '50%')
    """
    if value is None or (isinstance(value, numbers.Real) and math.isnan(value)) or _is_na(value):
        return missing
    if callable(how):
        return str(how(value))
    if isinstance(value, str) and how is None:
        return value
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if how is not None:
        text = format(value, how)
    elif isinstance(value, numbers.Integral):
        text = format(int(value), ",")
    elif isinstance(value, numbers.Real):
        text = format(float(value), f",.{digits}f")
    else:
        return str(value)
    return re.sub(r"^-(?=[\d.])", "−", text)


def _is_na(value: Any) -> bool:
    return type(value).__name__ in ("NAType", "NaTType")


def _default_align(series: pd.Series) -> Align:
    return "right" if series.dtype.kind in "iuf" else "left"


def _align(said: str | None) -> Align:
    return said if said in ("right", "center") else "left"  # type: ignore[return-value]


def _label(label: Any) -> str:
    """Text of a label: itself, or that of a marked-up label (``gt.html``, ``gt.md``)."""
    return label if isinstance(label, str) else _plain(str(getattr(label, "text", label)))


def _plain(cell: Any) -> str:
    """Text of a cell, which great_tables gives as HTML."""
    return html.unescape(re.sub(r"<[^<>]*>", "", re.sub(r"<br\s*/?>", " ", str(cell))))


def _grouped(rows: list[list[str]], names: Sequence[str] | None) -> list[list[str]]:
    if names is None:
        return rows
    grouped: list[list[str]] = []
    last = None
    for row, name in zip(rows, names, strict=True):
        if name != last:
            grouped.append([f"**{escape_markdown(name)}**", *[""] * (len(row) - 1)])
            last = name
        grouped.append(row)
    return grouped


def _wrap(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float] | None,
    row_headers: int,
    note: str | None,
) -> str:
    attributes = f'.vs-table row-headers="{row_headers}"'
    if widths is not None:
        if len(widths) != len(columns) or min(widths) <= 0:
            raise RenderError(
                "column widths must be positive, one for each column",
                parameter="widths",
                got=list(widths),
                expected=f"{len(columns)} numbers",
            )
        shares = [100 * w / sum(widths) for w in widths]
        attributes += ' tbl-colwidths="[' + ",".join(f"{s:.1f}" for s in shares) + ']"'
    parts = [f"::: {{{attributes}}}", "", table_markdown(columns, rows, widths), ""]
    if note:
        parts += ["::: {.table-note}", escape_markdown(note), ":::", ""]
    return "\n".join([*parts, ":::"])
