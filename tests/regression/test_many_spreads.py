"""A spread for each of many groups: more hyperparameters than the Laplace engine takes, sampled by the whitened engine."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.sparse import csr_array
from scipy.special import log_expit, logsumexp

from valuestats.base.threads import one_thread
from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.hmc import sample_whitened
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.likelihoods.families import count_derivatives
from valuestats.latent.likelihoods.logit_slopes import LogitSlopes
from valuestats.latent.likelihoods.ordinal_passes import compiled_pass
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.sparse_times import sparse_times
from valuestats.regression.cells import build_design
from valuestats.regression.profile_engines import Request, run_engine
from valuestats.regression.simulate import simulate_answers
from valuestats.regression.structure import OrdinalPriors, structure_of

GROUPS, ITEMS, REPEATS = 18, 40, 8


def many_groups(counts, *, centred):
    """Two categories; each group has its own threshold and its own spread of its items, and spreads a normal law."""
    own = np.repeat(np.arange(GROUPS), ITEMS)
    return LatentDesign(
        counts=counts,
        group=own,
        sets=GROUPS,
        terms={"item": index_term(np.arange(GROUPS * ITEMS), GROUPS * ITEMS)},
        blocks=(
            Block("item", "item", None, (GROUPS, ITEMS), 1.0, (Scale("log_sd", own),), leaf=True),
            Block("shares", "thresholds", None, (GROUPS,), 1.5),
        ),
        hypers=(
            Hyper("centre", 1, "normal", 1.0),
            Hyper("spread", 1, "half_normal", 0.5),
            Hyper("log_sd", GROUPS, "around", centre="centre", spread="spread", centred=centred),
        ),
    )


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(4)
    sds = np.exp(rng.normal(0.1, 0.4, GROUPS))
    eta = sds[:, None] * rng.normal(size=(GROUPS, ITEMS))
    upper = rng.binomial(REPEATS, 1 / (1 + np.exp(rng.normal(0, 1, (GROUPS, 1)) - eta))).ravel().astype(float)
    return np.column_stack([REPEATS - upper, upper])


def by_hand(counts):
    """Mean and standard deviation of centre, log spread and each log sd: quadrature over effects, thresholds and log sds."""
    log_sd, cuts = np.linspace(-3.5, 3.0, 131), np.linspace(-6, 6, 61)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    z = cuts[None, :, None] - np.exp(log_sd)[:, None, None] * nodes
    below, above = log_expit(z), log_expit(-z)
    items = np.stack([low * below + (REPEATS - low) * above for low in range(REPEATS + 1)])
    items = logsumexp(
        items + np.log(weights), axis=-1
    )  # of an item with so many answers in the lower category
    low = counts[:, 0].reshape(GROUPS, ITEMS).astype(int)
    number = np.stack([(low == k).sum(axis=1) for k in range(REPEATS + 1)], axis=1)
    likelihood = logsumexp(np.einsum("mk,kuc->muc", number, items) - 0.5 * (cuts / 1.5) ** 2, axis=-1)
    centre, spread = np.linspace(-1.2, 1.4, 66), np.linspace(0.02, 1.6, 80)
    c, s = centre[:, None, None], spread[None, :, None]
    prior = -0.5 * ((log_sd - c) / s) ** 2 - np.log(s)
    prior -= logsumexp(prior, axis=-1, keepdims=True)  # on the grid
    joint = prior[None] + likelihood[:, None, None]
    each = logsumexp(joint, axis=-1)
    log = each.sum(axis=0) - 0.5 * centre[:, None] ** 2 - 0.5 * (spread[None] / 0.5) ** 2
    mass = np.exp(log - logsumexp(log))
    given = np.exp(joint - each[..., None])
    found = [(mass.sum(axis=1), centre), (mass.sum(axis=0), np.log(spread))]
    found += [(np.einsum("cs,csu->u", mass, own), log_sd) for own in given]
    mean = np.array([p @ at for p, at in found])
    return mean, np.sqrt([p @ (at - m) ** 2 for (p, at), m in zip(found, mean, strict=True)])


def test_the_sampler_gives_the_moments_of_quadrature(counts):
    mean, sd = by_hand(counts)
    design = many_groups(counts, centred=True)
    posterior = LatentPosterior(design)
    with one_thread():
        drawn = sample_whitened(posterior, fit_laplace(posterior), draws=1000, tune=200, seed=3)
    u = design.unconstrained(drawn.phi.reshape(design.hyper_size, -1)).reshape(drawn.phi.shape)
    assert not drawn.diverging.any()
    # Four Monte Carlo errors, as the draws themselves tell them: a spread near 0 has a long tail, and few draws in it.
    errors = {m: np.array([array_stats.mcse(each, method=m) for each in u]) for m in ("mean", "sd")}
    assert (errors["mean"] / sd).max() < 0.06
    assert (np.abs(u.mean(axis=(1, 2)) - mean) / errors["mean"]).max() < 4.0
    assert (np.abs(u.std(axis=(1, 2)) - sd) / errors["sd"]).max() < 4.0


def test_centred_spreads_have_the_same_posterior(counts):
    """The two densities differ by the Jacobian of ``u = centre + exp(spread) t`` only."""
    plain, centred = (LatentPosterior(many_groups(counts, centred=c)) for c in (False, True))
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(plain.design.size, 3)), rng.normal(size=(plain.design.hyper_size, 3))
    u = plain.design.unconstrained(t)
    phi = t.copy()
    phi[2:] = u[2:]
    one, two = plain.log_density(x, t)[0], centred.log_density(x, phi)[0]
    np.testing.assert_allclose(one - two, GROUPS * u[1], rtol=0, atol=1e-8)
    step = 1e-6
    gradient = centred.log_density(x, phi)[2]
    for axis in (0, 1, 2, 7):
        away = step * np.eye(len(phi))[:, [axis]]
        slope = (centred.log_density(x, phi + away)[0] - centred.log_density(x, phi - away)[0]) / (2 * step)
        np.testing.assert_allclose(gradient[axis], slope, rtol=1e-5, atol=1e-4)


def test_many_models_with_many_items_take_the_whitened_sampler():
    study = simulate_answers(n_models=12, n_items=100, n_values=4, n_prompts=2, items_per_cluster=2, seed=5)
    design = build_design(study.responses, study.keys, scale=(1, 6))
    parts = structure_of(design)
    request = Request(design, "logit", "model", OrdinalPriors(), parts, draws=20, tune=40, seed=1)
    fit = run_engine(request, "auto")
    assert fit.engine == "hmc"
    assert "too many for the Laplace engine" in fit.record["fallback"][0]


@pytest.mark.parametrize("sets", [1, 3])
def test_slopes_are_those_of_the_compiled_pass(sets):
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 4, (50, 5)).astype(float)
    group = np.sort(rng.integers(0, sets, 50))
    cut, eta = np.sort(rng.normal(size=(3, sets, 4))), rng.normal(size=(3, 50))
    fast = LogitSlopes(counts, group, sets)
    value, *slopes = fast(cut, eta)
    for chain in range(3):
        expected = compiled_pass("logit")(cut[chain], eta[chain], counts, group)
        assert value[chain] == pytest.approx(float(expected[0]))
        for found, one, by in zip(slopes, fast.slopes(cut, eta), expected[1:], strict=True):
            np.testing.assert_allclose(found[chain], by, atol=1e-10)
            np.testing.assert_array_equal(found[chain], one[chain])


@pytest.mark.parametrize("sets", [1, 3])
@pytest.mark.parametrize("away", [1.0, 40.0])
def test_bends_are_the_second_derivatives_of_counted_cells(sets, away):
    rng = np.random.default_rng(6)
    counts = rng.integers(0, 4, (50, 5)) * (rng.random((50, 5)) < 0.6).astype(float)
    counts[:, 2] = 0.0
    group = np.sort(rng.integers(0, sets, 50))
    cut, eta = np.sort(rng.normal(size=(sets, 4))), away * rng.normal(size=50)
    d_cut, by_cell, bent = LogitSlopes(counts, group, sets).bends(cut, eta)
    wanted = count_derivatives(counts, cut, eta, group)
    np.testing.assert_allclose(d_cut, wanted.d_cut, atol=1e-10)
    np.testing.assert_allclose(by_cell, -wanted.d_eta_cut, atol=1e-10)
    np.testing.assert_allclose(by_cell.sum(axis=1), wanted.d_eta_eta, atol=1e-10)
    np.testing.assert_allclose(bent, -wanted.d_cut_cut, rtol=1e-9, atol=1e-9)


def test_far_locations_keep_a_finite_likelihood(counts):
    posterior = LatentPosterior(many_groups(counts, centred=True))
    x = np.zeros((posterior.design.size, 1))
    x[: GROUPS * ITEMS] = 800.0
    assert np.isfinite(posterior.log_likelihood(x)[0]).all()


def test_sparse_times_is_the_product():
    rng = np.random.default_rng(3)
    matrix = csr_array(rng.normal(size=(20, 30)) * (rng.random((20, 30)) < 0.2))
    for columns in (1, 4, 7, 40):
        dense = rng.normal(size=(30, columns))
        np.testing.assert_allclose(sparse_times(matrix, dense), matrix.toarray() @ dense, atol=1e-12)
