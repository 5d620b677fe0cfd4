"""The No-U-Turn sampler in coordinates whitened by the Laplace approximation; the posterior is exact."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.extras import from_extra
from valuestats.latent.hmc import WhitenedDraws, Whitening
from valuestats.latent.laplace import LaplaceFit
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.pymc_sampling import run_compiled

Floats = NDArray[np.float64]


def sample_nuts(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    *,
    draws: int = 700,
    tune: int = 200,
    chains: int = 4,
    seed: int = 0,
    target_accept: float = 0.8,
    progress: bool = False,
) -> WhitenedDraws:
    """Draw from the exact posterior by nutpie, on our own density and gradient: nothing is compiled.

    The coordinates are those of `valuestats.latent.hmc.sample_whitened`, in which the posterior is near a
    standard normal, so that the sampler's diagonal mass matrix suffices and trajectories stay short (Hoffman and
    Gelman 2014). Chains start at draws of the Laplace approximation and run one after another: the density holds
    the interpreter's lock.

    Parameters
    ----------
    posterior, fit
        The posterior and its fit by `valuestats.latent.laplace.fit_laplace`.
    draws, tune, chains
        Draws kept and adaptation steps of each chain, and chains.
    seed
        Seed of starts and sampler.
    target_accept
        Acceptance rate the step size aims at.
    progress
        Whether to show progress on standard error.

    Returns
    -------
    WhitenedDraws
    """
    with from_extra("nuts", "the engine nuts", "engine"):
        from nutpie.compiled_pyfunc import from_pyfunc

    start = time.perf_counter()
    to, d = Whitening(posterior, fit), posterior.design

    def make_density() -> Callable[[Floats], tuple[float, Floats]]:
        def density(q: Floats) -> tuple[float, Floats]:
            value, gradient = to.density(q[:, None])
            return float(value[0]), np.ascontiguousarray(gradient[:, 0])

        return density

    def make_expand(*_: Any) -> Callable[[Floats], dict[str, Floats]]:
        return lambda q: {"q": q}

    size = d.size + d.hyper_size
    model = from_pyfunc(
        size,
        make_density,
        make_expand,
        [np.dtype(float)],
        [(size,)],
        ["q"],
        make_initial_point_fn=lambda own: np.random.default_rng(own).normal(size=size),
    )
    tree = run_compiled(
        model,
        progress=progress,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=1,
        seed=seed,
        target_accept=target_accept,
        save_warmup=False,
    )
    stats = tree["sample_stats"]
    q = np.moveaxis(tree["posterior"]["q"].to_numpy(), -1, 0)
    x, phi = to.coefficients(q.reshape(size, -1))
    return WhitenedDraws(
        x.reshape(d.size, chains, draws),
        phi.reshape(d.hyper_size, chains, draws),
        stats["diverging"].to_numpy(),
        float(stats["mean_tree_accept"].mean()),
        float(stats["step_size"].mean()),
        int(stats["n_steps"].sum()),
        time.perf_counter() - start,
    )
