"""Sentences of audits, and what they say of a table's trust."""

from __future__ import annotations

from valuestats.auditing.findings import SEVERITIES, audit_findings
from valuestats.base.labels import counted, listed, number, p_value
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def audit_sentence(result: Result) -> str:
    """How much was looked at, what was found, the gravest of it, and what could not be looked at."""
    found = audit_findings(result)
    spec, frame = result.meta["specification"], result.estimates
    where = f"{counted(spec['cells'], 'printed number')}"
    if spec["tables"] > 1:
        where += f" in {counted(spec['tables'], 'table')}"
    ways = counted(int((frame["n_asked"] > 0).sum()), "check")
    if found.empty:
        text = f"Of {where}, {ways} found nothing odd; numbers that fit each other may still be wrong."
    else:
        parts = [
            f"{number(len(own))} {severity} ({', '.join(own['check'].unique())})"
            for severity in SEVERITIES
            if len(own := found[found["severity"] == severity])
        ]
        first = found.iloc[0]
        chance = "" if first["p"] != first["p"] else f" ({p_value(float(first['p']))})"
        table = f"{first['table']}: " if first["table"] else ""
        text = (
            f"Of {where}, {ways} found {counted(len(found), 'oddity', 'oddities')}: {listed(parts)}. "
            f"{'Above all' if len(found) > 1 else 'It is'} {table}{first['where']}: {first['text']}{chance}."
        )
    left = result.meta["not_checked"]
    return text + (f" Not looked at: {'; '.join(left)}." if left else "")


def audit_trust(result: Result) -> list[Reason]:
    """Checks that found something the table can't have as declared."""
    found = audit_findings(result)
    grave = found[found["severity"] != "notable"]
    return [
        Reason(
            "consistency",
            "care",
            f"{counted(len(part), 'finding')}: {part['text'].iloc[0]}",
            {"check": str(check)},
        )
        for check, part in grave.groupby("check", sort=False)
    ] or [Reason("consistency", "sound", "the numbers fit each other as declared")]
