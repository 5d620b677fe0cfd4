"""Which value the votes lead to: PageRank of the graph of votes, participants resampled."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from valuestats.base.allowed import Number
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.votes.edges import (
    JEFFREYS,
    LESS,
    WISER,
    Thresholds,
    by_direction,
    kept,
    likelihood,
    pooled_edges,
    published_edges,
)
from valuestats.votes.graph import Compat
from valuestats.votes.ranks import page_ranks
from valuestats.votes.table import VOTES, Steps, vote_steps

Array = NDArray[np.float64]
Weights = Literal["share", "likelihood"]


@checked
def vote_pagerank(
    votes: pd.DataFrame,
    *,
    weights: Weights = "share",
    damping: Annotated[float, Number(0.0, 1.0, "")] = 0.85,
    compat: Compat | None = None,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""PageRank of values in the graph of votes, with participants resampled.

    Estimand: the stationary share of each value in a walk: at value u one of the values that it was compared with is taken
    at random, a participant is asked, and the walk goes there if they call it wiser, else it stays; with probability one
    less `damping` it starts anew at any value (without new starts: the rank centrality of Negahban, Oh and Shah 2017).
    Probabilities to be called wiser are posterior means under Jeffreys' prior, so that no threshold cuts the graph, and no
    mass is lost. The interval resamples participants, all votes of one together (`valuestats.statistics.clusters`).

    PageRank counts who leads here, not how much wiser a value is: a value that
    is asked about often ranks high, which strengths of `valuestats.choice_strengths` on `valuestats.vote_choices` do not.

    Parameters
    ----------
    votes
        As for `valuestats.votes_to_graph`; contexts are taken together.
    weights
        ``"share"`` of participants who call the step wiser, as above, or ``"likelihood"``, as published: that less the
        share for less wise where it is above 0, in proportion to which the walk goes on from u and never stays. There the
        only way on is taken however few call it wiser, and the cut at 0 makes ranks jump, so that intervals can cover too
        little where many pairs are close.
    damping
        d, in (0, 1).
    compat
        ``"published"`` takes the edges that the published thresholds keep, weighted by the plain likelihood, and loses the
        mass of values from which nothing leads on, as the release does: ranks then sum to less than 1. Values of no kept
        edge have rank 0.
    replicates, level, seed
        Of the bootstrap; with 0 there is no interval.

    Returns
    -------
    Result
        Kind ``"vote_pagerank"``, key ``("value",)``: besides ``votes_for`` and ``votes_against`` (votes that call the value
        wiser, or less wise), ``neighbours`` (values it was compared with), ``first_share`` (share of resamples in which it
        ranks first), ``baseline`` (the rank without any edge: all alike), ``n_units`` (participants).

    Raises
    ------
    SpecificationError
        No vote; no edge that the thresholds keep (with `compat`).
    InputError
        As `valuestats.votes_to_graph`.

    References
    ----------
    Page, Brin, Motwani and Winograd (1999); Negahban, Oh and Shah (2017); Klingefjord, Lowe and Edelman (2024); Hesterberg
    (2015).

    Examples
    --------
    >>> import pandas as pd
    >>> told = pd.DataFrame({"respondent": range(4), "from": "calm", "to": "care", "vote": ["wiser"] * 3 + ["unsure"]})
    >>> found = vote_pagerank(told, replicates=0).estimates
    >>> found[["value", "estimate"]].round(3).to_numpy().tolist()
    [['calm', 0.203], ['care', 0.797]]
    """
    started = time.perf_counter()
    steps = vote_steps(votes)
    published = compat == "published"
    plan = plan_clusters(len(steps.people), replicates, np.random.default_rng(seed))
    point = _ranks(steps, by_direction(steps)[None], damping, published, weights)[0]
    if published and not point.any():
        raise SpecificationError(
            "the thresholds keep no edge", parameter="votes", got=f"{len(steps.pair)} votes"
        )
    values = np.empty((len(plan.weights), len(point)))
    part = max(1, int(4e7 / max(1, 16 * len(steps.source))))
    for start in range(0, len(values), part):
        here = slice(start, start + part)
        values[here] = _ranks(steps, by_direction(steps, plan.weights[here]), damping, published, weights)
    found = plan.finish(values, point, len(steps.people), level, within=(0.0, 1.0), what="participants")
    first = np.full(len(point), np.nan)
    if len(values) and not plan.jackknife:
        best = values == values.max(axis=1, keepdims=True)
        first = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    frame = pd.DataFrame(
        {
            "estimand": "PageRank",
            "value": list(steps.values),
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            **_counts(steps),
            "first_share": first,
            "baseline": 1 / len(point),
            "n_units": len(steps.people),
        }
    )
    specification: dict[str, Any] = {
        "weights": "likelihood" if published else weights,
        "damping": damping,
        "compat": compat,
        "replicates": replicates,
        "level": level,
        "unit": "participant",
    }
    lost = int(steps.asked.sum() - len(steps.kind))
    meta = make_meta(
        "PageRank of votes, participants resampled",
        specification,
        citations=[
            "Page, Brin, Motwani & Winograd (1999)",
            "Klingefjord, Lowe & Edelman (2024)",
            "Hesterberg (2015)",
        ],
        seed=seed,
        warnings=[*found.warnings, *([f"{lost} votes were not given and are left out"] if lost else [])],
        seconds=time.perf_counter() - started,
        mass=float(point.sum()),
    )
    tree = draws_tree("bootstrap", found.draws, {"value": list(steps.values)}) if replicates else None
    return Result("vote_pagerank", frame, ("value",), meta, tree)


