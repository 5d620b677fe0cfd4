"""Effects in clusters: the factor against dense linear algebra, weights by clusters against quadrature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.sparse import csr_array
from scipy.special import expit, log_expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.clusters import Clusters
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.engines import MAX_PARETO_K
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.likelihoods.choices import ChoiceStages
from valuestats.latent.likelihoods.protocol import RowCurvature
from valuestats.latent.nested_laplace import nested_laplace
from valuestats.latent.posterior import LatentPosterior

OPTIONS = 5


def judged_pairs(rng, judges=7, comparisons=60, thresholds=True):
    """Pairs of options by judges who have seen unlike numbers of them, each with own utilities and weight of a tie."""
    judge = np.sort(rng.integers(0, judges, comparisons))
    seen = np.where(judge == 0, 2, OPTIONS)  # the first has seen two options only
    first = rng.integers(0, seen)
    second = (first + rng.integers(1, seen)) % seen
    cells, at = np.unique(np.r_[judge * OPTIONS + first, judge * OPTIONS + second], return_inverse=True)
    one, two = at[:comparisons], at[comparisons:]
    rows = np.column_stack([one, two, one, two]).ravel()
    weights = csr_array(
        (
            np.tile([1, 1, 0.5, 0.5], comparisons),
            (np.arange(3 * comparisons).repeat([1, 1, 2] * comparisons), rows),
        ),
        shape=(3 * comparisons, len(cells)),
    )
    own = np.full((comparisons, 3), -1)
    own[:, 2] = judge if thresholds else 0
    count = rng.multinomial(1, [0.4, 0.4, 0.2], size=comparisons).astype(float).ravel()
    sets = judges if thresholds else 1
    stages = ChoiceStages(
        len(cells), weights, own.ravel(), np.arange(0, 3 * comparisons + 1, 3), count, 1, sets, comparisons
    )
    return stages, cells // OPTIONS, cells % OPTIONS


def design_of(stages, judge, option):
    cell = np.arange(len(judge))
    sets = stages.sets
    return LatentDesign.around(
        stages,
        {"cell": index_term(cell, len(cell)), "option": index_term(option, OPTIONS)},
        (
            Block("cell", "cell", None, (len(cell),), 1.0, (Scale("sd"),), within=judge),
            Block("own", THRESHOLDS, np.ones((sets, 1)), (1,), 2.0),
            Block("set", THRESHOLDS, None, (sets,), 0.7, within=np.arange(sets)),
            Block("option", "option", None, (OPTIONS,), 1.5),
        ),
        (Hyper("sd", 1, "half_normal", 1.0),),
        of_row=judge,
    )


def test_the_factor_of_clusters_is_that_of_dense_linear_algebra():
    rng = np.random.default_rng(0)
    design = design_of(*judged_pairs(rng))
    posterior = LatentPosterior(design, clustered=True)
    n = design.size
    x, precision, h = 0.4 * rng.normal(size=n), np.exp(4 * rng.normal(size=n)), 1e-6
    # minus the Hessian by differences of the gradient, one coefficient at a time
    away = x[:, None] + h * np.concatenate([np.eye(n), -np.eye(n)], axis=1)
    slopes = posterior.log_likelihood(away)[1]
    dense = (slopes[:, n:] - slopes[:, :n]) / (2 * h) + np.diag(precision)
    factor = posterior.factor(x, precision)
    scale = np.sqrt(np.outer(precision, precision))
    np.testing.assert_allclose(factor.solve(dense), np.eye(n), atol=2e-6)
    assert factor.log_determinant == pytest.approx(np.linalg.slogdet(dense)[1], rel=1e-8)
    root = factor.back(np.eye(n))
    np.testing.assert_allclose((root @ root.T) * scale, np.linalg.inv(dense) * scale, atol=1e-5)
    np.testing.assert_allclose(factor.forward(np.eye(n)), root.T, atol=1e-12)
    exact = np.diag(np.linalg.inv(dense))
    np.testing.assert_allclose(factor.variances(factor.back(rng.normal(size=(n, 20_000)))), exact, rtol=0.03)
    rounded = factor.rounded().back(np.eye(n, dtype=np.float32))
    assert rounded.dtype == np.float32
    np.testing.assert_allclose(rounded, root, atol=1e-5)


def test_values_by_cluster_add_up_and_are_those_of_the_choices_of_one():
    rng = np.random.default_rng(1)
    stages, judge, _ = judged_pairs(rng)
    eta, own = rng.normal(size=(stages.rows, 6)), rng.normal(size=(stages.own, 6))
    by = stages.values_by(eta, own, judge, 7)
    np.testing.assert_allclose(by.sum(axis=0), stages.values(eta, own), rtol=1e-12)
    p = stages.log_probabilities(eta, own)
    of = np.repeat(judge[stages.weights.indices[stages.weights.indptr[stages.start[:-1]]]], 3)
    for k in range(7):
        np.testing.assert_allclose(by[k], stages.count[of == k] @ p[of == k], atol=1e-10)


def test_coefficients_that_meet_across_clusters_are_refused():
    with pytest.raises(SpecificationError, match="different clusters"):
        Clusters(np.array([0, 1])).layout(csr_array([[1.0, 0.5], [0.5, 1.0]]))


@dataclass
class Yes:
    """Yes or no, a row each."""

    yes: np.ndarray
    own: int = 0
    rounds: bool = False

    @property
    def rows(self):
        return len(self.yes)

    def _each(self, eta):
        return log_expit(np.where(self.yes[:, None], eta, -eta))

    def values(self, eta, own):
        return self._each(eta).sum(axis=0)

    def values_by(self, eta, own, of_row, number):
        return np.asarray(index_term(of_row, number).T @ self._each(eta))

    def gradient(self, eta, own, *, valued=True):
        return self.values(eta, own), self.yes[:, None] - expit(eta), np.zeros(own.shape)

    def curvature(self, eta, own):
        return RowCurvature(expit(eta) * expit(-eta))


def few_answers(groups=60, each=4):
    """Groups of four answers: what each knows of its effect is far from normal, and errors of many groups add up."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(groups), each)
    yes = rng.random(groups * each) < expit(-1.0 + 2.0 * rng.normal(size=groups)[group])
    design = LatentDesign.around(
        Yes(yes),
        {"group": index_term(group, groups), "all": index_term(0 * group, 1)},
        (
            Block("group", "group", None, (groups,), 1.0, (Scale("sd"),), within=np.arange(groups)),
            Block("all", "all", None, (1,), 1.5),
        ),
        (Hyper("sd", 1, "half_normal", 2.0),),
        of_row=group,
    )
    return design, yes.reshape(groups, each).sum(axis=1), each


