"""A paper's numbers held against the study: published, recomputed, corrected."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.labels import capitalised, counted, listed, number, readable
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import heading, paragraph, show_figure, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval

__all__ = [
    "StoredStudy",
    "comparison_table",
    "md",
    "sections",
    "setup",
    "show",
    "show_table",
    "verdict_sentence",
]

_VERDICTS = ("reproduced", "differs", "not computable")


def verdict_sentence(study: StoredStudy) -> str:
    """How many published numbers come out again, how far the others lie off, and which can't be computed."""
    frames = list(study.published.values())
    if not frames:
        return (
            "This study holds no published numbers: a step with the verb reproduction makes a table of them."
        )
    told = pd.concat([f[["quantity", "group", "published", "recomputed", "verdict"]] for f in frames])
    counts = told["verdict"].value_counts()
    said = listed([f"{number(int(counts[v]))} {v}" for v in _VERDICTS if counts.get(v, 0)])
    text = f"Of {counted(len(told), 'published number')}: {said}."
    off = told[told["verdict"] == "differs"]
    if len(off):
        apart = (off["recomputed"] - off["published"]).astype(float)
        row = off.iloc[int(apart.abs().argmax())]
        where = f"{row['quantity']}, {row['group']}".replace("_", " ")
        text += (
            f" The farthest off is {where}: published {float(row['published']):g}, "
            f"recomputed {float(row['recomputed']):.3g}."
        )
    return text


def comparison_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected of one table, as text."""
    numbers = frame.to_dict("records")
    table = pd.DataFrame(
        {
            "Quantity": [capitalised(readable(str(r["quantity"]))) for r in numbers],
            "Of": [str(r["group"]).replace("_", " ") for r in numbers],
            "Published": [_number(r["published"]) for r in numbers],
            "Recomputed": [_number(r["recomputed"]) for r in numbers],
            "Corrected": [_corrected(r) for r in numbers],
            "Verdict": [_verdict(r) for r in numbers],
        }
    )
    return table if "estimate" in frame.columns else table.drop(columns="Corrected")


def sections(study: StoredStudy) -> None:
    """A section for each table of published numbers, and the figure of each result of the study."""
    for n, (step, frame) in enumerate(study.published.items()):
        heading(capitalised(readable(step)), f"sec-published-{chr(97 + n)}")
        source = (
            listed(list(dict.fromkeys(frame["source"].astype(str)))[:4]) if "source" in frame.columns else ""
        )
        if source:
            paragraph(f"Source: {source}.")
        show_table_as(
            comparison_table(frame),
            f"tbl-published-{chr(97 + n)}",
            "Published numbers, the same estimator on the data at hand, and what is reported instead, with its interval. "
            "Reproduced: within the stated tolerance.",
            align="llrrrl" if "estimate" in frame.columns else "llrrl",
        )
    for n, (step, result) in enumerate(study.results.items()):
        anchor = f"{chr(97 + n // 26)}{chr(97 + n % 26)}"
        heading(capitalised(readable(step)), f"sec-result-{anchor}")
        paragraph(f"{result.sentence()} {result.verdict.sentence()}")
        chart = study.chart(step)
        if chart is not None:
            caption = f"{capitalised(readable(step))}: {result.meta['method']}."
            show_figure(chart, f"fig-result-{anchor}", caption, result.sentence())


def _number(value: Any) -> str:
    number_ = float(value) if value is not None else np.nan
    return "–" if np.isnan(number_) else f"{number_:.4g}".replace("-", "−")


def _corrected(row: dict[Hashable, Any]) -> str:
    if pd.isna(row.get("estimate", np.nan)):
        return "–"
    return interval(pd.Series({k: row.get(k, np.nan) for k in ("estimate", "lower", "upper")}))


def _verdict(row: dict[Hashable, Any]) -> str:
    why = str(row.get("explanation") or "")
    return f"{row['verdict']}: {why}" if why else str(row["verdict"])
