"""Ego networks of 275, 2,750 and 27,500 people: fitting and simulating beside what a user would write with NumPy and SciPy.

The fit of a user: an objective that loops over people, as tools for dynamics on networks do node by node, minimised by
SciPy's differential evolution (timed over 20 evaluations and scaled to the number that a search of population 15 takes over
60 generations). It gives a point; the package's time holds the exact optimum, profile intervals and 2,000 posterior draws.
The simulation of a user: the same loop, one step. CPU seconds in one process. Run with
``python benchmarks/opinion_speed.py``; it writes ``benchmarks/results/opinion_speed.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.opinions.dynamics import opinion_dynamics
from valuestats.opinions.forecast import opinion_forecast
from valuestats.opinions.panel import steps_of
from valuestats.opinions.simulate import simulate_ego_networks, simulate_opinions

OUT = Path(__file__).parent / "results" / "opinion_speed.json"
EVALUATIONS = 15 * 2 * 61


def timed(job: Any) -> tuple[float, Any]:
    start = time.process_time()
    found = job()
    return time.process_time() - start, found


def looped(now: np.ndarray, friends: list[np.ndarray], bound: float, influence: float) -> np.ndarray:
    moved = now.copy()
    for i, others in enumerate(friends):
        d = others - now[i]
        near = d[np.abs(d) <= bound]
        if len(near):
            moved[i] += influence * near.mean()
    return moved


def measured(people: int) -> dict[str, Any]:
    panel, ties = simulate_ego_networks(people=people, seed=1)
    steps = steps_of(panel, ties)
    friends = [steps.others[a:b] for a, b in zip(steps.start[:-1], steps.start[1:], strict=True)]
    fit, found = timed(lambda: opinion_dynamics(panel, ties, permutations=0))
    placebo, _ = timed(lambda: opinion_dynamics(panel, ties, permutations=199))
    forecast, _ = timed(lambda: opinion_forecast(panel, ties, support_vector=False))
    rng = np.random.default_rng(0)
    tried = [(rng.uniform(0, 0.9), rng.uniform(-1, 1)) for _ in range(20 if people < 10_000 else 3)]
    loop, _ = timed(lambda: [np.sum((steps.then - looped(steps.now, friends, *t)) ** 2) for t in tried])
    first = panel[panel["wave"] == 0].drop(columns="wave")
    own, path = timed(lambda: simulate_opinions(first, ties, confidence=0.3, influence=0.3, waves=21))
    step, moved = timed(lambda: looped(steps.now, friends, 0.3, 0.3))
    egos = path[(path["wave"] == 1) & path["person"].str.startswith("ego")]["opinion"].to_numpy()
    return {
        "people": people,
        "ties": len(ties),
        "fit_with_intervals_s": fit,
        "placebo_of_199_s": placebo - fit,
        "forecast_of_4_rules_s": forecast,
        "user_loop_with_differential_evolution_s": loop / len(tried) * EVALUATIONS,
        "simulate_20_steps_s": own,
        "user_loop_20_steps_s": 20 * step,
        "largest_difference_of_a_step": float(np.abs(egos - moved).max()),
        "estimate": found.estimates["estimate"].round(4).tolist(),
    }


def main() -> None:
    measured(50)  # compiles
    rows = []
    for people in (275, 2_750, 27_500):
        rows.append(measured(people))
        print(rows[-1], flush=True)
        command = " ".join(["python", "benchmarks/opinion_speed.py", *sys.argv[1:]])
        OUT.write_text(
            json.dumps({"command": command, "date": str(pd.Timestamp.now().date()), "rows": rows}, indent=1)
            + "\n"
        )


if __name__ == "__main__":
    main()
