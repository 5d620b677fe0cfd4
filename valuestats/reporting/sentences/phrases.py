"""Phrases that sentences and tables share."""

from __future__ import annotations

import pandas as pd


def interval(row: pd.Series, digits: int = 2, *, signed: bool = False) -> str:
    """An estimate and its interval as printed text that no line break splits.

    Examples
    --------
    >>> import pandas as pd
    >>> interval(pd.Series({"estimate": 0.5, "lower": 0.25, "upper": 0.75})).replace("\u00a0", " ")
    '0.50 [0.25, 0.75]'
    """
    form = f"{'+' if signed else ''}.{digits}f"
    text = f"{row['estimate']:{form}}"
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        text += f"\u00a0[{row['lower']:{form}},\u00a0{row['upper']:{form}}]"
    return text.replace("-", "−")
