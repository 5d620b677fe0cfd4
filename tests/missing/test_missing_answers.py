"""Bounds, sensitivity and tipping points: closed forms, direct maximisation, simulated truth, degenerate tables."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from scipy.special import expit, logit

from valuestats.base.errors import SpecificationError
from valuestats.missing.adjusted_means import expected_missing, imbens_manski, selection_shares
from valuestats.missing.bounds import missing_bounds
from valuestats.missing.sensitivity import missing_sensitivity
from valuestats.missing.sentences import tipping_sentence
from valuestats.missing.tipping import tipping_points
from valuestats.results.result import Result
from valuestats.scoring.scale_means import scale_scores
from valuestats.scoring.scores import score

CODES = np.arange(1.0, 7.0)


def counts(rows):
    """Rows of model, item, code (None: missing), count."""
    frame = pd.DataFrame(rows, columns=["model", "item", "answer", "count"])
    frame["answer"] = frame["answer"].astype("Int64")
    return frame.assign(status=np.where(frame["answer"].notna(), "valid", "refusal"))


def simulated(rng, queries=60, repeats=20, mechanism="selection", amount=0.8, model="m", base=0.3):
    eta = rng.normal(base, 0.7, (queries, 1))
    given = rng.random((queries, repeats)) > 0.35
    moved = eta + (amount * ~given if mechanism == "shift" else 0.0)
    code = 1 + np.searchsorted([-2, -1, 0, 1, 2], moved + rng.logistic(size=given.shape))
    if mechanism == "selection":
        given = rng.random(given.shape) < expit(-2.4 + amount * code)
    q = np.indices(code.shape)[0].ravel()
    frame = pd.DataFrame(
        {"model": model, "item": q.astype(str), "answer": pd.Series(code.ravel()).astype("Int64")}
    )
    frame["answer"] = frame["answer"].where(given.ravel())
    frame["status"] = np.where(given.ravel(), "valid", "refusal")
    frame = (
        frame.groupby(["model", "item", "status", "answer"], dropna=False)
        .size()
        .rename("count")
        .reset_index()
    )
    return frame, float(code.mean())


def test_selection_is_the_maximum_of_the_joint_likelihood():
    n, missing, gamma = np.array([30.0, 22, 41, 9, 5, 13]), 55.0, -0.6

    def loss(x):
        share = np.exp(np.append(0.0, x[:5]))
        share /= share.sum()
        given = expit(x[5] + gamma * CODES)
        return -(n @ np.log(share * given) + missing * np.log(share @ (1 - given)))

    best = optimize.minimize(loss, np.zeros(6), method="BFGS", options={"gtol": 1e-6})
    share = np.exp(np.append(0.0, best.x[:5]))
    found, a = selection_shares(n, missing, CODES, gamma)
    np.testing.assert_allclose(found, share / share.sum(), atol=1e-5)
    assert a == pytest.approx(best.x[5], abs=1e-4)
    # the same through the tilted distribution of the missing
    mixed = (n @ CODES + missing * expected_missing(n / n.sum(), CODES, gamma, "selection")) / (
        n.sum() + missing
    )
    assert found @ CODES == pytest.approx(mixed, abs=1e-12)


def test_shift_moves_every_cumulative_logit():
    shares = np.array([0.1, 0.2, 0.3, 0.2, 0.1, 0.1])
    moved = expit(logit(shares.cumsum()[:-1]) - 0.9)
    assert expected_missing(shares, CODES, 0.9, "shift") == pytest.approx(6 - moved.sum(), abs=1e-12)
    assert expected_missing(shares, CODES, 60.0, "shift") == pytest.approx(6.0)
    values = (CODES >= 5).astype(float)
    assert expected_missing(shares, CODES, 0.9, "shift", values) == pytest.approx(1 - moved[3], abs=1e-12)


def test_imbens_manski_solves_its_equation():
    low, high = imbens_manski(np.array([1.0]), np.array([1.5]), np.array([0.3]), np.array([0.4]), 0.9, 20)
    c = (1.0 - low[0]) / 0.3
    assert high[0] == pytest.approx(1.5 + 0.4 * c)
    t = stats.t(19)
    assert t.cdf(c + 0.5 / 0.4) - t.cdf(-c) == pytest.approx(0.9, abs=1e-9)


def test_bounds_by_hand_with_keys_and_a_reversed_item():
    table = counts([("a", "1", 5, 3), ("a", "1", None, 1), ("a", "2", 2, 2), ("a", "2", None, 2)])
    keyed = pd.DataFrame({"item": ["1", "2"], "dimension": "v", "sign": [1, -1]})
    row = missing_bounds(table, keyed, scale=(1, 6), replicates=50).estimates.iloc[0]
    assert row["estimate"] == pytest.approx((5 + (7 - 2)) / 2)
    assert row["bound_lower"] == pytest.approx(((15 + 1) / 4 + 7 - (4 + 12) / 4) / 2)
    assert row["bound_upper"] == pytest.approx(((15 + 6) / 4 + 7 - (4 + 2) / 4) / 2)
    assert (row["n_scored"], row["n_asked"]) == (5, 8)
    share = missing_bounds(table, scale=(1, 6), quantity="share", at_least=4, replicates=50).estimates.iloc[0]
    assert [share[c] for c in ("bound_lower", "estimate", "bound_upper")] == pytest.approx([0.375, 0.5, 0.75])


@pytest.mark.parametrize("reversed_share", [0.2, 0.8])
def test_centred_scores_agree_with_score_and_bounds_hold_every_filling(reversed_share):
    rng, family = np.random.default_rng(0), "f"
    items = [str(k) for k in range(30)]
    rows = [(m, i, int(c), 1) for m in "ab" for i in items for c in rng.integers(1, 7, 5)]
    responses = counts([(m, i, None if rng.random() < 0.2 else c, n) for m, i, c, n in rows])
    keyed = pd.DataFrame(
        {"item": items, "family": family, "dimension": [f"d{k % 3}" for k in range(len(items))], "sign": 1}
    )
    keyed.loc[rng.random(len(keyed)) < reversed_share, "sign"] = -1
    bounds = missing_bounds(responses, keyed, scale=(1, 6), quantity="centred", replicates=20).estimates
    plain = score(responses, keyed, family=family, scale=(1, 6), replicates=0).estimates
    merged = bounds.merge(plain, on=["model", "dimension"], suffixes=("", "_score"))
    np.testing.assert_allclose(merged["estimate"], merged["estimate_score"], atol=1e-12)
    for _ in range(3):
        frame = responses.copy()
        lost = frame["answer"].isna().to_numpy()
        frame.loc[lost, "answer"] = rng.choice([1, 6], lost.sum())
        frame["status"] = "valid"
        filled = score(frame, keyed, family=family, scale=(1, 6), replicates=0).estimates
        merged = bounds.merge(filled, on=["model", "dimension"], suffixes=("", "_filled"))
        assert (merged["estimate_filled"] >= merged["bound_lower"] - 1e-9).all()
        assert (merged["estimate_filled"] <= merged["bound_upper"] + 1e-9).all()


@pytest.mark.parametrize("signs", [(1, -1, 1, 1), (-1, -1, 1, 1), (-1, -1, -1, 1)])
def test_centred_bounds_are_the_extremes_over_all_fillings(signs):
    """One missing answer per item, 6^4 fillings scored one by one; signs that balance either way or not at all."""
    items, keyed = (
        list("abcd"),
        pd.DataFrame({"item": list("abcd"), "dimension": list("AAAB"), "sign": signs}),
    )
    given = {"a": 5, "b": 2, "c": 4, "d": 3}
    rows = [("m", i, given[i], 1) for i in items] + [("m", i, None, 1) for i in items]
    sign = np.zeros((4, 2))
    sign[np.arange(4), [0, 0, 0, 1]] = signs
    fillings = np.array(list(product(range(1, 7), repeat=4)), dtype=float)
    y = (np.array([given[i] for i in items]) + fillings) / 2
    every = scale_scores(y, sign, 3.5).centred
    found = missing_bounds(counts(rows), keyed, scale=(1, 6), quantity="centred", replicates=20).estimates
    assert found["bound_lower"].tolist() == pytest.approx(every.min(axis=0).tolist())
    assert found["bound_upper"].tolist() == pytest.approx(every.max(axis=0).tolist())
    far = missing_sensitivity(
        counts(rows), keyed, scale=(1, 6), quantity="centred", amounts=[-60, 60], replicates=20
    ).estimates.set_index(["dimension", "delta"])["estimate"]
    for name, low, high in zip("AB", every.min(axis=0), every.max(axis=0), strict=True):
        assert (far[name, -60], far[name, 60]) == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize(("mechanism", "amount"), [("selection", 0.8), ("shift", 1.5)])
def test_the_declared_mechanism_recovers_what_missing_at_random_misses(mechanism, amount):
    table, truth = simulated(np.random.default_rng(4), queries=300, mechanism=mechanism, amount=amount)
    found = missing_sensitivity(table, scale=(1, 6), mechanism=mechanism, amounts=[amount], replicates=20)
    by = found.estimates.set_index("delta")["estimate"]
    assert abs(by[0.0] - truth) > 0.15
    assert by[amount] == pytest.approx(truth, abs=0.06)


def test_the_curve_ends_at_the_bounds_and_zero_is_the_answers_own():
    table, _ = simulated(np.random.default_rng(1))
    found = missing_sensitivity(table, scale=(1, 6), amounts=[-40, 40], replicates=20).estimates.set_index(
        "delta"
    )
    bounds = missing_bounds(table, scale=(1, 6), replicates=20).estimates.iloc[0]
    assert found.loc[-40, "estimate"] == pytest.approx(bounds["bound_lower"], abs=0.02)
    assert found.loc[40, "estimate"] == pytest.approx(bounds["bound_upper"], abs=0.02)
    assert found.loc[0, "estimate"] == pytest.approx(bounds["estimate"], abs=0.05)


def test_tipping_points(tmp_path):
    rng = np.random.default_rng(2)
    high, _ = simulated(rng, mechanism="shift", amount=0.0, model="high", base=1.0)
    low, _ = simulated(rng, mechanism="shift", amount=0.0, model="low", base=0.0)
    found = missing_sensitivity(pd.concat([high, low]), scale=(1, 6), replicates=200)
    row = tipping_points(found).iloc[0]
    assert (row["first"], row["second"], row["holds"]) == ("high", "low", False)
    assert 0 < row["tipping_interval"] < row["tipping"] < 3
    # between its neighbours on the grid the difference changes sign
    est = found.estimates.pivot(index="delta", columns="model", values="estimate")
    before, after = np.floor(row["tipping"] * 2) / 2, np.ceil(row["tipping"] * 2) / 2
    assert est.loc[-before, "high"] > est.loc[before, "low"]
    assert est.loc[-after, "high"] <= est.loc[after, "low"]
    assert "opposite directions" in tipping_sentence(tipping_points(found))
    found.save(tmp_path / "s")
    again = Result.load(tmp_path / "s")
    pd.testing.assert_frame_equal(tipping_points(again), tipping_points(found))
    assert again.plot().to_dict()["layer"]
    assert "cannot say which holds" in again.sentence()


def test_degenerate_tables():
    full = missing_bounds(counts([("a", "1", 3, 2), ("a", "2", 4, 1)]), scale=(1, 6), replicates=50)
    row = full.estimates.iloc[0]
    assert row["bound_lower"] == row["estimate"] == row["bound_upper"] == 3.5
    assert "none is missing" in full.sentence()
    silent = counts([("a", "1", None, 2), ("b", "1", 4, 1)])
    found = missing_bounds(silent, scale=(1, 6), replicates=20)
    row = found.estimates.iloc[0]
    assert np.isnan(row["estimate"])
    assert (row["bound_lower"], row["bound_upper"]) == (1, 6)
    assert np.isnan(row["lower"])  # one cluster
    assert any("no answer at all: a" in w for w in found.meta["warnings"])
    assert found.plot().to_dict()["layer"]
    curve = missing_sensitivity(silent, scale=(1, 6), amounts=[0], replicates=20).estimates
    assert curve["estimate"].iloc[0] == pytest.approx(3.5)  # nothing but the pseudo-answer is known


def test_errors():
    table = counts([("a", "1", 7, 2)])
    with pytest.raises(SpecificationError, match="off the scale"):
        missing_bounds(table, scale=(1, 6))
    with pytest.raises(SpecificationError, match="mechanism"):
        missing_sensitivity(table, scale=(1, 7), mechanism="none")
    with pytest.raises(SpecificationError, match="a share needs"):
        missing_bounds(table, scale=(1, 7), quantity="share")
    with pytest.raises(SpecificationError, match="no keyed item"):
        missing_bounds(table, pd.DataFrame({"item": ["9"], "dimension": "d", "sign": 1}), scale=(1, 7))
    with pytest.raises(SpecificationError, match="tipping points"):
        tipping_points(missing_bounds(table, scale=(1, 7), replicates=10))


def test_bounds_keep_to_the_scale():
    """Answers near both ends, half of them missing: neither bounds nor interval leave 1 to 6, or a share 0 to 1."""
    rows = [
        (f"m{m}", f"{i}", f"q{i}", "refusal" if (i + e) % 2 else "valid", None if (i + e) % 2 else [1, 6][m])
        for m in range(2)
        for i in range(6)
        for e in range(2)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "cluster", "status", "answer"])
    frame = frame.assign(count=1).astype({"answer": "Int64"})
    frame.loc[frame["item"] == "0", "answer"] = frame.loc[frame["item"] == "0", "answer"].where(
        frame["answer"].isna(), 4
    )
    mean = missing_bounds(frame, scale=(1, 6)).estimates
    assert (mean["bound_lower"] >= mean["lower"]).all()
    assert (mean["lower"] >= 1).all()
    assert (mean["upper"] <= 6).all()
    assert 1.0 in mean["lower"].tolist()  # without the scale's end it would be lower
    assert 6.0 in mean["upper"].tolist()
    share = missing_bounds(frame, scale=(1, 6), quantity="share", at_least=5).estimates
    assert share["lower"].min() >= 0
    assert share["upper"].max() <= 1
    keyed = pd.DataFrame({"item": [str(k) for k in range(6)], "dimension": list("AAABBB"), "sign": 1})
    few = missing_bounds(frame, keyed, scale=(1, 6))
    assert few.estimates[["lower", "upper"]].isna().all().all()  # three queries
    assert set(few.estimates["interval"]) == {"none"}
    assert "4 of 4 estimates rest on fewer than 4 queries: no interval" in few.meta["warnings"]
