"""The release's files: votes on steps between values, the published graph, what participants said of the process."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError

VOTES = {"upgrade": "wiser", "no_upgrade": "equal", "not_sure": "unsure"}
"""What the release calls a vote, and what it says of the second value. Nobody could vote that it is less wise."""
REPRESENTED = "Did the values you submitted and voted for express what you care about?"
"""Question of the survey whose answers 4 and 5 of 5 count as well represented."""
SIMULATED = "simulated"
"""Field of a simulated record."""


def _records(path: str | Path, wanted: set[str]) -> tuple[Path, list[dict[str, Any]]]:
    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", file=file)
    raw = file.read_bytes()
    try:
        content = orjson.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
    except (orjson.JSONDecodeError, gzip.BadGzipFile) as error:
        raise InputError("the file is not valid JSON", file=file, got=str(error)) from error
    if not isinstance(content, list) or not content:
        raise InputError("the file holds no list of records", file=file, got=type(content).__name__)
    for row, record in enumerate(content):
        missing = sorted(wanted - set(record)) if isinstance(record, dict) else sorted(wanted)
        if missing:
            raise InputError("a record lacks fields", file=file, row=row, parameter=", ".join(missing))
    return file, content


@checked
def read_moral_graph_votes(path: str | Path, before: str | None = None) -> pd.DataFrame:
    """Votes of the release, one row per participant and step.

    Parameters
    ----------
    path
        ``edge.json``, or the same with ``.gz``.
    before
        Votes of this day (ISO date) and later are left out, as in the published graph.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``from``, ``to``, ``vote`` (see `VOTES`), ``context``, ``created``, ``simulated``, ``source_row``:
        a table for `valuestats.votes_to_graph`.

    Raises
    ------
    InputError
        Not JSON, a field is missing, or a vote of an unknown kind, with its row.

    Examples
    --------
    ::

        votes = read_moral_graph_votes("edge.json", before="2023-10-20")
    """
    file, records = _records(path, {"userId", "fromId", "toId", "contextId", "relationship", "createdAt"})
    frame = pd.DataFrame(
        {
            "respondent": [str(r["userId"]) for r in records],
            "from": [str(r["fromId"]) for r in records],
            "to": [str(r["toId"]) for r in records],
            "vote": [VOTES.get(str(r["relationship"])) for r in records],
            "context": [str(r["contextId"]) for r in records],
            "created": [str(r["createdAt"]) for r in records],
            "simulated": [bool(r.get(SIMULATED, False)) for r in records],
            "source_row": range(len(records)),
        }
    )
    unknown = frame["vote"].isna()
    if unknown.any():
        row = int(unknown.to_numpy().argmax())
        raise InputError(
            "a vote of an unknown kind",
            file=file,
            row=row,
            parameter="relationship",
            got=records[row]["relationship"],
            expected=", ".join(VOTES),
        )
    if before is not None:
        frame = frame[frame["created"] < before].reset_index(drop=True)
        if frame.empty:
            raise InputError("no vote before that day", file=file, parameter="before", got=before)
    return frame


@checked
def read_moral_graph(path: str | Path) -> pd.DataFrame:
    """Edges of the published graph with their counts.

    Parameters
    ----------
    path
        ``dft_moral-graph-all-participants.json``, or the same with ``.gz``.

    Returns
    -------
    pandas.DataFrame
        ``from``, ``to``, ``n_wiser``, ``n_less_wise``, ``n_equal``, ``n_unsure``, ``shown``, ``likelihood``, ``entropy``,
        and ``from_title``, ``to_title`` of the two values.

    Raises
    ------
    InputError
        Not JSON, or not the release's layout.

    Examples
    --------
    ::

        published = read_moral_graph("dft_moral-graph-all-participants.json")
    """
    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", file=file)
    raw = file.read_bytes()
    try:
        content = orjson.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
        titles = {str(v["id"]): str(v["title"]) for v in content["values"]}
        rows = [
            {
                "from": str(e["sourceValueId"]),
                "to": str(e["wiserValueId"]),
                "n_wiser": e["counts"]["markedWiser"],
                "n_less_wise": e["counts"]["markedLessWise"],
                "n_equal": e["counts"]["markedNotWiser"],
                "n_unsure": e["counts"]["markedUnsure"],
                "shown": e["counts"]["impressions"],
                "likelihood": e["summary"]["wiserLikelihood"],
                "entropy": e["summary"]["entropy"],
            }
            for e in content["edges"]
        ]
    except (orjson.JSONDecodeError, gzip.BadGzipFile, KeyError, TypeError) as error:
        raise InputError("not a graph in the release's layout", file=file, got=repr(error)) from error
    frame = pd.DataFrame(rows)
    return frame.assign(from_title=frame["from"].map(titles), to_title=frame["to"].map(titles))


@checked
def read_moral_graph_survey(path: str | Path) -> pd.DataFrame:
    """Answers of participants on the process: one row each, whether the values express what they care about.

    Parameters
    ----------
    path
        ``dft_survey-responses.csv``, or the same with ``.gz``.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``answer`` (1 to 5, null where not answered).

    Raises
    ------
    InputError
        A column is missing, or an answer is no code from 1 to 5, with its row.

    Examples
    --------
    ::

        survey = read_moral_graph_survey("dft_survey-responses.csv")
    """
    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", file=file)
    frame = pd.read_csv(file)
    for column in ("respondent", REPRESENTED):
        if column not in frame.columns:
            raise InputError("the file lacks a column", file=file, parameter=column)
    wrong = frame[REPRESENTED].notna() & ~frame[REPRESENTED].isin([1, 2, 3, 4, 5])
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            "an answer off the scale",
            file=file,
            row=row,
            parameter=REPRESENTED,
            got=frame[REPRESENTED].iloc[row],
        )
    return pd.DataFrame({"respondent": frame["respondent"], "answer": frame[REPRESENTED]})


@checked
def read_moral_graph_positions(path: str | Path) -> pd.DataFrame:
    """Whether participants who saw where their value stands in the graph found that fair.

    Parameters
    ----------
    path
        ``graphPositionVerification.json``, or the same with ``.gz``.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``value``, ``fair``.

    Raises
    ------
    InputError
        Not JSON, or a field is missing.

    Examples
    --------
    ::

        positions = read_moral_graph_positions("graphPositionVerification.json")
    """
    _, records = _records(path, {"userId", "deduplicatedCardId", "isSatisfiedWithPosition"})
    return pd.DataFrame(
        {
            "respondent": [str(r["userId"]) for r in records],
            "value": [str(r["deduplicatedCardId"]) for r in records],
            "fair": [bool(r["isSatisfiedWithPosition"]) for r in records],
        }
    )
