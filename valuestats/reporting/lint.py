"""Checks of a document's running text against the profile."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

from valuestats.reporting.blocks import Cell, SourceLine, Text
from valuestats.reporting.faults import source_error
from valuestats.reporting.vocabulary import CALLOUTS, FORMATS, PLAIN_CLASSES

REFERENCE = re.compile(r"(?<![\w\\])@((?:fig|tbl|eq|sec)-[\w-]*\w)")
_TARGET = re.compile(r"\{[^{}]*#((?:fig|tbl|eq|sec)-[\w-]+)[^{}]*\}")
_DIV_OPEN = re.compile(r"^:{3,}\s*([^\s:].*?)\s*:*\s*$")
_DIV_CLOSE = re.compile(r"^:{3,}\s*$")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*(.*?)\s*$")
_RAW_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(\s[^<>]*)?/?>|<![A-Za-z]")
_CODE = re.compile(r"(`+).+?\1")
_MATH = re.compile(r"(?<!\\)\$\$.*?\$\$|(?<!\\)\$\S(?:.*?\S)?\$")
_ATTRIBUTE = re.compile(r"""([\w-]+)=("[^"]*"|'[^']*'|[^\s"']+)|([.#][\w-]+)|(\S+)""")
_ATTRIBUTES = {
    "callout": {"title", "collapse"},
    "content-visible": {"when-format", "unless-format"},
    "content-hidden": {"when-format", "unless-format"},
    "float": {"fig-alt"},
}


def check_expression(expression: str, file: Path, line: int) -> None:
    """Refuse an inline expression that is not one Python expression."""
    try:
        ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise source_error(
            "this inline expression is not valid Python", file, line, got=expression, hint=error.msg
        ) from error


def check_text(blocks: Sequence[Text | Cell], path: Path) -> None:
    """Check divisions, raw markup, references and labels over the whole document.

    Raises
    ------
    RenderError
        With file and line of the first fault.
    """
    targets: dict[str, tuple[Path, int]] = {}
    references: list[tuple[str, Path, int]] = []
    open_divs: list[SourceLine] = []
    for block in blocks:
        if not hasattr(block, "lines"):
            if block.label:
                _define(block.label, block.file, block.line, targets)
            for key in ("fig-cap", "tbl-cap"):
                caption = block.options.get(key, "")
                references += [(r, block.file, block.line) for r in REFERENCE.findall(caption)]
            continue
        for line in _prose(block.lines):
            _check_div(line, open_divs)
            bare = _CODE.sub("", line.text)
            _check_raw(_MATH.sub("", bare), line)
            for target in _TARGET.findall(bare):
                _define(target, line.file, line.number, targets)
            references += [(r, line.file, line.number) for r in REFERENCE.findall(_TARGET.sub("", bare))]
    if open_divs:
        raise source_error("this division is not closed", open_divs[-1].file, open_divs[-1].number)
    for reference, file, number in references:
        if reference not in targets:
            raise source_error(
                "this reference has no target",
                file,
                number,
                got=f"@{reference}",
                expected=", ".join(f"@{t}" for t in sorted(targets)) or "a labelled figure or table",
            )


def _define(label: str, file: Path, line: int, targets: dict[str, tuple[Path, int]]) -> None:
    if label in targets:
        raise source_error(
            "this label is used twice", file, line, got=label, hint=f"first used at line {targets[label][1]}"
        )
    targets[label] = (file, line)


def _prose(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """Lines outside fenced code and display formulas."""
    kept = []
    fence: str | None = None
    formula = False
    for line in lines:
        match = _FENCE.match(line.text)
        if fence is not None:
            if match and match[1].startswith(fence) and not match[2]:
                fence = None
            continue
        if match:
            if match[2].startswith("{"):
                raise source_error("raw blocks are not in the profile", line.file, line.number, got=match[2])
            fence = match[1]
            continue
        odd = line.text.count("$$") % 2 == 1
        if formula or odd:
            formula = formula != odd
            kept.append(type(line)(line.text.split("$$")[-1] if not formula else "", line.file, line.number))
            continue
        kept.append(line)
    return kept


def _check_raw(text: str, line: SourceLine) -> None:
    match = _RAW_HTML.search(text)
    if match:
        raise source_error(
            "raw HTML is not in the profile",
            line.file,
            line.number,
            got=match[0],
            hint="write it in markdown; put code in backticks",
        )


def _check_div(line: SourceLine, open_divs: list[SourceLine]) -> None:
    if _DIV_CLOSE.match(line.text):
        if not open_divs:
            raise source_error("this closes a division that was never opened", line.file, line.number)
        open_divs.pop()
        return
    match = _DIV_OPEN.match(line.text)
    if not match:
        return
    open_divs.append(line)
    head = match[1]
    if not (head.startswith("{") and head.endswith("}")):
        raise source_error(
            "a division names its class in braces",
            line.file,
            line.number,
            got=head,
            expected="::: {.callout-note}",
        )
    _check_attributes(head[1:-1], line)


def open_alternative_text(lines: Sequence[SourceLine], before: str = "") -> str:
    """The ``fig-alt`` of the labelled division that is open at the end of these lines, or nothing.

    Parameters
    ----------
    lines
        Lines of running text.
    before
        What was open before them.
    """
    open_divs = [before]
    for line in lines:
        if _DIV_CLOSE.match(line.text):
            open_divs = open_divs[:-1] or [""]
        elif match := _DIV_OPEN.match(line.text):
            pairs = {key: value.strip("\"'") for key, value, *_ in _ATTRIBUTE.findall(match[1].strip("{}"))}
            open_divs.append(pairs.get("fig-alt", ""))
    return next(filter(None, reversed(open_divs)), "")


def _check_attributes(text: str, line: SourceLine) -> None:
    allowed = ["panel-tabset", "content-visible", "content-hidden", *PLAIN_CLASSES]
    allowed += [f"callout-{kind}" for kind in CALLOUTS]
    kinds: list[str] = []
    keys: dict[str, str] = {}
    for key, value, name, other in _ATTRIBUTE.findall(text):
        if other:
            raise source_error("this attribute can't be read", line.file, line.number, got=other)
        if key:
            keys[key] = value.strip("\"'")
        elif name.startswith("#"):
            if not re.match(r"#(fig|tbl)-", name):
                raise source_error(
                    "only figures and tables give a division a label", line.file, line.number, got=name
                )
            kinds.append("float")
        elif name[1:] in allowed:
            kinds.append("callout" if name.startswith(".callout-") else name[1:])
        else:
            raise source_error(
                "this class is not in the profile",
                line.file,
                line.number,
                got=name,
                expected=", ".join(f".{a}" for a in allowed),
            )
    if any(name.startswith("#fig-") for *_, name, _ in _ATTRIBUTE.findall(text)) and "fig-alt" not in keys:
        raise source_error(
            "a labelled figure has no alternative text",
            line.file,
            line.number,
            got=text.strip(),
            expected='::: {#fig-… fig-alt="…"}',
        )
    known = set().union(*(_ATTRIBUTES.get(kind, set()) for kind in kinds))
    for key, value in keys.items():
        if key not in known:
            raise source_error(
                "this attribute is not in the profile",
                line.file,
                line.number,
                got=key,
                expected=", ".join(sorted(known)) or "no attribute",
            )
        if key.endswith("-format") and value not in FORMATS:
            raise source_error(
                "unknown format", line.file, line.number, got=value, expected=", ".join(FORMATS)
            )
