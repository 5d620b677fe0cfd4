"""Locks that the operating system gives back when a process ends, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from valuestats.base.errors import InputError

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EBADF)


@contextmanager
def sole_process(file: Path, *, folder: Path, doing: str) -> Iterator[None]:
    """Hold a lock while the block runs, so that no other process does the same.

    No lock can be left behind: it ends with the process. The lock's file stays, and says who held it last. Where a
    file system has no locks, the block runs without.

    Parameters
    ----------
    file
        The lock's file; made where it is not there.
    folder
        What is written into, for the message.
    doing
        Who else would hold it, e.g. ``"another ingest is writing into this folder"``.

    Raises
    ------
    InputError
        Another process holds the lock, or a link stands in the place of its file.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink():
        raise InputError("a link stands where a lock's file should be", file=file)
    with file.open("a+", encoding="utf-8") as handle:
        try:
            _lock(handle.fileno())
        except OSError as error:
            if error.errno in _TAKEN:
                handle.seek(0)
                raise InputError(
                    doing,
                    got=handle.read(200).strip() or None,
                    hint="wait until it has ended, then run this one again, or write to another folder",
                    file=folder,
                ) from None
            if error.errno not in _NO_LOCKS:
                raise
        handle.truncate(0)
        handle.write(f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}\n")
        handle.flush()
        yield  # closing the file gives the lock back


if sys.platform == "win32":

    def _lock(number: int) -> None:
        import msvcrt

        os.lseek(number, 1 << 20, os.SEEK_SET)  # beyond the text, which others may then still read
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

    @contextmanager
    def held(path: Path) -> Iterator[bool]:
        """Mark a file or folder as in use while the block runs; Windows can't, and nothing is swept there."""
        yield path.exists()

    @contextmanager
    def left_behind(path: Path) -> Iterator[bool]:
        """Give whether no process marks a file or folder as in use, and keep it so while the block runs."""
        yield False

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @contextmanager
    def held(path: Path) -> Iterator[bool]:
        """Mark a file or folder as in use while the block runs, and give whether it is still there."""
        try:
            number = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            yield False
            return
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_SH)
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
            yield os.path.lexists(path)
        finally:
            os.close(number)

    @contextmanager
    def left_behind(path: Path) -> Iterator[bool]:
        """Give whether no process marks a file or folder as in use, and keep it so while the block runs.

        False where the system can't tell.
        """
        try:
            number = os.open(path, os.O_RDONLY)
        except OSError:
            yield False
            return
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_free = True
            except OSError:
                is_free = False
            yield is_free
        finally:
            os.close(number)
