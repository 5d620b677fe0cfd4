"""Estimates lie inside their own intervals: medians of the posterior, against draws and closed forms."""

import numpy as np
import pytest
from scipy import stats

from valuestats import opinion_dynamics, simulate_ego_networks
from valuestats.opinions import profile
from valuestats.opinions.dynamics import _middle
from valuestats.opinions.panel import steps_of
from valuestats.opinions.rules import ranged

CASES = [
    ("bounded_confidence", {"confidence": 9.0}),
    ("bounded_confidence", {"influence": 0.0}),
    ("deffuant", {"confidence": 0.6}),
    ("hegselmann_krause", {}),
    ("friedkin_johnsen", {"susceptibility": 0.4, "self_weight": 0.1}),
]


def inside(result):
    rows = result.estimates
    return ((rows["lower"] <= rows["estimate"]) & (rows["estimate"] <= rows["upper"])).all()


@pytest.mark.parametrize(("rule", "truth"), CASES)
def test_no_estimate_lies_outside_its_interval(rule, truth):
    """A bound of 1.013 stood beside [.578, 1.005], an influence of -1 beside [-.83, .77]."""
    for seed in range(8):
        panel, ties = simulate_ego_networks(rule=rule, waves=3, people=25, friends=6, seed=seed, **truth)
        for intervals in ("posterior", "profile", "resampled"):
            found = opinion_dynamics(
                panel, ties, rule=rule, intervals=intervals, permutations=0, replicates=200, draws=1000
            )
            assert inside(found), (seed, intervals)


def test_with_a_known_error_neither():
    for seed in range(3):
        panel, ties = simulate_ego_networks(people=40, friends=6, confidence=9.0, error=0.03, seed=seed)
        for intervals in ("posterior", "profile"):
            assert inside(opinion_dynamics(panel, ties, error=0.03, intervals=intervals, permutations=0))


@pytest.mark.parametrize("rule", ["bounded_confidence", "friedkin_johnsen", "hegselmann_krause"])
def test_medians_are_those_of_the_draws(rule):
    panel, ties = simulate_ego_networks(people=25, friends=4, waves=3, seed=3)
    steps = steps_of(panel, ties)
    own = ranged(rule, None, float(np.abs(steps.apart).max()))
    found = profile.stretches(own, steps)
    drawn = profile.posterior_draws(own, found, 100_000, np.random.default_rng(1))
    below = (drawn <= profile.posterior_medians(own, found)).mean(axis=0)
    assert below[0] == pytest.approx(0.5, abs=0.008)  # five Monte Carlo errors
    assert own.strength is None or below[1] == pytest.approx(0.5, abs=0.008)


def test_a_strength_cut_to_its_range_has_the_median_of_a_truncated_t():
    panel, ties = simulate_ego_networks(
        people=30, friends=4, rule="degroot", influence=0.9, noise=0.3, seed=2
    )
    steps = steps_of(panel, ties)
    g, rest = steps.mean_of_others - steps.now, steps.then - steps.now
    own = ranged("degroot", {"influence": (0.0, 1.0)}, 1.0)
    centre = (g @ rest) / (g @ g)
    scale = np.sqrt(((rest - centre * g) ** 2).sum() / (g @ g) / (len(g) - 1))
    t = stats.t(len(g) - 1, centre, scale)
    found = profile.posterior_medians(own, profile.stretches(own, steps))
    assert found[1] == pytest.approx(t.ppf((t.cdf(0.0) + t.cdf(1.0)) / 2))


def test_the_middle_of_a_grid_halves_its_mass():
    mass = np.array([[1.0, 1.0], [1.0, 3.0]])  # marginals 2 and 4 of 6
    assert _middle(np.array([0.0, 1.0]), mass, 1) == pytest.approx(0.5 + 0.5 * 1 / 4)
    assert _middle(np.array([0.3]), mass[:1], 1) == 0.3
