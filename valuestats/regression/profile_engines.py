"""The engines that draw from the ordinal model's posterior; one posterior, whichever engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import xarray as xr

from valuestats.base.extras import require_extra
from valuestats.latent.engines import (
    TRY_UP_TO,
    Engine,
    Fit,
    LatentDraws,
    draw_latent,
    engine_record,
    going_on,
)
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.methods import check_sampling
from valuestats.regression.profile_design import latent_design, posterior_dataset
from valuestats.regression.structure import OrdinalPriors, Structure, Thresholds
from valuestats.statistics.ordinal import Link

# The optimal acceptance rate of Hamiltonian Monte Carlo in many near-normal dimensions is 0.65 (Beskos et al.
# 2013); with few answers the spreads are uncertain and their funnels want smaller steps.
_MANY_ANSWERS, _ACCEPT_MANY, _ACCEPT_FEW = 10_000, 0.65, 0.95


@dataclass(frozen=True)
class Request:
    """What is to be fitted, and how long a sampler runs.

    Attributes
    ----------
    design, link, thresholds, priors, structure
        The model; see `valuestats.regression.profile_pymc.build_model`.
    draws, tune, chains, seed, target_accept, progress
        The sampler's settings; ``nuts`` and ``hmc`` keep `draws` of each chain, ``laplace`` as many in all or somewhat more,
        in round numbers.
    """

    design: OrdinalDesign
    link: Link
    thresholds: Thresholds
    priors: OrdinalPriors
    structure: Structure
    draws: int = 700
    tune: int = 300
    chains: int = 4
    seed: int = 0
    target_accept: float | None = None
    progress: bool = False


def run_engine(request: Request, engine: Engine) -> Fit:
    """Draw from the posterior.

    ``laplace`` gives importance-weighted draws of the nested Laplace approximation, resampled. ``hmc`` and ``nuts``
    are exact: Hamiltonian Monte Carlo with trajectories of a set length, and nutpie's No-U-Turn sampler, in
    coordinates whitened by the Laplace Hessian. With more than 16 hyperparameters or no Laplace Hessian ``nuts``
    samples PyMC's model instead, whose coordinates depend on the amount of data only.
    ``auto`` takes the Laplace draws if their Pareto k is below 0.7 and at least 400 of them are effective, and
    ``hmc`` otherwise: with more than 16 hyperparameters at once where 100 blocks of a model tell its spread, else PyMC's
    model, as where the whitened coordinates fail.

    Parameters
    ----------
    request
        The model and the settings.
    engine
        Which engine.

    Returns
    -------
    Fit

    Raises
    ------
    SpecificationError
        Too little to sample, or no Laplace approximation for an engine that was asked for by name.
    """
    return next(fits(request, engine))


def fits(request: Request, engine: Engine) -> Iterator[Fit]:
    """Yield what `run_engine` gives; then, of ``auto``, what is worth a try where that does not pass the gate.

    That is the whitened sampler's chains gone on, and then PyMC's model. Whoever loops over them breaks where one will do.
    """
    check_sampling(request.chains, request.draws, request.tune)
    start = time.perf_counter()
    latent = latent_design(
        request.design,
        link=request.link,
        thresholds=request.thresholds,
        priors=request.priors,
        structure=request.structure,
    )
    # Spreads per model that the data tell well are as near normal as any (`valuestats.latent.design.Hyper`).
    told = engine == "auto" and any(hyper.centred for hyper in latent.hypers)
    if engine in ("auto", "nuts") and latent.hyper_size > TRY_UP_TO and not told:
        yield pymc_nuts(
            request, [f"{latent.hyper_size} hyperparameters are too many for the engines by Laplace"]
        )
        return
    drawn = draw_latent(
        LatentPosterior(latent),
        engine,
        draws=request.draws,
        tune=request.tune,
        chains=request.chains,
        seed=request.seed,
        target_accept=request.target_accept,
        progress=request.progress,
    )
    if not isinstance(drawn, LatentDraws):
        yield pymc_nuts(request, drawn)
        return
    for longer in going_on(drawn, engine):
        tree = longer.fit.tree
        tree["posterior"] = xr.DataTree(posterior_dataset(request.design, latent, longer.x, longer.phi))
        seconds = round(time.perf_counter() - start, 3)
        tree.attrs["sampling_seconds"] = seconds
        record = {**longer.fit.record, "engine_seconds": seconds}
        yield Fit(tree, longer.fit.engine, record)
    if engine == "auto" and drawn.fit.engine == "hmc":
        yield pymc_nuts(request, [*record["fallback"], "the whitened sampler's chains did not pass the gate"])


def pymc_nuts(request: Request, fallback: list[str]) -> Fit:
    """Draw by nutpie from PyMC's model, with the reasons why an engine before it was not taken."""
    # PyMC takes seconds to import, and only this engine needs it.
    require_extra("nuts", "PyMC's form of the model", "engine")
    from valuestats.latent.pymc_sampling import sample
    from valuestats.regression.profile_pymc import build_model

    start = time.perf_counter()
    model = build_model(
        request.design,
        link=request.link,
        thresholds=request.thresholds,
        priors=request.priors,
        structure=request.structure,
    )
    many = request.design.answers >= _MANY_ANSWERS
    tree = sample(
        model,
        draws=request.draws,
        tune=request.tune,
        chains=request.chains,
        seed=request.seed,
        progress=request.progress,
        target_accept=request.target_accept or (_ACCEPT_MANY if many else _ACCEPT_FEW),
    )
    return Fit(
        tree, "nuts", engine_record("nuts", None, None, round(time.perf_counter() - start, 3), fallback)
    )
