"""Verbs of a national survey that models answer (KorNAT)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.tables import Population


def _simulated_people(seed: int, **options: Any) -> Population:
    from valuestats.systems.kornat.simulate import simulate_national_survey

    return simulate_national_survey(seed=seed, **options)[0]


def _simulated_model_answers(seed: int, **options: Any) -> ModelAnswers:
    from valuestats.systems.kornat.simulate import simulate_national_survey

    return simulate_national_survey(seed=seed, **options)[1]


def _simulated_alignment_truth(seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.systems.kornat.simulate import simulate_national_survey

    return simulate_national_survey(seed=seed, **options)[2]


def _kornat_comparison(published_csv: Path) -> pd.DataFrame:
    from valuestats.systems.kornat.comparison import comparison

    return comparison(published_csv)


def _alignment_recovery(truth: pd.DataFrame, alignment: pd.DataFrame) -> pd.DataFrame:
    from valuestats.systems.kornat.comparison import alignment_recovery

    return alignment_recovery(truth, alignment)


VERBS: dict[str, Callable[..., Any]] = {
    "alignment_recovery": _alignment_recovery,
    "kornat_comparison": _kornat_comparison,
    "simulated_alignment_truth": _simulated_alignment_truth,
    "simulated_model_answers": _simulated_model_answers,
    "simulated_people": _simulated_people,
}
