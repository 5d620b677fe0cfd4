"""Agreement coefficients against other libraries' numbers, brute force, and their invariances.

Sources: Krippendorff's 12 units (nominal, ordinal, interval from PyPI krippendorff 0.9.0; Krippendorff 2011 prints .743,
.815, .849); the same ratings in R irrCAC 1.0's overview (`cac.raw4raters`: AC1, its chance part, Fleiss' kappa) and its
3 x 3 table `cont3x3abstractors`; Cohen's kappa from psych (tests/r/agreement.R); Fleiss (1971) from statsmodels.
"""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from valuestats.statistics.agreement import (
    category_similarity,
    cohen_kappa,
    count_matrix,
    fleiss_kappa,
    gwet_ac,
    krippendorff_interval,
    krippendorff_nominal,
    krippendorff_ordinal,
    set_distance,
)
from valuestats.statistics.resampling import cluster_weights

PUBLISHED = 5e-6  # as many digits as are printed
EXACT = 1e-12
R = Path(__file__).parents[1] / "r"
_ = np.nan
UNITS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T
ABSTRACTORS = np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])


def long(y):
    item, rater = np.nonzero(~np.isnan(y))
    return item, y[item, rater]


def counted(y, categories):
    item, value = long(y)
    return count_matrix(item, np.searchsorted(categories, value), len(y), len(categories))


def once(y):
    return np.ones((1, len(y)))


def brute_alpha(y, distance):
    """The definition: mean distance within items over mean distance of all pairable ratings."""
    rows = [r[~np.isnan(r)] for r in y]
    rows = [r for r in rows if len(r) >= 2]
    n = sum(map(len, rows))
    within = sum(distance(a, b) / (len(r) - 1) for r in rows for a, b in permutations(r, 2)) / n
    pooled = np.concatenate(rows)
    return 1 - within / (sum(distance(a, b) for a, b in permutations(pooled, 2)) / (n * (n - 1)))


def alphas(y, weights=None):
    categories = np.unique(y[~np.isnan(y)])
    counts, weights = counted(y, categories), once(y) if weights is None else weights
    item, value = long(y)
    return [
        found.estimate
        for found in (
            krippendorff_nominal(counts, weights),
            krippendorff_ordinal(counts, weights),
            krippendorff_interval(item, value, len(y), weights),
        )
    ]


def test_krippendorff_twelve_units():
    expected = [0.743421052631579, 0.8153875037548814, 0.8491071428571428]
    np.testing.assert_allclose(np.ravel(alphas(UNITS)), expected, atol=EXACT)


def test_gwet_and_fleiss_on_the_same_units():
    counts = counted(UNITS, np.arange(1.0, 6))
    ac1 = gwet_ac(counts, once(UNITS), np.eye(5))
    assert ac1.estimate[0] == pytest.approx(0.77544, abs=PUBLISHED)
    assert ac1.expected[0] == pytest.approx(0.1903212, abs=5e-8)
    assert ac1.observed[0] == pytest.approx(0.8181818, abs=5e-8)
    assert fleiss_kappa(counts, once(UNITS)).estimate[0] == pytest.approx(0.76117, abs=PUBLISHED)


def test_two_abstractors_by_every_coefficient():
    first, second = (np.repeat(index.ravel(), ABSTRACTORS.ravel()) for index in np.indices((3, 3)))
    counts = np.eye(3)[first] + np.eye(3)[second]
    weights = np.ones((1, 100))
    assert cohen_kappa(first, second, weights, np.eye(3)).estimate[0] == pytest.approx(0.7964094, abs=5e-8)
    assert gwet_ac(counts, weights, np.eye(3)).estimate[0] == pytest.approx(0.8493305, abs=5e-8)
    assert krippendorff_nominal(counts, weights).estimate[0] == pytest.approx(0.7972585, abs=5e-8)
    # with two raters and no missing rating Fleiss' kappa is Scott's pi
    assert fleiss_kappa(counts, weights).estimate[0] == pytest.approx(0.7962397, abs=5e-8)


