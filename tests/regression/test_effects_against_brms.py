"""`fit_ordinal` against brms (Stan) with the same priors, the thresholds' included (tests/r/brms.R).

The log-likelihood at brms's own draws holds every part of the formula without Monte Carlo error; posteriors are compared
here where no PyMC is needed, and for all in benchmarks/ordinal_agreement.py.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.latent.likelihoods.family_probabilities import induced_moments
from valuestats.latent.sampling import Sampling
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectDraws, row_log_probabilities
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_report import reported_terms
from valuestats.regression.fit import fit_ordinal

HERE = Path(__file__).parents[1] / "r"
# In posterior standard deviations: means, ends of 95% intervals, relative standard deviations; upper ends of spreads.
MEAN, END, SPREAD, TAIL = 0.1, 0.3, 0.1, 0.35
SPECS = {
    "crossed": OrdinalSpec("answer ~ model + x + (1|item) + (1|wording)"),
    "scale": OrdinalSpec("answer ~ model + x", link="probit", disc="~ model"),
    "cloglog": OrdinalSpec("answer ~ model + x", link="cloglog"),
    "specific": OrdinalSpec("answer ~ model + cs(x)", family="sequential"),
    "adjacent": OrdinalSpec("answer ~ model + x + (1|item)", family="adjacent"),
    "monotonic": OrdinalSpec("answer ~ model + mo(effort)"),
    "slopes": OrdinalSpec("answer ~ model + x + (x|item)"),
}
TERMS = {
    "model[b]": "b_modelb",
    "x": "b_x",
    "threshold[1|2]": "b_Intercept[1]",
    "threshold[2|3]": "b_Intercept[2]",
    "threshold[3|4]": "b_Intercept[3]",
    "sd[Intercept|item]": "sd_item__Intercept",
    "sd[Intercept|wording]": "sd_wording__Intercept",
}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "brms_data.csv")


@pytest.fixture(scope="module")
def posteriors():
    return pd.read_csv(HERE / "brms.csv", comment="#")


@pytest.fixture(scope="module")
def drawn():
    return pd.read_csv(HERE / "brms_draws.csv", comment="#")


def _draws(design, at):
    """brms's draws, ``(3, names)``, as ours: thresholds there are at covariates of 0, here at their means."""

    def columns(pattern):
        return at[[pattern.format(k) for k in (1, 2, 3)]].to_numpy()

    names = {"model[b]": "b_modelb", "x": "b_x"}
    beta = at[[names[n] for n in design.names]].to_numpy()
    cut = columns("b_Intercept[{}]") - (beta @ design.centres["x"])[:, None]
    specific = columns("bcs_x[{}]")[:, None] if design.specific_names else None
    if specific is not None:
        cut = cut - np.einsum("c,sck->sk", design.centres["specific"], specific)
    monotonic, steps = None, ()
    if design.monotonic_names:
        monotonic = 3.0 * at[["bsp_moeffort"]].to_numpy()
        shares = columns("simo_moeffort1[{}]").cumsum(axis=1)
        steps = (np.column_stack([np.zeros(3), shares]) - 0.5,)
        cut = cut - 0.5 * monotonic
    effects, sds = [], []
    for group in design.groups:
        factor = group.factor[0]
        each = [
            at[[f"r_{factor}[{level},{name}]" for level in group.levels]].to_numpy() for name in group.names
        ]
        effects.append(np.stack(each, axis=2))
        sds.append(at[[f"sd_{factor}__{name}" for name in group.names]].to_numpy())
    correlations = tuple(None for _ in sds)
    if any(g.correlated for g in design.groups):
        one = np.ones(3)
        other = at["cor_item__Intercept__x"].to_numpy()
        correlations = (np.moveaxis(np.array([[one, other], [other, one]]), -1, 0),)
    disc = None
    if design.disc_names:
        # A log discrimination of the reference model is the same as other units of the latent variable.
        base = at[["b_disc_modela"]].to_numpy() if "b_disc_modela" in at else np.zeros((3, 1))
        disc, cut, beta = at[["b_disc_modelb"]].to_numpy() - base, cut * np.exp(base), beta * np.exp(base)
    return EffectDraws(
        1, cut[:, None], beta, tuple(effects), tuple(sds), correlations,
        disc=disc, specific=specific, monotonic=monotonic, steps=steps,
    )  # fmt: skip


@pytest.mark.parametrize("name", pd.read_csv(HERE / "brms_draws.csv", comment="#")["fit"].unique())
def test_log_likelihood_at_the_draws_of_brms(data, drawn, name):
    at = drawn[drawn["fit"] == name].pivot(index="draw", columns="name", values="value")
    design = build_effects(data, SPECS[name])
    draws = _draws(design, at)
    log_p = row_log_probabilities(design, draws)
    found = np.where(design.counts > 0, design.counts * log_p, 0.0).sum(axis=(1, 2))
    np.testing.assert_allclose(found, at["log_likelihood"], rtol=1e-7)
    # What is reported of such a draw has brms's own numbers: thresholds at covariates of 0 and the lowest level of mo().
    terms = reported_terms(design, draws)
    unit = np.exp(at["b_disc_modela"]) if "b_disc_modela" in at else 1.0
    for k, step in enumerate(("1|2", "2|3", "3|4"), start=1):
        reported = terms.values[:, terms.names.index(f"threshold[{step}]")]
        np.testing.assert_allclose(reported, at[f"b_Intercept[{k}]"] * unit, atol=1e-8)


@pytest.mark.parametrize("name", ["crossed", "cloglog", "adjacent"])
def test_posteriors_are_those_of_brms(data, posteriors, name):
    fit = fit_ordinal(SPECS[name], data, sampling=Sampling(draws=1000), seed=1)
    assert fit.passed
    known = posteriors[posteriors["fit"] == name].set_index("name")
    assert set(fit.estimates["term"].map(TERMS)) == set(known.index)
    for term, row in fit.estimates.set_index("term").iterrows():
        theirs = known.loc[TERMS[term]]
        assert row["estimate"] == pytest.approx(theirs["mean"], abs=MEAN * theirs["sd"]), term
        if term.startswith("sd["):  # the Laplace engine's upper tail of a spread of few groups is too short
            assert row["lower"] == pytest.approx(theirs["lower"], abs=END * theirs["sd"]), term
            assert row["upper"] == pytest.approx(theirs["upper"], abs=TAIL * theirs["sd"]), term
            continue
        assert row["std_error"] == pytest.approx(theirs["sd"], rel=SPREAD), term
        for end in ("lower", "upper"):
            assert row[end] == pytest.approx(theirs[end], abs=END * theirs["sd"]), (term, end)


def test_the_prior_given_to_brms_is_ours():
    """The moments that the script reads, and the density of log shares that it adds."""
    given = pd.read_csv(HERE / "brms_thresholds.csv", comment="#")
    for brms, family in (("sratio", "sequential"), ("acat", "adjacent")):
        mean, covariance = induced_moments(4, 1.0, family=family)
        own = given[given["family"] == brms]
        np.testing.assert_allclose(own["mean"], mean, atol=1e-5)
        np.testing.assert_allclose(own[["c1", "c2", "c3"]], covariance, atol=1e-5)
