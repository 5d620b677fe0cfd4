"""Planted defects of drift: each makes its own warning fire, and a sound result has none."""

import numpy as np
import pandas as pd
import pytest

from valuestats import response_drift, stance_drift
from valuestats.drift.simulate import course, draw_stances

ASPECTS = {"when", "monotone", "response", "repeats", "overlap", "effect"}


def against(result):
    return {r.aspect for r in result.verdict.reasons if r.sign != "sound"} & ASPECTS


def large(**how):
    return course(8, shift=(-2.0, -1.0, 3.0), refusals=how.pop("refusals", (4.0, 4.0)), **how)


def drift(one, topics=60):
    table = draw_stances(one, np.random.default_rng(1), topics=topics)
    two = table.assign(stance=table["stance"].astype(object).where(table["stance"] != "neutral", "oppose"))
    return stance_drift(two, seed=1, permutations=999)


def test_a_clear_jump_has_nothing_against_it():
    assert against(drift(large())) == set()


@pytest.mark.parametrize(
    ("one", "aspects"),
    [
        (large(refusals=(4.0, 0.0)), {"response"}),
        (large(change=[0, 0, 0, 1.5, 2.2, 1.5, 0.8, 0.8]), {"monotone"}),
        (course(8, shift=(0, 0, 0), refusals=(4.0, 4.0)), {"effect"}),
    ],
)
def test_a_planted_defect_of_drift_fires_its_warning(one, aspects):
    assert against(drift(one)) == aspects


def test_a_time_that_could_be_anywhere_is_said():
    small = course(8, shift=(-0.5, 0.0, 0.5), change=[0, 0, 0.2, 0.2, 0.6, 0.6, 0.8, 1], refusals=(4.0, 4.0))
    found = drift(small, topics=70)
    assert "when" in against(found)


def repeated(one, epochs):
    rng = np.random.default_rng(2)
    table = draw_stances(one, rng, topics=40)
    return pd.concat([table.assign(epoch=k + 1) for k in range(epochs)], ignore_index=True)


def test_planted_defects_of_response():
    one = course(2, shift=(-2.0, 0.0, 2.0), refusals=(4.0, 3.0))
    sound = response_drift(repeated(one, 2), seed=1)
    assert not against(sound) & {"repeats", "overlap"}
    assert "repeats" in against(response_drift(repeated(one, 1), seed=1))
    silent = course(2, shift=(-2.0, 0.0, 2.0), refusals=(4.0, -2.0))
    assert "overlap" in against(response_drift(repeated(silent, 2), seed=1))
