"""What charts of several panels share."""

from __future__ import annotations

import altair as alt


def panel_header() -> alt.Header:
    """The name of a panel above its left edge, in bold."""
    return alt.Header(
        labelAngle=0, labelAlign="left", labelOrient="top", labelAnchor="start", labelFontWeight="bold"
    )
