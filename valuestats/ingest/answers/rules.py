"""The rules by which the text of an answer is read, in their order."""

from __future__ import annotations

import re
from collections.abc import Callable

from valuestats.ingest.answers.answer import ENDS, LIST, Answer, Parsed
from valuestats.ingest.answers.languages import load_languages, words_of
from valuestats.ingest.answers.matching import Match
from valuestats.ingest.answers.numbers import number_at
from valuestats.ingest.answers.stated import FINAL, LABELLED
from valuestats.ingest.answers.values import OFF_SCALE, Value, explains

_LAST = re.compile(r"([.!:])[\"')\]]?\s+([^.!?:\n]{1,24})[.!]?\s*\Z")
_NUMBERS = re.compile(r"\d+")
_ABBREVIATED = re.compile(r"(?:\b(?:no|nr|num|approx|ca|vs|vol|fig|p|pp|art|sec|ch)|\d)\Z")
_UNCLEAR = frozenset({"contradiction", "alternatives", "hedged", "negated", "a question", "taken back"})


_NOUNS = r"(?:group|option|choice|answer|alternative|team|scenario|plan|side|lane|path|person|candidate)"
_NAMED_LETTER = re.compile(
    r"[\"'*_(\[\s]*(?:(?:i|we|you)(?:'d|'ll| would| will| should| must)? )?"
    r"(?:(?:spare|save|protect|rescue|choose|pick|select|prefer|keep|help|favou?r|support|take|go with|go for|opt for|"
    r"vote for) )?(?:the )?"
    + _NOUNS
    + r" [\"'*_(\[]*([a-z])(?![\w'])(?:[\"'*_)\]]*(?:[.!;]|\n|\s*\Z)|(?P<soft>))"
)
_ANY_NAMED = re.compile(rf"\b{_NOUNS}s? [\"'*_(\[]*([a-z])(?![\w'])")
_TAKEN_BACK = re.compile(
    r"\b(?:not|no|never|neither|nor|actually|wait|instead|rather|but|however|correction)\b|n't\b"
)
Rule = Callable[[Answer], "Parsed | None"]


def _unreadable(value: Value) -> Parsed:
    fault = value.fault or "none"
    return Parsed(None, "unparsable", "ambiguous" if fault in _UNCLEAR else fault)


def whole(one: Answer) -> Parsed | None:
    """The text is a value and nothing else."""
    value = one.at(0)
    if value is None or value.edge != "end":
        return None
    if value.code is None:
        return _unreadable(value)
    return Parsed(value.code, "valid", "number" if value.number else "exact" if value.option else "letter")


def stated(one: Answer) -> Parsed | None:
    """A labelled field or a sentence states the answer: the last word, else the last field, else the last sentence."""
    if not one.stated:
        return None
    weight = max(statement.weight for statement, _ in one.stated)
    same = [(statement, value) for statement, value in one.stated if statement.weight == weight]
    statement, value = same[-1]
    lead = one.at(0)
    if statement.negated or (weight < LABELLED and lead is not None and lead.fault == "alternatives"):
        return Parsed(None, "unparsable", "ambiguous")
    if value.code is None:
        refused = one.refused if weight < LABELLED else None
        return Parsed(None, "refusal", f"refusal:{refused[0]}") if refused else _unreadable(value)
    inside = value.option and weight < LABELLED and not one.values.matcher.scale.contains
    if inside and (value.edge == "soft" or one.refused):
        return None
    other_kind = {
        v.code
        for s, v in same
        if (v.option, v.number) != (value.option, value.number) and v.option != value.option
    }
    if weight < FINAL:
        other_kind |= {v.code for start, v in one.segments if start == 0 and v.edge == "hard"}
        other_kind |= {lead.code} if lead is not None and lead.option and lead.code is not None else set()
    if other_kind - {value.code}:
        return Parsed(None, "unparsable", "ambiguous")
    return Parsed(value.code, "valid", "stated")


