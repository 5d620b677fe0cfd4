"""A user's file of single answers, by person or by answer, becomes groups, with nothing lost on the way."""

import numpy as np
import pandas as pd
import pytest

from valuestats.alignment.demographic import demographic_alignment
from valuestats.alignment.groups import group_shares
from valuestats.alignment.microdata import read_answers, read_frame, survey_answers
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_survey
from valuestats.study import run_study
from valuestats.tables import Survey
from valuestats.tables.survey import Variable

WIDE = "id,sex,w,q1,q2\n007,1,1.5,1,2\n008,2,0.5,2,9\n009,1,1,,1\n"
LABELS = {"q*": {1: "Yes", 2: "No", 9: "Don't know"}, "sex": {1: "f", 2: "m"}}


@pytest.fixture
def wide(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(WIDE)
    return path


def test_a_file_of_one_row_per_person(wide):
    survey = read_survey(wide, design={"weight": "w"}, labels=LABELS)
    long = survey_answers(survey, ["q?"], by=["sex"])
    assert len(long) == 6
    assert long["option"].tolist()[:2] == ["Yes", "No"]
    assert long["option"].isna().tolist() == [False, False, True, False, True, False]
    assert long["position"].dropna().tolist() == [0, 1, 1, 0]
    assert long["ordered"].all()
    shares = group_shares(long, ["sex"], weight="weight").frame.set_index(["group", "question", "option"])[
        "share"
    ]
    assert shares["f", "q2", "No"] == pytest.approx(1.5 / 2.5)
    assert shares["m", "q1", "Yes"] == 0


def test_codes_without_labels_and_codes_of_one_label():
    frame = pd.DataFrame({"a": [3.0, 1.0, np.nan], "b": [1.0, 2.0, 2.0]})
    survey = Survey(frame, {"b": Variable("b", "B?", {1.0: "other", 2.0: "other"})})
    long = survey_answers(survey, ["a", "b"])
    assert long["option"].tolist()[:2] == ["3", "1"]
    assert long["position"].tolist()[:2] == [1, 0]
    assert set(long.loc[long["question"] == "b", "option"]) == {"other (1)", "other (2)"}
    assert "weight" not in long.columns
    assert survey_answers(survey, ["a"], ordered=True)["ordered"].all()


def test_what_cannot_be_read_is_refused(wide, tmp_path):
    survey = read_survey(wide)
    with pytest.raises(InputError, match="no such variable"):
        survey_answers(survey, ["z*"])
    with pytest.raises(SpecificationError, match="a question and a group"):
        survey_answers(survey, ["q1"], by=["q1"])
    with pytest.raises(SpecificationError, match="no questions"):
        survey_answers(survey, [])
    with pytest.raises(InputError, match="a column is missing"):
        read_answers(wide)
    with pytest.raises(InputError, match="no such column"):
        read_answers(wide, {"respondent": "caseid"})
    silent = Survey(pd.DataFrame({"q": [9.0]}), {"q": Variable("q", "", {9.0: "?"}, {9.0: "refused"})})
    with pytest.raises(InputError, match="no substantive answer"):
        survey_answers(silent, ["q"])


def test_a_table_of_one_answer_a_row(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("who,question,option,position,n\n007,q,Yes,0,4\n008,q,No,1,\n")
    frame = read_answers(path, {"respondent": "who"})
    assert frame["respondent"].tolist() == ["007", "008"]  # a code, not a number
    assert frame["ordered"].all()
    assert frame["n"].tolist()[0] == 4
    assert np.isnan(frame["n"].tolist()[1])
    frame.to_parquet(tmp_path / "answers.parquet")
    assert read_frame(tmp_path / "answers.parquet")["position"].tolist() == [0, 1]


def test_a_study_file_aligns_with_groups_without_code(wide, tmp_path):
    models = (
        "group,question,option,position,share\nm,q1,Yes,0,0.5\nm,q1,No,1,0.5\nm,q2,Yes,0,1\nm,q2,No,1,0\n"
    )
    (tmp_path / "models.csv").write_text(models)
    (tmp_path / "study.yml").write_text(
        """
study: mine
title: Mine
seed: 1
steps:
  wave: {verb: read_survey, path: {file: people.csv}, design: {weight: w},
    labels: {"q*": {1: "Yes", 2: "No", 9: "Don't know"}, sex: {1: f, 2: m}}}
  people: {verb: survey_answers, survey: "@wave", questions: ["q*"], by: [sex]}
  models: {verb: read_model_answers, path: {file: models.csv}}
  aligned: {verb: demographic_alignment, answers: "@models", respondents: "@people", by: [sex], weight: weight,
    replicates: 50}
reports: []
"""
    )
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    found = run.load("aligned")
    survey = read_survey(wide, design={"weight": "w"}, labels=LABELS)
    same = demographic_alignment(
        run.load("models"),
        survey_answers(survey, ["q1", "q2"], by=["sex"]),
        ["sex"],
        weight="weight",
        replicates=50,
        seed=1,
    )
    assert found.estimates["estimate"].tolist() == same.estimates["estimate"].tolist()
    assert set(found.estimates["group"]) == {"f", "m"}
