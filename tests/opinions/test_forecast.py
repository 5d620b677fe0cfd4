"""Forecasts in people held out: against scikit-learn and the verb itself, fitted without them."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from valuestats import opinion_dynamics, opinion_forecast, simulate_ego_networks
from valuestats.base.errors import SpecificationError
from valuestats.opinions.panel import steps_of

QUICK = {"support_vector": False, "replicates": 200}


@pytest.fixture(scope="module")
def egos():
    return simulate_ego_networks(people=40, influence=0.5, seed=1)


def errors(found):
    return found.estimates.set_index("model")["estimate"]


def test_baselines_are_those_of_scikit_learn(egos):
    """With one person a fold the parts are no matter of chance."""
    found = errors(opinion_forecast(*egos, rules=["degroot"], folds=40, **QUICK))
    steps = steps_of(*egos)
    x = np.column_stack([steps.now, steps.mean_of_others])
    told = cross_val_predict(LinearRegression(), x, steps.then, groups=steps.member, cv=LeaveOneGroupOut())
    assert found["linear"] == pytest.approx(np.mean((steps.then - told) ** 2))
    assert found["persistence"] == pytest.approx(np.mean((steps.then - steps.now) ** 2))
    slope = LinearRegression(fit_intercept=False)
    g = (steps.mean_of_others - steps.now)[:, None]
    moved = cross_val_predict(slope, g, steps.then - steps.now, groups=steps.member, cv=LeaveOneGroupOut())
    assert found["DeGroot"] == pytest.approx(np.mean((steps.then - steps.now - moved) ** 2))


def test_a_rule_is_fitted_without_those_it_foretells(egos):
    panel, ties = egos
    found = errors(opinion_forecast(panel, ties, rules=["bounded_confidence"], folds=40, **QUICK))[
        "bounded confidence"
    ]
    steps, lost = steps_of(panel, ties), []
    for i in range(40):
        out = steps.units[steps.member[i]]
        network = panel.loc[panel["person"] == out, "network"].iloc[0]
        rest = [t[t["network"] != network] for t in (panel, ties)]
        fit = opinion_dynamics(*rest, intervals="profile", permutations=0, draws=100)  # the optimum
        at = fit.estimates["estimate"].to_numpy()
        d = steps.apart[steps.start[i] : steps.start[i + 1]]
        near = d[np.abs(d) <= at[0]]
        lost.append((steps.then[i] - steps.now[i] - at[1] * (near.mean() if len(near) else 0.0)) ** 2)
    assert found == pytest.approx(np.mean(lost), rel=0.03)  # middles of stretches differ by who is left out


def test_skill_and_its_interval_come_from_the_same_resamples(egos):
    found = opinion_forecast(*egos, rules=["degroot"], **QUICK)
    row = found.estimates.set_index("model").loc["DeGroot"]
    base = found.estimates["estimate"].iloc[0]
    assert row["skill"] == pytest.approx(1 - row["estimate"] / base)
    assert row["skill_lower"] < row["skill"] < row["skill_upper"]
    draws = found.replicates()
    gap = 1 - draws.sel(model="DeGroot") / draws.sel(model="persistence")
    assert row["skill_lower"] == pytest.approx(np.quantile(gap, 0.02), abs=0.03)


def test_support_vectors_stand_beside_where_they_can(egos, monkeypatch):
    found = opinion_forecast(*egos, rules=["degroot"], replicates=50)
    assert found.estimates["model"].tolist() == ["persistence", "linear", "support vectors", "DeGroot"]
    assert errors(found)["support vectors"] < errors(found)["persistence"]
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    without = opinion_forecast(*egos, rules=["degroot"], replicates=50)
    assert "support vectors" not in set(without.estimates["model"])
    assert "scikit-learn is not installed" in without.sentence()
    with pytest.raises(SpecificationError, match="scikit-learn") as caught:
        opinion_forecast(*egos, support_vector=True)
    assert "valuestats[learn]" in caught.value.hint


def test_what_is_no_better_than_persistence_is_no_finding():
    still = opinion_forecast(*simulate_ego_networks(people=60, influence=0.0, seed=3), **QUICK)
    assert still.sentence().startswith("No model foretells the next opinion better")
    assert {r.aspect for r in still.verdict.reasons if r.sign == "none"} == {"persistence"}
    moved = opinion_forecast(
        *simulate_ego_networks(people=60, influence=0.6, seed=3), rules=["degroot"], **QUICK
    )
    assert moved.verdict.sign == "sound"
    assert "DeGroot by" in moved.sentence()
    assert len(moved.plot().to_dict()["layer"]) == 3


def test_people_of_a_unit_are_held_out_together(egos):
    panel, ties = egos
    team = panel["network"].str.extract(r"(\d+)")[0].astype(int) % 10
    found = opinion_forecast(panel.assign(team=team), ties, rules=["degroot"], unit="team", **QUICK)
    assert found.estimates["n_units"].unique().tolist() == [10]
    with pytest.raises(SpecificationError, match="fewer units than folds"):
        opinion_forecast(panel.assign(team=team), ties, unit="team", folds=11)


def test_friedkin_and_johnsen_need_a_first_opinion():
    panel, ties = simulate_ego_networks(people=30, waves=3, seed=4)
    late = panel[~((panel["wave"] == 0) & (panel["person"] == "ego 1"))]
    found = opinion_forecast(late, ties, rules=["friedkin_johnsen"], **QUICK)
    assert found.estimates[["n_scored", "n_asked"]].iloc[0].tolist() == [58, 60]
    assert isinstance(found.estimates, pd.DataFrame)
