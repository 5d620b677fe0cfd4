"""Measurement invariance: the rule of levels, planted deviations found, comparisons that say what they rest on."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.latent.gate import Gate
from valuestats.latent.sampling import Sampling
from valuestats.measurement.group_means import compare_groups
from valuestats.measurement.invariance import invariance_level, measurement_invariance


def status(deviating=(), undecided=()):
    table = dict.fromkeys("abcdef", "invariant")
    return table | dict.fromkeys(deviating, "deviates") | dict.fromkeys(undecided, "undecided")


def test_the_level_follows_the_stated_rule():
    cases = [
        (status(), status(), "scalar", True),
        (status(undecided="ab"), status(), "scalar", True),
        (status(), status("ab"), "partial scalar", True),
        (status("a"), status("b"), "partial scalar", True),
        (status("abc"), status(), "partial scalar", True),
        (status(), status("abcd"), "metric", False),
        (status("a"), status("bcd"), "partial metric", False),
        (status("abcd"), status(), "configural", False),
    ]
    for loading, threshold, level, means in cases:
        found = invariance_level(loading, threshold)
        assert (found["level"], found["supports_means"]) == (level, means)
    assert invariance_level(status(undecided="ab"), status("a"))["undecided"] == ["b"]
    assert invariance_level(status(undecided="a"), status())["decided"]
    assert not invariance_level(status(undecided="abcd"), status())["decided"]
    assert invariance_level(status(), status(), status())["level"] == "strict"
    assert invariance_level(status(), status(), status("f"))["level"] == "scalar"
    assert invariance_level(status(), status("a"), status())["level"] == "partial scalar"


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(5)
    n, items = 700, 5
    of = rng.integers(0, 2, n)
    trait = rng.normal(size=n) + 0.6 * of
    shift = np.zeros((2, items))
    shift[1, 2] = -1.2
    latent = np.array([1.4, 1.8, 1.5, 2.0, 1.3]) * (trait[:, None] - shift[of]) + rng.logistic(
        size=(n, items)
    )
    wide = pd.DataFrame(np.digitize(latent, [-1.5, 1.5]), columns=[f"i{j}" for j in range(items)])
    wide = wide.assign(respondent=range(n), country=np.array(["a", "b"])[of])
    return wide.melt(["respondent", "country"], var_name="item", value_name="rating")


@pytest.fixture(scope="module")
def found(people):
    gate = Gate(
        max_rhat=1.1, min_ess_bulk=60, min_ess_tail=60
    )  # benchmarks/graded_recovery.py holds the full one
    sampler = {"sampling": Sampling(draws=500, tune=200, chains=2, gate=gate), "progress": False}
    return measurement_invariance(people, by="country", seed=2, **sampler)


def test_the_planted_shift_is_found_and_the_means_rest_on_the_others(found, tmp_path):
    assert found.passed, found.meta["gate"]
    assert found.meta["invariance"]["level"] == "partial scalar"
    assert found.meta["invariance"]["threshold"] == ["i2"]
    table = found.estimates.set_index(["parameter", "item", "country"])
    gap = table.loc[("threshold", "i2", "b"), "estimate"] - table.loc[("threshold", "i2", "a"), "estimate"]
    assert gap == pytest.approx(-1.2 * 4 / 5, abs=0.2)  # relative to the average item
    sums = found.estimates.groupby(["parameter", "item"])["estimate"].sum()
    np.testing.assert_allclose(sums, 0, atol=1e-9)
    spread = found.meta["spreads"]["threshold"]
    assert 0.1 < spread["lower"] < spread["upper"]
    compared = compare_groups(found)
    row = compared.estimates.iloc[0]
    assert row["contrast"] == "a - b"
    assert row["estimate"] == pytest.approx(-0.6, abs=3 * row["std_error"])
    assert row["supported"]
    assert "has to assume partial scalar invariance (beyond the practical bounds: i2" in compared.sentence()
    assert "partial scalar invariance" in found.sentence()
    assert "partial scalar" in str(compared.plot().to_dict())
    assert found.plot().to_dict()["hconcat"]
    found.save(tmp_path / "i")
    again = compare_groups(type(found).load(tmp_path / "i")).estimates
    pd.testing.assert_frame_equal(again, compared.estimates)


def test_means_that_rest_on_too_little_are_not_said(found):
    from dataclasses import replace

    gate = found.meta["gate"] | {"passed": True, "reasons": []}
    weak = invariance_level(dict.fromkeys(found.estimates["item"].unique(), "deviates"), {})
    other = replace(found, meta=found.meta | {"invariance": weak, "gate": gate})
    text = compare_groups(other).sentence()
    assert text.startswith(
        "The means of the groups are not comparable: the comparison would rest on configural"
    )
    failed = replace(found, meta=found.meta | {"gate": gate | {"passed": False, "reasons": ["R-hat"]}})
    assert "no finding is reported" in compare_groups(failed).sentence()


def test_what_has_no_invariance_is_refused(people, found):
    with pytest.raises(SpecificationError, match="one scale"):
        measurement_invariance(people[people["country"] == "a"], by="country")
    with pytest.raises(SpecificationError, match="one scale"):
        measurement_invariance(people[people["item"].isin(["i0", "i1"])], by="country")
    with pytest.raises(SpecificationError, match="impossible loading_bound"):
        measurement_invariance(people, by="country", loading_bound=0.0)
    with pytest.raises(SpecificationError, match="another kind"):
        compare_groups(compare_groups(found))
