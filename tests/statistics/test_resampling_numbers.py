"""Resampling: expected numbers by hand and in closed form."""

import math

import numpy as np
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.statistics.resampling import (
    bootstrap_standard_error,
    cluster_weights,
    equal_tailed,
    expanded_level,
)

NAN = np.nan


def test_one_cluster_is_drawn_once_each_time_and_none_is_refused():
    assert cluster_weights(1, 3, np.random.default_rng(0)).tolist() == [[1.0]] * 3
    with pytest.raises(SpecificationError, match="nothing to resample"):
        cluster_weights(0, 3, np.random.default_rng(0))


def test_every_cluster_is_drawn_equally_often_with_binomial_variance():
    drawn = cluster_weights(5, 20_000, np.random.default_rng(1))
    assert (drawn.sum(axis=1) == 5).all()
    # Binomial(5, 1/5): mean 1, variance .8; five standard errors of 20,000 draws
    assert drawn.mean(axis=0) == pytest.approx(np.ones(5), abs=5 * math.sqrt(0.8 / 20_000))
    assert drawn.var(axis=0) == pytest.approx(np.full(5, 0.8), abs=0.05)


def test_quantiles_of_an_even_grid_with_and_without_missing_replicates():
    grid = np.arange(101.0)
    full = equal_tailed(np.column_stack([grid, 2 * grid]), 0.9)
    assert np.array(full) == pytest.approx(np.array([[5, 10], [95, 190]]))
    columns = [np.append(grid, NAN), np.full(102, NAN), np.append(np.full(101, NAN), 7.0)]
    lower, upper = equal_tailed(np.column_stack(columns), 0.9)
    assert lower == pytest.approx([5, NAN, 7], nan_ok=True)
    assert upper == pytest.approx([95, NAN, 7], nan_ok=True)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 1.5])
def test_impossible_levels(level):
    with pytest.raises(SpecificationError, match="impossible level"):
        equal_tailed(np.arange(3.0), level)


def test_standard_error_is_the_deviation_with_ddof_one_of_what_is_there():
    draws = np.array([[1.0, 2, NAN, NAN], [2.0, NAN, NAN, 5], [6.0, 8, NAN, NAN]])
    # 1, 2, 6: mean 3, squares 4 + 1 + 9 = 14 over 2; 2, 8: squares 18 over 1
    expected = [math.sqrt(7), math.sqrt(18), NAN, NAN]
    assert bootstrap_standard_error(draws) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_expanded_level_of_three_units(level):
    # with two degrees of freedom t = level sqrt(2 / (1 - level^2)), and 2 Phi(x) - 1 = erf(x / sqrt 2)
    t = level * math.sqrt(2 / (1 - level**2))
    assert expanded_level(level, 3) == pytest.approx(math.erf(math.sqrt(3 / 2) * t / math.sqrt(2)), abs=1e-12)


def test_expanded_level_of_two_units_stays_below_one():
    # with one degree of freedom t = tan(pi level / 2)
    t = math.tan(math.pi * 0.5 / 2)
    assert expanded_level(0.5, 2) == pytest.approx(math.erf(t), abs=1e-12)  # sqrt(2) t / sqrt(2)
    assert 1 - expanded_level(0.99, 2) == pytest.approx(1e-12, rel=1e-3)
    with pytest.raises(SpecificationError, match="one unit"):
        expanded_level(0.95, 1)
