"""Reading the Value Portrait release against a plain loop over the same files, in the same run.

The plain loop is what one would write by hand: ``json.load(gzip.open(file))`` for every file (or ``open`` where
the copy at hand is not compressed), nothing else: no hashes, no parsing of answers, no table. Ours reads, hashes
files and prompts, parses 102,960 answers and validates the table. The two take turns; medians are compared.
Peak memory is measured in a process that does nothing but read.

Run from the repository root, with the release at hand: ``python benchmarks/ingest.py``.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from valuestats.base.files import atomic_file
from valuestats.ingest.datasets import fetch
from valuestats.systems.value_portrait.release import read_responses, result_files

REPEATS = 5
LIMIT_RATIO, LIMIT_GIB = 1.5, 1.5
OUT = Path(__file__).parent / "results" / "ingest.json"
PEAK = """
import resource, sys
from valuestats.systems.value_portrait.release import read_responses
rows = len(read_responses(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(rows, peak)
"""


def plain_loop(files: list[Path]) -> int:
    records = 0
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as handle:
            records += len(json.load(handle))
    return records


def main() -> int:
    release = fetch("value_portrait", download=False)
    files = [path for path, _ in result_files(release)]
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    plain_loop(files[:2])  # both warm: file cache and imports
    rows = len(read_responses(files[:2]))
    for _ in range(REPEATS):
        started = time.perf_counter()
        expected = plain_loop(files)
        seconds["plain"].append(time.perf_counter() - started)
        started = time.perf_counter()
        rows = len(read_responses(release))
        seconds["ours"].append(time.perf_counter() - started)
        if rows != expected:
            raise SystemExit(f"rows in {expected}, rows out {rows}")
    measured = subprocess.run(
        [sys.executable, "-c", PEAK, str(release)], check=True, capture_output=True, text=True
    )
    peak = int(measured.stdout.split()[1]) / 2**30
    ours, plain = (statistics.median(seconds[name]) for name in ("ours", "plain"))
    result = {
        "command": "python benchmarks/ingest.py",
        "files": len(files),
        "compressed": sum(file.suffix == ".gz" for file in files),
        "rows": rows,
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "ours_seconds_median": round(ours, 3),
        "plain_loop_seconds_median": round(plain, 3),
        "ratio": round(ours / plain, 3),
        "ratio_limit": LIMIT_RATIO,
        "peak_memory_gib": round(peak, 3),
        "peak_memory_limit_gib": LIMIT_GIB,
        "ours_seconds": [round(s, 3) for s in seconds["ours"]],
        "plain_loop_seconds": [round(s, 3) for s in seconds["plain"]],
    }
    with atomic_file(OUT) as temporary:
        temporary.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return int(ours / plain > LIMIT_RATIO or peak > LIMIT_GIB)


if __name__ == "__main__":
    sys.exit(main())
