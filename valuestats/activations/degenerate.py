"""Answers that are no answers any more: empty, one phrase over and over, the same for every question."""

from __future__ import annotations

import re
from typing import Annotated

import numpy as np
import pandas as pd

from valuestats.base.allowed import SHARE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError

_TOKEN = re.compile(r"\w+|[^\w\s]")
_PHRASE = 4


@checked
def degenerate_answers(
    answers: pd.DataFrame,
    *,
    repeated: Annotated[float, SHARE] = 0.5,
    same: Annotated[float, SHARE] = 0.2,
    shortest: Annotated[int, Whole(1)] = 3,
    text: str = "raw",
    by: str = "condition",
) -> pd.DataFrame:
    """Which answers an edit of the network has broken, and by what sign.

    An answer is ``empty`` (no word or mark), ``short`` (fewer than `shortest` of them), ``repeated`` (at least that share of
    its phrases of four words occurred in it before) or the ``same`` (at least that share of the answers of its condition
    are this text, and more than one). The first that holds is named. What is scored of such answers is no value of a model.

    Parameters
    ----------
    answers
        One row per answer, with the text and optionally the condition.
    repeated, same, shortest
        Limits, see above.
    text, by
        Columns of the text and of the condition (all answers are of one where there is no such column).

    Returns
    -------
    pandas.DataFrame
        The answers with ``degenerate`` (the sign, null where there is none) and ``repetition`` (share of repeated phrases).

    Raises
    ------
    InputError
        No such column of texts.

    Examples
    --------
    >>> import pandas as pd
    >>> texts = ["I would help her move.", "care care care care care care care care", ""]
    >>> degenerate_answers(pd.DataFrame({"raw": texts}))["degenerate"].tolist()
    [None, 'repeated', 'empty']
    """
    if text not in answers.columns:
        raise InputError(
            "no such column", parameter="text", got=text, expected=", ".join(map(str, answers.columns))
        )
    texts = answers[text].astype(object)
    words = [_TOKEN.findall(t) if isinstance(t, str) else [] for t in texts]
    group = answers[by] if by in answers.columns else pd.Series("all", index=answers.index)
    normal = pd.Series([" ".join(w).casefold() for w in words], index=answers.index)
    n = group.groupby(group, dropna=False).transform("size")
    alike = normal.groupby([group, normal], dropna=False).transform("size")
    share = np.array([_repetition(w) for w in words])
    length = np.array([len(w) for w in words])
    found = np.select(
        [
            length == 0,
            length < shortest,
            share >= repeated,
            ((alike >= same * n) & (alike > 1)).to_numpy(),
        ],
        ["empty", "short", "repeated", "same"],
        "",
    )
    signs = pd.Series([str(f) or None for f in found], index=answers.index, dtype=object)
    return answers.assign(degenerate=signs, repetition=share)


def _repetition(words: list[str]) -> float:
    """Share of the phrases of four words that occurred before in the text; of shorter texts, of words."""
    size = min(_PHRASE, max(1, len(words) // 2))
    phrases = [tuple(w.casefold() for w in words[k : k + size]) for k in range(len(words) - size + 1)]
    return 1 - len(set(phrases)) / len(phrases) if phrases else 0.0
