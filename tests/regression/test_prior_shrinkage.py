"""What priors do to the terms of a regression: against maximum likelihood (R), PyMC's own draws, and closed forms."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from valuestats.base.errors import SpecificationError
from valuestats.latent.sampling import Sampling
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_report import reported_terms
from valuestats.regression.figures import prior_consequences_chart
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.prior_consequences import prior_consequences
from valuestats.regression.shrinkage import prior_sds
from valuestats.study import run_study

HERE = Path(__file__).parents[1] / "r"
WINE = pd.read_csv(HERE / "wine.csv")
FAMILIES = pd.read_csv(HERE / "ordinal_families_data.csv")
KNOWN = pd.read_csv(HERE / "formula_fits.csv", comment="#").set_index(["fit", "name"])["estimate"]
TERMS = {"temp[warm]": "tempwarm", "contact[yes]": "contactyes"}


def test_the_estimate_without_priors_is_the_maximum_of_the_likelihood():
    fit = fit_ordinal("rating ~ temp + contact", WINE, seed=1)
    table = fit.shrinkage.set_index("term")
    for term, name in (TERMS | {f"threshold[{k}|{k + 1}]": f"{k}|{k + 1}" for k in range(1, 5)}).items():
        assert table.loc[term, "flat"] == pytest.approx(KNOWN["wine logit", name], abs=1e-6)
    shown = fit.summary()
    for text in ("flat", "prior_sd", "2.503", "1.5"):
        assert text in shown


def test_with_groups_it_is_that_of_clmm_where_its_spread_is():
    """The spread is held at its posterior mean, which its prior pulls below the maximum."""
    fit = fit_ordinal("rating ~ temp + contact + (1|judge)", WINE, seed=1)
    table = fit.shrinkage.set_index("term")
    spread = fit.estimates.set_index("term").loc["sd[Intercept|judge]", "estimate"]
    assert spread < KNOWN["wine judge", "sd (Intercept) judge"]
    for term, name in TERMS.items():  # a smaller spread, smaller effects
        assert KNOWN["wine logit", name] < table.loc[term, "flat"] < KNOWN["wine judge", name]
    assert np.isnan(table.loc["sd[Intercept|judge]", "flat"])


@pytest.mark.filterwarnings("ignore:PyTensor could not link")
@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("answer ~ model + x + mo(persona) + (1 + x|item)", {"disc": "~ model"}),
        ("answer ~ model + cs(x) + (1|item)", {"family": "adjacent"}),
        ("answer ~ x", {"thresholds": "model", "discrimination": "model", "link": "probit"}),
    ],
)
def test_prior_standard_deviations_are_those_of_draws_from_the_pymc_model(formula, options):
    import pymc as pm
    from pytensor.compile.mode import Mode

    from valuestats.regression.effects_pymc import effects_model, pymc_effect_draws

    priors = EffectPriors(effect=0.8, group=0.7, lkj=1.5)
    few = FAMILIES.assign(persona=FAMILIES["persona"] % 3)
    design = build_effects(few, OrdinalSpec(formula, **options))
    model = effects_model(design, priors)
    plain = Mode(linker="py", optimizer="fast_compile")
    with pm.pytensorf.pytensor.config.change_flags(cxx=""), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the likelihood is a potential, which prior draws leave out
        drawn = pm.sample_prior_predictive(
            2000,
            model,
            random_seed=3,
            compile_kwargs={"mode": plain},
            var_names=[v.name for v in model.unobserved_RVs],
        )
    tree = xr.DataTree.from_dict({"posterior": drawn["prior"].to_dataset()})
    terms = reported_terms(design, pymc_effect_draws(design, tree))
    found = prior_sds(design, priors, terms)
    np.testing.assert_allclose(found, terms.values.std(axis=0), rtol=0.08)


def test_wide_priors_hardly_shrink_and_default_ones_do():
    by = {p: fit_ordinal("rating ~ temp + contact", WINE, priors=p, seed=1) for p in (None, "wide")}
    for term, name in TERMS.items():
        best = KNOWN["wine logit", name]
        default, wide = (fit.estimates.set_index("term").loc[term, "estimate"] for fit in by.values())
        assert default < 0.9 * best
        assert wide == pytest.approx(best, rel=0.03)
    assert by["wide"].result.meta["specification"]["priors"]["effect"] == EffectPriors.wide().effect
    ratios = {p: fit.shrinkage["ratio"][:2].mean() for p, fit in by.items()}
    assert 0.25 < ratios[None] < 0.4
    assert ratios["wide"] < 0.1


def test_where_there_is_no_maximum_nothing_stands_for_it():
    frame = FAMILIES.assign(answer=FAMILIES["answer"].where(FAMILIES["model"] != "c", 4))
    fit = fit_ordinal("answer ~ model + x", frame, unidentified="warn", seed=1, sampling=Sampling(draws=100))
    assert fit.shrinkage["flat"].isna().all()
    assert fit.shrinkage["ratio"].notna().all()
    assert "–" in fit.summary()
    # The prior alone speaks of what the answers have no upper limit for.
    ratio = fit.shrinkage.set_index("term")["ratio"]
    assert ratio["model[c]"] > 2 * ratio["model[b]"]
    with pytest.raises(SpecificationError, match="needs a posterior"):
        _ = fit_ordinal("answer ~ model", FAMILIES, engine="ml", sampling=Sampling(draws=25)).shrinkage


@pytest.mark.parametrize("priors", ["narrow", 3, {"effect": 1.0}])
def test_other_priors_are_refused(priors):
    with pytest.raises(SpecificationError, match="no such priors"):
        fit_ordinal("rating ~ temp", WINE, priors=priors)


def test_a_study_can_ask_for_wide_priors_or_maximum_likelihood(tmp_path):
    WINE.to_csv(tmp_path / "wine.csv", index=False)
    (tmp_path / "study.yml").write_text(
        """
