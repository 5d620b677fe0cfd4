"""Pooled effects of labels: a numerical integral, a known hierarchy, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, log_expit

from valuestats import Choices, OptionLabels, Sampling, fit_choice, fit_labels, pair_choices
from valuestats.base.errors import InputError, SpecificationError
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
    fit = fit_labels(choices, labels, engine=engine, sampling=Sampling(draws=1500), seed=2)
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
    fit = fit_labels(choices, labels, engine="laplace", sampling=Sampling(draws=100), seed=2)
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
    with pytest.raises(InputError, match="lack columns") as absent:
        fit_choice("utility ~ 0 + option", choices, pooled={"labels": ["care", "power"]})
    assert "care" in str(absent.value)
    words = Choices(choices.frame.assign(kind=choices.frame["option"], length=1.0))
    with pytest.raises(SpecificationError, match="two covariates or more") as refused:
        fit_choice("utility ~ 0", words, pooled={"kinds": ["kind", "option"]})
    assert "kind" in str(refused.value)


def test_hundreds_of_labels_and_one_that_no_choice_tells():
    """A label of all options is left out by name; the formula needs no sign per label, which has at most 300."""
    rng = np.random.default_rng(4)
    options = [f"o{k}" for k in range(330)]
    one = rng.integers(0, 330, 800)
    two = (one + rng.integers(1, 330, 800)) % 330
    frame = pd.DataFrame(
        {"option_a": np.array(options)[one], "option_b": np.array(options)[two], "winner": "a"}
    )
    rows = [(o, f"l{k}") for k, o in enumerate(options)] + [(o, "all alike") for o in options]
    fit = fit_labels(
        pair_choices(frame),
        OptionLabels(pd.DataFrame(rows, columns=["option", "label"])),
        engine="laplace",
        sampling=Sampling(draws=50),
    )
    assert len(fit.estimates) > 320
    assert any("never differ" in w and "all alike" in w.lower() for w in fit.result.meta["warnings"])


def test_options_own_effects_stand_below_their_labels():
    """Options differ by .6 beyond what their labels are worth: the spread is found, and labels are less sure for it."""
    rng = np.random.default_rng(5)
    choices, labels, truth, _ = hierarchy(rng, n=3000)
    own = dict(zip(sorted(choices.frame["option"].unique()), 0.6 * rng.normal(size=40), strict=True))
    worth = labels.frame.assign(w=labels.frame["label"].map(truth)).groupby("option")["w"].sum() + pd.Series(
        own
    )
    pair = choices.frame.pivot(index="choice", columns="position", values="option")
    won = rng.random(len(pair)) < expit((pair[1].map(worth) - pair[2].map(worth)).to_numpy())
    again = pair_choices(
        pd.DataFrame({"option_a": pair[1], "option_b": pair[2], "winner": np.where(won, "a", "b")})
    )
    with_own = fit_labels(again, labels, terms="(1|option)", engine="laplace", seed=1).estimates.set_index(
        "term"
    )
    without = fit_labels(again, labels, engine="laplace", seed=1).estimates.set_index("term")
    row = with_own.loc["sd[Intercept|option]"]
    assert row["lower"] < 0.6 < row["upper"]
    assert row["lower"] > 0.3
    wider = with_own.loc[sorted(truth), "std_error"] / without.loc[sorted(truth), "std_error"]
    assert wider.min() > 1.25


def raised(choices, labels):
    fit = fit_labels(choices, labels, engine="laplace", sampling=Sampling(draws=200))
    return {(r.aspect, r.text.split(":")[0]) for r in fit.result.verdict.reasons if r.sign != "sound"}, fit


def test_two_labels_that_always_stand_together_are_told_and_nothing_else():
    """Planted: a label on the same options as another; the choices give their sum, the prior alone the halves."""
    choices, labels, *_ = hierarchy(np.random.default_rng(3))
    assert raised(choices, labels)[0] == set()
    same = labels.frame[labels.frame["label"] == "l04"].assign(label="l99")
    found, fit = raised(choices, OptionLabels(pd.concat([labels.frame, same], ignore_index=True)))
    assert found == {("choices", "told apart by the prior alone")}
    assert any("l04 and l99" in w for w in fit.result.meta["warnings"])


def test_labels_of_which_every_option_has_one_are_no_twins():
    choices, _, *_ = hierarchy(np.random.default_rng(3))
    options = sorted(choices.frame["option"].unique())
    one = OptionLabels(pd.DataFrame({"option": options, "label": [f"l{k % 5}" for k in range(len(options))]}))
    assert not any(a == "choices" for a, _ in raised(choices, one)[0])
