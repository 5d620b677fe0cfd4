"""The index of the site's words: which page has which word, as a script that a page loads from a file."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import orjson

from handbook.pages import Page
from handbook.rendering import Fragment

_WORD = re.compile(r"[^\W_]+(?:[_.][^\W_]+)*|[^\W_]+")
_WEIGHTS = {"title": 40, "asked": 40, "heading": 6, "text": 1, "code": 1}
QUESTIONS = "docs/questions.md"
"""The page that says which verb answers which question; its words are looked up for the verbs too."""
_MOST = 60
"""A page's weight of one word is no more than this beside its title."""


def words_of(text: str) -> list[str]:
    """Words as they are looked up: folded, without accents; a name of several parts as a whole and in its parts.

    Examples
    --------
    >>> words_of("fit_ordinal's Köln")
    ['fit_ordinal', 'fit', 'ordinal', 's', 'koln']
    """
    folded = "".join(
        c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)
    )
    found = []
    for word in _WORD.findall(folded):
        found.append(word)
        parts = re.split(r"[_.]", word)
        found += parts if len(parts) > 1 else []
    return found


def asked_words(questions: str) -> dict[str, str]:
    """The words in which users ask for a name, from the tables of ``docs/questions.md``: question, names, other words.

    Examples
    --------
    >>> asked_words("| I want | take | also called |\\n|---|---|---|\\n| the best | `rank`, `score` | top |")
    {'rank': 'the best top', 'score': 'the best top'}
    """
    found: dict[str, list[str]] = {}
    for line in questions.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3:
            for name in re.findall(r"`(\w+)`", cells[1]):
                found.setdefault(name, []).append(f"{cells[0]} {cells[2]}")
    return {name: " ".join(texts) for name, texts in found.items()}


def search_index(pages: Sequence[Page], fragments: Sequence[Fragment]) -> str:
    """The script: pages with their titles, and for each word the numbers of its pages with weights."""
    postings: dict[str, list[int]] = {}
    asked = asked_words(next((page.text for page in pages if page.source == QUESTIONS), ""))
    for number, (page, content) in enumerate(zip(pages, fragments, strict=True)):
        counts: Counter[str] = Counter()
        for kind, text in content.words:
            for word in words_of(text):
                counts[word] += _WEIGHTS[kind]
        for word in counts:
            counts[word] = min(counts[word], _MOST)
        for word in set(words_of(asked.get(page.title.strip("`"), ""))):
            counts[word] += _WEIGHTS["asked"]
        for word in words_of(page.title):
            counts[word] += _WEIGHTS["title"]
        for word, weight in counts.items():
            if len(word) > 1 and not (word.isdigit() and len(word) > 4):
                postings.setdefault(word, []).extend((number, weight))
    listed = [[p.path, p.title.replace("`", ""), p.section, p.summary] for p in pages]
    index = {"pages": listed, "words": dict(sorted(postings.items()))}
    return f"window.valuestatsIndex = {orjson.dumps(index).decode()};\n"
