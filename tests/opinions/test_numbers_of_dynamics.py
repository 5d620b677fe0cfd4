"""Small numbers behind opinion dynamics: where a curve crosses its limit, draws between places, curves that are thinned."""

import numpy as np
import pytest

from valuestats import opinion_dynamics, simulate_ego_networks
from valuestats.opinions import profile
from valuestats.opinions.dynamics import CURVE, _crossings, _jittered, _optima, _thinned
from valuestats.opinions.panel import steps_of
from valuestats.opinions.rules import ranged


def test_ends_are_interpolated_where_the_curve_crosses():
    places = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert _crossings(places, np.array([9.0, 1.0, 0.0, 3.0, 8.0]), 5.0) == pytest.approx((0.5, 3.4))
    assert _crossings(places, np.array([2.0, 1.0, 0.0, 1.0, 2.0]), 5.0) == (0.0, 4.0)  # it never crosses
    assert _crossings(places, np.array([9.0, 8.0, 6.0, 7.0, 9.0]), 5.0) == (2.0, 2.0)  # nor comes below
    assert _crossings(places, np.array([9.0, 9.0, 0.0, 10.0, 9.0]), 5.0) == pytest.approx((2 - 5 / 9, 2.5))


def test_draws_lie_half_a_step_about_their_place_and_within_the_ends():
    places = np.array([1.0, 1.5, 2.0, 2.5])
    rng = np.random.default_rng(1)
    inner = _jittered(places, np.full(20_000, 1), rng)
    assert (inner.min(), inner.max()) == pytest.approx((1.25, 1.75), abs=1e-3)
    assert inner.mean() == pytest.approx(1.5, abs=0.01)
    assert _jittered(places, np.full(2000, 0), rng).min() == 1.0
    assert _jittered(places, np.full(2000, 3), rng).max() == 2.5
    assert _jittered(places[:1], np.zeros(3, dtype=int), rng).tolist() == [1.0] * 3


def test_a_thinned_curve_keeps_its_first_best_and_last_point():
    x = np.linspace(0, 1, 5001)
    fall = np.abs(x - x[1234]) + 0.5
    kept = _thinned(x, x + 1, fall)
    assert len(kept["low"]) < 1000
    assert {0.0, x[1234], 1.0} <= set(kept["low"])
    assert kept["high"] == [v + 1 for v in kept["low"]]
    assert min(kept["fall"]) == 0.5
    whole = np.arange(float(CURVE))
    assert _thinned(whole, whole, whole)["low"] == whole.tolist()


def test_each_resample_has_the_optimum_of_its_own_people():
    panel, ties = simulate_ego_networks(people=12, friends=4, seed=3)
    steps = steps_of(panel, ties)
    rule = ranged("bounded_confidence", None, float(np.abs(steps.apart).max()))
    weights = np.random.default_rng(2).multinomial(12, np.full(12, 1 / 12), size=5).astype(float)
    found = _optima(rule, steps, weights)
    shapes, g = profile.directions(rule, steps)
    rest = steps.then - steps.now
    for row, w in zip(found, weights, strict=True):
        each = w[steps.member]
        products, squares = (
            (each[:, None] * g * rest[:, None]).sum(axis=0),
            (each[:, None] * g**2).sum(axis=0),
        )
        strengths = np.clip(products / np.where(squares > 0, squares, 1.0), *rule.strengths)
        lost = (each * rest**2).sum() - 2 * strengths * products + strengths**2 * squares
        at = np.flatnonzero(np.isclose(lost, lost.min(), rtol=1e-9))
        assert row[1] == pytest.approx(strengths[at[0]])
        assert row[0] in shapes[at]


def test_a_negligible_error_has_the_exact_likelihood():
    panel, ties = simulate_ego_networks(people=25, friends=4, seed=5)
    exact, near = (
        opinion_dynamics(panel, ties, rule="degroot", error=error, permutations=0, draws=100).meta["fit"]
        for error in (None, 1e-4)
    )
    assert near["log_likelihood"] == pytest.approx(exact["log_likelihood"], abs=0.05)


def test_curves_are_how_far_the_likelihood_falls():
    panel, ties = simulate_ego_networks(people=25, friends=4, seed=3)
    steps = steps_of(panel, ties)
    g, rest = steps.mean_of_others - steps.now, steps.then - steps.now
    (curve,) = opinion_dynamics(panel, ties, rule="degroot", permutations=0).meta["curves"].values()
    lost = ((rest - np.array(curve["low"])[:, None] * g) ** 2).sum(axis=1)
    least = ((rest - (g @ rest) / (g @ g) * g) ** 2).sum()
    assert curve["fall"] == pytest.approx(len(steps) * np.log(lost / least), abs=1e-9)
    bounded = opinion_dynamics(panel, ties, rule="bounded_confidence", permutations=0).meta["curves"]
    assert [min(c["fall"]) == pytest.approx(0.0, abs=0.05) for c in bounded.values()] == [True, True]
