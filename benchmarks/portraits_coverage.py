"""Coverage of opposed poles and of their contrasts in the PVQ-40 design: three models, 40 items, 50 repeats.

Run: python benchmarks/portraits_coverage.py [studies]
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.ordinal_regression import ordinal
from valuestats.simulation.portraits import simulate_portraits
from valuestats.systems.schwartz_pvq import portrait_recovery
from valuestats.value_oppositions import group_contrasts, opposed_values

GROUPS = {"Model C": ["Model C*"], "Model A": ["Model A"], "Model B": ["Model B"]}
DESIGNS = {"planted": {"lower": 0.8}, "exchangeable": {"lower": 0.0, "model_value_sd": 0.5}}


def main(studies: int = 10) -> None:
    """Write ``results/portraits_coverage.json`` after every pair of studies, so that an interrupted run is of use."""
    start, found = time.perf_counter(), []
    for seed in range(studies):
        for design, options in DESIGNS.items():
            study = simulate_portraits(repeats=50, seed=seed, **options)
            fit = ordinal(
                study.responses,
                study.keys,
                scale=(1, 6),
                draws=500,
                tune=500,
                target_accept=0.9,
                seed=seed,
                progress=False,
            )
            poles = opposed_values(fit)
            contrasts = group_contrasts(poles, GROUPS, first="Model C")
            table = portrait_recovery(study.truth, fit, poles, contrasts, GROUPS)
            found.append(table.assign(design=design, passed=fit.passed))
        write(pd.concat(found), studies, time.perf_counter() - start)


def write(table: pd.DataFrame, studies: int, seconds: float) -> None:
    """Summarise what has been done so far."""
    rows = []
    for (design, quantity), part in table.groupby(["design", "quantity"], sort=False):
        share = part["coverage"]
        rows.append(
            {
                "design": design,
                "quantity": quantity,
                "studies": len(part),
                "estimates_per_study": int(part["n"].iloc[0]),
                "coverage": round(float(share.mean()), 3),
                "coverage_se": round(float(share.std(ddof=1) / np.sqrt(len(part))), 3)
                if len(part) > 1
                else None,
                "bias": round(float(part["bias"].mean()), 3),
                "rmse": round(float(np.sqrt((part["rmse"] ** 2).mean())), 3),
                "gates_passed": int(part["passed"].sum()),
            }
        )
    result = {
        "command": f"python benchmarks/portraits_coverage.py {studies}",
        "date": "2026-11-21",
        "level": 0.95,
        "designs": DESIGNS,
        "seconds": round(seconds, 1),
        "rows": rows,
    }
    target = Path(__file__).parent / "results" / "portraits_coverage.json"
    target.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
