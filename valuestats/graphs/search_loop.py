"""The PC algorithm as compiled loops over sufficient statistics: one graph from one correlation matrix.

Compiled on first use (some seconds) and kept beside this file. A graph is a matrix of marks: ``marks[i, j]`` is 1 where an
edge may be gone along from i to j, so that i -> j is 1 one way and 0 back, and an undirected edge is 1 both ways.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

TINY = 1e-12
"""A residual variance below this is none: one value is a linear function of others."""


@numba.njit(cache=True, nogil=True)
def first_of(tuple_: Any, size: int) -> None:
    """The first choice of `size` places."""
    for k in range(size):
        tuple_[k] = k


@numba.njit(cache=True, nogil=True)
def next_of(tuple_: Any, size: int, places: int) -> bool:
    """The next choice of `size` of so many `places` in lexicographic order; False after the last."""
    k = size - 1
    while k >= 0 and tuple_[k] == places - size + k:
        k -= 1
    if k < 0:
        return False
    tuple_[k] += 1
    for later in range(k + 1, size):
        tuple_[later] = tuple_[later - 1] + 1
    return True


@numba.njit(cache=True, nogil=True)
def residual_pair(r: Any, x: int, y: int, given: Any, size: int, root: Any, one: Any, two: Any) -> float:
    """Partial correlation of x and y given others, and the weights whose sums of values are both residuals.

    `root` is work space; `one` and `two` become the coefficients of the given values in the residual of x and of y.
    """
    for a in range(size):
        for b in range(a + 1):
            total = r[given[a], given[b]]
            for c in range(b):
                total -= root[a, c] * root[b, c]
            if a == b:
                root[a, a] = np.sqrt(total) if total > TINY else 0.0
            else:
                root[a, b] = total / root[b, b] if root[b, b] > 0 else 0.0
    vx, vy, vxy = r[x, x], r[y, y], r[x, y]
    for a in range(size):
        fx, fy = r[given[a], x], r[given[a], y]
        for c in range(a):
            fx -= root[a, c] * one[c]
            fy -= root[a, c] * two[c]
        one[a] = fx / root[a, a] if root[a, a] > 0 else 0.0
        two[a] = fy / root[a, a] if root[a, a] > 0 else 0.0
        vx -= one[a] * one[a]
        vy -= two[a] * two[a]
        vxy -= one[a] * two[a]
    for back in range(size):
        a = size - 1 - back
        fx, fy = one[a], two[a]
        for c in range(a + 1, size):
            fx -= root[c, a] * one[c]
            fy -= root[c, a] * two[c]
        one[a] = fx / root[a, a] if root[a, a] > 0 else 0.0
        two[a] = fy / root[a, a] if root[a, a] > 0 else 0.0
    if vx <= TINY or vy <= TINY:
        return np.nan
    return max(-1.0, min(1.0, vxy / np.sqrt(vx * vy)))


@numba.njit(cache=True, nogil=True, fastmath=True)
def cluster_statistic(
    crossed: Any, weight: Any, x: int, y: int, given: Any, size: int, one: Any, two: Any, score: Any
) -> float:
    """Sum of the clusters' products of residuals over the root of the sum of its squares, between -sqrt(C) and sqrt(C)."""
    clusters = weight.shape[0]
    pair = crossed[x, y]
    for c in range(clusters):
        score[c] = pair[c]
    for a in range(size):
        left, right, u, v = crossed[given[a], y], crossed[x, given[a]], one[a], two[a]
        for c in range(clusters):
            score[c] -= u * left[c] + v * right[c]
        for b in range(size):
            both, w = crossed[given[a], given[b]], one[a] * two[b]
            for c in range(clusters):
                score[c] += w * both[c]
    total, square = 0.0, 0.0
    for c in range(clusters):
        total += weight[c] * score[c]
        square += weight[c] * score[c] * score[c]
    return total / np.sqrt(square) if square > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def skeleton(
    r: Any, n: Any, crossed: Any, weight: Any, limits: Any, marks: Any, parted: Any, least: Any, at: Any
) -> None:
    """Take away each edge of a full graph whose values some others make independent, by size of these (stable order).

    Parameters
    ----------
    r
        Correlations, shape ``(values, values)``.
    n
        Rows behind each, by which Fisher's z is scaled where rows are the units.
    crossed, weight
        Cross-products of standardised values by cluster, shape ``(values, values, clusters)``, and how often each cluster
        counts; no clusters where rows are the units.
    limits
        Where an edge stays: least size of the scaled z, or of the statistic of clusters, by number of given values; a
        test of more given values is not done.
    marks
        Written: the skeleton, undirected, shape ``(values, values)``.
    parted
        Written: whether a third value belongs to a set that parted two, shape ``(values, values, values)``.
    least, at
        Written: least statistic of each pair over its tests, and the number of values given there.
    """
    p = r.shape[0]
    clusters = weight.shape[0]
    root, one, two = np.zeros((p, p)), np.zeros(p), np.zeros(p)
    score = np.zeros(clusters)
    picked, given, near = np.zeros(p, np.int64), np.zeros(p, np.int64), np.zeros(p, np.int64)
    gone = np.zeros((p, p), np.uint8)
    for i in range(p):
        for j in range(p):
            marks[i, j] = 1 if i != j else 0
            least[i, j] = np.inf
            at[i, j] = 0
            for k in range(p):
                parted[i, j, k] = 0
    size = 0
    while size < limits.shape[0]:
        widest = 0
        for i in range(p):
            degree = 0
            for j in range(p):
                degree += marks[i, j]
            widest = max(widest, degree)
        if widest - 1 < size:
            break
        for x in range(p):
            for y in range(p):
                if marks[x, y] == 0 or (size == 0 and y < x):
                    continue
                places = 0
                for k in range(p):
                    if marks[x, k] == 1 and k != y:
                        near[places] = k
                        places += 1
                if places < size:
                    continue
                first_of(picked, size)
                more = True
                while more:
                    for k in range(size):
                        given[k] = near[picked[k]]
                    rho = residual_pair(r, x, y, given, size, root, one, two)
                    if np.isnan(rho):
                        found = 0.0
                    elif clusters > 0:
                        found = abs(cluster_statistic(crossed, weight, x, y, given, size, one, two, score))
                    elif abs(rho) < 1 and n[x, y] > size + 3:
                        found = abs(np.arctanh(rho)) * np.sqrt(n[x, y] - size - 3)
                    else:
                        found = np.inf
                    lower = found / limits[size]
                    if lower < least[x, y]:
                        least[x, y] = least[y, x] = lower
                        at[x, y] = at[y, x] = size
                    if found < limits[size]:
                        gone[x, y] = gone[y, x] = 1
                        for k in range(size):
                            parted[x, y, given[k]] = parted[y, x, given[k]] = 1
                    more = next_of(picked, size, places) if size > 0 else False
        for i in range(p):
            for j in range(p):
                if gone[i, j] == 1:
                    marks[i, j] = 0
        size += 1


