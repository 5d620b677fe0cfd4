"""Losses of language models by size and data: points of a public scaling study, and losses with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table

_POINTS = ("Model Size", "Training FLOP", "loss")
_LOSSES = ("name", "dataset", "params", "tokens", "val", "loss", "lo", "hi")
FLOP_PER_TOKEN = 6.0
"""Training FLOP of a parameter and a token (Kaplan et al. 2020)."""


def numbers(table: pd.DataFrame, columns: tuple[str, ...], path: str | Path) -> pd.DataFrame:
    """Some columns as numbers; what is none is refused by row."""
    found = pd.DataFrame({c: pd.to_numeric(table[c], errors="coerce") for c in columns})
    wrong = ~np.isfinite(found.to_numpy(dtype=float))
    if wrong.any():
        row, column = (int(x[0]) for x in np.nonzero(wrong))
        raise InputError(
            "not a number",
            file=path,
            row=row,
            parameter=columns[column],
            got=table[columns[column]].iloc[row],
        )
    return found


def place(path: str | Path) -> Path:
    """The file, or the same compressed, as datasets may lie beside their registered name."""
    file = Path(path)
    return file if file.exists() else file.with_name(file.name + ".gz")


@checked
def read_scaling_points(path: str | Path, *, drop: Annotated[int, Whole(0)] = 0) -> pd.DataFrame:
    """Final losses of training runs by parameters and tokens.

    Parameters
    ----------
    path
        A CSV file with ``Model Size``, ``Training FLOP`` and ``loss``, as read from the figures of Hoffmann et al. (2022).
    drop
        How many runs of the fewest tokens per parameter are left out (five by Besiroglu et al. 2024).

    Returns
    -------
    pandas.DataFrame
        ``params``, ``tokens`` (FLOP over six times the parameters) and ``loss``.

    Raises
    ------
    InputError
        A column is missing, or a cell is no number, by row.
    """
    file = place(path)
    table = numbers(read_table(file, _POINTS), _POINTS, file)
    frame = pd.DataFrame(
        {
            "params": table["Model Size"],
            "tokens": table["Training FLOP"] / (FLOP_PER_TOKEN * table["Model Size"]),
            "loss": table["loss"],
        }
    )
    order = (frame["tokens"] / frame["params"]).rank(method="first")
    return frame[order > drop].reset_index(drop=True)


@checked
def read_scaling_losses(path: str | Path, *, corpus: str | None = None) -> pd.DataFrame:
    """Losses of models on several evaluations, with the standard error that their 95% intervals say.

    Parameters
    ----------
    path
        A CSV file with ``name``, ``dataset``, ``params``, ``tokens``, ``val``, ``loss``, ``lo`` and ``hi``.
    corpus
        Keep the models trained on this corpus (``dataset``).

    Returns
    -------
    pandas.DataFrame
        ``model``, ``corpus``, ``evaluation`` (the file's folder), ``params``, ``tokens``, ``loss`` and ``error``.

    Raises
    ------
    InputError
        A column is missing, a cell is no number, or no model was trained on `corpus`.
    """
    file = place(path)
    table = read_table(file, _LOSSES)
    found = numbers(table, ("params", "tokens", "loss", "lo", "hi"), file)
    frame = pd.DataFrame(
        {
            "model": table["name"],
            "corpus": table["dataset"],
            "evaluation": table["val"].str.split("/").str[0],
            "params": found["params"],
            "tokens": found["tokens"],
            "loss": found["loss"],
            "error": (found["hi"] - found["lo"]) / (2 * stats.norm.ppf(0.975)),
        }
    )
    if corpus is None:
        return frame
    kept = frame[frame["corpus"] == corpus].reset_index(drop=True)
    if kept.empty:
        known = ", ".join(sorted(frame["corpus"].unique()))
        raise InputError("no model of this corpus", file=file, parameter="corpus", got=corpus, expected=known)
    return kept
