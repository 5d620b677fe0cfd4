"""Raking: R's weights, a closed form, convergence, trimming, and margins that cannot be met."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_survey
from valuestats.surveys.raking import rake
from valuestats.surveys.shares import population_shares
from valuestats.tables import Survey, SurveyDesign, Variable

pytest.importorskip("balance", reason="the extra valuestats[survey] is not installed")

R = Path(__file__).parents[1] / "r"
MARGINS = {"sex": {"f": 0.51, "m": 0.49}, "age": {"18-34": 0.27, "35-59": 0.42, "60+": 0.31}}


@pytest.fixture(scope="module")
def survey():
    return read_survey(R / "survey_sample.csv", design={"weight": "weight"})


def test_the_weights_are_those_of_r(survey):
    found = rake(survey, MARGINS)
    r = pd.read_csv(R / "survey_raked.csv", comment="#").set_index("id")["weight"]
    ours = pd.Series(found.survey.weights(), index=survey.frame["id"])
    assert ours.loc[6] == 0  # its design weight is zero
    assert ours.loc[r.index].to_numpy() == pytest.approx(r.to_numpy(), rel=1e-8)
    assert ours.sum() == pytest.approx(survey.weights().sum())
    assert found.deviation < 1e-9
    assert found.n_kish == pytest.approx(ours.sum() ** 2 / (ours**2).sum())
    assert found.max_weight == pytest.approx(ours.max() / ours[ours > 0].mean())
    table = found.margins.set_index(["variable", "category"])
    assert table.loc[("age", "60+"), "after"] == pytest.approx(0.31)
    assert table.loc[("sex", "f"), "before"] != pytest.approx(0.51)


def test_one_margin_is_poststratification():
    people = Survey(pd.DataFrame({"g": ["a"] * 30 + ["b"] * 10}))
    found = rake(people, {"g": {"a": 0.2, "b": 0.8}})
    weights = found.survey.weights()
    assert weights[0] == pytest.approx(0.2 * 40 / 30)
    assert weights[-1] == pytest.approx(0.8 * 40 / 10)


def test_raked_shares_use_the_weights_and_say_so(survey):
    raked = rake(survey, MARGINS).survey
    shares = population_shares(raked, "age")
    assert shares.estimates["estimate"].tolist() == pytest.approx([0.27, 0.42, 0.31])
    assert any("raked" in note for note in shares.meta["warnings"])
    again = rake(raked, MARGINS).survey  # margins that are met already change nothing
    assert again.weights() == pytest.approx(raked.weights(), rel=1e-7)


def test_labels_and_codes_name_the_same_category():
    people = Survey(
        pd.DataFrame({"sex": [1.0, 1, 2, 1, 2], "w": [1.0, 2, 1, 1, 1]}),
        {"sex": Variable("sex", labels={1.0: "man", 2.0: "woman"})},
        SurveyDesign("w"),
    )
    by_label = rake(people, {"sex": {"man": 0.5, "woman": 0.5}}).survey.weights()
    assert by_label == pytest.approx(rake(people, {"sex": {1: 0.5, 2: 0.5}}).survey.weights())


def test_trimmed_weights_stay_below_the_limit_and_say_what_it_costs():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"a": rng.choice(["x", "y"], 300, p=[0.95, 0.05]), "b": rng.choice(["u", "v"], 300, p=[0.9, 0.1])}
    )
    margins = {"a": {"x": 0.5, "y": 0.5}, "b": {"u": 0.5, "v": 0.5}}
    free = rake(Survey(frame), margins)
    trimmed = rake(Survey(frame), margins, trim=4)
    assert free.max_weight > 8
    assert trimmed.max_weight == pytest.approx(4)
    assert trimmed.survey.weights().sum() == pytest.approx(300)
    assert trimmed.n_kish > free.n_kish
    assert trimmed.deviation > 0.01
    assert "distance from a margin" in trimmed.survey.findings["found"].iloc[-1]


def test_margins_that_contradict_the_data_do_not_converge():
    frame = pd.DataFrame({"a": ["x"] * 10 + ["y"] * 10, "b": ["u"] * 10 + ["v"] * 10})
    with pytest.raises(SpecificationError, match="did not converge"):
        rake(Survey(frame), {"a": {"x": 0.3, "y": 0.7}, "b": {"u": 0.6, "v": 0.4}}, max_iterations=50)


@pytest.mark.parametrize(
    ("margins", "error", "told"),
    [
        ({}, SpecificationError, "no margins"),
        ({"sexx": {"f": 1.0}}, InputError, "no such variable"),
        ({"sex": {"f": 0.5, "m": 0.4}}, SpecificationError, "add up to one"),
        ({"sex": {"f": 51, "m": 49}}, SpecificationError, "percentages"),
        ({"sex": {"f": 0.5, "m": 0.4, "d": 0.1}}, SpecificationError, "nobody is in a category"),
        ({"sex": {"f": 1.0}}, SpecificationError, "that the margin lacks"),
        ({"sex": {"f": 1.0, "m": 0.0}}, SpecificationError, "positive number"),
        ({"sex": {"f": 0.5, "m": float("nan")}}, SpecificationError, "positive number"),
    ],
)
def test_margins_that_cannot_be(survey, margins, error, told):
    with pytest.raises(error) as caught:
        rake(survey, margins)
    assert told in str(caught.value)


def test_respondents_without_a_value_and_a_limit_below_the_mean(survey):
    frame = pd.DataFrame({"g": ["a", "b", None]})
    with pytest.raises(SpecificationError, match="no valid value"):
        rake(Survey(frame), {"g": {"a": 0.5, "b": 0.5}})
    with pytest.raises(SpecificationError, match="below their mean"):
        rake(survey, MARGINS, trim=0.9)


def test_without_the_extra_the_error_names_it(survey, monkeypatch):
    for name in [one for one in sys.modules if one.partition(".")[0] == "balance"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "balance", None)
    with pytest.raises(SpecificationError, match="needs the package balance") as error:
        rake(survey, MARGINS)
    assert "valuestats[survey]" in str(error.value)
