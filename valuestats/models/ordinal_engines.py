"""The engines that draw from the ordinal model's posterior; one posterior, whichever engine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from valuestats.errors import SpecificationError
from valuestats.kernels.ordinal import Link
from valuestats.models.laplace import LaplaceFit, WeightedDraws, fit_laplace, nested_laplace
from valuestats.models.latent_design import LatentDesign
from valuestats.models.latent_posterior import LatentPosterior
from valuestats.models.ordinal_cells import OrdinalDesign
from valuestats.models.ordinal_latent import latent_design, posterior_dataset
from valuestats.models.ordinal_structure import OrdinalPriors, Structure, Thresholds
from valuestats.models.whitened import sample_whitened

Floats = NDArray[np.float64]
Engine = Literal["auto", "laplace", "hmc", "nuts"]
MAX_PARETO_K = 0.7  # beyond it the weights' mean need not settle (Vehtari et al. 2024)
MIN_EFFECTIVE = 400.0
# With more hyperparameters than this (a spread of the interaction per model) their mode in non-centred coordinates
# lies far from where they mostly are: importance weights fail and the whitened sampler's steps get tiny.
_TRY_UP_TO = 16
# The optimal acceptance rate of Hamiltonian Monte Carlo in many near-normal dimensions is 0.65 (Beskos et al.
# 2013); with few answers the spreads are uncertain and their funnels want smaller steps.
_MANY_ANSWERS, _ACCEPT_MANY, _ACCEPT_FEW, _ACCEPT_WHITENED = 10_000, 0.65, 0.95, 0.8


@dataclass(frozen=True)
class Request:
    """What is to be fitted, and how long a sampler runs.

    Attributes
    ----------
    design, link, thresholds, priors, structure
        The model; see `valuestats.models.ordinal_model.build_model`.
    draws, tune, chains, seed, target_accept, progress
        The sampler's settings; ``nuts`` and ``hmc`` keep `draws` of each chain, ``laplace`` as many in all or up to
        the next power of 2.
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


@dataclass(frozen=True)
class Fit:
    """Draws with the record of the engine that made them.

    Attributes
    ----------
    tree
        Groups ``posterior`` and, of a sampler, ``sample_stats``.
    engine
        The engine.
    record
        What goes to the result's meta: ``engine``, ``pareto_k`` and ``effective_draws`` (null unless the Laplace
        weights were taken), ``engine_seconds``, ``fallback`` (why an earlier engine's draws were not taken).
    """

    tree: xr.DataTree
    engine: str
    record: dict[str, Any]


def check_engine(engine: str) -> Engine:
    """The engine if it is a known one; `SpecificationError` otherwise."""
    if engine not in get_args(Engine):
        raise SpecificationError(
            "unknown engine", parameter="engine", got=engine, expected=", ".join(get_args(Engine))
        )
    return engine  # type: ignore[return-value]


