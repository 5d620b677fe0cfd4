"""Parsers of your own: where in a text the answer stands, as a short specification."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.reasoning import cut_reasoning

KINDS = ("regex:PATTERN", "json:a.b", "xml:tag", "first_number", "first_letter")
_NUMBER = re.compile(r"(?<![\d.,\u2212\u2013\u2014-])\d{1,9}(?![\d]|[.,]\d)")
_LETTER = re.compile(r"(?<![^\W_])([A-Z])(?![^\W_]|['\u2019])")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")
_TRIES = 16

Extractor = Callable[[str], str | None]


@lru_cache(maxsize=64)
def extractor(parser: str) -> Extractor:
    r"""The function that finds an answer's place in a text, by its specification.

    Raises
    ------
    SpecificationError
        Not a specification, not an RE2 expression with one group called ``answer``, not a path, not a tag.

    Examples
    --------
    >>> extractor("json:answer.rating")('So: {"answer": {"rating": 5}}'), extractor("xml:score")("<score>4</score>")
    ('5', '4')
    >>> extractor(r"regex:FINAL (?P<answer>\d)")("FINAL 3")
    '3'
    """
    kind, _, detail = parser.partition(":")
    if kind == "regex" and detail:
        return _regex(detail)
    if kind == "json" and detail:
        return _json(detail)
    if kind == "xml" and re.fullmatch(r"[A-Za-z][\w.:-]*", detail):
        tag = detail.casefold()
        return lambda text: _tag(cut_reasoning(text)[1], tag)
    if parser == "first_number":
        return lambda text: ((found := _NUMBER.search(cut_reasoning(text)[1])) and found[0]) or None
    if parser == "first_letter":
        return lambda text: ((found := _LETTER.search(cut_reasoning(text)[1])) and found[0]) or None
    raise SpecificationError(
        "unknown parser", parameter="parser", got=parser[:200], expected=", ".join(KINDS)
    )


def compiled_pattern(pattern: object, parameter: str = "parser") -> str:
    """A pattern that RE2 can use, with one named group, ``answer``; an error otherwise."""
    import pyarrow as pa
    import pyarrow.compute as pc

    fault = SpecificationError(
        "not a pattern that can be used",
        parameter=parameter,
        got=str(pattern)[:200],
        expected="an RE2 expression with one named group, (?P<answer>…)",
    )
    if not isinstance(pattern, str) or pattern.count("(?P<") != 1 or "(?P<answer>" not in pattern:
        raise fault
    try:
        pc.extract_regex(pa.array([""]), pattern)
    except pa.ArrowException:
        raise fault from None
    return pattern


def _regex(pattern: str) -> Extractor:
    import pyarrow as pa
    import pyarrow.compute as pc

    usable = compiled_pattern(pattern)

    def extract(text: str) -> str | None:
        found = pc.extract_regex(pa.array([text]), usable)[0].as_py()
        return None if found is None else str(found["answer"])

    return extract


def _json(path: str) -> Extractor:
    steps: list[str | int] = []
    for name, place in _STEP.findall(path.removeprefix("$.").removeprefix("$")):
        steps.append(int(place) if place else name)
    if not steps or "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(
        "."
    ) != path.removeprefix("$").lstrip("."):
        raise SpecificationError(
            "not a path into JSON", parameter="parser", got=path[:200], expected="e.g. json:answer.rating"
        )
    decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)

    def extract(text: str) -> str | None:
        text = cut_reasoning(text)[1]
        last, start = None, min((p for p in (text.find("{"), text.find("[")) if p >= 0), default=-1)
        for _ in range(_TRIES):
            if start < 0:
                break
            try:
                content, end = decoder.raw_decode(text, start)
            except (ValueError, RecursionError):
                content, end = None, start + 1
            found = _at(content, steps)
            last = last if found is None else found
            start = min((p for p in (text.find("{", end), text.find("[", end)) if p >= 0), default=-1)
        return last

    return extract


def _at(content: Any, steps: list[str | int]) -> str | None:
    for step in steps:
        if isinstance(step, int):
            content = content[step] if isinstance(content, list) and step < len(content) else None
        else:
            content = content.get(step) if isinstance(content, dict) else None
    return content if isinstance(content, str) else None


class _One(HTMLParser):
    def __init__(self, tag: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tag, self.depth = tag, 0
        self.found: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self.tag:
            self.depth += 1
            if self.depth == 1:
                self.found.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag == self.tag and self.depth:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1].append(data)


def _tag(text: str, tag: str) -> str | None:
    if f"<{tag}" not in text.casefold():
        return None
    parser = _One(tag)
    parser.feed(text)
    parser.close()
    return "".join(parser.found[-1]).strip() if parser.found else None
