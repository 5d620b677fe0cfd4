"""Ends of a similarity's interval near its edge: against SciPy's optimiser, a straight distance, and Student's t."""

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.spatial.distance import jensenshannon

from valuestats.alignment.far_ends import Asked, furthest, influences, may_be_same


def questions(seed, units=8, n=50.0, options=3, of=2):
    rng = np.random.default_rng(seed)
    answers = rng.dirichlet(np.full(options, 6.0), of)
    counts = rng.dirichlet(np.full(options, 6.0), (of, units)) * rng.uniform(5, 15, (units, 1))
    people = counts.sum(1) / counts.sum((1, 2))[:, None]
    less = counts.sum(1)[:, None] - counts
    less /= less.sum(2, keepdims=True)
    told = [influences(one, own, n) for one, own in zip(less, answers, strict=True)]
    return Asked(
        answers, people, None, np.stack([t[0] for t in told]), np.stack([t[1] for t in told]), np.full(of, n)
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_furthest_shares_are_those_that_an_optimiser_finds(seed):
    asked, reach = questions(seed), 2.2
    units, options = asked.of_units.shape[1:]

    def less_distance(c):
        moved = asked.people + np.einsum("u,quk->qk", c[:units], asked.of_units)
        said = asked.answers + np.einsum("qj,qjk->qk", c[units:].reshape(2, options), asked.of_answers)
        return -np.mean([jensenshannon(a, p, base=2) for a, p in zip(said, moved, strict=True)])

    rng, found = np.random.default_rng(seed), []
    for _ in range(8):
        start = rng.normal(size=units + 2 * options)
        result = optimize.minimize(
            less_distance,
            reach * start / np.linalg.norm(start),
            method="SLSQP",
            constraints={"type": "ineq", "fun": lambda c: reach**2 - c @ c},
            options={"ftol": 1e-10, "maxiter": 300},
        )
        found.append(-result.fun)
    assert furthest([asked], reach, "jensen_shannon", 2.0) == pytest.approx(max(found), abs=2e-4)


def test_of_a_straight_distance_it_is_so_many_standard_errors_and_twice_the_blocks_are_their_mean():
    # half the sum of absolute differences is straight while no difference changes its sign
    shares, people = np.array([[0.7, 0.2, 0.1]]), np.array([[0.2, 0.4, 0.4]])
    rng = np.random.default_rng(0)
    of_units = rng.normal(0, 0.01, (1, 5, 3))
    of_units -= of_units.mean(axis=2, keepdims=True)
    asked = Asked(shares, people, None, of_units, np.zeros((1, 3, 3)), np.array([np.nan]))
    error = np.sqrt((of_units[0, :, 0] ** 2).sum())
    found = furthest([asked], 1.5, "total_variation", 2.0)
    assert found == pytest.approx(0.5 + 1.5 * error, abs=1e-8)
    assert furthest([asked, asked], 1.5, "total_variation", 2.0) == pytest.approx(found, abs=1e-8)


def test_the_same_shares_are_left_in_the_direction_in_which_people_vary():
    of_units = np.array([[[0.05, -0.05], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]])
    even = np.array([[0.5, 0.5]])
    asked = Asked(even, even, None, of_units, np.zeros((1, 2, 2)), np.array([np.nan]))
    # the slopes at the same shares are 0; two errors along the only direction is .1
    assert furthest([asked], 2.0, "total_variation", 2.0) == pytest.approx(0.1, abs=1e-9)
    still = Asked(even, even, None, 0 * of_units, np.zeros((1, 2, 2)), np.array([np.nan]))
    assert furthest([still], 2.0, "jensen_shannon", 2.0) == pytest.approx(0.0, abs=1e-9)


def test_the_same_shares_are_tested_by_students_t_of_the_units():
    error = 0.02
    of_units = np.full((1, 4, 2), error / 2) * np.array([1.0, -1.0])
    even = np.array([[0.5, 0.5]])
    asked = Asked(even, even, None, of_units, np.zeros((1, 2, 2)), np.array([np.nan]))
    draws = 20_000
    for away in (0.02, 0.06):
        found = may_be_same([asked], away, draws, "total_variation", 2.0, np.random.default_rng(1))
        expected = 2 * stats.t.sf(away / error, 3)
        assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / draws))


def test_and_by_the_binomial_of_the_answers():
    even = np.array([[0.5, 0.5]])
    asked = Asked(even, even, None, np.zeros((1, 4, 2)), np.zeros((1, 2, 2)), np.array([20.0]))
    draws = 20_000
    found = may_be_same([asked], 0.2, draws, "total_variation", 2.0, np.random.default_rng(1))
    expected = 2 * stats.binom.cdf(6, 20, 0.5)
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / draws))


def test_influences_are_the_jackknife_of_shares():
    rng = np.random.default_rng(2)
    counts = rng.integers(1, 9, (6, 3)).astype(float)
    less = counts.sum(0) - counts
    less /= less.sum(1, keepdims=True)
    answers = np.array([0.5, 0.3, 0.2])
    of_units, of_answers = influences(less, answers, 40.0)
    np.testing.assert_allclose(of_units.T @ of_units, 25 / 6 * np.cov(less.T, ddof=1), atol=1e-12)
    np.testing.assert_allclose(
        of_answers.T @ of_answers, (np.diag(answers) - np.outer(answers, answers)) / 39, atol=1e-12
    )
    assert not influences(less, answers, np.nan)[1].any()
