"""Value Portrait (Han et al. 2025): raw answers of the models, as released."""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.base.progress import track
from valuestats.ingest.answers.parse import Compat, parse_answers
from valuestats.ingest.answers.scales import ScaleLike, as_scale
from valuestats.ingest.answers.texts import text_series
from valuestats.ingest.identity import Duplicates, require_distinct
from valuestats.ingest.readers import Reader
from valuestats.ingest.sources import Source, plain_name, read_ahead, read_records
from valuestats.instruments import AnswerScale
from valuestats.systems.value_portrait.release_people import SCALE, read_items, read_ratings
from valuestats.systems.value_portrait.release_published import (
    read_published_correlations,
    read_published_scores,
)
from valuestats.tables import Responses
from valuestats.tables.responses import STATUSES

__all__ = [
    "READER",
    "is_release",
    "option_order",
    "read_items",
    "read_published_correlations",
    "read_published_scores",
    "read_ratings",
    "read_responses",
    "result_files",
]

ANSWERS = Path("lm_evaluation/outputs/final")
NOT_PARSED = "Could not parse valid Likert response"
_RECOVER = f"{NOT_PARSED} from: "
_FILE_NAME = re.compile(
    r"(?P<model>.+)_(?P<wording>v\d+)(?P<reversed>_reversed)?_results\.json(?:\.gz)?", re.DOTALL
)


def read_responses(
    folder: str | Path | Iterable[str | Path],
    *,
    compat: Compat | None = None,
    scale: ScaleLike = "value_portrait",
    duplicates: Duplicates = "error",
) -> Responses:
    """Read the released answers: 33 models x 3 wordings x 2 orders x 520 items, one row each.

    ``item`` is ``portrait-option``, ``cluster`` the portrait (the query); ``wording`` and the model come from
    the file's name, ``option_order`` from the prompt itself: ``descending`` where "very much like me" comes
    first, else ``ascending``. A failed call ("Gemini API error …", "Error code: 400 …") is ``api_error``, with its
    message in ``error``; for "Could not parse valid Likert response from: TEXT" the text is recovered into ``raw``
    and read like any other. Prompts are hashed, not kept.

    Parameters
    ----------
    folder
        The release's folder, a folder inside it, or result files. Files may be plain or ``.gz``.
    compat
        ``"published"`` reads the texts as the publication did (see `valuestats.ingest.parse_answers`).
    scale
        Answer scale, instrument, or its name.
    duplicates
        ``"error"`` or ``"report"`` where one question stands twice.

    Returns
    -------
    Responses
        Besides the contract's columns: ``provider`` (folder of the file), ``rule`` (which rule read the
        answer), ``published_answer`` (the code in the file), ``item_text_sha256`` (two of them for one item
        are a conflict that `describe` reports). Identifiers are categories.

    Raises
    ------
    InputError
        No result files, a file that can't be read, a record without identifiers.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> record = {"portrait_id": 7, "option_id": 1, "content": {"text": "…", "output_text": "…"},
    ...     "prompt": "Answer: very much like me / … / not like me at all", "raw_response": "Like me."}
    >>> _ = (folder / "some-model_v1_results.json").write_text(json.dumps([record]))
    >>> read_responses(folder).frame[["model", "item", "wording", "option_order", "status"]].iloc[0].tolist()
    ['some-model', '7-1', 'v1', 'descending', 'valid']
    """
    answer_scale = as_scale(scale)
    files = result_files(folder)
    collected = _Columns(answer_scale)
    sources = read_ahead((path, name) for path, name in files)
    with _without_collection():
        for source in track(sources, "reading Value Portrait", total=len(files), unit="file"):
            collected.add(source)
    return require_distinct(Responses(collected.frame(answer_scale, compat)), duplicates)


def is_release(path: str | Path) -> bool:
    """Whether a path is a Value Portrait folder or one of its result files."""
    path = Path(path)
    if path.is_dir():
        return (path / ANSWERS).is_dir() or next(_result_files_below(path), None) is not None
    return path.is_file() and _FILE_NAME.fullmatch(path.name) is not None


def result_files(folder: str | Path | Iterable[str | Path]) -> list[tuple[Path, str]]:
    """Result files with their names relative to the release's root, each once, sorted by name.

    Where a file stands plain and compressed, the plain one is taken.
    """
    if isinstance(folder, str | Path):
        root = Path(folder)
        if not root.exists():
            raise InputError("no such folder", file=root)
        inner = root / ANSWERS
        paths = list(_result_files_below(inner if inner.is_dir() else root)) if root.is_dir() else [root]
    else:
        paths, root = [Path(p) for p in folder], None
    if not paths:
        raise InputError(
            "no Value Portrait result files here",
            expected=f"{ANSWERS}/<provider>/<model>_v1[_reversed]_results.json, plain or .gz",
            file=root,
        )
    by_name: dict[str, Path] = {}
    for path in sorted(paths, key=lambda p: (p.suffix == ".gz", p.as_posix())):
        by_name.setdefault(_relative(path, root), path)
    return [(path, name) for name, path in sorted(by_name.items())]


