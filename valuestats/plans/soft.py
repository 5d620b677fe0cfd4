r"""Plans of maximum causal entropy: the policy, its likelihood, and what single steps tell of the weights.

With :math:`V_T = 0`, :math:`Q_t(s,a) = w'\phi(s,a) + \gamma\sum_{s'} p(s'|s,a)V_{t+1}(s')` and
:math:`V_t(s) = \log\sum_a e^{Q_t(s,a)}` the policy is :math:`\pi_t(a|s) = e^{Q_t(s,a) - V_t(s)}` (Ziebart, Bagnell and Dey
2010). Derivatives follow the same recursion: :math:`\dot Q_t = \phi + \gamma P\dot V_{t+1}`,
:math:`\dot V_t = \sum_a \pi_t\dot Q_t`.
"""

from __future__ import annotations

import numpy as np

from valuestats.plans.process import Array, Process


def log_policy(process: Process, w: Array, horizon: int, discount: float) -> Array:
    """Log probability of each action, shape ``(weights, steps, states, actions)`` for weights ``(weights, values)``.

    What is not offered has minus infinity; in an end nothing is chosen and all are.
    """
    reward = np.where(process.offered, np.moveaxis(process.serves @ w.T, -1, 0), -np.inf)
    n, (s, a) = len(w), process.offered.shape
    flat = process.moves.reshape(s * a, s)
    live = process.offered.any(axis=1)
    value = np.zeros((n, s))
    out = np.empty((n, horizon, s, a))
    for t in range(horizon - 1, -1, -1):
        q = reward + discount * (value @ flat.T).reshape(n, s, a)
        top = np.where(live, q.max(axis=2), 0.0)
        value = np.where(live, top + np.log(np.exp(q - top[:, :, None]).sum(axis=2) + ~live), 0.0)
        out[:, t] = q - value[:, :, None]
    return out


def log_likelihoods(process: Process, counts: Array, w: Array, horizon: int, discount: float) -> Array:
    """Log likelihood of counted steps, shape ``(groups, weights)``, counts ``(groups, steps, states, actions)``."""
    log_p = log_policy(process, w, horizon, discount)
    taken = counts.reshape(len(counts), -1)
    safe = np.where(np.isfinite(log_p), log_p, 0.0).reshape(len(w), -1)
    return np.asarray(taken @ safe.T)


def derivatives(
    process: Process, counts: Array, w: Array, horizon: int, discount: float, *, informed: bool = True
) -> tuple[float, Array, Array]:
    r"""Log likelihood, its gradient, and the information in the steps, of one vector of weights.

    The information is :math:`\sum_{t,s} n_t(s) \operatorname{Var}_{a \sim \pi_t}(\dot Q_t(s,a))`; 0 unless `informed`.
    """
    log_p = log_policy(process, w[None], horizon, discount)[0]
    p = np.where(process.offered, np.exp(np.where(process.offered, log_p, 0.0)), 0.0)
    (s, a), k = process.offered.shape, len(w)
    flat = process.moves.reshape(s * a, s)
    slope = np.zeros((s, k))
    gradient, information, total = np.zeros(k), np.zeros((k, k)), 0.0
    for t in range(horizon - 1, -1, -1):
        q = process.serves + discount * (flat @ slope).reshape(s, a, k)
        slope = np.einsum("sa,sak->sk", p[t], q)
        away = q - slope[:, None]
        gradient += np.einsum("sa,sak->k", counts[t], away)
        if informed:
            weight = p[t] * counts[t].sum(axis=1)[:, None]
            information += np.einsum("sa,saj,sak->jk", weight, away, away, optimize=True)
        total += float((counts[t] * np.where(process.offered, log_p[t], 0.0)).sum())
    return total, gradient, information
