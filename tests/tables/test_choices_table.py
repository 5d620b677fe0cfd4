"""The table of choices: shapes that people have, and what is refused by row."""

import pandas as pd
import pytest

from valuestats import Choices, pair_choices, ranking_choices
from valuestats.base.errors import InputError, SpecificationError


def frame(**columns):
    base = {"choice": [1, 1, 2, 2], "option": list("abab"), "rank": [1, None, None, 1], "status": "valid"}
    return pd.DataFrame({**base, **columns})


def test_counts_options_and_choices():
    choices = Choices(frame())
    assert len(choices) == 2
    assert choices.options == ["a", "b"]
    assert choices.status_counts()["valid"] == 2


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"option": list("aaab")}, "choices: two rows"),
        ({"choice": [1, 1, 2, 3]}, "a choice of one option"),
        ({"rank": [2, None, None, 1]}, "ranks with a gap"),
        ({"rank": [1, 3, None, 1]}, "ranks with a gap"),
        ({"rank": [0, 1, None, 1]}, "rank"),
        ({"rank": [None, None, None, 1]}, "holds ranks or an outcome"),
        ({"outcome": ["depends", "depends", None, None]}, "holds ranks or an outcome"),
        ({"model": ["m", "n", "m", "m"]}, "rows differ"),
        ({"status": ["refusal", "refusal", "valid", "valid"]}, "not valid has been ranked"),
        ({"status": ["nonsense", "nonsense", "valid", "valid"]}, "status"),
        ({"position": [0, 1, 1, 2]}, "position"),
    ],
)
def test_what_may_not_stand_is_refused(columns, says):
    with pytest.raises(InputError, match=says):
        Choices(frame(**columns))


def test_a_refused_choice_and_an_outcome_are_kept():
    told = frame(
        rank=[None, None, None, None],
        status=["refusal", "refusal", "valid", "valid"],
        outcome=[None, None, "depends", "depends"],
    )
    assert Choices(told).status_counts()[["valid", "refusal"]].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("winner", "ranks"),
    [
        ("a", [1, None]), ("option_a", [1, None]), ("x", [1, None]), ("1", [1, None]), ("First", [1, None]),
        ("B", [None, 1]), ("option_b", [None, 1]), ("y", [None, 1]), ("right", [None, 1]),
        ("tie", [1, 1]), ("Tie (bothbad)", [1, 1]), ("equal", [1, 1]), ("depends", [None, None]),
    ],
)  # fmt: skip
def test_words_for_a_winner(winner, ranks):
    found = pair_choices(pd.DataFrame({"option_a": ["x"], "option_b": ["y"], "winner": [winner]})).frame
    assert [None if pd.isna(r) else int(r) for r in found["rank"]] == ranks
    assert found["position"].tolist() == [1, 2]
    if winner == "depends":
        assert found["outcome"].tolist() == ["depends"] * 2


def test_options_named_like_places():
    torn = pd.DataFrame({"option_a": ["b"], "option_b": ["a"], "winner": ["a"]})
    with pytest.raises(InputError, match="one option's name and the other's place"):
        pair_choices(torn)
    for reads, best in (("names", "a"), ("places", "b")):
        found = pair_choices(torn, reads=reads).frame
        assert found.loc[found["rank"] == 1, "option"].tolist() == [best]
    # a row that can be read one way only tells how all are meant
    for more, best in ((("c", "d", "d"), "a"), (("c", "d", "a"), "b")):
        found = pair_choices(pd.concat([torn, pd.DataFrame([more], columns=torn.columns)])).frame
        assert found.loc[found["rank"] == 1, "option"].iloc[0] == best


def test_rows_in_are_rows_out_with_their_status():
    d = pd.DataFrame(
        {
            "model_a": list("xyz"),
            "model_b": list("yzx"),
            "winner": ["model_a", None, "tie"],
            "judge": [1, 2, 3],
        }
    )
    found = pair_choices(d, first="model_a", second="model_b").frame
    assert found.groupby("choice").size().tolist() == [2, 2, 2]
    assert found.drop_duplicates("choice")["status"].tolist() == ["valid", "unparsable", "valid"]
    assert found["judge"].tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("x", "x", "a"), "against itself"),
        (("x", "y", "z"), "neither of the two"),
        (("x", "", "a"), "no option"),
    ],
)
def test_a_wrong_comparison_is_named(row, says):
    with pytest.raises(InputError, match=says):
        pair_choices(pd.DataFrame([row], columns=["option_a", "option_b", "winner"]))
    with pytest.raises(InputError, match="a column is missing"):
        pair_choices(pd.DataFrame([row], columns=["option_a", "option_b", "won"]))


def test_rankings_and_top_of_several():
    d = pd.DataFrame({"choice": 1, "option": list("abc"), "rank": [2, 1, 3]})
    assert ranking_choices(d, top=1).frame["rank"].tolist() == [pd.NA, 1, pd.NA]
    both = d.assign(chosen=[0, 1, 0])
    with pytest.raises(SpecificationError, match="ranks or what was chosen"):
        ranking_choices(both)
    with pytest.raises(SpecificationError, match="ranks or what was chosen"):
        ranking_choices(d.drop(columns="rank"))
    nothing = ranking_choices(pd.DataFrame({"choice": 1, "option": list("ab"), "chosen": [0, 0]}))
    assert nothing.frame["status"].tolist() == ["unparsable"] * 2
