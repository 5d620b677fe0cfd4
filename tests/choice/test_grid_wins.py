"""Grids, predictions and comparisons of choice models against closed forms, SciPy and statsmodels; their ArviZ tree."""

from itertools import permutations

import arviz_stats
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit, softmax

from valuestats import (
    ChoicePriors,
    Choices,
    comparisons,
    datagrid,
    fit_choice,
    fit_ordinal,
    hypotheses,
    pair_choices,
    predictions,
    slopes,
)
from valuestats.base.errors import InputError, SpecificationError
from valuestats.choice.fit_checks import probabilities

WORTH = {"care": 0.9, "power": -0.7, "truth": 0.1}
FORMULA = "utility ~ 0 + option + option:asked + length"


def pairs(n=900, seed=2, ties=False):
    """Choices of pairs by two ways of asking, with a length of each option's text."""
    rng = np.random.default_rng(seed)
    ways = list(permutations(WORTH, 2))
    at = rng.integers(0, len(ways), n)
    frame = pd.DataFrame([ways[k] for k in at], columns=["option_a", "option_b"])
    frame["asked"] = rng.choice(["plainly", "slyly"], n)
    a, b = rng.normal(size=(2, n)).round(1)
    more = (frame["asked"] == "slyly") * (
        (frame["option_a"] == "power") * 1.0 - (frame["option_b"] == "power")
    )
    d = frame["option_a"].map(WORTH) - frame["option_b"].map(WORTH) + more + 0.6 * (a - b)
    draw = rng.random(n)
    tie = 0.2 if ties else 0.0
    won = np.where(draw < expit(d) * (1 - tie), "option_a", "option_b")
    frame["winner"] = np.where(won == "option_a", frame["option_a"], frame["option_b"])
    if ties:
        frame.loc[draw > 1 - tie, "winner"] = "tie"
    return frame, a, b


def choices_of(frame, a=None, b=None):
    made = pair_choices(frame)
    if a is None:
        return made
    long = made.frame.copy()
    first = long.groupby("choice", sort=False).cumcount() == 0
    place = long["choice"].astype(int).to_numpy()
    return Choices(long.assign(length=np.where(first, a[place], b[place])))


@pytest.fixture(scope="module")
def told():
    frame, a, b = pairs()
    return frame, a, b, fit_choice(FORMULA, choices_of(frame, a, b), engine="ml", seed=1)


@pytest.fixture(scope="module")
def plain():
    return fit_choice("utility ~ 0 + option", choices_of(pairs()[0]), engine="ml", seed=1)


@pytest.fixture(scope="module")
def posterior():
    return fit_choice("utility ~ 0 + option", choices_of(pairs(240)[0]), engine="laplace", seed=1)


def test_pairs_are_bradley_and_terry_s_with_the_delta_method(plain):
    grid = datagrid(plain)
    found = predictions(plain, grid, most=4000).estimates
    names = list(plain.design.rows.options)
    beta, covariance = plain.maximum.beta, plain.maximum.covariance
    one, two = (np.array([names.index(o) for o in grid[c]]) for c in ("option", "against"))
    p = expit(beta[one] - beta[two])
    slope = np.zeros((len(grid), len(names)))
    slope[np.arange(len(grid)), one] += p * (1 - p)
    slope[np.arange(len(grid)), two] -= p * (1 - p)
    error = np.sqrt(np.einsum("ri,ij,rj->r", slope, covariance, slope))
    np.testing.assert_allclose(found["estimate"], p, atol=1e-12)
    np.testing.assert_allclose(found["std_error"], error, rtol=0.05)
    assert found["row"].iloc[0] == "care against power"
    assert (grid.groupby("choice")["option"].size() == 2).all()


def test_probabilities_at_covariates_are_those_of_statsmodels(told):
    frame, a, b, fit = told
    contrast = {"power": (0.0, 1.0), "truth": (1.0, 0.0), "care": (-1.0, -1.0)}
    side = [np.array([contrast[o] for o in frame[c]]) for c in ("option_a", "option_b")]
    gap, sly = side[0] - side[1], (frame["asked"] == "slyly").to_numpy()[:, None]
    x = np.column_stack([gap, gap * sly, a - b])
    known = sm.Logit((frame["winner"] == frame["option_a"]).astype(float), x).fit(disp=0)
    grid = datagrid(fit, {"asked": "levels"}, sets=["care", "power"]).assign(length=0.0)
    grid.loc[(grid["asked"] == "slyly") & (grid["option"] == "care"), "length"] = 1.5
    found = predictions(fit, grid, most=4000).estimates
    d = np.subtract(contrast["care"], contrast["power"])
    rows = np.array([[*d, 0, 0, 0.0], [*d, *d, 1.5]])
    told_by = known.get_prediction(rows)
    care = found[found["option"] == "care"]
    np.testing.assert_allclose(care["estimate"], told_by.predicted, atol=2e-5)
    np.testing.assert_allclose(care["std_error"], told_by.se, rtol=0.08)


