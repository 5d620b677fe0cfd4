"""What the package offers, in one place: each room declares it in its ``room.py``, others by `register`.

A *room* is a folder of one subject. Its ``room.py`` holds ``ROOM``, a `Room` of names and import paths, so that reading it
loads no numerics: public names by topic, the kinds of results with their figure and sentence, verbs that only studies use,
readers of files. A published system is a `System`, declared as ``SYSTEM`` in ``systems/<id>/system.py``. Another
distribution declares either as an entry point of the group ``valuestats``; a session calls `register`.
"""

from __future__ import annotations

import importlib
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from valuestats.base.errors import SpecificationError

GROUP = "valuestats"
"""Group of the entry points by which other distributions add rooms and systems."""

_TABLE = "valuestats.results.tables:result_table"


def load(path: str) -> Any:
    """The object that an import path names, ``"module:attribute"``.

    Examples
    --------
    >>> load("math:sqrt")(4.0)
    2.0
    """
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


@dataclass(frozen=True)
class Kind:
    """What belongs to one kind of result; each an import path ``"module:function"`` of a function of a `Result`.

    Attributes
    ----------
    name
        ``Result.kind``.
    figure, sentence, table
        What `Result.plot`, `Result.sentence` and `Result.table` call.
    trust
        What speaks for and against the estimates beyond what holds of all results: a list of
        `valuestats.results.verdicts.Reason`.
    summary
        Text that `Result.summary` adds at its end.
    printed
        Which estimates are printed in tables for a paper, in their order, and columns of text beside them: a function of a
        `Result` that gives a frame with rows of its ``estimates`` and a dict of columns; all of them where there is none.
    """

    name: str
    figure: str | None = None
    sentence: str | None = None
    trust: str | None = None
    summary: str | None = None
    table: str = _TABLE
    printed: str | None = None


@dataclass(frozen=True)
class Room:
    """What one subject offers.

    Attributes
    ----------
    public
        Public names of the package and the module of each, by topic of the documentation.
    kinds
        Kinds of results.
    verbs
        Verbs of studies that are no public names, by name: ``"module:function"``.
    readers
        Readers of responses by format: ``"module:READER"``.
    former
        Names that public names and verbs had in the version before, and what they are called now.
    products
        What its verbs make that is neither a table nor a `Result`, by name of the type, and how it is kept:
        ``"module:STORE"``, a `valuestats.results.storage.Store`.
    evidence
        What its products say of other results, by what it is: ``"module:function"`` of a function
        ``(product, result, limits) -> [Reason] | None``; None where the product is another's. See
        `valuestats.results.trust.trust`.
    """

    public: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()
    verbs: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class System(Room):
    """A published way of measuring values: the facts of it, and what its room offers.

    Attributes
    ----------
    id, title, citation
        Folder below ``analyses/``; what it is called; where it was published.
    data, licence
        Names of its datasets in ``data/registry.yml``; the terms they stand under.
    material
        What its page shows, in a few words: the paper's own raw data, a named public stand-in, a simulation.
    page
        Module with the sentences, captions and tables of its page.
    standin
        ``"module:function"`` of a function ``(seed) -> {file name: table or bytes}`` that simulates its files, which
        stand among those of the demo study and take the place of the real ones where these are absent; a table becomes
        a ``.csv.gz``.
    """

    id: str = ""
    title: str = ""
    citation: str = ""
    data: tuple[str, ...] = ()
    licence: str = ""
    material: str = ""
    page: str | None = None
    standin: str | None = None


_added: list[Room] = []


def register(room: Room) -> Room:
    """Add a room or a system for this session; it is given back.

    Raises
    ------
    SpecificationError
        One of its names is taken.

    Examples
    --------
    >>> from valuestats.base.registry import Kind, Room, register, unregister
    >>> mine = register(Room(kinds=(Kind("toy", sentence="builtins:repr"),)))
    >>> kind("toy").sentence
    'builtins:repr'
    >>> unregister(mine)
    """
    for what, own in _names(room).items():
        taken = own & set().union(*(_names(other)[what] for other in rooms()))
        if taken:
            raise SpecificationError(
                f"this {what} is registered already",
                parameter=what,
                got=", ".join(sorted(taken)),
                expected="a name of its own",
            )
    _added.append(room)
    return room


