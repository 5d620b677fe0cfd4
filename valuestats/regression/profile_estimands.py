"""From draws of the ordinal model's free parameters to its estimands and to predicted answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.bases import zero_sum_basis
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.structure import Structure, reference_basis
from valuestats.statistics.ordinal import Link, cutpoints_from_shares, expected_answer

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
OF_CELLS = ("item_effect", "query_effect")
"""Variables that only locations of cells need: most of the posterior's numbers."""


@dataclass(frozen=True)
class OrdinalDraws:
    """Draws of the parts of the latent location, the leading axis being the draw.

    Attributes
    ----------
    profile
        ``theta_mv``, shape ``(draw, models, values)``; sums to zero over the values.
    cutpoints
        Shape ``(draw, models, K - 1)``, the model's general level taken in.
    interaction
        Standard deviation of the model's interaction with queries and items together, ``(draw, models)``.
    """

    profile: Floats
    cutpoints: Floats
    interaction: Floats


def structural_draws(
    posterior: xr.Dataset, design: OrdinalDesign, parts: Structure, link: Link
) -> OrdinalDraws:
    """Profile, cutpoints and interaction of each draw.

    Parameters
    ----------
    posterior
        Free variables with a stacked leading dimension ``draw`` (see `stacked`).
    design, parts, link
        Those the model was built with.
    """
    size = posterior.sizes["draw"]
    n_models, n_values = len(design.models), len(design.values)
    profile = np.zeros((size, n_models, n_values))
    basis = zero_sum_basis(n_values)
    if "beta" in posterior:
        profile += (_get(posterior, "beta") @ basis.T)[:, None, :]
    if "delta" in posterior:
        profile += _get(posterior, "tau")[:, None, None] * (_get(posterior, "delta") @ basis.T)
    if parts.model_thresholds:
        contrasts = _centred(posterior, "model_shares", "shares", "shares_spread")
    else:
        contrasts = np.repeat(_get(posterior, "shares"), n_models, axis=1)
    cut = cutpoints_from_shares(contrasts @ reference_basis(design).T, link=link)
    if "level" in posterior:
        level = _get(posterior, "level") @ zero_sum_basis(n_models).T
        cut = cut - (_get(posterior, "level_spread")[:, None] * level)[..., None]
    sd = np.zeros((size, n_models))
    if "log_interaction_spread" in posterior:
        sd = np.exp(
            _centred(posterior, "log_interaction", "log_interaction_centre", "log_interaction_spread")
        )
    elif "log_interaction_centre" in posterior:
        sd = np.exp(_get(posterior, "log_interaction_centre"))[:, None]
    return OrdinalDraws(profile, cut, sd)


def expected_scores(draws: OrdinalDraws, design: OrdinalDesign, link: Link) -> Floats:
    """Expected answer of each model to a typical item of each value, shape ``(draw, models, values)``.

    The typical item is keyed to that value alone, positively, and lies where items with such a key lie on
    average (its own deviation ``b_i`` is 0); the model's interaction with queries and items is averaged over.
    """
    return expected_answer(
        draws.cutpoints[:, :, None, :],
        draws.profile,
        design.codes,
        spread=draws.interaction[:, :, None],
        link=link,
    )


def cell_locations(
    posterior: xr.Dataset, design: OrdinalDesign, parts: Structure, draws: OrdinalDraws
) -> Floats:
    """Latent location of each cell in each draw, shape ``(draw, cells)``.

    Relative to the cutpoints of `OrdinalDraws`, which hold the model's level already.
    """
    weights = design.membership @ zero_sum_basis(len(design.values))
    eta = np.zeros((posterior.sizes["draw"], len(design.models), len(design.items)))
    if "delta" in posterior:
        own = _get(posterior, "tau")[:, None, None] * _get(posterior, "delta")
        eta += own @ weights.T
    if parts.items:
        basis = zero_sum_basis(len(design.items))
        if "item_location" in posterior:
            location = _get(posterior, "item_location")
        else:
            mean = _get(posterior, "beta") @ weights.T @ basis if "beta" in posterior else 0.0
            location = mean + _get(posterior, "item_spread")[:, None] * _get(posterior, "item_location_raw")
        eta += (location @ basis.T)[:, None, :]
    elif "beta" in posterior:
        eta += (_get(posterior, "beta") @ weights.T)[:, None, :]
    both = "query_share" in posterior
    share = _get(posterior, "query_share")[:, None, None] if both else float(parts.cluster)
    sd = draws.interaction[:, :, None]
    if "query_effect" in posterior and design.cluster is not None:
        eta += sd * np.sqrt(share) * _get(posterior, "query_effect")[:, :, design.cluster]
    if "item_effect" in posterior:
        eta += sd * np.sqrt(1.0 - share) * _get(posterior, "item_effect")
    located = eta[:, design.model, design.item]
    for name, index in (("wording", design.wording), ("order", design.order)):
        if index is not None and name in posterior:
            levels = zero_sum_basis(int(index.max()) + 1)
            located += (_get(posterior, name) @ levels.T)[:, index]
            if f"{name}_by_model" in posterior:
                spread = _get(posterior, f"{name}_spread")[:, None]
                own = _get(posterior, f"{name}_by_model") @ levels.T
                located += spread * own[:, design.model, index]
    return located


def stacked(tree: xr.DataTree, *, at_most: int | None = None, skip: tuple[str, ...] = ()) -> xr.Dataset:
    """The posterior with chains stacked into ``draw`` (chain by chain), thinned evenly to at most so many.

    Variables in `skip` are left out.
    """
    import xarray as xr

    posterior = tree["posterior"].to_dataset().drop_vars(skip, errors="ignore")
    chains, draws = posterior.sizes["chain"], posterior.sizes["draw"]
    bare = posterior.drop_vars([c for c in ("chain", "draw") if c in posterior.coords])
    if at_most is None or at_most >= chains * draws:
        flat = bare.stack(all_draws=("chain", "draw"), create_index=False)
    else:
        chosen = np.unique(np.linspace(0, chains * draws - 1, at_most).round().astype(int))
        chain, draw = (xr.DataArray(at, dims="all_draws") for at in divmod(chosen, draws))
        flat = bare.isel(chain=chain, draw=draw)
    return flat.rename(all_draws="draw")


def _get(posterior: xr.Dataset, name: str) -> Floats:
    return np.asarray(posterior[name].transpose("draw", ...).to_numpy(), dtype=float)


def _centred(posterior: xr.Dataset, name: str, mean: str, spread: str) -> Floats:
    if name in posterior:
        return _get(posterior, name)
    centre, scale = _get(posterior, mean), _get(posterior, spread)
    raw = _get(posterior, f"{name}_raw")
    if centre.ndim == 1:
        return centre[:, None] + scale[:, None] * raw
    return centre + scale[:, None, None] * raw
