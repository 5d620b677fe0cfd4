"""Where a page's output goes: the embedded engine, Quarto (HTML or Typst), or a live notebook."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from valuestats.base.errors import RenderError

Host = Literal["embedded", "quarto-html", "quarto-typst", "notebook"]

CHART_MIME = "application/vnd.valuestats.vegalite+json"
"""Private mime type that carries a chart specification to the embedded engine."""

INLINE_MIME = "application/vnd.valuestats.inline+json"
"""Private mime type that carries the values of inline expressions to the embedded engine."""

RENDER_VARIABLE = "VALUESTATS_RENDER"
"""Environment variable that is ``embedded`` in a kernel that the package itself starts."""


def host() -> Host:
    """Say what renders the page that runs now.

    Examples
    --------
    >>> host()
    'notebook'
    """
    if os.environ.get(RENDER_VARIABLE) == "embedded":
        return "embedded"
    info = os.environ.get("QUARTO_EXECUTE_INFO")
    if info:
        return "quarto-typst" if _quarto_format(Path(info)) in ("typst", "pdf") else "quarto-html"
    return "notebook"


def _quarto_format(file: Path) -> str:
    """Base format of the document Quarto executes (``QUARTO_EXECUTE_INFO``, Quarto 1.8 and newer)."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["format"]["identifier"]["base-format"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RenderError(
            "Quarto's description of the execution could not be read",
            parameter="QUARTO_EXECUTE_INFO",
            got=repr(error),
            expected="JSON with format.identifier.base-format",
            file=file,
        ) from error
