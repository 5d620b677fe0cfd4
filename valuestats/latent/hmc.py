"""Hamiltonian Monte Carlo in coordinates whitened by the Laplace approximation; the posterior is exact."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.latent.laplace import LaplaceFit, scale_slopes
from valuestats.latent.orbits import OrbitEnd, sample_orbits
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.sparse_times import sparse_times

Floats = NDArray[np.float64]
_AT_ONCE = 16  # draws
_LEAST_MOVE = 0.02  # of a coefficient, in its standard deviations, by one of a hyperparameter


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
    more
        Lets the chains go on for as many draws again, from where they stand; None of a sampler that can't.
    """

    x: Floats
    phi: Floats
    diverging: NDArray[np.bool_]
    accept: float
    step_size: float
    gradients: int
    seconds: float
    more: Callable[[], WhitenedDraws] | None = field(default=None, repr=False)

    def followed_by(self, other: WhitenedDraws) -> WhitenedDraws:
        """These draws and those of the same chains after them."""
        draws = np.array([self.x.shape[2], other.x.shape[2]])
        return WhitenedDraws(
            np.concatenate([self.x, other.x], axis=2),
            np.concatenate([self.phi, other.phi], axis=2),
            np.concatenate([self.diverging, other.diverging], axis=1),
            float(np.average([self.accept, other.accept], weights=draws)),
            other.step_size,
            self.gradients + other.gradients,
            self.seconds + other.seconds,
        )


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
        self._repeated: dict[tuple[int, str], tuple[Floats, Floats, Floats]] = {}
        self._exact = (fit.factor, self.slope, self._turned)
        self._rounded = (
            (fit.factor.rounded(), self.slope.astype(np.float32), self._turned.astype(np.float32))
            if posterior.rounds
            else self._exact
        )
        self.hypers = len(fit.phi)
        self.root = fit.hyper_root.copy()
        self.shift = np.zeros((self.hypers, 1))

    def __call__(self, q: Floats) -> tuple[Floats, Floats]:
        """Coefficients, scaled as `scaled` says, and hyperparameter coordinates; the former in the precision of `q`."""
        away = self.root @ q[: self.hypers] + self.shift
        centre, factor, _ = self._wide(q)
        root, slope, _ = self._rounded if q.dtype == np.float32 else self._exact
        rest = root.back(q[self.hypers :]) * factor
        rest += centre
        rest += sparse_times(slope, away.astype(q.dtype))
        return rest, self.fit.phi[:, None] + away

    def _wide(self, q: Floats) -> tuple[Floats, Floats, Floats]:
        """Centre, factor and powers in as many columns: narrow arrays are slow to broadcast."""
        key = (q.shape[1], q.dtype.char)
        if key not in self._repeated:
            wide = (np.repeat(a, q.shape[1], axis=1) for a in (self.centre, self.factor, self.scaled))
            self._repeated[key] = tuple(a.astype(q.dtype) for a in wide)  # type: ignore[assignment]
        return self._repeated[key]

    def density(self, q: Floats, *, valued: bool = True) -> tuple[Floats, Floats]:
        """Log-density of each column and its gradient; minus infinity and 0 where it is not finite.

        Unless `valued`, the former is of no use, and the gradient is had in single precision where the posterior can: an
        orbit with any kicks that depend on the place alone keeps volumes, and its end is accepted by exact values.
        """
        if not valued and self._rounded is not self._exact:
            q = q.astype(np.float32)
        w, phi = self(q)
        _, factor, scaled = self._wide(q)
        root, _, turned = self._rounded if q.dtype == np.float32 else self._exact
        with np.errstate(all="ignore"):
            value, d_w, d_phi = self.posterior.log_density(w, phi, scaled, valued=valued)
            gradient = np.concatenate(
                [self.root.T @ (d_phi + sparse_times(turned, d_w)), root.forward(d_w * factor)]
            )
            wrong = ~np.isfinite(value + np.ones(len(gradient)) @ gradient)
        if wrong.any():
            value[wrong], gradient[:, wrong] = -np.inf, 0.0
        return value, gradient

    def coefficients(self, q: Floats) -> tuple[Floats, Floats]:
        """The coefficients themselves and the hyperparameter coordinates."""
        w, phi = self(q)
        shared = self.posterior.spreads
        log_sd = shared.log_sd(self.posterior.design.unconstrained(phi))
        return w * np.exp(self._wide(q)[2] * log_sd[shared.rows]), phi

    def adapt_hypers(self, q: Floats, kept: Floats, slopes: Floats) -> Floats:
        """Take the hyperparameters' centre and scale from warm-up draws and their gradients; `q` in the new coordinates.

        With covariances A of the draws and B of the gradients the scale is the geometric mean of A and the inverse of B,
        which fits a normal density to the gradients best (what nutpie takes for a diagonal metric): B knows how far the
        hyperparameters may go while the coefficients stay. Where that has no finite root (a warm-up that ran to the ends of
        what numbers hold), the coordinates stay as they are: any are exact, and the gate judges what comes of them.
        """
        h = self.hypers
        if h == 0 or kept.shape[1] < 5 * h:
            return q
        n, weight = kept.shape[1], 5.0 * h

        def covariance(of: Floats) -> Floats:
            return np.asarray((np.atleast_2d(np.cov(of)) * n + np.eye(h) * weight) / (n + weight))

        with np.errstate(all="ignore"):
            metric = _fitting_metric(covariance(kept[:h]), covariance(slopes[:h]))
            if metric is None:
                return q
            move = kept[:h].mean(axis=1, keepdims=True) + metric @ slopes[:h].mean(axis=1, keepdims=True)
            root = np.linalg.cholesky(metric)
        if not np.isfinite(self.root @ np.hstack([root, move])).all():
            return q
        out = q.copy()
        out[:h] = np.linalg.solve(root, q[:h] - move)
        self.shift = self.shift + self.root @ move
        self.root = self.root @ root
        return out


