"""What stands in the place of a figure that may not be shown."""

from __future__ import annotations

import altair as alt
import pandas as pd


def refused_chart(reasons: list[str], *, width: int = 480) -> alt.Chart:
    """A figure's place with the reasons why its fit may not be read as a finding."""
    lines = ["Not shown: the fit failed its diagnostics gate.", *(f"• {reason}" for reason in reasons)]
    frame = pd.DataFrame({"line": range(len(lines)), "text": lines})
    return (
        alt.Chart(frame)
        .mark_text(align="left", fontSize=13, limit=width)
        .encode(x=alt.value(4), y=alt.Y("line:O", axis=None), text="text:N")
        .properties(width=width, height=alt.Step(22))
    )
