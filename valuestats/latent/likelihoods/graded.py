"""Compiled passes over answers under the graded response model: value and first derivatives in one go.

Several traits are taken as given, `mixture_pass` sums one trait over nodes. All work for the logit and the
probit, and take a difference of probabilities in the tail where both terms are small. numba keeps the compiled code
beside this file, or in its cache folder, between runs.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

_SMALLEST = 1e-300


@numba.njit(cache=True, nogil=True)
def _tails(z: float, probit: bool) -> tuple[float, float, float]:
    """Distribution function, its complement and density."""
    if probit:
        lower, upper = 0.5 * math.erfc(-z / math.sqrt(2.0)), 0.5 * math.erfc(z / math.sqrt(2.0))
        return lower, upper, math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    e = math.exp(-abs(z))
    large = 1.0 / (1.0 + e)
    small = e * large
    if z >= 0.0:
        return large, small, large * small
    return small, large, large * small


@numba.njit(cache=True, nogil=True)
def _between(cut: Any, k: int, eta: float, probit: bool) -> tuple[float, float, float]:
    """Probability of category k and the densities at its lower and upper cutpoint."""
    below, beyond, low = 0.0, 1.0, 0.0
    if k > 0:
        below, beyond, low = _tails(cut[k - 1] - eta, probit)
    if k == cut.shape[0]:
        return max(beyond, _SMALLEST), low, 0.0
    lower, upper, high = _tails(cut[k] - eta, probit)
    p = beyond - upper if k > 0 and cut[k - 1] > eta else lower - below
    return max(p, _SMALLEST), low, high


@numba.njit(cache=True, nogil=True)
def _bend(z: float, probit: bool) -> float:
    """Derivative of the density."""
    lower, upper, density = _tails(z, probit)
    return -z * density if probit else density * (upper - lower)


@numba.njit(cache=True, nogil=True)
def normal_pass(
    cut: Any, slope: Any, theta: Any, trait: Any, codes: Any, precision: Any, probit: bool
) -> Any:
    """Normal approximation of each respondent's traits by one Newton step from `theta`.

    `cut` is ``(items, K - 1)``, `slope` and `trait` are ``(items,)``, `theta` is ``(respondents, traits)``, `codes`
    ``(respondents, items)`` with -1 where missing, `precision` that of the traits' prior. Returns the centres and the lower
    Cholesky factors of the precisions.
    """
    people, items = codes.shape
    traits = theta.shape[1]
    steps = cut.shape[1]
    centre, factor = np.empty(theta.shape), np.zeros((people, traits, traits))
    slack, weight = np.empty(traits), np.empty(traits)
    for p in range(people):
        slack[:] = 0.0
        weight[:] = 0.0
        for j in range(items):
            k = codes[p, j]
            if k < 0:
                continue
            d = trait[j]
            eta = slope[j] * theta[p, d]
            share, low, high = _between(cut[j], k, eta, probit)
            bend = 0.0
            if k < steps:
                bend += _bend(cut[j, k] - eta, probit)
            if k > 0:
                bend -= _bend(cut[j, k - 1] - eta, probit)
            first = (low - high) / share
            slack[d] += slope[j] * first
            weight[d] += slope[j] * slope[j] * max(first * first - bend / share, 1e-8)
        root = factor[p]
        for i in range(traits):
            for j in range(i + 1):
                total = precision[i, j]
                if i == j:
                    total += weight[i]
                for m in range(j):
                    total -= root[i, m] * root[j, m]
                root[i, j] = math.sqrt(max(total, 1e-10)) if i == j else total / root[j, j]
        # precision of the posterior times the centre: weight * theta + slack
        for i in range(traits):
            total = weight[i] * theta[p, i] + slack[i]
            for m in range(i):
                total -= root[i, m] * centre[p, m]
            centre[p, i] = total / root[i, i]
        for i in range(traits - 1, -1, -1):
            total = centre[p, i]
            for m in range(i + 1, traits):
                total -= root[m, i] * centre[p, m]
            centre[p, i] = total / root[i, i]
    return centre, factor


@numba.njit(cache=True, nogil=True)
def placed(centre: Any, factor: Any, w: Any) -> Any:
    """Traits at standard normal coordinates `w` of their normal approximations."""
    people, traits = w.shape
    out = np.empty(w.shape)
    for p in range(people):
        for i in range(traits - 1, -1, -1):
            total = w[p, i]
            for m in range(i + 1, traits):
                total -= factor[p, m, i] * out[p, m]
            out[p, i] = total / factor[p, i, i]
        for i in range(traits):
            out[p, i] += centre[p, i]
    return out


@numba.njit(cache=True, nogil=True)
def pulled_back(factor: Any, d_theta: Any) -> Any:
    """Derivative by the coordinates of `placed` from that by the traits."""
    people, traits = d_theta.shape
    out = np.empty(d_theta.shape)
    for p in range(people):
        for i in range(traits):
            total = d_theta[p, i]
            for m in range(i):
                total -= factor[p, i, m] * out[p, m]
            out[p, i] = total / factor[p, i, i]
    return out


@numba.njit(cache=True, nogil=True)
def conditional_pass(cut: Any, slope: Any, theta: Any, trait: Any, codes: Any, probit: bool) -> Any:
    """Log-likelihood given the traits, and its derivatives by thresholds, discriminations and traits."""
    people, items = codes.shape
    steps = cut.shape[1]
    value = 0.0
    d_cut, d_slope, d_theta = np.zeros(cut.shape), np.zeros(items), np.zeros(theta.shape)
    for p in range(people):
        product = 1.0
        for j in range(items):
            k = codes[p, j]
            if k < 0:
                continue
            t = theta[p, trait[j]]
            share, low, high = _between(cut[j], k, slope[j] * t, probit)
            if product < 1e-100 or share < 1e-100:
                value += math.log(product)
                product = 1.0
            product *= share
            up = high / share
            down = low / share
            if k > 0:
                d_cut[j, k - 1] -= down
            if k < steps:
                d_cut[j, k] += up
            d_slope[j] += (down - up) * t
            d_theta[p, trait[j]] += (down - up) * slope[j]
        value += math.log(product)
    return value, d_cut, d_slope, d_theta


@numba.njit(cache=True, nogil=True)
def person_values(
    cut: Any, slope: Any, theta: Any, trait: Any, codes: Any, precision: Any, probit: bool
) -> Any:
    """Log-likelihood of each respondent's answers plus the exponent of the traits' normal prior."""
    people, items = codes.shape
    traits = theta.shape[1]
    out = np.empty(people)
    for p in range(people):
        value = 0.0
        for i in range(traits):
            row = 0.0
            for m in range(traits):
                row += precision[i, m] * theta[p, m]
            value -= 0.5 * row * theta[p, i]
        product = 1.0
        for j in range(items):
            k = codes[p, j]
            if k >= 0:
                eta = slope[j] * theta[p, trait[j]]
                below, beyond = 0.0, 1.0
                if k > 0:
                    below, beyond, _ = _tails(cut[j, k - 1] - eta, probit)
                if k == cut.shape[1]:
                    share = beyond
                else:
                    lower, upper, _ = _tails(cut[j, k] - eta, probit)
                    share = beyond - upper if k > 0 and cut[j, k - 1] > eta else lower - below
                product *= max(share, _SMALLEST)
                if product < 1e-200:
                    value += math.log(product) if product > 0.0 else math.log(_SMALLEST)
                    product = 1.0
        out[p] = value + math.log(product)
    return out


@numba.njit(cache=True, nogil=True)
def score_pass(cut: Any, slope: Any, theta: Any, trait: Any, codes: Any, probit: bool) -> Any:
    """Each respondent's derivative by thresholds, then discrimination, of each item: ``(respondents, items, K)``."""
    people, items = codes.shape
    steps = cut.shape[1]
    out = np.zeros((people, items, steps + 1))
    for p in range(people):
        for j in range(items):
            k = codes[p, j]
            if k < 0:
                continue
            t = theta[p, trait[j]]
            share, low, high = _between(cut[j], k, slope[j] * t, probit)
            if k > 0:
                out[p, j, k - 1] = -low / share
            if k < steps:
                out[p, j, k] = high / share
            out[p, j, steps] = (low - high) / share * t
    return out


