"""Scaling against MASS::isoMDS and cmdscale, Procrustes against SciPy, the order test against its definition."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes as scipy_procrustes

from valuestats.circle.scaling import (
    classical_scaling,
    congruence,
    order_correspondence,
    pair_distances,
    procrustes,
    smacof,
)

R = Path(__file__).parents[1] / "r" / "measurement.csv"
STRESS = 2e-5  # isoMDS stops by its own rule; both minimise the same stress-1
DISTANCE = 5e-3  # distances relative to their mean square; the minimum is flat


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(R, comment="#").set_index("what")


@pytest.fixture(scope="module")
def matrix(reference):
    d = np.zeros((12, 12))
    d[np.triu_indices(12, 1)] = reference.loc["dissimilarity", "value"]
    return d + d.T


def test_classical_scaling_is_cmdscale(matrix, reference):
    found = pair_distances(classical_scaling(matrix))
    np.testing.assert_allclose(found, reference.loc["classical", "value"], atol=1e-9)


def test_ordinal_smacof_finds_the_plane_of_isomds(matrix, reference):
    rng = np.random.default_rng(0)
    start = np.concatenate([classical_scaling(matrix)[None], rng.normal(size=(60, 12, 2))])
    found = smacof(np.broadcast_to(matrix, (61, 12, 12)), start, steps=3000, tolerance=1e-10)
    iso = reference.loc["isoMDS"].set_index("name")["value"]
    best = int(np.argmin(found.stress))
    assert found.stress[best] == pytest.approx(iso["stress"], abs=STRESS)
    d = pair_distances(found.points[best])
    np.testing.assert_allclose(d / np.sqrt((d**2).mean()), iso.drop("stress"), atol=DISTANCE)


def test_stress_of_a_plane_is_zero_whatever_the_transformation():
    x = np.random.default_rng(1).normal(size=(7, 2))
    d = np.sqrt(((x[:, None] - x) ** 2).sum(-1))
    for kind, seen in (("ratio", 3 * d), ("interval", np.where(d > 0, 2 + 5 * d, 0)), ("ordinal", d**3)):
        found = smacof(
            seen[None], classical_scaling(d)[None] + 0.05, transformation=kind, steps=5000, tolerance=1e-12
        )
        assert found.stress[0] < 2e-3
        assert procrustes(found.points, x).disparity[0] < 5e-3


def test_procrustes_is_scipys_with_reflection():
    rng = np.random.default_rng(2)
    target, points = rng.normal(size=(9, 2)), rng.normal(size=(3, 9, 2))
    found = procrustes(points, target)
    for k in range(3):
        _, fitted, disparity = scipy_procrustes(target, points[k])
        assert found.disparity[k] == pytest.approx(disparity, abs=1e-12)
        size = np.linalg.norm(target - target.mean(axis=0))
        np.testing.assert_allclose(found.points[k], fitted * size + target.mean(axis=0), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 6.2), st.floats(0.2, 5), st.booleans())
def test_turning_moving_scaling_and_reflecting_change_no_fit(seed, angle, scale, flip):
    rng = np.random.default_rng(seed)
    x, target = rng.normal(size=(6, 2)), rng.normal(size=(6, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = scale * x @ (turn @ np.diag([1.0, -1.0]) if flip else turn) + rng.normal(size=2)
    one, two = procrustes(x[None], target), procrustes(moved[None], target)
    np.testing.assert_allclose(one.points, two.points, atol=1e-9)
    assert congruence(x[None], target)[0] == pytest.approx(congruence(moved[None], target)[0], abs=1e-9)


def test_one_point_for_all_is_no_fit_and_no_error():
    target = np.random.default_rng(0).normal(size=(5, 2))
    assert procrustes(np.ones((1, 5, 2)), target).disparity[0] == 1.0


def test_order_correspondence_counts_predictions():
    rng = np.random.default_rng(3)
    d = rng.random((6, 6))
    d = d + d.T
    place = rng.permutation(6)
    steps = np.minimum(
        np.abs(np.subtract.outer(range(6), range(6))), 6 - np.abs(np.subtract.outer(range(6), range(6)))
    )
    met = broken = 0
    pairs = list(itertools.combinations(range(6), 2))
    for (a, b), (c, e) in itertools.combinations(pairs, 2):
        theory = steps[place[a], place[b]] - steps[place[c], place[e]]
        seen = d[a, b] - d[c, e]
        met, broken = met + (theory * seen > 0), broken + (theory * seen < 0)
    found = order_correspondence(d, steps.astype(float), place[None])[0]
    assert found == pytest.approx((met - broken) / (met + broken))
