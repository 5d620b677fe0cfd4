"""Hamiltonian Monte Carlo with a unit metric, for densities in coordinates in which they are nearly standard normal."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from valuestats.base.progress import track

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
Density = Callable[[Floats], tuple[float, Floats]]

_DIVERGENT = 1000.0  # error of the energy beyond which a trajectory has left the posterior (Stan's limit)
_TRAJECTORY = 1.6  # about pi / 2: a quarter of an orbit in a standard normal, where draws are uncorrelated
_LONGEST = 64


@dataclass(frozen=True)
class NormalCoordinates:
    """Coordinates ``q`` of ``x = centre + root @ q`` around the mode of a density, by its curvature there.

    Attributes
    ----------
    density
        Of ``x``.
    centre
        The mode.
    root
        Root of the inverse curvature.
    """

    density: Density
    centre: Floats
    root: Floats

    @staticmethod
    def around(density: Density, x: Floats, hold: slice | None = None) -> NormalCoordinates:
        """Climb from `x` to the mode and take the curvature there from differences of the gradient.

        Coordinates in `hold` stay at `x` and count as standard normal: spreads of effects, whose joint mode with the effects
        is no place where the posterior has its mass.

        Examples
        --------
        >>> found = NormalCoordinates.around(lambda x: (-0.5 * float(((x - 1) ** 2).sum()) * 4, -4 * (x - 1)), np.zeros(2))
        >>> found.centre.round(3).tolist(), np.abs(found.root).round(3).tolist()
        ([1.0, 1.0], [[0.5, 0.0], [0.0, 0.5]])
        """
        held = np.zeros(len(x), dtype=bool)
        if hold is not None:
            held[hold] = True

        def down(at: Floats) -> tuple[float, Floats]:
            value, gradient = density(at)
            return -value, np.where(held, 0.0, -gradient)

        found = minimize(down, x, jac=True, method="L-BFGS-B", options={"maxiter": 500})
        centre, h = np.asarray(found.x, dtype=float), 1e-4
        steps = h * np.eye(len(centre))
        bend = np.array([density(centre - s)[1] - density(centre + s)[1] for s in steps]) / (2 * h)
        bend[held], bend[:, held] = 0.0, 0.0
        bend[held, held] = 1.0
        values, vectors = np.linalg.eigh(0.5 * (bend + bend.T))
        scale = 1.0 / np.sqrt(np.maximum(values, 0.05 * np.median(np.abs(values))))
        # the symmetric root keeps the coordinates near those of x
        return NormalCoordinates(density, centre, (vectors * scale) @ vectors.T)

    def point(self, q: Floats) -> Floats:
        """The point at coordinates `q`."""
        return np.asarray(self.centre + self.root @ q)

    def log_density(self, q: Floats) -> tuple[float, Floats]:
        """Log density and gradient by the coordinates."""
        value, gradient = self.density(self.point(q))
        return value, self.root @ gradient

    def start(self, rng: np.random.Generator) -> Floats:
        """A point of the normal approximation."""
        return rng.normal(size=len(self.centre))


def sample_hamiltonian(
    density: Density,
    start: Callable[[np.random.Generator], Floats],
    keep: Callable[[Floats], Mapping[str, Floats]],
    *,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    adapted: int = 0,
    target_accept: float = 0.8,
    progress: bool = True,
    label: str = "sampling",
) -> xr.DataTree:
    """Draw from a density by trajectories of about a quarter of an orbit (Duane et al. 1987; Neal 2011).

    The step size alone is adapted; trajectories vary by a fifth, so that no direction returns to where it began.

    Parameters
    ----------
    density
        From coordinates to log density and gradient.
    start
        From a source of random numbers to starting coordinates.
    keep
        From coordinates to the named arrays that are kept.
    draws, tune, chains
        Kept draws and adaptation draws of each chain, and how many chains.
    seed
        Of all random numbers; chains do not share them, so the draws do not depend on how many run at once.
    adapted
        Of so many leading coordinates the warm-up's first half looks for directions whose variance is far from 1, and
        rescales them.
    target_accept
        Mean acceptance that the step size aims at.
    progress, label
        Whether to show progress on standard error, and under which name.

    Returns
    -------
    xarray.DataTree
        ``posterior`` and ``sample_stats`` (``accept``, ``diverging``), as of `valuestats.latent.pymc_sampling.sample`.

    Examples
    --------
    >>> tree = sample_hamiltonian(lambda q: (-0.5 * float(q @ q), -q), lambda rng: rng.normal(size=2), lambda q: {"q": q},
    ...     draws=200, tune=50, chains=2, seed=1, progress=False)
    >>> bool(abs(tree["posterior"]["q"].to_numpy().std() - 1.0) < 0.1)
    True
    """
    import xarray as xr

    begun = time.perf_counter()
    seeds = np.random.SeedSequence(seed).spawn(chains)
    rngs = [np.random.default_rng(s) for s in seeds]
    tick = _shared_bar(chains * (draws + tune), label) if progress else None
    first = tune // 2
    places = [start(rng) for rng in rngs]
    step = 1.5 / len(places[0]) ** 0.25
    frame = _Frame(np.zeros(len(places[0])), np.zeros((len(places[0]), 0)), np.zeros(0), adapted)
    with ThreadPoolExecutor(max_workers=min(chains, os.cpu_count() or 1)) as pool:
        if first >= 20:

            def warm(k: int) -> tuple[Floats, float, dict[str, Floats]]:
                return _chain(
                    density,
                    places[k],
                    first // 3,
                    first - first // 3,
                    target_accept,
                    step,
                    rngs[k],
                    tick,
                    lambda q: {"lead": q[:adapted].copy()},
                )

            warmed = list(pool.map(warm, range(chains)))
            frame = _Frame.of(np.concatenate([w[2]["lead"] for w in warmed]), len(places[0]))
            places = [frame.inverse(w[0]) for w in warmed]
            step = float(np.median([w[1] for w in warmed]))

        def inside(r: Floats) -> tuple[float, Floats]:
            value, gradient = density(frame.point(r))
            return value, frame.turned(gradient)

        def run(k: int) -> dict[str, Floats]:
            return _chain(
                inside,
                places[k],
                tune - (first if first >= 20 else 0),
                draws,
                target_accept,
                step,
                rngs[k],
                tick,
                lambda r: keep(frame.point(r)),
            )[2]

        found = list(pool.map(run, range(chains)))
    stats = ("accept", "diverging", "n_steps")
    sets = [
        xr.Dataset(
            {
                name: (
                    ("chain", "draw", *(f"{name}_{k}" for k in range(found[0][name].ndim - 1))),
                    np.stack([chain[name] for chain in found]),
                )
                for name in found[0]
                if (name in stats) == own
            }
        )
        for own in (False, True)
    ]
    tree = xr.DataTree(children={"posterior": xr.DataTree(sets[0]), "sample_stats": xr.DataTree(sets[1])})
    tree.attrs.update(
        compile_seconds=0.0,
        sampling_seconds=round(time.perf_counter() - begun, 2),
        gradients=int(sets[1]["n_steps"].sum()),
    )
    return tree


_NARROW, _WIDE = (
    0.5,
    1.5,
)  # factors beyond the noise of variances by which a direction must differ to be rescaled


@dataclass(frozen=True)
class _Frame:
    """Coordinates with some directions rescaled: ``q = move + r + axes ((scale - 1) axes' r)``."""

    move: Floats
    axes: Floats
    scale: Floats
    lead: int

    @staticmethod
    def of(draws: Floats, size: int) -> _Frame:
        lead = draws.shape[1]
        move = np.zeros(size)
        move[:lead] = draws.mean(axis=0)
        values, vectors = (
            np.linalg.eigh(np.atleast_2d(np.cov(draws.T))) if lead else (np.zeros(0), np.zeros((0, 0)))
        )
        # variances of n independent standard normal draws lie within (1 -+ sqrt(d / n))^2 (Marchenko and Pastur 1967);
        # the draws count half, as they are correlated
        noise = np.sqrt(2.0 * lead / len(draws))
        far = (values < _NARROW * max(0.0, 1.0 - noise) ** 2) | (values > _WIDE * (1.0 + noise) ** 2)
        return _Frame(move, vectors[:, far], np.sqrt(np.clip(values[far], 0.05, 100.0)), lead)

    def _stretched(self, r: Floats, by: Floats) -> Floats:
        out = r.copy()
        if self.axes.shape[1]:
            out[: self.lead] += self.axes @ (by * (self.axes.T @ r[: self.lead]))
        return out

    def point(self, r: Floats) -> Floats:
        return self.move + self._stretched(r, self.scale - 1.0)

    def turned(self, gradient: Floats) -> Floats:
        return self._stretched(gradient, self.scale - 1.0)

    def inverse(self, q: Floats) -> Floats:
        return self._stretched(q - self.move, 1.0 / self.scale - 1.0)


def _shared_bar(total: int, label: str) -> Callable[[], None]:
    """Moves one bar on by one step, called by any of the chains' threads."""
    bar, lock = iter(track(range(total), label)), Lock()

    def tick() -> None:
        with lock:
            next(bar, None)

    return tick


def _chain(
    density: Density,
    q: Floats,
    tune: int,
    draws: int,
    target: float,
    first_step: float,
    rng: np.random.Generator,
    tick: Callable[[], None] | None,
    keep: Callable[[Floats], Mapping[str, Floats]],
) -> tuple[Floats, float, dict[str, Floats]]:
    """Last coordinates, step size, and what was kept."""
    value, gradient = density(q)
    kept: dict[str, list[Any]] = {"accept": [], "diverging": [], "n_steps": []}
    log_step = np.log(first_step)
    shown, bent = log_step, 0.0
    for turn in range(tune + draws):
        step = np.exp(log_step if turn < tune else shown)
        number = min(_LONGEST, max(1, round(_TRAJECTORY * (0.8 + 0.4 * rng.random()) / step)))
        p = rng.normal(size=len(q))
        energy = value - 0.5 * float((p * p).sum())
        end, end_value, end_gradient, speed = q, value, gradient, p
        for _ in range(number):
            speed = speed + 0.5 * step * end_gradient
            end = end + step * speed
            end_value, end_gradient = density(end)
            speed = speed + 0.5 * step * end_gradient
            if not (np.isfinite(end_value) and energy - end_value < 10 * _DIVERGENT):
                break
        with np.errstate(over="ignore"):
            gain = end_value - 0.5 * float((speed * speed).sum()) - energy
        diverging = not gain > -_DIVERGENT
        chance = 0.0 if diverging else float(np.exp(min(0.0, gain)))
        if rng.random() < chance:
            q, value, gradient = end, end_value, end_gradient
        if turn < tune:
            # dual averaging (Nesterov 2009; Hoffman and Gelman 2014)
            n = turn + 1.0
            bent += (target - chance - bent) / (n + 10.0)
            log_step = np.log(first_step) - np.sqrt(n) / 0.1 * bent
            weight = n**-0.75
            shown = weight * log_step + (1.0 - weight) * shown
        else:
            for name, part in {
                "accept": chance,
                "diverging": diverging,
                "n_steps": number,
                **keep(q),
            }.items():
                kept.setdefault(name, []).append(part)
        if tick is not None:
            tick()
    return q, float(np.exp(shown)), {name: np.array(parts) for name, parts in kept.items()}
