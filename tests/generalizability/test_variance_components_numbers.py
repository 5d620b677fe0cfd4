"""Variance components against the analysis of variance written out, Henderson's expectations, and designs by hand."""

import numpy as np
import pytest
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.generalizability.variance_components import (
    RESIDUAL,
    Components,
    _expected,
    _over,
    precision,
    variance_components,
)

BY = np.array([[9.0, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
"""Shrout and Fleiss (1979), table 1: six targets, four judges; mean squares 11.24, 32.49 and 1.02."""


def test_two_crossed_axes_are_the_mean_squares():
    found = variance_components(BY, np.ones_like(BY), float((BY**2).sum()))
    mean = BY.mean()
    rows = 4 * ((BY.mean(axis=1) - mean) ** 2).sum()
    columns = 6 * ((BY.mean(axis=0) - mean) ** 2).sum()
    rest = ((BY - mean) ** 2).sum() - rows - columns
    assert found.effects == ((0,), (1,), RESIDUAL)
    assert found.confounded is True
    assert found.squares == pytest.approx([rows, columns, rest])
    assert found.degrees == pytest.approx([5, 3, 15])
    assert found.estimate == pytest.approx(
        [(rows / 5 - rest / 15) / 4, (columns / 3 - rest / 15) / 6, rest / 15]
    )
    # expected sums of squares: df (sigma^2 + n sigma_effect^2)
    assert found.coefficients == pytest.approx(np.array([[20, 0, 5], [0, 18, 3], [0, 0, 15]]), abs=1e-9)


def test_repeats_in_cells_split_the_interaction_from_the_residual():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(4, 3, 2)) + rng.normal(size=(4, 1, 1))
    found = variance_components(y.sum(axis=2), np.full((4, 3), 2.0), float((y**2).sum()))
    cell, mean = y.mean(axis=2), y.mean()
    a, b = cell.mean(axis=1), cell.mean(axis=0)
    squares = [
        6 * ((a - mean) ** 2).sum(),
        8 * ((b - mean) ** 2).sum(),
        2 * ((cell - a[:, None] - b + mean) ** 2).sum(),
        ((y - cell[:, :, None]) ** 2).sum(),
    ]
    assert found.effects == ((0,), (1,), (0, 1), RESIDUAL)
    assert found.confounded is False
    assert found.squares == pytest.approx(squares)
    assert found.degrees == pytest.approx([3, 2, 6, 12])
    ms = np.array(squares) / [3, 2, 6, 12]
    expected = [(ms[0] - ms[2]) / 6, (ms[1] - ms[2]) / 8, (ms[2] - ms[3]) / 2, ms[3]]
    assert found.estimate == pytest.approx(expected)


def test_two_levels_are_enough_and_one_is_not():
    y = np.array([[1.0, 2], [4, 7]])
    assert variance_components(y, np.ones((2, 2)), 70.0).estimate[-1] == pytest.approx(
        1.0
    )  # (1 + 7 - 2 - 4)^2 / 4
    for count in (np.ones((1, 3)), np.ones((3, 1))):
        with pytest.raises(SpecificationError, match="one level"):
            variance_components(count, count, 3.0)


def test_axes_that_are_answered_as_one_are_refused():
    count = np.eye(4)
    with pytest.raises(SpecificationError, match="too many cells are empty"):
        variance_components(count, count, 4.0)


def test_no_degree_of_freedom_is_refused_though_the_equations_have_a_solution():
    count = np.array([[1.0, 1], [1, 0]])  # three cells, and three means to estimate
    with pytest.raises(SpecificationError, match="too many cells are empty"):
        variance_components(count, count, 3.0)


def test_a_model_with_a_million_times_the_answers_is_no_empty_cell():
    count = np.array([[5e6, 5e6], [1, 1]])
    found = variance_components(count * [[2.0, 3], [4, 6]], count, 6.5e7 + 52 + 1e7)
    # within cells: 1e7 over N - 4; between items nearly all is the first model's: 5e6 (3 - 2)^2 / 2 over N / 2
    assert found.estimate[-1] == pytest.approx(1.0, rel=1e-5)
    assert found.degrees == pytest.approx([1, 1, 1, 1e7 - 2])


def test_expectations_of_unequal_cells_are_hendersons():
    count = np.array([[3.0, 1], [0, 2]])
    margins = {(): np.array(6.0), (0,): count.sum(axis=1), (1,): count.sum(axis=0), (0, 1): count}
    # sum over rows of (sum of squared cells) / row total, and the like
    assert _expected((0,), (1,), margins) == pytest.approx(10 / 4 + 4 / 2)
    assert _expected((1,), (0,), margins) == pytest.approx(9 / 3 + 5 / 3)
    assert _expected((), (0,), margins) == pytest.approx((16 + 4) / 6)
    assert _expected((0,), (0,), margins) == pytest.approx(6)
    assert _expected((0, 1), (1,), margins) == pytest.approx(6)
    assert _over(np.array([3.0, 1]), np.array([2.0, 0])).tolist() == [1.5, 0]


def test_draws_are_pivots_solved_and_cut_at_zero():
    found = Components(
        ((0,), RESIDUAL), np.zeros(2), np.array([40.0, -1]), np.array([5.0, 20]),
        np.array([[20.0, 5], [0, 20]]), True,
    )  # fmt: skip
    draws = found.draws(40_000, np.random.default_rng(0))
    assert draws.shape == (40_000, 2)
    assert (draws[:, 1] == 0).all()  # a sum of squares below zero counts as zero
    # 20 sigma = 40 * 5 / chi2_5
    exact = 10 / stats.chi2(5).ppf([0.9, 0.5, 0.1])
    assert np.quantile(draws[:, 0], [0.1, 0.5, 0.9]) == pytest.approx(exact, rel=0.03)
    apart = Components(
        ((0,), RESIDUAL), np.zeros(2), np.array([1.0, 60]), np.array([5.0, 20]),
        np.array([[20.0, 5], [0, 20]]), True,
    ).draws(1000, np.random.default_rng(0))  # fmt: skip
    assert (apart[:, 0] == 0).any()
    assert (apart >= 0).all()


EFFECTS = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2), RESIDUAL]
VARIANCE = np.array([4.0, 3, 2, 1, 0.8, 0.6, 0.4, 0.2])


