"""Answers that were read by a scale of another kind: letters or numbers that it has not, or an order that isn't known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.labels import counted, number
from valuestats.ingest.answers.letters import LETTERS, letters_alone
from valuestats.ingest.answers.texts import as_text, visible
from valuestats.ingest.answers.values import OFF_SCALE as NOT_ON_SCALE
from valuestats.ingest.findings import Findings
from valuestats.ingest.tabular.codes import OFF_SCALE
from valuestats.tables import Responses

Flags = NDArray[np.bool_]
LETTERS_UNREAD = "letters that the scale does not have"
OFF_UNREAD = "answers that the scale does not have"
ORDER_UNREAD = "numbers whose options are not known"
_MOST = 0.5  # of the answers that came
_LAST = "L"  # no list of options goes on beyond it; an "x" marks something else
_SOME, _LEAST = 0.05, 20  # from which share of them, and which number, the scale is in doubt


def with_misread(responses: Responses) -> Responses:
    """The answers, with a finding where the scale by which they were read is in doubt, and what reads them.

    So it is where most are letters (which are read where the prompt lists what they stand for, or where the scale has them),
    and where a twentieth are numbers that the scale does not have, or that may be places in a list whose order isn't known.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": "m", "item": ["1", "2", "3"], "epoch": 1, "raw": ["A", "(c)", "2"],
    ...     "answer": [None, None, 2], "status": ["unparsable", "unparsable", "valid"], "source_file": "f",
    ...     "source_sha256": "0", "source_row": [0, 1, 2]})
    >>> with_misread(Responses(frame)).findings["found"].item()
    "2 of 3 answers are letters (A to C): say scale='A-C', up to the last letter that was offered"
    """
    frame = responses.frame
    came = frame["raw"].notna().to_numpy(dtype=bool)
    unread = came & (frame["status"] == "unparsable").to_numpy(dtype=bool)
    if unread.sum() <= _SOME * came.sum():
        return responses
    findings = Findings()
    if not _letters(frame, came, unread, findings):
        _unread(frame, came, unread, findings)
    if not findings.rows:
        return responses
    findings.say()
    parts = [part for part in (responses.findings, findings.frame()) if len(part)]
    return Responses(frame, pd.concat(parts, ignore_index=True))


def _letters(frame: pd.DataFrame, came: Flags, unread: Flags, findings: Findings) -> bool:
    """Put down that most answers are letters, where they are."""
    if unread.sum() <= _MOST * came.sum():
        return False
    texts = as_text(frame.loc[unread, "raw"])
    letters = texts.map(letters_alone(texts.unique())).dropna()
    if len(letters) <= _MOST * came.sum():
        return False
    last = max(letters)
    if last > _LAST:
        return False
    told = f"A to {last}" if min(letters) < last else last
    coded = "rule" in frame.columns and (frame.loc[letters.index, "rule"] == OFF_SCALE).all()
    as_texts = "columns={'raw': the column of the answers} and " if coded else ""
    findings.add(
        LETTERS_UNREAD,
        str(frame["source_file"].loc[letters.index[0]]),
        None,
        f"{number(len(letters))} of {counted(int(came.sum()), 'answer')} are letters ({told}): say {as_texts}"
        f"scale='A-{max(last, LETTERS[1])}', up to the last letter that was offered",
    )
    return True


def _unread(frame: pd.DataFrame, came: Flags, unread: Flags, findings: Findings) -> None:
    """Put down which rule left many answers unread, and what reads them."""
    if "rule" not in frame.columns:
        return
    rules = frame["rule"].astype("str")
    for kind, rule, said in (
        (
            OFF_UNREAD,
            NOT_ON_SCALE,
            "are numbers or labels that the scale does not have{most}: is it another scale?",
        ),
        (
            ORDER_UNREAD,
            "order not known",
            "are numbers, and the list whose places they may be is not known: where the prompts showed each option with its "
            "code, say codes_shown=True of the scale (codes_shown: true in an instrument's file)",
        ),
    ):
        here = unread & rules.str.endswith(rule).to_numpy(dtype=bool)
        if here.sum() < max(_LEAST, _SOME * came.sum()):
            continue
        often = as_text(frame.loc[here, "raw"]).value_counts().head(3)
        most = ", ".join(f"{visible(str(text), 30)!r} {count:,} times" for text, count in often.items())
        findings.add(
            kind,
            str(frame["source_file"][here].iloc[0]),
            None,
            f"{number(int(here.sum()))} of {counted(int(came.sum()), 'answer')} {said.format(most=f' ({most})')}",
        )
