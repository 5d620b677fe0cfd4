"""Proportional odds: closed forms of two groups, an independent maximiser, and numerical derivatives."""

import math

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit

from valuestats.measurement.proportional_odds import (
    _derivatives,
    _probability,
    _spread,
    _start,
    _value,
    compact_codes,
    null_log_likelihood,
    proportional_odds,
)


def test_codes_are_numbered_by_item():
    compact, n = compact_codes(
        np.array([[1.0, 2, np.nan], [6, 2, np.nan], [np.nan, 2, np.nan], [3, np.nan, np.nan]])
    )
    assert compact.tolist() == [[0, 2, -1, 1], [0, 0, 0, -1], [-1] * 4]
    assert n.tolist() == [3, 1, 0]


def test_two_groups_and_two_categories_are_the_log_odds_ratio():
    # item 1: 3 of 8 and 7 of 10; item 2: 5 of 9 and 2 of 9, others left out
    y = np.full((2, 18), -1)
    y[0] = [1] * 3 + [0] * 5 + [1] * 7 + [0] * 3
    y[1] = [1] * 5 + [0] * 4 + [1] * 2 + [0] * 7
    x = np.zeros((2, 18, 1))
    x[0, 8:], x[1, 9:] = 1.0, 1.0
    fit = proportional_odds(y, np.array([2, 2]), x)
    tables = [(3, 5, 7, 3), (5, 4, 2, 7)]
    for k, (a, b, c, d) in enumerate(tables):
        assert fit.coefficients[k, 0] == pytest.approx(math.log(c / d) - math.log(a / b), abs=1e-7)
        assert fit.covariance[k, 0, 0] == pytest.approx(1 / a + 1 / b + 1 / c + 1 / d, rel=1e-7)
        value = a * math.log(a / (a + b)) + b * math.log(b / (a + b))
        value += c * math.log(c / (c + d)) + d * math.log(d / (c + d))
        assert fit.log_likelihood[k] == pytest.approx(value)
    assert fit.converged.all()


def negative(parameters, y, x, cuts):
    """Minus the log-likelihood of one item, answer by answer."""
    c, b = np.cumsum(np.r_[parameters[0], np.exp(parameters[1:cuts])]), parameters[cuts:]
    total = 0.0
    for code, row in zip(y, x, strict=True):
        if code >= 0:
            upper = expit(c[code] - row @ b) if code < cuts else 1.0
            lower = expit(c[code - 1] - row @ b) if code > 0 else 0.0
            total -= math.log(upper - lower)
    return total


def drawn(items=3, people=120, covariates=2, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(items, people, covariates))
    latent = x @ np.array([0.8, -0.5]) + rng.logistic(size=(items, people))
    y = np.searchsorted([-1.0, 0.3, 1.5], latent)
    y[1] = np.minimum(y[1], 2)  # an item of three categories beside others of four
    y[:, ::11] = -1
    return y, np.array([4, 3, 4]), x


def test_the_fit_is_that_of_a_general_maximiser():
    y, n, x = drawn()
    fit = proportional_odds(y, n, x)
    assert fit.converged.all()
    for k in range(3):
        cuts = n[k] - 1
        best = optimize.minimize(
            negative,
            np.r_[-1.0, np.zeros(cuts - 1 + 2)],
            (y[k], x[k], cuts),
            method="BFGS",
            options={"gtol": 1e-7},
        )
        assert fit.log_likelihood[k] == pytest.approx(-best.fun, abs=1e-8)
        assert fit.coefficients[k] == pytest.approx(best.x[cuts:], abs=1e-5)


def test_what_is_left_out_is_not_read():
    y, n, x = drawn()
    x[:, ::11] = np.nan
    one, two = proportional_odds(y, n, x), proportional_odds(y, n, np.nan_to_num(x, nan=99.0))
    assert one.coefficients.tolist() == two.coefficients.tolist()
    assert one.converged.all()


@pytest.mark.parametrize("at", [0.0, 0.4])
def test_derivatives_are_those_of_the_value(at):
    y, n, x = drawn(people=25)
    cuts = 3
    beta = np.tile([-1.2, 0.2, 1.4, 0.7 + at, -0.3], (3, 1))

    def value(k, step):
        moved = beta.copy()
        moved[k] += step
        return _value(moved, y, x, n, cuts)[k]

    gradient, information = _derivatives(beta, y, x, n, cuts)
    h, eye = 1e-4, np.eye(5)
    for k in range(3):
        free = [m for m in range(5) if m >= cuts or m < n[k] - 1]
        for m in free:
            slope = (value(k, h * eye[m]) - value(k, -h * eye[m])) / (2 * h)
            assert gradient[k, m] == pytest.approx(slope, abs=1e-5)
            for j in free:
                corners = [
                    value(k, h * (s * eye[m] + t * eye[j])) for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))
                ]
                curve = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * h * h)
                assert information[k, m, j] == pytest.approx(-curve, abs=1e-4)


