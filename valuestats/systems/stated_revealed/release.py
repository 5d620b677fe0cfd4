"""Moral foundations that models report of themselves, and those of people in nineteen nations."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.tables import Responses

FOUNDATIONS = ("Care", "Equality", "Proportionality", "Loyalty", "Authority", "Purity")
"""In the order in which the instrument's items go round them."""


@checked
def read_mfq2(path: str | Path) -> Responses:
    """Answers of models to the 36 items of MFQ-2, by item number of the instrument ``mfq2``.

    Parameters
    ----------
    path
        A CSV file with ``model``, ``axis_id`` (``mfq2_care_01``: the first item of Care), ``scale_value`` (1 to 5) and
        ``is_error`` (1 where the call failed).

    Returns
    -------
    Responses
        A failed call has the status ``api_error``; a value that is missing or no code of the scale is ``unparsable``.

    Raises
    ------
    InputError
        A column is missing, or an item is not of the instrument, by row.
    """
    file = Path(path)
    if not file.exists():  # datasets may lie compressed beside the registered name
        file = file.with_name(file.name + ".gz")
    frame = read_table(file, ["model", "axis_id", "scale_value", "is_error"])
    parts = frame["axis_id"].str.extract(r"^mfq2_([a-z]+)_0([1-6])$")
    place = {f.casefold(): k for k, f in enumerate(FOUNDATIONS)}
    wrong = ~parts[0].isin(list(place))
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            "no item of MFQ-2", file=file, row=row, parameter="axis_id", got=frame["axis_id"].iloc[row]
        )
    item = parts[0].map(place) + 1 + len(FOUNDATIONS) * (parts[1].astype(int) - 1)
    value = pd.to_numeric(frame["scale_value"], errors="coerce")
    code = value.where(value.isin([1, 2, 3, 4, 5]))
    failed = frame["is_error"].str.strip().isin(["1", "True", "true"])
    made = pd.DataFrame(
        {
            "model": frame["model"],
            "item": item.astype(str),
            "epoch": frame.groupby(["model", "axis_id"]).cumcount() + 1,
            "raw": frame["scale_value"],
            "answer": code.where(~failed).astype("Int64"),
            "status": np.where(failed, "api_error", np.where(code.isna(), "unparsable", "valid")),
            "source_file": file.name,
            "source_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "source_row": np.arange(len(frame)),
        }
    )
    return Responses(made)


@checked
def read_nation_norms(path: str | Path) -> pd.DataFrame:
    """Means and standard deviations of each nation's people on the six foundations.

    Parameters
    ----------
    path
        A CSV file with ``nation`` and, for each foundation, columns such as ``care_mean`` and ``care_sd``.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``dimension``, ``mean``, ``sd``, as `valuestats.norm_distances` takes them.

    Raises
    ------
    InputError
        A column is missing, or a cell is no number, by row.
    """
    file = Path(path)
    columns = [f"{f.casefold()}_{what}" for f in FOUNDATIONS for what in ("mean", "sd")]
    frame = read_table(file, ["nation", *columns])
    numbers = frame[columns].apply(lambda c: pd.to_numeric(c, errors="coerce"))
    wrong = ~np.isfinite(numbers.to_numpy(dtype=float))
    if wrong.any():
        row, column = (int(k[0]) for k in np.nonzero(wrong))
        raise InputError(
            "not a number",
            file=file,
            row=row,
            parameter=columns[column],
            got=frame[columns[column]].iloc[row],
        )
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "group": frame["nation"],
                    "dimension": f,
                    "mean": numbers[f"{f.casefold()}_mean"],
                    "sd": numbers[f"{f.casefold()}_sd"],
                }
            )
            for f in FOUNDATIONS
        ],
        ignore_index=True,
    )
