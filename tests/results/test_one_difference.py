"""One difference has one error and one interval; where there is no interval nothing was tested, and it is said so."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import Responses, hypotheses, paired_contrast, score
from valuestats.pages.decision import decision_caption, decision_sentence
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters, replicate_interval
from valuestats.statistics.simultaneous import simultaneous_intervals
from valuestats.statistics.student import error_of, joint_reach, normal_part

ITEMS = {"Many": 12, "Four": 4, "Three": 3, "Two": 2}


def keyed():
    rows = [(f"{d}{k}", "pvq", d, 1) for d, n in ITEMS.items() for k in range(n)]
    return pd.DataFrame(rows, columns=["item", "family", "dimension", "sign"])


def answers(models=("a", "b"), seed=0, conditions=(None,), missing=0.0):
    rng = np.random.default_rng(seed)
    rows = []
    for item in keyed()["item"]:
        level = rng.normal(0, 1)
        for m in models:
            for c in conditions:
                own = level + rng.normal(0, 1) + (m == "a") * 0.5
                for epoch in (1, 2, 3):
                    lost = rng.random() < missing
                    code = int(np.clip(np.round(3.5 + own + rng.normal(0, 0.5)), 1, 6))
                    rows.append((m, item, c, epoch, pd.NA if lost else code, "refusal" if lost else "valid"))
    frame = pd.DataFrame(rows, columns=["model", "item", "condition", "epoch", "answer", "status"])
    frame = frame.assign(raw="x", source_file="f", source_sha256="0", source_row=range(len(frame)))
    frame["answer"] = frame["answer"].astype("Int64")
    return Responses(frame.drop(columns="condition") if conditions == (None,) else frame)


def item_differences(responses, dimension, one="a", two="b", by="model"):
    frame = responses.frame.assign(answer=responses.frame["answer"].astype(float))
    means = frame.groupby([by, "item"])["answer"].mean().unstack(by)
    own = means[means.index.str.startswith(dimension)]
    return (own[one] - own[two]).to_numpy()


def test_contrast_all_pairs_and_hypotheses_give_one_error_and_interval():
    responses = answers()
    found = score(responses, keyed(), scale=(1, 6), seed=1)
    base = found.contrasts("model").set_index("dimension")
    one = found.contrast("model", "a", "b").set_index("dimension")
    both = hypotheses(found, along="model").estimates.set_index("dimension")
    for d in ("Many", "Four"):
        for column in ("estimate", "std_error", "lower", "upper"):
            assert base.loc[d, column] == pytest.approx(one.loc[d, column], abs=1e-12)
        assert both.loc[d, "std_error"] == pytest.approx(one.loc[d, "std_error"], abs=1e-12)
        assert one.loc[d, "interval"] == "cluster jackknife, Student's t"


@pytest.mark.parametrize("conditions", [("a", "b"), ("a", "b", "c")])
def test_a_difference_that_never_varies_has_no_interval(conditions):
    """One model that answers every item .1 higher: what varies is rounding, which tests nothing."""
    own = np.random.default_rng(3).normal(size=(500, 1)) * 7
    shift = {"a": 0.0, "b": 0.1, "c": 0.3}
    points = np.array([2.0 + shift[m] for m in conditions])
    drawn = 2.0 + own + np.array([shift[m] for m in conditions])
    assert np.ptp(drawn[:, 1] - drawn[:, 0]) > 0
    frame = pd.DataFrame({
        "estimand": "mean", "model": conditions, "estimate": points, "std_error": 7.0, "lower": points - 14,
        "upper": points + 14, "level": 0.95, "interval": "cluster bootstrap, equal-tailed", "n_scored": 40,
        "n_asked": 40, "n_units": 40,
    })  # fmt: skip
    draws = draws_tree("bootstrap", drawn, {"model": list(conditions)})
    result = Result("means", frame, ("model",), {"method": "mean"}, draws)
    found = result.contrasts("model")
    one = result.contrast("model", "b", "a")
    for row in (found.iloc[0], one.iloc[0]):
        assert abs(row["estimate"]) == pytest.approx(0.1)
        assert (row["std_error"], row["interval"]) == (0, "none")
        assert np.isnan(row["lower"])
    assert found["differs"].isna().all()


def test_a_paired_contrast_is_students_interval_of_the_items_differences():
    responses = answers(models=("m",), conditions=("plain", "told"), seed=3)
    frame = responses.frame.assign(value=responses.frame["answer"].astype(float))
    for d in ("Many", "Four"):
        own = item_differences(responses, d, "told", "plain", "condition")
        test = stats.ttest_1samp(own, 0).confidence_interval(0.95)
        part = frame[frame["item"].str.startswith(d)]
        row = paired_contrast(part, against="plain").estimates.iloc[0]
        assert (row["std_error"], row["lower"], row["upper"]) == pytest.approx(
            (stats.sem(own), *test), abs=1e-9
        )


def test_replicates_give_back_the_jackknifes_error_exactly():
    x = np.random.default_rng(0).normal(size=(7, 3)) @ np.diag([1.0, 5.0, 0.2])
    for replicates in (1001, 1000):
        plan = plan_clusters(7, replicates, np.random.default_rng(1))
        means = plan.weights @ x / plan.weights.sum(axis=1, keepdims=True)
        found = plan.finish(means, x.mean(axis=0), 7, 0.9)
        assert error_of(normal_part(found.draws, 7)) == pytest.approx(stats.sem(x), rel=1e-9)
    apart = found.draws[:, 0] - found.draws[:, 1]
    own = x[:, 0] - x[:, 1]
    low, high, error = replicate_interval(apart, 0.9, 7, True)
    assert (float(low), float(high)) == pytest.approx(
        stats.t.interval(0.9, 6, own.mean(), stats.sem(own)), abs=1e-9
    )
    assert float(error) == pytest.approx(stats.sem(own), rel=1e-9)


def test_replicates_on_another_scale_are_read_off_as_they_are():
    values = np.array([0.5, 0.7, 0.6, 0.9, 0.8])[:, None]
    plan = plan_clusters(5, 4000, np.random.default_rng(0))
    found = plan.finish(values, [0.72], 5, 0.95, correlation=True)
    assert np.isnan(normal_part(found.draws, 5)).all()
    low, high, _ = replicate_interval(found.draws, 0.95, 5, True)
    assert (float(low[0]), float(high[0])) == pytest.approx((found.lower[0], found.upper[0]), abs=0.08)


def test_several_at_once_meet_their_closed_forms():
    """Of independent columns Sidak's quantile of Student's t, of one column seen thrice that of one."""
    normal = np.random.default_rng(5).normal(size=(20_000, 3))
    sidak = stats.t.ppf((1 + 0.95 ** (1 / 3)) / 2, 5)
    assert joint_reach(normal, 6, 0.95) == pytest.approx(sidak, rel=0.05)
    assert joint_reach(normal[:, [0, 0, 0]], 6, 0.95) == pytest.approx(stats.t.ppf(0.975, 5), rel=0.05)
    many = stats.t.ppf((1 + 0.95 ** (1 / 3)) / 2, 299)
    assert joint_reach(normal, 300, 0.95) == pytest.approx(many, rel=0.03)
    assert joint_reach(normal[:, :1], 6, 0.95) == pytest.approx(stats.t.ppf(0.975, 5), rel=1e-12)


def test_intervals_of_all_pairs_of_few_clusters_hold_together():
    """Four equal models on six items: some pair differs in 5% of 400 studies."""
    rng, wrong = np.random.default_rng(2), 0
    weights = np.array(
        [[1, -1, 0, 0], [1, 0, -1, 0], [1, 0, 0, -1], [0, 1, -1, 0], [0, 1, 0, -1], [0, 0, 1, -1]]
    )
    for _ in range(400):
        x = rng.normal(size=(6, 4)) + rng.normal(size=(6, 1))
        plan = plan_clusters(6, 400, rng)
        found = plan.finish(plan.weights @ x / 5, x.mean(axis=0), 6, 0.95)
        normal = normal_part(found.draws, 6) @ weights.T
        reach = joint_reach(normal, 6, 0.95) * error_of(normal)
        wrong += bool((np.abs(weights @ x.mean(axis=0)) > reach).any())
    assert wrong / 400 == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 400) ** 0.5)


def test_what_has_no_interval_is_not_tested():
    found = score(answers(models=("a", "b", "c")), keyed(), scale=(1, 6), seed=1)
    pairs = found.contrasts("model").set_index("dimension")
    assert pairs["differs"].dtype == "boolean"
    for d in ("Two", "Three"):
        assert pairs.loc[d, "differs"].isna().all()
        assert set(pairs.loc[d, "interval"]) == {"none"}
        one = found.contrast("model", "a", "b").set_index("dimension").loc[d]
        assert one["interval"] == "none"
        assert np.isnan(one["std_error"])
    assert pairs.loc["Many", "differs"].notna().all()
    ranks = found.rank("model").set_index("dimension")
    assert set(ranks.loc["Two", "interval"]) == {"none"}
    assert set(ranks.loc["Many", "interval"]) == {"cluster jackknife, Student's t"}
    every = hypotheses(found, along="model").estimates.set_index("dimension")
    assert every.loc["Two", "differs"].isna().all()
    assert every.loc["Many", "differs"].notna().all()
    from valuestats.results.pairs import rank_sets

    sets = rank_sets(found, "model").set_index("dimension").loc["Two"]
    assert set(zip(sets["best"], sets["worst"], strict=True)) == {(1, 3)}
    assert "2 to 3 items a value give no interval" in found.sentence()


def short(models=("a", "b", "c")):
    few = keyed()[keyed()["dimension"].isin(["Two", "Three"])]
    return score(answers(models), few, scale=(1, 6), seed=1)


def test_the_page_of_untested_models_speaks_of_no_interval():
    found = short()
    said = decision_sentence(found)
    assert "apart, which was not tested: " in said
    assert "no pair of models could be tested, so that none is known to differ." in said
    assert "told apart" not in said
    caption = decision_caption(found)
    assert "without intervals" in caption
    assert "overlap" not in caption
    assert "intervals resample" not in found.sentence()
    assert "ot tested: 2 to 3 items a value give no interval" in found.sentence()


def test_a_pair_of_bootstrap_replicates_has_the_interval_of_its_contrast():
    rng = np.random.default_rng(0)
    draws = rng.normal(0, 1, (2000, 2, 1)) + np.array([[1.0], [0.0]])
    found = short()
    frame = found.estimates.iloc[:2].assign(
        model=["a", "b"],
        dimension="x",
        estimate=[1.0, 0.0],
        n_units=30,
        interval="cluster bootstrap, equal-tailed",
    )
    tree = draws_tree("bootstrap", draws, {"model": ["a", "b"], "dimension": ["x"]})
    result = Result("scores", frame, ("model", "dimension"), found.meta, tree)
    pair, alone = result.contrasts("model").iloc[0], result.contrast("model", "a", "b").iloc[0]
    for column in ("estimate", "std_error", "lower", "upper", "interval"):
        assert pair[column] == alone[column]


def test_a_label_against_itself_is_nothing():
    found = score(answers(), keyed(), scale=(1, 6), seed=1)
    same = found.contrast("model", "a", "a")
    assert (same["estimate"] == 0).all()
    assert not (same["std_error"].dropna() > 0).any()


def test_bootstrap_replicates_of_few_clusters_are_widened_column_by_column():
    """Of independent columns Sidak's quantile of Student's t, times what a bootstrap of n clusters falls short by."""
    rng = np.random.default_rng(7)
    draws = rng.normal(size=(20_000, 3))
    for units in (6, 300):
        found = simultaneous_intervals(draws, np.zeros(3), 0.95, units=np.full(3, units))
        sidak = stats.t.ppf((1 + 0.95 ** (1 / 3)) / 2, units - 1)
        assert found.critical == pytest.approx(np.sqrt(units / (units - 1)) * sidak, rel=0.05)
        assert found.upper == pytest.approx(found.critical * draws.std(axis=0, ddof=1))
    # a multivariate t with one scale for all, which was used before, is shorter
    one_scale = np.quantile(
        np.abs(draws).max(axis=1, keepdims=True) / np.sqrt(rng.chisquare(5, (20_000, 1)) / 5), 0.95
    )
    few = simultaneous_intervals(draws, np.zeros(3), 0.95, units=np.full(3, 6))
    assert few.critical > np.sqrt(6 / 5) * one_scale * 1.02