def _fitting_metric(spread: Floats, steep: Floats) -> Floats | None:
    """The geometric mean of one covariance and the inverse of the other; None unless it is positive definite."""
    if not (np.isfinite(spread).all() and np.isfinite(steep).all()):
        return None
    try:
        outer = _symmetric_root(steep)
        inner = np.linalg.inv(outer)
        metric = inner @ _symmetric_root(outer @ spread @ outer) @ inner
        np.linalg.cholesky(metric)
    except np.linalg.LinAlgError:
        return None
    return metric if np.isfinite(metric).all() else None


def _symmetric_root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


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
    the adaptation by the covariance seen. The posterior is then near a standard normal, in which
    `valuestats.latent.orbits.sample_orbits` moves. Chains start at draws of the Laplace approximation.

    Parameters
    ----------
    posterior, fit
        The posterior and its fit by `valuestats.latent.laplace.fit_laplace`.
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
    to, rng = Whitening(posterior, fit), np.random.default_rng(seed)
    first = rng.normal(size=(posterior.design.size + posterior.design.hyper_size, chains))
    settings: dict[str, Any] = {"target_accept": target_accept, "label": "sampling" if progress else None}
    return _going_on(to, first, rng, draws, tune, settings)


def _going_on(
    to: Whitening,
    begin: Floats | OrbitEnd,
    rng: np.random.Generator,
    draws: int,
    tune: int,
    settings: dict[str, Any],
    before: WhitenedDraws | None = None,
) -> WhitenedDraws:
    """Draws of chains from where they stand, after those before, and what lets them go on."""
    start = time.perf_counter()
    design = to.posterior.design
    chains = (begin.q if isinstance(begin, OrbitEnd) else begin).shape[1]
    x = np.empty((design.size, chains, draws))
    phi = np.empty((design.hyper_size, chains, draws))
    some = np.empty((_AT_ONCE, len(x), chains))  # a draw at a time would fill each row of `x` far apart

    def keep(draw: int, q: Floats) -> None:
        some[draw % _AT_ONCE], phi[:, :, draw] = to.coefficients(q)
        if (draw + 1) % _AT_ONCE == 0 or draw + 1 == draws:
            first = draw - draw % _AT_ONCE
            x[:, :, first : draw + 1] = np.moveaxis(some[: draw + 1 - first], 0, -1)

    record = sample_orbits(
        to.density, begin, draws=draws, tune=tune, rng=rng, keep=keep, adapt=to.adapt_hypers, **settings
    )
    accepted = float(record.accept.mean()) if draws else 0.0
    seconds = time.perf_counter() - start
    drawn = WhitenedDraws(x, phi, record.diverging, accepted, record.step_size, record.gradients, seconds)
    done = drawn if before is None else before.followed_by(drawn)

    def more() -> WhitenedDraws:
        return _going_on(to, record.end, rng, done.x.shape[2], 0, settings, done)

    return replace(done, more=more)
