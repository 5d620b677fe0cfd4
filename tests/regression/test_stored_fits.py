"""A fit that a study keeps is the fit that was made: what is worked out from it is the same to the last digit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.sampling import Sampling
from valuestats.regression.checks import prior_sensitivity, rootogram
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectDraws, EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.loo import compare_fits, leave_group_out, leave_one_out
from valuestats.regression.population import poststratified_scores
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.storage import read_artifact, write_artifact
from valuestats.study import run_study

FEW = {"sampling": Sampling(draws=60, tune=60), "seed": 1}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "model": np.repeat(["a", "b", "7"], 80),
            "item": np.tile(np.repeat(np.arange(8), 10), 3),
            "effort": rng.integers(0, 3, 240),
            "length": rng.normal(0, 1, 240),
        }
    )
    eta = 1.2 * (frame["model"] == "b") + 0.3 * frame["length"] + rng.normal(0, 0.8, 8)[frame["item"]]
    p = np.exp(log_probabilities(np.array([-1.0, 0.0, 1.2]) - eta.to_numpy()[:, None]))
    frame["answer"] = 1 + (rng.random(len(frame))[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
    frame["status"] = "valid"
    frame.loc[5:9, ["answer", "status"]] = [np.nan, "refusal"]
    return frame


FITTED = {
    "groups and thresholds": (
        "answer ~ C(model, Sum) + (1|item)", {"thresholds": "model", "scale": (1, 5), "unidentified": "warn"},
    ),
    "slopes": ("answer ~ model + length + (length||item)", {"priors": EffectPriors(effect=0.7, group=0.123456789012345)}),
    "no covariate": ("answer ~ 1", {}),
}  # fmt: skip
# What only a slow sampler fits: its design with drawn numbers in the place of a posterior.
DRAWN = {
    "all parts": ("answer ~ length + mo(effort) + (length|item)", {"disc": "~ model"}),
    "category-specific": ("answer ~ model + cs(length)", {"family": "adjacent"}),
    "graded": ("answer ~ 1 + (1|model)", {"thresholds": "item", "discrimination": "item"}),
}  # fmt: skip


def drawn(formula, options, data):
    """A fit whose posterior is random numbers of the right shapes."""
    design = build_effects(data, OrdinalSpec(formula, **options))
    rng = np.random.default_rng(3)
    few, steps = 20, len(design.codes) - 1
    cut = np.sort(rng.normal(0, 1, (few, max(1, len(design.set_labels)), steps)), axis=-1)
    several = [g for g in design.groups if g.correlated]
    draws = EffectDraws(
        2,
        cut,
        rng.normal(0, 1, (few, len(design.names))),
        tuple(rng.normal(0, 1, (few, len(g.levels), len(g.names))) for g in design.groups),
        tuple(rng.random((few, len(g.names))) for g in design.groups),
        tuple(np.tile(np.eye(len(g.names)), (few, 1, 1)) if g in several else None for g in design.groups),
        rng.random(few) if design.set_labels else None,
        rng.normal(0, 0.1, (few, len(design.disc_names))) if design.disc_names else None,
        rng.normal(0, 0.1, (few, len(design.level_labels))) if design.level_labels else None,
        rng.random(few) if design.level_labels else None,
        rng.normal(0, 0.1, (few, len(design.specific_names), steps)) if design.specific_names else None,
        rng.normal(0, 1, (few, len(design.monotonic_names))) if design.monotonic_names else None,
        tuple(np.tile(np.linspace(0, 1, len(v)), (few, 1)) for v in design.monotonic_levels),
    )
    other = fit_ordinal("answer ~ model", data, **FEW)
    return replace(other, design=design, draws=draws, settings={**other.settings, "target_accept": 0.9})


@pytest.fixture(scope="module", params=[*FITTED, *DRAWN])
def pair(request, data, tmp_path_factory):
    formula, options = {**FITTED, **DRAWN}[request.param]
    fit = (
        fit_ordinal(formula, data, **options, **FEW)
        if request.param in FITTED
        else drawn(formula, options, data)
    )
    folder = tmp_path_factory.mktemp("fit")
    write_artifact(fit, folder)
    return fit, read_artifact(folder), folder


DESIGN = (
    "spec names disc_names specific_names monotonic_names monotonic_levels groups set_labels level_labels asked notes "
    "counts codes row_cell row_category row_count"
)


def same(one, two):
    if isinstance(one, np.ndarray):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)
    elif isinstance(one, tuple):
        assert len(one) == len(two)
        for a, b in zip(one, two, strict=True):
            same(a, b)
    else:
        assert one == two


def test_every_part_of_a_fit_comes_back(pair):
    fit, again, folder = pair
    pd.testing.assert_frame_equal(again.result.estimates, fit.result.estimates, check_exact=True)
    assert (again.priors, again.settings) == (fit.priors, fit.settings)
    assert again.result.sentence() == fit.result.sentence()
    for name in fit.draws.__dataclass_fields__:
        same(getattr(fit.draws, name), getattr(again.draws, name))
    for name in DESIGN.split():
        same(getattr(fit.design, name), getattr(again.design, name))
    pd.testing.assert_frame_equal(again.design.cells, fit.design.cells, check_exact=True)
    for name in fit.design.matrices.__dataclass_fields__:
        same(getattr(fit.design.matrices, name), getattr(again.design.matrices, name))
    same(fit.design.centres["x"], again.design.centres["x"])
    assert not [p for p in folder.rglob("*") if p.suffix in (".pkl", ".pickle", ".npy")]


def test_what_is_worked_out_from_a_kept_fit_is_the_same(pair):
    fit, again, _ = pair
    new = fit.design.cells.head(2)
    for verb, options in (
        (predicted_probabilities, {}),
        (expected_score, {"newdata": new} if len(new.columns) else {}),
    ):
        one, two = (verb(f, **options) for f in (fit, again))
        one, two = (getattr(f, "estimates", f) for f in (one, two))
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_a_kept_fit_is_fitted_again_and_cross_validated_alike(data, tmp_path):
    fit = fit_ordinal("answer ~ model + (1|item)", data, **FEW)
    write_artifact(fit, tmp_path)
    again = read_artifact(tmp_path)
    one, two = (leave_one_out(f, refits=1) for f in (fit, again))
    (tmp_path / "loo").mkdir()
    write_artifact(one, tmp_path / "loo")
    for found in (two, read_artifact(tmp_path / "loo")):
        assert (found.elpd, found.se, found.p, found.good_k, found.warning) == (
            one.elpd, one.se, one.p, one.good_k, one.warning,
        )  # fmt: skip
        np.testing.assert_array_equal(found.elpd_i, one.elpd_i)
        np.testing.assert_array_equal(found.pareto_k, one.pareto_k)
        np.testing.assert_array_equal(found.elpd_i.groupby("model").sum(), one.elpd_i.groupby("model").sum())
    pd.testing.assert_frame_equal(
        *(leave_group_out(f, "item", most=60, refit=False) for f in (fit, again)), check_exact=True
    )
    pd.testing.assert_frame_equal(
        *(marginal_effects(f, "model", reference="a").estimates for f in (fit, again)), check_exact=True
    )


STUDY = """
study: fits
title: Fits
seed: 1
level: 0.9
reports: []
steps:
  data: {verb: read_table, path: {file: data.csv}}
  alike: &fit {verb: fit_ordinal, data: "@data", formula: "answer ~ 1 + (1|item)", sampling: {draws: 60, tune: 60}}
  differ: {<<: *fit, formula: "answer ~ model + (1|item)"}
  scores: {verb: expected_score, fit: "@differ", by: model}
  probabilities: {verb: predicted_probabilities, fit: "@differ", by: [model]}
  effects: {verb: marginal_effects, fit: "@differ", variable: model, reference: a}
  loo: {verb: leave_one_out, fit: "@differ", refits: 0}
  compared: {verb: compare_fits, fits: {alike: "@alike", differ: "@differ"}, refits: 0}
  hanging: {verb: rootogram, fit: "@differ", by: model}
  moved: {verb: prior_sensitivity, fit: "@differ"}
