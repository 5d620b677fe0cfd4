"""Published laws beside their recomputation and their correction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, of_simulated, read_published

LOSSES, MORAL = "loss by parameters and tokens", "distance from people"


def worldpm_comparison(
    published_csv: str | Path,
    huber: Result,
    likelihood: Result,
    slope: Result,
    corrected: Result,
    *,
    standin: bool = False,
) -> pd.DataFrame:
    """Published | Recomputed | Corrected for the two public laws.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    huber, likelihood
        `valuestats.power_law` of losses by parameters and tokens, by Huber's loss as published, and by maximum likelihood.
    slope, corrected
        Of the distance from people without a floor: as published, and of the recomputed distances over families.
    standin
        Whether losses or distances are simulated: nothing is recomputed then.

    Returns
    -------
    pandas.DataFrame
        As from `valuestats.systems.comparison.compare_published`. A parameter counts as reproduced within .0005 (.005 of the
        slopes, which are published to two digits), the loss within half a unit of its last digit.
    """
    if standin:
        return of_simulated(published_csv)
    published = read_published(published_csv)
    recomputed = pd.DataFrame([*_loss_rows(huber), *_slope_rows(slope)])
    better = pd.concat([_corrected(likelihood, LOSSES), _corrected(corrected, MORAL)], ignore_index=True)
    parts = []
    for own, tolerance in (
        (published["quantity"] == "Huber loss", 5e-9),
        ((published["group"] == LOSSES) & (published["quantity"] != "Huber loss"), 5e-4),
        (published["group"] == MORAL, 5e-3),
    ):
        parts.append(compare_published(published[own], recomputed, better, tolerance=tolerance))
    return pd.concat(parts).sort_index().pipe(_in_order_of, published)


def _in_order_of(table: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    return published[["quantity", "group"]].merge(table, on=["quantity", "group"], validate="one_to_one")


def _names(parameter: str) -> str:
    return parameter.replace("params", "parameters")


def _loss_rows(found: Result) -> list[dict[str, object]]:
    rows = []
    for _, row in found.estimates.iterrows():
        floor = row["parameter"] == "floor"
        value = float(np.log(row["estimate"])) if floor else float(row["estimate"])
        name = "log floor" if floor else _names(str(row["parameter"]))
        rows.append({"quantity": name, "group": LOSSES, "value": value})
    loss = {"quantity": "Huber loss", "group": LOSSES, "value": float(found.meta["fits"][0]["objective"])}
    return [*rows, loss]


def _slope_rows(found: Result) -> list[dict[str, object]]:
    row = found.estimates[found.estimates["parameter"] == "exponent"].iloc[0]
    values = {
        "exponent of size": float(row["estimate"]),
        "error of the exponent": float(row["std_error"]),
        "R squared": float(found.meta["fits"][0]["r_squared"]),
    }
    return [{"quantity": name, "group": MORAL, "value": value} for name, value in values.items()]


def _corrected(found: Result, group: str) -> pd.DataFrame:
    frame = found.estimates.copy()
    floor = frame["parameter"] == "floor"
    for column in ("estimate", "lower", "upper"):
        frame.loc[floor, column] = np.log(frame.loc[floor, column])
    named = frame["parameter"].map(_names).replace({"floor": "log floor", "exponent": "exponent of size"})
    return pd.DataFrame(
        {
            "quantity": named,
            "group": group,
            "estimate": frame["estimate"],
            "lower": frame["lower"],
            "upper": frame["upper"],
            "unit": str(found.meta["specification"]["unit"]),
            "n_scored": frame["n_scored"],
            "n_asked": frame["n_asked"],
        }
    )
