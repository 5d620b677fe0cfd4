"""Metropolis moves of weighted draws' hyperparameters, which fill the space between the points they were made at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.design import LatentDesign
from valuestats.latent.laplace import LaplaceFit
from valuestats.latent.posterior import LatentPosterior

Floats = NDArray[np.float64]
_STRIDES = (2.0, 0.8)  # of Metropolis steps on the hyperparameters, in their standard deviations
_SWEEPS = 8  # of such steps given the coefficients
_STRETCHES, _FEW = (2, 4), 1e6  # of them together with the coefficients; the more with few draws x cells
# Effects that keep so much of their prior variance say little about its scale: far less than the grid's spacing.
# Effects as small as that on the latent scale change no answer, whatever their scale.
_WEAK, _SMALL = 0.25, 0.02


def refreshed(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    x: Floats,
    phi: Floats,
    axes: Sequence[int],
    rng: np.random.Generator,
) -> Floats:
    """Hyperparameters moved along `axes` by Metropolis steps that leave their density given the coefficients unchanged.

    Shapes ``(n, draws)`` and ``(h, draws)``, as everywhere here.
    """
    d = posterior.design
    density = posterior.spreads.density(x)
    reach = np.sqrt((fit.hyper_root**2).sum(axis=1))
    u = d.unconstrained(phi)
    value = density(phi, u)
    for turn, axis in product(range(_SWEEPS), axes):
        tried = phi.copy()
        tried[axis] += _STRIDES[turn % len(_STRIDES)] * reach[axis] * rng.normal(size=phi.shape[1])
        tried_u = d.moved(tried, u, axis)
        there = density(tried, tried_u)
        moved = np.log(rng.random(phi.shape[1])) < there - value
        phi, u, value = (
            np.where(moved, new, old) for new, old in ((tried, phi), (tried_u, u), (there, value))
        )
    return phi


def rescaled(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    x: Floats,
    phi: Floats,
    value: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """Draws moved by Metropolis steps that stretch effects with their scale, where they say little about it.

    Effects over their standard deviation stay as they are, so only the likelihood (at first `value`) and the scale's prior
    decide. Returned with the coefficients, the hyperparameters and the likelihood.
    """
    d = posterior.design
    weak = weak_axes(d, fit, _WEAK, least=_SMALL)
    if not weak:
        return x, phi, value
    reach = np.sqrt((fit.hyper_root**2).sum(axis=1))
    u = d.unconstrained(phi)
    for turn in range(_STRETCHES[d.rows * phi.shape[1] < _FEW]):
        for axis in weak:
            tried = phi.copy()
            tried[axis] += _STRIDES[turn % len(_STRIDES)] * reach[axis] * rng.normal(size=phi.shape[1])
            tried_u = d.moved(tried, u, axis)
            with np.errstate(all="ignore"):
                stretched = d.stretched(x, u, tried_u, axis)
                there = posterior.log_likelihoods(stretched)
            gain = there - value + d.hyper_prior(tried)[0] - d.hyper_prior(phi)[0]
            moved = np.log(rng.random(phi.shape[1])) < gain
            pairs = ((tried, phi), (tried_u, u), (stretched, x), (there, value))
            phi, u, x, value = (np.where(moved, new, old) for new, old in pairs)
    return x, phi, value


def weak_axes(design: LatentDesign, fit: LaplaceFit, share: float, *, least: float = 0.0) -> list[int]:
    """Hyperparameters whose effects keep more than a `share` of their prior variance, and are larger than `least`."""
    prior = np.exp(design.log_sd(design.unconstrained(fit.phi[:, None])))[:, 0]

    def weak(at: slice) -> bool:
        kept = float(np.median(fit.variance[at]))
        return kept > share and float(np.median(prior[at])) * np.sqrt(kept) > least

    return [
        axis
        for axis in range(design.hyper_size)
        if any(weak(design.slices[block.name]) for block in design.blocks_under(axis))
    ]
