"""Refusals that move a mean without a stance that moves, and models that are not pooled."""

import numpy as np
import pandas as pd
import pytest

from valuestats import change_points, drift_trend, response_drift, stance_curve, stance_drift
from valuestats.base.errors import SpecificationError


def answers(models=("a",), steps=(1, 2), items=80, refused=(0.0, 0.0), seed=1):
    """Ordered answers that don't change; at the last step a share of the high and of the low ones is refused."""
    rng = np.random.default_rng(seed)
    rows = []
    for m in models:
        level = rng.integers(1, 6, items)
        for step in steps:
            for i in range(items):
                high = level[i] > 3
                gone = step == steps[-1] and rng.random() < refused[0 if high else 1]
                rows.append((m, f"q{i}", step, None if gone else int(level[i])))
    return pd.DataFrame(rows, columns=["model", "item", "step", "stance"]).assign(
        stance=lambda d: d["stance"].astype("Int64")
    )


def test_a_mean_that_refusals_moved_stands_beside_that_of_what_both_ends_answered():
    frame = answers(refused=(0.9, 0.1))
    found = stance_drift(frame, replicates=200, seed=1)
    mean = found.estimates[found.estimates["measure"] == "mean"].iloc[0]
    assert mean["estimate"] < -0.5
    assert mean["p_adjusted"] < 0.01
    assert mean["among_both"] == 0  # no answer changed
    both = response_drift(frame, replicates=50).estimates
    assert mean["among_both"] == both.loc[both["part"] == "mean", "estimate"].item()
    text = found.sentence()
    assert "0.00 among what both ends answered" in text
    assert "other items answering can move the shares by itself (response_drift tells the two apart)" in text


def test_what_both_ends_answered_is_weighed_as_response_drift_weighs_it():
    frame = answers(refused=(0.5, 0.2), seed=4)
    rng = np.random.default_rng(2)
    more = frame.assign(
        epoch=2, stance=frame["stance"].mask(rng.random(len(frame)) < 0.3, rng.integers(1, 6, len(frame)))
    )
    frame = pd.concat([frame.assign(epoch=1), more], ignore_index=True)
    drift = stance_drift(frame, replicates=20).estimates
    both = response_drift(frame, replicates=20).estimates
    expected = both.loc[both["part"] == "mean", "estimate"].item()
    assert expected != 0
    assert drift.loc[drift["measure"] == "mean", "among_both"].item() == pytest.approx(expected)


def test_nothing_is_said_of_both_ends_where_as_many_answered():
    text = stance_drift(answers(), replicates=20).sentence()
    assert "among what both ends answered" not in text
    assert "he response rate stayed at 100.0%" in text


def test_groups_whose_response_rate_changed_are_named():
    frame = pd.concat([answers(("a",), refused=(0.9, 0.1)), answers(("b",), seed=2)], ignore_index=True)
    text = stance_drift(frame, by="model", replicates=50).sentence()
    assert "he response rate went from 100.0% to " in text
    assert "(a), and other items answering" in text
    assert "(b)" not in text.split("he response rate")[1]


VERBS = {
    "stance_drift": lambda frame, **k: stance_drift(frame, replicates=20, permutations=49, **k),
    "response_drift": lambda frame, **k: response_drift(frame, replicates=20, permutations=49, **k),
    "drift_trend": lambda frame, **k: drift_trend(frame, replicates=20, permutations=49, **k),
    "change_points": lambda frame, **k: change_points(frame, permutations=49, **k),
    "stance_curve": lambda frame, **k: stance_curve(frame, draws=50, **k),
}


@pytest.mark.parametrize("verb", VERBS)
def test_several_models_are_refused_unless_they_are_told_apart(verb):
    frame = answers(("a", "b"), steps=(1, 2, 3, 4, 5), refused=(0.2, 0.2))
    with pytest.raises(SpecificationError, match="several models are not averaged") as caught:
        VERBS[verb](frame)
    assert "by='model'" in str(caught.value)
    with pytest.raises(SpecificationError, match="several models"):
        VERBS[verb](frame.assign(topic=frame["item"].str[-1]), by="topic")
    assert set(VERBS[verb](frame, by="model").estimates["model"]) == {"a", "b"}
    VERBS[verb](frame[frame["model"] == "a"])  # one of them


def test_models_that_are_the_steps_are_compared():
    frame = answers().assign(model=lambda d: "version " + d["step"].astype(str))
    assert len(stance_drift(frame, replicates=20, permutations=49).estimates)
