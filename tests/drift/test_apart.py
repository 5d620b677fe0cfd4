"""Intervals of distances between two distributions: their formulas in plain loops, over all sets of stances."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from valuestats.drift.apart import MOST_STANCES, jensen_shannon_apart, total_variation_apart
from valuestats.statistics.clusters import plan_clusters

LEVEL = 0.9


def shares(clusters, stances, shift, seed):
    """Shares of stances of each cluster before and after, and as each evaluation of the plan weights them."""
    rng = np.random.default_rng(seed)
    before = rng.dirichlet(np.full(stances, 4.0), clusters)
    after = before + shift * (rng.dirichlet(np.full(stances, 4.0), clusters) - before)
    after[:, 0] += shift / 4
    after /= after.sum(axis=1, keepdims=True)
    plan = plan_clusters(clusters, 400, rng)
    weights = plan.with_all / plan.with_all.sum(axis=1, keepdims=True)
    return weights @ before, weights @ after, plan


def replicates(values, plan):
    """Replicates and error of one statistic: those of the bootstrap, or Student's t about the jackknife's error."""
    point, rest = values[0], values[1:]
    if not plan.jackknife:
        return rest, rest.std(ddof=1)
    n = len(rest)
    away = (rest - point) * np.sqrt((n - 1) / n)
    scale = np.sqrt((n - 1) / stats.chi2.ppf(plan.quantile, n - 1))
    return point + scale * (plan.normal @ away), np.sqrt((away**2).sum())


def reach(plan, units):
    """How many errors a single end lies away."""
    t = stats.t.ppf((1 + LEVEL) / 2, units - 1)
    return t if plan.jackknife else t * np.sqrt(units / (units - 1))


@pytest.mark.parametrize("shift", [0.0, 0.15, 0.9])
@pytest.mark.parametrize(("clusters", "stances"), [(9, 3), (9, 4), (40, 3), (40, 5)])
def test_total_variation_is_bounded_over_all_sets(clusters, stances, shift):
    first, last, plan = shares(clusters, stances, shift, seed=clusters + stances)
    found = total_variation_apart(first, last, plan, clusters, LEVEL)
    assert found.estimate == pytest.approx(np.abs(last[0] - first[0]).sum() / 2)
    own = replicates(np.abs(last - first).sum(axis=1) / 2, plan)
    assert found.draws == pytest.approx(own[0])
    assert found.std_error == pytest.approx(own[1])
    t = reach(plan, clusters)
    sup, sets = [], []
    for size in range(1, stances):
        for chosen in combinations(range(stances), size):
            moved = (last - first)[:, list(chosen)].sum(axis=1)
            drawn, error = replicates(moved, plan)
            if error > 1e-12:
                sup.append(np.abs(drawn - moved[0]) / error)
            sets.append((abs(moved[0]), error))
    quantile = np.quantile(np.max(sup, axis=0), quantile_of(plan, clusters)) if sup else 0.0
    low = max(moved - quantile * error for moved, error in sets)
    high = max(moved + t * error for moved, error in sets)
    assert found.lower == pytest.approx(max(low, 0.0), abs=1e-12)
    assert found.upper == pytest.approx(min(high, 1.0))


def quantile_of(plan, units):
    """From below, of a maximum: the level with one tail, of a bootstrap expanded for few clusters (Hesterberg 2015)."""
    if plan.jackknife:
        return (1 + LEVEL) / 2
    tail = stats.norm.cdf(np.sqrt(units / (units - 1)) * stats.t.ppf((1 - LEVEL) / 2, units - 1))
    return 1 - tail


@pytest.mark.parametrize("shift", [0.05, 0.15, 0.9])
@pytest.mark.parametrize(("clusters", "stances"), [(9, 3), (40, 3), (40, 5)])
def test_the_divergence_is_bounded_on_the_scale_of_its_root(clusters, stances, shift):
    first, last, plan = shares(clusters, stances, shift, seed=clusters + stances)
    found = jensen_shannon_apart(first, last, plan, clusters, LEVEL)
    roots = np.array([jensenshannon(p, q, base=2) for p, q in zip(first, last, strict=True)])
    assert found.estimate == pytest.approx(roots[0] ** 2, abs=1e-12)
    drawn, error = replicates(roots**2, plan)
    assert found.draws == pytest.approx(drawn, abs=1e-9)
    assert found.std_error == pytest.approx(error, abs=1e-9)
    own = replicates(roots, plan)[1]
    middle = (first[0] + last[0]) / 2
    away, errors = [], []
    for k in range(stances):
        drawn, error = replicates(last[:, k] - first[:, k], plan)
        scale = 1 / np.sqrt(8 * middle[k] * np.log(2))
        away.append((drawn - (last - first)[0, k]) * scale)
        errors.append(error * scale)
    t = reach(plan, clusters)
    widest = np.sqrt(np.linalg.eigvalsh(np.cov(away)).max())
    if plan.jackknife:
        widest = np.sqrt(np.sum(np.square(errors)))
    down = max(np.quantile(np.sqrt(np.sum(np.square(away), axis=0)), quantile_of(plan, clusters)), t * own)
    assert found.lower == pytest.approx(max(roots[0] - down, 0.0) ** 2, abs=1e-9)
    assert found.upper == pytest.approx(min(roots[0] + t * max(own, widest), 1.0) ** 2)


@pytest.mark.parametrize("measure", [total_variation_apart, jensen_shannon_apart])
def test_the_ends_stay_between_nothing_and_everything(measure):
    """Five clusters that all turned round but one: the upper end would pass 1."""
    first = np.tile([1.0, 0.0], (6, 1))
    last = np.array([[0.1, 0.9]] + [[0.0, 1.0]] + [[0.125, 0.875]] * 4)
    plan = plan_clusters(5, 200, np.random.default_rng(1))
    found = measure(first, last, plan, 5, 0.99)
    assert found.upper == 1.0
    assert 0.0 < found.lower < found.estimate
    alike = measure(first, first, plan, 5, 0.99)
    assert (alike.estimate, alike.lower, alike.std_error) == (0.0, 0.0, 0.0)


def test_few_clusters_many_stances_and_no_replicates_have_no_interval():
    first, last, plan = shares(9, 3, 0.5, seed=1)
    for measure in (total_variation_apart, jensen_shannon_apart):
        assert np.isnan(measure(first, last, plan, 3, LEVEL).upper)
        assert not np.isnan(measure(first, last, plan, 4, LEVEL).upper)
        none = plan_clusters(9, 0, np.random.default_rng(0))
        assert np.isnan(measure(first[:1], last[:1], none, 9, LEVEL).lower)
    first, last, plan = shares(9, MOST_STANCES + 1, 0.5, seed=1)
    assert np.isnan(total_variation_apart(first, last, plan, 9, LEVEL).lower)
    assert not np.isnan(jensen_shannon_apart(first, last, plan, 9, LEVEL).lower)
    first, last, plan = shares(9, MOST_STANCES, 0.5, seed=1)
    assert not np.isnan(total_variation_apart(first, last, plan, 9, LEVEL).lower)


def test_an_evaluation_without_answers_on_one_side_has_no_distance():
    first, last, plan = shares(40, 3, 0.5, seed=2)
    first[3] = last[7] = np.nan
    found = total_variation_apart(first, last, plan, 40, LEVEL)
    assert np.flatnonzero(np.isnan(found.draws)).tolist() == [2, 6]
