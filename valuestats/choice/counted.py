"""From a table of choices to counted sets of alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted as counted_words
from valuestats.choice.pairs import PairSets
from valuestats.choice.sets import ChoiceSets, stages, subsets
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

OF_ROWS = ("choice", "option", "rank", "position", "outcome", "status", "count")
"""Columns that are no column of what was chosen under."""
ONE_CLUSTER = "cluster by a column of more values, such as the question; without cluster choices are taken as independent"
FIRST = "first position"
"""Name of the covariate that is 1 for the option shown first."""
PLACE = "position"
"""Column of places; wherever a model names it, it is 1 for the option shown first and 0 for the others."""


@dataclass(frozen=True)
class Counted:
    """What a choice model is fitted to.

    Attributes
    ----------
    sets
        Counted sets of alternatives.
    options, others
        Names of the parameters: the options, then ties by size, outcomes and covariates.
    largest_tie
        Most options that may share a place.
    clusters
        Names of the clusters.
    taken
        Counts by cluster and alternative.
    wins
        How often the column's option was put before the row's, shape ``(options, options)``; ties count for both.
    n_choices, n_valid
        Choices, and those that are valid.
    """

    sets: ChoiceSets | PairSets
    options: tuple[str, ...]
    others: tuple[str, ...]
    largest_tie: int
    clusters: tuple[str, ...]
    taken: sparse.csr_array
    wins: Array
    n_choices: int
    n_valid: int


class _Rows:
    """Rows of the design as they come."""

    def __init__(self) -> None:
        self.row: list[NDArray[Any]] = []
        self.column: list[NDArray[Any]] = []
        self.value: list[Array] = []
        self.size: list[NDArray[Any]] = []
        self.alternatives = 0

    def add(self, row: NDArray[Any], column: NDArray[Any], value: Array) -> None:
        keep = value != 0
        self.row.append(np.asarray(row)[keep])
        self.column.append(np.asarray(column)[keep])
        self.value.append(np.asarray(value, dtype=float)[keep])


def counted_sets(
    choices: Choices,
    *,
    ties: bool,
    covariates: Sequence[str] = (),
    position: bool = False,
    cluster: str | None = None,
) -> Counted:
    """Count equal choices and lay out the alternatives of each set.

    Parameters
    ----------
    choices
        The table; choices that are not valid are counted and left out.
    ties
        Whether options may share a place; ties of as many as were seen are modelled. Without, a tie is refused.
    covariates
        Numeric columns of options within choices.
    position
        Whether the option shown first has a utility of its own.
    cluster
        Column of the choice whose values are resampled together.

    Raises
    ------
    SpecificationError
        A tie where none are modelled, a covariate that is null or constant within all choices, no position, no valid choice.
    """
    frame = choices.frame
    valid = frame[frame["status"] == "valid"]
    if valid.empty:
        raise SpecificationError("no valid choice", parameter="choices", got=f"{len(choices)} choices")
    outcomes = _outcomes(valid)
    covs = list(covariates)
    work = pd.DataFrame(
        {
            "choice": pd.factorize(valid["choice"])[0],
            "rank": valid["rank"].astype("Float64").to_numpy(dtype=float, na_value=np.nan),
            "outcome": _codes(valid, outcomes),
        }
    )
    options, names = pd.factorize(valid["option"].astype(str), sort=True)
    work["option"] = options
    work["weight"] = valid["count"].to_numpy(dtype=float) if "count" in valid.columns else 1.0
    for name in covs:
        work[name] = _covariate(valid, name)
    if position:
        work[FIRST] = first_places(valid)
        covs.append(FIRST)
    labels, work["cluster"] = _cluster(valid, cluster)
    work = work.sort_values(["choice", "option"], kind="stable", ignore_index=True)
    size = work.groupby("choice")["option"].transform("size").to_numpy()
    tie_sizes = _tie_sizes(work)
    if not ties and tie_sizes.max(initial=1) > 1:
        raise SpecificationError(
            "options share a place, and no ties are modelled",
            parameter="ties",
            got=f"{int((tie_sizes > 1).sum())} ties",
            expected="ties='davidson'",
            hint="a tie is no half win: half wins have standard errors that are too small",
        )
    largest = int(tie_sizes.max(initial=1)) if ties else 1
    others = [f"tie of {k}" for k in range(2, largest + 1)] + list(outcomes) + covs
    build = _Builder(len(names), largest, list(outcomes), covs)
    pairs = size == 2
    if pairs.any():
        build.pairs(work[pairs])
    if (~pairs).any():
        build.rankings(work[~pairs])
    sets, taken = build.finish(len(labels))
    return Counted(
        sets,
        tuple(map(str, names)),
        tuple(others),
        largest,
        labels,
        taken,
        wins_matrix(work, len(names)),
        len(choices),
        int(work.loc[~work["choice"].duplicated(), "weight"].sum()),
    )


class _Builder:
    """Collects alternatives and what was taken of them."""

    def __init__(self, n_options: int, largest: int, outcomes: list[str], covs: list[str]) -> None:
        self.n, self.largest, self.outcomes, self.covs = n_options, largest, outcomes, covs
        self.tie, self.out = n_options, n_options + largest - 1
        self.cov = self.out + len(outcomes)
        self.rows = _Rows()
        self.taken: list[tuple[NDArray[Any], NDArray[Any], Array]] = []
        self.two: PairSets | None = None

    def pairs(self, work: pd.DataFrame) -> None:
        """All sets of two at once."""
        a, b = work.iloc[::2].reset_index(drop=True), work.iloc[1::2].reset_index(drop=True)
        tied = (a["rank"] == b["rank"]).to_numpy()
        result = np.where(tied, 2, np.where(b["rank"].isna() | (a["rank"] < b["rank"]), 0, 1))
        result = np.where(a["rank"].isna() & ~b["rank"].isna(), 1, result)
        outcome = a["outcome"].to_numpy()
        tie_there = int(self.largest > 1)
        result = np.where(outcome >= 0, 2 + tie_there + outcome, result)
        key = pd.DataFrame({"i": a["option"], "j": b["option"]})
        for name in self.covs:
            key[f"i {name}"], key[f"j {name}"] = a[name], b[name]
        columns = list(key.columns)
        key["cluster"], key["result"] = a["cluster"], result
        key["count"] = a["weight"]
        counts = key.groupby([*columns, "cluster", "result"], sort=True)["count"].sum().reset_index()
        sets = counts[columns].drop_duplicates().reset_index(drop=True)
        place = sets.assign(set=np.arange(len(sets)))
        counts = counts.merge(place, on=columns, how="left")
        width = 2 + tie_there + len(self.outcomes)
        i, j = sets["i"].to_numpy(), sets["j"].to_numpy()
        share = np.r_[1.0, 0.0, np.full(width - 2, 0.5)]
        extra = np.zeros((len(sets), width, self.cov + len(self.covs) - self.n))
        for k in range(2, width):
            own = self.tie if k == 2 and tie_there else self.out + k - 2 - tie_there
            extra[:, k, own - self.n] = 1.0
        for c, name in enumerate(self.covs):
            left, right = sets[f"i {name}"].to_numpy(dtype=float), sets[f"j {name}"].to_numpy(dtype=float)
            extra[:, :, self.cov + c - self.n] = np.outer(left, share) + np.outer(right, 1 - share)
        at = width * counts["set"].to_numpy() + counts["result"].to_numpy()
        found = counts["count"].to_numpy(dtype=float)
        self.taken.append((counts["cluster"].to_numpy(), at, found))
        table = np.bincount(at, found, width * len(sets))
        self.two = PairSets(table, i, j, share, extra, self.n)
        self.rows.alternatives = len(table)

    def rankings(self, work: pd.DataFrame) -> None:
        """Sets of three and more, stage by stage; each distinct set is laid out once."""
        known: dict[tuple[object, ...], tuple[int, dict[tuple[int, ...], int]]] = {}
        found: dict[tuple[int, int], float] = {}
        values = work[self.covs].to_numpy(dtype=float)
        ranks, options, weights = (work[c].to_numpy() for c in ("rank", "option", "weight"))
        clusters, outcome = work["cluster"].to_numpy(), work["outcome"].to_numpy()
        starts = np.flatnonzero(np.r_[True, np.diff(work["choice"].to_numpy()) != 0])
        for start, end in zip(starts, np.r_[starts[1:], len(work)], strict=True):
            here = slice(start, end)
            cov = dict(zip(options[here].tolist(), map(tuple, values[here].tolist()), strict=True))
            steps: list[tuple[tuple[int, ...], tuple[int, ...]]]
            if outcome[start] >= 0:
                steps = [(tuple(options[here].tolist()), (-1 - int(outcome[start]),))]
            else:
                groups: dict[float, list[int]] = {}
                for option, rank in zip(options[here].tolist(), ranks[here].tolist(), strict=True):
                    groups.setdefault(rank if rank == rank else np.inf, []).append(option)
                steps = stages([groups[r] for r in sorted(groups) if r != np.inf], groups.get(np.inf, []))
            for number, (left, put) in enumerate(steps):
                whole = number == 0
                key = (left, whole, *(cov[o] for o in left)) if self.covs else (left, whole)
                if key not in known:
                    known[key] = self._set(left, cov, whole)
                at = known[key][0] + known[key][1][put]
                where = int(clusters[start]), at
                found[where] = found.get(where, 0.0) + float(weights[start])
        if found:
            cells = np.array(list(found), dtype=np.int64)
            self.taken.append((cells[:, 0], cells[:, 1], np.array(list(found.values()))))

    def _set(
        self, left: tuple[int, ...], cov: dict[int, tuple[float, ...]], whole: bool
    ) -> tuple[int, dict[tuple[int, ...], int]]:
        base, index = self.rows.alternatives, {}
        alternatives: list[tuple[int, ...]] = list(subsets(left, self.largest))
        if whole:
            alternatives += [(-1 - k,) for k in range(len(self.outcomes))]
        for number, alternative in enumerate(alternatives):
            index[alternative] = number
            other = alternative[0] < 0
            members = left if other else alternative
            share = np.full(len(members), 1 / len(members))
            row = np.full(len(members), base + number)
            self.rows.add(row, np.array(members), share)
            if other:
                self.rows.add(row[:1], np.array([self.out - 1 - alternative[0]]), np.ones(1))
            elif len(members) > 1:
                self.rows.add(row[:1], np.array([self.tie + len(members) - 2]), np.ones(1))
            for c in range(len(self.covs)):
                mean = float(np.mean([cov[o][c] for o in members]))
                self.rows.add(row[:1], np.array([self.cov + c]), np.array([mean]))
        self.rows.size.append(np.array([len(alternatives)]))
        self.rows.alternatives += len(alternatives)
        return base, index

    def finish(self, n_clusters: int) -> tuple[ChoiceSets | PairSets, sparse.csr_array]:
        rows = self.rows
        cluster, at, count = (np.concatenate(part) for part in zip(*self.taken, strict=True))
        taken = sparse.csr_array((count, (cluster, at)), shape=(n_clusters, rows.alternatives))
        if self.two is not None and not rows.size:
            return self.two, taken
        shape = (rows.alternatives, self.cov + len(self.covs))
        where = (np.concatenate(rows.row), np.concatenate(rows.column))
        design = sparse.csr_array((np.concatenate(rows.value), where), shape=shape)
        sizes = np.concatenate(rows.size)
        if self.two is not None:
            pairs = self.two.general()
            below = sparse.csr_array((shape[0] - pairs.design.shape[0], shape[1]))
            design = design + sparse.vstack([pairs.design, below], format="csr")
            sizes = np.r_[np.diff(pairs.start), sizes]
        start = np.r_[0, np.cumsum(sizes)].astype(np.int64)
        return ChoiceSets(design, start, np.asarray(taken.sum(axis=0)).ravel()), taken


def _outcomes(valid: pd.DataFrame) -> tuple[str, ...]:
    if "outcome" not in valid.columns:
        return ()
    return tuple(sorted(map(str, valid["outcome"].dropna().unique())))


def _codes(valid: pd.DataFrame, outcomes: tuple[str, ...]) -> Ints:
    if not outcomes:
        return np.full(len(valid), -1)
    return pd.Categorical(valid["outcome"], categories=list(outcomes)).codes.astype(np.int64)


def _covariate(valid: pd.DataFrame, name: str) -> Array:
    if name not in valid.columns:
        raise SpecificationError(
            "no such column", parameter="covariates", got=name, expected=", ".join(map(str, valid.columns))
        )
    values = (
        first_places(valid)
        if name == PLACE
        else pd.to_numeric(valid[name], errors="coerce").to_numpy(dtype=float)
    )
    if not np.isfinite(values).all():
        raise SpecificationError(
            "a covariate needs a finite number for every option offered",
            parameter="covariates",
            got=f"null in {name}",
        )
    ends = pd.Series(values).groupby(valid["choice"].to_numpy()).agg(["max", "min"])
    if not (ends["max"] > ends["min"]).any():
        raise SpecificationError(
            "a covariate is the same for all options of every choice, so it changes no choice",
            parameter="covariates",
            got=name,
        )
    return values


def first_places(valid: pd.DataFrame) -> Array:
    """1 for the option shown first, else 0; refused where places are not known."""
    if "position" not in valid.columns or valid["position"].isna().any():
        raise SpecificationError(
            "the order in which options were shown is not known",
            parameter="position",
            got="no column position" if "position" not in valid.columns else "null positions",
            expected="the place of every option, from 1",
        )
    return np.asarray(valid["position"] == 1, dtype=float)


def _cluster(valid: pd.DataFrame, cluster: str | None) -> tuple[tuple[str, ...], Ints]:
    if cluster is None:
        return ("all",), np.zeros(len(valid), dtype=np.int64)
    require_column(valid, cluster, "cluster")
    codes, names = pd.factorize(valid[cluster].astype(str), sort=True)
    return tuple(map(str, names)), codes.astype(np.int64)


def require_column(frame: pd.DataFrame, column: str, parameter: str) -> None:
    """Refuse a column of the choices that is not there, or not of every choice."""
    if column not in frame.columns:
        raise SpecificationError(
            "the choices have no such column",
            parameter=parameter,
            got=column,
            expected=f"one of {', '.join(c for c in map(str, frame.columns) if c not in OF_ROWS)}",
        )
    lost = frame.loc[frame[column].isna(), "choice"].nunique()
    if lost:
        raise SpecificationError(
            f"{column} is null in some choices",
            parameter=parameter,
            got=f"{counted_words(lost, 'choice')} without {column}",
            expected="a column without nulls",
            hint=f"name them, or leave them out: frame[frame[{column!r}].notna()]",
        )


def _tie_sizes(work: pd.DataFrame) -> Ints:
    ranked = work.dropna(subset="rank")
    return np.asarray(ranked.groupby(["choice", "rank"]).size(), dtype=np.int64)


def wins_matrix(work: pd.DataFrame, n: int) -> Array:
    """How often each option (column) was put before each other (row), ties for both; unranked options come last."""
    wins = np.zeros((n, n))
    times = work["weight"].to_numpy() if "weight" in work.columns else np.ones(len(work))
    rank = np.where(np.isnan(work["rank"]), np.inf, work["rank"])
    option = work["option"].to_numpy()
    size = work.groupby("choice")["option"].transform("size").to_numpy()
    starts = np.flatnonzero(np.r_[True, np.diff(work["choice"].to_numpy()) != 0])
    for k in np.unique(size):
        first = starts[size[starts] == k]
        rows = first[:, None] + np.arange(k)
        r, o, w = rank[rows], option[rows], times[first]
        for one in range(k):
            for two in range(k):
                if one != two:
                    before = (r[:, one] <= r[:, two]) & np.isfinite(r[:, one])
                    np.add.at(wins, (o[before, two], o[before, one]), w[before])
    return wins