def unregister(room: Room) -> None:
    """Take back what `register` added."""
    _added.remove(room)


def _names(room: Room) -> dict[str, set[str]]:
    return {
        "kind": {k.name for k in room.kinds},
        "public name or verb": {n for names in room.public.values() for n in names}
        | set(room.verbs)
        | set(room.former),
        "reader": set(room.readers),
        "product": set(room.products),
        "evidence": set(room.evidence),
        "system": {room.id} if isinstance(room, System) else set(),
    }


@cache
def _declared() -> tuple[Room, ...]:
    """Rooms and systems of the package, then those of other distributions."""
    package = Path(__file__).parents[1]
    files = [*sorted(package.glob("*/room.py")), *sorted(package.glob("systems/*/system.py"))]
    found = [_record(file) for file in files]
    found += [point.load() for point in entry_points(group=GROUP)]
    _require_own_names(found)
    return tuple(found)


def _require_own_names(found: Sequence[Room]) -> None:
    """Raise where two rooms declare one name: the second would silently take the place of the first."""
    seen: dict[tuple[str, str], int] = {}
    for number, room in enumerate(found):
        for what, names in _names(room).items():
            for name in names - {""}:
                if seen.setdefault((what, name), number) != number:
                    raise SpecificationError(
                        f"two rooms declare one {what}",
                        parameter=what,
                        got=name,
                        expected="a name of its own",
                    )


def _record(file: Path) -> Room:
    """The record of a room's file, without importing the room around it."""
    record: Room = runpy.run_path(str(file))["SYSTEM" if file.stem == "system" else "ROOM"]
    return record


def rooms() -> tuple[Room, ...]:
    """All rooms and systems that are declared or registered."""
    return (*_declared(), *_added)


def systems() -> dict[str, System]:
    """The published systems by id."""
    return {room.id: room for room in rooms() if isinstance(room, System)}


def kinds() -> dict[str, Kind]:
    """The kinds of results by name."""
    return {k.name: k for room in rooms() for k in room.kinds}


def kind(name: str) -> Kind:
    """The kind of that name.

    Raises
    ------
    SpecificationError
        There is none.
    """
    known = kinds()
    if name not in known:
        raise SpecificationError(
            "unknown kind of result", parameter="kind", got=name, expected=", ".join(sorted(known))
        )
    return known[name]


def public_names() -> dict[str, str]:
    """Public names of the package and the module each stands in."""
    return {
        name: module for room in rooms() for names in room.public.values() for name, module in names.items()
    }


def topics() -> dict[str, list[str]]:
    """Public names by topic, in the order in which rooms declare them."""
    found: dict[str, list[str]] = {}
    for room in rooms():
        for topic, names in room.public.items():
            found.setdefault(topic, []).extend(names)
    return found


def verbs() -> dict[str, str]:
    """Verbs of a study by name, as import paths: the public functions, and what rooms name for studies besides."""
    found = {name: f"{module}:{name}" for name, module in public_names().items() if name[0].islower()}
    for room in rooms():
        found |= room.verbs
    return found


def former_names() -> dict[str, str]:
    """What public names and verbs were called in the version before, and are called now."""
    return {old: new for room in rooms() for old, new in room.former.items()}


def readers() -> dict[str, str]:
    """Readers of responses by format, as import paths."""
    return {name: path for room in rooms() for name, path in room.readers.items()}


def evidence() -> dict[str, str]:
    """What products of rooms say of other results, as import paths."""
    return {name: path for room in rooms() for name, path in room.evidence.items()}


def products() -> dict[str, str]:
    """How products that are neither tables nor results are kept, by name of their type, as import paths."""
    return {name: path for room in rooms() for name, path in room.products.items()}