@numba.njit(cache=True, nogil=True)
def probability_table(cut: Any, slope: Any, standing: Any, probit: bool) -> Any:
    """Log probability of each category at each node, ``(groups * items * K, nodes)``.

    `cut` is ``(groups, items, K - 1)``, `slope` ``(groups, items)`` and `standing`, the trait at the nodes,
    ``(groups, nodes)``.
    """
    groups, items, steps = cut.shape
    nodes = standing.shape[1]
    table = np.empty((groups * items * (steps + 1), nodes))
    for g in range(groups):
        for j in range(items):
            row = (g * items + j) * (steps + 1)
            for q in range(nodes):
                eta = slope[g, j] * standing[g, q]
                for k in range(steps + 1):
                    table[row + k, q] = math.log(_between(cut[g, j], k, eta, probit)[0])
    return table


@numba.njit(cache=True, nogil=True)
def pattern_pass(table: Any, log_weight: Any, index: Any, count: Any) -> Any:
    """Log-likelihood of response patterns with the trait summed over nodes, and its derivative by the table.

    `log_weight` holds the nodes' log weights, `index` the row of each answer ``(patterns, items)`` (-1 where missing) and
    `count` how often each pattern occurs.
    """
    rows, nodes = table.shape
    value = 0.0
    d_table = np.zeros((rows, nodes))
    share = np.empty(nodes)
    for p in range(index.shape[0]):
        for q in range(nodes):
            share[q] = log_weight[q]
        for j in range(index.shape[1]):
            row = index[p, j]
            if row >= 0:
                for q in range(nodes):
                    share[q] += table[row, q]
        top = share.max()
        total = 0.0
        for q in range(nodes):
            share[q] = math.exp(share[q] - top)
            total += share[q]
        value += count[p] * (top + math.log(total))
        factor = count[p] / total
        for j in range(index.shape[1]):
            row = index[p, j]
            if row >= 0:
                for q in range(nodes):
                    d_table[row, q] += factor * share[q]
    return value, d_table


