"""Fields of an answer that stand in JSON, in tags or in LaTeX's boxes, each read by a parser of its format."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import yaml

from valuestats.ingest.answers.languages import load_languages

_MATH = re.compile(r"\$\$?([^$\n]{1,80})\$\$?|\\[(\[]([^\n]{1,80}?)\\[)\]]")
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")
_COMMAND = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|mathrm|mathbf|mathit|mathsf|emph|operatorname)\s*\{"
)
_FRACTION = re.compile(r"\\d?frac\s*\{([^{}]{1,20})\}\s*\{([^{}]{1,20})\}")
_SPACING = re.compile(r"\\[,;:! ]|\\q?quad\b|~")
_DEEPEST = 50
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")


@dataclass(frozen=True)
class Field:
    """A value that stands in a structure: where (``json``, ``xml``, ``boxed``), under which name, as text.

    ``final`` is true where the name says that it is the last word; ``value`` is None where several values stand there.
    """

    kind: str
    name: str
    value: str | None
    final: bool = False


def read_json(text: str) -> Any:
    """Content of a JSON text, numbers as they are written; None where it isn't one."""
    try:
        return json.loads(text, strict=False, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _loose(text)


def _loose(text: str) -> Any:
    """Content of an object with bare or single-quoted names, which YAML reads; every value as text."""
    if not text.startswith("{") or len(text) > 2_000 or ":" not in text or "&" in text or "*" in text:
        return None
    try:
        content = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    named = isinstance(content, dict) and all(isinstance(v, str) and v for v in content.values())
    return content if named else None


def fields_of(content: Any, name: str = "", depth: int = 0) -> list[Field]:
    """Fields of a JSON content that may hold the answer: by their names, or the only one that there is."""
    if isinstance(content, str):
        return [Field("json", name, content, name_says(name)[1])]
    if isinstance(content, bool):
        return [Field("json", name, str(content).lower(), name_says(name)[1])]
    if depth > 5 or content is None:
        return []
    if isinstance(content, list):
        if len(content) == 1:
            return fields_of(content[0], name, depth + 1)
        return [Field("json", name, None)] if name or all(isinstance(c, str) for c in content) else []
    open_to = [key for key in content if not name_says(key)[2]]
    named = [key for key in open_to if name_says(key)[0]]
    chosen = named or (open_to if len(content) == 1 else [])
    if not chosen and len(nested := [k for k in open_to if isinstance(content[k], dict)]) == 1:
        chosen = nested
    return [found for key in chosen for found in fields_of(content[key], key, depth + 1)]


def other_texts(content: Any, depth: int = 0) -> str:
    """The texts of a content without a field for the answer, one a line; none of what is nested deeper than 50."""
    if depth > _DEEPEST:
        return ""
    if isinstance(content, dict):
        return "\n".join(other_texts(v, depth + 1) for key, v in content.items() if not name_says(key)[2])
    if isinstance(content, list):
        return "\n".join(other_texts(v, depth + 1) for v in content)
    return content if isinstance(content, str) and not content[:1].isdigit() else ""


@lru_cache(maxsize=4096)
def name_says(name: str) -> tuple[bool, bool, bool]:
    """Whether the name of a field is one of an answer, a last word, and one of something else."""
    words = {w.casefold() for w in _WORDS.findall(name[:80])}
    rules = load_languages()
    return bool(words & (rules.labels | rules.final)), bool(words & rules.final), bool(words & rules.ignored)


def without_objects(text: str, fields: list[Field]) -> str:
    """A text without the JSON objects in it that hold an answer; their fields are appended to `fields`."""
    kept, position, tried = [], 0, 0
    decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)
    start = text.find("{")
    while start >= 0 and tried < 16:
        tried += 1
        try:
            content, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = text.find("}", start) + 1
            content = _loose(text[start:end]) if end else None
        found = fields_of(content) if isinstance(content, dict) else []
        if found:
            fields += found
            kept.append(text[position:start])
            position = end
            start = text.find("{", end)
        else:
            start = text.find("{", start + 1)
    return "\n".join([*kept, text[position:]]) if kept else text


def _closing(text: str, start: int) -> int:
    """Place of the brace that closes the one before `start`, or -1."""
    depth = 1
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place
    return -1


def without_boxes(text: str, fields: list[Field]) -> str:
    r"""A text without its boxes (``\\boxed{}``), whose contents are appended to `fields`."""
    kept, position = [], 0
    for opened in _BOX.finditer(text):
        if opened.start() < position:
            continue
        end = _closing(text, opened.end())
        if end < 0:
            break
        fields.append(Field("boxed", "boxed", without_latex(text[opened.end() : end]), final=True))
        kept.append(text[position : opened.start()])
        position = end + 1
    return "\n".join([*kept, text[position:]]) if kept else text


def without_latex(text: str) -> str:
    """A text without the delimiters, font commands and spacing of LaTeX."""
    text = _MATH.sub(lambda math: math[1] or math[2], text)
    text = _SPACING.sub(" ", _FRACTION.sub(r"\1/\2", text)) if "\\" in text else text
    for _ in range(8):
        opened = _COMMAND.search(text)
        end = _closing(text, opened.end()) if opened else -1
        if opened is None or end < 0:
            break
        text = text[: opened.start()] + text[opened.end() : end] + text[end + 1 :]
    return text


class _Tags(HTMLParser):
    """Text of a page, and of the tags whose names say that they hold an answer, or something else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.fields: list[Field] = []
        self.open: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        answers, _, other = name_says(tag)
        if answers or other or tag in ("script", "style"):
            self.open.append((tag, []))
        elif tag in ("br", "p", "div", "li", "tr", "h1", "h2", "h3"):
            self._add("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if any(tag == name for name, _ in self.open):
            while self._close() != tag:
                pass
        elif tag in ("p", "div", "li", "tr", "td"):
            self._add("\n")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def close(self) -> None:
        super().close()
        while self.open:
            self._close()

    def _add(self, data: str) -> None:
        (self.open[-1][1] if self.open else self.text).append(data)

    def _close(self) -> str:
        tag, texts = self.open.pop()
        answers, final, other = name_says(tag)
        content = "".join(texts)
        inside = any(name_says(name)[2] for name, _ in self.open)
        if answers and not other and not inside and content.strip():
            self.fields.append(Field("xml", tag, content.strip(), final))
        self._add("\n")
        return tag


def without_tags(text: str) -> tuple[str, list[Field]]:
    """A text without its tags, and the fields of those whose names say that they hold the answer.

    Examples
    --------
    >>> without_tags("<why>fair</why> <score>4</score>")[1]
    [Field(kind='xml', name='score', value='4', final=False)]
    """
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return "".join(parser.text), parser.fields
