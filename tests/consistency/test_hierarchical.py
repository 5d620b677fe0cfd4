"""Omega hierarchical against psych::omega, and the rotation's invariances."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.consistency.hierarchical import degrees_of_freedom, minres, oblimin, schmid_leiman

R = Path(__file__).parents[1] / "r"
EXPECTED = (
    pd.read_csv(R / "omega.csv", comment="#").set_index(["data", "factors", "quantity"])["value"].sort_index()
)
TOLERANCE = 2e-5  # psych's rotation stops at a gradient of 1e-5, ours at 1e-7


def matrix(name):
    frame = pd.read_csv(R / "omega_input.csv")
    return frame[frame["data"] == name].iloc[:, 1:].to_numpy(dtype=float)


def bfi():
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / "psychometrics" / "psychTools_bfi.csv" if root else None
    if path is None or not path.exists():
        pytest.skip("the bfi data are not at hand (VALUESTATS_LOCAL)")
    y = pd.read_csv(path)[[f"{trait}{k}" for trait in "ACENO" for k in range(1, 6)]].astype(float)
    turned = ["A1", "C4", "C5", "E1", "E2", "O2", "O5", *(f"N{k}" for k in range(1, 6))]
    y[turned] = 7 - y[turned]
    return y.corr().to_numpy()


@pytest.mark.parametrize(("name", "factors"), [("made", 3), ("thurstone", 3), ("bfi", 3), ("bfi", 5)])
def test_psych_omega(name, factors):
    found = schmid_leiman(bfi() if name == "bfi" else matrix(name), factors)
    expected = EXPECTED[name, factors]
    assert found.omega_hierarchical == pytest.approx(expected["omega_hierarchical"], abs=TOLERANCE)
    assert found.omega_total == pytest.approx(expected["omega_total"], abs=TOLERANCE)
    general = [expected[f"g{k + 1}"] for k in range(len(found.general))]
    np.testing.assert_allclose(found.general, general, atol=TOLERANCE)


def test_order_of_items_does_not_matter():
    r = matrix("made")
    order = np.random.default_rng(1).permutation(9)
    a, b = schmid_leiman(r), schmid_leiman(r[np.ix_(order, order)])
    assert a.omega_hierarchical == pytest.approx(b.omega_hierarchical, abs=1e-6)
    np.testing.assert_allclose(a.general[order], b.general, atol=1e-5)


def test_a_start_nearby_changes_nothing():
    r = matrix("thurstone")
    first = schmid_leiman(r)
    assert schmid_leiman(r, start=first).omega_hierarchical == pytest.approx(
        first.omega_hierarchical, abs=1e-6
    )


def test_minres_residuals_have_zero_diagonal_and_rotation_keeps_the_common_part():
    r = matrix("thurstone")
    loadings = minres(r, 3)
    turned = oblimin(loadings)
    np.testing.assert_allclose(
        turned.loadings @ turned.phi @ turned.loadings.T, loadings @ loadings.T, atol=1e-10
    )
    np.testing.assert_allclose(np.diag(turned.phi), 1)


def test_what_is_not_identified_is_none():
    r = matrix("made")
    assert degrees_of_freedom(5, 3) < 0 == degrees_of_freedom(6, 3)
    assert schmid_leiman(r[:5, :5]) is None
    assert schmid_leiman(r, 2) is None
    assert schmid_leiman(np.where(np.eye(9) > 0, 1, np.nan)) is None
    assert schmid_leiman(np.eye(9)).omega_hierarchical == pytest.approx(0, abs=1e-9)  # nothing in common
