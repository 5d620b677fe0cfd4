"""Verbs that read: responses, ratings, shares, stored JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.tables import Population, Ratings, Responses


def _read_responses(
    path: Path,
    reader: str = "auto",
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    scale: str | Path | None = None,
    compat: Any = None,
    duplicates: Any = "error",
    **options: Any,
) -> Responses:
    from valuestats.ingest import read_responses

    return read_responses(
        path,
        reader=reader,
        columns=columns,
        constants=constants,
        scale=scale,
        compat=compat,
        duplicates=duplicates,
        **options,
    )


def _read_ratings(
    path: Path,
    reader: str = "auto",
    values: Path | None = None,
    columns: Mapping[str, str] | None = None,
    scale: Sequence[float] | None = None,
) -> Ratings:
    from valuestats.ingest import read_ratings

    bounds = None if scale is None else (float(scale[0]), float(scale[1]))
    return read_ratings(path, reader=reader, values=values, columns=columns, scale=bounds)


def _describe(responses: Responses) -> dict[str, Any]:
    from valuestats.ingest import describe

    description = describe(responses)
    return {"text": description.to_text()}


def _read_people(path: Path) -> Population:
    """Country shares: a table, or a folder with a file of cells beside models' files that repeat them."""
    from valuestats.ingest.surveys import globalopinionqa as goqa

    if path.is_dir():
        return goqa.merge_people(
            goqa.read_cells(path / "goqa_cells.csv"), goqa.read_model_people(_model_files(path))
        )
    from valuestats.similarity.options import declared_scales

    return Population(declared_scales(_shares(path)))


def _read_model_answers(path: Path) -> Population:
    from valuestats.ingest.surveys import globalopinionqa as goqa

    if path.is_dir():
        return goqa.read_model_distributions(_model_files(path))
    return goqa.ModelAnswers(_shares(path))


def _model_files(folder: Path) -> list[str | Path]:
    return sorted(folder.glob("llm_distributions_*.csv"))


def _shares(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, keep_default_na=False, na_values={"share": [""], "n": [""], "persona": [""]})
    return frame.assign(source_file=path.name, source_row=range(len(frame)))


def _read_json(path: Path) -> dict[str, Any]:
    import orjson

    content = orjson.loads(Path(path).read_bytes())
    return dict(content)


VERBS: dict[str, Callable[..., Any]] = {
    "describe": _describe,
    "read_json": _read_json,
    "read_model_answers": _read_model_answers,
    "read_people": _read_people,
    "read_ratings": _read_ratings,
    "read_responses": _read_responses,
}
