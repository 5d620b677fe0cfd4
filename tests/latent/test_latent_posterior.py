"""The declared latent model: the same density as PyMC's, exact derivatives, exact conditional mode."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.design import HYPER_PRIORS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.cells import build_design
from valuestats.regression.profile_design import latent_design
from valuestats.regression.simulate import simulate_answers

SAME = 1e-8  # sums of some hundred terms in double precision, relative


def design_of(n_models=3, effects=("wording",), n_prompts=3, n_items=9, **sizes):
    study = simulate_answers(
        n_models=n_models, n_items=n_items, n_values=3, n_prompts=n_prompts, seed=4, **sizes
    )
    responses = study.responses.iloc[:-2]  # an empty cell
    return build_design(responses, study.keys, scale=(1, 6), effects=effects)


CASES = [
    ({}, {}),
    ({"effects": ()}, {"link": "probit"}),
    ({"effects": (), "n_prompts": 60}, {}),
    ({"items_per_cluster": 1, "effects": ()}, {"thresholds": "common"}),
    ({"n_models": 1}, {}),
    ({"n_models": 2, "n_prompts": 1, "effects": ()}, {"link": "probit"}),
]


def coordinate(hyper, u):
    """The standard normal coordinate of a hyperparameter, by SciPy's distributions."""
    if hyper.prior == "normal":
        return u / hyper.scale
    cdf = {
        "half_normal": stats.halfnorm(scale=hyper.scale),
        "gamma_two": stats.gamma(2, scale=hyper.scale / 2),
        "beta_two": stats.beta(2, 2),
    }[hyper.prior]
    return stats.norm.ppf(cdf.cdf(expit(u) if hyper.prior == "beta_two" else np.exp(u)))


def from_pymc(design, latent, point):
    """Coefficients and hyperparameter coordinates of a point of the PyMC model, and the log Jacobian."""
    named = {k.removesuffix("_log__").removesuffix("_logodds__"): v for k, v in point.items()}
    phi = np.zeros((latent.hyper_size, 1))
    jacobian = 0.0
    for h in latent.hypers:
        at = latent.hyper_slices[h.name]
        if h.prior != "around":
            phi[at, 0] = coordinate(h, float(np.squeeze(named[h.name])))
            # the density of u against that of its standard normal coordinate
            jacobian -= np.log(HYPER_PRIORS[h.prior](phi[at, 0], h.scale)[1].sum())
        elif f"{h.name}_raw" in named:
            phi[at, 0] = named[f"{h.name}_raw"]
        else:
            phi[at, 0] = (named[h.name] - named[h.centre]) / np.exp(named[h.spread])
            jacobian -= h.size * named[h.spread]
    log_sd = latent.log_sd(latent.unconstrained(phi))[:, 0]
    root = np.linalg.cholesky(np.eye(latent.steps) + 1.0)
    x = np.zeros(latent.size)
    for b in latent.blocks:
        at = latent.slices[b.name]
        scaled = True
        if b.name == "shares":
            x[at], scaled = np.linalg.solve(root, named["shares"][0]), False
        elif b.name == "model_shares":
            if "model_shares" in named:
                x[at] = np.linalg.solve(root, (named["model_shares"] - named["shares"]).T).T.ravel()
                scaled = False
            else:
                raw = np.linalg.solve(root, named["model_shares_raw"].T).T.ravel()
                x[at] = np.exp(log_sd[at]) * raw
        elif b.name == "item":
            if "item_location" in named:
                mean = design.membership @ zero_sum_basis(len(design.values)) @ named["beta"]
                x[at] = named["item_location"] - zero_sum_basis(len(design.items)).T @ mean
                scaled = False
            else:
                x[at] = np.exp(log_sd[at]) * named["item_location_raw"]
        elif b.scales:
            x[at] = np.exp(log_sd[at]) * named[b.name].ravel()
        else:
            x[at], scaled = named[b.name], False
        if scaled:
            jacobian += log_sd[at].sum()
    return x[:, None], phi, jacobian


@pytest.mark.parametrize(("sizes", "kind"), CASES)
def test_density_is_that_of_the_pymc_model(sizes, kind):
    from valuestats.regression.profile_pymc import build_model

    design = design_of(**sizes)
    latent = latent_design(design, **kind)
    ours = LatentPosterior(latent)
    model = build_model(design, **kind)
    logp = model.compile_logp(mode="FAST_COMPILE")
    rng = np.random.default_rng(1)
    start = model.initial_point()
    found = []
    for _ in range(4):
        point = {k: np.asarray(v + 0.5 * rng.normal(size=np.shape(v))) for k, v in start.items()}
        x, phi, jacobian = from_pymc(design, latent, point)
        found.append(float(logp(point)) - float(ours.log_density(x, phi)[0][0]) - float(np.squeeze(jacobian)))
    assert np.ptp(found) < SAME * (1 + abs(logp(point)))


