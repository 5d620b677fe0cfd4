"""Coverage of the probability to be called wiser, and of PageRank with participants resampled, for votes of a known truth.

Votes follow a choice model with ties and an unsure answer over 15 values and 30 pairs, five votes a participant. Truth: the
model's probabilities, and PageRank of the graph that they make. Run with ``python benchmarks/vote_coverage.py``; it writes
``benchmarks/results/vote_coverage.csv``.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Literal

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy.special import softmax

from valuestats.votes.graph import votes_to_graph
from valuestats.votes.pagerank import vote_pagerank
from valuestats.votes.ranks import page_ranks

VALUES, PAIRS, PER = 15, 30, 5
WORDS = np.array(["wiser", "less wise", "equal", "unsure"])
NAMES = np.array([f"value {k:02d}" for k in range(VALUES)])
KINDS = [(40, "share"), (100, "share"), (400, "share"), (100, "likelihood"), (400, "likelihood")]


@cache
def population() -> tuple[np.ndarray, np.ndarray]:
    """Pairs, and the probability of each vote on them."""
    rng = np.random.default_rng(7)
    strength = rng.normal(size=VALUES)
    every = np.array([(i, j) for i in range(VALUES) for j in range(i + 1, VALUES)])
    pairs = every[rng.permutation(len(every))[:PAIRS]]
    one, two = strength[pairs].T
    middle = (one + two) / 2
    return pairs, softmax(np.stack([two, one, middle - 0.5, middle - 0.8], axis=1), axis=1)


def true_ranks(pairs: np.ndarray, shares: np.ndarray, weights: str) -> np.ndarray:
    source, target = np.append(pairs[:, 0], pairs[:, 1]), np.append(pairs[:, 1], pairs[:, 0])
    if weights == "likelihood":
        ahead = shares[:, 0] - shares[:, 1]
        return page_ranks(source, target, np.maximum(np.append(ahead, -ahead), 0)[None], VALUES)[0]
    move = np.zeros((VALUES, VALUES))
    degree = np.bincount(source, minlength=VALUES)
    move[source, target] = np.append(shares[:, 0], shares[:, 1]) / degree[source]
    np.fill_diagonal(move, 1 - move.sum(axis=1))
    step = 0.85 * move + 0.15 / VALUES
    return np.linalg.matrix_power(step, 2**12)[0]


def votes(rng: np.random.Generator, people: int, pairs: np.ndarray, shares: np.ndarray) -> pd.DataFrame:
    picked = np.concatenate([rng.permutation(PAIRS)[:PER] for _ in range(people)])
    took = (rng.random((len(picked), 1)) > shares[picked].cumsum(axis=1)).sum(axis=1)
    frame = pd.DataFrame({"respondent": np.repeat(np.arange(people), PER), "vote": WORDS[took]})
    return frame.assign(**{"from": NAMES[pairs[picked, 0]], "to": NAMES[pairs[picked, 1]]})


def study(
    rng: np.random.Generator, seed: int, *, people: int, weights: Literal["share", "likelihood"]
) -> dict[tuple[str, ...], float]:
    pairs, shares = population()
    truth = dict(zip(NAMES, true_ranks(pairs, shares, weights), strict=True))
    told = votes(rng, people, pairs, shares)
    found = vote_pagerank(told, weights=weights, replicates=300, seed=seed).estimates
    aim = found["value"].map(truth)
    held: dict[tuple[str, ...], float] = {
        ("PageRank",): ((found["lower"] <= aim) & (aim <= found["upper"])).mean(),
        ("the true first is first",): found.loc[found["estimate"].idxmax(), "value"]
        == max(truth, key=truth.__getitem__),
    }
    if weights == "share":
        place = {(NAMES[i], NAMES[j]): shares[k, 0] for k, (i, j) in enumerate(pairs)}
        place |= {(NAMES[j], NAMES[i]): shares[k, 1] for k, (i, j) in enumerate(pairs)}
        graph = votes_to_graph(told, replicates=0).estimates
        aim = graph.apply(lambda row: place[row["from"], row["to"]], axis=1)
        held["probability to be called wiser",] = ((graph["lower"] <= aim) & (aim <= graph["upper"])).mean()
    return held


SETTINGS = {
    f"{people} participants, {people * PER / PAIRS:.0f} votes a pair, {weights}": partial(
        study, people=people, weights=weights
    )
    for people, weights in KINDS
}

if __name__ == "__main__":
    cover("vote_coverage", SETTINGS, ("quantity",), __doc__)
