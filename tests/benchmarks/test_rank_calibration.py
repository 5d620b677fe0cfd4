"""Ranks of truths and the simultaneous envelope of their distribution function."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from scipy import stats

from valuestats.base.errors import SpecificationError


@pytest.fixture(scope="module")
def ranks(benchmark):
    return benchmark("rank_calibration")


def test_the_examples_of_the_documentation_run(ranks, benchmark):
    for module in (ranks, benchmark("simulated_people")):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0


@pytest.mark.parametrize(("n", "bins"), [(100, 20), (37, 5), (400, 100)])
def test_the_envelope_holds_so_many_uniform_samples_as_it_says(ranks, n, bins):
    low, high = ranks.ecdf_envelope(n, bins, 0.9)
    samples = np.random.default_rng(7).random((4000, n))
    edges = np.arange(1, bins) / bins
    ecdf = np.stack([np.searchsorted(np.sort(s), edges) / n for s in samples])
    inside = ((low <= ecdf) & (ecdf <= high)).all(axis=1).mean()
    # Counts are whole numbers, so the band can only be a little too wide; 3.5 standard errors are .017.
    assert 0.883 < inside < 0.935


def test_the_envelope_is_that_of_arviz(ranks):
    from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

    edges = np.arange(1, 20) / 20
    prob = simulate_confidence_bands(200, 1, edges, 0.95, 3000, np.random.default_rng(1))
    theirs = get_pointwise_confidence_band(prob, 200, edges)
    for ours, other in zip(ranks.ecdf_envelope(200, 20, 0.95), theirs, strict=True):
        # both simulate the pointwise level, and differ in which side of a step they take
        assert np.abs(ours - other).max() <= 2 / 200 + 1e-12


def test_p_values_are_uniform_under_uniformity_and_small_otherwise(ranks):
    rng = np.random.default_rng(3)
    p = np.array([ranks.uniformity_p(c) for c in rng.multinomial(200, np.full(20, 0.05), 400)])
    for bound in (0.05, 0.25, 0.5):
        assert abs((p <= bound).mean() - bound) < 4 * np.sqrt(bound * (1 - bound) / 400)
    heaped = np.diff(stats.beta(0.6, 0.6).cdf(np.arange(21) / 20))  # as of a posterior that is too narrow
    assert ranks.uniformity_p(rng.multinomial(200, heaped)) < 0.01
    assert ranks.uniformity_p(np.zeros(20, dtype=int)) == 1.0


@pytest.mark.parametrize(("shrunk", "calibrated"), [(1.0, True), (0.6, False)])
def test_ranks_tell_the_exact_posterior_from_one_too_narrow(ranks, shrunk, calibrated):
    """Normal mean with a normal prior: the posterior is known."""
    rng = np.random.default_rng(11)
    truth = rng.normal(size=400)
    seen = truth + rng.normal(size=400) / 2
    mean, sd = 0.8 * seen, np.sqrt(0.2)
    places = [ranks.truth_ranks(m + shrunk * sd * rng.normal(size=(99, 1)), np.array([t]), 99, rng)[0]
             for m, t in zip(mean, truth, strict=True)]  # fmt: skip
    assert (ranks.uniformity_p(np.bincount(np.array(places) // 5, minlength=20)) > 0.01) == calibrated


def test_ties_are_broken_at_random_and_thinning_spans_all_chains(ranks):
    rng = np.random.default_rng(0)
    ties = [ranks.truth_ranks(np.zeros((9, 1)), np.zeros(1), 9, rng)[0] for _ in range(2000)]
    assert np.bincount(ties, minlength=10).min() > 140
    draws = np.repeat([0.0, 1.0], 50)[:, None]
    assert ranks.truth_ranks(draws, np.array([0.5]), 10, rng).tolist() == [5]


def test_what_cannot_be_ranked_is_refused(ranks):
    with pytest.raises(SpecificationError, match="too few"):
        ranks.truth_ranks(np.zeros((5, 1)), np.zeros(1), 9, np.random.default_rng(0))
    with pytest.raises(SpecificationError, match="no bins"):
        ranks.ecdf_envelope(0, 20)
    with pytest.raises(SpecificationError, match="level"):
        ranks.ecdf_envelope(10, 20, 1.0)
    low, high = ranks.ecdf_envelope(1, 2)
    assert (low.tolist(), high.tolist()) == ([0.0], [1.0])
