"""Docstrings in numpydoc's form, taken apart."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_UNDERLINE = re.compile(r"^-{3,}$")
_LISTS = ("Parameters", "Other Parameters", "Returns", "Yields", "Raises", "Warns", "Attributes")


@dataclass(frozen=True)
class Entry:
    """A parameter, a returned thing or an error, and what is said of it."""

    name: str
    type: str
    text: str


@dataclass
class Docstring:
    """Summary line, what follows it, and the sections in their order."""

    summary: str = ""
    body: str = ""
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def read_docstring(text: str) -> Docstring:
    r"""Take a docstring apart, as `inspect.getdoc` gives it.

    Examples
    --------
    >>> found = read_docstring("Add.\n\nParameters\n----------\na : int\n    One.\n\nRaises\n------\nValueError")
    >>> found.summary, found.lists["Parameters"][0].type, found.lists["Raises"][0].name
    ('Add.', 'int', 'ValueError')
    """
    lines = text.splitlines()
    heads = [i for i in range(len(lines) - 1) if _UNDERLINE.match(lines[i + 1]) and lines[i].strip()]
    first = "\n".join(lines[: heads[0] if heads else len(lines)]).strip()
    summary, _, body = first.partition("\n\n")
    found = Docstring(" ".join(summary.split()), body.strip())
    for start, end in pairwise([*heads, len(lines)]):
        name, content = lines[start].strip(), lines[start + 2 : end]
        if name in _LISTS:
            found.lists[name] = list(_entries(content))
        else:
            found.texts[name] = textwrap.dedent("\n".join(content)).strip()
    return found


def _entries(lines: list[str]) -> Iterator[Entry]:
    head: str = ""
    below: list[str] = []
    for line in [*lines, "end"]:
        if line and not line[0].isspace():
            if head:
                name, _, kind = head.partition(" : ")
                yield Entry(name.strip(), kind.strip(), textwrap.dedent("\n".join(below)).strip())
            head, below = line, []
        else:
            below.append(line)
