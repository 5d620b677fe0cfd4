"""Effects where several models answer: paired within each, never averaged away; items as given; what was not tested."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from tests.small_tables import KEYS
from tests.test_bad_inputs import BAD_KEYS
from valuestats import (
    Responses,
    best_of_k,
    dose_response,
    instrument_keys,
    intervention_effects,
    paired_contrast,
    step_slopes,
)
from valuestats.base.errors import InputError, SpecificationError
from valuestats.preferences.no_change import flip_p
from valuestats.statistics.multiplicity import least_flip_p


def silent_model(items=6, roles=5):
    """Model A answers 1, and nothing when it is steered; model B answers 5 always: nothing has an effect."""
    keys = pd.MultiIndex.from_product(
        [["A", "B"], range(items), range(roles), ["none", "steer"]],
        names=["model", "item", "role", "condition"],
    )
    frame = keys.to_frame(index=False)
    value = frame["model"].map({"A": 1.0, "B": 5.0})
    return frame.assign(value=value.mask((frame["model"] == "A") & (frame["condition"] == "steer")))


def noisy(models="xyz", items=15, roles=9, seed=3, gone=0.15):
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product(
        [list(models), range(items), range(roles), ["none", "steer"]],
        names=["model", "item", "role", "condition"],
    )
    frame = keys.to_frame(index=False)
    level = frame["model"].map({m: 3.0 * k for k, m in enumerate(models)})
    value = level + 0.4 * (frame["condition"] == "steer") + rng.normal(size=len(frame))
    return frame.assign(value=value.mask(rng.random(len(frame)) < gone))


def test_a_model_that_did_not_answer_makes_no_effect():
    frame = silent_model()
    with pytest.raises(SpecificationError, match="several models are not averaged") as caught:
        intervention_effects(frame, control="none")
    assert "by='model'" in caught.value.expected
    found = intervention_effects(frame, control="none", by="model")
    rows = found.estimates.set_index("model")
    assert rows["estimate"].to_dict() == pytest.approx({"all": 0.0, "A": np.nan, "B": 0.0}, nan_ok=True)
    assert rows[["n_scored", "n_asked"]].loc["all"].tolist() == [30, 60]
    assert any("30 of 60 pairs lack an outcome" in w for w in found.meta["warnings"])
    assert any("no pair with both outcomes of A" in w for w in found.meta["warnings"])
    assert "30 of 60 pairs" in found.sentence()
    held = paired_contrast(frame, against="none", replicates=50).estimates.iloc[0]
    assert (held["estimate"], held["n_pairs"], held["n_pairs_asked"]) == (0.0, 6, 12)


@pytest.mark.parametrize("who", ["model", "judge", "respondent"])
def test_pairs_are_of_one_chooser_whatever_the_column_is_called(who):
    frame = noisy(gone=0.3).rename(columns={"model": who}).drop(columns="role")
    frame = frame.drop_duplicates([who, "item", "condition"])
    wide = frame.pivot(index=[who, "item"], columns="condition", values="value")
    d = (wide["steer"] - wide["none"]).dropna()
    found = intervention_effects(frame, control="none", by=who).estimates.set_index(who)
    each = d.groupby(level=0).mean()
    assert found["estimate"].drop("all").to_dict() == pytest.approx(each.to_dict())
    assert found.loc["all", "estimate"] == pytest.approx(each.mean())
    assert found.loc["all", "n_scored"] == len(d)
    held = paired_contrast(frame, against="none", replicates=50).estimates.iloc[0]
    assert held["estimate"] == pytest.approx(d.mean())
    assert (held["n_pairs"], held["n_units"]) == (len(d), d.index.get_level_values("item").nunique())


def test_models_that_are_the_conditions_are_not_paired_within():
    frame = pd.DataFrame(
        {"item": list(range(6)) * 2, "condition": ["m"] * 6 + ["n"] * 6, "value": np.arange(12.0)}
    )
    found = paired_contrast(frame.assign(model=frame["condition"]), against="m", replicates=0).estimates.iloc[
        0
    ]
    assert (found["estimate"], found["n_pairs"]) == (6.0, 6)


def test_each_model_is_as_if_alone_and_the_mean_has_the_error_of_clusters():
    frame = noisy()
    found = intervention_effects(frame, control="none", by="model").estimates.set_index("model")
    for model, own in frame.groupby("model"):
        alone = intervention_effects(own, control="none").estimates.iloc[0]
        for column in ("estimate", "std_error", "lower", "upper", "p_value", "n_scored", "n_asked"):
            assert found.loc[model, column] == pytest.approx(alone[column]), column
    wide = frame.pivot(index=["model", "item", "role"], columns="condition", values="value")
    d = (wide["steer"] - wide["none"]).dropna().reset_index(name="d")
    dummies = pd.get_dummies(d["model"]).astype(float)
    fit = sm.OLS(d["d"], dummies).fit()
    both, one, other = cov_cluster_2groups(fit, d["item"].to_numpy(), d["role"].to_numpy())
    third = np.full(3, 1 / 3)
    row = found.loc["all"]
    assert row["estimate"] == pytest.approx(fit.params.mean())
    # besides G/(G-1) statsmodels corrects for the number of coefficients
    fewer = (len(d) - 3) / (len(d) - 1)
    assert row["std_error"] ** 2 == pytest.approx(
        max(fewer * third @ v @ third for v in (both, one, other)), rel=1e-9
    )


def test_models_are_compared_on_the_same_draws():
    found = intervention_effects(noisy(models="xy"), control="none", by="model", draws=4000, seed=1)
    pair = found.contrasts("model").set_index(["first", "second"]).loc[("x", "y")]
    rows = found.estimates.set_index("model")
    assert pair["estimate"] == pytest.approx(rows.loc["x", "estimate"] - rows.loc["y", "estimate"])


def test_items_taken_as_given_leave_roles_to_be_resampled():
    frame = noisy(models="x", items=2, gone=0.0).drop(columns="model")
    plain = intervention_effects(frame, control="none")
    assert plain.verdict.sign == "untested"
    assert "not tested: 2 questions" in plain.sentence()
    assert not {"no finding", "can be told"} & set(plain.sentence().split(". "))
    assert "no finding" not in plain.sentence() + plain.verdict.sentence()
    found = intervention_effects(frame, control="none", fixed_items=True).estimates.iloc[0]
    wide = frame.pivot(index=["role", "item"], columns="condition", values="value")
    means = (wide["steer"] - wide["none"]).groupby(level="role").mean()
    t = stats.ttest_1samp(means, 0).confidence_interval()
    assert [found["lower"], found["upper"]] == pytest.approx([t.low, t.high])
    flips = stats.permutation_test((means,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert found["p_value"] == pytest.approx(flips.pvalue)
    with pytest.raises(SpecificationError, match="roles are what is resampled"):
        intervention_effects(frame.drop(columns="role"), control="none", fixed_items=True)


def test_off_target_effects_that_were_not_tested_are_no_all_clear():
    frame = pd.concat([noisy(models="x", items=2, seed=s).assign(dimension=f"v{s}") for s in range(3)])
    found = intervention_effects(frame.drop(columns="model"), control="none", targets={"steer": "v0"})
    text = found.sentence()
    assert "2 values that should stay were not tested" in text
    assert "0 of 2" not in text
    assert "◇ not tested: all" in found.verdict.sentence()
    assert "not tested" in found.to_latex()
    assert "no finding" not in found.to_latex()


@pytest.mark.parametrize("clusters", [4, 5, 8, 12])
def test_the_least_p_value_is_that_of_all_moving_one_way(clusters):
    rng = np.random.default_rng(0)
    assert flip_p(np.ones(clusters), 999, rng) == least_flip_p(clusters, 999) == 2.0 ** (1 - clusters)
    frame = pd.DataFrame(
        {"item": [*range(clusters)] * 2, "condition": ["a"] * clusters + ["b"] * clusters, "value": 1.0}
    )
    rows = [frame.assign(by=k, value=frame["value"] + rng.normal(0, 0.01, len(frame))) for k in range(10)]
    table = pd.concat(rows)
    up = table.assign(value=table["value"] + (table["condition"] == "b"))
    best = paired_contrast(up, against="a", by="by", replicates=0).estimates
    assert best["p_adjusted"].to_numpy() == pytest.approx(best["p_least"].to_numpy())
    found = paired_contrast(table, against="a", by="by", replicates=0)
    signs = set(found.verdict.rows["sign"])
    assert signs == ({"none"} if 10 * 2.0 ** (1 - clusters) < 0.05 else {"untested"})
    assert ("not tested" in found.sentence()) == (signs == {"untested"})


def test_what_the_placebo_does_takes_nothing_from_the_treatment():
    frame = noisy(models="x", items=30, gone=0.0).drop(columns=["model", "role"])
    frame = frame.drop_duplicates(["item", "condition"])
    idle = frame[frame["condition"] == "none"].assign(condition="idle", value=lambda f: f["value"] + 0.01)
    both = pd.concat([frame, idle])
    with_placebo = paired_contrast(both, against="none", placebo="idle", replicates=50)
    without = paired_contrast(frame, against="none", replicates=50)
    own = with_placebo.estimates.set_index("condition")
    assert own["p_adjusted"].to_dict() == own["p_value"].to_dict()
    assert own.loc["steer", "p_least"] == without.estimates["p_least"].iloc[0]
    assert "over 1 test" in with_placebo.sentence()


def test_answers_are_taken_as_they_were_read():
    rng = np.random.default_rng(5)
    keys = pd.MultiIndex.from_product(
        [["m"], [f"q{k}" for k in range(1, 11)], list("rstuv"), ["plain", "kind"]],
        names=["model", "item", "persona", "condition"],
    )
    frame = keys.to_frame(index=False).assign(answer=lambda f: rng.integers(1, 6, len(f)), status="valid")
    options = {"control": "plain", "fixed_items": True}
    found = intervention_effects(
        Responses(frame), keyed="bfi10", targets={"kind": "Agreeableness"}, **options
    ).estimates
    declared = instrument_keys("bfi10", prefix="q")
    assert (declared["sign"] < 0).any()
    merged = frame.merge(declared, on="item").rename(columns={"persona": "role"})
    merged["value"] = merged["answer"].where(merged["sign"] > 0, 6 - merged["answer"])
    by_hand = intervention_effects(
        merged[["item", "role", "condition", "dimension", "value"]], **options
    ).estimates
    assert found["estimate"].to_numpy() == pytest.approx(by_hand["estimate"].to_numpy())
    with pytest.raises(SpecificationError, match="ends of its scale"):
        intervention_effects(Responses(frame), keyed=declared, **options)


@pytest.mark.parametrize("kind", BAD_KEYS)
def test_bad_keys_are_refused(kind):
    keys = pd.MultiIndex.from_product(
        [["m"], [str(k) for k in range(1, 9)], list("rs"), ["plain", "kind"]],
        names=["model", "item", "persona", "condition"],
    )
    frame = keys.to_frame(index=False).assign(answer=3, status="valid")
    with pytest.raises((SpecificationError, InputError)) as caught:
        intervention_effects(Responses(frame), keyed=BAD_KEYS[kind](KEYS), control="plain")
    assert caught.value.parameter in ("keyed", "sign", "answers")


def test_one_name_stands_for_a_list_of_one():
    frame = pd.concat(
        [noisy(models="x"), noisy(models="x").query("condition == 'steer'").assign(condition="idle")]
    )
    frame = frame.drop(columns="model").assign(dimension="care")
    listed = intervention_effects(
        frame, control="none", targets={"steer": ["care"]}, placebos=["idle"], seed=1
    )
    named = intervention_effects(frame, control="none", targets={"steer": "care"}, placebos="idle", seed=1)
    pd.testing.assert_frame_equal(listed.estimates, named.estimates)
    held = paired_contrast(frame, against="none", conditions="steer", replicates=10)
    assert held.estimates["condition"].tolist() == ["steer"]


def test_a_silent_model_makes_no_response_to_dose_and_no_slope():
    rng = np.random.default_rng(2)
    keys = pd.MultiIndex.from_product(
        [["A", "B"], range(12), [0.0, 1.0, 2.0, 4.0]], names=["model", "item", "dose"]
    )
    frame = keys.to_frame(index=False)
    noise = rng.normal(0, 0.1, len(frame))
    value = frame["model"].map({"A": 1.0, "B": 5.0}) + noise
    frame["value"] = value.mask((frame["model"] == "A") & (frame["dose"] > 1))
    found = dose_response(frame, replicates=50, permutations=99)
    assert found.estimates["estimate"].abs().max() < 0.2  # 2, were the models averaged before they are paired
    assert (found.estimates[["n_scored", "n_asked"]].iloc[0] == [12, 24]).all()
    slope = step_slopes(frame, step="dose", within=True, replicates=0).estimates["estimate"].iloc[0]
    apart = step_slopes(
        frame.assign(item=frame["model"] + frame["item"].astype(str)), step="dose", within=True, replicates=0
    )
    assert slope == pytest.approx(apart.estimates["estimate"].iloc[0])
    assert abs(slope) < 0.1


def test_an_estimate_over_several_choosers_says_so():
    """Two models that go opposite ways: none moves on average, which is said to hide them."""
    rng = np.random.default_rng(0)
    rows = [
        (m, i, d, rng.normal() + d * s)
        for m, s in (("a", 1), ("b", -1))
        for i in range(20)
        for d in (0, 1, 2)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "dose", "value"])
    said = "2 models are taken together, so that one that goes another way than the others is not seen: a, b"
    for verb in (
        lambda f: step_slopes(f, step="dose", replicates=50),
        lambda f: best_of_k(f, condition="dose"),
        lambda f: dose_response(f, replicates=50, permutations=99),
    ):
        assert said in verb(frame).meta["warnings"]
        assert said not in verb(frame[frame["model"] == "a"]).meta["warnings"]
    assert said not in step_slopes(frame, step="dose", by="model", replicates=50).meta["warnings"]