@pytest.mark.parametrize(
    ("name", "weighting"), [("unweighted", "nominal"), ("linear", "linear"), ("quadratic", "quadratic")]
)
def test_cohen_against_psych(name, weighting):
    expected = pd.read_csv(R / "agreement.csv", comment="#").set_index("kappa").loc[name, "value"]
    y = pd.read_csv(R / "two_raters.csv").dropna().to_numpy().astype(int) - 1
    similarity = category_similarity(np.arange(4.0), weighting)
    found = cohen_kappa(y[:, 0], y[:, 1], np.ones((1, len(y))), similarity)
    assert found.estimate[0] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("weighting", ["nominal", "linear", "quadratic"])
def test_gwet_is_its_definition_pair_by_pair(weighting):
    y = _ratings(5, 20, 4, 0.3)
    values = np.arange(1.0, 6)
    s = category_similarity(values, weighting)
    found = gwet_ac(counted(y, values), once(y), s)
    rows = [r[~np.isnan(r)].astype(int) - 1 for r in y]
    rated = [r for r in rows if len(r)]
    observed = np.mean([np.mean([s[a, b] for a, b in permutations(r, 2)]) for r in rated if len(r) > 1])
    share = np.mean([np.bincount(r, minlength=5) / len(r) for r in rated], axis=0)
    expected = s.sum() / 20 * (share * (1 - share)).sum()
    assert found.estimate[0] == pytest.approx((observed - expected) / (1 - expected), abs=EXACT)


def test_fleiss_against_statsmodels():
    counts = counted(_ratings(2, 40, 6, 0.0), np.arange(1.0, 6))
    found = fleiss_kappa(counts, np.ones((1, 40))).estimate[0]
    assert found == pytest.approx(statsmodels_fleiss(counts), abs=EXACT)


def _ratings(seed, items=15, raters=4, missing=0.25):
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, items)[:, None]
    y = np.clip(truth + rng.integers(-1, 2, (items, raters)), 1, 5).astype(float)
    y[rng.random(y.shape) < missing] = np.nan
    return y


@pytest.mark.parametrize("seed", range(4))
def test_alpha_is_its_definition_pair_by_pair(seed):
    y = _ratings(seed)
    pooled = np.sort(np.concatenate([r[~np.isnan(r)] for r in y if (~np.isnan(r)).sum() > 1]))
    middle = {v: (np.searchsorted(pooled, v) + np.searchsorted(pooled, v, "right")) / 2 for v in pooled}
    nominal, ordinal, interval = np.ravel(alphas(y))
    assert nominal == pytest.approx(brute_alpha(y, lambda a, b: float(a != b)), abs=EXACT)
    assert ordinal == pytest.approx(brute_alpha(y, lambda a, b: (middle[a] - middle[b]) ** 2), abs=EXACT)
    assert interval == pytest.approx(brute_alpha(y, lambda a, b: (a - b) ** 2), abs=EXACT)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_raters_may_change_places_and_items_their_order(seed):
    y = _ratings(seed)
    rng = np.random.default_rng(seed)
    shuffled = np.array([rng.permutation(row) for row in y])[rng.permutation(len(y))]
    np.testing.assert_allclose(alphas(shuffled), alphas(y), atol=EXACT)
    values = np.arange(1.0, 6)
    for s in (np.eye(5), category_similarity(values, "quadratic")):
        again, first = (gwet_ac(counted(x, values), once(x), s).estimate for x in (shuffled, y))
        np.testing.assert_allclose(again, first, atol=EXACT)


