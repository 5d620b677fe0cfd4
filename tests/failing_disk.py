"""A disk that fails, or a process that ends, at the operation on a file that a test asks for."""

import builtins
import contextlib
import errno
import io
import os
import pathlib

import pandas as pd
import pyarrow.parquet as pq

from valuestats.base import files

COUNTED = (
    (os, "open"), (os, "mkdir"), (os, "replace"), (os, "rename"), (os, "chmod"), (os, "fsync"), (os, "scandir"),
    (os, "listdir"), (os, "unlink"), (os, "remove"), (os, "rmdir"), (io, "open"), (builtins, "open"),
    (files, "_exchanged"),
)  # fmt: skip
WRITES = (
    (pathlib.Path, "write_bytes"), (pathlib.Path, "write_text"), (pd.DataFrame, "to_parquet"), (pq, "write_table"),
)  # fmt: skip


class Killed(BaseException):
    """The process has ended: nothing catches it, and nothing is cleaned up after it."""


class FailingDisk:
    """Every operation on a file below a folder is counted, and the one of a given number fails.

    A write that fails leaves the file cut to nothing, as a full disk does. Where the process is killed, every
    operation after that one fails too, wherever it is, so that nothing can be cleaned up.
    """

    def __init__(self, monkeypatch, place):
        self.place, self.at, self.count, self.number = str(place), None, 0, errno.ENOSPC
        self.kills, self.where = False, None
        for owner, name in COUNTED:
            monkeypatch.setattr(owner, name, self.counted(getattr(owner, name), name))
        for owner, name in WRITES:
            monkeypatch.setattr(owner, name, self.cut(getattr(owner, name), name))

    @contextlib.contextmanager
    def failing(self, at, number=errno.ENOSPC, *, kills=False):
        """Fail at operation `at` of the block; `where` is then what failed, or None if there were fewer."""
        self.at, self.count, self.number, self.kills, self.where = at, 0, number, kills, None
        try:
            yield
        except Killed:
            pass
        finally:
            self.at = None

    def counted(self, real, name):
        def operation(*arguments, **options):
            self.tick(name, arguments)
            return real(*arguments, **options)

        return operation

    def cut(self, real, name):
        def operation(*arguments, **options):
            try:
                self.tick(name, arguments)
            except (OSError, Killed):
                if self.count == self.at:
                    at, self.at = self.at, None
                    with contextlib.suppress(OSError):
                        pathlib.Path(self.target(name, arguments)).open("wb").close()
                    self.at = at
                raise
            return real(*arguments, **options)

        return operation

    @staticmethod
    def target(name, arguments):
        return arguments[1] if name in ("to_parquet", "write_table") else arguments[0]

    def tick(self, name, arguments):
        if self.at is None:
            return
        if self.kills and self.count >= self.at:
            raise Killed
        # What is open is named by its number; it is ours as often as not.
        if not any(isinstance(a, int) or self.place in str(a) for a in arguments[:2]):
            return
        self.count += 1
        if self.count == self.at:
            named = str(self.target(name, arguments))
            self.where = (name, named[-80:])
            if self.kills:
                raise Killed
            raise OSError(self.number, os.strerror(self.number), named)
