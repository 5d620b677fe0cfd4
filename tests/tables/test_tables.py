"""The declared tables refuse what they must, and say where it stands."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.tables import STATUSES, Items, Population, Ratings, Responses


@pytest.mark.parametrize(
    ("column", "values", "parameter", "row"),
    [
        ("status", ["valid", "valid", "valid", "done"], "status", 3),
        ("answer", [5, 2, 6.5, None], "answer", 2),
        ("answer", [5, None, 6, None], "answer, status", 1),
        ("answer", [5, 2, 6, 1], "answer, status", 3),
        ("epoch", [1, 1, -1, 1], "epoch", 2),
        ("epoch", [1, "two", 1, 1], "epoch", 1),
        ("model", ["a", None, "b", "b"], "model", 1),
        ("source_row", [0, 1, -2, 3], "source_row", None),
    ],
)
def test_responses_name_column_file_and_row(response_frame, column, values, parameter, row):
    with pytest.raises(InputError) as caught:
        Responses(response_frame.assign(**{column: pd.Series(values, dtype=object)}))
    assert caught.value.parameter == parameter
    if row is not None:
        assert caught.value.row == row
        assert caught.value.file == "f.csv"


@pytest.mark.parametrize("column", ["model", "item", "status", "raw", "source_sha256"])
def test_responses_need_their_columns(response_frame, column):
    with pytest.raises(InputError, match="a column is missing") as caught:
        Responses(response_frame.drop(columns=column))
    assert caught.value.parameter == column


def test_status_counts_add_up(response_frame):
    responses = Responses(response_frame)
    assert responses.status_counts().loc["all", list(STATUSES)].sum() == 4
    by_model = responses.status_counts("model")
    assert by_model.loc["b", "refusal"] == 1
    assert by_model["asked"].tolist() == [2, 2]
    assert responses.identity == ["model", "item", "epoch"]


def _values(people=("p", "q")):
    return pd.DataFrame({"respondent": list(people), "family": "pvq", "dimension": "Power", "score": 1.0})


@pytest.mark.parametrize("rating", [np.nan, 0, 7, 6.01])
def test_ratings_off_the_scale(rating):
    frame = pd.DataFrame({"respondent": ["p", "q"], "item": ["1", "1"], "rating": [3, rating]})
    with pytest.raises(InputError, match="not a number on the scale") as caught:
        Ratings(frame, _values(), (1, 6))
    assert caught.value.row == 1


def test_ratings_given_twice():
    frame = pd.DataFrame({"respondent": ["p", "p"], "item": ["1", "1"], "rating": [3, 4]})
    with pytest.raises(InputError, match="two rows have the same key") as caught:
        Ratings(frame, _values(), (1, 6))
    assert caught.value.row == 1


def test_conflicting_identifiers_are_named():
    frame = pd.DataFrame(
        {"respondent": ["p", "p", "z"], "item": ["1", "2", "1"], "rating": 3, "group": ["0", "5", "0"]}
    )
    conflicts = Ratings(frame, _values(("p", "w")), (1, 6)).conflicts
    assert any("respondent p rates in groups 0, 5" in c for c in conflicts)
    assert any("no own scores: z" in c for c in conflicts)
    assert any("no ratings: w" in c for c in conflicts)


def test_items_stand_once():
    with pytest.raises(InputError, match="same key"):
        Items(pd.DataFrame({"item": ["1", "1"], "cluster": ["a", "a"]}))


def _shares(shares):
    return pd.DataFrame(
        {"group": "Chile", "question": "q", "option": list("abc"), "position": [0, 1, 2], "share": shares}
    )


def test_shares_are_normalised_within_rounding_only():
    kept = Population(_shares([0.5, 0.3, 0.21])).frame["share"]
    assert kept.sum() == pytest.approx(1)
    assert kept.iloc[0] == pytest.approx(0.5 / 1.01)
    with pytest.raises(InputError, match="do not add up"):
        Population(_shares([50, 30, 20]))
    with pytest.raises(InputError, match="share"):
        Population(_shares([1.2, -0.2, 0.0]))


def test_all_zero_questions_are_reported_not_divided():
    population = Population(_shares([0, 0, 0]))
    assert population.frame["share"].sum() == 0
    assert population.empty()["question"].tolist() == ["q"]
