"""Proportional odds of many items at once, against ordinal::clm and MASS::polr."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.measurement.proportional_odds import compact_codes, null_log_likelihood, proportional_odds

R = Path(__file__).parents[1] / "r"
LOG_LIKELIHOOD = 1e-6  # both run Newton to convergence
COEFFICIENT = 1e-5  # clm stops at a gradient of 1e-6
OPTIM = 1e-4  # polr uses optim


@pytest.fixture(scope="module")
def design():
    frame = pd.read_csv(R / "measurement_sample.csv")
    y = frame.filter(like="q").to_numpy(dtype=float)
    match = np.empty_like(y)
    for j in range(8):
        half = [k for k in (range(4) if j < 4 else range(4, 8)) if k != j]
        match[:, j] = y[:, half].mean(axis=1)
    dummies = np.column_stack([frame["group"] == "b", frame["group"] == "c"]).astype(float)
    return y, match.T[:, :, None], np.broadcast_to(dummies, (8, *dummies.shape))


@pytest.fixture(scope="module")
def reference():
    frame = pd.read_csv(R / "measurement.csv", comment="#")
    return {kind: part.set_index("name") for kind, part in frame.groupby("what")}


def test_likelihoods_coefficients_and_errors_are_clms(design, reference):
    y, match, group = design
    codes, n = compact_codes(y)
    fits = [
        proportional_odds(codes, n, match),
        proportional_odds(codes, n, np.concatenate([match, group], axis=2)),
        proportional_odds(codes, n, np.concatenate([match, group, match * group], axis=2)),
    ]
    clm, polr = reference["clm"], reference["polr"]
    null = null_log_likelihood(codes)
    for j in range(8):
        assert null[j] == pytest.approx(clm.loc[f"q{j + 1} null", "value"], abs=LOG_LIKELIHOOD)
        for k, fit in enumerate(fits):
            assert fit.converged[j]
            expected = clm.loc[f"q{j + 1} logLik{k}", "value"]
            assert fit.log_likelihood[j] == pytest.approx(expected, abs=LOG_LIKELIHOOD)
        for k, name in enumerate(("match", "gb", "gc")):
            row = clm.loc[f"q{j + 1} {name}"]
            assert fits[1].coefficients[j, k] == pytest.approx(row["value"], abs=COEFFICIENT)
            assert np.sqrt(fits[1].covariance[j, k, k]) == pytest.approx(row["se"], abs=COEFFICIENT)
        for k, name in ((1, "gb"), (2, "gc")):
            row = polr.loc[f"q{j + 1} {name}"]
            assert fits[1].coefficients[j, k] == pytest.approx(row["value"], abs=OPTIM)


def test_items_with_fewer_categories_missing_answers_and_weights_of_zero(design):
    y, match, group = design
    x = np.concatenate([match, group], axis=2)
    mixed = y.copy()
    mixed[:, 1] = np.where(y[:, 1] > 3, 6, 1)  # two categories with a gap between
    mixed[:40, 2] = np.nan
    codes, n = compact_codes(mixed)
    together = proportional_odds(codes, n, x)
    assert n[:3].tolist() == [5, 2, 5]
    for j, rows in ((0, slice(None)), (1, slice(None)), (2, slice(40, None))):
        alone, count = compact_codes(mixed[rows, j : j + 1])
        single = proportional_odds(alone, count, x[j : j + 1, rows])
        assert together.log_likelihood[j] == pytest.approx(single.log_likelihood[0], abs=1e-8)
        np.testing.assert_allclose(together.coefficients[j], single.coefficients[0], atol=1e-6)


def test_no_maximum_is_said_not_invented(design):
    _, match, group = design
    x = np.concatenate([match, group], axis=2)[:1]
    in_b = group[0, :, 0] > 0
    separated = np.where(in_b, 2.0, 1.0)
    one = np.ones(len(in_b))
    for y in (separated, one):
        codes, n = compact_codes(y[:, None])
        fit = proportional_odds(codes, n, x)
        assert not fit.converged[0]
        assert np.isnan(fit.coefficients[0, match.shape[2] :]).all()
        assert fit.separated[0, match.shape[2] :].tolist() == ([1, 0] if y is separated else [0, 0])
        assert fit.log_likelihood[0] == pytest.approx(0 if y is separated else np.nan, abs=1e-6, nan_ok=True)
    collinear = np.repeat(x[:, :, :1], 2, axis=2)
    codes, n = compact_codes(np.random.default_rng(0).integers(1, 4, (len(in_b), 1)).astype(float))
    assert not proportional_odds(codes, n, collinear).converged[0]
