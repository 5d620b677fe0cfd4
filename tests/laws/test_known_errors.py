"""Known errors: in other units they are refused, and no interval is narrower than they allow; against least squares."""

import numpy as np
import pandas as pd
import pytest

from valuestats import compare_laws, power_law
from valuestats.base.errors import SpecificationError

FEW = {"starts": 20, "replicates": 200}


def table(seed, *, units=6, each=5, error=0.03, noise=0.03, steep=0.25):
    """A law without floor, its outcomes with errors of 3% said and `noise` made."""
    rng = np.random.default_rng(seed)
    size = np.tile(np.geomspace(1e8, 1e11, each), units)
    y = 0.2 * (size / 1e9) ** -steep
    return pd.DataFrame(
        {
            "family": np.repeat([f"f{k}" for k in range(units)], each),
            "size": size,
            "miss": y * np.exp(noise * rng.normal(size=len(y))),
            "se": error * y,
        }
    )


@pytest.mark.parametrize("verb", [power_law, compare_laws])
def test_errors_in_per_cent_of_shares_are_refused(verb):
    frame = table(1).assign(per_cent=lambda d: 100 * d["se"])
    with pytest.raises(SpecificationError, match="known errors larger than the outcomes themselves"):
        verb(frame, "miss", "size", error="per_cent", **FEW)
    verb(frame, "miss", "size", error="se", **FEW)


def test_errors_that_the_outcomes_vary_too_little_for_are_refused():
    """Errors of 60% about outcomes that vary by 3%: a hundred times less than their variance."""
    flat = table(2, steep=0.0, error=0.6)
    with pytest.raises(SpecificationError, match="known errors larger than the outcomes vary"):
        power_law(flat, "miss", "size", floor=False, error="se", **FEW)


def test_right_errors_are_never_refused():
    """Flat outcomes that vary by nothing but their errors: the least that can be."""
    for seed in range(200):
        frame = table(seed, units=1, each=6, steep=0.0)
        power_law(frame, "miss", "size", floor=False, error="se", starts=2, replicates=0)


def test_intervals_are_at_least_those_of_the_known_errors():
    """Outcomes that happen to lie a tenth as far from their law as errors say: weighted least squares of logs by hand."""
    frame = table(3, noise=0.003)
    found = power_law(frame, "miss", "size", floor=False, error="se", unit="family", **FEW)
    u = np.log(frame["size"]) - np.log(frame["size"]).mean()
    least = 0.03 / np.sqrt((u**2).sum())
    row = found.estimates.set_index("parameter").loc["exponent"]
    assert row["std_error"] == pytest.approx(least, rel=0.02)
    assert (row["upper"] - row["lower"]) / 2 == pytest.approx(2.5706 * least, rel=0.02)  # t with 5 degrees
    draws = found.draws["bootstrap"].to_dataset()
    drawn = draws[next(iter(draws.data_vars))].sel(parameter="exponent").to_numpy().ravel()
    assert np.quantile(drawn, 0.975) == pytest.approx(row["upper"], abs=0.3 * least)
    assert any("known errors alone allow no narrower interval" in said for said in found.meta["warnings"])
    without = power_law(frame, "miss", "size", floor=False, unit="family", **FEW).estimates
    assert without.set_index("parameter").loc["exponent", "std_error"] < 0.3 * least


def test_scatter_beyond_the_errors_leaves_intervals_as_they_are():
    frame = table(4, noise=0.1)
    said, unsaid = (
        power_law(frame, "miss", "size", floor=False, error=e, unit="family", **FEW) for e in ("se", None)
    )
    assert not any("known errors" in w for w in said.meta["warnings"])
    assert said.estimates["std_error"].to_numpy() == pytest.approx(
        unsaid.estimates["std_error"].to_numpy(), rel=0.05
    )
