"""Speed of `fit_choice` on many choices, and of counting comparisons by the engine's GROUP BY.

A Bayesian fit (engine ``laplace``) of 50,000 choices of 200 judges between 100 options with ties: judges who differ in what
being shown first does to them; and judges' own utilities, of ten options and of all. Then as many comparisons as asked for
in Parquet: DuckDB's bare GROUP BY, and `count_choices`, which makes checked choices of the counts. Wall and CPU seconds, of
fits the run of three with the fewest of the latter (one of judges' own utilities of all options).
Run with ``python benchmarks/choice_engine_speed.py [comparisons]`` (0 leaves the counting as it was measured); it writes
``benchmarks/results/choice_engine_speed.json``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from valuestats.choice.fit import fit_choice
from valuestats.choice.simulate import ChoiceTruth, simulate_pairs
from valuestats.choice.strengths import choice_strengths
from valuestats.counting.grouped_choices import count_choices
from valuestats.tables.comparisons import pair_choices

OUT = Path(__file__).parent / "results" / "choice_engine_speed.json"
THREADS = 2


def timed(call: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    made = call()
    return {
        "wall": round(time.perf_counter() - wall, 2),
        "cpu": round(time.process_time() - cpu, 2),
    }, made


def fits() -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    rows = []
    for options, formula in (
        (100, "utility ~ 0 + option + position + (0 + position|judge)"),
        (10, "utility ~ 0 + option + position + (1|judge:option)"),
        (100, "utility ~ 0 + option + position + (1|judge:option)"),
    ):
        truth = ChoiceTruth(
            rng.normal(size=options),
            0.5 * rng.normal(size=(200, options)) * ("judge:option" in formula),
            0.3 + 0.4 * rng.normal(size=200) * ("position|judge" in formula),
            {"tie": -1.0},
        )
        choices = pair_choices(simulate_pairs(truth, 50_000, rng), reads="places")
        for engine in ("laplace", "ml") if "position|judge" in formula else ("laplace",):
            plain = formula.split(" + (")[0] if engine == "ml" else formula
            options_of = {"ties": "davidson", "engine": engine, "seed": 1}
            if options_of["engine"] == "laplace" and not rows:
                fit_choice(plain, choices, **options_of)  # compiles
            runs = 1 if "judge:option" in plain and options > 10 else 3
            made = [
                timed(lambda f=plain, o=options_of, c=choices: fit_choice(f, c, **o)) for _ in range(runs)
            ]
            seconds, fit = min(made, key=lambda m: m[0]["cpu"])
            rows.append(
                {
                    "formula": plain,
                    "choices": 50_000,
                    "judges": 200,
                    "options": options,
                    "engine": engine,
                    **seconds,
                    "engine_seconds": fit.result.meta.get("engine_seconds"),
                    "pareto_k": fit.result.meta.get("pareto_k"),
                    "passed": bool(fit.passed),
                }
            )
            print(rows[-1], flush=True)
    return rows


def counting(comparisons: int) -> list[dict[str, Any]]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "comparisons.parquet")
        names = "'option ' || lpad(CAST({} AS VARCHAR), 3, '0')"
        duckdb.sql(f"SET threads = {THREADS}")
        duckdb.sql(
            f"""COPY (SELECT {names.format("a")} AS option_a, {names.format("(a + 1 + b) % 100")} AS option_b,
            CASE WHEN r < 0.45 THEN 'a' WHEN r < 0.85 THEN 'b' ELSE 'tie' END AS winner FROM (
            SELECT CAST(floor(random() * 100) AS INTEGER) AS a, CAST(floor(random() * 99) AS INTEGER) AS b, random() AS r
            FROM range({comparisons}))) TO '{file}' (FORMAT parquet)"""
        )
        query = f"SELECT option_a, option_b, winner, count(*) AS count FROM '{file}' GROUP BY ALL"
        for repeat in range(2):
            bare, _ = timed(lambda: duckdb.sql(query).df())
            own, found = timed(lambda: count_choices(file, threads=THREADS))
            if repeat:  # the first run reads the file from disk
                rows.append({"what": "bare GROUP BY of DuckDB", "comparisons": comparisons, **bare})
                rows.append({"what": "count_choices", "comparisons": comparisons, **own})
                rows[-1]["ratio"] = round(own["wall"] / bare["wall"], 2)
                rows[-1]["ratio_cpu"] = round(own["cpu"] / bare["cpu"], 2)
        fit, _ = timed(lambda: choice_strengths(found, ties="davidson", position=True, draws=1000))
        rows.append({"what": "choice_strengths of the counts", "comparisons": comparisons, **fit})
    for row in rows:
        print(row, flush=True)
    return rows


def main(comparisons: int = 100_000_000) -> None:
    content = {
        "command": " ".join(["python", "benchmarks/choice_engine_speed.py", *sys.argv[1:]]),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "fits": fits(),
        "counting": counting(comparisons) if comparisons else json.loads(OUT.read_text())["counting"],
    }
    OUT.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
