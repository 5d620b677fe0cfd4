"""The front door: which reader a path needs, and one call to read it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from valuestats.base import registry
from valuestats.base.arguments import checked
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.answers.many_texts import shared_readers
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.answers.scales import needed_scale
from valuestats.ingest.answers.texts import as_text
from valuestats.ingest.identifiers import with_identifiers
from valuestats.ingest.identity import Duplicates, require_distinct
from valuestats.ingest.item_scales import Scales, scales_with_parser
from valuestats.ingest.logs.batches import BATCH, read_batch_outputs
from valuestats.ingest.logs.helm import HELM, read_helm_logs
from valuestats.ingest.logs.inspect_ai import INSPECT, read_inspect_logs
from valuestats.ingest.logs.lighteval import LIGHTEVAL, read_lighteval_logs
from valuestats.ingest.logs.lm_eval import LM_EVAL, read_lm_eval_logs
from valuestats.ingest.logs.loop import head_of
from valuestats.ingest.logs.promptfoo import PROMPTFOO, read_promptfoo_logs
from valuestats.ingest.merge import merge
from valuestats.ingest.misread import with_misread
from valuestats.ingest.sources import plain_name, require_no_pointer
from valuestats.ingest.surveys.statistical import PACKAGES
from valuestats.ingest.tabular import columns as _columns
from valuestats.ingest.tabular.dialects import decimal_points
from valuestats.ingest.tabular.files import read_table, table_files, table_format
from valuestats.tables import Ratings, Responses


@dataclass(frozen=True)
class Reader:
    """One source format.

    Attributes
    ----------
    name
        What it is called.
    detect, read
        Whether a path is of this format, and what reads it.
    files
        Files below a path with their names; None for all that `detect` recognises.
    ratings, ratings_scale
        What reads people's ratings from a folder of this format, and the scale they come on.
    """

    name: str
    detect: Callable[[Path], bool]
    read: Callable[..., Responses]
    files: Callable[[Path], list[tuple[Path, str]]] | None = None
    ratings: Callable[[Path], Ratings] | None = None
    ratings_scale: tuple[float, float] | None = None


def _is_table(path: Path) -> bool:
    if path.is_dir():
        return any(table_format(p) for p in path.rglob("*") if p.is_file())
    return table_format(path) is not None


_LOGS = (
    Reader(INSPECT.name, INSPECT.detect, read_inspect_logs),
    Reader(LM_EVAL.name, LM_EVAL.detect, read_lm_eval_logs),
    Reader(HELM.name, HELM.detect, read_helm_logs),
    Reader(LIGHTEVAL.name, LIGHTEVAL.detect, read_lighteval_logs),
    Reader(PROMPTFOO.name, PROMPTFOO.detect, read_promptfoo_logs),
    Reader(BATCH.name, BATCH.detect, read_batch_outputs),
)
_TABLE = Reader("table", _is_table, _columns.read_table_responses)


def response_readers() -> tuple[Reader, ...]:
    """Readers in the order they are tried: releases of systems, logs, and last tables, which take what has a column map."""
    return (*_releases(), *_LOGS, _TABLE)


def _releases() -> list[Reader]:
    return [registry.load(path) for path in registry.readers().values()]


@checked
def read_responses(
    path: str | Path | Sequence[str | Path],
    *,
    reader: str = "auto",
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    scale: Scales | None = None,
    compat: Compat | None = None,
    parser: str | None = None,
    item_pattern: str | None = None,
    duplicates: Duplicates = "error",
    **options: Any,
) -> Responses:
    r"""Read the raw answers of models; every record of the source becomes one row with a status.

    Parameters
    ----------
    path
        A file, a folder, or a glob pattern; or several of these, which are read one by one and put together.
    reader
        ``"auto"``, ``"value_portrait"``, ``"ingested"`` (a folder that `write_responses` wrote), a tool's logs
        (``"inspect"``, ``"lm_eval"``, ``"helm"``,
        ``"lighteval"``, ``"promptfoo"``, ``"batch"`` for the batches of OpenAI and Anthropic), or ``"table"``
        (CSV, TSV, JSON Lines, JSON, Parquet, .xlsx; plain or .gz). Auto takes the first that recognises the source,
        the table last, unless a column map says that it is one.
    columns, constants
        For tables: our column names to theirs, and to values that hold for all rows.
    scale
        Answer scale, instrument, or its name; lowest and highest code, ``(1, 5)``, of answers that are whole numbers
        without words; or a mapping of items to these. Value Portrait brings its own.
    compat
        ``"published"`` reads the texts as the publication of Value Portrait did.
    parser
        Where in a text the answer stands: ``"json:answer.rating"``, ``"xml:score"``,
        ``r"regex:FINAL (?P<answer>\d)"`` (RE2), ``"first_number"``, ``"first_letter"``; the package's own rules where
        None. See `valuestats.ingest.parse_answers`; the column ``rule`` says what read each row.
    item_pattern
        Pattern with named groups that reads item, epoch, condition, … from what stands as the item in the source, e.g.
        ``r"pvq21-(?P<item>\d+)-run(?P<epoch>\d+)"`` for ``pvq21-7-run3``; runs from 0 are numbered from 1. Of batches it may
        name the ``model`` too, which calls that failed say nowhere else.
    duplicates
        What to do where one question (see ``Responses.identity``) stands twice: ``"error"`` names the second,
        ``"report"`` keeps both for `describe` to list, ``"number"`` makes epochs of repeats, in their order. Of several
        paths, an item that two of them define in two ways is treated alike.
    **options
        Further arguments of the reader, e.g. ``statuses``, ``missing``, ``encoding`` of
        `valuestats.ingest.tabular.columns.read_table_responses`, or ``fields`` of the readers of logs.

    Raises
    ------
    InputError
        No reader recognises the path, or the source isn't what it is said to be; with file and row.
    SpecificationError
        An unknown reader, or an argument that this reader doesn't have.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "answers.csv")
    >>> _ = file.write_text("model,item,raw\nm,1,Like me.\nm,2,I cannot answer that.\n")
    >>> read_responses(file, scale="value_portrait").frame["status"].tolist()
    ['valid', 'refusal']
    """
    mapped = {"columns": columns, "constants": constants}
    if not isinstance(path, str | Path):
        if not path:
            raise SpecificationError("nothing to read", parameter="path", got="[]", expected="a path or more")
        with shared_readers():
            several = [
                read_responses(
                    one, reader=reader, columns=columns, constants=constants, scale=scale, compat=compat,
                    parser=parser, duplicates=duplicates, **options,
                )
                for one in path
            ]  # fmt: skip
        found: Literal["error", "report"] = "error" if duplicates == "error" else "report"
        whole = several[0] if len(several) == 1 else require_distinct(merge(several, found), duplicates)
        return whole if item_pattern is None else with_identifiers(whole, item_pattern, duplicates)
    chosen = choose_reader(Path(path), reader, is_mapped=bool(columns or constants))
    arguments: dict[str, Any] = {"compat": compat, "duplicates": duplicates, **options}
    arguments |= {name: value for name, value in mapped.items() if value}
    if scale is not None or parser is not None:
        known = needed_scale(None) if scale is None else scale
        arguments["scale"] = known if parser is None else scales_with_parser(known, parser)
    known_names = list(inspect.signature(chosen.read).parameters)
    if item_pattern is not None and "(?P<model>" in item_pattern and "custom_id" in known_names:
        # Calls that failed name no model: only the identifier that the batch was sent with says which was asked.
        arguments["custom_id"], item_pattern = item_pattern, None
    unknown = sorted(set(arguments) - set(known_names))
    if unknown:
        in_table = "model" in unknown and "constants" in known_names
        raise SpecificationError(
            f"the {chosen.name} reader has no such argument",
            parameter=", ".join(unknown),
            got=str(path),
            expected=", ".join(known_names[1:]),
            hint="say it with constants={'model': 'NAME'}" if in_table else None,
        )
    with one_error(path), shared_readers():
        read: Responses = with_misread(chosen.read(path, **arguments))
    return read if item_pattern is None else with_identifiers(read, item_pattern, duplicates)


def choose_reader(path: Path, reader: str, *, is_mapped: bool) -> Reader:
    """The reader of that name, or with ``"auto"`` the first that recognises the path."""
    readers = response_readers()
    names = [r.name for r in readers]
    if reader != "auto":
        if reader not in names:
            raise SpecificationError(
                "unknown reader",
                parameter="reader",
                got=reader,
                expected=f"auto or one of {', '.join(names)}",
            )
        return readers[names.index(reader)]
    if is_mapped:
        return _TABLE
    if path.is_dir() and not any(p.is_file() for p in path.rglob("*")):
        raise InputError("the folder is empty", file=path)
    if path.is_file():
        _require_answers(path)
    for candidate in readers:
        if candidate.detect(path):
            if not path.exists() and not any(c in path.name for c in "*?["):
                break
            _require_one_kind(path, candidate)
            return candidate
    if not path.exists() and not any(c in str(path) for c in "*?["):
        raise InputError("no such file or folder", file=path)
    raise InputError(
        "no reader recognises this",
        expected=f"one of {', '.join(names)}",
        hint="name one with reader=…, or save the answers as CSV, JSON Lines or Parquet",
        file=path,
    )


def _require_answers(path: Path) -> None:
    """Raise where a file is plainly something else: a survey, or a pointer to a file that is kept elsewhere."""
    require_no_pointer(head_of(path), path)
    package = PACKAGES.get(Path(plain_name(path)).suffix.lower())
    if package is not None:
        raise InputError(
            "a survey holds people's answers, not models'",
            got=f"a file of {package}",
            hint="read it with read_survey",
            file=path,
        )


def _require_one_kind(path: Path, first: Reader) -> None:
    # What a second reader knows would be left out without a word.
    if path.is_file() or first not in _LOGS:
        return
    others = [r.name for r in (*_releases(), *_LOGS) if r is not first and r.detect(path)]
    if others:
        raise InputError(
            "logs of several tools",
            got=", ".join([first.name, *others]),
            expected="logs of one tool at a time",
            hint="name one with reader=…, and put the results together with merge_responses",
            file=path,
        )


@checked
def read_ratings(
    path: str | Path,
    *,
    reader: str = "auto",
    values: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    scale: tuple[float, float] | None = None,
) -> Ratings:
    r"""Read people's ratings of items, and their own values.

    Parameters
    ----------
    path
        A Value Portrait release, or a table with ``respondent``, ``item``, ``rating`` and optionally ``group``.
    reader
        ``"auto"``, ``"value_portrait"`` or ``"table"``.
    values
        For tables: a second table with ``respondent``, ``family``, ``dimension``, ``score``. Without it there
        are ratings only.
    columns
        For tables: our column names to theirs, in either table.
    scale
        For tables: lowest and highest rating that may occur.

    Raises
    ------
    InputError
        A missing column, a rating that is no number on the scale, a key that stands twice; with file and row.
    SpecificationError
        An unknown reader, or no scale for a table.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "ratings.csv")
    >>> _ = file.write_text("person,item,rating\np,1,6\nq,1,2\n")
    >>> read_ratings(file, columns={"respondent": "person"}, scale=(1, 6)).frame["rating"].tolist()
    [6.0, 2.0]
    """
    releases = {r.name: r for r in _releases() if r.ratings is not None}
    if reader not in ("auto", "table", *releases):
        raise SpecificationError(
            "unknown reader", parameter="reader", got=reader, expected=", ".join(["auto", *releases, "table"])
        )
    folder = reader == "auto" and Path(path).is_dir()
    if reader in releases or folder:
        known = list(releases.values()) if folder else [releases[reader]]
        release = next((r for r in known if r.detect(Path(path))), known[0])
        if values is not None or columns or scale not in (None, release.ratings_scale):
            raise SpecificationError(
                f"a release of {release.name} brings its own columns, values and scale",
                parameter="values, columns, scale",
            )
        return release.ratings(Path(path))  # type: ignore[misc]
    if scale is None:
        raise SpecificationError("ratings need a scale", parameter="scale", expected="(lowest, highest)")
    declared = dict(columns or {})
    frame = _long_table(path, declared, ("respondent", "item", "rating"), ("group",), number="rating")
    names = ("respondent", "family", "dimension", "score")
    own = (
        pd.DataFrame(columns=list(names))
        if values is None
        else _long_table(values, declared, names, (), "score")
    )
    return Ratings(frame, own, scale=scale)


def _long_table(
    path: str | Path,
    columns: Mapping[str, str],
    required: tuple[str, ...],
    optional: tuple[str, ...],
    number: str,
) -> pd.DataFrame:
    frames = []
    for file, name in table_files(path):
        with one_error(file):
            frames.append(_long_frame(file, name, columns, required, optional, number))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _long_frame(
    file: Path,
    name: str,
    columns: Mapping[str, str],
    required: tuple[str, ...],
    optional: tuple[str, ...],
    number: str,
) -> pd.DataFrame:
    table = read_table(file, name=name)
    frame = pd.DataFrame(index=range(table.length))
    for ours in (*required, *optional):
        theirs = columns.get(ours, ours)
        column = table.column(theirs)
        if column is None:
            if ours in optional and ours not in columns:
                continue
            raise InputError(
                "a column is missing",
                parameter=theirs,
                expected=f"one of {', '.join(table.names[:30])}",
                hint="declare a column map from our names to yours, e.g. columns={'item': 'question_id'}",
                file=file,
            )
        texts = as_text(column)
        texts = texts.mask(texts == "")
        if ours == number:
            frame[ours] = _numbers(decimal_points(texts, table.delimiter), ours, file)
        else:
            frame[ours] = texts.astype("category")
    frame["source_file"], frame["source_sha256"] = table.source.name, table.source.sha256
    frame["source_row"] = range(table.length)
    return frame


def _numbers(texts: pd.Series, name: str, file: Path) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce")
    wrong = texts.notna() & numbers.isna() & (texts.str.casefold() != "nan")
    if wrong.any():
        position = int(wrong.to_numpy().argmax())
        raise InputError(
            "not a number", parameter=name, got=repr(texts.iloc[position]), file=file, row=position
        )
    return numbers.astype(float)
