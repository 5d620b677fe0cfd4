"""Choice models against R's numbers: group effects, contest covariates, order and group interactions, ties, clusters.

Numbers and the calls that gave them: ``references/expected_fits.json`` (R 4.2.2: lme4, BradleyTerry2, prefmod, psychotools,
gnm, ordinal, PlackettLuce).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit
from test_choice_strengths import baseball, top_one

from valuestats import Sampling, fit_choice, pair_choices, ranking_choices
from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_mixed import LaplaceLikelihood

HERE = Path(__file__).parent / "references"
EXPECTED = json.loads((HERE / "expected_fits.json").read_text())
TIGHT = 1e-7
"""Both sides maximise the same likelihood by Newton's method."""


def read(name):
    return pd.read_csv(HERE / f"{name}.csv.gz", keep_default_na=False)


def held(fit, expected, *, tolerance=TIGHT):
    table = fit.estimates.set_index("term")
    for term, row in expected.items():
        assert table.loc[term, "estimate"] == pytest.approx(row["estimate"], abs=tolerance)
        error = row.get("se", row.get("std_error"))
        assert table.loc[term, "std_error"] == pytest.approx(error, abs=tolerance)


def options(expected):
    return {f"option[{name}]": row for name, row in expected["options"].items()}


def against(fit, first, reference):
    """Difference of two utilities and its error, from the covariance."""
    names = list(fit.design.names)
    row = np.zeros(len(fit.maximum.covariance))
    row[names.index(first)], row[names.index(reference)] = 1, -1
    estimates = np.concatenate([fit.maximum.beta, fit.maximum.own])
    return row @ estimates, np.sqrt(row @ fit.maximum.covariance @ row)


def test_pooled_abilities_against_lme4_and_laplace():
    expected = EXPECTED["baseball_mixed"]
    fit = fit_choice(
        "utility ~ position + (1|option)", baseball(), engine="ml", sampling=Sampling(draws=4000)
    )
    assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-8)
    held(fit, {"position": expected["parameters"]["home"]})
    spread = fit.estimates.set_index("term").loc["sd[Intercept|option]"]
    log = expected["parameters"]["log_sigma"]
    assert np.log(spread["estimate"]) == pytest.approx(log["estimate"], abs=TIGHT)
    assert spread["std_error"] / spread["estimate"] == pytest.approx(log["se"], abs=1e-6)
    modes = {t: m["estimate"] for t, m in expected["modes"].items()}
    found = dict(zip(fit.design.groups[0].levels, fit.at_maximum.effects[0][0, :, 0], strict=True))
    assert found == pytest.approx(modes, abs=1e-6)


def flatlizards():
    contests = read("flatlizards_contests").assign(won="first")
    traits = read("flatlizards_predictors").rename(columns={"item": "option"})
    choices = pair_choices(contests, first="winner", second="loser", winner="won")
    choices.frame[list(traits.columns[1:])] = choices.frame[["option"]].merge(traits, how="left")[
        traits.columns[1:]
    ]
    return choices


TRAITS = "throat.PC1 + throat.PC3 + head.length + SVL"


def test_covariates_of_options_against_r():
    expected = EXPECTED["flatlizards"]["fixed"]
    fit = fit_choice(f"utility ~ {TRAITS}", flatlizards(), engine="ml")
    held(fit, expected["parameters"])
    assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-8)


def test_group_effects_of_a_given_spread_against_laplace_in_r():
    """The contests have no cycle, so no finite spread is likeliest; at given ones the values are R's."""
    with pytest.raises(SpecificationError, match="no maximum") as refused:
        fit_choice(f"utility ~ {TRAITS} + (1|option)", flatlizards(), engine="ml")
    assert "Intercept|option" in str(refused.value)
    with pytest.raises(SpecificationError):
        fit_choice("utility ~ 0 + option", flatlizards(), engine="ml")
    fit = fit_choice(
        f"utility ~ {TRAITS} + (1|option)", flatlizards(), engine="laplace", sampling=Sampling(draws=50)
    )
    likelihood = LaplaceLikelihood(fit.design)
    for case in EXPECTED["flatlizards"]["at_fixed_sigma"]:
        beta = np.array([row["estimate"] for row in case["parameters"].values()]) * fit.design.units
        point = likelihood.at(np.r_[beta, np.log(case["sigma"])])
        assert point.value == pytest.approx(case["log_likelihood"], abs=1e-8)
        np.testing.assert_allclose(point.gradient[:4], 0, atol=1e-5)