def by_quadrature(yes, each):
    """Posterior means and standard deviations of the intercept and the log spread, each effect integrated on 80 nodes."""
    nodes, weights = hermegauss(80)
    sds, level = np.exp(np.linspace(-1.0, 1.8, 141)), np.linspace(-4, 2, 121)
    eta = level[None, :, None] + sds[:, None, None] * nodes
    log = -0.5 * (sds[:, None] / 2.0) ** 2 - 0.5 * (level / 1.5) ** 2 + np.log(sds)[:, None]
    for k, times in zip(*np.unique(yes, return_counts=True), strict=True):
        log = log + times * np.log(np.exp(k * log_expit(eta) + (each - k) * log_expit(-eta)) @ weights)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    found = []
    for values in (np.broadcast_to(level, mass.shape), np.broadcast_to(np.log(sds)[:, None], mass.shape)):
        mean = float((mass * values).sum())
        found.append((mean, float(np.sqrt((mass * (values - mean) ** 2).sum()))))
    return found


def test_weights_by_clusters_are_right_where_laplace_errs_in_each():
    """The log spread's mode by Laplace's method alone is a standard deviation off; four Monte Carlo errors of 400."""
    design, yes, each = few_answers()
    level, spread = by_quadrature(yes, each)
    posterior = LatentPosterior(design)
    fit = fit_laplace(posterior)
    assert abs(np.log(np.exp(design.unconstrained(fit.phi[:, None]))[0, 0]) - spread[0]) > spread[1]
    found = nested_laplace(posterior, fit, draws=2048)
    assert found.pareto_k < MAX_PARETO_K
    assert found.effective > 400
    sd = design.unconstrained(found.phi)[0]
    for values, (mean, deviation) in ((found.x[design.slices["all"]][0], level), (sd, spread)):
        got = found.weights @ values
        assert got == pytest.approx(mean, abs=4 * deviation / np.sqrt(400))
        assert np.sqrt(found.weights @ (values - got) ** 2) == pytest.approx(deviation, rel=0.15)
