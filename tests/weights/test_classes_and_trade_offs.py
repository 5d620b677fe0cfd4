"""Latent classes against an own expectation-maximisation, trade-offs against closed forms and published route choices."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import choice_classes, feature_weights, ranking_choices, trade_off
from valuestats.base.errors import SpecificationError
from valuestats.weights.feature_sets import feature_sets
from valuestats.weights.logit import log_probabilities, maximise


def simulated(people=60, each=10, shares=(0.6, 0.4), w=((1.5, -1.0), (-1.0, 1.0)), seed=0):
    rng = np.random.default_rng(seed)
    member = rng.choice(len(shares), people, p=shares)
    own = np.asarray(w)[member]
    x = rng.normal(size=(people, each, 2, len(w[0])))
    u = np.einsum("ptjk,pk->ptj", x, own) + rng.gumbel(size=(people, each, 2))
    n = people * each
    taken = (u == u.max(axis=2, keepdims=True)).astype(int)
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), 2),
            "option": np.tile(["a", "b"], n),
            "chosen": taken.ravel(),
            "person": np.repeat(np.arange(people), 2 * each),
        }
    )
    for k in range(len(w[0])):
        frame[f"x{k}"] = x[..., k].ravel()
    return ranking_choices(frame)


def expectation_maximisation(sets, classes, seed, rounds=120):
    """The textbook algorithm: class memberships, then a weighted logit for each class."""
    rng = np.random.default_rng(seed)
    post = rng.dirichlet(np.ones(classes), len(sets.units))
    share, beta = post.mean(axis=0), [None] * classes
    for _ in range(rounds):
        beta = [maximise(sets, weights=post[sets.unit, k]).beta for k in range(classes)]
        each = np.stack(
            [np.bincount(sets.unit, log_probabilities(sets, b), len(sets.units)) for b in beta], axis=1
        )
        joint = each + np.log(share)
        whole = np.logaddexp.reduce(joint, axis=1)
        post = np.exp(joint - whole[:, None])
        share = post.mean(axis=0)
    return whole.sum(), share, np.array(beta)


def test_classes_are_those_of_expectation_maximisation():
    choices = simulated()
    found = choice_classes(choices, ["x0", "x1"], unit="person", starts=10, replicates=0)
    value, share, beta = max(
        (expectation_maximisation(feature_sets(choices, ["x0", "x1"], "person"), 2, s) for s in range(2)),
        key=lambda e: e[0],
    )
    assert found.meta["log_likelihood"] == pytest.approx(value, abs=1e-4)
    table = found.estimates.pivot(index="class", columns="feature", values="estimate")
    order = np.argsort(-share)
    assert table["share"].to_numpy() == pytest.approx(share[order], abs=1e-3)
    assert table[["x0", "x1"]].to_numpy() == pytest.approx(beta[order], abs=5e-3)
    single = feature_weights(choices, ["x0", "x1"]).meta["log_likelihood"]
    assert found.meta["single"] == pytest.approx(single)
    assert found.meta["bic"][1] == pytest.approx(-2 * value + 5 * np.log(60), abs=1e-3)
    assert found.meta["reached"] >= 5


def test_the_simulated_classes_are_recovered():
    table = choice_classes(
        simulated(people=150, seed=3), ["x0", "x1"], unit="person", starts=5, replicates=60
    ).estimates.set_index(["class", "feature"])
    truth = {
        ("class 1", "share"): 0.6,
        ("class 1", "x0"): 1.5,
        ("class 1", "x1"): -1.0,
        ("class 2", "x0"): -1.0,
    }
    for key, value in truth.items():
        assert abs(table.loc[key, "estimate"] - value) < 4 * table.loc[key, "std_error"]
        assert table.loc[key, "lower"] < table.loc[key, "upper"]


def test_too_few_units_and_one_class_only():
    with pytest.raises(SpecificationError, match="fewer units than parameters"):
        choice_classes(simulated(people=5), ["x0", "x1"], unit="person")
    with pytest.raises(SpecificationError, match="impossible classes"):
        choice_classes(simulated(people=20), ["x0", "x1"], unit="person", classes=1)


def amiss(result):
    return {r.aspect for r in result.verdict.reasons if r.sign != "sound"}


def test_each_planted_defect_makes_its_own_warning():
    options = {"unit": "person", "starts": 6, "replicates": 0}
    assert amiss(choice_classes(simulated(), ["x0", "x1"], **options)) == set()
    alike = simulated(w=((1.5, -1.0), (1.5, -1.0)), seed=2)
    assert "simpler" in amiss(choice_classes(alike, ["x0", "x1"], **options))
    once = choice_classes(simulated(), ["x0", "x1"], **options)
    once.meta["reached"] = 1
    assert amiss(type(once)(once.kind, once.estimates, once.keys, once.meta, once.draws)) == {"optimum"}
    ratio = {"of": "x0", "per": "x1", "unit": "person", "replicates": 30}
    steady = simulated(w=((1.0, 1.0), (1.0, 1.0)))
    assert amiss(trade_off(steady, ["x0", "x1"], **ratio)) == set()
    nothing = simulated(w=((1.0, 0.0), (1.0, 0.0)))
    found = trade_off(nothing, ["x0", "x1"], **ratio)
    assert amiss(found) == {"denominator"}
    assert found.sentence().startswith("No finding")


def test_a_ratio_and_its_delta_interval():
    choices = simulated(w=((1.0, 0.8), (1.0, 0.8)), seed=4)
    weights = feature_weights(choices, ["x0", "x1"], unit="person")
    b, v = weights.estimates["estimate"].to_numpy(), np.array(weights.meta["covariance"])
    found = trade_off(choices, ["x0", "x1"], of="x0", per="x1", factor=60, unit="person", replicates=40)
    table = found.estimates.set_index("method")
    ratio = 60 * b[0] / b[1]
    assert table["estimate"].to_numpy() == pytest.approx(np.full(3, ratio))
    relative = v[0, 0] / b[0] ** 2 + v[1, 1] / b[1] ** 2 - 2 * v[0, 1] / (b[0] * b[1])
    error = abs(ratio) * np.sqrt(relative)
    assert table.loc["delta", "std_error"] == pytest.approx(error)
    t = stats.t.ppf(0.975, 59)
    assert table.loc["delta", "upper"] - ratio == pytest.approx(t * error)
    for end in table.loc["Fieller", ["lower", "upper"]]:  # at its ends the difference is t errors from 0
        r = end / 60
        gap = b[0] - r * b[1]
        assert abs(gap) / np.sqrt(v[0, 0] - 2 * r * v[0, 1] + r**2 * v[1, 1]) == pytest.approx(t)


def test_a_denominator_of_nothing_leaves_fieller_without_ends():
    found = trade_off(simulated(w=((1.0, 0.0), (1.0, 0.0))), ["x0", "x1"], of="x0", per="x1", replicates=0)
    table = found.estimates.set_index("method")
    assert np.isinf(table.loc["Fieller", ["lower", "upper"]].astype(float)).all()


@pytest.mark.parametrize(("of", "per"), [("x9", "x1"), ("x0", "x9"), ("x0", "x0")])
def test_features_that_are_none_are_refused(of, per):
    with pytest.raises(SpecificationError, match="not one of the features"):
        trade_off(simulated(), ["x0", "x1"], of=of, per=per)


def test_classes_of_a_formula_are_those_of_its_columns():
    choices = simulated()
    by_columns = choice_classes(choices, ["x0", "x1"], unit="person", starts=5, replicates=0, seed=1)
    by_formula = choice_classes(choices, "utility ~ x0 + x1", unit="person", starts=5, replicates=0, seed=1)
    one, two = by_columns.estimates, by_formula.estimates
    assert one["feature"].tolist() == two["feature"].tolist()
    np.testing.assert_allclose(one["estimate"], two["estimate"], rtol=1e-6)
    assert by_formula.meta["specification"]["features"] == "utility ~ x0 + x1"
