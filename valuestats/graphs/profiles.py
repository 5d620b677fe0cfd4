"""Profiles of values as rows, read and held against what a graph of them needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted, listed, number
from valuestats.statistics.clusters import LEAST, random_lots

Array = NDArray[np.float64]
LOTS = 200
"""More clusters than this are tested in so many lots of equal size, drawn at random."""


@dataclass(frozen=True)
class Profiles:
    """Complete profiles, one row each.

    Attributes
    ----------
    names
        The values.
    scores
        Shape ``(rows, values)``.
    member
        Cluster of each row, shape ``(rows,)``; its own where there are none.
    lot
        Lot of each row: its cluster, or one of `LOTS` where there are more.
    clusters
        Names of the clusters.
    clustered
        Whether a column named them.
    asked
        Rows given, those with a missing score among them.
    """

    names: tuple[str, ...]
    scores: Array
    member: NDArray[np.int64]
    lot: NDArray[np.int64]
    clusters: tuple[str, ...]
    clustered: bool
    asked: int

    @property
    def lots(self) -> int:
        """Number of lots."""
        return int(self.lot.max()) + 1

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the rows."""
        lost = self.asked - len(self.scores)
        if not lost:
            return []
        verb = "is" if lost == 1 else "are"
        return [f"{number(lost)} of {counted(self.asked, 'profile')} {verb} left out: a score is missing"]

    def moments(self, scores: Array | None = None) -> tuple[Array, Array, Array]:
        """Rows, sums and cross-products of each lot, about the mean of all rows: what every graph is made from."""
        x = self.scores if scores is None else scores
        x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), np.finfo(float).tiny)
        order = np.argsort(self.lot, kind="stable")
        starts = np.flatnonzero(np.diff(self.lot[order], prepend=-1))
        rows = x[order]
        count = np.diff(np.append(starts, len(rows))).astype(float)
        total = np.add.reduceat(rows, starts)
        product = np.empty((x.shape[1], x.shape[1], len(starts)))
        for c, (start, size) in enumerate(zip(starts, count.astype(int), strict=True)):
            part = rows[start : start + size]
            product[:, :, c] = part.T @ part
        return count, np.ascontiguousarray(total), product


def read_profiles(
    profiles: pd.DataFrame, values: Sequence[str] | None, cluster: str | None, rng: np.random.Generator
) -> Profiles:
    """Check profiles and take them apart.

    Raises
    ------
    InputError
        A column is missing or holds no numbers, or there are rows without a cluster.
    SpecificationError
        Fewer than two values, a value that does not vary or that others determine, more values than units, one cluster.
    """
    names = _names(profiles, values, cluster)
    frame = profiles[list(names)]
    for name in names:
        if not pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
            raise InputError(
                "profiles: a value without numbers",
                parameter=name,
                got=str(frame[name].dtype),
                expected="scores",
            )
    scores = frame.to_numpy(dtype=float)
    wild = np.isinf(scores)
    if wild.any():
        row, column = np.argwhere(wild)[0]
        raise InputError("profiles: a score without end", parameter=names[column], row=int(row), got="inf")
    whole = ~np.isnan(scores).any(axis=1)
    labels = _labels(profiles, cluster)
    member, clusters = pd.factorize(labels[whole], sort=True)
    scores = scores[whole]
    _require_enough(scores, names, len(clusters), cluster)
    lot = random_lots(len(clusters), rng, LOTS)[member]
    return Profiles(
        names,
        scores,
        np.asarray(member, dtype=np.int64),
        lot,
        tuple(map(str, clusters)),
        cluster is not None,
        len(profiles),
    )


def _names(profiles: pd.DataFrame, values: Sequence[str] | None, cluster: str | None) -> tuple[str, ...]:
    if values is None:
        numeric = profiles.select_dtypes("number").columns
        names = tuple(str(c) for c in numeric if c != cluster)
    else:
        if isinstance(values, str):
            raise SpecificationError("a list of values", parameter="values", got=values, hint=f"[{values!r}]")
        names = tuple(map(str, values))
    absent = [n for n in (*names, *([] if cluster is None else [cluster])) if n not in profiles.columns]
    if absent:
        raise InputError(
            "profiles: a column is missing",
            parameter=", ".join(absent),
            got=f"columns {', '.join(map(str, list(profiles.columns)[:30]))}",
        )
    if len(set(names)) < len(names) or cluster in names:
        raise SpecificationError("a value stands twice", parameter="values", got=", ".join(names))
    if len(names) < 2:
        raise SpecificationError(
            "a graph needs two values",
            parameter="values",
            got=", ".join(names) or "none",
            expected="at least 2",
        )
    return names


def _labels(profiles: pd.DataFrame, cluster: str | None) -> NDArray[np.object_]:
    if cluster is None:
        return np.arange(len(profiles)).astype(object)
    given = profiles[cluster]
    if given.isna().any():
        raise InputError(
            "profiles: a row without a cluster",
            parameter=cluster,
            row=int(given.isna().to_numpy().argmax()),
            got="null",
            expected="the cluster of each profile",
        )
    return given.astype(str).to_numpy(dtype=object)


def _require_enough(scores: Array, names: tuple[str, ...], clusters: int, cluster: str | None) -> None:
    if not len(scores):
        raise SpecificationError(
            "no complete profile", parameter="profiles", got="a score is missing in each"
        )
    if cluster is not None and clusters < 2:
        raise SpecificationError(
            "one cluster has no variation between clusters",
            parameter=cluster,
            got="1 cluster",
            expected=f"at least {LEAST}",
            hint="cluster=None takes every row for a unit of its own",
        )
    still = [
        n for n, x in zip(names, scores.T, strict=True) if np.ptp(x) <= 1e-12 * max(1.0, np.abs(x).max())
    ]
    if still:
        raise SpecificationError(
            "a value that does not vary has no place in a graph",
            parameter="values",
            got=listed(still),
            hint="leave it out of `values`",
        )
    if clusters < len(names) + 4:
        what = "profiles" if cluster is None else f"clusters ({cluster})"
        raise SpecificationError(
            "too few units for so many values",
            parameter="values",
            got=f"{len(names)} values of {clusters} {what}",
            expected=f"at least {len(names) + 4} units",
            hint="leave out values",
        )
    r = np.corrcoef(scores.T)
    root, axes = np.linalg.eigh(r)
    if root[0] < 1e-9:
        bound = [n for n, x in zip(names, axes[:, 0], strict=True) if abs(x) > 1e-6]
        raise SpecificationError(
            "values that determine one another can't be told apart",
            parameter="values",
            got=listed(bound),
            hint="leave one of them out; scores that sum to a constant leave one free",
        )
