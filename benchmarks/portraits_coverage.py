"""Coverage of opposed poles and of their contrasts in the PVQ-40 design: three models, 40 items, 50 repeats.

Run: ``python benchmarks/portraits_coverage.py [studies]``. Each study's result is kept in
``results/portraits_coverage_studies.csv`` as soon as it is there, and a later run goes on from it; delete the file to
start anew. The summary is ``results/portraits_coverage.json``.
"""

import datetime as dt
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.circle.opposed_values import group_contrasts, opposed_values
from valuestats.latent.sampling import Sampling
from valuestats.regression.profiles import value_profile
from valuestats.systems.schwartz_pvq.comparison import portrait_recovery
from valuestats.systems.schwartz_pvq.simulate import simulate_portraits

GROUPS = {"Model C": ["Model C*"], "Model A": ["Model A"], "Model B": ["Model B"]}
DESIGNS = {"planted": {"lower": 0.8}, "exchangeable": {"lower": 0.0, "model_value_sd": 0.5}}


RESULTS = Path(__file__).parent / "results"
STUDIES = RESULTS / "portraits_coverage_studies.csv"


def main(studies: int = 10) -> None:
    """Run the studies that are not yet there, and summarise them all."""
    for seed in range(studies):
        for design in DESIGNS:
            done = pd.read_csv(STUDIES) if STUDIES.exists() else pd.DataFrame(columns=["seed", "design"])
            if not ((done["seed"] == seed) & (done["design"] == design)).any():
                found = one_study(seed, design)
                pd.concat([done, found] if len(done) else [found]).to_csv(STUDIES, index=False)
                print(f"study {seed + 1} of {studies}, {design}: {found['seconds'].iloc[0]} s", flush=True)
    write(pd.read_csv(STUDIES), studies)


def one_study(seed: int, design: str) -> pd.DataFrame:
    """Coverage, bias and error of one simulated study."""
    start = time.perf_counter()
    study = simulate_portraits(repeats=50, seed=seed, **DESIGNS[design])
    fit = value_profile(
        study.responses,
        study.keys,
        scale=(1, 6),
        sampling=Sampling(draws=500, tune=500, target_accept=0.9),
        seed=seed,
        progress=False,
    )
    poles = opposed_values(fit)
    contrasts = group_contrasts(poles, GROUPS, first="Model C")
    table = portrait_recovery(study.truth, fit, poles, contrasts, GROUPS)
    seconds = round(time.perf_counter() - start, 1)
    return table.assign(seed=seed, design=design, passed=fit.passed, seconds=seconds)


def write(table: pd.DataFrame, studies: int) -> None:
    """Summarise all studies that are there."""
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
        "date": dt.date.today().isoformat(),
        "level": 0.95,
        "designs": DESIGNS,
        "seconds": round(float(table.drop_duplicates(["seed", "design"])["seconds"].sum()), 1),
        "rows": rows,
    }
    (RESULTS / "portraits_coverage.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
