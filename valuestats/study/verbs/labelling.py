"""Verbs of annotators' label sets and their agreement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.results.result import Result


def _read_annotations(path: Path) -> pd.DataFrame:
    from valuestats.systems.civics.annotations import read_annotations

    return read_annotations(path)


def _harmonise_labels(annotations: pd.DataFrame) -> pd.DataFrame:
    from valuestats.systems.civics.annotations import harmonise_labels

    return harmonise_labels(annotations)


def _odd_labels(annotations: pd.DataFrame) -> pd.DataFrame:
    from valuestats.systems.civics.annotations import odd_labels

    return odd_labels(annotations)


def _annotator_agreement(
    annotations: pd.DataFrame, level: float, seed: int, clustered: bool = True, **options: Any
) -> Result:
    from valuestats.raters.agreement import agreement

    rows = annotations if clustered else annotations.drop(columns="cluster")
    return agreement(rows, level=level, seed=seed, **options)


def _agreement_within(
    annotations: pd.DataFrame, level: float, seed: int, by: Sequence[str], **options: Any
) -> pd.DataFrame:
    from valuestats.systems.civics.annotations import agreement_within

    return agreement_within(annotations, by, level=level, seed=seed, **options)


def _label_agreement(annotations: pd.DataFrame, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.systems.civics.annotators import label_agreement

    return label_agreement(annotations, level=level, seed=seed, **options)


def _annotator_effects(annotations: pd.DataFrame, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.systems.civics.annotators import annotator_effects

    return annotator_effects(annotations, level=level, seed=seed, **options)


def _entangled_factors(annotations: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    from valuestats.systems.civics.annotations import entangled_factors

    return entangled_factors(annotations, factors)


def _civics_comparison(**arguments: Any) -> pd.DataFrame:
    from valuestats.systems.civics.annotations import comparison

    return comparison(**arguments)


VERBS: dict[str, Callable[..., Any]] = {
    "agreement_within": _agreement_within,
    "annotator_agreement": _annotator_agreement,
    "annotator_effects": _annotator_effects,
    "civics_comparison": _civics_comparison,
    "entangled_factors": _entangled_factors,
    "harmonise_labels": _harmonise_labels,
    "label_agreement": _label_agreement,
    "odd_labels": _odd_labels,
    "read_annotations": _read_annotations,
}
