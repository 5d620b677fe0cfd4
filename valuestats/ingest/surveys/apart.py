"""Files of statistical packages read in a process of its own, since a damaged one can end the process that reads it.

The reader of SPSS, Stata and SAS files is a library in C, which some damaged files made touch memory that isn't there.
A child process answers in two parts: what the head of the file says, and, once that was found possible, the variables.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from valuestats.base.scratch import scratch_folder

PROGRAM = Path(__file__).with_name("apart_program.py")


class DamagedFile(Exception):
    """The library refused the file, or the file ended it; the message is for an error's ``got``."""


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
    with scratch_folder() as folder:
        request = {"reader": reader, "path": str(path.resolve()), "options": options, "variables": variables}
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        child = subprocess.Popen(
            [sys.executable, "-P", str(PROGRAM), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            possible(_answer(child, folder, "head"))
            with contextlib.suppress(OSError):
                child.stdin.write(b"\n")  # type: ignore[union-attr]
                child.stdin.flush()  # type: ignore[union-attr]
            said = _answer(child, folder, "said")
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        labels = {name: dict(pairs) for name, pairs in said["variable_value_labels"].items()}
        columns = {name: _column(folder, number) for number, name in enumerate(said["columns"])}
        return columns, {**said, "variable_value_labels": labels}


def _answer(child: subprocess.Popen[bytes], folder: Path, awaited: str) -> dict[str, Any]:
    told = child.stdout.readline().decode().strip()  # type: ignore[union-attr]
    if told == "error":
        raise DamagedFile(json.loads((folder / "error.json").read_text("utf-8")))
    if told != awaited:
        code = child.wait()
        ended = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        raise DamagedFile(f"the library that reads it was ended by the file ({ended})")
    found: dict[str, Any] = json.loads((folder / f"{awaited}.json").read_text("utf-8"))
    return found


def _column(folder: Path, number: int) -> Any:
    numbers = folder / f"{number}.npy"
    if numbers.exists():
        return np.load(numbers, allow_pickle=False)
    return json.loads((folder / f"{number}.json").read_text("utf-8"))
