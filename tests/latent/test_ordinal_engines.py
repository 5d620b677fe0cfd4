"""Engines of the ordinal model: one posterior, degenerate answers, importance weights that tell a bad fit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from valuestats.base.errors import SpecificationError
from valuestats.base.threads import one_thread
from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.gate import Gate
from valuestats.latent.hmc import sample_whitened
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.nested_laplace import nested_laplace
from valuestats.latent.nuts import sample_nuts
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.sampling import Sampling
from valuestats.latent.shared_spreads import SharedSpreads
from valuestats.regression.profiles import value_profile
from valuestats.regression.simulate import simulate_answers

LENIENT = Gate(max_rhat=1.05, min_ess_bulk=100, min_ess_tail=100, max_divergences=5)
QUICK = {"sampling": Sampling(draws=200, tune=100, gate=LENIENT), "progress": False, "thresholds": "common"}


def one_effect(counts, items):
    """Two categories, items with a random effect: the posterior has one spread and can be integrated by hand."""
    return LatentDesign(
        counts=counts,
        group=np.zeros(items, dtype=np.int64),
        sets=1,
        terms={"item": index_term(np.arange(items), items)},
        blocks=(
            Block("item", "item", None, (items,), 1.0, (Scale("sd"),), leaf=True),
            Block("shares", "thresholds", None, (1,), 1.5),
        ),
        hypers=(Hyper("sd", 1, "half_normal", 1.0),),
    )


def mass_by_hand(counts, sds, cuts):
    """Posterior mass at spreads and thresholds by quadrature over each effect, ``(sds, cuts)``."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    eta = sds[:, None, None] * nodes
    below = 1.0 / (1.0 + np.exp(-(cuts[None, :, None] - eta)))
    log = -0.5 * sds[:, None] ** 2 - 0.5 * (cuts[None, :] / 1.5) ** 2
    for (low, high), items in zip(*np.unique(counts, axis=0, return_counts=True), strict=True):
        log = log + items * np.log((below**low * (1 - below) ** high) @ weights)
    mass = np.exp(log - log.max())
    return mass / mass.sum()


def by_hand(counts):
    """Posterior mean of the threshold and of the spread."""
    sds, cuts = np.linspace(0.005, 5, 300), np.linspace(-6, 6, 301)
    mass = mass_by_hand(counts, sds, cuts)
    return float((mass * cuts).sum()), float((mass * sds[:, None]).sum())


SIX_ITEMS = np.array([[3, 9], [10, 2], [6, 6], [1, 11], [8, 4], [5, 7]], dtype=float)


def are_near(drawn, design, cut_error, sd_error):
    cut, sd = by_hand(SIX_ITEMS)
    assert drawn.x[6].mean() == pytest.approx(-cut, abs=cut_error)
    spreads = np.exp(design.unconstrained(drawn.phi.reshape(1, -1)))
    assert spreads.mean() == pytest.approx(sd, abs=sd_error)


def test_laplace_and_few_draws_give_the_moments_of_quadrature():
    cut, sd = by_hand(SIX_ITEMS)
    cut = -cut  # the coordinate is the log share of the upper category against the lower
    design = one_effect(SIX_ITEMS, 6)
    posterior = LatentPosterior(design)
    fit = fit_laplace(posterior)
    weighted = nested_laplace(posterior, fit, draws=4096)
    assert weighted.pareto_k < 0.7
    spread = np.exp(design.unconstrained(weighted.phi))[0]
    # Monte Carlo errors of 4,000 near-independent draws, times four.
    assert weighted.x[6] @ weighted.weights == pytest.approx(cut, abs=0.04)
    assert spread @ weighted.weights == pytest.approx(sd, abs=0.03)
    # Some 400 draws that know less of each other than 150 independent ones.
    are_near(sample_whitened(posterior, fit, draws=100, tune=100, seed=2), design, 0.2, 0.2)
    are_near(sample_nuts(posterior, fit, draws=50, tune=50, seed=2, target_accept=0.9), design, 0.25, 0.25)


