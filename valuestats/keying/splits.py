"""Item-value correlations in parts of the raters, for many random splits at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.keying.correlations import TIES
from valuestats.keying.rules import Rule
from valuestats.keying.shrinkage import z_error
from valuestats.keying.spread_of_correlations import mixture_prior, posterior
from valuestats.statistics.correlation import (
    Correlations,
    correlation_p_value,
    pearson_matrix,
    spearman_matrix,
)
from valuestats.statistics.exact_correlation import rank_p_value
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables import Ratings

Array = NDArray[np.float64]
Coefficient = Literal["spearman", "pearson"]

_CELLS = 1 << 22  # split x item x rater held at once


@dataclass(frozen=True)
class Splits:
    """Correlations of all items with all dimensions in the training and the held-out raters of each split.

    Attributes
    ----------
    items, dimensions
        Names; a dimension is a pair (family, dimension).
    train, held_out
        Correlations and complete pairs, each array ``(splits, folds, items, dimensions)``.
    method
        Spearman or Pearson.
    """

    items: list[str]
    dimensions: list[tuple[str, str]]
    train: Correlations
    held_out: Correlations
    method: str


def split_correlations(ratings: Ratings, method: Coefficient, splits: int, folds: int, seed: int) -> Splits:
    """Split the raters at random, each group of raters evenly, and correlate in both parts.

    A group is the raters who were shown the same items. With two folds each half is training once and held out
    once; with more, each fold is held out once and the others are training.

    Raises
    ------
    SpecificationError
        Fewer than two splits or folds, or a method other than these two.
    """
    correlate = {"spearman": spearman_matrix, "pearson": pearson_matrix}.get(method)
    if correlate is None or splits < 2 or folds < 2:
        raise SpecificationError(
            "these splits can't be made",
            parameter="method, splits, folds",
            got=f"{method}, {splits}, {folds}",
            expected="spearman or pearson; at least two of each",
        )
    matrix, items, respondents = ratings.matrix()
    scores, dimensions = ratings.value_matrix(respondents)
    scores = np.round(scores, TIES)
    fold = folds_of_raters(~np.isnan(matrix), splits, folds, np.random.default_rng(seed))
    shape = (splits, folds, len(items), len(dimensions))
    train, held_out = (Correlations(np.full(shape, np.nan), np.zeros(shape, np.int64)) for _ in range(2))
    for rows, people in _blocks(~np.isnan(matrix)):
        block, own, part = matrix[np.ix_(rows, people)], scores[people], fold[:, people]
        for k in range(folds):
            _correlate_parts(held_out, correlate, block, own, part == k, rows, k)
            if folds > 2:
                _correlate_parts(train, correlate, block, own, part != k, rows, k)
    if folds == 2:
        train = Correlations(held_out.r[:, ::-1], held_out.n[:, ::-1])
    return Splits(items, dimensions, train, held_out, method)


def folds_of_raters(
    rated: NDArray[np.bool_], splits: int, folds: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Fold of each rater in each split, ``(splits, raters)``: within a group, folds differ by one at most.

    Examples
    --------
    >>> import numpy as np
    >>> rated = np.repeat(np.eye(2, dtype=bool), 4, axis=1)  # two groups of four raters
    >>> folds = folds_of_raters(rated, 3, 2, np.random.default_rng(0))
    >>> folds[:, :4].sum(axis=1), folds[:, 4:].sum(axis=1)
    (array([2, 2, 2]), array([2, 2, 2]))
    """
    _, group = np.unique(np.packbits(rated.T, axis=1), axis=0, return_inverse=True)
    group = group.ravel()
    if group.max(initial=0) + 1 > len(group) / 4:  # each rater has own items: no groups to keep even
        group = np.zeros(len(group), dtype=np.intp)
    order = np.argsort(group + rng.random((splits, len(group))), axis=1)
    start = np.searchsorted(np.sort(group), np.arange(group.max(initial=0) + 1))
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(len(group)), order.shape), axis=1)
    extra = rng.integers(0, folds, (splits, len(start)))  # which fold gets the odd rater
    return (place - start[group] + extra[:, group]) % folds


def _blocks(rated: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Items that share their raters, and those raters; one block of all where most items share with none."""
    packed = np.packbits(rated, axis=1)
    patterns, member = np.unique(packed, axis=0, return_inverse=True)
    if len(patterns) > len(rated) / 4:
        return [(np.arange(len(rated)), np.arange(rated.shape[1]))]
    rows = [np.flatnonzero(member.ravel() == g) for g in range(len(patterns))]
    return [(r, np.flatnonzero(rated[r[0]])) for r in rows if rated[r[0]].any()]


def _correlate_parts(
    into: Correlations,
    correlate: Callable[[Array, Array], Correlations],
    block: Array,
    own: Array,
    chosen: NDArray[np.bool_],
    rows: NDArray[np.intp],
    fold: int,
) -> None:
    """Correlations of a block's items in the chosen raters of each split, the splits as further items."""
    step = max(1, _CELLS // block.size)
    for start in range(0, len(chosen), step):
        part = chosen[start : start + step]
        tiled = np.where(part[:, None, :], block, np.nan).reshape(-1, block.shape[1])
        found = correlate(tiled, own)
        cells = np.ix_(np.arange(start, start + len(part)), [fold], rows, np.arange(own.shape[1]))
        shape = (len(part), 1, len(rows), own.shape[1])
        into.r[cells], into.n[cells] = found.r.reshape(shape), found.n.reshape(shape)


def keyed_in(
    found: Correlations,
    families: Sequence[str],
    method: str,
    rule: Rule,
    *,
    threshold: float,
    q: float,
    probability: float,
) -> NDArray[np.bool_]:
    """Which pairs each part's correlations key, positive keys only: ``(splits, folds, items, dimensions)``."""
    if rule == "threshold":
        return found.r > threshold
    keyed = np.zeros(found.r.shape, dtype=bool)
    for family in dict.fromkeys(families):
        columns = [k for k, name in enumerate(families) if name == family]
        r, n = found.r[..., columns], found.n[..., columns]
        flat = r.reshape(*r.shape[:2], -1)
        if rule == "fdr":
            p = (rank_p_value if method == "spearman" else correlation_p_value)(flat, n.reshape(flat.shape))
            chosen = (adjusted_p(p) <= q) & (flat > 0)
        else:
            z = np.arctanh(np.clip(flat, -0.999, 0.999))
            error = z_error(n.reshape(flat.shape).astype(float), method)
            chosen = np.zeros(flat.shape, dtype=bool)
            for at in np.ndindex(*flat.shape[:2]):
                usable = ~np.isnan(z[at]) & ~np.isnan(error[at])
                if usable.any():
                    one, two = z[at][usable], error[at][usable]
                    after = posterior(one, two, mixture_prior(one, two, steps=40))
                    chosen[(*at, usable)] = after.above(float(np.arctanh(threshold))) > probability
        keyed[..., columns] = chosen.reshape(r.shape)
    return keyed
