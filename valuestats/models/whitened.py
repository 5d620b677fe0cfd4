"""Hamiltonian Monte Carlo in coordinates whitened by the Laplace approximation; the posterior is exact."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.models.laplace import LaplaceFit, scale_slopes
from valuestats.models.latent_posterior import LatentPosterior
from valuestats.models.sparse_times import sparse_times
from valuestats.progress import track

Floats = NDArray[np.float64]
_DIVERGENT = 1000.0  # error of the energy beyond which a trajectory has left the posterior (Stan's limit)
_LEAST_MOVE = 0.02  # of a coefficient, in its standard deviations, by one of a hyperparameter
# A quarter of an orbit in a standard normal, pi / 2, and so much more that with four of five ends accepted draws are
# uncorrelated: 0.8 cos(1.8) + 0.2 = 0.
_TRAJECTORY = 1.8

_LONGEST_FIRST, _LONGEST = (
    12,
    100,
)  # leapfrog steps of a trajectory in the first half of the adaptation, and after


@dataclass(frozen=True)
class WhitenedDraws:
    """Draws of all chains and the sampler's record.

    Attributes
    ----------
    x
        Coefficients, shape ``(n, chains, draws)``.
    phi
        Coordinates of the hyperparameters, shape ``(h, chains, draws)``.
    diverging
        Shape ``(chains, draws)``.
    accept
        Mean acceptance probability after adaptation.
    step_size
        Adapted step size.
    gradients
        Gradients evaluated, adaptation included, summed over chains.
    seconds
        Wall time.
    """

    x: Floats
    phi: Floats
    diverging: NDArray[np.bool_]
    accept: float
    step_size: float
    gradients: int
    seconds: float


class Whitening:
    """Standardised coordinates to coefficients and hyperparameters.

    An effect with prior standard deviation s and information i of its own has the posterior one ``v^(1/2)``,
    ``v = 1 / (1 / s^2 + i)``, and ``d log v^(1/2) / d log s = v / s^2``: divided by s to that power, effects keep their
    spread while s moves (partial non-centring: Papaspiliopoulos, Roberts and Skoeld 2003).
    """

    def __init__(self, posterior: LatentPosterior, fit: LaplaceFit) -> None:
        d = posterior.design
        self.posterior, self.fit = posterior, fit
        self.scaled = np.zeros((d.size, 1))
        for block in d.blocks:
            at = d.slices[block.name]
            if block.scales:
                self.scaled[at, 0] = np.clip(fit.variance[at], 0.0, 1.0)
        log_sd = d.log_sd(d.unconstrained(fit.phi[:, None]))
        self.factor = np.exp(-self.scaled * log_sd)
        self.centre = fit.x[:, None] * self.factor
        slope = fit.slope - self.scaled * fit.x[:, None] * scale_slopes(posterior, fit.phi)
        # Any coordinates are exact: of a spread per model only what it moves by a part of a standard deviation is kept.
        moves = np.abs(slope) * np.sqrt((fit.hyper_root**2).sum(axis=1))
        kept = moves > _LEAST_MOVE * np.sqrt(fit.variance)[:, None] * np.exp(log_sd)
        self.slope = csr_array(np.where(kept, slope * self.factor, 0.0))
        self._turned = csr_array(self.slope.T)
        self._repeated = (self.centre, self.factor)
        self.hypers = len(fit.phi)
        self.root = fit.hyper_root.copy()
        self.shift = np.zeros((self.hypers, 1))

    def __call__(self, q: Floats) -> tuple[Floats, Floats]:
        """Coefficients, scaled as `scaled` says, and hyperparameter coordinates."""
        away = self.root @ q[: self.hypers] + self.shift
        centre, factor = self._wide(q.shape[1])
        rest = self.fit.factor.back(q[self.hypers :]) * factor
        return centre + sparse_times(self.slope, away) + rest, self.fit.phi[:, None] + away

    def _wide(self, columns: int) -> tuple[Floats, Floats]:
        """Centre and factor in as many columns: narrow arrays are slow to broadcast."""
        if self._repeated[0].shape[1] != columns:
            self._repeated = (
                np.repeat(self.centre, columns, axis=1),
                np.repeat(self.factor, columns, axis=1),
            )
        return self._repeated

    def density(self, q: Floats, *, valued: bool = True) -> tuple[Floats, Floats]:
        """Log-density of each column and its gradient; minus infinity and 0 where it is not finite.

        Unless `valued`, the former is of no use.
        """
        w, phi = self(q)
        factor = self._wide(q.shape[1])[1]
        with np.errstate(all="ignore"):
            value, d_w, d_phi = self.posterior.log_density(w, phi, self.scaled, valued=valued)
            gradient = np.concatenate(
                [
                    self.root.T @ (d_phi + sparse_times(self._turned, d_w)),
                    self.fit.factor.forward(d_w * factor),
                ]
            )
            wrong = ~np.isfinite(value + np.ones(len(gradient)) @ gradient)
        if wrong.any():
            value[wrong], gradient[:, wrong] = -np.inf, 0.0
        return value, gradient

    def coefficients(self, q: Floats) -> tuple[Floats, Floats]:
        """The coefficients themselves and the hyperparameter coordinates."""
        w, phi = self(q)
        d = self.posterior.design
        return w * np.exp(self.scaled * d.log_sd(d.unconstrained(phi))), phi

    def adapt_hypers(self, q: Floats, kept: Floats) -> Floats:
        """Take the hyperparameters' mean and covariance from warm-up draws; `q` in the new coordinates."""
        h = self.hypers
        if h == 0 or kept.shape[1] < 5 * h:
            return q
        n, weight = kept.shape[1], 5.0 * h
        covariance = (np.atleast_2d(np.cov(kept[:h])) * n + np.eye(h) * weight) / (n + weight)
        move, root = kept[:h].mean(axis=1, keepdims=True), np.linalg.cholesky(covariance)
        out = q.copy()
        out[:h] = np.linalg.solve(root, q[:h] - move)
        self.shift = self.shift + self.root @ move
        self.root = self.root @ root
        return out


