"""Measures beside the distances: agreement with SciPy, closed forms, bounds, invariances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.similarity.agreement_shares import (
    alignment_target,
    collapse,
    kl_divergence,
    merge_sides,
    top_choice_agreement,
    value_alignment,
)
from valuestats.statistics.distances import distance

AGREE = 1e-12


@st.composite
def pairs(draw, sizes=None):
    """Two distributions over the same options, zeros among them, none all zero."""
    size = draw(st.integers(2, 7) if sizes is None else sizes)
    counts = st.lists(st.integers(0, 30), min_size=size, max_size=size).filter(any)
    return tuple(np.array(draw(counts), dtype=float) for _ in range(2))


def rows(seed, n, size):
    drawn = np.random.default_rng(seed).dirichlet(np.full(size, 0.6), n)
    drawn[drawn < 0.03] = 0.0
    return drawn / drawn.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("size", [2, 3, 5, 9])
@pytest.mark.parametrize("smoothing", [1e-4, 0.5])
def test_smoothed_divergence_agrees_with_scipy(size, smoothing):
    p, q = rows(1, 200, size), rows(2, 200, size)
    expected = stats.entropy(p + smoothing, q + smoothing, base=2, axis=1)
    assert np.abs(kl_divergence(p, q, smoothing=smoothing) - expected).max() < AGREE


def test_divergence_without_smoothing_is_infinite_where_an_option_is_left_out():
    assert kl_divergence([0.5, 0.5], [1.0, 0.0], smoothing=0.0) == np.inf
    assert float(kl_divergence([1.0, 0.0], [0.5, 0.5], smoothing=0.0, base=4.0)) == pytest.approx(0.5)
    assert np.isnan(kl_divergence([0.0, 0.0], [0.5, 0.5]))


@given(pair=pairs(), data=st.data())
def test_divergence_is_no_smaller_than_zero_and_order_does_not_matter(pair, data):
    p, q = pair
    order = data.draw(st.permutations(range(len(p))))
    assert float(kl_divergence(p, q)) >= 0
    assert float(kl_divergence(p, p)) == 0
    assert float(kl_divergence(p[order], q[order])) == pytest.approx(float(kl_divergence(p, q)), abs=1e-10)


@given(pair=pairs(), share=st.floats(0.05, 0.95))
def test_merging_an_option_split_alike_on_both_sides_leaves_the_unsmoothed_divergence(pair, share):
    p, q = (x + 1 for x in pair)
    split = [np.append(x, x[-1] * share) for x in (p, q)]
    for x in split:
        x[-2] *= 1 - share
    assert float(kl_divergence(*split, smoothing=0.0)) == pytest.approx(
        float(kl_divergence(p, q, smoothing=0.0)), abs=1e-9
    )


@pytest.mark.parametrize("size", [2, 4, 7])
def test_energy_distance_agrees_with_scipy(size):
    p, q = rows(3, 100, size), rows(4, 100, size)
    places = np.arange(size)
    expected = [stats.energy_distance(places, places, a, b) for a, b in zip(p, q, strict=True)]
    assert np.abs(distance(p, q, "energy") - np.array(expected) / np.sqrt(2 * (size - 1))).max() < AGREE


@given(pair=pairs(), data=st.data(), share=st.floats(0.05, 0.95))
def test_value_alignment_is_blind_to_order_and_linear_in_the_answers(pair, data, share):
    answers, people = (x / x.sum() for x in pair)
    order = data.draw(st.permutations(range(len(people))))
    found = float(value_alignment(answers, people))
    assert found == pytest.approx(float(value_alignment(answers[order], people[order])), abs=AGREE)
    mixed = float(value_alignment(share * answers + (1 - share) * people, people))
    assert mixed == pytest.approx(
        share * found + (1 - share) * float(value_alignment(people, people)), abs=1e-9
    )


@given(pair=pairs())
def test_energy_distance_is_unchanged_by_an_option_nobody_chose_up_to_the_scale(pair):
    # An unused option at the end lengthens the scale: the squared distance times its steps stays.
    p, q = pair
    longer = [np.append(x, 0.0) for x in pair]
    steps = len(p) - 1
    assert float(distance(*longer, "energy")) ** 2 * (steps + 1) == pytest.approx(
        float(distance(p, q, "energy")) ** 2 * steps, abs=1e-9
    )


@given(pair=pairs(), data=st.data())
def test_top_choice_is_symmetric_bounded_and_blind_to_order(pair, data):
    p, q = pair
    found = float(top_choice_agreement(p, q))
    order = data.draw(st.permutations(range(len(p))))
    assert 0 <= found <= 1
    assert float(top_choice_agreement(p, p)) == 1
    assert found == float(top_choice_agreement(q, p)) == float(top_choice_agreement(p[order], q[order]))
    assert found == 1 - float(distance(p, q, "top_choice"))
    assert float(top_choice_agreement(np.ones(len(p)), np.eye(len(p))[0])) == pytest.approx(1 / len(p))


def test_top_choice_does_not_fall_as_answers_move_towards_the_other_side():
    p, q = rows(9, 200, 4), rows(10, 200, 4)
    steps = [top_choice_agreement((1 - w) * p + w * q, q) for w in np.linspace(0, 1, 41)]
    assert (np.diff(steps, axis=0) >= 0).all()
    assert (steps[-1] == 1).all()


@given(pair=pairs())
def test_value_alignment_is_never_above_the_mode_so_it_is_no_proper_score(pair):
    answers, people = pair
    found, diagnosis = float(value_alignment(answers, people)), collapse(answers, people)
    assert 0 <= found <= float(diagnosis.mode) + AGREE
    assert float(diagnosis.person) <= float(diagnosis.mode) + AGREE
    assert float(value_alignment(people, people)) == pytest.approx(float(diagnosis.person), abs=AGREE)
    mode = np.eye(len(people))[int(people.argmax())]
    assert float(value_alignment(mode, people)) == pytest.approx(float(diagnosis.mode), abs=AGREE)
    shares = people / people.sum()
    assert float(diagnosis.people) == pytest.approx(stats.entropy(shares) / np.log(len(shares)), abs=AGREE)


def test_merged_and_neutral_targets_by_hand():
    divided, united = [0.2, 0.2, 0.2, 0.1, 0.3], [0.3, 0.3, 0.2, 0.1, 0.1]
    assert alignment_target(divided, "merged") == pytest.approx([0.4, 0.2, 0.4])
    assert alignment_target(divided, "neutral").tolist() == [0, 1, 0]
    assert alignment_target(united, "neutral") == pytest.approx([0.6, 0.2, 0.2])
    assert alignment_target(united, "neutral", majority=0.7).tolist() == [0, 1, 0]
    assert merge_sides([[1.0, 2.0, 3.0]]).tolist() == [[1, 2, 3]]


@given(pair=pairs(sizes=st.sampled_from([3, 5, 7])))
def test_merging_never_lowers_the_alignment(pair):
    answers, people = pair
    plain = float(value_alignment(answers, alignment_target(people)))
    merged = float(value_alignment(merge_sides(answers), alignment_target(people, "merged")))
    assert merged >= plain - AGREE


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda: kl_divergence([1, 0], [0, 1], smoothing=-1), "smoothing"),
        (lambda: kl_divergence([1, 0], [0, 1], base=1), "base"),
        (lambda: merge_sides([0.5, 0.5]), "shares"),
        (lambda: alignment_target([0.5, 0.2, 0.3], "best"), "variant"),
    ],
)
def test_impossible_requests_are_refused(call, parameter):
    with pytest.raises(SpecificationError) as caught:
        call()
    assert caught.value.parameter == parameter
