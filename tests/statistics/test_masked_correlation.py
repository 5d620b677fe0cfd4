"""Correlations of items with their own raters each: pandas and scipy, pair by pair; adjusted p against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from valuestats.statistics.correlation import (
    correlation_p_value,
    pearson_interval,
    pearson_matrix,
    spearman_matrix,
)
from valuestats.statistics.masked_ranks import masked_spearman
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.statistics.polychoric import polyserial_matrix


def data(seed, items=40, people=31, dimensions=4, kind="whole"):
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 7, (items, people)).astype(float)
    if kind == "continuous":
        ratings += np.round(rng.normal(size=ratings.shape), 1)
    ratings[rng.random(ratings.shape) < 0.4] = np.nan
    scores = np.round(rng.normal(size=(people, dimensions)), 1)
    scores[rng.random(scores.shape) < 0.15] = np.nan
    scores[:, 0] = np.round(rng.normal(size=people), 1)
    return ratings, scores


def corrwith(ratings, scores, method):
    frame = pd.DataFrame(ratings.T)
    return np.column_stack([frame.corrwith(pd.Series(s), method=method) for s in scores.T])


@pytest.mark.parametrize("kind", ["whole", "continuous"])
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_agrees_with_pandas_on_every_pair(method, kind):
    ratings, scores = data(3, kind=kind)
    found = {"pearson": pearson_matrix, "spearman": spearman_matrix}[method](ratings, scores)
    np.testing.assert_allclose(found.r, corrwith(ratings, scores, method), atol=1e-12)
    both = (~np.isnan(ratings)).astype(int) @ (~np.isnan(scores)).astype(int)
    np.testing.assert_array_equal(found.n, both)


@pytest.mark.parametrize("people", [31, 40_001])
def test_ranks_are_those_of_scipy(people):
    """Beyond 40,000 raters sums are kept in double precision."""
    ratings, scores = data(5, items=3, people=people, dimensions=2)
    r, n = masked_spearman(ratings, scores)
    for item, dimension in np.ndindex(r.shape):
        both = ~np.isnan(ratings[item]) & ~np.isnan(scores[:, dimension])
        expected = stats.spearmanr(ratings[item, both], scores[both, dimension]).statistic
        assert r[item, dimension] == pytest.approx(expected, abs=1e-12)
        assert n[item, dimension] == both.sum()


def test_many_items_pass_through_in_parts():
    ratings, scores = data(5, items=600)
    whole = masked_spearman(ratings, scores)[0]
    parts = np.concatenate([masked_spearman(part, scores)[0] for part in np.array_split(ratings, 7)])
    np.testing.assert_array_equal(whole, parts)


def test_pearson_does_not_lose_digits_far_from_zero():
    ratings, scores = data(7)
    near, far = pearson_matrix(ratings, scores).r, pearson_matrix(ratings + 1e6, scores - 1e6).r
    np.testing.assert_allclose(far, near, atol=1e-9)


def test_constant_empty_and_small():
    ratings = np.array([[3.0] * 5, [1, 2, np.nan, np.nan, np.nan], [np.nan] * 5, [1, 2, 3, 4, 6]])
    scores = np.array([[0.1, 0.1, 0.7, 0.2, 0.9], [0.1] * 5, [np.nan] * 5]).T
    for kernel in (pearson_matrix, spearman_matrix):
        found = kernel(ratings, scores)
        assert np.isnan(found.r[:3]).all()
        assert np.isnan(found.r[3, 1:]).all()
        assert found.n[:, 0].tolist() == [5, 2, 0, 5]
    assert pearson_matrix(ratings, scores).r[3, 0] == pytest.approx(
        stats.pearsonr(ratings[3], scores[:, 0]).statistic
    )


def test_pearson_interval_and_p_value_are_scipys():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=30), rng.normal(size=30)
    expected = stats.pearsonr(x, y)
    found = pearson_matrix(x[None], y[:, None])
    low, high = pearson_interval(found.r, found.n, 0.9)
    interval = expected.confidence_interval(0.9)
    assert (low[0, 0], high[0, 0]) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert correlation_p_value(found.r, found.n)[0, 0] == pytest.approx(expected.pvalue, abs=1e-12)


@pytest.mark.parametrize(("mine", "theirs"), [("bh", "fdr_bh"), ("by", "fdr_by"), ("holm", "holm")])
def test_adjusted_p_is_statsmodels(mine, theirs):
    rng = np.random.default_rng(1)
    p = np.round(rng.random((3, 40)) ** 3, 3)  # with ties
    p[0, :7] = np.nan
    found = adjusted_p(p, mine)
    for row, adjusted in zip(p, found, strict=True):
        seen = ~np.isnan(row)
        np.testing.assert_allclose(adjusted[seen], multipletests(row[seen], method=theirs)[1], atol=1e-12)
        assert np.isnan(adjusted[~seen]).all()
    assert np.isnan(adjusted_p(np.full(4, np.nan), mine)).all()


def test_adjusted_p_is_scipys_and_holms_example():
    p = np.random.default_rng(2).random((2, 3, 50)) ** 2
    for method in ("bh", "by"):
        expected = stats.false_discovery_control(p, axis=-1, method=method)
        np.testing.assert_allclose(adjusted_p(p, method), expected, atol=1e-12)
    # Holm (1979): sorted p times 4, 3, 2, 1, never falling
    found = adjusted_p(np.array([0.01, 0.005, np.nan, 0.03, 0.04]), "holm")
    np.testing.assert_allclose(found, [0.03, 0.02, np.nan, 0.06, 0.06], atol=1e-12)


def test_polyserial_uses_the_categories_that_the_pairs_people_chose():
    """A category that only people without a score chose is as if it had never been offered."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=60)
    codes = np.digitize(x + rng.normal(size=60), [-1, 0, 1]).astype(float)
    x[codes == 1] = np.nan
    alone = polyserial_matrix(x[codes != 1][:, None], codes[codes != 1][:, None])
    beside = polyserial_matrix(x[:, None], codes[:, None])
    assert beside[0][0, 0] == pytest.approx(alone[0][0, 0], abs=1e-12)
    assert beside[1][0, 0] == (codes != 1).sum()
