"""Coverage of the probability to be called wiser, and of PageRank with participants resampled, for votes of a known truth.

Votes follow a choice model with ties and an unsure answer over 15 values and 30 pairs, five votes a participant. Truth: the
model's probabilities, and PageRank of the graph that they make. Run with ``python benchmarks/vote_coverage.py``; it writes
``benchmarks/results/vote_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import softmax

from valuestats.base.progress import track
from valuestats.votes.graph import votes_to_graph
from valuestats.votes.pagerank import vote_pagerank
from valuestats.votes.ranks import page_ranks

RESULTS = Path(__file__).parent / "results"
VALUES, PAIRS, PER = 15, 30, 5
WORDS = np.array(["wiser", "less wise", "equal", "unsure"])
NAMES = np.array([f"value {k:02d}" for k in range(VALUES)])
SETTINGS = [(40, "share"), (100, "share"), (400, "share"), (100, "likelihood"), (400, "likelihood")]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument(
        "--setting", type=int, help="run one setting, by its number, and put it into the results"
    )
    chosen = parser.parse_args()
    pairs, shares = population()
    place = {(NAMES[i], NAMES[j]): shares[k, 0] for k, (i, j) in enumerate(pairs)}
    place |= {(NAMES[j], NAMES[i]): shares[k, 1] for k, (i, j) in enumerate(pairs)}
    rows = []
    for number, (people, weights) in enumerate(track(SETTINGS, "settings")):
        if chosen.setting not in (None, number):
            continue
        rng = np.random.default_rng(number)
        truth = dict(zip(NAMES, true_ranks(pairs, shares, weights), strict=True))
        ranks, edges, first = [], [], []
        for seed in range(chosen.simulations):
            told = votes(rng, people, pairs, shares)
            found = vote_pagerank(told, weights=weights, replicates=300, seed=seed).estimates
            aim = found["value"].map(truth)
            ranks.append(((found["lower"] <= aim) & (aim <= found["upper"])).mean())
            first.append(found.loc[found["estimate"].idxmax(), "value"] == max(truth, key=truth.__getitem__))
            if weights == "share":
                graph = votes_to_graph(told, replicates=0).estimates
                aim = graph.apply(lambda row: place[row["from"], row["to"]], axis=1)
                edges.append(((graph["lower"] <= aim) & (aim <= graph["upper"])).mean())
        setting = f"{people} participants, {people * PER / PAIRS:.0f} votes a pair, {weights}"
        rows.append({"what": setting, "quantity": "PageRank", "coverage": np.mean(ranks)})
        if edges:
            rows.append(
                {"what": setting, "quantity": "probability to be called wiser", "coverage": np.mean(edges)}
            )
        rows[-1]["true_first_is_first"] = np.mean(first)
        print(rows[-2:], flush=True)
    table = pd.DataFrame(rows).assign(
        simulations=chosen.simulations,
        monte_carlo_error=(0.95 * 0.05 / chosen.simulations) ** 0.5,
        command=" ".join(["python", "benchmarks/vote_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "vote_coverage.csv"
    if chosen.setting is not None and file.exists():
        kept = pd.read_csv(file)
        table = pd.concat([kept[~kept["what"].isin(table["what"])], table], ignore_index=True)
    table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
