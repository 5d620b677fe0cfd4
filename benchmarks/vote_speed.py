"""PageRank of a graph of votes with participants resampled, at 1, 10 and 100 times the moral graph's votes.

The package resamples participants 1,000 times; networkx in a loop is timed on some of the same samples, and the time of
all is worked out from them. CPU seconds of one run, same data, same process. Run with ``python benchmarks/vote_speed.py``
(networkx is timed where it is installed); it writes ``benchmarks/results/vote_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from cpu_time import timed

from valuestats.statistics.resampling import cluster_weights
from valuestats.votes.edges import by_direction, pooled_edges
from valuestats.votes.graph import votes_to_graph
from valuestats.votes.pagerank import vote_pagerank
from valuestats.votes.table import vote_steps

OUT = Path(__file__).parent / "results" / "vote_speed.json"
REPLICATES = 1000


def simulated(people: int, values: int, pairs: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    ends = rng.integers(0, values, (4 * pairs, 2))
    ends = np.unique(ends[ends[:, 0] < ends[:, 1]], axis=0)[:pairs]
    picked = rng.integers(0, len(ends), (people, 3))
    word = rng.choice(["wiser", "less wise", "equal", "unsure"], picked.size, p=[0.55, 0.1, 0.15, 0.2])
    frame = pd.DataFrame({"respondent": np.repeat(np.arange(people), 3), "vote": word})
    frame["from"], frame["to"] = (np.char.add("v", ends[picked.ravel(), k].astype(str)) for k in (0, 1))
    return frame.drop_duplicates(["respondent", "from", "to"])


def looped(votes: pd.DataFrame, samples: int) -> list[dict[int, float]]:
    import networkx as nx

    steps = vote_steps(votes)
    weights = cluster_weights(len(steps.people), samples, np.random.default_rng(2))
    found = []
    for row in weights:
        counts = pooled_edges(steps, by_direction(steps, row[None])).counts[0]
        ahead = (counts[:, 0] - counts[:, 1]) / (counts.sum(axis=1) + 2)
        graph = nx.DiGraph()
        graph.add_nodes_from(range(len(steps.values)))
        for one, two, w in zip(steps.source, steps.target, ahead, strict=True):
            if w > 0:
                graph.add_edge(int(one), int(two), weight=float(w))
            elif w < 0:
                graph.add_edge(int(two), int(one), weight=float(-w))
        found.append(nx.pagerank(graph, alpha=0.85, tol=1e-12, max_iter=1000))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100)
    chosen = parser.parse_args()
    rows: list[dict[str, object]] = []
    for times, people, values, pairs, samples in (
        (1, 500, 74, 130, 50),
        (10, 5000, 230, 1300, 20),
        (100, 50000, 740, 13000, 5),
    ):
        if times > chosen.most:
            continue
        votes = simulated(people, values, pairs)
        setting = {"times": times, "votes": len(votes), "values": values, "pairs": pairs}
        seconds, _ = timed(lambda v=votes: vote_pagerank(v, weights="likelihood", replicates=REPLICATES))
        rows.append(
            {**setting, "what": f"vote_pagerank, {REPLICATES} samples of participants", "seconds": seconds}
        )
        seconds, _ = timed(lambda v=votes: votes_to_graph(v, replicates=REPLICATES))
        rows.append(
            {**setting, "what": f"votes_to_graph, {REPLICATES} samples of participants", "seconds": seconds}
        )
        try:
            looped(votes, 1)  # loads networkx
            seconds, _ = timed(lambda v=votes, n=samples: looped(v, n))
        except ImportError:
            print("networkx is not installed")
        else:
            what = f"networkx in a loop, {REPLICATES} samples (worked out from {samples})"
            rows.append({**setting, "what": what, "seconds": round(seconds / samples * REPLICATES, 1)})
        print(pd.DataFrame(rows[-3:]).to_string(index=False), flush=True)
    versions = {}
    for name in ("numpy", "scipy", "networkx"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    content = {
        "command": " ".join(["python", "benchmarks/vote_speed.py", *sys.argv[1:]]),
        "versions": versions,
        "rows": rows,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
