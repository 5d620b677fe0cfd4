"""Each defect that is planted in clean choices raises its own warning and no other; clean choices raise none."""

import numpy as np
import pandas as pd
import pytest

from valuestats import Sampling, choice_strengths, fit_choice, pair_choices
from valuestats.choice.counted import counted_sets
from valuestats.choice.diagnostics import circle_notes, judge_notes, missing_notes
from valuestats.choice.graph import comparison_graph, graph_notes
from valuestats.choice.positions import position_notes
from valuestats.choice.simulate import ChoiceTruth, clean_truth, plant, simulate_pairs

SAYS = {
    "stuck judge": "judge 01 always chooses what stands in place 1",
    "position": "the first place is chosen in",
    "island": "rest on the prior alone: option x and option y",
    "swapped columns": "judge 01 puts the options in the opposite order of the other judges",
    "duplicated judge": "judge 01 and judge copied made the same",
    "turned labels": "judge 01 puts the options in the opposite order of the other judges",
    "missing": "more often where option 01 is offered",
    "cycle": "option 01, option 02 and option 03 are preferred to each other in a circle",
}


def study(seed, comparisons=900, **more):
    rng = np.random.default_rng(seed)
    return simulate_pairs(clean_truth(rng, **more), comparisons, rng), rng


def chosen(frame):
    return pair_choices(frame, reads="places")


def warned(frame):
    return choice_strengths(chosen(frame), ties="davidson", prior_sd=2.0, draws=2)


@pytest.mark.parametrize("defect", SAYS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_defect_raises_its_own_warning_and_no_other(defect, seed):
    frame, rng = study(seed)
    found = warned(plant(frame, defect, rng))
    assert len(found.meta["warnings"]) == 1
    assert SAYS[defect] in found.meta["warnings"][0]
    if defect != "island":  # which the graph says, before any number
        assert any(SAYS[defect] in r.text for r in found.verdict.reasons if r.sign == "care")


@pytest.mark.parametrize("defect", ["duplicated judge", "turned labels", "missing", "cycle"])
def test_models_by_formula_raise_the_same(defect):
    frame, rng = study(1)
    fit = fit_choice(
        "utility ~ 0 + option",
        chosen(plant(frame, defect, rng)),
        ties="davidson",
        engine="ml",
        sampling=Sampling(draws=25),
    )
    assert [SAYS[defect] in w for w in fit.result.meta["warnings"]] == [True]
    assert any(SAYS[defect] in r.text for r in fit.result.verdict.reasons)


def said(frame):
    """What is looked for before a fit, without the fit."""
    choices = chosen(frame)
    counts = counted_sets(choices, ties=True)
    graph = comparison_graph(counts.wins, counts.options)
    before = [*graph_notes(graph), *missing_notes(choices.frame), *position_notes(choices, modelled=False)]
    return [*before, *judge_notes(choices), *circle_notes(choices)]


def test_200_clean_studies_raise_no_more_than_their_nominal_rate():
    """Four tests of one in a thousand: with 200 studies 4 warnings or more have a probability below .01."""
    assert sum(len(said(study(100 + k, 300)[0])) for k in range(200)) <= 3


def test_clean_studies_with_judges_who_differ_raise_none_either():
    assert sum(len(said(study(400 + k, 400, spread=0.7)[0])) for k in range(40)) <= 2


@pytest.mark.parametrize(
    ("defect", "says"),
    [
        ("swapped columns", "columns of its options may be swapped"),
        ("turned labels", "labels of its winners may be turned"),
    ],
)
def test_a_position_effect_tells_swapped_columns_from_turned_labels(defect, says):
    rng = np.random.default_rng(5)
    truth = clean_truth(rng)
    truth = ChoiceTruth(truth.utility, truth.judge, np.full(8, 0.9), truth.outcomes)
    frame = plant(simulate_pairs(truth, 1600, rng), defect, rng)
    found = choice_strengths(chosen(frame), ties="davidson", position=True, prior_sd=2.0, draws=2)
    [warning] = found.meta["warnings"]
    assert warning.endswith(says)


def test_two_camps_are_no_turned_judges():
    """Half of the judges want the opposite: no one is turned against all others."""
    rng = np.random.default_rng(6)
    truth = clean_truth(rng, judges=8)
    judge = np.where(np.arange(8)[:, None] < 4, 0.0, -2.0 * truth.utility)
    frame = simulate_pairs(ChoiceTruth(truth.utility, judge, truth.position, truth.outcomes), 1600, rng)
    assert not any("opposite order" in w for w in warned(frame).meta["warnings"])


def test_models_that_always_agree_are_no_copies_where_all_agree():
    """Ten choices that everybody makes alike say nothing of two judges who make them too."""
    rows = [(a, b, "first" if a < b else "second") for a in "abcde" for b in "abcde" if a != b]
    frame = pd.DataFrame(rows * 6, columns=["option_a", "option_b", "winner"])
    frame["model"] = np.repeat([f"m{k}" for k in range(6)], len(rows))
    found = choice_strengths(chosen(frame), prior_sd=2.0, draws=2).meta["warnings"]
    assert not any("copy" in w for w in found)
