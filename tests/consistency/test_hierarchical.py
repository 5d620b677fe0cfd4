"""Omega hierarchical against psych::omega, and the rotation's invariances."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from valuestats.consistency.hierarchical import (
    degrees_of_freedom,
    minres,
    oblimin,
    omega_hierarchical,
    schmid_leiman,
)

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


def clusters(loadings, phi):
    """Correlations of items with one factor each, and what omega hierarchical is where all factors correlate alike."""
    q = len(loadings)
    pattern = np.zeros((sum(map(len, loadings)), q))
    pattern[np.arange(len(pattern)), np.repeat(np.arange(q), [len(part) for part in loadings])] = (
        np.concatenate(loadings)
    )
    r = pattern @ np.where(np.eye(q) > 0, 1, phi) @ pattern.T
    np.fill_diagonal(r, 1)
    return r, phi * pattern.sum() ** 2 / r.sum(), np.sqrt(phi) * pattern.sum(axis=1)


def sampled(people, items, seed):
    """Correlations of a sample with a general factor and three groups of items; singular where items outnumber people."""
    rng = np.random.default_rng(seed)
    general, group = rng.normal(size=(people, 1)), rng.normal(size=(people, 3))
    y = 0.8 * general + np.repeat(group, items // 3, axis=1) + rng.normal(size=(people, items // 3 * 3))
    return np.corrcoef(y.T)


CLUSTERS = {
    "docstring": ([[0.7] * 3] * 3, 0.36),
    "twelve": ([[0.6] * 4] * 3, 0.49),
    "unequal": ([[0.8, 0.7, 0.6, 0.5], [0.7, 0.6, 0.5], [0.9, 0.5, 0.4, 0.3, 0.3]], 0.4),
    "four groups": ([[0.6] * 5] * 4, 0.25),
    "orthogonal": ([[0.7] * 4] * 3, 0.0),
}
ORDERS = [np.random.default_rng(seed).permutation for seed in range(40)]


@pytest.mark.parametrize("name", CLUSTERS)
def test_perfect_clusters_give_their_closed_form_from_every_order(name):
    loadings, phi = CLUSTERS[name]
    r, omega, general = clusters(loadings, phi)
    for shuffle in ORDERS:
        order = shuffle(len(r))
        found = schmid_leiman(r[np.ix_(order, order)], len(loadings))
        assert found.omega_hierarchical == pytest.approx(omega, abs=1e-9)
        np.testing.assert_allclose(found.general, general[order], atol=1e-8)


@pytest.mark.parametrize(
    "r",
    [matrix("made"), matrix("thurstone"), sampled(400, 15, 5), sampled(30, 45, 6)],
    ids=["made", "thurstone", "sample", "more items than people"],
)
def test_order_of_items_does_not_matter(r):
    first = schmid_leiman(r)
    for shuffle in ORDERS:
        order = shuffle(len(r))
        found = schmid_leiman(r[np.ix_(order, order)])
        assert found.omega_hierarchical == pytest.approx(first.omega_hierarchical, abs=1e-9)
        np.testing.assert_allclose(found.general, first.general[order], atol=1e-8)


def test_the_basis_of_the_factors_does_not_matter():
    loadings = minres(sampled(400, 15, 5), 3)
    first = oblimin(loadings)
    for seed in range(10):
        turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
        found = oblimin(loadings @ turn)
        assert found.criterion == pytest.approx(first.criterion, rel=1e-10)
        np.testing.assert_allclose(
            np.sort(found.loadings, axis=1), np.sort(first.loadings, axis=1), atol=1e-8
        )


def test_many_matrices_are_each_as_alone():
    stack = np.stack([matrix("made"), matrix("thurstone"), np.full((9, 9), np.nan), np.eye(9)])
    alone = [schmid_leiman(r) for r in stack]
    expected = [np.nan if found is None else found.omega_hierarchical for found in alone]
    np.testing.assert_allclose(omega_hierarchical(stack), expected, atol=1e-10)
    np.testing.assert_allclose(omega_hierarchical(stack, 2), np.nan)


def test_minimum_residuals_against_scipy_from_many_starts():
    """The criterion of a singular matrix: no start of scipy's L-BFGS-B ends lower."""
    r, q = sampled(12, 15, 7), 3
    p = len(r)
    rng = np.random.default_rng(8)

    def criterion(psi):
        values = np.linalg.eigvalsh(r - np.diag(psi))[: p - q]
        return values @ values / 2

    loadings = minres(r, q)
    found = criterion(1 - (loadings**2).sum(axis=1))
    reached = [
        optimize.minimize(
            criterion, rng.uniform(0.05, 0.95, p), method="L-BFGS-B", bounds=[(0.005, 1)] * p
        ).fun
        for _ in range(10)
    ]
    assert found <= min(reached) + 1e-9
    assert found == pytest.approx(min(reached), rel=1e-4)


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
