"""Defects of a table of choices are found whatever its columns are called; what stands twice or under two names is said."""

import numpy as np
import pandas as pd
import pytest

from valuestats import Choices, choice_strengths, fit_choice, pair_choices
from valuestats.base.errors import InputError, SpecificationError
from valuestats.choice.simulate import clean_truth, plant, simulate_pairs
from valuestats.results.storage import read_artifact, write_artifact


def planted(defect=None, seed=1, comparisons=900):
    rng = np.random.default_rng(seed)
    frame = simulate_pairs(clean_truth(rng), comparisons, rng)
    return plant(frame, defect, rng) if defect else frame


def fitted(frame, **more):
    return choice_strengths(
        pair_choices(frame, reads="places"), ties="davidson", prior_sd=2.0, draws=2, **more
    )


def against(result):
    return [r.text for r in result.verdict.reasons if r.sign == "care"]


NAMES = ["judge", "respondent", "rater", "annotator", "model", "annotator_id", "Judge"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("defect", "says"),
    [
        ("stuck judge", "judge 01 always chooses what stands in place 1"),
        ("duplicated judge", "judge 01 and judge copied made the same"),
        ("turned labels", "judge 01 puts the options in the opposite order of the other judges"),
    ],
)
def test_a_judge_is_found_whatever_the_column_is_called(name, defect, says):
    found = fitted(planted(defect).rename(columns={"model": name}), position=defect == "stuck judge")
    assert any(says in text for text in found.meta["warnings"])
    assert any(says in text for text in against(found))
    assert fitted(planted().rename(columns={"model": name})).meta["warnings"] == []


def test_a_judge_is_found_by_the_column_of_clusters():
    named = planted("stuck judge").rename(columns={"model": "voice"})
    says = "of voice judge 01 take what stands in place 1"
    assert any(says in text for text in against(fitted(named, position=True, cluster="voice")))
    assert not any("take what stands" in text for text in fitted(named, position=True).meta["warnings"])
    clean = planted().rename(columns={"model": "voice"})
    assert not against(fitted(clean, position=True, cluster="voice"))[1:]  # that eight clusters are few


def test_models_by_formula_find_the_judge_too():
    choices = pair_choices(planted("stuck judge").rename(columns={"model": "judge"}), reads="places")
    found = fit_choice("utility ~ 0 + option + position", choices, ties="davidson", engine="ml")
    assert any("always chooses" in text for text in against(found.result))


def test_rows_that_stand_twice_are_said_and_counted():
    frame = planted().rename(columns={"model": "judge"}).assign(question=np.arange(900))
    assert fitted(frame).meta["warnings"] == []
    twice = fitted(pd.concat([frame, frame[:300]]))
    assert any("300 of 1,200 choices repeat another" in text for text in against(twice))
    few = fitted(pd.concat([frame, frame[:3]]))
    assert any("3 of 903 choices repeat another" in text for text in few.meta["warnings"])
    assert not against(few)  # fewer than one in a hundred
    runs = [frame.assign(epoch=1), frame.assign(epoch=2)]
    assert fitted(pd.concat(runs)).meta["warnings"] == []
    nobody = pd.concat([frame, frame]).drop(columns="judge")  # many judges may have chosen
    assert not any("repeat" in text for text in fitted(nobody).meta["warnings"])


def test_names_in_two_spellings_are_said():
    frame = planted()
    upper = frame["option_a"].where(frame.index % 2 == 0, frame["option_a"].str.upper())
    found = fitted(frame.assign(option_a=upper))
    assert any("'OPTION 01' and 'option 01'" in text for text in against(found))
    judges = frame["model"].where(frame.index % 2 == 0, frame["model"] + " ")
    assert any(
        "the column model differ only in case or blanks" in t
        for t in against(fitted(frame.assign(model=judges)))
    )


def spoiled():
    frame = planted(comparisons=200)
    frame.loc[[5, 9], "winner"] = "third"
    frame.loc[7, "option_b"] = frame.loc[7, "option_a"]
    frame.loc[8, "option_a"] = None
    frame.loc[11, "winner"] = " "
    return frame


def test_all_rows_that_cannot_be_used_are_one_error():
    with pytest.raises(InputError) as caught:
        pair_choices(spoiled(), reads="places")
    told = str(caught.value)
    assert caught.value.row == 5
    assert all(
        x in told for x in ("'third' in rows 5, 9", "in row 7", "no option", "row 8", "unusable='leave_out'")
    )


def test_rows_that_cannot_be_used_are_left_out_by_name(tmp_path):
    choices = pair_choices(spoiled(), reads="places", unusable="leave_out")
    assert choices.findings["row"].tolist() == [5, 7, 8, 9]
    assert len(choices) == 196
    assert choices.status_counts()["unparsable"] == 1  # the blank winner
    kept = spoiled().drop(index=[5, 7, 8, 9]).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        choices.frame.drop(columns="choice"), pair_choices(kept, reads="places").frame.drop(columns="choice")
    )
    said = "4 comparisons left out in reading: an option against itself (1)"
    found = choice_strengths(choices, ties="davidson", prior_sd=2.0, draws=2)
    assert any(text.startswith("4 comparisons left out in reading") for text in found.meta["warnings"]), said
    (tmp_path / "c").mkdir()
    write_artifact(choices, tmp_path / "c")
    again = read_artifact(tmp_path / "c")
    assert isinstance(again, Choices)
    pd.testing.assert_frame_equal(again.findings, choices.findings)
    with pytest.raises(InputError):  # nothing is left
        pair_choices(spoiled().assign(winner="third"), reads="places", unusable="leave_out")


def test_rows_are_named_where_the_index_is_not_unique():
    frame = planted(comparisons=50)
    bad = frame.assign(winner=frame["winner"].where(frame.index != 3, "third"))
    with pytest.raises(InputError, match="in rows 3, 53"):
        pair_choices(pd.concat([bad, bad]), reads="places")


@pytest.mark.parametrize("word", [0, "0", True, "False"])
def test_winners_that_may_mean_either_place_are_refused(word):
    frame = pd.DataFrame({"option_a": ["x", "y"], "option_b": ["y", "z"], "winner": [word, word]})
    with pytest.raises(InputError, match="does not say which"):
        pair_choices(frame)


def test_whole_numbers_beside_nulls_are_places():
    frame = pd.DataFrame({"option_a": "x", "option_b": "y", "winner": [1.0, 2.0, None]})
    assert pair_choices(frame).frame["rank"].tolist() == [1, pd.NA, pd.NA, 1, pd.NA, pd.NA]


def test_errors_name_the_group_and_the_column():
    frame = planted("stuck judge").rename(columns={"model": "judge"})
    choices = pair_choices(frame, reads="places")
    with pytest.raises(SpecificationError, match="where judge is judge 01"):
        choice_strengths(choices, ties="davidson", position=True, by="judge")
    with pytest.raises(SpecificationError, match="no such column") as caught:
        choice_strengths(choices, ties="davidson", cluster="annotator")
    assert "one of judge" in str(caught.value)
    some = pair_choices(frame.assign(judge=frame["judge"].where(frame.index > 9)), reads="places")
    with pytest.raises(SpecificationError, match="judge is null in some choices"):
        choice_strengths(some, ties="davidson", cluster="judge")
    one = pair_choices(frame.assign(who=np.where(frame["judge"] == "judge 02", "A", "B")), reads="places")
    with pytest.raises(SpecificationError, match="one cluster has no spread") as caught:
        choice_strengths(one, ties="davidson", by="who", cluster="judge")
    assert "where who is A" in str(caught.value)
    assert "such as the question" in str(caught.value)
