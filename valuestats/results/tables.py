"""Tables: from a result to a great_tables object, and to plain frames of text for a page."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from valuestats.base.labels import CIRCLE, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result

if TYPE_CHECKING:
    import great_tables as gt


def result_table(result: Result, *, rows: int | None = None, digits: int = 2) -> gt.GT:
    """A result as a great_tables object; formatting leaves the estimates alone.

    Parameters
    ----------
    result
        Any result.
    rows
        Show the first rows only.
    digits
        Decimals of estimates and interval ends.
    """
    import great_tables as gt

    columns = [*result.keys, "estimate", "lower", "upper", "n_scored", "n_asked"]
    columns += [c for c in ("baseline", "ceiling") if c in result.estimates.columns]
    frame = result.estimates[columns].head(rows) if rows else result.estimates[columns]
    numbers: list[str] = [c for c in ("estimate", "lower", "upper", "baseline", "ceiling") if c in columns]
    level = float(result.estimates["level"].iloc[0]) if len(result.estimates) else 0.95
    return (
        gt.GT(frame, id=f"valuestats-{result.kind.replace('_', '-')}")
        .fmt_number(numbers, decimals=digits)
        .fmt_integer(["n_scored", "n_asked"])
        .sub_missing(missing_text="–")
        .cols_label(
            {
                **{k: k.replace("_", " ").capitalize() for k in result.keys},
                "estimate": "Estimate",
                "n_scored": "Scored",
                "n_asked": "Asked",
                "lower": f"Lower {level:.0%}",
                "upper": f"Upper {level:.0%}",
            }
        )
        .tab_source_note(str(result.meta.get("method", "")))
    )


def profile_table(result: Result, models: list[str] | None = None, *, digits: int = 2) -> pd.DataFrame:
    """Models in rows, values in columns, each cell an estimate with its interval as text."""
    key = result.value_key
    frame = result.estimates[["model", key, "estimate", "lower", "upper"]].copy()
    frame["text"] = [interval(row, digits, signed=True) for _, row in frame.iterrows()]
    wide = frame.astype({"model": str, key: str}).pivot(index="model", columns=key, values="text")
    order = [v for v in CIRCLE if v in wide.columns] or list(wide.columns)
    wide = wide[order].rename(columns=readable)
    if models is not None:
        wide = wide.loc[models]
    return wide.rename_axis(columns=None).reset_index().rename(columns={"model": "Model"})


def mean_table(result: Result, *, digits: int = 2) -> pd.DataFrame:
    """Each value's mean over models, its range over models, and the answers scored of those asked."""
    key = result.value_key
    grouped = result.estimates.groupby(key, observed=True)
    table = grouped["estimate"].agg(["mean", "min", "max"]).join(grouped[["n_scored", "n_asked"]].sum())
    table = table.sort_values("mean", ascending=False).reset_index()
    form = f"+.{digits}f"
    return pd.DataFrame(
        {
            "Value": [readable(str(v)) for v in table[key]],
            "Mean over models": [f"{x:{form}}".replace("-", "−") for x in table["mean"]],
            "Lowest model": [f"{x:{form}}".replace("-", "−") for x in table["min"]],
            "Highest model": [f"{x:{form}}".replace("-", "−") for x in table["max"]],
            "Scored": [f"{x:,.0f}" for x in table["n_scored"]],
            "Asked": [f"{x:,.0f}" for x in table["n_asked"]],
        }
    )






