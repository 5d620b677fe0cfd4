"""What a table of stances says against itself: each planted defect its own reason, in every verb of the room."""

import numpy as np
import pandas as pd
import pytest

from valuestats import change_points, drift_trend, response_drift, stance_curve, stance_drift

SORRY = "I'm sorry, but I can't share a personal opinion on this."
VERBS = {
    "stance_drift": lambda f: stance_drift(f, replicates=60, permutations=99),
    "response_drift": lambda f: response_drift(f, replicates=60),
    "drift_trend": lambda f: drift_trend(f, replicates=60, permutations=99),
    "change_points": lambda f: change_points(f, permutations=99),
    "stance_curve": lambda f: stance_curve(f),
}
OWN = {"refusals", "repeated", "pooled"}


def stances(seed=0, refused=False, twice=False, prompts=("a",), epochs=True):
    rng = np.random.default_rng(seed)
    rows = [
        (
            i,
            s,
            e,
            SORRY if refused and rng.random() < 0.1 else rng.choice(["for", "against"]),
            rng.choice(prompts),
        )
        for i in range(30)
        for s in range(5)
        for e in range(3)
    ]
    frame = pd.DataFrame(rows, columns=["item", "step", "epoch", "stance", "system"])
    frame = frame if epochs else frame.drop(columns="epoch")
    return pd.concat([frame, frame.head(40)]) if twice else frame


def said(found):
    return {r.aspect for r in found.verdict.reasons if r.sign == "care"} & OWN


@pytest.mark.parametrize("verb", VERBS)
def test_each_defect_is_a_reason_of_its_own(verb):
    make = VERBS[verb]
    assert said(make(stances())) == set()
    assert said(make(stances(refused=True))) == {"refusals"}
    assert said(make(stances(twice=True))) == {"repeated"}
    assert said(make(stances(twice=True, epochs=False))) == set()  # repeats without a number may be alike
    found = make(stances(prompts=("be kind", "be brief")))
    assert said(found) == {"pooled"}
    assert (
        "answers of 2 systems are counted together (be brief and be kind): by='system' keeps them apart"
        in (found.meta["warnings"])
    )


def test_how_many_answers_are_refusals_is_counted():
    frame = stances(refused=True)
    (note,) = [
        w for w in stance_drift(frame, replicates=60, permutations=99).meta["warnings"] if "refusal" in w
    ]
    assert f"in {(frame['stance'] == SORRY).sum()} answers" in note
    frame.loc[frame["stance"] == SORRY, "stance"] = None
    found = stance_drift(frame, replicates=60, permutations=99)
    assert not any("reads as a refusal" in w for w in found.meta["warnings"])


def test_one_word_that_may_be_an_option_is_no_refusal():
    frame = stances().replace({"stance": {"for": "cannot", "against": "Refuse"}})
    assert said(stance_drift(frame, replicates=60, permutations=99)) == set()
