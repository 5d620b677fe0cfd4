"""Scaling: steps written out in loops, SciPy's Procrustes, and small examples by hand."""

import itertools
import math

import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes

from valuestats.circle.scaling import (
    _disparities,
    _stress,
    classical_scaling,
    congruence,
    order_correspondence,
    pair_distances,
    procrustes,
    smacof,
)

TRIANGLE = np.array([[0.0, 0], [3, 0], [3, 4]])


def matrix(points):
    return np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))


def test_pair_distances_of_a_right_triangle():
    assert pair_distances(TRIANGLE).tolist() == [3.0, 5.0, 4.0]
    assert pair_distances(np.stack([TRIANGLE, 2 * TRIANGLE])).tolist() == [[3, 5, 4], [6, 10, 8]]


def test_classical_scaling_gives_the_distances_back_largest_axis_first():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(2, 6, 2)) * [3.0, 1.0]
    found = classical_scaling(np.stack([matrix(p) for p in points]))
    assert found.shape == (2, 6, 2)
    assert pair_distances(found) == pytest.approx(pair_distances(points))
    assert found.mean(axis=1) == pytest.approx(np.zeros((2, 2)), abs=1e-12)
    assert (found[:, :, 0].std(axis=1) > found[:, :, 1].std(axis=1)).all()


def test_classical_scaling_counts_negative_eigenvalues_as_none():
    # all 4 points apart by 1 except two apart by 3: no Euclidean distances, and one axis at most is real in 3 of them
    d = np.ones((3, 3)) - np.eye(3)
    d[0, 1] = d[1, 0] = 3.0
    # gram by hand: B = -J D2 J / 2 has eigenvalues 9/2 (along 1,-1,0) and -5/6 (along 1,1,-2)
    found = classical_scaling(d, 2)
    assert np.abs(found[:, 0]) == pytest.approx([1.5, 1.5, 0])
    assert found[:, 1] == pytest.approx(np.zeros(3), abs=1e-7)


def test_disparities_by_hand():
    def shares(delta, d, kind):
        return _disparities(np.array([delta], float), np.array([d], float), kind)[0]

    def normed(values):
        values = np.array(values, float)
        return values * math.sqrt(len(values) / (values**2).sum())

    assert shares([1, 2, 4], [9, 9, 9], "ratio") == pytest.approx(normed([1, 2, 4]))
    assert shares([1, 2, 3], [2, 4, 9], "interval") == pytest.approx(normed([1.5, 5, 8.5]))
    assert shares([1, 2, 3], [9, 4, 2], "interval") == pytest.approx([1, 1, 1])
    assert shares([0, 1, 2, 3], [0, 0, 1, 9], "interval") == pytest.approx(normed([0, 1.1, 3.9, 6.7]))
    assert shares([2, 2, 2], [1, 2, 6], "interval") == pytest.approx([1, 1, 1])
    # ties in the dissimilarities are ordered by distance: 4 and 3 need not be merged
    assert shares([1, 2, 3, 3], [2, 1, 4, 3], "ordinal") == pytest.approx(normed([1.5, 1.5, 4, 3]))
    assert shares([0, 0, 0], [1, 2, 3], "ratio").tolist() == [0, 0, 0]
    both = _disparities(np.array([[1, 2, 3.0], [2, 2, 2]]), np.array([[2, 4, 9.0], [1, 2, 6]]), "interval")
    assert both == pytest.approx(np.stack([normed([1.5, 5, 8.5]), np.ones(3)]))


def test_stress_is_what_the_best_scale_leaves():
    fitted, d = np.array([[1.0, 2, 3], [0, 0, 0]]), np.array([[2.0, 1, 5], [1, 1, 1]])
    scale = (fitted[0] * d[0]).sum() / (d[0] ** 2).sum()
    left = ((fitted[0] - scale * d[0]) ** 2).sum() / (fitted[0] ** 2).sum()
    assert _stress(fitted, d) == pytest.approx([math.sqrt(left), 1.0])
    assert _stress(d, 3 * d) == pytest.approx([0, 0], abs=1e-7)


def guttman(delta, start):
    """One step of metric SMACOF, pair by pair."""
    n = len(start)
    x = start - start.mean(axis=0)
    size = sum(delta[i, j] ** 2 for i, j in itertools.combinations(range(n), 2))
    b = np.zeros((n, n))
    for i, j in itertools.combinations(range(n), 2):
        d = math.dist(x[i], x[j])
        fitted = delta[i, j] * math.sqrt(n * (n - 1) / 2 / size)
        b[i, j] = b[j, i] = -fitted / d if d > 0 else 0.0
    for i in range(n):
        b[i, i] = -b[i].sum()
    return b @ x / n


