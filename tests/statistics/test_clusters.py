"""Intervals of few clusters against closed forms, enumeration and simulations with a known truth."""

import itertools

import numpy as np
import pytest
from scipy import stats

from valuestats.statistics.clusters import (
    BOOTSTRAP,
    FEW,
    JACKKNIFE,
    few_warnings,
    plan_clusters,
    replicate_interval,
    stacked,
    student_standard_error,
)
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import cluster_weights, expanded_interval

EXACT = 1e-12


def means(weights, x):
    return ratio(weights @ x, np.broadcast_to(weights.sum(axis=1, keepdims=True), (len(weights), x.shape[1])))


@pytest.mark.parametrize("n", [4, 5, 12, 19])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_mean_of_few_has_students_interval(n, level):
    x = np.random.default_rng(n).normal(size=(n, 3))
    plan = plan_clusters(n, 200, np.random.default_rng(0))
    found = plan.finish(means(plan.weights, x), x.mean(axis=0), n, level)
    low, high = stats.t.interval(level, n - 1, x.mean(axis=0), stats.sem(x))
    assert found.std_error == pytest.approx(stats.sem(x), abs=EXACT)
    assert found.lower == pytest.approx(low, abs=EXACT)
    assert found.upper == pytest.approx(high, abs=EXACT)
    assert set(found.interval) == {JACKKNIFE}
    assert len(found.warnings) == 1
    assert f"rest on {n} clusters, fewer than 20" in found.warnings[0]


def test_many_are_bootstrapped_as_ever():
    x = np.random.default_rng(1).normal(size=(FEW, 2))
    plan = plan_clusters(FEW, 300, np.random.default_rng(5))
    assert np.array_equal(plan.weights, cluster_weights(FEW, 300, np.random.default_rng(5)))
    values = means(plan.weights, x)
    found = plan.finish(values, x.mean(axis=0), FEW, 0.9)
    assert np.array_equal(found.draws, values)
    assert np.array_equal([found.lower, found.upper], expanded_interval(values, 0.9, FEW))
    assert found.std_error == pytest.approx(values.std(axis=0, ddof=1))
    assert set(found.interval) == {BOOTSTRAP}
    assert found.warnings == []


def test_a_ratio_of_sums_by_hand():
    """Jackknife of a ratio: 10/5 whole; 8/4, 7/3, 9/4, 6/4 without each, in deviations from 2 times sqrt(3/4)."""
    top, bottom = np.array([2.0, 3, 1, 4]), np.array([1.0, 2, 1, 1])
    plan = plan_clusters(4, 10, np.random.default_rng(0))
    found = plan.finish(ratio(plan.weights @ top, plan.weights @ bottom), 2.0, 4, 0.95)
    error = np.sqrt(0.75 * ((8 / 4 - 2) ** 2 + (7 / 3 - 2) ** 2 + (9 / 4 - 2) ** 2 + (6 / 4 - 2) ** 2))
    assert float(found.std_error) == pytest.approx(error, abs=EXACT)
    assert float(found.upper) == pytest.approx(2 + 3.182446305284263 * error, abs=1e-9)  # R: qt(.975, 3)


def test_clusters_without_a_part_in_the_estimate_do_not_count():
    x = np.random.default_rng(2).normal(size=6)
    there = np.array([1.0] * 6 + [0.0] * 30)
    total = np.concatenate([x, np.zeros(30)])
    plan = plan_clusters(36, 50, np.random.default_rng(0), behind=[6, 30])
    assert plan.jackknife
    found = plan.finish(ratio(plan.weights @ total, plan.weights @ there), x.mean(), 6, 0.95)
    assert float(found.std_error) == pytest.approx(stats.sem(x), abs=EXACT)
    assert not plan_clusters(
        36, 50, np.random.default_rng(0), behind=[25, 0]
    ).jackknife  # nothing is behind 0