@pytest.mark.slow
def test_samplers_give_the_moments_of_quadrature():
    design = one_effect(SIX_ITEMS, 6)
    posterior = LatentPosterior(design)
    fit = fit_laplace(posterior)
    # A spread that six effects hardly tell from 0 has a sharp corner, where some trajectories diverge.
    whitened = sample_whitened(posterior, fit, draws=1500, tune=200, seed=2)
    nuts = sample_nuts(posterior, fit, draws=300, tune=100, seed=2, target_accept=0.9)
    for drawn, cut_error, sd_error, diverging in ((whitened, 0.05, 0.05, 0.005), (nuts, 0.1, 0.1, 0.02)):
        are_near(drawn, design, cut_error, sd_error)
        assert drawn.diverging.mean() < diverging


@pytest.fixture(scope="module")
def study():
    return simulate_answers(n_models=3, n_items=12, n_values=3, n_prompts=6, items_per_cluster=1, seed=8)


@pytest.fixture(scope="module")
def fits(study):
    return {
        e: value_profile(study.responses, study.keys, scale=(1, 6), engine=e, **QUICK)
        for e in ("laplace", "hmc")
    }


def test_the_engine_is_in_the_meta_and_the_estimates_agree(fits):
    laplace, hmc = fits["laplace"], fits["hmc"]
    assert laplace.meta["engine"] == "laplace"
    assert hmc.meta["engine"] == "hmc"
    assert laplace.meta["pareto_k"] < 0.7
    assert laplace.passed
    assert hmc.meta["pareto_k"] is None
    one, two = laplace.estimates, hmc.estimates
    sd = two["std_error"]
    # Monte Carlo errors of means and of quantiles of some 500 effective draws, times four.
    assert ((one["estimate"] - two["estimate"]).abs() / sd).max() < 0.2
    assert ((one["lower"] - two["lower"]).abs() / sd).max() < 0.5
    assert laplace.draws["posterior"]["expected_score"].dims == ("draw", "model", "value")


def test_hyperparameters_of_weighted_draws_fill_the_line():
    """They come from a grid of 13 points; drawn anew given the coefficients, their quantiles are the exact ones."""
    counts = np.array([[3, 9], [10, 2], [6, 6], [1, 11], [8, 4], [5, 7], [2, 2], [9, 1]], dtype=float)
    design = one_effect(counts, 8)
    posterior = LatentPosterior(design)
    fit = fit_laplace(posterior)
    weighted = nested_laplace(posterior, fit, draws=4096)
    with one_thread():
        exact = sample_whitened(posterior, fit, draws=8000, tune=300, seed=1).phi.ravel()
    assert len(np.unique(weighted.phi)) > 3000
    order = np.argsort(weighted.phi[0])
    cumulative = np.cumsum(weighted.weights[order])
    for level in (0.025, 0.25, 0.5, 0.75, 0.975):
        found = weighted.phi[0][order][np.searchsorted(cumulative, level)]
        # Error of a quantile of some 4,000 draws, in standard deviations, times four.
        assert found == pytest.approx(np.quantile(exact, level), abs=0.15 * exact.std())


def three_spreads(parts):
    """Counts with a spread and a threshold each that know nothing of one another: their posterior is a product."""
    sizes = [len(part) for part in parts]
    starts = np.cumsum([0, *sizes])
    terms, blocks, hypers = {}, [], []
    for n, (size, start) in enumerate(zip(sizes, starts, strict=False)):
        term = np.zeros((starts[-1], size))
        term[start : start + size] = np.eye(size)
        terms[f"t{n}"] = csr_array(term)
        blocks.append(Block(f"b{n}", f"t{n}", None, (size,), 1.0, (Scale(f"sd{n}"),)))
        hypers.append(Hyper(f"sd{n}", 1, "half_normal", 1.0))
    return LatentDesign(
        counts=np.concatenate(parts),
        group=np.repeat(np.arange(3), sizes),
        sets=3,
        terms=terms,
        blocks=(*blocks, Block("shares", "thresholds", None, (3,), 1.5)),
        hypers=tuple(hypers),
    )


