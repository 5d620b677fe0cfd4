"""The reference: a page per public name and the verbs of studies, from signatures and numpydoc docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import valuestats
from handbook.docstrings import to_markdown
from handbook.pages import Page, fenced, inert
from handbook.running import Block, Made, Outcome
from valuestats.base.docstrings import Docstring, Entry, read_docstring
from valuestats.base.registry import load, public_names, topics, verbs

SECTION = "Reference"
INDEX = "reference/index.html"
_WIDE = 88


def address(name: str) -> str:
    """Where the page of a public name stands."""
    return f"reference/{name}.html"


def ordered_topics(order: Sequence[str]) -> dict[str, list[str]]:
    """Public names by topic, in the order of the list of names."""
    known = topics()
    return {t: known[t] for t in [*(t for t in order if t in known), *(t for t in known if t not in order)]}


def index_page(grouped: Mapping[str, Sequence[str]]) -> Page:
    """The list of public names."""
    page = Page(INDEX, "All verbs", SECTION, summary="Every public name, by what it is for.")
    parts = [
        "Every public name, by what it is for; each has a page with its arguments, its example run, and what the example's "
        "result says and looks like. Every verb that estimates returns a `Result`: estimates with intervals, draws for "
        "contrasts and ranks, `sentence()`, `plot()`, `table()`, `save()`. What only a step of a study can do stands under "
        "[verbs of studies](site:reference/study-verbs.html)."
    ]
    for topic, names in grouped.items():
        rows = [
            f"| [`{name}`](site:{address(name)}) | {_first(getattr(valuestats, name))} |" for name in names
        ]
        parts.append("\n".join([f"## {topic}\n", "| name | what it does |", "|:--|:--|", *rows]))
    page.text = "\n\n".join(parts)
    return page


def _first(thing: Any) -> str:
    return _cell(read_docstring(inspect.getdoc(thing) or "").summary)


def _cell(text: str) -> str:
    return (
        to_markdown(text).replace("\n", " ").replace("|", "\\|") if "\\|" not in text else to_markdown(text)
    )


@dataclass(frozen=True)
class Use:
    """A block of a guide that calls a name: the guide's address and title, and the block."""

    where: str
    title: str
    block: Block


def name_page(
    name: str,
    topic: str,
    outcome: Outcome,
    elsewhere: Sequence[tuple[str, Made]] = (),
    uses: Sequence[Use] = (),
) -> Page:
    """The page of one public name.

    Parameters
    ----------
    name, topic
        What it describes.
    outcome
        What its docstring's example gave.
    elsewhere
        Results of the same verb in guides, with the guide's address: shown where the example makes none.
    uses
        Blocks of guides that call it.
    """
    thing = getattr(valuestats, name)
    said = read_docstring(inspect.getdoc(thing) or "")
    own = frozenset({name, *(e.name for e in said.lists.get("Parameters", ()))})
    page = Page(address(name), name, SECTION, topic=topic, own_names=own, summary=said.summary)
    parts = [
        f"::: {{.lead}}\n{to_markdown(said.summary)}\n:::",
        fenced(signature(f"valuestats.{name}", thing)),
    ]
    parts += _said(said)
    if inspect.isclass(thing):
        parts += _members(thing)
    parts += _example(page, said, outcome)
    results = _results(page, outcome, elsewhere)
    parts += results
    parts += _uses(page, uses, shown=not results and not outcome.blocks)
    page.text = "\n\n".join(part for part in parts if part)
    return page


def _said(said: Docstring, level: str = "##") -> list[str]:
    parts = [to_markdown(said.body)] if said.body else []
    for section in ("Parameters", "Other Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns"):
        if section in said.lists:
            # with its depth, as "Returns" stands on a page once for the class and once for each method
            parts.append(f"{level} {section}\n\n{_definitions(said.lists[section])}")
    for section, text in said.texts.items():
        if section != "Examples":
            parts.append(f"{level} {section}\n\n{to_markdown(text)}")
    return parts


def _definitions(entries: Sequence[Entry]) -> str:
    """A definition list; what has no description is its name alone."""
    parts = []
    for entry in entries:
        head = f"`{entry.name}`" + (f" *{inert(entry.type)}*" if entry.type else "")
        text = to_markdown(entry.text) or "\u200b"
        indented = "\n".join("    " + line if line else "" for line in text.splitlines())
        parts.append(f"{head}\n:   {indented.strip()}")
    return "\n\n".join(parts)


def signature(shown: str, thing: Callable[..., Any]) -> str:
    """A signature as code, an argument a line where it does not fit on one.

    Examples
    --------
    >>> def verb(a: int, *, b: str = "x") -> None: ...
    >>> signature("verb", verb)
    "verb(a: int, *, b: str = 'x') -> None"
    """
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return shown
    arguments, starred = [], False
    for parameter in found.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            arguments.append("*")
            starred = True
        starred = starred or parameter.kind is parameter.VAR_POSITIONAL
        arguments.append(
            str(parameter).replace("'", "") if parameter.default is parameter.empty else _argument(parameter)
        )
    returned = found.return_annotation
    end = "" if returned is found.empty or inspect.isclass(thing) else f" -> {_annotated(returned)}"
    line = f"{shown}({', '.join(arguments)}){end}"
    if len(line) <= _WIDE:
        return line
    return f"{shown}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){end}"


