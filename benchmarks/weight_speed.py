"""Weights of four features from 1,000, 10,000 and 100,000 choices between two options: the package beside statsmodels.

Both maximise the conditional likelihood; the package reads its table of choices first. CPU seconds in one process. Run with
``python benchmarks/weight_speed.py``; it writes ``benchmarks/results/weight_speed.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.discrete.conditional_models import ConditionalLogit

from valuestats.latent.sampling import Sampling
from valuestats.tables.choices import ranking_choices
from valuestats.weights.feature_weights import feature_weights

OUT = Path(__file__).parent / "results" / "weight_speed.json"
W = np.array([1.0, -0.5, 0.2, 0.0])
NAMES = [f"x{k}" for k in range(4)]


def simulated(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 2, 4))
    u = x @ W + rng.gumbel(size=(n, 2))
    frame = pd.DataFrame(x.reshape(-1, 4), columns=NAMES)
    return frame.assign(
        choice=np.repeat(np.arange(n), 2),
        option=np.tile(["a", "b"], n),
        chosen=(u == u.max(axis=1, keepdims=True)).astype(int).ravel(),
    )


def main() -> None:
    rows: list[dict[str, Any]] = []
    for n in (1000, 10_000, 100_000):
        frame = simulated(n)
        start = time.process_time()
        choices = ranking_choices(frame)
        read = time.process_time()
        found = feature_weights(choices, NAMES, sampling=Sampling(draws=50, chains=1))
        done = time.process_time()
        row = {
            "choices": n,
            "valuestats, table": round(read - start, 2),
            "valuestats, fit": round(done - read, 2),
        }
        if n <= 10_000:
            start = time.process_time()
            theirs = ConditionalLogit(frame["chosen"], frame[NAMES], groups=frame["choice"]).fit(disp=False)
            row["statsmodels ConditionalLogit"] = round(time.process_time() - start, 2)
            gap = found.estimates["estimate"].to_numpy() - theirs.params.to_numpy()
            row["largest_difference"] = float(np.abs(gap).max())
        rows.append(row)
        print(rows[-1], flush=True)
    command = " ".join(["python", "benchmarks/weight_speed.py", *sys.argv[1:]])
    OUT.write_text(json.dumps({"command": command, "unit": "CPU seconds", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
