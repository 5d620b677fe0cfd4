"""Sources as results name them, "Efron (1979)", to BibTeX: entries of `references.bib`, and what the text says of others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

_YEAR = re.compile(r"\(?\b((?:18|19|20)\d\d)[a-z]?\b\)?")
_ENTRY = re.compile(r"^@\w+\{(\w+),\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},?$", re.MULTILINE)
_FAMILY = re.compile(r"\s*(?:,|&|\band\b|\bet al\b|\()")


@dataclass(frozen=True)
class Reference:
    """An entry of the bibliography: its key, its text, and by what it is found."""

    key: str
    text: str
    family: str
    year: str
    words: frozenset[str]


@lru_cache(maxsize=1)
def references() -> tuple[Reference, ...]:
    """All entries that ship with the package.

    Examples
    --------
    >>> len(references()) > 200, references()[0].year
    (True, '2017')
    """
    content = files("valuestats.results").joinpath("references.bib").read_text("utf-8")
    found = []
    for entry in _ENTRY.finditer(content):
        fields = dict(_FIELD.findall(entry[2]))
        found.append(
            Reference(
                entry[1],
                entry[0],
                _plain(fields["author"].split(",")[0].removesuffix(" and others")),
                fields["year"],
                _words(" ".join(fields.values())),
            )
        )
    return tuple(found)


def reference(source: str) -> Reference | None:
    """The entry that a source means: by its first author and year, and, of several, by the words that both have.

    Examples
    --------
    >>> reference("Cameron, Gelbach & Miller (2008)").key, reference("Nobody (1900)")
    ('cameron2008', None)
    >>> reference("Angelopoulos, Duchi & Zrnic (2023), PPI++, arXiv 2311.01453").key
    'angelopoulos2023ppi'
    """
    year = _YEAR.search(source)
    if year is None:
        return None
    family = _plain(_FAMILY.split(source[: year.start()].strip(" ,;("))[0])
    same = [r for r in references() if r.family == family and r.year == year[1]]
    words = _words(source)
    return max(same, key=lambda one: len(one.words & words), default=None)


def bibtex(sources: Iterable[str]) -> list[str]:
    """Entries of sources, each once, in the order in which they are named.

    A source of which the package has no entry is made one of by what its text says.

    Parameters
    ----------
    sources
        As `meta["citations"]` of a result has them; several may stand in one text, parted by semicolons.

    Examples
    --------
    >>> print(bibtex(["Efron (1979); Holm (1979)", "Holm (1979), Scandinavian Journal of Statistics"])[1])
    @article{holm1979,
      author = {Holm, Sture},
      title = {A simple sequentially rejective multiple test procedure},
      journal = {Scandinavian Journal of Statistics},
      year = {1979},
      volume = {6},
      number = {2},
      pages = {65--70}
    }
    >>> print(bibtex(["Doe, J. (1999). A book. A publisher."])[0])
    @misc{doe1999,
      author = {Doe, J.},
      note = {A book. A publisher},
      year = {1999}
    }
    """
    entries: dict[str, str] = {}
    seen: set[str] = set()
    for source in (part for one in sources for part in _apart(one)):
        plain = " ".join(source.split()).rstrip(".")
        if not plain or plain.lower() in seen:
            continue
        seen.add(plain.lower())
        known = reference(plain)
        if known is not None:
            entries[known.key] = known.text
        else:
            _add_unknown(entries, plain)
    return list(entries.values())


def citation_of_package() -> str:
    """The entry of this package, in the version that runs."""
    from valuestats import __version__

    return "\n".join(
        [
            "@software{valuestats,",
            "  author = {{The valuestats authors}},",
            "  title = {valuestats: statistics and reporting for measuring the values of language models},",
            f"  version = {{{__version__}}},",
            "  year = {2026}",
            "}",
        ]
    )


def of_results(results: Iterable[Any], further: Iterable[str] = ()) -> str:
    """The package's entry, and those of all sources that results name, and of further ones."""
    sources = [str(source) for result in results for source in result.meta["citations"]]
    return "\n\n".join([citation_of_package(), *bibtex([*sources, *further])]) + "\n"


def _add_unknown(entries: dict[str, str], plain: str) -> None:
    year = _YEAR.search(plain)
    author, rest = (plain, "") if year is None else (plain[: year.start()], plain[year.end() :])
    author, rest = author.strip(" ,;("), rest.strip(" ,.;:)")
    stem = _plain(re.split(r"[\s,]", author)[0]) + ("" if year is None else year[1]) or "source"
    key = next(k for k in (stem, *(f"{stem}{chr(97 + n)}" for n in range(26))) if k not in entries)
    fields = {"author": _authors(author), "note": rest, "year": "" if year is None else year[1]}
    inside = ",\n".join(f"  {k} = {{{_braced(v)}}}" for k, v in fields.items() if v)
    entries[key] = f"@misc{{{key},\n{inside}\n}}"


def _apart(source: str) -> list[str]:
    """Short sources that stand in one text: ``"Efron (1979); Cameron, Gelbach & Miller (2008)"``."""
    parts = [part.strip() for part in source.split(";")]
    return parts if len(parts) > 1 and all(_YEAR.search(part) for part in parts) else [source]


def _authors(names: str) -> str:
    """Authors as BibTeX wants them, where they are family names only; else as they are, with ``and``."""
    names = names.replace(" et al", " and others").replace(" & ", " and ")
    if re.search(r"\b[A-Z]\.", names):  # initials: their commas do not part authors
        return names
    return re.sub(r",\s*", " and ", names.rstrip("."))


def _braced(value: str) -> str:
    """A text that keeps BibTeX's braces and signs in balance."""
    return value.replace("{", "(").replace("}", ")").replace("\\", "/")


def _plain(value: str) -> str:
    bare = unicodedata.normalize("NFKD", value.replace("ø", "o")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", bare)


def _words(text: str) -> frozenset[str]:
    return frozenset(
        _plain(word) for word in re.findall(r"[\w+]{3,}", text.replace("{", "").replace("}", ""))
    )
