"""Answers counted by model, item and category, from whatever table holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.counting.answer_tables import AnswerSource
from valuestats.counting.grouped import cells_of
from valuestats.tables.choices import COUNT, Choices

Array = NDArray[np.float64]
TIE = " = "
"""Between the options that share the first place."""


@dataclass(frozen=True)
class AnswerCube:
    """Counts of answers.

    Attributes
    ----------
    models, items
        Their names, in alphabetical order.
    counts
        Valid answers, shape ``(models, items, categories)``; categories are numbered within each item, so that they
        mean nothing across items.
    asked
        Answers asked for, shape ``(items,)``.
    """

    models: tuple[str, ...]
    items: tuple[str, ...]
    counts: Array
    asked: Array


def answer_cube(answers: AnswerSource | Choices) -> AnswerCube:
    """Count answers by model, item and category.

    Parameters
    ----------
    answers
        What `valuestats.count_answers` counts, or its counts; or `Choices` with the columns ``model`` and ``item``, whose
        category is the option put first, the options that share the first place, or the outcome.

    Raises
    ------
    SpecificationError
        Choices without models or items, fewer than two models, no valid answer.
    """
    cells = _choice_cells(answers) if isinstance(answers, Choices) else cells_of(answers)
    cells = cells.assign(model=cells["model"].astype(str), item=cells["item"].astype(str))
    model, models = pd.factorize(cells["model"], sort=True)
    item, items = pd.factorize(cells["item"], sort=True)
    if len(models) < 2:
        raise SpecificationError(
            "one model differs from none",
            parameter="answers",
            got=", ".join(models) or "no model",
            expected="2 or more",
        )
    count = cells["count"].to_numpy(dtype=float)
    valid = (cells["status"] == "valid").to_numpy() & (count > 0)
    if not valid.any():
        raise SpecificationError("no valid answer", parameter="answers", got=f"{count.sum():,.0f} answers")
    seen = pd.DataFrame({"item": item[valid], "answer": cells["answer"].astype("string")[valid].to_numpy()})
    kinds = seen.drop_duplicates().sort_values(["item", "answer"], ignore_index=True)
    kinds["category"] = kinds.groupby("item").cumcount()
    category = seen.merge(kinds, on=["item", "answer"], how="left")["category"].to_numpy()
    shape = (len(models), len(items), int(category.max()) + 1)
    at = np.ravel_multi_index((model[valid], item[valid], category), shape)
    counts = np.bincount(at, count[valid], int(np.prod(shape))).reshape(shape)
    asked = np.bincount(item, count, len(items))
    return AnswerCube(tuple(map(str, models)), tuple(map(str, items)), counts, asked)


def _choice_cells(choices: Choices) -> pd.DataFrame:
    frame = choices.frame
    missing = [c for c in ("model", "item") if c not in frame.columns or frame[c].isna().any()]
    if missing:
        raise SpecificationError(
            "choices of unknown models or items",
            parameter="answers",
            got=f"no {' and no '.join(missing)}, or nulls there",
            expected="columns model and item without nulls",
        )
    first = frame[(frame["rank"] == 1) & (frame["status"] == "valid")]
    named = first.assign(option=first["option"].astype(str)).sort_values("option", kind="stable")
    chosen = named.groupby("choice", sort=False)["option"].agg(TIE.join)
    each = frame.drop_duplicates("choice")
    answer = each["choice"].map(chosen).astype("string")
    if "outcome" in each.columns:
        answer = answer.fillna(each["outcome"].astype("string"))
    times = each[COUNT].astype("int64") if COUNT in each.columns else 1
    table = each[["model", "item", "status"]].assign(answer=answer, count=times)
    return table.groupby(["model", "item", "status", "answer"], dropna=False)["count"].sum().reset_index()
