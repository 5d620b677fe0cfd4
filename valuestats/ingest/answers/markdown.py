"""Markdown to plain text, by the tokens of markdown-it."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from valuestats.ingest.answers.structures import name_says

_MARKS = re.compile(r"[*_`#>|~\[\\&]")
_BLOCKS = re.compile(
    r"^[ \t]*(?:[-+]|\d{1,9}[.)])[ \t]|^(?: {4}|\t)[^\n]|^[ \t]*(?:=|-){2,}[ \t]*$", re.MULTILINE
)
_COMPARED = re.compile(r"^([ \t]*)>(?=\S)", re.MULTILINE)
_BULLET = "-"
_BOXED_TASK = re.compile(r"^\s*\[([ xX✓✔])\]\s+")


@lru_cache(maxsize=1)
def _markdown_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def is_marked(text: str) -> bool:
    """Whether a text may hold markdown."""
    if _MARKS.search(text):
        return True
    return ("\n" in text or not text[:1].isalpha()) and _BLOCKS.search(text) is not None


def without_markdown(text: str) -> str:
    """The plain text of a markdown text: blocks with a blank line between them, items of a list one a line."""
    text = _COMPARED.sub(r"\1\\>", text)  # ">3" is a comparison, "> 3" a quotation
    blocks: list[list[str]] = [[]]
    rows: list[list[str]] | None = None
    items: list[str] = []
    depth = 0
    for token in _markdown_parser().parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"):
            depth += token.nesting
            blocks.append([])
        elif token.type == "list_item_open":
            items.append(f"{token.info}{token.markup} " if token.info else _BULLET)
        elif token.type == "list_item_close":
            blocks[-1] += [marker for marker in items if marker != _BULLET]
            items.clear()
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open" and rows is not None:
            rows.append([])
        elif token.type == "table_close" and rows is not None:
            blocks += [_table(rows), []]
            rows = None
        elif token.type == "inline" and rows is not None:
            (rows[-1] if rows else blocks[-1]).append(_inline(token.children or []))
        elif token.type == "inline":
            blocks[-1] += _item(_inline(token.children or []), items.pop() if items else "")
            items.clear()
        elif token.type in ("fence", "code_block", "html_block"):
            blocks[-1].append(token.content.strip("\n"))
        if depth == 0:
            blocks.append([])
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def _item(content: str, marker: str) -> list[str]:
    """The line of an item of a list; none where it is a box that isn't ticked."""
    task = _BOXED_TASK.match(content) if marker == _BULLET else None
    if task is not None:
        return [] if task[1] == " " else [content[task.end() :]]
    return [content if marker == _BULLET else marker + content]


def _inline(tokens: list[Token]) -> str:
    text: list[str] = []
    struck = 0
    for token in tokens:
        if token.type in ("s_open", "s_close"):
            struck += token.nesting
        elif struck:
            continue
        elif token.type in ("text", "code_inline", "image"):
            text.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            text.append("\n")
    return "".join(text)


def _table(rows: list[list[str]]) -> list[str]:
    """A table as lines: name and value of two columns, or head and cell."""
    head, *body = rows or [[]]
    named = len(head) > 1 and all(any(name_says(cell)) for cell in head)
    if len(head) == 2 and body and not named:
        return [": ".join(cells) for cells in rows]
    if len(body) == 1:
        return [f"{name}: {cell}" for name, cell in zip(head, body[0], strict=False)]
    return [" | ".join(cells) for cells in rows]