def test_contest_covariates_against_r():
    contests = read("chameleons_contests").assign(won="first")
    choices = pair_choices(contests, first="winner", second="loser", winner="won")
    frame, first = choices.frame, choices.frame["position"] == 1
    traits = read("chameleons_predictors").rename(columns={"item": "option"})
    frame["prev.wins.2"] = frame["winner_prev2"].where(first, frame["loser_prev2"])
    frame[["ch.res", "prop.main"]] = frame[["option"]].merge(traits, how="left")[["ch.res", "prop.main"]]
    expected = EXPECTED["chameleons"]
    fit = fit_choice("utility ~ prev.wins.2 + ch.res + prop.main", choices, engine="ml")
    held(fit, expected["parameters"])
    assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-8)


def test_order_effect_and_clusters_against_r():
    frame = read("germanparties").rename(columns={"subject": "respondent"})
    choices = pair_choices(frame, first="first", second="second", reads="names")
    expected = EXPECTED["germanparties"]
    fit = fit_choice("utility ~ 0 + option + position", choices, engine="ml")
    held(fit, options(expected) | {"position": expected["order"]["order_first_logit"]})
    assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-7)
    clustered = fit_choice("utility ~ 0 + option + position", choices, engine="ml", cluster="respondent")
    small = (192 / 191) ** 0.5
    row = clustered.estimates.set_index("term").loc["position"]
    assert row["std_error"] == pytest.approx(
        expected["order"]["order_first_logit"]["cluster_se_HC0"] * small, abs=TIGHT
    )
    for party, want in expected["against_none"].items():
        if party != "order_first_logit":
            estimate, error = against(clustered, f"option[{party}]", "option[none]")
            assert estimate == pytest.approx(want["estimate"], abs=TIGHT)
            assert error == pytest.approx(want["se"] * small, abs=TIGHT)


def test_interactions_with_groups_of_judges_and_ties_against_r():
    """Davidson's model with utilities that differ by the students' English; contrasts with the last school."""
    frame = read("cems").rename(columns={"student": "respondent"})
    frame["winner"] = frame["outcome"].map({"i": "first", "j": "second", "tie": "tie"})
    choices = pair_choices(frame, first="item_i", second="item_j", reads="places")
    expected = EXPECTED["cems"]
    small = (frame["respondent"].nunique() / (frame["respondent"].nunique() - 1)) ** 0.5
    for cluster in (None, "respondent"):
        fit = fit_choice(
            "utility ~ 0 + option*C(ENG)", choices, ties="davidson", engine="ml", cluster=cluster
        )
        assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-7)
        kind, factor = ("cluster_se_HC0", small) if cluster else ("se", 1)
        for name, want in expected["parameters"].items():
            school, _, group = name.partition(":")
            if name == "log_nu":
                row = fit.estimates.set_index("term").loc["tie of 2"]
                found = row["estimate"], row["std_error"]
            else:
                end = ":C(ENG)[2]" if group else ""
                found = against(fit, f"option[{school}]{end}", f"option[Stockholm]{end}")
            assert found == pytest.approx((want["estimate"], want[kind] * factor), abs=TIGHT)


@pytest.mark.parametrize(("ties", "case"), [("davidson", "davidson_home"), ("rao-kupper", "rao_kupper_home")])
def test_ties_with_home_advantage_against_r(ties, case):
    frame = read("football")
    frame["winner"] = frame["result"].map({"home": "first", "away": "second"}).fillna("tie")
    choices = pair_choices(frame, first="home", second="away", reads="places")
    expected = EXPECTED[f"football_{case}"]
    fit = fit_choice("utility ~ 0 + option + position", choices, ties=ties, engine="ml")
    assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-8)
    tie = next(iter(expected["tie"].values()))
    order = next(iter(expected["order"].values()))
    if ties == "davidson":
        held(fit, options(expected) | {"position": order, "tie of 2": tie})
    else:
        held(fit, options(expected) | {"position": order, "log theta": tie})


