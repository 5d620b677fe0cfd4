"""Draws from an ordinal regression's posterior, whichever engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import xarray as xr

from valuestats.base.extras import require_extra
from valuestats.latent.engines import Engine, Fit, LatentDraws, draw_latent, engine_record, going_on
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, EffectPriors
from valuestats.regression.effects_latent import effects_posterior, latent_effect_draws
from valuestats.regression.methods import check_sampling


@dataclass(frozen=True)
class EffectsFit:
    """Draws with the record of the engine that made them; ``fit.tree`` holds ``sample_stats`` of a sampler."""

    draws: EffectDraws
    fit: Fit


def fit_effects(
    design: EffectsDesign, priors: EffectPriors, engine: Engine = "auto", **settings: Any
) -> EffectsFit:
    """Draw from the posterior: the first of `effects_fits`."""
    return next(effects_fits(design, priors, engine, **settings))


def effects_fits(
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
) -> Iterator[EffectsFit]:
    """Draw from the posterior; engines as in `valuestats.regression.profile_engines.run_engine`.

    ``auto`` takes ``nuts`` for what the others can't express (`EffectsDesign.extended`), else ``laplace`` where its
    weights hold, else ``hmc``, whose chains go on where the next fit is asked for. Only for those parts ``nuts`` samples
    PyMC's model, whose compiling takes longer than all the rest where there are few cells; else it moves in the whitened
    coordinates of the same posterior.
    """
    check_sampling(chains, draws, tune)
    settings: dict[str, Any] = {"draws": draws, "tune": tune, "chains": chains, "seed": seed}
    if design.extended and engine in ("nuts", "auto"):
        why = [f"only nuts has {', '.join(design.extended)}"] if engine == "auto" else []
        yield _nuts(design, priors, why, target_accept or 0.9, progress, settings)
        return
    posterior = effects_posterior(design, priors)
    found = draw_latent(posterior, engine, target_accept=target_accept, progress=progress, **settings)
    if not isinstance(found, LatentDraws):
        yield _nuts(design, priors, found, target_accept or 0.9, progress, settings)
        return
    for longer in going_on(found, engine):
        keep = draws if longer.fit.engine == "laplace" else longer.x.shape[2]
        x, phi = longer.x[..., :keep], longer.phi[..., :keep]
        yield EffectsFit(latent_effect_draws(design, posterior, x, phi), longer.fit)


def _nuts(
    design: EffectsDesign,
    priors: EffectPriors,
    fallback: list[str],
    target_accept: float,
    progress: bool,
    settings: dict[str, Any],
) -> EffectsFit:
    # PyMC takes seconds to import, and only this engine needs it.
    require_extra("nuts", "PyMC's form of the model", "engine")
    from valuestats.latent.pymc_sampling import Adaptation, sample
    from valuestats.regression.effects_pymc import effects_model, pymc_effect_draws

    start = time.perf_counter()
    model = effects_model(design, priors)
    # Thresholds and fixed slopes move with the means of the groups' effects: few, strongly correlated directions.
    adaptation: Adaptation = "low_rank" if design.groups else "diag"
    tree = sample(model, target_accept=target_accept, progress=progress, adaptation=adaptation, **settings)
    stats = xr.DataTree.from_dict({"sample_stats": tree["sample_stats"].to_dataset()[["diverging"]]})
    record = engine_record("nuts", None, None, round(time.perf_counter() - start, 3), fallback)
    return EffectsFit(pymc_effect_draws(design, tree), Fit(stats, "nuts", record))
