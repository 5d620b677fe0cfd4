"""Linearised shares, their intervals and design effects: R's survey and the package svy."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.surveys.linearisation import linearised_shares, share_interval, single_strata

R = Path(__file__).parents[1] / "r"
EXACT = 1e-8  # the same closed form on both sides; the CSV has 14 digits
CASES = {
    "full": (True, True, True, "error"),
    "strata": (True, False, True, "error"),
    "clusters": (False, True, True, "error"),
    "weights": (False, False, True, "error"),
    "none": (False, False, False, "error"),
    "adjust": (True, True, True, "centre"),
    "remove": (True, True, True, "remove"),
}


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(R / "survey.csv", comment="#")


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(R / "survey_sample.csv")


def codes(values):
    return pd.factorize(values, sort=True)[0].astype(np.intp)


def estimate(d, case, domain, n_domains):
    strata, clusters, weights, policy = CASES[case]
    option = np.where(d["q"] <= 4, d["q"] - 1, -1)
    return linearised_shares(
        option,
        domain,
        d["weight"].to_numpy() if weights else np.ones(len(d)),
        codes(d["stratum"]) if strata else np.zeros(len(d), dtype=np.intp),
        codes(d["psu"]) if clusters else np.arange(len(d)),
        (n_domains, 4),
        policy,
    )


def rows(case, sample):
    return sample[sample["stratum"] != "west"] if case == "full" else sample


@pytest.mark.parametrize("case", CASES)
def test_shares_errors_and_intervals_are_those_of_r(case, sample, expected):
    d = rows(case, sample)
    domains = {"all": np.zeros(len(d), dtype=np.intp)}
    domains |= {s: np.where(d["sex"] == s, 0, -1) for s in ("f", "m")}
    domains |= {
        f"{s} {a}": np.where((d["sex"] == s) & (d["age"] == a), 0, -1)
        for s in ("f", "m")
        for a in d["age"].unique()
    }
    for name, domain in domains.items():
        found = estimate(d, case, domain, 1)
        r = expected[(expected["case"] == case) & (expected["group"] == name)]
        assert found.share[0] == pytest.approx(r["estimate"].to_numpy(), abs=EXACT)
        assert np.sqrt(found.variance[0]) == pytest.approx(r["std_error"].to_numpy(), abs=EXACT)
        assert found.deff[0] == pytest.approx(r["deff"].to_numpy(), abs=1e-7)
        assert found.df[0] == r["df"].iloc[0]
        for kind, ends in (("logit", ("lower", "upper")), ("korn_graubard", ("beta_lower", "beta_upper"))):
            for values, column in zip(share_interval(found, 0.95, kind), ends, strict=True):
                inner = (found.share[0] > 0) & (found.variance[0] > 0)
                if kind == "korn_graubard":  # R takes n of the design's rows, zero weights among them
                    inner &= (d["weight"] > 0).all()
                assert values[0][inner] == pytest.approx(r[column].to_numpy()[inner], abs=EXACT)


def test_many_domains_at_once_are_each_alone(sample):
    domain = codes(sample["sex"]) * 3 + codes(sample["age"])
    together = estimate(sample, "adjust", domain, 6)
    for one in range(6):
        alone = estimate(sample, "adjust", np.where(domain == one, 0, -1), 1)
        for field in ("share", "variance", "deff", "n", "kish", "df"):
            assert getattr(together, field)[one] == pytest.approx(getattr(alone, field)[0], nan_ok=True)


def test_svy_says_the_same(sample):
    svy = pytest.importorskip("svy")
    import polars as pl

    d = sample[(sample["stratum"] != "west") & (sample["q"] <= 4) & (sample["weight"] > 0)]
    table = pl.DataFrame({c: d[c].tolist() for c in ("stratum", "psu", "weight", "sex")})
    table = table.with_columns(pl.Series("q", d["q"].astype(str).tolist()))
    design = svy.Design(stratum="stratum", psu="psu", wgt="weight")
    theirs = svy.Sample(table, design).estimation.prop("q", by="sex", deff="wr").to_polars()
    ours = estimate(d, "full", codes(d["sex"]), 2)
    assert theirs["est"].to_numpy() == pytest.approx(ours.share.ravel(), abs=EXACT)
    assert theirs["se"].to_numpy() == pytest.approx(np.sqrt(ours.variance).ravel(), abs=EXACT)
    assert theirs["deff"].to_numpy() == pytest.approx(ours.deff.ravel(), abs=1e-7)


def test_equal_weights_and_no_design_give_the_binomial_variance():
    y = np.repeat([0, 1, 2], [10, 20, 70])
    found = linearised_shares(
        y, np.zeros(100, int), np.full(100, 3.0), np.zeros(100, int), np.arange(100), (1, 4)
    )
    p = np.array([0.1, 0.2, 0.7, 0.0])
    assert found.share[0] == pytest.approx(p)
    assert found.variance[0] == pytest.approx(p * (1 - p) / 99)
    assert found.deff[0][:3] == pytest.approx(1)
    assert np.isnan(found.deff[0, 3])
    assert found.kish[0] == pytest.approx(100)


def test_scaling_all_weights_changes_nothing(sample):
    domain = codes(sample["sex"])
    heavier = sample.assign(weight=sample["weight"] * 1234.5)
    one, two = (estimate(d, "adjust", domain, 2) for d in (sample, heavier))
    assert one.variance == pytest.approx(two.variance)
    assert one.deff == pytest.approx(two.deff)
    assert one.kish == pytest.approx(two.kish)


def test_shares_of_none_and_of_all_have_the_exact_binomial_limits():
    y = np.zeros(50, dtype=np.intp)
    found = linearised_shares(y, y, np.ones(50), y, np.arange(50), (1, 2))
    lower, upper = share_interval(found)
    assert lower[0].tolist() == [pytest.approx(0.025 ** (1 / 50)), 0.0]  # closed form of Clopper and Pearson
    assert upper[0].tolist() == [1.0, pytest.approx(1 - 0.025 ** (1 / 50))]


def test_domains_without_people_without_weight_and_of_one_person():
    domain = np.array([1, 2, 2, -1])
    found = linearised_shares(
        np.zeros(4, int), domain, np.array([1.0, 0.0, 0.0, 1.0]), np.zeros(4, int), np.arange(4), (4, 2)
    )
    assert np.isnan(found.share[[0, 2, 3]]).all()
    assert np.isnan(found.variance[[0, 2, 3]]).all()
    assert found.share[1].tolist() == [1.0, 0.0]
    assert found.n.tolist() == [0, 1, 0, 0]
    lower, upper = share_interval(found)
    assert np.isnan(lower).all()  # one person: no degrees of freedom
    assert np.isnan(upper).all()


def test_a_stratum_with_one_cluster_is_an_error_unless_declared(sample):
    strata, psu = codes(sample["stratum"]), codes(sample["psu"])
    assert single_strata(strata, psu).tolist() == [3]
    with pytest.raises(ValueError, match="one cluster"):
        linearised_shares(strata, strata, np.ones(len(psu)), strata, psu, (4, 4))