def test_each_step_is_the_guttman_transform():
    rng = np.random.default_rng(1)
    delta, start = matrix(rng.normal(size=(5, 3))), rng.normal(size=(5, 2)) + 4
    one = smacof(delta[None], start[None], transformation="ratio", steps=1)
    assert one.points[0] == pytest.approx(guttman(delta, start))
    assert one.steps == 1
    two = smacof(delta[None], start[None], transformation="ratio", steps=2, tolerance=0)
    assert two.points[0] == pytest.approx(guttman(delta, guttman(delta, start)))
    d = pair_distances(two.points)
    fitted = delta[np.triu_indices(5, 1)][None]
    assert two.stress == pytest.approx(_stress(fitted, d))
    none = smacof(delta[None], start[None], transformation="ratio", steps=0)
    assert none.points[0] == pytest.approx(start - start.mean(axis=0))
    assert none.steps == 0


def test_points_that_coincide_stay_finite():
    start = np.array([[0.0, 0], [0, 0], [1, 0]])
    found = smacof(matrix(TRIANGLE)[None], start[None], transformation="ratio", steps=1)
    assert found.points[0] == pytest.approx(guttman(matrix(TRIANGLE), start))


def test_a_configuration_rests_alone_and_others_go_on():
    rng = np.random.default_rng(2)
    plane = rng.normal(size=(6, 2))
    other = matrix(rng.normal(size=(6, 4)))
    starts = np.stack([plane, rng.normal(size=(6, 2))])
    both = smacof(np.stack([matrix(plane), other]), starts, transformation="ratio")
    alone = smacof(other[None], starts[1:], transformation="ratio")
    still = smacof(matrix(plane)[None], starts[:1], transformation="ratio")
    assert still.steps == 2
    assert both.steps == alone.steps > 2
    assert both.points[1] == pytest.approx(alone.points[0])
    assert both.points[0] == pytest.approx(still.points[0])
    assert both.stress == pytest.approx([0, alone.stress[0]], abs=1e-6)
    # it rests at the first step that gains less than the tolerance
    path = [
        smacof(other[None], starts[1:], transformation="ratio", steps=k, tolerance=0).stress[0]
        for k in range(alone.steps)
    ]
    gains = np.abs(np.diff(path))
    assert gains[-1] < 1e-6
    assert (gains[:-1] >= 1e-6).all()


def test_procrustes_is_scipys():
    rng = np.random.default_rng(3)
    target, points = rng.normal(size=(7, 2)) + 5, rng.normal(size=(3, 7, 2))
    found = procrustes(points, target)
    for k in range(3):
        assert found.disparity[k] == pytest.approx(scipy_procrustes(target, points[k])[2])
        left = ((target - found.points[k]) ** 2).sum() / ((target - target.mean(axis=0)) ** 2).sum()
        assert found.disparity[k] == pytest.approx(left)
    assert found.points.mean(axis=1) == pytest.approx(np.tile(target.mean(axis=0), (3, 1)))


def test_a_point_for_all_fits_the_middle_only():
    found = procrustes(np.ones((1, 3, 2)), TRIANGLE)
    assert found.disparity.tolist() == [1.0]
    assert found.points[0] == pytest.approx(np.tile(TRIANGLE.mean(axis=0), (3, 1)))


def test_congruence_is_the_cosine_of_the_distances():
    other = np.array([[0.0, 0], [1, 0], [1, 1]])  # distances 1, sqrt 2, 1
    expected = (3 + 5 * math.sqrt(2) + 4) / math.sqrt(4 * 50)
    assert congruence(np.stack([other, TRIANGLE]), TRIANGLE) == pytest.approx([expected, 1])


def correspondence(d, steps, order):
    """Share of predictions met less the share violated, pair of pairs by pair of pairs."""
    pairs = list(itertools.combinations(range(len(d)), 2))
    met = made = 0
    for (a, b), (c, e) in itertools.combinations(pairs, 2):
        predicted = steps[order[a], order[b]] - steps[order[c], order[e]]
        if abs(predicted) > 1e-6:
            made += 1
            met += np.sign(predicted) * np.sign(d[a, b] - d[c, e])
    return met / made


def test_order_correspondence_is_its_definition():
    rng = np.random.default_rng(4)
    d = np.round(matrix(rng.normal(size=(5, 3))), 1)
    around = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    steps = np.minimum(around, 5 - around).astype(float)
    orders = np.array([rng.permutation(5) for _ in range(6)])
    expected = [correspondence(d, steps, order) for order in orders]
    assert order_correspondence(d, steps, orders) == pytest.approx(expected)
    assert order_correspondence(d, steps + 1e-11 * around, orders) == pytest.approx(expected)
    assert np.isnan(order_correspondence(d[:3, :3], np.ones((3, 3)), np.arange(3)[None])).all()
