"""Distances: agreement with SciPy, closed forms, and the invariances that every one of them must have."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from valuestats.base.errors import SpecificationError
from valuestats.similarity.distance_rows import Rows, by_options, row_distances
from valuestats.statistics.distances import (
    MEASURES,
    distance,
    hellinger,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    total_variation,
    wasserstein,
)

ORDERED = ("wasserstein", "energy")
DISTANCES = [m for m in MEASURES if m != "top_choice"]
"""`top_choice` sees the most frequent options only; test_other_measures.py has its invariances."""

AGREE = 1e-12
"""SciPy and we sum in different orders; away from zero distance both are good to about 1e-15."""


@st.composite
def distributions(draw, count=2):
    """`count` distributions over the same options, zeros among them, none all zero."""
    size = draw(st.integers(2, 8))
    made = []
    for _ in range(count):
        weights = draw(st.lists(st.integers(0, 50), min_size=size, max_size=size).filter(any))
        made.append(np.array(weights, dtype=float) / sum(weights))
    return made


def random_rows(seed, n, size):
    """Dirichlet rows with a fifth of the entries zero."""
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.ones(size), n) * (rng.random((n, size)) > 0.2)
    rows[rows.sum(axis=1) == 0, 0] = 1.0
    return rows / rows.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("base", [2.0, math.e, 10.0])
@pytest.mark.parametrize("size", [2, 3, 5, 10, 18])
def test_jensen_shannon_agrees_with_scipy(size, base):
    p, q = random_rows(1, 400, size), random_rows(2, 400, size)
    expected = jensenshannon(p, q, base=base, axis=1)
    assert np.abs(jensen_shannon_distance(p, q, base) - expected).max() < AGREE


def test_wasserstein_and_hellinger_agree_with_scipy_and_their_formulas():
    p, q = random_rows(3, 200, 5), random_rows(4, 200, 5)
    places = np.arange(5)
    expected = [wasserstein_distance(places, places, a, b) / 4 for a, b in zip(p, q, strict=True)]
    assert np.abs(wasserstein(p, q) - expected).max() < AGREE
    affinity = np.sqrt(p * q).sum(axis=1)
    assert np.abs(hellinger(p, q) ** 2 - (1 - affinity)).max() < AGREE
    assert np.abs(total_variation(p, q) - np.maximum(p - q, 0).sum(axis=1)).max() < AGREE


def test_near_identical_distributions_keep_their_digits():
    # With q = p + e d and sum d = 0 the divergence is e²/8 sum d²/p + O(e³) nats: a distance of about
    # 1e-9 would drown in the rounding of the entropy form.
    p, d = np.array([0.2, 0.3, 0.5]), np.array([1.0, -2.0, 1.0])
    for e in (1e-3, 1e-6, 1e-9, 1e-12):
        expected = e * math.sqrt((d**2 / p).sum() / 8)
        assert jensen_shannon_distance(p, p + e * d, math.e) == pytest.approx(expected, rel=20 * e + 1e-3)


def test_the_two_forms_meet_where_one_takes_over():
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(4), 4000)
    q = p * (1 + 0.15 * rng.normal(size=p.shape))
    q = np.abs(q) / np.abs(q).sum(axis=1, keepdims=True)
    t = (p - q) / (p + q)
    exact = ((p + q) * ((1 + t) * np.log1p(t) + (1 - t) * np.log1p(-t))).sum(axis=1) / 4
    found = jensen_shannon_divergence(p, q, math.e)
    assert (found < 1e-3).any()
    assert (found > 1e-3).any()
    assert np.abs(np.sqrt(found) - np.sqrt(exact)).max() < AGREE


@pytest.mark.parametrize("measure", DISTANCES)
@given(pair=distributions())
def test_symmetry_bounds_identity(measure, pair):
    p, q = pair
    d = float(distance(p, q, measure))
    assert 0 <= d <= 1
    assert d == float(distance(q, p, measure))
    assert float(distance(p, p, measure)) == 0.0
    assert (d == 0) == bool(np.array_equal(p, q)) or d < 1e-7


@pytest.mark.parametrize("measure", [m for m in MEASURES if m not in ORDERED])
@given(pair=distributions(), data=st.data())
def test_order_of_options_does_not_matter(measure, pair, data):
    p, q = pair
    order = data.draw(st.permutations(range(len(p))))
    assert float(distance(p[order], q[order], measure)) == pytest.approx(
        float(distance(p, q, measure)), abs=AGREE
    )


@pytest.mark.parametrize("measure", DISTANCES)
@given(pair=distributions(), share=st.floats(0.01, 0.99))
def test_splitting_an_option_in_the_same_way_on_both_sides_changes_nothing(measure, pair, share):
    p, q = pair
    if measure in ORDERED:  # it counts positions: turning the scale round must change nothing
        changed = distance(p[::-1], q[::-1], measure)
    else:
        split = [np.append(x, x[-1] * share) for x in (p, q)]
        for x in split:
            x[-2] *= 1 - share
        changed = distance(*split, measure)
    assert float(changed) == pytest.approx(float(distance(p, q, measure)), abs=1e-9)


@pytest.mark.parametrize("measure", DISTANCES)
@given(pair=distributions(), weights=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_mixing_towards_the_other_brings_it_closer(measure, pair, weights):
    p, q = pair
    near, far = max(weights), min(weights)
    closer = float(distance((1 - near) * p + near * q, q, measure))
    assert closer <= float(distance((1 - far) * p + far * q, q, measure)) + 1e-9


@pytest.mark.parametrize(
    "measure", ["jensen_shannon", "total_variation", "hellinger", "wasserstein", "energy"]
)
@given(three=distributions(count=3))
def test_triangle_inequality(measure, three):
    p, q, r = three
    direct = float(distance(p, r, measure))
    assert direct <= float(distance(p, q, measure)) + float(distance(q, r, measure)) + 1e-9


@pytest.mark.parametrize("measure", MEASURES)
def test_opposite_answers_are_at_distance_one_and_scale_does_not_matter(measure):
    assert float(distance([1, 0, 0], [0, 0, 1], measure)) == 1.0
    assert float(distance([2.0, 2.0], [30.0, 10.0], measure)) == pytest.approx(
        float(distance([0.5, 0.5], [0.75, 0.25], measure)), abs=1e-15
    )


@pytest.mark.parametrize("measure", MEASURES)
def test_all_zero_rows_have_no_distance(measure):
    found = distance([[0.0, 0.0], [1.0, 0.0]], [0.5, 0.5], measure)
    assert np.isnan(found).tolist() == [True, False]


@pytest.mark.parametrize("measure", MEASURES)
def test_arrays_of_any_shape_broadcast(measure):
    p, q = random_rows(6, 12, 4).reshape(3, 1, 4, 4), random_rows(7, 8, 4).reshape(2, 4, 4)
    found = distance(p, q, measure)
    assert found.shape == (3, 2, 4)
    assert found[2, 1, 3] == pytest.approx(float(distance(p[2, 0, 3], q[1, 3], measure)), abs=AGREE)


@pytest.mark.parametrize("measure", MEASURES)
def test_rows_give_the_same_distances_as_arrays(measure):
    p, q = random_rows(8, 50, 6), random_rows(9, 40, 6)
    p[3] = 0
    rng = np.random.default_rng(10)
    one, two = rng.integers(50, size=20_000), rng.integers(40, size=20_000)
    found = row_distances(Rows.of(p), Rows.of(q), one, two, measure)
    assert np.array_equal(np.isnan(found), one == 3)
    assert np.nanmax(np.abs(found - distance(p[one], q[two], measure))) < AGREE


@pytest.mark.parametrize("size", [2, 3, 7, 18])
def test_the_compiled_loop_agrees_with_scipy_on_many_pairs(size):
    # Blocks of 256 pairs, the last one not full; zeros, equal rows and rows that are nearly equal among them.
    p, q = random_rows(20, 700, size), random_rows(21, 700, size)
    q[::7] = p[::7]
    q[1::7] = np.abs(p[1::7] * (1 + 1e-5 * np.random.default_rng(22).normal(size=p[1::7].shape)))
    q /= q.sum(axis=1, keepdims=True)
    rows = np.arange(700)
    with np.errstate(invalid="ignore"):  # scipy takes roots of sums just below zero
        expected = jensenshannon(p, q, base=2, axis=1)
    found = row_distances(Rows.of(p), Rows.of(q), rows, rows)
    clear = expected > 1e-3  # nearer than that scipy itself has lost digits
    assert np.abs(found - expected)[clear].max() < AGREE
    assert np.abs(found - jensen_shannon_distance(p, q)).max() < 1e-12


def test_a_row_that_is_not_there_is_refused():
    table = Rows.of([[0.5, 0.5]])
    for rows in ([0, 1], [-1, 0]):
        with pytest.raises(IndexError, match="not in its table"):
            row_distances(table, table, np.array(rows), np.zeros(2, dtype=int))


def test_identical_rows_are_at_distance_exactly_zero():
    p = random_rows(11, 500, 7)
    rows = np.arange(500)
    assert not row_distances(Rows.of(p), Rows.of(p), rows, rows).any()


def test_ragged_distributions_are_grouped_without_padding():
    ragged = [[0.5, 0.5], [0.2, 0.3, 0.5], [1.0, 0.0], [0.1, 0.2, 0.7]]
    blocks = {block.shape[1]: (rows.tolist(), block.tolist()) for rows, block in by_options(ragged)}
    assert blocks == {2: ([0, 2], [ragged[0], ragged[2]]), 3: ([1, 3], [ragged[1], ragged[3]])}


@pytest.mark.parametrize(
    ("p", "q", "options", "parameter"),
    [
        ([0.5, 0.5], [0.2, 0.3, 0.5], {}, "p, q"),
        ([-0.1, 1.1], [0.5, 0.5], {}, "p, q"),
        ([np.inf, 1.0], [0.5, 0.5], {}, "p, q"),
        ([0.5, 0.5], [0.5, 0.5], {"base": 1.0}, "base"),
        ([0.5, 0.5], [0.5, 0.5], {"measure": "euclid"}, "measure"),
        ([], [], {}, "p, q"),
    ],
)
def test_impossible_requests_are_refused(p, q, options, parameter):
    with pytest.raises(SpecificationError) as caught:
        distance(p, q, **options)
    assert caught.value.parameter == parameter
