"""The profile: the part of Quarto that shipped documents may use, read into blocks.

``reports/PROFILE.md`` describes it for authors. What a document may say is declared in
`valuestats.reporting.vocabulary`; `valuestats.reporting.lint` checks the running text. Anything else is a
`RenderError` that names the file and the line, so that the embedded engine and Quarto can't drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from valuestats.base.errors import RenderError
from valuestats.reporting.blocks import Cell, Document, SourceLine, Text
from valuestats.reporting.faults import source_error
from valuestats.reporting.lint import check_expression, check_text
from valuestats.reporting.markdown import escape_markdown
from valuestats.reporting.vocabulary import MARKDOWN_KEYS, cell_options, front_matter, project_defaults

INLINE = re.compile(r"`\{python\}\s+([^`]+)`")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$")
_SHORTCODE = re.compile(r"\{\{<\s*(.*?)\s*>\}\}")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def find_document(source: str | Path) -> Path:
    """The ``.qmd`` that `source` names: itself, or ``index.qmd`` of a folder with ``_quarto.yml``."""
    path = Path(source)
    if path.is_dir():
        if not (path / "_quarto.yml").is_file():
            raise RenderError(
                "a folder is a report only with a _quarto.yml in it",
                parameter="source",
                got=path,
                hint="name the .qmd file itself",
            )
        path = path / "index.qmd"
    if path.suffix != ".qmd" or not path.is_file():
        raise RenderError("no such report", parameter="source", got=path, expected="an existing .qmd file")
    return path.resolve()


def read_document(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Document:
    """Read and check a document.

    Parameters
    ----------
    source
        A ``.qmd`` file, or a folder with ``_quarto.yml`` and ``index.qmd``.
    overrides
        Front matter values that take the place of the document's own; text in them is taken as plain text.

    Returns
    -------
    Document
        Front matter and blocks, with includes in place.

    Raises
    ------
    RenderError
        When the document uses something outside the profile.
    """
    path = find_document(source)
    lines = path.read_text(encoding="utf-8").splitlines()
    front, start = _front(path, lines)
    front = front_matter({**front, **_overriding(overrides or {})}, path, project_defaults(path))
    expanded = list(_expand(path, lines, start, front, ()))
    blocks = tuple(_blocks(expanded, front))
    check_text(blocks, path)
    return Document(path, front, blocks)


def _overriding(overrides: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _inert(value) if key in MARKDOWN_KEYS else value for key, value in overrides.items()}


def _inert(value: Any) -> Any:
    if isinstance(value, str):
        return escape_markdown(value)
    if isinstance(value, Mapping):
        return {key: _inert(inner) for key, inner in value.items()}
    return [_inert(inner) for inner in value] if isinstance(value, list | tuple) else value


def _front(path: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    if not lines or lines[0].rstrip() != "---":
        raise source_error("a report begins with its front matter", path, 1, expected="--- on the first line")
    try:
        end = next(i for i in range(1, len(lines)) if lines[i].rstrip() in ("---", "..."))
    except StopIteration:
        raise source_error("the front matter is not closed", path, 1, expected="a closing ---") from None
    return read_yaml("\n".join(lines[1:end]), path, 1), end + 1


def read_yaml(text: str, file: Path, line: int) -> dict[str, Any]:
    """A YAML mapping, or an error that names file and line."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = line + (mark.line + 1 if mark else 0)
        raise source_error("this is not valid YAML", file, at, got=getattr(error, "problem", None)) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise source_error("this should be a YAML mapping", file, line, got=type(value).__name__)
    return value


def _expand(
    file: Path, lines: list[str], start: int, front: Mapping[str, Any], above: tuple[Path, ...]
) -> Iterator[SourceLine]:
    """Lines with includes and ``meta`` shortcodes put in place; code is left alone."""
    fence: str | None = None
    for number, text in enumerate(lines[start:], start + 1):
        match = _FENCE.match(text)
        if fence is not None:
            if match and match[2].startswith(fence) and not match[3]:
                fence = None
            yield SourceLine(text, file, number)
            continue
        if match:
            fence = match[2]
            yield SourceLine(text, file, number)
            continue
        code = _SHORTCODE.search(text)
        if code and code[1].startswith("include"):
            yield from _include(code, text, file, number, front, above)
        else:
            yield SourceLine(_SHORTCODE.sub(lambda m: _meta(m, front, file, number), text), file, number)  # noqa: B023


