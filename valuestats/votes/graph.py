"""From votes on steps between values to a graph: what is said of each step, and which steps are kept."""

from __future__ import annotations

import time
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from valuestats.base.allowed import Number, Whole
from valuestats.base.arguments import checked
from valuestats.base.labels import counted
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.agreement import count_matrix, krippendorff_nominal
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.resampling import cluster_weights
from valuestats.votes.edges import (
    EQUAL,
    LESS,
    UNSURE,
    WISER,
    Edges,
    Thresholds,
    by_direction,
    edge_posterior,
    entropy_bits,
    kept,
    likelihood,
    oriented,
    pooled_edges,
    published_edges,
)
from valuestats.votes.order import both_ways, cycles, triads
from valuestats.votes.table import VOTES, Steps, vote_steps

Compat = Literal["published"]
CITATIONS = (
    "Klingefjord, Lowe & Edelman (2024), What are human values, and how do we align AI to them?",
    "Jeffreys (1946)",
    "Kendall & Babington Smith (1940)",
    "Krippendorff (2011)",
)


@checked
def votes_to_graph(
    votes: pd.DataFrame,
    *,
    by_context: bool = False,
    compat: Compat | None = None,
    least_wiser: Annotated[int, Whole(1)] = 2,
    least_likelihood: Annotated[float, Number(-1.0, 1.0)] = 0.33,
    most_entropy: Annotated[float, Number(0.0)] = 1.69,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""The graph of votes on which of two values is wiser: what participants say of each step, and how sure it is.

    Estimand of an edge: the probability :math:`p_w` that a participant such as these calls the step wiser. Its posterior is
    Beta under Jeffreys' Dirichlet prior over the four answers. Votes on a pair that was shown in both directions are put
    together (wiser than a from b is less wise than b from a), and each edge is turned towards the value with more votes.
    ``likelihood`` is :math:`p_w-p_l`, ``direction`` the posterior probability that it is above 0, ``above`` that it is
    above `least_likelihood`. ``kept`` is what the thresholds say of the plain shares, ``kept_share`` in what share of
    bootstrap samples of participants they say so.

    Parameters
    ----------
    votes
        One row per vote: ``respondent``, ``from``, ``to`` and ``vote``, what is said of ``to``: wiser, less wise, equal,
        unsure, or null where none was given; optionally ``context`` and ``status``.
    by_context
        Whether each context has edges of its own.
    compat
        ``"published"`` counts as the release of Klingefjord, Lowe and Edelman (2024) does: both directions are edges of
        their own; of votes on the other direction "wiser" counts as less wise and the rest not at all; the number of times
        that the pair was shown enters the entropy as a fifth answer.
    least_wiser, least_likelihood, most_entropy
        Thresholds: votes for wiser, likelihood, entropy in bits.
    replicates, seed
        Of the bootstrap of participants; 0 for none.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"vote_graph"``, keys ``("from", "to")`` or ``("context", "from", "to")``. ``n_scored`` counts votes given,
        ``n_asked`` those asked for. ``meta["alpha"]`` is Krippendorff's alpha of the votes, ``meta["both_ways"]`` what was
        said of pairs shown both ways round (see `valuestats.votes.order.both_ways`), ``meta["cycles"]`` the values that go
        round in circles by majority, ``meta["triads"]`` complete and cyclic triads.

    Raises
    ------
    SpecificationError
        No vote at all; contexts asked for where there are none.
    InputError
        An unknown vote, a value against itself, a participant who votes twice on a step, with the row.

    References
    ----------
    Klingefjord, Lowe and Edelman (2024); Jeffreys (1946); Kendall and Babington Smith (1940); Krippendorff (2011).

    Examples
    --------
    >>> import pandas as pd
    >>> told = pd.DataFrame({"respondent": range(4), "from": "calm", "to": "care", "vote": ["wiser"] * 3 + ["unsure"]})
    >>> found = votes_to_graph(told, replicates=0).estimates
    >>> found[["from", "to", "estimate", "likelihood", "kept"]].round(2).to_numpy().tolist()
    [['calm', 'care', 0.58, 0.75, True]]
    """
    started = time.perf_counter()
    steps = vote_steps(votes, by_context=by_context)
    limits = Thresholds(least_wiser, least_likelihood, most_entropy)
    published = compat == "published"
    shown = by_direction(steps)
    edges = published_edges(steps, shown) if published else oriented(pooled_edges(steps, shown))
    there = edges.counts.sum(axis=1) > 0
    found = edge_posterior(edges.counts, level, least_likelihood)
    whole = kept(edges, limits, published=published)
    again = _kept_share(steps, edges, limits, published, replicates, np.random.default_rng(seed))
    names = np.array(steps.values, dtype=object)
    own = np.full(len(edges.pair), "", dtype=object)
    if steps.context is not None:
        own = np.array(steps.context, dtype=object)[edges.pair]
    frame = pd.DataFrame(
        {
            "estimand": "probability to be called wiser",
            **({"context": own} if by_context else {}),
            "from": names[edges.source],
            "to": names[edges.target],
            "estimate": found.wiser,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": "posterior, equal-tailed",
            "n_scored": edges.counts.sum(axis=1).astype(int),
            "n_asked": np.maximum(steps.asked[edges.pair], edges.counts.sum(axis=1)).astype(int),
            **{
                f"n_{VOTES[k].replace(' ', '_')}": edges.counts[:, k].astype(int)
                for k in (WISER, LESS, EQUAL, UNSURE)
            },
            "share_wiser": edges.counts[:, WISER] / np.maximum(edges.counts.sum(axis=1), 1),
            "likelihood": likelihood(edges.counts),
            "entropy": entropy_bits(edges.counts, edges.shown if published else None),
            "direction": found.direction,
            "above": found.above,
            "kept": whole,
            "kept_share": again,
        }
    )[there].reset_index(drop=True)
    values = len(steps.values)
    majority = oriented(pooled_edges(steps, shown))
    clear = likelihood(majority.counts) > 0
    ends = majority.source[clear], majority.target[clear]
    meta = make_meta(
        "votes as edges, Jeffreys' Dirichlet prior" + (", counted as published" if published else ""),
        {
            "by_context": by_context,
            "compat": compat,
            "least_wiser": least_wiser,
            "least_likelihood": least_likelihood,
            "most_entropy": most_entropy,
            "replicates": replicates,
            "level": level,
            "unit": "participant",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=_notes(steps),
        seconds=time.perf_counter() - started,
        participants=len(steps.people),
        values=values,
        alpha=_alpha(steps),
        both_ways=both_ways(shown, level),
        cycles=None if by_context else [[steps.values[v] for v in group] for group in cycles(*ends, values)],
        triads=None if by_context else vars(triads(*ends, values)),
    )
    keys = ("context", "from", "to") if by_context else ("from", "to")
    return Result("vote_graph", frame, keys, meta)


def _kept_share(
    steps: Steps, edges: Edges, limits: Thresholds, published: bool, replicates: int, rng: np.random.Generator
) -> np.ndarray:
    """Share of bootstrap samples of participants in which the thresholds keep each edge; NaN without any."""
    people = len(steps.people)
    if replicates < 1 or people < LEAST:
        return np.full(len(edges.pair), np.nan)
    part = max(1, int(4e7 / max(1, 16 * len(edges.pair))))
    total = np.zeros(len(edges.pair))
    for start in range(0, replicates, part):
        weights = cluster_weights(people, min(part, replicates - start), rng)
        shown = by_direction(steps, weights)
        if published:
            found = published_edges(steps, shown)
        else:
            found = pooled_edges(steps, shown)
            turned = edges.source != steps.source[edges.pair]
            order = np.array([LESS, WISER, EQUAL, UNSURE])
            counts = np.where(turned[:, None], found.counts[..., order], found.counts)
            found = Edges(edges.source, edges.target, edges.pair, counts, found.shown)
        total += kept(found, limits, published=published).sum(axis=0)
    return total / replicates


def _alpha(steps: Steps) -> float | None:
    """Krippendorff's alpha of the votes as they were shown, nominal; None where no step has two votes."""
    item = np.unique(steps.pair * 2 + steps.turned, return_inverse=True)[1]
    counts = count_matrix(item.astype(np.int64), steps.kind, int(item.max()) + 1, len(VOTES))
    value = float(krippendorff_nominal(counts, np.ones((1, len(counts)))).estimate[0])
    return None if np.isnan(value) else value


def _notes(steps: Steps) -> list[str]:
    people, asked = len(steps.people), int(steps.asked.sum())
    lost = asked - len(steps.kind)
    found = []
    if lost:
        found.append(f"{lost} of {counted(asked, 'vote')} were not given and are left out")
    if people < FEW:
        none = ", too few to resample" if people < LEAST else ""
        found.append(f"{counted(people, 'participant')}{none}")
    return found
