"""Spearman kernel against scipy, pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from valuestats.statistics.correlation import (
    correlation_p_value,
    permuted_exceedances,
    spearman_interval,
    spearman_matrix,
)


def _data(seed, items=12, people=40, dimensions=3, missing=0.3, missing_scores=0.1):
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 7, (items, people)).astype(float)
    ratings[rng.random(ratings.shape) < missing] = np.nan
    scores = np.round(rng.normal(size=(people, dimensions)), 1)
    scores[rng.random(scores.shape) < missing_scores] = np.nan
    return ratings, scores


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scipy_on_every_pair(seed):
    ratings, scores = _data(seed)
    found = spearman_matrix(ratings, scores)
    for i in range(len(ratings)):
        for d in range(scores.shape[1]):
            both = ~np.isnan(ratings[i]) & ~np.isnan(scores[:, d])
            expected = stats.spearmanr(ratings[i][both], scores[both, d])
            assert found.n[i, d] == both.sum()
            assert found.r[i, d] == pytest.approx(expected.statistic, abs=1e-12)
            p = correlation_p_value(found.r[i, d], found.n[i, d])
            assert float(p) == pytest.approx(expected.pvalue, abs=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_does_not_depend_on_the_order_of_people_or_on_monotone_rescaling(seed):
    ratings, scores = _data(seed, items=4, people=15)
    rng = np.random.default_rng(seed)
    order = rng.permutation(ratings.shape[1])
    first = spearman_matrix(ratings, scores)
    again = spearman_matrix(np.exp(ratings[:, order]), scores[order] ** 3)
    np.testing.assert_allclose(again.r, first.r, atol=1e-12)


def test_constant_ratings_and_two_people_have_no_correlation():
    constant = spearman_matrix(np.full((1, 5), 3.0), np.arange(5.0)[:, None])
    assert np.isnan(constant.r[0, 0])
    assert constant.n[0, 0] == 5
    two = spearman_matrix(np.array([[1.0, 2.0, np.nan]]), np.arange(3.0)[:, None])
    assert np.isnan(two.r[0, 0])
    assert two.n[0, 0] == 2


def test_interval_is_the_published_formula():
    # Bonett and Wright (2000), equation for Spearman: z +- 1.959964 sqrt((1 + r^2/2)/(n - 3))
    r, n = 0.55, 30
    half = 1.959963984540054 * ((1 + r**2 / 2) / (n - 3)) ** 0.5
    low, high = spearman_interval(np.array([r]), np.array([n]), 0.95)
    assert low[0] == pytest.approx(np.tanh(np.arctanh(r) - half), abs=1e-12)
    assert high[0] == pytest.approx(np.tanh(np.arctanh(r) + half), abs=1e-12)
    assert np.isnan(spearman_interval(np.array([r]), np.array([3]), 0.95)[0][0])


def test_permutation_count_matches_the_null_tail():
    rng = np.random.default_rng(7)
    ratings, scores = rng.normal(size=(200, 47)), rng.normal(size=(47, 1))
    counts = permuted_exceedances(ratings, scores, 0.30, 2000, rng)
    tail = stats.t.sf(0.30 * np.sqrt(45 / (1 - 0.30**2)), 45)
    assert counts.mean() / 200 == pytest.approx(tail, rel=0.05)