def test_sets_of_several_options_are_the_softmax_of_their_utilities(plain, posterior):
    grid = datagrid(plain, sets="all")
    found = predictions(plain, grid).estimates
    np.testing.assert_allclose(found["estimate"], softmax(plain.maximum.beta), atol=1e-12)
    assert found["row"].iloc[0] == "care against power or truth"
    drawn = predictions(posterior, datagrid(posterior, sets="all"), most=10**6)
    assert drawn.estimates["estimate"].to_numpy() == pytest.approx(
        softmax(posterior.draws.beta, axis=1).mean(axis=0)
    )
    again = predictions(posterior).estimates.set_index("row")
    known = posterior.win_probabilities().set_index(["first", "second"])
    assert again.loc["power against truth", "estimate"] == pytest.approx(
        known.loc[("power", "truth"), "estimate"], abs=2e-3
    )


def test_averages_weigh_rows_and_keep_draws_paired(told):
    fit = told[3]
    grid = datagrid(fit, {"asked": "levels"})
    rows = predictions(fit, grid).estimates
    means = predictions(fit, grid, by=["option", "asked"])
    own = rows.groupby(["option", "asked"])["estimate"].mean()
    np.testing.assert_allclose(means.estimates.set_index(["option", "asked"])["estimate"], own)
    assert means.estimates["estimate"].sum() == pytest.approx(
        3.0
    )  # of 3 pairs and 2 ways one option each, 2 pairs an option
    gap = hypotheses(predictions(fit, grid, by="option")).estimates
    assert len(gap) == 3
    whole = datagrid(fit, "asked", others="observed")
    assert whole.groupby("asked")["choice"].nunique().tolist() == [3, 3]


def test_a_column_of_the_choice_changes_for_all_options(told):
    fit = told[3]
    found = comparisons(fit, "asked", datagrid(fit))
    ends = [
        predictions(fit, datagrid(fit, {"asked": [way]}), by="option").estimates
        for way in ("plainly", "slyly")
    ]
    gap = ends[1]["estimate"] - ends[0]["estimate"]
    assert found.keys == ("contrast", "option")
    np.testing.assert_allclose(found.estimates["estimate"], gap, atol=1e-12)
    assert found.estimates["estimate"].sum() == pytest.approx(0, abs=1e-12)
    ratio = comparisons(fit, {"asked": ("plainly", "slyly")}, datagrid(fit), comparison="ratio").estimates[
        "estimate"
    ]
    np.testing.assert_allclose(ratio, ends[1]["estimate"] / ends[0]["estimate"], atol=1e-12)


def test_a_column_of_the_options_changes_for_the_option_alone(told):
    fit = told[3]
    grid = datagrid(fit, sets=["care", "power"]).assign(length=[0.2, 0.7])
    found = comparisons(fit, {"length": 2.0}, grid, by=None).estimates
    b = fit.estimates.set_index("term").loc["length", "estimate"]
    p = predictions(fit, grid).estimates["estimate"]
    d = np.log(p / (1 - p))
    np.testing.assert_allclose(found["estimate"], expit(d + 2 * b) - p, atol=1e-9)
    odds = comparisons(fit, "length", grid, by=None, comparison="log odds ratio").estimates
    np.testing.assert_allclose(odds["estimate"], b, atol=1e-9)
    three = datagrid(fit, sets="all")
    u = np.log(predictions(fit, three).estimates["estimate"].to_numpy())
    changed = comparisons(fit, "length", three, by=None).estimates["estimate"]
    known = [softmax(u + b * (np.arange(3) == k))[k] - softmax(u)[k] for k in range(3)]
    np.testing.assert_allclose(changed, known, atol=1e-9)


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
def test_with_ties_the_probabilities_are_those_of_the_likelihood(ties):
    fit = fit_choice("utility ~ 0 + option", choices_of(pairs(ties=True)[0]), ties=ties, engine="ml")
    rows = fit.design.rows
    of = pd.Series(probabilities(fit.design, fit.at_maximum)[:, 0])
    grid = datagrid(fit)
    taken = predictions(fit, grid, outcome="probabilities").estimates.set_index(["option", "against"])[
        "estimate"
    ]
    wins = predictions(fit, grid).estimates.set_index(["option", "against"])["estimate"]
    members = rows.members.tolil().rows
    for stage, cells in enumerate(members):
        first, second = (rows.options[rows.option_of[c]] for c in cells)
        p = of[3 * stage : 3 * stage + 2].to_numpy()
        assert taken[[(first, second), (second, first)]].to_numpy() == pytest.approx(p)
        assert wins[(first, second)] == pytest.approx(p[0] / p.sum())
    drawn = fit.win_probabilities().set_index(["first", "second"])["estimate"]
    assert drawn[wins.index].to_numpy() == pytest.approx(wins.to_numpy(), abs=0.003)
    field = drawn.xs("the field", level="second")
    told = fit.strengths().estimates.set_index("option")["win_probability"]
    assert field.to_numpy() == pytest.approx(told[field.index].to_numpy(), abs=1e-12)


