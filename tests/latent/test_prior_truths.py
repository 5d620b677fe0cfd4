"""The truths of simulation-based calibration come from the priors that the fits use."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from valuestats.latent.likelihoods import rates as multilevel_rates
from valuestats.latent.likelihoods import shares as multilevel_shares
from valuestats.missing.refusal_rates import refusal_rates
from valuestats.regression.effects_draws import LINK_SCALE, EffectPriors

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LEAST_P = 1e-4


@pytest.fixture
def program(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setitem(sys.modules, "sbc_records", importlib.import_module("sbc_records"))
    return importlib.import_module


@pytest.mark.filterwarnings("ignore:PyTensor could not link")
def test_truths_of_the_formula_have_the_stated_priors(program):
    """Closed forms: normal, half-normal, LKJ (a correlation of two is a stretched beta), uniform simplex."""
    import pytensor

    formula_sbc = program("formula_sbc")
    priors, size = EffectPriors(), 600
    found = {}
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        for label in ("correlated slopes, few answers", "monotonic", "unequal variances, probit"):
            found[label] = formula_sbc.prior_truths(*formula_sbc.template(label), size, seed=5)
    slopes, steps = found["correlated slopes, few answers"], found["monotonic"]
    unequal = found["unequal variances, probit"]
    assert slopes.size == size
    half_normal = stats.halfnorm(scale=priors.group)
    lkj = stats.beta(priors.lkj, priors.lkj, loc=-1, scale=2)
    checks = [
        (slopes.sds[0][:, 0], half_normal.cdf),
        (slopes.sds[0][:, 1], half_normal.cdf),
        (slopes.correlations[0][:, 1, 0], lkj.cdf),
        (slopes.effects[0][:, 3, 1] / slopes.sds[0][:, 1], stats.norm.cdf),
        (steps.monotonic[:, 0], stats.norm(scale=priors.effect).cdf),
        (steps.steps[0][:, 1] + 0.5, stats.beta(1, 2).cdf),  # a share of three on the uniform simplex
        (unequal.disc[:, 1], stats.norm(scale=priors.disc).cdf),
        (unequal.beta[:, 0], stats.norm(scale=priors.effect * LINK_SCALE["probit"]).cdf),
    ]
    for values, cdf in checks:
        assert stats.kstest(values, cdf).pvalue > LEAST_P


def test_rates_with_hardly_an_answer_give_the_prior_back():
    """One answer says next to nothing, so the posterior is the prior that `multilevel_sbc` draws from."""
    spread_sd = inspect.signature(refusal_rates).parameters["spread_sd"].default
    levels = np.array([[0], [1]])
    spreads = []
    for seed in range(8):
        found = multilevel_rates.multilevel_rates(
            np.array([float(seed % 2), 0.0]), np.array([1.0, 0.0]), levels, [2],
            spread_sd=spread_sd, draws=200, rng=np.random.default_rng(seed),
        )  # fmt: skip
        spreads.append(found.scales[:, 0])
    median = stats.halfnorm(scale=spread_sd).median()
    assert np.median(spreads) == pytest.approx(median, rel=0.2)


def test_shares_with_hardly_an_answer_give_the_prior_back():
    """Of two options the logit's prior standard deviation is sqrt(2) times an intercept's; scales add little."""
    logits = []
    for seed in range(6):
        found = multilevel_shares.multilevel_shares(
            np.array([[float(seed % 2), float(1 - seed % 2)], [0.0, 0.0]]),
            np.array([[0], [1]]), 400, np.random.default_rng(seed),
        )  # fmt: skip
        logits.append(np.log(found.draws[:, 1, 0]) - np.log(found.draws[:, 1, 1]))
    wide = np.sqrt(2 * (multilevel_shares.INTERCEPT_SD**2 + 0.5 * multilevel_shares.SCALE_SD**2))
    assert np.std(logits) == pytest.approx(wide, rel=0.1)