@numba.njit(cache=True, nogil=True)
def mixture_pass(
    cut: Any, slope: Any, standing: Any, log_weight: Any, index: Any, count: Any, probit: bool
) -> Any:
    """Log-likelihood with one trait summed over nodes; derivatives by thresholds, discriminations and the nodes' places."""
    groups, items, steps = cut.shape
    nodes = standing.shape[1]
    value, d_table = pattern_pass(probability_table(cut, slope, standing, probit), log_weight, index, count)
    d_cut, d_slope, d_standing = np.zeros(cut.shape), np.zeros(slope.shape), np.zeros(standing.shape)
    for g in range(groups):
        for j in range(items):
            row = (g * items + j) * (steps + 1)
            for q in range(nodes):
                eta = slope[g, j] * standing[g, q]
                back = 0.0
                for k in range(steps + 1):
                    weight = d_table[row + k, q]
                    if weight == 0.0:
                        continue
                    share, low, high = _between(cut[g, j], k, eta, probit)
                    if k > 0:
                        d_cut[g, j, k - 1] -= weight * low / share
                        back += weight * low / share
                    if k < steps:
                        d_cut[g, j, k] += weight * high / share
                        back -= weight * high / share
                d_slope[g, j] += back * standing[g, q]
                d_standing[g, q] += back * slope[g, j]
    return value, d_cut, d_slope, d_standing


@numba.njit(cache=True, nogil=True)
def standing_pass(
    cut: Any,
    slope: Any,
    standing: Any,
    log_weight: Any,
    index: Any,
    of: Any,
    place: Any,
    within: Any,
    probit: bool,
) -> Any:
    """One trait of each respondent, drawn from its posterior, as a position among the nodes (0 is the first).

    `of` is the pattern of each respondent, `place` and `within` are uniform numbers: the one chooses a node, the other
    spreads the draw evenly over its width.
    """
    table = probability_table(cut, slope, standing, probit)
    patterns, items = index.shape
    nodes = table.shape[1]
    below = np.empty((patterns, nodes))
    total = np.empty(nodes)
    for p in range(patterns):
        for q in range(nodes):
            total[q] = log_weight[q]
        for j in range(items):
            row = index[p, j]
            if row >= 0:
                for q in range(nodes):
                    total[q] += table[row, q]
        top = total.max()
        running = 0.0
        for q in range(nodes):
            running += math.exp(total[q] - top)
            below[p, q] = running
        for q in range(nodes):
            below[p, q] /= running
    out = np.empty(of.shape[0])
    for r in range(of.shape[0]):
        q = min(int(np.searchsorted(below[of[r]], place[r])), nodes - 1)
        out[r] = q + within[r] - 0.5
    return out
