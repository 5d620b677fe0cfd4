"""Waves: a missing one is no step, and their order is that of time; against simulated truth and data that lack nothing."""

import numpy as np
import pandas as pd
import pytest

from valuestats import opinion_dynamics, opinion_forecast, simulate_ego_networks
from valuestats.base.errors import SpecificationError
from valuestats.opinions.panel import steps_of
from valuestats.opinions.waves import waves_of

DEGROOT = {"rule": "degroot", "permutations": 0, "draws": 500}


@pytest.fixture(scope="module")
def four():
    return simulate_ego_networks(people=120, rule="degroot", influence=0.4, waves=4, noise=0.02, seed=5)


def test_a_missing_wave_is_not_taken_for_a_step(four):
    """Two updates move 1 - .6 ** 2 = .64 of the way: taken for one, they would pull .4 up."""
    panel, ties = four
    gap = panel[panel["wave"] != 2]
    found = opinion_dynamics(gap, ties, **DEGROOT)
    near = opinion_dynamics(panel[panel["wave"] < 2], ties, **DEGROOT)
    row = found.estimates.iloc[0]
    assert row["lower"] < 0.4 < row["upper"]
    pd.testing.assert_frame_equal(found.estimates, near.estimates)
    assert row["n_asked"] == 120
    said = "changes from wave 1 to 3 span more than one step and are left out"
    assert said in found.meta["warnings"]
    assert said in found.sentence()


def test_a_forecast_leaves_them_out_as_well(four):
    panel, ties = four
    found = opinion_forecast(
        panel[panel["wave"] != 2], ties, rules=["degroot"], support_vector=False, replicates=50
    )
    assert found.estimates["n_asked"].iloc[0] == 120
    assert "span more than one step" in found.sentence()


def test_friedkin_and_johnsens_first_opinion_is_that_of_the_first_wave(four):
    panel, ties = four
    steps = steps_of(panel[panel["wave"] != 1], ties, from_first=True)
    first = panel[(panel["wave"] == 0) & panel["person"].str.startswith("ego")]["opinion"]
    now = panel[(panel["wave"] == 2) & panel["person"].str.startswith("ego")]["opinion"]
    np.testing.assert_array_equal(steps.first, first)
    np.testing.assert_array_equal(steps.now, now)


@pytest.mark.parametrize(
    ("names", "order", "skipped"),
    [
        ([0, 1, 2], (0, 1, 2), []),
        ([2010, 2015, 2020], (0, 1, 2), []),
        ([0, 1, 3, 4], (0, 1, 2, 3), ["1 to 3"]),
        (["8", "9", "10"], (0, 1, 2), []),
        (["w9", "w11", "w10"], (0, 2, 1), []),
        (["2026-01", "2026-02", "2026-03", "2026-06"], (0, 1, 2, 3), ["2026-03 to 2026-06"]),
        (pd.to_datetime(["2026-01-31", "2026-02-28", "2026-03-31"]), (0, 1, 2), []),
        (
            pd.Categorical(["before", "after"], categories=["before", "after"], ordered=True),
            (0, 1),
            [],
        ),
    ],
)
def test_the_order_of_waves_is_that_of_time(names, order, skipped):
    found = waves_of(pd.Series(names))
    assert tuple(found.code) == order
    assert found.skipped == skipped


def test_the_alphabet_is_no_time():
    """'after' stands before 'before'."""
    panel, ties = simulate_ego_networks(people=20, seed=1)
    named = panel.assign(wave=panel["wave"].map({0: "before", 1: "after"}))
    with pytest.raises(SpecificationError, match="no order in time"):
        opinion_dynamics(named, ties)
