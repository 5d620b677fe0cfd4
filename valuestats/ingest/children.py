"""Libraries in C or Rust that a damaged file can end, in a process of their own: then it is one error, not the end of ours.

The process gets a folder with its request and answers with files in it, each told by a line once it is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valuestats.base.scratch import scratch_folder


class DamagedFile(Exception):
    """The library refused the file, or the file ended it; the message is for an error's ``got``."""


class Child:
    """A process at work on one file; see `child`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process, self._folder = process, folder

    def answer(self, awaited: str) -> Any:
        """The content of an answer, once it is there.

        Raises
        ------
        DamagedFile
            The library refused the file or was ended by it.
        """
        told = self._process.stdout.readline().decode(errors="replace").strip()  # type: ignore[union-attr]
        if told == "error":
            raise DamagedFile(self.content("error"))
        if told != awaited:
            code = self._process.wait()
            ended = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            raise DamagedFile(f"the library that reads it was ended by the file ({ended})")
        return self.content(awaited)

    def go_on(self) -> None:
        """Let it do what it waits with."""
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def content(self, name: str) -> Any:
        """What it has written under a name."""
        return json.loads((self._folder / f"{name}.json").read_text("utf-8"))

    def file(self, name: str) -> Path:
        """A file that it may have written."""
        return self._folder / name


@contextmanager
def child(program: Path, request: dict[str, Any], content: bytes | None = None) -> Iterator[Child]:
    """Give a process that runs ``python program FOLDER``, with ``request.json`` in the folder; both end with the block.

    Parameters
    ----------
    program
        A script that imports neither this package nor pandas.
    request
        What it is asked.
    content
        Of the file, where that isn't one of the disk: written into the folder as ``content``.
    """
    with scratch_folder() as folder:
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        if content is not None:
            (folder / "content").write_bytes(content)
        process = started(program, str(folder))
        try:
            yield Child(process, folder)
        finally:
            ended(process)


def started(program: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A process of this interpreter that runs a program of the package, with pipes to it and from it."""
    return subprocess.Popen(
        [sys.executable, "-P", str(program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        **options,
    )


def ended(process: subprocess.Popen[bytes]) -> None:
    """End a process of `started`, whatever it is at."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()  # type: ignore[union-attr]
