"""Sensitivity and specificity against scipy and closed forms; a judge who errs differently is named where it is planted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import judge_quality, judged_shares
from valuestats.base.errors import InputError, SpecificationError


def study(seed, systems, labelled=200, rest=600, share=0.5, odd=None):
    """A judge of sensitivity .9 and specificity .9; `odd` is the specificity in the last system."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(systems):
        n = labelled + rest
        yes = rng.random(n) < share
        right = np.where(yes, 0.9, odd if odd is not None and k == systems - 1 else 0.9)
        said = np.where(rng.random(n) < right, yes, ~yes)
        words = np.array(["no", "yes"])
        part = pd.DataFrame({"judge": words[said.astype(int)], "label": words[yes.astype(int)]})
        part["label"] = part["label"].where(np.arange(n) < labelled)
        parts.append(part.assign(system=f"s{k + 1}", item=[f"{k}/{i}" for i in range(n)]))
    return pd.concat(parts, ignore_index=True)


def test_shares_and_intervals_are_those_of_the_exact_binomial():
    frame = study(1, 3)
    found = judge_quality(frame, by="system").estimates.set_index(["system", "measure"])
    told = frame.dropna()
    for (system, measure), row in found.iterrows():
        word = "yes" if measure == "sensitivity" else "no"
        own = told[(told["system"] == system) & (told["label"] == word)]
        exact = stats.binomtest(int((own["judge"] == word).sum()), len(own))
        ends = exact.proportion_ci(0.95, method="exact")
        np.testing.assert_allclose(
            row[["estimate", "lower", "upper"]].astype(float),
            [exact.statistic, ends.low, ends.high],
            rtol=1e-9,
        )
        others = told[(told["system"] != system) & (told["label"] == word)]
        table = [[(f["judge"] == word).sum(), (f["judge"] != word).sum()] for f in (own, others)]
        assert row["p"] == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)
    assert found["p_adjusted"].min() == pytest.approx(min(1, 6 * found["p"].min()))


def test_clusters_widen_by_the_variance_of_their_sums():
    """Korn and Graubard's effective size, worked out from the sums of clusters."""
    frame = study(2, 1, rest=0).assign(cluster=np.repeat(np.arange(20), 10))
    found = judge_quality(frame).estimates.set_index("measure").loc["sensitivity"]
    own = frame[frame["label"] == "yes"]
    hit = (own["judge"] == "yes").astype(float)
    p, n = hit.mean(), len(own)
    sums = (hit - p).groupby(own["cluster"]).sum().reindex(range(20), fill_value=0.0)
    variance = (sums**2).sum() / n**2 * 20 / 19
    g = own["cluster"].nunique()
    size = p * (1 - p) / variance * (stats.t.isf(0.025, n - 1) / stats.t.isf(0.025, g - 1)) ** 2
    ends = stats.beta.ppf([0.025, 0.975], [size * p, size * p + 1], [size * (1 - p) + 1, size * (1 - p)])
    np.testing.assert_allclose([found["lower"], found["upper"]], ends, rtol=1e-6)
    assert found["std_error"] == pytest.approx(np.sqrt(variance))
    assert found["n_units"] == g
    few = judge_quality(frame.assign(cluster=frame["cluster"] % 3)).estimates
    assert few["lower"].isna().all()
    assert set(few["interval"]) == {"none"}


def test_a_judge_who_errs_differently_is_named_and_only_there():
    found = judge_quality(study(3, 4, odd=0.5), by="system")
    named = found.estimates[found.estimates["p_adjusted"] < 0.05].sort_values("p_adjusted")
    assert set(named["measure"]) == {"specificity"}
    assert named["system"].iloc[0] == "s4"
    assert "does not err alike: its specificity is" in found.sentence()
    assert any(r.aspect == "unlike" and r.where["system"] == "s4" for r in found.verdict.reasons)
    clean = judge_quality(study(4, 4), by="system")
    assert "does not show that it errs alike" in clean.sentence()
    assert not any(r.aspect == "unlike" for r in clean.verdict.reasons)


