"""Formulas read into cells and matrices, what is refused, and the two forms of the model against each other."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.likelihoods.families import cell_derivatives
from valuestats.latent.likelihoods.family_probabilities import (
    induced_moments,
    log_probabilities,
    thresholds_of_shares,
)
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectDraws, EffectPriors, row_log_probabilities
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_latent import column_scales, effects_posterior
from valuestats.regression.fit import fit_ordinal

FAMILIES = [
    ("cumulative", "logit"),
    ("cumulative", "probit"),
    ("cumulative", "cloglog"),
    ("sequential", "logit"),
    ("sequential", "probit"),
    ("sequential", "cloglog"),
    ("adjacent", "logit"),
]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "model": rng.choice(["a", "b"], 300),
            "item": rng.integers(0, 6, 300),
            "x": rng.integers(0, 4, 300) * 0.5,
        }
    )
    return frame.assign(answer=rng.integers(1, 5, 300), status="valid", effort=rng.integers(1, 4, 300))


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_probabilities_add_up_and_agree_with_the_likelihood_kernel(family, link):
    z = np.array([[-1.3, 0.1, 2.0], [-8.0, -7.5, 6.0]])
    log_p = log_probabilities(z, family=family, link=link)
    assert np.exp(log_p).sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-12)
    for k in range(4):
        value = cell_derivatives(np.eye(4)[[k, k]], z, family=family, link=link)[0]
        np.testing.assert_allclose(log_p[:, k], value, rtol=1e-10)


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_thresholds_of_shares_give_the_shares_back(family, link):
    shares = np.array([0.1, 0.25, 0.05, 0.6])
    cut = thresholds_of_shares(shares, family=family, link=link)
    np.testing.assert_allclose(np.exp(log_probabilities(cut, family=family, link=link)), shares, rtol=1e-12)


def test_sequential_thresholds_of_a_uniform_dirichlet_have_the_moments_of_logit_beta():
    # Stick breaking: P(stop at k) ~ Beta(1, K - k); its logit has mean psi(1) - psi(K - k), variance the trigammas.
    from scipy.special import digamma, polygamma

    mean, covariance = induced_moments(4, 1.0, family="sequential")
    left = np.array([3, 2, 1])
    np.testing.assert_allclose(mean, digamma(1) - digamma(left), atol=0.03)
    np.testing.assert_allclose(np.diag(covariance), polygamma(1, 1) + polygamma(1, left), rtol=0.04)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0.0, atol=0.05)


def test_a_formula_is_taken_apart():
    spec = OrdinalSpec("answer ~ C(model, Sum)*x + (1|item) + (1 + x|model:item) + mo(effort) + cs(x)")
    terms = spec.terms
    assert str(terms.fixed) == "C(model, Sum) + x + C(model, Sum):x"
    assert [str(group) for group in terms.groups] == ["1|item", "x|model:item"]
    assert (terms.monotonic, str(terms.specific)) == (("effort",), "x")
    assert terms.columns == ("model", "x", "item", "effort")


def test_cells_hold_every_answer_and_rows_point_to_their_cell(data):
    design = build_effects(data, OrdinalSpec("answer ~ model + (x||item)"))
    again = np.zeros_like(design.counts)
    np.add.at(again, (design.row_cell, design.row_category), design.row_count)
    assert (again == design.counts).all()
    assert design.counts.sum() == 300
    whole = data.assign(item=data["item"].astype(str))
    first = design.cells.iloc[design.row_cell[0]]
    assert (first["model"], f"{first['item']:g}") == (whole["model"][0], whole["item"][0])
    assert design.groups[0].levels == ("0", "1", "2", "3", "4", "5")
    np.testing.assert_allclose(design.counts.sum(axis=1) @ design.matrices.x, 0.0, atol=1e-9)


def test_counted_rows_are_the_same_data(data):
    counted = data.groupby(["model", "answer"], as_index=False).size().rename(columns={"size": "count"})
    one, two = (build_effects(d, OrdinalSpec("answer ~ model")) for d in (data, counted))
    assert (one.counts == two.counts).all()
    assert two.asked == 300


def test_rows_that_are_not_valid_are_asked_only(data):
    more = pd.concat([data, data.head(7).assign(status="refusal", answer=None)])
    design = build_effects(more, OrdinalSpec("answer ~ model"))
    assert (design.asked, design.counts.sum()) == (307, 300)


@pytest.mark.parametrize(
    ("formula", "change", "said"),
    [
        ("answer ~ wording", {}, "lack columns"),
        ("answer ~ model", {"model": "a"}, "one level"),
        ("answer ~ x + (1|item)", {"item": 1}, "one level"),
        ("answer ~ 0 + model", {}, "place of the intercept"),
        ("answer ~ model + (1|item", {}, "not closed"),
        ("answer ~ model*mo(effort)", {}, "stand alone"),
        ("answer ~ model + (1|item) + (1|item)", {}, "given twice"),
        ("answer ~ model + C(x)", {"x": None}, "nulls"),
        ("answer ~ model", {"answer": 2}, "two categories"),
        ("answer ~ model", {"answer": 2.5}, "whole numbers"),
        ("answer ~ mo(model)", {}, "ordered numbers"),
        ("answer model", {}, "response and terms"),
        ("answer ~ model + (1|item) + (x||item)", {}, "Intercept by item is given twice"),
        ("answer ~ model + (x||item:effort) + (1|effort:item)", {}, "given twice"),
        ("answer ~ x % model", {}, "has no '%'"),
        ("answer ~ x %in% model", {}, "has no '%in%'"),
        ("answer ~ model*x - effort", {}, "taken out that is not there"),
        ("answer ~ model + 2", {}, "a number is no term"),
        ("answer ~ model + offset(item) + offset(model)", {}, "holds labels"),
        ("answer ~ model + (0|item)", {}, "without effects"),
        ("answer ~ model + (1|item*x)", {}, "can't be read"),
        ("answer ~ `no such column`", {}, "lack columns"),
    ],
)
def test_what_cannot_be_fitted_is_refused(data, formula, change, said):
    with pytest.raises((InputError, SpecificationError), match=said):
        build_effects(data.assign(**change), OrdinalSpec(formula))


def test_what_the_data_cannot_tell_is_refused_or_noted(data):
    cases = {
        "never used": (data[data["answer"] != 3], "answer ~ model"),
        "separated": (data.assign(answer=data["answer"].where(data["model"] != "b", 4)), "answer ~ model"),
        "told apart": (data.assign(y=data["x"] * 2), "answer ~ x + y"),
    }
    for said, (frame, formula) in cases.items():
        with pytest.raises(SpecificationError, match=said):
            build_effects(frame, OrdinalSpec(formula))
        noted = build_effects(frame, OrdinalSpec(formula), unidentified="warn").notes
        assert any(said in note for note in noted)


def test_category_specific_effects_of_the_cumulative_family_are_refused(data):
    with pytest.raises(SpecificationError, match="probabilities fall"):
        fit_ordinal("answer ~ model + cs(x)", data)
    with pytest.raises(SpecificationError, match="linear, uncorrelated"):
        fit_ordinal("answer ~ model + (x|item)", data, engine="laplace")


def test_priors_must_be_positive():
    with pytest.raises(SpecificationError, match="positive"):
        EffectPriors(group=0.0)


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_the_pymc_model_and_the_latent_design_have_one_posterior(data, family, link):
    """Their log-densities differ by a constant between points that are the same in both."""
    import pymc as pm

    from valuestats.regression.effects_pymc import effects_model

    design = build_effects(data, OrdinalSpec("answer ~ model + x", family=family, link=link))
    priors = EffectPriors()
    posterior = effects_posterior(design, priors)
    model = effects_model(design, priors)
    with pm.pytensorf.pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        log_p = model.compile_logp(jacobian=False)
    rng = np.random.default_rng(1)
    ours, theirs = [], []
    for _ in range(3):
        x = 0.5 * rng.normal(size=(posterior.design.size, 1))
        ours.append(float(posterior.log_density(x, np.zeros((0, 1)))[0][0]))
        cut, beta = x[posterior.design.slices["cut"], 0], x[posterior.design.slices["beta"], 0]
        theirs.append(float(log_p({"cut_z": cut, "scaled_beta": beta})))
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), rtol=1e-6)


def test_offsets_are_in_both_forms_of_the_model_and_in_its_predictions(data):
    """A known coefficient of 1: the log-densities of both forms move alike, and by as much as the locations say."""
    import pymc as pm

    from valuestats.regression.effects_pymc import effects_model

    spec, priors = OrdinalSpec("answer ~ model + offset(2 * x + 3)"), EffectPriors()
    design = build_effects(data, spec)
    plain = build_effects(data, OrdinalSpec("answer ~ model + x"))
    np.testing.assert_allclose(design.matrices.offset, 2 * plain.matrices.x[:, 1], atol=1e-12)
    assert design.centres["offset"] == pytest.approx(2 * data["x"].mean() + 3)
    posterior = effects_posterior(design, priors)
    model = effects_model(design, priors)
    with pm.pytensorf.pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        log_p = model.compile_logp(jacobian=False)
    rng, ours, theirs = np.random.default_rng(1), [], []
    for _ in range(3):
        x = 0.5 * rng.normal(size=(posterior.design.size, 1))
        ours.append(float(posterior.log_density(x, np.zeros((0, 1)))[0][0]))
        cut, beta = x[posterior.design.slices["cut"], 0], x[posterior.design.slices["beta"], 0]
        theirs.append(float(log_p({"cut_z": cut, "scaled_beta": beta})))
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), rtol=1e-6)
    draws = EffectDraws(1, np.array([[[-1.0, 0.0, 1.0]]]), np.array([[0.3]]))
    rows = design.evaluate(pd.DataFrame({"model": ["b"], "x": [1.5]}))
    assert rows.offset == pytest.approx([2 * 1.5 + 3 - design.centres["offset"]])
    log_p = row_log_probabilities(design, draws, rows)[0]
    eta = 0.3 * rows.x[0, 0] + rows.offset[0]
    np.testing.assert_allclose(log_p, log_probabilities(np.array([[-1.0, 0.0, 1.0]]) - eta))


@pytest.mark.filterwarnings("ignore:PyTensor could not link")
@pytest.mark.parametrize(
    ("family", "link"),
    [("cumulative", "probit"), ("cumulative", "cloglog"), ("sequential", "cloglog"), ("adjacent", "logit")],
)
def test_every_part_of_the_pymc_model_is_in_the_named_draws(data, family, link):
    """Its log-likelihood at a draw from the prior against that of the NumPy kernel at the same values."""
    import pymc as pm
    from pytensor.compile.mode import Mode

    from valuestats.regression.effects_pymc import effects_model

    specific = " + cs(x)" if family != "cumulative" else " + x"
    formula = f"answer ~ model + mo(effort){specific} + (1 + x|model:item)"
    spec = OrdinalSpec(formula, family, link, thresholds="item", discrimination="item", disc="~ model")
    design = build_effects(data, spec)
    assert len(design.extended) == 4 + (family != "cumulative")
    model = effects_model(design, EffectPriors(disc=0.2, effect=0.5, group=0.3))
    names = [
        "cut",
        "likelihood",
        "scaled_beta",
        "effects_0",
        "monotonic_0",
        "simplex_0",
        "scaled_disc",
        "disc_sd",
        "disc_z",
    ]
    names += ["scaled_specific"] if family != "cumulative" else []
    plain = Mode(linker="py", optimizer="fast_compile")  # no compiler, no BLAS
    with pm.pytensorf.pytensor.config.change_flags(cxx=""):
        drawn = pm.draw([model[n] for n in names], random_seed=4, mode=plain)
    at = {name: np.asarray(value)[None] for name, value in zip(names, drawn, strict=True)}
    weights = design.counts.sum(axis=1)
    scales = column_scales(design.matrices.x, weights)
    reached = np.concatenate([[0.0], at["simplex_0"][0].cumsum()])[None] - 0.5
    draws = EffectDraws(
        1,
        at["cut"],
        at["scaled_beta"] / scales,
        (at["effects_0"],),
        (np.ones((1, 2)),),
        (None,),
        disc=at["scaled_disc"],
        log_disc=at["disc_sd"][:, None] * at["disc_z"],
        specific=at["scaled_specific"] / column_scales(design.matrices.specific, weights)[:, None]
        if specific == " + cs(x)"
        else None,
        monotonic=at["monotonic_0"][:, None],
        steps=(reached,),
    )
    log_p = row_log_probabilities(design, draws)[0]
    expected = np.where(design.counts > 0, design.counts * log_p, 0.0).sum()
    assert float(at["likelihood"][0]) == pytest.approx(expected, rel=1e-6)
