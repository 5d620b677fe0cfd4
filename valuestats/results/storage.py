"""What a step makes, written to a folder and read back without loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from valuestats.base import registry
from valuestats.base.errors import StudyError, ValuestatsError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.results.receipts import NAME, require_product
from valuestats.results.result import Result
from valuestats.tables import Choices, Items, OptionLabels, Population, Ratings, Responses, Survey
from valuestats.tables.survey import code_text

FORM = 1
"""Number of the form in which products are written; another one means that older products can't be read."""
_FORM = "artifact.json"
_FRAMES: dict[str, type[Responses] | type[Items] | type[Choices]] = {
    "Responses": Responses,
    "Items": Items,
    "Choices": Choices,
}


@dataclass(frozen=True)
class Store:
    """How a product of one type, that is neither a table nor a `Result`, is kept (see `Room.products`).

    Attributes
    ----------
    write
        Writes the product into an existing, empty folder.
    read
        Reads what `write` wrote.
    """

    write: Callable[[Any, Path], None]
    read: Callable[[Path], Any]


def stored_form(product: Any) -> Any:
    """The product as later steps get it: a description or a comparison as its content (a dict), all else as it is.

    Examples
    --------
    >>> stored_form({"a": 1})
    {'a': 1}
    """
    return product.to_content() if hasattr(product, "to_content") else product


def write_artifact(product: Any, folder: Path) -> None:
    """Write one product into an existing, empty folder."""
    form: dict[str, Any] = {"type": type(product).__name__}
    match product:
        case Result():
            product.write_into(folder)
        case Responses() | Items() | Choices():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
            if not isinstance(product, Items) and len(product.findings):
                product.findings.to_parquet(folder / "findings.parquet", index=False)
        case OptionLabels():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
            if product.hierarchy is not None:
                product.hierarchy.to_parquet(folder / "hierarchy.parquet", index=False)
        case Population():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
            form["rounding"] = product.rounding
            if len(product.adjusted):
                product.adjusted.to_parquet(folder / "adjusted.parquet", index=False)
        case Ratings():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
            product.values.to_parquet(folder / "values.parquet", index=False)
            form["scale"] = list(product.scale)
        case Survey():
            form["mixed"] = _write_survey(product, folder)
            form["survey"] = product.described()
        case pd.DataFrame():
            product.to_parquet(folder / "frame.parquet")
        case dict():
            (folder / "content.json").write_bytes(_json(product))
        case _:
            _store(form["type"]).write(product, folder)
    (folder / _FORM).write_bytes(_json(form))


def read_artifact(folder: Path, *, lazily: bool = False) -> Any:
    """Read what `write_artifact` wrote; draws `lazily`, when they are first asked for.

    Raises
    ------
    StudyError
        It can't be read.
    """
    try:
        return _read(folder, lazily)
    except ValuestatsError:
        raise
    except Exception as error:  # whatever Parquet, JSON or Zarr says of bytes that someone changed
        raise StudyError(
            "a stored product can't be read",
            file=folder,
            got=f"{type(error).__name__}: {error}",
            hint="run the study again: what is damaged is worked out anew",
        ) from error


def _read(folder: Path, lazily: bool) -> Any:
    form = orjson.loads((folder / _FORM).read_bytes())
    match form["type"]:
        case "Result":
            return Result.load(folder, lazily=lazily)
        case "dict":
            return orjson.loads((folder / "content.json").read_bytes())
        case kind if kind in registry.products():
            return _store(kind).read(folder)
    frame = pd.read_parquet(folder / "frame.parquet")
    match form["type"]:
        case "Population":
            return Population(frame, form["rounding"], *_adjusted(folder))
        case "ModelAnswers":
            return ModelAnswers(frame, form["rounding"], *_adjusted(folder))
        case "OptionLabels":
            tree = folder / "hierarchy.parquet"
            return OptionLabels(frame, pd.read_parquet(tree) if tree.exists() else None)
        case "Ratings":
            low, high = form["scale"]
            return Ratings(frame, pd.read_parquet(folder / "values.parquet"), (low, high))
        case "Survey":
            for name in form["mixed"]:
                frame[name] = _codes_again(frame[name])
            return Survey.from_parts(frame, pd.read_parquet(folder / "findings.parquet"), form["survey"])
        case "DataFrame":
            return frame
        case "Responses" | "Choices" if (folder / "findings.parquet").exists():
            found = pd.read_parquet(folder / "findings.parquet")
            return Choices(frame, found) if form["type"] == "Choices" else Responses(frame, found)
        case kind:
            return _FRAMES[kind](frame)


def _store(kind: str) -> Store:
    path = registry.products().get(kind)
    if path is None:
        raise StudyError("a step made something that can't be kept", got=kind)
    store: Store = registry.load(path)
    return store


def _write_survey(survey: Survey, folder: Path) -> list[str]:
    """Write a survey's frames; columns that hold numbers and texts are written as texts and named."""
    frame = survey.frame.copy()
    mixed = []
    for name in [c for c in frame.columns if frame[c].dtype == object]:
        kinds = {type(v) for v in frame[name].dropna()}
        if str in kinds and len(kinds) > 1:
            mixed.append(str(name))
            texts = [
                None if v != v else f"{'t' if isinstance(v, str) else 'n'}{code_text(v)}" for v in frame[name]
            ]
            frame[name] = pd.Series(texts, dtype="str")
    frame.to_parquet(folder / "frame.parquet", index=False)
    survey.findings.to_parquet(folder / "findings.parquet", index=False)
    return mixed


def _codes_again(texts: pd.Series) -> pd.Series:
    values = [
        float("nan") if not isinstance(t, str) else t[1:] if t[0] == "t" else float(t[1:]) for t in texts
    ]
    return pd.Series(values, dtype=object)


def _adjusted(folder: Path) -> list[pd.DataFrame]:
    """Which questions were scaled to add up to one, where any were."""
    told = folder / "adjusted.parquet"
    return [pd.read_parquet(told)] if told.exists() else []


def load_step(folder: str | Path, step: str, *, lazily: bool = False, expected: str | None = None) -> Any:
    """What one step of a finished run made, read from its results folder and held against its receipt.

    Parameters
    ----------
    folder
        Results folder of a run.
    step
        Name of the step.
    lazily
        Whether draws are read when they are first asked for.
    expected
        The step's ``outputs_sha256`` in the manifest, where it must be that one.

    Raises
    ------
    StudyError
        The results hold no such step, or its files are not those that were written.
    """
    if not isinstance(step, str) or not NAME.fullmatch(step):
        raise StudyError("not the name of a step", file=folder, parameter="step", got=step)
    place = Path(folder) / step
    require_product(place, expected)
    return read_artifact(place, lazily=lazily)


def product_type(folder: str | Path, step: str) -> str | None:
    """What a step of a finished run holds, by the name of its type; None where it holds nothing that can be told."""
    try:
        return str(orjson.loads((Path(folder) / step / _FORM).read_bytes())["type"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _json(content: object) -> bytes:
    return orjson.dumps(
        content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS
    )
