"""Refusals, told from other texts by declared rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from valuestats.base.errors import InputError
from valuestats.ingest.answers.languages import load_languages
from valuestats.instruments.loading import read_yaml


@dataclass(frozen=True)
class RefusalRules:
    """Compiled rules; both methods take folded text.

    Where the language of the text is known, only rules of it, of English and of languages without rules of their own
    (``languages.yml``) are tried.

    Examples
    --------
    >>> load_refusal_rules().refuses("well: i'm sorry, but i can't assist with that.")
    ('en_apology', 10)
    """

    refusals: tuple[tuple[str, re.Pattern[str]], ...]
    disclaimers: tuple[tuple[str, re.Pattern[str]], ...]
    languages: Mapping[str, str] = field(default_factory=dict)

    def refuses(self, folded: str, language: str | None = None) -> tuple[str, int] | None:
        """The rule by which the text says no to the task, and where: the earliest, or None."""
        found = [
            (match.start(), name)
            for name, pattern in self._of(self.refusals, language)
            if (match := pattern.search(folded))
        ]
        return min(found)[::-1] if found else None

    def disclaims(self, folded: str, language: str | None = None) -> str | None:
        """Name of the rule by which a text without an answer disowns thoughts, or points elsewhere."""
        return next(
            (name for name, pattern in self._of(self.disclaimers, language) if pattern.search(folded)), None
        )

    def _of(
        self, rules: tuple[tuple[str, re.Pattern[str]], ...], language: str | None
    ) -> Iterator[tuple[str, re.Pattern[str]]]:
        if language is None:
            return iter(rules)
        others = load_languages().languages.keys() - {language, "en"}
        return (rule for rule in rules if self.languages.get(rule[0]) not in others)


@lru_cache(maxsize=8)
def load_refusal_rules(path: str | Path | None = None) -> RefusalRules:
    """Load the rules that ship with the package, or those of a YAML file of your own.

    Raises
    ------
    InputError
        A rule lacks a key, has an unknown kind, or its pattern isn't a regular expression.
    """
    file = (
        Path(str(files("valuestats.ingest.answers").joinpath("refusals.yml"))) if path is None else Path(path)
    )
    content = read_yaml(file)
    if not isinstance(content, dict) or not isinstance(content.get("rules"), list):
        raise InputError("refusal rules: no list of rules", parameter="rules", file=file)
    kinds: dict[str, list[tuple[str, re.Pattern[str]]]] = {"refusal": [], "disclaimer": []}
    for number, rule in enumerate(content["rules"]):
        if not isinstance(rule, dict) or set(rule) != {"name", "language", "kind", "pattern"}:
            raise InputError(
                "refusal rules: a rule is not complete",
                got=sorted(rule) if isinstance(rule, dict) else rule,
                expected="name, language, kind, pattern",
                file=file,
                row=number,
            )
        if rule["kind"] not in kinds:
            raise InputError(
                "refusal rules: unknown kind", got=rule["kind"], expected=sorted(kinds), file=file, row=number
            )
        try:
            kinds[rule["kind"]].append((rule["name"], re.compile(rule["pattern"], re.VERBOSE | re.DOTALL)))
        except re.error as error:
            raise InputError(
                "refusal rules: not a regular expression", got=str(error), file=file, row=number
            ) from None
    languages = {rule["name"]: rule["language"] for rule in content["rules"]}
    return RefusalRules(tuple(kinds["refusal"]), tuple(kinds["disclaimer"]), languages)
