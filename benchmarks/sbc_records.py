"""What the programs of simulation-based calibration share: studies that can be resumed, and the rows of their results.

A study's ranks are appended to ``benchmarks/.scratch/NAME.jsonl`` as soon as they are there; a second call goes on where the
first stopped. Delete that file and the result to begin again. With 0 simulations a program writes the result of the studies
that are there.
"""

import json
import time
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from rank_calibration import uniformity_p
from scipy import stats

BINS = 20
LAST_RANK = 99
"""Posterior draws that a truth is ranked among: 100 ranks, five of them in a bin."""


def generator(label: str, study: int) -> np.random.Generator:
    """Random numbers of one study, whatever ran before it."""
    return np.random.default_rng([study, zlib.crc32(label.encode())])


def run_studies(name, label, simulations, study):
    """Records of at least so many studies of one design; `study(k)` gives ``{"ranks": {...}, ...}``."""
    scratch, known = _known(name, label)
    start = time.process_time()
    for k in range(simulations):
        if k not in known:
            known[k] = {"design": label, "study": k, **study(k)}
            with scratch.open("a") as file:
                file.write(json.dumps(known[k]) + "\n")
    print(f"{label}: {len(known)} studies, {time.process_time() - start:.0f} s of CPU", flush=True)
    return [known[k] for k in sorted(known)]


def unfinished(name, label, simulations):
    """Whether a study of the design is yet to be run."""
    return any(k not in _known(name, label)[1] for k in range(simulations))


def _known(name, label):
    scratch = Path(__file__).parent / ".scratch" / f"{name}.jsonl"
    scratch.parent.mkdir(exist_ok=True)
    lines = scratch.read_text().splitlines() if scratch.exists() else []
    return scratch, {r["study"]: r for r in map(json.loads, lines) if r["design"] == label}


def rows_of(label, records, **more):
    """A row per quantity: 20 bins of the rank, and p-values of chi-square and of the ECDF's simultaneous envelope."""
    rows = []
    if not records:
        return rows
    for quantity in records[0]["ranks"]:
        ranks = np.array([r["ranks"][quantity] for r in records])
        counts = np.bincount(ranks * BINS // (LAST_RANK + 1), minlength=BINS)
        rows.append(
            {
                "design": label,
                "quantity": quantity,
                "simulations": len(ranks),
                "mean": round(float((ranks + 0.5).mean() / (LAST_RANK + 1)), 4),
                "chi_square_p": round(float(stats.chisquare(counts).pvalue), 4),
                "ecdf_p": round(uniformity_p(counts), 4),
                "bins": " ".join(map(str, counts)),
                **more,
            }
        )
    print(pd.DataFrame(rows)[["quantity", "mean", "chi_square_p", "ecdf_p"]].to_string(), flush=True)
    return rows


def keep(path, rows):
    """Write the result, and say how the smallest of all p-values stands after Holm's correction.

    A design's rows in the file stay if they are of more studies than the new ones, or if it was not run now.
    """
    table = pd.DataFrame(rows).assign(date=str(pd.Timestamp.now().date()))
    if path.exists():
        before = pd.read_csv(path)
        new = table.groupby("design")["simulations"].max()
        better = before["simulations"] > before["design"].map(new).fillna(0)
        table = table[~table["design"].isin(before.loc[better, "design"])]
        table = pd.concat([before[better], table], ignore_index=True)
    table.to_csv(path, index=False)
    p = np.sort(table["ecdf_p"].to_numpy())
    holm = min(float((p * np.arange(len(p), 0, -1)).min()), 1.0)
    print(f"{len(p)} quantities; smallest p-value after Holm {holm:.3f}", flush=True)
