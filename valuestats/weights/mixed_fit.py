"""The simulated likelihood of the mixed logit, and where it is largest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse, stats
from scipy.optimize import brentq, minimize

from valuestats.base.errors import SpecificationError
from valuestats.weights.feature_sets import Array, FeatureSets, Ints
from valuestats.weights.logit import maximise

_TOGETHER = 2_000_000
"""Choices times points whose probabilities are held at once."""
_NOTHING = 1e-3
"""Log likelihood that a spread must gain to be above 0."""
_FAR = 50.0
"""Logits for one standard deviation of a feature's differences up to which the end of a spread's interval is looked for."""


@dataclass(frozen=True)
class MixedMaximum:
    """Where the simulated likelihood is largest.

    Attributes
    ----------
    theta
        Means, then spreads of the features that vary; a spread that gains nothing is 0.
    covariance
        The sandwich over units, or over their clusters; nothing for spreads of 0, which the others take as given.
    log_likelihood, single
        There, and of the conditional logit.
    problem
        The likelihood.
    without
        The largest log likelihood without each spread.
    degrees
        Units, or clusters, less 1.
    """

    theta: Array
    covariance: Array
    log_likelihood: float
    single: float
    problem: Mixed
    without: tuple[float, ...]
    degrees: int

    def gains(self) -> Array:
        """Twice the log likelihood that each spread gains."""
        return np.maximum(2 * (self.log_likelihood - np.array(self.without)), 0.0)

    def p_values(self) -> list[float]:
        """Likelihood-ratio tests of each spread: half of a chi-squared, as 0 is on the edge (1 for a spread of 0)."""
        spread = self.theta[len(self.problem.sets.names) :]
        return [
            1.0 if s == 0 else 0.5 * float(stats.chi2.sf(gain, 1))
            for gain, s in zip(self.gains(), spread, strict=True)
        ]

    def spread_interval(self, k: int, t: float) -> tuple[float, float]:
        """Spreads whose largest log likelihood is below that of all by no more than :math:`t^2/2`.

        From 0 where none is as likely, and without an upper end where no spread however large is excluded.
        """
        p = len(self.problem.sets.names)
        top, at = -self.log_likelihood, float(self.theta[p + k])
        size = 1 / np.sqrt((self.problem.sets.differences[:, self.problem.which[k]] ** 2).mean())
        best = self.theta

        def lack(spread: float) -> float:
            nonlocal best
            value, best = self.problem.held(best, k, spread)
            return float(np.sqrt(max(2 * (value - top), 0.0)) - t)

        lower = 0.0 if self.gains()[k] <= t**2 else float(brentq(lack, 0.0, at, xtol=1e-3 * size))
        low, best = at, self.theta
        high = max(at, 0.2 * size) + t * max(np.sqrt(self.covariance[p + k, p + k]), 0.1 * size)
        while lack(high) < 0:
            low, high = high, 1.7 * high
            if low > _FAR * size:
                return lower, np.inf
        return lower, float(brentq(lack, low, high, xtol=1e-3 * size))

    def error_of_points(self, seed: int) -> float:
        """Change of minus the log likelihood with as many other points."""
        points = sobol_points(len(self.problem.points), len(self.problem.which), seed)
        return float(replace(self.problem, points=points).value(self.theta)[0] + self.log_likelihood)


def fit_mixed(
    sets: FeatureSets, which: list[int], *, points: int, seed: int, cluster: Ints | None = None
) -> MixedMaximum:
    """Maximise the simulated likelihood; units whose choices are the same are worked out once.

    Parameters
    ----------
    sets
        The choices.
    which
        Features that vary over units, by number.
    points, seed
        Of the integral.
    cluster
        Number of the cluster of each unit, over which scores are added up; units by themselves where omitted.

    Raises
    ------
    SpecificationError
        Fewer units than parameters, features that decide every choice, a spread that runs off.
    """
    p, n = len(sets.names), len(sets.units)
    if n <= p + len(which):
        raise SpecificationError(
            "fewer units than parameters",
            parameter="unit",
            got=f"{n} units",
            expected=f"more than {p + len(which)}",
        )
    own, pattern = unit_patterns(sets)
    times = np.bincount(pattern).astype(float)
    single = maximise(own, weights=times[own.unit])
    problem = Mixed(own, which, sobol_points(points, len(which), seed), times)
    theta, value = problem.maximise(np.concatenate([single.beta, _starts(single.beta, problem, which)]))
    without = [problem.held(theta, k, 0.0) for k in range(len(which))]
    there = [k for k, (worse, _) in enumerate(without) if worse - value > _NOTHING]
    free = np.array([*range(p), *(p + k for k in there)])
    inner = problem if len(there) == len(which) else problem.part(there)
    found, value = (theta, value) if inner is problem else inner.maximise(theta[free])
    theta = np.zeros(p + len(which))
    theta[free] = found
    scores, bread = inner.errors(found)
    of = np.arange(n) if cluster is None else cluster
    groups = int(of.max()) + 1
    if groups < 2:
        raise SpecificationError("one cluster has no spread", parameter="cluster", got="one cluster")
    met = sparse.csr_array((np.ones(n), (of, pattern)), shape=(groups, len(times)))
    added = met @ scores
    inverse = np.linalg.inv(bread)
    covariance = np.zeros((len(theta), len(theta)))
    covariance[np.ix_(free, free)] = inverse @ (added.T @ added) @ inverse * groups / (groups - 1)
    worse = tuple(-float(w) for w, _ in without)
    return MixedMaximum(theta, covariance, -value, single.log_likelihood, problem, worse, groups - 1)


def unit_patterns(sets: FeatureSets) -> tuple[FeatureSets, Ints]:
    """The choices of one unit of each kind, sorted by unit, and the kind of each unit: equal ones made equal choices."""
    whole = np.concatenate([sets.x.reshape(len(sets), -1), sets.offered], axis=1)
    code = np.unique(whole, axis=0, return_inverse=True)[1].ravel()
    order = np.lexsort((code, sets.unit))
    start = np.flatnonzero(np.r_[True, np.diff(sets.unit[order]) > 0])
    known: dict[bytes, int] = {}
    pattern = np.array(
        [known.setdefault(own.tobytes(), len(known)) for own in np.split(code[order], start[1:])]
    )
    first = np.unique(pattern, return_index=True)[1]
    kept = np.concatenate([own for n, own in enumerate(np.split(order, start[1:])) if first[pattern[n]] == n])
    own = sets.rows(kept)
    return replace(own, unit=pattern[own.unit], units=tuple(sets.units[k] for k in first)), pattern


def sobol_points(points: int, dimensions: int, seed: int) -> Array:
    """Standard normal points of a scrambled Sobol sequence, shape ``(points, dimensions)``."""
    engine = stats.qmc.Sobol(dimensions, rng=np.random.default_rng(seed))
    whole = 2 ** int(np.floor(np.log2(points)))
    u = np.concatenate([engine.random(whole), engine.random(points - whole)])
    return np.asarray(stats.norm.ppf(np.clip(u, 1e-9, 1 - 1e-9)))


def _starts(beta: Array, problem: Mixed, which: list[int]) -> Array:
    scale = 1 / np.sqrt((problem.sets.differences**2).mean(axis=0))
    return np.maximum(0.3 * np.abs(beta), 0.3 * scale)[which]


@dataclass(frozen=True)
class Mixed:
    """The simulated likelihood; parameters are means, then spreads of the varied features."""

    sets: FeatureSets
    which: list[int]
    points: Array
    times: Array | None = None

    def value(self, theta: Array) -> tuple[float, Array]:
        """Minus the log likelihood and its gradient."""
        value, scores = self.by_unit(theta)
        times = np.ones(len(value)) if self.times is None else self.times
        return -float(times @ value), -times @ scores

    @cached_property
    def blocks(self) -> list[tuple[slice, slice]]:
        """Units, and their choices, of which so many are looked at together that memory is bounded."""
        start = np.searchsorted(self.sets.unit, np.arange(len(self.sets.units) + 1))
        most = max(_TOGETHER // len(self.points), 1)
        found, at = [], 0
        while at < len(start) - 1:
            end = max(int(np.searchsorted(start, start[at] + most, side="right")) - 1, at + 1)
            found.append((slice(at, end), slice(int(start[at]), int(start[end]))))
            at = end
        return found

    def by_unit(self, theta: Array) -> tuple[Array, Array]:
        """Log likelihood of each unit, and its derivatives ``(units, parameters)``; choices stand unit by unit."""
        p = len(self.sets.names)
        w = np.tile(theta[:p], (len(self.points), 1))
        w[:, self.which] += self.points * theta[p:]
        parts = [self._block(w, *block) for block in self.blocks]
        return np.concatenate([v for v, _ in parts]), np.concatenate([s for _, s in parts])

    def _block(self, w: Array, units: slice, rows: slice) -> tuple[Array, Array]:
        x, offered, which = self.sets.x[rows], self.sets.offered[rows], self.which
        unit = self.sets.unit[rows] - units.start
        if x.shape[1] == 2:  # the option taken is the origin
            u = x[:, 1] @ w.T
            log_p = -np.logaddexp(0.0, u)
            chance = np.exp(log_p + u)[:, None]
        else:
            u = np.where(offered[:, :, None], x @ w.T, -np.inf)
            top = u.max(axis=1)
            e = np.exp(u - top[:, None])
            total = e.sum(axis=1)
            log_p = -top - np.log(total)
            chance = e[:, 1:] / total[:, None]
        members = sparse.csr_array((np.ones(len(x)), (unit, np.arange(len(x)))))
        joint = members @ log_p
        top_joint = joint.max(axis=1, keepdims=True)
        likely = np.exp(joint - top_joint)
        whole = likely.sum(axis=1)
        value = top_joint[:, 0] + np.log(whole / len(w))
        post = (likely / whole[:, None])[unit]
        # d log p / dw of choice i at point r is -sum_j P_j x_j; weighted by the unit's posterior over points
        weighted = chance * post[:, None]
        mean = -np.einsum("nj,njk->nk", weighted.sum(axis=2), x[:, 1:])
        spread = -np.einsum("njk,njk->nk", weighted @ self.points, x[:, 1:][:, :, which])
        return value, np.asarray(members @ np.hstack([mean, spread]))

    def part(self, there: list[int]) -> Mixed:
        """With some of the spreads, the others 0."""
        points = self.points[:, there] if there else np.zeros((1, 0))
        return Mixed(self.sets, [self.which[k] for k in there], points, self.times)

    def maximise(self, start: Array) -> tuple[Array, float]:
        """The maximum, its spreads at or above 0, and minus its log likelihood."""
        scale = np.maximum(np.abs(start), 1e-3)

        def value(t: Array) -> tuple[float, Array]:
            v, g = self.value(t * scale)
            return v, g * scale

        found = minimize(value, start / scale, jac=True, method="BFGS", options={"gtol": 1e-4})
        theta = np.asarray(found.x * scale)
        p = len(self.sets.names)
        theta[p:] = np.abs(theta[p:])
        return theta, float(self.value(theta)[0])

    def errors(self, theta: Array) -> tuple[Array, Array]:
        """The units' scores at the maximum, and the information.

        Raises
        ------
        SpecificationError
            The information is not positive: the likelihood has no clear maximum.
        """
        scores = self.by_unit(theta)[1]
        spread = 1 / np.sqrt((self.sets.differences**2).mean(axis=0))
        step = 1e-4 * np.maximum(np.abs(theta), 0.1 * np.r_[spread, spread[self.which]])
        bread = np.array(
            [
                (self.value(theta + h * e)[1] - self.value(theta - h * e)[1]) / (2 * h)
                for h, e in zip(step, np.eye(len(theta)), strict=True)
            ]
        )
        bread = (bread + bread.T) / 2
        size = np.sqrt(np.maximum(np.diag(bread), 1e-300))
        if not np.linalg.eigvalsh(bread / np.outer(size, size))[0] > 1e-8:
            raise SpecificationError(
                "the likelihood has no clear maximum",
                parameter="random",
                got="weights whose spread can't be told, or runs off",
                hint="let fewer weights vary, or take more points",
            )
        return scores, bread

    def held(self, theta: Array, k: int, spread: float) -> tuple[float, Array]:
        """Minus the largest log likelihood with the k-th spread held, and where it is."""
        p = len(self.sets.names)
        keep = np.array([i for i in range(len(theta)) if i != p + k])
        # a spread of 0 is a saddle, from which no gradient leads away
        spread_of = 1 / np.sqrt((self.sets.differences**2).mean(axis=0))[self.which]
        start = np.r_[theta[:p], np.maximum(theta[p:], 0.1 * spread_of)][keep]
        scale = np.maximum(np.abs(start), 1e-3)
        whole = np.zeros(len(theta))
        whole[p + k] = spread

        def value(t: Array) -> tuple[float, Array]:
            whole[keep] = t * scale
            v, g = self.value(whole)
            return v, g[keep] * scale

        found = minimize(value, start / scale, jac=True, method="BFGS", options={"gtol": 1e-3})
        whole[keep] = found.x * scale
        whole[p:] = np.abs(whole[p:])
        return float(found.fun), whole.copy()
