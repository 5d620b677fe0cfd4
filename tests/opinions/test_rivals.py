"""Other rules on the same changes: against least squares refitted without each person, and simulated truth."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from valuestats import opinion_dynamics, simulate_ego_networks
from valuestats.opinions.panel import steps_of
from valuestats.opinions.rivals import LEFT_OUT, LIKELIHOOD, _left_out, rivals, rows_of
from valuestats.opinions.rules import ranged

ANCHORED = {"rule": "friedkin_johnsen", "susceptibility": 0.5, "self_weight": 0.5, "waves": 5, "people": 80}


@pytest.fixture(scope="module")
def anchored():
    return simulate_ego_networks(**ANCHORED, seed=3)


def about(result, aspect):
    return [(r.sign, r.text) for r in result.verdict.reasons if r.aspect == aspect]


@pytest.mark.parametrize("rule", ["degroot", "bounded_confidence", "deffuant", "hegselmann_krause"])
def test_a_wrong_rule_is_not_sound(anchored, rule):
    """Anchored opinions: each rule without an anchor is told from Friedkin and Johnsen's, by name and by how much."""
    found = opinion_dynamics(*anchored, rule=rule, permutations=0)
    ((sign, text),) = about(found, "rule")
    assert sign == "care"
    assert text.startswith("Friedkin-Johnsen (by ")
    assert "Friedkin-Johnsen (by " in found.verdict.sentence()
    assert "describes the same changes better" in found.sentence()
    assert any("Friedkin-Johnsen (by " in said for said in found.meta["warnings"])
    assert "sound" not in set(found.verdict.rows["sign"])


def test_the_planted_warning_is_the_only_one(anchored):
    found = opinion_dynamics(*anchored, rule="degroot", permutations=99)
    assert {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"} == {("rule", "care")}
    right = opinion_dynamics(*anchored, rule="friedkin_johnsen", permutations=99)
    assert right.verdict.sign == "sound"
    assert about(right, "rule") == [("sound", "no other rule describes the same changes clearly better")]


def test_a_bound_that_is_there_is_missed_by_rules_without_one():
    panel, ties = simulate_ego_networks(rule="hegselmann_krause", waves=4, people=150, seed=1)
    found = opinion_dynamics(panel, ties, rule="degroot", permutations=0)
    assert about(found, "rule")[0][1].startswith("Hegselmann-Krause (by ")


def test_people_left_out_are_foretold_by_the_others():
    """DeGroot's: least squares through the origin without each person, normal density with its mean square."""
    panel, ties = simulate_ego_networks(people=15, friends=4, waves=3, seed=2)
    steps = steps_of(panel, ties)
    y, g = steps.then - steps.now, steps.mean_of_others - steps.now
    expected = np.empty(len(y))
    for unit in np.unique(steps.member):
        out = steps.member == unit
        fit = sm.OLS(y[~out], g[~out]).fit()
        expected[out] = stats.norm.logpdf(y[out], fit.params[0] * g[out], np.sqrt(fit.mse_resid))
    found = _left_out(ranged("degroot", None, 1.0), steps, steps.member)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_after_two_waves_an_anchor_is_degroots_rule():
    panel, ties = simulate_ego_networks(people=40, seed=2)
    steps = steps_of(panel, ties)
    told = rivals(ranged("degroot", None, 1.0), steps, None, 0.95, 0)
    assert {o["rule"] for o in told["others"]} == {"deffuant", "hegselmann_krause", "bounded_confidence"}
    assert told["by"] == LEFT_OUT


def test_an_error_that_is_known_is_no_anchor():
    """DeGroot's rule measured with error: taken as exact, first opinions seem to pull; with the error they don't."""
    panel, ties = simulate_ego_networks(
        rule="degroot", influence=0.3, waves=4, people=150, error=0.05, noise=0.03, seed=3
    )
    for error, by in ((None, LEFT_OUT), (0.05, LIKELIHOOD)):
        told = opinion_dynamics(panel, ties, rule="degroot", error=error, permutations=0).meta["rivals"]
        (anchor,) = (o for o in told["others"] if o["rule"] == "friedkin_johnsen")
        assert told["by"] == by
        assert (anchor["gain"] > 5) == (error is None)
        assert not (error and anchor["better"])


def test_rows_that_are_kept_keep_their_friends():
    panel, ties = simulate_ego_networks(people=6, friends=3, seed=2)
    steps = steps_of(panel, ties)
    kept = np.array([True, False, True, True, False, True])
    some = rows_of(steps, kept)
    np.testing.assert_allclose(some.mean_of_others, steps.mean_of_others[kept])
    assert len(some) == 4
