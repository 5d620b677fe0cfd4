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
_WEIGHTS = {"title": 40, "heading": 6, "text": 1, "code": 1}
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


def search_index(pages: Sequence[Page], fragments: Sequence[Fragment]) -> str:
    """The script: pages with their titles, and for each word the numbers of its pages with weights."""
    postings: dict[str, list[int]] = {}
    for number, (page, content) in enumerate(zip(pages, fragments, strict=True)):
        counts: Counter[str] = Counter()
        for kind, text in content.words:
            for word in words_of(text):
                counts[word] += _WEIGHTS[kind]
        for word in counts:
            counts[word] = min(counts[word], _MOST)
        for word in words_of(page.title):
            counts[word] += _WEIGHTS["title"]
        for word, weight in counts.items():
            if len(word) > 1 and not (word.isdigit() and len(word) > 4):
                postings.setdefault(word, []).extend((number, weight))
    listed = [[p.path, p.title.replace("`", ""), p.section, p.summary] for p in pages]
    index = {"pages": listed, "words": dict(sorted(postings.items()))}
    return f"window.valuestatsIndex = {orjson.dumps(index).decode()};\n"
