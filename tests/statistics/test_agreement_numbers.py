"""Agreement from counts: both parts by hand, many replicates, and the edges of what is defined."""

import numpy as np
import pytest

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

COUNTS = np.array([[2.0, 0, 0], [0, 1, 1], [1, 0, 2], [0, 1, 0], [0, 0, 0]])
ONCE = np.ones((1, 5))


def test_counts_of_an_uneven_table():
    found = count_matrix(np.array([0, 0, 2]), np.array([1, 1, 0]), 4, 3)
    assert found.tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_nominal_alpha_by_hand():
    found = krippendorff_nominal(COUNTS, ONCE)
    # disagreeing ordered pairs over m - 1: 0, 2, 4/2 of 7 ratings; margins 3, 1, 3 of 7
    observed, expected = 4 / 7, (49 - 9 - 1 - 9) / 42
    assert found.observed == pytest.approx([1 - observed])
    assert found.expected == pytest.approx([1 - expected])
    assert found.estimate == pytest.approx([1 - observed / expected])
    apart = np.array([[0, 1, 4.0], [1, 0, 1], [4, 1, 0]])
    far = krippendorff_nominal(COUNTS, ONCE, apart)
    observed, expected = (2 + 16 / 2) / 7, 2 * (3 * 1 * 1 + 9 * 4 + 3 * 1) / 42
    assert far.estimate == pytest.approx([1 - observed / expected])


def test_interval_alpha_by_hand():
    item, value = np.array([0, 0, 1, 1, 2, 2, 2, 3]), np.array([11.0, 11, 12, 13, 11, 13, 13, 99])
    found = krippendorff_interval(item, value, 5, ONCE)
    observed, expected = (2 + 16 / 2) / 7, 2 * (3 * 1 * 1 + 9 * 4 + 3 * 1) / 42
    assert found.observed == pytest.approx([observed])
    assert found.expected == pytest.approx([expected])
    assert found.estimate == pytest.approx([1 - observed / expected])
    same = krippendorff_interval(np.array([0, 0, 1, 1]), np.full(4, 1e6 + 0.1), 2, np.ones((1, 2)))
    assert np.isnan(same.estimate).all()


def test_ordinal_alpha_by_hand_in_each_of_many_replicates():
    found = krippendorff_ordinal(COUNTS, np.ones((600, 5)))
    # mid-ranks 1.5, 3.5, 5.5 of margins 3, 1, 3: squared distances 4, 16, 4
    observed, expected = (2 * 4 + 4 * 16 / 2) / 7, 2 * (3 * 4 + 9 * 16 + 3 * 4) / 42
    assert found.observed == pytest.approx(np.full(600, observed))
    assert found.expected == pytest.approx(np.full(600, expected))
    assert found.estimate == pytest.approx(np.full(600, 1 - observed / expected))
    rng = np.random.default_rng(0)
    weights = rng.multinomial(5, np.full(5, 0.2), size=600).astype(float)
    drawn = krippendorff_ordinal(COUNTS, weights).estimate
    for r in (0, 255, 256, 257, 511, 512, 599):
        alone = krippendorff_ordinal(np.repeat(COUNTS, weights[r].astype(int), axis=0), np.ones((1, 5)))
        assert drawn[r] == pytest.approx(alone.estimate[0], nan_ok=True)


def test_cohen_by_hand_and_weighted():
    one, two = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
    found = cohen_kappa(one, two, np.array([[1.0, 1, 1, 1], [2, 1, 1, 0]]), np.eye(3))
    assert found.observed == pytest.approx([0.5, 0.75])
    assert found.expected == pytest.approx([(2 * 2 + 1 * 2) / 16, (3 * 2 + 1 * 2) / 16])
    assert found.estimate == pytest.approx([(0.5 - 0.375) / 0.625, 0.5])
    perfect = cohen_kappa(np.zeros(3, int), np.zeros(3, int), np.ones((1, 3)), np.eye(2))
    assert np.isnan(perfect.estimate).all()


def test_fleiss_and_gwet_by_hand():
    share = np.array([1 + 0 + 1 / 3 + 0, 0 + 1 / 2 + 0 + 1, 0 + 1 / 2 + 2 / 3 + 0]) / 4
    observed = (1 + 0 + 2 / 6) / 3
    fleiss, ac = fleiss_kappa(COUNTS, ONCE), gwet_ac(COUNTS, ONCE, np.eye(3))
    assert fleiss.observed == pytest.approx([observed])
    assert fleiss.expected == pytest.approx([(share**2).sum()])
    assert ac.observed == pytest.approx([observed])
    assert ac.expected == pytest.approx([3 / 6 * (share * (1 - share)).sum()])
    assert ac.estimate == pytest.approx([(observed - ac.expected[0]) / (1 - ac.expected[0])])
    s = category_similarity(np.array([1.0, 2, 3]), "linear")
    alike = gwet_ac(COUNTS, ONCE, s)
    assert alike.observed == pytest.approx([(1 + 0.5 + 1 / 3) / 3])
    assert alike.expected == pytest.approx([(3 + 4 * 0.5) / 6 * (share * (1 - share)).sum()])
    lone = gwet_ac(np.array([[2.0], [3]]), np.ones((2, 2)), np.eye(1))
    assert lone.observed.tolist() == [1, 1]
    assert np.isnan([lone.estimate, lone.expected]).all()
    assert lone.estimate.shape == (2,)
    empty = fleiss_kappa(COUNTS, np.array([[0.0, 0, 0, 0, 1]]))
    assert np.isnan([empty.estimate, empty.observed, empty.expected]).all()


def test_similarities_by_hand():
    values = np.array([1.0, 2, 5])
    assert category_similarity(values, "nominal").tolist() == np.eye(3).tolist()
    assert category_similarity(values, "linear")[0] == pytest.approx([1, 0.75, 0])
    assert category_similarity(values, "quadratic")[1] == pytest.approx([1 - 1 / 16, 1, 1 - 9 / 16])
    assert category_similarity(np.array([4.0]), "linear").tolist() == [[1]]
    assert category_similarity(values[:2], "linear").tolist() == [[1, 0], [0, 1]]


def test_set_distances_by_hand():
    sets = [frozenset("ab"), frozenset("abc"), frozenset("cd"), frozenset(), frozenset("ab"), frozenset("bc")]
    jaccard, masi = set_distance(sets, "jaccard"), set_distance(sets, "masi")
    assert jaccard[0] == pytest.approx([0, 1 / 3, 1, 1, 0, 2 / 3])
    assert masi[0] == pytest.approx([0, 1 - 2 / 3 * 2 / 3, 1, 1, 0, 1 - 1 / 3 / 3])
    assert masi[1] == pytest.approx([1 - 4 / 9, 0, 1 - 1 / 4 / 3, 1, 1 - 4 / 9, 1 - 4 / 9])
    assert [jaccard[3, 3], masi[3, 3]] == [0, 0]
    assert masi == pytest.approx(masi.T)
