"""Entropies: by hand, and the Dirichlet posterior by integrating over it."""

import math

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import xlogy

from valuestats.statistics.entropy import dirichlet_entropy, jackknife_entropy, plugin_entropy, true_rate


def entropy(*counts):
    total = sum(counts)
    return -sum(c / total * math.log(c / total) for c in counts if c)


def test_plugin_by_hand():
    found = plugin_entropy(np.array([[[1.0, 1, 2], [0, 5, 0]], [[0.5, 0.25, 0.25], [0, 0, 0]]]))
    expected = [[1.5 * math.log(2), 0], [1.5 * math.log(2), np.nan]]
    assert found == pytest.approx(np.array(expected), nan_ok=True)


@pytest.mark.parametrize(("counts", "concentration"), [((3, 1), 0.5), ((0, 2), 1.0), ((7, 5), 2.0)])
def test_two_categories_are_the_integral_over_the_beta(counts, concentration):
    found = dirichlet_entropy(np.array([counts, counts], dtype=float), concentration)
    beta = stats.beta(counts[0] + concentration, counts[1] + concentration)

    def moment(power):
        def inner(p):
            return (-xlogy(p, p) - xlogy(1 - p, 1 - p)) ** power * beta.pdf(p)

        return integrate.quad(inner, 0, 1, epsabs=1e-12, limit=200)[0]

    mean = moment(1)
    assert found.mean == pytest.approx([mean] * 2, abs=1e-7)
    assert found.std == pytest.approx([math.sqrt(moment(2) - mean**2)] * 2, abs=1e-6)


def test_three_categories_are_the_mean_over_draws():
    found = dirichlet_entropy(np.array([4.0, 0, 2]))
    p = np.random.default_rng(0).dirichlet([4.5, 0.5, 2.5], 400_000)
    h = -xlogy(p, p).sum(axis=1)
    assert found.mean == pytest.approx(h.mean(), abs=5 * h.std() / 400_000**0.5)
    assert found.std == pytest.approx(h.std(), rel=0.01)


def test_the_jackknife_leaves_out_each_cluster():
    sums = np.array([[2.0, 0], [0, 1], [1, 1]])
    # all (3, 2); without each: (1, 2), (3, 1), (2, 1)
    left = entropy(1, 2) + entropy(3, 1) + entropy(2, 1)
    expected = 3 * entropy(3, 2) - 2 / 3 * left
    both = jackknife_entropy(np.stack([sums, sums[::-1]]))
    assert both == pytest.approx([expected, expected])
    # where nothing is left without a cluster, the whole stands in for it
    lone = jackknife_entropy(np.array([[3.0, 1], [0, 0]]))
    assert lone == pytest.approx(2 * entropy(3, 1) - 0.5 * (entropy(3, 1) + entropy(3, 1)))


def test_one_cluster_gives_the_plugin_and_two_are_enough_to_leave_one_out():
    assert jackknife_entropy(np.array([[3.0, 1]])) == pytest.approx(entropy(3, 1))
    two = jackknife_entropy(np.array([[1.0, 1], [1, 0]]))
    assert two == pytest.approx(2 * entropy(2, 1) - 0.5 * (0 + entropy(1, 1)))


def test_a_judges_rate_by_hand():
    # 50 true among 200, sensitivity .8 and specificity .9: 40 + 15 = 55 reported, .275
    assert true_rate(np.array([0.275, 0.05, 0.95]), 0.8, 0.9) == pytest.approx([0.25, 0, 1])
    assert true_rate(np.array([0.275]), np.array([0.8]), np.array([0.9])) == pytest.approx([0.25])
    assert true_rate(np.array([0.3]), 1.0, 1.0) == pytest.approx([0.3])
