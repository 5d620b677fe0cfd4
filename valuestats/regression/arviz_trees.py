"""A fitted ordinal regression as ArviZ reads it: named terms by chain, and single answers or counted cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, EffectPriors, row_log_probabilities
from valuestats.regression.effects_loo import log_prior
from valuestats.regression.effects_report import expected_and_replicated, reported_terms

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
By = Literal["answer", "cell"]
_MOST = 100_000_000
"""Draws times answers of a tree, beyond which it would not fit into memory of everyday machines."""


def effects_tree(
    design: EffectsDesign, draws: EffectDraws, priors: EffectPriors, *, by: By, most: int, seed: int
) -> xr.DataTree:
    """The fit as an xarray DataTree in ArviZ's schema.

    ``posterior`` holds a variable for each part of the model (``coefficient``, ``threshold``, ``standard_deviation``, …)
    with the names of its terms as coordinates, ``log_prior`` the log density of the priors. ``log_likelihood``,
    ``posterior_predictive`` and ``observed_data`` hold ``answer``: of each single answer (`by` answer), or ``counts`` of
    each cell and code together (`by` cell). ``constant_data`` are the columns of the formula.
    Chains stay apart: with more than `most` draws each is thinned alike.

    Raises
    ------
    SpecificationError
        So many answers and draws that single answers do not fit.
    """
    import xarray as xr

    few = thinned_chains(draws, most)
    first = ("chain", "draw")

    def chains(values: Floats) -> Floats:
        return values.reshape(few.chains, -1, *values.shape[1:])

    posterior = terms_by_part(reported_terms(design, few), few.chains)
    log_p = row_log_probabilities(design, few)
    rng = np.random.default_rng(seed)
    own = _single(design, few, log_p, rng) if by == "answer" else _cells(design, few, log_p, rng)
    groups = {
        name: xr.Dataset(
            {k: ((*first, *dims), chains(v)) if drawn else (dims, v) for k, (dims, v) in variables.items()},
            axes,
        )
        for name, drawn, variables, axes in own
    }
    return xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "log_prior": xr.Dataset({"prior": (first, chains(log_prior(design, few, priors)))}),
            **groups,
        }
    )


def terms_by_part(terms: Any, chains: int) -> xr.Dataset:
    """Reported terms (``parts``, ``names``, ``values``) as a variable for each part, its terms' names as coordinates."""
    import xarray as xr

    values = terms.values.reshape(chains, -1, len(terms.names))
    posterior, coords = {}, {}
    for part in dict.fromkeys(terms.parts):
        at = [n for n, p in enumerate(terms.parts) if p == part]
        name = part.replace(" ", "_").replace("-", "_")
        posterior[name] = (("chain", "draw", f"{name}_term"), values[:, :, at])
        coords[f"{name}_term"] = [terms.names[n] for n in at]
    return xr.Dataset(posterior, coords)


def thinned_chains(draws: EffectDraws, most: int) -> EffectDraws:
    """At most so many draws, evenly spaced within each chain, so that chains are still told apart."""
    if draws.size <= most:
        return draws
    each = draws.size // draws.chains
    inside = np.linspace(0, each - 1, max(1, most // draws.chains)).round().astype(np.int64)
    at = (np.arange(draws.chains)[:, None] * each + inside).ravel()
    return replace(draws.part(at), chains=draws.chains)


type _Group = tuple[str, bool, dict[str, tuple[tuple[str, ...], Any]], dict[str, Any]]


def _single(
    design: EffectsDesign, draws: EffectDraws, log_p: Floats, rng: np.random.Generator
) -> list[_Group]:
    """Groups of single answers; answers of one cell are exchangeable, so each is replicated by itself."""
    times = np.round(design.row_count).astype(np.int64)
    cell, category = np.repeat(design.row_cell, times), np.repeat(design.row_category, times)
    if draws.size * len(cell) > _MOST:
        raise SpecificationError(
            "too many answers to hold each by itself",
            parameter="by",
            got=f"{len(cell):,} answers, {draws.size:,} draws",
            expected="by='cell', or fewer draws (most=)",
        )
    chance = np.exp(log_p).cumsum(axis=2)
    chance /= chance[:, :, -1:]
    made = np.empty((draws.size, len(cell)), dtype=np.int64)
    for s in range(draws.size):
        made[s] = (rng.random(len(cell))[:, None] > chance[s, cell, :-1]).sum(axis=1)
    axis: dict[str, Any] = {"answer_id": np.arange(len(cell))}
    dims: tuple[str, ...] = ("answer_id",)
    columns = {
        str(c): (dims, design.cells[c].to_numpy()[cell]) for c in design.cells.columns if c != "answer"
    }
    return [
        ("log_likelihood", True, {"answer": (dims, log_p[:, cell, category])}, axis),
        ("posterior_predictive", True, {"answer": (dims, design.codes[made])}, axis),
        ("observed_data", False, {"answer": (dims, design.codes[category])}, axis),
        ("constant_data", False, columns, axis),
    ]


def _cells(
    design: EffectsDesign, draws: EffectDraws, log_p: Floats, rng: np.random.Generator
) -> list[_Group]:
    """Groups of counted cells: the likelihood of a cell's answers together, and its counts by code."""
    by_cell = np.where(design.counts > 0, design.counts * log_p, 0.0).sum(axis=2)
    replicated = expected_and_replicated(design, draws, rng)[1]
    one: dict[str, Any] = {"cell": np.arange(len(design.counts))}
    both = {**one, "code": design.codes}
    columns: dict[str, tuple[tuple[str, ...], Any]] = {
        str(c): (("cell",), design.cells[c].to_numpy()) for c in design.cells.columns
    }
    return [
        ("log_likelihood", True, {"counts": (("cell",), by_cell)}, one),
        ("posterior_predictive", True, {"counts": (("cell", "code"), replicated)}, both),
        ("observed_data", False, {"counts": (("cell", "code"), design.counts)}, both),
        ("constant_data", False, columns, one),
    ]
