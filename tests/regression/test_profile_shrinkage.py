"""What priors do to value profiles: against a dense Laplace maximum, the regression by formula, and prior draws."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import helmert
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.sampling import Sampling
from valuestats.regression.cells import build_design
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.maximum import climb
from valuestats.regression.maximum_likelihood import Likelihood
from valuestats.regression.profile_estimands import OrdinalDraws
from valuestats.regression.profile_flat import flat_profiles
from valuestats.regression.profile_shrinkage import profile_shrinkage
from valuestats.regression.profiles import value_profile
from valuestats.regression.simulate import simulate_answers
from valuestats.regression.structure import OrdinalPriors, structure_of
from valuestats.study import run_study

xr = pytest.importorskip("xarray")


def table(result):
    return pd.DataFrame(result.meta["shrinkage"]).set_index("term")


@pytest.fixture(scope="module")
def study():
    return simulate_answers(
        n_models=2, n_items=8, n_values=2, n_prompts=8, items_per_cluster=2, model_value_sd=1.0, seed=4
    )


@pytest.fixture(scope="module")
def fits(study):
    given = {
        "scale": (1, 6),
        "engine": "laplace",
        "sampling": Sampling(draws=500),
        "seed": 1,
        "progress": False,
    }
    return {p: value_profile(study.responses, study.keys, priors=p, **given) for p in (None, "wide")}


def dense_maximum(design, draws, sds):
    """Profiles that maximise the likelihood with everything else integrated out by Laplace's method, by dense algebra."""
    models, items, values = len(design.models), len(design.items), len(design.values)
    clusters = int(design.cluster.max()) + 1
    cut = draws.cutpoints.mean(axis=0)[design.model]
    effects = [
        (helmert(items).T[design.item], sds["item"]),
        (np.eye(models * items)[design.block], np.repeat(sds["own"], items)[:, None].T),
        (
            np.eye(models * clusters)[design.model * clusters + design.cluster[design.item]],
            np.repeat(sds["query"], clusters)[None],
        ),
    ]
    a = np.concatenate([columns * sd for columns, sd in effects], axis=1)
    by_value = np.zeros((len(a), models * values))
    for v in range(values):
        by_value[np.arange(len(a)), design.model * values + v] = design.membership[design.item, v]
    by_value = by_value @ np.kron(np.eye(models), helmert(values).T)
    both = design.counts[:, :-1] + design.counts[:, 1:]

    def marginal(theta):
        u, base = np.zeros(a.shape[1]), by_value @ theta
        for _ in range(50):
            eta = base + a @ u
            p = expit(cut - eta[:, None])
            bent = np.eye(len(u)) + a.T @ (a * (both * p * (1 - p)).sum(axis=1)[:, None])
            step = np.linalg.solve(bent, a.T @ (both * p - design.counts[:, :-1]).sum(axis=1) - u)
            u = u + step
            if np.abs(step).max() < 1e-10:
                break
        below = np.concatenate([np.zeros((len(p), 1)), p, np.ones((len(p), 1))], axis=1)
        likelihood = (design.counts * np.log(np.diff(below, axis=1))).sum()
        return likelihood - 0.5 * u @ u - 0.5 * np.linalg.slogdet(bent)[1]

    found = minimize(lambda t: -marginal(t), np.zeros(by_value.shape[1]), method="BFGS")
    assert np.abs(approx_fprime(found.x, marginal, 1e-5)).max() < 1e-2
    return found.x.reshape(models, -1) @ helmert(values)


def test_profiles_without_priors_are_the_dense_maximum(study):
    design = build_design(study.responses, study.keys, scale=(1, 6))
    parts = structure_of(design)
    assert parts.interaction
    assert parts.cluster
    rng = np.random.default_rng(2)
    cut = np.sort(rng.normal(size=(1, 2, 5)) * 1.5, axis=2)
    interaction = np.array([[0.9, 1.3]])
    draws = OrdinalDraws(np.zeros((1, 2, 2)), cut, interaction)
    known = {"item_spread": 0.7, "query_share": 0.4}
    posterior = xr.Dataset({n: ("draw", [v]) for n, v in known.items()})
    posterior["beta"] = (("draw", "b"), [[0.3]])
    found = flat_profiles(posterior, design, parts, draws, "logit")["profile"]
    sds = {"item": 0.7, "own": interaction[0] * np.sqrt(0.6), "query": interaction[0] * np.sqrt(0.4)}
    np.testing.assert_allclose(found, dense_maximum(design, draws, sds), atol=0.01)