@pytest.mark.parametrize("scaled", [0.0, 1.0])
@pytest.mark.parametrize("kind", [{}, {"link": "probit"}, {"thresholds": "common"}])
def test_gradients_are_those_of_central_differences(kind, scaled):
    latent = latent_design(design_of(), **kind)
    ours = LatentPosterior(latent)
    rng = np.random.default_rng(2)
    w, phi = 0.4 * rng.normal(size=(latent.size, 1)), 0.3 * rng.normal(size=(latent.hyper_size, 1))
    mask = np.full((latent.size, 1), scaled)
    _, d_w, d_phi = ours.log_density(w, phi, mask)
    h = 1e-5
    for size, gradient, which in ((latent.size, d_w, 0), (latent.hyper_size, d_phi, 1)):
        steps = h * np.eye(size)
        zero = np.zeros((phi.shape[0] if which == 0 else w.shape[0], size))
        moves = (steps, zero) if which == 0 else (zero, steps)
        up = ours.log_density(w + moves[0], phi + moves[1], mask)[0]
        down = ours.log_density(w - moves[0], phi - moves[1], mask)[0]
        assert gradient[:, 0] == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(("sizes", "kind"), CASES)
def test_factor_is_that_of_the_hessian_and_the_mode_is_stationary(sizes, kind):
    latent = latent_design(design_of(**sizes), **kind)
    ours = LatentPosterior(latent)
    phi = np.zeros(latent.hyper_size)
    x, root, _ = ours.conditional_mode(np.zeros(latent.size), phi)
    columns = np.repeat(phi[:, None], latent.size, axis=1)
    assert np.abs(ours.log_density(x[:, None], phi[:, None])[1]).max() < 1e-3
    h = 1e-5 * np.eye(latent.size)
    up = ours.log_density(x[:, None] + h, columns)[1]
    down = ours.log_density(x[:, None] - h, columns)[1]
    hessian = -(up - down) / 2e-5
    inverse = np.linalg.inv(hessian)
    assert root.solve(np.eye(latent.size)) == pytest.approx(inverse, rel=1e-4, abs=1e-5)
    half = root.back(np.eye(latent.size))
    assert half @ half.T == pytest.approx(inverse, rel=1e-4, abs=1e-5)
    assert root.forward(np.eye(latent.size)) == pytest.approx(half.T, abs=1e-8)
    # Draws whose second moments are those of the standard normal exactly.
    drawn = root.back(np.sqrt(latent.size) * np.eye(latent.size))
    assert root.variances(drawn) == pytest.approx(np.diag(inverse), rel=1e-4, abs=1e-5)
    assert root.log_determinant == pytest.approx(np.linalg.slogdet(hessian)[1], abs=1e-3)


@pytest.mark.parametrize(
    ("family", "link", "threshold_map"),
    [("sequential", "cloglog", "direct"), ("adjacent", "logit", "direct"), ("cumulative", "cloglog", "direct"),
     ("cumulative", "cloglog", "shares")],
)  # fmt: skip
def test_other_families_and_thresholds(family, link, threshold_map):
    """A model of one's own, with a covariate and a random effect; the mode by Newton is stationary, its factor right."""
    rng = np.random.default_rng(3)
    counts, group = rng.integers(1, 5, (12, 4)).astype(float), np.repeat([0, 1], 6)
    item = np.tile(np.arange(6), 2)
    cut = np.tile(np.array([-1.0, 0.0, 1.0]), 2) if threshold_map == "direct" else np.zeros(6)
    latent = LatentDesign(
        counts=counts,
        group=group,
        sets=2,
        terms={"x": rng.normal(size=(12, 1)), "item": index_term(item, 6)},
        blocks=(
            Block("item", "item", None, (6,), 1.0, (Scale("sd"),), leaf=True),
            Block("thresholds", "thresholds", None, (2, 3), 2.0),
            Block("slope", "x", None, (1,), 2.0),
        ),
        hypers=(Hyper("sd", 1, "half_normal"),),
        family=family,
        link=link,
        threshold_map=threshold_map,
    )
    ours = LatentPosterior(latent)
    start = np.concatenate([np.zeros(6), cut, [0.0]])
    x, root, _ = ours.conditional_mode(start, np.zeros(1))
    phi = np.zeros((1, latent.size))
    assert np.abs(ours.log_density(x[:, None], phi[:, :1])[1]).max() < 1e-3
    h = 1e-5 * np.eye(latent.size)
    up, down = (ours.log_density(x[:, None] + step, phi)[1] for step in (h, -h))
    np.testing.assert_allclose(root.solve((down - up) / 2e-5), np.eye(latent.size), atol=1e-4)


def test_impossible_declarations_are_refused():
    design = latent_design(design_of())
    parts = {"counts": design.counts, "group": design.group, "sets": design.sets, "terms": design.terms}
    shares = next(b for b in design.blocks if b.name == "model_shares")
    with pytest.raises(SpecificationError, match="not declared"):
        LatentDesign(**parts, blocks=(shares,), hypers=())
    with pytest.raises(SpecificationError, match="does not fit its term"):
        LatentDesign(**parts, blocks=(Block("a", "item", None, (2,)),), hypers=())
    with pytest.raises(SpecificationError, match="unknown term"):
        LatentDesign(**parts, blocks=(Block("a", "moon", None, (2,)),), hypers=())
    with pytest.raises(SpecificationError, match="log shares"):
        LatentDesign(**parts, blocks=(), hypers=(), family="sequential")
    leaf_last = LatentDesign(**parts, blocks=design.blocks[::-1], hypers=design.hypers)
    with pytest.raises(SpecificationError, match="leaf blocks come first"):
        LatentPosterior(leaf_last)
