"""Distance from a target: by hand, against a judge's confusion that is known, and with few items."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import target_profile
from valuestats.base.errors import InputError, SpecificationError
from valuestats.orderings.judged import JudgeOfDimension
from valuestats.orderings.targets import ALL

CONFUSION = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
SHARES = np.array([0.2, 0.3, 0.5])
AIM = pd.DataFrame({"dimension": ["care"], "target": [3]})


def drawn(rng, true):
    return (rng.random((len(true), 1)) > CONFUSION[true].cumsum(axis=1)).sum(axis=1)


def study(seed, n=100, labelled=400):
    rng = np.random.default_rng(seed)
    true, other = rng.choice(3, n, p=SHARES), rng.choice(3, labelled)
    answers = pd.DataFrame(
        {"model": "m", "item": range(n), "dimension": "care", "score": drawn(rng, true) + 1}
    )
    judge = pd.DataFrame({"true": other + 1, "judged": drawn(rng, other) + 1})
    return answers, judge, true + 1


def answers(**columns):
    rows = {"model": "m", "item": [1, 2, 3, 4, 5], "dimension": "care", "score": [1.0, 2, 3, 3, 1]}
    return pd.DataFrame({**rows, **columns})


def test_errors_and_their_sum_by_hand():
    both = pd.concat([answers(), answers(dimension="power", score=[2.0, 2, 2, 4, np.nan])])
    aims = pd.DataFrame({"dimension": ["care", "power"], "target": [2, 1]})
    found = target_profile(both, aims, replicates=0).estimates.set_index("dimension")
    assert found["estimate"].to_dict() == pytest.approx({"care": 0.8, "power": 1.5, ALL: 2.3})
    assert found["n_scored"].to_dict() == {"care": 5, "power": 4, ALL: 9}
    assert found["n_asked"].to_dict() == {"care": 5, "power": 5, ALL: 10}
    assert found.loc["care", "baseline"] == pytest.approx(2 / 3)
    assert found.loc["power", ["score", "target"]].tolist() == [2.5, 1]
    squared = target_profile(both, aims, error="squared", replicates=0).estimates.set_index("dimension")
    assert squared["estimate"].to_dict() == pytest.approx({"care": 0.8, "power": 3.0, ALL: 3.8})


def test_targets_may_differ_between_items():
    aims = pd.DataFrame({"item": [1, 2, 3, 4, 5], "dimension": "care", "target": [1, 2, 1, 3, 3]})
    assert target_profile(answers(), aims, replicates=0).estimates["estimate"].iloc[0] == pytest.approx(4 / 5)


def test_of_few_items_the_interval_is_students():
    row = target_profile(answers(), AIM, seed=1).estimates.iloc[0]
    errors = np.array([2.0, 1, 0, 0, 2])
    reach = stats.t.ppf(0.975, 4) * stats.sem(errors)
    assert (row["lower"], row["upper"]) == pytest.approx(
        (max(errors.mean() - reach, 0), errors.mean() + reach)
    )
    assert np.isnan(target_profile(answers()[:3], AIM).estimates["lower"].iloc[0])


def test_a_judges_confusion_is_taken_out_without_bias():
    """With the judge's confusion all but known the mean over studies is that of the true errors."""
    exact = pd.DataFrame(
        {"true": np.repeat([1, 2, 3], 3), "judged": [1, 2, 3] * 3, "count": (CONFUSION * 1e7).round().ravel()}
    )
    off = []
    for seed in range(60):
        told, _, true = study(seed, n=200)
        row = target_profile(told, AIM, judge=exact, replicates=0).estimates.iloc[0]
        off.append((row["estimate"] - np.abs(true - 3).mean(), row["plain"] - np.abs(true - 3).mean()))
    corrected, plain = np.mean(off, axis=0)
    error = np.std(off, axis=0)[0] / np.sqrt(60)
    assert abs(corrected) < 3 * error
    assert plain > 5 * error