def test_one_model_agrees_with_the_regression_by_formula(study):
    """Both integrate items out by Laplace's method; there by another code, and for a maximum that is iterated to its end."""
    one = study.responses[study.responses["model"] == study.responses["model"].iloc[0]].drop(
        columns="cluster"
    )
    result = value_profile(
        one, study.keys, scale=(1, 6), engine="laplace", sampling=Sampling(draws=200), seed=1, progress=False
    )
    found = table(result)
    rows = one.merge(study.keys[["item", "dimension"]], on="item")
    effects = build_effects(rows, OrdinalSpec("answer ~ C(dimension, Sum) + (1|item)"), scale=(1, 6))
    likelihood = Likelihood(effects)
    psi, held = likelihood.start(), np.zeros(likelihood.size, dtype=bool)
    held[likelihood.parts["spread"]] = True
    psi[held] = found.loc["sd[item]", "estimate"]
    psi, _, _ = climb(likelihood, psi, basis=np.eye(likelihood.size)[:, ~held])
    effect = (psi[likelihood.parts["beta"]] / likelihood.scales["beta"])[0]
    values = sorted(study.keys["dimension"].unique())
    model = one["model"].iloc[0]
    flat = found.loc[[f"profile[{model}, {v}]" for v in values], "flat"].to_numpy()
    sign = 1.0 if "[" not in effects.names[0] or values[0] in effects.names[0] else -1.0
    np.testing.assert_allclose(flat, sign * effect * np.array([1.0, -1.0]), atol=0.01)


def test_prior_standard_deviations_are_those_of_prior_draws(fits, study):
    rng, n, p = np.random.default_rng(0), 200_000, OrdinalPriors()
    found = table(fits[None])["prior_sd"]
    tau = rng.gamma(2.0, p.value_spread / 2.0, n)
    theta = p.value * rng.normal(size=(n, 2)) + tau[:, None] * rng.normal(size=(n, 2))
    theta -= theta.mean(axis=1, keepdims=True)
    expected = {
        "profile[model 01, value 01]": theta[:, 0].std(),
        "sd[profile|model]": tau.std(),
        "sd[item]": np.abs(p.item * rng.normal(size=n)).std(),
        "sd[threshold|model]": np.abs(p.shares_spread * rng.normal(size=n)).std(),
        "log sd[query and item|model 01]": (
            p.interaction * rng.normal(size=n)
            + np.abs(p.interaction_spread * rng.normal(size=n)) * rng.normal(size=n)
        ).std(),
        "share[query]": rng.beta(2, 2, n).std(),
    }
    for term, sd in expected.items():
        assert found[term] == pytest.approx(sd, rel=0.02)
    spread = np.abs(p.shares_spread * rng.normal(size=(n, 1)))
    shares = np.exp(p.shares * rng.normal(size=(n, 6)) + spread * rng.normal(size=(n, 6)))
    below = shares[:, :2].sum(axis=1) / shares[:, 2:].sum(axis=1)
    assert found["threshold[model 01, 2|3]"] == pytest.approx(np.log(below).std(), rel=0.03)


def test_wide_priors_hardly_shrink_and_default_ones_do(fits):
    default, wide = (table(fit) for fit in fits.values())
    profile = default["part"] == "profile"
    kept = [
        np.linalg.norm(t["estimate"][profile]) / np.linalg.norm(t["flat"][profile]) for t in (default, wide)
    ]
    assert kept[0] < 0.93
    assert kept[1] > 0.98
    assert wide["ratio"][profile].max() < 0.1 < default["ratio"][profile].min()
    assert fits["wide"].meta["specification"]["priors"]["value"] == OrdinalPriors.wide().value
    assert default["flat"][~profile].isna().all()
    np.testing.assert_allclose(default["ratio"], default["posterior_sd"] / default["prior_sd"])
    estimates = fits[None].estimates
    np.testing.assert_allclose(default["estimate"][profile], estimates["estimate"])
    shown = fits[None].summary()
    for text in ("Priors: the estimate without them (flat)", "profile[model 01, value 01]", "prior_sd"):
        assert text in shown


