"""The fuzzer at length: ``python -m tests.fuzz.run --inputs 100000 --seed 1 --write benchmarks/results/fuzz.json``."""

import argparse
import platform
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from .harness import Report, fuzz, write_report
from .targets import targets

MEMORY = Path("/dev/shm")


CHUNK = 1000


def chunk(said, start, count):
    """What comes of some of the inputs."""
    chosen = [t for t in targets() if said.only in (None, t.name)]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return fuzz(chosen, said.seed, count, folder, start=start, keep=said.keep)


def save(report, said, seconds):
    """Write what was found so far."""
    command = f"python -m tests.fuzz.run --inputs {said.inputs} --seed {said.seed} --jobs {said.jobs} --write {said.write}"
    known = {"command": command, "date": time.strftime("%Y-%m-%d"), "python": platform.python_version()}
    write_report(
        report,
        said.write,
        **known,
        seed=said.seed,
        seconds=round(seconds),
        cpu_seconds=round(sum(report.seconds.values())),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--only", default=None, help="one format")
    parser.add_argument("--keep", type=Path, default=None, help="folder for the inputs that are faults")
    parser.add_argument("--write", type=Path, default=None, help="file for the result")
    said = parser.parse_args()
    began, end, report = time.perf_counter(), said.start + said.inputs, Report()
    with ProcessPoolExecutor(said.jobs) as pool:
        going = [
            pool.submit(chunk, said, start, min(CHUNK, end - start))
            for start in range(said.start, end, CHUNK)
        ]
        for done in as_completed(going):
            report.take(done.result())
            if said.write is not None:
                save(report, said, time.perf_counter() - began)
    seconds = time.perf_counter() - began
    for fault in report.faults[:200]:
        print(fault, file=sys.stderr)
    found = report.to_json()
    costs = {name: round(1000 * s / report.by_target[name]) for name, s in report.seconds.most_common()}
    print("milliseconds of CPU by format:", costs, file=sys.stderr)
    print(
        {key: found[key] for key in ("inputs", "read", "refused", "faults", "kinds")},
        f"{seconds:.0f} s",
        file=sys.stderr,
    )
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
