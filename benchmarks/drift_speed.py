"""Drift and change points against what a user would take: a loop of bootstraps over topics with pandas and ruptures.

Both give magnitudes and total variation with intervals and the support of each place of a change, in one run, at the size of
a study and at 10 and 100 times as many topics. CPU seconds of one process; the loop is timed on a few replicates and scaled
to 2,000. ``python benchmarks/drift_speed.py`` writes ``benchmarks/results/drift_speed.json``.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import ruptures

from valuestats import change_points, response_drift, stance_drift
from valuestats.drift.simulate import STANCES, course, draw_stances

FILE = Path(__file__).parent / "results" / "drift_speed.json"
TIMED = 5


def loop(frame: pd.DataFrame, rng: np.random.Generator) -> float:
    """CPU seconds for one replicate of a loop: resample topics, shares by step, total variation, best single change."""
    groups = dict(list(frame.groupby("cluster")))
    names = list(groups)
    started = time.process_time()
    for _ in range(TIMED):
        drawn = pd.concat([groups[n] for n in rng.choice(names, len(names))])
        shares = pd.crosstab(drawn["step"], drawn["stance"], normalize="index").to_numpy()
        np.abs(shares[-1] - shares[0]).sum()
        ruptures.Dynp(model="l2", min_size=1, jump=1).fit(shares).predict(n_bkps=1)
    return (time.process_time() - started) / TIMED


def main() -> None:
    rows = []
    for factor in (1, 10, 100):
        frame = draw_stances(course(10), np.random.default_rng(1), topics=60 * factor)
        seconds = {}
        for verb in (stance_drift, response_drift, change_points):
            started = time.process_time()
            verb(frame)
            seconds[verb.__name__] = time.process_time() - started
        one = loop(frame, np.random.default_rng(2))
        rows.append(
            {
                "answers": len(frame),
                "topics": 60 * factor,
                "cpu_seconds": {k: round(v, 3) for k, v in seconds.items()},
                "cpu_seconds_of_the_loop_for_2000": round(2000 * one, 1),
                "times_as_fast": round(2000 * one / (seconds["stance_drift"] + seconds["change_points"]), 1),
                "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
        print(rows[-1], flush=True)
    found = {
        "stances": len(STANCES),
        "steps": 10,
        "rows": rows,
        "python": platform.python_version(),
        "command": " ".join(["python", "benchmarks/drift_speed.py", *sys.argv[1:]]),
        "date": str(pd.Timestamp.now().date()),
    }
    FILE.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
