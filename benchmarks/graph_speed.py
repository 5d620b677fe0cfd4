"""Cost of resampled graphs beside what a user would take: causal-learn's PC in a loop over resampled rows.

Profiles of 17 values of 101 roles under eleven conditions, as in the release of the causal value graphs, and ten and a
hundred times as many roles. Measured in one run: one graph, 1,000 resampled graphs with roles and with rows as units,
ranks, the best graph by BIC, and causal-learn (20 graphs, scaled up to 1,000). Run with ``python
benchmarks/graph_speed.py``; it writes ``benchmarks/results/graph_speed.json``.
"""

from __future__ import annotations

import json
import platform
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from causallearn.search.ConstraintBased.PC import pc

from valuestats.graphs.value_graph import value_graph

RESULTS = Path(__file__).parent / "results"
VALUES, CONDITIONS, ROLES = 17, 11, 101
THEIRS = 20


def profiles(times: int) -> pd.DataFrame:
    rng = np.random.default_rng(times)
    weight = np.triu(rng.uniform(0.2, 0.6, (VALUES, VALUES)) * (rng.random((VALUES, VALUES)) < 0.15), 1)
    roles = ROLES * times
    noise = rng.normal(size=(roles, 1, VALUES)) + rng.normal(size=(roles, CONDITIONS, VALUES))
    scores = noise.reshape(-1, VALUES) @ np.linalg.inv(np.eye(VALUES) - weight)
    frame = pd.DataFrame(scores, columns=[f"v{k}" for k in range(VALUES)])
    return frame.assign(role=np.repeat(np.arange(roles), CONDITIONS))


def timed(frame: pd.DataFrame, **options: Any) -> tuple[float, int]:
    started = time.process_time()
    found = value_graph(frame, cluster="role", **options)
    return round(time.process_time() - started, 3), int(found.meta["edges"])


def learned(frame: pd.DataFrame, graphs: int) -> tuple[float, int]:
    scores, edges = frame.filter(like="v").to_numpy(), 0
    rng = np.random.default_rng(0)
    started = time.process_time()
    for k in range(graphs):
        rows = np.arange(len(scores)) if k == 0 else rng.integers(0, len(scores), len(scores))
        found = pc(scores[rows], 0.05, "fisherz", show_progress=False).G.graph
        edges = edges or int(np.triu(found != 0).sum())
    return round((time.process_time() - started) / graphs, 4), edges


def main() -> None:
    small = profiles(1)
    for options in ({}, {"test": "rows"}, {"correlation": "spearman"}, {"method": "bic"}):
        value_graph(small, cluster="role", replicates=2, **options)  # compile
    table = []
    for times in (1, 10, 100):
        frame = profiles(times)
        row: dict[str, Any] = {"roles": ROLES * times, "rows": len(frame)}
        row["one graph, s"], row["edges"] = timed(frame, replicates=0)
        row["1,000 graphs, roles as units, s"], _ = timed(frame, replicates=1000)
        row["1,000 graphs, rows as units, s"], row["edges by rows"] = timed(
            frame, replicates=1000, test="rows"
        )
        if times < 100:
            row["1,000 graphs of ranks, s"], _ = timed(frame, replicates=1000, correlation="spearman")
            row["10 best graphs by BIC, s"], _ = timed(frame, replicates=10, method="bic")
        each, row["edges by causal-learn"] = learned(frame, THEIRS if times == 1 else 5)
        row["causal-learn, 1,000 graphs, s"] = round(1000 * each, 1)
        tracemalloc.start()
        value_graph(frame, cluster="role", replicates=1000)
        row["peak, MB"] = round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
        tracemalloc.stop()
        print(row, flush=True)
        table.append(row)
    made = {
        "command": " ".join(["python", "benchmarks/graph_speed.py", *sys.argv[1:]]),
        "machine": f"{platform.machine()}, one core, processor time",
        "sizes": table,
    }
    (RESULTS / "graph_speed.json").write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
