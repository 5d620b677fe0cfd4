"""Other rules on the same changes: whether one of them describes the data clearly better."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import special, stats

from valuestats.base.errors import SpecificationError
from valuestats.opinions.measured import Measured, best_scatter, noisy, surfaces
from valuestats.opinions.measured_first import noisy_first
from valuestats.opinions.panel import Array, Steps
from valuestats.opinions.profile import best, directions
from valuestats.opinions.rules import LABELS, RULES, SELF, Rule, base_of, ranged
from valuestats.statistics.clusters import LEAST, random_lots
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.statistics.ratios import ratio

LEFT_OUT, LIKELIHOOD = "log likelihood of people left out", "log likelihood less the parameters"
SMALL = 4.0
"""A difference of log likelihoods of all changes below which rules are as good (Sivula, Magnusson and Vehtari 2020)."""


def rivals(rule: Rule, steps: Steps, error: float | None, level: float, seed: int) -> dict[str, Any]:
    r"""Every rule on the same changes, and how much better or worse than the one asked for.

    Of rows i of unit u and rules A (asked for) and B, :math:`d_u=\sum_{i\in u}\ell_i^B-\ell_i^A` and
    :math:`D=\sum_u d_u` with the error :math:`\sqrt{U}\,\operatorname{sd}(d_u)`. Without an error of measurement
    :math:`\ell_i` is the log density of the outcome by the rule that the other units fit (leave one unit out, Vehtari,
    Gelman and Gabry 2017); with a known one the log likelihood at the optimum, D less the parameters that B has more
    (Vuong 1989, with Akaike's correction; of Friedkin and Johnsen's rule what it gains on itself with a susceptibility of 1,
    beside DeGroot's, since the first opinion also tells what error hides of the present one).

    B is clearly better where D is above `SMALL` and t = D over its error, one-sided with U - 1 degrees and Holm over the
    rules, is beyond the level. Rows need a first opinion, so that all rules have the same. Friedkin and Johnsen's stands in
    where some row has a first opinion that is not the present one (else it is DeGroot's).

    Returns
    -------
    dict
        ``by`` (what is compared), ``changes``, ``units``, ``others``: for each other rule its ``rule``, ``gain`` (D),
        ``std_error``, ``p_holm``, ``better``.
    """
    kept = ~np.isnan(steps.first)
    same = steps if kept.all() else rows_of(steps, kept)
    told: dict[str, Any] = {"by": LEFT_OUT if error is None else LIKELIHOOD, "changes": len(same)}
    member = np.unique(same.member, return_inverse=True)[1]
    lots = random_lots(int(member.max()) + 1 if len(member) else 0, np.random.default_rng(seed))
    told |= {"units": len(lots), "others": []}
    if len(lots) < LEAST or len(same) < len(rule.parameters) + 3:
        return told
    lot = lots[member]
    names = [
        n for n in RULES if n != rule.name and (n != "friedkin_johnsen" or (same.first != same.now).any())
    ]
    farthest = float(np.abs(same.apart).max())
    own = _densities(rule, same, lot, error, seed)
    if own is None:
        return told
    found = {}
    for name in names:
        other = _densities(ranged(name, None, farthest), same, lot, error, seed)
        if other is not None:
            found[name] = np.bincount(lot, other - own)
    if not found:
        return told
    units = int(lot.max()) + 1
    each = np.column_stack(list(found.values()))
    gain = each.sum(axis=0)
    spread = np.sqrt(units) * each.std(axis=0, ddof=1)
    p = adjusted_p(special.stdtr(units - 1, -ratio(gain, spread)), "holm")
    told["others"] = [
        {
            "rule": name,
            "gain": float(gain[k]),
            "std_error": float(spread[k]),
            "p_holm": float(p[k]),
            "better": bool(gain[k] > SMALL and p[k] < 1 - level),
        }
        for k, name in enumerate(found)
    ]
    return told


def better_rules(told: dict[str, Any]) -> list[str]:
    """The rules that are clearly better, the best first, each with by how much; in words.

    Examples
    --------
    >>> other = {"rule": "degroot", "gain": 31.42, "std_error": 6.0, "p_holm": 1e-6, "better": True}
    >>> better_rules({"by": LEFT_OUT, "others": [other]})
    ['DeGroot (by 31.4 ± 6.0)']
    """
    found = [other for other in told["others"] if other["better"]]
    return [
        f"{LABELS[o['rule']]} (by {o['gain']:.1f} ± {o['std_error']:.1f})"
        for o in sorted(found, key=lambda o: -o["gain"])
    ]


def rows_of(steps: Steps, kept: np.ndarray) -> Steps:
    """Some of the rows, with those whom they listen to."""
    size = np.diff(steps.start)
    ties = np.repeat(kept, size)
    return replace(
        steps,
        **{n: getattr(steps, n)[kept] for n in ("now", "then", "first", "member", "person", "wave")},
        start=np.append(0, np.cumsum(size[kept])).astype(np.int64),
        others=steps.others[ties],
        weight=steps.weight[ties],
    )


def _densities(rule: Rule, steps: Steps, lot: np.ndarray, error: float | None, seed: int) -> Array | None:
    """Log density of each row; None where the data can't carry the error in this rule."""
    if error is None:
        return _left_out(rule, steps, lot)
    try:
        if rule.shape == SELF:
            # The first opinion also tells what error hides of the present one, which the other rules don't use.
            stays = noisy_first(replace(rule, strengths=(1.0, 1.0)), steps, error)
            gained = _at_optimum(noisy_first(rule, steps, error)) - _at_optimum(stays, 1)
            return gained + _at_optimum(noisy(ranged("degroot", None, 1.0), steps, error, _rng(seed)))
        return _at_optimum(noisy(rule, steps, error, _rng(seed)))
    except SpecificationError:
        return None


def _left_out(rule: Rule, steps: Steps, lot: np.ndarray) -> Array:
    base = base_of(rule, steps)
    rest, units = steps.then - base, int(lot.max()) + 1
    g = directions(rule, steps)[1]
    squares, products = np.zeros((units, g.shape[1])), np.zeros((units, g.shape[1]))
    np.add.at(squares, lot, g**2)
    np.add.at(products, lot, g * rest[:, None])
    totals, size = np.bincount(lot, rest**2), np.bincount(lot)
    found = best(
        rule,
        squares.sum(axis=0) - squares,
        products.sum(axis=0) - products,
        (totals.sum() - totals)[:, None],
    )
    at = found.residual.argmin(axis=1)
    rows = np.arange(units)
    strength, residual = found.strength[rows, at], found.residual[rows, at]
    free = np.maximum(len(rest) - size - len(rule.parameters), 1)
    scatter = np.sqrt(np.maximum(residual / free, 1e-16 * float(np.var(steps.then))))
    told = strength[lot] * g[np.arange(len(rest)), at[lot]]
    return np.asarray(stats.norm.logpdf(rest, told, scatter[lot]))


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _at_optimum(own: Measured, parameters: int | None = None) -> Array:
    grid = surfaces(own)
    k = np.unravel_index(grid.value.argmax(), grid.value.shape)
    x_mean, x_var, g_mean, g_var, both = own.moments(grid.shapes[[k[0]]])
    s, y = float(grid.strengths[k[1]]), own.steps.then
    mean = x_mean + s * g_mean[:, 0]
    known = own.error**2 + np.maximum(x_var + 2 * s * both[:, 0] + s**2 * g_var[:, 0], 0.0)
    variance = known + best_scatter(y, mean, known)[0]
    lost = len(own.rule.parameters) if parameters is None else parameters
    return np.asarray(stats.norm.logpdf(y, mean, np.sqrt(variance)) - lost / len(y))
