r"""Likelihood of a rule without errors of measurement: exact over every bound that the data can tell apart.

With base b, direction g(shape) and strength s the outcome is :math:`y = b + s\,g + N(0, \sigma^2)`. A bound enters only
through who is within it, so that the likelihood is constant between two distances that were seen: it is worked out on each
such stretch, and strength and scatter have closed forms there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from valuestats.opinions.loops import directions_at, sums_by_bound
from valuestats.opinions.panel import Array, Steps
from valuestats.opinions.rules import SELF, Rule, base_of

GRID = 400
"""Self-weights that are tried, and the most bounds where each needs a column of its own."""


@dataclass(frozen=True)
class Stretches:
    """Sums on each stretch of the shape's range.

    Attributes
    ----------
    low, high
        Ends of each stretch.
    squares, products
        Sums of squared directions, and of directions times outcome less base.
    total
        Sum of squares of outcome less base.
    n
        Rows.
    """

    low: Array
    high: Array
    squares: Array
    products: Array
    total: float
    n: int

    @property
    def middle(self) -> Array:
        """The middle of each stretch."""
        return np.asarray((self.low + self.high) / 2)


@dataclass(frozen=True)
class Profile:
    """Best strength and its residual sum of squares on each stretch."""

    strength: Array
    residual: Array


def stretches(rule: Rule, steps: Steps) -> Stretches:
    """Sums of all rows, stretch by stretch."""
    rest = steps.then - base_of(rule, steps)
    total, n = float(rest @ rest), len(rest)
    if rule.shape is None:
        g = steps.mean_of_others - steps.now
        return Stretches(np.zeros(1), np.zeros(1), np.array([g @ g]), np.array([g @ rest]), total, n)
    if rule.shape == SELF:
        g, low, high = _self_directions(rule, steps)
        return Stretches(low, high, (g**2).sum(axis=0), rest @ g, total, n)
    order = np.argsort(np.abs(steps.apart), kind="stable")
    row = np.repeat(np.arange(n), np.diff(steps.start))
    bounds, squares, products = sums_by_bound(
        rule.kind, steps.start, steps.apart, steps.weight, rest, order, row
    )
    low, high = np.r_[0.0, bounds], np.r_[bounds, np.inf]
    squares, products = np.r_[0.0, np.maximum(squares, 0.0)], np.r_[0.0, products]
    first, last = rule.shapes
    kept = (high > first) & (low < last) & (low < high)
    kept |= (low == last) & (low == bounds[-1])  # the range ends where the farthest tie comes in
    low, high = np.clip(low[kept], first, last), np.clip(high[kept], first, last)
    return Stretches(low, high, squares[kept], products[kept], total, n)


def _self_directions(rule: Rule, steps: Steps) -> tuple[Array, Array, Array]:
    edges = np.linspace(*rule.shapes, GRID + 1)
    a = (edges[1:] + edges[:-1]) / 2
    g = np.outer(steps.mean_of_others, 1 - a) + np.outer(steps.now, a) - steps.first[:, None]
    return g, edges[:-1], edges[1:]


def directions(rule: Rule, steps: Steps, most: int = GRID) -> tuple[Array, Array]:
    """Shapes that are tried, at most so many, and the direction of each row at each, shape ``(rows, shapes)``."""
    if rule.shape is None:
        return np.zeros(1), (steps.mean_of_others - steps.now)[:, None]
    if rule.shape == SELF:
        g, low, high = _self_directions(rule, steps)
        return (low + high) / 2, g
    seen = np.unique(np.abs(steps.apart))
    edges = np.unique(
        np.r_[rule.shapes[0], seen[(seen > rule.shapes[0]) & (seen < rule.shapes[1])], rule.shapes[1]]
    )
    if len(edges) > most + 1:
        edges = edges[np.unique(np.linspace(0, len(edges) - 1, most + 1).round().astype(int))]
    bounds = np.r_[(edges[1:] + edges[:-1]) / 2, edges[-1]]
    return bounds, directions_at(rule.kind, steps.start, steps.apart, steps.weight, bounds)


def best(rule: Rule, squares: Array, products: Array, total: Array | float) -> Profile:
    """Best strength within its range and the residual sum of squares, over any shape of sums."""
    if rule.strength is None:
        strength = np.ones_like(squares)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            free = np.where(squares > 0, products / squares, 0.0)
        strength = np.clip(free, *rule.strengths)
    residual = total - 2 * strength * products + strength**2 * squares
    return Profile(strength, np.maximum(residual, 1e-300))


def critical(rule: Rule, level: float, n: int, of_shape: bool) -> float:
    r"""How far minus twice the profile log likelihood may rise within an interval.

    Of a bound, where the likelihood jumps: :math:`-2\log(1-\sqrt{level})` (Hansen 2000, Theorem 2); of a parameter that it
    is smooth in: what Student's t allows, :math:`n\log(1 + t^2/(n-p))`.
    """
    if of_shape and rule.bounded:
        return float(-2 * np.log1p(-np.sqrt(level)))
    free = n - len(rule.parameters)
    return float(n * np.log1p(stats.t.ppf((1 + level) / 2, free) ** 2 / free))


def shape_support(rule: Rule, found: Stretches, profile: Profile, level: float) -> np.ndarray:
    """Which stretches an interval of the shape holds."""
    fall = found.n * np.log(profile.residual / profile.residual.min())
    return np.asarray(fall <= critical(rule, level, found.n, True))


def strength_ends(rule: Rule, found: Stretches, profile: Profile, level: float) -> tuple[float, float]:
    """Ends of the profile interval of the strength: over all shapes, within its range."""
    allowed = profile.residual.min() * np.exp(critical(rule, level, found.n, False) / found.n)
    low, high = rule.strengths
    ends = []
    for gg, gr in zip(found.squares, found.products, strict=True):
        if gg <= 0:
            if found.total <= allowed:
                return low, high
            continue
        room = allowed - (found.total - gr**2 / gg)
        if room >= 0:
            reach = np.sqrt(room / gg)
            ends.append((max(gr / gg - reach, low), min(gr / gg + reach, high)))
    ends = [e for e in ends if e[0] <= e[1]]
    return min(e[0] for e in ends), max(e[1] for e in ends)


@dataclass(frozen=True)
class Posterior:
    """Posterior by stretches: uniform in the shape, Student's t in the strength, cut to its range.

    Attributes
    ----------
    log, length
        Logarithm of the density of each stretch, and its length (1 where there is no shape).
    moves
        Whether anybody moves on the stretch; else the strength is uniform.
    centre, scale, ends
        Of the strength's t, and its distribution function at both ends of the range, shape ``(stretches, 2)``.
    df
        Degrees of freedom.
    """

    log: Array
    length: Array
    moves: np.ndarray
    centre: Array
    scale: Array
    ends: Array
    df: int

    @property
    def mass(self) -> Array:
        """Probability of each stretch."""
        mass = self.length * np.exp(self.log - self.log[self.length > 0].max())
        return np.asarray(mass / mass.sum())


def posterior(rule: Rule, found: Stretches) -> Posterior:
    r"""The posterior, uniform over the ranges a priori, :math:`p(\sigma) \propto 1/\sigma`.

    With the scatter integrated out, :math:`p \propto RSS^{-n/2}`: on each stretch Student's t in the strength, cut to its
    range, whose mass times the stretch's length is the stretch's probability.
    """
    n, gg, gr = found.n, found.squares, found.products
    length = found.high - found.low
    length = np.ones_like(length) if rule.shape is None else length
    if rule.strength is None:
        log = -n / 2 * np.log(np.maximum(found.total - 2 * gr + gg, 1e-300))
        still, one = np.zeros(len(gg), dtype=bool), np.ones(len(gg))
        return Posterior(log, length, still, one, one, np.tile([0.0, 1.0], (len(gg), 1)), n - 1)
    low, high = rule.strengths
    moves = gg > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(moves, gr / gg, 0.0)
        rss = np.maximum(found.total - np.where(moves, gr**2 / gg, 0.0), 1e-300)
        scale = np.where(moves, np.sqrt(rss / (gg * (n - 1))), 1.0)
        ends = special.stdtr(n - 1, np.column_stack([(low - centre) / scale, (high - centre) / scale]))
        log = (
            -(n - 1) / 2 * np.log(rss) - 0.5 * np.log(np.where(moves, gg, 1.0)) + np.log(np.ptp(ends, axis=1))
        )
    log += special.gammaln((n - 1) / 2) - special.gammaln(n / 2) + 0.5 * np.log(np.pi)
    log = np.where(moves, log, -n / 2 * np.log(found.total) + np.log(high - low))
    return Posterior(log, length, moves, centre, scale, ends, n - 1)


def posterior_draws(rule: Rule, found: Stretches, draws: int, rng: np.random.Generator) -> Array:
    """Independent draws of (shape, strength) of the `posterior`."""
    own = posterior(rule, found)
    at = _picked(own.log, own.length, draws, rng)
    if rule.strength is None:
        return np.column_stack([_within(found, at, rng), np.ones(draws)])
    low, high = rule.strengths
    u = own.ends[at, 0] + rng.random(draws) * (own.ends[at, 1] - own.ends[at, 0])
    strength = np.where(
        own.moves[at],
        own.centre[at] + own.scale[at] * special.stdtrit(own.df, u),
        rng.uniform(low, high, draws),
    )
    return np.column_stack([_within(found, at, rng), np.clip(strength, low, high)])


def posterior_medians(rule: Rule, found: Stretches) -> Array:
    """Median of shape and of strength of the `posterior`, exactly: the estimates that equal-tailed intervals are about."""
    own = posterior(rule, found)
    mass = own.mass
    total = np.r_[0.0, np.cumsum(mass)]
    k = min(int(np.searchsorted(total, 0.5, side="right")) - 1, len(mass) - 1)
    share = (0.5 - total[k]) / mass[k]
    shape = (
        float(found.low[k] + share * (found.high[k] - found.low[k])) if rule.shape else float(found.low[0])
    )
    if rule.strength is None:
        return np.array([shape, 1.0])
    low, high = rule.strengths
    some = mass > 1e-12
    p, moves, ends = mass[some], own.moves[some], own.ends[some]

    def below(at: float) -> float:
        t = special.stdtr(own.df, (at - own.centre[some]) / own.scale[some])
        part = np.where(moves, (t - ends[:, 0]) / np.ptp(ends, axis=1), (at - low) / (high - low))
        return float(p @ part / p.sum()) - 0.5

    return np.array([shape, float(optimize.brentq(below, low, high, xtol=1e-14, rtol=1e-14))])


def _picked(log: Array, length: Array, draws: int, rng: np.random.Generator) -> np.ndarray:
    mass = length * np.exp(log - log[length > 0].max())
    return rng.choice(len(mass), draws, p=mass / mass.sum())


def _within(found: Stretches, at: np.ndarray, rng: np.random.Generator) -> Array:
    return np.asarray(found.low[at] + rng.random(len(at)) * (found.high[at] - found.low[at]))


def resampled_optima(
    rule: Rule, shapes: Array, squares: Array, products: Array, totals: Array, weights: Array
) -> Array:
    """(shape, strength) that fit each weighting of units best; `squares` and `products` ``(units, shapes)``."""
    if not len(weights):
        return np.empty((0, 2))
    profile = best(rule, weights @ squares, weights @ products, (weights @ totals)[:, None])
    at = profile.residual.argmin(axis=1)
    return np.column_stack([shapes[at], profile.strength[np.arange(len(at)), at]])
