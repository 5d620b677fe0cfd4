"""A user's file of single answers, by person or by answer, becomes groups, with nothing lost on the way."""

import numpy as np
import pandas as pd
import pytest

from valuestats.alignment.ceiling import noise_ceiling
from valuestats.alignment.demographic import demographic_alignment
from valuestats.alignment.groups import group_shares
from valuestats.alignment.microdata import read_answers, read_frame, survey_answers
from valuestats.alignment.poststratification import poststratified_shares
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_survey
from valuestats.latent.sampling import Sampling
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


WORDS = ["Wholly for", "Rather for", "Rather against", "Wholly against"]


def words(tmp_path, names, **options):
    path = tmp_path / "words.csv"
    pd.DataFrame({"q": names * 3, "w": [1.0, 2.0, 0.5] * len(names)}).to_csv(path, index=False)
    return read_survey(path, **options)


def test_words_stand_in_the_order_that_labels_or_a_known_scale_give(tmp_path):
    given = survey_answers(words(tmp_path, sorted(WORDS), labels={"q": WORDS}), ["q"], ordered=True)
    order = given.drop_duplicates("option").sort_values("position")
    assert order["option"].tolist() == WORDS
    known = ["Strongly favor", "Favor", "Oppose", "Strongly oppose"]
    found = survey_answers(words(tmp_path, sorted(known)), ["q"])
    assert found.drop_duplicates("option").sort_values("position")["option"].tolist() == known
    assert found["ordered"].all()
    silent = words(tmp_path, WORDS)
    assert not survey_answers(silent, ["q"])["ordered"].any()
    with pytest.raises(SpecificationError, match="nothing tells the order of options in words") as caught:
        survey_answers(silent, ["q"], ordered=True)
    assert "labels={'q': [lowest, …, highest]}" in str(caught.value)


def test_codes_of_options_go_along_and_words_have_none(wide, tmp_path):
    long = survey_answers(read_survey(wide, labels=LABELS), ["q?"], by=["sex"])
    assert long["code"].dropna().tolist() == [1, 2, 2, 1]
    shares = group_shares(long, ["sex"]).frame
    assert shares.groupby("option")["code"].first().to_dict() == {"No": 2, "Yes": 1}
    assert "code" not in survey_answers(words(tmp_path, WORDS), ["q"]).columns


def test_declared_weights_are_used_unless_they_are_declined(wide):
    long = survey_answers(read_survey(wide, design={"weight": "w"}, labels=LABELS), ["q?"], by=["sex"])
    share = lambda **k: (  # noqa: E731
        group_shares(long, ["sex"], **k).frame.set_index(["group", "question", "option"])["share"]
    )
    assert share()["f", "q2", "No"] == pytest.approx(1.5 / 2.5)
    pd.testing.assert_series_equal(share(), share(weight="weight"))
    assert share(weight=None)["f", "q2", "No"] == pytest.approx(1 / 2)
    bare = long.drop(columns="weight")
    assert group_shares(bare, ["sex"]).frame["share"].tolist() == share(weight=None).tolist()


def test_every_verb_on_single_answers_takes_the_declared_weights_and_says_so():
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(60), 5)
    people = pd.DataFrame(
        {
            "respondent": who,
            "question": np.tile(list("abcde"), 60),
            "option": rng.choice(["no", "yes"], 300),
            "sex": np.where(who % 2, "f", "m"),
            "weight": rng.lognormal(0, 0.8, 60)[who],
        }
    )
    cells = pd.DataFrame({"sex": ["f", "m"], "count": [5, 6]})
    model = group_shares(people.assign(sex="model"), ["sex"], weight=None)
    calls = {
        "ceiling": lambda **k: noise_ceiling(people, ["sex"], splits=4, replicates=20, **k),
        "alignment": lambda **k: demographic_alignment(model, people, ["sex"], replicates=20, **k),
        "cells": lambda **k: poststratified_shares(people, ["sex"], cells, sampling=Sampling(draws=40), **k),
    }
    for name, call in calls.items():
        declared, named, none = call(), call(weight="weight"), call(weight=None)
        pd.testing.assert_frame_equal(declared.estimates, named.estimates)
        assert not np.allclose(declared.estimates["estimate"], none.estimates["estimate"]), name
        assert declared.meta["specification"]["weight"] == "weight"
        assert "weight" in declared.sentence()
        assert "unweighted" not in declared.sentence()
        assert "unweighted" in none.sentence()
        assert any("as was asked for, though the answers carry" in w for w in none.meta["warnings"])


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
