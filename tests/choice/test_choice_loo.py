"""Leave-one-out of choice models against fits without what is left out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from test_fit_choice import four_outcomes

from valuestats import Choices, Sampling, fit_choice, pair_choices
from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_draws import own_columns, utilities
from valuestats.choice.fit_posterior import posterior_draws


def fitted(formula, frame, draws):
    settings = {"engine": "laplace", "sampling": Sampling(draws=draws), "seed": 1}
    return fit_choice(formula, pair_choices(frame), ties="davidson", **settings)


def density(fit, choices, left):
    """Log of the mean over draws of the density of choices, by their utilities and no pattern of the fit's own."""
    eta = utilities(fit.draws, fit.design.matrices)
    log_p = fit.design.rows.stages.log_probabilities(eta, own_columns(fit.draws))
    rows = choices.design.rows
    value = (rows.taken @ log_p)[rows.pattern[left]].sum(axis=0)
    return logsumexp(value) - np.log(len(value))


def without(frame, fit, left):
    """The fit of the other choices, on the same layout."""
    rows = fit.design.rows
    keep = np.ones(len(rows.pattern))
    keep[left] = 0
    count = rows.taken.T @ np.bincount(rows.pattern, keep, rows.taken.shape[0])
    design = replace(fit.design, rows=replace(rows, stages=replace(rows.stages, count=np.asarray(count))))
    return replace(fit, draws=posterior_draws(design, fit.priors, **fit.settings)[0])


def test_choices_left_out_one_by_one_are_those_of_fits_without_them():
    frame = four_outcomes(np.random.default_rng(1), 120, spread=0.0)
    fit = fitted("utility ~ 0 + option + position", frame, draws=1500)
    found = fit.leave_out(most=4000)
    assert len(found) == 120
    assert found["reliable"].all()
    for left in (0, 50, 119):
        exact = density(without(frame, fit, [left]), fit, [left])
        assert found["elpd"].iloc[left] == pytest.approx(exact, abs=0.02)


def test_judges_are_predicted_as_new_ones():
    frame = four_outcomes(np.random.default_rng(2), 240, judges=4, spread=1.0)
    plain = fitted("utility ~ 0 + option + position", frame, draws=500)
    own = fitted("utility ~ 0 + option + position + (1|judge:option)", frame, draws=500)
    one, two = plain.leave_out("judge"), own.leave_out("judge")
    assert two["refitted"].all()
    assert not own.leave_out("judge", refit=False)["reliable"].any()
    assert one["choices"].sum() == two["choices"].sum() == 240
    left = np.flatnonzero((own.design.rows.per_choice["model"] == "j0").to_numpy())
    exact = density(without(frame, own, left), own, left)
    assert two["elpd"].iloc[0] == pytest.approx(
        exact, abs=1.0
    )  # Monte Carlo error of some sixty choices together
    assert two["elpd"].sum() > one["elpd"].sum()  # judges differ by a logit


def test_counted_choices_and_refusals():
    frame = four_outcomes(np.random.default_rng(3), 60)
    choices = pair_choices(frame)
    counted = Choices(choices.frame.assign(count=2))
    found = fit_choice(
        "utility ~ 0 + option", counted, ties="davidson", engine="laplace", sampling=Sampling(draws=100)
    ).leave_out()
    assert (found["times"] == 2).all()
    likely = fit_choice("utility ~ 0 + option", choices, ties="davidson", engine="ml")
    with pytest.raises(SpecificationError, match="needs a posterior"):
        likely.leave_out()
    with pytest.raises(SpecificationError, match="no such column"):
        fit_choice("utility ~ 0 + option", choices, ties="davidson", sampling=Sampling(draws=50)).leave_out(
            "topic"
        )
