"""Whether a similarity is more than what answering at random would reach, and rests on answers enough."""

from __future__ import annotations

import pandas as pd

from valuestats.results.result import Result
from valuestats.results.untested import why_untested
from valuestats.results.verdicts import Reason
from valuestats.similarity.group_order import ORDER, order_reasons
from valuestats.similarity.sampling_error import FEWEST

ANSWERS = "answers"
"""The question whether answers are nearer to people's than uniform ones; see `valuestats.results.verdicts.QUESTIONS`."""

FEWEST_FOR_ORDER = 12
"""With fewer answers the order of groups can't be told either: where the shares of one group are even and those of the other
are not, intervals of differences held the truth in .89 of studies of three answers, in .918 of six and in .952 of twelve
(``benchmarks/group_order_coverage.py``)."""
TOO_FEW = 20
"""With fewer answers behind a distribution the correction leaves so much bias that intervals miss (docs/calibration.md)."""


def baseline_reasons(result: Result) -> list[Reason]:
    """Each similarity against that of uniform answers on the same questions, and the answers behind its shares."""
    found = _few_answers(result)
    few = {tuple(r.where.values()) for r in found if r.sign == "untested"}
    for row in result.estimates.to_dict("records"):
        base = row["baseline"]
        if base != base or row["estimate"] != row["estimate"]:
            continue
        where = {k: str(row[k]) for k in result.keys}
        if tuple(where.values()) in few:
            continue  # neither above nor below can be told
        numbers = f"{row['estimate']:.3f} against {base:.3f}"
        low, high = (row[c] if row[c] == row[c] else row["estimate"] for c in ("lower", "upper"))
        if high < base:
            found.append(
                Reason("baseline", "none", f"below what uniform answers score, {numbers}", where, ANSWERS)
            )
        elif low <= base:
            found.append(
                Reason("baseline", "none", f"not above what uniform answers score, {numbers}", where, ANSWERS)
            )
    if not any(reason.aspect == "baseline" for reason in found):
        text = "every similarity lies above what uniform answers score"
        found.append(
            Reason(
                "baseline", "sound", text if not few else f"{text}, of those that can be told", {}, ANSWERS
            )
        )
    return [*found, *order_reasons(result)]


def _few_answers(result: Result) -> list[Reason]:
    """Shares of so few answers that their sampling error is in the similarity, or can't be taken off it."""
    corrected = result.meta.get("specification", {}).get("people_uncertainty") == "jackknife"
    found = []
    for row in result.estimates.to_dict("records"):
        sides = {"answers": row.get("n_answers"), "people": row.get("n_people")}
        # shares of people are taken as known without the correction, and said to be
        known = {
            who: n for who, n in sides.items() if n is not None and n == n and (corrected or who == "answers")
        }
        if row["estimate"] != row["estimate"] or not known:
            continue
        who, n = min(known.items(), key=lambda side: side[1])
        where = {k: str(row[k]) for k in result.keys}
        if corrected and n < TOO_FEW:
            text = f"{n:.0f} {who} a question are too few to take the sampling error of their shares off"
            if n < FEWEST_FOR_ORDER:
                found.append(Reason("answers", "untested", text, where))
                continue
            found.append(Reason("answers", "untested", text, where, ANSWERS))
            # differences between groups share the model's error: their intervals hold (docs/calibration.md)
            left = f"shares of {n:.0f} {who} a question: a part of the sampling error stays"
            found.append(Reason("answers", "care", left, where, ORDER))
        elif n < FEWEST:
            left = (
                "a part of the sampling error stays" if corrected else "their sampling error makes it smaller"
            )
            found.append(Reason("answers", "care", f"shares of {n:.0f} {who} a question: {left}", where))
    return found


def condition_reasons(result: Result) -> list[Reason]:
    """Changes whose interval holds none, or that have no interval; each is judged alone."""
    found = []
    for _, row in result.estimates.dropna(subset="estimate").iterrows():
        where = {key: str(row[key]) for key in result.keys}
        if pd.isna(row["lower"]) or pd.isna(row["upper"]):
            found.append(Reason("effect", "untested", why_untested(result), where))
        elif row["lower"] <= 0 <= row["upper"]:
            found.append(Reason("effect", "none", "its interval holds no change", where))
    return found
