"""Choice models by formula: against R's numbers, closed forms, the simpler verb, and simulations with a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax
from test_choice_strengths import EXPECTED, ROUND, baseball, pairs, puddings, rankings, shown, top_one

from valuestats import (
    Choices,
    Sampling,
    choice_strengths,
    fit_choice,
    pair_choices,
    ranking_choices,
)
from valuestats.base.errors import InputError, SpecificationError
from valuestats.choice.fit_design import choice_design
from valuestats.choice.fit_rows import choice_rows
from valuestats.choice.spec import ChoiceSpec
from valuestats.latent.likelihoods.protocol import Likelihood
from valuestats.results.storage import read_artifact, write_artifact

TIGHT = 1e-8
"""Both sides maximise the same likelihood by Newton's method."""


def held(fit, expected):
    table = fit.estimates.set_index("term")
    for option, row in expected["options"].items():
        assert table.loc[f"option[{option}]", "estimate"] == pytest.approx(row["estimate"], abs=TIGHT)
        assert table.loc[f"option[{option}]", "std_error"] == pytest.approx(row["std_error"], abs=TIGHT)
    others = table[table["part"] != "option utility"]
    np.testing.assert_allclose(others["estimate"], expected.get("others", []), atol=TIGHT)
    np.testing.assert_allclose(others["std_error"], expected.get("others_error", []), atol=TIGHT)
    if "log_likelihood" in expected:
        assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-7)


@pytest.mark.parametrize(
    ("make", "formula", "ties", "case"),
    [
        (puddings, "0 + option", "davidson", "pudding"),
        (baseball, "option + position", None, "baseball"),
        (lambda: rankings("salad"), "0 + option", None, "salad"),
        (lambda: rankings("issp"), "0 + option", "davidson", "issp"),
    ],
)
def test_maximum_likelihood_against_r(make, formula, ties, case):
    held(fit_choice(f"utility ~ {formula}", make(), ties=ties, engine="ml"), EXPECTED[case])


@pytest.mark.parametrize("cluster", [None, "subject"])
def test_covariates_and_clustered_errors_against_r(cluster):
    fit = fit_choice("utility ~ 0 + option + x + position", top_one(), engine="ml", cluster=cluster)
    table = fit.estimates.set_index("term")
    g = top_one().frame["subject"].nunique()
    for name, term in (("x", "x"), ("first", "position")):
        expected = EXPECTED["top_one"]["against_A"][name]
        error = expected["cluster_error"] * (g / (g - 1)) ** 0.5 if cluster else expected["std_error"]
        assert table.loc[term, "estimate"] == pytest.approx(expected["estimate"], abs=TIGHT)
        assert table.loc[term, "std_error"] == pytest.approx(error, abs=TIGHT)


def test_rao_kupper_against_r():
    """The cumulative logit with symmetric thresholds, R's ``ordinal::clm(threshold = "symmetric2")``."""
    held(
        fit_choice("utility ~ 0 + option", puddings(), ties="rao-kupper", engine="ml"),
        EXPECTED["pudding_rao_kupper"],
    )


def four_outcomes(rng, n=300, judges=6, spread=0.5):
    """Three options offered two at a time, with ties, "depends" and "none", and judges' own utilities."""
    worth = np.array([0.6, 0.0, -0.6])
    own = worth + spread * rng.normal(size=(judges, 3))
    i = rng.integers(0, 3, n)
    j = (i + rng.integers(1, 3, n)) % 3
    judge = rng.integers(0, judges, n)
    u, v = own[judge, i] + 0.3, own[judge, j]
    mean = 0.5 * (u + v)
    p = softmax(np.stack([u, v, mean - 0.4, mean - 0.8, mean - 1.2], axis=1), axis=1).cumsum(axis=1)
    taken = (rng.random((n, 1)) > p).sum(axis=1)
    names = np.array(list("xyz"))
    return pd.DataFrame(
        {
            "option_a": names[i],
            "option_b": names[j],
            "winner": np.array(["first", "second", "tie", "depends", "none"])[taken],
            "model": "j" + pd.Series(judge).astype(str),
            "condition": np.where(rng.random(n) < 0.5, "plain", "steered"),
        }
    )


