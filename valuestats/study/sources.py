"""Files that a study names: of a registered dataset, of the demo study that ships, or beside the study file."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from valuestats.base.errors import StudyError
from valuestats.base.files import sha256_file, sha256_folder
from valuestats.ingest.datasets import data_folder, fetch, known_hashes
from valuestats.study.arguments import is_reference, is_source


def datasets(value: object) -> list[str]:
    """Names of the datasets that a step's parameters take.

    Examples
    --------
    >>> datasets({"path": {"dataset": "civics"}, "level": 0.9})
    ['civics']
    """
    if isinstance(value, Mapping):
        if "dataset" in value:
            return [str(value["dataset"])]
        return [name for part in value.values() for name in datasets(part)]
    if isinstance(value, list | tuple):
        return [name for part in value for name in datasets(part)]
    return []


def resolved(source: Mapping[str, Any], base: Path) -> Path:
    """Where a source is; a dataset is fetched.

    Parameters
    ----------
    source
        ``{"file": name}`` relative to `base`, ``{"demo": name}`` below the demo study's data, or ``{"dataset": name}``
        with or without a ``path`` in it.
    base
        Folder of the study file.
    """
    if "dataset" in source:
        folder = fetch(source["dataset"])
        return folder / source["path"] if "path" in source else folder
    return data_folder() / "demo" / source["demo"] if "demo" in source else base / source["file"]


def described(value: Any, keys: Mapping[str, str], base: Path) -> Any:
    """Parameters as plain data in which references and files are replaced by what they stand for.

    Parameters
    ----------
    value
        Parameters as the study file has them.
    keys
        Key of each step so far.
    base
        Folder of the study file.

    Raises
    ------
    StudyError
        A file is not there.
    """
    if is_reference(value):
        return {"step": keys[value[1:]]}
    if is_source(value):
        if "dataset" in value:
            return {**value, "files": known_hashes(value["dataset"])}
        return {**value, "sha256": _path_sha256(resolved(value, base))}
    if isinstance(value, Mapping):
        return {str(k): described(v, keys, base) for k, v in value.items()}
    if isinstance(value, list):
        return [described(v, keys, base) for v in value]
    return value


def _path_sha256(path: Path) -> str:
    if path.is_dir():
        return sha256_folder(path)
    if not path.exists() and glob.has_magic(str(path)):
        return _pattern_sha256(path)
    if not path.is_file():
        raise StudyError("the study names a file that is not there", file=path)
    return sha256_file(path)


def _pattern_sha256(pattern: Path) -> str:
    found = sorted(p for p in glob.glob(str(pattern), recursive=True) if Path(p).is_file())  # noqa: PTH207
    if not found:
        raise StudyError("the study names a pattern that no file matches", file=pattern)
    digest = hashlib.sha256()
    for file in found:
        digest.update(f"{Path(file).name} {sha256_file(file)}\n".encode())
    return digest.hexdigest()
