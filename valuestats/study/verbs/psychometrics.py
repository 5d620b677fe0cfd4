"""Verbs of scores on instruments, reliability and agreement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Ratings, Responses


def _read_item_answers(
    path: Path,
    items: Mapping[str, str] | Sequence[str],
    respondent: str | None = None,
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    from valuestats.ingest.tabular.item_answers import read_item_answers

    return read_item_answers(path, items=items, respondent=respondent, keep=keep)


def _score_instrument(
    answers: pd.DataFrame | Responses, instrument: str, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.scoring.instrument import score_instrument

    return score_instrument(answers, instrument, level=level, seed=seed, **options)


def _reliability(
    answers: pd.DataFrame | Ratings | Responses,
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    instrument: str | None = None,
    family: str | None = None,
    **options: Any,
) -> Result:
    from valuestats.consistency.scales import reliability
    from valuestats.instruments import load_instrument

    if keyed is None and instrument is not None:
        table = load_instrument(instrument).keys()
        keyed = table.assign(sign=1 - 2 * table["reversed"].astype(int))
    if keyed is not None and "family" in keyed.columns:
        keyed = keyed[keyed["family"] == (keyed["family"].iloc[0] if family is None else family)]
    return reliability(answers, keyed, level=level, seed=seed, **options)


def _agreement(ratings: Ratings | pd.DataFrame, level: float, seed: int, **options: Any) -> Result:
    from valuestats.raters.agreement import agreement

    return agreement(ratings, level=level, seed=seed, **options)


def _icc(ratings: Ratings | pd.DataFrame, level: float, **options: Any) -> Result:
    from valuestats.consistency.retest import icc

    return icc(ratings, level=level, **options)


def _retest(responses: Responses, over: Any, level: float, seed: int, **options: Any) -> Result:
    from valuestats.consistency.retest import retest

    return retest(responses, over=over, level=level, seed=seed, **options)


VERBS: dict[str, Callable[..., Any]] = {
    "agreement": _agreement,
    "icc": _icc,
    "read_item_answers": _read_item_answers,
    "reliability": _reliability,
    "retest": _retest,
    "score_instrument": _score_instrument,
}
