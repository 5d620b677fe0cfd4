"""Files of statistical packages read in a process of its own, since a damaged one can end the process that reads it.

The reader of SPSS, Stata and SAS files is a library in C, which some damaged files made touch memory that isn't there.
A child process answers in two parts: what the head of the file says, and, once that was found possible, the variables.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from valuestats.ingest.children import Child, child

PROGRAM = Path(__file__).with_name("apart_program.py")


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
    request = {"reader": reader, "path": str(path.resolve()), "options": options, "variables": variables}
    with child(PROGRAM, request) as process:
        possible(process.answer("head"))
        process.go_on()
        said = process.answer("said")
        labels = {name: dict(pairs) for name, pairs in said["variable_value_labels"].items()}
        columns = {name: _column(process, number) for number, name in enumerate(said["columns"])}
        return columns, {**said, "variable_value_labels": labels}


def _column(process: Child, number: int) -> Any:
    numbers = process.file(f"{number}.npy")
    return np.load(numbers, allow_pickle=False) if numbers.exists() else process.content(str(number))