def test_outcomes_that_are_no_option_take_theirs():
    frame = pairs(600)[0]
    made = choices_of(frame).frame
    lost = made["choice"].astype(int) % 4 == 0
    made["outcome"] = np.where(lost, "depends", None)
    made["rank"] = made["rank"].mask(lost)
    fit = fit_choice("utility ~ 0 + option", Choices(made), engine="ml")
    grid = datagrid(fit, sets="all")
    found = predictions(fit, grid, outcome="probabilities").estimates["estimate"]
    u = fit.maximum.beta
    other = np.exp(u.mean() + fit.maximum.own.ravel()[0])
    np.testing.assert_allclose(found, np.exp(u) / (np.exp(u).sum() + other), atol=1e-12)


def test_groups_as_they_are_typical_or_new():
    rng = np.random.default_rng(5)
    judges = [f"j{k:02d}" for k in range(12)]
    lean = dict(zip(judges, rng.normal(0, 1.5, 12), strict=True))
    rows = pd.DataFrame(
        [("x", "y", j) for j in judges for _ in range(40)], columns=["option_a", "option_b", "model"]
    )
    p = expit(0.5 + rows["model"].map(lean))
    rows["winner"] = np.where(rng.random(len(rows)) < p, "x", "y")
    fit = fit_choice("utility ~ 0 + option + (1|model:option)", pair_choices(rows), engine="laplace", seed=1)
    whole = datagrid(fit, {"model": "levels"})
    own = predictions(fit, whole, by=["model", "option"]).estimates.query("option == 'x'").set_index("model")
    assert stats.spearmanr(own["estimate"], pd.Series(lean)[own.index])[0] > 0.9
    typical = predictions(fit, datagrid(fit), groups="zero").estimates["estimate"].iloc[0]
    new = predictions(fit, datagrid(fit), groups="new", most=4000).estimates.iloc[0]
    draws = fit.draws
    gap = draws.beta[:, 0] - draws.beta[:, 1]
    sd = np.sqrt(2) * draws.sds[0][:, 0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    known = (expit(gap[:, None] + sd[:, None] * nodes) @ weights / weights.sum()).mean()
    assert new["estimate"] == pytest.approx(known, abs=0.02)
    assert abs(new["estimate"] - 0.5) < abs(typical - 0.5)
    unseen = whole[whole["model"] == "j00"].assign(model="somebody")
    assert (
        predictions(fit, unseen, most=4000).estimates["std_error"].iloc[0] > own.loc["j00", "std_error"] * 1.5
    )


def test_thresholds_by_a_column_that_the_formula_lacks():
    frame = pairs(ties=True)[0]
    fit = fit_choice(
        "utility ~ 0 + option", choices_of(frame), ties="davidson", thresholds="asked", engine="ml"
    )
    grid = datagrid(fit, {"asked": "levels"})
    p = predictions(fit, grid, outcome="probabilities", by=["asked", "choice"]).estimates
    assert (p["estimate"] < 0.5).all()  # ties take theirs
    assert set(datagrid(fit)["asked"]) <= {"plainly", "slyly"}
    with pytest.raises(SpecificationError, match="no such asked"):
        predictions(fit, grid.assign(asked="loudly"), outcome="probabilities")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda g: g.drop(columns="length"), "lacks columns"),
        (lambda g: g.drop(columns="choice"), "lacks columns"),
        (lambda g: g.iloc[:1], "two options or more"),
        (lambda g: g.assign(option="care"), "two options or more"),
        (lambda g: g.assign(option=["care", "envy"]), "no such option"),
        (lambda g: g.assign(asked=["plainly", "slyly"]), "same for all options"),
        (lambda g: g.iloc[:0], "no rows"),
    ],
)
def test_a_grid_that_is_no_choice_is_refused(told, spoil, says):
    fit = told[3]
    with pytest.raises(SpecificationError, match=says):
        predictions(fit, spoil(datagrid(fit, sets=["care", "power"])))


