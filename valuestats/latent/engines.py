"""Draws from a latent posterior without PyMC: nested Laplace where its weights hold, else a whitened sampler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.threads import one_thread
from valuestats.latent.hmc import WhitenedDraws, sample_whitened
from valuestats.latent.laplace import LaplaceFit, fit_laplace
from valuestats.latent.nested_laplace import WeightedDraws, nested_laplace
from valuestats.latent.posterior import LatentPosterior

Floats = NDArray[np.float64]
Engine = Literal["auto", "laplace", "hmc", "nuts"]
MAX_PARETO_K = 0.7  # beyond it the weights' mean need not settle (Vehtari et al. 2024)
MIN_EFFECTIVE = 400.0
# With more hyperparameters than this (a spread of the interaction per model) importance weights fail; and unless these
# are centred their mode lies far from where they mostly are, so that the whitened sampler's steps get tiny.
TRY_UP_TO = 16
_ACCEPT_WHITENED = 0.8
ROUNDS = 2
"""How often the chains of `auto` may be doubled."""


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


@dataclass(frozen=True)
class LatentDraws:
    """Coefficients ``(n, chains, draws)``, hyperparameter coordinates ``(h, chains, draws)``, and the engine's record.

    Laplace draws are as many as asked for or somewhat more: quasi-random points come in round numbers. ``fit.tree`` holds
    ``sample_stats`` of a sampler. ``more`` lets a sampler's chains go on for as many draws again; None where they can't.
    """

    x: Floats
    phi: Floats
    fit: Fit = field(repr=False)
    more: Callable[[], LatentDraws] | None = field(default=None, repr=False)


def going_on(found: LatentDraws, engine: str) -> Iterator[LatentDraws]:
    """Yield the draws; then, of ``auto``, those of the same chains gone on to twice and four times as many.

    Whoever loops over them breaks where they are enough.
    """
    yield found
    for _ in range(ROUNDS if engine == "auto" else 0):
        if found.more is None:
            return
        found = found.more()
        yield found


def check_engine(engine: str) -> Engine:
    """The engine if it is a known one; `SpecificationError` otherwise."""
    if engine not in get_args(Engine):
        raise SpecificationError(
            "unknown engine", parameter="engine", got=engine, expected=", ".join(get_args(Engine))
        )
    return engine  # type: ignore[return-value]


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
    """Draw from the posterior; engines as in `valuestats.regression.profile_engines.run_engine`.

    ``auto`` takes ``laplace`` where its weights hold, else ``hmc``.

    Returns
    -------
    LatentDraws or list of str
        Of ``auto`` and ``nuts`` where there is no Laplace approximation: why none of these engines will do.
    """
    start = time.perf_counter()
    size = posterior.design.size + posterior.design.hyper_size
    with one_thread():
        fallback: list[str] = []
        try:
            fit = fit_laplace(posterior, seed=seed)
            if engine == "laplace" or (engine == "auto" and posterior.design.hyper_size <= TRY_UP_TO):
                found = nested_laplace(posterior, fit, draws=_balanced(draws * chains), seed=seed)
                if engine == "laplace" or trusted(found):
                    x, phi = _resampled(found, chains, seed)
                    seconds = _since(start)
                    tree = xr.DataTree()
                    tree.attrs.update(sampling_seconds=seconds, dimensions=size)
                    record = engine_record("laplace", found.pareto_k, found.effective, seconds, [])
                    return LatentDraws(x, phi, Fit(tree, "laplace", record))
                fallback.append(
                    f"the Laplace approximation is not to be trusted (Pareto k {found.pareto_k:.2f}, "
                    f"{found.effective:.0f} effective draws)"
                )
            elif engine == "auto":
                fallback.append(
                    f"{posterior.design.hyper_size} hyperparameters are too many for the Laplace engine"
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
        return _whitened(
            posterior,
            fit,
            "nuts" if engine == "nuts" else "hmc",
            fallback,
            start,
            draws=draws,
            tune=tune,
            chains=chains,
            seed=seed,
            target_accept=target_accept or _ACCEPT_WHITENED,
            progress=progress,
        )


def _whitened(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    engine: Literal["hmc", "nuts"],
    fallback: list[str],
    start: float,
    **settings: Any,
) -> LatentDraws:
    if engine == "nuts":
        # nutpie takes a second to import, and only this engine needs it.
        from valuestats.latent.nuts import sample_nuts as sampler
    else:
        sampler = sample_whitened
    return _latent_draws(sampler(posterior, fit, **settings), posterior, engine, fallback, start)


def _latent_draws(
    drawn: WhitenedDraws, posterior: LatentPosterior, engine: str, fallback: list[str], start: float
) -> LatentDraws:
    stats = xr.Dataset({"diverging": (("chain", "draw"), drawn.diverging)})
    tree = xr.DataTree.from_dict({"sample_stats": stats})
    seconds = _since(start)
    tree.attrs.update(
        sampling_seconds=seconds,
        dimensions=posterior.design.size + posterior.design.hyper_size,
        gradients=drawn.gradients,
        step_size=round(drawn.step_size, 4),
        acceptance=round(drawn.accept, 3),
    )

    def more() -> LatentDraws:
        draws = drawn.x.shape[2]
        why = f"{draws} draws of each chain did not pass the gate, and the chains went on to {2 * draws}"
        with one_thread():
            further = drawn.more()  # type: ignore[misc]
        return _latent_draws(further, posterior, engine, [*fallback, why], start)

    fit = Fit(tree, engine, engine_record(engine, None, None, seconds, fallback))
    return LatentDraws(drawn.x, drawn.phi, fit, None if drawn.more is None else more)


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)


def _balanced(draws: int) -> int:
    """The next power of 2, or multiple of 1,024: quasi-random points are balanced in such numbers."""
    whole = min(1 << (draws - 1).bit_length(), 1024)
    return -(-draws // whole) * whole


def trusted(found: WeightedDraws) -> bool:
    """Whether the weighted draws may stand for the posterior."""
    return bool(found.pareto_k < MAX_PARETO_K and found.effective >= MIN_EFFECTIVE)


def _resampled(found: WeightedDraws, chains: int, seed: int) -> tuple[Floats, Floats]:
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


def engine_record(
    engine: str, k: float | None, effective: float | None, seconds: float, fallback: list[str]
) -> dict[str, Any]:
    """What goes to a result's meta, see `Fit`."""
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
