"""What the page of a study of logs shows beside the results: where rows came from, how answers were read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from valuestats.base.labels import capitalised, listed, number, readable
from valuestats.figures.profiles import heat_caption, heat_chart, profile_chart
from valuestats.figures.statuses import status_chart
from valuestats.pages.decision import decision_caption, decision_chart, decision_sentence
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result
from valuestats.results.tables import mean_table, profile_table, verdict_table
from valuestats.tables import Responses

__all__ = [
    "StoredStudy",
    "conflict_table",
    "decision_caption",
    "decision_chart",
    "decision_sentence",
    "family_of",
    "heat_caption",
    "heat_chart",
    "key_table",
    "md",
    "mean_table",
    "ordinal_text",
    "parser_agreement_table",
    "parser_sentence",
    "parser_status_table",
    "profile_chart",
    "profile_table",
    "readable",
    "rule_table",
    "setup",
    "show",
    "show_table",
    "source_table",
    "status_chart",
    "verdict_table",
]


def source_table(responses: Responses) -> pd.DataFrame:
    """One row per file and model: rows, rows scored, the model as served, and the file's SHA-256."""
    frame = responses.frame
    told = pd.DataFrame(
        {
            "file": frame["source_file"].astype(str),
            "sha256": frame["source_sha256"].astype(str).str[:12],
            "model": frame["model"].astype(str),
            "served": _served(frame),
            "scored": (frame["status"] == "valid").astype(int),
        }
    )
    counts = told.groupby(["file", "sha256", "model"], sort=True).agg(
        served=("served", _different), rows=("scored", "size"), scored=("scored", "sum")
    )
    return pd.DataFrame(
        {
            "File": counts.index.get_level_values("file"),
            "Model": counts.index.get_level_values("model"),
            "Served as": counts["served"].to_numpy(),
            "Rows": [number(n) for n in counts["rows"]],
            "Scored": [number(n) for n in counts["scored"]],
            "SHA-256": [f"{text}…" for text in counts.index.get_level_values("sha256")],
        }
    )


def _served(frame: pd.DataFrame) -> pd.Series:
    if "model_served" not in frame.columns:
        return pd.Series("", index=frame.index)
    return frame["model_served"].astype(object).where(frame["model_served"].notna(), "").astype(str)


def _different(names: pd.Series) -> str:
    return ", ".join(sorted({name for name in names if name})) or "not said"


def rule_table(responses: Responses) -> pd.DataFrame:
    """Which rule read how many answers, with the status it gave."""
    frame = responses.frame
    counts = (
        pd.DataFrame({"rule": frame["rule"].astype(str), "status": frame["status"].astype(str)})
        .value_counts(["rule", "status"])
        .reset_index(name="n")
        .sort_values(["n", "rule"], ascending=[False, True])
    )
    return pd.DataFrame(
        {
            "Rule": [str(rule).replace("_", " ") for rule in counts["rule"]],
            "Status": [str(status).replace("_", " ") for status in counts["status"]],
            "Answers": [number(n) for n in counts["n"]],
        }
    )


def conflict_table(conflicts: pd.DataFrame) -> pd.DataFrame:
    """What stands twice or contradicts itself; one row that says so where there is nothing."""
    if conflicts.empty:
        return pd.DataFrame({"What": ["nothing"], "Item": ["–"], "Found": ["–"]})
    return conflicts.head(50).set_axis(["What", "Item", "Found"], axis=1)


def parser_status_table(parsers: Mapping[str, Any]) -> pd.DataFrame:
    """Parsers in rows, statuses in columns."""
    frame = pd.DataFrame(parsers["statuses"])
    wide = frame.pivot_table(index="parser", columns="status", values="n", aggfunc="sum", fill_value=0)
    wide = wide.loc[list(dict.fromkeys(frame["parser"])), list(dict.fromkeys(frame["status"]))]
    shown = wide.map(number).rename(columns=lambda s: capitalised(str(s).replace("_", " ")))
    shown.insert(0, "Parser", [str(name).replace("_", " ") for name in wide.index])
    return shown.rename_axis(columns=None).reset_index(drop=True)


def parser_agreement_table(parsers: Mapping[str, Any]) -> pd.DataFrame:
    """One row per pair of parsers: rows, same outcome, kappa with its interval."""
    rows = []
    for pair in parsers["agreement"]:
        kappa = "–" if pair["kappa"] is None else f"{pair['kappa']:.2f}"
        if pair["lower"] is not None:
            kappa += f" [{pair['lower']:.2f}, {pair['upper']:.2f}]"
        rows.append(
            (
                f"{pair['first']} and {pair['second']}".replace("_", " "),
                number(pair["n"]),
                number(pair["n_both"]),
                "–" if pair["same"] is None else f"{pair['same']:.1%}",
                kappa.replace("-", "−"),
            )
        )
    columns = ["Parsers", "Rows", "Both gave a code", "Same outcome", "Cohen's kappa [95 %]"]
    return pd.DataFrame(rows, columns=columns)


def parser_sentence(parsers: Mapping[str, Any]) -> str:
    """On how many rows the parsers differ."""
    names = list(dict.fromkeys(row["parser"] for row in parsers["statuses"]))
    told = listed([n.replace("_", " ") for n in names])
    return (
        f"{len(names)} parsers ({told}) read the same {number(parsers['n_rows'])} raw answers; "
        f"on {number(parsers['n_different'])} of them two or more differ. The scores rest on the default parser."
    )


def key_table(keyed: pd.DataFrame, family: str) -> pd.DataFrame:
    """Dimensions and the items that speak to them; a minus marks a reversed item."""
    chosen = keyed[keyed["family"] == family]
    rows = [
        (
            readable(str(name)),
            ", ".join(_signed(i, s) for i, s in zip(part["item"], part["sign"], strict=True)),
        )
        for name, part in chosen.groupby("dimension", sort=False)
    ]
    return pd.DataFrame(rows, columns=["Dimension", "Items"])


def _signed(item: object, sign: int) -> str:
    return f"−{item}" if sign < 0 else str(item)


def family_of(result: Result) -> str:
    """Family of dimensions that a stored result scores."""
    return str(result.meta["specification"]["family"])


def ordinal_text(study: StoredStudy) -> str:
    """What the ordinal model says, or that the study doesn't fit one."""
    if "ordinal" not in study:
        return "This study fits no ordinal model; its scores are descriptions of the answers' codes."
    return str(study["ordinal"].sentence())
