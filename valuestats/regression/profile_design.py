"""The hierarchical ordinal model as a declared latent design: the same posterior as `build_model`'s."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.sparse import csr_array, eye_array, kron
from scipy.special import expit

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.shared_spreads import SharedSpreads
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.structure import OrdinalPriors, Structure, Thresholds, structure_of
from valuestats.statistics.ordinal import Link, check_link

Floats = NDArray[np.float64]
# Spreads per model are taken as they are where many blocks tell each well, and many models their own spread: else that
# lies near 0 as often as not, where they all but coincide.
_BLOCKS_PER_MODEL, _MODELS_CENTRED = 100, 10


def latent_design(
    design: OrdinalDesign,
    *,
    link: Link = "logit",
    thresholds: Thresholds = "model",
    priors: OrdinalPriors | None = None,
    structure: Structure | None = None,
) -> LatentDesign:
    """Declare the ordinal model of a design; see `valuestats.regression.profile_pymc.build_model` for its formulas.

    Parameters
    ----------
    design, link, thresholds, priors, structure
        As in `build_model`.

    Returns
    -------
    LatentDesign
        Blocks: ``shares`` and ``model_shares`` (whitened log shares; the second is what a model adds),
        ``beta``, ``delta``, ``item`` (deviation from ``W beta``), ``level``, ``query_effect``, ``item_effect``,
        ``wording``, ``order`` and their ``_by_model``, as far as the design identifies them.
    """
    check_link(link)
    parts, prior = structure or structure_of(design, thresholds), priors or OrdinalPriors()
    n_models, n_items, n_values = len(design.models), len(design.items), len(design.values)
    steps = design.counts.shape[1] - 1
    terms: dict[str, Any] = {"item": index_term(design.item, n_items)}
    blocks: list[Block] = []
    hypers: list[Hyper] = []

    if parts.interaction:
        terms["item_by_model"] = index_term(design.block, n_models * n_items)
        scales = _interaction_scales(parts, n_models, n_items, "rest")
        blocks.append(
            Block("item_effect", "item_by_model", None, (n_models, n_items), 1.0, scales, leaf=True)
        )
    if parts.cluster and design.cluster is not None:
        queries = int(design.cluster.max()) + 1
        terms["query"] = index_term(design.model * queries + design.cluster[design.item], n_models * queries)
        scales = _interaction_scales(parts, n_models, queries, "share")
        blocks.append(Block("query_effect", "query", None, (n_models, queries), 1.0, scales, leaf=True))
    hypers += _interaction_hypers(design, parts, prior)

    # Log shares of K categories, independent normal, relative to one of them: covariance I + 11'.
    root = cholesky(np.eye(steps) + 1.0, lower=True)
    sets = n_models if parts.model_thresholds else 1
    blocks.append(Block("shares", THRESHOLDS, np.tile(root, (sets, 1)), (steps,), prior.shares))
    if parts.model_thresholds:
        hypers.append(Hyper("shares_spread", 1, "half_normal", prior.shares_spread))
        basis = kron(eye_array(sets), root, format="csr")
        blocks.append(Block("model_shares", THRESHOLDS, basis, (sets, steps), 1.0, (Scale("shares_spread"),)))
    elif n_models > 1:
        terms["level"] = index_term(design.model, n_models)
        hypers.append(Hyper("level_spread", 1, "half_normal", prior.level))
        blocks.append(
            Block("level", "level", zero_sum_basis(n_models), (n_models - 1,), 1.0, (Scale("level_spread"),))
        )

    values = zero_sum_basis(n_values)
    if n_values > 1:
        weights = design.membership @ values
        located = weights - weights.mean(axis=0) if parts.items else weights
        blocks.append(Block("beta", "item", located, (n_values - 1,), prior.value))
        if parts.model_values:
            hypers.append(Hyper("tau", 1, "gamma_two", prior.value_spread))
            terms["value_by_model"] = _value_term(design)
            basis = kron(eye_array(n_models), values, format="csr")
            shape = (n_models, n_values - 1)
            blocks.append(Block("delta", "value_by_model", basis, shape, 1.0, (Scale("tau"),)))
    if parts.items:
        hypers.append(Hyper("item_spread", 1, "half_normal", prior.item))
        blocks.append(
            Block("item", "item", zero_sum_basis(n_items), (n_items - 1,), 1.0, (Scale("item_spread"),))
        )
    _add_conditions(design, prior, terms, blocks, hypers)
    return LatentDesign(
        counts=design.counts,
        group=design.model if parts.model_thresholds else np.zeros_like(design.model),
        sets=sets,
        terms=terms,
        blocks=tuple(blocks),
        hypers=tuple(hypers),
        link=link,
        reference=int(design.counts.sum(axis=0).argmax()),
    )


def _value_term(design: OrdinalDesign) -> csr_array:
    """Cells x (model, value): the item's membership weights in the columns of the cell's model."""
    weights = csr_array(design.membership)[design.item].tocoo()
    n_values = len(design.values)
    columns = design.model[weights.row] * n_values + weights.col
    shape = (len(design.model), len(design.models) * n_values)
    return csr_array((weights.data, (weights.row, columns)), shape=shape)


def _interaction_scales(parts: Structure, n_models: int, per_model: int, kind: Any) -> tuple[Scale, ...]:
    own = np.repeat(np.arange(n_models), per_model) if n_models > 1 else None
    name = "log_interaction" if n_models > 1 else "log_interaction_centre"
    both = parts.interaction and parts.cluster
    return (Scale(name, own), *((Scale("query_share", None, kind),) if both else ()))


def _interaction_hypers(design: OrdinalDesign, parts: Structure, prior: OrdinalPriors) -> list[Hyper]:
    n_models = len(design.models)
    if not (parts.interaction or parts.cluster):
        return []
    found = [Hyper("log_interaction_centre", 1, "normal", prior.interaction)]
    if n_models > 1:
        found.append(Hyper("log_interaction_spread", 1, "half_normal", prior.interaction_spread))
        centre, spread = "log_interaction_centre", "log_interaction_spread"
        blocks = len(np.unique(design.block))
        centred = n_models >= _MODELS_CENTRED and blocks >= _BLOCKS_PER_MODEL * n_models
        found.append(
            Hyper("log_interaction", n_models, "around", centre=centre, spread=spread, centred=centred)
        )
    if parts.interaction and parts.cluster:
        found.append(Hyper("query_share", 1, "beta_two"))
    return found


def _add_conditions(
    design: OrdinalDesign,
    prior: OrdinalPriors,
    terms: dict[str, Any],
    blocks: list[Block],
    hypers: list[Hyper],
) -> None:
    n_models = len(design.models)
    for name, index, labels in (
        ("wording", design.wording, design.wordings),
        ("order", design.order, design.orders),
    ):
        if index is None or len(labels) < 2:
            continue
        size, basis = len(labels), zero_sum_basis(len(labels))
        terms[name] = index_term(index, size)
        blocks.append(Block(name, name, basis, (size - 1,), prior.condition))
        if n_models > 1:
            own = f"{name}_by_model"
            hypers.append(Hyper(f"{name}_spread", 1, "half_normal", prior.condition))
            terms[own] = index_term(design.model * size + index, n_models * size)
            kroned = kron(eye_array(n_models), basis, format="csr")
            scales = (Scale(f"{name}_spread"),)
            blocks.append(Block(own, own, kroned, (n_models, size - 1), 1.0, scales))


def posterior_dataset(design: OrdinalDesign, latent: LatentDesign, x: Floats, phi: Floats) -> xr.Dataset:
    """Draws by the names and in the units of the PyMC model, so that one set of estimands serves all engines.

    Parameters
    ----------
    design, latent
        The counted cells and the declared model.
    x, phi
        Coefficients and hyperparameter coordinates, shapes ``(n, chains, draws)`` and ``(h, chains, draws)``.

    Returns
    -------
    xarray.Dataset
        Dimensions ``chain`` and ``draw`` first.
    """
    chains, draws = x.shape[1:]
    u = latent.unconstrained(phi.reshape(len(phi), -1))
    flat = x.reshape(len(x), -1)
    found: dict[str, Floats] = {}
    for hyper in latent.hypers:
        values = u[latent.hyper_slices[hyper.name]]
        if hyper.prior == "beta_two":
            values = expit(values)
        elif hyper.prior in ("half_normal", "gamma_two"):
            values = np.exp(values)
        found[hyper.name] = values if hyper.prior == "around" else values[0]
    root = cholesky(np.eye(latent.steps) + 1.0, lower=True)
    shared = SharedSpreads(latent)
    inverse = np.exp(-shared.log_sd(u))
    for block in latent.blocks:
        at = latent.slices[block.name]
        values = flat[at].reshape(*block.shape, -1)
        if block.name == "shares":
            found["shares"] = (root @ values)[None]
        elif block.name == "model_shares":
            found["model_shares"] = np.einsum("ab,mbd->mad", root, values) + found["shares"]
        elif block.name == "item":
            found["item_location"] = values
        elif block.scales:
            found[block.name] = values * inverse[shared.rows[at]].reshape(values.shape)
        else:
            found[block.name] = values
    if "item_location" in found and "beta" in found:
        located = zero_sum_basis(len(design.items)).T @ design.membership @ zero_sum_basis(len(design.values))
        found["item_location"] = found["item_location"] + located @ found["beta"]
    data = {
        name: (
            ("chain", "draw", *(f"{name}_dim_{i}" for i in range(values.ndim - 1))),
            np.moveaxis(values, -1, 0).reshape(chains, draws, *values.shape[:-1]),
        )
        for name, values in found.items()
    }
    return xr.Dataset(data)
