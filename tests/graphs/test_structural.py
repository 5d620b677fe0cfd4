"""Structural models on a graph: effects, counterfactuals, refutation and steering, against dowhy's gcm and closed forms."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import counterfactual_profiles, refute_effect, steer_values, value_effects, value_graph
from valuestats.base.errors import SpecificationError
from valuestats.graphs.graph import Graph
from valuestats.graphs.linear import all_equivalent
from valuestats.statistics.resampling import equal_tailed

nx = pytest.importorskip("networkx")
NAMES = ("care", "rank", "trust", "loyal")
EDGES = [("care", "trust"), ("rank", "trust"), ("trust", "loyal"), ("care", "loyal")]
B = np.zeros((4, 4))
for (one, two), size in zip(EDGES, (0.8, -0.6, 0.7, 0.5), strict=True):
    B[NAMES.index(one), NAMES.index(two)] = size
TOTAL = np.linalg.inv(np.eye(4) - B)
GRAPH = Graph.of(NAMES, EDGES)


def simulated(seed=0, roles=80, each=5):
    rng = np.random.default_rng(seed)
    noise = (rng.normal(size=(roles, 1, 4)) + 0.7 * rng.normal(size=(roles, each, 4))).reshape(-1, 4)
    frame = pd.DataFrame((noise + np.array([1.0, 0.0, -1.0, 2.0])) @ TOTAL, columns=list(NAMES))
    return frame.assign(role=np.repeat(np.arange(roles), each))


@pytest.fixture(scope="module")
def gcm():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("dowhy.gcm")
        module.config.disable_progress_bars()
        frame = simulated()[list(NAMES)]
        model = module.InvertibleStructuralCausalModel(nx.DiGraph(EDGES))
        for name in NAMES:
            if name in ("care", "rank"):
                model.set_causal_mechanism(name, module.EmpiricalDistribution())
            else:
                model.set_causal_mechanism(
                    name, module.AdditiveNoiseModel(module.ml.create_linear_regressor())
                )
        module.fit(model, frame)
        yield module, model, frame


def test_effects_are_those_of_dowhy(gcm):
    module, model, frame = gcm
    ours = value_effects(frame, GRAPH, {"trust": 2.0}, against={"trust": 0.0}, replicates=0).estimates
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = module.average_causal_effect(
            model,
            "loyal",
            interventions_alternative={"trust": lambda _: 2.0},
            interventions_reference={"trust": lambda _: 0.0},
            num_samples_to_draw=40_000,
        )
    # both sides draw: two means of loyalty with a standard deviation near 1.5
    assert ours.set_index("value").loc["loyal", "estimate"] == pytest.approx(
        theirs, abs=5 * 1.5 * np.sqrt(2 / 40_000)
    )
    under = value_effects(frame, GRAPH, {"care": 1.5}, replicates=0).estimates.set_index("value")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = module.interventional_samples(model, {"care": lambda _: 1.5}, num_samples_to_draw=40_000)
    for name in ("rank", "trust", "loyal"):
        assert under.loc[name, "under"] == pytest.approx(drawn[name].mean(), abs=5 * drawn[name].std() / 200)


def test_counterfactuals_are_those_of_dowhy_to_rounding(gcm):
    module, model, frame = gcm
    ours = counterfactual_profiles(frame, GRAPH, {"trust": 1.0, "rank": -0.5})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = module.counterfactual_samples(
            model, {"trust": lambda _: 1.0, "rank": lambda _: -0.5}, observed_data=frame
        )
    np.testing.assert_allclose(ours[list(NAMES)], theirs[list(NAMES)], atol=1e-9)


def test_effects_are_products_of_regression_coefficients():
    frame = simulated(11)
    found = value_effects(frame, GRAPH, {"rank": 1.0}, against={"rank": 0.0}, cluster="role", replicates=200)
    one = np.linalg.lstsq(
        np.column_stack([np.ones(400), frame[["care", "rank"]]]), frame["trust"], rcond=None
    )[0]
    two = np.linalg.lstsq(
        np.column_stack([np.ones(400), frame[["trust", "care"]]]), frame["loyal"], rcond=None
    )[0]
    rows = found.estimates.set_index("value")
    assert rows.loc["loyal", "estimate"] == pytest.approx(one[2] * two[1])
    assert rows.loc["care", ["estimate", "lower", "upper"]].to_list() == [0.0, 0.0, 0.0]
    assert rows.loc["loyal", "lower"] < TOTAL[1, 3] < rows.loc["loyal", "upper"]
    signs = found.verdict.rows.set_index("value")["sign"]
    assert signs["care"] == "none"
    assert signs["loyal"] == "sound"
    assert "trust by" in found.sentence().lower()


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(120):
        rows = value_effects(
            simulated(seed, roles=40, each=3),
            GRAPH,
            {"care": 1.0},
            against={"care": 0.0},
            cluster="role",
            replicates=300,
        ).estimates.set_index("value")
        for name in ("trust", "loyal"):
            truth = TOTAL[0, NAMES.index(name)]
            held.append(rows.loc[name, "lower"] <= truth <= rows.loc[name, "upper"])
    assert 0.88 <= np.mean(held) <= 0.99


def test_equivalent_graphs_give_a_range():
    class_ = Graph.of(
        NAMES[:3], [p for a, b in (("care", "rank"), ("rank", "trust")) for p in ((a, b), (b, a))]
    )
    marks = all_equivalent(class_)
    assert len(marks) == 3  # all but the collider
    frame = simulated(2)
    rows = value_effects(frame, class_, {"rank": 1.0}, against={"rank": 0.0}, replicates=50)
    assert (rows.estimates["n_graphs"] == 3).all()
    assert (rows.estimates["lowest"] < rows.estimates["highest"]).all()
    assert {r.aspect for r in rows.verdict.reasons if r.sign == "care"} >= {"direction"}


def test_a_placebo_is_told_from_an_effect():
    frame = simulated(3)
    found = refute_effect(frame, GRAPH, "care", "loyal", cluster="role", permutations=199)
    assert found.estimates["holds"].all()
    assert "more than that of placebo causes" in found.sentence()
    x = frame[["care"]].to_numpy()
    own = np.linalg.lstsq(np.column_stack([np.ones(400), x]), frame["loyal"], rcond=None)[0][1]
    rows = found.estimates.set_index("check")
    assert rows.loc["effect", "estimate"] == pytest.approx(own)
    assert abs(rows.loc["placebo cause", "estimate"]) < 0.1
    rng = np.random.default_rng(4)
    useless = frame.assign(care=np.repeat(rng.normal(size=80), 5) + 0.1 * rng.normal(size=400))
    none = refute_effect(useless, GRAPH, "care", "loyal", cluster="role", permutations=199, seed=1)
    assert none.estimates.set_index("check").loc["placebo cause", "p_value"] > 0.05
    assert any(r.aspect == "effect" and r.sign == "none" for r in none.verdict.reasons)
    assert "no more than" in none.sentence()


def test_ranges_of_refutation_are_quantiles():
    wide, short = (
        refute_effect(
            simulated(3), GRAPH, "care", "loyal", permutations=200, level=level
        ).estimates.set_index("check")
        for level in (0.95, 0.5)
    )
    for check in ("placebo cause", "part of the units"):
        ratio = (wide.loc[check, "upper"] - wide.loc[check, "lower"]) / (
            short.loc[check, "upper"] - short.loc[check, "lower"]
        )
        assert ratio == pytest.approx(stats.norm.ppf(0.975) / stats.norm.ppf(0.75), rel=0.3)
    assert equal_tailed(np.arange(101.0), 0.9)[0] == pytest.approx(5)


def test_steering_reaches_what_can_be_reached():
    frame = simulated(5, roles=200)
    mean = frame[list(NAMES)].mean()
    goal = mean + np.array([0.0, 0.5, 0.0, 0.0]) @ TOTAL  # one shift of rank, its side effects with it
    found = steer_values(frame, GRAPH, goal.to_dict(), most=2, cluster="role", replicates=100)
    rows = found.estimates.set_index("shifted")
    assert rows.loc["1", "values"] == "rank"
    assert float(rows.loc["1", "shifts"]) == pytest.approx(0.5, abs=0.12)
    assert rows.loc["1", "fitted"] < 0.25 * rows.loc["0", "fitted"]
    assert (
        rows.loc["1", "lower"] < rows.loc["1", "estimate"] < rows.loc["1", "upper"] < rows.loc["0", "lower"]
    )
    whole = steer_values(frame, GRAPH, goal.to_dict(), most=4, replicates=0).estimates
    assert whole["estimate"].iloc[-1] == pytest.approx(0, abs=1e-9)
    assert (np.diff(whole["estimate"]) < 1e-9).all()
    # moving every value by its own gap moves those below twice
    both = {"care": mean["care"] + 1, "trust": mean["trust"] + 0.8}
    care = steer_values(frame, GRAPH, both, allowed=["care", "trust"], most=2, replicates=0)
    assert care.estimates["without_graph"].iloc[2] > care.estimates["estimate"].iloc[2] + 0.5
    assert care.estimates["correlation"].isna().all()
    assert "side effects unforeseen" in found.sentence()
    assert found.plot().to_dict()


def test_what_leads_nowhere_is_refused():
    frame = simulated()
    with pytest.raises(SpecificationError, match="no way leads from here"):
        value_effects(frame, GRAPH, {"loyal": 1.0})
    with pytest.raises(SpecificationError, match="no such value") as caught:
        value_effects(frame, GRAPH, {"caer": 1.0})
    assert caught.value.hint == "did you mean care?"
    with pytest.raises(SpecificationError, match="nothing is set"):
        value_effects(frame, GRAPH, {})
    with pytest.raises(SpecificationError, match="set the same values"):
        value_effects(frame, GRAPH, {"care": 1.0}, against={"rank": 0.0})
    with pytest.raises(SpecificationError, match="no way leads from the cause"):
        refute_effect(frame, GRAPH, "loyal", "care")
    with pytest.raises(SpecificationError, match="does not lead to what is targeted"):
        steer_values(frame, GRAPH, {"care": 1.0}, allowed=["loyal"])
    circle = Graph.of(NAMES, [("care", "rank"), ("rank", "trust"), ("trust", "care")])
    with pytest.raises(SpecificationError, match="no acyclic graph"):
        value_effects(frame, circle, {"care": 1.0})
    apart = Graph.of(NAMES, [])
    with pytest.raises(SpecificationError, match="no way leads from here"):
        counterfactual_profiles(frame, apart, {"care": 1.0})


def test_a_found_graph_serves_as_one_that_is_given():
    frame = simulated(6, roles=400)
    graph = value_graph(frame, list(NAMES), cluster="role", replicates=0)
    found = value_effects(
        frame, graph, {"trust": 1.0}, against={"trust": 0.0}, cluster="role", replicates=100
    )
    row = found.estimates.set_index("value").loc["loyal"]
    assert row["lowest"] <= 0.75
    assert row["highest"] >= 0.6


def test_missing_scores_stay_as_they_are():
    frame = simulated()
    frame.loc[3, "rank"] = np.nan
    made = counterfactual_profiles(frame, GRAPH, {"care": 0.0})
    pd.testing.assert_series_equal(made.loc[3], frame.loc[3])
    assert (made["care"].drop(3) == 0).all()
