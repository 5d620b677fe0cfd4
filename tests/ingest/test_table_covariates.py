"""Columns of a table that are kept beside the answers."""

import pandas as pd
import pytest

from valuestats import stance_drift
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.tabular.columns import read_table_responses
from valuestats.scoring.pooled import pooled_warnings
from valuestats.tables.conditions import pooled_levels


def test_covariates_are_kept_and_typed(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(
        "model,item,answer,temperature,system,age,flag,none\n"
        "m,a,1,0.7,none,30,true,\nm,b,2,,you are kind,,FALSE,\nm,c,3,1,none,41,,\n"
    )
    keep = {"temperature": "temperature", "prompted": "system", "age": "age", "flag": "flag", "none": "none"}
    frame = read_table_responses(file, scale="value_portrait", keep=keep).frame
    assert str(frame["temperature"].dtype) == "Float64"
    assert frame["temperature"].isna().tolist() == [False, True, False]
    assert str(frame["age"].dtype) == "Int64"
    assert frame["flag"].tolist()[:2] == [True, False]
    assert pd.isna(frame["flag"].iloc[2])
    assert frame["prompted"].tolist() == ["none", "you are kind", "none"]
    assert frame["none"].isna().all()
    assert "temperature" not in read_table_responses(file, scale="value_portrait").frame


def test_what_a_covariate_is_is_settled_over_all_files(tmp_path):
    (tmp_path / "a.csv").write_text("model,item,answer,dose\nm,a,1,1\n")
    (tmp_path / "b.csv").write_text("model,item,answer,dose\nm,b,2,high\n")
    frame = read_table_responses(tmp_path, scale="value_portrait", keep=["dose"]).frame
    assert sorted(frame["dose"]) == ["1", "high"]


def test_covariates_that_are_not_there_or_named_like_ours_are_refused(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("model,item,answer,temperature\nm,a,1,0.7\n")
    with pytest.raises(InputError, match="a column to keep is missing") as caught:
        read_table_responses(file, scale="value_portrait", keep=["temperatur"])
    assert "did you mean 'temperature'?" in str(caught.value)
    with pytest.raises(SpecificationError, match="name of a column of Responses"):
        read_table_responses(file, scale="value_portrait", keep={"language": "temperature"})


def test_covariates_of_one_row_per_run(tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("model,dose,q1,q2\nm,0,1,2\nm,5,3,4\n")
    frame = read_table_responses(file, scale="value_portrait", items=["q1", "q2"], keep=["dose"]).frame
    assert frame.groupby("dose")["answer"].apply(list).to_dict() == {0: [1, 2], 5: [3, 4]}


STEPS = "model,item,answer,checkpoint\n" + "".join(
    f"m,q{k},{1 + (k + s) % 6},{100 * s}\n" for s in range(2) for k in range(40)
)


@pytest.mark.parametrize("named", [{"columns": {"step": "checkpoint"}}, {"keep": {"step": "checkpoint"}}])
def test_a_step_is_a_column_like_others_and_what_drift_is_measured_along(tmp_path, named):
    file = tmp_path / "answers.csv"
    file.write_text(STEPS)
    with pytest.raises(InputError, match="stands twice") as caught:
        read_table_responses(file, scale=(1, 6))
    assert "columns={'step': 'checkpoint'}" in str(caught.value)
    read = read_table_responses(file, scale=(1, 6), **named)
    assert read.frame["step"].unique().tolist() == [0, 100]
    assert str(read.frame["step"].dtype) == "Int64"
    found = stance_drift(read, replicates=50, permutations=99, seed=1)
    assert found.meta["specification"]["step"] == "step"
    file.write_text(STEPS.replace("checkpoint", "step"))
    pd.testing.assert_frame_equal(
        read_table_responses(file, scale=(1, 6)).frame.drop(columns="source_sha256"),
        read.frame.drop(columns="source_sha256"),
    )


def test_scores_over_several_steps_say_so(tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text(STEPS.replace("checkpoint", "step"))
    read = read_table_responses(file, scale=(1, 6))
    assert any("2 steps are pooled" in note for note in pooled_warnings(pooled_levels(read.frame)))