def _include(
    code: re.Match[str], text: str, file: Path, number: int, front: Mapping[str, Any], above: tuple[Path, ...]
) -> Iterator[SourceLine]:
    parts = code[1].split(None, 1)
    if text.strip() != code[0] or len(parts) != 2:
        raise source_error("an include stands alone on its line and names one file", file, number, got=text)
    target = (file.parent / parts[1].strip("\"'")).resolve()
    if target == file or target in above:
        raise source_error("an include includes itself", file, number, got=parts[1])
    if not target.is_file():
        raise source_error("the included file does not exist", file, number, got=parts[1])
    lines = target.read_text(encoding="utf-8").splitlines()
    if lines and lines[0].rstrip() == "---":
        raise source_error("an included file may not have front matter", target, 1)
    yield from _expand(target, lines, 0, front, (*above, file))


def _meta(code: re.Match[str], front: Mapping[str, Any], file: Path, number: int) -> str:
    parts = code[1].split()
    if len(parts) != 2 or parts[0] != "meta":
        raise source_error(
            "this shortcode is not in the profile",
            file,
            number,
            got=code[0],
            expected="{{< include FILE >}} or {{< meta KEY >}}",
        )
    value: Any = front
    for key in parts[1].split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise source_error("the front matter has no such key", file, number, got=parts[1])
        value = value[key]
    return str(value)


def _blocks(lines: list[SourceLine], front: Mapping[str, Any]) -> Iterator[Text | Cell]:
    pending: list[SourceLine] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        match = _FENCE.match(line.text)
        if not match:
            pending.append(line)
            i += 1
            continue
        end = _closing(lines, i, match[2])
        info = match[3]
        if info.startswith("{"):
            if info != "{python}" or match[1]:
                raise source_error(
                    "this kind of code block is not in the profile",
                    line.file,
                    line.number,
                    got=line.text.strip(),
                    expected="```{python} at the start of a line, or a plain ```language",
                )
            if any(p.text.strip() for p in pending):
                yield _text(pending)
            pending = []
            yield _cell(lines[i : end + 1], front)
        else:
            pending += lines[i : end + 1]
        i = end + 1
    if any(p.text.strip() for p in pending):
        yield _text(pending)


def _closing(lines: list[SourceLine], start: int, fence: str) -> int:
    for j in range(start + 1, len(lines)):
        match = _FENCE.match(lines[j].text)
        if match and match[2].startswith(fence) and not match[3]:
            return j
    raise source_error("this code block is not closed", lines[start].file, lines[start].number)


def _text(lines: list[SourceLine]) -> Text:
    lines = _without_comments(lines)
    found = []
    fence: str | None = None
    for line in lines:
        match = _FENCE.match(line.text)
        if match and (fence is None or (match[2].startswith(fence) and not match[3])):
            fence = match[2] if fence is None else None
        elif fence is None:
            for expression in INLINE.findall(line.text):
                check_expression(expression, line.file, line.number)
                found.append((expression.strip(), line))
    return Text(tuple(lines), tuple(found))


def _without_comments(lines: list[SourceLine]) -> list[SourceLine]:
    joined = "\n".join(line.text for line in lines)
    if "<!--" not in joined:
        return lines
    blank = _COMMENT.sub(lambda m: "\n" * m[0].count("\n"), joined)
    return [SourceLine(t, line.file, line.number) for t, line in zip(blank.split("\n"), lines, strict=True)]


def _cell(lines: list[SourceLine], front: Mapping[str, Any]) -> Cell:
    opening, inner = lines[0], lines[1:-1]
    head = []
    for line in inner:
        if not line.text.startswith("#|"):
            break
        head.append(line)
    own = read_yaml("\n".join(line.text[2:] for line in head), opening.file, opening.number)
    code = inner[len(head) :]
    places = {line.text[2:].split(":")[0].strip(): line.number for line in head}
    options = cell_options(own, opening.file, opening.number, places, front["execute"])
    text = "\n".join(line.text for line in code)
    return Cell(
        code=text,
        options=options,
        file=opening.file,
        line=opening.number,
        code_line=code[0].number if code else opening.number,
    )
