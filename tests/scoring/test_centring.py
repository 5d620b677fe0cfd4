"""The one centring of keyed items: against loops over the definition, by hand, and what must not move it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats import score
from valuestats.base.errors import SpecificationError
from valuestats.instruments import load_instrument
from valuestats.scoring.scale_means import scale_scores, spread_over_items
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import cluster_weights, equal_tailed
from valuestats.tables import Responses


def _case(seed=3, models=3, items=14, dimensions=4):
    rng = np.random.default_rng(seed)
    y = rng.uniform(1, 6, (models, items))
    y[rng.random(y.shape) < 0.15] = np.nan
    sign = rng.choice([-1.0, 0.0, 0.0, 1.0], (items, dimensions))
    sign[0] = 1
    return y, sign, rng.integers(0, 5, items)


def _by_hand(y, sign, copies):
    """The definition, one model and dimension at a time, with each item repeated `copies` times."""
    out = np.full((y.shape[0], sign.shape[1]), np.nan)
    for m in range(y.shape[0]):
        known = [k for k, c in enumerate(copies) for _ in range(int(c)) if not np.isnan(y[m, k])]
        for d in range(sign.shape[1]):
            keyed = [k for k in known if sign[k, d] != 0]
            if keyed:
                level = np.mean([y[m, k] for k in known])
                out[m, d] = np.mean([sign[k, d] * (y[m, k] - level) for k in keyed])
    return out


def test_point_is_the_definition():
    y, sign, _ = _case()
    np.testing.assert_allclose(scale_scores(y, sign, 3.5).centred, _by_hand(y, sign, np.ones(y.shape[1])))


def test_bootstrap_is_the_definition_on_repeated_clusters():
    y, sign, cluster = _case()
    weights = cluster_weights(5, 20, np.random.default_rng(0))
    found = scale_scores(y, sign, 3.5, weights=weights, unit=cluster).centred
    for replicate, weight in zip(found, weights, strict=True):
        np.testing.assert_allclose(replicate, _by_hand(y, sign, weight[cluster]), atol=1e-12)


def test_unit_weights_give_the_point():
    y, sign, cluster = _case()
    found, point = (
        scale_scores(y, sign, 3.5, weights=np.ones((1, 5)), unit=cluster),
        scale_scores(y, sign, 3.5),
    )
    for name in ("raw", "centred", "answered", "mean_rating"):
        np.testing.assert_allclose(getattr(found, name)[0], getattr(point, name))


def test_spread_by_hand():
    y = np.array([[5.0, 3, 1, np.nan], [2, np.nan, 6, 4]])
    sign = np.array([[1, 0], [-1, 0], [0, 1], [1, -1]])
    # turned about the middle of 1..6: 5, 4 | 1 and 2, 4 | 6, 3
    assert spread_over_items(y, sign, 3.5) == pytest.approx(np.array([[0.5, 0], [1, 1.5]]))
    assert np.isnan(spread_over_items(np.full((1, 4), np.nan), sign, 3.5)).all()


def _answers(y, models, items):
    rows = [(m, i, v) for m, row in zip(models, y, strict=True) for i, v in zip(items, row, strict=True)]
    frame = pd.DataFrame(rows, columns=["model", "item", "answer"]).assign(
        epoch=1, raw="x", status="valid", source_file="f", source_sha256="0", source_row=range(len(rows))
    )
    return Responses(frame)


def _keys(triples):
    return pd.DataFrame(triples, columns=["item", "dimension", "sign"]).assign(family="f")


def test_a_model_that_answers_everything_alike_has_no_values():
    """Four items, keys of both signs, every answer 5 on 1..6: the response level is no value."""
    responses = _answers([[5, 5, 5, 5]], ["m"], list("abcd"))
    keyed = _keys([("a", "A", -1), ("b", "A", 1), ("c", "B", 1), ("d", "C", -1)])
    found = score(responses, keyed, family="f", scale=(1, 6), replicates=20).estimates.set_index("dimension")
    assert found["estimate"].tolist() == [0, 0, 0]
    assert found["raw_mean"].tolist() == [3.5, 5, 2]


def test_scores_of_both_signs_do_not_follow_the_response_level():
    """Models that differ in level alone come out alike; that is what reversed keys are for."""
    rng = np.random.default_rng(0)
    content = rng.integers(2, 4, 20).astype(float)
    y = np.stack([content, content + 1, content + 2])
    sign = np.where(np.arange(20) % 3 == 0, -1, 1)
    keyed = _keys([(str(k), "AB"[k % 2], int(s)) for k, s in enumerate(sign)])
    found = score(
        _answers(y, list("lmh"), list(map(str, range(20)))), keyed, family="f", scale=(1, 6), replicates=0
    )
    wide = found.estimates.pivot(index="model", columns="dimension", values="estimate")
    assert np.ptp(wide.to_numpy(), axis=0) == pytest.approx([0, 0], abs=1e-12)


signs = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=6, max_size=6).filter(any)
answers = st.lists(st.one_of(st.floats(1, 6), st.just(float("nan"))), min_size=6, max_size=6)


@given(answers, signs, st.floats(-3, 3))
def test_a_constant_added_to_all_answers_changes_nothing(row, sign, constant):
    y, s = np.array([row]), np.array(sign)[:, None]
    np.testing.assert_allclose(
        scale_scores(y + constant, s, 3.5).centred, scale_scores(y, s, 3.5).centred, atol=1e-9
    )


@given(answers, signs)
def test_turning_the_scale_and_every_key_changes_nothing(row, sign):
    y, s = np.array([row]), np.array(sign)[:, None]
    there, back = scale_scores(y, s, 3.5), scale_scores(7 - y, -s, 3.5)
    np.testing.assert_allclose(there.centred, back.centred, atol=1e-9)
    np.testing.assert_allclose(there.raw, back.raw, atol=1e-9)


@given(answers, signs, st.integers(0, 5))
def test_turning_one_item_with_its_key_leaves_the_raw_score(row, sign, item):
    y, s = np.array([row]), np.array(sign)[:, None]
    turned, other = y.copy(), s.copy()
    turned[0, item], other[item] = 7 - y[0, item], -s[item]
    np.testing.assert_allclose(scale_scores(y, s, 3.5).raw, scale_scores(turned, other, 3.5).raw, atol=1e-9)
    np.testing.assert_allclose(spread_over_items(y, s, 3.5), spread_over_items(turned, other, 3.5), atol=1e-9)


def test_score_and_score_instrument_are_one():
    """An instrument with reversed items, scored by its own keys both ways."""
    instrument = load_instrument("bfi25")
    family = next(iter(instrument.families))
    keyed = pd.DataFrame(
        [
            (item, family, name, -1 if item in d.reversed else 1)
            for name, d in instrument.families[family].items()
            for item in d.items
        ],
        columns=["item", "family", "dimension", "sign"],
    )
    assert (keyed["sign"] < 0).any()
    rng = np.random.default_rng(4)
    low, high = instrument.scale.bounds
    y = rng.integers(low, high + 1, (3, len(instrument.items)))
    responses = _answers(y, list("abc"), instrument.items)
    one = score(responses, keyed, family=family, scale=(low, high), replicates=0).estimates
    two = score(responses, instrument, form="centred", replicates=0).estimates
    both = one.merge(two, on=["model", "dimension"], suffixes=("", "_two"))
    assert len(both) == len(one) == len(two)
    np.testing.assert_allclose(both["estimate"], both["estimate_two"], atol=1e-12)
    np.testing.assert_allclose(both["raw_mean"], both["raw_mean_two"], atol=1e-12)


def test_cluster_weights_count_draws():
    weights = cluster_weights(9, 4000, np.random.default_rng(1))
    assert (weights.sum(axis=1) == 9).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(9), abs=0.08)
    assert weights.var() == pytest.approx(1 - 1 / 9, abs=0.05)
    with pytest.raises(SpecificationError, match="nothing to resample"):
        cluster_weights(0, 10, np.random.default_rng(1))


def test_equal_tailed_skips_missing_replicates():
    draws = np.column_stack([np.arange(101.0), np.full(101, np.nan), np.r_[np.nan, np.arange(100.0)]])
    lower, upper = equal_tailed(draws, 0.9)
    assert lower[0] == pytest.approx(5)
    assert np.isnan(lower[1])
    assert np.isnan(upper[1])
    assert upper[2] == pytest.approx(np.quantile(np.arange(100.0), 0.95))
    with pytest.raises(SpecificationError, match="level"):
        equal_tailed(draws, 1.5)


def test_ranks_share_ties_and_sum_to_the_triangle():
    draws = np.array([[3.0, 1.0, 3.0], [0.0, 5.0, 2.0]])
    ranks = posterior_ranks(draws)
    assert ranks[0].tolist() == [1.5, 3.0, 1.5]
    assert (ranks.sum(axis=1) == 6).all()
    assert posterior_ranks(draws, descending=False)[1].tolist() == [1.0, 3.0, 2.0]