study: wine
title: Wine
seed: 1
steps:
  data: {verb: read_table, path: {file: wine.csv}}
  wide: {verb: fit_ordinal, data: "@data", formula: rating ~ temp, priors: wide, sampling: {draws: 50}}
  own: {verb: fit_ordinal, data: "@data", formula: rating ~ temp, priors: {effect: 2.0}, sampling: {draws: 50}}
  small: {verb: fit_ordinal, data: "@data", formula: rating ~ temp, engine: ml, sampling: {draws: 50}}
  large: {verb: fit_ordinal, data: "@data", formula: rating ~ temp + contact, engine: ml, sampling: {draws: 50}}
  profile: {verb: profile_intervals, fit: "@large"}
  scores: {verb: expected_score, fit: "@large", by: temp}
"""
    )
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    assert run.load("wide").priors == EffectPriors.wide()
    assert run.load("own").priors.effect == 2.0
    assert run.load("large").log_likelihood == pytest.approx(KNOWN["wine logit", "loglik"], abs=1e-6)
    assert run.load("profile")["term"].tolist() == list(TERMS)
    assert run.load("scores").estimates["interval"].unique().tolist() == ["Wald, simulated"]


def test_prior_consequences_have_the_closed_forms_that_there_are():
    """A correlation with parameter 1 is uniform; the log of a ratio is a half-normal."""
    table = prior_consequences(
        {"one": EffectPriors(lkj=1.0, disc=0.5, specific=2.0)}, draws=40_000
    ).set_index("part")
    quantiles = ["q05", "q25", "q50", "q75", "q95"]
    np.testing.assert_allclose(
        table.loc["lkj", quantiles].astype(float), [0.05, 0.25, 0.5, 0.75, 0.95], atol=0.01
    )
    half_normal = np.array([0.0627, 0.3186, 0.6745, 1.1503, 1.96])
    for part, scale in (("disc", 0.5), ("specific", 2.0)):
        np.testing.assert_allclose(
            np.log(table.loc[part, quantiles].astype(float)), scale * half_normal, atol=0.03 * scale
        )
    assert prior_consequences_chart(prior_consequences(draws=200)).to_dict()["vconcat"]
