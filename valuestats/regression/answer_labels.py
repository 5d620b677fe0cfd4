"""Answers as codes in order, whether they come as numbers, as ordered categories or as the words of their scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.texts import visible
from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import normalise_text

Scale = tuple[int, int] | Sequence[str] | AnswerScale
_NAMED = 5


def coded_answers(
    answers: pd.Series, scale: Scale | None
) -> tuple[pd.Series, tuple[int, int] | None, dict[int, str]]:
    """Answers as numbers, the ends of their scale where it is known, and what the codes are called.

    Numbers, and texts that are numbers, stay what they are. Ordered categories are numbered from 1 in their order, unless
    they are numbers. Words need their scale: its labels from low to high (codes from 1), or an `AnswerScale`, by whose
    texts they are found, in any case and whatever blanks and points stand around them.

    Parameters
    ----------
    answers
        Not null.
    scale
        Lowest and highest code, labels from low to high, an answer scale, or None.

    Raises
    ------
    SpecificationError
        Words without a scale, or such as the scale does not have; labels that don't fit the answers.

    Examples
    --------
    >>> coded, ends, names = coded_answers(pd.Series(["no", "Yes", "partly."]), ["no", "partly", "yes"])
    >>> coded.tolist(), ends, names[2]
    ([1, 3, 2], (1, 3), 'partly')
    """
    labels = _labels(scale)
    ends = None if scale is None else _ends(scale, labels)
    numbers = pd.to_numeric(
        answers.astype(object) if isinstance(answers.dtype, pd.CategoricalDtype) else answers, errors="coerce"
    )
    if not numbers.isna().any() and not pd.api.types.is_bool_dtype(answers.dtype):
        return numbers, ends, labels
    categories = answers.dtype if isinstance(answers.dtype, pd.CategoricalDtype) else None
    if labels:
        return _by_label(answers, scale, labels), ends, labels
    if categories is None or not categories.ordered:
        found = [visible(str(one)) for one in answers[numbers.isna()].drop_duplicates()[:_NAMED]]
        raise SpecificationError(
            "answers must be codes, whole numbers in order, or words of a stated scale",
            parameter="answer",
            got=", ".join(map(repr, found)),
            hint='say them from low to high, e.g. scale=["disagree", "neutral", "agree"], or give an ordered Categorical',
        )
    names = [str(one) for one in categories.categories]
    low = 1 if ends is None else ends[0]
    if ends is not None and ends[1] - ends[0] + 1 != len(names):
        raise SpecificationError(
            "the ordered categories are not as many as the scale has codes",
            parameter="scale",
            got=f"{scale} for {', '.join(map(visible, names))}",
            hint="leave the scale out: the categories say it",
        )
    codes = pd.Series(answers.cat.codes.to_numpy() + low, index=answers.index)
    return codes, (low, low + len(names) - 1), dict(enumerate(names, low))


def _labels(scale: Scale | None) -> dict[int, str]:
    if isinstance(scale, AnswerScale):
        return dict(scale.options)
    if scale is None or not all(isinstance(one, str) for one in scale):
        return {}
    if len(scale) < 2 or len({normalise_text(str(one)) for one in scale}) < len(scale):
        raise SpecificationError(
            "the words of a scale must differ, and be two or more", parameter="scale", got=list(scale)
        )
    return {code: str(one) for code, one in enumerate(scale, 1)}


def _ends(scale: Scale, labels: dict[int, str]) -> tuple[int, int]:
    if labels:
        return min(labels), max(labels)
    given: list[Any] = [] if isinstance(scale, AnswerScale) else list(scale)
    whole = [isinstance(one, int | np.integer) and not isinstance(one, bool) for one in given]
    if len(given) != 2 or not all(whole):
        raise SpecificationError(
            "not a scale",
            parameter="scale",
            got=given,
            expected='lowest and highest code, e.g. (1, 6), or words from low to high, e.g. ["no", "yes"]',
        )
    return int(given[0]), int(given[1])


def _by_label(answers: pd.Series, scale: Scale | None, labels: dict[int, str]) -> pd.Series:
    table = (
        scale.lookup()
        if isinstance(scale, AnswerScale)
        else {normalise_text(text): code for code, text in labels.items()}
    )
    table = {**{str(code): code for code in labels}, **table}
    texts, distinct = pd.factorize(answers.astype(str))
    codes: NDArray[np.float64] = np.array([table.get(normalise_text(one), np.nan) for one in distinct])
    if np.isnan(codes).any():
        strange = [visible(one) for one, code in zip(distinct, codes, strict=True) if np.isnan(code)]
        raise SpecificationError(
            "an answer is none of the words of the scale",
            parameter="answer",
            got=", ".join(map(repr, strange[:_NAMED])) + (" …" if len(strange) > _NAMED else ""),
            expected=", ".join(labels.values()),
            hint="set what is no answer to null, or give its row a status",
        )
    return pd.Series(codes[texts].astype(np.int64), index=answers.index)