def outer(one: Answer) -> Parsed | None:
    """The first, else the last, line or sentence is a value and nothing else, and no other line is a different one."""
    text = one.clean
    codes = {value.code for _, value in one.segments}
    lead = one.at(0)
    if lead is not None and (lead.option or lead.edge == "hard" or one.numeric):
        lead = one.checked(lead)
        alone = (
            codes <= {lead.code}
            and lead.code is not None
            and not (_revised(one, lead) or _joined_by(one, lead))
        )
        if (
            alone
            and (not lead.number or lead.option or not _lists(one, lead))
            and (lead.edge != "soft" or lead.number or one.language is not None)
        ):
            return Parsed(lead.code, "valid", "leading")
        if lead.option and lead.code is None and lead.fault in _UNCLEAR:
            return _unreadable(lead)
    if lead is not None and lead.fault == OFF_SCALE and not lead.number:
        return _unreadable(lead)
    if len(codes) == 1 and None not in codes and not (lead is not None and _revised(one, lead)):
        start, value = one.segments[-1]
        if not any(map(str.isalnum, text[value.end :])):
            return Parsed(value.code, "valid", "trailing")
        start = one.segments[0][0]
        if not any(map(str.isalnum, text[:start])):
            return Parsed(one.segments[0][1].code, "valid", "leading")
    return _paragraph(one) or (_last_number(one) if one.numeric and not codes else None)


def _paragraph(one: Answer) -> Parsed | None:
    """One paragraph is a value and nothing else, lines before it that only disclaim left aside."""
    if len({label[1] for label in LIST.finditer(one.clean)}) > 1:
        return None
    lines = one.clean.split("\n")
    while len(lines) > 1 and one.refusals.disclaims(lines[0]) and one.values.whole(lines[0]) is None:
        lines = lines[1:]
    rest = "\n".join(f"\n{line}" if _explanation(line) else line for line in lines)
    found = {
        value.code
        for part in rest.split("\n\n")[:64]
        if 0 < len(part) <= 80 and (value := one.values.whole(part)) is not None
    }
    if not found and len(lines) < one.clean.count("\n") + 1:
        first = one.values.at(rest, 0)
        found = (
            {first.code}
            if first is not None and first.edge == "hard" and rest[first.end - 1] == "\n"
            else set()
        )
    return Parsed(found.pop(), "valid", "paragraph") if len(found) == 1 and None not in found else None


def _explanation(line: str) -> bool:
    """Whether a line is the field of something else than the answer ("Reason: …")."""
    name, colon, _ = line[:40].partition(":")
    return bool(colon) and any(word in load_languages().ignored for word in words_of(name))


def _revised(one: Answer, lead: Value) -> bool:
    """Whether an answer at the start is taken back for another one ("Not like me. Actually, like me.", "3... no, 4")."""
    rest = one.clean[lead.end :]
    if one.numeric and len(rest) <= 24:
        numbers = (number_at(rest, found.start()) for found in _NUMBERS.finditer(rest))
        if any(
            number is not None and one.values.code(number.value) not in (None, lead.code)
            for number in numbers
        ):
            return True
    return (
        any(m.code != lead.code for m in one.matches) and load_languages().revisions.search(rest) is not None
    )


def _joined_by(one: Answer, lead: Value) -> bool:
    """Whether the sentence that an option starts names another one without a negation."""
    if lead.edge != "soft" or not lead.option or one.language is None:
        return False
    stop = ENDS.search(one.clean, lead.end)
    end = stop.start() if stop else len(one.clean)
    return any(
        match.code != lead.code
        and match.start < end
        and not one.values.matcher.negated(one.clean, match, one.language)
        for match in one.matches
    )


def _lists(one: Answer, lead: Value) -> bool:
    """Whether a number at the start numbers what follows instead of answering ("1. First, ... 2. Then, ...")."""
    text = one.clean
    if "\n" in text[: lead.end] or text[lead.end - 1 : lead.end] not in (".", ")", ":"):
        return False
    rest = text[lead.end :]
    line = rest.split("\n")[0]
    if not line.strip():
        return False
    if any(found[1] not in text[: lead.end] for found in LIST.finditer(rest)):
        return True
    return lead.code == 1 and one.refusals.disclaims(line) is None


