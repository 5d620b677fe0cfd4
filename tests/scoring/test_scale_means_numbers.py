"""Scores of one instrument's dimensions by hand: partial answers, reversed items, weights, parents."""

import numpy as np
import pytest

from valuestats.scoring.scale_means import parent_scores, scale_scores

NAN = np.nan
Y = np.array([[6.0, 1, 2, 3], [NAN, 4, 5, 1], [NAN, NAN, NAN, 2], [NAN] * 4])
SIGN = np.array([[1, 0], [-1, 0], [0, 1], [1, 0]])


def test_partial_answers_by_hand():
    found = scale_scores(Y, SIGN, 3.5)
    # first: 6, 7 - 1, 3; second: 7 - 4, 1; third: 2
    assert found.raw == pytest.approx(np.array([[5, 2], [2, 5], [2, NAN], [NAN, NAN]]), nan_ok=True)
    assert found.mean_rating == pytest.approx([3, 10 / 3, 2, NAN], nan_ok=True)
    # first: 3, 2, 0; second: -(4 - 10/3), 1 - 10/3; third: 2 - 2
    assert found.centred == pytest.approx(
        np.array([[5 / 3, -1], [-1.5, 5 / 3], [0, NAN], [NAN, NAN]]), nan_ok=True
    )
    assert found.answered.tolist() == [[3, 1], [2, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("share", "known"), [(0.0, 3), (1 / 3, 3), (0.34, 2), (2 / 3, 2), (0.67, 1), (1.0, 1)]
)
def test_the_least_share_is_met_when_it_is_reached(share, known):
    found = scale_scores(Y, SIGN, 3.5, share)
    assert (~np.isnan(found.raw[:, 0])).tolist() == [k < known for k in range(4)]
    assert (~np.isnan(found.centred[:, 0])).tolist() == [k < known for k in range(4)]


def test_a_weight_is_that_many_copies_of_the_item():
    weights = np.array([[1, 1, 1, 1], [2, 0, 1, 1], [0, 2, 0, 2.0]])
    found = scale_scores(Y, SIGN, 3.5, weights=weights)
    assert found.raw.shape == (3, 4, 2)
    for r, row in enumerate(weights.astype(int)):
        drawn = np.repeat(np.arange(4), row)
        alone = scale_scores(Y[:, drawn], SIGN[drawn], 3.5)
        for name in ("raw", "centred", "answered", "mean_rating"):
            assert getattr(found, name)[r] == pytest.approx(getattr(alone, name), nan_ok=True)


def test_the_share_is_of_what_was_answered_not_of_what_was_drawn():
    found = scale_scores(Y, SIGN, 3.5, 0.67, weights=np.array([[1, 0, 1, 0.0], [1, 1, 1, 1]]))
    assert found.raw[:, 0, 0] == pytest.approx([6, 5])
    assert np.isnan(found.raw[:, 1, 0]).all()


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, [[2, 5], [1, NAN], [NAN, NAN]]),
        (0.5, [[2, 5], [1, NAN], [NAN, NAN]]),
        (0.6, [[2, 5], [NAN, NAN], [NAN, NAN]]),
    ],
)
def test_parents_by_hand(share, expected):
    member = np.array([[1.0, 0], [1, 0], [0, 1]])
    scores = np.array([[1.0, 3, 5], [1, NAN, NAN], [NAN, NAN, NAN]])
    assert parent_scores(scores, member, share) == pytest.approx(np.array(expected), nan_ok=True)
