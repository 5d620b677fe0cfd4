"""The first cell of a page: charts and tables are shown in a way every engine understands."""

from __future__ import annotations

import json
import os
from typing import Any

from valuestats.reporting.display import chart_bundle, chart_spec, table_to_markdown
from valuestats.reporting.host import PAGE_VARIABLE, host


def setup() -> None:
    """Prepare a page: every Altair chart, data frame and great_tables object shows without ``text/html``.

    Under Quarto it also puts the chart library, the font and the lines about study and data into the page,
    once. Call it in the page's first cell; a second call changes nothing.

    Examples
    --------
    >>> from valuestats.reporting import setup
    >>> setup()
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or getattr(shell, "_valuestats_page", False):
        return
    shell._valuestats_page = True
    formatter = shell.display_formatter.mimebundle_formatter
    plain = shell.display_formatter.formatters
    for module, name, to_bundle in (
        ("altair.vegalite.v6.api", "TopLevelMixin", _chart),
        ("pandas", "DataFrame", _table),
        ("pandas.core.frame", "DataFrame", _table),
        ("great_tables.gt", "GT", _table),
    ):
        formatter.for_type_by_name(module, name, to_bundle)
        plain["text/html"].for_type_by_name(module, name, _nothing)
    if host() == "quarto-html":
        from valuestats.reporting.charting import page_assets_html

        _show_page_lines(f"```{{=html}}\n{page_assets_html()}\n```")
    elif host() == "quarto-typst":
        _show_page_lines("")


def _chart(chart: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    return chart_bundle(chart_spec(chart))


def _table(table: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    return {"text/markdown": table_to_markdown(table)}


def _nothing(value: Any) -> None:
    return None


def _show_page_lines(assets: str) -> None:
    from valuestats.reporting.display import md

    page = json.loads(os.environ.get(PAGE_VARIABLE, "{}"))
    lines = [page[key] for key in ("study", "provenance") if page.get(key)]
    parts = [assets] if assets else []
    if lines:
        parts += ["::: {.provenance}", "\\\n".join(lines), ":::"]
    if parts:
        md("\n\n".join(parts))
