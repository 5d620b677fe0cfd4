"""Curves of unordered answers: a dense computation, the ordinal regression of two options, refusals, words and figure."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from valuestats import option_curves
from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.sampling import Sampling
from valuestats.latent.walks import walk_precision
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.option_design import EFFECT_SD, LEVEL_SD
from valuestats.regression.predictions import predicted_probabilities

STEPS = 6


def said(shares, each=50, seed=0):
    """Counted answers of shares ``(steps, options)``."""
    rng, rows = np.random.default_rng(seed), []
    for t, p in enumerate(shares):
        rows += [(t, "abcde"[k], c) for k, c in enumerate(rng.multinomial(each, p)) if c]
    return pd.DataFrame(rows, columns=["step", "answer", "count"])


def moving(steps=STEPS):
    t = np.linspace(-1, 1, steps)
    return softmax(np.stack([0.8 * np.sin(2 * t), -0.5 * t, np.zeros(steps)], axis=1), axis=1)


@pytest.fixture(scope="module")
def data():
    return said(moving())


@pytest.mark.parametrize("kind", ["rw1", "s"])
def test_posterior_agrees_with_a_dense_one(data, kind):
    """Heights of the curves as parameters, their precision, Laplace's method and a grid of spreads: no engine, no basis."""
    counts = data.pivot_table(
        index="step", columns="answer", values="count", aggfunc="sum", fill_value=0
    ).to_numpy(float)
    knots = np.arange(float(STEPS))
    turn = np.array([[1, 1], [-1, 1], [0, -2]]) / np.sqrt([2, 6])
    q = walk_precision(kind, knots)
    lost = 1 if kind == "rw1" else 2
    q *= np.exp(np.log(np.diag(np.linalg.pinv(q))).mean())
    line = (knots - knots.mean()) / knots.std()
    size = 2 * STEPS + 2 + 2 * (lost == 2)

    def placed(theta):
        f, level = theta[: 2 * STEPS].reshape(STEPS, 2), theta[2 * STEPS : 2 * STEPS + 2]
        slope = theta[2 * STEPS + 2 :] if lost == 2 else np.zeros(2)
        return f, level, slope, (level + f + line[:, None] * slope) @ turn.T

    def log_p(theta, sd):
        f, level, slope, logits = placed(theta)
        value = (counts * log_softmax(logits, axis=1)).sum()
        value -= 0.5 * np.einsum("ta,ts,sa->", f, q, f) / sd**2 + 0.5 * (level**2).sum() / LEVEL_SD**2
        value -= 0.5 * (slope**2).sum() / EFFECT_SD**2
        held = (f.sum(axis=0) ** 2).sum() + ((line @ f) ** 2).sum() * (lost == 2)
        return value - 0.5 * held / 1e-6

    theta, found, grid = np.zeros(size), [], np.exp(np.linspace(np.log(0.06), np.log(3.5), 14))
    moves, step = np.eye(size) * 1e-3, 1e-3
    for sd in grid:
        theta = minimize(lambda v, s=sd: -log_p(v, s), theta, method="BFGS", options={"gtol": 1e-4}).x
        hessian = np.zeros((size, size))
        for a in range(size):
            for b in range(a, size):
                four = [log_p(theta + i * moves[a] + j * moves[b], sd) for i in (1, -1) for j in (1, -1)]
                hessian[a, b] = hessian[b, a] = -(four[0] - four[1] - four[2] + four[3]) / (4 * step**2)
        evidence = log_p(theta, sd) - 0.5 * np.linalg.slogdet(hessian)[1] - 2 * (STEPS - lost) * np.log(sd)
        found.append((evidence - 0.5 * sd**2 + np.log(sd), softmax(placed(theta)[3], axis=1)))
    weights = softmax([e for e, _ in found])
    shares = np.einsum("g,gtk->tk", weights, np.array([s for _, s in found]))
    result = option_curves(
        data, along="step", unit=None, smooth=kind, engine="laplace", sampling=Sampling(draws=1000), seed=1
    )
    assert result.passed
    own = result.estimates.pivot(index="place", columns="option", values="estimate").to_numpy()
    error = result.estimates["std_error"].mean()
    assert np.abs(own - shares).max() < 0.15 * error
    assert result.meta["spreads"]["curve"]["estimate"] == pytest.approx(weights @ grid, rel=0.08)


