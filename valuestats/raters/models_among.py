"""Raters who by their names are language models, among people."""

from __future__ import annotations

import re
from collections.abc import Iterable

from valuestats.base.labels import listed

_MODEL = re.compile(
    r"(?<![a-z])(?:gpt|chatgpt|claude|gemini|gemma|llama|mistral|mixtral|qwen|deepseek|grok|llm|judge|model)(?![a-z])",
    re.IGNORECASE,
)
_NAMED = 3


def models_among(raters: Iterable[object]) -> list[str]:
    """Raters named like a model or a judge, where others are not.

    Examples
    --------
    >>> models_among(["ann", "bob", "gpt-4o", "LLM judge"])
    ['LLM judge', 'gpt-4o']
    >>> models_among(["gpt-4o", "claude-3"]), models_among(["ann", "judgement", "modelle"])
    ([], [])
    """
    names = sorted({str(name) for name in raters})
    found = [name for name in names if _MODEL.search(name)]
    return found if len(found) < len(names) else []


def among_words(found: list[str]) -> str:
    """What is said of them."""
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    like = "is named like a model" if len(found) == 1 else "are named like models"
    return (
        f"{listed(found[:_NAMED])}{more} {like} among people: this is the agreement of all; leave them out for people's "
        "own, and see judge_quality"
    )