def _ranks(steps: Steps, shown: Array, damping: float, published: bool, weights: Weights) -> Array:
    """PageRank of each set of votes, shape ``(graphs, values)``, from votes by pair, direction and kind."""
    n = len(steps.values)
    if not published:
        counts = pooled_edges(steps, shown).counts
        total = counts.sum(axis=-1) + len(VOTES) * JEFFREYS
        ends = np.concatenate([steps.source, steps.target]), np.concatenate([steps.target, steps.source])
        if weights == "likelihood":
            ahead = (counts[..., WISER] - counts[..., LESS]) / total
            both = np.concatenate([np.maximum(ahead, 0.0), np.maximum(-ahead, 0.0)], axis=-1)
        else:
            both = np.concatenate([(counts[..., k] + JEFFREYS) / total for k in (WISER, LESS)], axis=-1)
            leave = sparse.csr_array(
                (np.ones(both.shape[1]), (ends[0], np.arange(both.shape[1]))), shape=(n, both.shape[1])
            )
            stay = (leave @ (1 - both).T).T
            ends = np.append(ends[0], np.arange(n)), np.append(ends[1], np.arange(n))
            both = np.concatenate([both, stay], axis=-1)
        return page_ranks(*ends, both, n, damping=damping)
    edges = published_edges(steps, shown)
    there = kept(edges, Thresholds(), published=True)
    weight = np.where(there, likelihood(edges.counts), 0.0)
    # as in the release the walk knows the values of kept edges alone
    used = np.zeros((len(shown), n), dtype=bool)
    graph, edge = np.nonzero(there)
    used[graph, edges.source[edge]] = used[graph, edges.target[edge]] = True
    ranks = page_ranks(edges.source, edges.target, weight, n, damping=damping, conserve=False)
    scale = n / np.maximum(used.sum(axis=1, keepdims=True), 1)
    return np.where(used, ranks * scale, 0.0)


def _counts(steps: Steps) -> dict[str, Any]:
    n = len(steps.values)
    toward = np.where(steps.turned, steps.source[steps.pair], steps.target[steps.pair])
    away = np.where(steps.turned, steps.target[steps.pair], steps.source[steps.pair])
    told = [np.where(steps.kind == WISER, toward, away), np.where(steps.kind == WISER, away, toward)]
    clear = steps.kind < 2
    ends = np.concatenate([steps.source, steps.target])
    given = np.bincount(toward, minlength=n) + np.bincount(away, minlength=n)
    return {
        "n_scored": given,
        "n_asked": np.bincount(ends, np.tile(steps.asked, 2), minlength=n).astype(int),
        "votes_for": np.bincount(told[0][clear], minlength=n),
        "votes_against": np.bincount(told[1][clear], minlength=n),
        "neighbours": np.bincount(ends, minlength=n),
    }
