"""Tables in the manner of GlobalOpinionQA (Durmus et al. 2023): shares of countries and answers of models.

The dataset is CC-BY-NC-SA: it is read where the user has put it and never shipped.
A question is its text and its list of options together, white space aside; ``question`` holds an identifier
made from both, ``text`` the text.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.surveys.answer_options import ordered_scale
from valuestats.ingest.tabular.written_lists import (
    as_numbers,
    list_in,
    numbers_in,
    read_table,
    require_same_length,
    selections_in,
    texts_in,
)
from valuestats.tables import Population
from valuestats.tables.population import ROUNDING

__all__ = [
    "ModelAnswers",
    "merge_people",
    "question_id",
    "read_cells",
    "read_model_distributions",
    "read_model_people",
    "read_published_layout",
]


@dataclass(frozen=True)
class ModelAnswers(Population):
    """Answer distributions of models, some given for a persona.

    As `Population`, but the columns ``persona`` (the country a model answered for, null for its default
    answer), ``language`` (of a translated prompt, null for the original) and ``condition`` (another context) belong
    to the key: a model may answer one question for several countries. All shares zero means that the model was
    asked and gave no usable distribution.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": "m", "persona": ["Chile", "Chile", "Peru", "Peru"], "question": "q",
    ...     "option": ["yes", "no"] * 2, "position": [0, 1] * 2, "share": [0.4, 0.6, 0.5, 0.5]})
    >>> len(ModelAnswers(frame))
    4
    """

    def __post_init__(self) -> None:
        frame = self.frame
        given = [c for c in ("persona", "language", "condition") if c in frame.columns]
        if given and "group" in frame.columns:
            names = frame["group"].astype(str)
            for column in given:
                names = names + frame[column].map(lambda v, c=column: "" if pd.isna(v) else f" ({c} {v})")
            checked = Population(frame.assign(group=names), self.rounding, self.adjusted)
            frame = checked.frame.assign(group=frame["group"].to_numpy())
        else:
            checked = Population(frame, self.rounding, self.adjusted)
            frame = checked.frame
        object.__setattr__(self, "frame", frame)
        object.__setattr__(self, "adjusted", checked.adjusted)


@dataclass(frozen=True)
class _Cell:
    """One distribution as it stands in a file."""

    group: str
    text: str
    options: tuple[str, ...]
    shares: tuple[float, ...]
    row: int
    extra: tuple[tuple[str, Any], ...] = ()
    occurrence: int = 1


@lru_cache(maxsize=8192)
def question_id(text: str, options: tuple[str, ...]) -> str:
    """Identifier of a question: the first 12 hexadecimal digits of SHA-1 over its text and options.

    Runs of white space count as one blank: copies of the dataset differ in line breaks and in nothing else.

    Examples
    --------
    >>> question_id("Yes or no?", ("Yes", "No"))
    'goqa-50ec774ecf99'
    """
    content = json.dumps([" ".join(part.split()) for part in (text, *options)], ensure_ascii=False)
    return "goqa-" + hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()[:12]


def read_cells(path: str | Path) -> Population:
    """Read a table of one row per question and country: ``question, country, options, dist`` (JSON lists).

    Parameters
    ----------
    path
        CSV file; a column ``source`` is kept where there is one.

    Returns
    -------
    Population
        With ``text``, ``ordered`` (true where the options form a declared scale, otherwise null),
        ``source``, ``source_file`` and ``source_row``; ``n`` is null, as the dataset doesn't tell it.

    Raises
    ------
    InputError
        A column is missing, a list can't be read, the numbers of options and shares differ, or the shares
        do not add up to one; with file and row.
    """
    frame = read_table(path, ("question", "country", "options", "dist"))
    cells = []
    for row, record in enumerate(frame.to_dict("records")):
        options = texts_in(record["options"], "options", path, row, json.loads)
        shares = numbers_in(record["dist"], "dist", path, row, json.loads)
        require_same_length(options, shares, path, row)
        extra = (("source", str(record.get("source", ""))),)
        cells.append(_Cell(str(record["country"]), str(record["question"]), options, shares, row, extra))
    return Population(_frame(cells, path))


def read_published_layout(path: str | Path) -> Population:
    """Read the dataset's own CSV: ``question, selections, options, source``, one row per question.

    ``selections`` is the repr of a ``defaultdict`` of lists; the braces in it are read as a literal and
    never evaluated. A question that stands twice with the same options keeps both rows: the identifier of
    the second ends in ``-2``.

    Parameters
    ----------
    path
        CSV file.

    Returns
    -------
    Population
        As `read_cells`.

    Raises
    ------
    InputError
        As `read_cells`.
    """
    frame = read_table(path, ("question", "selections", "options"))
    cells: list[_Cell] = []
    seen: Counter[str] = Counter()
    for row, record in enumerate(frame.to_dict("records")):
        options = texts_in(record["options"], "options", path, row, ast.literal_eval)
        text = str(record["question"])
        identifier = question_id(text, options)
        seen[identifier] += 1
        for country, values in selections_in(record["selections"], path, row).items():
            shares = as_numbers(values, "selections", path, row)
            require_same_length(options, shares, path, row)
            extra = (("source", str(record.get("source", ""))),)
            cells.append(_Cell(country, text, options, shares, row, extra, seen[identifier]))
    return Population(_frame(cells, path))


def read_model_distributions(
    paths: str | Path | Iterable[str | Path],
    *,
    compat: Literal["published"] | None = None,
    rounding: float = ROUNDING,
) -> ModelAnswers:
    """Read distributions that models gave for countries.

    Columns: ``question, country, options, llm_distribution, model``; lists as Python or JSON literals. Other
    columns, such as distances somebody computed, are not read.

    Parameters
    ----------
    paths
        One or more CSV files.
    compat
        None: a list of another length than the options, or one whose sum is further than `rounding` from
        one, is no usable answer: its shares are set to zero and ``status`` says why, so that it counts as
        asked and not as scored. ``"published"``: the rule behind the distances published with the files: a
        list that is too short is filled up with zeros at its end, and any positive sum is renormalised.
    rounding
        Largest distance of a usable sum from one.

    Returns
    -------
    ModelAnswers
        ``group`` is the model, ``persona`` the country; ``status`` is ``valid``, ``wrong_length`` or
        ``not_a_distribution``.

    Raises
    ------
    InputError
        A column is missing or the options can't be read, with file and row.
    """
    if compat not in (None, "published"):
        raise SpecificationError("no such rule", parameter="compat", got=compat, expected="published or None")
    parts = []
    for path in _listed(paths):
        cells = []
        for row, record in enumerate(
            read_table(path, ("question", "country", "options", "llm_distribution", "model")).to_dict(
                "records"
            )
        ):
            options = texts_in(record["options"], "options", path, row, ast.literal_eval)
            given = list_in(record["llm_distribution"], "llm_distribution", path, row, ast.literal_eval)
            shares, status = _usable(given, len(options), compat, rounding)
            extra = (("persona", str(record["country"])), ("status", status))
            cells.append(_Cell(str(record["model"]), str(record["question"]), options, shares, row, extra))
        parts.append(_frame(cells, path))
    return ModelAnswers(pd.concat(parts, ignore_index=True))


def read_model_people(paths: str | Path | Iterable[str | Path]) -> Population:
    """Read the countries' own shares that stand beside models' distributions (column ``selections``).

    Parameters
    ----------
    paths
        The files of `read_model_distributions`; a question and country that stand in several must agree.

    Returns
    -------
    Population
        As `read_cells`.

    Raises
    ------
    InputError
        As `read_cells`, or two files disagree.
    """
    tables = []
    for path in _listed(paths):
        cells = []
        for row, record in enumerate(
            read_table(path, ("question", "country", "options", "selections")).to_dict("records")
        ):
            options = texts_in(record["options"], "options", path, row, ast.literal_eval)
            shares = numbers_in(record["selections"], "selections", path, row, ast.literal_eval)
            require_same_length(options, shares, path, row)
            cells.append(_Cell(str(record["country"]), str(record["question"]), options, shares, row))
        tables.append(Population(_frame(cells, path)))
    return merge_people(*tables)


def merge_people(*tables: Population, tolerance: float = 5e-3) -> Population:
    """One table of several, each country and question once.

    Parameters
    ----------
    tables
        Tables by the readers of this module.
    tolerance
        Largest difference between two tables' shares of the same cell.

    Raises
    ------
    InputError
        Two tables give a cell shares that differ by more.
    """
    rows = pd.concat([table.frame for table in tables], ignore_index=True)
    key = ["group", "question", "position"]
    shares = rows.groupby(key, observed=True)["share"].transform("first")
    apart = (rows["share"] - shares).abs().to_numpy() > tolerance
    if apart.any():
        bad = rows.iloc[int(apart.argmax())]
        raise InputError(
            "two tables disagree on how a country answered",
            parameter="share",
            got=f"{bad['share']:.4f} for {bad['group']}, question {bad['question']}",
            expected=f"{shares.iloc[int(apart.argmax())]:.4f} within {tolerance:g}",
            file=bad.get("source_file"),
            row=bad.get("source_row"),
        )
    return Population(rows.drop_duplicates(key, ignore_index=True))


def _listed(paths: str | Path | Iterable[str | Path]) -> list[str | Path]:
    return [paths] if isinstance(paths, str | Path) else list(paths)


def _usable(
    given: list[Any], size: int, compat: str | None, rounding: float
) -> tuple[tuple[float, ...], str]:
    nothing = (0.0,) * size
    if not all(isinstance(v, int | float) and np.isfinite(v) and v >= 0 for v in given):
        return nothing, "not_a_distribution"
    shares = [float(v) for v in given]
    if compat == "published":
        shares += [0.0] * (size - len(shares))
    if len(shares) != size:
        return nothing, "wrong_length"
    total = sum(shares)
    if total == 0 or (compat is None and abs(total - 1) > rounding):
        return nothing, "not_a_distribution"
    return tuple(v / total for v in shares), "valid"


def _frame(cells: list[_Cell], path: str | Path) -> pd.DataFrame:
    """One row per option of every cell."""
    sizes = np.array([len(c.options) for c in cells], dtype=int)
    scales = {c.options: ordered_scale(c.options) for c in cells}
    identifiers = [
        question_id(c.text, c.options) + (f"-{c.occurrence}" if c.occurrence > 1 else "") for c in cells
    ]

    def spread(values: list[Any]) -> np.ndarray:
        return np.repeat(np.array(values, dtype=object), sizes)

    frame = pd.DataFrame(
        {
            "group": spread([c.group for c in cells]),
            "question": spread(identifiers),
            "text": spread([" ".join(c.text.split()) for c in cells]),
            "option": [" ".join(option.split()) for c in cells for option in c.options],
            "position": [k for size in sizes.tolist() for k in range(size)],
            "share": [share for c in cells for share in c.shares],
            "n": np.nan,
            "ordered": spread([scales[c.options] for c in cells]),
        }
    )
    for name in dict.fromkeys(name for c in cells for name, _ in c.extra):
        frame[name] = spread([dict(c.extra)[name] for c in cells])
    frame["source_file"] = Path(path).name
    frame["source_row"] = np.repeat([c.row for c in cells], sizes)
    return frame
