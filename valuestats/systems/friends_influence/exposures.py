"""An experiment on opinions: people say a side and a conviction, hear one voice, and say them again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from valuestats.base.allowed import Number
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.systems.comparison import without_data

COLUMNS = ("id", "topic", "s0", "c0", "s1", "c1", "exposure")
SIDES = {1: 1.0, 2: -1.0}
VOICE = "voice"
STRONGEST = 10.0
"""Conviction of those who are surest."""


@checked
def read_exposures(
    path: str | Path,
    *,
    part: Literal["opinions", "ties"] = "opinions",
    conviction: Annotated[float, Number(0.0, STRONGEST, "]")] = STRONGEST,
) -> pd.DataFrame:
    """Opinions before and after a voice was heard, as the panel and the ties of `valuestats.opinion_dynamics`.

    An opinion is the side (+ or -) times the conviction, 1 to 10. Each person and question is a network of two: the person,
    and the voice that was heard, of which only the side is known.

    Parameters
    ----------
    path
        A CSV file with ``id``, ``topic``, side and conviction before (``s0``, ``c0``) and after (``s1``, ``c1``), sides 1
        and 2, and ``exposure``, the side of the voice (1 or -1).
    part
        The panel or the ties.
    conviction
        What the voice's conviction is taken to be.

    Returns
    -------
    pandas.DataFrame
        ``network`` (person and question), ``topic``, ``person``, ``wave`` (0 before, 1 after), ``opinion``; or ``network``,
        ``person``, ``other``.

    Raises
    ------
    InputError
        A missing column, a side, conviction or voice that can't be, a person asked twice, by row.
    """
    file = Path(path)
    file = file if file.exists() else file.with_name(file.name + ".gz")
    table = read_table(file, COLUMNS)
    number = pd.DataFrame(
        {c: pd.to_numeric(table[c], errors="coerce") for c in COLUMNS if c not in ("id", "topic")}
    )
    allowed = {
        "s0": tuple(SIDES),
        "s1": tuple(SIDES),
        "c0": tuple(range(1, 11)),
        "c1": tuple(range(1, 11)),
        "exposure": (-1, 1),
    }
    for column, values in allowed.items():
        wrong = ~number[column].isin(values)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                "no such answer",
                file=file,
                row=row,
                parameter=column,
                got=table[column].iloc[row],
                expected=f"{values[0]} to {values[-1]}" if len(values) > 2 else f"{values[0]} or {values[1]}",
            )
    twice = table.duplicated(["id", "topic"])
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise InputError(
            "a person was asked twice", file=file, row=row, parameter="topic", got=table["topic"].iloc[row]
        )
    person = table["id"].astype(str)
    network = person + " " + table["topic"].astype(str)
    if part == "ties":
        return pd.DataFrame({"network": network, "person": person, "other": VOICE})
    said = {w: number[f"s{w}"].map(SIDES) * number[f"c{w}"] for w in (0, 1)}
    asked = pd.DataFrame({"network": network, "topic": table["topic"].astype(str), "person": person})
    rows = [asked.assign(wave=w, opinion=said[w]) for w in (0, 1)]
    heard = asked.assign(person=VOICE, wave=0, opinion=conviction * number["exposure"])
    return pd.concat([*rows, heard], ignore_index=True)


@checked
def stillness(panel: pd.DataFrame) -> pd.DataFrame:
    """How many opinions stayed as they were, moved, or changed sides, by whether the voice was on the person's side.

    Returns
    -------
    pandas.DataFrame
        ``voice`` (same side, other side), ``changes``, ``same``, ``turned`` (of sides), ``mean_move`` (towards the voice,
        in points of conviction).
    """
    wide = panel[panel["person"] != VOICE].pivot(index="network", columns="wave", values="opinion")
    voice = panel[panel["person"] == VOICE].set_index("network")["opinion"].reindex(wide.index)
    side = np.where(np.sign(voice) == np.sign(wide[0]), "same side", "other side")
    frame = pd.DataFrame(
        {
            "voice": side,
            "same": wide[0] == wide[1],
            "turned": np.sign(wide[0]) != np.sign(wide[1]),
            "mean_move": (wide[1] - wide[0]) * np.sign(voice),
        }
    )
    grouped = frame.groupby("voice")
    table = grouped.agg(same=("same", "sum"), turned=("turned", "sum"), mean_move=("mean_move", "mean"))
    return table.assign(changes=grouped.size()).reset_index()


def published_friends(published_csv: str | Path) -> pd.DataFrame:
    """The published numbers, none of which can be computed: the networks are not public.

    Returns
    -------
    pandas.DataFrame
        As from `valuestats.systems.comparison.compare_published`.
    """
    return without_data(published_csv, "the 275 networks are not public")
