"""The graded response model's likelihoods: against direct sums and integrals, gradients against differences."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from scipy import integrate, stats

from valuestats.kernels.ordinal import category_probabilities
from valuestats.models.graded_estimands import graded_draws, item_information_curve, standardised_loading
from valuestats.models.graded_marginal import PatternMixture, log_probabilities, nodes, patterns, trait_draws
from valuestats.models.graded_model import GradedDesign, build_graded, cholesky_draws

CODES = np.array([[0, 1, 2], [2, 2, 2], [0, 1, 2], [1, -1, 0]])
A, CUT = np.array([0.7, 1.5, 2.2]), np.array([[-1.0, 0.5], [-0.2, 0.4], [0.0, 2.0]])


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_marginal_likelihood_is_the_integral_over_the_trait(link):
    t, log_weight = nodes()
    table = log_probabilities(pt.as_tensor(CUT), pt.as_tensor(A[:, None] * t), link).reshape((-1, len(t)))
    index, count, of = patterns(CODES, np.zeros(4, dtype=int), 3)
    assert count.tolist() == [2.0, 1.0, 1.0] or sorted(count.tolist()) == [1.0, 1.0, 2.0]
    value = PatternMixture()(table, log_weight, index, count)[0]
    found = pytensor.function([], value, mode="FAST_COMPILE")()

    def person(row):
        def density(theta):
            p = category_probabilities(CUT, A * theta, link=link)
            seen = row >= 0
            return stats.norm.pdf(theta) * p[np.arange(3)[seen], row[seen]].prod()

        return integrate.quad(density, -9, 9, epsabs=1e-12)[0]

    assert found == pytest.approx(sum(np.log(person(row)) for row in CODES), abs=1e-5)  # nodes end at 4.5
    assert (index[of] >= 0).tolist() == (CODES >= 0).tolist()


def test_gradient_is_the_slope():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(9, 5))
    index, count, _ = patterns(CODES, np.zeros(4, dtype=int), 3)
    x = pt.dmatrix()
    value = PatternMixture()(x, np.log(np.full(5, 0.2)), index, count)[0]
    f = pytensor.function([x], [value, pt.grad(value, x)], mode="FAST_COMPILE")
    _, slope = f(table)
    for row, column in ((0, 0), (4, 2), (8, 4), (6, 1)):
        step = np.zeros_like(table)
        step[row, column] = 1e-6
        assert slope[row, column] == pytest.approx((f(table + step)[0] - f(table - step)[0]) / 2e-6, abs=1e-6)


def test_traits_are_drawn_from_their_posterior():
    index, _, of = patterns(CODES, np.zeros(4, dtype=int), 3)
    draws = 4000
    found = trait_draws(
        np.broadcast_to(A, (draws, 1, 3)),
        np.broadcast_to(CUT, (draws, 1, 3, 2)),
        np.full((draws, 1), 0.4),
        np.full((draws, 1), 1.3),
        index,
        of,
        np.zeros(4, dtype=int),
        "logit",
        np.random.default_rng(1),
    )
    grid = np.linspace(-8, 8, 4001)
    for person, row in enumerate(CODES):
        p = category_probabilities(CUT, A * grid[:, None], link="logit")
        seen = np.flatnonzero(row >= 0)
        weight = stats.norm.pdf(grid, 0.4, 1.3) * np.prod([p[:, j, row[j]] for j in seen], axis=0)
        weight /= weight.sum()
        mean = (weight * grid).sum()
        sd = np.sqrt((weight * (grid - mean) ** 2).sum())
        assert found[:, person].mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(draws))
        assert found[:, person].std() == pytest.approx(sd, rel=0.06)


def at(model, point):
    return float(model.compile_logp(vars=model.potentials, jacobian=False, mode="FAST_COMPILE")(point))


def test_groups_alike_have_the_likelihood_of_one_group():
    one = GradedDesign(CODES, np.zeros(3, dtype=int), np.zeros(4, dtype=int), 3, 1, 1)
    two = GradedDesign(CODES, np.zeros(3, dtype=int), np.array([0, 0, 1, 1]), 3, 1, 2)
    models = [build_graded(design) for design in (one, two)]
    value = [at(m, {k: np.zeros_like(v) for k, v in m.initial_point().items()}) for m in models]
    assert value[0] == pytest.approx(value[1], abs=1e-10)


def test_grouped_model_and_its_estimands_mean_the_same():
    design = GradedDesign(CODES, np.zeros(3, dtype=int), np.array([0, 0, 1, 1]), 3, 1, 2)
    model = build_graded(design)
    rng = np.random.default_rng(4)
    point = {k: rng.normal(scale=0.7, size=np.shape(v)) for k, v in model.initial_point().items()}
    natural = {k.removesuffix("_log__"): np.exp(v) if k.endswith("_log__") else v for k, v in point.items()}
    posterior = xr.Dataset(
        {
            k: (("chain", "draw", *(f"{k}{i}" for i in range(np.ndim(v)))), np.asarray(v)[None, None])
            for k, v in natural.items()
        }
    )
    found = graded_draws(xr.DataTree(children={"posterior": xr.DataTree(posterior)}), design, "logit", 0)
    assert found.loading[0, 0].sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert found.shift[0, 0].sum(axis=1) == pytest.approx(0, abs=1e-12)
    total = 0.0
    for row, g in zip(CODES, design.group, strict=True):
        a = found.discrimination[0, 0]
        cut = found.threshold[0, 0] + (a * found.shift[0, 0, g])[:, None]
        slope = a * np.exp(found.loading[0, 0, g])
        seen = np.flatnonzero(row >= 0)

        def density(z, cut=cut, slope=slope, seen=seen, row=row, g=g):
            p = category_probabilities(
                cut, slope * (found.mean[0, 0, g] + found.sd[0, 0, g] * z), link="logit"
            )
            return stats.norm.pdf(z) * p[seen, row[seen]].prod()

        total += np.log(integrate.quad(density, -9, 9)[0])
    assert at(model, point) == pytest.approx(total, abs=1e-4)


def test_partial_correlations_give_correlation_matrices_of_the_lkj_prior():
    # every correlation of LKJ(eta) in d dimensions is Beta(eta - 1 + d/2) stretched to (-1, 1) (Lewandowski et al. 2009)
    rng, d, eta = np.random.default_rng(0), 4, 2.0
    pairs = [(i, j) for i in range(1, d) for j in range(i)]
    shape = np.array([eta + (d - 2 - j) / 2 for _, j in pairs])
    factor = cholesky_draws(rng.beta(shape, shape, size=(40_000, len(pairs))), d)
    r = factor @ np.swapaxes(factor, 1, 2)
    np.testing.assert_allclose(np.diagonal(r, axis1=1, axis2=2), 1.0)
    expected = stats.beta(eta - 1 + d / 2, eta - 1 + d / 2, -1, 2)
    for i, j in pairs:
        assert r[:, i, j].std() == pytest.approx(expected.std(), rel=0.02)


def test_information_is_the_expected_squared_score():
    theta, h = np.array([-1.2, 0.0, 0.8]), 1e-5
    for link in ("logit", "probit"):
        found = item_information_curve(A, CUT, theta, link)
        for k, value in enumerate(theta):
            up, down, p = (
                category_probabilities(CUT, A * t, link=link) for t in (value + h, value - h, value)
            )
            score = (np.log(up) - np.log(down)) / (2 * h)
            np.testing.assert_allclose(found[k], (p * score**2).sum(axis=1), rtol=1e-6)
    assert standardised_loading(np.array([np.pi / np.sqrt(3)]), "logit")[0] == pytest.approx(np.sqrt(0.5))
