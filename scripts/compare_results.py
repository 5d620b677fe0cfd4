"""Compare two results folders of studies to the last digit: what differs, by step and column.

python scripts/compare_results.py BEFORE AFTER [STEP ...]

Compared are the steps that both folders hold: Parquet frames by column, JSON by key, Zarr arrays by name. Left out is what
may differ between two runs of the same code: times, versions and hashes. Exit status 1 where something differs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

PASSING = {
    "created", "finished", "seconds", "key", "versions", "python", "outputs_sha256", "code_sha256", "valuestats", "verb",
}  # fmt: skip
"""Names of JSON entries that are no part of a result."""
SKIPPED = {"step.json", "zarr.json", "manifest.json", "pages.json"}


def differences(before: Path, after: Path, steps: list[str] | None = None) -> Iterator[str]:
    """What differs, one line each: ``step / file / column: how``."""
    shared = steps or sorted(_steps(before) & _steps(after))
    for step in shared:
        one, two = before / step, after / step
        files = sorted(
            {p.relative_to(root).as_posix() for root in (one, two) for p in root.rglob("*") if p.is_file()}
        )
        yield from (f"{step} / {told}" for told in _files(one, two, files))
        yield from (f"{step} / {told}" for told in _arrays(one, two))


def _steps(folder: Path) -> set[str]:
    return {p.parent.name for p in folder.glob("*/step.json")}


def _files(one: Path, two: Path, files: list[str]) -> Iterator[str]:
    for name in files:
        if Path(name).name in SKIPPED or ".zarr/" in name:
            continue
        if not ((one / name).is_file() and (two / name).is_file()):
            yield f"{name}: only {'before' if (one / name).is_file() else 'after'}"
        elif name.endswith(".parquet"):
            yield from (
                f"{name} / {told}"
                for told in frames(pd.read_parquet(one / name), pd.read_parquet(two / name))
            )
        elif name.endswith(".json"):
            contents = (orjson.loads((root / name).read_bytes()) for root in (one, two))
            yield from (f"{name} / {told}" for told in values(*contents))
        elif (one / name).read_bytes() != (two / name).read_bytes():
            yield f"{name}: other bytes"


def frames(one: pd.DataFrame, two: pd.DataFrame) -> Iterator[str]:
    """Columns that differ between two frames."""
    if len(one) != len(two):
        yield f"rows: {len(one)} before, {len(two)} after"
        return
    for name in dict.fromkeys([*one.columns, *two.columns]):
        if name not in one.columns or name not in two.columns:
            yield f"{name}: only {'before' if name in one.columns else 'after'}"
        elif told := _column(one[name], two[name]):
            yield f"{name}: {told}"


def _column(one: pd.Series, two: pd.Series) -> str | None:
    if one.dtype != two.dtype:
        return f"{one.dtype} before, {two.dtype} after"
    if pd.api.types.is_float_dtype(one.dtype):
        return _numbers(
            one.to_numpy(dtype=float, na_value=np.nan), two.to_numpy(dtype=float, na_value=np.nan)
        )
    other = [n for n, (a, b) in enumerate(zip(one, two, strict=True)) if not _same(_plain(a), _plain(b))]
    return f"{len(other)} of {len(one)} rows differ, first row {other[0]}" if other else None


def _numbers(one: np.ndarray, two: np.ndarray) -> str | None:
    if one.shape != two.shape:
        return f"shape {one.shape} before, {two.shape} after"
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    if same.all():
        return None
    gap = np.abs(one - two)[~same]
    most = np.nanmax(gap) if not np.isnan(gap).all() else np.nan
    return f"{(~same).sum()} of {one.size} numbers differ, by {most:.3g} at most"


def values(one: Any, two: Any, at: str = "") -> Iterator[str]:
    """Entries that differ between two contents of JSON files; 1 and 1.0 are the same."""
    if isinstance(one, dict) and isinstance(two, dict):
        for name in dict.fromkeys([*one, *two]):
            place = f"{at}.{name}" if at else str(name)
            if name in PASSING or name.endswith("seconds"):
                continue
            if name not in one or name not in two:
                yield f"{place}: only {'before' if name in one else 'after'}"
            else:
                yield from values(one[name], two[name], place)
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for k, (a, b) in enumerate(zip(one, two, strict=True)):
            yield from values(a, b, f"{at}[{k}]")
    elif not _same(one, two):
        yield f"{at}: {str(one)[:60]} before, {str(two)[:60]} after"


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float) and math.isnan(one) and math.isnan(two):
        return True
    if one is pd.NA or two is pd.NA or one is pd.NaT or two is pd.NaT:
        return one is two
    return bool(one == two) and isinstance(one, bool) == isinstance(two, bool)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _arrays(one: Path, two: Path) -> Iterator[str]:
    import zarr

    names = {p.relative_to(root).as_posix() for root in (one, two) for p in root.rglob("*.zarr")}
    for name in sorted(names):
        if not ((one / name).is_dir() and (two / name).is_dir()):
            yield f"{name}: only {'before' if (one / name).is_dir() else 'after'}"
            continue
        groups = [zarr.open_group(root / name, mode="r") for root in (one, two)]
        first, second = ({k: a for k, a in g.members(max_depth=None) if hasattr(a, "shape")} for g in groups)
        for key in sorted(first.keys() | second.keys()):
            if key not in first or key not in second:
                yield f"{name} / {key}: only {'before' if key in first else 'after'}"
                continue
            a, b = np.asarray(first[key][...]), np.asarray(second[key][...])
            told = (
                _numbers(a.astype(float), b.astype(float))
                if a.dtype.kind in "fiub" and b.dtype.kind in "fiub"
                else None
                if a.shape == b.shape and (a == b).all()
                else "other labels"
            )
            if told:
                yield f"{name} / {key}: {told}"


def main(arguments: list[str]) -> int:
    """Print the differences; 0 where there are none."""
    if len(arguments) < 2:
        print(__doc__)
        return 2
    before, after = Path(arguments[0]), Path(arguments[1])
    shared = arguments[2:] or sorted(_steps(before) & _steps(after))
    alone = {"before": _steps(before) - _steps(after), "after": _steps(after) - _steps(before)}
    found = list(differences(before, after, shared))
    print("\n".join(found) if found else "no difference")
    print(f"{len(shared)} steps compared, {len(found)} differences")
    for side, names in alone.items():
        if names:
            print(f"only {side}: {', '.join(sorted(names))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
