"""A probe of every layer with 19 permuted labels, beside scikit-learn in a loop, at 1, 10 and 100 times the activations.

Pairs of rows with a planted direction; the loop takes ``LogisticRegression`` in ``GroupKFold`` for each layer, fold and set
of labels, timed on some layers and labels and worked out for all. CPU seconds of one run, same data, same process. Run with
``python benchmarks/probe_speed.py``; it writes ``benchmarks/results/probe_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from valuestats.activations.probes import linear_probe, permuted
from valuestats.activations.rows import Activations, labelled
from valuestats.activations.simulate import RowTruth, simulate_rows

OUT = Path(__file__).parent / "results" / "probe_speed.json"
PERMUTATIONS = 19
SIZES = {1: (4, 100, 512), 10: (10, 100, 2048), 100: (32, 200, 3200)}


def looped(data: Activations, layers: int, sets: int) -> float:
    """CPU seconds of scikit-learn for all layers and labels, worked out from some."""
    rows = labelled(data, "label", "group")
    rng = np.random.default_rng(1)
    told = [rows.y, *(permuted(rows, rng) for _ in range(sets - 1))]
    start = time.process_time()
    for layer in range(layers):
        x = data.layer(layer)
        for y in told:
            for train, test in GroupKFold(5).split(x, y, rows.member):
                LogisticRegression(max_iter=1000).fit(x[train], y[train]).score(x[test], y[test])
    spent = time.process_time() - start
    return round(spent / layers / sets * len(data.layers) * (1 + PERMUTATIONS), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100)
    chosen = parser.parse_args()
    rows = []
    for times, (layers, groups, width) in SIZES.items():
        if times > chosen.most:
            continue
        data, _ = simulate_rows(RowTruth(layers, groups, width), np.random.default_rng(times))
        row = {"times": times, "layers": layers, "rows": 2 * groups, "width": width}
        for method in ("logistic", "mean"):
            start = time.process_time()
            linear_probe(data, method=method, permutations=PERMUTATIONS)
            row[f"linear_probe, {method}"] = round(time.process_time() - start, 2)
        some = (min(layers, 2), 4 if times < 100 else 2)
        row[f"scikit-learn in a loop (worked out from {some[0]} layers and {some[1]} sets of labels)"] = (
            looped(data, *some)
        )
        rows.append(row)
        print(json.dumps(row, indent=1), flush=True)
        content = {
            "command": " ".join(["python", "benchmarks/probe_speed.py", *sys.argv[1:]]),
            "scikit-learn": version("scikit-learn"),
            "rows": rows,
        }
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
