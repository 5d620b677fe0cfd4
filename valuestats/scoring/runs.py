"""Intervals of scores on the items as they are: the runs in which they were asked are resampled, the items are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, span
from valuestats.counting.answer_tables import AnswerSource
from valuestats.counting.grouped import is_counted
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, Resampled, plan_clusters
from valuestats.statistics.ratios import ratio
from valuestats.tables import Responses

Array = NDArray[np.float64]
Resample = Literal["items", "runs"]
FIXED = (
    "the items are taken as they are: intervals say what the same items would give if they were asked again, and nothing of "
    "other items of the kind"
)


@dataclass(frozen=True)
class RunCells:
    """Sums and numbers of the valid answers of each run, shape ``(runs, models, items)``."""

    total: Array
    number: Array

    def means(self, weights: Array) -> Array:
        """Mean of the answers to each item, runs counted so often: ``(models, items)``, NaN where there is none."""
        return ratio(np.tensordot(weights, self.total, 1), np.tensordot(weights, self.number, 1))


def run_cells(frame: pd.DataFrame, models: Sequence[str], items: Sequence[str]) -> RunCells:
    """The valid answers of each run (``epoch``) by model and item.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "item": ["1", "1", "2"], "epoch": [1, 2, 2], "answer": [4, 2, 5],
    ...     "status": "valid"})
    >>> found = run_cells(frame, ["m"], ["1", "2"])
    >>> found.total.tolist(), found.means(np.array([1.0, 1.0])).tolist()
    ([[[4.0, 0.0]], [[2.0, 5.0]]], [[3.0, 5.0]])
    """
    valid = frame[(frame["status"] == "valid").to_numpy()]
    runs, epochs = np.unique(frame["epoch"].to_numpy(dtype=np.int64), return_inverse=True)
    epochs = epochs[(frame["status"] == "valid").to_numpy()]
    places = [{name: n for n, name in enumerate(map(str, names))} for names in (models, items)]
    model, item = (
        valid[column].astype(str).map(place).fillna(-1).to_numpy(dtype=np.int64)
        for column, place in zip(("model", "item"), places, strict=True)
    )
    own = (model >= 0) & (item >= 0)
    shape = (len(runs), len(models), len(items))
    at = np.ravel_multi_index((epochs[own], model[own], item[own]), shape)
    size = int(np.prod(shape))
    answer = valid["answer"].to_numpy(dtype=float)[own]
    return RunCells(
        np.bincount(at, answer, size).reshape(shape),
        np.bincount(at, minlength=size).reshape(shape).astype(float),
    )


def resampled_runs(
    cells: RunCells,
    score: Callable[[Array], Array],
    keyed: NDArray[np.bool_],
    *,
    replicates: int,
    seed: int,
    level: float,
) -> tuple[Resampled, NDArray[np.int64]]:
    """Replicates and intervals of scores over runs, and the runs behind each score.

    Parameters
    ----------
    cells
        Answers by run.
    score
        From means ``(models, items)`` to scores ``(models, dimensions)``.
    keyed
        Which items make up each dimension, ``(items, dimensions)``.
    replicates, seed, level
        As of `valuestats.score`.
    """
    there = np.einsum("rmi,id->rmd", cells.number > 0, keyed) > 0
    units = there.sum(axis=0)
    plan = plan_clusters(len(cells.number), replicates, np.random.default_rng(seed), behind=units.ravel())
    point = score(cells.means(np.ones(len(cells.number))))
    evaluated = [score(cells.means(weights)) for weights in plan.weights]
    boot = np.stack(evaluated) if evaluated else np.empty((0, *point.shape))
    found = plan.finish(boot, point, units, level, what="runs")
    same = int(((found.std_error == 0) & (units >= LEAST)).sum())
    if same and replicates:
        found.warnings.append(
            f"{counted(same, 'score')} of {point.size} are the same in every run: their intervals have no width, which is "
            "no certainty about the model"
        )
    found.warnings.append(FIXED)
    return found, units


def over_runs(result: Result) -> str | None:
    """What a sentence says of intervals over runs; None where something else was resampled."""
    if result.meta["specification"].get("unit") != "run":
        return None
    units = result.estimates["n_units"]
    return f"intervals resample the {span(units.min(), units.max(), '.0f')} runs of these items and say nothing of others"


def offer_runs(frame: pd.DataFrame, units: Sequence[int]) -> list[str]:
    """A note where items are too few for any interval and runs would do."""
    runs = int(frame["epoch"].nunique())
    if max(units, default=0) >= LEAST or runs < LEAST:
        return []
    return [f"{runs} runs of these items allow intervals for the items as they are: resample='runs'"]


def answers_in_memory(answers: AnswerSource, what: str) -> Responses:
    """Raw answers as rows, which counts are not.

    Raises
    ------
    SpecificationError
        Counts, or a source that is counted where it is.
    """
    if isinstance(answers, Responses):
        return answers
    if isinstance(answers, pd.DataFrame) and not is_counted(answers):
        return Responses(answers)
    raise SpecificationError(
        f"{what} of answers in memory",
        parameter="answers",
        got=type(answers).__name__,
        expected="Responses",
        hint="read the answers, or write model and condition into one column model"
        if what.startswith("conditions")
        else "read the answers",
    )