def test_partial_rankings_clustered_by_farmer_against_r():
    frame = read("beans").rename(columns={"ranking": "choice", "item": "option", "farmer": "respondent"})
    expected = EXPECTED["beans"]
    choices = ranking_choices(frame)
    fit = fit_choice("utility ~ 0 + option", choices, engine="ml")
    held(fit, options(expected))
    assert fit.result.meta["log_likelihood"] == pytest.approx(expected["log_likelihood"], abs=1e-7)
    clustered = fit_choice("utility ~ 0 + option", choices, engine="ml", cluster="respondent")
    n = frame["respondent"].nunique()
    for bean, want in expected["against_local"].items():
        estimate, error = against(clustered, f"option[{bean}]", "option[Local]")
        assert estimate == pytest.approx(want["estimate"], abs=TIGHT)
        assert error == pytest.approx(want["se"] * (n / (n - 1)) ** 0.5, abs=TIGHT)


def test_ghost_pairs_against_r():
    """Half a win and half a loss of each bean against a ghost of worth 1 (npseudo = .5); all counts are doubled.

    PlackettLuce takes them for the estimates alone: its log-likelihood there is that of the rankings.
    """
    frame = read("beans").rename(columns={"ranking": "choice", "item": "option", "farmer": "respondent"})
    frame = frame[["choice", "option", "rank"]].assign(choice=frame["choice"].astype(str), count=2.0)
    real = fit_choice("utility ~ 0 + option", ranking_choices(frame, count="count"), engine="ml")
    names = sorted(frame["option"].unique())
    pairs = [
        {"choice": f"{name} {way}", "option": option, "rank": rank, "count": 1.0}
        for name in names
        for way, first in (("wins", name), ("loses", "ghost"))
        for option, rank in ((name, 1 + (first != name)), ("ghost", 1 + (first == name)))
    ]
    both = pd.concat([frame, pd.DataFrame(pairs)], ignore_index=True)
    fit = fit_choice("utility ~ 0 + option", ranking_choices(both, count="count"), engine="ml")
    expected = EXPECTED["beans"]["npseudo_half"]
    for bean, want in expected["against_local"].items():
        found = against(fit, f"option[{bean}]", "option[Local]")[0]
        assert found == pytest.approx(want, abs=TIGHT)
    worth = fit.estimates.set_index("term")["estimate"]
    beta = worth[[f"option[{n}]" for n in names]].to_numpy()
    value = real.design.rows.stages.values((real.design.matrices.x @ beta)[:, None], np.zeros((0, 1)))[0]
    assert value / 2 == pytest.approx(expected["log_likelihood"], abs=1e-7)


def test_covariates_against_the_conditional_logit_of_statsmodels():
    frame = top_one().frame
    x = pd.get_dummies(frame["option"], dtype=float).drop(columns="A")
    x = x.assign(x=frame["x"], position=(frame["position"] == 1).astype(float))
    chosen = frame["rank"].notna().astype(int)
    theirs = ConditionalLogit(chosen, x, groups=frame["choice"]).fit(disp=False, method="newton", tol=1e-12)
    fit = fit_choice("utility ~ 0 + option + x + position", top_one(), engine="ml")
    held(
        fit,
        {
            n: {"estimate": theirs.params[n], "se": np.sqrt(theirs.cov_params().loc[n, n])}
            for n in ("x", "position")
        },
        tolerance=1e-5,
    )
    assert fit.result.meta["log_likelihood"] == pytest.approx(theirs.llf, abs=1e-8)
    assert against(fit, "option[F]", "option[A]")[0] == pytest.approx(theirs.params["F"], abs=1e-6)
