"""Flat outcomes are no law, and a floor that is 0 in every resample has an upper end; against least squares and profiles."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from valuestats import power_law

FEW = {"starts": 40, "replicates": 100}


def flat(seed, *, units=8, each=6, noise=0.03):
    rng = np.random.default_rng(seed)
    size = np.tile(np.geomspace(1e8, 1e11, each), units)
    family = np.repeat([f"f{k}" for k in range(units)], each)
    return pd.DataFrame(
        {"family": family, "size": size, "loss": 0.5 * np.exp(noise * rng.normal(size=len(size)))}
    )


def falling(seed, *, bend, units=6, each=6, noise=0.02):
    """A power law without floor, steeper and steeper where `bend` is above 0."""
    frame = flat(seed, units=units, each=each, noise=noise)
    u = np.log(frame["size"] / 1e9)
    return frame.assign(loss=frame["loss"] * np.exp(-0.2 * u - bend * u**2))


@pytest.mark.parametrize("options", [{}, {"unit": "family"}, {"intervals": "profile"}, {"fit": "huber"}])
def test_a_flat_outcome_is_no_law(options):
    """A law that follows the last size alone had an exponent of -17.48 [-18.20, -16.76] over eight families."""
    found = power_law(flat(0), "loss", "size", **FEW, **options)
    assert found.meta["fits"][0]["flat"]["excluded"] is False
    assert set(found.verdict.rows["sign"]) == {"none"}
    assert found.sentence().startswith(
        "Loss: that it depends on size is no finding (as a straight line of logs"
    )
    assert "the floor is" not in found.sentence()


def test_a_flat_family_is_told_beside_one_that_falls():
    both = pd.concat([flat(1, units=3).assign(kind="flat"), falling(1, bend=0.0, units=3).assign(kind="law")])
    found = power_law(both, "loss", "size", by="kind", **FEW)
    signs = found.verdict.rows.set_index(["kind", "parameter"])["sign"]
    assert set(signs["flat"]) == {"none"}
    assert signs["law", "exponent"] != "none"


def test_the_straight_line_is_least_squares_of_logs():
    frame = flat(2)
    told = power_law(frame, "loss", "size", intervals="profile", **FEW).meta["fits"][0]["flat"]
    fit = sm.OLS(np.log(frame["loss"]), sm.add_constant(-np.log(frame["size"]))).fit()
    assert told["exponent"][0] == pytest.approx(fit.params["size"])
    assert [told["lower"][0], told["upper"][0]] == pytest.approx(fit.conf_int().loc["size"].to_list())


def test_a_law_that_falls_early_excludes_a_flat_line():
    """One of ten sizes lies above the others: a straight line of logs has no slope for sure, the law is there."""
    size = np.geomspace(1e8, 1e12, 10)
    loss = (1 + 3 * (size / 1e8) ** -1.5) * np.exp(0.01 * np.random.default_rng(3).normal(size=10))
    found = power_law(pd.DataFrame({"size": size, "loss": loss}), "loss", "size", intervals="profile", **FEW)
    told = found.meta["fits"][0]["flat"]
    assert told["p_value"] < 1e-6
    assert told["excluded"] is True
    assert "takes" in found.sentence()


def test_flat_lines_are_rarely_excluded():
    excluded = [
        power_law(flat(seed), "loss", "size", unit="family", starts=10, replicates=20).meta["fits"][0][
            "flat"
        ]["excluded"]
        for seed in range(60)
    ]
    assert np.sum(excluded) <= 0.05 * 60 + 3 * np.sqrt(0.05 * 0.95 * 60)


def test_a_floor_of_no_resample_has_an_upper_end():
    """Steeper and steeper: no resample has a floor, and its interval was [0, 0]. The end is that of the profile."""
    frame = falling(4, bend=0.003)
    found = power_law(frame, "loss", "size", **FEW).estimates.iloc[0]
    profile = power_law(frame, "loss", "size", intervals="profile", **FEW).estimates.iloc[0]
    assert found["estimate"] == 0.0
    assert (found["lower"], found["interval"]) == (0.0, "profile likelihood")
    assert found["upper"] == pytest.approx(profile["upper"], rel=1e-3)
    assert 0.0 < found["upper"] < frame["loss"].min()
    by_unit = power_law(frame, "loss", "size", unit="family", **FEW).estimates.iloc[0]
    assert found["upper"] < by_unit["upper"] < frame["loss"].max()
    huber = power_law(frame, "loss", "size", unit="family", fit="huber", **FEW).estimates.iloc[0]
    assert np.isnan([huber["lower"], huber["upper"]]).all() or huber["upper"] > 0