"""


def test_the_verbs_of_fits_are_steps_of_a_study(data, tmp_path, monkeypatch):
    (tmp_path / "study.yml").write_text(STUDY)
    data.to_csv(tmp_path / "data.csv", index=False)
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    fit = fit_ordinal("answer ~ model + (1|item)", pd.read_csv(tmp_path / "data.csv"), level=0.9, **FEW)
    direct = {
        "scores": expected_score(fit, by="model", level=0.9).estimates,
        "probabilities": predicted_probabilities(fit, by=["model"], level=0.9).estimates,
        "effects": marginal_effects(fit, "model", reference="a", level=0.9).estimates,
        "hanging": rootogram(fit, "model", level=0.9, seed=1),
        "moved": prior_sensitivity(fit),
        "compared": compare_fits({"alike": run.load("alike"), "differ": fit}, refits=0),
    }
    for name, expected in direct.items():
        found = run.load(name)
        pd.testing.assert_frame_equal(getattr(found, "estimates", found), expected, check_exact=True)
    assert run.load("loo").elpd == leave_one_out(fit, refits=0).elpd
    # A page shows what a fit found.
    assert StoredStudy(run.folder)["differ"].sentence() == fit.result.sentence()
    again = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    assert again.computed == ()


def test_poststratified_scores_of_a_kept_fit(tmp_path):
    rng = np.random.default_rng(2)
    people = pd.DataFrame(
        {
            "source": np.repeat(["people", "model x"], 120),
            "age": np.tile(["old", "young"], 120),
            "respondent": [*map(str, np.repeat(range(30), 4)), *["x"] * 120],
            "answer": rng.integers(1, 4, 240),
        }
    )
    fit = fit_ordinal("answer ~ source * age + (1|respondent)", people, **FEW)
    write_artifact(fit, tmp_path)
    population = pd.DataFrame({"age": ["old", "young"], "count": [40, 60]})
    one, two = (
        poststratified_scores(f, population, source="source").estimates
        for f in (fit, read_artifact(tmp_path))
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)