def sample_whitened(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    *,
    draws: int = 300,
    tune: int = 150,
    chains: int = 4,
    seed: int = 0,
    target_accept: float = 0.8,
    progress: bool = False,
) -> WhitenedDraws:
    """Draw from the exact posterior by Hamiltonian Monte Carlo preconditioned by the Laplace Hessian.

    Coefficients are standardised by the Cholesky factor of minus the Hessian at their conditional mode, moved along
    with the hyperparameters to first order; hyperparameters by the curvature of their marginal, and after half of
    the adaptation by the covariance seen. The posterior is then near a standard normal, whose orbits are circles: between
    two kicks by what is left of the gradient coordinates and momenta turn by the angle of the step, exactly (split
    Hamiltonian Monte Carlo: Shahbaba, Lan, Johnson and Neal 2014), so that only the departure from the normal limits the
    step. A few kicks on a quarter orbit, jittered (Mackenzie 1989), give all but uncorrelated draws. All chains move at
    once. Step size by dual averaging (Hoffman and Gelman 2014). Chains start at draws of the Laplace approximation.

    Parameters
    ----------
    posterior, fit
        The posterior and its fit by `valuestats.models.laplace.fit_laplace`.
    draws, tune, chains
        Draws kept and adaptation steps of each chain, and chains.
    seed
        Seed of all random numbers.
    target_accept
        Acceptance rate the step size aims at.
    progress
        Whether to show progress on standard error.

    Returns
    -------
    WhitenedDraws
    """
    start = time.perf_counter()
    rng = np.random.default_rng(seed)
    to = Whitening(posterior, fit)
    size = posterior.design.size + posterior.design.hyper_size
    q = rng.normal(size=(size, chains))
    value, gradient = to.density(q)
    for _ in range(20):
        lost = ~np.isfinite(value)
        if not lost.any():
            break
        q[:, lost] = 0.5 * rng.normal(size=(size, int(lost.sum())))
        value, gradient = to.density(q)
    ones, step = np.ones(size), size**-0.25
    log_step, averaged, error = np.log(step), 0.0, 0.0
    anchor, count = np.log(2.0 * step), 0
    gradients, kept = chains, []
    x = np.empty((posterior.design.size, chains, draws))
    phi = np.empty((posterior.design.hyper_size, chains, draws))
    diverging = np.zeros((chains, draws), dtype=bool)
    accepted = 0.0
    turns = range(tune + draws)
    for turn in track(turns, "sampling") if progress else turns:
        tuning = turn < tune
        size_now = float(np.exp(log_step if tuning else averaged))
        # While the step size is still sought, long trajectories of tiny steps would cost most of the time.
        longest = _LONGEST_FIRST if turn <= tune // 2 else _LONGEST
        angle = _TRAJECTORY * rng.uniform(0.8, 1.2)
        leaps = min(max(1, round(angle / size_now)), longest)
        size_now = min(angle / leaps, size_now)
        p = rng.normal(size=q.shape)
        energy = value - 0.5 * (ones @ p**2)
        turn_cos, turn_sin = np.cos(size_now), np.sin(size_now)
        at, value_at, gradient_at = q, value, gradient
        p = p + 0.5 * size_now * (gradient_at + at)
        for leap in range(leaps):
            at, p = turn_cos * at + turn_sin * p, turn_cos * p - turn_sin * at
            last = leap == leaps - 1
            value_at, gradient_at = to.density(at, valued=last)
            p = p + (0.5 * size_now if last else size_now) * (gradient_at + at)
        gradients += leaps * chains
        with np.errstate(over="ignore"):  # a trajectory that ran away is rejected
            change = value_at - 0.5 * (ones @ p**2) - energy
        change = np.where(np.isfinite(change), change, -np.inf)
        probability = np.exp(np.minimum(change, 0.0))
        moved = rng.random(chains) < probability
        q, value = np.where(moved, at, q), np.where(moved, value_at, value)
        gradient = np.where(moved, gradient_at, gradient)
        if tuning:
            count += 1
            error += (target_accept - probability.mean() - error) / (count + 10.0)
            log_step = anchor - np.sqrt(count) / 0.05 * error
            averaged += count**-0.75 * (log_step - averaged)
            if turn >= min(20, tune // 4):
                kept.append(q)
            if turn == tune // 2:
                q = to.adapt_hypers(q, np.concatenate(kept, axis=1))
                value, gradient = to.density(q)
                anchor, count, error = np.log(2.0) + averaged, 0, 0.0
                log_step = averaged
        else:
            accepted += float(probability.mean())
            diverging[:, turn - tune] = -change > _DIVERGENT
            x[:, :, turn - tune], phi[:, :, turn - tune] = to.coefficients(q)
    return WhitenedDraws(
        x,
        phi,
        diverging,
        accepted / max(draws, 1),
        float(np.exp(averaged)),
        gradients,
        time.perf_counter() - start,
    )
