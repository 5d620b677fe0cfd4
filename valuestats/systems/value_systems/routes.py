"""Route choices of travellers: the table, published estimates beside theirs, and the value of time by class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.results.result import Result
from valuestats.statistics.clusters import JACKKNIFE
from valuestats.statistics.resampling import equal_tailed, expanded_interval
from valuestats.systems.comparison import compare_published, of_simulated, read_published
from valuestats.tables.choices import Choices, ranking_choices

FEATURES = {"tt": "travel time", "tc": "travel cost", "hw": "headway", "ch": "changes"}
"""Columns of the file, and what they are: minutes, Swiss francs, minutes, number."""
ABOUT = {"hh_inc_abs": "household income", "car_availability": "car"}
"""Columns about the traveller, where the file has them: francs a year, and whether there is a car."""
LOG_LIKELIHOOD = "log likelihood"


@checked
def read_routes(path: str | Path) -> Choices:
    """Choices between two public transport routes.

    Parameters
    ----------
    path
        A CSV file with ``ID``, ``choice`` (1 or 2) and ``tt``, ``tc``, ``hw`` and ``ch`` of each route (``tt1``, ``tt2`` …);
        ``hh_inc_abs`` and ``car_availability`` where there are such.

    Returns
    -------
    Choices
        ``person``, and the columns ``travel time`` (minutes), ``travel cost`` (francs), ``headway`` (minutes), ``changes``;
        ``household income`` (francs a year) and ``car`` (1 where there is one).

    Raises
    ------
    InputError
        A column is missing, a cell is no number, or a choice is neither 1 nor 2, by row.
    """
    file = Path(path)
    columns = [f"{name}{k}" for name in FEATURES for k in (1, 2)]
    table = read_table(file, ["ID", "choice", *columns])
    about = {column: what for column, what in ABOUT.items() if column in table.columns}
    numbers = pd.DataFrame(
        {c: pd.to_numeric(table[c], errors="coerce") for c in (*columns, *about, "choice")}
    )
    wrong = ~np.isfinite(numbers.to_numpy(dtype=float))
    if wrong.any():
        row, column = (int(k[0]) for k in np.nonzero(wrong))
        name = numbers.columns[column]
        raise InputError("not a number", file=file, row=row, parameter=name, got=table[name].iloc[row])
    other = ~numbers["choice"].isin([1, 2])
    if other.any():
        row = int(other.to_numpy().argmax())
        raise InputError(
            "a choice is 1 or 2", file=file, row=row, parameter="choice", got=table["choice"].iloc[row]
        )
    parts = [
        pd.DataFrame(
            {
                "choice": np.arange(len(table)),
                "option": f"route {k}",
                "position": k,
                "chosen": (numbers["choice"] == k).astype(int),
                "person": table["ID"],
                **{what: numbers[f"{name}{k}"] for name, what in FEATURES.items()},
                **{what: numbers[column] for column, what in about.items()},
            }
        )
        for k in (1, 2)
    ]
    return ranking_choices(pd.concat(parts, ignore_index=True))


def routes_comparison(published_csv: str | Path, weights: Result, *, standin: bool = False) -> pd.DataFrame:
    """Published | Recomputed | Corrected: the conditional logit, its errors corrected for choices of one person.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    weights
        `valuestats.feature_weights` of the routes with persons as units.
    standin
        Whether the routes are simulated: nothing is recomputed then.
    """
    if standin:
        return of_simulated(published_csv)
    frame = weights.estimates
    value = pd.DataFrame({"quantity": frame["feature"], "group": "weight", "value": frame["estimate"]})
    whole = {"quantity": LOG_LIKELIHOOD, "group": "fit", "value": weights.meta["log_likelihood"]}
    recomputed = pd.concat([value, pd.DataFrame([whole])], ignore_index=True)
    corrected = pd.DataFrame(
        {
            "quantity": frame["feature"],
            "group": "weight",
            "estimate": frame["estimate"],
            "lower": frame["lower"],
            "upper": frame["upper"],
            "unit": "person",
            "n_scored": frame["n_scored"],
            "n_asked": frame["n_asked"],
        }
    )
    published = read_published(published_csv)
    whole_fit = published["quantity"] == LOG_LIKELIHOOD
    parts = [
        compare_published(published[own], recomputed, corrected, tolerance=tolerance)
        for own, tolerance in ((whole_fit, 5e-3), (~whole_fit, 5.01e-4))
    ]
    return pd.concat(parts, ignore_index=True)


def class_values_of_time(classes: Result, *, level: float = 0.95) -> pd.DataFrame:
    """What an hour of travel is worth in each class, in francs, from the replicates of the classes.

    Returns
    -------
    pandas.DataFrame
        ``class``, ``share``, ``estimate``, ``lower``, ``upper``; replicates in which the cost of a class is not below 0 have
        no value of time, and ``undefined`` is their share.
    """
    points, draws = classes.points(), classes.replicates()
    units = int(classes.estimates["n_units"].iloc[0])
    rows = []
    for name in points["class"].to_numpy():
        own, many = points.sel({"class": name}), draws.sel({"class": name})
        cost = many.sel(feature="travel cost").to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(cost < 0, 60 * many.sel(feature="travel time").to_numpy() / cost, np.nan)
        student = (classes.estimates["interval"] == JACKKNIFE).any()
        lower, upper = equal_tailed(values, level) if student else expanded_interval(values, level, units)
        rows.append(
            {
                "class": str(name),
                "share": float(own.sel(feature="share")),
                "estimate": float(60 * own.sel(feature="travel time") / own.sel(feature="travel cost")),
                "lower": float(lower),
                "upper": float(upper),
                "undefined": float(np.isnan(values).mean()),
            }
        )
    return pd.DataFrame(rows)
