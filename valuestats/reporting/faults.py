"""Errors of a document: each names the file and the line."""

from __future__ import annotations

from pathlib import Path

from valuestats.base.errors import RenderError


def source_error(
    message: str,
    file: Path,
    line: int,
    *,
    got: object = None,
    expected: str | None = None,
    hint: str | None = None,
) -> RenderError:
    """An error of a document, with the line in its message.

    Examples
    --------
    >>> print(source_error("unknown cell option", Path("a.qmd"), 7, got="fold"))
    a.qmd:7: unknown cell option
      file:      a.qmd
      got:       fold
    """
    text = f"{file.name}:{line}: {message}"
    return RenderError(text, got=got, expected=expected, hint=hint, file=file)
