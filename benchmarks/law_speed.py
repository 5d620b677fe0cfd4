"""A power law with floor from 100, 1,000 and 10,000 points: the package beside what a user would write with SciPy.

200 starts and 1,000 bootstrap replicates of rows, by the package's side-by-side minimiser; beside it SciPy's
``minimize(method="L-BFGS-B")`` with the same analytic gradients from 200 starts, and a loop of ``curve_fit`` over replicates
from the optimum (both timed over a part and scaled up). CPU seconds in one process. Run with
``python benchmarks/law_speed.py``; it writes ``benchmarks/results/law_speed.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit, minimize

from valuestats.laws.power_law import power_law

OUT = Path(__file__).parent / "results" / "law_speed.json"
STARTS, REPLICATES = 200, 1000
TIMED_STARTS, TIMED_REPLICATES = 20, 50


def simulated(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    u = rng.uniform(np.log(1e6), np.log(1e11), n)
    return u, np.log(1.5 + 60 * np.exp(-0.2 * u)) + 0.03 * rng.normal(size=n)


def curve(u: np.ndarray, e: float, a: float, alpha: float) -> np.ndarray:
    return np.logaddexp(e, a - alpha * u)


def scipy_starts(u: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> float:
    centred = u - u.mean()

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        f = curve(centred, *p)
        r = y - f
        share = np.exp(p[0] - f)
        slope = np.stack([share, 1 - share, -(1 - share) * centred])
        return float(r @ r / 2), -slope @ r

    start = time.process_time()
    for _ in range(TIMED_STARTS):
        begin = [y.min() - rng.exponential(0.3), rng.uniform(y.min() - 1, y.max()), rng.uniform(0, 0.4)]
        minimize(loss, begin, jac=True, method="L-BFGS-B")
    return (time.process_time() - start) * STARTS / TIMED_STARTS


def scipy_replicates(u: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[float, list[float]]:
    best, _ = curve_fit(curve, u, y, p0=[np.log(1.5), np.log(60), 0.2])
    start = time.process_time()
    found = []
    for _ in range(TIMED_REPLICATES):
        rows = rng.integers(0, len(u), len(u))
        found.append(curve_fit(curve, u[rows], y[rows], p0=best)[0])
    return (time.process_time() - start) * REPLICATES / TIMED_REPLICATES, best.tolist()


def main() -> None:
    rows: list[dict[str, Any]] = []
    for n in (100, 1000, 10_000):
        u, y = simulated(n)
        frame = pd.DataFrame({"size": np.exp(u), "loss": np.exp(y)})
        start = time.process_time()
        fit = power_law(frame, "loss", "size", starts=STARTS, replicates=0)
        one = time.process_time() - start
        found = power_law(frame, "loss", "size", starts=STARTS, replicates=REPLICATES)
        all_of_it = time.process_time() - start - one
        starts = scipy_starts(u, y, np.random.default_rng(1))
        replicates, best = scipy_replicates(u, y, np.random.default_rng(1))
        ours = found.estimates["estimate"].to_numpy()
        rows.append(
            {
                "points": n,
                "valuestats, 200 starts": round(one, 2),
                "valuestats, 200 starts and 1,000 replicates": round(all_of_it, 2),
                "L-BFGS-B from 200 starts": round(starts, 2),
                "1,000 curve_fit": round(replicates, 2),
                "reached": int(fit.meta["fits"][0]["reached"]),
                "largest_difference_from_curve_fit": float(
                    np.abs(ours - [np.exp(best[0]), best[1], best[2]]).max()
                ),
            }
        )
        print(rows[-1], flush=True)
    command = " ".join(["python", "benchmarks/law_speed.py", *sys.argv[1:]])
    OUT.write_text(json.dumps({"command": command, "unit": "CPU seconds", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
