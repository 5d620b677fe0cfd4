"""An executed page written for Quarto to lay out: no cell is left to run, and every picture lies beside the text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import orjson
import yaml

from valuestats.base.errors import RenderError
from valuestats.reporting.assemble import (
    Assembly,
    Slot,
    assemble,
    check_slots,
    describe_slots,
    quoted_attribute,
)
from valuestats.reporting.blocks import Document
from valuestats.reporting.boxes import check_links
from valuestats.reporting.charting import ASSETS, FONTS, chart_html, draw_svg, page_assets_html
from valuestats.reporting.execute import Execution
from valuestats.reporting.pandoc import READER, Node, attributes, nodes, run_pandoc, value_of
from valuestats.reporting.pictures import picture_bytes
from valuestats.reporting.titleblock import page_date
from valuestats.reporting.typst_blocks import printed_width

_SLOT = re.compile(r'^::: \{\.vs-slot slot="(\d+)"\}\n:::$', re.MULTILINE)
_LEFT_OUT = ("study", "provenance", "params", "execute", "jupyter", "format", "date")
# As the embedded engine's reader, but for the raw blocks that hold the charts.
_READER = "markdown-raw_html-raw_tex-latex_macros"
# Quarto's own scripts stand in the page, so that scripts can't be named one by one; nothing can be fetched.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline' data:; img-src data: blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)


class QuartoDocument:
    """A page that was run once, to be written for each format.

    Parameters
    ----------
    document, execution
        What was read, and what running it gave.

    Raises
    ------
    RenderError
        A link or a picture of the page is not in the profile, or some output got lost in its text.
    """

    def __init__(self, document: Document, execution: Execution) -> None:
        self.document = document
        self.assembly: Assembly = assemble(document, execution, for_quarto=True)
        parsed = run_pandoc(self.assembly.markdown, READER, "json", "--columns=100000")
        blocks: list[Node] = orjson.loads(parsed)["blocks"]
        found = [n for n in nodes(blocks) if n["t"] == "Div" and "vs-slot" in attributes(n)[1]]
        check_slots([value_of(n, "slot") or "" for n in found], self.assembly)
        describe_slots(blocks, self.assembly)
        check_links(blocks)
        self.pictures = [node["c"][2][0] for node in nodes(blocks) if node["t"] == "Image"]

    def write(self, project: Path, target: str) -> Path:
        """Write a project of one page into an empty folder.

        Parameters
        ----------
        project
            The folder.
        target
            ``html`` or ``pdf``.

        Returns
        -------
        pathlib.Path
            The page. What Quarto makes of it lies beside it.
        """
        look = ASSETS / "quarto"
        for file in look.iterdir():
            shutil.copyfile(file, project / file.name)
        shutil.copytree(FONTS, project / "fonts")
        page = project / f"{self.document.path.stem}.qmd"
        front = self._front(target)
        if target == "html":
            head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n{page_assets_html()}'
            (project / "head.html").write_text(head, encoding="utf-8")
            front["include-in-header"] = "head.html"
        self._copy_pictures(project)
        text = _SLOT.sub(lambda m: self._shown(int(m[1]), project, target), self.assembly.markdown)
        lines = self._provenance()
        written = f"---\n{yaml.safe_dump(front, allow_unicode=True, width=10**6)}---\n\n{lines}{text}"
        page.write_text(written, encoding="utf-8")
        return page

    def _front(self, target: str) -> dict[str, Any]:
        front = {key: value for key, value in self.document.front.items() if key not in _LEFT_OUT}
        date = page_date(self.document.front)
        if date is not None:
            front["date"] = date.isoformat()
        kind = "html" if target == "html" else "typst"
        return {**front, "engine": "markdown", "from": _READER, "format": {kind: "default"}}

    def _provenance(self) -> str:
        said = self.document.front.get("provenance") or []
        lines = [self.document.front.get("study") or "", *([said] if isinstance(said, str) else said)]
        shown = "\\\n".join(filter(None, lines))
        return f"::: {{.provenance}}\n{shown}\n:::\n\n" if shown else ""

    def _copy_pictures(self, project: Path) -> None:
        for address in dict.fromkeys(self.pictures):
            content = picture_bytes(address, self.document.path.parent)
            file = (project / address).resolve()
            if not file.is_relative_to(project.resolve()) or file.exists():
                raise RenderError(
                    "under Quarto a picture lies in the page's folder, or below it",
                    got=address,
                    file=self.document.path,
                    hint="engine='embedded' takes it from where it is",
                )
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _shown(self, index: int, project: Path, target: str) -> str:
        slot = self.assembly.slots[index]
        if slot.kind in ("text", "stderr"):
            return _fenced(slot.data.rstrip())
        if slot.kind == "chart" and target == "html":
            return f"```{{=html}}\n{chart_html(slot.data)}\n```"
        return _picture(slot, f"output-{index}", project)


def _picture(slot: Slot, name: str, project: Path) -> str:
    width = ""
    if slot.kind == "png":
        file = project / f"{name}.png"
        file.write_bytes(slot.data)
    else:
        svg = draw_svg(slot.data) if slot.kind == "chart" else slot.data.decode()
        file = project / f"{name}.svg"
        file.write_text(svg, encoding="utf-8")
        width = f" width={printed_width(svg):.0f}pt"
    return f'![]({file.name}){{fig-alt="{quoted_attribute(slot.alt)}"{width}}}'


def _fenced(text: str) -> str:
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{ticks}\n{text}\n{ticks}"
