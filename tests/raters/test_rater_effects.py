"""Raters side by side: against statsmodels' additive model and pandas' correlations, and raters planted apart."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from valuestats import rater_effects
from valuestats.base.errors import InputError, SpecificationError

RATERS = [f"r{k}" for k in range(1, 7)]


def study(seed, items=150, each=3, lenient=None, noisy=(), turned=(), noise=0.6):
    """Each item is rated by some of six raters, who share a view of it."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(items):
        view = rng.normal()
        for r in rng.choice(RATERS, each, replace=False):
            told = (
                rng.normal(0, 1.2) if r in noisy else (-view if r in turned else view) + rng.normal(0, noise)
            )
            rows.append((r, f"i{i}", 3 + told + (lenient or {}).get(r, 0.0)))
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"])


def rows_of(result, measure):
    frame = result.estimates
    return frame[frame["measure"] == measure].set_index("rater")


def apart(result):
    frame = result.estimates
    return {
        (r, m) for r, m in frame.loc[frame["p_adjusted"] < 0.05, ["rater", "measure"]].to_numpy().tolist()
    }


def test_leniency_is_that_of_statsmodels_additive_model_with_clustered_errors():
    frame = study(1, lenient={"r2": 0.5})
    frame["topic"] = frame["item"].str[-1]
    for cluster in (None, "topic"):
        table = frame if cluster is None else frame.assign(cluster=frame[cluster])
        found = rows_of(rater_effects(table, replicates=0), "leniency")
        member = frame["item" if cluster is None else cluster].astype("category").cat.codes
        fit = smf.ols("rating ~ C(item) + C(respondent, Sum)", frame).fit(
            cov_type="cluster", cov_kwds={"groups": member, "use_correction": False}
        )
        own = member.groupby(frame["respondent"]).nunique()
        assert found["n_units"].to_dict() == own.to_dict()
        m = own[RATERS[:5]].to_numpy()
        names = [n for n in fit.params.index if "Sum" in n]
        first = found.loc[RATERS[:5]]  # the last is minus the sum of the others
        assert first["estimate"].to_numpy() == pytest.approx(fit.params[names].to_numpy(), abs=1e-9)
        errors = fit.bse[names].to_numpy() * np.sqrt(m / (m - 1))
        assert first["std_error"].to_numpy() == pytest.approx(errors, rel=1e-6)
        assert found["estimate"].sum() == pytest.approx(0, abs=1e-9)


def test_consistency_is_the_correlation_with_the_mean_of_the_others():
    frame = study(2, lenient={"r5": -0.8})
    found = rater_effects(frame, replicates=0)
    lenient = rows_of(found, "leniency")["estimate"]
    wide = frame.assign(z=frame["rating"] - frame["respondent"].map(lenient)).pivot(
        index="item", columns="respondent", values="z"
    )
    for name in RATERS:
        others = wide.drop(columns=name).mean(axis=1)
        expected = wide[name].corr(others)
        assert rows_of(found, "consistency").loc[name, "estimate"] == pytest.approx(expected)


def test_each_planted_rater_is_named_and_no_other():
    planted = {
        "r3": (("leniency", {"lenient": {"r3": -1.0}}), "points below all raters"),
        "r4": (("consistency", {"noisy": ("r4",)}), "goes with the others by r ="),
    }
    for name, ((measure, options), words) in planted.items():
        found = rater_effects(study(3, **options), replicates=200, seed=1)
        least = found.estimates.sort_values("p_adjusted").iloc[0]
        assert (least["rater"], least["measure"]) == (name, measure)
        assert apart(found) == {(name, measure)}
        assert f"{name} " in found.sentence()
        assert words in found.sentence()
    noisy = rater_effects(study(3, noisy=("r4",)), replicates=200, seed=1)
    said = [r.text for r in noisy.verdict.reasons if r.where == {"rater": "r4", "measure": "consistency"}]
    assert said == ["its ratings can't be told from ratings at random"]
    turned = rater_effects(study(3, turned=("r6",)), replicates=200, seed=1)
    said = [r.text for r in turned.verdict.reasons if r.where == {"rater": "r6", "measure": "consistency"}]
    assert said == ["rates the other way round than the others: is its scale turned?"]


def test_the_others_of_an_odd_rater_are_told_apart_no_more_often_than_if_it_were_not_there():
    """A rater a whole point below five alike moves the mean of all by a sixth: three errors of 600 items."""
    wrong = 0
    for s in range(100):
        told = apart(rater_effects(study(500 + s, items=600, lenient={"r3": -1.0}), replicates=0))
        assert ("r3", "leniency") in told
        wrong += len(told) > 1
    assert wrong <= 0.05 * 100 + 3 * np.sqrt(0.05 * 0.95 * 100)  # three Monte Carlo errors


def test_raters_who_are_alike_are_rarely_told_apart():
    odd = sum(bool(apart(rater_effects(study(100 + s, items=80), replicates=0))) for s in range(200))
    assert odd <= 0.05 * 200 + 3 * np.sqrt(0.05 * 0.95 * 200)  # three Monte Carlo errors


def test_degenerate_tables():
    frame = study(1)
    with pytest.raises(SpecificationError, match="no item was rated by two raters"):
        rater_effects(frame[frame["respondent"] == "r1"])
    islands = pd.concat(
        [
            frame[frame["respondent"].isin(["r1", "r2"])],
            frame[frame["respondent"].isin(["r3", "r4"])].assign(item=lambda d: "other " + d["item"]),
        ]
    )
    with pytest.raises(SpecificationError, match="share no item"):
        rater_effects(islands)
    with pytest.raises(InputError, match="a leniency is of numbers"):
        rater_effects(frame.assign(rating="high"))
    same = rater_effects(frame.assign(rating=3), replicates=50)
    assert (rows_of(same, "leniency")["estimate"] == 0).all()
    assert rows_of(same, "consistency")["estimate"].isna().all()
    few = rater_effects(frame[frame["item"].isin(["i0", "i1", "i2"])], replicates=50)
    assert few.estimates["lower"].isna().all()
    assert few.verdict.sign == "untested"
    assert "was not tested" in few.sentence()


def test_missing_ratings_and_items_of_one_rater_are_counted():
    frame = study(1)
    frame.loc[:4, "rating"] = np.nan
    lonely = pd.DataFrame([("r1", "alone", 3.0)], columns=frame.columns)
    found = rater_effects(pd.concat([frame, lonely]), replicates=20)
    assert any(w.startswith("5 of 451 ratings are missing") for w in found.meta["warnings"])
    assert any("of items that no other rater rated left out" in w for w in found.meta["warnings"])
    assert found.estimates["n_asked"].sum() == 2 * 451
    whole = rater_effects(frame.dropna(), replicates=20).estimates
    pd.testing.assert_series_equal(found.estimates["estimate"], whole["estimate"])


def test_errors_are_of_the_size_of_the_noise_in_every_study():
    errors = [
        rows_of(rater_effects(study(1000 + s), replicates=0), "leniency")["std_error"].max()
        for s in range(200)
    ]
    # .6 / sqrt(75) is .07; the shift of all raters, which is not told, once had an inverse
    assert max(errors) < 0.2
