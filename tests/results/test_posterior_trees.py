"""Posterior draws of results as ArviZ reads them."""

import arviz_stats
import numpy as np
import pandas as pd
import pytest

from valuestats import reliability, value_profile
from valuestats.base.errors import SpecificationError


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(1)
    rows = [
        (model, f"{value}{i}", epoch, code)
        for model, lean in (("a", 1), ("b", -1))
        for value, sign in (("care", 1), ("power", -1))
        for i in range(6)
        for epoch, code in enumerate(np.digitize(rng.logistic(lean * sign, size=5), [-1, 1]))
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "epoch", "answer"]).assign(status="valid")
    return frame, pd.DataFrame({"item": frame["item"].unique()}).assign(
        dimension=lambda f: f["item"].str[:-1]
    )


@pytest.mark.parametrize("engine", ["laplace", pytest.param("hmc", marks=pytest.mark.slow)])
def test_a_value_profile_has_its_chains_apart(answers, engine):
    result = value_profile(*answers, engine=engine, seed=1, progress=False)
    posterior = result.to_datatree()["posterior"]
    assert posterior["estimate"].dims == ("chain", "draw", "model", "value")
    assert posterior.sizes["chain"] == 4
    stacked = result.replicates().to_numpy()
    np.testing.assert_array_equal(posterior["estimate"].to_numpy().reshape(stacked.shape), stacked)
    summary = arviz_stats.summary(
        result.to_datatree(), var_names=["estimate", "expected_score"], round_to="none"
    )
    row = result.estimates.set_index(["model", "value"]).loc[("a", "care")]
    assert float(summary.loc["estimate[a, care]", "mean"]) == pytest.approx(row["estimate"], abs=1e-6)
    assert float(summary["r_hat"].astype(float).max()) == pytest.approx(
        result.meta["gate"]["max_rhat"], abs=1e-6
    )


def test_replicates_are_no_posterior():
    rows = [(p, i, r) for p, own in enumerate([(1, 2, 1), (3, 3, 4), (5, 4, 5)]) for i, r in enumerate(own)]
    people = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    for replicates in (0, 50):
        found = reliability(people, coefficients=["alpha"], replicates=replicates)
        with pytest.raises(SpecificationError, match="of posterior draws"):
            found.to_datatree()
