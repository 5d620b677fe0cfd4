"""Chains that did not pass the gate go on from where they stand, and only then is another engine tried."""

import numpy as np
import pandas as pd
import pytest

from valuestats import Sampling, fit_choice, fit_ordinal, option_curves, pair_choices, value_profile
from valuestats.latent import engines
from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.gate import Gate, needs_more
from valuestats.latent.hmc import sample_whitened
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression import profile_engines
from valuestats.regression.simulate import simulate_answers

SIX_ITEMS = np.array([[3, 9], [10, 2], [6, 6], [1, 11], [8, 4], [5, 7]], dtype=float)
LENIENT = {"max_rhat": 1.2, "max_divergences": 100, "min_predictive_p": 0.0}
NEVER = Gate(min_ess_bulk=1e6, **LENIENT)


@pytest.fixture
def sampled(monkeypatch):
    """No posterior is taken from the Laplace engine."""
    monkeypatch.setattr(engines, "TRY_UP_TO", -1)


def test_chains_that_go_on_are_those_of_one_long_run():
    design = LatentDesign(
        counts=SIX_ITEMS,
        group=np.zeros(6, dtype=np.int64),
        sets=1,
        terms={"item": index_term(np.arange(6), 6)},
        blocks=(
            Block("item", "item", None, (6,), 1.0, (Scale("sd"),), leaf=True),
            Block("shares", "thresholds", None, (1,), 1.5),
        ),
        hypers=(Hyper("sd", 1, "half_normal", 1.0),),
    )
    posterior = LatentPosterior(design)
    fit = fit_laplace(posterior)
    long = sample_whitened(posterior, fit, draws=120, tune=60, seed=2)
    first = sample_whitened(posterior, fit, draws=30, tune=60, seed=2)
    twice = first.more()
    found = twice.more()
    assert [d.x.shape[2] for d in (first, twice, found)] == [30, 60, 120]
    for name in ("x", "phi", "diverging"):
        np.testing.assert_array_equal(getattr(found, name), getattr(long, name))
    assert (found.gradients, found.step_size) == (long.gradients, long.step_size)
    assert found.accept == pytest.approx(long.accept, abs=1e-12)


def answers():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"model": np.repeat(["a", "b"], 60), "item": np.tile(np.arange(30), 4)})
    latent = (frame["model"] == "b") + rng.logistic(size=120)
    return frame.assign(answer=1 + np.digitize(latent, [-1, 1]))


def by_ordinal(engine, gate, draws):
    fit = fit_ordinal("answer ~ model + (1|item)", answers(), engine=engine, progress=False,
                      sampling=Sampling(draws=draws, tune=60, gate=gate))  # fmt: skip
    return fit.result


def by_choice(engine, gate, draws):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"option_a": ["x", "y", "z"] * 20, "option_b": ["y", "z", "x"] * 20})
    frame["winner"] = rng.choice(["a", "b"], 60)
    fit = fit_choice("utility ~ 0 + option", pair_choices(frame), engine=engine,
                     sampling=Sampling(draws=draws, tune=60, gate=gate))  # fmt: skip
    return fit.result


def by_curves(engine, gate, draws):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"step": np.repeat([1.0, 2.0, 3.0, 4.0], 30), "answer": rng.choice(["p", "q"], 120)})
    return option_curves(frame, along="step", unit=None, engine=engine,
                         sampling=Sampling(draws=draws, tune=60, gate=gate))  # fmt: skip


@pytest.mark.parametrize("fitted", [by_ordinal, by_choice, by_curves])
def test_auto_doubles_the_draws_twice_at_most_and_an_engine_by_name_never(fitted, sampled):
    result = fitted("auto", NEVER, 40)
    assert result.meta["specification"]["draws"] == 160
    assert [f"on to {n}" in why for n, why in zip((80, 160), result.meta["fallback"][-2:], strict=True)] == [
        True
    ] * 2
    assert not result.passed
    assert len(result.draws["posterior"]["draw"]) == 4 * 160
    assert fitted("hmc", NEVER, 40).meta["specification"]["draws"] == 40


@pytest.mark.parametrize("fitted", [by_ordinal, by_choice, by_curves])
def test_draws_that_are_enough_are_left_alone(fitted, sampled):
    result = fitted("auto", Gate(min_ess_bulk=20, min_ess_tail=20, **LENIENT), 120)
    assert result.passed
    assert result.meta["specification"]["draws"] == 120


def test_a_profile_whose_longer_chains_fail_too_is_sampled_in_pymcs_form(sampled, monkeypatch):
    """One engine after the other, each with its reason."""
    asked = []

    def pymc(request, fallback):
        asked.append(fallback)
        return profile_engines.run_engine(request, "hmc")

    monkeypatch.setattr(profile_engines, "pymc_nuts", pymc)
    study = simulate_answers(n_models=3, n_items=12, n_values=3, n_prompts=4, items_per_cluster=1, seed=5)
    result = value_profile(study.responses.drop(columns="cluster"), study.keys, scale=(1, 6), thresholds="common",
                           sampling=Sampling(draws=25, tune=50, gate=NEVER), progress=False)  # fmt: skip
    assert [why.split(",")[0] for why in asked[0][1:]] == [
        "25 draws of each chain did not pass the gate",
        "50 draws of each chain did not pass the gate",
        "the whitened sampler's chains did not pass the gate",
    ]
    assert not result.passed


def test_what_more_draws_mend():
    limits = {"max_rhat": 1.01, "min_ess_bulk": 400.0, "min_ess_tail": 400.0}
    good = {"max_rhat": 1.0, "min_ess_bulk": 500.0, "min_ess_tail": 500.0, "thresholds": limits}
    assert not needs_more(good)
    assert not needs_more({**good, "divergences": 12, "predictive_p": 0.0})
    assert all(needs_more({**good, name: bad}) for name, bad in (
        ("max_rhat", 1.02), ("max_rhat", np.nan), ("min_ess_bulk", 399.0), ("min_ess_tail", 399.0),
    ))  # fmt: skip
