"""Files that a study names: of a registered dataset, of the demo study that ships, or beside the study file."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
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

    Raises
    ------
    StudyError
        A name that is no text, or that leaves the dataset or the demo study.
    """
    for value in source.values():
        if not isinstance(value, str) or "\0" in value:
            raise StudyError("a source is named by a text", got=repr(dict(source)))
    if "dataset" in source:
        within = _within(source["path"], source) if "path" in source else None
        folder = fetch(source["dataset"])
        return folder if within is None else folder / within
    if "demo" in source:
        return data_folder() / "demo" / _within(source["demo"], source)
    return base / source["file"]


def _within(path: str, source: Mapping[str, Any]) -> str:
    """A path that stays below the folder it is relative to."""
    parts = PureWindowsPath(path)  # which knows both kinds of slash, and drives
    if parts.anchor or ".." in parts.parts:
        raise StudyError(
            "a path leaves the folder that it is relative to",
            parameter="dataset" if "dataset" in source else "demo",
            got=path,
            expected="a file or folder in it",
        )
    return path


def require_inside(values: Mapping[str, Any], paths: Mapping[str, Any], base: Path, **where: Any) -> None:
    """Raise where a study would read a file that does not lie beside it, or below, or one that is no file at all.

    Parameters
    ----------
    values
        A step's parameters, of which the sources ``{file: NAME}`` are looked at.
    paths
        Those of them whose texts may be paths in the verb's eyes.
    base
        Folder of the study file.

    Raises
    ------
    StudyError
        With the name, after links are followed.
    """
    named = [(base / name, name) for name in _file_names(values)]
    # A text that is only a name (an instrument's, say) is a file of the folder in which Python runs, if anything.
    plain = [text for value in paths.values() for text in _texts(value)]
    named += [
        (Path(text), text) for text in plain if len(PureWindowsPath(text).parts) > 1 and _is_there(text)
    ]
    home = base.resolve()
    for path, name in named:
        for file in _matching(str(path)) if glob.has_magic(name) else [path]:
            real = Path(file).resolve()
            odd = real.exists() and not (real.is_file() or real.is_dir())
            if odd or not real.is_relative_to(home):
                raise StudyError(
                    "a study reads what lies beside its file, or below"
                    if not odd
                    else "this is neither a file nor a folder",
                    got=name,
                    expected=f"a file in {home}",
                    hint="if the study is your own: run_study(…, outside=True), or valuestats run --outside",
                    **where,
                )


def _file_names(value: Any) -> list[str]:
    if is_source(value):
        name = value.get("file")
        return [name] if isinstance(name, str) and "\0" not in name else []
    if isinstance(value, Mapping):
        return [name for part in value.values() for name in _file_names(part)]
    return [name for part in value for name in _file_names(part)] if isinstance(value, list | tuple) else []


def plain_files(values: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Hashes of the files that arguments name as plain text, without ``{file:}``, by argument.

    Such a name is relative to the folder in which Python runs, as in a call of the verb; what is no file there (the
    name of an instrument, say) is left out.
    """
    found = {
        name: {text: _path_sha256(Path(text)) for text in _texts(value) if _is_there(text)}
        for name, value in values.items()
    }
    return {name: hashes for name, hashes in found.items() if hashes}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [] if is_reference(value) else [value]
    if is_source(value):
        return []
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list | tuple) else []


def _is_there(text: str) -> bool:
    try:
        return Path(text).exists() or (glob.has_magic(text) and any(_matching(text)))
    except (OSError, ValueError):
        return False


def _matching(pattern: str) -> list[str]:
    return sorted(p for p in glob.glob(pattern, recursive=True) if Path(p).is_file())  # noqa: PTH207


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
    found = _matching(str(pattern))
    if not found:
        raise StudyError("the study names a pattern that no file matches", file=pattern)
    digest = hashlib.sha256()
    for file in found:
        digest.update(f"{Path(file).name} {sha256_file(file)}\n".encode())
    return digest.hexdigest()
