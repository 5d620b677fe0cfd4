"""Polychoric and polyserial correlations against R polycor and psych (tests/r/polychoric.R) and their invariances."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from valuestats.statistics.polychoric import (
    BOUND,
    bivariate_normal_cdf,
    pair_tables,
    polychoric_matrix,
    polychoric_tables,
    polyserial_matrix,
)
from valuestats.statistics.resampling import cluster_weights

POLYCOR = 2e-5  # polycor's optimise() stops within about 1e-5
PSYCH = 2e-3  # psych takes thresholds from all who answered an item, not from the pair's complete cases
R = Path(__file__).parents[1] / "r"


def reference(kind, data="sample"):
    frame = pd.read_csv(R / "polychoric.csv", comment="#")
    return frame[(frame["kind"] == kind) & (frame["data"] == data)]


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(R / "sample.csv")


def test_normal_probabilities_against_scipy():
    for h, k, r in [(0.3, -1.2, 0.5), (-2, 1.5, -0.85), (1, 1, 0.99), (0.5, -0.4, 0.0), (2, -3, 0.3)]:
        expected = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([h, k])
        found = bivariate_normal_cdf(np.array(float(h)), np.array(float(k)), np.array(float(r)))
        assert float(found) == pytest.approx(expected, abs=1e-7)


def test_polychoric_against_polycor(sample):
    names = [f"q{k}" for k in range(1, 7)]
    found = polychoric_matrix(sample[names].to_numpy(dtype=float))
    for row in reference("polychoric").itertuples():
        cell = names.index(row.one), names.index(row.two)
        assert found.r[cell] == pytest.approx(row.r, abs=POLYCOR)
        assert found.std_error[cell] == pytest.approx(row.se, rel=5e-3)
        assert found.n[cell] == sample[[row.one, row.two]].dropna().shape[0]


def test_polyserial_against_polycor(sample):
    names = [f"q{k}" for k in range(1, 7)]
    r, n = polyserial_matrix(sample[["criterion"]].to_numpy(), sample[names].to_numpy(dtype=float))
    for row in reference("polyserial").itertuples():
        assert r[0, names.index(row.two)] == pytest.approx(row.r, abs=1e-10)
    assert n[0].tolist() == sample[names].notna().sum().tolist()


@pytest.mark.mirror
def test_bfi_against_psych():
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / "psychometrics" / "psychTools_bfi.csv" if root else None
    if path is None or not path.exists():
        pytest.skip("the bfi data are not at hand (VALUESTATS_LOCAL)")
    items = pd.read_csv(path).iloc[:, 1:26]
    found = polychoric_matrix(items.to_numpy(dtype=float)).r
    names = list(items.columns)
    cells = {k: reference(k, "bfi") for k in ("polychoric", "polychoric_psych")}
    for kind, tolerance in (("polychoric", POLYCOR), ("polychoric_psych", PSYCH)):
        at = [(names.index(row.one), names.index(row.two)) for row in cells[kind].itertuples()]
        np.testing.assert_allclose([found[c] for c in at], cells[kind]["r"], atol=tolerance)
    assert len(cells["polychoric_psych"]) == 300


def test_recovers_the_correlation_behind_the_categories():
    rng = np.random.default_rng(3)
    z = rng.multivariate_normal([0, 0], [[1, -0.6], [-0.6, 1]], 40_000)
    codes = np.column_stack([np.digitize(z[:, 0], [-1, 0.2, 1.4]), np.digitize(z[:, 1], [0.5, 1.0])]).astype(
        float
    )
    found = polychoric_matrix(codes)
    assert found.r[0, 1] == pytest.approx(-0.6, abs=4 * found.std_error[0, 1])
    r, _ = polyserial_matrix(z[:, :1], codes[:, 1:])
    assert r[0, 0] == pytest.approx(-0.6, abs=0.02)


@given(st.integers(0, 5000))
@settings(max_examples=20, deadline=None)
def test_reversing_turns_the_sign_and_people_have_no_order(seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 30, (1, 4, 3)).astype(float)
    r = polychoric_tables(table).r
    np.testing.assert_allclose(polychoric_tables(table[:, ::-1]).r, -r, atol=1e-8)
    np.testing.assert_allclose(polychoric_tables(table.transpose(0, 2, 1)).r, r, atol=1e-8)
    np.testing.assert_allclose(polychoric_tables(3 * table).r, r, atol=1e-8)


def test_weights_are_copies_of_people(sample):
    codes = sample[["q1", "q2", "q3"]].to_numpy(dtype=float)
    weights = cluster_weights(len(codes), 3, np.random.default_rng(1))
    tables, pairs = pair_tables(codes, weights)
    for replicate, row in zip(tables, weights, strict=True):
        copies, _ = pair_tables(np.repeat(codes, row.astype(int), axis=0))
        np.testing.assert_array_equal(replicate, copies)
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    np.testing.assert_array_equal(pair_tables(codes, np.ones((1, len(codes))))[0][0], pair_tables(codes)[0])


def test_an_unused_category_changes_nothing():
    table = np.array([[20.0, 5, 2], [6, 15, 9], [1, 4, 18]])
    wide = np.zeros((5, 4))
    wide[np.ix_([0, 2, 4], [0, 1, 3])] = table
    r = [polychoric_tables(t[None]).r[0] for t in (table, wide)]
    assert r[0] == pytest.approx(r[1], abs=1e-9)


def test_empty_cells_that_only_a_perfect_correlation_explains_are_flagged():
    tables = [[[30.0, 0], [0, 30]], [[0.0, 30], [30, 0]], [[20.0, 0], [10, 30]], [[0.0, 20], [30, 10]]]
    found = polychoric_tables(np.array(tables))
    assert found.at_bound.all()
    np.testing.assert_allclose(found.r, [BOUND, -BOUND, BOUND, -BOUND])
    assert np.isnan(found.std_error).all()
    nearly = polychoric_tables(np.array([[[300.0, 2], [2, 300]], [[300.0, 9], [9, 300]]]))
    assert not nearly.at_bound.any()  # equal margins: r = sin(pi (2 q - 1) / 2), q the share on the diagonal
    q = np.array([600 / 604, 600 / 618])
    np.testing.assert_allclose(nearly.r, np.sin(np.pi * (2 * q - 1) / 2), atol=1e-7)


def test_one_category_or_no_pairs_is_no_number():
    codes = np.array([[1, 1, np.nan], [1, 2, np.nan], [1, 3, 2.0], [1, np.nan, 1.0], [1, np.nan, 3.0]])
    found = polychoric_matrix(codes)
    assert np.isnan(found.r[np.triu_indices(3, 1)]).all()
    assert found.n[1, 2] == 1
    r, _ = polyserial_matrix(np.arange(5.0)[:, None], codes)
    assert np.isnan(r[0, 0])
    constant, _ = polyserial_matrix(np.ones((5, 1)), codes)
    assert np.isnan(constant).all()