def test_probabilities_far_out_keep_their_digits():
    upper, lower = np.array([-40.0, 41, 1, np.inf]), np.array([-41.0, 40, -1, 40])
    tail = math.exp(-40) - math.exp(-41)
    expected = [tail, tail, expit(1) - expit(-1), math.exp(-40)]
    assert _probability(upper, lower) == pytest.approx(expected, rel=1e-12, abs=0)


def test_impossible_cuts_have_no_likelihood():
    y, x = np.array([[0, 1, 2, -1]]), np.zeros((1, 4, 1))
    crossed = _value(np.array([[1.0, -1.0, 0.0]]), y, x, np.array([3]), 2)
    assert crossed.tolist() == [-np.inf]
    fine = _value(np.array([[-1.0, 1.0, 0.0]]), y, x, np.array([3]), 2)
    assert fine == pytest.approx([2 * math.log(expit(-1)) + math.log(expit(1) - expit(-1))])
    lowest = _value(np.array([[-800.0, 1.0, 0.0]]), y, x, np.array([3]), 2)
    assert lowest.tolist() == [-np.inf]  # the first category has no probability that a number can hold


def test_starts_are_logits_of_shares_with_half_an_answer_added():
    found = _start(np.array([[0, 0, 1, 2, -1], [0, 1, 1, 1, 1]]), 2)
    # (2.5, 1.5, 1.5) of 5.5; (1.5, 4.5, .5) of 6.5
    expected = [[math.log(2.5 / 3), math.log(4 / 1.5)], [math.log(1.5 / 5), math.log(6 / 0.5)]]
    assert found == pytest.approx(np.array(expected))


def test_spreads_are_deviations_of_at_least_three_tenths():
    x = np.array([[[1.0, 2], [3, 2.1], [0, 0]], [[5, 5], [0, 0], [0, 0]]])
    seen = np.array([[True, True, False], [False, False, False]])
    found = _spread(np.where(seen[:, :, None], x, 0), seen)
    assert found == pytest.approx(np.array([[1, 0.3], [0.3, 0.3]]))


def test_no_maximum_is_null():
    x = np.linspace(-1, 1, 20)[None, :, None]
    apart = (x[:, :, 0] > 0).astype(int)
    separated = proportional_odds(apart, np.array([2]), x)
    assert separated.converged.tolist() == [False]
    assert np.isnan(separated.coefficients).all()
    assert separated.separated.tolist() == [[1]]
    assert separated.log_likelihood[0] == pytest.approx(
        0, abs=1e-6
    )  # every answer foretold: its least upper bound
    one = proportional_odds(np.zeros((1, 20), int), np.array([1]), x)
    assert one.converged.tolist() == [False]
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, (1, 20))
    twice = proportional_odds(y, np.array([3]), np.concatenate([x, 2 * x], axis=2))
    assert twice.converged.tolist() == [False]
    assert proportional_odds(y, np.array([3]), x).converged.tolist() == [True]
    assert proportional_odds(y, np.array([3]), x, steps=1).converged.tolist() == [False]
    assert proportional_odds(y, np.array([3]), x, steps=0).converged.tolist() == [False]


def test_shares_alone_have_their_multinomial_likelihood():
    found = null_log_likelihood(np.array([[0, 1, 1, -1, 2, 1], [0, 0, 0, 0, 0, -1]]))
    assert found == pytest.approx([2 * math.log(1 / 5) + 3 * math.log(3 / 5), 0])


def test_an_item_whose_steps_are_halved_is_fitted_beside_an_easy_one():
    rng = np.random.default_rng(28)  # covariates with a heavy tail: full Newton steps overshoot
    people, covariates = rng.integers(20, 60), rng.integers(1, 3)
    x = rng.normal(size=(people, covariates)) * np.exp(rng.normal(size=(people, 1)) * rng.uniform(0, 2.5))
    slope = rng.normal(size=covariates) * rng.uniform(0.2, 4)
    latent = x @ slope + rng.logistic(size=people)
    y = np.searchsorted(np.sort(rng.normal(size=rng.integers(1, 4)) * 4), latent)
    codes, n = compact_codes(np.stack([y, rng.integers(0, 3, people)], axis=1).astype(float))
    both = proportional_odds(codes, n, np.stack([x, rng.normal(size=x.shape)]))
    assert both.converged.all()
    best = min(
        (
            optimize.minimize(negative, np.r_[start, np.zeros(n[0] - 2), 0, 0], (codes[0], x, n[0] - 1), "Nelder-Mead",
                              options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-9, "fatol": 1e-11})
            for start in (-2.0, 0.0)
        ),
        key=lambda found: found.fun,
    )  # fmt: skip
    assert both.log_likelihood[0] == pytest.approx(-best.fun, abs=1e-7)
    assert both.coefficients[0] == pytest.approx(best.x[n[0] - 1 :], abs=1e-4)
