"""Choices and the labels of their options as tokens: one per offered option and label."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.choices import Choices
from valuestats.tables.option_labels import OptionLabels
from valuestats.tables.units import cluster_column

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


_OF_TOKENS = ("choice", "label", "cluster", "group", "weight", "taken", "chance", "first", "valid")


@dataclass(frozen=True)
class Tokens:
    """Offered options of choices that were asked, and what they carry; rows are tokens.

    Attributes
    ----------
    choice, label, cluster, group
        Codes of the choice, the label, the unit of resampling and the group.
    weight
        How much of the label the option carries.
    taken
        Share of the choice that went to the option: 1, or one over the number of options that share the first rank.
    chance
        One over the number of options offered.
    first
        1 where the option stood in the first place, 0 where not, NaN where that is not known.
    valid
        Whether an option was chosen; else the choice is missing.
    labels, clusters, groups
        Names of the codes.
    unit
        What is resampled, in words.
    n_choices, n_valid, n_outcomes
        Choices asked, with a chosen option, and with an outcome that is no option, by group.
    places
        Of each option that stood first in a choice that was made: group, cluster, and what it took beyond chance; shape
        ``(3, choices)``.
    """

    choice: Ints
    label: Ints
    cluster: Ints
    group: Ints
    weight: Array
    taken: Array
    chance: Array
    first: Array
    valid: NDArray[np.bool_]
    labels: tuple[str, ...]
    clusters: tuple[str, ...]
    groups: tuple[str, ...]
    unit: str
    n_choices: Ints
    n_valid: Ints
    n_outcomes: Ints
    places: Array

    def chosen(self, keep: NDArray[np.bool_]) -> Tokens:
        """The tokens that are kept, all names as they are."""
        return replace(self, **{name: getattr(self, name)[keep] for name in _OF_TOKENS})

    def in_lots(self, lots: Ints) -> Tokens:
        """The same with lots of clusters in place of the clusters, see `valuestats.statistics.clusters.random_lots`."""
        names = tuple(map(str, range(int(lots.max()) + 1)))
        group, cluster, beyond = self.places
        places = np.stack([group, lots[cluster.astype(np.int64)], beyond])
        return replace(self, cluster=lots[self.cluster], clusters=names, places=places)


def tokens_of(choices: Choices, labels: OptionLabels, *, by: str | None) -> Tokens:
    """Tokens of all choices that were asked; those with an outcome that is no option are counted and left out.

    Raises
    ------
    SpecificationError
        No column `by`, or nulls in it; none of the options has a label.
    InputError
        A choice without a cluster among others that have one.
    """
    frame = choices.one_by_one().frame
    frame = frame[(frame["status"] != "not_administered").to_numpy()]
    if frame.empty:
        raise SpecificationError("no choice was asked", parameter="choices", got=f"{len(choices)} choices")
    group, groups = _groups(frame, by)
    code = pd.factorize(frame["choice"])[0].astype(np.int64)
    size = np.bincount(code)
    rank = frame["rank"].to_numpy(dtype=float, na_value=np.nan)
    best = rank == 1
    sharing = np.bincount(code, best)
    valid = (frame["status"] == "valid").to_numpy()
    other = valid & (sharing[code] == 0)
    taken = np.where(best, 1.0 / np.maximum(sharing[code], 1), 0.0)
    first = (
        np.where(frame["position"].isna(), np.nan, (frame["position"] == 1).fillna(False).astype(float))
        if "position" in frame.columns
        else np.full(len(frame), np.nan)
    )
    cluster, clusters, unit = _units(frame)
    one = np.zeros(len(size), dtype=np.int64)
    one[code[::-1]] = np.arange(len(code))[::-1]
    each = group[one]
    asked, made, outcomes = (
        np.bincount(each, wanted[one], len(groups)).astype(np.int64)
        for wanted in (np.ones(len(code)), (valid & ~other).astype(float), other.astype(float))
    )
    front = valid & ~other & (first == 1)
    places = np.stack([group[front], cluster[front], taken[front] - 1.0 / size[code][front]])
    carried, option, names = _carried(frame["option"], labels)
    length = np.where(other, 0, np.diff(carried.indptr)[option])
    row = np.repeat(np.arange(len(frame)), length)
    within = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    at = carried.indptr[option][row] + within
    return Tokens(
        code[row],
        carried.indices[at].astype(np.int64),
        cluster[row],
        group[row],
        carried.data[at],
        taken[row],
        (1.0 / size[code])[row],
        first[row],
        valid[row],
        names,
        clusters,
        groups,
        unit,
        asked,
        made,
        outcomes,
        places,
    )


def _carried(options: pd.Series, labels: OptionLabels) -> tuple[sparse.csr_array, Ints, tuple[str, ...]]:
    """Weights by option and label, the row of each offered option, and the labels' names."""
    row, known = pd.factorize(labels.frame["option"])
    option = pd.Index(known).get_indexer(pd.Index(options.astype(str))).astype(np.int64)
    seen = labels.frame["option"].isin(set(known[option[option >= 0]]))
    if not seen.any():
        raise SpecificationError(
            "none of the options has a label",
            parameter="labels",
            got=", ".join(map(str, known[:5])),
            expected=f"labels of options such as {', '.join(map(str, options.head(3)))}",
            hint="check that options carry the same identifiers in the choices and in the labels",
        )
    code, names = pd.factorize(labels.frame["label"].where(seen), sort=True)
    kept = np.asarray(seen)
    weight = labels.frame["weight"].to_numpy(dtype=float)[kept]
    shape = (len(known) + 1, len(names))  # the last row is of options without a label
    table = sparse.csr_array((weight, (row[kept], code[kept])), shape=shape)
    return table, np.where(option < 0, len(known), option), tuple(map(str, names))


