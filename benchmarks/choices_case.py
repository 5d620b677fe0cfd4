"""What is written by hand though a library has it too: the same task by both, on data of the size that it is used at.

Each case gives two functions without arguments, whose arrays are compared, and what the library lacks. Where the library
takes one replicate at a time, it does a part of them and its time is multiplied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Arrays = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """One task done twice.

    Attributes
    ----------
    what, module, library, size
        The task, where its own code is, the library's function, and the size of the data.
    ours, theirs
        The two ways; `theirs` does a share ``1 / times`` of the work, from the front.
    lacks
        What the library's does not do that is needed, if anything.
    """

    what: str
    module: str
    library: str
    size: str
    ours: Arrays
    theirs: Arrays
    lacks: str = ""
    times: int = 1
