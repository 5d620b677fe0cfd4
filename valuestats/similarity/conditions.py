"""Answers of one model under several conditions (personas, languages, contexts), side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.similarity.chosen import named
from valuestats.similarity.intervals import with_interval
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.prepare import Prepared, prepare
from valuestats.statistics.clusters import ClusterPlan, few_warnings, plan_clusters
from valuestats.statistics.distances import Array, Measure
from valuestats.statistics.ratios import ratio
from valuestats.tables import Population

if TYPE_CHECKING:
    import xarray as xr

CONDITIONS = ("persona", "language", "condition")
"""Columns of a table of answers that say under what circumstances the model answered; null is the default."""


@dataclass(frozen=True)
class Conditioned:
    """Every model under every condition, matched to the groups.

    Attributes
    ----------
    ready
        The matched pairs; its ``models`` are the units below, its ``groups`` the groups of people.
    models
        Names of the models, in alphabetical order.
    units
        Model and condition (empty text for the default) of each unit, in the order of ``ready.models``.
    """

    ready: Prepared
    models: list[str]
    units: list[tuple[str, str]]

    def asked(self) -> NDArray[np.intp]:
        """Questions put to each unit that each group answered, shape ``(units, groups)``."""
        counts = np.zeros(self.ready.shape[:2], dtype=np.intp)
        for block in self.ready.found:
            np.add.at(counts, (np.asarray(block.model), block.group), 1)
        return counts

    def default(self, model: str) -> int | None:
        """Position of a model's default answers."""
        return self.units.index((model, "")) if (model, "") in self.units else None

    def unmatched(self) -> list[str]:
        """Conditions that are called by the name of no group."""
        return sorted({c for _, c in self.units if c} - set(self.ready.groups))

    def strangers(self) -> list[str]:
        """That some conditions are called by the name of no group, in words."""
        names = self.unmatched()
        more = f", … ({len(names)})" if len(names) > 8 else ""
        return (
            [f"not compared: answers given for {', '.join(names[:8])}{more}, whom no group is called by"]
            if names
            else []
        )

    def steered(self, model: str) -> dict[str, int]:
        """Position of a model's answers under each condition, the default left out."""
        return {c: i for i, (name, c) in enumerate(self.units) if name == model and c}


def conditioned(
    answers: Population,
    people: Population,
    column: str,
    *,
    measure: Measure,
    refusal_options: RefusalPolicy,
    need_conditions: bool = True,
) -> Conditioned:
    """Match a table whose `column` names the condition; rows under any other condition are left out, which is said."""
    frame = answers.frame
    if column not in frame.columns and not need_conditions:
        frame = frame.assign(**{column: None})
    elif need_conditions and (column not in frame.columns or frame[column].isna().all()):
        raise SpecificationError(
            "no answer was given under a condition",
            parameter="answers",
            got=f"a table whose column `{column}` is missing or null",
            expected=f"a column `{column}`, null for default answers",
        )
    told: list[str] = []
    for other in CONDITIONS:
        if other != column and other in frame.columns and frame[other].notna().any():
            told.append(f"answers under {named(frame[other].dropna(), other)}")
            frame = frame[frame[other].isna()]
    if frame.empty:
        raise SpecificationError(
            "every answer was given under another condition as well",
            parameter="answers",
            got="; ".join(told),
            expected=f"answers whose columns {', '.join(c for c in CONDITIONS if c != column)} are null",
        )
    names = [
        json.dumps([str(model), "" if pd.isna(condition) else str(condition)], ensure_ascii=False)
        for model, condition in zip(frame["group"], frame[column], strict=True)
    ]
    flat = frame.drop(columns=[c for c in CONDITIONS if c in frame.columns]).assign(group=names)
    ready = prepare(
        Population(flat, answers.rounding, answers.adjusted),
        people,
        measure=measure,
        refusal_options=refusal_options,
        match="default",
    )
    ready.reports["not_compared"] = [*told, *ready.reports["not_compared"]]
    units = [(str(model), str(condition)) for model, condition in map(json.loads, ready.models)]
    return Conditioned(ready, sorted({model for model, _ in units}), units)


