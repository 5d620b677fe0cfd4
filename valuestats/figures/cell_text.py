"""Numbers written into the cells of a map, in the ink that stands out from each cell on either page."""

from __future__ import annotations

import altair as alt

from valuestats.figures.theme import ON_STRONG


def cell_text(base: alt.Chart, field: str, format: str, *, above: float = 0.6) -> tuple[alt.Chart, alt.Chart]:
    """Layers with the numbers of cells whose colour runs along the sequential ramp over [0, 1].

    The ramp begins near the page's own colour and ends far from it, on a light page as on a dark one: small numbers
    take the page's ink, and large ones the page's colour.

    Parameters
    ----------
    base
        The chart of the cells, with its places.
    field
        Column with the numbers.
    format
        How they are printed.
    above
        From where on the ramp is strong.

    Examples
    --------
    >>> weak, strong = cell_text(alt.Chart().encode(x="a:N"), "power", ".2f")
    >>> weak.transform[0].filter, strong.transform[0].filter
    ('datum.power <= 0.6', 'datum.power > 0.6')
    """
    said = alt.Text(f"{field}:Q", format=format)
    weak = base.transform_filter(f"datum.{field} <= {above}").mark_text(fontSize=11).encode(text=said)
    strong = base.transform_filter(f"datum.{field} > {above}").mark_text(fontSize=11, style=ON_STRONG)
    return weak, strong.encode(text=said)
