"""The verb `population_shares`: R's numbers on a labelled survey, groups, no answers, refusals of bad designs."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_survey
from valuestats.results.result import Result
from valuestats.surveys.people import as_population
from valuestats.surveys.shares import population_shares
from valuestats.tables import Survey, SurveyDesign

R = Path(__file__).parents[1] / "r"
LABELS = {"q": {1: "never", 2: "seldom", 3: "often", 4: "always", 8: "Don't know", 9: "Refusal"}}
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
EXACT = 1e-8


@pytest.fixture(scope="module")
def survey():
    return read_survey(R / "survey_sample.csv", design=DESIGN, labels=LABELS)


@pytest.fixture(scope="module")
def expected():
    frame = pd.read_csv(R / "survey.csv", comment="#")
    return frame[frame["case"] == "adjust"]


def test_r_on_all_groups_and_intersections(survey, expected):
    for by in (None, "sex", ["sex", "age"]):
        found = population_shares(survey, "q", by=by, single_psu="centre").estimates
        found = found.assign(key=found["group"].str.replace(" | ", " ")).set_index("key")
        for group in found.index.unique():
            r = expected[expected["group"] == group]
            ours = found.loc[[group]]
            assert ours["estimate"].to_numpy() == pytest.approx(r["estimate"].to_numpy(), abs=EXACT)
            assert ours["std_error"].to_numpy() == pytest.approx(r["std_error"].to_numpy(), abs=EXACT)
            assert ours[["lower", "upper"]].to_numpy() == pytest.approx(
                r[["lower", "upper"]].to_numpy(), abs=EXACT
            )
            assert ours["n_effective"].to_numpy() == pytest.approx(
                (ours["n_scored"] / r["deff"].to_numpy()).to_numpy()
            )


def test_what_is_no_answer_stands_beside_or_inside(survey):
    beside = population_shares(survey, "q", single_psu="remove")
    d = pd.read_csv(R / "survey_sample.csv")
    refused = d.loc[d["q"] == 9, "weight"].sum() / d["weight"].sum()
    reported = {row["class"]: row for row in beside.meta["no_answer"]}
    assert reported["refused"]["share"] == pytest.approx(refused)
    assert reported["refused"]["n"] == (d["q"] == 9).sum()
    assert beside.estimates["option"].tolist() == ["never", "seldom", "often", "always"]
    assert beside.estimates["estimate"].sum() == pytest.approx(1)
    inside = population_shares(survey, "q", single_psu="remove", no_answer="include").estimates
    assert inside["option"].tolist()[4:] == ["dont know", "refused"]
    assert inside["estimate"].iloc[5] == pytest.approx(refused)
    assert (inside["n_scored"] == (d["weight"] > 0).sum()).all()


def test_not_asked_is_in_no_base():
    frame = pd.DataFrame({"q": [1.0, 2, 1, -4, -4, -3, -1, np.nan]})
    survey = Survey(frame, {"q": _variable()})
    for policy, n in (("exclude", 3), ("include", 4)):
        found = population_shares(survey, "q", no_answer=policy).estimates
        assert found["n_scored"].tolist()[0] == n
        assert found["n_asked"].tolist()[0] == 5  # the empty cell was asked, for all one knows


def _variable():
    from valuestats.tables import Variable

    missing = {-4.0: "not_asked", -3.0: "not_applicable", -1.0: "dont_know"}
    return Variable("q", labels={1.0: "yes", 2.0: "no", 3.0: "maybe"}, missing=missing)


def test_an_option_that_nobody_chose_has_a_share_of_zero_and_a_limit():
    found = population_shares(Survey(pd.DataFrame({"q": [1.0, 2, 1, 2]}), {"q": _variable()}), "q").estimates
    maybe = found[found["option"] == "maybe"].iloc[0]
    assert (maybe["estimate"], maybe["lower"]) == (0, 0)
    assert maybe["upper"] == pytest.approx(1 - 0.025**0.25)


def test_a_stratum_with_one_cluster_is_named(survey):
    with pytest.raises(SpecificationError, match="one cluster only") as error:
        population_shares(survey, "q")
    assert "west" in str(error.value)
    assert "centre" in str(error.value)


def test_unweighted_and_zero_weights_are_said(survey):
    plain = Survey(survey.frame, survey.variables)
    assert "unweighted" in population_shares(plain, "q").meta["warnings"][0]
    notes = " ".join(population_shares(survey, "q", single_psu="remove").meta["warnings"])
    assert "1 of 208 respondents have weight zero" in notes


def test_groups_without_a_label_and_groups_without_answers():
    frame = pd.DataFrame({"q": [1.0, 2.0, np.nan, 1.0], "g": ["a", "a", "b", None]})
    found = population_shares(Survey(frame), "q", by="g")
    assert "1 of 4 respondents belong to no group" in " ".join(found.meta["warnings"])
    assert "no answer to a question, e.g. b" in " ".join(found.meta["warnings"])
    assert found.estimates.loc[found.estimates["group"] == "b", "estimate"].isna().all()
    assert as_population(found).groups == ["a"]


def test_a_population_with_effective_sizes(survey):
    found = population_shares(survey, "q", by="sex", single_psu="centre")
    people = as_population(found)
    assert len(people) == 8
    women = found.estimates[found.estimates["group"] == "f"]
    assert people.frame.loc[people.frame["group"] == "f", "n"].iloc[0] == pytest.approx(
        4 / (1 / women["n_effective"]).sum()
    )
    assert "ordered" not in people.frame.columns
    assert as_population(found, ordered=True).frame["ordered"].all()
    counted = as_population(found, n="scored").frame
    assert counted.loc[counted["group"] == "f", "n"].iloc[0] == women["n_scored"].iloc[0]


def test_dates_are_options_like_any_other():
    days = [dt.date(2021, 1, 1), dt.date(2020, 1, 1), None, dt.date(2021, 1, 1)]
    found = population_shares(Survey(pd.DataFrame({"day": days})), "day").estimates
    assert found["option"].tolist() == ["2020-01-01", "2021-01-01"]
    assert found["estimate"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_two_codes_with_one_label_stay_two_options():
    from valuestats.tables import Variable

    known = Variable("q", labels={1.0: "other", 2.0: "other", 3.0: "yes"})
    found = population_shares(Survey(pd.DataFrame({"q": [1.0, 2.0, 3.0]}), {"q": known}), "q").estimates
    assert found["option"].tolist() == ["other (1)", "other (2)", "yes"]


def test_one_person_and_all_the_same():
    with pytest.raises(SpecificationError, match="one cluster only"):
        population_shares(Survey(pd.DataFrame({"q": [1.0]})), "q")
    alone = population_shares(Survey(pd.DataFrame({"q": [1.0, 2.0], "g": ["a", "b"]})), "q", by="g").estimates
    assert alone["estimate"].tolist() == [1, 0, 0, 1]
    assert alone["lower"].isna().all()  # one person in a group: no degrees of freedom
    same = population_shares(Survey(pd.DataFrame({"q": [1.0] * 9})), "q").estimates.iloc[0]
    assert same["lower"] == pytest.approx(0.025 ** (1 / 9))


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"questions": []}, SpecificationError, "no question"),
        ({"questions": "qq"}, InputError, "no such variable"),
        ({"questions": "many"}, SpecificationError, "too many"),
        ({"questions": "none"}, SpecificationError, "no substantive answer"),
        ({"questions": "q", "by": "h"}, InputError, "no such variable"),
        ({"questions": "q", "by": ["g", "g"]}, SpecificationError, "twice"),
        ({"questions": "q", "by": "none"}, SpecificationError, "nobody"),
        ({"questions": "q", "level": 95}, SpecificationError, "impossible level"),
        ({"questions": "q", "interval": "wald"}, SpecificationError, "no such interval"),
        ({"questions": "q", "single_psu": "fail"}, SpecificationError, "no such single_psu"),
    ],
)
def test_what_cannot_be_asked(arguments, error, told):
    n = 300
    frame = pd.DataFrame({"q": [1.0] * n, "g": "a", "many": np.arange(n) / 7, "none": [np.nan] * n})
    with pytest.raises(error, match=told):
        population_shares(Survey(frame), **arguments)


def test_merging_identical_respondents_and_scaling_weights_change_no_share():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"q": rng.integers(1, 4, 60).astype(float), "w": rng.integers(1, 4, 60).astype(float)}
    )
    once = population_shares(Survey(frame, design=SurveyDesign("w")), "q").estimates
    counts = frame.loc[frame.index.repeat(frame["w"].astype(int))]
    many = population_shares(Survey(counts[["q"]]), "q").estimates
    assert once["estimate"].to_numpy() == pytest.approx(many["estimate"].to_numpy())
    scaled = population_shares(
        Survey(frame.assign(w=frame["w"] * 7), design=SurveyDesign("w")), "q"
    ).estimates
    assert once["std_error"].to_numpy() == pytest.approx(scaled["std_error"].to_numpy())


def test_save_and_load(survey, tmp_path):
    found = population_shares(survey, "q", by="sex", single_psu="centre")
    again = Result.load(found.save(tmp_path / "r"))
    pd.testing.assert_frame_equal(found.estimates, again.estimates, check_dtype=False)
    assert again.meta["no_answer"] == found.meta["no_answer"]


def test_options_in_words_stand_in_the_order_of_their_labels(tmp_path):
    order = ["Strongly agree", "Agree", "Disagree", "Strongly disagree"]
    file = tmp_path / "q.csv"
    file.write_text("q\n" + "\n".join([*sorted(order), "Don't know"]))
    given = read_survey(file, labels={"q": {text: text for text in order}})
    shares = population_shares(given, "q")
    assert shares.estimates["option"].tolist() == order
    people = as_population(shares).frame.sort_values("position")
    assert people["option"].tolist() == order
    assert list(given.variable("q").options) == order
    assert population_shares(read_survey(file), "q").estimates["option"].tolist() == sorted(order)
    ordered = pd.Series(pd.Categorical(sorted(order), categories=order, ordered=True))
    shares = population_shares(Survey(pd.DataFrame({"q": ordered})), "q")
    assert shares.estimates["option"].tolist() == order
