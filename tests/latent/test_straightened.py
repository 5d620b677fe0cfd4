"""Draws along straight lines of thresholds: the map and its volume, and posteriors on the ridge of millions of answers."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import valuestats as vs
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.laplace_points import Near, grid
from valuestats.latent.likelihoods.ordered import OrderedAnswers
from valuestats.latent.nested_laplace import _over
from valuestats.regression.effects_latent import effects_posterior


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("sets", [1, 2])
def test_thresholds_of_what_is_straightened_are_linear_and_its_volume_is_that_of_the_map(link, sets):
    rng = np.random.default_rng(3)
    likelihood = OrderedAnswers(
        np.ones((sets, 4)), np.arange(sets), sets, link=link, shares=True, reference=1
    )
    centre = rng.normal(0, 0.3, (likelihood.own, 1))
    own = centre + rng.normal(0, 0.2, (likelihood.own, 5))
    moved, log_volume = likelihood.straightened(centre, own)
    start, step = likelihood.thresholds(centre)[0], 1e-6
    for draw in range(5):
        along = centre + step * (own[:, [draw]] - centre)
        linear = start + (likelihood.thresholds(along)[0] - start) / step
        assert likelihood.thresholds(moved[:, [draw]])[0] == pytest.approx(linear, abs=1e-4)
        ends = np.stack(
            [
                (
                    likelihood.straightened(centre, own[:, [draw]] + e)[0]
                    - likelihood.straightened(centre, own[:, [draw]] - e)[0]
                )[:, 0]
                for e in step * np.eye(likelihood.own)[:, :, None]
            ],
            axis=1,
        ) / (2 * step)
        assert log_volume[draw] == pytest.approx(np.linalg.slogdet(ends)[1], abs=1e-5)


def test_where_thresholds_would_not_ascend_there_is_no_draw():
    likelihood = OrderedAnswers(np.ones((1, 3)), np.zeros(1, dtype=int), 1)
    _, log_volume = likelihood.straightened(np.zeros((2, 1)), np.array([[0.0, -9.0], [0.0, 9.0]]))
    assert np.isfinite(log_volume[0])
    assert log_volume[1] == np.inf


def counted(size, seed=1, models=6, items=12):
    rng = np.random.default_rng([seed, size])
    place, item = rng.normal(0, 0.7, models), rng.normal(0, 0.5, items)
    eta = (place[:, None] + item)[..., None]
    above = np.concatenate([np.ones_like(eta), expit(eta - [-1.5, 0.0, 1.5]), np.zeros_like(eta)], axis=-1)
    counts = rng.multinomial(size // (models * items), above[..., :-1] - above[..., 1:])
    at = np.indices(counts.shape).reshape(3, -1)
    frame = pd.DataFrame(
        {
            "model": [f"m{k}" for k in at[0]],
            "item": [f"q{k:02d}" for k in at[1]],
            "answer": at[2] + 1,
            "count": counts.ravel(),
        }
    )
    return frame, place


def test_both_ways_of_drawing_give_one_posterior():
    fitted = vs.fit_ordinal("answer ~ model + (1|item)", counted(3_000)[0], seed=1)
    posterior = effects_posterior(fitted.design, fitted.priors)
    fit = fit_laplace(posterior, seed=1)
    found = []
    for straight in (False, True):
        near = Near(posterior, fit, None, straight=straight)
        drawn = _over(grid(near), near, 8192, [], np.random.default_rng(5))
        assert drawn.pareto_k < 0.7
        mean = drawn.x @ drawn.weights
        found.append((mean, np.sqrt(((drawn.x - mean[:, None]) ** 2) @ drawn.weights)))
    (mean, sd), (straight_mean, straight_sd) = found
    assert np.abs((mean - straight_mean) / sd).max() < 0.1
    assert np.abs(straight_sd / sd - 1).max() < 0.1


@pytest.mark.parametrize("size", [10**6, 10**8])
def test_millions_of_answers_pass_the_gate_and_tell_the_truth(size):
    frame, place = counted(size)
    found = vs.fit_ordinal("answer ~ model + (1|item)", frame, seed=1).result
    assert found.meta["engine"] == "laplace"
    assert found.meta["gate"]["passed"], found.meta["gate"]["reasons"]
    rows = found.estimates.set_index("term").loc[[f"model[m{k}]" for k in range(1, 6)]]
    sd = (rows["upper"] - rows["lower"]) / 3.92
    error = rows["estimate"].to_numpy() - (place[1:] - place[0])
    assert np.abs(error / sd).max() < 4
    # An answer has at most a third of information about a logistic location, and in these four categories above a fifth.
    assert (sd > np.sqrt(2 * 3 / (size / 6))).all()
    assert (sd < np.sqrt(2 * 5 / (size / 6))).all()