def test_two_options_are_an_ordinal_regression():
    rng = np.random.default_rng(4)
    item, step = (a.ravel() for a in np.indices((50, STEPS)))
    logit = 0.9 * np.sin(step / 1.5) + rng.normal(0, 1.2, 50)[item]
    frame = pd.DataFrame(
        {"item": item, "step": step, "answer": (rng.random(len(item)) < 1 / (1 + np.exp(-logit))) + 1}
    )
    found = option_curves(frame, along="step", engine="laplace", sampling=Sampling(draws=1000), seed=1)
    # the two log odds are root 2 apart per unit of their coordinate
    priors = EffectPriors(curve=np.sqrt(2), group=1.5 * np.sqrt(2))
    other = fit_ordinal(
        "answer ~ rw1(step) + (1|item)",
        frame,
        priors=priors,
        engine="laplace",
        sampling=Sampling(draws=1000),
        seed=2,
    )
    rows = pd.DataFrame({"item": 999, "step": range(STEPS)})
    shares = predicted_probabilities(other, rows, groups="new", most=4000).estimates
    own = found.estimates[found.estimates["option"] == "2"]["estimate"].to_numpy()
    assert own == pytest.approx(shares[shares["code"] == 2]["estimate"].to_numpy(), abs=0.015)
    spread = other.estimates.set_index("term")["estimate"]
    for name, term in (("curve", "sd[rw1(step)]"), ("unit", "sd[Intercept|item]")):
        assert found.meta["spreads"][name]["estimate"] * np.sqrt(2) == pytest.approx(spread[term], rel=0.06)


def test_engines_agree(data):
    one, other = (
        option_curves(data, along="step", unit=None, engine=e, sampling=Sampling(draws=500), seed=3).estimates
        for e in ("laplace", "hmc")
    )
    assert (np.abs(one["estimate"] - other["estimate"]) < 0.2 * one["std_error"]).all()
    np.testing.assert_allclose(one["std_error"], other["std_error"], rtol=0.15)


def test_shares_add_up_groups_stand_apart_and_words_fit(data):
    both = pd.concat([data.assign(model="m"), said(moving()[::-1], seed=2).assign(model="n")])
    found = option_curves(both, along="step", by="model", unit=None, seed=1)
    assert found.keys == ("model", "option", "step")
    np.testing.assert_allclose(found.replicates().sum("option").to_numpy(), 1.0)
    raw = data.pivot_table(index="step", columns="answer", values="count", aggfunc="sum", fill_value=0)
    own = found.estimates[found.estimates["model"] == "m"].pivot(index="step", columns="option", values="raw")
    np.testing.assert_allclose(own.to_numpy(), (raw.T / raw.sum(axis=1)).T.to_numpy())
    assert found.sentence().startswith("From step 0 to 5 the share of “b” (m) moves most, from 5")
    assert {layer["mark"]["type"] for layer in found.plot().to_dict()["layer"]} == {"area", "line", "point"}
    assert found.contrast("model", "m", "n").shape[0] == 18


def test_an_option_that_nobody_took_is_named(data):
    offered = data.assign(answer=pd.Categorical(data["answer"], ["c", "none", "b", "a"]))
    found = option_curves(offered, along="step", unit=None, seed=1)
    assert list(dict.fromkeys(found.estimates["option"])) == ["c", "none", "b", "a"]
    assert found.estimates[found.estimates["option"] == "none"]["estimate"].max() < 0.05
    assert "nobody took none: what is said of them rests on the prior" in found.meta["warnings"]


def test_wide_priors_give_the_raw_shares():
    data = said(moving(), each=4000)
    found = option_curves(data, along="step", unit=None, curve=30.0, seed=1).estimates
    assert found["estimate"].to_numpy() == pytest.approx(found["raw"].to_numpy(), abs=0.004)
    wald = np.sqrt(found["raw"] * (1 - found["raw"]) / 4000)
    assert found["std_error"].to_numpy() == pytest.approx(wald.to_numpy(), rel=0.12)


def test_too_few_draws_fail_the_gate(data):
    found = option_curves(
        data, along="step", unit=None, engine="hmc", sampling=Sampling(draws=30, tune=20), seed=1
    )
    assert not found.passed
    assert any("effective sample size" in reason for reason in found.meta["gate"]["reasons"])


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (lambda d: d[d["step"] < 2], {}, SpecificationError, "too few steps"),
        (lambda d: d.assign(step="a"), {}, SpecificationError, "numbers"),
        (lambda d: d.assign(answer="a"), {}, SpecificationError, "all answers are the same"),
        (
            lambda d: d.assign(answer=np.arange(len(d)).astype(str) + d["answer"]).head(0),
            {},
            SpecificationError,
            "no valid",
        ),
        (
            lambda d: d.assign(step=d["step"] ** 2 + 0.5 * (d["step"] == 1)),
            {"smooth": "rw2"},
            SpecificationError,
            "evenly",
        ),
        (lambda d: d, {"unit": "item"}, InputError, "lack columns"),
        (lambda d: d, {"curve": 0.0}, SpecificationError, "curve"),
    ],
)
def test_what_has_no_curve_is_refused(data, change, options, error, message):
    with pytest.raises(error, match=message):
        option_curves(change(data), along="step", **{"unit": None, **options})
