"""Rankings from value weights: against pymcdm and worked examples by hand; draws of weights; what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import rank_by_values, ranking_agreement
from valuestats.base.errors import InputError, SpecificationError

EXPECTED = json.loads((Path(__file__).parent / "references" / "expected.json").read_text())
VALUES = ["a", "b", "c", "d"]
EXACT = 1e-12


def options(scores, item=1):
    scores = np.asarray(scores, dtype=float)
    index = pd.MultiIndex.from_product([range(scores.shape[0]), VALUES[: scores.shape[1]]])
    return index.to_frame(index=False, name=["option", "value"]).assign(item=item, score=scores.ravel())


def weights(numbers, who="p", **columns):
    return pd.DataFrame({"respondent": who, "value": VALUES[: len(numbers)], "weight": numbers, **columns})


def cost():
    return [v for v, t in zip(VALUES, EXPECTED["types"], strict=True) if t < 0]


@pytest.mark.parametrize("kind", EXPECTED["promethee"])
def test_net_flows_are_those_of_pymcdm(kind):
    found = rank_by_values(
        options(EXPECTED["scores"]),
        weights(EXPECTED["weights"]),
        preference=kind,
        indifference=EXPECTED["q"],
        strict=EXPECTED["p"],
        lower_is_better=cost(),
    ).estimates
    assert found["estimate"].to_numpy() == pytest.approx(EXPECTED["promethee"][kind], abs=EXACT)
    assert found["estimate"].sum() == pytest.approx(0, abs=EXACT)


def test_closeness_is_that_of_pymcdm():
    found = rank_by_values(
        options(EXPECTED["scores"]), weights(EXPECTED["weights"]), method="topsis", lower_is_better=cost()
    ).estimates
    assert found["estimate"].to_numpy() == pytest.approx(EXPECTED["topsis"], abs=EXACT)


def test_additive_utility_is_a_weighted_sum_of_pymcdms_scores():
    found = rank_by_values(
        options(EXPECTED["scores"]), weights(EXPECTED["weights"]), method="maut", lower_is_better=cost()
    ).estimates
    assert found["estimate"].to_numpy() == pytest.approx(EXPECTED["linear"], abs=EXACT)


def test_gaussian_preference_and_exponential_utility_by_hand():
    scores = np.array([[0.0, 3.0], [2.0, 1.0]])
    found = rank_by_values(options(scores), weights([3, 1]), preference="gaussian", strict=2.0).estimates
    degree = 1 - np.exp(-0.5)  # both differences are 2, the deviation too
    assert found["estimate"].tolist() == pytest.approx([-0.5 * degree, 0.5 * degree])
    risky = rank_by_values(options(scores), weights([3, 1]), method="maut", ends=(0, 4), risk=1.5).estimates
    u = (1 - np.exp(-1.5 * scores / 4)) / (1 - np.exp(-1.5))
    assert risky["estimate"].tolist() == pytest.approx(u @ [0.75, 0.25])


def test_a_cost_counts_from_the_other_end():
    scores = np.array([[0.0, 3.0], [2.0, 1.0]])
    turned = rank_by_values(
        options(scores), weights([1, 1]), method="maut", ends=(0, 4), lower_is_better=["b"]
    )
    assert turned.estimates["estimate"].tolist() == pytest.approx([0.125, 0.625])


def test_scale_and_order_of_the_weights_change_nothing():
    one = rank_by_values(options(EXPECTED["scores"]), weights(EXPECTED["weights"])).estimates
    other = weights(np.array(EXPECTED["weights"]) * 50).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(one, rank_by_values(options(EXPECTED["scores"]), other).estimates)


def test_first_places_over_draws_are_those_of_a_closed_form():
    """Two options, each best in one value: the first wins where its weight is the larger, P(w1 > w2) for normal weights."""
    told = options(np.eye(2))
    own = weights([0.6, 0.4], std_error=[0.1, 0.2])
    found = rank_by_values(told, own, method="maut", draws=40000).estimates.set_index("option")
    exact = stats.norm.cdf(0.2 / np.hypot(0.1, 0.2))
    assert found.loc["0", "probability_first"] == pytest.approx(
        exact, abs=4 * np.sqrt(exact * (1 - exact) / 40000)
    )
    assert found["probability_first"].sum() == pytest.approx(1)
    assert found.loc["0", ["rank", "rank_lower", "rank_upper"]].tolist() == [1, 1, 2]


def test_draws_of_weights_are_carried_as_they_are():
    drawn = pd.concat([weights(w, draw=k) for k, w in enumerate([[3, 1], [1, 3], [4, 1], [9, 1]])])
    found = rank_by_values(options(np.eye(2)), drawn, method="maut").estimates.set_index("option")
    assert found.loc["0", "probability_first"] == 0.75
    assert found.loc["0", "estimate"] == pytest.approx(np.mean([0.75, 0.25, 0.8, 0.9]))


def test_the_rankings_can_be_held_against_peoples():
    told = pd.concat([options(EXPECTED["scores"], item=k) for k in (1, 2)])
    own = pd.concat([weights([4, 3, 2, 1], who="p"), weights([1, 2, 3, 4], who="q")])
    ranked = rank_by_values(told, own).estimates
    people = ranked[["respondent", "item", "option", "rank"]]
    found = ranking_agreement(ranked.assign(model="PROMETHEE II"), people, measures=["kendall"]).estimates
    assert found["estimate"].iloc[0] == pytest.approx(1)


def test_equal_scores_tie_and_share_the_first_place():
    found = rank_by_values(options([[1, 0], [0, 1], [0, 0]]), weights([1, 1])).estimates
    assert found["rank"].tolist() == [1, 1, 3]
    assert found["probability_first"].tolist() == [0.5, 0.5, 0]


@pytest.mark.parametrize("method", ["promethee", "topsis", "maut"])
def test_a_value_in_which_all_are_alike_says_nothing(method):
    flat = rank_by_values(options([[1, 5], [3, 5], [2, 5]]), weights([1, 9]), method=method)
    assert flat.estimates["rank"].tolist() == [3, 1, 2]
    assert any("alike" in w for w in flat.meta["warnings"])
    same = rank_by_values(options([[5, 5], [5, 5]]), weights([1, 9]), method=method).estimates
    assert same["rank"].tolist() == [1, 1]


BAD = {
    "one option": (lambda o, w: (o[:2], w, {}), SpecificationError, "options"),
    "a score twice": (lambda o, w: (pd.concat([o, o[:1]]), w, {}), InputError, "item, option, value"),
    "no score on a value": (lambda o, w: (o[1:], w, {}), SpecificationError, "options"),
    "a score in words": (lambda o, w: (o.assign(score="much"), w, {}), InputError, "score"),
    "a negative weight": (lambda o, w: (o, w.assign(weight=[-1, 2]), {}), InputError, "weight"),
    "no weight for a value": (lambda o, w: (o, w[:1], {}), SpecificationError, "weights"),
    "weights of 0": (lambda o, w: (o, w.assign(weight=0), {}), SpecificationError, "weights"),
    "nobody": (lambda o, w: (o, w[:0], {}), SpecificationError, "weights"),
    "an unknown cost": (
        lambda o, w: (o, w, {"lower_is_better": ["z"]}),
        SpecificationError,
        "lower_is_better",
    ),
    "thresholds turned": (
        lambda o, w: (o, w, {"preference": "linear", "indifference": 2.0, "strict": 1.0}),
        SpecificationError,
        "strict",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_refused(kind):
    change, error, parameter = BAD[kind]
    told, own, more = change(options([[1, 0], [0, 1]]), weights([2, 1]))
    with pytest.raises(error) as caught:
        rank_by_values(told, own, **more)
    assert caught.value.parameter == parameter


def test_weights_taken_as_known_and_places_left_open_are_said():
    told = options([[1.0, 0.0], [0.0, 1.0], [0.6, 0.55]])
    known = rank_by_values(told, weights([2, 1]))
    assert {(r.aspect, r.sign) for r in known.verdict.reasons if r.aspect == "weights"} == {
        ("weights", "care")
    }
    assert "taken as known" in known.sentence()
    sure = rank_by_values(told, weights([2, 1], std_error=[0.01, 0.01]), method="maut")
    vague = rank_by_values(told, weights([1, 1], std_error=[1.0, 1.0]), method="maut")
    assert [r.sign for r in sure.verdict.reasons if r.aspect == "weights"] == ["sound"]
    assert [r.sign for r in vague.verdict.reasons if r.aspect == "weights"] == ["care"]
    assert "1 of 1 ranking" in sure.sentence()
    assert sure.plot().to_dict()
