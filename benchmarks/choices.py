"""Own code against the libraries that do the same: seconds of each, how far they agree, and what the library lacks.

python benchmarks/choices.py   ->   benchmarks/results/choices.json, of which scripts/make_choices.py makes docs/choices.md

Seconds are those of one processor, the median of several runs. The rows of Krippendorff's alpha need the package
krippendorff (GPL-3.0), which nothing of this project depends on: ``pip install krippendorff`` first.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import datetime as dt
import json
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import choices_of_designs
import choices_of_ratings
import numpy as np
from choices_case import Case

RESULTS = Path(__file__).parent / "results" / "choices.json"
RUNS, LEAST = 5, 0.02
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "pingouin", "svy", "arviz-stats")


def seconds(work: Callable[[], Any]) -> float:
    """Median of the processor's seconds; a run repeats the work until it is long enough to measure."""
    work()  # compiles, imports, warms
    found = []
    for _ in range(RUNS):
        started, times = time.process_time(), 0
        while (taken := time.process_time() - started) < LEAST:
            work()
            times += 1
        found.append(taken / times)
    return float(np.median(found))


def measured(case: Case) -> dict[str, object]:
    """One row of the result."""
    ours, theirs = (np.atleast_1d(np.asarray(way(), dtype=float)) for way in (case.ours, case.theirs))
    ours = ours[: len(theirs)]
    assert ours.shape == theirs.shape, (case.what, ours.shape, theirs.shape)
    own, library = seconds(case.ours), case.times * seconds(case.theirs)
    return {
        "what": case.what,
        "module": case.module,
        "library": case.library,
        "size": case.size,
        "ours_seconds": own,
        "library_seconds": library,
        "ratio": library / own,
        "difference": float(np.nanmax(np.abs(ours - theirs))),
        "ours": float(ours[0]) if ours.shape == (1,) else None,
        "theirs": float(theirs[0]) if theirs.shape == (1,) else None,
        "lacks": case.lacks,
    }


def main() -> None:
    rows = []
    for case in chain(choices_of_ratings.cases(), choices_of_designs.cases()):
        rows.append(measured(case))
        print(f"{case.what}: {rows[-1]['ratio']:.3g} times, apart {rows[-1]['difference']:.2g}", flush=True)
    found = {
        "command": "python benchmarks/choices.py",
        "date": dt.date.today().isoformat(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
