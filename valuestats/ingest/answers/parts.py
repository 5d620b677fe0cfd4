r"""An answer's text taken apart: reasoning, wrappers, structured fields, and the plain text that is left.

Each wrapper is read by a parser of its format: JSON by `json` (loose objects by YAML's flow syntax), tags by
`html.parser`, markdown by markdown-it, LaTeX's boxes by counting braces. Nothing is stripped by punctuation.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

from valuestats.ingest.answers.markdown import is_marked, without_markdown
from valuestats.ingest.answers.reasoning import cut_reasoning, without_tokens
from valuestats.ingest.answers.structures import (
    Field,
    fields_of,
    other_texts,
    read_json,
    without_boxes,
    without_latex,
    without_objects,
    without_tags,
)

HALF = 8_192
"""An answer longer than twice this is read by its first and last so many characters (reasoning is cut off before)."""
_MOST_TAGS = 500  # an open tag costs html.parser time that grows with what follows it
_ROLE = re.compile(r"\A\s*(?:assistant|model|ai|chatbot|bot)[^\S\n]*:[^\S\n]*(?=\S)", re.I)
_PERSON = re.compile(r"^[^\S\n]*(?:#+[^\S\n]*)?(?:human|user)[^\S\n]*:", re.IGNORECASE | re.MULTILINE)
_REPLY = re.compile(r"^[^\S\n]*(?:#+[^\S\n]*)?(?:assistant|model|ai)[^\S\n]*:", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"<[a-zA-Z/!?]")


class Parts(NamedTuple):
    """The parts of one answer.

    Attributes
    ----------
    reasoning
        What a block of reasoning held, or None.
    plain
        The text without reasoning and markup, a line for each block.
    fields
        Fields of structures in the order in which they stand, and what their names say about them.
    unclosed
        Whether a block of reasoning is opened and not closed.
    cut
        Whether the text is longer than what is read of it.
    """

    reasoning: str | None
    plain: str
    fields: tuple[Field, ...] = ()
    unclosed: bool = False
    cut: bool = False


def take_apart(text: str) -> Parts:
    r"""Take the text of an answer apart.

    Reasoning is looked for in the whole text; of what is left the first and last `HALF` characters are read.

    Examples
    --------
    >>> take_apart("<think>2 or 3?</think>**Score:** 4")
    Parts(reasoning='2 or 3?', plain='Score: 4', fields=(), unclosed=False, cut=False)
    >>> take_apart('{"answer": "like me", "confidence": 3}').fields
    (Field(kind='json', name='answer', value='like me', final=False),)
    >>> take_apart(r"So it is $\boxed{\text{like me}}$").fields[0].value
    'like me'
    """
    reasoning, answer, unclosed = cut_reasoning(text)
    cut = len(answer) > 2 * HALF
    if cut:
        answer = f"{answer[:HALF]}\n\n…\n\n{answer[-HALF:]}"
    if "<" in answer or "[" in answer:
        answer = without_tokens(answer)
    fields: list[Field] = []
    if ":" in answer:
        answer = _ROLE.sub("", _own_turn(answer))
    stripped = answer.strip()
    if stripped[:1] in ("{", "[") and stripped[-1:] in ("}", "]"):
        content = read_json(stripped)
        if content is not None:
            fields = fields_of(content)
            return Parts(reasoning, "" if fields else other_texts(content), tuple(fields), unclosed, cut)
    if "{" in answer:
        answer = without_boxes(answer, fields) if "\\" in answer else answer
        answer = without_objects(answer, fields)
    if "\\" in answer or "$" in answer:
        answer = without_latex(answer)
    if "&lt;" in answer:
        answer = unescape(answer)
    if "<" in answer and _TAG.search(answer) and answer.count("<") <= _MOST_TAGS:
        answer, tagged = without_tags(answer)
        fields += [found for field in tagged for found in _inside(field)]
    if is_marked(answer):
        answer = without_markdown(answer)
    return Parts(reasoning, answer.strip("\n"), tuple(fields), unclosed, cut)


def _own_turn(text: str) -> str:
    """What of a text that goes on with the dialogue is the answer: not the turns of the person."""
    turn = _PERSON.search(text)
    if turn and not text[: turn.start()].strip():
        reply = _REPLY.search(text, turn.end())
        text = text[reply.start() :] if reply else text
        turn = _PERSON.search(text) if reply else None
    return text[: turn.start()] if turn else text


def _inside(field: Field) -> list[Field]:
    """A field, or those of the structure that it holds."""
    inner = take_apart(field.value or "")
    plain = [Field(field.kind, field.name, inner.plain, field.final)] if inner.plain.strip() else []
    return list(inner.fields) or plain
