"""Docstrings as the engine's markdown."""

from __future__ import annotations

import re
import textwrap

_SPECIAL = re.compile(r"([$<>\[\]~^|#*_@])")
_WIDE = 80
_PIECES = re.compile(
    r":math:`(?P<math>[^`]+)`|``(?P<code>.+?)``|`(?P<name>[^`\n]+)`_?|(?P<emphasis>\*{1,2}\w[^*\n]*\*{1,2})",
    re.DOTALL,
)


def to_markdown(text: str) -> str:
    """What a docstring says, in reStructuredText's small part that docstrings use, as markdown.

    Examples
    --------
    >>> to_markdown("Of :math:`x_i`, see `score`; ``None`` is a_b.")
    'Of $x_i$, see `score`; `None` is a\\\\_b.'
    """
    out: list[str] = []
    lines = textwrap.dedent(text).splitlines()
    i = 0
    pending: list[str] = []

    def flush() -> None:
        if pending:
            out.append(_inline("\n".join(pending)))
            pending.clear()

    while i < len(lines):
        line = lines[i].strip()
        literal = line == "::" or (line.endswith("::") and not line.startswith(".. "))
        if literal or line.startswith(".. "):
            if literal and line != "::":
                pending.append(line[:-1])
            flush()
            inside, i = _indented(lines, i)
            block = textwrap.dedent("\n".join(inside)).strip("\n")
            if line.startswith(".. math::"):
                formula = " ".join(f"{line.removeprefix('.. math::')} {block}".split())
                out.append(f"$${formula}$$")
            elif literal:
                out.append(f"```python\n{block}\n```")
            elif block:
                out.append(_inline(block))
            continue
        if not line:
            flush()
        elif re.match(r"[-*] ", line):
            # the lines of a list stay together; their own indentation is what keeps them in it
            pending.append(lines[i].rstrip() if lines[i][:1].isspace() and pending else line)
        else:
            pending.append("  " + line if pending and re.match(r"\s*[-*] ", pending[0]) else line)
        i += 1
    flush()
    return "\n\n".join(out)


def _indented(lines: list[str], at: int) -> tuple[list[str], int]:
    """The lines below one that stand deeper than it, and the number of the line after them."""
    depth = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > depth):
        end += 1
    return lines[at + 1 : end], end


def _inline(text: str) -> str:
    parts, last = [], 0
    for match in _PIECES.finditer(text):
        parts.append(_plain(text[last : match.start()]))
        kind = match.lastgroup
        said = match[kind or 0]
        match kind:
            case "math":
                sign = "$$" if len(said) > _WIDE else "$"  # a line of its own can be scrolled on a telephone
                parts.append(f"{sign}{said.strip()}{sign}")
            case "code" | "name":
                parts.append(_code(said))
            case _:
                parts.append(said)
        last = match.end()
    return "".join([*parts, _plain(text[last:])])


def _plain(text: str) -> str:
    marks = re.match(r"\s*[-*] ", text)
    start = marks.end() if marks else 0
    return text[:start] + _SPECIAL.sub(r"\\\1", text[start:])


def _code(text: str) -> str:
    text = " ".join(text.split())
    ticks = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"
