"""What identifiers of logs say of a question: its item, its run, its condition, by a pattern with named groups."""

from __future__ import annotations

import re

import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.identity import Duplicates, require_distinct
from valuestats.ingest.logs.loop import FIELDS
from valuestats.tables import Responses
from valuestats.tables.schema import row_of


def identifier_pattern(
    text: str, parameter: str = "item_pattern", more: tuple[str, ...] = ()
) -> re.Pattern[str]:
    r"""The pattern that takes an identifier apart.

    Raises
    ------
    SpecificationError
        Not a pattern, no group ``item``, or a group of another name than those of a log's fields.

    Examples
    --------
    >>> identifier_pattern(r"pvq-(?P<item>\d+)-run(?P<epoch>\d+)").fullmatch("pvq-2-run1").groupdict()
    {'item': '2', 'epoch': '1'}
    """
    try:
        pattern = re.compile(text, re.DOTALL)
    except re.error as error:
        raise SpecificationError("not a pattern", parameter=parameter, got=str(error)) from None
    allowed = {*FIELDS, "epoch", *more}
    if "item" not in pattern.groupindex or set(pattern.groupindex) - allowed:
        raise SpecificationError(
            "the pattern doesn't name what it reads",
            parameter=parameter,
            got=text,
            expected=f"a group (?P<item>…) and perhaps others of {', '.join(sorted(allowed - {'item'}))}",
        )
    return pattern


def with_identifiers(responses: Responses, pattern: str, duplicates: Duplicates = "error") -> Responses:
    r"""The responses with item, epoch, … as the pattern reads them from what stood as the item.

    Runs that are numbered from 0 are numbered from 1. Where a row has an epoch of its own (several choices of one request),
    these stand after each other within each run.

    Raises
    ------
    InputError
        An identifier that doesn't meet the pattern, with file and row; a question that then stands twice.
    SpecificationError
        The pattern, or a group for a column that says something already.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": "m", "item": ["q1-run0", "q1-run1"], "answer": [4, 5], "status": "valid"})
    >>> read = with_identifiers(Responses(frame), r"q(?P<item>\d+)-run(?P<epoch>\d+)")
    >>> read.frame[["item", "epoch"]].to_numpy().tolist()
    [['1', 1], ['1', 2]]
    """
    compiled = identifier_pattern(pattern)
    frame = responses.frame.copy()
    said = frame["item"].astype(str)
    found = {name: compiled.fullmatch(name) for name in said.unique()}
    strange = [name for name, match in found.items() if match is None]
    if strange:
        row, file = row_of(frame, said.index[said.isin(strange)][0])
        raise InputError(
            "an identifier doesn't meet the pattern",
            parameter="item_pattern",
            got=f"{strange[0]!r} ({len(strange):,} of {len(found):,} identifiers, {int(said.isin(strange).sum()):,} rows)",
            expected=f"a text like {pattern}",
            file=file,
            row=row,
        )
    parts = pd.DataFrame({name: match.groupdict() for name, match in found.items() if match is not None}).T
    for name in parts.columns:
        texts = said.map(parts[name])
        if name == "epoch":
            frame["epoch"] = _epochs(texts.fillna("1"), frame)
        elif name != "item" and name in frame.columns and frame[name].notna().any():
            raise SpecificationError(
                "the pattern reads what the rows say already",
                parameter="item_pattern",
                got=f"(?P<{name}>…)",
                expected=f"no {name} in the rows",
            )
        else:
            frame[name] = texts.astype("category") if name != "seed" else texts
    return require_distinct(Responses(frame, responses.findings), duplicates)


def _epochs(texts: pd.Series, frame: pd.DataFrame) -> pd.Series:
    strange = ~texts.str.fullmatch(r"[0-9]{1,9}")
    if strange.any():
        row, file = row_of(frame, texts.index[strange][0])
        raise InputError(
            "an identifier can't be taken", parameter="epoch", got=repr(texts[strange].iloc[0]),
            expected="a whole number", file=file, row=row,
        )  # fmt: skip
    runs = texts.astype("int64")
    runs = runs + 1 if (runs == 0).any() else runs
    width = int(frame["epoch"].max())
    return (runs - 1) * width + frame["epoch"]
