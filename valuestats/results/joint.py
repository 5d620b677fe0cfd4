"""Linear combinations of a result's estimates: their replicates, errors, and intervals, alone and together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.statistics.clusters import JACKKNIFE, LEAST, replicate_interval
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed
from valuestats.statistics.simultaneous import never_vary, simultaneous_intervals
from valuestats.statistics.student import error_of, normal_part, reach

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
TOGETHER = "simultaneous, sup-t"
ROUNDING = 64 * np.finfo(float).eps
"""Differences that vary by no more of what was taken from each other don't vary: they are rounded."""


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

    @property
    def meta(self) -> Mapping[str, Any]:
        """What was worked out how; ``student`` names a column of degrees of freedom where draws are Student's t already.

        Estimates that have none there, of draws of a posterior, are taken as they are.
        """
        ...

    def replicates(self) -> xr.DataArray:
        """With dimensions ``("draw", *keys)``."""
        ...

    def points(self) -> xr.DataArray:
        """The estimates in the order of the replicates."""
        ...


@dataclass(frozen=True)
class Joint:
    """Replicates of estimates that are combined.

    Attributes
    ----------
    values
        Shape ``(replicates, ...)``.
    units
        Clusters behind each, shape ``(...)``, infinite where none were resampled; None where the result does not say.
    student
        Whether they are Student's t replicates of few clusters, shape ``(...)``.
    normal
        See `valuestats.statistics.student.normal_part`; None where nothing is of Student's t.
    """

    values: Array
    units: Array | None
    student: NDArray[np.bool_]
    normal: Array | None

    def at(self, place: tuple[Any, ...]) -> Joint:
        """Those of one place along the first axes after the draws."""
        inner = (slice(None), *place)
        return Joint(
            self.values[inner],
            None if self.units is None else self.units[place],
            self.student[place],
            None if self.normal is None else self.normal[inner],
        )

    def combined(self, weights: Array) -> Joint:
        """Combinations of the last axis, of weights ``(combinations, estimates)``; those of weight 0 don't matter."""
        used = weights != 0
        used[~used.any(axis=-1)] = True  # a label against itself: 0, and of as many units as there are
        units = None
        if self.units is not None:
            units = np.where(used, self.units[..., None, :], np.inf).min(axis=-1)
        return Joint(
            _combined(self.values, weights),
            units,
            (used & self.student[..., None, :]).any(axis=-1),
            None if self.normal is None else _combined(self.normal, weights),
        )

    def flattened(self, first: int) -> Joint:
        """The first axes after the draws as one, the rest as another."""
        shape = self.values.shape[1:]
        new = (int(np.prod(shape[:first])), int(np.prod(shape[first:])))
        return Joint(
            self.values.reshape(len(self.values), *new),
            None if self.units is None else self.units.reshape(new),
            self.student.reshape(new),
            None if self.normal is None else self.normal.reshape(len(self.normal), *new),
        )

    def in_a_row(self, less: float = 0.0) -> Joint:
        """All of them on one axis, `less` taken off the values."""
        return Joint(
            self.values.reshape(len(self.values), -1) - less,
            None if self.units is None else self.units.ravel(),
            self.student.ravel(),
            None if self.normal is None else self.normal.reshape(len(self.normal), -1),
        )

    @property
    def error(self) -> Array:
        """Standard error of each: the jackknife's of few clusters, else the standard deviation of the replicates."""
        return self.alone(0.95)[2]

    def alone(self, level: float) -> tuple[Array, Array, Array]:
        """Lower end, upper end and error, each interval for itself; of what never varies and is not 0 none."""
        lower, upper, error = self._alone(level)
        still = never_vary(self.values) & (self.values[:1] != 0).any(axis=0)
        return np.where(still, np.nan, lower), np.where(still, np.nan, upper), np.where(still, 0.0, error)

    def _alone(self, level: float) -> tuple[Array, Array, Array]:
        if self.units is None:
            return *equal_tailed(self.values, level), bootstrap_standard_error(self.values)
        lower, upper, error = replicate_interval(self.values, level, self.units, self.student)
        if self.normal is None:
            return lower, upper, error
        own, away = error_of(self.normal), reach(self.units, level)
        exact = self.student & ~np.isnan(own) & (self.units >= LEAST)
        half, pairs = (len(self.values) + 1) // 2, len(self.values) // 2
        centre = (self.values[:pairs] + self.values[half : half + pairs]).mean(axis=0) / 2
        lower, upper = (
            np.asarray(np.where(exact, centre + s * away * own, e)) for s, e in ((-1, lower), (1, upper))
        )
        return lower, upper, np.asarray(np.where(exact, own, error))

    def together(self, centre: Array, level: float) -> tuple[Array, Array, float]:
        """Ends of intervals that hold all of one axis at once, and how many errors they reach; of a single one, its own."""
        there = ~np.isnan(centre) & ~np.isnan(self.values).any(axis=0)
        if int(there.sum()) == 1:
            lower, upper, error = self.alone(level)
            reach, own = float((upper - lower)[there][0]) / 2, float(error[there][0])
            critical = reach / own if own else np.nan  # two that are the same in every replicate
            return np.where(there, lower, np.nan), np.where(there, upper, np.nan), critical
        normal, units = self.normal, self.units
        if units is not None and not self.student[there].all():
            normal, units = None, np.where(self.student, np.inf, units)  # Student's t is wide as it is
        found = simultaneous_intervals(self.values, centre, level, units=units, normal=normal)
        return found.lower, found.upper, found.critical


