"""Weights behind 20, 200 and 2,000 plans, and in towns of 16, 144 and 400 places: beside what a user would write.

The package gives a posterior, profiles of each share and what the plans can't tell. A user would write soft value iteration
in loops over states and actions and let SciPy maximise the likelihood by differences: a point estimate. CPU seconds in one
process. Run with ``python benchmarks/plan_speed.py``; it writes ``benchmarks/results/plan_speed.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from valuestats.plans.process import process_of
from valuestats.plans.simulate import simulate_plans, simulate_town
from valuestats.plans.weights import plan_weights

OUT = Path(__file__).parent / "results" / "plan_speed.json"
NAMES, TRUTH, HORIZON = ["care", "safety", "honesty"], {"care": 5.0, "safety": 3.0, "honesty": 1.0}, 8


def by_loops(town: pd.DataFrame, plans: pd.DataFrame) -> np.ndarray:
    """Soft value iteration state by state and action by action, and SciPy's quasi-Newton steps by differences."""
    process = process_of(town, NAMES)
    taken = plans[["step", "state", "action"]].value_counts()
    state, action = ({s: k for k, s in enumerate(names)} for names in (process.states, process.actions))
    offered = [np.flatnonzero(row) for row in process.offered]

    def minus(w: np.ndarray) -> float:
        value, log_p = np.zeros(len(offered)), {}
        for t in range(HORIZON - 1, -1, -1):
            new = np.zeros(len(offered))
            for s, actions in enumerate(offered):
                q = [process.serves[s, a] @ w + process.moves[s, a] @ value for a in actions]
                new[s] = np.logaddexp.reduce(q)
                log_p.update({(t, s, a): x - new[s] for a, x in zip(actions, q, strict=True)})
            value = new
        return -sum(n * log_p[t, state[s], action[a]] for (t, s, a), n in taken.items())

    return np.asarray(minimize(minus, np.full(3, 0.5), method="L-BFGS-B", bounds=[(0, None)] * 3).x)


def main() -> None:
    rows: list[dict[str, Any]] = []
    for size, plans in ((4, 20), (4, 200), (4, 2000), (12, 200), (20, 200)):
        town = simulate_town(size=size, values=3, seed=1)
        made = simulate_plans(town, {"a": TRUTH}, plans=plans, horizon=HORIZON, seed=1)
        start = time.process_time()
        found = plan_weights(town, made, NAMES, horizon=HORIZON, draws=2000, seed=1)
        row: dict[str, Any] = {
            "places": size**2,
            "plans": plans,
            "valuestats: posterior, profiles, what is not told": round(time.process_time() - start, 2),
            "passed": bool(found.passed),
        }
        start = time.process_time()
        w = by_loops(town, made)
        row["loops and SciPy: a point"] = round(time.process_time() - start, 2)
        middle = found.estimates["estimate"].to_numpy()
        row["largest_difference"] = round(float(np.abs(w / w.sum() - middle).max()), 4)
        rows.append(row)
        print(row, flush=True)
        command = " ".join(["python", "benchmarks/plan_speed.py", *sys.argv[1:]])
        date = str(pd.Timestamp.now().date())
        content = {"command": command, "date": date, "unit": "CPU seconds", "rows": rows}
        OUT.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