FORMULA = "utility ~ 0 + option + option:condition + position + (1|judge:option) + (0 + position|judge)"


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
def test_gradients_and_curvature_are_those_of_differences(ties):
    rng = np.random.default_rng(1)
    frame = four_outcomes(rng, 60)
    frame = frame[~frame["winner"].isin(["depends", "none"])] if ties == "rao-kupper" else frame
    spec = ChoiceSpec(FORMULA, ties, None, "judge")
    design = choice_design(spec, choice_rows(pair_choices(frame), spec))
    stages = design.rows.stages
    assert isinstance(stages, Likelihood)
    eta, own = 0.7 * rng.normal(size=stages.rows), 0.3 * rng.normal(size=stages.own)
    both = np.concatenate([eta, own])

    def at(q):
        value, by_row, by_own = stages.gradient(q[: stages.rows, None], q[stages.rows :, None])
        return value[0], np.concatenate([by_row, by_own])[:, 0]

    h = 1e-5 * np.eye(len(both))
    slopes = np.array([(at(both + s)[0] - at(both - s)[0]) / 2e-5 for s in h])
    np.testing.assert_allclose(at(both)[1], slopes, atol=1e-7)
    assert stages.values(eta[:, None], own[:, None])[0] == pytest.approx(at(both)[0])
    bend = np.array([(at(both + s)[1] - at(both - s)[1]) / 2e-5 for s in h])
    found = stages.curvature(eta, own)
    rows = stages.rows
    np.testing.assert_allclose(found.rows.toarray(), -bend[:rows, :rows], atol=1e-6)
    np.testing.assert_allclose(found.cross.toarray(), -bend[:rows, rows:], atol=1e-6)
    for k, block in enumerate(found.own):
        own_at = slice(rows + k * stages.per, rows + (k + 1) * stages.per)
        np.testing.assert_allclose(block, -bend[own_at, own_at], atol=1e-6)


def test_rankings_with_ties_have_the_curvature_of_differences():
    frame = pd.DataFrame(
        {
            "choice": np.repeat([1, 2, 3], 4),
            "option": list("abcd") * 3,
            "rank": [1, 2, 2, 3, 1, 1, 1, 2, 1, None, 2, None],
            "x": np.random.default_rng(0).normal(size=12),
        }
    )
    spec = ChoiceSpec("utility ~ 0 + option + x", "davidson")
    stages = choice_rows(ranking_choices(frame), spec).stages
    rng = np.random.default_rng(2)
    eta, own = rng.normal(size=(stages.rows, 1)), rng.normal(size=(stages.own, 1))
    found = stages.curvature(eta[:, 0], own[:, 0]).rows.toarray()
    h = 1e-5
    for r in range(stages.rows):
        e = np.zeros_like(eta)
        e[r] = h
        bend = (stages.gradient(eta + e, own)[1] - stages.gradient(eta - e, own)[1]) / (2 * h)
        np.testing.assert_allclose(found[r], -bend[:, 0], atol=1e-7)


def test_a_wide_prior_is_the_maximum_of_the_likelihood():
    likely = fit_choice("utility ~ 0 + option + position", baseball(), engine="ml").estimates
    wide = fit_choice(
        "utility ~ 0 + option + position",
        baseball(),
        priors="wide",
        engine="laplace",
        sampling=Sampling(draws=2000),
    )
    np.testing.assert_allclose(
        wide.estimates["estimate"], likely["estimate"], atol=0.05
    )  # a fifth of an error
    np.testing.assert_allclose(wide.estimates["std_error"], likely["std_error"], atol=0.01)