def joint(result: Drawn, order: Sequence[str]) -> Joint:
    """The replicates of a result with its keys in this order."""
    drawn = result.replicates()
    values = drawn.transpose("draw", *order).to_numpy()
    if "n_units" not in result.estimates.columns:
        return Joint(values, None, np.zeros(values.shape[1:], dtype=bool), None)
    labels = {k: drawn[k].to_numpy() for k in result.keys}
    degrees = str(result.meta.get("student", "n_units"))
    indexed = result.estimates.set_index(list(result.keys))[["n_units", "interval", degrees]]
    indexed.columns = pd.Index(["n_units", "interval", "degrees"])
    units, named, df = (indexed[c].to_xarray().reindex(labels).transpose(*order).to_numpy() for c in indexed)
    units, student = units.astype(float), named == JACKKNIFE
    if result.draws is not None and "posterior" in result.draws.children:
        units = np.where(student, units, np.inf)  # nothing was resampled, so that nothing is too narrow
    if degrees != "n_units":
        drawn_so = ~np.isnan(df.astype(float))
        units, student = np.where(drawn_so, df.astype(float) + 1, units), student | drawn_so
    normal = normal_part(values, units) if student.any() else None
    return Joint(values, units, student, normal)


def _combined(values: Array, weights: Array) -> Array:
    """Combinations of the last axis; one that varies by rounding alone is the same in all replicates."""
    missing = np.isnan(values)
    known = np.nan_to_num(values)
    found = known @ weights.T
    if len(found):
        size = np.abs(known).max(axis=0) @ np.abs(weights).T
        still = found.max(axis=0) - found.min(axis=0) <= ROUNDING * size
        found = np.where(still, np.where(np.abs(found[:1]) <= ROUNDING * size, 0.0, found[:1]), found)
    if not missing.any():
        return np.asarray(found)
    return np.where(missing.astype(float) @ (weights != 0).T.astype(float) > 0, np.nan, found)


def differs(lower: Array, upper: Array) -> pd.array:  # type: ignore[valid-type]
    """Whether intervals leave out 0; missing where there is none, which is no test and not "no difference".

    Examples
    --------
    >>> import numpy as np
    >>> differs(np.array([0.1, -1.0, np.nan]), np.array([0.2, 1.0, np.nan])).tolist()
    [True, False, <NA>]
    """
    found = pd.array((lower > 0) | (upper < 0), dtype="boolean")
    found[np.isnan(lower) | np.isnan(upper)] = pd.NA
    return found
