"""Rows of evaluation logs, and how they become Responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.answers.letters import (
    Listed,
    behind_letter,
    listed_options,
    option_code,
    order_of,
    shown_as_text,
    shown_of,
)
from valuestats.ingest.answers.parse import Compat, parse_answers
from valuestats.ingest.answers.scales import as_scale, needed_scale
from valuestats.ingest.answers.texts import sha256_text, text_series
from valuestats.ingest.findings import Findings
from valuestats.ingest.identity import Duplicates, require_distinct
from valuestats.ingest.item_scales import ItemScales, Scales
from valuestats.ingest.logs.fields import canonical
from valuestats.ingest.sources import Source
from valuestats.instruments import AnswerScale
from valuestats.tables import STATUSES, Responses
from valuestats.tables.responses import no_findings

_CATEGORIES = (
    "model", "item", "cluster", "condition", "persona", "language", "wording", "option_order", "status", "rule",
    "source_file", "source_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class LogRow:
    """One raw answer as a log has it.

    ``options`` are the option texts as the prompt showed them, ``chosen`` the option that a model scored on
    each of them found most likely; ``status`` and ``rule`` are set where the log itself settles them.
    ``source_rows`` names all records that stand behind the row, where they are several. ``choice`` counts the answers of
    one request: `choices_as_epochs` makes epochs of them.
    """

    source: Source
    source_row: int
    model: str
    item: str
    epoch: int = 1
    choice: int = 1
    raw: str | None = None
    model_served: str | None = None
    cluster: str | None = None
    condition: str | None = None
    persona: str | None = None
    language: str | None = None
    wording: str | None = None
    seed: str | None = None
    prompt: str | None = None
    item_text: str | None = None
    options: tuple[str, ...] = ()
    order_known: bool = True
    chosen: str | None = None
    stop_reason: str | None = None
    error: str | None = None
    logprobs: Any = None
    status: str | None = None
    rule: str | None = None
    source_rows: str | None = None


def choices_as_epochs(rows: Sequence[LogRow]) -> list[LogRow]:
    """Rows whose several choices of one request are epochs of their own, after each other within each epoch."""
    width = max((row.choice for row in rows), default=1)
    if width == 1:
        return list(rows)
    return [replace(row, epoch=(row.epoch - 1) * width + row.choice) for row in rows]


def most_likely(
    row: LogRow,
    texts: Sequence[str],
    numbers: Sequence[float],
    *,
    shown: Sequence[str] = (),
    greedy: Sequence[bool | None] | None = None,
    ranked: Sequence[float] | None = None,
) -> LogRow:
    """The row of a model that scored each option: the answer is the most likely one, by `ranked` where given.

    ``shown`` are the options as the prompt lists them, where `texts` are their letters.
    """
    ranked = numbers if ranked is None else ranked
    options = tuple(behind_letter(text, shown) for text in texts)
    content = {
        "options": list(texts),
        "logprob": list(numbers),
        "is_greedy": [None] * len(numbers) if greedy is None else list(greedy),
    }
    row = replace(row, options=options, logprobs=content)
    best = [n for n, value in enumerate(ranked) if value == max(ranked)]
    if len(best) != 1:
        return replace(row, status="unparsable", rule="several are most likely")
    return replace(row, raw=texts[best[0]], chosen=options[best[0]])


def responses_of(
    rows: Iterable[LogRow],
    *,
    scale: Scales | None,
    compat: Compat | None,
    duplicates: Duplicates,
    path: str | Path,
    findings: Findings | None = None,
) -> Responses:
    """Read the answers of the rows by a scale.

    Texts are read by `valuestats.ingest.parse_answers`, letters and numbers by the options as that prompt showed them. A
    failed call without an answer is ``api_error``.

    Raises
    ------
    SpecificationError
        No scale.
    InputError
        No rows; a question that stands twice.
    """
    listed = list(rows)  # what is wrong with the files is said first
    told = no_findings() if findings is None else findings.frame()
    if isinstance(scale, Mapping):
        frame = _by_item(listed, ItemScales.of(scale), compat, path)
        return require_distinct(Responses(frame, told), duplicates)
    answer_scale = as_scale(needed_scale(scale))
    shown = [
        None if row.chosen is not None else shown_of(row.options, row.prompt, answer_scale) for row in listed
    ]
    listed = [
        row if row.chosen is not None else replace(row, options=Listed(one))
        for row, one in zip(listed, shown, strict=True)
    ]
    if not listed:
        raise InputError("no records", file=path)
    frame = _frame(listed)
    stops = frame["stop_reason"].astype(object).where(frame["stop_reason"].notna(), None)
    read = parse_answers(frame["raw"], answer_scale, compat=compat, stop_reason=stops, shown=shown)
    frame = pd.concat([frame, _settled(listed, read, answer_scale)], axis=1)
    frame["option_order"] = text_series(_order(row, answer_scale) for row in listed)
    for name in _CATEGORIES:
        if name in frame.columns:
            frame[name] = frame[name].astype("category")
    empty = [
        c
        for c in ("cluster", "persona", "language", "seed", "wording", "source_rows")
        if frame[c].isna().all()
    ]
    return require_distinct(Responses(frame.drop(columns=empty), told), duplicates)


def _by_item(rows: list[LogRow], scales: ItemScales, compat: Compat | None, path: str | Path) -> pd.DataFrame:
    """The rows of each scale read by it, in the order in which they came."""
    if not rows:
        raise InputError("no records", file=path)
    parts = []
    for scale, places in scales.groups(pd.Series([row.item for row in rows])):
        chosen = [rows[place] for place in places]
        read = responses_of(chosen, scale=scale, compat=compat, duplicates="report", path=path)
        frame = read.frame
        coded = [name for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)]
        parts.append(frame.astype(dict.fromkeys(coded, "str")).set_axis(places))
    frame = pd.concat(parts).sort_index()
    return frame.astype({name: "category" for name in _CATEGORIES if name in frame.columns})


def _order(row: LogRow, scale: AnswerScale) -> str | None:
    if not row.order_known:
        return None
    # Options that were scored one by one stood in an order only where the prompt lists them too.
    shown = row.options if row.chosen is None else listed_options(row.prompt or "")
    return order_of(shown, scale) if shown else None


def _frame(rows: list[LogRow]) -> pd.DataFrame:
    texts = (
        "model", "item", "raw", "model_served", "cluster", "condition", "persona", "language", "wording", "seed",
        "stop_reason", "error", "source_rows",
    )  # fmt: skip
    frame = pd.DataFrame({name: text_series([getattr(row, name) for row in rows]) for name in texts})
    frame["epoch"] = [row.epoch for row in rows]
    frame["logprobs"] = text_series(None if row.logprobs is None else canonical(row.logprobs) for row in rows)
    frame["options"] = text_series(
        shown_as_text(row.options.shown)
        if isinstance(row.options, Listed) and row.options.shown and row.order_known
        else canonical(list(row.options))
        if row.options and row.order_known
        else None
        for row in rows
    )
    frame["prompt_sha256"] = text_series(sha256_text(row.prompt) for row in rows)
    frame["item_text_sha256"] = text_series(sha256_text(row.item_text) for row in rows)
    frame["source_file"] = [row.source.name for row in rows]
    frame["source_sha256"] = [row.source.sha256 for row in rows]
    frame["source_row"] = np.array([row.source_row for row in rows], dtype=np.int64)
    return frame


def _settled(rows: list[LogRow], read: pd.DataFrame, scale: AnswerScale) -> pd.DataFrame:
    answers: list[int | None] = []
    statuses, rules = [], []
    for row, answer, status, rule in zip(
        rows, read["answer"], read["status"].astype(str), read["rule"].astype(str), strict=True
    ):
        code = None if status != "valid" else int(answer)
        if row.chosen is not None:
            code = option_code(row.chosen, scale)
            status, rule = (
                ("unparsable", "option not on the scale") if code is None else ("valid", "most likely")
            )
        if row.error is not None and status in ("empty", "unparsable") and not (row.raw or "").strip():
            code, status, rule = None, "api_error", "api_error"
        if row.status is not None:
            code, status, rule = None, row.status, row.rule or "given"
        answers.append(code)
        statuses.append(status)
        rules.append(rule)
    return pd.DataFrame(
        {
            "answer": pd.array(answers, dtype="Int64"),
            "status": pd.Categorical(statuses, categories=list(STATUSES)),
            "rule": rules,
        }
    )
