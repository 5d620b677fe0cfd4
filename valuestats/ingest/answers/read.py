"""From the text of one answer to its code, status and the rule that read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from valuestats.ingest.answers.answer import Answer, Parsed
from valuestats.ingest.answers.languages import load_languages, words_of
from valuestats.ingest.answers.letters import Shown
from valuestats.ingest.answers.matching import Matcher, compile_scale, fold
from valuestats.ingest.answers.own import extractor
from valuestats.ingest.answers.parts import Field, Parts, take_apart
from valuestats.ingest.answers.published import PublishedParser
from valuestats.ingest.answers.refusals import RefusalRules
from valuestats.ingest.answers.rules import RULES
from valuestats.ingest.answers.stated import LABELLED, without_scale
from valuestats.ingest.answers.values import Values
from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import normalise_text

_NUMBER = re.compile(r"\d")

Reading = Callable[[str, "Shown | None"], Parsed]


@dataclass(frozen=True)
class Reader:
    """A scale and refusal rules made ready to read texts; see `valuestats.ingest.parse_answers`."""

    matcher: Matcher
    refusals: RefusalRules

    @classmethod
    def of(cls, scale: AnswerScale, refusals: RefusalRules) -> Reader:
        """The reader of a scale."""
        return cls(compile_scale(scale), refusals)

    def read(self, text: str, shown: Shown | None = None) -> Parsed:
        """Code, status and rule of one text, given the options as its prompt showed them."""
        if not text or text.isspace():
            return Parsed(None, "empty", "blank")
        code = self.matcher.exact(text)
        if code is not None:
            return Parsed(code, "valid", "exact")
        parts = take_apart(text)
        if parts.unclosed:
            return Parsed(None, "truncated", "unclosed reasoning")
        if not parts.fields and not parts.plain.strip():
            return (
                Parsed(None, "empty", "blank")
                if parts.reasoning is not None
                else Parsed(None, "unparsable", "none")
            )
        shown = self._usable(shown)
        by_field = _structured([(field, self._field(field, shown)) for field in parts.fields])
        if not parts.plain.strip():
            return by_field or Parsed(None, "unparsable", "none")
        one = self._text(parts, shown)
        if by_field is None:
            return next(found for rule in RULES if (found := rule(one)) is not None)
        if by_field.status != "valid":
            return by_field
        said = {value.code for statement, value in one.stated if statement.weight >= LABELLED}
        final = any(field.final for field in parts.fields)
        boxes = {field.value for field in parts.fields}
        between = words_of(one.folded)
        joined = len(boxes) > 1 and between and all(word in load_languages().joins for word in between)
        if (said - {by_field.answer} and not final) or joined:
            return Parsed(None, "unparsable", "ambiguous")
        return by_field

    def _field(self, field: Field, shown: Shown | None) -> Parsed:
        if field.value is None:
            return Parsed(None, "unparsable", "ambiguous")
        parts = Parts(None, field.value)
        code = self.matcher.exact(field.value)
        if code is not None:
            return Parsed(code, "valid", "exact")
        if not field.value.strip():
            return Parsed(None, "unparsable", "none")
        one = self._text(parts, shown)
        return next(found for rule in RULES if (found := rule(one)) is not None)

    def _text(self, parts: Parts, shown: Shown | None) -> Answer:
        folded, other = fold(parts.plain), False
        scale = self.matcher.scale
        numeric = scale.numeric or (shown is not None and shown.kind != "unknown")
        if numeric and _NUMBER.search(folded):
            folded, other = without_scale(folded, scale.codes)
        return Answer(parts, folded, Values(self.matcher, shown, other), self.refusals, numeric)

    def _usable(self, shown: Shown | None) -> Shown | None:
        """The options as shown, unless the numbered list is one of something else."""
        if shown is None or shown.kind != "numbers":
            return shown
        return shown if any(normalise_text(text) in self.matcher.lookup for text in shown.texts) else None


def _structured(found: list[tuple[Field, Parsed]]) -> Parsed | None:
    """What the fields of structures say: a last word, else the last that can be read; None where none can."""
    if not found:
        return None
    final = [(field, parsed) for field, parsed in found if field.final]
    if final:
        field, parsed = final[-1]
        return parsed._replace(rule=field.kind if parsed.status == "valid" else parsed.rule)
    readable = [(field, parsed) for field, parsed in found if parsed.status == "valid"]
    unclear = any(parsed.rule == "ambiguous" for _, parsed in found)
    if not readable or unclear:
        return found[-1][1] if not unclear else Parsed(None, "unparsable", "ambiguous")
    field, parsed = readable[-1]
    by_number = {p.answer for f, p in readable if (f.value or "").strip()[:1].isdigit()}
    by_option = {p.answer for f, p in readable} - by_number if len(readable) > 1 else set()
    if by_option and by_number:
        return Parsed(None, "unparsable", "ambiguous")
    return Parsed(parsed.answer, "valid", field.kind)


def reader_of(scale: AnswerScale, rules: RefusalRules, compat: str | None, parser: str | None) -> Reading:
    """What reads texts by a scale: the rules, the publication's parser (``"published"``), or a parser of one's own."""
    reader = Reader.of(scale, rules)
    if compat == "published":
        published = PublishedParser(scale)
        return lambda text, shown: published(text, reader.read(text, shown))
    if parser is None:
        return reader.read
    extract = extractor(parser)

    def read(text: str, shown: Shown | None) -> Parsed:
        value = None if text.isspace() else extract(text)
        if value is None:
            found = reader.read(text, shown)
            return Parsed(None, "unparsable", f"{parser}: nothing") if found.status == "valid" else found
        found = reader.read(value, shown) if value.strip() else Parsed(None, "unparsable", "none")
        return found._replace(rule=f"{parser}: {found.rule}")

    return read
