"""Arguments of the readers as options of commands, and what errors say of arguments in terms of options."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from valuestats.base.errors import SpecificationError, ValuestatsError

_DECLARED = {
    "--column": ("not a column map", "OURS=THEIRS, e.g. item=question_id"),
    "--constant": ("not a name and a value", "OURS=VALUE, e.g. model=my-model"),
    "--field": ("not a name and a path", "OURS=PATH, e.g. item=metadata.question"),
    "--regex": ("not a named pattern", "NAME=PATTERN"),
}
_ARGUMENT = re.compile(r"\b([a-z_]+)=(\{[^{}]*\}|\[[^\[\]]*\]|'[^']*'|…)")
_PAIR = re.compile(r"'(\w+)':\s*(?:'([^']*)'|(…|\w+))")
_PLAIN = re.compile(r"^'([\w./:-]+)'$")
_SINGULAR = {"columns": "column", "constants": "constant", "fields": "field"}


def add_reading_options(command: argparse.ArgumentParser) -> None:
    """Add the options by which answers are read: what `reading_options` gives to `valuestats.read_responses`."""
    group = command.add_argument_group("how the answers are read (arguments of read_responses)")
    group.add_argument(
        "--reader", default="auto", metavar="NAME", help="which tool wrote it; found where omitted"
    )
    for option, shown, what in (
        ("--column", "OURS=THEIRS", "of tables: declare a column; may be repeated"),
        ("--constant", "OURS=VALUE", "of tables: a value that holds for all rows; may be repeated"),
        (
            "--field",
            "OURS=PATH",
            "of logs: where a record says it, e.g. item=metadata.question; may be repeated",
        ),
        ("--items", "PATTERN", "of tables with a column for each item: these columns; may be repeated"),
        ("--keep", "THEIRS", "of tables: a column to carry along, e.g. temperature; may be repeated"),
        ("--inputs", "FILE", "of batches: the file that was sent in; may be repeated"),
        (
            "--missing",
            "TEXT",
            "of tables: a text that means no answer; may be repeated; of surveys: wvs or ess",
        ),
    ):
        group.add_argument(option, action="append", default=[], metavar=shown, help=what)
    group.add_argument(
        "--model", default=None, metavar="NAME", help="the requested model, where the logs don't say"
    )
    group.add_argument(
        "--item-pattern", "--custom-id", dest="item_pattern", default=None, metavar="PATTERN",
        help=r"what identifiers say, e.g. 'pvq21-(?P<item>\d+)-run(?P<epoch>\d+)'",
    )  # fmt: skip
    group.add_argument(
        "--duplicates", choices=["error", "report", "number"], default=None,
        help="a question that stands twice: an error, left, or numbered as epochs",
    )  # fmt: skip
    group.add_argument("--encoding", default=None, metavar="NAME", help="of text files, e.g. latin-1")


def reading_options(parsed: argparse.Namespace) -> dict[str, Any]:
    """What was said of the reading, as arguments of `valuestats.read_responses`; nothing that was not said."""
    said = {
        "columns": declared_pairs(parsed.column, "--column"),
        "constants": declared_pairs(parsed.constant, "--constant"),
        "fields": declared_pairs(parsed.field, "--field"),
        "items": parsed.items if len(parsed.items) != 1 else parsed.items[0],
        "keep": parsed.keep,
        "inputs": parsed.inputs,
        "missing": ["", *parsed.missing] if parsed.missing else None,
        "model": parsed.model,
        "item_pattern": parsed.item_pattern,
        "encoding": parsed.encoding,
        "duplicates": parsed.duplicates,
    }
    return {"reader": parsed.reader, **{name: value for name, value in said.items() if value}}


def declared_pairs(declared: Sequence[str], option: str) -> dict[str, str]:
    """The map that was declared on the command line as NAME=SOMETHING, once per name.

    Raises
    ------
    SpecificationError
        Something else than NAME=SOMETHING.
    """
    pairs = {}
    for text in declared:
        name, equals, value = text.partition("=")
        if not equals:
            what, expected = _DECLARED[option]
            raise SpecificationError(what, parameter=option, got=text, expected=expected)
        pairs[name] = value
    return pairs


def say_in_options(error: ValuestatsError, command: argparse.ArgumentParser | None) -> None:
    """Let an error's advice name the options of the command in place of the arguments of a function."""
    known = {} if command is None else command._option_string_actions
    for place in ("expected", "hint"):
        said = getattr(error, place)
        if isinstance(said, str):
            setattr(error, place, in_options(said, known))


def in_options(text: str, known: Mapping[str, argparse.Action]) -> str:
    """Advice about arguments as advice about options, where the command has them.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_reading_options(parser)
    >>> in_options("say model=… or columns={'item': 'question_id'}, or records=…", parser._option_string_actions)
    'say --model NAME or --column item=question_id, or records=…'
    """

    def option(found: re.Match[str]) -> str:
        name, value = found.groups()
        flag = "--" + _SINGULAR.get(name, name).replace("_", "-")
        if flag not in known:
            return found[0]
        blank = str(known[flag].metavar or known[flag].dest.upper())
        if value.startswith("{"):
            pairs = [f"{ours}={quoted or bare}" for ours, quoted, bare in _PAIR.findall(value)]
            return _each(flag, pairs or [blank])
        if value.startswith("["):
            return _each(flag, [part.strip().strip("'") for part in value[1:-1].split(",")])
        return f"{flag} {blank if value == '…' else _PLAIN.sub(r'\1', value)}"

    return _ARGUMENT.sub(option, text)


def _each(flag: str, values: Iterable[str]) -> str:
    return " ".join(f"{flag} {value}" for value in values)
