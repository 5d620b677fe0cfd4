"""Sets of options to ask a choice model about, in any contexts, and the probability of each option in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import OPTION, ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws, utilities
from valuestats.choice.sets import subsets
from valuestats.regression.grid_columns import GridColumns, Others, asked_of, require_known, require_size

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHOICE, AGAINST, FIRST = "choice", "against", "position"
_NAMED = 3
"""So many other options of a set are named; of more, their number is."""


def choice_columns(design: ChoiceDesign, names: Sequence[str] | None = None) -> GridColumns:
    """Columns of a choice model, all or some."""
    cells = design.rows.cells
    factors = {c for g in design.groups for c in g.factor}
    return GridColumns(
        cells if names is None else cells[list(names)], design.rows.times, frozenset({OPTION, *factors})
    )


def of_the_choice(design: ChoiceDesign) -> list[str]:
    """Columns of the formula that are the same for all options of every choice."""
    return [c for c in design.rows.cells.columns if c in design.rows.fixed_within and c != OPTION]


def thresholds_of(design: ChoiceDesign) -> str | None:
    """The column by which ties and outcomes differ, where it is no column of the formula."""
    column = design.spec.thresholds
    return column if column is not None and column not in design.rows.cells.columns else None


def choice_grid(
    design: ChoiceDesign,
    at: Mapping[str, Any] | Sequence[str] | str | None,
    sets: str | Sequence[Any],
    others: Others,
) -> pd.DataFrame:
    """What `valuestats.choice.fitted.ChoiceFit.datagrid` gives."""
    cells, asked = design.rows.cells, asked_of(at)
    extra = thresholds_of(design)
    require_known([*(c for c in cells.columns if c != OPTION), *([extra] if extra else [])], asked, "at")
    around = of_the_choice(design)
    contexts = (
        choice_columns(design, around).grid({c: asked[c] for c in asked if c in around}, others)
        if around
        else pd.DataFrame(index=[0])
    )
    if extra:
        labels = list(design.rows.set_labels)
        said = asked.get(extra, "levels" if extra in asked else _commonest(design, extra))
        wanted = labels if said in (None, "levels") else [said] if isinstance(said, str) else list(said)
        contexts = contexts.merge(pd.DataFrame({extra: wanted}), how="cross")
    whole = choice_columns(design)
    own = {c: whole.values(c, asked[c]) for c in asked if c not in (*around, extra)}
    offered = _sets(design, sets)
    ends = pd.DataFrame(list(product(*own.values())), columns=list(own)) if own else pd.DataFrame(index=[0])
    require_size(len(contexts) * len(ends) * sum(map(len, offered)))
    rows = contexts.merge(ends, how="cross").merge(pd.DataFrame({"_set": range(len(offered))}), how="cross")
    rows[CHOICE] = [str(k + 1) for k in range(len(rows))]
    members = pd.DataFrame(
        [(k, o, _others(options, o)) for k, options in enumerate(offered) for o in options],
        columns=["_set", OPTION, AGAINST],
    )
    rows = rows.merge(members, on="_set")
    for column in (c for c in cells.columns if c not in (*around, OPTION, *own)):
        rows[column] = rows[OPTION].map(_typical_of_option(design, column)).astype(cells[column].dtype)
    rows = rows.sort_values([CHOICE], key=lambda c: c.astype(int), kind="stable").reset_index(drop=True)
    first = [CHOICE, OPTION, AGAINST]
    return rows[[*first, *(c for c in rows.columns if c not in (*first, "_set"))]]


def _commonest(design: ChoiceDesign, column: str) -> str:
    labels = design.rows.per_choice[column].astype(str)
    return str(pd.Series(design.rows.weight).groupby(labels.to_numpy()).sum().idxmax())


def _sets(design: ChoiceDesign, sets: str | Sequence[Any]) -> list[tuple[str, ...]]:
    options = design.rows.options
    if isinstance(sets, str):
        if sets == "pairs":
            return list(combinations(options, 2))
        if sets == "all":
            return [options]
        raise SpecificationError(
            "no such sets of options",
            parameter="sets",
            got=repr(sets),
            expected="pairs, all, or lists of options",
        )
    asked = [tuple(map(str, sets))] if all(isinstance(s, str) for s in sets) else [tuple(s) for s in sets]
    for one in asked:
        unknown = [str(o) for o in one if o not in options]
        if unknown or len(set(one)) < max(2, len(one)):
            raise SpecificationError(
                "a set is of two options or more, each once",
                parameter="sets",
                got=", ".join(unknown or map(str, one)) or "nothing",
                expected=f"some of {', '.join(options)}",
            )
    return asked


def _others(options: Sequence[str], own: str) -> str:
    rest = [o for o in options if o != own]
    return " or ".join(rest) if len(rest) <= _NAMED else f"{len(rest)} others"


def _typical_of_option(design: ChoiceDesign, column: str) -> dict[str, Any]:
    """An option's own value of a column: nothing is shown first."""
    cells, times = design.rows.cells, design.rows.times
    if column == FIRST:
        return dict.fromkeys(design.rows.options, 0.0)
    whole = choice_columns(design, [column])
    found = {}
    for number, option in enumerate(design.rows.options):
        inside = design.rows.option_of == number
        part = replace(whole, frame=cells.loc[inside, [column]], times=times[inside])
        found[option] = part.typical(column)
    return found


