"""Compiled passes over counted stages of choices: log-likelihood and gradients, replicated tallies, curvature.

They serve `valuestats.latent.likelihoods.choices.ChoiceStages`; numba keeps the compiled code between runs.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, error_model="numpy")
def stage_pass(
    eta: Any, own: Any, ends: Any, row: Any, weight: Any, own_of: Any, start: Any, count: Any, of: Any,
    sloped: Any, values: Any, d_eta: Any, d_own: Any,
) -> None:  # fmt: skip
    """Add up the log-likelihood of each column by the stages' numbers `of` and, where `sloped`, its gradients."""
    draws = eta.shape[1]
    widest = 0
    for s in range(len(start) - 1):
        widest = max(widest, start[s + 1] - start[s])
    u = np.empty((widest, draws))
    top, total = np.empty(draws), np.empty(draws)
    for s in range(len(start) - 1):
        first, last = start[s], start[s + 1]
        met = 0.0
        for a in range(first, last):
            met += count[a]
        if met == 0.0:
            continue
        top[:] = -np.inf
        total[:] = 0.0
        value = values[of[s]]
        for a in range(first, last):
            k, o = a - first, own_of[a]
            for d in range(draws):
                u[k, d] = own[o, d] if o >= 0 else 0.0
            for e in range(ends[a], ends[a + 1]):
                r, w = row[e], weight[e]
                for d in range(draws):
                    u[k, d] += w * eta[r, d]
            for d in range(draws):
                top[d] = max(top[d], u[k, d])
        for a in range(first, last):
            k, n = a - first, count[a]
            for d in range(draws):
                away = u[k, d] - top[d]
                value[d] += n * away
                u[k, d] = np.exp(away)
                total[d] += u[k, d]
        for d in range(draws):
            value[d] -= met * np.log(total[d])
        if not sloped:
            continue
        for a in range(first, last):
            k, n, o = a - first, count[a], own_of[a]
            for d in range(draws):
                u[k, d] = n - met * u[k, d] / total[d]
            for e in range(ends[a], ends[a + 1]):
                r, w = row[e], weight[e]
                for d in range(draws):
                    d_eta[r, d] += w * u[k, d]
            if o >= 0:
                for d in range(draws):
                    d_own[o, d] += u[k, d]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def pair_pass(
    eta: Any, own: Any, ends: Any, row: Any, own_of: Any, start: Any, count: Any, pairs: Any,
    value: Any, d_eta: Any, d_own: Any,
) -> None:  # fmt: skip
    """As `stage_pass`, of the leading stages of two options, each with its ties and outcomes halfway between them.

    With a the half of the utilities' distance and e = exp(-a) the shares are as 1, e^2 and e times the exp of the own
    parameters: one exponential a stage. Logarithms of the sums are taken of products of several.
    """
    draws = eta.shape[1]
    weights = np.exp(own)
    together = _together(own)
    small, total, product = np.empty(draws), np.empty(draws), np.ones(draws)
    waiting = 0
    for s in range(pairs):
        first, last = start[s], start[s + 1]
        met, between = 0.0, 0.0
        for a in range(first, last):
            met += count[a]
        if met == 0.0:
            continue
        i, j = row[ends[first]], row[ends[first + 1]]
        lead = 0.5 * (count[first] - count[first + 1])
        for d in range(draws):
            gap = eta[i, d] - eta[j, d]
            small[d] = np.exp(-0.5 * abs(gap))
            value[d] += lead * gap - 0.5 * met * abs(gap)
            total[d] = 0.0
        for a in range(first + 2, last):
            o, n = own_of[a], count[a]
            between += n
            for d in range(draws):
                total[d] += weights[o, d]
            if n > 0.0:
                for d in range(draws):
                    value[d] += n * own[o, d]
        for d in range(draws):
            total[d] = 1.0 + small[d] * (small[d] + total[d])
        if met == 1.0:
            for d in range(draws):
                product[d] *= total[d]
            waiting += 1
            if waiting >= together:
                for d in range(draws):
                    value[d] -= np.log(product[d])
                    product[d] = 1.0
                waiting = 0
        else:
            for d in range(draws):
                value[d] -= met * np.log(total[d])
        for d in range(draws):
            sign = 1.0 if eta[i, d] >= eta[j, d] else -1.0
            slope = lead - 0.5 * met * sign * (1.0 - small[d] * small[d]) / total[d]
            d_eta[i, d] += slope
            d_eta[j, d] -= slope
        # What goes to both options alike: nothing, as shares add up to 1 and counts to `met`.
        for a in range(first + 2, last):
            o, n = own_of[a], count[a]
            for d in range(draws):
                d_own[o, d] += n - met * weights[o, d] * small[d] / total[d]
    for d in range(draws):
        value[d] -= np.log(product[d])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _together(own: Any) -> int:
    """Sums of shares whose product is far from overflowing."""
    return 12 if own.size == 0 or own.max() < 20.0 else 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def pair_halves(
    eta: Any, ends: Any, row: Any, start: Any, count: Any, first_pair: Any, last_pair: Any, of: Any, values: Any,
    halves: Any,
) -> None:  # fmt: skip
    """Of some pairs, for the value alone: minus half the utilities' distances, and what is linear in them.

    Their exponentials are left to NumPy, which takes several at a time; `pair_totals` goes on from there.
    """
    for s in range(first_pair, last_pair):
        first, last, k = start[s], start[s + 1], s - first_pair
        met = 0.0
        for a in range(first, last):
            met += count[a]
        i, j = row[ends[first]], row[ends[first + 1]]
        lead, value = 0.5 * (count[first] - count[first + 1]), values[of[s]]
        for d in range(eta.shape[1]):
            gap = eta[i, d] - eta[j, d]
            halves[k, d] = -0.5 * abs(gap)
            value[d] += lead * gap - 0.5 * met * abs(gap)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def pair_totals(
    own: Any, weights: Any, own_of: Any, start: Any, count: Any, first_pair: Any, last_pair: Any, of: Any,
    values: Any, small: Any,
) -> None:  # fmt: skip
    """Take the logarithms of the pairs' sums, from the exponentials of `pair_halves`; `weights` are those of `own`."""
    draws = small.shape[1]
    together = _together(own)
    total, product = np.empty(draws), np.ones(draws)
    waiting, number = 0, of[first_pair]
    for s in range(first_pair, last_pair):
        first, last, k = start[s], start[s + 1], s - first_pair
        met = 0.0
        for a in range(first, last):
            met += count[a]
        if met == 0.0:
            continue
        if of[s] != number or waiting >= together:
            value = values[number]
            for d in range(draws):
                value[d] -= np.log(product[d])
                product[d] = 1.0
            waiting, number = 0, of[s]
        value = values[number]
        total[:] = 0.0
        for a in range(first + 2, last):
            o, n = own_of[a], count[a]
            for d in range(draws):
                total[d] += weights[o, d]
            if n > 0.0:
                for d in range(draws):
                    value[d] += n * own[o, d]
        if met == 1.0:
            waiting += 1
            for d in range(draws):
                product[d] *= 1.0 + small[k, d] * (small[k, d] + total[d])
        else:
            for d in range(draws):
                value[d] -= met * np.log(1.0 + small[k, d] * (small[k, d] + total[d]))
    value = values[number]
    for d in range(draws):
        value[d] -= np.log(product[d])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def tallied_stages(
    eta: Any, own: Any, ends: Any, row: Any, weight: Any, own_of: Any, start: Any, met: Any,
    t_ends: Any, t_index: Any, t_value: Any, rng: Any, expected: Any, made: Any,
) -> None:  # fmt: skip
    """Add up, for each column, what is expected of the stages and what they would be if made anew."""
    widest = 0
    for s in range(len(met)):
        widest = max(widest, start[s + 1] - start[s])
    u = np.empty(widest)
    for s in range(len(met)):
        first, last = start[s], start[s + 1]
        if met[s] <= 0.0:
            continue
        times = round(met[s])
        for d in range(eta.shape[1]):
            top, total = -np.inf, 0.0
            for a in range(first, last):
                k, o = a - first, own_of[a]
                u[k] = own[o, d] if o >= 0 else 0.0
                for e in range(ends[a], ends[a + 1]):
                    u[k] += weight[e] * eta[row[e], d]
                top = max(top, u[k])
            for k in range(last - first):
                u[k] = np.exp(u[k] - top)
                total += u[k]
            left, mass = times, total
            cut = rng.random() * total if times == 1 else 0.0
            for a in range(first, last):
                k = a - first
                if times == 1:
                    number = 1 if left == 1 and (cut < u[k] or a == last - 1) else 0
                    cut -= u[k]
                elif a == last - 1:
                    number = left
                else:
                    number = rng.binomial(left, min(1.0, u[k] / mass)) if left > 0 else 0
                    mass -= u[k]
                left -= number
                for t in range(t_ends[a], t_ends[a + 1]):
                    expected[t_index[t], d] += met[s] * u[k] / total * t_value[t]
                    made[t_index[t], d] += number * t_value[t]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def curved_stages(
    p: Any, met: Any, ends: Any, local: Any, weight: Any, own_of: Any, start: Any, sizes: Any, per: Any,
    block_at: Any, cross_at: Any, blocks: Any, crosses: Any, owns: Any,
) -> None:  # fmt: skip
    """Blocks of each stage over its rows, its own parameters, and both."""
    widest = sizes.max() if len(sizes) else 0
    mean, mean_own = np.empty(widest), np.empty(max(per, 1))
    for s in range(len(sizes)):
        size, n = sizes[s], met[s]
        if n == 0.0:
            continue
        mean[:] = 0.0
        mean_own[:] = 0.0
        group = -1
        for a in range(start[s], start[s + 1]):
            for e in range(ends[a], ends[a + 1]):
                mean[local[e]] += p[a] * weight[e]
            if own_of[a] >= 0:
                group = own_of[a] // per
                mean_own[own_of[a] % per] += p[a]
        for a in range(start[s], start[s + 1]):
            j = own_of[a] % per if own_of[a] >= 0 else -1
            for e in range(ends[a], ends[a + 1]):
                v = n * p[a] * weight[e]
                for f in range(ends[a], ends[a + 1]):
                    blocks[block_at[s] + local[e] * size + local[f]] += v * weight[f]
                if j >= 0:
                    crosses[cross_at[s] + local[e] * per + j] += v
            if j >= 0:
                owns[group, j, j] += n * p[a]
        for i in range(size):
            for k in range(size):
                blocks[block_at[s] + i * size + k] -= n * mean[i] * mean[k]
            if group >= 0:
                for j in range(per):
                    crosses[cross_at[s] + i * per + j] -= n * mean[i] * mean_own[j]
        if group >= 0:
            for j in range(per):
                for k in range(per):
                    owns[group, j, k] -= n * mean_own[j] * mean_own[k]
