"""What the page of models by an instrument shows: scores, where rows came from, how answers were read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from valuestats.base.labels import capitalised, listed, number, readable
from valuestats.pages.model_comparison import keys_of
from valuestats.pages.model_sections import answers, ordinal_of, said, scores, scores_of
from valuestats.pages.parts import absent, at_a_glance, made, required, step_of
from valuestats.reporting import md, setup
from valuestats.reporting.sections import heading, paragraph, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result
from valuestats.tables import Responses

__all__ = [
    "StoredStudy",
    "conflict_table",
    "key_table",
    "md",
    "parser_agreement_table",
    "parser_sentence",
    "parser_status_table",
    "rule_table",
    "sections",
    "setup",
    "source_table",
]


def sections(study: StoredStudy) -> None:
    """The page: what can be said first, then how it came about."""
    scored, modelled = scores_of(study), ordinal_of(study)
    lead = required(study, "instrument_comparison", "scores of models", "score", scored)
    heading("What can be said", "sec-said")
    said(study, lead)
    read = step_of(study, verbs=("compare_parsers",), usual=("parsers",))
    lines = {
        "Answers": study.status_sentence() if study.asked else "",
        "Reading": parser_sentence(study[read]) if read else "",
        "Scores": study[lead].sentence(),
        "Ordinal model": study[modelled].sentence()
        if modelled
        else "This study fits no ordinal model; its scores are descriptions of the answers' codes.",
    }
    at_a_glance(study, lines)
    heading("The logs", "sec-logs")
    _logs(study)
    heading("The answers", "sec-answers")
    if study.asked:
        answers(study)
    else:
        absent("raw answers", "read_responses")
    heading("How the answers were read", "sec-reading")
    _reading(study, read)
    heading("Scores", "sec-scores")
    _keys(study, study[lead])
    scores(study, lead)
    if study[lead].meta["warnings"]:
        paragraph("What a reader must know of the scores:")
        md(study.warning_list(lead))
    heading("How this was made", "sec-made")
    made(study, [lead])


def _logs(study: StoredStudy) -> None:
    if not study.asked:
        absent("raw answers", "read_responses")
        return
    paragraph(
        "Every record of every log is one row below; nothing is dropped. A model that was served under another name "
        "than the one asked for may be another model."
    )
    caption = "Logs, models as requested and as served, rows, and rows that could be scored."
    show_table_as(source_table(study.responses), "tbl-sources", caption, align="lllrrl")
    found = step_of(study, verbs=("merge_report",), usual=("conflicts",))
    if found is None:
        absent("report of what stands twice in the logs", "merge_report")
        return
    caption = "What stands twice in the logs, and items that they define in two ways."
    show_table_as(conflict_table(study[found]), "tbl-conflicts", caption, align="lll")


def _reading(study: StoredStudy, read: str | None) -> None:
    if study.asked and "rule" in study.responses.frame.columns:
        caption = "Rules by which the answers were read."
        show_table_as(rule_table(study.responses), "tbl-rules", caption, align="llr")
    if read is None:
        absent("comparison of ways to read the same answers", "compare_parsers")
        return
    paragraph(
        f"{parser_sentence(study[read])} Agreement of parsers does not show that they are right: an option may be read "
        "wrongly by all of them."
    )
    show_table_as(
        parser_status_table(study[read]), "tbl-parsers", "What each parser made of the same answers."
    )
    pairs = parser_agreement_table(study[read])
    if len(pairs):
        caption = (
            "Agreement of each pair of parsers that can read the answers on the outcome (a code, or no answer); "
            "intervals resample items. A dash stands where nothing varies."
        )
        show_table_as(pairs, "tbl-parser-agreement", caption, align="lrrrr")


def _keys(study: StoredStudy, result: Result) -> None:
    family = result.meta["specification"].get("family")
    found = keys_of(study, family)
    if found is None:
        absent("table of the keys that the scores rest on", "instrument_keys or keys")
        return
    paragraph(
        "Which items a score is made of stands in the table of keys. Where an instrument declares them, its items were "
        "validated with people, and that they measure the same in language models is an assumption."
    )
    caption = "Items of each dimension; a minus marks one that counts reversed."
    show_table_as(key_table(study[found], str(family)), "tbl-keys", caption, align="ll")


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
    """One row per pair of parsers that can read the format: rows, same outcome, kappa with its interval."""
    able = {row["parser"] for row in parsers["reading"] if row["able"]}
    rows = []
    for pair in parsers["agreement"]:
        if not {pair["first"], pair["second"]} <= able:
            continue
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
    columns = ["Parsers", "Rows", "Both gave a code", "Same outcome", "Cohen's kappa [95%]"]
    return pd.DataFrame(rows, columns=columns)


def parser_sentence(parsers: Mapping[str, Any]) -> str:
    """Which parsers can read these answers, on how many of them those differ, and what the others could read."""
    reading = pd.DataFrame(parsers["reading"])
    reading["parser"] = reading["parser"].str.replace("_", " ")
    able, others = reading[reading["able"]], reading[~reading["able"]]
    names, rows = listed(able["parser"].tolist()), number(parsers["n_rows"])
    if len(able) < 2:
        said = f"Of the parsers only {names} can read answers of this form"
    elif parsers["n_different"]:
        differ, codes = parsers["n_different"], parsers["n_contradicted"]
        one = "one gives a code where another gives none"
        how = f"on {number(codes)} with two codes" if codes else f"{one}, and no two give different codes"
        said = (
            f"{capitalised(names)} read the same {rows} raw answers and differ on {number(differ)} of them: {how}"
            + (f", on the others {one}" if 0 < codes < differ else "")
        )
    else:
        said = f"{capitalised(names)} make the same of each of the {rows} raw answers"
    for row in others.to_dict("records"):
        could = f"could read {number(row['n_read'])} of {number(row['n'])}"
        said += f"; {row['parser']}, made for another form of answer, {could}"
    return f"{said}. The scores rest on the default parser."


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
