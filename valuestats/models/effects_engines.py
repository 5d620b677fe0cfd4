"""Draws from an ordinal regression's posterior, whichever engine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from valuestats.errors import SpecificationError
from valuestats.models.effects_draws import EffectDraws, EffectPriors
from valuestats.models.effects_formula import EffectsDesign
from valuestats.models.effects_latent import effects_posterior, latent_effect_draws
from valuestats.models.laplace import fit_laplace, nested_laplace
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


@dataclass(frozen=True)
class EffectsFit:
    """Draws with the record of the engine that made them; ``fit.tree`` holds ``sample_stats`` of a sampler."""

    draws: EffectDraws
    fit: Fit


def fit_effects(
    design: EffectsDesign,
    priors: EffectPriors,
    engine: Engine = "auto",
    *,
    draws: int = 700,
    tune: int = 300,
    chains: int = 4,
    seed: int = 0,
    target_accept: float | None = None,
    progress: bool = False,
) -> EffectsFit:
    """Draw from the posterior; engines as in `valuestats.models.ordinal_engines.run_engine`.

    ``auto`` takes ``nuts`` for what the others can't express (`EffectsDesign.extended`), else ``laplace`` where its
    weights hold, else ``hmc``.
    """
    if chains < 2 or draws < 1 or tune < 1:
        raise SpecificationError(
            "too little to sample",
            parameter="chains, draws, tune",
            got=f"{chains}, {draws}, {tune}",
            expected="at least 2, 1, 1",
        )
    settings: dict[str, Any] = {"draws": draws, "tune": tune, "chains": chains, "seed": seed}
    if engine == "nuts" or (engine == "auto" and design.extended):
        why = [f"only nuts has {', '.join(design.extended)}"] if engine == "auto" else []
        return _nuts(design, priors, why, target_accept or 0.9, progress, settings)
    # These matrices are small: threads of the linear algebra cost more than they give, on a busy machine 50 times.
    with threadpool_limits(limits=1, user_api="blas"):
        found = _without_pymc(design, priors, engine, target_accept, progress, settings)
    if isinstance(found, EffectsFit):
        return found
    return _nuts(design, priors, found, target_accept or 0.9, progress, settings)


def _without_pymc(
    design: EffectsDesign,
    priors: EffectPriors,
    engine: Engine,
    target_accept: float | None,
    progress: bool,
    settings: dict[str, Any],
) -> EffectsFit | list[str]:
    """A fit by Laplace or the whitened sampler, or why there is none."""
    start = time.perf_counter()
    draws, chains, seed = settings["draws"], settings["chains"], settings["seed"]
    posterior = effects_posterior(design, priors)
    fallback: list[str] = []
    try:
        fit = fit_laplace(posterior, seed=seed)
        if engine == "laplace" or (engine == "auto" and posterior.design.hyper_size <= _TRY_UP_TO):
            found = nested_laplace(posterior, fit, draws=power_of_two(draws * chains), seed=seed)
            if engine == "laplace" or trusted(found):
                x, phi = resampled(found, chains, seed)
                record = _record("laplace", found.pareto_k, found.effective, _since(start), [])
                return EffectsFit(
                    latent_effect_draws(design, posterior, x, phi), Fit(xr.DataTree(), "laplace", record)
                )
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
    drawn = sample_whitened(posterior, fit, target_accept=target_accept or 0.8, progress=progress, **settings)
    stats = xr.Dataset({"diverging": (("chain", "draw"), drawn.diverging)})
    tree = xr.DataTree.from_dict({"sample_stats": stats})
    record = _record("hmc", None, None, _since(start), fallback)
    return EffectsFit(latent_effect_draws(design, posterior, drawn.x, drawn.phi), Fit(tree, "hmc", record))


def _nuts(
    design: EffectsDesign,
    priors: EffectPriors,
    fallback: list[str],
    target_accept: float,
    progress: bool,
    settings: dict[str, Any],
) -> EffectsFit:
    # PyMC takes seconds to import, and only this engine needs it.
    from valuestats.models.effects_pymc import effects_model, pymc_effect_draws
    from valuestats.models.sampling import Adaptation, sample

    start = time.perf_counter()
    model = effects_model(design, priors)
    # Thresholds and fixed slopes move with the means of the groups' effects: few, strongly correlated directions.
    adaptation: Adaptation = "low_rank" if design.groups else "diag"
    tree = sample(model, target_accept=target_accept, progress=progress, adaptation=adaptation, **settings)
    stats = xr.DataTree.from_dict({"sample_stats": tree["sample_stats"].to_dataset()[["diverging"]]})
    record = _record("nuts", None, None, _since(start), fallback)
    return EffectsFit(pymc_effect_draws(design, tree), Fit(stats, "nuts", record))


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)
