"""Single questions: the model's distribution beside the people's."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.labels import capitalised

NAMES = {"model": "model", "people": "people of the country"}
PICKED = {"model": "model", "people": "people"}


def question_explorer(extremes: pd.DataFrame, model: str, *, width: int = 180) -> alt.HConcatChart:
    """The least and the most similar questions of one model, by identifier and option position.

    Parameters
    ----------
    extremes
        What `valuestats.systems.global_opinions.comparison.extreme_questions` returned.
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
        columns.append(alt.vconcat(*panels, spacing=14).properties(title=capitalised(extreme)))
    return alt.hconcat(*columns, spacing=28)


def question_picker(extremes: pd.DataFrame, *, width: int = 215) -> alt.HConcatChart:
    """Two questions side by side, each chosen from a list; print shows the least and the most similar of all.

    Parameters
    ----------
    extremes
        What `valuestats.systems.global_opinions.comparison.extreme_questions` returned, for any number of models.
    width
        Width of one panel.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "extreme": "least similar", "place": 1, "group": "Chile",
    ...     "question": "q-1", "similarity": 0.2, "side": ["model", "people"], "position": 1, "share": [1.0, 0.3]})
    >>> question_picker(frame).to_dict()["params"][0]["value"]
    '0.200: m, Chile, q-1'
    """
    frame = extremes.copy()
    frame["side"] = frame["side"].map(PICKED)
    frame["label"] = [
        f"{s:.3f}: {m}, {g}, {q}"
        for s, m, g, q in zip(
            frame["similarity"], frame["model"], frame["group"], frame["question"], strict=True
        )
    ]
    panels = []
    for number, (extreme, part) in enumerate(frame.groupby("extreme", sort=False)):
        ordered = part.sort_values(
            ["similarity", "model", "group", "question"], ascending=str(extreme).startswith("least")
        )
        labels = list(dict.fromkeys(ordered["label"]))
        chosen = alt.param(
            name=f"question_{number}",
            value=labels[0],
            bind=alt.binding_select(options=labels, name=f"{capitalised(extreme)}: "),
        )
        panels.append(_picked(part, chosen, str(extreme), width))
    return alt.hconcat(*panels, spacing=24)


def _picked(frame: pd.DataFrame, chosen: alt.Parameter, extreme: str, width: int) -> alt.Chart:
    sides = list(PICKED.values())
    # A title in lines: identifiers are long, and a title that is cut says nothing.
    title = alt.Title(
        alt.ExprRef(f"split('{capitalised(extreme)}, ' + {chosen.name}, ', ')"),
        fontWeight="normal",
        fontSize=12,
    )
    return (
        alt.Chart(frame[["label", "side", "position", "share"]])
        .transform_filter(f"datum.label === {chosen.name}")
        .mark_bar()
        .encode(
            x=alt.X("position:O", title="Option", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("side:N", sort=sides),
            y=alt.Y("share:Q", title="Share", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "side:N",
                title=None,
                scale=alt.Scale(domain=sides),
                legend=alt.Legend(orient="bottom", labelLimit=0),
            ),
            tooltip=[
                "side:N",
                alt.Tooltip("position:O", title="option"),
                alt.Tooltip("share:Q", format=".3f"),
            ],
        )
        .add_params(chosen)
        .properties(width=width, height=150, title=title)
    )


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
