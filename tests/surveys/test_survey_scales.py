"""Codes against an instrument: direction by labels and by data, codes off the scale, on simulated and on real answers."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.ingest import read_survey
from valuestats.instruments import load_instrument
from valuestats.results.storage import read_artifact, write_artifact
from valuestats.surveys.scale_answers import scale_answers
from valuestats.surveys.scales import HIGHEST, LOWEST, scale_check, turn_codes
from valuestats.tables import Survey, SurveyDesign, Variable

UP = {float(c): t for c, t in load_instrument("pvq21").scale.options.items()}
DOWN = {7 - c: t for c, t in UP.items()}


def answers(direction, labels=None, n=80):
    pvq, rng = load_instrument("pvq21"), np.random.default_rng(1)
    dimension = {i: d for d, content in pvq.families["pvq"].items() for i in content.items}
    shift = {d: 1 if d in HIGHEST else -1 if d in LOWEST else 0 for d in pvq.families["pvq"]}
    frame = pd.DataFrame(
        {f"v{i}": np.clip(rng.integers(2, 6, n) + shift[dimension[str(i)]], 1, 6) for i in range(1, 22)},
        dtype=float,
    )
    frame = frame if direction == "up" else 7 - frame
    known = {c: Variable(c, labels=labels) for c in frame.columns} if labels else {}
    return Survey(frame, known)


@pytest.mark.parametrize(
    ("direction", "labels", "by_labels", "by_data", "told"),
    [
        ("up", None, "not told", "as the instrument", "as the instrument's, by the data"),
        ("down", None, "not told", "turned round", "(7 - x)"),
        ("up", UP, "as the instrument", "as the instrument", "as the instrument's, by the labels"),
        ("down", DOWN, "turned round", "turned round", "(7 - x)"),
        ("up", DOWN, "turned round", "as the instrument", "CONTRADICTION"),
    ],
)
def test_direction_by_labels_and_by_data(direction, labels, by_labels, by_data, told):
    survey = answers(direction, labels)
    found = scale_check(survey, "pvq21", list(survey.frame.columns))
    assert (found.by_labels, found.by_data) == (by_labels, by_data)
    assert told in found.to_text()


def test_codes_turned_round_are_the_instruments():
    survey = answers("down", DOWN)
    turned = turn_codes(survey, list(survey.frame.columns), 1, 6)
    assert not scale_check(turned, "pvq21", list(survey.frame.columns)).turned
    assert turned.variable("v1").labels == UP
    back = turn_codes(turned, list(survey.frame.columns), 1, 6)
    pd.testing.assert_frame_equal(back.frame, survey.frame)


def test_codes_off_the_scale_and_no_direction_without_answers():
    survey = answers("up")
    survey.frame.loc[0, "v3"] = 0
    survey.frame.loc[1, "v3"] = 9
    found = scale_check(survey, "pvq21", list(survey.frame.columns))
    assert found.items.set_index("variable").loc["v3", "off_scale"] == "0 (1), 9 (1)"
    assert "2 answers are codes that the scale 1 to 6 doesn't have" in found.to_text()
    few = scale_check(Survey(survey.frame.head(1)), "pvq21", list(survey.frame.columns))
    assert few.by_data == "not told"
    some = scale_check(survey, "pvq21", {"v3": "3"})  # one item: no contrast
    assert (some.by_data, some.n) == ("not told", 0)


def test_items_that_cannot_be():
    survey = answers("up")
    with pytest.raises(SpecificationError, match="not as many"):
        scale_check(survey, "pvq21", ["v1"])
    with pytest.raises(SpecificationError, match="no such item"):
        scale_check(survey, "pvq21", {"v1": "99"})
    with pytest.raises(SpecificationError, match="no such family"):
        scale_check(survey, "pvq21", {"v1": "1"}, family="bfi")


def test_a_survey_is_kept_without_loss(tmp_path):
    frame = pd.DataFrame({"q": [1.0, ".a", "NA", 2.5, np.nan], "t": ["a", None, "b", "c", "d"]})
    frame["q"] = frame["q"].astype(object)
    known = {
        "q": Variable(
            "q", "Q?", {1.0: "yes", ".a": "Refusal"}, {".a": "refused"}, ((-5.0, -1.0),), "ascending"
        )
    }
    survey = Survey(frame, known)
    write_artifact(survey, tmp_path)
    again = read_artifact(tmp_path)
    assert again.frame["q"].tolist()[:4] == [1.0, ".a", "NA", 2.5]
    assert again.status("q").tolist() == survey.status("q").tolist()
    assert again.variables == survey.variables
    assert again.design == survey.design


@pytest.fixture
def people():
    folder = Path(os.environ.get("VALUESTATS_LOCAL", "")) / "human_values"
    if not os.environ.get("VALUESTATS_LOCAL") or not folder.is_dir():
        pytest.skip("local tables of human values are not at hand (VALUESTATS_LOCAL)")
    return folder


@pytest.mark.local
def test_the_general_social_survey_runs_as_the_instrument(people):
    survey = read_survey(people / "gss2012_pvq21.csv")
    found = scale_check(survey, "pvq21", list(survey.frame.columns))
    assert len(survey) == 1255
    assert found.by_data == "as the instrument"  # its README says 6 = very much like me
    assert found.items["n_off_scale"].sum() == 0


@pytest.mark.local
def test_the_pvq40_of_smacof_is_turned_round_and_has_zeros(people):
    survey = read_survey(people / "smacof_PVQ40_raw.csv")
    columns = list(survey.frame.columns[1:41])
    found = scale_check(survey, "pvq40", columns)
    assert found.by_data == "turned round"
    assert "(7 - x)" in found.to_text()
    assert found.items["n_off_scale"].sum() == 11
    assert set(found.items.loc[found.items["n_off_scale"] > 0, "off_scale"]) <= {"0 (1)", "0 (2)"}
    declared = read_survey(people / "smacof_PVQ40_raw.csv", missing={"[a-z][a-z][0-9]": {0: "no_answer"}})
    assert scale_check(declared, "pvq40", columns).items["n_off_scale"].sum() == 0
    assert (declared.status("co4") == "no_answer").sum() == 2


@pytest.mark.parametrize(("name", "family"), [("bfi10", "bfi"), ("mfq2", "mfq"), ("pvq21", "pvq")])
def test_the_family_is_the_instrument_s_own_where_none_is_named(name, family):
    chosen = load_instrument(name)
    items = {i for d in chosen.families[family].values() for i in d.items}
    low, high = map(int, chosen.scale.bounds)
    codes = np.random.default_rng(2).integers(low, high + 1, (40, len(items))).astype(float)
    survey = Survey(pd.DataFrame(codes, columns=[f"v{i}" for i in sorted(items)]))
    pairs = {f"v{i}": i for i in items}
    assert scale_check(survey, name, pairs).items.equals(
        scale_check(survey, name, pairs, family=family).items
    )
    assert set(scale_answers(survey, name, pairs)["item"]) == items


def test_an_instrument_without_items_is_refused():
    with pytest.raises(SpecificationError, match="declares no items"):
        scale_check(answers("up"), "value_portrait", ["v1"])


def test_answers_in_words_are_the_scales_codes_and_others_are_refused():
    pvq = load_instrument("pvq21")
    words = {f"q{i}": [pvq.scale.options[1].upper(), pvq.scale.options[6] + "."] for i in range(1, 22)}
    found = scale_answers(Survey(pd.DataFrame(words)), pvq, list(words))
    assert found["rating"].tolist() == [1.0, 6.0] * 21
    words["q3"] = ["Fully true", pvq.scale.options[2]]
    with pytest.raises(SpecificationError, match="answers in words that are none of the scale's") as caught:
        scale_answers(Survey(pd.DataFrame(words)), pvq, list(words))
    assert "'Fully true' (1 answers, first of q3)" in str(caught.value)


def test_declared_weights_go_along():
    frame = pd.DataFrame({f"q{i}": [1.0, 6.0] for i in range(1, 22)} | {"w": [0.5, 2.0]})
    items = [f"q{i}" for i in range(1, 22)]
    weighted = Survey(frame, design=SurveyDesign("w"))
    assert scale_answers(weighted, "pvq21", items)["weight"].tolist() == [0.5, 2.0] * 21
    assert "weight" not in scale_answers(Survey(frame), "pvq21", items).columns
