"""Why recomputed correlations differ from published ones: find the respondent behind a block of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result
from valuestats.statistics.correlation import spearman_matrix
from valuestats.tables import Ratings

AGREE = 1e-9
CELL = ["item", "family", "dimension"]


def compare_correlations(recomputed: Result, published: pd.DataFrame) -> pd.DataFrame:
    """Cell by cell: recomputed and published correlation, their difference, and whether they agree to 1e-9.

    Parameters
    ----------
    recomputed
        `valuestats.item_values` with ``compat="published"``.
    published
        Columns ``item, family, dimension, estimate``.

    Returns
    -------
    pandas.DataFrame
        One row per published cell: ``published``, ``recomputed``, ``difference``, ``agrees``.
    """
    mine = recomputed.estimates[[*CELL, "estimate"]].rename(columns={"estimate": "recomputed"})
    theirs = published[[*CELL, "estimate"]].rename(columns={"estimate": "published"})
    table = theirs.merge(mine, on=CELL, how="left", validate="one_to_one")
    table["difference"] = table["recomputed"] - table["published"]
    table["agrees"] = table["difference"].abs() <= AGREE
    return table


def explain_by_respondent(
    ratings: Ratings, published: pd.DataFrame, *, respondent: str, group: str
) -> pd.DataFrame:
    r"""Which own scores of one respondent would reproduce the published correlations of a group's items.

    An identifier that rates in two groups but has one record of own scores may be two people. Spearman's
    correlation depends on the respondent's score only through its place among the other raters' scores, so
    all places (ties with, or gaps between, their :math:`n-1` scores) can be tried: a place that gives every
    published correlation of the group's items to 1e-9 shows what the score was when they were computed.

    Parameters
    ----------
    ratings
        The released ratings.
    published
        Columns ``item, family, dimension, estimate``.
    respondent, group
        Who, and in which group of raters.

    Returns
    -------
    pandas.DataFrame
        One row per family and dimension: ``n_items``; largest absolute difference ``as_released``,
        ``without`` the respondent and ``at_best_place``; the released score ``score``; the interval of scores
        ``place_lower``, ``place_upper`` that the best place stands for; ``verdict``, one of ``score agrees``,
        ``another score was used`` and ``unexplained``.

    Raises
    ------
    SpecificationError
        The respondent does not rate in that group.
    """
    frame = ratings.frame[ratings.frame["group"].astype(str) == group]
    if respondent not in set(frame["respondent"].astype(str)):
        raise SpecificationError(
            "the respondent does not rate in this group",
            parameter="respondent, group",
            got=f"{respondent}, {group}",
        )
    within = Ratings(frame.reset_index(drop=True), ratings.values, ratings.scale)
    matrix, items, people = within.matrix()
    scores, dimensions = within.value_matrix(people)
    who = people.index(respondent)
    others = np.arange(len(people)) != who
    wide = published.pivot(index="item", columns=["family", "dimension"], values="estimate").reindex(items)
    rows = []
    for column, name in enumerate(dimensions):
        target = wide[name].to_numpy()
        own = scores[:, column]
        released = spearman_matrix(matrix, own[:, None]).r[:, 0]
        without = spearman_matrix(matrix[:, others], own[others, None]).r[:, 0]
        places = _places(own, who)
        gaps = np.abs(spearman_matrix(matrix, places.codes).r - target[:, None]).max(axis=0)
        best = int(gaps.argmin())
        as_released = float(np.abs(released - target).max())
        verdict = (
            "score agrees"
            if as_released <= AGREE
            else "another score was used"
            if gaps[best] <= AGREE
            else "unexplained"
        )
        rows.append(
            {
                "family": name[0],
                "dimension": name[1],
                "n_items": len(items),
                "as_released": as_released,
                "without": float(np.abs(without - target).max()),
                "at_best_place": float(gaps[best]),
                "score": float(own[who]),
                "place_lower": float(places.lower[best]),
                "place_upper": float(places.upper[best]),
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Places:
    """Every place one score can take among the others: a tie with each, and each gap between them.

    `codes` are order-preserving integers, one column per place: neighbours in floating point have no number
    between them, integers two apart always do.
    """

    codes: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def _places(own: np.ndarray, who: int) -> _Places:
    ties, code = np.unique(np.delete(own, who), return_inverse=True)
    places = np.arange(-1, 2 * len(ties))
    codes = np.insert(2.0 * code, who, 0.0)[:, None].repeat(len(places), axis=1)
    codes[who] = places
    edges = np.concatenate([[-np.inf], ties, [np.inf]])
    return _Places(codes, edges[(places + 2) // 2], edges[(places + 3) // 2])


def exclude_ratings(ratings: Ratings, *, respondent: str, group: str, reason: str = "") -> Ratings:
    """The ratings without one respondent's ratings in one group.

    Parameters
    ----------
    ratings
        The released ratings.
    respondent, group
        Whose ratings, and in which group.
    reason
        Why, for who reads the study file; it changes nothing.

    Raises
    ------
    SpecificationError
        There are no such ratings.
    """
    del reason
    frame = ratings.frame
    out = (frame["respondent"].astype(str) == respondent) & (frame["group"].astype(str) == group)
    if not out.any():
        raise SpecificationError(
            "nothing to exclude", parameter="respondent, group", got=f"{respondent}, {group}"
        )
    return Ratings(frame[~out].reset_index(drop=True), ratings.values, ratings.scale)
