"""Trends: slopes by NumPy, orders of the steps by enumeration, and odd checkpoints that clusters do not see."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from valuestats import drift_trend
from valuestats.base.errors import SpecificationError
from valuestats.drift.simulate import course, draw_stances

LINE = np.linspace(0, 1, 6)


@pytest.fixture(scope="module")
def rising():
    return draw_stances(course(6, change=LINE), np.random.default_rng(1), topics=30)


def shares(frame):
    return pd.crosstab(frame["step"], frame["stance"], normalize="index")


def test_slopes_are_least_squares_of_the_shares(rising):
    found = drift_trend(rising, replicates=0).estimates.set_index("stance")
    seen = shares(rising)
    for stance in seen.columns:
        slope = np.polyfit(seen.index.to_numpy(dtype=float), seen[stance].to_numpy(), 1)[0]
        assert found.loc[stance, "estimate"] == pytest.approx(slope, abs=1e-12)
        assert found.loc[stance, "over"] == pytest.approx(500 * slope, abs=1e-9)


def test_the_chance_by_steps_is_that_of_all_orders(rising):
    found = drift_trend(rising, replicates=0).estimates.set_index("stance")
    seen = shares(rising)["support"].to_numpy()
    x = np.arange(6) - 2.5
    every = np.abs([np.dot(order, seen) for order in permutations(x)])
    expected = np.mean(every >= abs(x @ seen) - 1e-9)
    assert found.loc["support", "p_steps"] == pytest.approx(expected)


def test_a_line_is_a_trend_and_no_change_is_none(rising):
    result = drift_trend(rising, seed=1)
    assert "“support” by +" in result.sentence()
    assert result.verdict.rows.set_index("stance").loc["support", "sign"] == "sound"
    assert result.plot().to_dict()["layer"]
    still = drift_trend(draw_stances(course(6, shift=(0, 0, 0)), np.random.default_rng(2), topics=30))
    assert set(still.verdict.rows["sign"]) == {"none"}
    assert "none of 3 slopes" in still.sentence()


def test_an_odd_checkpoint_is_seen_by_the_order_of_the_steps_alone():
    """The last of six checkpoints is odd for all topics at once: flips of topics call it a trend, orders do not."""
    odd = course(6, change=[0, 0, 0, 0, 0, 1], shift=(-2, 0, 2))
    result = drift_trend(draw_stances(odd, np.random.default_rng(3), topics=60), seed=1)
    row = result.estimates.set_index("stance").loc["support"]
    assert row["p_value"] < 0.001
    assert row["p_steps"] > 0.05
    assert any("a random order of the steps" in r.text for r in result.verdict.reasons)


def test_two_steps_are_no_trend():
    with pytest.raises(SpecificationError, match="too few steps"):
        drift_trend(draw_stances(course(2), np.random.default_rng(0)))