def test_a_known_truth_is_found_with_judges_and_four_outcomes():
    frame = four_outcomes(np.random.default_rng(3), 6000, 40, 0.7)
    fit = fit_choice(
        FORMULA, pair_choices(frame), ties="davidson", thresholds="judge", engine="laplace", seed=1
    )
    table = fit.estimates.set_index("term")
    own = table[table["part"] == "tie or outcome"]["estimate"].groupby(lambda t: t.split(", ")[1]).mean()
    assert own["tie of 2"] == pytest.approx(-0.4, abs=0.15)
    assert own["depends"] == pytest.approx(-0.8, abs=0.15)
    assert own["none"] == pytest.approx(-1.2, abs=0.15)
    assert table.loc["position", "estimate"] == pytest.approx(0.3, abs=0.15)
    assert table.loc["sd[Intercept|judge:option]", "estimate"] == pytest.approx(0.7, abs=0.2)
    assert (table["lower"] < table["upper"]).all()


@pytest.mark.parametrize("engine", ["hmc", pytest.param("nuts", marks=pytest.mark.slow)])
def test_engines_agree(engine):
    choices = pair_choices(four_outcomes(np.random.default_rng(4), 500))
    formula = "utility ~ (1|option) + position + (0 + position|judge)"
    options = {"ties": "davidson", "seed": 2}
    one = fit_choice(
        formula, choices, engine="laplace", sampling=Sampling(draws=2000, target_accept=0.95), **options
    ).estimates
    two = fit_choice(
        formula,
        choices,
        engine=engine,
        sampling=Sampling(draws=1000 if engine == "hmc" else 400, target_accept=0.95),
        **options,
    )
    assert two.passed
    error = one["std_error"].to_numpy()
    # Four Monte Carlo errors of 500 effective draws.
    assert (np.abs(two.estimates["estimate"] - one["estimate"]) < 4 * error / 500**0.5 + 0.02).all()


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("utility ~ 0 + option + (1|judge)", r"Intercept of \(1\|judge\)"),
        ("utility ~ 0 + option + condition", "changes no choice"),
        ("utility ~ 0 + option + (position|judge)", "correlated effects"),
        ("utility ~ 0 + option + (0 + option|judge)", r"\(1\|judge:option\)"),
        ("utility ~ 0 + option + mo(x)", r"no mo\(\)"),
        ("answer ~ option", "called utility"),
        ("utility ~ 1", "nothing in the formula"),
        ("utility ~ 0 + option + (position||judge)", r"Intercept of \(position\|judge\)"),
        ("utility ~ option + __import__('os')", "can't call"),
    ],
)
def test_formulas_that_say_nothing_are_refused_by_name(formula, says):
    choices = pair_choices(four_outcomes(np.random.default_rng(0), 40))
    with pytest.raises(SpecificationError, match=says):
        fit_choice(formula, choices, ties="davidson", engine="ml")


def test_a_missing_column_and_nulls_are_named():
    frame = four_outcomes(np.random.default_rng(0), 40)
    with pytest.raises(InputError, match="length"):
        fit_choice("utility ~ 0 + option + length", pair_choices(frame), ties="davidson", engine="ml")
    frame["condition"] = frame["condition"].mask(frame.index == 3)
    with pytest.raises(SpecificationError, match="condition: 2 nulls"):
        fit_choice("utility ~ 0 + option*condition", pair_choices(frame), ties="davidson", engine="ml")


def test_the_margin_of_an_interaction_is_left_out_and_said():
    choices = pair_choices(four_outcomes(np.random.default_rng(0), 400))
    fit = fit_choice("utility ~ 0 + option*condition", choices, ties="davidson", engine="ml")
    assert any("condition alone changes no choice" in w for w in fit.result.meta["warnings"])
    table = fit.estimates.set_index("term")
    inner = table[table.index.str.contains(":")]
    assert inner["estimate"].sum() == pytest.approx(0, abs=1e-9)
    # Two conditions, each fitted alone: the same likelihood but for the ties, which are shared.
    assert len(inner) == 3


