"""Draws from a latent posterior without PyMC: nested Laplace where its weights hold, else Hamiltonian Monte Carlo."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from valuestats.errors import SpecificationError
from valuestats.models.laplace import fit_laplace, nested_laplace
from valuestats.models.latent_posterior import LatentPosterior
from valuestats.models.ordinal_engines import (
    _TRY_UP_TO,
    Engine,
    Fit,
    _record,
    power_of_two,
    resampled,
    trusted,
)
from valuestats.models.whitened import sample_whitened

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LatentDraws:
    """Coefficients ``(n, chains, draws)``, hyperparameter coordinates ``(h, chains, draws)``, and the engine's record.

    ``fit.tree`` holds ``sample_stats`` of a sampler.
    """

    x: Floats
    phi: Floats
    fit: Fit = field(repr=False)


def draw_latent(
    posterior: LatentPosterior,
    engine: Engine = "auto",
    *,
    draws: int = 700,
    tune: int = 300,
    chains: int = 4,
    seed: int = 0,
    target_accept: float | None = None,
    progress: bool = False,
) -> LatentDraws | list[str]:
    """Draw from the posterior; engines as in `valuestats.models.ordinal_engines.run_engine`.

    ``auto`` takes ``laplace`` where its weights hold, else ``hmc``.

    Returns
    -------
    LatentDraws or list of str
        Of ``auto`` where there is no Laplace approximation: why none of these engines will do.
    """
    start = time.perf_counter()
    fallback: list[str] = []
    try:
        fit = fit_laplace(posterior, seed=seed)
        if engine == "laplace" or (engine == "auto" and posterior.design.hyper_size <= _TRY_UP_TO):
            found = nested_laplace(posterior, fit, draws=power_of_two(draws * chains), seed=seed)
            if engine == "laplace" or trusted(found):
                x, phi = (a[..., :draws] for a in resampled(found, chains, seed))
                record = _record("laplace", found.pareto_k, found.effective, _since(start), [])
                return LatentDraws(x, phi, Fit(xr.DataTree(), "laplace", record))
            fallback.append(
                f"the Laplace approximation is not to be trusted (Pareto k {found.pareto_k:.2f}, "
                f"{found.effective:.0f} effective draws)"
            )
        elif engine == "auto":
            fallback.append(
                f"{posterior.design.hyper_size} hyperparameters are too many for the Laplace engine"
            )
    except np.linalg.LinAlgError as error:
        if engine != "auto":
            raise SpecificationError(
                "the posterior has no Laplace approximation here",
                parameter="engine",
                got=engine,
                hint='engine="nuts" needs none',
            ) from error
        return ["the posterior has no Laplace approximation here"]
    drawn = sample_whitened(
        posterior,
        fit,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        target_accept=target_accept or 0.8,
        progress=progress,
    )
    stats = xr.Dataset({"diverging": (("chain", "draw"), drawn.diverging)})
    tree = xr.DataTree.from_dict({"sample_stats": stats})
    return LatentDraws(
        drawn.x, drawn.phi, Fit(tree, "hmc", _record("hmc", None, None, _since(start), fallback))
    )


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)
