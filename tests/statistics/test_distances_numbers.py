"""Distances: numbers worked by hand, and the formula written out."""

import math

import numpy as np
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.statistics.distances import (
    as_pair,
    check_measure,
    distance,
    divergence_ratio,
    hellinger,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    negative_entropy,
    total_variation,
    wasserstein,
)


def divergence(p, q):
    """The definition in nats, term by term."""
    total = 0.0
    for a, b in zip(p, q, strict=True):
        m = (a + b) / 2
        total += (a * math.log(a / m) if a else 0) / 2 + (b * math.log(b / m) if b else 0) / 2
    return total


BITS = 0.75 * math.log2(4 / 3) + 0.25 * 2 - 0.5
"""H(3/4, 1/4) less half of H(1/2, 1/2), for (1, 0) against (1/2, 1/2)."""


def test_jensen_shannon_by_hand():
    assert jensen_shannon_divergence([1, 0], [0.5, 0.5]) == pytest.approx(BITS, abs=1e-14)
    assert jensen_shannon_divergence([3, 0], [2, 2], base=math.e) == pytest.approx(BITS * math.log(2))
    assert jensen_shannon_divergence([3, 0], [2, 2], base=1.5) == pytest.approx(
        BITS * math.log(2) / math.log(1.5)
    )
    assert jensen_shannon_distance([1, 0], [0.5, 0.5]) == pytest.approx(math.sqrt(BITS))
    assert distance([1, 0], [0.5, 0.5]) == pytest.approx(math.sqrt(BITS))
    assert distance([1, 0], [0.5, 0.5], "jensen_shannon_divergence", 4.0) == pytest.approx(BITS / 2)


def test_other_distances_by_hand():
    p, q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
    assert total_variation(p, q) == pytest.approx(0.5)
    assert wasserstein(p, q) == pytest.approx(0.5)  # half of everyone moves two of two steps
    assert hellinger(p, q) == pytest.approx(math.sqrt(0.5))
    for measure, expected in (("total_variation", 0.5), ("wasserstein", 0.5), ("hellinger", math.sqrt(0.5))):
        assert distance(p, q, measure) == pytest.approx(expected)
    # energy: sum of squared differences of the cumulative shares, .25 + .25, over the scale's two steps, rooted
    assert distance(p, q, "energy") == pytest.approx(math.sqrt(0.25))


def test_many_rows_are_the_definition_across_blocks():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(4), 20_000), rng.dirichlet(np.ones(4), 20_000)
    found = jensen_shannon_divergence(p, q, math.e)
    picked = [0, 1, 8190, 8191, 8192, 8193, 16_383, 16_384, 19_999]
    assert found[picked] == pytest.approx([divergence(p[k], q[k]) for k in picked], abs=1e-13)
    m = (p + q) / 2
    whole = (p * np.log(p / m) + q * np.log(q / m)).sum(axis=1) / 2
    assert np.abs(found - whole).max() < 1e-12


def test_shapes_broadcast():
    p = np.array([[[1.0, 0], [0.5, 0.5]], [[0, 1.0], [1.0, 0]]])
    found = jensen_shannon_divergence(p, [0.5, 0.5])
    assert found.shape == (2, 2)
    assert found == pytest.approx(np.array([[BITS, 0], [BITS, BITS]]))


def test_the_ratio_form_is_the_definition():
    p, q = [0.2, 0.3, 0.5, 0.0, 0.0], [0.21, 0.28, 0.5, 0.01, 0.0]
    found = divergence_ratio(np.array([p, [1, 0, 0, 0, 0]]), np.array([q, [0, 1.0, 0, 0, 0]]))
    assert found[0] == pytest.approx(divergence(p, q), rel=1e-11)
    assert found[1] == pytest.approx(math.log(2), rel=1e-15)


def test_negative_entropy_counts_zeros_as_nothing():
    assert negative_entropy(np.array([[0.5, 0.5, 0], [0, 1, 0]])) == pytest.approx([-math.log(2), 0])


def test_rows_are_normalised_unless_they_sum_to_one_within_rounding():
    tenth = np.full(10, 0.1)  # sums to 1 - 1.1e-16
    a, b = as_pair([tenth, 10 * tenth], [np.zeros(10), tenth])
    assert a[0].tolist() == tenth.tolist()
    assert a[1] == pytest.approx(tenth)
    assert np.isnan(b[0]).all()
    near = as_pair([0.5, 0.5 + 1e-12], [1, 0])[0]
    assert near.sum() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("p", "q"),
    [(1.0, [1.0]), ([1.0], 1.0), ([0.5, 0.5], [1.0]), (np.zeros((2, 0)), np.zeros((2, 0)))],
)
def test_distributions_over_different_or_no_options(p, q):
    with pytest.raises(SpecificationError, match="different numbers"):
        as_pair(p, q)


@pytest.mark.parametrize("p", [[-0.1, 1.1], [np.inf, 1.0]])
def test_no_shares(p):
    with pytest.raises(SpecificationError, match="no share"):
        as_pair(p, [0.5, 0.5])


def test_a_single_option_is_at_distance_zero():
    assert total_variation([2.0], [5.0]) == 0
    assert jensen_shannon_divergence([2.0], [5.0]) == 0


@pytest.mark.parametrize("base", [1.0, 0.5, np.inf, np.nan])
def test_impossible_bases(base):
    with pytest.raises(SpecificationError, match="impossible base"):
        check_measure("hellinger", base)
    with pytest.raises(SpecificationError, match="impossible base"):
        jensen_shannon_divergence([1, 0], [0, 1], base)


def test_unknown_measure():
    with pytest.raises(SpecificationError, match="no such measure"):
        distance([1, 0], [0, 1], "cosine")
    assert check_measure("energy", 1.5) is None


def test_distributions_that_share_nothing_are_at_most_one_apart():
    rng = np.random.default_rng(1)
    p, q = np.zeros((4000, 50)), np.zeros((4000, 50))
    p[:, :20], q[:, 20:] = rng.dirichlet(np.ones(20), 4000), rng.dirichlet(np.ones(30), 4000)
    found = jensen_shannon_divergence(p, q)
    assert (found <= 1).all()  # rounding alone would go above
    assert found == pytest.approx(np.ones(4000))
