"""Responses as shares: counted by hand, matched with people's options, and the same similarity as shares give."""

import numpy as np
import pandas as pd
import pytest

from valuestats import answer_shares, country_similarity, steering_effect
from valuestats.base.errors import SpecificationError
from valuestats.instruments.scale import AnswerScale
from valuestats.tables import Population, Responses

ROW = {"epoch": 1, "raw": "x", "source_file": "f", "source_sha256": "0"}


def responses(rows, **columns):
    """Rows of model, item, code; no code is a refusal."""
    frame = pd.DataFrame(rows, columns=["model", "item", "answer"]).assign(**{**ROW, **columns})
    frame["epoch"] = frame.groupby(["model", "item", *columns], dropna=False).cumcount() + 1
    frame["status"] = np.where(frame["answer"].isna(), "refusal", "valid")
    return Responses(frame.assign(source_row=range(len(frame))))


def people(options=("Agree", "Neither", "Disagree"), positions=(1, 2, 3), questions=("q1", "q2"), **columns):
    rows = [
        (group, question, option, position, share)
        for group, shares in (("Chile", (0.5, 0.3, 0.2)), ("Peru", (0.2, 0.2, 0.6)))
        for question in questions
        for option, position, share in zip(options, positions, shares, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["group", "question", "option", "position", "share"])
    return Population(frame.assign(**columns))


ANSWERS = [("m", "q1", 1), ("m", "q1", 1), ("m", "q1", 3), ("m", "q1", None), ("m", "q2", 2), ("n", "q1", 3)]


def shares(found):
    return found.frame.set_index(["group", "question", "option"])["share"].to_dict()


def test_shares_are_counted_over_valid_answers():
    found = answer_shares(responses(ANSWERS), options={1: "yes", 2: "perhaps", 3: "no"})
    assert shares(found) == pytest.approx(
        {
            ("m", "q1", "yes"): 2 / 3, ("m", "q1", "perhaps"): 0, ("m", "q1", "no"): 1 / 3,
            ("m", "q2", "yes"): 0, ("m", "q2", "perhaps"): 1, ("m", "q2", "no"): 0,
            ("n", "q1", "yes"): 0, ("n", "q1", "perhaps"): 0, ("n", "q1", "no"): 1,
        }
    )  # fmt: skip
    row = found.frame[(found.frame["group"] == "m") & (found.frame["question"] == "q1")].iloc[0]
    assert (row["n"], row["n_asked"]) == (3, 4)


def test_statuses_may_be_options():
    found = answer_shares(responses(ANSWERS), options={1: "yes", 2: "perhaps", 3: "no"}, no_answer="include")
    own = found.frame[(found.frame["group"] == "m") & (found.frame["question"] == "q1")]
    assert dict(zip(own["option"], own["share"], strict=True)) == {
        "yes": 0.5, "perhaps": 0, "no": 0.25, "refusal": 0.25
    }  # fmt: skip
    assert own["position"].is_monotonic_increasing


def test_codes_without_texts_are_their_own():
    found = answer_shares(responses(ANSWERS))
    assert set(found.frame["option"]) == {"1", "2", "3"}


def test_groups_of_several_columns_stay_columns():
    found = answer_shares(responses(ANSWERS, wording="v1"), by=["model", "wording"])
    assert set(found.frame["group"]) == {"m × v1", "n × v1"}
    assert set(found.frame["wording"]) == {"v1"}
    assert set(found.frame["model"]) == {"m", "n"}


@pytest.mark.parametrize(
    "options",
    [
        AnswerScale({1: "DISAGREE", 2: "neither.", 3: "agree"}),
        {1: "disagree", 2: "Neither", 3: " Agree "},
        {q: {1: "Disagree", 2: "neither", 3: "**agree**"} for q in ("q1", "q2")},
    ],
)
def test_options_are_matched_by_text_and_stand_where_people_have_them(options):
    """Code 1 is the people's third option."""
    found = answer_shares(responses(ANSWERS), options=options, like=people(ordered=True))
    own = found.frame[(found.frame["group"] == "m") & (found.frame["question"] == "q1")]
    assert own["option"].tolist() == ["Agree", "Neither", "Disagree"]
    assert own["share"].tolist() == pytest.approx([1 / 3, 0, 2 / 3])
    assert own["ordered"].all()


def test_without_texts_codes_are_matched_by_peoples_codes_and_never_by_place():
    """The third of people's options has code 1: places would give the shares of their neighbours."""
    turned = people()
    turned.frame["code"] = turned.frame["position"].map({1: 3, 2: 2, 3: 1})
    assert shares(answer_shares(responses(ANSWERS), like=turned))["m", "q1", "Disagree"] == pytest.approx(
        2 / 3
    )
    numbers = answer_shares(responses(ANSWERS), like=people(options=("3", "2", "1")))
    assert shares(numbers)["m", "q1", "1"] == pytest.approx(2 / 3)
    with pytest.raises(SpecificationError, match="words and the answers bare codes") as caught:
        answer_shares(responses(ANSWERS), like=people())
    assert "codes 1, 3; options Agree, Neither, Disagree" in str(caught.value)
    assert "options={code: text}" in str(caught.value)
    with pytest.raises(SpecificationError, match="none of the options") as caught:
        answer_shares(responses(ANSWERS), like=people(options=("0", "1", "2")))
    assert "3 of q1" in str(caught.value)


@pytest.mark.parametrize(("theirs", "ours"), [(0, 1), (1, 0)])
def test_codes_that_count_from_elsewhere_are_not_taken_for_their_neighbours(theirs, ours):
    names = ("q1", "q2", "q3")
    told = people(options=tuple(str(k + theirs) for k in range(3)), questions=names)
    asked = responses([("m", q, k + ours) for q in names for k in (0, 1)])
    with pytest.raises(SpecificationError, match=f"count from {theirs}, the answers' from {ours}"):
        country_similarity(asked, told)


def test_an_option_that_nobody_of_a_survey_chose_is_a_share_of_nought():
    told = people()
    told.frame["people"] = 40  # counted from single answers
    scale = {1: "Agree", 2: "Neither", 3: "Disagree", 4: "Disagree strongly"}
    found = answer_shares(responses([*ANSWERS, ("m", "q1", 4)]), options=scale, like=told)
    assert shares(found)["m", "q1", "Disagree strongly"] == pytest.approx(0.25)
    assert found.frame.loc[found.frame["option"] == "Disagree strongly", "position"].unique() == [4]
    with pytest.raises(SpecificationError, match="none of the options"):  # published shares hold all options
        answer_shares(responses([*ANSWERS, ("m", "q1", 4)]), options=scale, like=people())


@pytest.mark.parametrize("column", ["persona", "condition"])
def test_answers_under_several_personas_or_conditions_are_not_pooled(column):
    made = [responses(ANSWERS, **{column: name}).frame for name in (None, "Chile", "Peru")]
    asked = Responses(pd.concat(made, ignore_index=True).assign(source_row=range(3 * len(ANSWERS))))
    with pytest.raises(SpecificationError, match=f"several {column}s would be pooled") as caught:
        answer_shares(asked, by="model")
    assert "Chile, Peru; and none" in str(caught.value)
    assert set(answer_shares(asked, by=["model", column]).frame[column].dropna()) == {"Chile", "Peru"}


def test_questions_that_do_not_match_are_named_or_left_out():
    rows = [*ANSWERS, ("m", "q3", 9)]
    options = {1: "agree", 2: "neither", 3: "disagree"}
    three = people(questions=("q1", "q2", "q3"))
    with pytest.raises(SpecificationError, match="answers to 1 question are none") as caught:
        answer_shares(responses(rows), options=options, like=three)
    assert "9 of q3" in str(caught.value)
    left = answer_shares(responses(rows), options=options, like=three, unmatched="leave_out")
    assert set(left.frame["question"]) == {"q1", "q2"}
    with pytest.raises(SpecificationError, match="share no question"):
        answer_shares(responses(rows), like=people(questions=("other",)))
    with pytest.raises(SpecificationError, match="none of the options"):
        answer_shares(responses(rows), options={5: "x"}, unmatched="leave_out")


def test_what_makes_no_sense_is_refused():
    with pytest.raises(SpecificationError, match="no valid answer"):
        answer_shares(responses([("m", "q1", None)]))
    with pytest.raises(SpecificationError, match="two codes have one text"):
        answer_shares(responses(ANSWERS), options={1: "a", 2: "a", 3: "b"})
    with pytest.raises(SpecificationError, match="a group needs a name"):
        answer_shares(responses(ANSWERS), by="persona")
    with pytest.raises(SpecificationError, match="no statuses"):
        answer_shares(responses(ANSWERS), like=people(), no_answer="include")


def test_similarity_of_responses_is_that_of_their_shares():
    rng = np.random.default_rng(0)
    names = [f"q{k}" for k in range(8)]
    rows = [(m, q, int(rng.integers(1, 4))) for m in "mn" for q in names for _ in range(5)]
    asked, wanted = responses(rows), people(options=("1", "2", "3"), questions=names)
    direct = country_similarity(asked, wanted, replicates=50, seed=1).estimates
    other = country_similarity(answer_shares(asked, like=wanted), wanted, replicates=50, seed=1).estimates
    pd.testing.assert_frame_equal(direct, other)


def test_personas_are_conditions_and_no_part_of_the_name():
    rng = np.random.default_rng(0)
    names = [f"q{k}" for k in range(8)]
    made = [
        responses([("m", q, int(rng.integers(1, 4))) for q in names for _ in range(5)], persona=persona).frame
        for persona in (None, "Chile", "Peru")
    ]
    frame = pd.concat(made, ignore_index=True).assign(source_row=range(120))
    told = people(options=("1", "2", "3"), questions=names)
    found = answer_shares(Responses(frame), like=told)
    assert set(found.frame["group"]) == {"m"}
    assert set(found.frame["persona"].dropna()) == {"Chile", "Peru"}
    effect = steering_effect(Responses(frame), told, replicates=20, seed=1)
    assert effect.estimates["estimate"].notna().any()
