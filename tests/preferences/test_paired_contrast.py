"""The same items under two conditions, against scipy and statsmodels, enumeration, and planted defects."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from valuestats import (
    OptionLabels,
    chosen_scores,
    fit_choice,
    label_columns,
    label_outcomes,
    pair_choices,
    paired_contrast,
)
from valuestats.base.errors import InputError, SpecificationError
from valuestats.preferences.no_change import flip_p


def table(**conditions):
    """One row per item and condition from columns of values."""
    wide = pd.DataFrame(conditions)
    return wide.rename_axis("item").reset_index().melt("item", var_name="condition")


def yes_no(seed=1, n=40, effect=0.3, **more):
    rng = np.random.default_rng(seed)
    plain = rng.random(n) < 0.4
    steered = plain | (rng.random(n) < effect)
    steered &= rng.random(n) > 0.08
    return table(plain=plain.astype(float), steered=steered.astype(float), **more)


@pytest.mark.parametrize("seed", range(6))
def test_mcnemars_exact_test_is_statsmodels(seed):
    frame = yes_no(seed)
    row = paired_contrast(frame, against="plain", replicates=0).estimates.iloc[0]
    wide = frame.pivot(index="item", columns="condition", values="value")
    cross = (
        pd.crosstab(wide["plain"], wide["steered"]).reindex([0.0, 1.0], axis=0).reindex([0.0, 1.0], axis=1)
    )
    assert row["p_value"] == pytest.approx(mcnemar(cross.fillna(0).to_numpy(), exact=True).pvalue, abs=1e-12)
    assert (row["up"], row["down"]) == (cross.loc[0.0, 1.0], cross.loc[1.0, 0.0])
    assert row["test"] == "McNemar, exact"


def test_few_items_have_the_paired_t_interval_of_scipy():
    rng = np.random.default_rng(2)
    one, two = rng.normal(0.5, 1, 14), rng.normal(0, 1, 14)
    row = paired_contrast(table(a=one, b=two), against="b", level=0.9).estimates.iloc[0]
    theirs = stats.ttest_rel(one, two).confidence_interval(0.9)
    assert (row["lower"], row["upper"]) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert row["std_error"] == pytest.approx(stats.sem(one - two), abs=1e-12)


def test_sign_flips_are_scipys_paired_permutations():
    rng = np.random.default_rng(3)
    d = rng.normal(0.4, 1, 11)
    theirs = stats.permutation_test(
        (d, np.zeros(11)), lambda x, y: np.sum(x - y), permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert flip_p(d, 99, rng) == pytest.approx(theirs, abs=1e-12)
    many = rng.normal(0.25, 1, 60)
    drawn = stats.permutation_test(
        (many, np.zeros(60)),
        lambda x, y: np.sum(x - y),
        permutation_type="samples",
        n_resamples=20_000,
        rng=4,
    ).pvalue
    assert flip_p(many, 20_000, rng) == pytest.approx(drawn, abs=4 * np.sqrt(2 * drawn / 20_000))
    assert flip_p(np.zeros(0), 9, rng) == 1.0


def test_clusters_of_items_are_flipped_and_resampled_together():
    rng = np.random.default_rng(5)
    plain, steered = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    frame = table(plain=plain, steered=steered)
    frame["cluster"] = frame["item"] // 6
    row = paired_contrast(frame, against="plain").estimates.iloc[0]
    sums = np.add.reduceat(steered - plain, np.arange(0, 60, 6))
    theirs = stats.permutation_test(
        (sums, np.zeros(10)), lambda x, y: np.sum(x - y), permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert row["test"] == "sign flips of clusters"
    assert row["p_value"] == pytest.approx(theirs, abs=1e-12)
    assert row["std_error"] == pytest.approx(stats.sem(sums) / 6, abs=1e-12)
    assert row["n_units"] == 10


def test_repeats_are_averaged_and_tell_what_asking_again_changes():
    frame = pd.DataFrame(
        {
            "item": np.tile([1, 2, 3, 4, 5], 3),
            "condition": ["plain"] * 10 + ["steered"] * 5,
            "epoch": [1] * 5 + [2] * 5 + [1] * 5,
            "value": [0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1],
        }
    )
    row = paired_contrast(frame, against="plain").estimates.iloc[0]
    assert row["changed_by_repeat"] == pytest.approx(2 / 5)
    assert row["mean_against"] == pytest.approx(0.6)
    assert row["estimate"] == pytest.approx(0.4)


def test_the_placebo_stands_beside_and_the_contrast_to_it():
    rng = np.random.default_rng(6)
    plain = rng.normal(size=30)
    frame = table(plain=plain, placebo=plain + 0.5, steered=plain + 0.5 + rng.normal(0, 0.3, 30))
    found = paired_contrast(frame, against="plain", placebo="placebo", conditions=["steered"])
    row = found.estimates.iloc[0]
    assert row["baseline"] == pytest.approx(0.5)
    assert row["beyond"] == pytest.approx(row["estimate"] - 0.5)
    assert row["beyond_lower"] < 0 < row["beyond_upper"]
    assert row["p_value"] < 0.01
    assert found.verdict.rows["sign"].tolist() == ["none"]
    assert "placebo" in found.verdict.rows["why"].iloc[0]


def test_attained_is_what_was_moved_of_what_could_be():
    frame = table(plain=[0.0, 1.0, 0.0, -1.0], steered=[2.0, 1.0, 0.0, 1.0])
    frame["reach"] = [2.0, 1.0, 3.0, 2.0] * 2
    row = paired_contrast(frame, against="plain", measure="attained").estimates.iloc[0]
    assert row["estimate"] == pytest.approx(4 / 8)


def test_bounds_hold_every_completion():
    frame = yes_no(7, n=12)
    frame.loc[[1, 4, 14, 20], "value"] = np.nan
    row = paired_contrast(frame, against="plain", limits=(0, 1)).estimates.iloc[0]
    gone = frame.index[frame["value"].isna()]
    means = []
    for code in range(2 ** len(gone)):
        whole = frame.copy()
        whole.loc[gone, "value"] = [(code >> k) & 1 for k in range(len(gone))]
        wide = whole.pivot(index="item", columns="condition", values="value")
        means.append((wide["steered"] - wide["plain"]).mean())
    assert (row["bound_lower"], row["bound_upper"]) == pytest.approx((min(means), max(means)), abs=1e-12)
    assert row["safe_lower"] <= row["bound_lower"]
    assert row["safe_upper"] >= row["bound_upper"]
    assert (row["n_pairs"], row["n_pairs_asked"], row["n_scored"], row["n_asked"]) == (8, 12, 20, 24)


def test_holm_over_all_contrasts_of_the_table():
    from statsmodels.stats.multitest import multipletests

    parts = [yes_no(k, effect=0.1 * k).assign(principle=f"p{k}") for k in range(5)]
    found = paired_contrast(pd.concat(parts), against="plain", by="principle").estimates
    assert found["p_adjusted"].to_numpy() == pytest.approx(
        multipletests(found["p_value"], method="holm")[1], abs=1e-12
    )
    alone = paired_contrast(parts[3], against="plain").estimates.iloc[0]
    assert found.iloc[3]["estimate"] == alone["estimate"]


def test_nothing_changed_anywhere():
    frame = table(plain=np.tile([0.0, 1.0], 15), steered=np.tile([0.0, 1.0], 15))
    found = paired_contrast(frame, against="plain", limits=(0, 1))
    row = found.estimates.iloc[0]
    width = 1 - 0.025 ** (1 / 30)
    assert (row["estimate"], row["p_value"]) == (0.0, 1.0)
    assert (row["lower"], row["upper"]) == pytest.approx((-width, width), abs=1e-12)
    most = 100 * (1 - 0.05 ** (1 / 30))  # Clopper and Pearson's one-sided end
    told = f"none of 30 items changes under steered, so that at most {most:.0f}% of other items would (95%)"
    assert found.sentence().startswith(f"Held against plain, {told}")
    assert found.verdict.sign == "sound"
    assert f"nothing was found: {told}" in found.verdict.sentence()
    assert "no finding" not in found.verdict.sentence()
    unknown = paired_contrast(frame, against="plain").estimates.iloc[0]
    assert np.isnan(unknown["lower"])
    assert unknown["interval"] == "none"


def test_what_stays_as_it_is_stands_beside_what_moves_and_few_are_not_tested():
    plain = np.tile([0.0, 1.0], 15)
    found = paired_contrast(table(plain=plain, same=plain, turned=1 - plain * 0), against="plain")
    signs = dict(zip(found.estimates["condition"], found.verdict.rows["sign"], strict=True))
    assert signs["same"] == "sound"
    assert "1 of 2 contrasts can be told from no effect" in found.sentence()
    assert "none of 30 items changes under same" in found.verdict.sentence()
    few = paired_contrast(table(plain=plain[:5], same=plain[:5]), against="plain")
    assert few.verdict.sign == "untested"  # five that all moved one way would have p = .0625
    assert "not tested" in few.sentence()


def test_one_item_and_no_whole_pair():
    lone = paired_contrast(table(plain=[0.0], steered=[1.0]), against="plain").estimates.iloc[0]
    assert np.isnan(lone["lower"])
    assert lone["p_value"] == 1.0
    empty = paired_contrast(table(plain=[0.0, 1.0], steered=[np.nan, np.nan]), against="plain")
    assert np.isnan(empty.estimates["estimate"].iloc[0])
    assert "no item with both outcomes: steered" in empty.meta["warnings"]


BAD = {
    "a column is missing": (lambda f: f.drop(columns="value"), {}),
    "without condition": (lambda f: f.assign(condition=f["condition"].mask(f.index == 3)), {}),
    "not a number": (lambda f: f.assign(value=["x", *f["value"][1:]]), {}),
    "no outcome": (lambda f: f[:0], {}),
    "no such condition": (lambda f: f, {"against": "nonsense"}),
    "against itself": (lambda f: f, {"conditions": ["plain"]}),
    "beyond the limits": (lambda f: f, {"limits": (0, 0.5)}),
    "impossible limits": (lambda f: f.assign(value=1.0), {"limits": (1, 1)}),
    "how far": (lambda f: f, {"measure": "attained"}),
    "no such column": (lambda f: f, {"by": "principle"}),
}


@pytest.mark.parametrize("says", BAD)
def test_bad_outcomes_are_refused(says):
    spoil, options = BAD[says]
    with pytest.raises((SpecificationError, InputError), match=says):
        paired_contrast(spoil(yes_no()), **{"against": "plain", **options})


# Planted defects


def raised(frame, **options):
    found = paired_contrast(frame, against="plain", limits=(0, 1), replicates=300, **options)
    return {r.aspect for r in found.verdict.reasons if r.sign != "sound"}


def test_an_effect_raises_nothing_and_none_is_told_as_none():
    assert [raised(yes_no(k, n=80, effect=0.6)) for k in range(12)] == [set()] * 12
    none = [raised(yes_no(k, n=80, effect=0.04)) for k in range(20)]
    assert sum(r == {"effect"} for r in none) >= 17


def test_missing_outcomes_that_could_turn_it():
    """Of 200 items 24 changed one way and 6 the other, and of 19 that were on top before nothing came."""
    plain = np.r_[np.zeros(24), np.ones(6), np.ones(19), np.zeros(151)]
    steered = np.r_[np.ones(24), np.zeros(6), np.full(19, np.nan), np.zeros(151)]
    assert raised(table(plain=plain, steered=steered)) == {"missing"}
    assert raised(table(plain=plain, steered=np.where(np.isnan(steered), 1.0, steered))) == set()


def test_scores_of_choices():
    frame = pd.DataFrame(
        {
            "option_a": ["x", "x", "x"],
            "option_b": ["y", "z", "y"],
            "winner": ["a", "tie", None],
            "item": ["i", "j", "k"],
        }
    )
    scores = pd.DataFrame({"option": list("xyz"), "score": [1.0, -1.0, 0.5]})
    found = chosen_scores(pair_choices(frame), scores)
    assert found["value"].tolist()[:2] == [1.0, 0.75]
    assert np.isnan(found["value"].iloc[2])
    assert found["reach"].tolist() == [2.0, 0.5, 2.0]
    assert found["status"].tolist() == ["valid", "valid", "unparsable"]
    with pytest.raises(InputError, match="has no score"):
        chosen_scores(pair_choices(frame), scores[:2])
    with pytest.raises(InputError, match="two scores"):
        chosen_scores(pair_choices(frame), pd.concat([scores, scores]))
    with pytest.raises(InputError, match="lack columns"):
        chosen_scores(pair_choices(frame), scores[["option"]])


def test_outcomes_of_labels():
    frame = pd.DataFrame(
        {"option_a": list("aab"), "option_b": list("bcc"), "winner": list("aba"), "step": [1, 2, 3]}
    )
    labels = OptionLabels(
        pd.DataFrame({"option": list("abcc"), "label": ["t", "t", "t", "u"], "weight": [1.0, 1.0, 3.0, 1.0]})
    )
    found = label_outcomes(pair_choices(frame), labels)
    assert found[["choice", "label", "value", "weight", "step"]].to_numpy().tolist() == [
        [1, "t", 0.25, 4.0, 2],
        [1, "u", 0.5, 1.0, 2],
        [2, "t", -0.25, 4.0, 3],
        [2, "u", -0.5, 1.0, 3],
    ]


def test_labels_as_covariates_are_a_logit_of_differences():
    """Of pairs the conditional logit is statsmodels' Logit of the first option's weights less the second's, no constant."""
    rng = np.random.default_rng(9)
    names = [f"o{k}" for k in range(30)]
    weight = rng.integers(0, 3, (30, 3)).astype(float)
    table = pd.DataFrame(weight, index=names, columns=["care", "self-esteem", "self"])
    labels = OptionLabels(
        table.rename_axis("option").reset_index().melt("option", var_name="label", value_name="weight")
    )
    i = rng.integers(0, 30, 600)
    j = (i + rng.integers(1, 30, 600)) % 30
    gap = (weight[i] - weight[j]) @ np.array([0.6, 0.0, -0.4])
    first = rng.random(600) < 1 / (1 + np.exp(-gap))
    frame = pd.DataFrame(
        {"a": np.array(names)[i], "b": np.array(names)[j], "winner": np.where(first, "first", "second")}
    )
    choices = label_columns(pair_choices(frame, first="a", second="b", reads="places"), labels)
    fit = fit_choice("utility ~ 0 + care + self_esteem + self", choices, engine="ml")
    theirs = sm.Logit(first.astype(float), weight[i] - weight[j]).fit(disp=0)
    ours = fit.result.estimates.set_index("term")
    for term, beta, error in zip(["care", "self_esteem", "self"], theirs.params, theirs.bse, strict=True):
        assert ours.loc[term, "estimate"] == pytest.approx(beta, abs=1e-6)
        assert ours.loc[term, "std_error"] == pytest.approx(error, abs=1e-6)


