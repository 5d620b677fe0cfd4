"""Sections that a page has only where its study has their steps: headings, figures and tables shown from a cell.

A labelled cell is always on the page. What may be absent is shown by these functions from a cell with
``#| output: asis``: its headings, divisions and labels then stand in the page's text as if they were written there.
"""

from __future__ import annotations

import re
from typing import Any

from valuestats.base.errors import RenderError
from valuestats.reporting.assemble import quoted_attribute
from valuestats.reporting.display import md, show, table_to_markdown
from valuestats.reporting.markdown import escape_markdown

_ANCHOR = re.compile(r"(sec|fig|tbl)-[a-z][a-z0-9-]*")


def heading(title: str, anchor: str, *, level: int = 1) -> None:
    """Show a heading with an anchor ``sec-…``; the title is plain text.

    Raises
    ------
    RenderError
        The anchor is none.
    """
    md(f"{'#' * level} {escape_markdown(title)} {{#{_checked(anchor, 'sec')}}}")


def paragraph(text: str) -> None:
    """Show a paragraph of plain text; names in it are made inert."""
    md(escape_markdown(text))


def show_figure(chart: Any, label: str, caption: str, alt: str, *, width: int | None = None) -> None:
    """Show a chart as a numbered figure whose caption is computed.

    Parameters
    ----------
    chart, width
        As in `show`.
    label
        ``fig-…``.
    caption, alt
        Plain text; names in it are made inert.

    Raises
    ------
    RenderError
        The label is none, or there is no caption.
    """
    _require(caption, label)
    described = quoted_attribute(alt)
    md(f'::: {{#{_checked(label, "fig")} fig-alt="{described}"}}')
    show(chart, width=width, alt=described)
    md(f"{escape_markdown(caption)}\n:::")


def show_table_as(table: Any, label: str, caption: str, **options: Any) -> None:
    """Show a table as a numbered table whose caption is computed.

    Parameters
    ----------
    table, options
        As in `show_table`.
    label
        ``tbl-…``.
    caption
        Plain text; names in it are made inert.

    Raises
    ------
    RenderError
        The label is none, or there is no caption.
    """
    _require(caption, label)
    body = table_to_markdown(table, **options)
    md(f"::: {{#{_checked(label, 'tbl')}}}\n{body}\n\n{escape_markdown(caption)}\n:::")


def _checked(label: str, kind: str) -> str:
    if not _ANCHOR.fullmatch(label) or not label.startswith(f"{kind}-"):
        raise RenderError("this is no label", parameter="label", got=label, expected=f"{kind}-a-name")
    return label


def _require(caption: str, label: str) -> None:
    if not caption.strip():
        raise RenderError("a labelled figure or table has no caption", got=label)
