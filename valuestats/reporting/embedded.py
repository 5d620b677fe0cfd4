"""The embedded engine: one execution of the document, then HTML and PDF from wheels alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from valuestats.base.errors import RenderError
from valuestats.base.files import atomic_file
from valuestats.base.scratch import scratch_folder
from valuestats.reporting.assemble import Assembly, assemble, check_slots, describe_slots
from valuestats.reporting.blocks import Cell, Document
from valuestats.reporting.boxes import check_links, keep_format
from valuestats.reporting.clock import Clock
from valuestats.reporting.crossref import collect_floats, contents, mark_equations, number_everything, resolve
from valuestats.reporting.execute import execute
from valuestats.reporting.host import CHART_MIME
from valuestats.reporting.pandoc import READER, Node, attributes, nodes, pandoc_version, run_pandoc, value_of
from valuestats.reporting.tableshape import shape_tables
from valuestats.reporting.titleblock import complete, metadata_block, page_date
from valuestats.reporting.unbroken import glue

# Pipe tables wider than this would be given relative column widths; ours say so themselves.
_COLUMNS = "--columns=100000"


def embedded_version() -> str:
    """Versions of what the embedded engine is made of."""
    return f"pandoc {pandoc_version()}; typst {version('typst')}; vl-convert {version('vl-convert-python')}"


def render_embedded(
    document: Document, targets: Mapping[str, Path], params: Mapping[str, Any] | None = None
) -> dict[str, float]:
    """Render a document into the files of `targets`.

    Parameters
    ----------
    document
        What `read_document` gave.
    targets
        File by format, of ``html``, ``pdf`` and ``docx``.
    params
        Values for the document's parameters.

    Returns
    -------
    dict
        Seconds by part.

    Raises
    ------
    RenderError
        When a cell fails or the document can't be written.
    """
    clock = Clock()
    drawings: dict[tuple[int, int], Future[str]] = {}
    # Two threads: charts are drawn (outside the interpreter's lock) while the kernel runs the next cell.
    with ThreadPoolExecutor(max_workers=2) as pool:
        _prepare(pool, targets, document)

        def drawn(block: int, outputs: Sequence[Mapping[str, Any]]) -> None:
            for i, output in enumerate(outputs):
                spec = output.get("data", {}).get(CHART_MIME)
                if spec is not None and targets.keys() & {"pdf", "docx"}:
                    drawings[block, i] = pool.submit(_draw, spec)

        with clock.part("execute"):
            execution = execute(document, params, drawn)
        assembly = assemble(document, execution)
        charts = _chart_futures(document, execution.outputs, drawings, assembly)
        with clock.part("read"):
            parsed = run_pandoc(metadata_block(document.front) + assembly.markdown, READER, "json", _COLUMNS)
        read = orjson.loads(parsed)
        blocks, api = read["blocks"], read["pandoc-api-version"]
        check_slots([value_of(n, "slot") or "" for n in nodes(blocks) if _is_slot(n)], assembly)
        describe_slots(blocks, assembly)
        page = _Page(document, assembly, parsed, api, f"{_package()}, embedded engine ({embedded_version()})")
        pending = []
        if "html" in targets:
            pending.append(pool.submit(_write_html, page, targets["html"], clock))
        if "pdf" in targets:
            pending.append(pool.submit(_write_pdf, page, targets["pdf"], charts, clock))
        if "docx" in targets:
            pending.append(pool.submit(_write_word, page, targets["docx"], charts, clock))
        for future in pending:
            future.result()
    return clock.seconds


@dataclass(frozen=True)
class _Page:
    """Everything the two writers share."""

    document: Document
    assembly: Assembly
    parsed: str
    api_version: list[int]
    generator: str

    def tree(self, target: str) -> tuple[list[Node], dict[str, Any], dict[str, str]]:
        """Blocks, metadata and numbers for one format."""
        ast = orjson.loads(self.parsed)
        front = self.document.front
        blocks = keep_format(ast["blocks"], target)
        blocks = shape_tables(collect_floats(mark_equations(glue(blocks))))
        numbered = bool(front.get("number-sections"))
        numbers = number_everything(blocks, numbered)
        blocks = resolve(blocks, numbers)
        check_links(blocks)
        listed = contents(blocks, front.get("toc-depth", 3), numbers) if front.get("toc") else None
        meta = complete(resolve(ast["meta"], numbers), front, target, self.generator, listed)
        return blocks, meta, numbers


def _package() -> str:
    from valuestats import __version__

    return f"valuestats {__version__}"


def _is_slot(node: Node) -> bool:
    return node["t"] == "Div" and "vs-slot" in attributes(node)[1]


def _prepare(pool: ThreadPoolExecutor, targets: Mapping[str, Path], document: Document) -> None:
    if not document.cells:
        return
    from valuestats.reporting.charting import warm_up

    if targets.keys() & {"pdf", "docx"}:
        pool.submit(warm_up)


def _draw(spec: dict[str, Any]) -> str:
    from valuestats.reporting.charting import draw_svg

    return draw_svg(spec)


def _chart_futures(
    document: Document,
    outputs: Mapping[int, Sequence[Mapping[str, Any]]],
    drawings: Mapping[tuple[int, int], Future[str]],
    assembly: Assembly,
) -> dict[int, Future[str]]:
    """Drawings by slot: the charts of shown cells, in order, are the chart slots in order."""
    shown = [
        drawings[i, j]
        for i, block in enumerate(document.blocks)
        if isinstance(block, Cell) and block.options["include"] and block.options["output"]
        for j in range(len(outputs.get(i, ())))
        if (i, j) in drawings
    ]
    slots = [i for i, slot in enumerate(assembly.slots) if slot.kind == "chart"]
    return dict(zip(slots, shown, strict=False))


def _write_html(page: _Page, target: Path, clock: Clock) -> None:
    from valuestats.reporting.html_blocks import WRITER, html_tree

    with clock.part("html"):
        blocks, meta, numbers = page.tree("html")
        blocks = html_tree(blocks, page.assembly.slots, numbers, page.document.path.parent)
        text = _pandoc_write(
            page, blocks, meta, WRITER, "page.html", "--mathml", "--syntax-highlighting=none"
        )
        has_charts = any(slot.kind == "chart" for slot in page.assembly.slots)
        with atomic_file(target) as temporary:
            temporary.write_text(_finish_html(text, has_charts), encoding="utf-8")


def _pandoc_write(
    page: _Page, blocks: list[Node], meta: dict[str, Any], writer: str, template: str, *options: str
) -> str:
    from valuestats.reporting.charting import asset

    ast = {"pandoc-api-version": page.api_version, "meta": meta, "blocks": blocks}
    with scratch_folder() as scratch:
        file = scratch / template
        file.write_text(asset(template), encoding="utf-8")
        # The template is the one file pandoc reads itself; the sandbox allows what the command line names.
        return run_pandoc(
            orjson.dumps(ast).decode(),
            "json",
            writer,
            "--standalone",
            f"--template={file}",
            "--wrap=none",
            *options,
        )


def _finish_html(text: str, has_charts: bool) -> str:
    """Put style, scripts and the page's security policy in place: nothing but our own scripts may run."""
    from valuestats.reporting.charting import asset, chart_library, font_faces, themes_html

    first = asset("theme.js")
    last = [chart_library()] if has_charts else []
    last.append(asset("report.js"))
    hashes = " ".join(_script_hash(script) for script in (first, *last))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )
    head = f"<script>{first}</script>\n<style>\n{font_faces()}\n{asset('report.css')}</style>"
    scripts = "\n".join(
        [themes_html() if has_charts else "", *(f"<script>{s}</script>" for s in last)]
    ).strip()
    for marker, content in (
        ("policy", f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        ("head", head),
        ("scripts", scripts),
    ):
        before, mark, after = text.partition(f"<!--valuestats:{marker}-->")
        if not mark:
            raise RenderError("the page template lacks a marker", got=marker)
        text = before + content + after
    return text


def _script_hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _write_pdf(page: _Page, target: Path, charts: Mapping[int, Future[str]], clock: Clock) -> None:
    from valuestats.reporting.typst_blocks import typst_tree
    from valuestats.reporting.typst_pdf import compile_pdf, typst_metadata

    with clock.part("typst"):
        blocks, meta, numbers = page.tree("typst")
        folder = page.document.path.parent
        tree = typst_tree(blocks, page.assembly.slots, numbers, folder, lambda slot: charts[slot].result())
        text = _pandoc_write(page, tree.blocks, typst_metadata(meta), "typst", "page.typ")
    with clock.part("pdf"):
        compile_pdf(text, tree.files, target, page_date(page.document.front))


def _write_word(page: _Page, target: Path, charts: Mapping[int, Future[str]], clock: Clock) -> None:
    from valuestats.reporting.word_page import write_word_page

    with clock.part("word"):
        blocks, _, numbers = page.tree("typst")  # what print shows
        write_word_page(
            blocks,
            page.assembly.slots,
            numbers,
            page.document.front,
            page.document.path.parent,
            lambda slot: charts[slot].result(),
            page.api_version,
            target,
        )
