"""Exact p-values and intervals of correlations between few pairs, against enumeration, scipy and R's numbers."""

import numpy as np
import pytest
from scipy import stats

from valuestats.statistics.correlation import (
    correlation_p_value,
    largest_correlation,
    pearson_interval,
    pearson_matrix,
    spearman_interval,
    spearman_matrix,
    spearman_standard_error,
)
from valuestats.statistics.exact_correlation import pairwise_p_value, rank_p_value


def p_of(x, y, *, ranks):
    ratings, scores = np.array([x], dtype=float), np.array(y, dtype=float)[:, None]
    found = (spearman_matrix if ranks else pearson_matrix)(ratings, scores)
    return float(pairwise_p_value(found, ratings, scores, ranks=ranks)[0, 0])


@pytest.mark.parametrize(("n", "p"), [(3, 2 / 6), (4, 2 / 24), (5, 2 / 120), (6, 2 / 720)])
def test_a_perfect_order_is_as_likely_as_one_order_and_its_reverse(n, p):
    assert p_of(range(n), range(n), ranks=True) == pytest.approx(p, abs=1e-12)
    assert p_of(range(n), range(n, 0, -1), ranks=True) == pytest.approx(p, abs=1e-12)
    assert p_of(range(n), range(n), ranks=False) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "level", "critical"),
    [(5, 0.05, 1.0), (6, 0.05, 0.886), (7, 0.05, 0.786), (8, 0.05, 0.738), (9, 0.05, 0.700), (6, 0.01, 1.0),
     (7, 0.01, 0.929), (8, 0.01, 0.881), (9, 0.01, 0.833)],
)  # fmt: skip
def test_critical_values_are_the_published_ones(n, level, critical):
    """Zar (1972), Journal of the American Statistical Association 67, table 1: two-sided, exact, no ties."""
    step = 12 / (n**3 - n)  # between one possible value and the next
    r = 1 - step * np.round((1 - critical) / step)
    assert round(r, 3) == critical
    here, below = rank_p_value(np.array([r, r - step]), np.array([n, n]))
    assert here <= level < below


@pytest.mark.parametrize("ranks", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_ties_and_values_against_scipys_permutations(seed, ranks):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(1, 5, 6).astype(float), rng.integers(1, 6, 6).astype(float)
    first = stats.rankdata(x) if ranks else x
    second = stats.rankdata(y) if ranks else y
    found = stats.permutation_test(
        (first,),
        lambda a: stats.pearsonr(a, second).statistic,
        permutation_type="pairings",
        alternative="two-sided",
        n_resamples=np.inf,
    )
    assert p_of(x, y, ranks=ranks) == pytest.approx(found.pvalue, abs=1e-12)


def test_missing_ratings_leave_their_pairs_and_many_keep_students_t():
    rng = np.random.default_rng(1)
    ratings, scores = rng.normal(size=(2, 14)), rng.normal(size=(14, 2))
    ratings[0, 5:] = np.nan
    scores[0, 1] = np.nan
    found = spearman_matrix(ratings, scores)
    p = pairwise_p_value(found, ratings, scores, ranks=True)
    assert p[0, 0] == pytest.approx(p_of(ratings[0, :5], scores[:5, 0], ranks=True), abs=1e-12)
    assert p[0, 1] == pytest.approx(p_of(ratings[0, 1:5], scores[1:5, 1], ranks=True), abs=1e-12)
    assert np.array_equal(p[1], correlation_p_value(found.r[1], found.n[1]))
    constant = pearson_matrix(np.full((1, 5), 2.0), scores[:5])
    assert np.isnan(pairwise_p_value(constant, np.full((1, 5), 2.0), scores[:5], ranks=False)).all()


def test_p_values_from_r_and_n_alone_are_those_without_ties():
    x, y = np.arange(7.0), np.array([2.0, 1, 4, 3, 7, 5, 6])
    r = spearman_matrix(x[None], y[:, None]).r[0, 0]
    found = rank_p_value(np.array([r, 0.4, np.nan]), np.array([7, 30, 5]))
    assert found[0] == pytest.approx(p_of(x, y, ranks=True), abs=1e-12)
    assert found[1] == correlation_p_value(np.array([0.4]), np.array([30]))[0]
    assert np.isnan(found[2])


def test_under_no_correlation_a_twentieth_is_rejected_at_most():
    """Every order of five pairs: the share with p <= .05 is at most .05, and of p <= 2/120 exactly 2/120."""
    from itertools import permutations

    p = np.array([p_of(range(5), order, ranks=True) for order in permutations(range(5))])
    for level in (0.02, 0.05, 0.1, 0.3):
        assert (p <= level).mean() <= level
    assert (p <= 2 / 120 + 1e-12).mean() == pytest.approx(2 / 120)


def test_a_correlation_of_one_has_an_interval():
    r, n = np.array([1.0, -1.0, 1.0]), np.array([4, 5, 47])
    for interval in (spearman_interval, pearson_interval):
        low, high = interval(r, n, 0.95)
        assert low[0] < 0 < high[0] == 1.0  # of four the exact p is .083: 0 belongs in it
        assert low[1] == -1.0
        assert -1 < high[1] < 0  # of five .017: 0 does not
        assert 0.999 < low[2] < 1
    most = largest_correlation(n)
    assert most.tolist() == pytest.approx([0.9, 0.95, 1 - 6 / (47**3 - 47)])
    z = np.arctanh(0.9) - stats.norm.isf(0.025) * np.sqrt(1 + 0.81 / 2)
    assert spearman_interval(r, n, 0.95)[0][0] == pytest.approx(np.tanh(z), abs=1e-12)
    assert spearman_standard_error(r, n)[0] == pytest.approx(np.sqrt(1 + 0.81 / 2))


def test_below_the_largest_nothing_changes():
    r, n = np.array([0.8, -0.3]), np.array([4, 9])
    low, high = pearson_interval(r, n, 0.9)
    half = stats.norm.isf(0.05) / np.sqrt(n - 3)
    assert low == pytest.approx(np.tanh(np.arctanh(r) - half), abs=1e-12)
    assert high == pytest.approx(np.tanh(np.arctanh(r) + half), abs=1e-12)
    near = pearson_interval(np.array([0.97]), np.array([4]), 0.95)  # between ranks' largest and 1, but not 1
    assert near[1][0] == pytest.approx(np.tanh(np.arctanh(0.97) + 1.959963984540054), abs=1e-12)


@pytest.mark.parametrize(
    ("order", "p"),
    [
        ([2, 1, 4, 3, 7, 5, 6], 0.03412698413),
        ([3, 1, 2, 7, 6, 4, 5], 0.2),
        ([2, 1, 4, 3, 7, 5, 6, 9, 8], 0.002028218695),
    ],
)
def test_r_gives_the_same_p_values(order, p):
    """R 4.2: ``cor.test(seq_along(order), order, method = "spearman", exact = TRUE)$p.value``."""
    assert p_of(range(len(order)), order, ranks=True) == pytest.approx(p, rel=1e-9)
