"""Tables: from a result to a great_tables object, and to plain frames of text for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from valuestats.base.labels import CIRCLE, capitalised, readable
from valuestats.results.marks import in_words, marked, one_model_column
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import RANK, SILENT

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
    frame = result.estimates[columns]
    signs = result.verdict.rows["sign"]
    if (signs != "sound").any():
        frame = frame.assign(trust=[in_words(s) for s in signs])
    frame = frame.head(rows) if rows else frame
    numbers: list[str] = [c for c in ("estimate", "lower", "upper", "baseline", "ceiling") if c in columns]
    level = float(result.estimates["level"].iloc[0]) if len(result.estimates) else 0.95
    all_of_them = " (all answers)" if result.meta.get("counts") == "all answers" else ""
    return (
        gt.GT(frame, id=f"valuestats-{result.kind.replace('_', '-')}")
        .fmt_number(numbers, decimals=digits)
        .fmt_integer(["n_scored", "n_asked"])
        .sub_missing(missing_text="–")
        .cols_label(
            {
                **{k: capitalised(k.replace("_", " ")) for k in result.keys},
                "estimate": "Estimate",
                "n_scored": f"Scored{all_of_them}",
                "n_asked": f"Asked{all_of_them}",
                "lower": f"Lower {level:.0%}",
                "upper": f"Upper {level:.0%}",
            }
        )
        .tab_source_note(str(result.meta.get("method", "")))
    )


def profile_table(result: Result, models: list[str] | None = None, *, digits: int = 2) -> pd.DataFrame:
    """Models in rows, values in columns, each cell an estimate with its interval as text."""
    key = result.value_key
    frame = one_model_column(result, result.estimates)[["model", key, "estimate", "lower", "upper"]].copy()
    frame["text"] = [interval(row, digits, signed=True) for _, row in frame.iterrows()]
    wide = frame.astype({"model": str, key: str}).pivot(index="model", columns=key, values="text")
    order = [v for v in CIRCLE if v in wide.columns] or list(wide.columns)
    signs = result.verdict.of(key)
    wide = wide[order].rename(columns=lambda v: marked(v, signs[v]))
    if models is not None:
        wide = wide.loc[models]
    return wide.rename_axis(columns=None).reset_index().rename(columns={"model": "Model"})


def verdict_table(result: Result) -> pd.DataFrame:
    """Each value's trust and why: what speaks against it, else what was looked at; no findings come last.

    Examples
    --------
    ::

        verdict_table(trust(scores, [chance, validity]))
    """
    key = result.value_key
    signs = result.verdict.of(key)
    means = result.estimates.groupby(result.estimates[key].astype(str), observed=True)["estimate"].mean()
    rows = []
    for label in sorted(signs.index, key=lambda v: (RANK[signs[v]], -means[v])):
        about = [r for r in result.verdict.reasons if r.where == {key: label}]
        against = [r.text for r in about if r.sign != "sound"]
        text = "; ".join(against or [r.text for r in about]) or "nothing speaks against it"
        rows.append((readable(label), in_words(signs[label]), text[:1].upper() + text[1:]))
    return pd.DataFrame(rows, columns=[capitalised(readable(key)), "Trust", "Why"])


def mean_table(result: Result, *, digits: int = 2) -> pd.DataFrame:
    """Each value's mean over models, its range, the answers scored of those asked, its trust; no findings come last."""
    key = result.value_key
    grouped = result.estimates.groupby(key, observed=True)
    table = grouped["estimate"].agg(["mean", "min", "max"]).join(grouped[["n_scored", "n_asked"]].sum())
    table["sign"] = result.verdict.of(key).reindex(table.index.astype(str)).to_numpy()
    table["last"] = table["sign"].isin(SILENT)
    table = table.sort_values(["last", "mean"], ascending=[True, False]).reset_index()
    form = f"+.{digits}f"
    return pd.DataFrame(
        {
            "Value": [readable(str(v)) for v in table[key]],
            "Mean over models": [f"{x:{form}}".replace("-", "−") for x in table["mean"]],
            "Lowest model": [f"{x:{form}}".replace("-", "−") for x in table["min"]],
            "Highest model": [f"{x:{form}}".replace("-", "−") for x in table["max"]],
            "Scored": [f"{x:,.0f}" for x in table["n_scored"]],
            "Asked": [f"{x:,.0f}" for x in table["n_asked"]],
            "Trust": [in_words(s) for s in table["sign"]],
        }
    )