def _result_files_below(folder: Path) -> Iterator[Path]:
    found = chain(folder.rglob("*_results.json"), folder.rglob("*_results.json.gz"))
    return (path for path in found if _FILE_NAME.fullmatch(path.name))


def _relative(path: Path, root: Path | None) -> str:
    parts = path.parts
    for start in range(len(parts) - 1, -1, -1):
        if parts[start : start + len(ANSWERS.parts)] == ANSWERS.parts:
            return plain_name(Path(*parts[start:]))
    if root is not None and root.is_dir():
        return plain_name(path.relative_to(root))
    return plain_name(path.name)


@contextmanager
def _without_collection() -> Iterator[None]:
    # Parsed JSON holds no cycles: looking for them in a million new containers takes a tenth of the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Codes:
    """Distinct values in the order they came, and the code of each row."""

    def __init__(self) -> None:
        self.index: dict[Any, int] = {}
        self.codes: list[int] = []

    def add(self, values: list[Any]) -> list[int]:
        """Append rows' values (None: missing) and give their codes."""
        index = self.index
        for value in dict.fromkeys(values):
            if value is not None:
                index.setdefault(value, len(index))
        codes = [-1 if value is None else index[value] for value in values]
        self.codes += codes
        return codes

    def categorical(self) -> pd.Categorical:
        values = pd.Index(list(self.index), dtype="str")
        return pd.Categorical.from_codes(np.asarray(self.codes, dtype=np.int64), categories=values)

    def texts(self) -> pd.Series:
        values = text_series([*self.index, None])
        return values.take(np.asarray(self.codes, dtype=np.int64) % len(values)).reset_index(drop=True)


@dataclass
class _Columns:
    """What is kept of the records, column by column; texts once each."""

    scale: AnswerScale
    files: list[tuple[str, str, str, str, str, int]] = field(default_factory=list)
    items: _Codes = field(default_factory=_Codes)
    raw: _Codes = field(default_factory=_Codes)
    error: _Codes = field(default_factory=_Codes)
    prompts: list[str] = field(default_factory=list)
    prompt_codes: list[int] = field(default_factory=list)
    text: _Codes = field(default_factory=_Codes)
    published: list[float | None] = field(default_factory=list)
    orders: list[str | None] = field(default_factory=list)
    _contents: dict[int, tuple[Any, str]] = field(default_factory=dict)
    _prompts: dict[str | None, int] = field(default_factory=lambda: {None: -1})

    def add(self, source: Source) -> None:
        named = _FILE_NAME.fullmatch(source.path.name)
        if named is None:
            raise InputError(
                "not the name of a result file",
                got=source.path.name,
                expected="<model>_v1[_reversed]_results.json, plain or .gz",
                file=source.path,
            )
        records = read_records(source)
        provider = Path(source.name).parent.name
        self.files.append(
            (named["model"], named["wording"], provider, source.name, source.sha256, len(records))
        )
        try:
            self._add_records(records)
        except (KeyError, TypeError, AttributeError):
            raise _first_bad_record(records, source) from None

    def _add_records(self, records: list[dict[str, Any]]) -> None:
        # Column by column: at a hundred thousand records, a call for each would take longer than the parsing.
        keys = [(r["portrait_id"], r["option_id"]) for r in records]
        items = self.items.add(keys)
        if None in {part for key in set(keys) for part in key}:
            raise KeyError("portrait_id, option_id")
        # A prompt comes back once per model: looking it up is cheaper than hashing it again.
        prompts: list[Any] = [r.get("prompt") for r in records]
        known = self._prompts
        for prompt in dict.fromkeys(prompt for prompt in prompts if prompt not in known):
            known[prompt] = len(known) - 1
            self.prompts.append(_sha256(prompt))
            self.orders.append(option_order(prompt, self.scale))
        self.prompt_codes += [known[prompt] for prompt in prompts]
        errors: list[Any] = [r.get("error") for r in records]
        raws = [r.get("raw_response") for r in records]
        for row in [row for row, error in enumerate(errors) if error is not None]:
            if raws[row] is None and errors[row].startswith(_RECOVER):
                raws[row], errors[row] = errors[row][len(_RECOVER) :], NOT_PARSED
        if any(type(raw) is not str for raw in raws if raw is not None):
            raise TypeError("raw_response")
        self.raw.add(raws)
        self.error.add(errors)
        contents, texts = [r.get("content") for r in records], self._contents
        self.text.add(
            [
                texts[item][1]
                if item in texts and texts[item][0] == content
                else self._new_text(item, content)
                for item, content in zip(items, contents, strict=True)
            ]
        )
        published = [r.get("numeric_response") for r in records]
        if not all(map(_is_code, published)):
            raise TypeError("numeric_response")
        self.published += published

    def _new_text(self, item: int, content: Any) -> str:
        digest = _sha256(repr(content))
        self._contents.setdefault(item, (content, digest))
        return digest

    def frame(self, scale: AnswerScale, compat: Compat | None) -> pd.DataFrame:
        lengths = [length for *_, length in self.files]
        per_file = {
            name: pd.Categorical([f[position] for f in self.files]).repeat(lengths)
            for position, name in enumerate(("model", "wording", "provider", "source_file", "source_sha256"))
        }
        raw, error = self.raw.texts(), self.error.texts()
        parsed = parse_answers(raw, scale, compat=compat)
        failed = (raw.isna() & error.notna()).to_numpy()
        status = np.where(failed, STATUSES.index("api_error"), parsed["status"].cat.codes)
        rule = parsed["rule"].cat.add_categories(["api_error"]).mask(failed, "api_error")
        if not self.items.codes:
            raise InputError("no records", got=f"{len(self.files)} files", file=self.files[0][3])
        keys = list(self.items.index)
        item_codes = np.asarray(self.items.codes, dtype=np.int64)
        items = text_series(f"{portrait}-{option}" for portrait, option in keys)
        clusters = pd.Categorical(text_series(str(portrait) for portrait, _ in keys))
        orders = pd.Categorical(self.orders, categories=["ascending", "descending"])
        prompts = np.asarray(self.prompt_codes, dtype=np.int64)
        return pd.DataFrame(
            {
                "model": per_file["model"],
                "item": pd.Categorical(items, categories=items.unique()).take(item_codes),
                "cluster": clusters.take(item_codes),
                "wording": per_file["wording"],
                "option_order": pd.Categorical.from_codes(
                    np.append(orders.codes, -1)[prompts], categories=orders.categories
                ),
                "epoch": np.ones(len(item_codes), dtype=np.int64),
                "raw": raw,
                "answer": parsed["answer"],
                "status": pd.Categorical.from_codes(status, categories=pd.Index(STATUSES)),
                "rule": rule.cat.remove_unused_categories(),
                "error": error,
                "provider": per_file["provider"],
                "published_answer": pd.array(self.published, dtype="Int64"),
                "prompt_sha256": pd.Categorical.from_codes(
                    prompts, categories=pd.Index(self.prompts, dtype="str")
                ),
                "item_text_sha256": self.text.categorical(),
                "source_file": per_file["source_file"],
                "source_sha256": per_file["source_sha256"],
                "source_row": np.concatenate([np.arange(length) for length in lengths]),
            }
        )