@numba.njit(cache=True, nogil=True)
def orient(marks: Any, parted: Any, loose: bool) -> None:
    """Direct a skeleton: colliders where the middle parted nothing, then Meek's rules, without closing a circle.

    A collider that contradicts one found before is left out; triples go by their middle value, then by the first and last.
    With `loose`, a way back is looked for as causal-learn 0.1 does, whose list of ancestors leaves some out: circles can
    close.
    """
    p = marks.shape[0]
    whole = marks.copy()
    for y in range(p):
        for x in range(p):
            if whole[x, y] == 0:
                continue
            for z in range(x + 1, p):
                if whole[y, z] == 0 or whole[x, z] == 1 or parted[x, z, y] == 1:
                    continue
                if marks[x, y] == 1 and marks[z, y] == 1:
                    marks[y, x] = marks[y, z] = 0
    led = ways(marks)
    changed = True
    while changed:
        changed = False
        for j in range(p):
            for i in range(p):
                if i == j or marks[i, j] == 0 or marks[j, i] == 1:
                    continue
                for k in range(p):  # i -> j - k, i and k apart
                    if marks[j, k] == 1 and marks[k, j] == 1 and k != i and whole[i, k] == 0:
                        changed |= direct(marks, led, j, k, loose)
        for i in range(p):
            for k in range(p):
                if i == k or marks[i, k] == 0 or marks[k, i] == 0:
                    continue
                for j in range(p):  # i -> j -> k and i - k
                    if marks[i, j] == 1 and marks[j, i] == 0 and marks[j, k] == 1 and marks[k, j] == 0:
                        changed |= direct(marks, led, i, k, loose)
                        break
        for i in range(p):
            for k in range(p):
                if marks[i, k] == 1 and marks[k, i] == 1 and has_kite(marks, whole, i, k):
                    changed |= direct(marks, led, i, k, loose)


@numba.njit(cache=True, nogil=True)
def has_kite(marks: Any, whole: Any, i: int, k: int) -> bool:
    """Whether two values that are not joined both have an undirected edge to i and lead to k."""
    p = marks.shape[0]
    for j in range(p):
        if not (marks[i, j] == 1 and marks[j, i] == 1 and marks[j, k] == 1 and marks[k, j] == 0):
            continue
        for m in range(j + 1, p):
            joined = marks[i, m] == 1 and marks[m, i] == 1 and marks[m, k] == 1 and marks[k, m] == 0
            if joined and whole[j, m] == 0:
                return True
    return False


@numba.njit(cache=True, nogil=True)
def ways(marks: Any) -> Any:
    """Whether directed edges lead from row to column; every value leads to itself."""
    p = marks.shape[0]
    led = np.zeros((p, p), np.uint8)
    for i in range(p):
        for j in range(p):
            led[i, j] = 1 if i == j or (marks[i, j] == 1 and marks[j, i] == 0) else 0
    for k in range(p):
        for i in range(p):
            if led[i, k] == 1:
                for j in range(p):
                    led[i, j] |= led[k, j]
    return led


