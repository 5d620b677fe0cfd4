"""The graded response model against the same model written in PyMC's own terms, traits sampled along."""

import numpy as np
import pytest

from valuestats.latent.pymc_sampling import sample
from valuestats.measurement.graded.design import GradedDesign
from valuestats.measurement.graded.fit import fit_graded
from valuestats.measurement.graded.model import GradedPriors
from valuestats.statistics.ordinal import category_probabilities

RESPONDENTS, ITEMS, CATEGORIES = 70, 6, 4
TRAIT = np.arange(ITEMS) // 3


@pytest.fixture(scope="module")
def codes():
    """Two traits that correlate 0.5, a tenth of the answers missing."""
    rng = np.random.default_rng(7)
    theta = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], RESPONDENTS)
    slope = np.array([0.8, 1.5, 2.2, 1.0, 1.8, 1.3])
    cut = np.array([-1.4, 0.2, 1.3]) + rng.normal(0, 0.5, (ITEMS, 1))
    p = category_probabilities(cut, slope * theta[:, TRAIT])
    answers = (rng.random((RESPONDENTS, ITEMS, 1)) > p.cumsum(axis=2)[..., :-1]).sum(axis=2)
    return np.where(rng.random(answers.shape) < 0.1, -1, answers)


def in_pymc(codes):
    """The documented model, every answer a row of an ordered logistic with its respondent's own trait."""
    import pymc as pm
    import pytensor.tensor as pt

    person, item = np.nonzero(codes >= 0)
    with pm.Model() as model:
        slope = pm.LogNormal("slope", 0.4, 0.5, shape=ITEMS)
        middle = pm.Normal("middle", 0.0, 2.5, shape=ITEMS)
        gap = pm.LogNormal("gap", 0.2, 0.7, shape=(ITEMS, CATEGORIES - 2))
        rising = pt.concatenate([pt.zeros((ITEMS, 1)), pt.cumsum(gap, axis=1)], axis=1)
        cut = pm.Deterministic("cut", middle[:, None] + rising - rising.mean(axis=1, keepdims=True))
        half = pm.Beta("half", 2.0, 2.0)  # an LKJ(2) correlation of two traits is 2 Beta(2, 2) - 1
        r = pm.Deterministic("correlation", 2.0 * half - 1.0)
        z = pm.Normal("z", shape=(RESPONDENTS, 2))
        second = r * z[:, 0] + pt.sqrt(1.0 - r**2) * z[:, 1]
        theta = pm.Deterministic("theta", pt.stack([z[:, 0], second], axis=1))
        eta = slope[item] * theta[person, TRAIT[item]]
        pm.OrderedLogistic("answer", eta=eta, cutpoints=cut[item], observed=codes[person, item])
    return model


@pytest.mark.slow  # densities and lavaan's numbers are held in every run by test_graded_model.py and test_latent_traits.py
def test_posterior_is_that_of_pymc(codes):
    from arviz_stats.base import array_stats

    design = GradedDesign(codes, TRAIT, np.zeros(RESPONDENTS, dtype=np.int64), CATEGORIES, 2)
    own = fit_graded(
        design, priors=GradedPriors(), draws=2000, tune=400, chains=4, seed=1, progress=False
    ).draws
    tree = sample(in_pymc(codes), draws=1000, tune=500, chains=4, seed=2, progress=False)
    posterior = tree["posterior"].to_dataset()
    pairs = (
        (np.log(own.discrimination), np.log(posterior["slope"].to_numpy())),
        (own.threshold, posterior["cut"].to_numpy()),
        (own.correlation[..., :1, 1], posterior["correlation"].to_numpy()[..., None]),
        (own.theta[:, :, ::5], posterior["theta"].to_numpy()[:, :, ::5]),
    )
    ours, theirs = (
        np.concatenate([v.reshape(*v.shape[:2], -1) for v in each], axis=2)
        for each in zip(*pairs, strict=True)
    )
    # Means, and variances by the means of squares; of some 100 numbers five standard errors are passed once in 20,000 runs.
    middle = theirs.mean(axis=(0, 1))
    for power in (1, 2):
        one, two = (ours - middle) ** power, (theirs - middle) ** power
        for k in range(len(middle)):
            error = np.hypot(array_stats.mcse(one[..., k]), array_stats.mcse(two[..., k]))
            assert abs(one[..., k].mean() - two[..., k].mean()) < 5 * error
