"""lighteval's details.

The records are those of lighteval 0.13.0 (`Doc`, `ModelResponse`), the Parquet file is written by pyarrow: lighteval's
own run needs torch (logs/make_lighteval.py).
"""

import shutil
from math import exp
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from valuestats.base.errors import InputError
from valuestats.ingest import logprob_distributions, read_responses

LOGS = Path(__file__).parent / "logs" / "lighteval_run"
TEXTS = next(LOGS.rglob("details_portraits*.parquet"))


def test_every_text_is_a_row():
    frame = read_responses(TEXTS, scale="pvq21").frame
    assert set(frame["model"]) == {"org/model-7b"}
    assert list(zip(frame["item"], frame["epoch"], strict=True)) == [("0", 1), ("0", 2), ("1", 1), ("1", 2)]
    assert frame["status"].tolist() == ["valid", "valid", "refusal", "empty"]
    assert set(frame["condition"]) == {"portraits-0"}


def test_scored_options():
    read = read_responses(LOGS, scale="pvq21")
    scored = read.frame[read.frame["condition"] == "choices-0"]
    assert scored["answer"].tolist() == [5, 2]
    found = logprob_distributions(read, "pvq21")
    assert found.iloc[0][[5, 2, "unassigned"]].tolist() == pytest.approx(
        [exp(-0.5), exp(-1.5), 1 - exp(-0.5) - exp(-1.5)]
    )


def test_the_model_is_in_the_folder_or_must_be_said(tmp_path):
    alone = shutil.copy(TEXTS, tmp_path)
    with pytest.raises(InputError, match="don't name their model"):
        read_responses(alone, scale="pvq21")
    assert set(read_responses(alone, scale="pvq21", model="x").frame["model"]) == {"x"}


def test_a_published_set_of_details_names_its_model_and_a_pointer_is_called_one(tmp_path):
    folder = tmp_path / "details_org__model-7b_private" / "2026-11-21T08-00-00"
    folder.mkdir(parents=True)
    shutil.copy(TEXTS, folder)
    pointer = folder / TEXTS.name.replace("portraits", "others")
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    read = read_responses(tmp_path, scale="pvq21")
    assert set(read.frame["model"]) == {"org/model-7b"}
    assert "a git-lfs pointer" in read.findings["found"][0]
    with pytest.raises(InputError, match="a git-lfs pointer"):
        read_responses(pointer, scale="pvq21")


def test_older_columns_and_what_is_no_parquet(tmp_path):
    file = tmp_path / TEXTS.name
    pq.write_table(pa.table({"predictions": ["a"]}), file)
    with pytest.raises(InputError, match="not the details of lighteval"):
        read_responses(file, scale="pvq21", model="x")
    file.write_bytes(TEXTS.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a Parquet file"):
        read_responses(file, scale="pvq21", model="x")


def test_log_probabilities_that_do_not_fit_the_choices(tmp_path):
    record = {
        "doc": {"query": "?", "choices": ["like me", "not like me"]},
        "model_response": {"logprobs": [-1.0]},
    }
    file = tmp_path / TEXTS.name
    pq.write_table(pa.Table.from_pylist([record]), file)
    with pytest.raises(InputError) as caught:
        read_responses(file, scale="pvq21", model="x")
    assert (caught.value.parameter, caught.value.row) == ("logprobs", 0)


def older(tmp_path, **columns):
    file = tmp_path / TEXTS.name
    rows = {
        "full_prompt": ["Person 1?", "Person 2?"], "example": ["Person 1?", "Person 2?"],
        "choices": ["['Like me', 'Not like me']"] * 2, "gold": ["[0]", "[0]"], "specifics": ["{'id': 'a'}", "{'id': 'b'}"],
        "predictions": ["[(-0.5, True), (-1.5, False)]", "[(-2.5, False), (-0.25, True)]"], **columns,
    }  # fmt: skip
    pq.write_table(pa.table(rows), file)
    return file


def test_the_columns_of_versions_before_0_10(tmp_path):
    # The columns are those of lighteval's DetailsLogger before 0.10, every value written with str(); not its own file.
    read = read_responses(older(tmp_path), scale="pvq21", model="m", fields={"item": "doc.specific.id"})
    assert read.frame["raw"].tolist() == ["Like me", "Not like me"]
    assert read.frame["answer"].tolist() == [5, 2]
    assert read.frame["item"].tolist() == ["a", "b"]
    assert logprob_distributions(read, "pvq21").iloc[1][2] == pytest.approx(exp(-0.25))
    texts = older(tmp_path, predictions=["['Like me.', 'NOT like me']", "[[\"I'm sorry, I can't answer.\"]]"])
    frame = read_responses(texts, scale="pvq21", model="m").frame
    assert frame["status"].tolist() == ["valid", "valid", "refusal"]
    assert frame["epoch"].tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    "value", ["__import__('os').getcwd()", "[" * 5000, "[1, ", "{1: 2}", "[nan, nan]", "7"]
)
def test_older_values_are_literals_and_never_run(tmp_path, value):
    file = older(tmp_path, predictions=["[(-0.5, True), (-1.5, False)]", value])
    read = read_responses(file, scale="pvq21", model="m")
    assert read.frame["status"].tolist() == ["valid", "unparsable"]
    assert (read.findings["row"][0], read.findings["kind"][0]) == (1, "damaged record")