def _groups(frame: pd.DataFrame, by: str | None) -> tuple[Ints, tuple[str, ...]]:
    if by is None:
        return np.zeros(len(frame), dtype=np.int64), ("all",)
    if by not in frame.columns or frame[by].isna().any():
        raise SpecificationError(
            "no such column, or nulls in it",
            parameter="by",
            got=by,
            expected="a column of the choice without nulls",
        )
    code, names = pd.factorize(frame[by].astype(str), sort=True)
    return code.astype(np.int64), tuple(map(str, names))


def _units(frame: pd.DataFrame) -> tuple[Ints, tuple[str, ...], str]:
    """The cluster of each choice; its item where there are no clusters, and the choice itself where there are no items."""
    column = cluster_column(frame) or (
        "item" if "item" in frame.columns and frame["item"].notna().any() else "choice"
    )
    if frame[column].isna().any():
        raise InputError(
            f"a choice without {column}, among others that have one",
            parameter=column,
            got=f"null for choice {frame.loc[frame[column].isna(), 'choice'].iloc[0]}",
            expected=f"the {column} of each choice",
        )
    code, names = pd.factorize(frame[column].astype(str))
    return code.astype(np.int64), tuple(map(str, names)), column


def per_choice(tokens: Tokens) -> tuple[Ints, Ints, Ints, Array, Array, Array]:
    """Least, greatest and total weight of each label in each choice that carries it.

    Parameters
    ----------
    tokens
        What is looked at.

    Returns
    -------
    tuple
        Number of the token that stands for each pair of choice and label, cluster, label, and the three weights; a label
        that one of the options lacks has a least weight of 0.
    """
    key = tokens.choice * len(tokens.labels) + tokens.label
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0]) if len(order) else np.zeros(0, dtype=int)
    weight = tokens.weight[order]
    token = order[starts]
    if not len(starts):
        empty = np.zeros(0)
        return token, tokens.cluster[token], tokens.label[token], empty, empty, empty
    met = np.diff(np.r_[starts, len(order)])
    least = np.where(met == np.round(1.0 / tokens.chance[token]), np.minimum.reduceat(weight, starts), 0.0)
    return (
        token,
        tokens.cluster[token],
        tokens.label[token],
        least,
        np.maximum.reduceat(weight, starts),
        np.add.reduceat(weight, starts),
    )
