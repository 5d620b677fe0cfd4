"""A first study file for logs that are already there: by an instrument whose keys are declared, with no code."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from valuestats.base.errors import SpecificationError, StudyError
from valuestats.base.files import atomic_file
from valuestats.ingest import read_responses
from valuestats.instruments import Instrument, load_instrument
from valuestats.keying.declared import instrument_keys

_TEMPLATE = """\
# Written by valuestats study-init. Run it with: valuestats run {name}.yml --render
study: {name}
title: {title}
description: >-
  {description}
seed: {seed}
level: 0.95

steps:
  # Every record of every log is a row with a status. A question that stands twice stops the run.
  responses:
    verb: read_responses
    path: {path}
    reader: {reader}
    scale: {scale}
  description: {{verb: describe, answers: "@responses"}}
  # What stands twice in these logs, and items that two logs define in two ways.
  conflicts: {{verb: merge_report, parts: ["@responses"]}}
  parsers: {{verb: compare_parsers, answers: "@responses", scale: {scale}}}
  keys: {{verb: instrument_keys, instrument: {instrument}, prefix: {prefix}}}
  scores:
    verb: score
    answers: "@responses"
    keyed: "@keys"
    family: {family}
    scale: [{low}, {high}]
{ordinal}
reports: [{reports}]
"""
_ORDINAL = """\
  # The family's keys alone: an item that stands in two families would be counted twice.
  family_keys: {{verb: select_keys, keyed: "@keys", family: {family}}}
  ordinal:
    verb: value_profile
    answers: "@responses"
    keyed: "@family_keys"
    scale: [{low}, {high}]
"""


def write_study(
    logs: str | Path | Sequence[str | Path],
    instrument: str | Path,
    out: str | Path,
    *,
    family: str | None = None,
    reader: str = "auto",
    prefix: str | None = None,
    title: str | None = None,
    seed: int = 1,
    ordinal: bool = True,
) -> Path:
    """Write a study file that goes from logs to a report: read, describe, compare parsers, score, fit.

    The logs are read once, so that what can't work is said now and not when the study runs.

    Parameters
    ----------
    logs
        A log, a folder of logs, or a glob pattern; or several of these.
    instrument
        Name or file of the instrument whose items were asked.
    out
        Study file to write; its name without ending is the study's.
    family
        Family of dimensions to score; the instrument's first where None.
    reader
        See `valuestats.read_responses`.
    prefix
        What stands before the instrument's item identifiers in the logs; found where None.
    title, seed
        Of the study.
    ordinal
        Whether to fit the ordinal model too.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        Logs that can't be read, or a question that stands twice.
    SpecificationError
        The logs hold none of the instrument's items, or no such family.
    StudyError
        The file is there already, or its name is none for a study.

    Examples
    --------
    ::

        write_study("logs/*.eval", "pvq21", "study.yml")
    """
    target = Path(out)
    name = target.stem
    if target.exists():
        raise StudyError(
            "the study file is there already",
            file=target,
            hint="run it (valuestats run FILE --render), or name another one with --out",
        )
    if target.suffix not in (".yml", ".yaml") or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise StudyError(
            "not a study file's name",
            file=target,
            expected="lower-case letters, digits and underscores, then .yml",
        )
    chosen = load_instrument(instrument)
    families = [
        name for name, dimensions in chosen.families.items() if any(d.items for d in dimensions.values())
    ]
    keyed = instrument_keys(chosen)
    if family is not None and family not in families:
        raise SpecificationError(
            "no such family", parameter="family", got=family, expected=", ".join(families)
        )
    responses = read_responses(logs, reader=reader, scale=chosen)
    before = _prefix(responses.items, chosen) if prefix is None else prefix
    wanted = set(before + keyed["item"])
    asked = [item for item in responses.items if item in wanted]
    if not asked:
        raise SpecificationError(
            "the logs hold none of the instrument's items",
            parameter="instrument",
            got=f"items {', '.join(responses.items[:5])}, …",
            expected=f"items {', '.join(list(chosen.items)[:5])}, …, each with the same text before it",
            hint="name the text before the item's number with --prefix, or write the study file by hand and map "
            "the item with fields: {item: metadata.NAME}",
        )
    paths = [logs] if isinstance(logs, str | Path) else list(logs)
    beside = [os.path.relpath(Path(path).absolute(), target.absolute().parent) for path in paths]
    files = [f"{{file: {_quoted(Path(path).as_posix())}}}" for path in beside]
    known = Path(instrument)
    file = (
        f"{{file: {_quoted(os.path.relpath(known.absolute(), target.absolute().parent))}}}"
        if known.suffix in (".yml", ".yaml")
        else _quoted(str(instrument))
    )
    low, high = chosen.scale.bounds
    models = len(responses.models)
    fields = {"family": _quoted(family or families[0]), "low": low, "high": high}
    content = _TEMPLATE.format(
        name=name,
        title=_quoted(title or f"{models} model{'s' * (models != 1)} by the {chosen.name}"),
        description=_folded(
            f"{len(responses):,} raw answers of {models} models to {len(asked)} of the {len(chosen.items)} items of the "
            f"{chosen.name}, read from logs. Instrument: {chosen.citation}"
        ),
        seed=int(seed),
        path=files[0] if len(files) == 1 else f"[{', '.join(files)}]",
        reader=_quoted(reader),
        scale=file,
        instrument=file,
        prefix=_quoted(before),
        reports="instrument_comparison, instrument_ordinal" if ordinal else "instrument_comparison",
        ordinal=_ORDINAL.format(**fields) if ordinal else "",
        **fields,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target) as temporary:
        temporary.write_text(content, encoding="utf-8")
    return target


def _prefix(items: list[str], instrument: Instrument) -> str:
    """The text before the instrument's identifiers that most items of the logs have."""
    known = sorted(instrument.items, key=len, reverse=True)
    found: Counter[str] = Counter()
    for item in items:
        found.update({item.removesuffix(own) for own in known if item.endswith(own)})
    # The same identifiers under a longer text are fewer, so the most frequent is the text itself.
    return max(found, key=lambda text: (found[text], -len(text)), default="")


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _folded(text: str) -> str:
    """A text that may stand in a folded block: one line without what YAML would take for more."""
    return " ".join(text.split()).replace("\x00", "")
