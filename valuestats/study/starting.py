"""A first study file for logs that are already there: by an instrument whose keys are declared, with no code."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.errors import SpecificationError, StudyError
from valuestats.base.files import atomic_file
from valuestats.base.labels import counted
from valuestats.ingest import read_responses
from valuestats.instruments import Instrument, load_instrument
from valuestats.keying.declared import instrument_keys
from valuestats.statistics.clusters import LEAST
from valuestats.study.identifiers import naming

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
{options}  description: {{verb: describe, answers: "@responses"}}
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
{resample}{ordinal}
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


_RUNS = """\
    # So few items a value give no interval for other items of the kind: this one is for these items, asked again.
    resample: runs
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
    **options: Any,
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
        What stands before the instrument's item identifiers in the logs; found where None. Named, logs may hold other
        items too, as long as most answers are to the instrument's.
    title, seed
        Of the study.
    ordinal
        Whether to fit the ordinal model too.
    **options
        Further arguments of `valuestats.read_responses`, e.g. ``item_pattern``, ``model``, ``columns``. Where the
        identifiers of the logs hold the number of a run beside the item, the ``item_pattern`` is found.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        Logs that can't be read, or a question that stands twice.
    SpecificationError
        The logs hold none of the instrument's items, or identifiers of which only a part is of them; no such family.
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
    instrument_keys(chosen)
    if family is not None and family not in families:
        raise SpecificationError(
            "no such family", parameter="family", got=family, expected=", ".join(families)
        )
    given = {name: value for name, value in options.items() if value is not None}
    asked = naming(read_responses(logs, reader=reader, scale=chosen, **given), chosen, prefix)
    responses = asked.responses
    if asked.pattern is not None:
        given["item_pattern"] = asked.pattern
    folder = target.absolute().parent
    paths = [logs] if isinstance(logs, str | Path) else list(logs)
    files = [f"{{file: {_quoted(_beside(path, folder))}}}" for path in paths]
    known = Path(instrument)
    file = (
        f"{{file: {_quoted(_beside(known, folder))}}}"
        if known.suffix in (".yml", ".yaml")
        else _quoted(str(instrument))
    )
    low, high = chosen.scale.bounds
    models = len(responses.models)
    fields = {"family": _quoted(family or families[0]), "low": low, "high": high}
    content = _TEMPLATE.format(
        name=name,
        title=_quoted(title or f"{counted(models, 'model')} by the {chosen.name}"),
        description=_folded(
            f"{counted(len(responses), 'raw answer')} of {counted(models, 'model')} to {asked.n_items} of the "
            f"{len(chosen.items)} items of the "
            f"{chosen.name}, read from logs. Instrument: {chosen.citation}"
        ),
        seed=int(seed),
        path=files[0] if len(files) == 1 else f"[{', '.join(files)}]",
        reader=_quoted(reader),
        scale=file,
        instrument=file,
        options="".join(_option(name, value, folder) for name, value in given.items()),
        prefix=_quoted(asked.prefix),
        resample=_RUNS if _only_runs(chosen, family or families[0], responses.frame) else "",
        reports="instrument_comparison, instrument_ordinal" if ordinal else "instrument_comparison",
        ordinal=_ORDINAL.format(**fields) if ordinal else "",
        **fields,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target) as temporary:
        temporary.write_text(content, encoding="utf-8")
    return target


def _only_runs(instrument: Instrument, family: str, frame: pd.DataFrame) -> bool:
    """Whether items are too few for any interval, and runs are enough for one."""
    most = max(len(dimension.items) for dimension in instrument.families[family].values())
    return most < LEAST <= int(frame["epoch"].nunique())


def _option(name: str, value: object, folder: Path) -> str:
    """An argument of the reader as a line of the step; files lie where they lie."""
    if name == "inputs":
        files = [f"{{file: {_quoted(_beside(str(file), folder))}}}" for file in _as_list(value)]
        return f"    {name}: [{', '.join(files)}]\n"
    return f"    {name}: {json.dumps(value, ensure_ascii=False)}\n"


def _as_list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _beside(path: str | Path, folder: Path) -> str:
    return Path(os.path.relpath(Path(path).absolute(), folder)).as_posix()


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _folded(text: str) -> str:
    """A text that may stand in a folded block: one line without what YAML would take for more."""
    return " ".join(text.split()).replace("\x00", "")
