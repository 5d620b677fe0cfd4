"""Codes of no answer among numbers: told by every verb that takes numbers, and numbers that are answers never."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats import (
    agreement,
    best_of_k,
    dose_response,
    intervention_effects,
    judged_means,
    paired_contrast,
    rater_effects,
    stance_drift,
    step_slopes,
)
from valuestats.tables.far_codes import FAR, far_codes


@pytest.mark.parametrize("code", [99, 999, -9, -99, 88])
def test_a_code_beside_a_scale_is_found(code):
    x = np.random.default_rng(1).integers(1, 7, 200).astype(float)
    x[:6] = code
    assert far_codes(x) == {code: 6}
    x[6:9] = 998
    assert far_codes(x) == dict(sorted({code: 6, 998: 3}.items()))


def test_numbers_that_are_answers_are_none():
    rng = np.random.default_rng(2)
    for x in (
        rng.integers(0, 101, 300),
        rng.integers(1, 7, 300),
        rng.choice([0, 1], 300),
        rng.choice([1, 100], 300),
        np.where(rng.random(300) < 0.6, 99, rng.integers(1, 7, 300)),  # most of them: no code
        rng.poisson(3, 300),
        np.append(rng.poisson(3, 300), 41),  # far, but no such code
        rng.normal(size=300),
        np.append(rng.normal(size=300), 99.0),
        [1, 2, 99],
        [],
    ):
        assert far_codes(x) == {}


@given(st.lists(st.integers(1, 7), min_size=10, max_size=60), st.integers(-9, 9))
def test_answers_of_a_scale_are_never_codes(x, shift):
    assert far_codes([1, 2, 3, 4, 5, 6, 7, *x]) == {}
    assert far_codes([shift + k for k in range(1, 8)] * 2 + [shift + k for k in x]) == {}


def outcomes():
    rng = np.random.default_rng(3)
    rows = [(i, c, float(rng.integers(1, 7))) for i in range(30) for c in (0, 1, 2)]
    return pd.DataFrame(rows, columns=["item", "condition", "value"]).assign(cluster=lambda f: f["item"])


def ratings():
    rng = np.random.default_rng(4)
    rows = [(r, i, float(rng.integers(1, 7))) for r in "abc" for i in range(30)]
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"])


def judged():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"item": range(80), "judge": rng.integers(1, 7, 80).astype(float)})
    return frame.assign(label=np.where(np.arange(80) < 40, rng.integers(1, 7, 80).astype(float), np.nan))


VERBS = {
    "paired_contrast": (lambda f: paired_contrast(f, against="0", replicates=50), outcomes, "value"),
    "best_of_k": (best_of_k, outcomes, "value"),
    "step_slopes": (lambda f: step_slopes(f, step="condition", replicates=50), outcomes, "value"),
    "dose_response": (
        lambda f: dose_response(f, dose="condition", replicates=50, permutations=99),
        outcomes,
        "value",
    ),
    "intervention_effects": (lambda f: intervention_effects(f, control="0", draws=50), outcomes, "value"),
    "rater_effects": (lambda f: rater_effects(f, replicates=50), ratings, "rating"),
    "agreement": (lambda f: agreement(f, metric="interval", replicates=50), ratings, "rating"),
    "judged_means": (lambda f: judged_means(f, draws=50), judged, "judge"),
    "judged_means of people": (lambda f: judged_means(f, draws=50), judged, "label"),
    "stance_drift": (
        lambda f: stance_drift(
            f.rename(columns={"condition": "step", "value": "stance"}), replicates=50, permutations=99
        ),
        outcomes,
        "value",
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_numbers_says_so(verb):
    make, table, column = VERBS[verb]
    frame = table()
    found = make(frame)
    assert not [r for r in found.verdict.reasons if r.aspect == "codes"]
    planted = frame.copy()
    planted.loc[:2, column] = 99.0
    reasons = [r for r in make(planted).verdict.reasons if r.aspect == "codes"]
    assert len(reasons) == 1
    assert reasons[0].sign == "care"
    assert reasons[0].text.startswith("3 ")
    assert f"are 99, {FAR}" in reasons[0].text
