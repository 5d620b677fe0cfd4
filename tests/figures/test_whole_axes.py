"""Axes of ranks and counts have no ticks between whole numbers; other axes stay as they are."""

import re

import altair as alt
import pandas as pd
import pytest

from valuestats.figures.profiles import rank_chart
from valuestats.figures.whole_axes import with_whole_axes
from valuestats.reporting.charting import draw_svg
from valuestats.reporting.display import chart_spec

WHOLE = {"format": ",d", "values": [0, 1, 2]}
RANKS = pd.DataFrame({"model": ["a", "b"], "rank": [1, 2], "rank_lower": [1, 1], "rank_upper": [2, 3.0]})


def labels(spec):
    drawn = draw_svg(spec)
    return re.findall(r"<text[^>]*>([^<]*\d[^<]*)</text>", drawn)


def test_ranks_are_whole_and_were_not():
    assert any("." in label for label in labels(rank_chart(RANKS, key="model").to_dict()))
    told = labels(chart_spec(rank_chart(RANKS, key="model")))
    assert [label for label in told if label.strip("0123456789") == ""] == ["1", "2", "3"]


def test_half_ranks_leave_the_axis_as_it_is():
    spec = chart_spec(rank_chart(RANKS.assign(rank=[1.5, 1.5]), key="model"))
    assert "values" not in str(spec["layer"])


@pytest.mark.parametrize(
    "x",
    [
        alt.X("rank:Q", axis=alt.Axis(format=".0%")),
        alt.X("rank:Q", axis=None),
        alt.X("rank:Q", bin=True),
        alt.X("mean(rank):Q"),
        alt.X("rank:Q", scale=alt.Scale(type="log")),
        alt.X("rank:O"),
        alt.X("model:N"),
    ],
)
def test_axes_that_say_how_they_are_drawn_stay(x):
    chart = alt.Chart(RANKS).mark_point().encode(x=x)
    assert with_whole_axes(chart.to_dict()) == chart.to_dict()


def test_long_axes_keep_their_own_ticks():
    frame = pd.DataFrame({"n": [3, 40_000]})
    found = with_whole_axes(alt.Chart(frame).mark_bar().encode(x="n:Q").to_dict())
    assert found["encoding"]["x"]["axis"] == {"format": ",d"}
    assert "40,000" in labels(found)


def test_each_view_has_its_own_axis_and_missing_values_say_nothing():
    frame = RANKS.assign(share=[0.2, 0.7], gone=[None, None])
    own = [alt.Chart(frame).mark_bar().encode(x=f"{name}:Q") for name in ("rank", "share", "gone")]
    found = with_whole_axes(alt.hconcat(*own).to_dict())["hconcat"]
    assert [part["encoding"]["x"].get("axis") for part in found] == [WHOLE, None, None]
    panels = alt.Chart(frame).mark_point().encode(y="rank:Q").facet("model:N")
    assert with_whole_axes(panels.to_dict())["spec"]["encoding"]["y"]["axis"] == WHOLE
