"""Effects on ten values of 3,200, 32,000 and 320,000 answers: the package beside a loop of statsmodels.

The loop of a user pivots the answers and fits a mean with errors clustered by question and by role, value by value
(``cov_cluster_2groups``), and adjusts by Benjamini and Hochberg: no joint draws, no replication in halves. Beside it the
dose-response of 40, 400 and 4,000 questions at five doses. CPU seconds in one process. Run with
``python benchmarks/intervention_speed.py``; it writes ``benchmarks/results/intervention_speed.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from intervention_coverage import answers
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from valuestats.interventions.dose import dose_response
from valuestats.interventions.effects import intervention_effects

OUT = Path(__file__).parent / "results" / "intervention_speed.json"


def timed(job: Any) -> tuple[float, Any]:
    start = time.process_time()
    found = job()
    return time.process_time() - start, found


def looped(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    wide = frame.pivot(index=["dimension", "item", "role"], columns="condition", values="value")
    change = (wide["steered"] - wide["plain"]).reset_index(name="d")
    errors, p = [], []
    for _, own in change.groupby("dimension", sort=False):
        fit = sm.OLS(own["d"].to_numpy(), np.ones(len(own))).fit()
        item, role = pd.factorize(own["item"])[0], pd.factorize(own["role"])[0]
        both = cov_cluster_2groups(fit, item, role)[0].item()
        errors.append(both)
        p.append(2 * stats.t.sf(abs(own["d"].mean()) / np.sqrt(abs(both)), role.max()))
    return np.array(errors), multipletests(p, method="fdr_bh")[1]


def measured(times: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    frame = answers(rng, 20 * times, 8)
    own, found = timed(lambda: intervention_effects(frame, control="plain"))
    loop, (errors, _) = timed(lambda: looped(frame))
    doses = np.array([0.0, 1, 2, 4, 8])
    n = 40 * times
    dosed = pd.DataFrame(
        {
            "item": np.repeat(np.arange(n), 5),
            "dose": np.tile(doses, n),
            "value": np.tile(doses, n) / 8 + rng.normal(size=5 * n),
        }
    )
    response, _ = timed(lambda: dose_response(dosed))
    return {
        "answers": len(frame),
        "effects_s": own,
        "user_loop_s": loop,
        "largest_difference_of_squared_errors": float(
            np.nanmax(np.where(errors > 0, found.estimates["std_error"] ** 2 - errors, np.nan))
        ),
        "questions_of_doses": n,
        "dose_response_s": response,
    }


def main() -> None:
    measured(1)
    rows = []
    for times in (1, 10, 100):
        rows.append(measured(times))
        print(rows[-1], flush=True)
        command = " ".join(["python", "benchmarks/intervention_speed.py", *sys.argv[1:]])
        record = {"command": command, "date": str(pd.Timestamp.now().date()), "rows": rows}
        OUT.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
