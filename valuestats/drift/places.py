"""Places on the axis as they are called: by the names of the steps, where these are no numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd


def named_steps(spec: Mapping[str, Any]) -> bool:
    """Whether steps have names, such as dates, rather than numbers of their own."""
    return bool(pd.to_numeric(pd.Series(spec["steps"], dtype=object), errors="coerce").isna().any())


def place_name(spec: Mapping[str, Any], place: float) -> str:
    """A place on the axis: the step that lies there, the two between which it does, or the number.

    Examples
    --------
    >>> spec = {"steps": ["2024-03", "2024-06"], "at": [0.0, 1.0]}
    >>> place_name(spec, 1.0), place_name(spec, 0.4), place_name({"steps": ["0", "100"], "at": [0.0, 100.0]}, 40.0)
    ('2024-06', 'between 2024-03 and 2024-06', '40')
    """
    if not named_steps(spec):
        return f"{place:.0f}"
    at = np.asarray(spec["at"], dtype=float)
    right = int(np.clip(np.searchsorted(at, place - 1e-9), 0, len(at) - 1))
    if abs(at[right] - place) < 1e-9 or right == 0:
        return str(spec["steps"][right])
    return f"between {spec['steps'][right - 1]} and {spec['steps'][right]}"


def place_interval(spec: Mapping[str, Any], row: pd.Series) -> str:
    """A place and its interval; ends that lie between steps are moved outwards to one.

    Examples
    --------
    >>> spec = {"steps": ["2024-03", "2024-06", "2024-09"], "at": [0.0, 1.0, 2.0]}
    >>> place_interval(spec, pd.Series({"estimate": 1.0, "lower": 0.6, "upper": 1.0})).replace("\u00a0", " ")
    '2024-06 [2024-03, 2024-06]'
    """
    text = place_name(spec, float(row["estimate"]))
    if pd.isna(row["lower"]) or pd.isna(row["upper"]):
        return text
    if not named_steps(spec):
        return f"{text}\u00a0[{row['lower']:.0f},\u00a0{row['upper']:.0f}]".replace("-", "−")
    at = np.asarray(spec["at"], dtype=float)
    low = int(np.clip(np.searchsorted(at, row["lower"] + 1e-9, side="right") - 1, 0, len(at) - 1))
    high = int(np.clip(np.searchsorted(at, row["upper"] - 1e-9), 0, len(at) - 1))
    return f"{text}\u00a0[{spec['steps'][low]},\u00a0{spec['steps'][high]}]"


def step_axis(spec: Mapping[str, Any], **options: Any) -> alt.Axis:
    """An axis that shows the names of the steps, where they have names."""
    if not named_steps(spec):
        return alt.Axis(**options)
    names, at = (list(spec[c]) for c in ("steps", "at"))
    labels = "{" + ", ".join(f"{_text(f'{x:g}')}: {_text(n)}" for x, n in zip(at, names, strict=True)) + "}"
    return alt.Axis(values=at, labelExpr=f"{labels}[toString(datum.value)]", labelAngle=-40, **options)


def _text(text: object) -> str:
    """A text as an expression of Vega."""
    escaped = str(text).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
