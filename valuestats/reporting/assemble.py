"""The executed document as one markdown text; pictures and program output stand in numbered slots."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from valuestats.base.errors import RenderError
from valuestats.reporting.blocks import Cell, Document, Text
from valuestats.reporting.execute import Execution, Output
from valuestats.reporting.faults import source_error
from valuestats.reporting.host import CHART_MIME
from valuestats.reporting.pandoc import Node, attributes, nodes, value_of
from valuestats.reporting.profile import INLINE

SlotKind = Literal["chart", "svg", "png", "text", "stderr"]


@dataclass(frozen=True)
class Slot:
    """One output that markdown does not carry: a chart specification, a picture or plain text."""

    kind: SlotKind
    data: Any
    alt: str


@dataclass
class Assembly:
    """Markdown of the whole document and its slots."""

    markdown: str = ""
    slots: list[Slot] = field(default_factory=list)


def assemble(document: Document, execution: Execution, *, for_quarto: bool = False) -> Assembly:
    """Put outputs and inline values into the document's text.

    Parameters
    ----------
    document, execution
        What was read, and what running it gave.
    for_quarto
        Whether a cell's caption is the last paragraph of its division, which carries ``fig-alt``, as Quarto reads it.

    Returns
    -------
    Assembly
        Markdown without any code to run, and the slots it refers to as ``::: {.vs-slot slot="0"}``.
    """
    assembly = Assembly()
    parts = []
    for i, block in enumerate(document.blocks):
        if isinstance(block, Cell):
            parts.append(_cell(block, execution.outputs.get(i, ()), assembly, for_quarto))
        else:
            parts.append(_text(block, execution.inline.get(i, ())))
    assembly.markdown = "\n\n".join(part for part in parts if part) + "\n"
    return assembly


def _text(block: Text, values: Sequence[str]) -> str:
    waiting = iter(values)
    lines = []
    expressions = iter(block.expressions)
    upcoming = next(expressions, None)
    for line in block.lines:
        text = line.text
        # Only lines whose expressions were collected: a fenced example of the syntax stays as it is.
        if upcoming is not None and upcoming[1] is line:
            count = len(INLINE.findall(text))
            text = INLINE.sub(lambda _: next(waiting), text)
            for _ in range(count):
                upcoming = next(expressions, None)
        lines.append(text)
    return "\n".join(lines)


def _cell(cell: Cell, outputs: Sequence[Output], assembly: Assembly, for_quarto: bool) -> str:
    options = cell.options
    if not options["include"]:
        return ""
    parts = []
    if options["echo"] and cell.code.strip():
        parts.append(_fenced(cell.code))
    if options["output"]:
        parts += [text for output in outputs if (text := _output(cell, output, assembly))]
    if not parts:
        if cell.label and cell.label[:4] in ("fig-", "tbl-"):
            raise source_error(f"the cell '{cell.label}' showed nothing", cell.file, cell.line)
        return ""
    if options["output"] == "asis":
        return "\n\n".join(parts)
    names = [".cell", *(f".{name}" for name in options.get("classes", ()))]
    caption = options.get("fig-cap") or options.get("tbl-cap")
    if cell.label:
        names.insert(0, f"#{cell.label}")
    if caption and for_quarto:
        names = [*(name for name in names if name != ".cell"), *_alternative(options)]
        parts.append(" ".join(caption.split()))
    elif caption:
        parts.append(f"::: {{.vs-caption}}\n{caption}\n:::")
    return "\n\n".join([f"::: {{{' '.join(names)}}}", *parts, ":::"])


def _alternative(options: Mapping[str, Any]) -> list[str]:
    alt = quoted_attribute(str(options.get("fig-alt", "")))
    return [f'fig-alt="{alt}"'] if alt else []


def quoted_attribute(text: str) -> str:
    """Text that can stand in a quoted attribute: what could end it, or be a shortcode, a formula or code, is not in it.

    Examples
    --------
    >>> quoted_attribute('a "b"')
    "a 'b'"
    """
    return re.sub(r'[{}<>`$"\\]', "'", re.sub(r"\s+", " ", text))


def _fenced(code: str) -> str:
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}python\n{code.strip()}\n{ticks}"


def _output(cell: Cell, output: Output, assembly: Assembly) -> str:
    kind = output["output_type"]
    if kind == "stream":
        if output["name"] == "stderr" and not cell.options["warning"]:
            return ""
        return _slot(assembly, Slot("stderr" if output["name"] == "stderr" else "text", output["text"], ""))
    data: Mapping[str, Any] = output.get("data", {})
    alt = str(cell.options.get("fig-alt", ""))
    if CHART_MIME in data:
        spec = dict(data[CHART_MIME])
        if alt:
            spec["description"] = alt
        return _slot(assembly, Slot("chart", spec, alt or str(spec.get("description", ""))))
    if "text/markdown" in data:
        return str(data["text/markdown"])
    if "image/svg+xml" in data:
        return _slot(assembly, Slot("svg", data["image/svg+xml"].encode(), alt))
    if "image/png" in data:
        return _slot(assembly, Slot("png", base64.b64decode(data["image/png"]), alt))
    if "text/html" in data:
        raise source_error(
            "this cell shows text/html, which no PDF can hold",
            cell.file,
            cell.line,
            got=cell.label,
            expected="a chart, a data frame, a great_tables object or markdown",
            hint="call valuestats.reporting.setup() in the first cell, or valuestats.reporting.show_table()",
        )
    if data.get("text/plain"):
        return _slot(assembly, Slot("text", data["text/plain"], ""))
    return ""


def _slot(assembly: Assembly, slot: Slot) -> str:
    assembly.slots.append(slot)
    return f'::: {{.vs-slot slot="{len(assembly.slots) - 1}"}}\n:::'


def describe_slots(blocks: list[Node], assembly: Assembly) -> None:
    """Give pictures inside a labelled division the alternative text that the division declares."""
    for division in nodes(blocks):
        alt = value_of(division, "fig-alt") if division["t"] == "Div" else None
        if not alt:
            continue
        for node in nodes(division["c"][1]):
            if node["t"] == "Div" and "vs-slot" in attributes(node)[1]:
                index = int(value_of(node, "slot") or 0)
                slot = assembly.slots[index]
                data = {**slot.data, "description": alt} if slot.kind == "chart" else slot.data
                assembly.slots[index] = replace(slot, alt=alt, data=data)


def check_slots(found: Sequence[str], assembly: Assembly) -> None:
    """Refuse a document in which some output was swallowed by markup that was never closed."""
    expected = [str(i) for i in range(len(assembly.slots))]
    if list(found) != expected:
        missing = [i for i in expected if i not in found]
        raise RenderError(
            "some output of the document got lost in its text",
            got=f"{len(missing)} of {len(expected)} outputs missing",
            hint="look for a code block or a division that markdown output opens and does not close",
        )
