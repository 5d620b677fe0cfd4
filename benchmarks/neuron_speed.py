"""Selecting neurons, and stability selection, at 1, 10 and 100 times 4,588 neurons; the largest is 32 layers of 14,336.

Counts lie in an ``.npz`` file of 160 questions and are memory-mapped; each size is worked in a process of its own, that says
its CPU seconds and its largest memory. Beside it what a user would take: scipy's paired t-test in a loop over neurons and
statsmodels' adjustment, timed on some neurons and worked out for all. Run with ``python benchmarks/neuron_speed.py``; it
writes ``benchmarks/results/neuron_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

from valuestats.activations.read import read_neuron_counts
from valuestats.activations.selection import select_neurons
from valuestats.activations.simulate import CountTruth, simulate_counts
from valuestats.activations.stability import neuron_stability

OUT = Path(__file__).parent / "results" / "neuron_speed.json"
SIZES = {1: (4, 1147), 10: (16, 2867), 100: (32, 14336)}
LOOPED = 2000


def work(file: str) -> None:
    """One size: CPU seconds of each step, memory of the process."""
    found = {}
    for name, call in (
        ("read and check", lambda: read_neuron_counts(file)),
        ("select_neurons, FDR over questions, 20 swaps", lambda: select_neurons(read_neuron_counts(file))),
        (
            "select_neurons, FDR over tokens, 20 swaps",
            lambda: select_neurons(read_neuron_counts(file), unit="token"),
        ),
        ("neuron_stability, 50 splits", lambda: neuron_stability(read_neuron_counts(file))),
    ):
        start = time.process_time()
        call()
        found[name] = round(time.process_time() - start, 2)
    found["largest memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


def looped(file: Path) -> float:
    """CPU seconds of scipy in a loop over all neurons, worked out from some, and of the adjustment."""
    counts = read_neuron_counts(file)
    one = counts.support[0].astype(float) / counts.tokens[0]
    two = counts.conflict[0].astype(float) / counts.tokens[1]
    some = min(LOOPED, len(one))
    start = time.process_time()
    p = [stats.ttest_rel(one[k], two[k]).pvalue for k in range(some)]
    each = (time.process_time() - start) / some
    size = counts.shape[0] * counts.shape[1]
    start = time.process_time()
    multipletests(np.resize(np.nan_to_num(p, nan=1.0), size), method="fdr_bh")
    return round(each * size + time.process_time() - start, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, default=100)
    chosen = parser.parse_args()
    if chosen.work:
        work(chosen.work)
        return
    rows = []
    for times, (layers, neurons) in SIZES.items():
        if times > chosen.most:
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "counts.npz")
            truth = CountTruth(layers, neurons, 160, planted=100)
            counts, _ = simulate_counts(truth, np.random.default_rng(times))
            np.savez(file, support=counts.support, conflict=counts.conflict, tokens=counts.tokens)
            del counts
            size = round(file.stat().st_size / 2**20)
            command = [sys.executable, __file__, "--work", str(file)]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            row = {
                "times": times,
                "layers": layers,
                "neurons": neurons,
                "questions": 160,
                "file, MB": size,
                **told,
            }
            row["scipy in a loop and statsmodels, no swaps (worked out)"] = looped(file)
        rows.append(row)
        print(json.dumps(row, indent=1), flush=True)
        content = {"command": " ".join(["python", "benchmarks/neuron_speed.py", *sys.argv[1:]]), "rows": rows}
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