def test_labels_that_can_be_no_columns_are_refused():
    frame = pd.DataFrame({"option_a": ["x"], "option_b": ["y"], "winner": ["a"]})
    for names in (["a b", "a_b"], ["rank", "b"]):
        labels = OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": names}))
        with pytest.raises(SpecificationError, match="is there already"):
            label_columns(pair_choices(frame), labels)
    with pytest.raises(SpecificationError, match="has a label"):
        label_columns(pair_choices(frame), OptionLabels(pd.DataFrame({"option": ["z"], "label": ["b"]})))


def test_effects_of_several_models_are_told_beside_their_mean():
    rng = np.random.default_rng(1)
    rows = [
        (m, f"i{i}", c, base + (c == "steered") * effect + rng.normal(0, 0.1))
        for m, effect in (("moved", 1.0), ("still", 0.2))
        for i in range(40)
        for base in [rng.normal()]
        for c in ("plain", "steered")
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "condition", "value"])
    found = paired_contrast(frame, against="plain", replicates=50, permutations=99)
    wide = frame.pivot(index=["model", "item"], columns="condition", values="value")
    each = (wide["steered"] - wide["plain"]).groupby("model").mean()
    assert found.meta["by_chooser"]["steered"] == pytest.approx(each.to_dict())
    assert found.estimates["estimate"].item() == pytest.approx(each.mean())
    said = f"ver 2 who answered, steered lies between {each['still']:+.2f} (still) and {each['moved']:+.2f} (moved)"
    assert said.replace("-", "−") in found.sentence()
    apart = paired_contrast(frame, against="plain", by="model", replicates=50, permutations=99)
    assert "who answered" not in apart.sentence()
    one = paired_contrast(frame[frame["model"] == "moved"], against="plain", replicates=50, permutations=99)
    assert "who answered" not in one.sentence()
