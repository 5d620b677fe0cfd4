"""Differences and ranks along one key, from the draws or resamples that all estimates share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from valuestats.statistics.clusters import JACKKNIFE, replicate_interval
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed

if TYPE_CHECKING:
    import xarray as xr


class Drawn(Protocol):
    """What is compared: estimates whose draws are paired, as a `valuestats.results.result.Result` holds them."""

    @property
    def estimates(self) -> pd.DataFrame:
        """Tidy frame, one row per estimate."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that identify a row."""
        ...

    @property
    def draws(self) -> xr.DataTree | None:
        """Draws or resamples."""
        ...

    def replicates(self) -> xr.DataArray:
        """With dimensions ``("draw", *keys)``."""
        ...

    def points(self) -> xr.DataArray:
        """The estimates in the order of the replicates."""
        ...


def difference(result: Drawn, dimension: str, first: Any, second: Any, level: float) -> pd.DataFrame:
    """See `Result.contrast`; the labels are those of the draws."""
    draws, points = result.replicates(), result.points()
    apart = draws.sel({dimension: first}, drop=True) - draws.sel({dimension: second}, drop=True)
    others = [k for k in result.keys if k != dimension]
    centre = points.sel({dimension: first}, drop=True) - points.sel({dimension: second}, drop=True)
    centre = centre.transpose(*others)
    values = apart.transpose("draw", *others).to_numpy()
    lower, upper, error = _tails(result, values, level, dimension, first, second, others)
    frame = (
        centre.rename("estimate").to_dataframe().reset_index()
        if others
        else pd.DataFrame({"estimate": [float(centre)]})
    )
    frame["std_error"] = error.ravel()
    frame["lower"], frame["upper"] = lower.ravel(), upper.ravel()
    frame["level"], frame["interval"] = level, interval_name(result)
    frame["probability_positive"] = _share_positive(values).ravel()
    frame.insert(0, "contrast", f"{first} - {second}")
    return frame


def ranking(result: Drawn, dimension: str, level: float, *, descending: bool) -> pd.DataFrame:
    """See `Result.rank`."""
    rest = [k for k in result.keys if k != dimension]
    draws = result.replicates().transpose("draw", *rest, dimension)
    points = result.points().transpose(*rest, dimension)
    ranks = posterior_ranks(draws.to_numpy(), descending=descending)
    point_ranks = posterior_ranks(points.to_numpy()[None], descending=descending)[0]
    lower, upper = equal_tailed(ranks, level)
    frame = points.rename("estimate").to_dataframe().reset_index()
    frame["rank"] = point_ranks.ravel()
    frame["rank_median"] = np.median(ranks, axis=0).ravel()
    frame["rank_lower"], frame["rank_upper"] = lower.ravel(), upper.ravel()
    first = (ranks == 1).mean(axis=0)
    frame["probability_first"] = np.where(np.isnan(ranks).all(axis=0), np.nan, first).ravel()
    frame["level"], frame["interval"] = level, interval_name(result)
    return frame


def interval_name(result: Drawn) -> str:
    """How the intervals of a result are made, of all its rows alike, else by its draws."""
    named = set(result.estimates["interval"]) - {"none"}
    if len(named) == 1:
        return str(named.pop())
    posterior = result.draws is not None and "posterior" in result.draws.children
    return "posterior, equal-tailed" if posterior else "cluster bootstrap, equal-tailed"


def _tails(
    result: Drawn,
    values: np.ndarray,
    level: float,
    dimension: str,
    first: Any,
    second: Any,
    rest: list[str],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Interval and error of a difference, as the estimates' own are made where few units were resampled."""
    if "n_units" not in result.estimates.columns:
        return *equal_tailed(values, level), bootstrap_standard_error(values)
    labels = {k: result.replicates()[k].to_numpy() for k in result.keys}

    def both(column: str) -> tuple[np.ndarray, np.ndarray]:
        found = result.estimates.set_index(list(result.keys))[column].to_xarray()
        found = found.reindex(labels).transpose(dimension, *rest)
        one, two = (found.sel({dimension: label}).to_numpy() for label in (first, second))
        return one.reshape(values.shape[1:]), two.reshape(values.shape[1:])

    student = np.logical_or(*(name == JACKKNIFE for name in both("interval")))
    return replicate_interval(values, level, np.fmin(*both("n_units")), student)


def _share_positive(draws: np.ndarray) -> np.ndarray:
    """Share of draws above zero, ties half, among those that are not missing; NaN where all are."""
    seen = (~np.isnan(draws)).sum(axis=0)
    above = ((draws > 0) + 0.5 * (draws == 0)).sum(axis=0)
    return np.divide(above, seen, out=np.full(above.shape, np.nan), where=seen > 0)
