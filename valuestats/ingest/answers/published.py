"""The parser of the Value Portrait release, kept with its faults."""

from __future__ import annotations

import re

from valuestats.ingest.answers.answer import Parsed
from valuestats.instruments import AnswerScale

_BLANKS = re.compile(r"\s+")


class PublishedParser:
    """The parser of the Value Portrait release, verified on all of its rows: the option, else the longest inside."""

    def __init__(self, scale: AnswerScale) -> None:
        self.exact = {text.lower(): code for code, text in scale.options.items()}
        self.aliases = {text.lower(): code for text, code in scale.published_aliases.items()}
        self.by_length = sorted(self.exact, key=len, reverse=True)

    def __call__(self, text: str, default: Parsed) -> Parsed:
        """What it makes of a text; `default` says why there is no answer where it finds none."""
        text = _BLANKS.sub(" ", text.lower()).strip()
        if text in self.exact:
            return Parsed(self.exact[text], "valid", "published exact")
        for alias, code in self.aliases.items():
            if alias in text:
                return Parsed(code, "valid", "published alias")
        for option in self.by_length:
            if option in text:
                return Parsed(self.exact[option], "valid", "published contained")
        if default.status == "valid":
            return Parsed(None, "unparsable", "published none")
        return default
