r"""Shares of options in many cells by a multilevel categorical model, sampled around its Laplace approximation.

In cell c with factor levels :math:`l_f(c)` the answers are categorical with
:math:`p_{ck} \propto \exp(\alpha_k + \sum_f u_{f,l_f(c),k})`, :math:`u_{flk} \sim N(0, \sigma_f^2)`,
:math:`\alpha_k \sim N(0, 5^2)` and half-normal(1) priors on the :math:`\sigma_f`. Given the scales the log posterior is
concave: Newton steps find its mode and a normal distribution stands for it; the scales' own posterior is approximated
at its mode in a coordinate that is standard normal a priori (Tierney and Kadane 1986; Rue, Martino and Chopin 2009). As a
posterior these are off about shares near 0 or 1 (found by `benchmarks/multilevel_sbc.py`), so they only make the
coordinates in which the exact posterior is drawn from by Hamiltonian Monte Carlo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize
from scipy.special import erfinv, log_ndtr, ndtr, ndtri

from valuestats.base.errors import SpecificationError
from valuestats.latent.gate import split_rhat
from valuestats.latent.orbits import sample_orbits

Array = NDArray[np.float64]

INTERCEPT_SD = 5.0
SCALE_SD = 1.0
"""Of the half-normal priors of the factors' standard deviations."""

CHAINS = 12
_SHORTEST, _TUNE = 100, 100

_BOUNDS = (-3.5, 4.0)
_FAR = 2.0


def log_scale_of(t: Array, sd: float) -> tuple[Array, Array]:
    """Logarithm of a half-normal standard deviation at the normal quantile t, and its slope in t."""
    y = np.where(t < 0, np.sqrt(2.0) * erfinv(ndtr(t)), -ndtri(0.5 * ndtr(-np.abs(t))))
    slope = np.exp(0.5 * (y**2 - t**2)) / (2.0 * y)
    low = t < -8.0  # below it erfinv loses its precision
    return np.where(low, log_ndtr(t) + 0.5 * np.log(np.pi / 2), np.log(y)) + np.log(sd), slope


_GRID = np.linspace(-5.0, 5.0, 401)
_GRID_LOGS = log_scale_of(_GRID, SCALE_SD)[0]
_GRID_LOG_P = -0.5 * _GRID**2


@dataclass(frozen=True)
class MultilevelShares:
    """What `multilevel_shares` finds.

    Attributes
    ----------
    draws
        Posterior draws of the shares, shape ``(draws, cells, options)``.
    scales
        Posterior draws of each factor's standard deviation (logits), shape ``(draws, factors)``.
    rhat
        Largest R-hat of the shares.
    """

    draws: Array
    scales: Array
    rhat: float


