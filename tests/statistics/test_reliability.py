"""Alpha, omega, split halves and intraclass correlations against R psych (tests/r/reliability.R) and closed forms."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestats.consistency.intraclass import FORMS, intraclass, intraclass_interval, mean_squares
from valuestats.statistics.reliability import (
    all_splits,
    cronbach_alpha,
    feldt_interval,
    omega_total,
    one_factor_loadings,
    pairwise_covariance,
    split_half,
)
from valuestats.statistics.resampling import cluster_weights

PSYCH = 1e-10
MINRES = 2e-5  # psych's fa stops its optimiser at this
ML = 0.005  # minimum residuals and maximum likelihood are different estimators of the same omega
R = Path(__file__).parents[1] / "r"
BFI = {
    "agree": "-A1 A2 A3 A4 A5",
    "conscientious": "C1 C2 C3 -C4 -C5",
    "extraversion": "-E1 -E2 E3 E4 E5",
    "neuroticism": "N1 N2 N3 N4 N5",
    "openness": "O1 -O2 O3 O4 -O5",
}


def reference(data):
    frame = pd.read_csv(R / "reliability.csv", comment="#")
    return frame[frame["data"] == data].set_index("quantity")


def once(y):
    return np.ones((1, len(y)))


def complete(y):
    return y[~np.isnan(y).any(axis=1)]


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(R / "sample.csv").iloc[:, :6].to_numpy(dtype=float)


def check_scale(y, expected):
    for kind, rows in (("pairwise", y), ("complete", complete(y))):
        found = pairwise_covariance(rows, once(rows))
        r = found.correlation
        alpha = cronbach_alpha(found.covariance)[0]
        assert alpha == pytest.approx(expected.loc[f"alpha_{kind}", "value"], abs=PSYCH)
        standardised = expected.loc[f"alpha_standardised_{kind}", "value"]
        # psych divides the pairwise covariances by the SDs of all who answered the item
        sd = np.sqrt(np.diag(found.covariance[0]))
        assert cronbach_alpha(found.covariance[0] / np.outer(sd, sd)) == pytest.approx(
            standardised, abs=PSYCH
        )
        assert cronbach_alpha(r)[0] == pytest.approx(standardised, abs=PSYCH if kind == "complete" else 2e-3)
        omega = omega_total(one_factor_loadings(r))[0]
        assert omega == pytest.approx(expected.loc[f"omega_minres_{kind}", "value"], abs=MINRES)
        assert omega == pytest.approx(expected.loc[f"omega_ml_{kind}", "value"], abs=ML)
        found = feldt_interval(alpha, len(rows), rows.shape[1], 0.95)
        limits = expected.loc[f"alpha_{kind}", ["lower", "upper"]].tolist()
        assert found == pytest.approx(limits, abs=PSYCH)
    if y.shape[1] % 2:
        return  # psych steps unequal halves up by a rule of its own
    rows = complete(y)
    r = pairwise_covariance(rows, once(rows)).correlation
    guttman = split_half(r, all_splits(rows.shape[1], 5000, np.random.default_rng(0))).guttman
    for name, value in (("max", guttman.max()), ("min", guttman.min()), ("mean", guttman.mean())):
        assert value == pytest.approx(expected.loc[f"split_half_{name}", "value"], abs=PSYCH)


def test_sample_against_psych(sample):
    check_scale(sample, reference("sample"))


@pytest.mark.mirror
@pytest.mark.parametrize("scale", list(BFI))
def test_bfi_against_psych(scale):
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / "psychometrics" / "psychTools_bfi.csv" if root else None
    if path is None or not path.exists():
        pytest.skip("the bfi data are not at hand (VALUESTATS_LOCAL)")
    frame = pd.read_csv(path)
    y = np.column_stack([7 - frame[k[1:]] if k[0] == "-" else frame[k] for k in BFI[scale].split()])
    check_scale(y.astype(float), reference(f"bfi_{scale}"))


def test_intraclass_against_psych(sample):
    shrout_fleiss = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
    )
    for name, y in (("shrout_fleiss", shrout_fleiss), ("sample", complete(sample))):
        squares = mean_squares(y, once(y))
        estimates, limits, expected = intraclass(squares), intraclass_interval(squares, 0.95), reference(name)
        for form in FORMS:
            assert estimates[form][0] == pytest.approx(expected.loc[form, "value"], abs=PSYCH)
            assert limits[form] == pytest.approx(expected.loc[form, ["lower", "upper"]].tolist(), abs=PSYCH)


def test_consistency_of_the_mean_is_alpha(sample):
    y = complete(sample)
    alpha = cronbach_alpha(pairwise_covariance(y, once(y)).covariance)[0]
    assert intraclass(mean_squares(y, once(y)))["ICC(C,k)"][0] == pytest.approx(alpha, abs=PSYCH)
    halves = all_splits(6, 5000, np.random.default_rng(0))
    guttman = split_half(pairwise_covariance(y, once(y)).covariance, halves).guttman
    assert guttman.mean() == pytest.approx(alpha, abs=PSYCH)  # Cronbach (1951)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_weight_is_that_many_copies_of_the_respondent(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4))
    full = y.copy()
    y[rng.random(y.shape) < 0.2] = np.nan
    weights = cluster_weights(30, 3, rng)
    found = pairwise_covariance(y, weights)
    squares = intraclass(mean_squares(full, weights))
    for b, row in enumerate(weights):
        copies = np.repeat(y, row.astype(int), axis=0)
        np.testing.assert_allclose(found.covariance[b], pd.DataFrame(copies).cov(), atol=1e-10)
        np.testing.assert_allclose(found.correlation[b], pd.DataFrame(copies).corr(), atol=1e-10)
        again = intraclass(mean_squares(np.repeat(full, row.astype(int), axis=0), np.ones((1, 30))))
        for form in FORMS:
            assert squares[form][b] == pytest.approx(again[form][0], abs=1e-10)


@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-100, 100))
@settings(max_examples=15, deadline=None)
def test_units_items_and_raters_may_change(seed, scale, shift):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(25, 1)) + rng.normal(size=(25, 5))
    moved = (scale * y + shift)[rng.permutation(25)][:, rng.permutation(5)]
    one, two = (pairwise_covariance(x, np.ones((1, 25))).covariance for x in (y, moved))
    assert cronbach_alpha(one)[0] == pytest.approx(cronbach_alpha(two)[0], abs=1e-9)
    first, again = (intraclass(mean_squares(x, np.ones((1, 25)))) for x in (y, moved))
    for form in FORMS:
        assert first[form][0] == pytest.approx(again[form][0], abs=1e-8)


def test_loadings_are_recovered_whatever_the_items_direction():
    loading = np.array([0.9, 0.7, 0.4, -0.3, 0.2])
    r = np.outer(loading, loading) + np.diag(1 - loading**2)
    np.testing.assert_allclose(one_factor_loadings(r[None])[0], loading, atol=1e-7)
    flipped = np.diag([1.0, -1, 1, 1, -1])
    np.testing.assert_allclose(
        np.abs(one_factor_loadings((flipped @ r @ flipped)[None])[0]), np.abs(loading), atol=1e-7
    )


def test_what_is_not_identified_is_no_number():
    assert np.isnan(one_factor_loadings(np.array([[[1.0, 0.5], [0.5, 1.0]]]))).all()  # two items
    heywood = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]])  # needs a loading of 1.27
    assert np.isnan(one_factor_loadings(heywood[None])).all()
    constant = np.column_stack([np.arange(5.0), np.ones(5), np.arange(5.0)[::-1]])
    r = pairwise_covariance(constant, once(constant)).correlation
    assert np.isnan(r[0, 0, 1])
    assert np.isnan(omega_total(one_factor_loadings(r))).all()
    assert np.isnan(cronbach_alpha(np.ones((1, 1, 1)))).all()
    same = np.full((4, 3), 2.0)
    assert np.isnan(cronbach_alpha(pairwise_covariance(same, once(same)).covariance)).all()
    assert all(np.isnan(v).all() for v in intraclass(mean_squares(same, once(same))).values())
    assert np.isnan(list(intraclass_interval(mean_squares(same, once(same)), 0.95).values())).all()
    assert np.isnan(feldt_interval(0.8, 1, 5, 0.95)).all()


def test_items_never_answered_together_have_no_covariance():
    y = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 1.0], [np.nan, 3.0]])
    found = pairwise_covariance(y, once(y))
    assert np.isnan(found.covariance[0, 0, 1])
    assert found.n[0, 0, 1] == 0
    assert np.isnan(cronbach_alpha(found.covariance)).all()


def test_splits_are_each_once_or_a_sample():
    rng = np.random.default_rng(0)
    assert len(all_splits(6, 100, rng)) == 10
    assert len(all_splits(5, 100, rng)) == 10
    many = all_splits(20, 300, rng)
    assert many.shape == (300, 20)
    assert (many.sum(axis=1) == 10).all()
