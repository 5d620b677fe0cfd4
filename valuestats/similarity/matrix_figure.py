"""Heat map of the similarities between countries."""

from __future__ import annotations

import altair as alt
import pandas as pd


def similarity_matrix_chart(matrix: pd.DataFrame, *, size: int = 440) -> alt.Chart:
    """Countries by countries in the order of their clustering; the darker, the more similar.

    Parameters
    ----------
    matrix
        What `valuestats.similarity.references.similarity_matrix` returned.
    size
        Width and height of the cells' area.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": ["a", "b"], "other": ["b", "a"], "place": [0, 1], "other_place": [1, 0],
    ...     "similarity": 0.8, "n_questions": 20})
    >>> similarity_matrix_chart(frame).to_dict()["encoding"]["x"]["sort"]
    ['a', 'b']
    """
    places = matrix.drop_duplicates("group").sort_values("place")
    order = [str(name) for name in places["group"]]
    frame = matrix[["group", "other", "similarity", "n_questions"]].astype({"group": str, "other": str})
    return (
        alt.Chart(frame)
        .mark_rect()
        .encode(
            x=alt.X("other:N", sort=order, title=None, axis=alt.Axis(labelAngle=-60)),
            y=alt.Y("group:N", sort=order, title=None),
            color=alt.Color(
                "similarity:Q",
                title="Similarity",
                scale=alt.Scale(zero=False),
                legend=alt.Legend(orient="bottom", direction="horizontal"),
            ),
            tooltip=[
                alt.Tooltip("group:N", title="country"),
                alt.Tooltip("other:N", title="and"),
                alt.Tooltip("similarity:Q", format=".3f"),
                alt.Tooltip("n_questions:Q", title="shared questions"),
            ],
        )
        .properties(width=size, height=size)
    )
