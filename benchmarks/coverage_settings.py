"""One loop over the settings of a coverage program: studies that can be resumed, and a result that grows setting by setting.

What a study held is appended to ``benchmarks/.scratch/PROGRAM.jsonl`` as soon as it is there (`sbc_records.run_studies`), so
that a run that was cut goes on where it stopped. ``--setting`` takes numbers of settings, ``--simulations`` how many studies
of each, ``--first`` the number of the first: studies from another number on are of random numbers that none before has seen,
which a form that was chosen after a look at results needs for its confirmation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sbc_records import generator, run_studies

RESULTS = Path(__file__).parent / "results"
Study = Callable[[np.random.Generator, int], dict[tuple[str, ...], float]]
"""From random numbers and a seed to what was held, as a share or yes and no, by the keys of a row."""


def cover(
    program: str,
    settings: Mapping[str, Study],
    keys: tuple[str, ...],
    description: str | None,
    fewer: Mapping[str, int] | None = None,
    simulations: int = 1000,
    each: Mapping[str, int] | None = None,
) -> None:
    """Run the settings that are asked for, and put their rows into ``benchmarks/results/PROGRAM.csv``.

    `fewer` divides the number of studies of dear settings. `each` is how many studies one call of a setting works out, and
    gives the shares of; 1 where it does not say.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--simulations", type=int, default=simulations)
    parser.add_argument("--setting", type=int, nargs="*", help="run some settings, by their numbers")
    parser.add_argument("--first", type=int, default=0, help="number of the first study")
    chosen = parser.parse_args()
    first = chosen.first
    for number, (label, study) in enumerate(settings.items()):
        if chosen.setting is not None and number not in chosen.setting:
            continue
        together = (each or {}).get(label, 1)
        n = -(-chosen.simulations // ((fewer or {}).get(label, 1) * together))

        def one(k: int, at: str = label, made: Study = study) -> dict[str, dict[str, float]]:
            held = made(generator(at, first + k), first + k)
            return {"held": {"|".join(key): float(value) for key, value in held.items()}}

        records = run_studies(program, f"{label}, from study {first}" if first else label, n, one)
        rows = [_row(label, key, keys, records, program, together) for key in records[0]["held"]]
        rows = [row for row in rows if row["simulations"]]
        _written(program, label, rows)
        print(pd.DataFrame(rows).drop(columns=["command", "date"]).to_string(index=False), flush=True)


def _row(
    label: str, key: str, keys: tuple[str, ...], records: list[dict], program: str, each: int
) -> dict[str, object]:
    values = np.array([r["held"][key] for r in records])
    there = values[~np.isnan(values)]
    return {
        "what": label,
        **dict(zip(keys, key.split("|"), strict=True)),
        "coverage": float(there.mean()) if len(there) else np.nan,
        "simulations": each * len(there),
        "monte_carlo_error": (0.95 * 0.05 / (each * max(len(there), 1))) ** 0.5,
        "command": " ".join(["python", f"benchmarks/{program}.py", *sys.argv[1:]]),
        "date": str(pd.Timestamp.now().date()),
    }


def _written(program: str, label: str, rows: list[dict[str, object]]) -> None:
    file, table = RESULTS / f"{program}.csv", pd.DataFrame(rows)
    if file.exists():
        before = pd.read_csv(file)
        table = pd.concat([before[before["what"] != label], table], ignore_index=True)
    table.to_csv(file, index=False)
