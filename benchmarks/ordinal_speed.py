"""How long a fit of the ordinal model takes on a study of the size of Value Portrait's keyed items.

33 models x 221 items (94 queries) x 10 values x 6 prompts, simulated: 43,758 answers in 7,293 cells.

    python benchmarks/ordinal_speed.py           # a fit as `value_profile` makes it, cold or warm as the cache is
    python benchmarks/ordinal_speed.py --cold    # with an empty folder for compiled functions
    python benchmarks/ordinal_speed.py --quick   # 6 models x 40 items, writes nothing

Writes benchmarks/results/ordinal_speed.csv (one row per run, appended) with the command beside the numbers.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "ordinal_speed.csv"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.cold:
        # Read by PyTensor when it is imported, which is below.
        os.environ["PYTENSOR_FLAGS"] = f"base_compiledir={tempfile.mkdtemp(prefix='cold')}"
    start = time.perf_counter()
    import pandas as pd

    from valuestats.regression.profiles import value_profile
    from valuestats.regression.simulate import simulate_answers

    size = (
        {"n_models": 6, "n_items": 40, "n_values": 4}
        if options.quick
        else {"n_models": 33, "n_items": 221, "n_values": 10}
    )
    study = simulate_answers(
        **size, n_prompts=6, items_per_cluster=2, model_value_sd=0.25, item_sd=1.6, shares_sd=1.5, seed=33
    )
    ready = time.perf_counter()
    result = value_profile(study.responses, study.keys, scale=(1, 6), seed=1)
    done = time.perf_counter()
    record = result.meta["diagnostics"]
    row = {
        "run": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", "benchmarks/ordinal_speed.py", *sys.argv[1:]]),
        "cells": record["cells"],
        "answers": record["answers"],
        "dimensions": record["dimensions"],
        "imports_and_data_seconds": round(ready - start, 1),
        "compile_seconds": record.get("compile_seconds", 0.0),
        "sampling_seconds": record["sampling_seconds"],
        "fit_seconds": round(done - ready, 1),
        "gradients": record["gradients"],
        "min_ess_bulk": round(result.meta["gate"]["min_ess_bulk"]),
        "min_ess_tail": round(result.meta["gate"]["min_ess_tail"]),
        "max_rhat": round(result.meta["gate"]["max_rhat"], 4),
        "gate_passed": result.passed,
        "processors": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
    for name, value in row.items():
        print(f"{name:26} {value}")
    if not options.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        pd.DataFrame([row]).to_csv(RESULTS, mode="a", header=not RESULTS.exists(), index=False)


if __name__ == "__main__":
    main()
