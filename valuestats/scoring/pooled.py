"""Conditions of answers: which a mean runs together, and scores that keep one of them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import pairs_apart, why_untested
from valuestats.tables import Responses
from valuestats.tables.conditions import CONDITIONS, SAID, column_words, level_names

_BETWEEN = "\x1f"


def pooled_warnings(pooled: dict[str, list[str]]) -> list[str]:
    """The note that stands with a result."""
    return [
        f"answers of {counted(len(levels), column_words(name))} are pooled in one mean ({level_names(levels)}); "
        f"score(by={name!r}) keeps them apart"
        for name, levels in pooled.items()
    ]


def pooled_phrases(result: Result) -> list[str]:
    """What a sentence says of conditions that were run together; nothing where there are none."""
    pooled = result.meta.get("pooled") or {}
    return [
        f"the {column_words(name)}s {level_names(levels)} are pooled in one mean"
        for name, levels in pooled.items()
        if name in SAID
    ]


def by_condition(answers: Responses, by: str) -> Responses:
    """The answers with each model under each level as a model of its own, see `split`."""
    frame = answers.frame
    taken = ("model", "item", "cluster", "dimension", "raw", "answer", "status")
    if by not in frame.columns or by in taken:
        raise SpecificationError(
            "scores of models are kept apart by a column that says under what they answered",
            parameter="by",
            got=by,
            expected=", ".join(c for c in frame.columns if c in CONDITIONS) or "a column of the answers",
            hint="name that column when answers are read, as in columns={'condition': ...}",
        )
    level = frame[by].astype(object).where(frame[by].notna(), "none").astype(str)
    return Responses(frame.assign(model=frame["model"].astype(str) + _BETWEEN + level))


def of_model(name: str, model: str) -> bool:
    """Whether this is the model, or the model under one of the levels of `by_condition`."""
    return name.split(_BETWEEN, 1)[0] == model


def split(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """The table of `by_condition` with the model and its level in columns of their own."""
    parts = table["model"].str.split(_BETWEEN, n=1, expand=True)
    place = list(table.columns).index("dimension")
    out = table.assign(model=parts[0])
    out.insert(place + 1, by, parts[1])
    return out


def split_draws(draws: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, list[str], list[str]]:
    """Replicates ``(draws, models, dimensions)`` of such models as ``(draws, models, dimensions, levels)``."""
    pairs = [name.split(_BETWEEN, 1) for name in names]
    models, levels = (list(dict.fromkeys(sorted(p[k] for p in pairs))) for k in (0, 1))
    out = np.full((len(draws), len(models), draws.shape[2], len(levels)), np.nan)
    for at, (model, level) in enumerate(pairs):
        out[:, models.index(model), :, levels.index(level)] = draws[:, at]
    return out, models, levels


def by_sentence(result: Result, rest: str) -> str:
    """The largest difference between two levels within a model, and how many there are."""
    by = result.keys[-1]
    frame = result.estimates.dropna(subset="estimate")
    levels = list(dict.fromkeys(frame[by]))
    who = f"{counted(frame['model'].nunique(), 'model')} under {counted(len(levels), column_words(by))}"
    if len(levels) < 2 or result.draws is None:
        return f"Scores of {who} ({level_names(levels)}); {rest}."
    pairs = result.contrasts(by, level=float(frame["level"].iloc[0])).dropna(subset="estimate")
    if pairs.empty:
        return (
            f"Scores of {who} ({level_names(levels)}), none of which one model was asked under twice; {rest}."
        )
    row = pairs.iloc[int(pairs["estimate"].abs().to_numpy().argmax())]
    size = interval(row, signed=True)
    tested = "" if pairs["differs"].notna().any() else f", not tested: {why_untested(result)}"
    told = pairs_apart(pairs, f"{column_words(by)}s within a model")
    held = ""
    if not tested:
        several = "hold for all pairs of a model and dimension at once"
        held = f" by intervals that {several if len(levels) > 2 else 'hold each by itself'}"
    return (
        f"Scores of {who} ({level_names(levels)}): the largest difference within a model is that of {row['model']} on "
        f"{row['dimension']}, {row['first']} less {row['second']} {size}{tested}; {told} differ{held}; {rest}."
    ).replace("_", " ")
