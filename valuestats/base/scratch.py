"""Temporary files and folders that are removed at their end, and swept where a process was killed before it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from valuestats.base.locks import held, left_behind

SCRATCH = "valuestats_"
_ENDINGS = (".tmp", ".old")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder among the system's temporary ones, removed at the end; those of killed processes are swept.

    Examples
    --------
    >>> with scratch_folder() as folder:
    ...     folder.is_dir(), folder.name.startswith("valuestats_")
    (True, True)
    >>> folder.exists()
    False
    """
    place = Path(tempfile.gettempdir())
    sweep(place, SCRATCH, ending="")
    with _temporary(lambda: Path(tempfile.mkdtemp(prefix=SCRATCH, dir=place))) as folder:
        yield folder


@functools.cache
def process_scratch() -> Path:
    """A scratch folder that lives as long as this process."""
    ending = contextlib.ExitStack()
    atexit.register(ending.close)
    return ending.enter_context(scratch_folder())


@contextmanager
def temporary_file(place: Path, prefix: str) -> Iterator[Path]:
    """Give an empty file in `place`; where it is still there at the end, it is removed."""

    def make() -> Path:
        number, name = tempfile.mkstemp(prefix=prefix, suffix=_ENDINGS[0], dir=place)
        os.close(number)
        return Path(name)

    with _temporary(make) as path:
        yield path


@contextmanager
def temporary_folder(place: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder in `place`; what stands under its name at the end is removed."""
    with _temporary(lambda: Path(tempfile.mkdtemp(prefix=prefix, suffix=_ENDINGS[0], dir=place))) as folder:
        yield folder


@contextmanager
def _temporary(make: Callable[[], Path]) -> Iterator[Path]:
    while True:
        path = make()
        try:
            with held(path) as is_there:
                if is_there:
                    yield path
                    return
        finally:
            removed(path)  # what was swept in the instant before it was held is made anew


def sweep(place: Path, prefix: str = ".", *, ending: str | None = None) -> None:
    """Remove what killed processes left in a folder, and put back what they had only moved aside.

    A temporary file or folder is held by its process as long as that lives; where the system can't tell, nothing is
    removed. Nothing of another user is touched, and a fault ends the sweeping, not the work that follows.

    Parameters
    ----------
    place
        The folder; what is deeper is not looked at.
    prefix
        Beginning of the names.
    ending
        Of the names; what `temporary_file` and `temporary_folder` give where None.
    """
    endings = _ENDINGS if ending is None else (ending,)
    with contextlib.suppress(OSError):
        for path in sorted(place.iterdir()):
            if not (path.name.startswith(prefix) and path.name.endswith(endings)):
                continue
            if path.is_symlink() or (os.name == "posix" and path.lstat().st_uid != os.getuid()):
                continue
            with left_behind(path) as is_left:
                if not is_left:
                    continue
                # .NAME.RANDOM.old stands where NAME was: see atomic_folder.
                target = path.with_name(path.name[1:].rsplit(".", 2)[0])
                if path.suffix == ".old" and not os.path.lexists(target):
                    path.rename(target)
                else:
                    removed(path)


def removed(path: Path) -> None:
    """Remove a file or a folder with all that is in it, as far as that can be done."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
