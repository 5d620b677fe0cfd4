"""Hamiltonian Monte Carlo of densities that are known one point at a time, in coordinates near standard normal."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from valuestats.latent.orbits import sample_orbits

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
Density = Callable[[Floats], tuple[float, Floats]]


_NARROW, _WIDE = (
    0.5,
    1.5,
)  # factors beyond the noise of variances by which a direction must differ to be rescaled
_FAR = 1e6


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
    target_accept: float = 0.9,
    progress: bool = True,
    label: str = "sampling",
) -> xr.DataTree:
    """Draw from a density by `valuestats.latent.orbits.sample_orbits`; the chains' points are worked out side by side.

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
        Of all random numbers; the draws do not depend on how many points are worked out at once.
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
    rng = np.random.default_rng(seed)
    places = np.stack([start(rng) for _ in range(chains)], axis=1)
    kept: dict[str, Floats] = {}

    with ThreadPoolExecutor(max_workers=min(chains, os.cpu_count() or 1)) as pool:
        frame = _Framed(density, pool.map, adapted)

        def store(draw: int, r: Floats) -> None:
            for chain, found in enumerate(pool.map(keep, frame.point(r).T)):
                for name, values in found.items():
                    if name not in kept:
                        kept[name] = np.empty(
                            (chains, draws, *np.shape(values)), dtype=np.asarray(values).dtype
                        )
                    kept[name][chain, draw] = values

        record = sample_orbits(
            frame.density,
            places,
            draws=draws,
            tune=tune,
            rng=rng,
            keep=store,
            target_accept=target_accept,
            adapt=frame.adapt,
            label=label if progress else None,
        )
    posterior = xr.Dataset(
        {
            name: (("chain", "draw", *(f"{name}_{k}" for k in range(values.ndim - 2))), values)
            for name, values in kept.items()
        }
    )
    stats = xr.Dataset({n: (("chain", "draw"), getattr(record, n)) for n in ("accept", "diverging")})
    tree = xr.DataTree(children={"posterior": xr.DataTree(posterior), "sample_stats": xr.DataTree(stats)})
    tree.attrs.update(
        compile_seconds=0.0,
        sampling_seconds=round(time.perf_counter() - begun, 2),
        gradients=record.gradients,
    )
    return tree


class _Framed:
    """A density of single points as one of many, in coordinates of which some directions are rescaled.

    ``q = move + r + axes ((scale - 1) axes' r)``.
    """

    def __init__(self, density: Density, several: Callable[..., Any], lead: int) -> None:
        self._one, self._several, self._lead = density, several, lead
        self._move: Floats = np.zeros((lead, 1))
        self._axes: Floats = np.zeros((lead, 0))
        self._scale: Floats = np.zeros((0, 1))

    def _stretched(self, r: Floats, by: Floats) -> Floats:
        out = r.copy()
        if self._axes.shape[1]:
            out[: self._lead] += self._axes @ (by * (self._axes.T @ r[: self._lead]))
        return out

    def point(self, r: Floats) -> Floats:
        """Coordinates of the density, ``(n, points)``."""
        out = self._stretched(r, self._scale - 1.0)
        out[: self._lead] += self._move
        return out

    def density(self, q: Floats, *, valued: bool = True) -> tuple[Floats, Floats]:
        """Log density and gradient; minus infinity and 0 where it is not finite."""
        del valued  # the value costs next to nothing beside the gradient
        # a point that ran away need not be one of the density
        near = np.abs(q).max(axis=0) < _FAR
        value, gradient = np.full(q.shape[1], -np.inf), np.zeros_like(q)
        places = np.flatnonzero(near)
        for k, (own, slope) in zip(places, self._several(self._one, self.point(q[:, near]).T), strict=True):
            if np.isfinite(own) and np.isfinite(slope).all():
                value[k], gradient[:, k] = own, slope
        return value, self._stretched(gradient, self._scale - 1.0)

    def adapt(self, r: Floats, seen: Floats) -> Floats:
        """Rescale directions whose variance over the points seen is far from 1; `r` in the new coordinates."""
        lead = self._lead
        if not lead or seen.shape[1] < 2:
            return r
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(seen[:lead])))
        # variances of n independent standard normal draws lie within (1 -+ sqrt(d / n))^2 (Marchenko and Pastur 1967);
        # the draws count half, as they are correlated
        noise = np.sqrt(2.0 * lead / seen.shape[1])
        far = (values < _NARROW * max(0.0, 1.0 - noise) ** 2) | (values > _WIDE * (1.0 + noise) ** 2)
        self._move, self._axes = seen[:lead].mean(axis=1, keepdims=True), vectors[:, far]
        self._scale = np.sqrt(np.clip(values[far], 0.05, 100.0))[:, None]
        out = r.copy()
        out[:lead] -= self._move
        return self._stretched(out, 1.0 / self._scale - 1.0)
