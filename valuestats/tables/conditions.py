"""Conditions of answers: the columns that say under what an answer was given, and which a count runs together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from valuestats.base.labels import counted, listed
from valuestats.tables.responses import IDENTITY

PROMPTS = ("system", "system_prompt")
"""Columns of the prompt, which no reader makes but tables bring along."""

CONDITIONS = tuple(name for name in IDENTITY if name not in ("model", "item", "epoch", "option_labels"))
"""Columns that say under what an answer was given; means run over their levels unless one is kept apart."""

SAID = ("condition", "persona", "language", *PROMPTS)
"""Of these a sentence says that they are pooled; wordings and orders of options are varied so that means run over them."""

TOGETHER = "are counted together"
_MOST = 4


def pooled_levels(frame: pd.DataFrame, apart: str | None = None) -> dict[str, list[str]]:
    """Columns of conditions with more than one level, and their levels, without the one that is kept `apart`.

    Examples
    --------
    >>> import pandas as pd
    >>> pooled_levels(pd.DataFrame({"item": ["1", "2"], "persona": ["none", "sage"], "language": ["en", "en"]}))
    {'persona': ['none', 'sage']}
    """
    found = {}
    for name in (*CONDITIONS, *PROMPTS):
        if name in frame.columns and name != apart:
            names = sorted({"none" if pd.isna(x) else str(x) for x in frame[name].unique()})
            if len(names) > 1:
                found[name] = names
    return found


def together_notes(frame: pd.DataFrame, used: Sequence[str | None], keeps_apart: str) -> list[str]:
    """A note for each condition, persona, language or prompt that a count runs together.

    Parameters
    ----------
    frame
        The answers.
    used
        Columns that tell them apart already.
    keeps_apart
        What would, with ``{}`` for the column's name.

    Examples
    --------
    >>> together_notes(pd.DataFrame({"item": ["1", "1"], "persona": ["none", "sage"]}), ["item"], "a term of {}")
    ['answers of 2 personas are counted together (none and sage): a term of persona keeps them apart']
    """
    return [
        f"answers of {counted(len(levels), name)} {TOGETHER} ({level_names(levels)}): {keeps_apart.format(name)} keeps them "
        "apart"
        for name, levels in pooled_levels(frame).items()
        if name in SAID and name not in used
    ]


def column_words(name: str) -> str:
    """The name of a column as words."""
    return name.replace("_", " ")


def level_names(levels: Sequence[str]) -> str:
    """The first levels by name, and how many more there are."""
    shown = list(levels[:_MOST])
    return listed(shown) if len(levels) <= _MOST else f"{', '.join(shown)} and {len(levels) - _MOST} more"