@given(st.integers(0, 10_000), st.permutations(range(5)))
@settings(max_examples=25, deadline=None)
def test_categories_may_be_renamed(seed, order):
    y, weights = _ratings(seed), once(_ratings(seed))
    counts = counted(y, np.arange(1.0, 6))
    for coefficient in (krippendorff_nominal, fleiss_kappa):
        again = coefficient(counts[:, list(order)], weights).estimate
        np.testing.assert_allclose(again, coefficient(counts, weights).estimate, atol=EXACT)
    reverse = krippendorff_ordinal(counts[:, ::-1], weights).estimate
    np.testing.assert_allclose(reverse, krippendorff_ordinal(counts, weights).estimate, atol=EXACT)
    item, value = long(y)
    found = krippendorff_interval(item, 7 - 3 * value, len(y), weights).estimate
    np.testing.assert_allclose(
        found, krippendorff_interval(item, value, len(y), weights).estimate, atol=EXACT
    )


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_weight_is_that_many_copies_of_the_item(seed):
    y = _ratings(seed)
    weights = cluster_weights(len(y), 2, np.random.default_rng(seed))
    for row in weights:
        copies = np.repeat(y, row.astype(int), axis=0)
        np.testing.assert_allclose(alphas(y, row[None]), alphas(copies), atol=1e-10)
        values = np.arange(1.0, 6)
        for coefficient in (fleiss_kappa, krippendorff_nominal):
            merged = coefficient(counted(y, values), row[None]).estimate
            split = coefficient(counted(copies, values), once(copies)).estimate
            np.testing.assert_allclose(merged, split, atol=EXACT)


def test_set_distances_are_those_of_nltk():
    # nltk 3.10.4 jaccard_distance; its masi_distance rounds 2/3 and 1/3 to .67 and .33
    sets = [frozenset(s) for s in ("abc", "ab", "bd", "e", "")]
    jaccard, masi = set_distance(sets, "jaccard"), set_distance(sets, "masi")
    np.testing.assert_allclose(jaccard[0], [0, 1 / 3, 0.75, 1, 1], atol=EXACT)
    np.testing.assert_allclose(masi[0], [0, 1 - 2 / 3 * 2 / 3, 1 - 0.25 / 3, 1, 1], atol=EXACT)
    assert (np.diag(jaccard) == 0).all()
    np.testing.assert_allclose(masi, masi.T)


def test_distance_between_singletons_is_nominal():
    counts = counted(UNITS, np.arange(1.0, 6))
    distance = set_distance([frozenset([k]) for k in range(5)], "masi")
    found = krippendorff_nominal(counts, once(UNITS), distance).estimate
    np.testing.assert_allclose(found, krippendorff_nominal(counts, once(UNITS)).estimate, atol=EXACT)


def test_nothing_to_compare_is_no_number():
    one_rater = np.array([[1.0], [2.0], [3.0]])
    assert np.isnan(alphas(one_rater)).all()
    counts = counted(one_rater, np.arange(1.0, 4))
    assert np.isnan(fleiss_kappa(counts, once(one_rater)).estimate).all()
    assert np.isnan(gwet_ac(counts, once(one_rater), np.eye(3)).estimate).all()


@pytest.mark.parametrize("value", [3.0, 0.1])
def test_ratings_all_equal_have_no_chance_corrected_agreement(value):
    same = np.full((5, 3), value)
    assert np.isnan(alphas(same)).all()
    assert np.isnan(fleiss_kappa(counted(same, np.array([value])), once(same)).estimate).all()
    assert np.isnan(gwet_ac(counted(same, np.array([value])), once(same), np.eye(1)).estimate).all()
    assert gwet_ac(counted(same, np.array([value, 9])), once(same), np.eye(2)).estimate[0] == 1


def test_one_item_perfect_and_chance():
    one = np.array([[1.0, 2.0, 2.0]])
    assert alphas(one)[0][0] == pytest.approx(0)  # within is all there is
    perfect = np.repeat(np.arange(1.0, 5)[:, None], 3, axis=1)
    np.testing.assert_allclose(np.ravel(alphas(perfect)), 1)
    rng = np.random.default_rng(0)
    chance = rng.integers(1, 5, (20_000, 3)).astype(float)
    assert np.abs(alphas(chance)).max() < 0.02