def test_designs_by_hand():
    found = precision(VARIANCE, EFFECTS, {1: 5, 2: 2}, repeats=3)
    relative = 1 / 5 + 0.8 / 2 + 0.4 / 10 + 0.2 / 30
    absolute = relative + 3 / 5 + 2 / 2 + 0.6 / 10
    assert float(found.universe) == pytest.approx(4)
    assert float(found.relative) == pytest.approx(relative)
    assert float(found.absolute) == pytest.approx(absolute)
    assert float(found.generalizability) == pytest.approx(4 / (4 + relative))
    assert float(found.dependability) == pytest.approx(4 / (4 + absolute))
    once = precision(VARIANCE, EFFECTS, {1: 5, 2: 2})
    assert float(once.relative) == pytest.approx(relative - 0.2 / 30 + 0.2 / 10)


def test_fixed_facets_by_hand():
    found = precision(VARIANCE, EFFECTS, {1: 5, 2: 2}, fixed=[1])
    relative = 0.8 / 2 + 0.4 / 10 + 0.2 / 10
    assert float(found.universe) == pytest.approx(4 + 1 / 5)
    assert float(found.relative) == pytest.approx(relative)
    assert float(found.absolute) == pytest.approx(relative + 2 / 2 + 0.6 / 10)


def test_many_designs_at_once_and_negative_components_count_as_zero():
    draws = np.stack([VARIANCE, 2 * VARIANCE, -VARIANCE])
    found = precision(draws, EFFECTS, {1: 5, 2: 2})
    alone = precision(VARIANCE, EFFECTS, {1: 5, 2: 2})
    assert found.absolute == pytest.approx(np.array([1, 2, 0]) * alone.absolute)
    assert found.universe == pytest.approx([4, 8, 0])
    assert found.dependability == pytest.approx([float(alone.dependability)] * 2 + [0])


def test_shapes_are_those_of_the_draws_whatever_the_effects():
    found = precision(np.ones((3, 2)), [(1,), RESIDUAL], {1: 4})
    assert found.universe.tolist() == [0, 0, 0]
    assert found.relative.tolist() == [0.25] * 3
    assert precision(np.ones((2, 3, 1)), [(0,)], {1: 4}).absolute.shape == (2, 3)
