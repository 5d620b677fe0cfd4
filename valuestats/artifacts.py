"""What a step makes, written to a folder and read back without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from valuestats.errors import StudyError
from valuestats.ingest.globalopinionqa import ModelAnswers
from valuestats.result import Result
from valuestats.tables import Items, Population, Ratings, Responses

RECEIPT = "step.json"
_FORM = "artifact.json"
_FRAMES: dict[str, type[Responses] | type[Items]] = {"Responses": Responses, "Items": Items}


def write_artifact(product: Any, folder: Path) -> None:
    """Write one product into an existing, empty folder."""
    form: dict[str, Any] = {"type": type(product).__name__}
    match product:
        case Result():
            product.write_into(folder)
        case Responses() | Items():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
        case Population():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
            form["rounding"] = product.rounding
        case Ratings():
            product.frame.to_parquet(folder / "frame.parquet", index=False)
            product.values.to_parquet(folder / "values.parquet", index=False)
            form["scale"] = list(product.scale)
        case pd.DataFrame():
            product.to_parquet(folder / "frame.parquet", index=False)
        case dict():
            (folder / "content.json").write_bytes(_json(product))
        case _:
            raise StudyError("a step made something that can't be kept", got=type(product).__name__)
    (folder / _FORM).write_bytes(_json(form))


def read_artifact(folder: Path) -> Any:
    """Read what `write_artifact` wrote."""
    form = orjson.loads((folder / _FORM).read_bytes())
    match form["type"]:
        case "Result":
            return Result.load(folder)
        case "dict":
            return orjson.loads((folder / "content.json").read_bytes())
    frame = pd.read_parquet(folder / "frame.parquet")
    match form["type"]:
        case "Population":
            return Population(frame, form["rounding"])
        case "ModelAnswers":
            return ModelAnswers(frame, form["rounding"])
        case "Ratings":
            low, high = form["scale"]
            return Ratings(frame, pd.read_parquet(folder / "values.parquet"), (low, high))
        case "DataFrame":
            return frame
        case kind:
            return _FRAMES[kind](frame)


def load_step(folder: str | Path, step: str) -> Any:
    """What one step of a finished run made, read from its results folder.

    Raises
    ------
    StudyError
        The results hold no such step.
    """
    place = Path(folder) / step
    if not (place / RECEIPT).is_file():
        raise StudyError("these results hold no such step", file=place, parameter="step", got=step)
    return read_artifact(place)


def _json(content: object) -> bytes:
    return orjson.dumps(
        content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS
    )
