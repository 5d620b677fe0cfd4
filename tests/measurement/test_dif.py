"""Differential item functioning: planted bias is found with its sign and size, R's tests, purification, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.measurement.dif import dif
from valuestats.results.result import Result
from valuestats.tables import Responses

R = Path(__file__).parents[1] / "r"


def people(n=800, items=8, shift=(), steeper=(), impact=0.0, seed=0, groups=2):
    rng = np.random.default_rng(seed)
    of = rng.integers(0, groups, n)
    trait = rng.normal(size=n) + impact * (of == 1)
    slope = 1.7 * np.ones((n, items))
    for j, factor in steeper:
        slope[of == 1, j] *= factor
    latent = slope * trait[:, None] + rng.logistic(size=(n, items))
    for j, by in shift:
        latent[of == 1, j] += by
    codes = np.digitize(latent, [-2, -0.5, 0.5, 2])
    wide = pd.DataFrame(codes, columns=[f"i{j}" for j in range(items)])
    wide = wide.assign(respondent=range(n), country=np.array(["a", "b", "c"])[of])
    return wide.melt(["respondent", "country"], var_name="item", value_name="rating")


def test_likelihood_ratio_tests_are_those_of_clm():
    frame = pd.read_csv(R / "measurement_sample.csv").assign(respondent=range(500))
    long = frame.melt(["respondent", "group"], var_name="item", value_name="rating")
    keyed = pd.DataFrame({"item": [f"q{k}" for k in range(1, 9)], "dimension": ["f1"] * 4 + ["f2"] * 4})
    found = dif(long, keyed, by="group", matching="rest", purify=0).estimates
    clm = pd.read_csv(R / "measurement.csv", comment="#").query("what == 'clm'").set_index("name")["value"]
    first = found[found["group"] == "b"].set_index("item")
    for item, row in first.iterrows():
        l0, l1, l2, null = (clm[f"{item} {k}"] for k in ("logLik0", "logLik1", "logLik2", "null"))
        assert row["p_uniform"] == pytest.approx(stats.chi2.sf(2 * (l1 - l0), 2), abs=1e-6)
        assert row["p_nonuniform"] == pytest.approx(stats.chi2.sf(2 * (l2 - l1), 2), abs=1e-6)
        cox = [1 - np.exp(2 * (null - v) / 500) for v in (l0, l2)]
        assert row["r2_any"] == pytest.approx((cox[1] - cox[0]) / (1 - np.exp(2 * null / 500)), abs=1e-7)
        assert row["mcfadden_any"] == pytest.approx((l2 - l0) / -null, abs=1e-8)
        assert row["estimate"] == pytest.approx(clm[f"{item} gb"], abs=1e-5)
    assert first.index[first["flagged"]].tolist() == ["q2", "q3", "q6"]
    assert first.loc["q3", "dif_class"] == "B"


def test_matched_on_the_total_the_tests_are_those_of_clm():
    frame = pd.read_csv(R / "measurement_sample.csv").assign(respondent=range(500))
    long = frame.melt(["respondent", "group"], var_name="item", value_name="rating")
    keyed = pd.DataFrame({"item": [f"q{k}" for k in range(1, 9)], "dimension": ["f1"] * 4 + ["f2"] * 4})
    found = dif(long, keyed, by="group", purify=0).estimates
    table = pd.read_csv(R / "measurement.csv", comment="#").query("what == 'clm_total'").set_index("name")
    clm = table["value"]
    for row in found.itertuples():
        l0, l1, l2 = (clm[f"{row.item} logLik{k}"] for k in range(3))
        assert row.p_uniform == pytest.approx(stats.chi2.sf(2 * (l1 - l0), 2), abs=1e-6)
        assert row.p_nonuniform == pytest.approx(stats.chi2.sf(2 * (l2 - l1), 2), abs=1e-6)
        assert row.estimate == pytest.approx(clm[f"{row.item} g{row.group}"], abs=1e-5)
        assert row.std_error == pytest.approx(table.loc[f"{row.item} g{row.group}", "se"], rel=1e-4)


def test_groups_that_differ_in_the_trait_show_no_bias_at_the_same_total():
    """Two groups half an SD apart, six items, none biased: matched on the rest score, items lean the groups' way."""
    shares = {}
    for matching in ("total", "rest"):
        found = [
            dif(
                people(1000, items=6, impact=1.0, seed=s), by="country", matching=matching, purify=0
            ).estimates
            for s in range(6)
        ]
        shares[matching] = np.mean([(f["p_any"] < 0.05).mean() for f in found])
    assert shares["total"] < 0.15
    assert shares["rest"] > 0.4


def test_two_items_of_two_answers_are_matched_without_the_square():
    rng = np.random.default_rng(1)
    y = (rng.normal(size=(300, 1)) + rng.normal(size=(300, 2)) > 0).astype(int)
    wide = pd.DataFrame(y, columns=["i0", "i1"]).assign(
        respondent=range(300), country=np.repeat(["a", "b"], 150)
    )
    long = wide.melt(["respondent", "country"], var_name="item", value_name="rating")
    for matching in ("total", "rest"):
        assert dif(long, by="country", matching=matching).estimates["item"].tolist() == ["i0", "i1"]
    with pytest.raises(SpecificationError, match="total, rest"):
        dif(long, by="country", matching="latent")


