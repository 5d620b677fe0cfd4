"""What a page shows: charts, tables and text, the same from every engine and without ``text/html``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from valuestats.base.errors import RenderError
from valuestats.figures.whole_axes import with_whole_axes
from valuestats.reporting.host import CHART_MIME, host
from valuestats.reporting.markdown import Align, visible_text
from valuestats.reporting.tabular import Format, frame_markdown, great_table_markdown

if TYPE_CHECKING:
    import altair as alt
    import great_tables as gt
    import pandas as pd

_COMPOSED = {"facet", "repeat", "concat", "hconcat", "vconcat", "spec"}
_FACETS = {"row", "column", "facet"}
# Pixels; with its axis and legend a plot of this width still fits the page.
_WIDTH = 520
_LINKING = {"url", "href"}


def show(
    chart: alt.TopLevelMixin | Mapping[str, Any], *, width: int | None = None, alt: str | None = None
) -> None:
    """Show a chart: interactive in HTML, a vector drawing in the PDF.

    Parameters
    ----------
    chart
        An Altair chart, or a Vega-Lite specification. It must carry its data: nothing is loaded from an
        address, and no mark may link to one.
    width
        Width of the plot in pixels, for charts of one view or of layers; 520 where the chart has none.
    alt
        Alternative text, where neither the cell nor the division around it has a ``fig-alt``.
    """
    spec = chart_spec(chart, width=width)
    if alt is None and host().startswith("quarto"):
        from valuestats.reporting.quarto_page import alternative_text

        alt = alternative_text()
    if alt:
        spec["description"] = alt
    _display(chart_bundle(spec))


def show_table(
    table: pd.DataFrame | gt.GT,
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
) -> None:
    """Show a table. Every cell and label is taken for plain text and made inert.

    Parameters
    ----------
    table
        A data frame (its index is not shown), or a great_tables object, for which only `widths` and `note`
        apply.
    align
        ``left``, ``right`` or ``center`` by column, or one letter of ``lrc`` for each column; numbers stand
        to the right otherwise.
    digits
        Decimals of floats without an entry in `formats`.
    formats
        By column a format specification (``".1%"``) or a function from value to text.
    labels
        Column labels by column name.
    spanners
        A heading over several neighbouring columns: label to column names.
    groups
        A column whose runs of equal values become heading rows.
    widths
        Relative column widths, for tables of long text; by default the columns fit their content.
    row_headers
        How many leading columns name the row (header cells with ``scope="row"``).
    missing
        What stands for a missing value.
    note
        A line under the table.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": ["a"], "score": [0.5]})
    >>> show_table(frame, note="scored 9 of 10")  # doctest: +SKIP
    """
    _display_markdown(
        table_to_markdown(
            table,
            align=align,
            digits=digits,
            formats=formats,
            labels=labels,
            spanners=spanners,
            groups=groups,
            widths=widths,
            row_headers=row_headers,
            missing=missing,
            note=note,
        )
    )


def md(text: str) -> None:
    """Show markdown written by the author of the page; put other people's text through `escape_markdown`."""
    _display_markdown(text)


def table_to_markdown(table: Any, **options: Any) -> str:
    """The markdown that `show_table` shows."""
    if hasattr(table, "_build_data"):
        return great_table_markdown(table, widths=options.get("widths"), note=options.get("note"))
    if hasattr(table, "columns") and hasattr(table, "iloc"):
        return frame_markdown(table, **options)
    raise RenderError(
        "this is not a table",
        parameter="table",
        got=type(table).__name__,
        expected="a pandas DataFrame or a great_tables GT",
    )


def chart_spec(chart: Any, *, width: int | None = None) -> dict[str, Any]:
    """Vega-Lite specification of a chart, checked to load nothing and to link nowhere."""
    if isinstance(chart, Mapping):
        spec = json.loads(json.dumps(chart))
    else:
        import altair as alt

        from valuestats.reporting.altair_support import plain_theme

        with plain_theme(alt):
            spec = with_whole_axes(chart.to_dict())
    if width is not None:
        if _COMPOSED & spec.keys():
            raise RenderError(
                "a chart of several views has no single width; set it on its parts",
                parameter="width",
                got=width,
            )
        spec["width"] = width
    elif not (_COMPOSED & spec.keys() or _FACETS & (spec.get("encoding") or {}).keys()):
        spec.setdefault("width", _WIDTH)
    _refuse_links(spec)
    shown: dict[str, Any] = _visible(spec)
    return shown


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else visible_text(value)
    if isinstance(value, Mapping):
        return {key: _visible(inner) for key, inner in value.items()}
    return [_visible(inner) for inner in value] if isinstance(value, list) else value


def _refuse_links(value: Any, path: str = "chart") -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("values", "datasets"):
                continue
            if key in _LINKING or (key in ("type", "mark") and inner == "image"):
                raise RenderError(
                    "a chart may not load data or pictures from an address, nor link to one",
                    parameter=f"{path}.{key}",
                    got=str(inner),
                    expected="data carried by the chart itself",
                )
            _refuse_links(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            _refuse_links(inner, f"{path}[{i}]")


def chart_bundle(spec: dict[str, Any]) -> dict[str, Any]:
    """Mime bundle of a chart for whatever renders the page."""
    place = host()
    plain = {"text/plain": str(spec.get("description") or "chart")}
    if place == "embedded":
        return {CHART_MIME: spec, **plain}
    if place == "quarto-html":
        from valuestats.reporting.charting import chart_html

        return {"text/markdown": block(f"```{{=html}}\n{chart_html(spec)}\n```"), **plain}
    from valuestats.reporting.charting import draw_svg

    svg = draw_svg(spec)
    if place == "quarto-typst":
        return {"image/svg+xml": svg, **plain}
    return {"application/vnd.vegalite.v6+json": spec, "image/svg+xml": svg, **plain}


def _display(bundle: Mapping[str, Any]) -> None:
    from IPython.display import display

    display(dict(bundle), raw=True)


def _display_markdown(text: str) -> None:
    _display({"text/markdown": block(text), "text/plain": text})


def block(text: str) -> str:
    """Markdown that stands apart from what is shown before and after it.

    Under ``output: asis`` Quarto joins what a cell shows without a blank line: a division would not open or close.
    """
    return f"\n{text}\n" if host().startswith("quarto") else text