def test_interactions_are_fits_of_each_condition():
    frame = four_outcomes(np.random.default_rng(5), 600)
    frame = frame[frame["winner"].isin(["first", "second"])]
    whole = fit_choice("utility ~ 0 + option*condition", pair_choices(frame), engine="ml")
    found = whole.strengths("condition").estimates.set_index(["condition", "option"])
    for label, part in frame.groupby("condition"):
        alone = choice_strengths(pair_choices(part)).estimates.set_index("option")
        np.testing.assert_allclose(found.loc[label]["estimate"], alone["estimate"], atol=0.02)
    at = whole.maximum.beta
    assert at[:3].sum() == pytest.approx(0, abs=1e-10)
    value = sum(
        choice_strengths(pair_choices(part)).meta["fits"][0]["log_likelihood"]
        for _, part in frame.groupby("condition")
    )
    assert whole.result.meta["log_likelihood"] == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([*ROUND, ("u", "v", "a"), ("v", "u", "a")], "never compared with the others"),
        ([*ROUND, ("x", "w", "a")], "always or never win"),
    ],
)
def test_what_has_no_finite_estimate_is_named_or_rests_on_the_prior(rows, says):
    with pytest.raises(SpecificationError, match=says):
        fit_choice("utility ~ 0 + option", pair_choices(pairs(*rows)), engine="ml")
    fit = fit_choice(
        "utility ~ 0 + option", pair_choices(pairs(*rows)), engine="laplace", sampling=Sampling(draws=100)
    )
    assert np.isfinite(fit.estimates["estimate"]).all()
    assert any("prior" in w for w in fit.result.meta["warnings"])


def test_aliased_covariates_are_named():
    frame = shown(0.5, 100).assign(seen=1.0)
    choices = pair_choices(frame)
    choices.frame["size"] = choices.frame["option"].map({"p": 1.0, "q": 2.0, "r": 0.0, "s": 5.0})
    with pytest.raises(SpecificationError, match="told apart") as refused:
        fit_choice("utility ~ 0 + option + size", choices, engine="ml")
    assert "size" in str(refused.value)
    assert fit_choice(
        "utility ~ size + (1|option)", choices, engine="laplace", sampling=Sampling(draws=50)
    ).passed in (
        True,
        False,
    )


def test_counts_stand_for_equal_choices():
    d = puddings().frame
    wide = d.pivot(index="choice", columns="position", values=["option", "rank"])
    key = [wide["option", k] for k in (1, 2)] + [wide["rank", k].fillna(0).astype(int) for k in (1, 2)]
    first = wide.reset_index()["choice"].groupby([k.to_numpy() for k in key]).agg(["first", "size"])
    kept = d[d["choice"].isin(first["first"])].copy()
    kept["count"] = kept["choice"].map(dict(zip(first["first"], first["size"], strict=True)))
    held(fit_choice("utility ~ 0 + option", Choices(kept), ties="davidson", engine="ml"), EXPECTED["pudding"])


def test_outcomes_may_be_chosen():
    choices = pair_choices(four_outcomes(np.random.default_rng(6), 400))
    fit = fit_choice("utility ~ 0 + option", choices, ties="davidson", outcomes=["none"], engine="ml")
    frame = choices.frame[~(choices.frame["outcome"] == "depends").fillna(False)]
    same = choice_strengths(type(choices)(frame), ties="davidson")
    np.testing.assert_allclose(fit.estimates["estimate"][:3], same.estimates["estimate"], atol=TIGHT)
    assert any("an outcome that is not modelled" in w for w in fit.result.meta["warnings"])
    with pytest.raises(SpecificationError, match="no such outcome"):
        fit_choice("utility ~ 0 + option", choices, ties="davidson", outcomes=["never"], engine="ml")


