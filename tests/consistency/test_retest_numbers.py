"""Retest reliability: intervals at their quantiles, counts and warnings by hand."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.consistency.intraclass import MeanSquares, intraclass, intraclass_interval, mean_squares
from valuestats.consistency.retest import _one_model, icc, retest
from valuestats.statistics.resampling import expanded_level
from valuestats.tables import Responses


def responses(answers, **columns):
    models, items, epochs = np.indices(answers.shape).reshape(3, -1)
    flat = answers.ravel()
    frame = pd.DataFrame(
        {
            "model": [f"m{k}" for k in models],
            "item": [f"i{k:03d}" for k in items],
            "epoch": epochs + 1,
            "raw": "x",
            "answer": pd.array([None if np.isnan(a) else int(a) for a in flat], dtype="Int64"),
            "status": np.where(np.isnan(flat), "refusal", "valid"),
            "source_file": "f",
            "source_sha256": "0",
            "source_row": np.arange(len(flat)),
        }
    )
    return Responses(frame.assign(**{name: value(frame) for name, value in columns.items()}))


def simulated(items, models=1, levels=2):
    rng = np.random.default_rng(0)
    truth = rng.normal(3.5, 1.3, (models, items, 1))
    return np.clip(np.round(truth + rng.normal(0, 0.8, (models, items, levels))), 1, 6)


def icc_by_hand(y):
    """ICC(A,1) and ICC(A,k) from sums of squares."""
    n, k = y.shape
    r = k * ((y.mean(axis=1) - y.mean()) ** 2).sum() / (n - 1)
    c = n * ((y.mean(axis=0) - y.mean()) ** 2).sum() / (k - 1)
    e = ((y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()) ** 2).sum() / ((n - 1) * (k - 1))
    return (r - e) / (r + (k - 1) * e + k * (c - e) / n), (r - e) / (r + (c - e) / n)


def test_estimates_and_intervals_by_hand():
    y = simulated(20)
    found = retest(responses(y), over="epoch", replicates=300, level=0.9, seed=4)
    table = found.estimates.set_index("coefficient")
    assert table["estimate"].tolist() == pytest.approx(icc_by_hand(y[0]))
    draws = found.replicates().sel(model="m0").to_numpy()
    tail = (1 - expanded_level(0.9, 20)) / 2
    for k, row in enumerate(table.itertuples()):
        assert [row.lower, row.upper] == pytest.approx(np.quantile(draws[:, k], [tail, 1 - tail]))
        assert row.std_error == pytest.approx(draws[:, k].std(ddof=1))
        assert (row.n_units, row.n_items, row.n_levels, row.n_scored, row.n_asked) == (20, 20, 2, 40, 40)
    limits = intraclass_interval(mean_squares(y[0], np.ones((1, 20))), 0.9)
    assert (table.loc["ICC(A,1)", "f_lower"], table.loc["ICC(A,1)", "f_upper"]) == pytest.approx(
        limits["ICC(A,1)"]
    )
    assert len(draws) == 300
    assert set(table["interval"]) == {"cluster bootstrap, equal-tailed"}
    # the replicates are estimates of resampled items, so they spread about the estimate
    assert (
        abs(np.median(draws[:, 0]) - table.loc["ICC(A,1)", "estimate"]) < table.loc["ICC(A,1)", "std_error"]
    )


def test_a_replicate_is_the_coefficient_of_the_drawn_queries():
    y = simulated(6)[0]
    weights = np.array([[1.0] * 6, [2, 0, 1, 1, 0, 2], [1, 0, 0, 0, 0, 0], [0] * 6, [1, 1, 0, 0, 0, 0]])
    found, _ = _one_model(y, weights, ["ICC(A,1)", "ICC(A,k)"], 0.9)
    drawn = np.repeat(y, [2, 0, 1, 1, 0, 2], axis=0)
    assert found["ICC(A,1)"][[0, 1]] == pytest.approx([icc_by_hand(y)[0], icc_by_hand(drawn)[0]])
    assert found["ICC(A,k)"][[0, 1]] == pytest.approx([icc_by_hand(y)[1], icc_by_hand(drawn)[1]])
    assert np.isnan(found["ICC(A,1)"][[2, 3]]).all()
    assert found["ICC(A,1)"][4] == pytest.approx(icc_by_hand(y[:2])[0], nan_ok=True)
    none, limits = _one_model(y[:1], weights[:, :1], ["ICC(1)"], 0.9)
    assert np.isnan(none["ICC(1)"]).all()
    assert np.isnan(limits["ICC(1)"]).all()
    two, _ = _one_model(np.array([[1.0, 2], [5, 5]]), np.ones((1, 2)), ["ICC(A,1)"], 0.9)
    assert two["ICC(A,1)"] == pytest.approx([icc_by_hand(np.array([[1.0, 2], [5, 5]]))[0]])


def test_few_queries_have_students_interval_on_the_scale_of_artanh():
    y = simulated(9)
    row = retest(responses(y), over="epoch", replicates=20, forms="ICC(A,1)", level=0.9).estimates.iloc[0]
    whole = icc_by_hand(y[0])[0]
    without = np.array([icc_by_hand(np.delete(y[0], k, axis=0))[0] for k in range(9)])
    reach = 1.859548038 * np.sqrt(
        8 / 9 * ((np.arctanh(without) - np.arctanh(whole)) ** 2).sum()
    )  # R: qt(.95, 8)
    ends = np.tanh(np.arctanh(whole) + np.array([-reach, reach]))
    assert [row["lower"], row["upper"]] == pytest.approx(ends)
    assert row["std_error"] == pytest.approx(np.sqrt(8 / 9 * ((without - whole) ** 2).sum()))
    three = retest(responses(simulated(3)), over="epoch", replicates=20).estimates
    assert three[["lower", "upper"]].isna().all().all()


def test_fewer_than_fifty_queries_are_named_and_one_replicate_is_enough_to_say_so():
    few = retest(responses(simulated(49)), over="epoch", replicates=1)
    assert "49 queries: with fewer than 50" in few.meta["warnings"][0]
    assert few.replicates().shape == (1, 1, 2)
    assert retest(responses(simulated(50)), over="epoch", replicates=1).meta["warnings"] == []
    none = retest(responses(simulated(9)), over="epoch", replicates=0)
    assert none.meta["warnings"] == []
    assert none.draws is None
    assert none.estimates["interval"].tolist() == ["none", "none"]


def test_models_keep_their_own_answers_and_queries():
    y = simulated(8, models=2)
    y[1, 2, 0] = np.nan
    made = responses(y, cluster=lambda f: np.where(f["item"] < "i004", "a", f["item"]))
    table = retest(made, over="epoch", replicates=30).estimates.set_index(["model", "coefficient"])
    assert table.loc[("m0", "ICC(A,1)"), "estimate"] == pytest.approx(icc_by_hand(y[0])[0])
    assert table.loc[("m1", "ICC(A,1)"), "estimate"] == pytest.approx(
        icc_by_hand(np.delete(y[1], 2, axis=0))[0]
    )
    columns = ["n_units", "n_items", "n_scored", "n_asked"]
    assert table.loc[("m0", "ICC(A,1)"), columns].tolist() == [5, 8, 16, 16]
    assert table.loc[("m1", "ICC(A,1)"), columns].tolist() == [5, 7, 15, 16]


def test_raters_by_hand():
    y = [[1, 2], [4, 4], [6, 5], [2, None]]
    rows = [(f"r{j}", f"i{i}", v) for i, row in enumerate(y) for j, v in enumerate(row)]
    ratings = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    found = icc(ratings, forms=["ICC(A,1)", "ICC(A,k)"])
    full = np.array(y[:3], dtype=float)
    assert found.estimates["estimate"].tolist() == pytest.approx(icc_by_hand(full))
    assert found.estimates[["n_scored", "n_asked", "n_units", "n_raters"]].iloc[0].tolist() == [6, 8, 3, 2]
    assert found.meta["warnings"] == ["1 of 4 items were not rated by all raters and are left out"]
    assert icc(ratings[ratings["item"] != "i3"]).meta["warnings"] == []
    two = ratings[ratings["item"].isin(["i0", "i1"])]
    assert icc(two, forms="ICC(A,1)").estimates["estimate"].tolist() == pytest.approx(
        [icc_by_hand(full[:2])[0]]
    )
    for short in (ratings[ratings["item"] == "i0"], ratings[ratings["respondent"] == "r0"]):
        with pytest.raises(SpecificationError, match="two items"):
            icc(short)
    for forms in ([], ["ICC(2)"], ["ICC(1)", "ICC(2)"], ["ICC(1)", "ICC(1)"]):
        with pytest.raises(SpecificationError, match="unknown form"):
            icc(ratings, forms=forms)


def test_null_levels_and_one_level_are_refused():
    made = responses(simulated(4), wording=lambda f: np.where(f["epoch"] == 1, "a", None))
    with pytest.raises(SpecificationError, match="under which wording"):
        retest(made, over="wording")
    with pytest.raises(SpecificationError, match="one epoch only"):
        retest(responses(simulated(4, levels=1)), over="epoch")
    with pytest.raises(SpecificationError, match="no such over"):
        retest(made, over="persona")


def test_mean_squares_under_weights_are_those_of_repeated_targets():
    rng = np.random.default_rng(5)
    y, weights = rng.normal(size=(5, 3)), np.array([[1, 1, 1, 1, 1], [2, 0, 1, 0, 3.0], [1, 0, 0, 0, 0]])
    found = mean_squares(y, weights)
    for r in (0, 1):
        drawn = np.repeat(y, weights[r].astype(int), axis=0)
        n, k = drawn.shape
        rows = k * ((drawn.mean(axis=1) - drawn.mean()) ** 2).sum()
        columns = n * ((drawn.mean(axis=0) - drawn.mean()) ** 2).sum()
        total = ((drawn - drawn.mean()) ** 2).sum()
        expected = [rows / (n - 1), columns / (k - 1), (total - rows) / (n * (k - 1))]
        expected.append((total - rows - columns) / ((n - 1) * (k - 1)))
        got = [getattr(found, name)[r] for name in ("rows", "columns", "within", "error")]
        assert got == pytest.approx(expected)
    assert np.isnan([found.rows[2], found.error[2]]).all()
    assert found.n.tolist() == [5, 6, 1]


def test_tables_without_variation_have_no_coefficient():
    zero, one = np.zeros(1), np.ones(1)
    still = MeanSquares(zero, zero, zero, zero, np.array([3.0]), 2)
    assert np.isnan([v[0] for v in intraclass(still).values()]).all()
    assert np.isnan(list(intraclass_interval(still, 0.9).values())).all()
    exact = intraclass_interval(MeanSquares(one, one, zero, zero, np.array([3.0]), 2), 0.9)
    assert np.isnan(list(exact.values())).all()
    flat = intraclass_interval(MeanSquares(zero, one, one, one, np.array([3.0]), 2), 0.9)
    assert np.isnan(list(flat.values())).all()
