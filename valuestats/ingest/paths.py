"""Which files a path, a folder or a pattern means, and the name each goes by."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path

from valuestats.ingest.sources import plain_name


def files_at(path: str | Path) -> list[Path]:
    """All files below a folder, all that match a pattern, or the file itself; none where nothing is there."""
    root = Path(path)
    if root.is_dir():
        return [p for p in sorted(root.rglob("*")) if p.is_file()]
    if root.exists():
        return [root]
    if not glob.has_magic(str(path)):
        return []
    return [Path(p) for p in sorted(glob.glob(str(path), recursive=True)) if Path(p).is_file()]  # noqa: PTH207


def any_file(path: str | Path, detect: Callable[[Path], bool]) -> bool:
    """Whether a path, a file below it, or a file that matches it as a pattern is of the kind that `detect` knows."""
    return any(detect(p) for p in files_at(path))


def names_one_file(path: str | Path) -> bool:
    """Whether a path is neither a folder nor a pattern: one file, be it there or not."""
    return not Path(path).is_dir() and (Path(path).exists() or not glob.has_magic(str(path)))


def named(files: Sequence[Path], folder: str | Path | None = None) -> list[tuple[Path, str]]:
    """Each file with its name below `folder`, by default below the innermost folder that holds them all."""
    parents = [file.parent for file in files]
    base = (
        next(p for p in (parents[0], *parents[0].parents) if all(q.is_relative_to(p) for q in parents))
        if folder is None
        else Path(folder)
    )
    return [(file, plain_name(file.relative_to(base))) for file in files]