def test_planted_bias_is_found_with_its_sign_and_size():
    found = dif(people(3000, shift=[(2, 1.5)], items=12), by="country", reference="a", purify=5)
    row = found.estimates.set_index("item").loc["i2"]
    assert row["dif_class"] in ("B", "C")
    assert row["country"] == "b"
    # matched on a fallible score, the log-odds ratio is a little smaller than the true 1.5
    assert 1.1 < row["estimate"] < 1.6
    others = found.estimates[found.estimates["item"] != "i2"]
    assert (others["dif_class"] == "A").all()
    assert found.meta["purified"] == ["i2"]
    steep = dif(people(3000, steeper=[(4, 3.0)]), by="country").estimates.set_index("item").loc["i4"]
    assert steep["p_nonuniform"] < 1e-4


def test_purification_clears_items_that_only_lean_on_a_biased_one():
    data = people(3000, items=5, shift=[(0, 2.5)], seed=2)
    before = dif(data, by="country", purify=0).estimates.set_index("item")
    after = dif(data, by="country", purify=5)
    table = after.estimates.set_index("item")
    clean = [f"i{j}" for j in range(1, 5)]
    assert table.loc[clean, "estimate"].abs().mean() < before.loc[clean, "estimate"].abs().mean()
    assert after.meta["purified"] == ["i0"]


def test_swapping_the_reference_turns_the_sign_and_reversed_items_are_turned():
    data = people(900, shift=[(1, 1.0)])
    one = dif(data, by="country", reference="a").estimates.set_index("item")
    two = dif(data, by="country", reference="b").estimates.set_index("item")
    np.testing.assert_allclose(one["estimate"], -two["estimate"], atol=1e-5)
    np.testing.assert_allclose(one["p_any"], two["p_any"], atol=1e-6)
    turned = data.assign(rating=data["rating"].where(data["item"] != "i1", 4 - data["rating"]))
    keyed = pd.DataFrame({"item": [f"i{j}" for j in range(8)], "dimension": "f", "sign": [1, -1] + [1] * 6})
    three = dif(turned, keyed, by="country", reference="a").estimates.set_index("item")
    np.testing.assert_allclose(one["estimate"], three["estimate"], atol=1e-5)


def test_three_groups_and_an_item_answered_by_nobody_of_one(tmp_path):
    data = people(900, groups=3)
    data.loc[(data["item"] == "i3"), "rating"] = 2.0
    data.loc[(data["item"] == "i5") & (data["country"] == "c"), "rating"] = np.nan
    found = dif(data, by="country", reference="b")
    assert len(found.estimates) == 16
    table = found.estimates.set_index(["item", "country"])
    assert table.loc["i3", ["estimate", "p_any"]].isna().all().all()
    assert "i3" in found.meta["warnings"][0]
    assert table.loc[("i5", "c"), "n_group"] == 0
    assert np.isnan(table.loc[("i5", "c"), "estimate"])
    assert found.meta["tested"] == 6
    found.save(tmp_path / "d")
    assert Result.load(tmp_path / "d").meta["purified"] == found.meta["purified"]


def test_of_a_flagged_item_the_groups_that_answer_otherwise_are_told():
    found = dif(people(n=1500, shift=[(2, 1.5)], groups=3, seed=6), by="country", reference="a").estimates
    flagged = found[found["flagged"]]
    assert set(flagged["item"]) == {"i2"}
    assert dict(zip(flagged["country"], flagged["differs"], strict=True)) == {"b": True, "c": False}
    assert not found.loc[~found["flagged"], "differs"].any()


def test_an_item_that_works_otherwise_is_with_care_and_no_other_is():
    found = dif(people(n=1500, shift=[(2, 2.5)], groups=3, seed=6), by="country", reference="a")
    signs = found.verdict.rows.groupby("item")["sign"].agg(set)
    assert signs.pop("i2") == {"care"}
    assert set().union(*signs) == {"sound"}
    assert "works otherwise in a group" in found.verdict.sentence()
    (reason,) = [r for r in found.verdict.reasons if r.sign == "care"]
    assert reason.text.startswith("answered otherwise at the same score by b (class ")
    slight = dif(people(n=9000, shift=[(2, 0.35)], seed=6), by="country", reference="a")
    assert slight.estimates.loc[slight.estimates["flagged"], "dif_class"].eq("A").all()
    assert {r.sign for r in slight.verdict.reasons} <= {"sound"}


def test_models_are_groups_of_administrations():
    rng = np.random.default_rng(1)
    rows = [
        (m, i, e, int(np.clip(rng.normal(3 + (m == "y") + 0.8 * (i == "2") * (m == "y"), 1), 1, 5)))
        for m in ("x", "y")
        for e in range(1, 61)
        for i in ("1", "2", "3", "4")
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "epoch", "answer"]).assign(
        status="valid", raw="", source_file="f", source_sha256="0", source_row=range(len(rows))
    )
    found = dif(Responses(frame), by="model")
    assert found.estimates["n_asked"].iloc[0] == 120
    assert "administration" in found.meta["warnings"][0]


def test_requests_that_make_no_sense_are_refused():
    data = people(100)
    with pytest.raises(SpecificationError, match="nothing to compare"):
        dif(data[data["country"] == "a"], by="country")
    with pytest.raises(SpecificationError, match="no such group"):
        dif(data, by="country", reference="z")
    with pytest.raises(SpecificationError, match="no such column"):
        dif(data, by="language")
    with pytest.raises(SpecificationError, match="needs other items"):
        dif(data, pd.DataFrame({"item": ["i0"], "dimension": ["f"]}), by="country")
    with pytest.raises(SpecificationError, match="one group"):
        dif(data.assign(country=np.where(data["item"] == "i0", "a", "b")), by="country")
    with pytest.raises(SpecificationError, match="two scales"):
        dif(data, pd.DataFrame({"item": ["i0", "i1", "i0"], "dimension": ["f", "f", "g"]}), by="country")
