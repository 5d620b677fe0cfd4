"""Intraclass correlations of raters and of models' repeated answers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.consistency.intraclass import intraclass, mean_squares
from valuestats.consistency.retest import icc, retest
from valuestats.tables import Responses

R = Path(__file__).parents[1] / "r"
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def rated(y):
    rows = [(f"judge {j}", f"target {i}", r) for i, row in enumerate(y) for j, r in enumerate(row)]
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"])


def make(answers, **more):
    """Answers of shape (models, items, levels); the levels are epochs unless `more` names another column."""
    models, items, levels = np.indices(answers.shape).reshape(3, -1)
    flat = answers.ravel()
    frame = pd.DataFrame(
        {
            "model": [f"m{k}" for k in models],
            "item": [f"i{k:03d}" for k in items],
            "epoch": levels + 1,
            "raw": "x",
            "answer": pd.array([None if np.isnan(a) else int(a) for a in flat], dtype="Int64"),
            "status": np.where(np.isnan(flat), "refusal", "valid"),
            "source_file": "f",
            "source_sha256": "0",
            "source_row": np.arange(len(flat)),
        }
    )
    return Responses(frame.assign(**{name: value(frame) for name, value in more.items()}))


def simulated(models=2, items=40, levels=3, noise=0.7, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(3.5, 1.2, (models, items, 1))
    return np.clip(np.round(truth + rng.normal(0, noise, (models, items, levels))), 1, 6)


def test_shrout_and_fleiss_with_psych_limits():
    expected = pd.read_csv(R / "reliability.csv", comment="#").query("data == 'shrout_fleiss'")
    expected = expected.set_index("quantity")
    table = icc(rated(SHROUT_FLEISS)).estimates.set_index("coefficient")
    assert len(table) == 6
    for form, row in table.iterrows():
        found = row[["estimate", "lower", "upper"]].tolist()
        assert found == pytest.approx(expected.loc[form, ["value", "lower", "upper"]].tolist(), abs=1e-10)
    assert table["n_units"].tolist() == [6] * 6


def test_items_not_rated_by_all_are_left_out_and_counted():
    frame = rated([*SHROUT_FLEISS, [1, 9, 1, 9]])
    frame.loc[frame.index[-1], "rating"] = np.nan
    found = icc(frame)
    assert found.estimates["estimate"].iloc[0] == pytest.approx(
        icc(rated(SHROUT_FLEISS)).estimates["estimate"].iloc[0]
    )
    assert "1 of 7 items were not rated by all" in found.meta["warnings"][0]
    with pytest.raises(SpecificationError, match="0 of 2 items"):
        icc(rated([[1, np.nan], [np.nan, 2]]).dropna())
    with pytest.raises(SpecificationError, match="two or more raters"):
        icc(rated([[1], [2], [3]]))


def test_equal_ratings_are_no_number():
    table = icc(rated([[3, 3], [3, 3], [3, 3]])).estimates
    assert table[["estimate", "lower", "upper"]].isna().all().all()


def test_retest_is_the_kernel_on_item_means():
    y = simulated()
    found = retest(make(y), over="epoch", replicates=200, seed=1)
    table = found.estimates.set_index(["model", "coefficient"])
    for k in range(2):
        expected = intraclass(mean_squares(y[k], np.ones((1, 40))))["ICC(A,1)"][0]
        row = table.loc[(f"m{k}", "ICC(A,1)")]
        assert row["estimate"] == pytest.approx(expected, abs=1e-12)
        assert row["lower"] < row["estimate"] < row["upper"]
        assert row[["n_units", "n_levels", "n_items"]].tolist() == [40, 3, 40]
    assert found.contrast("model", "m0", "m1")["estimate"].notna().all()


def test_bootstrap_draws_whole_queries():
    y = simulated(models=1)
    paired = make(y, cluster=lambda f: f["item"].str[1:].astype(int) // 4)
    table = retest(paired, over="epoch", replicates=100).estimates
    assert (table["n_units"] == 10).all()
    assert "10 queries: with fewer than 50" in retest(paired, over="epoch", replicates=9).meta["warnings"][0]
    torn = make(y, cluster=lambda f: f["epoch"])
    with pytest.raises(SpecificationError, match="two clusters"):
        retest(torn, over="epoch")


def test_other_conditions_are_averaged_first():
    y = simulated(models=1, levels=4)
    both = make(y, wording=lambda f: np.where(f["epoch"] <= 2, "a", "b"))
    halves = np.stack([y[0, :, :2].mean(axis=1), y[0, :, 2:].mean(axis=1)], axis=1)
    expected = intraclass(mean_squares(halves, np.ones((1, 40))))["ICC(A,1)"][0]
    found = retest(both, over="wording", replicates=0).estimates
    assert found["estimate"].iloc[0] == pytest.approx(expected, abs=1e-12)
    assert found["lower"].isna().all()


def test_missing_answers_take_their_item_out_and_are_counted():
    y = simulated(models=2)
    y[0, 3, 1] = np.nan
    y[1, :, 0] = np.nan
    found = retest(make(y), over="epoch", replicates=50)
    table = found.estimates.set_index(["model", "coefficient"])
    assert table.loc[("m0", "ICC(A,1)"), ["n_items", "n_scored", "n_asked"]].tolist() == [39, 119, 120]
    assert np.isnan(table.loc[("m1", "ICC(A,1)"), "estimate"])
    assert "m1: fewer than two items" in " ".join(found.meta["warnings"])


def test_a_model_that_always_says_the_same_has_no_retest_reliability():
    y = simulated(models=2)
    y[1] = 4
    table = retest(make(y), over="epoch", replicates=50).estimates.set_index("model")
    assert table.loc["m1", ["estimate", "lower", "upper"]].isna().all().all()
    assert table.loc["m0", "estimate"].notna().all()


def test_nothing_repeated_is_refused():
    with pytest.raises(SpecificationError, match="do not say under which option_order"):
        retest(make(simulated()), over="option_order")
    with pytest.raises(SpecificationError, match="one epoch only"):
        retest(make(simulated(levels=1)), over="epoch")
    holes = make(simulated(), option_order=lambda f: f["epoch"].map({1: "forward", 2: "reversed"}))
    with pytest.raises(SpecificationError, match="null in 80 of 240 rows"):
        retest(holes, over="option_order")
    with pytest.raises(SpecificationError, match="no such over"):
        retest(make(simulated()), over="model")
    with pytest.raises(SpecificationError, match="unknown form"):
        retest(make(simulated()), over="epoch", forms=["ICC(2,1)"])
