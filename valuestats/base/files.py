"""Files written whole or not at all, and their hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from valuestats.base.errors import InputError, ValuestatsError


class Later:
    """A value that is read when it is first asked for, to be given to a field of a dataclass that is `Readable`."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self.read = read


class Readable:
    """Descriptor of a dataclass's optional field whose value may be `Later`; None by default.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Holder:
    ...     content: str | None = Readable()
    >>> Holder().content, Holder("here").content, Holder(Later(lambda: "read")).content
    (None, 'here', 'read')
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, holder: object, owner: type | None = None) -> Any:
        if holder is None:
            return None
        value = vars(holder)[self.name]
        if isinstance(value, Later):
            value = vars(holder)[self.name] = value.read()
        return value

    def __set__(self, holder: object, value: Any) -> None:
        vars(holder)[self.name] = value


def sha256_file(path: str | Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_folder(path: str | Path) -> str:
    """SHA-256 over the sorted relative names and contents of all files below a folder."""
    root = Path(path)
    digest = hashlib.sha256()
    for file in sorted(p for p in root.rglob("*") if p.is_file()):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + sha256_file(file).encode() + b"\n")
    return digest.hexdigest()


def read_json(path: str | Path) -> dict[str, Any]:
    """The content of a JSON file that holds a mapping.

    Raises
    ------
    InputError
        The file is no JSON, or holds no mapping.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = file.write_text('{"a": 1}')
    >>> read_json(file)
    {'a': 1}
    """
    import orjson

    try:
        content = orjson.loads(Path(path).read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError("the file is not valid JSON", file=path, got=str(error)) from error
    if not isinstance(content, dict):
        raise InputError("the file holds no mapping", file=path, got=type(content).__name__)
    return content


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it into place only when the block succeeds.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with atomic_file(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> (folder / "a.txt").read_text()
    'whole'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        _raise_disk_error(error, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`; it takes the place of `path` only when the block succeeds."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        if target.exists():
            old = temporary.with_suffix(".old")
            target.rename(old)
            try:
                temporary.rename(target)
            except OSError:
                old.rename(target)
                raise
            shutil.rmtree(old, ignore_errors=True)
        else:
            temporary.rename(target)
    except OSError as error:
        _raise_disk_error(error, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO}


def _raise_disk_error(error: OSError, target: Path) -> NoReturn:
    if error.errno not in _DISK:
        raise error
    raise ValuestatsError(
        "could not write the output; nothing was left half written",
        got=error.strerror,
        file=target,
        hint="free some space or choose another folder, then run again: finished steps are kept",
    ) from error
