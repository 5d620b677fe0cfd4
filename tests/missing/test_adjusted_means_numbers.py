"""What missing answers could do: equations solved by SciPy, and small tables by hand."""

import math

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit, logit

from valuestats.base.errors import SpecificationError
from valuestats.missing.adjusted_means import (
    expected_missing,
    imbens_manski,
    located_shares,
    selection_shares,
)


@pytest.mark.parametrize("n", [2, 8, 100])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_imbens_manski_is_the_root_of_its_equation(n, level):
    lower, upper = np.array([1.0, 1.0, 2.0]), np.array([1.3, 4.0, 2.0])
    one, two = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.1, 0.5])
    ends = imbens_manski(lower, upper, one, two, level, n)
    for k in range(3):
        gap = (upper[k] - lower[k]) / max(one[k], two[k])
        t = stats.t(n - 1)
        c = optimize.brentq(lambda c, gap=gap, t=t: t.cdf(c + gap) - t.cdf(-c) - level, 0, 100, xtol=1e-13)
        assert ends[:, k] == pytest.approx([lower[k] - c * one[k], upper[k] + c * two[k]])


def test_bounds_without_error_are_the_interval_and_unknown_errors_give_none():
    zero, nan = np.zeros(3), np.array([np.nan, 0.1, np.nan])
    ends = imbens_manski(np.array([1.0, 2, 3]), np.array([2.0, 2, 4]), zero, zero, 0.9, 5)
    assert ends.tolist() == [[1, 2, 3], [2, 2, 4]]
    unknown = imbens_manski(np.ones(3), np.full(3, 2.0), nan, np.array([0.1, np.nan, np.nan]), 0.9, 5)
    assert np.isnan(unknown).all()
    with pytest.raises(SpecificationError, match="one unit"):
        imbens_manski(zero, zero, zero, zero, 0.9, 1)
    # one of the two is known exactly: the other alone has a one-sided end
    half = imbens_manski(np.zeros(1), np.full(1, 50.0), np.zeros(1), np.ones(1), 0.9, 100)
    assert half.ravel() == pytest.approx([0, 50 + stats.t(99).ppf(0.9)], abs=1e-9)


SHARES = np.array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])
CODES = np.array([1.0, 2, 3, 5])


def test_shift_moves_each_cumulative_logit_by_hand():
    for values in (None, np.array([0.0, 0, 1, 1])):
        found = expected_missing(SHARES, CODES, 0.7, "shift", values)
        for row, share in enumerate(SHARES):
            below = np.append(expit(logit(np.cumsum(share)[:-1]) - 0.7), 1)
            p = np.diff(below, prepend=0)
            assert found[row] == pytest.approx(p @ (CODES if values is None else values))


def test_selection_tilts_the_shares():
    for values in (None, np.array([0.0, 0, 1, 1])):
        found = expected_missing(SHARES, CODES, 0.7, "selection", values)
        p = SHARES * np.exp(-0.7 * CODES)
        expected = p @ (CODES if values is None else values) / p.sum(axis=1)
        assert found == pytest.approx(expected)
    # very strong selection stays finite: the least code remains
    assert expected_missing(SHARES[0], CODES, 500.0, "selection") == pytest.approx(1)
    assert expected_missing(SHARES[0], CODES, -500.0, "selection") == pytest.approx(5)


def test_shares_that_sum_to_a_little_over_one_stay_probabilities():
    share = np.array([0.7, 0.3 + 1e-12, 0.0])
    assert expected_missing(share, np.array([1.0, 2, 3]), 0.5, "shift") == pytest.approx(
        1 + 1 - expit(logit(0.7) - 0.5)
    )


def test_an_item_stands_where_its_mean_with_one_answer_more_is():
    pool = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])
    counts = np.array([[3.0, 1, 0, 0], [0, 0, 0, 6]])
    found = located_shares(pool, counts, CODES)
    for row in range(2):
        target = (counts[row] @ CODES + pool[row] @ CODES) / (counts[row].sum() + 1)
        cut = logit(np.cumsum(pool[row])[:-1])

        def shares(b, cut=cut):
            return np.diff(np.concatenate([[0], expit(cut - b), [1]]))

        b = optimize.brentq(lambda b, s=shares, t=target: s(b) @ CODES - t, -30, 30, xtol=1e-13)
        assert found[row] == pytest.approx(shares(b), abs=1e-9)
        assert found[row].sum() == pytest.approx(1)
    none = located_shares(pool, np.zeros((2, 4)), CODES)
    assert none == pytest.approx(pool, abs=1e-9)


def test_an_item_far_out_is_found_and_the_search_covers_forty_logits():
    pool = np.full((1, 2), 0.5)
    found = located_shares(pool, np.array([[0.0, 1e10]]), np.array([0.0, 1.0]))
    assert found[0, 0] == pytest.approx(0.5 / (1e10 + 1), rel=1e-4)
    low = located_shares(pool, np.array([[1e10, 0.0]]), np.array([0.0, 1.0]))
    assert low[0, 1] == pytest.approx(0.5 / (1e10 + 1), rel=1e-4)


def test_selection_shares_solve_both_equations():
    counts, codes = np.array([20.0, 5, 10, 3]), CODES
    for gamma in (-0.5, 0.0, 0.8):
        shares, a = selection_shares(counts, 12.0, codes, gamma)
        answered = expit(a + gamma * codes)
        assert (counts / answered).sum() == pytest.approx(50)
        assert shares == pytest.approx(counts / answered / 50)
    shares, a = selection_shares(np.array([30.0, 30]), 20.0, np.array([0.0, 1]), 0.0)
    assert a == pytest.approx(math.log(3))


@pytest.mark.parametrize(("counts", "missing"), [([0.0, 0], 3.0), ([1.0, 2], 0.0), ([0.0, 0], 0.0)])
def test_nothing_to_model(counts, missing):
    with pytest.raises(SpecificationError, match="nothing to model"):
        selection_shares(np.array(counts), missing, np.array([0.0, 1]), 0.1)


def test_one_answer_and_half_a_missing_one_are_enough():
    shares, _ = selection_shares(np.array([0.5, 0.5]), 0.5, np.array([0.0, 1]), 0.0)
    assert shares == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_without_a_gap_the_interval_is_students_whatever_the_rounding(level):
    one, tenth = np.ones(1), np.full(1, 0.1)
    for n in range(2, 120):
        t = stats.t(n - 1)
        none = imbens_manski(one, one, tenth, tenth, level, n).ravel()
        assert none == pytest.approx([1 - 0.1 * t.ppf((1 + level) / 2), 1 + 0.1 * t.ppf((1 + level) / 2)])
        wide = imbens_manski(one, one + 1e12, tenth, tenth, level, n).ravel()
        assert wide[0] == pytest.approx(1 - 0.1 * t.ppf(level))
