"""Files of statistical packages read in a process of its own, since a damaged one can end the process that reads it.

The reader of SPSS, Stata and SAS files is a library in C, which some damaged files made touch memory that isn't there.
A child process answers in two parts: what the head of the file says, and, once that was found possible, the variables.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

PROGRAM = Path(__file__).with_name("apart_program.py")
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
}


class DamagedFile(Exception):
    """The library refused the file, or the file ended it; the message is for an error's ``got``."""


class _Plain(pickle.Unpickler):
    """Takes numbers, texts, containers and arrays of numbers, and nothing that could run."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise DamagedFile(f"the reader's process answered with {module}.{name}")
        return super().find_class(module, name)


def read_apart(
    reader: str,
    path: Path,
    options: dict[str, Any],
    variables: list[str] | None,
    possible: Callable[[dict[str, Any]], None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of a file, arrays of numbers or lists, and what the file says of them.

    Parameters
    ----------
    reader
        Name of a function of pyreadstat.
    path
        The file.
    options
        For that function.
    variables
        Which columns; None for all.
    possible
        Called with what the head says, before the rest is read; raises where that can't be.

    Returns
    -------
    tuple
        Columns and metadata, by name.

    Raises
    ------
    DamagedFile
        The library refused the file or was ended by it.
    """
    request = {"reader": reader, "path": str(path), "options": options, "variables": variables}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    child = subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        with contextlib.suppress(BrokenPipeError):
            pickle.dump(request, child.stdin)
            child.stdin.flush()
        head = _answer(child.stdout, child)
        possible(head)
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(b"\n")
            child.stdin.flush()
        found = _answer(child.stdout, child)
        return found["columns"], found["said"]
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def _answer(answers: IO[bytes], child: subprocess.Popen[bytes]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _Plain(answers).load()
    except (EOFError, pickle.UnpicklingError):
        code = child.wait()
        ended = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        raise DamagedFile(f"the library that reads it was ended by the file ({ended})") from None
    if "error" in found:
        raise DamagedFile(found["error"])
    return found
