"""Merging: duplicates and conflicting definitions are reported, and nothing is dropped."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import merge_responses, read_responses
from valuestats.tables import Responses

LOGS = Path(__file__).parent / "logs"


def responses(rows, file="a.json", **columns):
    frame = pd.DataFrame(rows, columns=["item", "epoch", "raw"])
    frame = frame.assign(
        model="m", answer=pd.array([5] * len(frame), dtype="Int64"), status="valid", source_file=file,
        source_sha256=file, source_row=range(len(frame)), prompt_sha256="p", **columns,
    )  # fmt: skip
    return Responses(frame)


def test_findings_of_all_parts_are_kept():
    told = {"kind": ["file left out"], "file": ["b.eval"], "row": pd.array([None], "Int64"), "found": ["x"]}
    first = responses([("1", 1, "a")])
    second = Responses(responses([("2", 1, "a")]).frame, pd.DataFrame(told))
    assert merge_responses([first, second]).responses.findings["file"].tolist() == ["b.eval"]


def test_one_log_read_twice_in_two_forms():
    archive = read_responses(LOGS / "inspect_texts.eval", scale="pvq21")
    plain = read_responses(LOGS / "inspect_texts.json.gz", scale="pvq21")
    merged = merge_responses([archive, plain])
    assert len(merged.responses) == 24
    assert merged.responses.frame["part"].tolist() == [0] * 12 + [1] * 12
    assert merged.duplicates["kind"].tolist() == ["same answer"] * 12
    assert merged.duplicates["first_row"].tolist() == list(range(12))
    assert merge_responses([archive, archive]).duplicates["kind"].tolist() == ["same record"] * 12
    with pytest.raises(InputError, match="stands twice") as caught:
        merged.require_clean()
    assert (caught.value.file, caught.value.row) == ("inspect_texts.json", 0)


def test_logs_that_go_together():
    parts = [
        read_responses(LOGS / name, scale="pvq21")
        for name in ("inspect_texts.eval", "lm_eval_run", "helm_run")
    ]
    merged = merge_responses(parts)
    assert merged.duplicates.empty
    assert merged.conflicts.empty
    assert len(merged.require_clean()) == sum(map(len, parts))
    assert len(merged.responses.models) == 3


def test_another_answer_to_one_question():
    merged = merge_responses(
        [responses([("q", 1, "a")]), responses([("q", 1, "b"), ("q", 2, "b")], "b.json")]
    )
    assert merged.duplicates[["kind", "epoch", "source_row", "first_file"]].to_numpy().tolist() == [
        ["other answer", 1, 0, "a.json"]
    ]


def test_another_prompt_is_another_question():
    other = responses([("q", 1, "a")], "b.json").frame.assign(prompt_sha256="other")
    assert merge_responses([responses([("q", 1, "a")]), Responses(other)]).duplicates.empty


def test_two_definitions_of_one_item():
    one = responses([("q", 1, "a")], options='["yes","no"]', item_text_sha256="x")
    turned = responses([("q", 2, "a")], "b.json", options='["no","yes"]', item_text_sha256="x")
    assert merge_responses([one, turned]).conflicts.empty
    other = responses([("q", 2, "a")], "c.json", options='["no","maybe"]', item_text_sha256="y")
    found = merge_responses([one, turned, other])
    assert found.conflicts["kind"].tolist() == ["an item has two texts", "an item has two sets of options"]
    assert "c.json" in found.conflicts["found"].iloc[1]
    with pytest.raises(InputError, match="an item has two texts"):
        found.require_clean()


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 2), st.sampled_from("xy")), min_size=1,
                         max_size=4), min_size=1, max_size=3))  # fmt: skip
def test_each_row_is_a_first_or_a_duplicate(parts):
    merged = merge_responses([responses(rows, f"{n}.json") for n, rows in enumerate(parts)])
    keys = [row[:2] for rows in parts for row in rows]
    assert len(merged.responses) == len(keys)
    assert len(merged.duplicates) == len(keys) - len(set(keys))


def test_nothing_to_merge():
    with pytest.raises(SpecificationError, match="nothing to merge"):
        merge_responses([])
