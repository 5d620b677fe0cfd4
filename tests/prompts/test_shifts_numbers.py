"""Shifts between levels of a condition by hand, and their shuffles by counting all of them."""

import numpy as np
import pytest

from valuestats.prompts.shifts import common_shift, item_shift, paired_effects, shuffled_shift, weighted_means

NAN = np.nan


def test_weighted_means_by_hand():
    values = np.array([[1.0, 10], [3, NAN], [8, 20]])
    cluster = np.array([0, 0, 1])
    weights = np.array([[1.0, 1], [2, 1], [1, 0], [0, 0]])
    expected = [[4, 15], [16 / 5, 40 / 3], [2, 10], [NAN, NAN]]
    assert weighted_means(values, cluster, weights) == pytest.approx(np.array(expected), nan_ok=True)
    deep = values[:, None, :].repeat(3, axis=1)
    found = weighted_means(deep, cluster, weights)
    assert found.shape == (4, 3, 2)
    assert found[:, 2] == pytest.approx(np.array(expected), nan_ok=True)


Y = np.array(
    [
        [[1.0, 4, 6], [3, 4, 2], [NAN, 9, 9]],
        [[2.0, 2, 5], [NAN, NAN, NAN], [1, NAN, 3]],
        [[NAN, 1, 2], [1, NAN, 2], [1, 2, NAN]],
    ]
)


def test_shift_is_the_mean_absolute_difference_of_levels_in_complete_blocks():
    # first item: means 2, 4, 4: differences 2, 2, 0; second: 2, 2, 5: 0, 3, 3
    assert item_shift(Y) == pytest.approx([4 / 3, 2, NAN], nan_ok=True)
    assert item_shift(np.stack([Y, 2 * Y])) == pytest.approx(
        np.array([[4 / 3, 2, NAN], [8 / 3, 4, NAN]]), nan_ok=True
    )


def test_effects_are_deviations_from_the_blocks_mean():
    # first item: blocks (1, 4, 6) and (3, 4, 2) about 11/3 and 3, averaged; second: (2, 2, 5) about 3
    expected = [[(-8 / 3 + 0) / 2, (1 / 3 + 1) / 2, (7 / 3 - 1) / 2], [-1, -1, 2], [NAN] * 3]
    assert paired_effects(Y) == pytest.approx(np.array(expected), nan_ok=True)


def test_shuffles_take_each_value_as_often_as_counting_says():
    y = np.array([[[0.0, 1], [0, 2], [NAN, 7]]])
    # signs of two differences 1 and 2 over two blocks: |1 + 2| / 2 or |2 - 1| / 2, each half of the time
    found, together = shuffled_shift(y, 4000, np.random.default_rng(0))
    assert set(found.round(9)) == {0.5, 1.5}
    assert set(together.round(9)) == {-1.5, -0.5, 0.5, 1.5}
    assert (found > 1).mean() == pytest.approx(0.5, abs=5 * 0.5 / 4000**0.5)


def test_one_item_with_two_blocks_suffices_and_items_without_any_do_not_count():
    one, none = [[[0.0, 4], [NAN, 1]]], [[[NAN, 4], [NAN, 1]]]
    two = [[[0.0, 1], [0, 2]]]
    found, _ = shuffled_shift(np.array(one + none + two), 200, np.random.default_rng(1))
    assert set(found.round(9)) == {(4 + 0.5) / 2, (4 + 1.5) / 2}
    still, together = shuffled_shift(np.array(one + none), 50, np.random.default_rng(1))
    assert still.shape == (50,)
    assert np.isnan(still).all()
    assert set(together) == {-4.0, 4.0}  # one block may be turned
    nothing, nowhere = shuffled_shift(np.array(none), 5, np.random.default_rng(1))
    assert np.isnan([nothing, nowhere]).all()


def test_a_common_shift_is_of_the_means_over_items():
    y = np.array([[[1.0, 2, 4], [3, 2, NAN]], [[2.0, 2, 5], [NAN, 1, 1]]])
    # complete blocks: (1, 2, 4) and (2, 2, 5), means 1.5, 2, 4.5: differences .5, 3 and 2.5
    assert common_shift(y) == pytest.approx(2.0)
    assert common_shift(y[..., :2]) == pytest.approx(np.mean([(2 + 2) / 2 - (1 + 3) / 2, 0]))
    assert common_shift(y[..., 1::-1]) == pytest.approx(0.0)
    assert np.isnan(common_shift(np.full((2, 2, 2), NAN)))
