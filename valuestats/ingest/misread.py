"""Answers that were read by a scale of another kind: most are letters, and the scale has none."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.ingest.answers.letters import LETTERS, letters_alone
from valuestats.ingest.answers.texts import as_text
from valuestats.ingest.findings import Findings
from valuestats.ingest.tabular.codes import OFF_SCALE
from valuestats.tables import Responses

LETTERS_UNREAD = "letters that the scale does not have"
_MOST = 0.5  # of the answers that came


def with_misread(responses: Responses) -> Responses:
    """The answers; where most are letters that could not be read, with a finding that names the scale that reads them.

    Letters are read where the prompt lists what they stand for, or where the scale has them.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": "m", "item": ["1", "2", "3"], "epoch": 1, "raw": ["A", "(c)", "2"],
    ...     "answer": [None, None, 2], "status": ["unparsable", "unparsable", "valid"], "source_file": "f",
    ...     "source_sha256": "0", "source_row": [0, 1, 2]})
    >>> with_misread(Responses(frame)).findings["found"].item()
    "2 of 3 answers are letters (A to C): say scale='A-C', up to the last letter that was offered"
    """
    frame = responses.frame
    raw = frame["raw"]
    came = raw.notna().to_numpy(dtype=bool)
    unread = came & (frame["status"] == "unparsable").to_numpy(dtype=bool)
    if not came.any() or unread.sum() <= _MOST * came.sum():
        return responses
    texts = as_text(raw[unread])
    letters = texts.map(letters_alone(texts.unique())).dropna()
    if len(letters) <= _MOST * came.sum():
        return responses
    last = max(letters)
    told = f"A to {last}" if min(letters) < last else last
    coded = "rule" in frame.columns and (frame.loc[letters.index, "rule"] == OFF_SCALE).all()
    as_texts = "columns={'raw': the column of the answers} and " if coded else ""
    findings = Findings()
    findings.add(
        LETTERS_UNREAD,
        str(frame["source_file"].loc[letters.index[0]]),
        None,
        f"{number(len(letters))} of {counted(int(came.sum()), 'answer')} are letters ({told}): say {as_texts}"
        f"scale='A-{max(last, LETTERS[1])}', up to the last letter that was offered",
    )
    findings.say()
    parts = [part for part in (responses.findings, findings.frame()) if len(part)]
    return Responses(frame, pd.concat(parts, ignore_index=True))