def require_sets(design: ChoiceDesign, grid: pd.DataFrame, *, own: bool) -> None:
    """Refuse a grid that is no table of sets of options, each in one context."""
    column = thresholds_of(design) if own else None
    wanted = [CHOICE, *design.rows.cells.columns, *([column] if column else [])]
    missing = [c for c in wanted if c not in grid.columns]
    hint = "datagrid(fit, {...}) makes one"
    if missing or grid.empty:
        raise SpecificationError(
            "the grid lacks columns of the formula" if missing else "the grid has no rows",
            parameter="grid",
            got=", ".join(missing) or "0 rows",
            expected=", ".join(wanted),
            hint=hint,
        )
    unknown = sorted({str(o) for o in grid[OPTION]} - set(design.rows.options))
    if unknown:
        raise SpecificationError(
            "no such option",
            parameter="grid",
            got=", ".join(unknown),
            expected=", ".join(design.rows.options),
        )
    sizes = grid.groupby(CHOICE, observed=True)[OPTION].agg(["size", "nunique"])
    if (sizes["size"] < 2).any() or (sizes["size"] != sizes["nunique"]).any():
        raise SpecificationError(
            "a choice is between two options or more, each once",
            parameter="grid",
            got=f"choice {sizes.index[(sizes['size'] < 2) | (sizes['size'] != sizes['nunique'])][0]}",
            expected="rows with the same choice are what is offered together",
            hint=hint,
        )
    shared = [*of_the_choice(design), *([column] if column else [])]
    split = [c for c in shared if grid.groupby(CHOICE, observed=True)[c].nunique(dropna=False).max() > 1]
    if split:
        raise SpecificationError(
            "the same for all options of a choice",
            parameter="grid",
            got=f"several values of {', '.join(split)} in one choice",
            expected="one",
        )


def chances(
    design: ChoiceDesign, draws: ChoiceDraws, grid: pd.DataFrame, *, outcome: str, groups: str, seed: int
) -> Floats:
    """Probability of each row's option among those of its choice, ``(S, rows)``.

    ``"wins"``: where one of them is taken alone. ``"probabilities"``: ties and outcomes take theirs.
    """
    rows = design.evaluate(grid[list(design.rows.cells.columns)])
    if groups == "new":
        rows = replace(
            rows, index=tuple(_anew(i, len(g.levels)) for i, g in zip(rows.index, design.groups, strict=True))
        )
    skip = tuple(range(len(design.groups))) if groups == "zero" else ()
    u = utilities(draws, rows, new=seed, skip=skip).T
    code, names = pd.factorize(grid[CHOICE])
    found = np.empty_like(u)
    own_set = _own_set(design, grid)
    sizes = np.bincount(code, minlength=len(names))
    order = np.argsort(code, kind="stable")
    start = np.r_[0, np.cumsum(sizes)]
    for n in np.unique(sizes):
        at = order[start[:-1][sizes == n][:, None] + np.arange(n)]
        found[:, at] = _chances_of(design, draws, u[:, at], own_set[at[:, 0]], outcome)
    return found


def _anew(index: Ints, levels: int) -> Ints:
    """Levels as groups that were not fitted: each has effects of its own."""
    return np.where(index >= 0, -1 - index, index - levels)


def _own_set(design: ChoiceDesign, grid: pd.DataFrame) -> Ints:
    """Set of parameters of ties and outcomes of each row."""
    column = design.spec.thresholds
    if column is None or column not in grid.columns:
        return np.zeros(len(grid), dtype=np.int64)
    found = pd.Index(design.rows.set_labels).get_indexer(pd.Index(grid[column].astype(str)))
    if (found < 0).any():
        raise SpecificationError(
            f"no such {column}",
            parameter="grid",
            got=", ".join(sorted(set(grid[column].astype(str)[found < 0]))),
            expected=", ".join(design.rows.set_labels),
        )
    return np.asarray(found, dtype=np.int64)


def _chances_of(design: ChoiceDesign, draws: ChoiceDraws, u: Floats, own_set: Ints, outcome: str) -> Floats:
    """Of sets of one size, ``(S, sets, n)``."""
    n = u.shape[2]
    if design.spec.ties == "rao-kupper":
        if n != 2:
            raise SpecificationError(
                "Rao and Kupper's ties are those of pairs",
                parameter="grid",
                got=f"a choice between {n} options",
                expected="pairs",
            )
        h = np.exp(draws.own[:, own_set, 0])
        d = u[..., 0] - u[..., 1]
        both = np.stack([expit(d - h), expit(-d - h)], axis=2)
        return both / both.sum(axis=2, keepdims=True) if outcome == "wins" else both
    top = u.max(axis=2, keepdims=True)
    worth = np.exp(u - top)
    if outcome == "wins":
        return np.asarray(worth / worth.sum(axis=2, keepdims=True))
    largest, names = design.rows.largest_tie, design.rows.own_names
    whole = worth.sum(axis=2)
    for tied in (s for s in subsets(range(n), largest) if len(s) > 1):
        whole += np.exp((u - top)[..., list(tied)].mean(axis=2) + draws.own[:, own_set, len(tied) - 2])
    for k in range(largest - 1, len(names)):
        whole += np.exp((u - top).mean(axis=2) + draws.own[:, own_set, k])
    return np.asarray(worth / whole[..., None])
