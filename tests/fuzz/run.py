"""The fuzzer at length: ``python -m tests.fuzz.run --inputs 100000 --seed 1 --write benchmarks/results/fuzz.json``.

Inputs are tried in processes of their own; one that ends its process is a fault, and those after it are tried by another.
With ``--resume FILE`` a run that was broken off, or had faults since mended, goes on: what had no fault is kept.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from .harness import Report, fuzz, write_report
from .targets import targets

MEMORY = Path("/dev/shm")
CHUNK = 1000


def chunk(said, start, count, note):
    """What comes of some of the inputs; the number of the one at hand stands in a file."""
    chosen = [t for t in targets() if said.only in (None, t.name)]
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        note.open("wb", buffering=0) as at,
    ):
        return fuzz(
            chosen, said.seed, count, folder, start=start, keep=said.keep,
            before=lambda number: os.pwrite(at.fileno(), b"%15d" % number, 0),
        )  # fmt: skip


class Job:
    """A thread's process, and another one when it was ended."""

    def __init__(self, run=chunk):
        self._pool, self._run = None, run

    def chunk(self, said, start, count):
        """What comes of some of the inputs, whatever becomes of the process."""
        report, end = Report(), start + count
        with tempfile.TemporaryDirectory() as folder:
            note = Path(folder, "at")
            while start < end:
                if self._pool is None:
                    self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
                try:
                    report.take(self._pool.submit(self._run, said, start, end - start, note).result())
                    break
                except BrokenProcessPool:
                    self._pool = None
                    at = int(note.read_bytes())
                    if at > start:  # those before it, once more: their report went with the process
                        report.take(self.chunk(said, start, at - start))
                    report.inputs += 1
                    report.faults.append(
                        {
                            "seed": said.seed,
                            "number": at,
                            "target": "?",
                            "kind": "ends its process",
                            "said": "",
                        }
                    )
                    start = at + 1
        return report


def save(report, said, seconds):
    """Write what was found so far."""
    command = f"python -m tests.fuzz.run --inputs {said.inputs} --seed {said.seed} --jobs {said.jobs} "
    command += f"{f'--resume {said.resume} ' if said.resume else ''}--write {said.write}"
    known = {"command": command, "date": time.strftime("%Y-%m-%d"), "python": platform.python_version()}
    write_report(
        report,
        said.write,
        **known,
        seed=said.seed,
        seconds=round(seconds),
        cpu_seconds=round(sum(report.seconds.values())),
    )


def kept(file, said):
    """Reports of an earlier run's inputs without a fault, by the first of them."""
    if file is None or not file.exists():
        return {}
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    asked = [said.seed, said.only]
    return {
        one["start"]: Report.of(one["report"])
        for one in lines
        if one["asked"] == asked and not one["report"]["faults"]
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--only", default=None, help="one format")
    parser.add_argument("--keep", type=Path, default=None, help="folder for the inputs that are faults")
    parser.add_argument("--write", type=Path, default=None, help="file for the result")
    parser.add_argument("--resume", type=Path, default=None, help="file that keeps what was tried")
    said = parser.parse_args()
    began, end, report = time.perf_counter(), said.start + said.inputs, Report()
    own = threading.local()

    def of_this_thread(start, count):
        own.job = getattr(own, "job", None) or Job()
        return start, own.job.chunk(said, start, count)

    before = {
        start: found
        for start, found in kept(said.resume, said).items()
        if start in range(said.start, end, CHUNK)
    }
    for found in before.values():
        report.take(found)
    with ThreadPoolExecutor(said.jobs) as threads:
        going = [
            threads.submit(of_this_thread, start, min(CHUNK, end - start))
            for start in range(said.start, end, CHUNK)
            if start not in before
        ]
        for done in as_completed(going):
            start, found = done.result()
            report.take(found)
            if said.resume is not None:
                line = {"start": start, "asked": [said.seed, said.only], "report": vars(found)}
                with said.resume.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
            print(f"{report.inputs:,} of {said.inputs:,}: {len(report.faults)} faults", file=sys.stderr)
            if said.write is not None:
                save(report, said, time.perf_counter() - began)
    seconds = time.perf_counter() - began
    if said.write is not None:
        save(report, said, seconds)
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
