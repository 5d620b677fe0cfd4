"""Predictions and comparisons of a choice model: how likely each option is taken from any set, in any context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import readable
from valuestats.choice.fit_design import OPTION, ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws
from valuestats.choice.grid_choices import (
    AGAINST,
    CHOICE,
    chances,
    choice_columns,
    choice_grid,
    of_the_choice,
    require_sets,
)
from valuestats.regression.grid_columns import require_known
from valuestats.regression.grid_effects import COMPARED
from valuestats.regression.grid_rows import Asked, changes_of, labelled, listed_names, rows_asked, weighed
from valuestats.regression.prediction_results import Source, label_of, summarised
from valuestats.results.result import Result

if TYPE_CHECKING:
    from valuestats.choice.fitted import ChoiceFit

Floats = NDArray[np.float64]
_AT_ONCE = 4_000_000  # numbers of one pass over draws x rows
_SAID = {"wins": "probability to be preferred", "probabilities": "probability to be taken"}


def choice_predictions(
    fit: ChoiceFit, grid: pd.DataFrame | None, by: Sequence[str] | str | None, asked_for: Mapping[str, Any]
) -> Result:
    """What `valuestats.choice.fitted.ChoiceFit.predictions` gives."""
    outcome, asked = _outcome(fit, asked_for["outcome"]), _asked(fit, grid, by, asked_for["outcome"])
    values = _passes(fit, [asked.rows], asked, outcome, asked_for, lambda p: p[0])
    spec = {"by": asked.by, "at": asked.at, "outcome": outcome, "quantity": "probability"}
    return _wrapped(
        fit, "choice_prediction", _SAID[outcome], asked.labels, asked.keys, values, spec, asked_for
    )


def choice_comparisons(
    fit: ChoiceFit,
    variables: Mapping[str, Any] | Sequence[str] | str,
    grid: pd.DataFrame | None,
    by: Sequence[str] | str | None,
    comparison: str,
    asked_for: Mapping[str, Any],
) -> Result:
    """What `valuestats.choice.fitted.ChoiceFit.comparisons` gives."""
    design, outcome = fit.design, _outcome(fit, asked_for["outcome"])
    names = [OPTION] if by is not None and not len(by) else by  # of all options together nothing changes
    asked = _asked(fit, grid, names, outcome)
    how = dict(variables) if isinstance(variables, Mapping) else dict.fromkeys(listed_names(variables))
    require_known([c for c in design.rows.cells.columns if c != OPTION], how, "variables")
    columns, function = choice_columns(design), COMPARED[comparison]
    sign = " / " if comparison in ("ratio", "log ratio", "log odds ratio") else " - "
    found, labels = [], []
    for column, change in how.items():
        if column in asked.by:
            raise SpecificationError(
                "a comparison can't be averaged within its own levels", parameter="by", got=column
            )
        for name, high, low in changes_of(columns, column, change, asked.rows, sign):
            if column in of_the_choice(design):
                both, take = [asked.rows.assign(**{column: end}) for end in (high, low)], None
            else:
                both, take = _one_by_one(asked.rows, column, (high, low))
            labels.append((column, name if len(how) == 1 else f"{column}, {name}"))
            found.append(
                _passes(fit, both, asked, outcome, asked_for, lambda p: function(p[0], p[1]), take=take)
            )
    spec = {
        "variable": ", ".join(map(str, how)),
        "by": asked.by,
        "at": asked.at,
        "outcome": outcome,
        "comparison": comparison,
        "quantity": comparison,
    }
    frame, keys = labelled(labels, asked)
    values = np.concatenate(found, axis=1)
    return _wrapped(
        fit, "choice_effect", f"{comparison} of {_SAID[outcome]}", frame, keys, values, spec, asked_for
    )


def _outcome(fit: ChoiceFit, asked: str | None) -> str:
    if asked not in (None, *_SAID):
        raise SpecificationError(
            "options have no score", parameter="outcome", got=repr(asked), expected=" or ".join(_SAID)
        )
    return asked or "wins"


def _asked(
    fit: ChoiceFit, grid: pd.DataFrame | None, by: Sequence[str] | str | None, outcome: str | None
) -> Asked:
    design = fit.design
    whole = choice_grid(design, None, "pairs", "typical") if grid is None else grid
    require_sets(design, whole, own=outcome == "probabilities" or design.spec.ties == "rao-kupper")
    columns = [CHOICE, *design.rows.cells.columns]
    asked = rows_asked(columns, whole, by, "pairs" if grid is None else "grid")
    if by is not None:
        return asked
    return replace(asked, labels=asked.labels.assign(row=_row_names(design, asked.rows)))


def _row_names(design: ChoiceDesign, rows: pd.DataFrame) -> list[str]:
    """What each row is of: its option, what else is offered, and what differs between rows."""
    others = rows[AGAINST] if AGAINST in rows.columns else rows[CHOICE].map(lambda c: f"the others of {c}")
    names = rows[OPTION].astype(str) + " against " + others.astype(str)
    known = [*design.rows.cells.columns, *filter(None, [design.spec.thresholds])]
    for column in dict.fromkeys(c for c in known if c != OPTION and c in rows.columns):
        if not names.duplicated().any():
            break
        if (rows[column] != rows[column].iloc[0]).any():
            names = names + f", {readable(column)} " + rows[column].map(label_of)
    return list(
        names if not names.duplicated().any() else names + " (choice " + rows[CHOICE].astype(str) + ")"
    )


def _one_by_one(
    rows: pd.DataFrame, column: str, ends: Sequence[Any]
) -> tuple[list[pd.DataFrame], NDArray[np.int64]]:
    """Each choice once for each of its options, that alone with the column at each end; and where these options stand."""
    place = pd.DataFrame({CHOICE: rows[CHOICE], "_row": np.arange(len(rows))})
    pairs = place.merge(place, on=CHOICE, suffixes=("_changed", "")).sort_values(["_row_changed", "_row"])
    changed, own = pairs["_row_changed"].to_numpy(), pairs["_row"].to_numpy()
    copies = rows.iloc[own].reset_index(drop=True).assign(**{CHOICE: changed.astype(str)})
    here = changed == own
    found = []
    for end in ends:
        value = end.to_numpy()[changed] if isinstance(end, pd.Series) else np.full(len(copies), end)
        found.append(copies.assign(**{column: np.where(here, value, copies[column].to_numpy())}))
    return found, np.flatnonzero(here)


def _passes(
    fit: ChoiceFit,
    frames: Sequence[pd.DataFrame],
    asked: Asked,
    outcome: str,
    asked_for: Mapping[str, Any],
    function: Callable[[list[Floats]], Floats],
    *,
    take: NDArray[np.int64] | None = None,
) -> Floats:
    """A function of the chances at several versions of the rows, averaged first, ``(S, reported)``."""
    draws = _with_point(fit, int(asked_for["most"]))
    size = max(1, _AT_ONCE // max(1, sum(map(len, frames))))
    parts = []
    for start in range(0, draws.size, size):
        some = _part(draws, slice(start, start + size))
        p = [
            chances(fit.design, some, f, outcome=outcome, groups=asked_for["groups"], seed=start)
            for f in frames
        ]
        p = p if take is None else [one[:, take] for one in p]
        parts.append(function(p if asked.weights is None else [weighed(asked.weights, one) for one in p]))
    return np.concatenate(parts)


def _with_point(fit: ChoiceFit, most: int) -> ChoiceDraws:
    """Draws to predict from; of a fit by maximum likelihood its estimates come first, as a draw of their own."""
    few = fit.draws.thinned(most)
    return (
        few if fit.at_maximum is None else _mapped(lambda a, b: np.concatenate([a, b]), fit.at_maximum, few)
    )


def _part(draws: ChoiceDraws, at: slice) -> ChoiceDraws:
    return _mapped(lambda a: a[at], draws)


def _mapped(function: Callable[..., Floats], *draws: ChoiceDraws) -> ChoiceDraws:
    """A function of every part of the draws; chains are then no longer told apart."""
    found: dict[str, Any] = {}
    for name in (f.name for f in fields(ChoiceDraws) if f.name != "chains"):
        parts = [getattr(d, name) for d in draws]
        if isinstance(parts[0], tuple):
            found[name] = tuple(function(*own) for own in zip(*parts, strict=True))
        else:
            found[name] = None if parts[0] is None else function(*parts)
    return replace(draws[0], chains=1, **found)


def _wrapped(
    fit: ChoiceFit,
    kind: str,
    estimand: str,
    labels: pd.DataFrame,
    keys: tuple[str, ...],
    values: Floats,
    specification: Mapping[str, Any],
    asked_for: Mapping[str, Any],
) -> Result:
    rows = fit.design.rows
    source = Source(fit.result.meta, fit.maximum is not None, rows.scored, rows.asked)
    spec = {**specification, "groups": asked_for["groups"], "level": asked_for["level"]}
    coords = {k: list(dict.fromkeys(labels[k])) for k in keys}
    return summarised(source, kind, estimand, keys, labels, coords, values, spec)