def run_engine(request: Request, engine: Engine) -> Fit:
    """Draw from the posterior.

    ``laplace`` gives importance-weighted draws of the nested Laplace approximation, resampled. ``hmc`` and ``nuts``
    are exact: Hamiltonian Monte Carlo with trajectories of a set length, and nutpie's No-U-Turn sampler, in
    coordinates whitened by the Laplace Hessian. With more than 16 hyperparameters or no Laplace Hessian ``nuts``
    samples PyMC's model instead, whose coordinates depend on the amount of data only.
    ``auto`` takes the Laplace draws if their Pareto k is below 0.7 and at least 400 of them are effective, and
    ``hmc`` otherwise, or PyMC's model where the whitened coordinates fail.

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
    if request.chains < 2 or request.draws < 1 or request.tune < 1:
        raise SpecificationError(
            "too little to sample",
            parameter="chains, draws, tune",
            got=f"{request.chains}, {request.draws}, {request.tune}",
            expected="at least 2, 1, 1",
        )
    # These matrices are small: threads of the linear algebra cost more than they give, on a busy machine 50 times.
    with threadpool_limits(limits=1, user_api="blas"):
        found = _without_pymc(request, engine)
    return found if isinstance(found, Fit) else pymc_nuts(request, found)


def _without_pymc(request: Request, engine: Engine) -> Fit | list[str]:
    """A fit by Laplace or the whitened sampler, or why there is none."""
    start = time.perf_counter()
    fallback: list[str] = []
    latent = latent_design(
        request.design,
        link=request.link,
        thresholds=request.thresholds,
        priors=request.priors,
        structure=request.structure,
    )
    if engine in ("auto", "nuts") and latent.hyper_size > _TRY_UP_TO:
        return [f"{latent.hyper_size} hyperparameters are too many for the engines by Laplace"]
    posterior = LatentPosterior(latent)
    try:
        fit = fit_laplace(posterior, seed=request.seed)
        if engine in ("auto", "laplace"):
            total = power_of_two(request.draws * request.chains)
            found = nested_laplace(posterior, fit, draws=total, seed=request.seed)
            if engine == "laplace" or trusted(found):
                return _laplace(request, latent, found, start)
            fallback.append(
                f"the Laplace approximation is not to be trusted (Pareto k {found.pareto_k:.2f}, "
                f"{found.effective:.0f} effective draws)"
            )
    except np.linalg.LinAlgError as error:
        if engine not in ("auto", "nuts"):
            raise SpecificationError(
                "the posterior has no Laplace approximation here",
                parameter="engine",
                got=engine,
                hint='engine="nuts" needs none',
            ) from error
        return ["the posterior has no Laplace approximation here"]
    return _whitened("nuts" if engine == "nuts" else "hmc", request, posterior, fit, fallback, start)


def power_of_two(draws: int) -> int:
    """The next power of 2: quasi-random points come in such numbers."""
    return 1 << (draws - 1).bit_length()


def trusted(found: WeightedDraws) -> bool:
    """Whether the weighted draws may stand for the posterior."""
    return bool(found.pareto_k < MAX_PARETO_K and found.effective >= MIN_EFFECTIVE)


def resampled(found: WeightedDraws, chains: int, seed: int) -> tuple[Floats, Floats]:
    """Equally weighted draws by systematic resampling, in random order, as ``(n, chains, draws)``.

    As many as there are weighted draws, or the next multiple of the number of chains.
    """
    rng = np.random.default_rng(seed)
    draws = -(-len(found.weights) // chains)
    cuts = (np.arange(chains * draws) + rng.random()) / (chains * draws)
    chosen = np.minimum(np.searchsorted(np.cumsum(found.weights), cuts), len(found.weights) - 1)
    chosen = rng.permutation(chosen)
    x, phi = (a[:, chosen].reshape(len(a), chains, draws) for a in (found.x, found.phi))
    return x, phi


def _laplace(request: Request, latent: LatentDesign, found: WeightedDraws, start: float) -> Fit:
    x, phi = resampled(found, request.chains, request.seed)
    tree = xr.DataTree.from_dict({"posterior": posterior_dataset(request.design, latent, x, phi)})
    seconds = round(time.perf_counter() - start, 3)
    tree.attrs.update(sampling_seconds=seconds, dimensions=latent.size + latent.hyper_size)
    return Fit(tree, "laplace", _record("laplace", found.pareto_k, found.effective, seconds, []))


def _whitened(
    engine: Literal["hmc", "nuts"],
    request: Request,
    posterior: LatentPosterior,
    fit: LaplaceFit,
    fallback: list[str],
    start: float,
) -> Fit:
    latent = posterior.design
    if engine == "nuts":
        # nutpie takes a second to import, and only this engine needs it.
        from valuestats.models.whitened_nuts import sample_nuts as sampler
    else:
        sampler = sample_whitened
    drawn = sampler(
        posterior,
        fit,
        draws=request.draws,
        tune=request.tune,
        chains=request.chains,
        seed=request.seed,
        target_accept=request.target_accept or _ACCEPT_WHITENED,
        progress=request.progress,
    )
    stats = xr.Dataset({"diverging": (("chain", "draw"), drawn.diverging)})
    draws = posterior_dataset(request.design, latent, drawn.x, drawn.phi)
    tree = xr.DataTree.from_dict({"posterior": draws, "sample_stats": stats})
    seconds = round(time.perf_counter() - start, 3)
    tree.attrs.update(
        sampling_seconds=seconds,
        dimensions=latent.size + latent.hyper_size,
        gradients=drawn.gradients,
        step_size=round(drawn.step_size, 4),
        acceptance=round(drawn.accept, 3),
    )
    return Fit(tree, engine, _record(engine, None, None, seconds, fallback))


def pymc_nuts(request: Request, fallback: list[str]) -> Fit:
    """Draw by nutpie from PyMC's model, with the reasons why an engine before it was not taken."""
    # PyMC takes seconds to import, and only this engine needs it.
    from valuestats.models.ordinal_model import build_model
    from valuestats.models.sampling import sample

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
    return Fit(tree, "nuts", _record("nuts", None, None, round(time.perf_counter() - start, 3), fallback))


def _record(
    engine: str, k: float | None, effective: float | None, seconds: float, fallback: list[str]
) -> dict[str, Any]:
    return {
        "engine": engine,
        "pareto_k": None if k is None else round(k, 3),
        "effective_draws": None if effective is None else round(effective),
        "engine_seconds": seconds,
        "fallback": fallback,
    }


def with_weights(verdict: dict[str, Any], fit: Fit) -> dict[str, Any]:
    """The gate's verdict with what the importance weights say; a sampler's verdict is given back as it is."""
    if fit.engine != "laplace":
        return verdict
    k, effective = fit.record["pareto_k"], fit.record["effective_draws"]
    reasons = list(verdict["reasons"])
    if not k < MAX_PARETO_K:
        reasons.append(f"Pareto k of the Laplace approximation is {k:.2f}, not below {MAX_PARETO_K:g}")
    if effective < MIN_EFFECTIVE:
        reasons.append(f"only {effective} of the Laplace draws are effective, {MIN_EFFECTIVE:g} needed")
    return {
        **verdict,
        "pareto_k": k,
        "min_ess_bulk": min(float(verdict["min_ess_bulk"]), effective),
        "reasons": reasons,
        "passed": not reasons,
    }