def test_spreads_that_the_data_say_little_about_have_their_exact_quantiles():
    """Draws neither end at the last points of a grid of three hyperparameters nor gather at its points."""
    alike = np.tile([160.0, 240.0], (10, 1))
    known = np.column_stack([np.arange(1.0, 20.0), 20 - np.arange(1.0, 20.0)])
    few = np.array([[2.0, 1.0], [1.0, 2.0]] * 4)
    design = three_spreads([alike, known, few])
    posterior = LatentPosterior(design)
    found = []
    for seed in range(4):
        found.append(nested_laplace(posterior, fit_laplace(posterior, seed=seed), draws=8192, seed=seed))
        assert found[-1].pareto_k < 0.7
    for part, phi, largest, reach in ((alike, 0, 0.3, 0.3), (known, 1, 3.5, 3.0), (few, 2, 3.5, 6.0)):
        cuts = np.log(part[:, 0].sum() / part[:, 1].sum()) + np.linspace(-reach, reach, 151)
        sds = np.linspace(0, largest, 401)[1:]
        cumulative = np.cumsum(mass_by_hand(part, sds, cuts).sum(axis=1))
        spreads = [np.exp(design.unconstrained(f.phi))[phi] for f in found]
        for level in (0.025, 0.25, 0.5, 0.75, 0.975):
            end = np.interp(level, cumulative, sds)
            below = np.mean([f.weights[spread < end].sum() for f, spread in zip(found, spreads, strict=True)])
            # Four Monte Carlo errors of a share of some 16,000 effective draws.
            assert below == pytest.approx(level, abs=4 * (level * (1 - level) / 16_000) ** 0.5), (phi, level)


def test_density_of_hyperparameters_given_coefficients_is_that_of_the_posterior(study):
    from valuestats.regression.cells import build_design
    from valuestats.regression.profile_design import latent_design

    latent = latent_design(build_design(study.responses, study.keys, scale=(1, 6)))
    posterior, rng = LatentPosterior(latent), np.random.default_rng(1)
    x, phi = rng.normal(size=(latent.size, 3)), rng.normal(size=(latent.hyper_size, 3))
    moved = phi + 0.3
    density = SharedSpreads(latent).density(x)
    change = density(moved, latent.unconstrained(moved)) - density(phi, latent.unconstrained(phi))
    whole = posterior.log_density(x, moved)[0] - posterior.log_density(x, phi)[0]
    assert change == pytest.approx(whole, rel=1e-9)
    assert posterior.log_values(x, phi) == pytest.approx(posterior.log_density(x, phi)[0], rel=1e-10)


def test_values_of_many_columns_are_those_of_a_few():
    """Beyond some 200,000 cells x columns they are made in parts, by threads."""
    posterior, rng = LatentPosterior(one_effect(np.tile([3.0, 4.0], (40, 1)), 40)), np.random.default_rng(4)
    x = rng.normal(size=(posterior.design.size, 6_000))
    np.testing.assert_allclose(posterior.log_likelihoods(x), posterior.log_likelihood(x)[0], rtol=1e-12)


@pytest.mark.parametrize("leaf", [True, False])
def test_mode_of_a_spread_near_zero_is_the_same_for_all_seeds(leaf):
    """With variances from draws, one seed in eight saw the coefficients closer together than the prior holds them."""
    design = one_effect(np.tile([40.0, 60.0], (30, 1)), 30)
    if not leaf:
        design = replace(design, blocks=(replace(design.blocks[0], leaf=False), design.blocks[1]))
    modes = [fit_laplace(LatentPosterior(design), seed=s).phi[0] for s in range(12)]
    assert np.ptp(modes) < 0.02
    assert np.exp(design.unconstrained(np.array([[modes[0]]])))[0, 0] > 0.01