def test_below_four_there_is_no_interval_and_of_one_no_error():
    x = np.arange(6.0)[:, None] * np.ones(4)
    plan = plan_clusters(6, 50, np.random.default_rng(0))
    found = plan.finish(means(plan.weights, x), x.mean(axis=0), [1, 2, 3, 4], 0.95)
    assert np.isnan(found.lower).tolist() == np.isnan(found.upper).tolist() == [True, True, True, False]
    assert np.isnan(found.std_error).tolist() == [True, False, False, False]
    assert np.isnan(found.draws).all(axis=0).tolist() == [True, True, True, False]
    assert found.interval.tolist() == ["none", "none", "none", JACKKNIFE]
    assert found.warnings[0] == "3 of 4 estimates rest on fewer than 4 clusters: no interval"
    one = plan_clusters(1, 50, np.random.default_rng(0))
    alone = one.finish(np.ones((0, 2)), np.ones(2), 1, 0.95)
    assert np.isnan([alone.std_error, alone.lower]).all()
    assert alone.draws.shape == (50, 2)
    none = plan_clusters(9, 0, np.random.default_rng(0)).finish(np.ones((0, 2)), np.ones(2), 9, 0.95)
    assert none.draws.shape == (0, 2)
    assert none.interval.tolist() == ["none", "none"]
    assert none.warnings == []


