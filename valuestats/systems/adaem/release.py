"""The public leaderboard: scores of models on ten values, and their similarity to countries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError


@checked
def read_adaem_scores(path: str | Path) -> pd.DataFrame:
    """Scores of the leaderboard, one row per model and value.

    Parameters
    ----------
    path
        ``Schwartz_scores.json``: ``{"data": [{"model": name, value: score, …}, …]}``.

    Returns
    -------
    pandas.DataFrame
        ``respondent`` (the model), ``item`` (the value), ``rating`` (the score, 0 to 100), so that verbs on people's answers
        read it as it is.

    Raises
    ------
    InputError
        No such file, another layout, a model twice, values that differ between models, or a score that is none; with the
        record's number.

    Examples
    --------
    ::

        read_adaem_scores("Schwartz_scores.json")
    """
    content = _json(path)
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) and "model" in r for r in rows):
        raise InputError("no leaderboard", file=path, expected='{"data": [{"model": …, value: score, …}, …]}')
    values = [k for k in rows[0] if k != "model"]
    found = []
    for number, row in enumerate(rows):
        if [k for k in row if k != "model"] != values:
            raise InputError(
                "a model with other values than the first", file=path, row=number, got=", ".join(row)
            )
        for value in values:
            score = row[value]
            if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 100:
                raise InputError(
                    "no score",
                    file=path,
                    row=number,
                    parameter=value,
                    got=score,
                    expected="a number from 0 to 100",
                )
            found.append({"respondent": str(row["model"]), "item": value, "rating": float(score)})
    frame = pd.DataFrame(found)
    twice = frame.duplicated(["respondent", "item"])
    if twice.any():
        raise InputError("a model twice", file=path, got=frame.loc[twice, "respondent"].iloc[0])
    return frame


@checked
def read_adaem_similarity(path: str | Path) -> pd.DataFrame:
    """Similarity of models to countries as the leaderboard shows it, one row per pair.

    Parameters
    ----------
    path
        ``value_sim_heatmap.json``: ``models``, ``countries`` and the matrix ``cosine_sim_matrix``.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``country``, ``similarity``.

    Raises
    ------
    InputError
        No such file, another layout, or a matrix that doesn't fit its names.

    Examples
    --------
    ::

        read_adaem_similarity("value_sim_heatmap.json")
    """
    content = _json(path)
    wanted = ("models", "countries", "cosine_sim_matrix")
    if not isinstance(content, dict) or any(k not in content for k in wanted):
        raise InputError("no heat map", file=path, expected=", ".join(wanted))
    models, countries = (list(map(str, content[k])) for k in wanted[:2])
    matrix = np.asarray(content["cosine_sim_matrix"], dtype=float)
    if matrix.shape != (len(models), len(countries)):
        raise InputError(
            "a matrix that does not fit its names",
            file=path,
            got=" x ".join(map(str, matrix.shape)),
            expected=f"{len(models)} x {len(countries)}",
        )
    return pd.DataFrame(
        {
            "model": np.repeat(models, len(countries)),
            "country": np.tile(countries, len(models)),
            "similarity": matrix.ravel(),
        }
    )


def printed_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard as it is printed: one decimal, a model a row, for `valuestats.audit_table`.

    Examples
    --------
    >>> import pandas as pd
    >>> printed_scores(pd.DataFrame({"respondent": ["m"], "item": ["Power"], "rating": [28.700000000000003]}))
      model Power
    0     m  28.7
    """
    wide = scores.pivot(index="respondent", columns="item", values="rating")
    text = wide.map(lambda x: f"{x:.1f}").rename_axis(columns=None)
    return text.rename_axis("model").reset_index()


def _json(path: str | Path) -> Any:
    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", file=file)
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as wrong:
        raise InputError("no JSON", file=file, got=str(wrong)) from None
