"""Attributes of options that go with the place in every choice, so that neither can be told from the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.base.labels import readable
from valuestats.choice.counted import OF_ROWS, PLACE
from valuestats.tables.choices import OF_CHOICE, Choices


def same_as_place(choices: Choices, used: Sequence[str]) -> dict[str, str]:
    """Of the columns that a model uses, those whose effect may be another's: of the place, or of what goes with the place.

    Parameters
    ----------
    choices
        The table; nothing is said where places are not known, or none differs within a choice.
    used
        Columns that the model has an effect of.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 1, 2, 2], "option": list("abab"), "position": [1, 2, 1, 2], "status": "valid"})
    >>> table = Choices(frame.assign(swerve=[1, 0, 1, 0], rank=pd.array([1, None, None, 1], dtype="Int64")))
    >>> list(same_as_place(table, ["swerve"])), list(same_as_place(table, ["position"]))
    (['swerve'], ['position'])
    """
    frame = choices.frame[(choices.frame["status"] == "valid").to_numpy()]
    if PLACE not in frame.columns or frame[PLACE].isna().any() or frame.empty:
        return {}
    code = pd.factorize(frame["choice"])[0]
    size = np.bincount(code)
    place = _within((frame[PLACE] == 1).to_numpy(dtype=float), code, size)
    if not np.abs(place).max() > 0:
        return {}
    wanted = [c for c in dict.fromkeys(map(str, used)) if c in frame.columns and c != PLACE]
    if PLACE in used:
        own = {*OF_ROWS, *OF_CHOICE, *wanted, "source_row"}
        others = [str(c) for c in frame.columns if str(c) not in own and _numeric(frame[c])]
        alike = [c for c in others if _along(frame[c], place, code, size)]
        if not alike:
            return {}
        text = f"{readable(alike[0])} goes with the place in every choice: the effect of being shown first may be its effect"
        return {PLACE: text}
    return {
        c: f"{readable(c)} goes with the place in every choice: its effect can't be told from that of being shown first"
        for c in wanted
        if _numeric(frame[c]) and _along(frame[c], place, code, size)
    }


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def _within(x: np.ndarray, code: np.ndarray, size: np.ndarray) -> np.ndarray:
    """What is left of the mean over the options of each choice."""
    return np.asarray(x - (np.bincount(code, x) / size)[code])


def _along(column: pd.Series, place: np.ndarray, code: np.ndarray, size: np.ndarray) -> bool:
    """Whether differences within choices are one multiple of those of the place."""
    x = column.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(x).all():
        return False
    own = _within(x, code, size)
    slope = float(own @ place / (place @ place))
    return slope != 0 and bool(np.abs(own - slope * place).max() <= 1e-9 * np.abs(own).max())
