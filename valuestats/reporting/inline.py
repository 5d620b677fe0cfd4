"""Values of inline expressions, sent from the kernel to the embedded engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from valuestats.reporting.host import INLINE_MIME
from valuestats.reporting.markdown import escape_markdown


def emit(expressions: Sequence[Callable[[], Any]]) -> None:
    """Evaluate expressions and display their markdown under the private mime type."""
    from IPython.display import display

    values: list[str] = []
    for i, expression in enumerate(expressions):
        try:
            values.append(inline_markdown(expression()))
        except Exception as error:
            fault = {"index": i, "error": f"{type(error).__name__}: {error}"}
            display({INLINE_MIME: fault, "text/plain": ""}, raw=True)
            return
    display({INLINE_MIME: {"values": values}, "text/plain": ""}, raw=True)


def inline_markdown(value: Any) -> str:
    r"""Markdown of an inline value: as it is for markdown objects, made inert for all else (as Quarto does).

    Examples
    --------
    >>> inline_markdown("a*b*")
    'a\\*b\\*'
    """
    represent = getattr(value, "_repr_markdown_", None)
    if represent is not None:
        shown = represent()
        return str(shown[0] if isinstance(shown, tuple) else shown)
    return escape_markdown(value)
