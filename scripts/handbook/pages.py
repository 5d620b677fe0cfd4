"""What a page of the site is before it is written, and the order in which pages stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from handbook.running import FENCE, ROOT, Block, Made, Outcome, Shown
from valuestats.reporting.assemble import Assembly, Slot

SECTIONS = (
    "Start",
    "Tutorials",
    "Concepts",
    "Guides",
    "Data sources",
    "Reference",
    "Gallery",
    "Evidence",
    "Project",
)
"""The sections of the site, in the order in which a newcomer meets them."""

_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass
class Page:
    """One page: where it stands, what it says, and the outputs its text refers to."""

    path: str
    title: str
    section: str
    text: str = ""
    slots: list[Slot] = field(default_factory=list)
    summary: str = ""
    source: str | None = None
    """File of the checkout that it was made of; links between files become links between pages by it."""
    topic: str = ""
    """Heading inside the section under which the list of pages shows it."""
    own_names: frozenset[str] = frozenset()
    """Names that are not links on it: itself, and the parameters of what it describes."""

    def slot(self, kind: str, data: object, alt: str = "") -> str:
        """Markdown that stands for an output."""
        self.slots.append(Slot(kind, data, alt))  # type: ignore[arg-type]
        return f'::: {{.vs-slot slot="{len(self.slots) - 1}"}}\n:::'

    def shown(self, shown: Shown) -> str:
        """Markdown of one thing that code showed."""
        if shown.kind == "table":
            return str(shown.data)
        return self.slot(shown.kind, shown.data, shown.alt)

    def block(self, block: Block) -> str:
        """Markdown of a piece of code with what it showed."""
        return "\n\n".join([fenced(block.code), *(self.shown(s) for s in block.shown)])

    def made(self, made: Made, *, table: bool = True) -> str:
        """Markdown of a result: its sentence, its verdict, its figure, its first estimates."""
        parts = []
        if made.sentence:
            parts.append(f'::: {{.callout-note title="Its sentence"}}\n{inert(made.sentence)}\n:::')
        if made.chart:
            parts.append(self.slot("chart", made.chart, str(made.chart.get("description", ""))))
        if made.verdict:
            parts.append(f"*Trust:* {inert(made.verdict)}")
        if table and made.table:
            parts.append(made.table)
        return "\n\n".join(parts)

    def assembly(self) -> Assembly:
        """The page as the engine takes it."""
        return Assembly(self.text, self.slots)


def inert(text: str) -> str:
    """Text that is no markup."""
    from valuestats.reporting.markdown import escape_markdown

    return escape_markdown(text)


def fenced(code: str, language: str = "python") -> str:
    """A block of code."""
    ticks = "```"
    while ticks in code:
        ticks += "`"
    return f"{ticks}{language}\n{code}\n{ticks}"


def address(source: str) -> str:
    """Where the page of a file of the checkout stands.

    Examples
    --------
    >>> address("docs/tutorials/1-logs.md"), address("docs/trust.md"), address("ARCHITECTURE.md")
    ('tutorials/1-logs.html', 'guides/trust.html', 'project/architecture.html')
    """
    path = Path(source)
    if path.parent == Path():
        return f"project/{path.stem.lower()}.html"
    inside = path.relative_to("docs")
    folder = inside.parent if inside.parent != Path() else Path("guides")
    return f"{folder}/{path.stem}.html".removeprefix("start/")


def guide(source: str, section: str, outcome: Outcome, topic: str = "") -> Page:
    """The page of a guide: its text, and under each block that runs what it showed."""
    text = (ROOT / source).read_text(encoding="utf-8")
    heading = _HEADING.search(text)
    page = Page(
        address(source), heading[1] if heading else Path(source).stem, section, source=source, topic=topic
    )
    if heading:
        text = text[: heading.start()] + text[heading.end() :]
    blocks = iter(outcome.blocks)

    def written(match: re.Match[str]) -> str:
        block = next(blocks, None)
        language = match["info"].split()[0]
        code = fenced(match["code"].rstrip("\n"), language)
        return code if block is None else "\n\n".join([code, *(page.shown(s) for s in block.shown)])

    page.text = FENCE.sub(written, text)
    page.summary = first_sentence(text)
    return page


def first_sentence(text: str) -> str:
    """The first sentence of running text, without its markup.

    Examples
    --------
    >>> first_sentence("\\n![a](b)\\n\\nOne *small* step, see [x](y). Two.")
    'One small step, see x.'
    """
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.strip() and not re.match(r"\s*(!\[|```|\||#|[-*] |>)", paragraph):
            plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
            plain = re.sub(r"[*`\\]", "", plain)
            return re.split(r"(?<=[.:])\s", plain, maxsplit=1)[0]
    return ""
