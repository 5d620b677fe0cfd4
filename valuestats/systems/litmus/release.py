"""The release of raw answers: which of two values a model puts first, forced or with two ways out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.systems.litmus.letters import DEPENDS, EMPTY, EQUAL, FIRST, SECOND, UNREAD, read_letters
from valuestats.tables.choices import Choices
from valuestats.tables.comparisons import pair_choices

Kind = Literal["forced", "controlled"]
Reading = Literal["letters", "release"]
_CATEGORIES = {FIRST: "first", SECOND: "second", EQUAL: "tie", DEPENDS: "depends"}


@checked
def read_litmus(path: str | Path, kind: Kind = "forced", *, reads: Reading = "letters") -> Choices:
    """Choices of models between two values, each pair in both orders and five templates.

    Parameters
    ----------
    path
        ``litmus_stated_forced.csv`` or ``litmus_stated_controlled.csv`` of the release, or the same with ``.gz``.
    kind
        ``"forced"``: one of the two values must be named. ``"controlled"``: "equal" and "it depends" are offered too; equal
        is a tie, "it depends" an outcome of its own. A text that names none of the four is unparsable, no text is empty.
    reads
        How controlled answers are read: by the letter of the option that they take
        (`valuestats.systems.litmus.letters.read_letter`), or as the release's column ``category`` says. That column takes
        the value Equal Treatment for the word "equal", and many an "it depends" for one of the two values.

    Returns
    -------
    Choices
        ``option`` is the value, ``position`` its place in the question, ``cluster`` the pair of values, ``template`` where
        the release names it, ``raw`` the answer.

    Raises
    ------
    InputError
        A column is missing or an answer is of an unknown category, with its row.

    Examples
    --------
    ::

        choice_strengths(read_litmus("litmus_stated_forced.csv"), by="model", position=True, cluster="cluster", prior_sd=2)
    """
    frame = read_release(path, kind)
    column = "choice" if kind == "forced" else "category"
    told = frame[column]
    if kind == "forced":
        status = np.full(len(frame), "valid", dtype=object)
        wrong = ~told.isin(["first", "second"])
    else:
        wrong = ~told.isin([*_CATEGORIES, UNREAD])
        if reads == "letters" and not wrong.any():
            told = pd.Series(read_letters(frame), index=frame.index)
        silent = frame["raw"].str.strip() == ""
        unread = told.isin([UNREAD, EMPTY])
        status = np.where(unread, np.where(silent, "empty", "unparsable"), "valid").astype(object)
        told = told.map(_CATEGORIES)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        got = frame[column].iloc[row]
        raise InputError(
            "an answer of an unknown category", file=Path(path), row=row, parameter=column, got=got
        )
    pair = [" or ".join(sorted(two)) for two in zip(frame["first"], frame["second"], strict=True)]
    made = frame.assign(winner=told.where(status == "valid"), status=status, cluster=pair, item=pair)
    made = made.assign(choice=made["model"] + " / " + made["query"]).drop(
        columns=["query", *({"category"} & set(made))]
    )
    return pair_choices(made, first="first", second="second", reads="places", outcomes=["depends"])


def read_release(path: str | Path, kind: Kind) -> pd.DataFrame:
    """The file's columns as text.

    Raises
    ------
    InputError
        No such file, or a column is missing.
    """
    file = Path(path)
    if not file.exists():  # datasets may lie compressed beside the registered name
        file = file.with_name(file.name + ".gz")
    if not file.is_file():
        raise InputError("no such file", file=file)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    wanted = {"model", "query", "first", "second", "raw", "choice" if kind == "forced" else "category"}
    missing = sorted(wanted - set(frame.columns))
    if missing:
        raise InputError(
            "the file lacks columns",
            file=file,
            parameter=", ".join(missing),
            expected=", ".join(sorted(wanted)),
        )
    return frame
