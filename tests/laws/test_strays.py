"""Families that follow a law of their own, rows that stand twice, outcomes that rise, and too few units for a test."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import compare_laws, power_law
from valuestats.laws.strays import stray_units


def families(seed, *, flat=False, families=6, each=7, shared=0.05, noise=0.02):
    """Distances that fall with size by one law, levels shared by family; the last family may not fall at all."""
    rng = np.random.default_rng(seed)
    rows = []
    for f in range(families):
        size = np.geomspace(2e8, 7e10, each) * rng.uniform(0.8, 1.25, each)
        curve = 0.2 + 0.25 * (size / 1e9) ** -0.35
        if flat and f == families - 1:
            curve = np.full(each, 0.42)
        y = curve * np.exp(shared * rng.normal() + noise * rng.normal(size=each))
        rows += [(f"family {f}", s, one) for s, one in zip(size, y, strict=True)]
    return pd.DataFrame(rows, columns=["family", "size", "distance"])


def reasons(result, aspect):
    return [r for r in result.verdict.reasons if r.aspect == aspect and r.sign != "sound"]


def given(residual):
    return lambda kept: residual


FEW = {"starts": 20, "replicates": 60}


def test_a_family_that_does_not_follow_is_named_and_no_other():
    found = power_law(families(1, flat=True), "distance", "size", unit="family", **FEW)
    assert set(found.meta["fits"][0]["strays"]) == {"family 5"}
    (said,) = reasons(found, "strays")
    assert said.text.startswith("family 5 (+")
    assert "units that follow another law" in found.verdict.sentence()
    assert reasons(power_law(families(1), "distance", "size", unit="family", **FEW), "strays") == []


def test_the_slope_is_that_of_the_family_s_own_residuals():
    frame = families(1, flat=True)
    found = power_law(frame, "distance", "size", unit="family", **FEW)
    points = pd.DataFrame(found.meta["points"]).assign(family=frame["family"].to_numpy())
    others = power_law(frame[frame["family"] != "family 5"], "distance", "size", **FEW)
    floor, log_a, exponent = others.estimates["estimate"]
    own = points[points["family"] == "family 5"]
    law = floor + np.exp(log_a) * own["size"] ** -exponent
    line = stats.linregress(np.log2(own["size"]), np.log(own["outcome"] / law))
    assert found.meta["fits"][0]["strays"]["family 5"] == pytest.approx(np.exp(line.slope) - 1, rel=1e-3)


def test_units_of_one_law_are_rarely_named():
    rng = np.random.default_rng(3)
    size, member = np.tile(np.arange(7.0), 6), np.repeat(np.arange(6), 7)
    named = sum(
        bool(stray_units(given(rng.normal(size=42) + rng.normal(size=6)[member]), size, member, 0.95))
        for _ in range(600)
    )
    assert named <= 0.05 * 600 + 3 * np.sqrt(0.05 * 0.95 * 600)  # three Monte Carlo errors


def test_units_of_few_points_or_one_size_and_one_unit_alone_are_not_tested():
    rng = np.random.default_rng(3)
    rising = np.tile(np.arange(3.0), 4)
    assert (
        stray_units(given(5 * rising + 0.01 * rng.normal(size=12)), rising, np.repeat(range(4), 3), 0.95)
        == {}
    )
    assert stray_units(given(rng.normal(size=8)), np.zeros(8), np.repeat([0, 1], 4), 0.95) == {}
    assert stray_units(given(np.arange(6.0)), np.arange(6.0), np.zeros(6, dtype=int), 0.95) == {}
    assert stray_units(given(np.zeros(8)), np.tile(np.arange(4.0), 2), np.repeat([0, 1], 4), 0.95) == {}


def test_rows_that_stand_twice_are_counted():
    frame = families(1)
    (said,) = reasons(power_law(pd.concat([frame, frame.head(3)]), "distance", "size", **FEW), "repeated")
    assert said.text == "3 rows stand twice, in every value"
    assert reasons(power_law(frame, "distance", "size", **FEW), "repeated") == []


def test_an_outcome_that_rises_is_told_to_be_turned():
    frame = families(1).assign(accuracy=lambda d: 1 - d["distance"])
    (said,) = reasons(power_law(frame, "accuracy", "size", **FEW), "rising")
    assert "pass its distance to the ceiling" in said.text
    assert reasons(power_law(frame, "distance", "size", **FEW), "rising") == []


def test_six_families_can_exclude_nothing_which_is_no_finding_of_a_flat_line():
    frame = families(2, noise=0.01)
    few = compare_laws(frame, "distance", "size", unit="family", starts=10, replicates=199)
    if not few.estimates["excluded"].any():
        assert {r.sign for r in few.verdict.reasons if r.aspect in ("flat", "effect")} == {"untested"}
        assert "could not be excluded" in few.sentence()
        assert "6 units can hardly exclude anything" in few.sentence()
    many = compare_laws(
        families(2, families=12, noise=0.01), "distance", "size", unit="family", starts=10, replicates=199
    )
    assert many.estimates.set_index("law").loc["power law", "excluded"]
    assert "a flat line is excluded" in many.sentence().lower()


def test_a_stray_family_is_named_in_the_sentence_and_ringed_in_the_figure():
    frame = families(1, flat=True)
    found = power_law(frame, "distance", "size", unit="family", **FEW)
    assert "and family 5 (+" in found.sentence()
    assert "strays from the law of the others" in found.sentence()
    layers = found.plot().to_dict()["layer"]
    data = found.plot().to_dict()["datasets"]
    ring = next(one for one in layers if one["mark"].get("filled") is False)
    outcomes = sorted(row["outcome"] for row in data[ring["data"]["name"]])
    own = frame[frame["family"] == "family 5"]["distance"]
    assert outcomes == pytest.approx(sorted(own))
    (label,) = (one for one in layers if one["mark"]["type"] == "text")
    (row,) = data[label["data"]["name"]]
    assert row["name"] == "strays: family 5"
    assert row["size"] == pytest.approx(frame[frame["family"] == "family 5"]["size"].max())
    none = power_law(families(1), "distance", "size", unit="family", **FEW)
    assert len(none.plot().to_dict()["layer"]) == 2
    assert "stray" not in none.sentence()


def test_families_that_are_not_said_to_be_units_are_told():
    frame = families(1, flat=True)
    found = power_law(frame, "distance", "size", **FEW)
    (said,) = reasons(found, "design")
    assert said.text == (
        "family names 6 groups of several points, which are taken as independent and not looked through for strays: "
        "pass unit='family'"
    )
    assert said.text in found.meta["warnings"]
    assert "family not taken as units" in found.sentence()
    for said_so in (
        power_law(frame, "distance", "size", unit="family", **FEW),
        power_law(frame, "distance", "size", by="family", **FEW),
        power_law(frame[["distance", "size"]], "distance", "size", **FEW),
    ):
        assert reasons(said_so, "design") == []
