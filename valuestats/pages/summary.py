"""One page for those who decide: what was found, whether it can be trusted, and what it rests on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from valuestats.base.labels import capitalised, counted, listed, number, readable
from valuestats.base.registry import kind
from valuestats.figures.refused import refused_chart
from valuestats.pages.decision import decision_caption, decision_chart, decision_sentence
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import show_figure
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.aspects import AMISS
from valuestats.results.exports import captioned
from valuestats.results.result import Result
from valuestats.results.untested import has_intervals
from valuestats.results.verdicts import MARKS, SILENT, WORDS
from valuestats.tables.conditions import level_names

__all__ = [
    "StoredStudy",
    "against",
    "basis",
    "lead_alt",
    "lead_caption",
    "lead_chart",
    "lead_sentence",
    "limits",
    "md",
    "setup",
    "show",
    "show_figure",
    "show_table",
    "trust_table",
]

_COMPARED = ("scores", "ordinal", "instrument_scores")
_RANK = {"sound": 0, "care": 1, "untested": 2, "none": 3}
_MOST = 2


def lead(study: StoredStudy) -> tuple[str, Result] | None:
    """The result that the page leads with: of those that may be read the first that compares models, else the first."""
    found = sorted(
        study.results.items(),
        key=lambda item: (
            item[1].verdict.sign in SILENT or bool(item[1].verdict.nothing),
            item[1].kind not in _COMPARED or "model" not in item[1].keys,
            not kind(item[1].kind).figure,
        ),
    )
    return found[0] if found else None


def lead_sentence(study: StoredStudy) -> str:
    """Who differs, by how much, and whether it can be trusted; of other results their own sentence."""
    found = lead(study)
    if found is None:
        return "This study holds no result."
    step, result = found
    if _compares(result):
        unit = "logits" if result.kind == "ordinal" else "scale points"
        return decision_sentence(result, unit)
    return f"{result.sentence()} {result.verdict.sentence()}" if step else ""


def lead_chart(study: StoredStudy) -> Any:
    """The chart of that result; where it failed its gate, or there is none, why."""
    found = lead(study)
    if found is None:
        return refused_chart(["this study holds no result"])
    step, result = found
    if _compares(result):
        return study.figure(step, decision_chart)
    if not kind(result.kind).figure:
        return refused_chart([f"results of the kind {readable(result.kind)} have no figure"])
    return study.figure(step, lambda r: r.plot())


def lead_caption(study: StoredStudy) -> str:
    """What the chart shows."""
    found = lead(study)
    if found is None:
        return "Nothing to show."
    step, result = found
    if not _compares(result):
        return f"{capitalised(readable(step))}: {captioned(result)}."
    return decision_caption(result).partition(". ")[0].rstrip(".") + "."


def lead_alt(study: StoredStudy) -> str:
    """The chart in words."""
    return lead_sentence(study)


def _compares(result: Result) -> bool:
    return result.kind in _COMPARED and "model" in result.keys and result.draws is not None


def trust_table(study: StoredStudy) -> pd.DataFrame:
    """Results by verdict: what may be read stands first, those of which the same is said together in one row."""
    rows: list[tuple[str, str, str]] = []
    clean = [
        step
        for step, r in study.results.items()
        if r.verdict.sign == "sound" and not _amiss(r) and not r.verdict.nothing
    ]
    if clean:
        names = [readable(step) for step in clean]
        rows.append(
            (f"{MARKS['sound']} {WORDS['sound']}", capitalised(listed(names)), "nothing that was looked at")
        )
    others = [(step, r) for step, r in study.results.items() if step not in clean]
    alike: dict[tuple[str, str], list[str]] = {}
    for step, result in sorted(others, key=lambda item: _RANK[item[1].verdict.sign]):
        sign = result.verdict.sign
        told = "; ".join([*result.verdict.nothing, against(result)])
        told = f"in a part: {told}" if sign == "sound" and _amiss(result) else told
        told += _lost(result)
        alike.setdefault((f"{MARKS[sign]} {WORDS[sign]}", told), []).append(readable(step))
    rows += [(mark, capitalised(listed(names)), told) for (mark, told), names in alike.items()]
    return pd.DataFrame(rows, columns=["Trust", "Result", "What speaks against it"])


def _lost(result: Result) -> str:
    """Labels (values, models) of which nothing is found or tested, where others of the result have something."""
    if result.verdict.sign in SILENT:
        return ""
    signs = result.verdict.of(result.value_key)
    said = []
    for sign in SILENT:
        names = [readable(str(label)) for label in signs.index[signs == sign]]
        if names:
            said.append(f"{MARKS[sign]} {WORDS[sign]}: {level_names(names)}")
    return "".join(f"; {one}" for one in said)


def against(result: Result) -> str:
    """What speaks against a result, or a part of it, in short."""
    return "; ".join(_amiss(result)) or "nothing that was looked at"


def _amiss(result: Result) -> list[str]:
    found = [(r.aspect, r.sign) for r in result.verdict.against]
    return list(dict.fromkeys(AMISS.get(key, key[0]) for key in found))


def basis(study: StoredStudy) -> str:
    """What the study rests on: answers, data, intervals, when and with what it was made."""
    manifest = study.manifest
    if "responses" in study:
        counts = study.responses.status_counts()
        valid, asked = (number(int(counts[c].iloc[0])) for c in ("valid", "asked"))
        models, items = len(study.responses.models), len(study.responses.items)
        said = f"{valid} of {asked} answers of {counted(models, 'model')} to {counted(items, 'item')} could be scored."
    elif study.results:
        step, result = next(iter(study.results.items()))
        known: dict[str, Any] = result.meta.get("answers") or {}
        least = (number(float(known.get(c) or result.estimates[f"n_{c}"].max())) for c in ("scored", "asked"))
        what = counted(2, str(known.get("of", "answer"))).removeprefix("2 ")
        said = "{} {what} scored of {} asked stand behind {}.".format(*least, readable(step), what=what)
    else:
        said = "No answers were scored."
    data = ", ".join(f"{name} ({told['licence']})" for name, told in manifest["datasets"].items())
    intervals = (
        f"Intervals hold the truth with probability {manifest['level']:g} where their assumptions hold. "
        if any(has_intervals(r.estimates) for r in study.results.values())
        else ""
    )
    return (
        f"{said} Data: {data or 'files of the study'}. {intervals}Made on {manifest['finished'][:10]} by valuestats "
        f"{manifest['valuestats']}, seed {manifest['seed']}."
    )


def limits(study: StoredStudy) -> str:
    """What a reader must know before deciding, as a list: the warnings of the results that may be read."""
    from valuestats.reporting.markdown import escape_markdown

    found: dict[str, list[str]] = {}
    for step, result in study.results.items():
        if result.verdict.sign not in SILENT:
            for text in result.meta["warnings"]:
                found.setdefault(str(text), []).append(readable(step))
    none, untested = (
        [readable(step) for step, result in study.results.items() if result.verdict.sign == sign]
        for sign in ("none", "untested")
    )
    lines = [
        f"{text[0].upper()}{text[1:]} ({listed(steps[:3])})." for text, steps in list(found.items())[:_MOST]
    ]
    if len(found) > _MOST:
        lines.append(f"{counted(len(found) - _MOST, 'more warning')} in the methods.")
    if none:
        lines.insert(0, f"No finding, and not to be acted on: {listed(none)}.")
    if untested:
        lines.insert(
            0, f"Not tested, so that neither an effect nor its absence is known: {listed(untested)}."
        )
    lines.append(
        "Values are what these instruments and prompts brought out; other prompts may bring out others."
    )
    return "\n".join(f"- {escape_markdown(line)}" for line in lines)
