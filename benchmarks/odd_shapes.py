"""Answers of odd shapes: one very long text, texts that all differ, very many models. Time and memory of reading and ingest.

Each case runs in a process of its own; its peak is that of the whole process, some 0.15 GiB of it imports. Repeated texts
(50 different ones) stand beside texts that all differ, which are read one by one, in several processes where there are many.

Run from the repository root: ``python benchmarks/odd_shapes.py``.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).parent / "results" / "odd_shapes.json"
CASES = (
    ("one text of so many bytes", "long", (10**7, 10**8), ("read", "ingest")),
    ("texts, all different", "texts", (10**4, 10**5, 10**6), ("read", "ingest")),
    ("texts, all different, in CSV", "csv", (10**6,), ("read", "ingest")),
    ("texts, all different, in Parquet", "parquet", (10**6,), ("read", "ingest")),
    ("texts, 50 different", "same", (10**4, 10**5, 10**6), ("read", "ingest")),
    ("models of one answer each", "models", (10**4, 10**5), ("read", "ingest", "ingest and count")),
)
LIMIT_GIB = 1.0


def write(shape: str, size: int, file: Path) -> None:
    """The answers, as JSON Lines where the shape doesn't name another format."""
    if shape in ("csv", "parquet"):
        numbers = np.arange(size)
        frame = pd.DataFrame(
            {
                "model": [f"organisation/model-{i % 20}" for i in numbers],
                "item": (numbers // 20).astype(str),
                "raw": [f"My answer number {i} is: like me." for i in numbers],
            }
        )
        frame.to_csv(file, index=False) if shape == "csv" else frame.to_parquet(file)
        return

    def record(model: object, item: object, raw: str) -> str:
        return json.dumps({"model": f"organisation/model-{model}", "item": str(item), "raw": raw}) + "\n"

    with file.open("w", encoding="utf-8") as handle:
        if shape == "long":
            words = "I would say that it is somewhat like me because of this and that. "
            handle.write(record(0, 1, "Like me."))
            handle.write(record(0, 2, (words * (size // len(words) + 1))[:size]))
            return
        for i in range(size):
            if shape == "models":
                handle.write(record(i, 1, "Like me."))
            else:
                number = i if shape == "texts" else i % 50
                handle.write(record(i % 20, i // 20, f"My answer number {number} is: like me."))


def of_children() -> float:
    """CPU seconds of processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(shape: str, size: int, task: str) -> dict[str, float]:
    """CPU and peak memory of one task, in this process."""
    import valuestats as vs

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answers." + (shape if shape in ("csv", "parquet") else "jsonl"))
        # in a process of its own: what writing takes is not what reading takes
        subprocess.run([sys.executable, __file__, "write", shape, str(size), str(file)], check=True)
        options = {"reader": "table", "scale": "value_portrait", "columns": {"raw": "raw"}}
        before, started, begun = of_children(), time.process_time(), time.perf_counter()
        if task == "read":
            rows = len(vs.read_responses(file, duplicates="report", **options))
        else:
            rows = vs.write_responses(file, Path(folder, "out"), **options).rows
        if task == "ingest and count":
            rows = len(vs.count_answers(Path(folder, "out"), ["model"]))
        seconds, passed = time.process_time() - started, time.perf_counter() - begun
        children = of_children() - before
        bytes_read = file.stat().st_size
    status = Path("/proc/self/status").read_text()
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
    return {
        "rows": rows,
        "bytes": bytes_read,
        "seconds": round(passed, 2),
        "cpu_s": round(seconds + children, 2),
        "peak_gib": round(peak / 2**20, 2),
    }


def main() -> int:
    """All cases; 1 where one needs more memory than it may."""
    rows = []
    for name, shape, sizes, tasks in CASES:
        for size in sizes:
            for task in tasks:
                command = [sys.executable, __file__, shape, str(size), task]
                environment = {**os.environ, "OMP_NUM_THREADS": "1"}
                done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
                rows.append({"what": name, "size": size, "task": task, **json.loads(done.stdout)})
                print(rows[-1], file=sys.stderr)
    found = {
        "command": "python benchmarks/odd_shapes.py",
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "limit_gib": LIMIT_GIB,
        "within_limit": all(row["peak_gib"] <= LIMIT_GIB for row in rows),
        "rows": rows,
    }
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(not found["within_limit"])


if __name__ == "__main__":
    if len(sys.argv) == 5:
        write(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    elif len(sys.argv) == 4:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
    else:
        sys.exit(main())
