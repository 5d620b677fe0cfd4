"""The first cell of a page: charts and tables are shown in a way every engine understands."""

from __future__ import annotations

from typing import Any

from valuestats.reporting.display import block, chart_bundle, chart_spec, table_to_markdown
from valuestats.reporting.host import host


def setup() -> None:
    """Prepare a page: every Altair chart, data frame and great_tables object shows without ``text/html``.

    Under Quarto it also puts the chart library, the font and the lines about study and data into the page,
    once, and makes the texts of inline expressions inert. Call it in the page's first cell, which may not say
    ``include: false`` (Quarto drops what such a cell shows); a second call changes nothing.

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
    if host().startswith("quarto"):
        _show_in_quarto(shell)


def _chart(chart: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    return chart_bundle(chart_spec(chart))


def _table(table: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    return {"text/markdown": block(table_to_markdown(table))}


def _nothing(value: Any) -> None:
    return None


def _show_in_quarto(shell: Any) -> None:
    from valuestats.reporting.charting import page_assets_html
    from valuestats.reporting.display import md
    from valuestats.reporting.quarto_page import check_setup, page_lines, prepare

    check_setup()
    prepare(shell)
    assets = f"```{{=html}}\n{page_assets_html()}\n```" if host() == "quarto-html" else ""
    if parts := [part for part in (assets, page_lines()) if part]:
        md("\n\n".join(parts))
