"""Tables of a page: formats, alignment, spanners, groups, great_tables."""

import json

import great_tables as gt
import pandas as pd
import pytest

from valuestats.base.errors import RenderError
from valuestats.figures.theme import BACKGROUND, DIVERGING, INK, MUTED, PALETTE, SEQUENTIAL, contrast_ratio
from valuestats.reporting.display import table_to_markdown
from valuestats.reporting.pandoc import READER, plain, run_pandoc


def parsed(markdown):
    """Header rows, body rows and alignments of the table in a page's markdown."""
    (div,) = json.loads(run_pandoc(markdown, READER, "json", "--columns=100000"))["blocks"]
    table = div["c"][1][0]["c"]
    header = [[(plain(c[4]), c[3]) for c in row[1]] for row in table[3][1]]
    body = [[plain(c[4]) for c in row[1]] for body in table[4] for row in body[3]]
    return header, body, [spec[0]["t"].removeprefix("Align").lower() for spec in table[2]]


def test_numbers_are_formatted_and_missing_values_are_dashes():
    frame = pd.DataFrame(
        {"m": ["a", None], "x": [-1234.567, float("nan")], "n": [12345, 0], "ok": [True, False]}
    )
    header, body, align = parsed(table_to_markdown(frame, digits=1, formats={"n": "d"}))
    assert header == [[("m", 1), ("x", 1), ("n", 1), ("ok", 1)]]
    assert body == [["a", "−1,234.6", "12345", "yes"], ["–", "–", "0", "no"]]
    assert align == ["left", "right", "right", "left"]


@pytest.mark.parametrize("align", ["lc", {"a": "left", "b": "center"}])
def test_alignment_by_letter_or_by_name(align):
    assert parsed(table_to_markdown(pd.DataFrame({"a": [1], "b": [2]}), align=align))[2] == ["left", "center"]


def test_spanners_stand_over_their_columns_even_with_wide_characters():
    frame = pd.DataFrame({"m": ["中文 😀"], "lo": ["é"], "hi": [2.0], "n": [3]})
    header, body, _ = parsed(table_to_markdown(frame, spanners={"95% interval": ["lo", "hi"]}))
    assert header == [[("m", 1), ("95% interval", 2), ("n", 1)], [("lo", 1), ("hi", 1)]]
    assert body == [["中文 😀", "é", "2.00", "3"]]


def test_great_tables_keep_formats_labels_spanners_groups_and_notes():
    frame = pd.DataFrame(
        {"model": ["a<b", "c_d"], "g": ["x", "y"], "est": [-0.5123, 12345.6], "p": [0.0001, 0.5]}
    )
    table = (
        gt.GT(frame, rowname_col="model", groupname_col="g")
        .fmt_number("est", decimals=2)
        .fmt_percent("p")
        .tab_spanner("Model <fit>", ["est", "p"])
        .cols_label(est="Estimate")
        .tab_source_note("a *note*")
    )
    markdown = table_to_markdown(table)
    header, body, _ = parsed(markdown)
    assert header == [[("", 1), ("Model <fit>", 2)], [("Estimate", 1), ("p", 1)]]
    assert body == [["x", "", ""], ["a<b", "−0.51", "0.01%"], ["y", "", ""], ["c_d", "12,345.60", "50.00%"]]
    assert r"a \*note\*" in markdown


@pytest.mark.parametrize(
    ("options", "parameter"),
    [({"align": "lll"}, "align"), ({"widths": [1, -1]}, "widths"), ({"labels": {"zz": "Z"}}, None)],
)
def test_options_that_do_not_fit_are_refused(options, parameter):
    with pytest.raises(RenderError) as caught:
        table_to_markdown(pd.DataFrame({"a": [1], "b": [2]}), **options)
    assert caught.value.parameter == parameter


def test_other_things_are_no_tables():
    with pytest.raises(RenderError, match="not a table"):
        table_to_markdown([[1, 2]])


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_can_be_seen_on_their_page(mode):
    assert all(contrast_ratio(colour, BACKGROUND[mode]) >= 3 for colour in PALETTE)
    assert contrast_ratio(INK[mode], BACKGROUND[mode]) >= 7
    assert contrast_ratio(MUTED[mode], BACKGROUND[mode]) >= 4.5
    for scale in (SEQUENTIAL[mode], DIVERGING[mode]):
        assert contrast_ratio(scale[-1], BACKGROUND[mode]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_sequential_colours_leave_the_page_step_by_step(mode):
    steps = [contrast_ratio(colour, BACKGROUND[mode]) for colour in SEQUENTIAL[mode]]
    assert steps == sorted(steps)


WHY = "not computable: the answers are not public"


def test_what_all_rows_of_a_table_say_is_said_once():
    frame = pd.DataFrame({"quantity": list("abcd"), "n": 1, "recomputed": None, "why": WHY})
    shown = table_to_markdown(frame, widths=[1, 1, 1, 3], align="lrrl")
    assert "recomputed" not in shown.split("table-note")[0]
    assert "Why, in all rows: not computable" in shown.replace("\\", "")
    assert "Empty in all rows: recomputed." in shown.replace("\\", "")
    assert 'tbl-colwidths="[50.0,50.0]"' in shown
    assert shown.count("not computable") == 1


def test_few_rows_short_cells_and_names_of_rows_stay():
    frame = pd.DataFrame({"quantity": list("abc"), "why": WHY})
    assert table_to_markdown(frame).count("not computable") == 3
    assert table_to_markdown(pd.concat([frame, frame]).assign(why="yes")).count("yes") == 6
    assert table_to_markdown(pd.DataFrame({"why": [WHY] * 5, "n": range(5)})).count("not computable") == 5


def test_long_names_that_repeat_stand_above_their_rows():
    names = ["mean over models"] * 4 + ["spread over values"] * 3
    frame = pd.DataFrame({"quantity": names, "of": list("abcdefg"), "n": 1})
    shown = table_to_markdown(frame, align="llr", widths=[1, 2, 2])
    assert shown.count("mean over models") == 1
    assert 'tbl-colwidths="[50.0,50.0]"' in shown
    for other in (
        frame.head(6).assign(quantity=list("ababab")),
        frame.assign(quantity="mean over models"),
        frame[::2],
    ):
        assert "**" not in table_to_markdown(other)