def option_order(prompt: str, scale: AnswerScale) -> str | None:
    """Order in which a prompt lists the scale's end points: ascending or descending codes, None if it can't be told.

    The last mention of each counts, so that an end point quoted in the text above the list does no harm.

    Examples
    --------
    >>> option_order("Choose: yes / partly / no", AnswerScale({1: "no", 2: "partly", 3: "yes"}))
    'descending'
    """
    low, high = scale.bounds
    folded = prompt.casefold()
    first, last = folded.rfind(scale.options[low].casefold()), folded.rfind(scale.options[high].casefold())
    if first < 0 or last < 0 or first == last:
        return None
    return "ascending" if first < last else "descending"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _first_bad_record(records: list[dict[str, Any]], source: Source) -> InputError:
    """The error for the first record that can't be taken; only reached when one can't."""
    for row, record in enumerate(records):
        missing = [key for key in ("portrait_id", "option_id") if record.get(key) is None]
        if missing:
            return InputError(
                "a record lacks its identifier",
                parameter=", ".join(missing),
                got=f"keys {', '.join(sorted(record))}",
                file=source.path,
                row=row,
            )
        for key in ("portrait_id", "option_id", "prompt", "raw_response", "error"):
            kinds = str | int if key.endswith("_id") else str | None
            if not isinstance(record.get(key), kinds) or isinstance(record.get(key), bool):
                return InputError(
                    "a record's value has the wrong type",
                    parameter=key,
                    got=type(record[key]).__name__,
                    file=source.path,
                    row=row,
                )
        if not _is_code(record.get("numeric_response")):
            return InputError(
                "a record's value has the wrong type",
                parameter="numeric_response",
                got=repr(record["numeric_response"]),
                expected="a whole number, or null",
                file=source.path,
                row=row,
            )
    return InputError("the records can't be read", file=source.path)


def _is_code(value: Any) -> bool:
    """Whether a record may have this as its published answer."""
    return value is None or (
        type(value) in (int, float) and value == value and abs(value) < 2**31 and value == int(value)
    )


READER = Reader("value_portrait", is_release, read_responses, result_files, read_ratings, SCALE)
