"""Tables and sentences of a simulated study of refusals: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number

_MARGINS = {
    "all": "all",
    "model": "model",
    "language": "language",
    "topic": "topic",
    "model x language": "model × language",
    "model x topic": "model × topic",
    "language x topic": "language × topic",
    "model x language x topic": "model × language × topic",
}


def truth_sentence(table: pd.DataFrame) -> str:
    """How near the pooled and the raw rates of cells come to the truth they were simulated from."""
    cells = table[table["margin"] == "model x language x topic"]
    pooled, raw = _errors(cells)
    return (
        f"Of {number(len(cells))} cells of model, language and topic {number(cells['covered'].sum())} intervals hold the "
        f"simulated truth; the pooled rates miss it by {pooled:.1f} percentage points on average, raw ones by {raw:.1f}. "
        "Cells share their effects, so one simulation says little of the coverage."
    )


def truth_table(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage and mean absolute errors by margin."""
    rows = []
    for margin, name in _MARGINS.items():
        part = table[table["margin"] == margin]
        pooled, raw = _errors(part)
        rows.append(
            [
                name,
                number(len(part)),
                f"{part['covered'].sum()} of {len(part)}",
                f"{pooled:.1f}",
                f"{raw:.1f}",
            ]
        )
    return pd.DataFrame(
        rows, columns=["Rates of", "Number", "Intervals that hold it", "Error, pooled", "Error, raw"]
    )


def _errors(part: pd.DataFrame) -> tuple[float, float]:
    pooled = (part["estimate"] - part["truth"]).abs().mean()
    raw = (part["raw_rate"] - part["truth"]).abs().mean()
    return 100 * float(pooled), 100 * float(raw)


def truth_caption(table: pd.DataFrame) -> str:
    """How the pooled rates of the margins that are drawn compare with the truth."""
    drawn = table[table["margin"].isin(["model", "language", "topic"])]
    pooled, raw = _errors(drawn)
    return (
        f"{number(drawn['covered'].sum())} of {number(len(drawn))} intervals hold the simulated truth; mean absolute error "
        f"{pooled:.1f} percentage points pooled, {raw:.1f} raw."
    )