def test_what_cannot_be_asked_is_said(told):
    fit = told[3]
    with pytest.raises(SpecificationError, match="no score"):
        predictions(fit, outcome="score")
    with pytest.raises(SpecificationError, match="no such column"):
        comparisons(fit, "option")
    with pytest.raises(SpecificationError, match="own levels"):
        comparisons(fit, "asked", by="asked")
    with pytest.raises(InputError, match="fit may not be this"):
        slopes(fit, "length")
    for sets in (["care"], [["care", "care"]], ["care", "envy"], "triples"):
        with pytest.raises(SpecificationError, match="set"):
            datagrid(fit, sets=sets)
    with pytest.raises(SpecificationError, match="no such column"):
        datagrid(fit, "colour")
    ordinal = fit_ordinal(
        "answer ~ model", pd.DataFrame({"model": list("aabb"), "answer": [1, 2, 2, 1]}), engine="laplace"
    )
    with pytest.raises(SpecificationError, match="offered in choices"):
        datagrid(ordinal, sets="pairs")
    with pytest.raises(SpecificationError, match="only options are taken"):
        predictions(ordinal, outcome="wins")


def test_sentences_and_figures_say_what_is_taken(told, posterior):
    fit = told[3]
    said = predictions(fit).sentence()
    assert said.startswith("The probability to be preferred is highest for care against truth, ")
    assert "900 of 900 choices were made; 95% Wald intervals" in said
    effect = comparisons(fit, "length", by=None)
    assert "with no correction for their number" in effect.sentence()
    assert "length" in effect.sentence()
    assert "posterior intervals" in predictions(posterior, by="option").sentence()
    for result in (predictions(fit), effect, comparisons(fit, "asked")):
        assert "Expected answer" not in str(result.plot().to_dict())
        assert result.verdict.sign in ("sound", "care")


def test_the_tree_is_what_arviz_reads(posterior):
    tree = posterior.to_datatree()
    assert tree["posterior"]["option_utility"].sizes == {"chain": 4, "draw": 250, "option_utility_term": 3}
    summary = arviz_stats.summary(tree, var_names="option_utility")
    means = posterior.estimates.set_index("term")["estimate"]
    known = [float(summary.loc[f"option_utility[{term}]", "mean"]) for term in means.index]
    np.testing.assert_allclose(known, means, atol=0.03)
    beta = tree["posterior"]["option_utility"].to_numpy().reshape(-1, 3).T
    rows = posterior.choices.frame.assign(choice=lambda f: f["choice"].astype(str)).set_index("choice")
    first = rows["rank"].fillna(2) == 1
    order = tree["log_likelihood"]["choice_id"].to_numpy()
    won, lost = rows.loc[first, "option"].loc[order], rows.loc[~first, "option"].loc[order]
    names = list(posterior.design.rows.options)
    gap = beta[[names.index(o) for o in won]] - beta[[names.index(o) for o in lost]]
    told = tree["log_likelihood"]["choice"].to_numpy().reshape(beta.shape[1], -1).T
    np.testing.assert_allclose(told, np.log(expit(gap)), atol=1e-10)
    score = float(np.sum(arviz_stats.loo(tree).elpd))
    assert score == pytest.approx(posterior.leave_out().eval("elpd * times").sum(), abs=0.3)
    assert float(tree["observed_data"]["counts"].sum()) == 240
    assert (tree["posterior_predictive"]["counts"].sum("taken") == 240).all()
    assert tree["observed_data"]["taken"].to_numpy()[0] == "care over power"


def test_the_prior_in_the_tree_is_that_of_the_model():
    frame, a, b = pairs(200)
    priors = ChoicePriors(option=0.7, effect=0.4, group=0.5)
    formula = "utility ~ 0 + option + length + (1|asked:option)"
    fit = fit_choice(formula, choices_of(frame, a, b), priors=priors, engine="laplace", seed=1)
    tree = fit.to_datatree(most=8)
    own = tree["log_prior"]["prior"].to_numpy().ravel()
    few = fit.draws
    assert own.shape == (8,)
    places = np.linspace(0, few.size // few.chains - 1, 2).round().astype(int)
    at = (np.arange(few.chains)[:, None] * (few.size // few.chains) + places).ravel()
    unit = fit.design.units[3]
    known = (
        stats.norm.logpdf(few.beta[at][:, :3], scale=0.7).sum(axis=1)
        + stats.norm.logpdf(few.beta[at][:, 3], scale=0.4 / unit)
        + stats.halfnorm.logpdf(few.sds[0][at][:, 0], scale=0.5)
    )
    np.testing.assert_allclose(own - own[0], known - known[0], atol=1e-9)


def test_a_fit_by_maximum_likelihood_has_no_tree(plain):
    with pytest.raises(SpecificationError, match="needs a posterior"):
        plain.to_datatree()
