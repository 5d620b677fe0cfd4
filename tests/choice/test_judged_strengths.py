"""Strengths corrected for a judge: ppi_py on the same pairs, simulated truths, planted defects.

tests/raters/references/prediction_powered.json holds `ppi_logistic_pointestimate` of ppi_py 0.2.3 over a grid of its lam,
and `ppi_logistic_ci` with its own tuned lam; the pairs stand in judged_pairs.csv.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

from valuestats import choice_strengths, pair_choices
from valuestats.base.errors import InputError, SpecificationError
from valuestats.choice.judged import judged_strengths
from valuestats.tables.choices import Choices

HERE = Path(__file__).parents[1] / "raters" / "references"
PPI = json.loads((HERE / "prediction_powered.json").read_text())["pairs"]
QUICK = {"draws": 2, "imputations": 5}
FEW = ["judge", "labelled", "prediction-powered"]


def both(frame, judge="judge", people="people"):
    told = frame[frame[people].notna()]
    return [
        pair_choices(f.assign(winner=f[c]), first="one", second="two", reads="places")
        for f, c in ((frame, judge), (told, people))
    ]


def pairs():
    return pd.read_csv(HERE / "judged_pairs.csv")


def drawn(seed, n=2000, labelled=300, right=0.8, tilt=False):
    rng = np.random.default_rng(seed)
    strength = np.array([1.0, 0.3, -0.3, -1.0])
    i = rng.integers(0, 4, n)
    j = (i + rng.integers(1, 4, n)) % 4
    true = rng.random(n) < expit(strength[i] - strength[j])
    judge = np.where(rng.random(n) < right, true, ~true)
    weight = np.where(judge, 4.0, 1.0) if tilt else np.ones(n)
    on = rng.random(n) < labelled * weight / weight.sum()
    names, words = np.array(list("wxyz")), np.array(["second", "first"])
    frame = pd.DataFrame(
        {"choice": np.arange(n), "one": names[i], "two": names[j], "judge": words[judge.astype(int)]}
    )
    return frame.assign(people=np.where(on, words[true.astype(int)], None)), strength


def own(found, estimator):
    return found.estimates[found.estimates["estimator"] == estimator].set_index("option")


def test_the_point_is_ppi_pys_at_the_same_weight():
    table = own(judged_strengths(*both(pairs()), estimators=FEW, **QUICK), "prediction-powered")
    found = (table["estimate"] - table["estimate"]["w"]).to_numpy()[1:]
    grid = np.array([float(k) for k in PPI["points"]])
    theirs = np.array(list(PPI["points"].values()))
    at = [np.interp(table["weight"].iloc[0], grid, column) for column in theirs.T]
    assert found == pytest.approx(at, abs=2e-4)  # linear between steps of .05


def test_errors_are_ppi_pys_near_its_own_weight():
    found = judged_strengths(*both(pairs()), estimators=["prediction-powered"], draws=200_000)
    draws = found.replicates().isel(estimator=0)
    sd = [float((draws.sel(option=o) - draws.sel(option="w")).std()) for o in "xyz"]
    theirs = (np.array(PPI["free"]["upper"]) - PPI["free"]["lower"]) / 2 / stats.norm.ppf(0.975)
    assert sd == pytest.approx(theirs, rel=0.08)  # its weight is tuned for other contrasts


def test_alone_each_is_choice_strengths():
    judge, people = both(pairs())
    found = judged_strengths(judge, people, estimators=FEW, **QUICK)
    for name, table in (("judge", judge), ("labelled", people)):
        theirs = choice_strengths(table, cluster="choice").estimates
        mine = own(found, name)
        assert mine["estimate"].to_numpy() == pytest.approx(theirs["estimate"].to_numpy(), abs=1e-8)
        assert mine["std_error"].to_numpy() == pytest.approx(theirs["std_error"].to_numpy(), rel=2e-3)


def test_corrected_strengths_hold_the_truth_the_judge_does_not():
    held = {m: [] for m in ("judge", "prediction-powered", "confusion")}
    for seed in range(12):
        frame, truth = drawn(seed)
        found = judged_strengths(*both(frame), estimators=list(held), draws=2, imputations=20)
        for name, hits in held.items():
            table = own(found, name)
            hits += ((table["lower"] <= truth) & (truth <= table["upper"])).tolist()
    assert np.mean(held["judge"]) < 0.6
    for name in ("prediction-powered", "confusion"):
        assert np.mean(held[name]) > 0.95 - 3 * (0.95 * 0.05 / 48) ** 0.5, name


def test_a_perfect_judge_leaves_the_judges_own_fit():
    frame, _ = drawn(1, right=1.0)
    found = judged_strengths(*both(frame), estimators=["judge", "prediction-powered"], **QUICK)
    assert own(found, "prediction-powered")["weight"].iloc[0] > 0.8
    gap = own(found, "prediction-powered")["estimate"] - own(found, "judge")["estimate"]
    assert np.abs(gap).max() < 0.1


def test_a_part_that_is_not_random_warns_and_nothing_else_does():
    frame, truth = drawn(2, tilt=True)
    found = judged_strengths(*both(frame), imputations=20, draws=2)
    assert len(found.meta["warnings"]) == 1
    assert "no random part" in found.meta["warnings"][0]
    signs = found.verdict.rows.drop_duplicates("estimator").set_index("estimator")["sign"]
    assert signs.to_dict() == {
        "judge": "care",
        "labelled": "care",
        "prediction-powered": "care",
        "confusion": "sound",
    }
    assert "biased" in found.sentence()
    table = own(found, "confusion")
    assert ((table["lower"] <= truth) & (truth <= table["upper"])).all()
    assert judged_strengths(*both(drawn(2)[0]), **QUICK).meta["warnings"] == []


def test_ties_places_and_clusters_go_through():
    frame, _ = drawn(3, n=600, labelled=200)
    frame.loc[frame.index % 9 == 0, "judge"] = "tie"
    frame.loc[(frame.index % 11 == 0) & frame["people"].notna(), "people"] = "tie"
    frame["judged_by"] = frame.index % 25
    found = judged_strengths(
        *both(frame), estimators=FEW, ties="davidson", position=True, cluster="judged_by", **QUICK
    )
    assert (found.estimates["n_units"] == 25).all()
    assert found.estimates["estimate"].notna().all()
    with pytest.raises(SpecificationError, match="pairs with one winner"):
        judged_strengths(*both(frame), ties="davidson", **QUICK)


def test_a_judge_that_says_the_contrary_is_refused_for_its_errors_only():
    frame, _ = drawn(4, right=0.2)
    with pytest.raises(SpecificationError, match="do not follow people's"):
        judged_strengths(*both(frame), **QUICK)
    assert (
        own(judged_strengths(*both(frame), estimators=FEW, **QUICK), "prediction-powered")["weight"].iloc[0]
        == 0
    )


def test_other_choices_other_options_and_too_few_are_named():
    judge, people = both(pairs())
    with pytest.raises(InputError, match="was not asked") as caught:
        judged_strengths(judge, Choices(people.frame.assign(choice=people.frame["choice"] + 1000)), **QUICK)
    assert "choice 10" in caught.value.got
    swapped = people.frame.assign(option=people.frame["option"].replace({"w": "v"}))
    with pytest.raises(InputError, match="other options"):
        judged_strengths(judge, Choices(swapped), **QUICK)
    with pytest.raises(SpecificationError, match="without people's choices"):
        judged_strengths(judge, Choices(people.frame[:4]), **QUICK)
    with pytest.raises(SpecificationError, match="once each"):
        judged_strengths(judge, people, estimators=[], **QUICK)
