"""Linearised shares against their formula written out cluster by cluster, and intervals by their quantiles."""

import math

import numpy as np
import pytest
from scipy import stats

from valuestats.surveys.linearisation import (
    Shares,
    kish_size,
    linearised_shares,
    share_interval,
    single_strata,
)

CLUSTERS = [2, 3, 4, 1]
"""Clusters of each stratum; a cluster's code starts anew in each stratum."""


def sample():
    """Four strata, the last with one cluster; domains 0 to 2, and people outside of all."""
    rng = np.random.default_rng(0)
    strata = np.repeat(np.arange(4), [20, 30, 40, 10])
    psu = np.concatenate([np.arange(size) % c for size, c in zip([20, 30, 40, 10], CLUSTERS, strict=True)])
    option = rng.integers(0, 3, 100)
    domain = rng.integers(0, 3, 100)
    domain[strata == 2] = np.minimum(domain[strata == 2], 1)  # domain 2 never meets stratum 2
    domain[::17], option[::13] = -1, -1
    weight = rng.uniform(0.5, 2, 100)
    weight[5::29] = 0
    return option, domain, weight, strata, psu


def by_hand(option, domain, weight, strata, psu, d, k, single):
    """Share, variance, effective size and degrees of freedom of one option in one domain."""
    inside = (domain == d) & (option >= 0)
    total = weight[inside].sum()
    p = weight[inside & (option == k)].sum() / total
    variance = 0.0
    met = set()
    for h in np.unique(strata):
        names = np.unique(psu[strata == h])
        z = []
        for c in names:
            rows = inside & (strata == h) & (psu == c)
            z.append((weight[rows] * ((option[rows] == k) - p)).sum() / total)
            if weight[rows].sum() > 0:
                met.add((h, c))
        z = np.array(z)
        if len(z) > 1:
            variance += len(z) / (len(z) - 1) * ((z - z.mean()) ** 2).sum()
        elif single == "centre":
            variance += z[0] ** 2
    n = int((inside & (weight > 0)).sum())
    df = len(met) - len({h for h, _ in met})
    kish = total**2 / (weight[inside] ** 2).sum()
    return p, variance, variance / (p * (1 - p) / (n - 1)), n, kish, df


@pytest.mark.parametrize("single", ["centre", "remove"])
def test_every_domain_and_option_is_the_formula(single):
    data = sample()
    found = linearised_shares(*data, (3, 3), single)
    for d in range(3):
        for k in range(3):
            share, variance, deff, n, kish, df = by_hand(*data, d, k, single)
            assert found.share[d, k] == pytest.approx(share)
            assert found.variance[d, k] == pytest.approx(variance)
            assert found.deff[d, k] == pytest.approx(deff)
            assert (found.n[d], found.df[d]) == (n, df)
            assert found.kish[d] == pytest.approx(kish)
    assert found.share.sum(axis=1) == pytest.approx(np.ones(3))


def test_single_clusters_are_found_within_their_stratum():
    *_, strata, psu = sample()
    assert single_strata(strata, psu).tolist() == [3]
    assert single_strata(np.array([0, 1, 1, 3]), np.array([1, 0, 1, 1])).tolist() == [0, 3]
    assert single_strata(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])).tolist() == []
    with pytest.raises(ValueError, match="one cluster"):
        linearised_shares(*sample(), (3, 3))


def test_a_domain_of_one_person_has_no_design_effect_and_one_without_weight_no_share():
    option, domain = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2])
    weight, strata = np.array([1.0, 3, 2, 0]), np.zeros(4, int)
    found = linearised_shares(option, domain, weight, strata, np.arange(4), (4, 2))
    # z of the two people: 1 * (1 - 1/4) / 4 and 3 * (0 - 1/4) / 4, two clusters without any: 4/3 * 2 (3/16)^2
    assert found.variance[0] == pytest.approx(np.full(2, 4 / 3 * 2 * (3 / 16) ** 2))
    assert found.deff[0] == pytest.approx(np.full(2, 4 / 3 * 2 * (3 / 16) ** 2 / (3 / 16)))
    assert np.isnan(found.deff[1:]).all()
    assert found.share[1].tolist() == [1, 0]
    assert np.isnan(found.share[2:]).all()
    assert np.isnan(found.variance[2:]).all()
    assert found.n.tolist() == [2, 1, 0, 0]
    assert found.df.tolist() == [1, 0, 0, 0]
    assert found.kish[:2] == pytest.approx([16 / 10, 1])
    assert np.isnan(found.kish[2:]).all()


