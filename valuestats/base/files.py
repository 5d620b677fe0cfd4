"""Files written whole or not at all, and their hashes."""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from valuestats.base.errors import InputError, ValuestatsError
from valuestats.base.scratch import removed, sweep, temporary_file, temporary_folder


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


def file_hashes(folder: str | Path, *, leave_out: str | None = None) -> dict[str, str | None]:
    """SHA-256 of every file below a folder, by its name relative to it; None of a link, which is not followed.

    Parameters
    ----------
    folder
        The folder.
    leave_out
        Name of a file directly in it that does not count.
    """
    root = Path(folder)
    return {
        name: None if file.is_symlink() else sha256_file(file)
        for file in sorted(root.rglob("*"))
        if (file.is_symlink() or file.is_file()) and (name := file.relative_to(root).as_posix()) != leave_out
    }


def combined_sha256(files: Mapping[str, str | None]) -> str:
    """One SHA-256 of the names and hashes of several files, in their order."""
    digest = hashlib.sha256()
    for name, found in files.items():
        digest.update(name.encode() + b"\0" + str(found).encode() + b"\n")
    return digest.hexdigest()


def sha256_folder(path: str | Path) -> str:
    """SHA-256 over the sorted relative names and contents of all files below a folder."""
    root = Path(path)
    return combined_sha256(
        {p.relative_to(root).as_posix(): sha256_file(p) for p in sorted(root.rglob("*")) if p.is_file()}
    )


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
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise InputError("the file is not valid JSON", file=path, got=str(error)) from error
    if not isinstance(content, dict):
        raise InputError("the file holds no mapping", file=path, got=type(content).__name__)
    return content


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it into place only when the block succeeds.

    What was written is on the disk before it gets its name, so that a machine that stops leaves the old content or
    the new one.

    Raises
    ------
    ValuestatsError
        The disk is full, can't be written, or fails; the old file is as it was.

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
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(target.parent, f".{target.name}.") as temporary:
            yield temporary
            temporary.chmod(0o644)
            to_disk(temporary)
            temporary.replace(target)
            to_disk(target.parent)
    except OSError as error:
        raise_disk_error(error, target)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`; it takes the place of `path` only when the block succeeds.

    An old folder and the new one change places in one operation where the system has one (Linux, macOS), so that
    `path` is never absent. Elsewhere there is an instant between two renamings; a process that is killed in it leaves
    the old folder under another name, and the next call puts it back.

    Raises
    ------
    ValuestatsError
        The disk is full, can't be written, or fails; the old folder is as it was.
    """
    target = Path(path)
    prefix = f".{target.name}."
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, prefix)
        with temporary_folder(target.parent, prefix) as temporary:
            yield temporary
            temporary.chmod(0o755)
            for folder, _, files in os.walk(temporary):
                for name in files:
                    to_disk(Path(folder, name))
                to_disk(Path(folder))
            if not os.path.lexists(target):
                temporary.rename(target)
            elif not _exchanged(temporary, target):
                _one_after_the_other(temporary, target)
            to_disk(target.parent)
    except OSError as error:
        raise_disk_error(error, target)


def _one_after_the_other(new: Path, target: Path) -> None:
    old = new.with_suffix(".old")
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        old.rename(target)
        raise
    removed(old)


def _exchanged(first: Path, second: Path) -> bool:
    """Whether two paths could change places in one operation."""
    swap = _swap()
    if swap is None:
        return False
    if swap(os.fsencode(first), os.fsencode(second)) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):  # this file system can't
        return False
    raise OSError(code, os.strerror(code), str(second))


@functools.cache
def _swap() -> Callable[[bytes, bytes], int] | None:
    """The system's own exchange of two names: renameat2 of Linux, renamex_np of macOS."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
            rename = library.renameat2
            rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
            return lambda first, second: int(rename(here, first, here, second, exchange))
        if sys.platform == "darwin":
            rename = library.renamex_np
            rename.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
            return lambda first, second: int(rename(first, second, 2))  # RENAME_SWAP
    except (OSError, TypeError, AttributeError):  # a C library without it
        return None
    return None


def to_disk(path: Path) -> None:
    """Have the system write a file's bytes, or a folder's names, to the disk now."""
    if os.name == "nt" and path.is_dir():
        return
    number = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):  # a file system without it
            raise
    finally:
        os.close(number)


_DISK = {
    getattr(errno, name)
    for name in (
        "ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE", "ENFILE", "ENAMETOOLONG",
        "ENOTDIR", "EISDIR", "ELOOP",
    )
    if hasattr(errno, name)
}  # fmt: skip


def raise_disk_error(error: OSError, target: Path) -> NoReturn:
    """Raise a fault of the disk as one clear error; any other as it is.

    Raises
    ------
    ValuestatsError
        The disk is full, can't be written, or fails.
    """
    if error.errno not in _DISK:
        raise error
    raise ValuestatsError(
        "could not write the output; nothing was left half written",
        got=error.strerror if error.filename is None else f"{error.strerror}: {error.filename}",
        file=target,
        hint="free some space or choose another folder, then run again: finished steps are kept",
    ) from error