def _argument(parameter: inspect.Parameter) -> str:
    default = repr(parameter.default)
    if " at 0x" in default or default.startswith("<"):
        default = "…"
    if parameter.annotation is parameter.empty:
        return f"{parameter.name}={default}"
    return f"{parameter.name}: {_annotated(parameter.annotation)} = {default}"


def _annotated(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _members(kind: type) -> list[str]:
    """Public methods and properties of a class that have documentation of their own."""
    parts = []
    for name, member in inspect.getmembers_static(kind):
        plainly = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        text = inspect.getdoc(plainly)
        own = getattr(
            inspect.unwrap(getattr(plainly, "fget", None) or getattr(plainly, "func", None) or plainly),
            "__module__",
            "",
        )
        if name.startswith("_") or not text or not str(own).startswith("valuestats"):
            continue
        said = read_docstring(text)
        shown = f".{name}" if not callable(plainly) else signature(f".{name}", plainly)
        parts.append(f"### {name} {{.method}}\n\n{fenced(shown)}\n\n{to_markdown(said.summary)}")
        parts += _said(said, "####")
        if "Examples" in said.texts:
            parts.append(_unrun(said.texts["Examples"]))
    return ["## Methods and properties", *parts] if parts else []


def _unrun(example: str) -> str:
    return fenced(example) if ">>>" in example else to_markdown(example)


def _example(page: Page, said: Docstring, outcome: Outcome) -> list[str]:
    example = said.texts.get("Examples")
    if example is None:
        return []
    if outcome.blocks:
        parts = []
        for block in outcome.blocks:
            if block.text:
                parts.append(to_markdown(block.text))
            parts.append(page.block(block))
        return ["## Example", *parts]
    return ["## Example", to_markdown(example)]


def _results(page: Page, outcome: Outcome, elsewhere: Sequence[tuple[str, Made]]) -> list[str]:
    """What the example's result says and looks like; where it makes none, that of a guide."""
    if outcome.made:
        shown = page.made(outcome.made[-1])
        return ["## What the example's result says", shown] if shown else []
    if not elsewhere:
        return []
    where, made = elsewhere[0]
    shown = page.made(made)
    if not shown:
        return []
    return ["## What a result says", f"From [this guide](site:{where}):", fenced(made.code), shown]


def _uses(page: Page, uses: Sequence[Use], *, shown: bool) -> list[str]:
    """Where guides use it; a block of one, with what it showed, where the docstring's example shows nothing."""
    if not uses:
        return []
    links = ", ".join(
        f"[{title}](site:{where})" for where, title in dict.fromkeys((u.where, u.title) for u in uses)
    )
    shortest = min(uses, key=lambda use: (not use.block.shown, len(use.block.code)))
    return ["## In use", *([page.block(shortest.block)] if shown else []), f"In {links}."]


def study_verbs() -> list[Page]:
    """Verbs that only studies have: an entry each, a page per room or system."""
    public = public_names()
    grouped: dict[str, list[tuple[str, Any]]] = {}
    for name, path in sorted(verbs().items()):
        if name not in public:
            parts = path.partition(":")[0].split(".")
            room = "/".join(parts[1:3]) if parts[1] == "systems" else parts[1]
            grouped.setdefault(room, []).append((name, load(path)))
    first = Page("reference/study-verbs.html", "Verbs of studies", SECTION, topic="In study files")
    first.summary = "What a step of a study can do beside the public functions."
    text = ["Public functions are verbs of studies: `{verb: score, …}`, with the arguments they have in Python. These are "
            "verbs besides; most belong to one published system. `valuestats verbs NAME` prints the same."]  # fmt: skip
    pages = []
    for room, found in sorted(grouped.items()):
        where = f"reference/study-verbs-{room.replace('/', '-')}.html"
        rows = [
            f"| [`{name}`](site:{where}#{name.replace('_', '-')}) | {_first(verb)} |" for name, verb in found
        ]
        text.append("\n".join([f"## {room}\n", "| verb | what it does |", "|:--|:--|", *rows]))
        page = Page(where, f"Study verbs: {room}", SECTION, topic="In study files")
        page.summary = f"Verbs of study files in valuestats/{room}."
        parts = ["## Verbs"]
        for name, verb in found:
            said = read_docstring(inspect.getdoc(verb) or "")
            parts.append(f"### `{name}` {{#{name.replace('_', '-')}}}\n\n{to_markdown(said.summary)}")
            parts.append(fenced(signature(name, verb)))
            parts += _said(said, "####")
        page.text = "\n\n".join(parts)
        pages.append(page)
    first.text = "\n\n".join(text)
    return [first, *pages]
