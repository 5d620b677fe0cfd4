"""Centred scores by hand: reversed items, missing answers, and every replicate on its own."""

import math

import numpy as np
import pytest

from valuestats.scoring.centred_means import bootstrap_scores, centred_scores, reverse

NAN = np.nan
Y = np.array([[5.0, 3, 1, NAN], [2, NAN, 6, 4]])
SIGN = np.array([[1, 0], [-1, 0], [0, 1], [1, -1]])


def test_reversal_is_about_the_middle():
    found = reverse(Y, SIGN, 3.5)
    assert found[0, :, 0] == pytest.approx([5, 4, NAN, NAN], nan_ok=True)
    assert found[1, :, 0] == pytest.approx([2, NAN, NAN, 4], nan_ok=True)
    assert found[1, :, 1] == pytest.approx([NAN, NAN, 6, 3], nan_ok=True)


def test_scores_by_hand():
    found = centred_scores(Y, SIGN, 3.5)
    assert found.n_items.tolist() == [[2, 1], [2, 2]]
    assert found.raw == pytest.approx(np.array([[4.5, 1], [3, 4.5]]))
    # means over all that is answered: 9/3 and 12/3
    assert found.centred == pytest.approx(np.array([[1.5, -2], [-1, 0.5]]))
    assert found.spread == pytest.approx(np.array([[0.5, 0], [1, 1.5]]))
    none = centred_scores(np.full((1, 4), NAN), SIGN, 3.5)
    assert np.isnan(none.centred).all()
    assert np.isnan(none.spread).all()
    assert none.n_items.tolist() == [[0, 0]]
    three = centred_scores(np.array([[1.0, 2, 6]]), np.ones((3, 1)), 3.5)
    assert three.spread[0, 0] == pytest.approx(math.sqrt(14 / 3))


def test_a_replicate_is_the_score_of_the_items_it_drew():
    cluster = np.array([0, 1, 1, 2])
    weights = np.array([[1.0, 1, 1], [2, 0, 1], [0, 3, 0], [0, 0, 3]])
    found = bootstrap_scores(Y, SIGN, 3.5, cluster, weights)
    assert found.shape == (4, 2, 2)
    for r, row in enumerate(weights):
        drawn = np.repeat(np.arange(4), row[cluster].astype(int))
        expected = centred_scores(Y[:, drawn], SIGN[drawn], 3.5).centred
        assert found[r] == pytest.approx(expected, nan_ok=True)
    # by hand: the first item twice and the last once, of the first model (5, 5, missing)
    assert found[1, 0] == pytest.approx([0, NAN], nan_ok=True)
