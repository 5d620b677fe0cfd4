"""Intraclass correlations and Cronbach's alpha against pingouin, which the package does not import (GPL-3.0).

pingouin rounds its intervals; its options are set so that it does not, and alpha's limits, which it rounds to three
decimals all the same, are compared to half of the last.
"""

import numpy as np
import pandas as pd
import pytest

from valuestats.consistency.retest import icc
from valuestats.consistency.scales import reliability
from valuestats.statistics.reliability import feldt_interval

pg = pytest.importorskip("pingouin")

EXACT = 1e-10
ROUNDED = 5.001e-4
NAMES = {
    "ICC(1)": "ICC(1,1)",
    "ICC(A,1)": "ICC(A,1)",
    "ICC(C,1)": "ICC(C,1)",
    "ICC(k)": "ICC(1,k)",
    "ICC(A,k)": "ICC(A,k)",
    "ICC(C,k)": "ICC(C,k)",
}


@pytest.fixture(autouse=True)
def unrounded(monkeypatch):
    monkeypatch.setitem(pg.options, "round.column.CI95", 13)


def ratings(targets, raters, signal, seed):
    """Six-point ratings of targets by raters who differ in level."""
    rng = np.random.default_rng(seed)
    made = signal * rng.normal(size=(targets, 1)) + rng.normal(size=raters) * 0.5
    return np.clip(np.round(3.5 + made + rng.normal(size=(targets, raters))), 1, 6)


def long(y):
    target, rater = np.nonzero(~np.isnan(y))
    return pd.DataFrame(
        {"item": [f"t{k:03d}" for k in target], "respondent": rater.astype(str), "rating": y[target, rater]}
    )


@pytest.mark.parametrize(
    ("targets", "raters", "signal", "seed"), [(6, 2, 1.0, 0), (40, 4, 1.5, 1), (300, 9, 0.4, 2)]
)
@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pandas 3.1 to pingouin 0.7
def test_intraclass_correlations_and_their_intervals(targets, raters, signal, seed):
    frame = long(ratings(targets, raters, signal, seed))
    theirs = pg.intraclass_corr(frame, "item", "respondent", "rating").set_index("Type")
    ours = icc(frame).estimates.set_index("coefficient")
    assert set(NAMES.values()) == set(theirs.index)
    for mine, other in NAMES.items():
        assert ours.loc[mine, "estimate"] == pytest.approx(theirs.loc[other, "ICC"], abs=EXACT)
        limits = ours.loc[mine, ["lower", "upper"]].tolist()
        assert limits == pytest.approx(theirs.loc[other, "CI95"].tolist(), abs=EXACT)


def with_gaps(share, seed):
    y = ratings(90, 6, 1.0, seed)
    y[np.random.default_rng(seed + 50).random(y.shape) < share] = np.nan
    return y


def answers(y):
    return long(y).rename(columns={"item": "respondent", "respondent": "item"})


@pytest.mark.parametrize(("ours", "theirs"), [("pairwise", "pairwise"), ("complete", "listwise")])
@pytest.mark.parametrize("share", [0.0, 0.08])
def test_alpha_with_missing_answers(ours, theirs, share):
    y = with_gaps(share, 3)
    alpha, _ = pg.cronbach_alpha(pd.DataFrame(y), nan_policy=theirs)
    found = reliability(answers(y), coefficients=["alpha"], missing=ours, replicates=0).estimates
    assert found["estimate"].tolist() == pytest.approx([alpha], abs=EXACT)


def test_interval_of_alpha_uses_those_who_answered_all_which_pingouins_does_not():
    y = with_gaps(0.08, 3)
    full = y[~np.isnan(y).any(axis=1)]
    found = reliability(answers(y), coefficients=["alpha"], missing="complete", replicates=0).estimates
    limits = found[["feldt_lower", "feldt_upper"]].to_numpy()[0]
    alpha, of_complete = pg.cronbach_alpha(pd.DataFrame(full))
    np.testing.assert_allclose(limits, of_complete, atol=ROUNDED)
    _, of_all = pg.cronbach_alpha(pd.DataFrame(y), nan_policy="listwise")  # same people, n of everybody
    np.testing.assert_allclose(feldt_interval(alpha, len(y), 6, 0.95), of_all, atol=ROUNDED)
    assert np.abs(limits - of_all).max() > 10 * ROUNDED
