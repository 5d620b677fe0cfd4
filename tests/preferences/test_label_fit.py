"""Pooled effects of labels: a numerical integral, a known hierarchy, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, log_expit

from valuestats import OptionLabels, fit_choice, fit_labels, pair_choices
from valuestats.base.errors import SpecificationError
from valuestats.results.storage import read_artifact, write_artifact


def two_labels():
    frame = pd.DataFrame({"option_a": ["x"] * 20, "option_b": ["y"] * 20, "winner": list("a" * 14 + "b" * 6)})
    return pair_choices(frame), OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": ["care", "power"]}))


def by_integration():
    """Posterior mean of care less power and of the spread: the difference is normal with 2 sd^2, the spread half-normal."""
    sd, gap = np.linspace(1e-3, 6, 900), np.linspace(-8, 12, 2001)
    log = -0.5 * sd[:, None] ** 2 - 0.25 * (gap / sd[:, None]) ** 2 - np.log(sd[:, None])
    log = log + 14 * log_expit(gap) + 6 * log_expit(-gap)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    return float((mass * gap).sum()), float((mass * sd[:, None]).sum())


@pytest.mark.parametrize("engine", ["laplace", "hmc"])
def test_pooled_effects_are_those_of_integration(engine):
    choices, labels = two_labels()
    fit = fit_labels(choices, labels, engine=engine, draws=1500, seed=2)
    gap, sd = by_integration()
    told = dict(zip(fit.estimates["term"], fit.result.replicates().to_numpy().T, strict=True))
    # four Monte Carlo errors of 1,000 draws
    assert (told["care"] - told["power"]).mean() == pytest.approx(gap, abs=4 * 0.5 / np.sqrt(1000))
    assert told["sd[labels]"].mean() == pytest.approx(sd, abs=4 * 0.6 / np.sqrt(1000))


def hierarchy(rng, n=1500):
    labels = [f"l{k:02d}" for k in range(12)]
    parent = {label: f"p{k % 3}" for k, label in enumerate(labels)}
    common = {"p0": 1.0, "p1": 0.0, "p2": -1.0}
    own = dict(zip(labels, rng.normal(0, 0.3, 12), strict=True))
    options = [f"o{k}" for k in range(40)]
    carried = {o: list(rng.choice(labels, 2, replace=False)) for o in options}
    worth = np.array([sum(own[x] + common[parent[x]] for x in carried[o]) for o in options])
    one, two = (rng.integers(0, 40, n) for _ in range(2))
    one, two = one[one != two], two[one != two]
    won = rng.random(len(one)) < expit(worth[one] - worth[two])
    frame = pd.DataFrame({"option_a": np.array(options)[one], "option_b": np.array(options)[two]})
    table = OptionLabels(
        pd.DataFrame([(o, x) for o in options for x in carried[o]], columns=["option", "label"]),
        pd.DataFrame([(x, "theory", p) for x, p in parent.items()], columns=["label", "level", "parent"]),
    )
    truth = {x: own[x] + common[parent[x]] for x in labels}
    return pair_choices(frame.assign(winner=np.where(won, "a", "b"))), table, truth, parent


def test_labels_of_several_to_an_option_are_found_with_their_hierarchy():
    choices, labels, truth, parent = hierarchy(np.random.default_rng(3))
    fit = fit_labels(choices, labels, over="theory", seed=1)
    assert fit.passed, fit.result.meta["gate"]
    told = dict(zip(fit.estimates["term"], fit.result.replicates().to_numpy().T, strict=True))
    assert {"sd[labels]", "sd[theory]"} <= set(told)
    names = sorted(truth)
    drawn = np.stack([told[x] + told[parent[x]] for x in names])
    drawn, right = drawn - drawn.mean(axis=0), np.array([truth[x] for x in names])
    right = right - right.mean()
    z = (drawn.mean(axis=1) - right) / drawn.std(axis=1)
    assert np.abs(z).max() < 3.5
    assert np.median(told["sd[theory]"]) > np.median(told["sd[labels]"])


def test_a_pooled_fit_is_kept_whole(tmp_path):
    choices, labels = two_labels()
    fit = fit_labels(choices, labels, engine="laplace", draws=100, seed=2)
    write_artifact(fit, tmp_path)
    again = read_artifact(tmp_path)
    assert again.design.spec == fit.design.spec
    np.testing.assert_array_equal(again.draws.pooled_sd, fit.draws.pooled_sd)


def test_what_can_not_be_pooled_is_refused_by_name():
    choices, labels = two_labels()
    with pytest.raises(SpecificationError, match="does not pool"):
        fit_labels(choices, labels, engine="ml")
    alone = OptionLabels(pd.DataFrame({"option": ["x"], "label": ["care"]}))
    with pytest.raises(SpecificationError, match="no spread"):
        fit_labels(choices, alone)
    with pytest.raises(SpecificationError, match="two covariates or more") as refused:
        fit_choice("utility ~ 0 + option", choices, pooled={"labels": ["care", "power"]})
    assert "care" in str(refused.value)
