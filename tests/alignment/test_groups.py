"""Shares of groups from single answers, by hand and against the R-like formulae written out."""

import numpy as np
import pandas as pd
import pytest

from valuestats.alignment.groups import group_shares
from valuestats.base.errors import InputError, SpecificationError


@pytest.fixture
def survey():
    return pd.DataFrame(
        {
            "respondent": [1, 2, 3, 4, 5, 1, 2, 6],
            "question": ["q"] * 5 + ["r"] * 3,
            "option": ["yes", "no", "no", None, "yes", "a", "b", "a"],
            "age": ["old", "old", "young", "young", "young", "old", "old", None],
            "sex": ["f", "m", "m", "m", "f", "f", "m", "f"],
            "w": [2.0, 1.0, 1.0, 1.0, 3.0, 2.0, 1.0, 5.0],
        }
    )


def test_weighted_shares_effective_numbers_and_unchosen_options(survey):
    found = group_shares(survey, ["age"], weight="w").frame.set_index(["group", "question", "option"])
    assert found.loc[("old", "q", "yes"), "share"] == pytest.approx(2 / 3)
    assert found.loc[("old", "q", "yes"), "n"] == pytest.approx(9 / 5)  # (2+1)² / (4+1)
    assert found.loc[("young", "q", "yes"), "share"] == pytest.approx(3 / 4)
    assert found.loc[("young", "q", "no"), "people"] == 2  # respondent 4 gave no answer
    crossed = group_shares(survey, ["age", "sex"]).frame.set_index(["group", "question", "option"])["share"]
    assert crossed["old × f", "q", "no"] == 0
    assert crossed["young × m", "q", "no"] == 1


def test_duplicating_every_respondent_changes_the_number_and_not_the_shares(survey):
    twice = pd.concat([survey, survey.assign(respondent=survey["respondent"] + 100)], ignore_index=True)
    one, two = (group_shares(t, ["age"], weight="w").frame for t in (survey, twice))
    assert one["share"].to_numpy() == pytest.approx(two["share"].to_numpy())
    assert 2 * one["n"].to_numpy() == pytest.approx(two["n"].to_numpy())
    scaled = group_shares(survey.assign(w=7 * survey["w"]), ["age"], weight="w").frame
    pd.testing.assert_frame_equal(scaled, one)


@pytest.mark.parametrize(
    ("change", "error", "parameter"),
    [
        (lambda t: t.drop(columns="age"), SpecificationError, "respondents"),
        (lambda t: pd.concat([t, t]), InputError, "respondent, question"),
        (lambda t: t.assign(w=-1.0), InputError, "w"),
        (lambda t: t.assign(w=np.nan), InputError, "w"),
        (lambda t: t.assign(w=0.0), InputError, "respondents"),
        (lambda t: t.assign(option=None), InputError, "respondents"),
    ],
)
def test_what_is_no_survey_is_refused(survey, change, error, parameter):
    with pytest.raises(error) as caught:
        group_shares(change(survey), ["age"], weight="w")
    assert caught.value.parameter == parameter


def test_too_small_groups_are_left_out(survey):
    assert group_shares(survey, ["age"], least=2).frame["people"].min() == 2
    with pytest.raises(SpecificationError, match="large enough"):
        group_shares(survey, ["age"], least=50)
