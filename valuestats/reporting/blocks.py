"""A document of the profile as it is read: its front matter, and blocks of text and code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SourceLine:
    """One line and where it comes from."""

    text: str
    file: Path
    number: int


@dataclass(frozen=True)
class Text:
    """Running markdown; `expressions` are its inline ``{python}`` expressions in order."""

    lines: tuple[SourceLine, ...]
    expressions: tuple[tuple[str, SourceLine], ...]


@dataclass(frozen=True)
class Cell:
    """One code cell; `options` holds its own ``#|`` options over the document's defaults."""

    code: str
    options: Mapping[str, Any]
    file: Path
    line: int
    code_line: int

    @property
    def label(self) -> str | None:
        """The cell's label, if it has one."""
        return self.options.get("label")

    @property
    def is_parameters(self) -> bool:
        """Whether this cell declares the document's parameters."""
        return "parameters" in self.options.get("tags", ())


@dataclass(frozen=True)
class Document:
    """A document of the profile: its front matter (project defaults included) and its blocks."""

    path: Path
    front: Mapping[str, Any]
    blocks: tuple[Text | Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The code cells in order."""
        return tuple(b for b in self.blocks if isinstance(b, Cell))