def test_strengths_probabilities_ranks_and_residuals():
    fit = fit_choice(
        "utility ~ 0 + option + position", baseball(), engine="ml", sampling=Sampling(draws=2000)
    )
    beta = fit.estimates.set_index("term")["estimate"]
    found = fit.strengths()
    np.testing.assert_allclose(found.estimates["estimate"], beta[:7], atol=1e-10)  # antithetic draws
    p = fit.win_probabilities().set_index(["first", "second"])["estimate"]
    gap = beta["option[Boston]"] - beta["option[Detroit]"]
    assert p["Boston", "Detroit"] == pytest.approx(expit(gap), abs=0.003)
    assert p["Boston", "Detroit"] + p["Detroit", "Boston"] == pytest.approx(1)
    field = p[[k for k in p.index if k[0] == "Boston" and k[1] != "the field"]].mean()
    assert p["Boston", "the field"] == pytest.approx(field)
    ranks = fit.rank_sets().set_index("option")
    assert ranks.loc["Milwaukee", "place"] == 1
    assert ranks.loc["Baltimore", "place"] == 7
    assert len(fit.contrasts()) == 21
    residuals = fit.residuals()
    # The maximum's scores are 0: what each team won is what was expected of it.
    won = pd.concat(
        [
            residuals.set_index("first")[["observed", "expected"]],
            residuals.set_index("second")[["observed", "expected", "times"]]
            .assign(
                observed=lambda d: d["times"] - d["observed"], expected=lambda d: d["times"] - d["expected"]
            )
            .drop(columns="times"),
        ]
    )
    sums = won.groupby(level=0).sum()
    np.testing.assert_allclose(sums["observed"], sums["expected"], atol=1e-6)
    assert residuals["residual"].abs().max() < 4
    assert fit.transitivity()["observed"].iloc[0] >= 0
    assert "Milwaukee" in fit.result.sentence()
    assert fit.result.plot().to_dict()["layer"]
    assert found.sentence()
    assert fit.summary()


def test_cycles_are_counted_as_by_hand():
    """a beats b, b beats c, c beats a: one cycle of the four triples of four options."""
    rows = [("a", "b", "a")] * 30 + [("b", "c", "a")] * 30 + [("c", "a", "a")] * 30
    rows += [("a", "b", "b")] * 3 + [("b", "c", "b")] * 3 + [("c", "a", "b")] * 3
    rows += [(o, "d", w) for o in "abc" for w in "aab"]
    fit = fit_choice(
        "utility ~ 0 + option", pair_choices(pairs(*rows)), engine="laplace", sampling=Sampling(draws=200)
    )
    weak = fit.transitivity().set_index("transitivity").loc["weak"]
    assert weak["observed"] == 1
    assert weak["p"] < 0.6
    assert not fit.passed  # strengths can't give a cycle's counts
    assert fit.residuals()["residual"].abs().max() > 3


def test_a_fit_is_kept_and_read_again(tmp_path):
    choices = pair_choices(four_outcomes(np.random.default_rng(7), 200))
    for k, options in enumerate(({"engine": "ml"}, {"engine": "laplace", "thresholds": "judge"})):
        formula = "utility ~ 0 + option + position" + ("" if k == 0 else " + (1|judge:option)")
        fit = fit_choice(formula, choices, ties="davidson", sampling=Sampling(draws=50), **options)
        (tmp_path / str(k)).mkdir()
        write_artifact(fit, tmp_path / str(k))
        again = read_artifact(tmp_path / str(k))
        pd.testing.assert_frame_equal(again.estimates, fit.estimates)
        pd.testing.assert_frame_equal(again.strengths().estimates, fit.strengths().estimates)
        pd.testing.assert_frame_equal(again.residuals(), fit.residuals())


def test_intervals_are_the_quantiles_of_the_draws_and_wald():
    fit = fit_choice("utility ~ 0 + option", puddings(), ties="davidson", engine="laplace", level=0.8)
    drawn = fit.result.replicates().to_numpy()
    np.testing.assert_allclose(fit.estimates["lower"], np.quantile(drawn, 0.1, axis=0), atol=1e-9)
    likely = fit_choice("utility ~ 0 + option", puddings(), ties="davidson", engine="ml", level=0.8).estimates
    np.testing.assert_allclose(
        likely["upper"] - likely["estimate"], 1.2815515655446004 * likely["std_error"], atol=1e-12
    )
