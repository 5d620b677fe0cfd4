"""The one fit of graded response models: sampled, checked and held against the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from valuestats.base.threads import one_thread
from valuestats.latent.gate import Gate
from valuestats.latent.hamiltonian import NormalCoordinates, sample_hamiltonian
from valuestats.measurement.graded.design import GradedDesign
from valuestats.measurement.graded.estimands import GradedCheck, GradedDraws, check_graded, graded_draws
from valuestats.measurement.graded.model import GradedPriors
from valuestats.measurement.graded.posterior import GradedPosterior
from valuestats.measurement.graded.traits import TraitPosterior, WhitenedTraits
from valuestats.statistics.ordinal import Link

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
SHORTEST_TUNE = 160


@dataclass(frozen=True)
class GradedFit:
    """A fit.

    Attributes
    ----------
    draws
        Parameters and traits.
    check
        Posterior predictive checks.
    verdict
        Of the gate.
    diagnostics
        What the sampler took.
    """

    draws: GradedDraws
    check: GradedCheck
    verdict: dict[str, Any]
    diagnostics: dict[str, int | float | str]


def fit_graded(
    design: GradedDesign,
    *,
    link: Link = "logit",
    priors: GradedPriors | None = None,
    draws: int,
    tune: int | None = None,
    chains: int,
    target_accept: float = 0.8,
    seed: int = 0,
    gate: Gate | None = None,
    progress: bool = True,
) -> GradedFit:
    """Sample the model of a design, check its predictions and judge every reported parameter.

    Parameters
    ----------
    design
        Answers.
    link, priors
        As of `valuestats.measurement.graded.posterior.GradedPosterior`.
    draws, tune, chains, target_accept, seed, progress
        Of the sampler. If `tune` is not given: two steps a parameter, `SHORTEST_TUNE` at least.
    gate
        Its limits.

    Returns
    -------
    GradedFit
    """
    fitted = _one_trait if design.traits == 1 else _several
    settings = {"draws": draws, "tune": tune, "chains": chains, "target_accept": target_accept}
    with one_thread():
        found, tree = fitted(design, link, priors, seed, settings | {"progress": progress})
        check = check_graded(found, design, link, seed)
    kept = {str(k): v for k, v in tree.attrs.items() if isinstance(v, int | float | str)}
    return GradedFit(found, check, _judged(tree, found, gate or Gate(), check.p_shares), kept)


def _one_trait(
    design: GradedDesign, link: Link, priors: GradedPriors | None, seed: int, settings: dict[str, Any]
) -> tuple[GradedDraws, xr.DataTree]:
    posterior = GradedPosterior(design, link=link, priors=priors)
    coordinates = _normal_coordinates(posterior, np.random.default_rng(seed))
    tree = sample_hamiltonian(
        coordinates.log_density,
        coordinates.start,
        lambda q: {"x": coordinates.point(q)},
        adapted=posterior.size,
        seed=seed,
        **_with_tune(settings, posterior.size),
    )
    x = tree["posterior"]["x"].to_numpy()
    return graded_draws(posterior.layout, x, link, seed=seed), tree


def _with_tune(settings: dict[str, Any], parameters: int) -> dict[str, Any]:
    """Directions are learned from the warm-up's first half: fewer steps than that find none among hundreds."""
    if settings["tune"] is not None:
        return settings
    return settings | {"tune": max(SHORTEST_TUNE, 2 * parameters)}


_SPREAD_STEPS = 6


def _normal_coordinates(posterior: GradedPosterior, rng: np.random.Generator) -> NormalCoordinates:
    """Coordinates around the mode given the deviations' spreads, which a few EM steps have brought near theirs."""
    layout, x = posterior.layout, posterior.start(rng)
    if not layout.kinds:
        return NormalCoordinates.around(posterior.log_density, x)
    at = layout.slices["spread"]
    for turn in range(_SPREAD_STEPS):
        found = NormalCoordinates.around(posterior.log_density, x, hold=at)
        x = found.centre.copy()
        if turn == _SPREAD_STEPS - 1:
            break
        second = x**2 + (found.root**2).sum(axis=1)
        spread = layout.spreads(layout.split(x)) / layout.spread_scale
        # half-normal quantile: P(|Z| < y) = Phi(t)
        spread = spread * np.sqrt([second[layout.slices[kind]].mean() for kind in layout.kinds])
        x[at] = np.clip(ndtri(np.clip(2.0 * ndtr(spread) - 1.0, 1e-6, 1.0 - 1e-6)), -1.3, 1.3)
    return found


def _several(
    design: GradedDesign, link: Link, priors: GradedPriors | None, seed: int, settings: dict[str, Any]
) -> tuple[GradedDraws, xr.DataTree]:
    posterior = TraitPosterior(design, link=link, priors=priors)
    whitened = WhitenedTraits(posterior, posterior.reference(np.random.default_rng(seed)))
    size = posterior.layout.size

    def keep(q: Floats) -> dict[str, Floats]:
        v, w = q[:size], q[size:].reshape(len(design.codes), design.traits)
        return {"x": whitened.parameters(v), "theta": whitened.traits(v, w).astype(np.float32)}

    tree = sample_hamiltonian(
        whitened.log_density,
        whitened.start,
        keep,
        adapted=size,
        seed=seed,
        **_with_tune(settings, size),
    )
    found = tree["posterior"]
    x, theta = found["x"].to_numpy(), found["theta"].to_numpy()
    return graded_draws(posterior.layout, x, link, theta=theta), tree


def _judged(tree: Any, found: GradedDraws, gate: Gate, predictive: float) -> dict[str, Any]:
    import xarray as xr

    d = found.correlation.shape[-1]
    arrays = {"discrimination": found.discrimination, "threshold": found.threshold, "theta": found.theta}
    if d > 1:
        arrays["correlation"] = found.correlation[..., *np.tril_indices(d, -1)]
    if found.mean.shape[-1] > 1:
        arrays |= {"mean": found.mean, "sd": found.sd}
    if found.kinds:
        arrays |= {"loading": found.loading, "shift": found.shift, "spread": found.spread}
        if "residual" in found.kinds:
            arrays["residual"] = found.residual
    dataset = xr.Dataset(
        {
            name: (("chain", "draw", *(f"{name}_{k}" for k in range(values.ndim - 2))), values)
            for name, values in arrays.items()
        }
    )
    children = {"posterior": xr.DataTree(dataset), "sample_stats": tree["sample_stats"]}
    return gate.judge(xr.DataTree(children=children), list(arrays), predictive)