def test_hyperparameters_follow_a_move_of_any_one_coordinate(study):
    from valuestats.latent.design import Hyper, LatentDesign

    hypers = (
        Hyper("centre", 1, "normal", 0.5),
        Hyper("spread", 1, "normal", 0.3),
        Hyper("each", 3, "around", centre="centre", spread="spread"),
        Hyper("sd", 2, "gamma_two", 1.0),
    )
    item = index_term(np.array([0, 1, 2]), 3)
    blocks = (
        Block("a", "item", None, (3,), 1.0, (Scale("each", np.array([0, 1, 2])),)),
        Block("b", "item", None, (3,), 2.0, (Scale("sd", np.array([1, 0, 1])),)),
    )
    latent = LatentDesign(np.ones((3, 3)), np.zeros(3, dtype=int), 1, {"item": item}, blocks, hypers)
    phi = np.random.default_rng(2).normal(size=(7, 4))
    u = latent.unconstrained(phi)
    x = np.random.default_rng(3).normal(size=(latent.size, 4))
    for axis in range(7):
        moved = phi.copy()
        moved[axis] += 0.7
        other = latent.moved(moved, u, axis)
        np.testing.assert_allclose(other, latent.unconstrained(moved), rtol=1e-14)
        expected = x * np.exp(latent.log_sd(other) - latent.log_sd(u))
        np.testing.assert_allclose(latent.stretched(x, u, other, axis), expected, rtol=1e-12)


def test_auto_takes_laplace_where_it_may_and_says_why_where_not(study, monkeypatch):
    from valuestats.latent import engines as latent_engines

    taken = value_profile(study.responses, study.keys, scale=(1, 6), **QUICK)
    assert taken.meta["engine"] == "laplace"
    assert taken.meta["fallback"] == []
    monkeypatch.setattr(latent_engines, "MAX_PARETO_K", -10.0)
    turned = value_profile(study.responses, study.keys, scale=(1, 6), **QUICK)
    assert turned.meta["engine"] in ("hmc", "nuts")
    assert "Pareto k" in turned.meta["fallback"][0]
    asked = value_profile(study.responses, study.keys, scale=(1, 6), engine="laplace", **QUICK)
    assert not asked.passed
    assert any("Pareto k" in reason for reason in asked.meta["gate"]["reasons"])


@pytest.mark.parametrize("engine", ["laplace", "hmc"])
@pytest.mark.parametrize("kind", ["all equal", "never used", "separated", "two", "eleven", "one model"])
def test_degenerate_answers(study, engine, kind):
    frame, scale = study.responses, (1, 6)
    answer = frame["answer"].astype(int)
    if kind == "all equal":
        frame = frame.assign(answer=4)
    elif kind == "never used":
        frame = frame.assign(answer=answer.replace(3, 4))
    elif kind == "separated":
        keyed = frame["item"].map(study.keys.set_index("item")["dimension"])
        frame = frame.assign(answer=np.where(keyed == "value 01", 6, 1))
    elif kind == "two":
        frame, scale = frame.assign(answer=(answer > 3).astype(int)), (0, 1)
    elif kind == "eleven":
        frame, scale = frame.assign(answer=2 * answer - 2), (0, 10)
    else:
        frame = frame[frame["model"] == "model 01"]
    found = value_profile(frame, study.keys, scale=scale, engine=engine, **QUICK)
    estimates = found.estimates
    assert np.isfinite(estimates[["estimate", "lower", "upper", "expected_score"]].to_numpy()).all()
    assert estimates["expected_score"].between(*scale).all()
    if kind == "all equal":
        assert (estimates["lower"] < 0).all()
        assert (estimates["upper"] > 0).all()
        assert (estimates["expected_score"] - 4).abs().max() < 0.5
    if kind == "separated":
        assert estimates.groupby("model")["estimate"].idxmax().map(estimates["value"]).eq("value 01").all()


def test_an_unknown_engine_and_too_little_to_sample_are_refused(study):
    with pytest.raises(SpecificationError, match="no such engine"):
        value_profile(study.responses, study.keys, engine="stan")
    with pytest.raises(SpecificationError, match="impossible draws"):
        value_profile(study.responses, study.keys, sampling=Sampling(draws=0))
    with pytest.raises(SpecificationError, match="no valid answer"):
        value_profile(study.responses.assign(answer=pd.NA, status="refusal"), study.keys)
