"""What the gate looks at."""

import numpy as np
import pytest
import xarray as xr
from arviz_base import rc_context
from arviz_stats import ess

from valuestats.latent.gate import worst_of_each


@pytest.fixture
def tree():
    rng = np.random.default_rng(3)
    steps = rng.standard_t(4, size=(4, 500))
    for draw in range(1, 500):
        steps[:, draw] += 0.6 * steps[:, draw - 1]
    posterior = xr.Dataset({"a": (("chain", "draw"), steps)})
    return xr.DataTree(children={"posterior": xr.DataTree(posterior)})


def test_tails_are_the_fifth_and_the_ninety_fifth_percentile_whatever_arviz_is_set_to(tree):
    draws = tree["posterior"]["a"].to_numpy()
    expected = min(ess(draws, method="quantile", prob=prob) for prob in (0.05, 0.95))
    for level in (0.5, 0.94):
        with rc_context({"stats.ci_prob": level}):
            assert worst_of_each(tree, ["a"])["a"]["min_ess_tail"] == pytest.approx(expected, rel=1e-12)
