"""Counting raw answers in Parquet: ours, DuckDB's own GROUP BY, and pandas; and the memory of the streaming ingest.

Simulated answers (20 models x 40 items x 3 conditions x 2 wordings x 2 orders, six codes and refusals, with raw
texts and provenance) are written to a temporary folder in the layout of `write_responses`. The three tools count the
same cells of the same files and must give the same numbers. In one process they take turns, after one round that
warms file cache and imports; medians, and medians of the ratios of a turn, are kept. Peak memory (RSS) is that of a
process of its own per size and tool. The ingest reads one CSV and one JSON Lines file of
1, 10 and 100 times 100,000 rows, in a process each; its peak is that of the whole process, some 0.13 GiB of it imports.
The same 200,000 rows of 100, 3,000 and 100,000 models, which take turns row by row, are ingested too: files, CPU, peak.

Run from the repository root: ``python benchmarks/counting.py``; with ``--slow`` also 100 million answers, without
pandas; ``--only counting``, ``ingest`` or ``models`` for one part. The result file is written after every size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from valuestats.base.files import atomic_file
from valuestats.counting import count_answers
from valuestats.counting.layout import SHARED_FOLDERS, partition_name, write_record
from valuestats.counting.partitions import OWN_FOLDERS
from valuestats.tables.responses import SCHEMA

OUT = Path(__file__).parent / "results" / "counting.json"
BY = ["model", "item", "condition", "wording", "option_order"]
SIZES, REPEATS = (10**5, 10**6, 10**7), {10**5: 9, 10**6: 7, 10**7: 3, 10**8: 2}
MODELS, BATCH = 20, 500_000
LIMITS = {
    "ratio_to_bare_duckdb": 1.3,
    "times_faster_than_pandas_at_1e7": 10,
    "our_peak_gib": 1.0,
    "ingest_peak_at_100x_to_10x": 1.1,
    "files_of_one_source": OWN_FOLDERS + SHARED_FOLDERS,
    "cpu_of_100000_models_to_100": 1.5,
}
CARDINALITY, CARDINALITY_ROWS = (100, 3_000, 100_000), 200_000
INGEST_ROWS = 100_000
# The peak of the process's own memory map: ru_maxrss would begin with that of the process that started it.
PEAK = """
import resource, sys
from pathlib import Path
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
print(own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
ONE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import counting
counting.TOOLS[sys.argv[1]](sys.argv[2])
"""


def simulate(folder: Path, rows: int, seed: int = 1) -> None:
    """Write answers model by model, batch by batch; never more than a batch in memory."""
    rng = np.random.default_rng(seed)
    files, left = [], rows
    for m in range(MODELS):
        model = f"lab-{m % 5}/model-{m}:chat"
        mine = left // (MODELS - m)
        left -= mine
        name = f"{partition_name(model)}/0-{m:05d}.parquet"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        writer = None
        for start in range(0, mine, BATCH):
            table = _batch(rng, model, start, min(BATCH, mine - start))
            writer = writer or pq.ParquetWriter(folder / name, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=122_880)
        if writer:
            writer.close()
            files.append(name)
    record = {
        "name": "simulated",
        "sha256": "0" * 64,
        "settings": "",
        "rows": rows,
        "left_out": [],
        "files": files,
    }
    filled = [
        name
        for name in SCHEMA.columns
        if name not in ("error", "model_served", "persona", "language", "seed")
    ]
    write_record(folder, record | {"columns": filled})


def _batch(rng: np.random.Generator, model: str, start: int, rows: int) -> pa.Table:
    def pick(values: list[str], codes: np.ndarray) -> pa.Array:
        return pa.array(values).take(pa.array(codes))

    item = rng.integers(0, 40, rows)
    code = rng.integers(0, 7, rows)  # 0: refused
    texts = [
        "I cannot answer that.",
        *(f"Option {k}, I would say, since it is like me." for k in range(1, 7)),
    ]
    known = {
        "model": pick([model], np.zeros(rows, dtype=int)),
        "item": pick([f"item-{i:02d}" for i in range(40)], item),
        "cluster": pick([f"query-{i // 4}" for i in range(40)], item),
        "condition": pa.array(["plain", "steered", None]).take(pa.array(rng.integers(0, 3, rows))),
        "wording": pick(["v1", "v2"], rng.integers(0, 2, rows)),
        "option_order": pick(["given", "reversed"], rng.integers(0, 2, rows)),
        "epoch": pa.array(np.arange(start + 1, start + rows + 1)),
        "raw": pick(texts, code),
        "answer": pa.array(code, mask=code == 0),
        "status": pick(["refusal", "valid"], (code > 0).astype(int)),
        "prompt_sha256": pick([f"{i:064x}" for i in range(40)], item),
        "source_file": pick([f"{model.replace('/', '-')}.jsonl"], np.zeros(rows, dtype=int)),
        "source_sha256": pick(["a" * 64], np.zeros(rows, dtype=int)),
        "source_row": pa.array(np.arange(start, start + rows)),
    }
    return pa.table({name: known.get(name, pa.nulls(rows, pa.string())) for name in SCHEMA.columns})


def ours(folder: str) -> pd.DataFrame:
    return count_answers(folder, BY)


def bare(folder: str) -> pd.DataFrame:
    names = ", ".join([*BY, "status", "answer"])
    query = f"SELECT {names}, count(*) AS count FROM read_parquet('{folder}/*/*.parquet') GROUP BY {names}"
    with duckdb.connect() as connection:
        return connection.sql(query).df()


def with_pandas(folder: str) -> pd.DataFrame:
    names = [*BY, "status", "answer"]
    files = sorted(str(p) for p in Path(folder).glob("*/*.parquet"))
    frame = pd.read_parquet(files, columns=names)
    return frame.groupby(names, dropna=False, observed=True).size().rename("count").reset_index()


TOOLS = {"ours": ours, "bare_duckdb": bare, "pandas": with_pandas}


def same(one: pd.DataFrame, two: pd.DataFrame) -> bool:
    def canonical(frame: pd.DataFrame) -> pd.Series:
        plain = frame.assign(answer=pd.to_numeric(frame["answer"]).astype("Float64").fillna(-1).astype(int))
        plain = plain.astype(dict.fromkeys(BY, object)).fillna("(null)")
        return plain.set_index([*BY, "status", "answer"])["count"].sort_index().astype(int)

    return canonical(one).equals(canonical(two))


def peak_gib(code: str, *arguments: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{PEAK}", *arguments], check=True, capture_output=True, text=True
    )
    return round(int(done.stdout.split()[-1]) / 2**30, 3)


def measure(folder: Path, rows: int, tools: list[str]) -> dict:
    place = str(folder)
    found = {name: TOOLS[name](place) for name in tools}
    if not all(same(found["ours"], found[name]) for name in tools) or found["ours"]["count"].sum() != rows:
        raise SystemExit("the tools do not count alike")
    seconds: dict[str, list[float]] = {name: [] for name in tools}
    for turn in range(REPEATS[rows]):
        for name in tools if turn % 2 else tools[::-1]:
            started = time.perf_counter()
            TOOLS[name](place)
            seconds[name].append(time.perf_counter() - started)
    result: dict = {
        "rows": rows,
        "cells": len(found["ours"]),
        "parquet_mib": round(sum(p.stat().st_size for p in folder.rglob("*.parquet")) / 2**20, 1),
        "seconds_median": {name: round(statistics.median(seconds[name]), 4) for name in tools},
        "million_rows_per_second": round(rows / statistics.median(seconds["ours"]) / 1e6, 2),
        "peak_gib": {name: peak_gib(ONE, name, place) for name in tools},
    }
    for name in tools[1:]:
        pairs = [a / b for a, b in zip(seconds["ours"], seconds[name], strict=True)]
        result[f"ours_to_{name}"] = round(statistics.median(pairs), 4)
    return result


def ingest(folder: Path) -> list[dict]:
    code = (
        "import sys, time; from valuestats.counting import write_responses; started = time.perf_counter(); "
        "done = write_responses(sys.argv[1], sys.argv[2], scale='pvq21'); "
        "print(done.rows_written, time.perf_counter() - started)"
    )
    rows = []
    for kind in ("csv", "jsonl"):
        for times in (1, 10, 100):
            size, file, out = times * INGEST_ROWS, folder / f"answers.{kind}", folder / "ingested"
            _write_answers(file, size)
            done = subprocess.run(
                [sys.executable, "-c", f"{code}\n{PEAK}", str(file), str(out)],
                check=True,
                capture_output=True,
                text=True,
            )
            written, seconds, peak = done.stdout.split()
            if int(written) != size:
                raise SystemExit(f"rows in {size}, rows out {written}")
            rows.append(
                {
                    "file": kind,
                    "rows": size,
                    "file_mib": round(file.stat().st_size / 2**20, 1),
                    "seconds": round(float(seconds), 2),
                    "peak_gib": round(int(peak) / 2**30, 3),
                }
            )
            print(rows[-1], flush=True)
            shutil.rmtree(out)
            file.unlink()
    return rows


def many_models(folder: Path) -> list[dict]:
    """The same rows of few and of many models, which take turns row by row: files, time and memory of an ingest."""
    code = (
        "import sys, time; from valuestats.counting import write_responses; started = time.process_time(); "
        "done = write_responses(sys.argv[1], sys.argv[2], scale='pvq21'); "
        "print(done.rows_written, time.process_time() - started)"
    )
    rows = []
    for models in CARDINALITY:
        number = np.arange(CARDINALITY_ROWS)
        file, out = folder / "answers.csv", folder / "ingested"
        frame = pd.DataFrame({"model": [f"lab/model:{i % models}" for i in number], "item": number // models})
        frame.assign(raw=np.where(number % 2, "Like me", "Not like me at all")).to_csv(file, index=False)
        done = subprocess.run(
            [sys.executable, "-c", f"{code}\n{PEAK}", str(file), str(out)],
            check=True,
            capture_output=True,
            text=True,
        )
        written, seconds, peak = done.stdout.split()
        counted = count_answers(out, ["model"]).groupby("model")["count"].sum()
        if int(written) != len(number) or len(counted) != models or counted.sum() != len(number):
            raise SystemExit(f"{models} models: {written} rows written, {len(counted)} models counted")
        rows.append(
            {
                "models": models,
                "rows": len(number),
                "files": len(list(out.rglob("*.parquet"))),
                "cpu_seconds": round(float(seconds), 2),
                "peak_gib": round(int(peak) / 2**30, 3),
            }
        )
        print(rows[-1], flush=True)
        shutil.rmtree(out)
        file.unlink()
    return rows


def _write_answers(file: Path, size: int) -> None:
    rng = np.random.default_rng(2)
    texts = np.array(["Like me", "Not like me at all", "I cannot answer that.", "3", "Very much like me"])
    for start in range(0, size, INGEST_ROWS):
        number = np.arange(start, start + INGEST_ROWS)
        frame = pd.DataFrame({"model": [f"lab/model:{i % 10}" for i in number], "item": number // 10 % 40})
        frame["epoch"], frame["raw"] = number // 400 + 1, texts[rng.integers(0, 5, INGEST_ROWS)]
        if file.suffix == ".csv":
            frame.to_csv(file, mode="a" if start else "w", header=start == 0, index=False)
        else:
            frame.to_json(file, orient="records", lines=True, mode="a" if start else "w")


def store(command: str, **parts: list[dict]) -> dict:
    """Keep what has been measured so far; parts that were not measured now stay as they are."""
    old = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    run = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "pyarrow": pa.__version__,
    }
    result: dict = {
        "runs": {**old.get("runs", {}), **dict.fromkeys(parts, run)},
        "limits": LIMITS,
        "counting": parts.get("counting", old.get("counting", [])),
        "ingest": parts.get("ingest", old.get("ingest", [])),
        "models": parts.get("models", old.get("models", [])),
    }
    with atomic_file(OUT) as temporary:
        temporary.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return result


def missed(result: dict) -> list[str]:
    """Limits that do not hold, of those that were measured."""
    found = []
    for size in result["counting"]:
        if size["rows"] >= 10**7 and size["ours_to_bare_duckdb"] > LIMITS["ratio_to_bare_duckdb"]:
            found.append(f"{size['rows']:,} answers: {size['ours_to_bare_duckdb']} of bare DuckDB's time")
        if size["rows"] == 10**7 and 1 / size["ours_to_pandas"] < LIMITS["times_faster_than_pandas_at_1e7"]:
            found.append(f"{1 / size['ours_to_pandas']:.1f} times faster than pandas")
        if size["peak_gib"]["ours"] > LIMITS["our_peak_gib"]:
            found.append(f"{size['rows']:,} answers: {size['peak_gib']['ours']} GiB")
    for kind in ("csv", "jsonl"):
        peaks = [run["peak_gib"] for run in result["ingest"] if run["file"] == kind]
        if len(peaks) == 3 and peaks[2] > LIMITS["ingest_peak_at_100x_to_10x"] * peaks[1]:
            found.append(f"ingest of {kind}: {peaks[2]} GiB at 100 times, {peaks[1]} at 10 times the rows")
    many = result["models"]
    for run in many:
        if run["files"] > LIMITS["files_of_one_source"]:
            found.append(f"{run['models']:,} models: {run['files']:,} files")
    if many and many[-1]["cpu_seconds"] > LIMITS["cpu_of_100000_models_to_100"] * many[0]["cpu_seconds"]:
        found.append(f"{many[-1]['models']:,} models: {many[-1]['cpu_seconds']} s of CPU")
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", action="store_true", help="also 100 million answers")
    parser.add_argument(
        "--only", choices=["counting", "ingest", "models"], help="one part; the others' numbers are kept"
    )
    parsed = parser.parse_args()
    command = "python benchmarks/counting.py" + (" --slow" if parsed.slow else "")
    command += f" --only {parsed.only}" if parsed.only else ""
    sizes: list[dict] = []
    result: dict = {"counting": [], "ingest": [], "models": []}
    with tempfile.TemporaryDirectory() as temporary:
        for rows in () if parsed.only in ("ingest", "models") else (*SIZES, 10**8) if parsed.slow else SIZES:
            folder = Path(temporary, str(rows))
            simulate(folder, rows)
            # 100 million rows of texts do not fit into most machines' memory as a frame.
            sizes.append(measure(folder, rows, list(TOOLS) if rows <= 10**7 else ["ours", "bare_duckdb"]))
            print(json.dumps(sizes[-1]), flush=True)
            result = store(command, counting=sizes)
            shutil.rmtree(folder)
        if parsed.only in (None, "ingest"):
            result = store(command, ingest=ingest(Path(temporary)))
        if parsed.only in (None, "models"):
            result = store(command, models=many_models(Path(temporary)))
    for line in (found := missed(result)):
        print("missed:", line)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
