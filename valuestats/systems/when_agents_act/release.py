"""The release of When Agents Act: one row per judgement of a model on a dilemma."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError

COLUMNS = (
    "judgement_id",
    "model_id",
    "dilemma_id",
    "dilemma_title",
    "choice_id",
    "confidence",
    "reasoning_length",
)
Outcome = Literal["confidence", "reasoning_length"]


@checked
def read_judgements(path: str | Path) -> pd.DataFrame:
    """Judgements of models on dilemmas, as released: neither the mode nor the configuration is told.

    Parameters
    ----------
    path
        ``when_agents_act_raw_judgements.csv`` of the prepared data, or the same with ``.gz``.

    Returns
    -------
    pandas.DataFrame
        ``judgement``, ``model``, ``item`` (the dilemma's title), ``choice``, ``confidence`` (0 to 10), ``reasoning_length``
        (characters).

    Raises
    ------
    InputError
        A missing column, a judgement that stands twice, a null choice, a confidence beyond 0 and 10; with the row.

    Examples
    --------
    ::

        reversal_bounds(read_judgements("when_agents_act_raw_judgements.csv"))
    """
    file = Path(path)
    if not file.exists():
        file = file.with_name(file.name + ".gz")
    if not file.is_file():
        raise InputError("no such file", file=file)
    frame = pd.read_csv(file)
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise InputError(
            "the file lacks columns", file=file, parameter=", ".join(missing), expected=", ".join(COLUMNS)
        )
    faults = {
        "judgement_id": (frame["judgement_id"].duplicated(), "each judgement once"),
        "choice_id": (frame["choice_id"].isna(), "a choice"),
        "confidence": (~frame["confidence"].between(0, 10), "a number from 0 to 10"),
    }
    for column, (wrong, expected) in faults.items():
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            got = frame[column].iloc[row]
            raise InputError(
                "a value that may not stand there",
                file=file,
                row=row,
                parameter=column,
                got=got,
                expected=expected,
            )
    titles = frame.groupby("dilemma_id")["dilemma_title"].transform("first")
    return pd.DataFrame(
        {
            "judgement": frame["judgement_id"],
            "model": frame["model_id"].str.split("/").str[-1],
            "item": titles,
            "choice": frame["choice_id"],
            "confidence": frame["confidence"].astype(float),
            "reasoning_length": frame["reasoning_length"].astype(float),
        }
    )


@checked
def judged_outcomes(judgements: pd.DataFrame, outcome: Outcome = "confidence") -> pd.DataFrame:
    """Outcomes of the same dilemmas under several models, for `valuestats.paired_contrast`.

    Parameters
    ----------
    judgements
        As `read_judgements` returns them.
    outcome
        What is compared; lengths of reasoning enter as natural logarithms, so that contrasts are of ratios.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``condition`` (the model), ``value``, ``epoch``.

    Raises
    ------
    SpecificationError
        A length that is not above 0.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["a", "a"], "model": ["m", "n"], "confidence": [7.0, 9.0]})
    >>> judged_outcomes(frame)["value"].tolist()
    [7.0, 9.0]
    """
    value = judgements[outcome].to_numpy(dtype=float)
    if outcome == "reasoning_length":
        if not (value > 0).all():
            raise SpecificationError(
                "a length without logarithm", parameter="outcome", got=float(value.min())
            )
        value = np.log(value)
    made = pd.DataFrame({"item": judgements["item"], "condition": judgements["model"], "value": value})
    return made.assign(epoch=made.groupby(["item", "condition"]).cumcount() + 1)