def test_a_perfect_judge_changes_nothing():
    told, _, _ = study(3)
    perfect = pd.DataFrame({"true": [1, 2, 3], "judged": [1, 2, 3], "count": 1e9})
    row = target_profile(told, AIM, judge=perfect, replicates=0).estimates.iloc[0]
    assert row["estimate"] == pytest.approx(row["plain"], abs=1e-6)


def test_the_judges_own_uncertainty_widens_the_interval():
    told, judge, _ = study(4)
    few, many = (
        target_profile(told, AIM, judge=judge.loc[judge.index.repeat(r)], seed=1).estimates.iloc[0]
        for r in (1, 100)
    )
    assert few["std_error"] > 1.05 * many["std_error"]
    short = told[:15]
    few, many = (
        target_profile(short, AIM, judge=judge.loc[judge.index.repeat(r)], seed=1).estimates.iloc[0]
        for r in (1, 100)
    )
    assert few["std_error"] > many["std_error"]


def test_a_reliability_takes_off_the_judges_variance():
    rng = np.random.default_rng(5)
    true = rng.normal(4, 1, 4000)
    told = pd.DataFrame(
        {"model": "m", "item": range(4000), "dimension": "care", "score": true + rng.normal(0, 0.5, 4000)}
    )
    found = target_profile(told, AIM, error="squared", reliability=1 / 1.25, replicates=200).estimates.iloc[0]
    assert found["plain"] == pytest.approx(2.25, abs=0.2)
    assert found["lower"] < ((true - 3) ** 2).mean() < found["upper"]
    cut = 0.2 * told["score"].var(ddof=0)
    assert found["estimate"] == pytest.approx(found["plain"] - cut)


def test_reliability_of_the_labelled_answers_is_their_squared_correlation():
    rng = np.random.default_rng(6)
    x = rng.integers(0, 3, 200)
    y = np.where(rng.random(200) < 0.7, x, rng.integers(0, 3, 200))
    counts = np.zeros((3, 3))
    np.add.at(counts, (x, y), 1)
    assert JudgeOfDimension(np.arange(3.0), counts).reliability == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)


