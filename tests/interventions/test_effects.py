"""Effects of interventions: against statsmodels, scipy, closed forms of the judge, and planted effects."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from valuestats import intervention_effects, paired_contrast
from valuestats.base.errors import InputError, SpecificationError
from valuestats.interventions.cells import matched
from valuestats.interventions.judge import people_say

VALUES = tuple(f"v{k}" for k in range(5))


def answers(effects, *, items=24, roles=1, seed=0, noise=0.5, conditions=("plain", "steered"), varies=0.2):
    """Outcomes of items of five values; `effects` by condition and value."""
    rng = np.random.default_rng(seed)
    rows = []
    for value in VALUES:
        for k in range(items):
            level, bent = rng.normal(), 1 + varies * rng.normal()
            for role in range(roles):
                own = level + 0.3 * rng.normal()
                for condition in conditions:
                    moved = effects.get(condition, {}).get(value, 0.0) * bent
                    rows.append(
                        (f"{value} {k}", f"r{role}", condition, value, own + moved + noise * rng.normal())
                    )
    frame = pd.DataFrame(rows, columns=["item", "role", "condition", "dimension", "value"])
    return frame if roles > 1 else frame.drop(columns="role")


@pytest.fixture(scope="module")
def crossed():
    return answers({"steered": {"v0": 0.8, "v1": 0.6}}, roles=12, seed=1)


def test_errors_are_those_of_two_way_clusters(crossed):
    found = intervention_effects(crossed, control="plain").estimates.set_index("dimension")
    table = matched(crossed, "plain", None)
    for value in VALUES:
        cell = table.cells["all", "steered", value]
        fit = sm.OLS(cell.change, np.ones(len(cell.change))).fit()
        both, one, other = (c.item() for c in cov_cluster_2groups(fit, cell.unit, cell.role))
        row = found.loc[value]
        assert row["std_error"] ** 2 == pytest.approx(max(both, one, other), rel=1e-9)
        t = stats.t.ppf(0.975, 11)
        assert row["upper"] - row["estimate"] == pytest.approx(t * row["std_error"])
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"]) / row["std_error"], 11))


def test_one_role_is_a_paired_t_interval_and_a_sign_flip_test():
    frame = answers({"steered": {"v0": 0.4}}, items=10, seed=2)
    found = intervention_effects(frame, control="plain").estimates.set_index("dimension")
    wide = frame.pivot(index=["dimension", "item"], columns="condition", values="value")
    for value in VALUES:
        d = (wide["steered"] - wide["plain"]).loc[value].to_numpy()
        row, t = found.loc[value], stats.ttest_1samp(d, 0).confidence_interval()
        assert [row["lower"], row["upper"]] == pytest.approx([t.low, t.high])
        flips = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
        assert row["p_value"] == pytest.approx(flips.pvalue)
    held = paired_contrast(frame, against="plain", by="dimension", adjust="bh", replicates=50).estimates
    assert held["estimate"].to_numpy() == pytest.approx(found["estimate"].to_numpy())
    assert held["p_adjusted"].to_numpy() == pytest.approx(found["p_adjusted"].to_numpy())


def test_what_was_meant_and_what_was_not_are_two_families(crossed):
    frame = pd.concat([crossed, answers({"turned": {"v2": -0.7}}, roles=12, seed=1, conditions=("turned",))])
    found = intervention_effects(
        frame, control="plain", targets={"steered": ["v0"], "turned": ["v2"]}
    ).estimates
    for family, method in (("target", "holm"), ("off target", "fdr_bh")):
        own = found[found["family"] == family]
        assert own["p_adjusted"].to_numpy() == pytest.approx(multipletests(own["p_value"], method=method)[1])
    assert found["family"].value_counts().to_dict() == {"off target": 8, "target": 2}
    stray = found[(found["family"] == "off target") & (found["p_adjusted"] < 0.05)]
    assert stray[["condition", "dimension"]].to_numpy().tolist() == [["steered", "v1"]]


def test_draws_are_joint_and_as_wide_as_the_interval(crossed):
    found = intervention_effects(crossed, control="plain", draws=10_000)
    draws = found.replicates()
    for _, row in found.estimates.iterrows():
        own = draws.sel(condition="steered", dimension=row["dimension"]).to_numpy()
        assert np.quantile(own, [0.025, 0.975]) == pytest.approx([row["lower"], row["upper"]], abs=0.02)


def test_contrasts_are_widened_by_few_units_once():
    frame = answers({"b": {"v0": 0.5}}, items=6, seed=4, conditions=("plain", "a", "b", "c"))
    found = intervention_effects(frame, control="plain", draws=2000)
    wide = frame.pivot(index=["dimension", "item"], columns="condition", values="value")
    one = found.contrast("condition", "b", "a").set_index("dimension")
    every = found.contrasts("condition")
    for value in VALUES:
        test = stats.ttest_1samp((wide["b"] - wide["a"]).loc[value], 0)
        ends = test.confidence_interval(0.95)
        assert (one.loc[value, "lower"], one.loc[value, "upper"]) == pytest.approx(tuple(ends), abs=1e-6)
    pairs = every["upper"] - every["estimate"]
    reach = (pairs / every["std_error"]).to_numpy()
    # three of each value at once: more than one alone, no more than Bonferroni's
    assert (reach > stats.t.ppf(0.975, 5) * 1.05).all()
    assert (reach <= stats.t.ppf(1 - 0.025 / 3, 5) + 1e-9).all()
    crossed = answers({}, items=30, roles=4, seed=5, conditions=("plain", "a", "b"))
    row = intervention_effects(crossed, control="plain", draws=1000).contrast("condition", "a", "b").iloc[0]
    # the rarer of the two, four roles
    assert (row["upper"] - row["estimate"]) / row["std_error"] == pytest.approx(stats.t.ppf(0.975, 3))


def test_a_judge_that_errs_alike_shrinks_an_effect_and_is_set_right():
    """True shares .3 and .6; sensitivity .8, specificity .9: judged .31 and .52, as Rogan and Gladen (1978) say."""
    assert people_say(np.array([0.52]), np.array([0.8]), np.array([0.9]))[0] == pytest.approx(0.6)
    rng = np.random.default_rng(3)
    items = np.arange(1500)
    rows = []
    for condition, share in (("plain", 0.3), ("steered", 0.6)):
        true = rng.random(len(items)) < share
        said = np.where(true, rng.random(len(items)) < 0.8, rng.random(len(items)) < 0.1)
        rows.append(
            pd.DataFrame({"item": items, "condition": condition, "value": said.astype(int), "label": true})
        )
    frame = pd.concat(rows, ignore_index=True)
    part = frame[frame["item"] < 300].rename(columns={"value": "judge"}).astype({"label": int})
    plain = intervention_effects(frame, control="plain").estimates.iloc[0]
    right = intervention_effects(frame, control="plain", judged=part).estimates.iloc[0]
    by = intervention_effects(frame, control="plain", judged=part, judge_errs="by condition").estimates.iloc[
        0
    ]
    assert plain["estimate"] == pytest.approx(0.21, abs=0.05)
    for row in (right, by):
        assert row["as_judged"] == pytest.approx(plain["estimate"])
        assert row["estimate"] == pytest.approx(0.3, abs=0.08)
        assert row["lower"] < 0.3 < row["upper"]
        assert row["upper"] - row["lower"] > plain["upper"] - plain["lower"]


def test_a_judge_that_errs_otherwise_makes_an_effect():
    rng = np.random.default_rng(4)
    items = np.arange(1500)
    rows = []
    for condition, hit, false in (("plain", 0.9, 0.05), ("steered", 0.9, 0.35)):
        true = rng.random(len(items)) < 0.4
        said = np.where(true, rng.random(len(items)) < hit, rng.random(len(items)) < false)
        rows.append(
            pd.DataFrame({"item": items, "condition": condition, "value": said.astype(int), "label": true})
        )
    frame = pd.concat(rows, ignore_index=True)
    part = frame[frame["item"] < 300].rename(columns={"value": "judge"}).astype({"label": int})
    alike = intervention_effects(frame, control="plain", judged=part)
    assert ("judge", "care") in only(alike)
    assert any("errs differently" in w for w in alike.meta["warnings"])
    by = intervention_effects(frame, control="plain", judged=part, judge_errs="by condition")
    row = by.estimates.iloc[0]
    assert row["lower"] < 0 < row["upper"]
    assert row["p_value"] > 0.05
    assert alike.estimates["as_judged"].iloc[0] > 0.1


def only(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def test_planted_defects_make_their_warning_fire():
    frame = answers({"steered": dict.fromkeys(VALUES, 1.0)}, seed=5)
    targets = {"steered": list(VALUES)}
    sound = intervention_effects(frame, control="plain", targets=targets)
    assert only(sound) == set()
    still = intervention_effects(answers({}, seed=6), control="plain")
    assert only(still) == {("effect", "none")}
    assert still.sentence().startswith("Held against plain, 0 of 5 effects can be told from none")
    stray = intervention_effects(frame, control="plain", targets={"steered": ["v0", "v1", "v2", "v3"]})
    assert only(stray) == {("off target", "care")}
    both = answers(
        {c: dict.fromkeys(VALUES, 1.0) for c in ("steered", "random")},
        seed=7,
        conditions=("plain", "steered", "random"),
    )
    asking = intervention_effects(both, control="plain", targets=targets, placebos=["random"])
    assert ("effect", "none") in only(asking)
    assert any("no more than the placebos do" in r.text for r in asking.verdict.reasons)
    bounded = frame.assign(value=1 / (1 + np.exp(-frame["value"])))
    out = bounded.assign(outside=np.where(frame["condition"] == "steered", 0.5, 0.0))
    assert only(intervention_effects(out, control="plain", targets=targets, limits=(0, 1))) == {
        ("missing", "care")
    }
    few = answers({"steered": dict.fromkeys(VALUES, 1.0)}, items=12, seed=5, noise=0.3)
    assert only(intervention_effects(few, control="plain", targets=targets)) == {("units", "care")}
    lost = frame.assign(
        value=frame["value"].where(~((frame["condition"] == "steered") & frame["item"].str.endswith(" 3")))
    )
    lost.loc[lost["item"].str.endswith(" 13"), "value"] = np.nan
    lost.loc[lost["item"].str.endswith(" 23"), "value"] = np.nan
    assert only(intervention_effects(lost, control="plain", targets=targets)) == {("scored", "care")}


def test_placebo_directions_give_a_rank():
    directions = [f"random {k}" for k in range(19)]
    frame = answers({"steered": {"v0": 1.5}}, seed=8, conditions=("plain", "steered", *directions))
    found = intervention_effects(frame, control="plain", placebos=directions).estimates.set_index("dimension")
    assert set(found["condition"]) == {"steered"}
    assert found.loc["v0", "placebo_p"] == pytest.approx(1 / 20)
    assert found.loc[list(VALUES[1:]), "placebo_p"].min() > 0.05
    assert found.loc["v0", "beyond_lower"] > 0


def test_signs_hold_in_questions_that_had_no_part():
    moved = intervention_effects(answers({"steered": dict.fromkeys(VALUES, 0.6)}, seed=9), control="plain")
    assert moved.meta["replication"]["kept"] > 0.95
    assert moved.estimates["agree"].min() > 0.8
    kept = [
        intervention_effects(answers({}, seed=s), control="plain").meta["replication"] for s in range(20, 35)
    ]
    picked = sum(k["picked"] for k in kept)
    share = sum(k["kept"] * k["picked"] for k in kept if k["picked"] > 0) / picked
    assert share == pytest.approx(0.5, abs=0.25)


def test_the_matrix_is_drawn_and_one_row_has_intervals(crossed):
    two = pd.concat([crossed, answers({"turned": {"v2": -0.7}}, roles=12, seed=1, conditions=("turned",))])
    assert (
        len(intervention_effects(two, control="plain", targets={"steered": ["v0"]}).plot().to_dict()["layer"])
        == 3
    )
    assert (
        intervention_effects(crossed, control="plain").plot().to_dict()["layer"][0]["mark"]["type"] == "rule"
    )


def test_mass_outside_is_said(crossed):
    rng = np.random.default_rng(0)
    found = intervention_effects(crossed.assign(outside=0.2 * rng.random(len(crossed))), control="plain")
    assert found.estimates["outside"].between(0.08, 0.12).all()
    assert "lies outside the options" in found.sentence()


@pytest.mark.parametrize(
    ("change", "options", "error", "says"),
    [
        (lambda f: f.drop(columns="value"), {}, InputError, "a column is missing"),
        (lambda f: f.iloc[:0], {}, InputError, "no rows"),
        (lambda f: f.assign(item=None), {}, InputError, "without a name"),
        (lambda f: f.assign(value="much"), {}, InputError, "not a number"),
        (lambda f: f.assign(outside=2.0), {}, InputError, "not a number in its range"),
        (lambda f: f, {"control": "nobody"}, SpecificationError, "no control"),
        (lambda f: f[f["condition"] == "plain"], {}, SpecificationError, "nothing beside the control"),
        (
            lambda f: f.assign(item=f["item"] + f["condition"]),
            {},
            SpecificationError,
            "without a matched control",
        ),
        (lambda f: f, {"targets": {"steered": ["v9"]}}, SpecificationError, "no such dimension"),
        (lambda f: f, {"targets": {"other": ["v0"]}}, SpecificationError, "no such condition"),
        (lambda f: f, {"placebos": ["steered"]}, SpecificationError, "placebos only"),
        (lambda f: f, {"limits": (1.0, 0.0)}, SpecificationError, "impossible limits"),
        (lambda f: f, {"limits": (0.0, 0.1)}, InputError, "in its range"),
        (
            lambda f: f,
            {"judged": pd.DataFrame({"judge": [1], "label": [1]})},
            SpecificationError,
            "are 0 and 1",
        ),
        (
            lambda f: f.assign(value=1),
            {"judged": pd.DataFrame({"judge": [1], "label": [1]})},
            SpecificationError,
            "of one kind only",
        ),
        (
            lambda f: f.assign(value=1),
            {"judged": pd.DataFrame({"judge": [2], "label": [1]})},
            InputError,
            "a label is 0 or 1",
        ),
        (
            lambda f: f.assign(value=1),
            {"judged": pd.DataFrame({"judge": [1]})},
            InputError,
            "a column is missing",
        ),
    ],
)
def test_bad_outcomes_are_named(change, options, error, says):
    frame = answers({}, items=4)
    with pytest.raises(error, match=says):
        intervention_effects(change(frame), **{"control": "plain", **options})


def test_degenerate_cells_have_no_interval():
    frame = pd.DataFrame({"item": [1, 2] * 2, "condition": ["a", "a", "b", "b"], "value": [0.0, 1, 1, 2]})
    row = intervention_effects(frame, control="a").estimates.iloc[0]
    assert np.isnan(row["lower"])
    assert row["interval"] == "none"
    empty = frame.assign(value=[0.0, 1, np.nan, np.nan])
    assert intervention_effects(empty, control="a").estimates["n_scored"].tolist() == [0]


def test_pairs_that_all_stay_have_no_interval():
    items = [f"i{k}" for k in range(12)]
    frame = pd.DataFrame(
        {"item": items * 2, "condition": ["plain"] * 12 + ["steered"] * 12, "value": [1, 0] * 12}
    )
    row = intervention_effects(frame, control="plain").estimates.iloc[0]
    assert (row["estimate"], row["p_value"], row["interval"]) == (0.0, 1.0, "none")
    assert row[["std_error", "lower", "upper"]].isna().all()


def test_a_name_is_one_whether_number_or_text():
    frame = pd.DataFrame({"item": [1, "1", 2, "2", 3, 3, 4, 4, 5, 5], "condition": ["plain", "steered"] * 5,
                          "value": np.arange(10.0)})  # fmt: skip
    assert int(intervention_effects(frame, control="plain").estimates["n_scored"].iloc[0]) == 5


def test_nothing_changed_anywhere_is_said_with_how_much_could():
    """As in `paired_contrast`: nothing moved, which is more than that it can't be told from no effect."""
    level = np.tile([1.0, 2.0, 2.0, 3.0], 5)
    moved = pd.DataFrame(
        {
            "item": np.tile(np.arange(20), 3),
            "condition": np.repeat(["plain", "same", "up"], 20),
            "value": np.concatenate([level, level, level + np.tile([1.0, 0.5], 10)]),
        }
    )
    alone = intervention_effects(moved[moved["condition"] != "up"], control="plain")
    most = (
        100 * stats.binomtest(0, 20).proportion_ci(0.9, "exact").high
    )  # its upper end is of .95 on one side
    told = (
        f"none of 20 questions changes under same, so that at most {most:.0f}% of other questions would (95%)"
    )
    assert alone.sentence().startswith(f"Held against plain, {told} (")
    assert alone.verdict.sign == "sound"
    assert f"nothing was found: {told}" in alone.verdict.sentence()
    both = intervention_effects(moved, control="plain")
    assert "1 of 2 effects can be told from none" in both.sentence()
    assert told[1:] in both.sentence()
    few = intervention_effects(moved[(moved["item"] < 4) & (moved["condition"] != "up")], control="plain")
    assert few.verdict.sign == "untested"