def test_where_there_is_no_maximum_nothing_stands_for_it():
    """A model that gives the highest answer to all items of one value, and the lowest to all others."""
    frame = pd.DataFrame(
        [
            {"model": m, "item": f"{v}{i}", "answer": answer, "status": "valid"}
            for m in ("one", "two")
            for v in ("A", "B")
            for i in range(4)
            for answer in ([6, 6, 6] if v == "A" else [1, 1, 1])
        ]
    )
    rng = np.random.default_rng(0)
    frame.loc[frame["model"] == "two", "answer"] = rng.integers(1, 7, (frame["model"] == "two").sum())
    keys = pd.DataFrame(
        {"item": [f"{v}{i}" for v in "AB" for i in range(4)], "dimension": ["A"] * 4 + ["B"] * 4}
    )
    result = value_profile(
        frame, keys, scale=(1, 6), engine="laplace", sampling=Sampling(draws=100), seed=1, progress=False
    )
    found = table(result)["flat"]
    assert np.isnan(found["profile[one, A]"])
    assert np.isfinite(found["profile[two, A]"])
    assert "–" in result.summary()


def test_effects_of_wording_have_rows_too():
    study = simulate_answers(n_models=2, n_items=6, n_values=2, n_prompts=6, seed=7)
    result = value_profile(
        study.responses,
        study.keys,
        scale=(1, 6),
        effects=["wording"],
        engine="laplace",
        sampling=Sampling(draws=100),
        seed=1,
        progress=False,
    )
    found = table(result)
    of = found[found["part"] == "wording"]
    labels = study.responses["wording"].nunique()
    assert len(of) == labels
    assert of["flat"].sum() == pytest.approx(0.0, abs=1e-8)
    assert of["prior_sd"].to_numpy() == pytest.approx(0.5 * np.sqrt(1 - 1 / labels))
    assert "sd[wording|model]" in found.index


@pytest.mark.parametrize("priors", ["narrow", 3, {"value": 1.0}])
def test_other_priors_are_refused(study, priors):
    with pytest.raises(SpecificationError, match="no such priors"):
        value_profile(study.responses, study.keys, priors=priors, progress=False)


def test_a_study_can_ask_for_wide_priors(study, tmp_path):
    study.responses.to_csv(tmp_path / "answers.csv", index=False)
    study.keys.to_csv(tmp_path / "keys.csv", index=False)
    (tmp_path / "study.yml").write_text(
        """
study: wide
title: Wide
seed: 1
steps:
  answers: {verb: read_table, path: {file: answers.csv}}
  keys: {verb: read_table, path: {file: keys.csv}}
  wide: &fit
    verb: value_profile
    answers: "@answers"
    keyed: "@keys"
    priors: wide
    engine: laplace
    sampling: {draws: 50}
  own: {<<: *fit, priors: {value: 2.0}}
"""
    )
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    assert run.load("wide").meta["specification"]["priors"] == vars(OrdinalPriors.wide())
    own = run.load("own")
    assert own.meta["specification"]["priors"]["value"] == 2.0
    assert {"flat", "prior_sd"} <= set(own.meta["shrinkage"][0])
    assert "flat" in own.summary()


def test_the_table_takes_draws_of_any_engine(study):
    """PyMC's form has other free variables."""
    design = build_design(study.responses, study.keys, scale=(1, 6))
    parts = structure_of(design)
    rng = np.random.default_rng(3)
    n = 40
    draws = OrdinalDraws(
        rng.normal(size=(n, 2, 2)),
        np.sort(rng.normal(size=(n, 2, 5)), axis=2),
        np.exp(rng.normal(size=(n, 2))),
    )
    names = ("tau", "item_spread", "shares_spread", "log_interaction_spread", "query_share")
    posterior = xr.Dataset({name: ("draw", rng.uniform(0.2, 0.8, n)) for name in names})
    posterior["beta"] = (("draw", "b"), rng.normal(size=(n, 1)))
    found = profile_shrinkage(posterior, design, parts, OrdinalPriors(), draws, "probit")
    assert found["term"].is_unique
    assert found["flat"].notna().sum() == 4
    assert (found["prior_sd"] > 0).all()