def test_shared_errors_are_no_finding_where_the_judge_does_not_err_alike():
    """True shares are .5 in both systems; errors taken for alike give .34 and .66, or so."""
    odd = judged_shares(
        study(5, 2, odd=0.5), by="system", estimators=["judge", "confusion"], shared=True, draws=500
    )
    own = odd.estimates[odd.estimates["estimator"] == "confusion"]
    assert ((own["lower"] > 0.5) | (own["upper"] < 0.5)).any()  # wrong, and it says so
    rows = odd.verdict.rows
    assert set(rows[rows["estimator"] == "confusion"]["sign"]) == {"none"}
    assert "o finding, as the judge does not err alike: of what people call 'no'" in odd.sentence()
    fine = judged_shares(study(13, 2), by="system", estimators=["judge", "confusion"], shared=True, draws=500)
    assert "none" not in set(fine.verdict.rows["sign"])
    told = fine.sentence()
    assert (
        "right where the judge errs alike in every system, which the labelled do not refute" in told.lower()
    )
    assert "random given what people say" in told
    assert "a random part" not in told
    apart = judged_shares(study(5, 2, odd=0.5), by="system", estimators=["confusion"], draws=500)
    assert apart.sentence().lower().endswith("right where the labelled are random given what people say.")


def test_no_more_than_one_in_twenty_is_named_where_the_judge_errs_alike():
    """60 studies of 5 systems: with a true rate of at most .05 more than 8 have a probability below .01."""
    named = sum(
        judge_quality(study(k, 5, labelled=60, rest=0), by="system").estimates["p_adjusted"].lt(0.05).any()
        for k in range(60)
    )
    assert named <= 8


def test_two_labels_are_shown_once_and_differences_of_groups_are_told():
    frame = study(7, 3)
    frame.loc[frame["system"] == "s3", ["judge", "label"]] = frame.loc[
        frame["system"] == "s3", ["judge", "label"]
    ].mask(lambda d: d == "no", "yes")
    frame.loc[frame.index[-1], "judge"] = "no"
    frame.loc[frame[frame["system"] == "s3"].index[:3], ["judge", "label"]] = "no"
    found = judged_shares(frame, by="system", draws=500)
    assert found.meta["specification"]["shown"] == ["yes"]
    assert set(found.estimates["label"]) == {"no", "yes"}
    assert found.to_html().count("<td>no</td>") == 0
    assert "share of 'yes'" in found.sentence()
    assert "2 of 3 pairs of systems differ by intervals that hold together: " in found.sentence()
    shown = found.plot().to_dict()
    assert "'no'" not in str(shown)
    assert "Share that people would give (yes)" in str(shown)
    declared = judged_shares(study(8, 2), by="system", labels=["no", "yes"], draws=100)
    assert declared.meta["specification"]["shown"] == ["no"]
    assert judge_quality(study(8, 2), labels=["no", "yes"]).estimates["label"].unique().tolist() == ["no"]


def test_whole_scenarios_that_were_labelled_are_told_from_single_items():
    frame = study(9, 2, labelled=100, rest=400)
    frame["scenario"] = np.tile(np.repeat(np.arange(50), 10), 2)  # the labelled are the first ten scenarios
    says = "holds 10 of 50 values of scenario"
    for verb in (judged_shares, judge_quality):
        found = verb(frame, by="system")
        assert any(says in r.text and r.aspect == "design" for r in found.verdict.reasons)
    named = frame.rename(columns={"scenario": "cluster"})
    assert not any("values of" in w for w in judge_quality(named, by="system").meta["warnings"])
    rng = np.random.default_rng(1)
    scattered = frame.assign(scenario=rng.integers(0, 50, len(frame)))
    assert judge_quality(scattered, by="system").meta["warnings"] == []


def test_several_labels_and_degenerate_tables():
    rng = np.random.default_rng(10)
    told = rng.choice(list("abc"), 300)
    heard = np.where(rng.random(300) < 0.8, told, rng.choice(list("abc"), 300))
    frame = pd.DataFrame({"item": range(300), "judge": heard, "label": told})
    found = judge_quality(frame)
    assert found.estimates["label"].unique().tolist() == ["a", "b", "c"]
    of_b = found.estimates.set_index(["label", "measure"]).loc[("b", "specificity"), "estimate"]
    assert of_b == pytest.approx((heard[told != "b"] != "b").mean())
    assert "is most often right on what people call" in found.sentence()
    never = judge_quality(frame.assign(label="a"), labels=["a", "b", "c"]).estimates
    assert never[never["n_scored"] == 0]["interval"].eq("none").all()
    with pytest.raises(SpecificationError, match="2 or more"):
        judge_quality(frame.assign(label=None))


@pytest.mark.parametrize("verb", [judge_quality, judged_shares])
def test_means_of_ratings_are_no_labels(verb):
    frame = pd.DataFrame(
        {"item": range(6), "judge": [1, 2, 3, 1, 2, 3], "label": [1.0, 2.5, 3.0, 1.0, 2.0, None]}
    )
    with pytest.raises(InputError, match="numbers with decimals are no labels") as caught:
        verb(frame)
    assert "judged_means" in str(caught.value)
    verb(frame.assign(label=frame["label"].round()))
