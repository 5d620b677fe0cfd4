"""A fitted choice model as ArviZ reads it: named terms by chain, the likelihood of each choice, and counts made anew."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_checks import Tallies, tallies
from valuestats.choice.fit_design import ChoiceDesign, pooled_columns
from valuestats.choice.fit_draws import ChoiceDraws, own_columns, reported_choice, utilities
from valuestats.choice.spec import ChoicePriors
from valuestats.regression.arviz_trees import terms_by_part

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
_MOST = 100_000_000
"""Draws times choices of a tree, beyond which it would not fit into memory of everyday machines."""


def choice_tree(
    design: ChoiceDesign, draws: ChoiceDraws, priors: ChoicePriors, *, most: int, seed: int
) -> xr.DataTree:
    """The fit as an xarray DataTree in ArviZ's schema.

    ``posterior`` holds a variable for each part of the model (``option_utility``, ``coefficient``, ``tie_or_outcome``,
    ``standard_deviation``) with the names of its terms as coordinates, ``log_prior`` the log density of the priors,
    ``log_likelihood`` that of each ``choice``. What was taken of each pair of options (of larger sets: how often each option
    was put first) stands as ``counts`` in ``observed_data`` and, made anew, in ``posterior_predictive``. ``constant_data``
    are the columns of the choices. Chains stay apart: with more than `most` draws each is thinned alike.

    Raises
    ------
    SpecificationError
        So many choices and draws that single choices do not fit.
    """
    import xarray as xr

    few = thinned_chains(draws, most)
    rows = design.rows
    if few.size * len(rows.pattern) > _MOST:
        raise SpecificationError(
            "too many choices to hold each by itself",
            parameter="most",
            got=f"{len(rows.pattern):,} choices, {few.size:,} draws",
            expected="fewer draws",
        )
    first = ("chain", "draw")

    def chains(values: Floats) -> Floats:
        return values.reshape(few.chains, -1, *values.shape[1:])

    posterior = terms_by_part(reported_choice(design, few), few.chains)
    eta, own = utilities(few, design.matrices), own_columns(few)
    each = np.asarray(rows.taken @ rows.stages.log_probabilities(eta, own)).T[:, rows.pattern]
    found = tallies(design)
    made = rows.stages.tallied(eta, own, found.adds, seed)[1].T
    axis = {"choice_id": rows.per_choice["choice"].astype(str).to_numpy()}
    counted = {"taken": _taken(design, found)}
    known: dict[str, Any] = {
        str(c): ("choice_id", rows.per_choice[c].astype(str).to_numpy())
        for c in rows.per_choice.columns
        if c != "choice"
    }
    known["times"] = ("choice_id", rows.weight)
    return xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "log_prior": xr.Dataset({"prior": (first, chains(log_prior(design, few, priors)))}),
            "log_likelihood": xr.Dataset(
                {"choice": ((*first, "choice_id"), chains(each * rows.weight))}, axis
            ),
            "posterior_predictive": xr.Dataset({"counts": ((*first, "taken"), chains(made))}, counted),
            "observed_data": xr.Dataset(
                {"counts": ("taken", np.asarray(found.adds @ rows.stages.count))}, counted
            ),
            "constant_data": xr.Dataset(known, axis),
        }
    )


def thinned_chains(draws: ChoiceDraws, most: int) -> ChoiceDraws:
    """At most so many draws, evenly spaced within each chain, so that chains are still told apart."""
    if draws.size <= most:
        return draws
    each = draws.size // draws.chains
    inside = np.linspace(0, each - 1, max(1, most // draws.chains)).round().astype(np.int64)
    at = (np.arange(draws.chains)[:, None] * each + inside).ravel()
    found: dict[str, Any] = {}
    for name in (f.name for f in fields(ChoiceDraws) if f.name != "chains"):
        part = getattr(draws, name)
        found[name] = (
            tuple(one[at] for one in part) if isinstance(part, tuple) else None if part is None else part[at]
        )
    return replace(draws, **found)


def _taken(design: ChoiceDesign, found: Tallies) -> list[str]:
    """What each tally counts, in words."""
    names, own = design.rows.options, design.rows.own_names
    others = ["tie"] if design.spec.ties == "rao-kupper" else list(own)
    words = []
    for low, high, result in zip(found.low, found.high, found.result, strict=True):
        if high < 0:
            what = f"{names[low]} first of several" if result == 0 else f"{others[result - 2]} of several"
        elif result < 2:
            one, two = (names[low], names[high]) if result == 0 else (names[high], names[low])
            what = f"{one} over {two}"
        else:
            what = f"{names[low]} and {names[high]}: {others[result - 2]}"
        words.append(what)
    return words


def log_prior(design: ChoiceDesign, draws: ChoiceDraws, priors: ChoicePriors) -> Floats:
    """Log density of the priors at the top of the model, up to a constant, ``(S,)``.

    Utilities, coefficients, ties and outcomes where there is one set of them, and standard deviations. What varies over
    groups, or is pooled, belongs to the model, not to its prior.
    """
    total = np.zeros(draws.size)

    def normal(values: Floats, scale: float | Floats) -> Floats:
        return np.asarray(-0.5 * (values.reshape(draws.size, -1) / scale) ** 2).sum(axis=1)

    taken = {int(n) for _, at in pooled_columns(design.spec, design.names) for n in at}
    kept = np.array([n for n in range(len(design.names)) if n not in taken], dtype=np.int64)
    scale = np.where(design.own_option, priors.option, priors.effect / design.units)[kept]
    total += normal(draws.beta[:, kept], scale)
    for sds in draws.sds:
        total += normal(sds, priors.group)
    if draws.pooled_sd is not None:
        total += normal(draws.pooled_sd, priors.group)
    if draws.own_sd is None:
        total += normal(draws.own[:, 0], priors.outcome)
    else:
        total += normal(draws.own_sd, priors.outcome_group)
    return total
