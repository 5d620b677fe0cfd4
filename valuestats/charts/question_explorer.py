"""Single questions: the model's distribution beside the people's."""

from __future__ import annotations

import altair as alt
import pandas as pd

NAMES = {"model": "model", "people": "people of the country"}


def question_explorer(extremes: pd.DataFrame, model: str, *, width: int = 180) -> alt.HConcatChart:
    """The least and the most similar questions of one model, by identifier and option position.

    Parameters
    ----------
    extremes
        What `valuestats.systems.global_opinions.extreme_questions` returned.
    model
        Whose questions.
    width
        Width of one panel.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "extreme": "least similar", "place": 1, "group": "Chile",
    ...     "question": "q-1", "similarity": 0.2, "side": ["model", "people"], "position": 1, "share": [1.0, 0.3]})
    >>> len(question_explorer(frame, "m").to_dict()["hconcat"])
    1
    """
    frame = extremes[extremes["model"] == model].copy()
    frame["side"] = frame["side"].map(NAMES)
    columns = []
    for extreme, part in frame.groupby("extreme", sort=False):
        panels = [_panel(one, width) for _, one in part.groupby("place", sort=True)]
        columns.append(alt.vconcat(*panels, spacing=14).properties(title=str(extreme).capitalize()))
    return alt.hconcat(*columns, spacing=28)


def _panel(frame: pd.DataFrame, width: int) -> alt.Chart:
    first = frame.iloc[0]
    title = [f"{first['group']}: {first['similarity']:.3f}", str(first["question"])]
    sides = list(NAMES.values())
    return (
        alt.Chart(frame[["side", "position", "share"]])
        .mark_bar()
        .encode(
            x=alt.X("position:O", title="Option", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("side:N", sort=sides),
            y=alt.Y("share:Q", title="Share", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=3)),
            color=alt.Color(
                "side:N", title=None, scale=alt.Scale(domain=sides), legend=alt.Legend(orient="bottom")
            ),
            tooltip=[
                "side:N",
                alt.Tooltip("position:O", title="option"),
                alt.Tooltip("share:Q", format=".3f"),
            ],
        )
        .properties(width=width, height=70, title=alt.Title(title[0], subtitle=title[1]))
    )