def test_replicates_are_students_and_joint():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(8, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    plan = plan_clusters(8, 40_000, np.random.default_rng(4))
    found = plan.finish(means(plan.weights, x), x.mean(axis=0), 8, 0.95)
    scaled = (found.draws - x.mean(axis=0)) / stats.sem(x)
    for p in (0.025, 0.2, 0.7, 0.95):
        assert np.quantile(scaled, p, axis=0) == pytest.approx(stats.t.ppf(p, 7), abs=0.05)
    # a contrast of the replicates is the interval of the paired differences
    difference = found.draws[:, 0] - found.draws[:, 1]
    own = x[:, 0] - x[:, 1]
    low, high, error = replicate_interval(difference, 0.95, 8, True)
    assert [low, high] == pytest.approx(stats.t.interval(0.95, 7, own.mean(), stats.sem(own)), abs=0.03)
    assert float(error) == pytest.approx(stats.sem(own), rel=0.03)
    again = plan.finish(means(plan.weights, x), x.mean(axis=0), 8, 0.95)
    assert np.array_equal(
        found.draws, again.draws
    )  # one plan gives joint replicates however often it is asked


def test_coefficients_are_worked_out_on_the_scale_of_artanh():
    values = np.array([0.5, 0.7, 0.6, 0.9, 0.8])[:, None]
    plan = plan_clusters(5, 4001, np.random.default_rng(0))
    found = plan.finish(values, [0.72], 5, 0.95, correlation=True)
    reach = stats.t.ppf(0.975, 4) * np.sqrt(0.8 * ((np.arctanh(values) - np.arctanh(0.72)) ** 2).sum())
    assert found.lower[0] == pytest.approx(np.tanh(np.arctanh(0.72) - reach), abs=EXACT)
    assert found.upper[0] == pytest.approx(np.tanh(np.arctanh(0.72) + reach), abs=EXACT)
    assert found.std_error[0] == pytest.approx(np.sqrt(0.8 * ((values - 0.72) ** 2).sum()), abs=EXACT)
    assert (np.abs(found.draws) < 1).all()
    beyond = plan.finish(
        np.where(values == 0.9, 1.0, values), [0.72], 5, 0.95, correlation=True, within=(-1, 1)
    )
    assert beyond.upper[0] == 1.0  # no artanh of 1: as it is, and within its range
    assert beyond.lower[0] == pytest.approx(0.72 - stats.t.ppf(0.975, 4) * beyond.std_error[0], abs=EXACT)


def test_what_is_not_defined_without_a_cluster_has_no_interval():
    values = np.array([[0.5, 0.5], [0.4, np.nan], [0.6, 0.5], [0.5, 0.5]])
    plan = plan_clusters(4, 20, np.random.default_rng(0))
    found = plan.finish(values, [0.5, 0.5], 4, 0.95, what="items")
    assert np.isnan(found.lower).tolist() == [False, True]
    assert "1 of 2 estimates are not defined without one of their items: no interval" in found.warnings


def test_corrected_estimates_are_the_centre_of_their_replicates():
    x = np.random.default_rng(6).normal(size=(30, 1))
    for n in (9, 30):
        plan = plan_clusters(n, 500, np.random.default_rng(0))
        part = x[:n]
        found = plan.finish(
            means(plan.weights, part), part.mean(axis=0), n, 0.95, around=[7.0], within=(-9, 7.1)
        )
        assert found.draws.mean() == pytest.approx(7.0, abs=1e-9)
        assert found.upper[0] <= 7.1


def test_groups_side_by_side():
    parts = []
    for n in (5, 30):
        x = np.arange(float(n))[:, None] * [1.0, 2.0]
        plan = plan_clusters(n, 40, np.random.default_rng(0))
        parts.append(plan.finish(means(plan.weights, x), x.mean(axis=0), n, 0.95))
    both = stacked(parts)
    assert both.draws.shape == (40, 2, 2)
    assert both.interval.tolist() == [[JACKKNIFE] * 2, [BOOTSTRAP] * 2]
    assert np.array_equal(both.upper[1], parts[1].upper)
    assert both.warnings == parts[0].warnings


def test_contrasts_of_bootstrap_replicates_stay_expanded():
    draws = np.random.default_rng(0).normal(size=(500, 3))
    low, high, error = replicate_interval(draws, 0.9, [30, 6, 3], [False, True, True])
    wide = expanded_interval(draws, 0.9, 30)
    assert [low[0], high[0]] == pytest.approx([wide[0][0], wide[1][0]], abs=EXACT)
    assert [low[1], high[1]] == pytest.approx(np.quantile(draws[:, 1], [0.05, 0.95]), abs=EXACT)
    assert np.isnan([low[2], high[2], error[2]]).all()
    assert error[0] == pytest.approx(draws[:, 0].std(ddof=1))


def test_the_error_of_students_draws():
    draws = 3 * stats.t.ppf((np.arange(100_000) + 0.5) / 100_000, 4)
    assert float(student_standard_error(draws, 5)) == pytest.approx(3, rel=1e-3)


def test_what_is_said_of_few():
    assert few_warnings([30, 20], "queries") == []
    assert few_warnings([3, 12, 40, 9], "queries") == [
        "1 of 4 estimates rest on fewer than 4 queries: no interval",
        "2 of 4 estimates rest on 9 to 12 queries, fewer than 20: their interval is Student's t with the jackknife's "
        "error",
    ]
    assert "of percentiles" in few_warnings([12], "people", jackknife=False)[0]


def test_percentiles_of_two_to_five_clusters_cannot_hold_more_than_their_hull():
    """The claim that the module rests on: over all signs of centred values, the hull holds 0 in 1 - 2^(1-n)."""
    for n in (2, 3, 4, 5):
        signs = np.array(list(itertools.product([-1, 1], repeat=n)))
        inside = (signs.min(axis=1) < 0) & (signs.max(axis=1) > 0)
        assert inside.mean() == 1 - 2.0 ** (1 - n)


@pytest.mark.parametrize("n", [4, 5, 10, 19])
def test_intervals_hold_the_mean_of_a_population_of_clusters(n):
    """4,000 studies of unequal clusters: within four Monte Carlo errors of .95, or above."""
    rng = np.random.default_rng(n)
    size = np.resize([2.0, 3, 2, 4], n)
    total = rng.normal(0, 1, (n, 4000)) * size[:, None] + rng.normal(0, 1, (n, 4000)) * np.sqrt(size)[:, None]
    plan = plan_clusters(n, 2, rng)
    values = (plan.weights @ total) / (plan.weights @ size)[:, None]
    found = plan.finish(values, total.sum(axis=0) / size.sum(), n, 0.95)
    held = ((found.lower <= 0) & (found.upper >= 0)).mean()
    assert held > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 4000)
