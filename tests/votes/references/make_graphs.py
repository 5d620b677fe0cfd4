"""Reference numbers of tests/votes: networkx 3.6.1, which the package does not use.

Run in an environment that has it: ``python tests/votes/references/make_graphs.py``; it writes ``expected.json``.
"""

import json
from pathlib import Path

import numpy as np


def main() -> None:
    import networkx as nx

    rng = np.random.default_rng(11)
    cases = []
    for n, m in ((4, 4), (12, 20), (40, 90)):
        every = [(i, j) for i in range(n) for j in range(n) if i != j]
        edges = [every[k] for k in rng.permutation(len(every))[:m]]
        weights = rng.uniform(0.05, 1.0, m).round(6)
        graph = nx.DiGraph()
        graph.add_nodes_from(range(n))
        graph.add_weighted_edges_from((i, j, float(w)) for (i, j), w in zip(edges, weights, strict=True))
        ranks = {d: nx.pagerank(graph, alpha=d, tol=1e-14, max_iter=10000) for d in (0.5, 0.85)}
        one_way = nx.DiGraph()
        one_way.add_nodes_from(range(n))
        one_way.add_edges_from((i, j) for i, j in edges if (j, i) not in edges)
        census = nx.triadic_census(one_way)
        cases.append(
            {
                "n": n,
                "edges": edges,
                "weights": weights.tolist(),
                "pagerank": {str(d): [r[v] for v in range(n)] for d, r in ranks.items()},
                "circles": sorted(
                    (sorted(c) for c in nx.strongly_connected_components(one_way) if len(c) > 1),
                    key=len,
                    reverse=True,
                ),
                "one_way": [list(e) for e in one_way.edges],
                "complete": census["030T"] + census["030C"],
                "cyclic": census["030C"],
            }
        )
    (Path(__file__).parent / "expected.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