def answers_as(answers: Population, persona: str | Sequence[str]) -> Population:
    """The answers given for one group, as default answers, so that they are compared with every group.

    Parameters
    ----------
    answers
        Answers of models with a column ``persona``.
    persona
        Whom the models were asked to answer for; of several names the first that is there.

    Raises
    ------
    SpecificationError
        No model answered for it.

    Examples
    --------
    >>> frame = pd.DataFrame({"group": "m", "persona": ["Chile", "Peru"], "question": "q", "option": "yes",
    ...     "position": 0, "share": 1.0})
    >>> answers_as(Population(frame.assign(group=["m", "n"])), "Chile").frame.columns.tolist()
    ['group', 'question', 'option', 'position', 'share']
    """
    frame = answers.frame
    known = frame["persona"].dropna().astype(str) if "persona" in frame.columns else pd.Series(dtype=str)
    wanted = [persona] if isinstance(persona, str) else list(persona)
    found = next((name for name in wanted if name in set(known)), None)
    if found is None:
        raise SpecificationError(
            "no model answered for this group",
            parameter="persona",
            got=", ".join(wanted),
            expected=", ".join(sorted(set(known))[:8]) or "a column `persona`",
        )
    chosen = frame[(frame["persona"] == found).fillna(False).to_numpy(dtype=bool)]
    return Population(
        chosen.drop(columns="persona").reset_index(drop=True), answers.rounding, answers.adjusted
    )


def resampled_result(
    kind: str,
    rows: Sequence[Mapping[str, Any]],
    parts: Sequence[tuple[Array, Array]],
    keys: tuple[str, ...],
    level: float,
    meta: dict[str, Any],
    *,
    replicates: int,
    rng: np.random.Generator,
    drawn: Mapping[int, Array] | None = None,
) -> Result:
    """A result of rows that are each a ratio of sums over questions, with the questions resampled.

    Parameters
    ----------
    kind, keys, level, meta
        See `Result`.
    rows
        One mapping per estimate, with ``estimand``, the keys, ``estimate``, ``n_scored`` (units resampled) and
        ``n_asked``.
    parts
        What each row sums above and below the line, by question: shape ``(questions,)`` each.
    replicates, rng
        Of the bootstrap; 0 for none.
    drawn
        Replicates of the rows that are no such ratio, by their number.
    """
    frame = pd.DataFrame(list(rows))
    frame["n_units"] = frame["n_scored"]
    own = sorted(drawn or {})
    sums = np.ones(len(frame), dtype=bool)
    sums[own] = False
    above, below = (np.stack([part[side] for part in parts], axis=1) for side in (0, 1))
    used = (below[:, sums] != 0).any(axis=1)
    point, units = frame["estimate"].to_numpy(dtype=float), frame["n_units"].to_numpy()
    plan = plan_clusters(int(used.sum()), replicates, rng, behind=units[sums])
    values = ratio(plan.weights @ above[used], plan.weights @ below[used])
    found = plan.finish(values, point, np.where(sums, units, 0), level, what="questions")
    for row in own:
        alone = ClusterPlan(np.ones((replicates, 1)), replicates, False)
        one = alone.finish((drawn or {})[row], point[row], units[row], level)
        found.draws[:, row] = one.draws
        for name in ("std_error", "lower", "upper", "interval"):
            getattr(found, name)[row] = getattr(one, name).item()
    few = few_warnings(units, "units", jackknife=plan.jackknife) if own else found.warnings
    meta = {**meta, "warnings": [*meta["warnings"], *(few if replicates else [])]}
    frame = with_interval(frame, found, level)
    if not replicates:
        return Result(kind, frame, keys, meta)
    return Result(kind, frame, keys, meta, dense_draws("bootstrap", frame, found.draws, keys))


def mean_parts(values: Array) -> tuple[Array, Array]:
    """A mean over the questions that are not NaN, as sums above and below the line."""
    there = ~np.isnan(values)
    return np.where(there, values, 0.0), there.astype(float)


def dense_draws(
    group: Literal["posterior", "bootstrap"], frame: pd.DataFrame, drawn: Array, keys: Sequence[str]
) -> xr.DataTree:
    """Draws of rows, shape ``(draws, rows)``, as an array over all combinations of the keys, NaN where there is none."""
    labels = {key: list(dict.fromkeys(frame[key].astype(str))) for key in keys}
    dense = np.full((len(drawn), *(len(names) for names in labels.values())), np.nan)
    places: list[Any] = [frame[key].astype(str).map(names.index).to_numpy() for key, names in labels.items()]
    dense[(slice(None), *places)] = drawn
    return draws_tree(group, dense, labels)
