"""COUPLE: the planted model is found, the scorer sees through the judge, real prompts are scored by their choices."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import target_profile, value_graph
from valuestats.base.errors import InputError
from valuestats.graphs.evidence import equivalents
from valuestats.graphs.graph import graph_of
from valuestats.orderings.targets import ALL
from valuestats.study import run_study
from valuestats.systems.couple.comparison import couple_comparison
from valuestats.systems.couple.release import (
    PROMPTED,
    UNPROMPTED,
    profile_targets,
    prompted_effects,
    prompted_outcomes,
    prompted_profiles,
    supposed_judge,
)
from valuestats.systems.couple.simulate import (
    ACCURACY,
    LEVELS,
    judged,
    simulate_couple,
    simulate_steered,
    true_graph,
)
from valuestats.systems.daily_dilemmas.release import principle_scores, read_steered_choices
from valuestats.tables.comparisons import pair_choices

ROOT = Path(__file__).parents[3]
ANALYSIS = ROOT / "analyses" / "couple"
RELEASE = "github.com/kellycyy/daily_dilemmas/3b579ab5d9ec44e1c68597f84f6fde8eee34783e/data"
TABLE = "principle_openai_gpt4_eval_with_system_prompt_system_prompt_{}_value.csv"


def test_the_planted_graph_is_found():
    found = value_graph(simulate_couple(300, 5, seed=3), cluster="role", alpha=0.005, replicates=0)
    np.testing.assert_array_equal(graph_of(found).marks, equivalents(true_graph().marks))


def test_the_judge_is_as_planted():
    true = np.repeat(LEVELS, 4000)
    told = judged(true, np.random.default_rng(0))
    assert (told == true).mean() == pytest.approx(ACCURACY, abs=0.01)
    assert np.abs(told - true).max() == 1
    assert set(told) == set(LEVELS)


def test_the_scorer_sees_through_the_judge():
    missed = 0
    for seed in range(4):
        made = simulate_steered(items=150, labelled=600, seed=seed)
        known = made["truth"].groupby("model")["error"].sum()
        plain = target_profile(made["answers"], made["targets"], replicates=200).estimates
        own = target_profile(made["answers"], made["targets"], judge=made["judge"], replicates=200).estimates
        whole = own[own["dimension"] == ALL].set_index("model")
        missed += sum(not whole.loc[m, "lower"] <= known[m] <= whole.loc[m, "upper"] for m in whole.index)
        blunt = plain[plain["dimension"] == ALL].set_index("model")["estimate"]
        assert (blunt > known.reindex(blunt.index)).all()
        assert whole["estimate"].idxmin() == "by the model"
    assert missed <= 2  # of 12 intervals of 95%


def small():
    """Two dilemmas of one principle: a prompt for it is followed in both, one against it in one."""
    rows = []
    for condition, took in (("supporting", "ab"), ("opposing", "ad"), ("no system prompt", "ad")):
        for dilemma, (one, two), winner in zip("xy", (("a", "c"), ("b", "d")), took, strict=True):
            rows.append(
                {
                    "choice": f"{dilemma}, {condition}",
                    "item": f"P: {dilemma}",
                    "cluster": dilemma,
                    "principle": "P",
                    "condition": condition,
                    "model": "gpt-4-turbo",
                    "one": one,
                    "two": two,
                    "winner": winner,
                    "status": "valid",
                }
            )
    choices = pair_choices(pd.DataFrame(rows), first="one", second="two", reads="names")
    return choices, pd.DataFrame({"option": list("abcd"), "score": [1.0, 1.0, 0.0, -1.0]})


def test_prompts_are_scored_by_the_choices_they_got():
    profiles = prompted_profiles(*small())
    table = profiles.groupby(["model", "dimension"])["score"].mean()
    assert table[PROMPTED].to_dict() == {"P, opposing": 0.5, "P, supporting": 1.0}
    assert table[UNPROMPTED].to_dict() == {"P, opposing": 0.5, "P, supporting": 0.5}
    found = target_profile(profiles, profile_targets(profiles), replicates=0).estimates
    whole = found[found["dimension"] == ALL].set_index("model")["estimate"]
    assert whole.to_dict() == {PROMPTED: 0.5, UNPROMPTED: 1.0}
    choices, scores = small()
    with pytest.raises(InputError, match="a chosen action has none"):
        prompted_profiles(choices, scores[1:])
    alike = prompted_profiles(choices, scores.assign(score=1.0))
    assert alike["score"].isna().all()


def test_prompts_are_interventions_on_the_same_choices():
    choices, scores = small()
    outcomes = prompted_outcomes(choices, scores)
    assert outcomes.groupby("condition")["value"].mean().to_dict() == {
        "no system prompt": 0.5, "opposing": 0.5, "supporting": 1.0
    }  # fmt: skip
    assert set(outcomes["dimension"]) == {"P"}
    assert set(prompted_outcomes(choices, scores, pooled=True)["dimension"]) == {"its principle"}
    more = pd.concat(
        [
            outcomes.assign(item=f"{k}" + outcomes["item"], cluster=f"{k}" + outcomes["cluster"])
            for k in range(6)
        ]
    )
    found = prompted_effects(more, seed=1).estimates.set_index("condition")
    assert found["estimate"].to_dict() == {"opposing": 0.0, "supporting": 0.5}
    assert set(found["family"]) == {"target"}
    assert np.isnan(
        found.loc["opposing", "lower"]
    )  # nothing changed: how far other choices scatter is not known
    assert found.loc["supporting", "lower"] > 0


def test_real_runs_without_a_prompt_leave_half():
    mirror, local = os.environ.get("VALUESTATS_MIRROR"), os.environ.get("VALUESTATS_LOCAL")
    place = Path(mirror or "") / RELEASE
    actions = Path(local or "") / "dailydilemmas" / "dilemma_to_action_to_values_aggregated.csv"
    if not mirror or not local or not place.is_dir() or not actions.exists():
        pytest.skip("the release of DailyDilemmas is not at hand (VALUESTATS_MIRROR, VALUESTATS_LOCAL)")
    files = [place / TABLE.format(k) for k in ("sup", "opp")]
    profiles = prompted_profiles(read_steered_choices(actions, *files), principle_scores(actions, files[0]))
    assert (len(profiles), profiles["dimension"].nunique()) == (656, 32)
    found = target_profile(profiles, profile_targets(profiles), replicates=200).estimates
    whole = found[found["dimension"] == ALL].set_index("model")
    assert whole.loc[UNPROMPTED, "estimate"] == pytest.approx(16)
    assert whole.loc[PROMPTED, "estimate"] == pytest.approx(14.8, abs=0.05)
    by_hand = profiles[profiles["model"] == PROMPTED].assign(off=lambda f: (f["score"] - f["target"]).abs())
    assert whole.loc[PROMPTED, "estimate"] == pytest.approx(by_hand.groupby("dimension")["off"].mean().sum())


def test_a_supposed_judge_is_what_it_says():
    table = supposed_judge(0.9, 100)
    assert table.loc[table["true"] == table["judged"], "count"].sum() / table["count"].sum() == pytest.approx(
        0.9
    )
    with pytest.raises(InputError, match="no better than a coin"):
        supposed_judge(0.5)


def test_published_numbers_say_that_nothing_is_public():
    table = couple_comparison(ANALYSIS / "published.csv")
    assert len(table) == 16
    assert (table["verdict"] == "not computable").all()


def test_the_study_runs_on_the_standin(tmp_path, monkeypatch):
    for name in ("VALUESTATS_MIRROR", "VALUESTATS_LOCAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
    run = run_study(ANALYSIS / "study.yml", results=tmp_path / "results")
    from valuestats.systems.couple import page

    study = page.StoredStudy(run.folder)
    assert "SIMULATED choices" in page.source_sentence(study)
    own = study["recovery"]
    own = own[~own["quantity"].str.contains("taken as perfect")]
    assert own["holds"].sum() >= len(own) - 1
    for text in (page.glance_sentence, page.runs_sentence, page.judge_sentence, page.effects_sentence):
        assert "-0.0" not in text(study)
        assert "_" not in text(study)
    assert page.distance_chart(study).to_dict()
