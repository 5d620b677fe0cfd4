"""Centred scores and their bootstrap against loops."""

import numpy as np
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.scoring.centred_means import bootstrap_scores, centred_scores
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import cluster_weights, equal_tailed


def _case(seed=3, models=3, items=14, dimensions=4):
    rng = np.random.default_rng(seed)
    y = rng.uniform(1, 6, (models, items))
    y[rng.random(y.shape) < 0.15] = np.nan
    sign = rng.choice([-1.0, 0.0, 0.0, 1.0], (items, dimensions))
    sign[0] = 1
    return y, sign, rng.integers(0, 5, items)


def _by_hand(y, sign, middle, copies):
    """The definition, one model and dimension at a time, with each item repeated `copies` times."""
    out = np.full((y.shape[0], sign.shape[1]), np.nan)
    for m in range(y.shape[0]):
        everything = [v for v, c in zip(y[m], copies, strict=True) for _ in range(int(c)) if not np.isnan(v)]
        for d in range(sign.shape[1]):
            keyed = [
                (2 * middle - v if s < 0 else v)
                for v, s, c in zip(y[m], sign[:, d], copies, strict=True)
                for _ in range(int(c))
                if s != 0 and not np.isnan(v)
            ]
            if keyed:
                out[m, d] = np.mean(keyed) - np.mean(everything)
    return out


def test_point_is_the_definition():
    y, sign, _ = _case()
    np.testing.assert_allclose(
        centred_scores(y, sign, 3.5).centred, _by_hand(y, sign, 3.5, np.ones(y.shape[1]))
    )


def test_bootstrap_is_the_definition_on_repeated_clusters():
    y, sign, cluster = _case()
    weights = cluster_weights(5, 20, np.random.default_rng(0))
    found = bootstrap_scores(y, sign, 3.5, cluster, weights)
    for replicate, weight in zip(found, weights, strict=True):
        np.testing.assert_allclose(replicate, _by_hand(y, sign, 3.5, weight[cluster]), atol=1e-12)


def test_unit_weights_give_the_point():
    y, sign, cluster = _case()
    found = bootstrap_scores(y, sign, 3.5, cluster, np.ones((1, 5)))
    np.testing.assert_allclose(found[0], centred_scores(y, sign, 3.5).centred)


def test_cluster_weights_count_draws():
    weights = cluster_weights(9, 4000, np.random.default_rng(1))
    assert (weights.sum(axis=1) == 9).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(9), abs=0.08)
    assert weights.var() == pytest.approx(1 - 1 / 9, abs=0.05)
    with pytest.raises(SpecificationError, match="nothing to resample"):
        cluster_weights(0, 10, np.random.default_rng(1))


def test_equal_tailed_skips_missing_replicates():
    draws = np.column_stack([np.arange(101.0), np.full(101, np.nan), np.r_[np.nan, np.arange(100.0)]])
    lower, upper = equal_tailed(draws, 0.9)
    assert lower[0] == pytest.approx(5)
    assert np.isnan(lower[1])
    assert np.isnan(upper[1])
    assert upper[2] == pytest.approx(np.quantile(np.arange(100.0), 0.95))
    with pytest.raises(SpecificationError, match="level"):
        equal_tailed(draws, 1.5)


def test_ranks_share_ties_and_sum_to_the_triangle():
    draws = np.array([[3.0, 1.0, 3.0], [0.0, 5.0, 2.0]])
    ranks = posterior_ranks(draws)
    assert ranks[0].tolist() == [1.5, 3.0, 1.5]
    assert (ranks.sum(axis=1) == 6).all()
    assert posterior_ranks(draws, descending=False)[1].tolist() == [1.0, 3.0, 2.0]