def _last_number(one: Answer) -> Parsed | None:
    """The last sentence is a number, and it is the only one; or a first person's sentence leads to it by a colon."""
    found = _LAST.search(one.clean)
    if found is None:
        return None
    value = one.values.whole(found[2])
    if value is None or value.code is None or value.option:
        return None
    before = one.clean[: found.start()]
    if found[1] == ":":
        words = words_of(ENDS.split(before[-160:])[-1])
        ignored = any(word in load_languages().ignored for word in words)
        first = one.language is not None and any(word in load_languages().first for word in words)
        if ignored or not first or one.led_by_negation(found.start(2)):
            return None
        return Parsed(value.code, "valid", "trailing")
    if _NUMBERS.search(before) or _ABBREVIATED.search(before):
        return None
    return Parsed(value.code, "valid", "trailing")


def named_letter(one: Answer) -> Parsed | None:
    """The options are letters, and the text is one of them behind the noun of an option ("Spare group B.")."""
    matcher = one.values.matcher
    letters = {key: code for key, code in matcher.lookup.items() if len(key) == 1 and key.isalpha()}
    if len(letters) < 2 or set(letters.values()) != set(matcher.lookup.values()):
        return None
    found = _NAMED_LETTER.match(one.clean)
    if found is None or found[1] not in letters:
        return None
    rest = one.clean[found.end() :]
    named = [m[1] for m in _ANY_NAMED.finditer(rest)]
    if any(letter in letters and letters[letter] != letters[found[1]] for letter in named):
        return None
    code = letters[found[1]]
    soft = found["soft"] is not None and not explains(one.clean, found.end(1))
    if soft or _TAKEN_BACK.search(rest) or any(m.code != code for m in one.matches if m.text != "a"):
        return None
    return Parsed(code, "valid", "letter")


def contained(one: Answer) -> Parsed | None:
    """All options in the text are the same one and none is negated, qualified or asked for."""
    matcher = one.values.matcher
    if not matcher.scale.contains:
        return None
    matches = [
        m
        for m in one.matches
        if not one.clean[m.end : m.end + 2].lstrip().startswith(("?", "\uff1f", "\u061f"))
    ]
    if not matches:
        return None
    refused, language = one.refused, one.language
    single = len({m.code for m in matches}) == 1 and not one.parts.cut
    clear = (
        single
        and language is not None
        and not any(
            matcher.doubtful(
                one.clean, match, language, before.end if before else 0, after.start if after else None
            )
            for before, match, after in zip([None, *matches], matches, [*matches[1:], None], strict=False)
        )
    )
    if clear and (not refused or _despite(one, matches[0], refused[1])):
        return Parsed(matches[0].code, "valid", "contained")
    if declined := one.declined():
        return declined
    known = language is not None or len({m.code for m in matches}) > 1
    return Parsed(None, "unparsable", "ambiguous" if known else "no rules for the language")


def _despite(one: Answer, match: Match, place: int) -> bool:
    """Whether an answer stands apart from a refusal: a sentence before it, or behind a contrast."""
    if match.end <= place:
        return ENDS.search(one.clean, match.end, place) is not None
    between = words_of(one.clean[place : match.start])
    return one.language is not None and any(word in one.language.contrasts for word in between)


def declined(one: Answer) -> Parsed | None:
    """The text says no to the task, or that the model has no thoughts, or points elsewhere."""
    return one.declined()


def nothing(one: Answer) -> Parsed | None:
    """No rule applies."""
    return Parsed(None, "unparsable", "none")


RULES: tuple[Rule, ...] = (whole, stated, outer, named_letter, contained, declined, nothing)
"""The rules for a text without markup, in order; the first that says something decides."""