@numba.njit(cache=True, nogil=True)
def direct(marks: Any, led: Any, i: int, k: int, loose: bool) -> bool:
    """Make i - k to i -> k unless k leads to i along directed edges; whether it was done."""
    if led[k, i] == 1:
        return False
    marks[k, i] = 0
    p = marks.shape[0]
    if loose:
        led[i, k] = 1
        for m in range(p):
            if led[m, i] == 1:
                led[m, k] = 1
            if led[k, m] == 1:
                led[i, m] = 1
        return True
    for a in range(p):
        if led[a, i] == 1:
            for b in range(p):
                led[a, b] |= led[k, b]
    return True


@numba.njit(cache=True, nogil=True)
def standardise(count: Any, total: Any, product: Any, weight: Any, r: Any, crossed: Any) -> bool:
    """Correlations under weights of clusters, and the clusters' cross-products of values standardised by them.

    Parameters
    ----------
    count, total, product
        Rows, sums and cross-products of each cluster, shapes ``(clusters,)``, ``(clusters, values)`` and
        ``(values, values, clusters)``.
    weight
        How often each cluster counts.
    r, crossed
        Written; `crossed` only where it has clusters.

    Returns
    -------
    bool
        Whether every value varies.
    """
    clusters, p = total.shape
    n = 0.0
    mean, sd = np.zeros(p), np.zeros(p)
    for c in range(clusters):
        n += weight[c] * count[c]
        for i in range(p):
            mean[i] += weight[c] * total[c, i]
    for i in range(p):
        mean[i] /= n
    for i in range(p):
        for j in range(i + 1):
            whole = 0.0
            pair = product[i, j]
            for c in range(clusters):
                whole += weight[c] * pair[c]
            r[i, j] = whole / n - mean[i] * mean[j]
        if r[i, i] <= TINY * max(1.0, mean[i] * mean[i]):
            return False
        sd[i] = np.sqrt(r[i, i])
    for i in range(p):
        for j in range(i + 1):
            r[i, j] = 1.0 if i == j else max(-1.0, min(1.0, r[i, j] / (sd[i] * sd[j])))
            r[j, i] = r[i, j]
    if crossed.shape[2] == 0:
        return True
    for i in range(p):
        for j in range(i + 1):
            pair, out, back, scale = product[i, j], crossed[i, j], crossed[j, i], 1 / (sd[i] * sd[j])
            for c in range(clusters):
                moved = pair[c] - mean[i] * total[c, j] - mean[j] * total[c, i] + count[c] * mean[i] * mean[j]
                out[c] = moved * scale
                back[c] = out[c]
    return True


@numba.njit(cache=True, nogil=True)
def graphs_of(
    count: Any,
    total: Any,
    product: Any,
    weights: Any,
    rows: float,
    limits: Any,
    by_cluster: bool,
    loose: bool,
    marks: Any,
    kept: Any,
) -> None:
    """A graph under each row of weights.

    Parameters
    ----------
    count, total, product
        As for `standardise`.
    weights
        Shape ``(graphs, clusters)``.
    rows
        Rows that Fisher's z is scaled by.
    limits, by_cluster, loose
        As for `skeleton` and `orient`.
    marks
        Written, shape ``(graphs, values, values)``.
    kept
        Written: 0 where some value did not vary, shape ``(graphs,)``.
    """
    clusters, p = total.shape
    r, n = np.zeros((p, p)), np.full((p, p), rows)
    crossed = np.zeros((p, p, clusters if by_cluster else 0))
    parted = np.zeros((p, p, p), np.uint8)
    least, at = np.zeros((p, p)), np.zeros((p, p), np.int64)
    none = np.zeros(0)
    for g in range(weights.shape[0]):
        kept[g] = 1 if standardise(count, total, product, weights[g], r, crossed) else 0
        if kept[g] == 0:
            continue
        skeleton(r, n, crossed, weights[g] if by_cluster else none, limits, marks[g], parted, least, at)
        orient(marks[g], parted, loose)


@numba.njit(cache=True, nogil=True)
def graphs_of_correlations(
    correlations: Any, n: Any, crossed: Any, weights: Any, limits: Any, loose: bool, marks: Any
) -> None:
    """A graph of each correlation matrix, shape ``(graphs, values, values)``, of so many rows.

    `crossed` is as for `skeleton`, the same for all graphs, and `weights` ``(graphs, clusters)``; without clusters rows are
    the units.
    """
    p = correlations.shape[1]
    parted = np.zeros((p, p, p), np.uint8)
    least, at = np.zeros((p, p)), np.zeros((p, p), np.int64)
    for g in range(correlations.shape[0]):
        skeleton(correlations[g], n, crossed, weights[g], limits, marks[g], parted, least, at)
        orient(marks[g], parted, loose)
