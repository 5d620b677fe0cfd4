"""The release: pairs of opinion summaries with seven features each, and which one a person preferred."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.tables.choices import Choices, ranking_choices

FEATURES = (
    "aspect-coverage",
    "opinion-faithfulness",
    "opinion-coverage",
    "conciseness",
    "relevance",
    "hallucination",
    "language-correctness",
)
"""As the release names them; scored by a model from 0 to 5, of hallucination 5 being none."""
COLUMNS = tuple(name.replace("-", "_") for name in FEATURES)
_SIDES = ("summary-one", "summary-two")


@checked
def read_opinpref(paths: Sequence[str | Path]) -> Choices:
    """Preferences between two summaries of a product's reviews.

    Parameters
    ----------
    paths
        ``annotations-train.jsonl`` and ``annotations-valid.jsonl``; one JSON record a pair.

    Returns
    -------
    Choices
        ``option`` is the side (first, second), ``judge`` the annotator, ``part`` the file, the seven features, and ``words``
        (length of the summary). Texts are not kept.

    Raises
    ------
    InputError
        A file that is not there, a line that is no record of that form, or a preference that is neither 1 nor 2, by row.

    Examples
    --------
    ::

        feature_weights(read_opinpref(["annotations-train.jsonl"]), ["conciseness", "relevance"])
    """
    rows: list[dict[str, Any]] = []
    for path in [paths] if isinstance(paths, str | Path) else list(paths):
        file = Path(path)
        if not file.is_file():
            raise InputError("no such file", file=file, hint="the dataset must be placed by hand")
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                rows += _pair(line, file, number)
    return ranking_choices(pd.DataFrame(rows))


def _pair(line: str, file: Path, number: int) -> list[dict[str, Any]]:
    try:
        record = json.loads(line)
        sides = [record["summary-pairs"][side] for side in _SIDES]
        scores = [[float(side["summary-score"][name]) for name in FEATURES] for side in sides]
        words = [len(str(side["summary-text"]).split()) for side in sides]
        chosen, judge, label = record["preference-data"], str(record["source"]), str(record["unique-id"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "not a record of a pair", file=file, row=number, got=f"{type(error).__name__}: {error}"
        ) from None
    if chosen not in (1, 2):
        raise InputError(
            "a preference is 1 or 2", file=file, row=number, parameter="preference-data", got=chosen
        )
    return [
        {
            "choice": label,
            "option": ("first", "second")[k],
            "position": k + 1,
            "chosen": int(chosen == k + 1),
            "judge": judge,
            "part": file.name.split(".")[0].removeprefix("annotations-"),
            "words": words[k],
            **dict(zip(COLUMNS, scores[k], strict=True)),
        }
        for k in range(2)
    ]