SHARES = Shares(
    share=np.array([[0.2, 0.8], [0.0, 1.0], [0.3, 0.7], [0.5, 0.5]]),
    variance=np.array([[0.003, 0.003], [0.0, 0.0], [0.01, 0.01], [0.0, 0.0]]),
    deff=np.ones((4, 2)),
    n=np.array([60, 40, 30, 20]),
    kish=np.array([50.0, 35.0, 25.0, 20.0]),
    df=np.array([12, 9, 0, 5]),
)


def test_logit_intervals_are_the_formula():
    lower, upper = share_interval(SHARES, 0.9)
    t = stats.t.ppf(0.95, 12)
    for k, p in enumerate((0.2, 0.8)):
        half = t * math.sqrt(0.003) / (p * (1 - p))
        ends = [1 / (1 + math.exp(-(math.log(p / (1 - p)) + s * half))) for s in (-1, 1)]
        assert [lower[0, k], upper[0, k]] == pytest.approx(ends)


@pytest.mark.parametrize("kind", ["logit", "korn_graubard"])
def test_shares_of_none_and_all_use_kishs_size(kind):
    lower, upper = share_interval(SHARES, 0.9, kind)
    size = 35 * (stats.t.ppf(0.95, 39) / stats.t.ppf(0.95, 9)) ** 2
    assert [lower[1, 0], upper[1, 1]] == [0, 1]
    assert upper[1, 0] == pytest.approx(1 - 0.05 ** (1 / size))  # (1 - p)^n = alpha / 2
    assert lower[1, 1] == pytest.approx(0.05 ** (1 / size))
    # no degrees of freedom, or no variance where there must be some: no interval
    assert np.isnan(np.array([lower[2:], upper[2:]])).all()


def test_korn_graubard_is_clopper_pearson_at_the_effective_size():
    lower, upper = share_interval(SHARES, 0.9, "korn_graubard")
    size = 0.16 / 0.003 * (stats.t.ppf(0.95, 59) / stats.t.ppf(0.95, 12)) ** 2
    for k, p in enumerate((0.2, 0.8)):
        assert lower[0, k] == pytest.approx(stats.beta.ppf(0.05, size * p, size * (1 - p) + 1))
        assert upper[0, k] == pytest.approx(stats.beta.ppf(0.95, size * p + 1, size * (1 - p)))


def test_one_respondent_gets_the_quantile_of_one_degree_of_freedom():
    one = Shares(
        np.array([[1.0]]), np.zeros((1, 1)), np.ones((1, 1)), np.array([1]), np.array([1.0]), np.array([2])
    )
    lower, upper = share_interval(one, 0.9)
    size = (stats.t.ppf(0.95, 1) / stats.t.ppf(0.95, 2)) ** 2
    assert [lower[0, 0], upper[0, 0]] == pytest.approx([0.05 ** (1 / size), 1])


@pytest.mark.parametrize("kind", ["logit", "korn_graubard"])
def test_a_share_that_rounds_to_one_is_at_the_edge_whatever_its_variance(kind):
    # weights of 1e17 and 1: the share is one to the last digit, its variance is not zero
    found = linearised_shares(np.array([0, 0, 1]), np.zeros(3, int), np.array([1e17, 1e17, 1]), np.zeros(3, int),
                              np.arange(3), (1, 2))  # fmt: skip
    assert found.share[0, 0] == 1
    made = Shares(np.array([[1.0, 0.0]]), np.full((1, 2), 1e-9), np.ones((1, 2)), np.array([9]), np.array([9.0]),
                  np.array([8]))  # fmt: skip
    lower, upper = share_interval(made, 0.9, kind)
    assert [lower[0, 0], upper[0, 0]] == pytest.approx([0.05 ** (1 / 9), 1])
    assert [lower[0, 1], upper[0, 1]] == pytest.approx([0, 1 - 0.05 ** (1 / 9)])


def test_kishs_size():
    assert kish_size(np.array([1.0, 2, 3])) == pytest.approx(36 / 14)
    assert math.isnan(kish_size(np.zeros(2)))
