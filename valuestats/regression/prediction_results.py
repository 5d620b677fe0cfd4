"""Predictions of an ordinal regression as results: estimates, intervals and paired draws of labelled rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.regression.effects_curves import beyond_steps
from valuestats.regression.effects_draws import EffectDraws
from valuestats.regression.fitted import OrdinalFit
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import ESTIMATE_COLUMNS, Result
from valuestats.statistics.resampling import equal_tailed

Floats = NDArray[np.float64]
GroupEffects = Literal["observed", "zero", "new"]
Outcome = Literal["score", "probabilities"]
OF_OUTCOME = {"score": "expected score", "probabilities": "probability"}
"""What effects are of, in the name of their estimand."""
CITATIONS = (
    "Arel-Bundock, V., Greifer, N. and Heiss, A. (2024). How to interpret statistical models using "
    "marginaleffects for R and Python. JSS 111(9).",
)


def label_of(value: Any) -> str:
    """A level as results name it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def draws_with_point(fit: OrdinalFit, most: int) -> EffectDraws:
    """Draws to predict from; of a fit by maximum likelihood its estimates come first, as a draw of their own."""
    from valuestats.regression.maximum_fit import point_of

    few, point = fit.draws.thinned(most), point_of(fit)
    return few if point is None else point.followed_by(few)


def predicted_cube(
    fit: OrdinalFit,
    kind: str,
    estimand: str,
    keys: tuple[str, ...],
    coords: dict[str, list[Any]],
    values: Floats,
    specification: dict[str, Any],
    newdata: pd.DataFrame | None = None,
) -> Result:
    """The result of values by draw over all combinations of the keys' labels."""
    index = pd.MultiIndex.from_product([coords[k] for k in keys], names=keys)
    flat = values.reshape(len(values), -1)
    return _summarised(
        fit, kind, estimand, keys, index.to_frame(index=False), coords, flat, specification, newdata
    )


def wrapped_rows(
    fit: OrdinalFit,
    kind: str,
    estimand: str,
    labels: pd.DataFrame,
    keys: tuple[str, ...],
    values: Floats,
    specification: dict[str, Any],
    outcome: str,
    newdata: pd.DataFrame | None = None,
) -> Result:
    """The result of values by draw of labelled rows, ``(S, rows)`` or with answer codes ``(S, rows, K)``."""
    if outcome == "probabilities":
        codes = fit.design.codes.tolist()
        places = np.repeat(np.arange(len(labels)), len(codes))
        labels = labels.iloc[places].reset_index(drop=True)
        labels.insert(len(keys), "code", np.tile(codes, len(labels) // len(codes)))
        keys = (*keys, "code")
    coords = {k: list(dict.fromkeys(labels[k])) for k in keys}
    return _summarised(
        fit, kind, estimand, keys, labels, coords, values.reshape(len(values), -1), specification, newdata
    )


@dataclass(frozen=True)
class Source:
    """The fit that predictions are of: what its result says, and whether it is by maximum likelihood."""

    meta: Mapping[str, Any]
    by_maximum: bool
    scored: float
    asked: float


def _summarised(
    fit: OrdinalFit,
    kind: str,
    estimand: str,
    keys: tuple[str, ...],
    frame: pd.DataFrame,
    coords: dict[str, list[Any]],
    values: Floats,
    specification: dict[str, Any],
    newdata: pd.DataFrame | None,
) -> Result:
    design = fit.design
    along = [k for k in keys if k in {curve.part.column for curve in design.curves}]
    specification = {**specification, **({"along": along[0]} if along else {})}
    source = Source(fit.result.meta, fit.maximum is not None, float(design.counts.sum()), design.asked)
    found = summarised(
        source, kind, estimand, keys, frame, coords, values, specification,
        beyond_steps(design.curves, newdata), codes=[int(c) for c in design.codes],
        answers={"scored": source.scored, "asked": source.asked},
    )  # fmt: skip
    own = _own_answers(fit, found) if newdata is None or specification.get("at") == "answers" else None
    found.meta["counts"] = "all answers" if own is None else "of the row"
    if own is None:
        return found
    return replace(found, estimates=found.estimates.assign(n_scored=own, n_asked=own))


def _own_answers(fit: OrdinalFit, found: Result) -> Floats | None:
    """Answers at each row's levels; None where rows are no levels, or it is not known where lost answers were asked."""
    design, keys = fit.design, [k for k in found.keys if k != "code"]
    counts = design.counts.sum(axis=1)
    named = found.kind == "ordinal_prediction" and set(keys) <= set(design.cells.columns)
    if not named or not keys or design.asked != counts.sum():
        return None
    labels = design.cells[keys].map(label_of).assign(_n=counts).groupby(keys)["_n"].sum()
    rows = (
        pd.MultiIndex.from_frame(found.estimates[keys].astype(str))
        if len(keys) > 1
        else found.estimates[keys[0]].astype(str)
    )
    return labels.reindex(rows).fillna(0.0).to_numpy()


def summarised(
    source: Source,
    kind: str,
    estimand: str,
    keys: tuple[str, ...],
    frame: pd.DataFrame,
    coords: dict[str, list[Any]],
    values: Floats,
    specification: Mapping[str, Any],
    notes: Sequence[str] = (),
    **more: Any,
) -> Result:
    """Estimates of rows with draws ``(S, rows)``; of a fit by maximum likelihood the first are at its estimates."""
    level, by_maximum = float(specification["level"]), source.by_maximum
    estimate = values[0] if by_maximum else values.mean(axis=0)
    values = values[1:] if by_maximum else values
    lower, upper = equal_tailed(values, level)
    frame = frame.rename(columns={c: f"{c} (column)" for c in frame.columns if c in ESTIMATE_COLUMNS})
    frame.insert(0, "estimand", estimand)
    frame["estimate"], frame["std_error"] = estimate, values.std(axis=0, ddof=1)
    frame["lower"], frame["upper"] = lower, upper
    frame["level"], frame["interval"] = level, "Wald, simulated" if by_maximum else "posterior, equal-tailed"
    frame["n_scored"], frame["n_asked"] = source.scored, source.asked
    parent = source.meta
    said = "the estimates and draws from their normal distribution" if by_maximum else "the posterior draws"
    meta = make_meta(
        f"{estimand} from {said} of: {parent['method']}",
        {**parent["specification"], **specification},
        citations=[*parent["citations"], *CITATIONS],
        seed=parent["seed"],
        warnings=[*parent["warnings"], *notes],
        gate=parent.get("gate"),
        **more,
    )
    cube = np.full((len(values), *(len(v) for v in coords.values())), np.nan)
    cube[(slice(None), *(pd.Index(v).get_indexer(pd.Index(frame[k])) for k, v in coords.items()))] = values
    group: Literal["posterior", "bootstrap"] = "bootstrap" if by_maximum else "posterior"
    return Result(kind, frame, keys, meta, _tree(group, cube, coords))


def _tree(group: Literal["posterior", "bootstrap"], values: Floats, coords: dict[str, list[Any]]) -> Any:
    """Draws with codes as the numbers that they are."""
    import xarray as xr

    tree = draws_tree(group, values, coords)
    if "code" not in coords:
        return tree
    known = tree[group].to_dataset().assign_coords(code=coords["code"])
    return xr.DataTree(children={group: xr.DataTree(known)})