BAD = {
    "no target": (lambda a: (a, AIM.assign(dimension="power"), {}), SpecificationError, "targets"),
    "judged twice": (lambda a: (pd.concat([a, a[:1]]), AIM, {}), InputError, "model, item, dimension"),
    "nothing judged": (lambda a: (a.assign(score=np.nan), AIM, {}), SpecificationError, "answers"),
    "a score in words": (lambda a: (a.assign(score="high"), AIM, {}), InputError, "score"),
    "reliability of absolute error": (
        lambda a: (a, AIM, {"reliability": 0.8}),
        SpecificationError,
        "reliability",
    ),
    "reliability above 1": (
        lambda a: (a, AIM, {"error": "squared", "reliability": {"care": 1.2}}),
        SpecificationError,
        "reliability",
    ),
    "two judges": (
        lambda a: (
            a,
            AIM,
            {"error": "squared", "reliability": 0.8, "judge": pd.DataFrame({"true": [1], "judged": [1]})},
        ),
        SpecificationError,
        "reliability",
    ),
    "a level without labels": (
        lambda a: (a, AIM, {"judge": pd.DataFrame({"true": [1, 2], "judged": [1, 2]})}),
        SpecificationError,
        "judge",
    ),
    "a judge who guesses": (
        lambda a: (
            a,
            AIM,
            {"judge": pd.DataFrame({"true": np.repeat([1, 2, 3], 3), "judged": [1, 2, 3] * 3, "count": 100})},
        ),
        SpecificationError,
        "judge",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_refused(kind):
    change, error, parameter = BAD[kind]
    told, aims, more = change(answers())
    with pytest.raises(error) as caught:
        target_profile(told, aims, **more)
    assert caught.value.parameter == parameter


def amiss(found):
    return {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"}


def test_planted_defects_raise_their_own_reasons():
    told, judge, _ = study(7, n=60)
    told = told.assign(score=np.where(told["item"] < 50, 3, told["score"]))
    clean = target_profile(told, AIM, judge=judge.loc[judge["true"] == judge["judged"]])
    assert amiss(clean) == set()
    assert amiss(target_profile(told, AIM)) == {("judge", "care")}
    assert amiss(target_profile(told, AIM, judge=judge)) == {("judge", "care")}
    far = told.assign(score=np.where(told["item"] % 2, 1, 2))
    perfect = judge.loc[judge["true"] == judge["judged"]]
    assert amiss(target_profile(far, AIM, judge=perfect)) == {("uniform", "none")}
    assert amiss(target_profile(told[:12], AIM, judge=perfect)) == {("units", "care")}


def test_the_sentence_names_the_closest_model_and_the_figure_draws():
    told, judge, _ = study(8)
    both = pd.concat([told, told.assign(model="better", score=3)])
    found = target_profile(both, AIM, judge=judge)
    assert "Of 2 models, better is closest" in found.sentence()
    assert "confusion" in found.sentence()
    assert found.plot().to_dict()


def ranked(seed, n=300, dimensions=6, spread=0.35, per=1):
    """Judged levels 1 to 5 of dimensions whose true means rise, a judge who errs, and people's labels of other answers."""
    rng = np.random.default_rng(seed)
    confusion = np.full((5, 5), 0.075) + 0.625 * np.eye(5)
    means = 3 + spread * (np.arange(dimensions) - (dimensions - 1) / 2)
    parts, truth = [], []
    for d, mean in enumerate(means):
        shares = stats.norm.pdf(np.arange(1, 6), mean, 1.0)
        true = rng.choice(5, n, p=shares / shares.sum())
        truth.append(float((shares / shares.sum()) @ np.arange(1, 6)))
        score = (rng.random((n, 1)) > confusion[true].cumsum(axis=1)).sum(axis=1) + 1.0
        parts.append(pd.DataFrame({"model": "m", "item": range(n), "dimension": f"d{d}", "score": score}))
    other = np.repeat(np.arange(5), 80)
    told = (rng.random((400, 1)) > confusion[other].cumsum(axis=1)).sum(axis=1) + 1.0
    return pd.concat(parts), pd.DataFrame({"true": other + 1.0, "judged": told}), np.array(truth)


def test_the_order_of_the_profile_is_spearmans():
    told, judge, _ = ranked(1)
    aims = pd.DataFrame({"dimension": [f"d{k}" for k in range(6)], "target": [1.0, 3.0, 2.0, 5.0, 4.0, 4.5]})
    for options in ({}, {"judge": judge}):
        found = target_profile(told, aims, replicates=300, seed=1, **options).estimates
        row = found[found["dimension"] == ALL].iloc[0]
        score = found.loc[found["dimension"] != ALL, "score"]
        assert row["correlation"] == pytest.approx(stats.spearmanr(score, aims["target"]).statistic)
        assert row["correlation_lower"] <= row["correlation"] <= row["correlation_upper"]
    assert "(Spearman)" in target_profile(told, aims, judge=judge, replicates=50).sentence()
    flat = target_profile(told, aims.assign(target=3.0), replicates=50)
    assert flat.estimates["correlation"].isna().all()
    assert "Spearman" not in flat.sentence()


def test_the_order_holds_the_truth_and_few_units_widen_it():
    aims = pd.DataFrame({"dimension": [f"d{k}" for k in range(6)], "target": [1.0, 3.0, 2.0, 5.0, 4.0, 4.5]})
    held = []
    for seed in range(40):
        told, judge, truth = ranked(seed, n=60, spread=0.25)
        row = target_profile(told, aims, judge=judge, replicates=200, seed=seed).estimates.iloc[-1]
        true = stats.spearmanr(truth, aims["target"]).statistic
        held.append(row["correlation_lower"] <= true <= row["correlation_upper"])
    assert np.mean(held) >= 0.85
    told, judge, _ = ranked(3, n=12)
    few = target_profile(told, aims, judge=judge, replicates=300, seed=1).estimates.iloc[-1]
    sure = target_profile(
        told, aims, judge=judge.loc[judge.index.repeat(50)], replicates=300, seed=1
    ).estimates.iloc[-1]
    assert (
        few["correlation_upper"] - few["correlation_lower"]
        >= sure["correlation_upper"] - sure["correlation_lower"] - 0.05
    )
