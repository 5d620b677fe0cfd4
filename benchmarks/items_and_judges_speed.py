"""Cost of informativeness, of choosing items and of judges' corrections, at 1, 10 and 100 times the size of LitmusValues.

Beside what else would be taken: scikit-learn's `mutual_info_score`, item by item (the uncorrected value alone, no
interval), and, where it is installed, ppi_py's `ppi_mean_ci` for each label (no posterior, no clusters). Run with
``python benchmarks/items_and_judges_speed.py``; it writes ``benchmarks/results/items_and_judges_speed.json``.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import mutual_info_score

from valuestats.choice.judged import judged_strengths
from valuestats.informing.informativeness import informativeness
from valuestats.informing.selection import select_items
from valuestats.raters.judged import judged_shares
from valuestats.tables.comparisons import pair_choices

RESULTS = Path(__file__).parent / "results"


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 3)


def cells(items: int, rng: np.random.Generator) -> pd.DataFrame:
    yes = rng.binomial(10, rng.beta(2, 2, size=(22, items)))
    index = pd.MultiIndex.from_product(
        [[f"m{m:02d}" for m in range(22)], [f"i{i:05d}" for i in range(items)], [0, 1]],
        names=["model", "item", "answer"],
    )
    frame = index.to_frame(index=False).assign(
        status="valid", count=np.stack([10 - yes, yes], axis=2).ravel()
    )
    return frame[frame["count"] > 0]


def mutual(frame: pd.DataFrame) -> list[float]:
    rows = frame.loc[frame.index.repeat(frame["count"])]
    return [mutual_info_score(own["model"], own["answer"]) for _, own in rows.groupby("item")]


def labels(n: int, rng: np.random.Generator) -> pd.DataFrame:
    true = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    judge = np.where(rng.random(n) < 0.8, true, rng.integers(0, 3, n))
    names = np.array(list("abc"))
    told = np.where(rng.random(n) < 0.1, names[true], None)
    return pd.DataFrame({"item": np.arange(n), "judge": names[judge], "label": told})


def ppi(frame: pd.DataFrame) -> float | None:
    try:
        package = importlib.import_module("ppi_py")
    except ImportError:
        return None
    on = frame["label"].notna().to_numpy()
    names = np.array(list("abc"))
    judge = (frame["judge"].to_numpy()[:, None] == names).astype(float)
    told = (frame["label"].to_numpy()[:, None] == names).astype(float)
    package.ppi_mean_ci(told[on][:, :1], judge[on][:, :1], judge[~on][:, :1])  # compiled once
    return timed(lambda: package.ppi_mean_ci(told[on], judge[on], judge[~on], alpha=0.05))


def strengths(n: int, rng: np.random.Generator) -> float:
    worth = np.linspace(1.5, -1.5, 16)
    i = rng.integers(0, 16, n)
    j = (i + rng.integers(1, 16, n)) % 16
    true = rng.random(n) < expit(worth[i] - worth[j])
    heard = np.where(rng.random(n) < 0.8, true, ~true)
    names = np.array([f"value {k:02d}" for k in range(16)])
    frame = pd.DataFrame({"choice": np.arange(n), "one": names[i], "two": names[j]})
    judge = pair_choices(
        frame.assign(winner=np.where(heard, "first", "second")), first="one", second="two", reads="places"
    )
    part = frame.assign(winner=np.where(true, "first", "second"))[: max(n // 10, 300)]
    people = pair_choices(part, first="one", second="two", reads="places")
    return timed(lambda: judged_strengths(judge, people, draws=1000))


def main() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for times in (1, 10, 100):
        frame = cells(120 * times, rng)
        row = {
            "what": "120 items, 22 models, 10 answers each",
            "times": times,
            "informativeness, 1,000 replicates": timed(lambda f=frame: informativeness(f)),
            "informativeness, no interval": timed(lambda f=frame: informativeness(f, replicates=0)),
            "20 items chosen, 200 halvings": timed(lambda f=frame: select_items(f, size=20)),
        }
        if times < 100:
            row["scikit-learn, item by item"] = timed(lambda f=frame: mutual(f))
        rows.append(row)
        print(row, flush=True)
    for times in (1, 10, 100):
        table = labels(3000 * times, rng)
        row = {
            "what": "3,000 labelled by a judge, 300 by people",
            "times": times,
            "judged_shares, all five": timed(lambda t=table: judged_shares(t)),
            "judged_shares, prediction-powered": timed(
                lambda t=table: judged_shares(t, estimators=["prediction-powered"], draws=2)
            ),
        }
        found = ppi(table)
        if found is not None:
            row["ppi_py, one-hot given"] = found
        if times < 100:
            row["judged_strengths, 16 options, all four"] = strengths(3000 * times, rng)
        rows.append(row)
        print(row, flush=True)
    content = {
        "command": " ".join(["python", "benchmarks/items_and_judges_speed.py", *sys.argv[1:]]),
        "date": str(pd.Timestamp.now().date()),
        "seconds": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "items_and_judges_speed.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
