"""How often audits of honest tables raise anything, how often a planted defect is found, and what an audit costs.

200 honest tables of each of six sorts, rounded as printed, audited with the threshold .01 (each check its own family); then
50 tables with each defect of `valuestats.auditing.simulate`. Cost: percentages of 50 in 80, 800 and 8,000 cells, beside a
plain loop that tries all counts of each cell. Run with ``python benchmarks/audit_false_alarms.py``; it writes
``benchmarks/results/audit_false_alarms.csv`` and ``audit_cost.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.auditing.declared import Holds
from valuestats.auditing.findings import audit_findings
from valuestats.auditing.simulate import DEFECTS, HONEST, LOGICAL, planted
from valuestats.auditing.tables import audit_table
from valuestats.base.progress import track

RESULTS = Path(__file__).parent / "results"
DRAWS = 2999


def alarms(case: str, table: pd.DataFrame) -> pd.DataFrame:
    honest = HONEST[case]
    return audit_findings(audit_table(table, honest.holds, draws=DRAWS, **honest.options))


def honest(tables: int) -> list[dict[str, object]]:
    rows = []
    for case, sort in track(HONEST.items(), "honest tables"):
        raised: dict[str, int] = {}
        for seed in range(tables):
            for check in set(alarms(case, sort.make(1000 + seed))["check"]):
                raised[check] = raised.get(check, 0) + 1
        logical = sum(n for check, n in raised.items() if check in LOGICAL)
        chance = {check: n / tables for check, n in raised.items() if check not in LOGICAL}
        rows.append(
            {
                "tables": case,
                "defect": "none",
                "n": tables,
                "impossible": logical / tables,
                "by_chance_most": max(chance.values(), default=0.0),
                "found": np.nan,
                "other": np.nan,
            }
        )
    return rows


def defects(tables: int) -> list[dict[str, object]]:
    rows = []
    for name, defect in track(DEFECTS.items(), "planted defects"):
        found = [set(alarms(defect.case, planted(name, 2000 + seed))["check"]) for seed in range(tables)]
        rows.append(
            {
                "tables": defect.case,
                "defect": name,
                "n": tables,
                "impossible": np.nan,
                "by_chance_most": np.nan,
                "found": np.mean([defect.check in f for f in found]),
                "other": np.mean([bool(f - {defect.check}) for f in found]),
            }
        )
    return rows


def cost() -> list[dict[str, float]]:
    rows = []
    rng = np.random.default_rng(1)
    for models in (10, 100, 1000):
        table = pd.DataFrame(rng.binomial(50, rng.uniform(0.2, 0.9, (models, 8))) * 2)
        started = time.perf_counter()
        audit_table(table, Holds("percent", n=50), draws=DRAWS)
        audited = time.perf_counter() - started
        started = time.perf_counter()
        for x in table.to_numpy().ravel():
            any(round(100 * k / 50) == x for k in range(51))
        rows.append(
            {"cells": table.size, "audit_s": audited, "loop_of_counts_s": time.perf_counter() - started}
        )
    return rows


if __name__ == "__main__":
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    frame = pd.DataFrame(honest(tables) + defects(max(10, tables // 4)))
    frame.to_csv(RESULTS / "audit_false_alarms.csv", index=False, float_format="%.4f")
    (RESULTS / "audit_cost.json").write_text(json.dumps(cost(), indent=2) + "\n")
    print(frame.to_string())