def multilevel_shares(
    counts: Array, levels: NDArray[np.intp], draws: int, rng: np.random.Generator
) -> MultilevelShares:
    """Fit the model to one question.

    Parameters
    ----------
    counts
        Answers per cell and option, shape ``(cells, options)``; they need not be whole numbers (weighted
        counts scaled to the effective size), and a cell may be empty.
    levels
        Level of each factor in each cell, from 0, shape ``(cells, factors)``.
    draws
        Posterior draws.
    rng
        Source of random numbers.

    Returns
    -------
    MultilevelShares
        Draws of the shares and the scales, in random order.

    Raises
    ------
    SpecificationError
        Negative counts, fewer than two options, or no answer at all.

    Examples
    --------
    >>> import numpy as np
    >>> found = multilevel_shares(np.array([[90.0, 10.0], [1.0, 0.0]]), np.array([[0], [1]]), 500,
    ...     np.random.default_rng(0))
    >>> found.draws.mean(axis=0)[0].round(1).tolist()
    [0.9, 0.1]
    """
    counts, levels = np.asarray(counts, dtype=float), np.asarray(levels, dtype=np.intp)
    if counts.ndim != 2 or counts.shape[1] < 2 or (counts < 0).any() or not counts.sum() > 0:
        raise SpecificationError(
            "no counts to model",
            parameter="counts",
            got=f"shape {counts.shape}, sum {counts.sum():g}",
            expected="counts from 0 of at least two options, and at least one answer",
        )
    design, factor = _design(levels)
    n_factors = levels.shape[1]
    start = np.zeros((design.shape[1], counts.shape[1]))

    def loss(t: Array) -> float:
        nonlocal start
        fit = _mode(counts, design, factor, np.exp(log_scale_of(t, SCALE_SD)[0]), start)
        start = fit.mode
        return -(fit.evidence - 0.5 * float(t @ t))

    mode = np.full(n_factors, -0.5)
    if n_factors:
        found = optimize.minimize(
            loss, mode, method="L-BFGS-B", bounds=[_BOUNDS] * n_factors, options={"ftol": 1e-6, "eps": 1e-3}
        )
        mode = found.x
    spread = _scale_spread(loss, mode) if n_factors else np.zeros((0, 0))
    place = _Coordinates(counts, design, factor, mode, spread, start)
    size = max(_SHORTEST, -(-draws // CHAINS))
    first = np.clip(rng.standard_normal((n_factors + start.size, CHAINS)), -2.5, 2.5)
    drawn = np.empty((*first.shape, size))

    def keep(draw: int, q: Array) -> None:
        drawn[:, :, draw] = place.scale * q

    sample_orbits(
        place.density,
        first,
        draws=size,
        tune=_TUNE,
        rng=rng,
        keep=keep,
        adapt=place.rescaled,
        between=place.redrawn,
    )
    logits, scales = place.named(drawn.reshape(len(drawn), -1))
    shares = np.exp(logits - _log_sum(logits)[:, None])
    rhat = float(split_rhat(shares.reshape(*counts.shape, CHAINS, size)).max())
    chosen = rng.permutation(CHAINS * size)[:draws]
    return MultilevelShares(shares[..., chosen].transpose(2, 0, 1), scales[:, chosen].T, rhat)


class _Coordinates:
    """Scales and coefficients, standardised by the Laplace approximation at the scales' mode.

    Scales have a coordinate that is standard normal a priori. Where the answers say little of a factor's coefficients
    of an option, their standard scores (over the prior's standard deviation) take their place, which hardly depend on the
    scale. The centre moves with the scales to first order. The warm-up gives each coordinate a unit of its own (`scale`).
    """

    def __init__(
        self, counts: Array, design: Array, factor: NDArray[np.intp], mode: Array, spread: Array, start: Array
    ) -> None:
        self.counts, self.design, self.factor = counts, design, factor
        self.total = counts.sum(axis=1)
        self.mode, self.spread = mode[:, None], spread
        logs = log_scale_of(mode, SCALE_SD)[0]
        self.logs = logs[:, None]
        fit = _mode(counts, design, factor, np.exp(logs), start)
        self.shape = (fit.mode.shape[1], fit.mode.shape[0])  # options, parameters
        of = np.tile(factor, self.shape[0])
        sd = np.tile(self._sd(logs[:, None])[:, 0], self.shape[0])
        beta = fit.mode.T.ravel()
        wide = linalg.solve_triangular(fit.root.T, np.eye(len(sd)), lower=False)
        told = (wide**2).sum(axis=1) / sd**2
        block = of + np.repeat(np.arange(self.shape[0]), self.shape[1]) * (len(logs) + 1)
        self.score = np.zeros((len(sd), 1))
        for one in np.unique(block):
            at = block == one
            self.score[at] = (
                1.0 if factor[at.argmax() % self.shape[1]] == 0 or np.median(told[at]) > 0.5 else 0.0
            )
        unit = sd ** -self.score[:, 0]
        self.centre = (beta * unit)[:, None]
        self.map, self.back = unit[:, None] * wide, fit.root.T / unit
        self.member = (of[:, None] == np.arange(1, len(logs) + 1)).astype(float)
        pull = wide @ (wide.T @ (self.member * (2.0 * beta / sd**2)[:, None]))
        self.slope = unit[:, None] * (pull - self.score * beta[:, None] * self.member)
        self.centred = ((1.0 - self.score) * self.member).sum(axis=0)[:, None]
        self.scale = np.ones((len(logs) + len(sd), 1))

    def _sd(self, logs: Array) -> Array:
        """Prior standard deviation of each parameter, ``(parameters, chains)``."""
        own = np.concatenate([np.full((1, logs.shape[1]), np.log(INTERCEPT_SD)), logs])
        return np.exp(np.clip(own, -300.0, 300.0)[self.factor])

    def _coefficients(self, q: Array) -> tuple[Array, tuple[Array, Array], Array, Array]:
        """The scales' coordinates, their logarithms and slopes, prior standard deviations, and coefficients."""
        n = len(self.logs)
        t = self.mode + self.spread @ q[:n]
        logs, by_t = log_scale_of(t, SCALE_SD)
        sd = np.tile(self._sd(logs), (self.shape[0], 1))
        near = np.clip(logs - self.logs, -_FAR, _FAR)
        return t, (logs, by_t), sd, (self.centre + self.slope @ near + self.map @ q[n:]) * sd**self.score

    def rescaled(self, q: Array, seen: Array, slopes: Array) -> Array:
        """Take each coordinate's standard deviation over the points seen as its unit; `q` in the new ones."""
        del slopes  # each coordinate alone is told well by where it was
        number = seen.shape[1]
        unit = (seen.std(axis=1, keepdims=True) * number + 20.0) / (number + 20.0)
        self.scale = self.scale * unit
        return q / unit

    def redrawn(self, q: Array, rng: np.random.Generator) -> Array:
        """Scales drawn anew given the coefficients (Yu and Meng 2011), by the inverse of their distribution on a grid."""
        n = len(self.mode)
        if not n:
            return q
        beta = self._coefficients(self.scale * q)[-1]
        squares = self.member.T @ beta**2
        log_p = _GRID_LOG_P - self.member.sum(axis=0)[:, None] * _GRID_LOGS
        log_p = log_p[:, None, :] - squares[:, :, None] * (0.5 * np.exp(-2.0 * _GRID_LOGS))
        share = np.exp(log_p - log_p.max(axis=2, keepdims=True)).cumsum(axis=2)
        at = (share < rng.random(squares.shape)[:, :, None] * share[:, :, -1:]).sum(axis=2)
        t = _GRID[at] + (_GRID[1] - _GRID[0]) * (rng.random(at.shape) - 0.5)
        logs = log_scale_of(t, SCALE_SD)[0]
        near = np.clip(logs - self.logs, -_FAR, _FAR)
        sd = np.tile(self._sd(logs), (self.shape[0], 1))
        rest = self.back @ (beta * sd**-self.score - self.centre - self.slope @ near)
        return np.concatenate([np.linalg.solve(self.spread, t - self.mode), rest]) / self.scale

    def named(self, q: Array) -> tuple[Array, Array]:
        """Logits ``(cells, options, draws)`` and scales ``(factors, draws)``."""
        _, (logs, _), _, beta = self._coefficients(q)
        by_option = beta.reshape(*self.shape, -1)
        logits = np.einsum("cp,kpd->ckd", self.design, by_option, optimize=True)
        return logits, np.exp(logs)

    def density(self, q: Array, *, valued: bool = True) -> tuple[Array, Array]:
        """Log posterior of the coordinates and its gradient, for each chain; minus infinity off the numbers' range."""
        del valued  # the value costs next to nothing beside the gradient
        with np.errstate(all="ignore"):
            t, (logs, by_t), sd, beta = self._coefficients(self.scale * q)
            columns = beta.reshape(*self.shape, -1).transpose(1, 0, 2)
            logits = (self.design @ columns.reshape(self.shape[1], -1)).reshape(-1, self.shape[0], q.shape[1])
            log_sum = _log_sum(logits)
            prior = (beta / sd) ** 2
            value = np.einsum("ck,ckd->d", self.counts, logits) - self.total @ log_sum
            value = value - 0.5 * prior.sum(axis=0) - (self.centred * logs + 0.5 * t**2).sum(axis=0)
            rest = self.counts[:, :, None] - self.total[:, None, None] * np.exp(logits - log_sum[:, None])
            slope = (self.design.T @ rest.reshape(len(rest), -1)).reshape(columns.shape).transpose(1, 0, 2)
            by_beta = slope.reshape(beta.shape) - beta / sd**2
            by_place = by_beta * sd**self.score
            by_log = self.member.T @ (self.score * beta * by_beta + prior) - self.centred
            by_log = by_log + (np.abs(logs - self.logs) < _FAR) * (self.slope.T @ by_place)
            gradient = (
                np.concatenate([self.spread.T @ (by_log * by_t - t), self.map.T @ by_place]) * self.scale
            )
        lost = ~(np.isfinite(value) & np.isfinite(gradient).all(axis=0))
        value[lost], gradient[:, lost] = -np.inf, 0.0
        return value, gradient


def _log_sum(logits: Array) -> Array:
    """Log of the sum of exponentials over the options, ``(cells, options, draws)`` to ``(cells, draws)``."""
    top = logits.max(axis=1)
    return np.asarray(top + np.log(np.exp(logits - top[:, None]).sum(axis=1)))


@dataclass(frozen=True)
class _Fit:
    """Mode (parameters by options), lower root of the precision, and log evidence."""

    mode: Array
    root: Array
    evidence: float


def _mode(counts: Array, design: Array, factor: NDArray[np.intp], scales: Array, start: Array) -> _Fit:
    """Newton's method on the log posterior; parameters are stacked option by option."""
    n_parameters, n_options = design.shape[1], counts.shape[1]
    sd = np.concatenate([[INTERCEPT_SD], scales])[factor]
    precision = np.tile(sd**-2, n_options)
    total = counts.sum(axis=1)
    beta = start.T.ravel().copy()

    def value(at: Array) -> tuple[float, Array]:
        logits = design @ at.reshape(n_options, n_parameters).T
        top = logits.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
        fit = float((counts * logits).sum() - total @ log_sum)
        return fit - 0.5 * float(precision @ at**2), np.exp(logits - log_sum[:, None])

    here, shares = value(beta)
    root = np.eye(beta.size)
    for _ in range(60):
        gradient = (design.T @ (counts - total[:, None] * shares)).T.ravel() - precision * beta
        root = np.asarray(linalg.cholesky(_curvature(design, total, shares, precision), lower=True))
        step = linalg.cho_solve((root, True), gradient)
        scale = 1.0
        while scale > 1e-8:
            there, new_shares = value(beta + scale * step)
            if there >= here - 1e-12:
                break
            scale /= 2
        beta, gain, here, shares = beta + scale * step, there - here, there, new_shares
        if gain < 1e-8:
            break
    root = np.asarray(linalg.cholesky(_curvature(design, total, shares, precision), lower=True))
    evidence = here + 0.5 * float(np.log(precision).sum()) - float(np.log(np.diag(root)).sum())
    return _Fit(beta.reshape(n_options, n_parameters).T, root, evidence)


def _curvature(design: Array, total: Array, shares: Array, precision: Array) -> Array:
    """Negative Hessian of the log posterior, with blocks of options."""
    n_parameters, n_options = design.shape[1], shares.shape[1]
    out = np.empty((n_options, n_parameters, n_options, n_parameters))
    for one in range(n_options):
        for two in range(one, n_options):
            weight = total * shares[:, one] * ((one == two) - shares[:, two])
            block = design.T @ (weight[:, None] * design)
            out[one, :, two], out[two, :, one] = block, block.T
    matrix = out.reshape(n_options * n_parameters, -1)
    matrix[np.diag_indices_from(matrix)] += precision
    return matrix


def _scale_spread(loss: object, mode: Array) -> Array:
    """Symmetric root of the covariance of the scales' coordinates, from second differences; at most 1 anywhere."""
    h, n = 0.15, len(mode)
    at = lambda *moves: loss(mode + sum(moves, np.zeros(n)))  # type: ignore[operator]  # noqa: E731
    unit = np.eye(n) * h
    matrix = np.empty((n, n))
    centre = at()
    for i in range(n):
        matrix[i, i] = (at(unit[i]) - 2 * centre + at(-unit[i])) / h**2
        for j in range(i):
            cross = (
                at(unit[i], unit[j]) - at(unit[i], -unit[j]) - at(-unit[i], unit[j]) + at(-unit[i], -unit[j])
            )
            matrix[i, j] = matrix[j, i] = cross / (4 * h**2)
    values, vectors = np.linalg.eigh(matrix)
    # the symmetric root, as eigenvectors have signs of the machine's choosing and draws would have them, too
    return np.asarray((vectors / np.sqrt(np.maximum(values, 1.0))) @ vectors.T)


def _design(levels: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """Indicator matrix with an intercept, and the factor of each column (0 is the intercept)."""
    columns, factor = [np.ones((len(levels), 1))], [np.zeros(1, dtype=np.intp)]
    for place in range(levels.shape[1]):
        size = int(levels[:, place].max()) + 1
        columns.append(np.equal.outer(levels[:, place], np.arange(size)).astype(float))
        factor.append(np.full(size, place + 1, dtype=np.intp))
    return np.concatenate(columns, axis=1), np.concatenate(factor)
