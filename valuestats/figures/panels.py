"""What charts of several panels share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt

# Pixels. The header of a row is lifted by its own height already, so that its name would stand nearer to the panel above.
_LIFT, _BETWEEN = -8, 18


def panel_header() -> alt.Header:
    """The name of a panel above its left edge, in bold."""
    return alt.Header(
        labelAngle=0, labelAlign="left", labelOrient="top", labelAnchor="start", labelFontWeight="bold"
    )


def panel_rows(field: str, sort: Iterable[Any] | None = None) -> dict[str, Any]:
    """What `facet` needs for a panel per value of a field under each other, each under its own name.

    Examples
    --------
    >>> panel_rows("group")["row"].shorthand
    'group:N'
    """
    header = panel_header()
    header["labelPadding"] = _LIFT
    row = alt.Row(f"{field}:N", title=None, header=header)
    if sort is not None:
        row["sort"] = list(sort)
    return {"row": row, "spacing": _BETWEEN}
