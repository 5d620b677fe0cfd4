"""Names that begin alike are told apart where a picture has no room for them whole."""

import re

import altair as alt
import pandas as pd
import pytest

from valuestats.figures.names_apart import cut_apart, with_names_apart
from valuestats.reporting.charting import draw_svg

ALIKE = [
    f"meta-llama/Meta-Llama-3.1-70B-Instruct-with-a-name-that-goes-on-{end}"
    for end in ("Turbo", "Lite", "128K")
]
FRAME = pd.DataFrame({"model": [*ALIKE, "gpt-4o"], "x": [1, 2, 3, 4]})
PLAIN = alt.Chart(FRAME).mark_point()


def texts(spec):
    return [t for t in re.findall(r"<text[^>]*>([^<]*)</text>", draw_svg(spec)) if "gpt" in t or "meta" in t]


@pytest.mark.parametrize(
    "chart",
    [
        PLAIN.encode(x="x:Q", y="model:N"),
        PLAIN.encode(x="x:Q", color="model:N"),
        PLAIN.encode(x="x:Q", row="model:N"),
        PLAIN.encode(x="x:Q").facet("model:N", columns=2),
        alt.layer(PLAIN.encode(x="x:Q", y="model:N"), PLAIN.encode(x="x:Q", y="model:N")),
        alt.hconcat(PLAIN.encode(x="x:Q", y="model:N")),
    ],
)
def test_names_stay_apart_wherever_they_stand(chart):
    found = texts(chart.to_dict())
    assert len(found) == len(set(found)) == 4
    assert {text[-5:] for text in found} == {"Turbo", "-Lite", "-128K", "pt-4o"}


def test_names_that_are_apart_when_cut_are_left_alone():
    frame = FRAME.assign(model=[name[::-1] for name in FRAME["model"]])
    chart = alt.Chart(frame).mark_point().encode(x="x:Q", y="model:N")
    assert with_names_apart(chart.to_dict()) == chart.to_dict()
    whole = PLAIN.encode(x="x:Q", y=alt.Y("model:N", axis=alt.Axis(labelLimit=0)))
    assert with_names_apart(whole.to_dict()) == whole.to_dict()
    assert texts(whole.to_dict()) == sorted([*ALIKE, "gpt-4o"])


@pytest.mark.parametrize("letters", [8, 12, 20, 40])
def test_cut_names_are_as_long_as_asked_and_never_the_same(letters):
    names = [f"a long common beginning of all of these {k} {'x' * k}" for k in range(12)] + ["short"]
    found = cut_apart(names, letters)
    assert len(set(found)) == len(names)
    assert max(map(len, found)) <= letters
    assert found[-1] == "short"
