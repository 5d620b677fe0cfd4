"""Whether a similarity is more than what answering at random would reach."""

from __future__ import annotations

from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def baseline_reasons(result: Result) -> list[Reason]:
    """Each similarity against that of uniform answers on the same questions: its ``baseline``."""
    found = []
    for row in result.estimates.to_dict("records"):
        base = row["baseline"]
        if base != base or row["estimate"] != row["estimate"]:
            continue
        where = {k: str(row[k]) for k in result.keys}
        numbers = f"{row['estimate']:.3f} against {base:.3f}"
        low, high = (row[c] if row[c] == row[c] else row["estimate"] for c in ("lower", "upper"))
        if high < base:
            found.append(Reason("baseline", "none", f"below what uniform answers score, {numbers}", where))
        elif low <= base:
            found.append(
                Reason("baseline", "none", f"not above what uniform answers score, {numbers}", where)
            )
    return found or [Reason("baseline", "sound", "every similarity lies above what uniform answers score")]
