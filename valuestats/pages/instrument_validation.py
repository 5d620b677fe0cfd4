"""Whether an instrument measures: reliability, structure, bias between groups, stability of answers, keys."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, counted, listed, number, readable
from valuestats.pages.plans import plans
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import heading, paragraph, show_figure, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import MARKS, WORDS

__all__ = ["StoredStudy", "decision", "evidence_table", "md", "sections", "setup", "show", "show_table"]

QUESTIONS: dict[str, tuple[str, ...]] = {
    "Do the items of a scale hang together?": ("reliability", "circumplex", "graded_response"),
    "Are the keys worth anything in other raters?": ("item_values", "shrunken_item_values", "key_validity"),
    "Do items mean the same in all groups?": ("dif", "invariance", "group_comparison", "plausible_means"),
    "Would the same model answer alike again?": (
        "retest",
        "sensitivity",
        "changed_answers",
        "generalizability",
        "decision",
    ),
    "Is it style rather than content?": (
        "response_style",
        "missing_bounds",
        "missing_sensitivity",
        "refusal_rates",
    ),
    "Do raters or judges agree?": ("agreement", "icc"),
    "Which items tell models apart?": ("informativeness", "item_selection"),
    "Does the model of the answers fit?": ("pp_check",),
}
"""What a validation asks, and the kinds of results that answer it."""
_ENDS = 5
"""Rows from either end of long tables."""

_STEPS = {
    "Do the items of a scale hang together?": "reliability, circumplex",
    "Are the keys worth anything in other raters?": "item_values, key_validity",
    "Do items mean the same in all groups?": "dif, measurement_invariance",
    "Would the same model answer alike again?": "retest, sensitivity, generalizability_study",
    "Is it style rather than content?": "response_style, refusal_rates",
    "Do raters or judges agree?": "agreement, icc",
    "Which items tell models apart?": "informativeness, select_items",
    "Does the model of the answers fit?": "pp_check",
}


def _answers(study: StoredStudy) -> dict[str, list[tuple[str, Result]]]:
    return {
        question: [(step, r) for step, r in study.results.items() if r.kind in kinds]
        for question, kinds in QUESTIONS.items()
    }


def decision(study: StoredStudy) -> str:
    """What speaks for and against the instrument, in one sentence."""
    found = [r for results in _answers(study).values() for r in results]
    if not found:
        return (
            "This study holds no result by which an instrument is validated; steps such as reliability, dif, retest and "
            "key_validity make them."
        )
    sound, care, untested, none = (
        [readable(step) for step, r in found if r.verdict.sign == sign] for sign in WORDS
    )
    parts = [
        f"nothing speaks against {listed(sound)}" if sound else "",
        f"{listed(care)} {'is' if len(care) == 1 else 'are'} to be read with care" if care else "",
        f"{listed(untested)} {'was' if len(untested) == 1 else 'were'} not tested" if untested else "",
        f"{listed(none)} {'is' if len(none) == 1 else 'are'} no finding" if none else "",
    ]
    asked = [q for q, results in _answers(study).items() if results]
    return (
        f"Of {counted(len(found), 'result')} on {counted(len(asked), 'question')} about the instrument, "
        f"{listed([p for p in parts if p])}."
    )


def evidence_table(study: StoredStudy) -> pd.DataFrame:
    """Each question, what answers it, and which step would where nothing does."""
    rows = []
    for question, results in _answers(study).items():
        for step, result in results:
            reasons = list(dict.fromkeys(r.text for r in result.verdict.reasons if r.sign != "sound"))
            sign = result.verdict.sign
            rows.append(
                (
                    question,
                    capitalised(readable(step)),
                    f"{MARKS[sign]} {WORDS[sign]}",
                    "; ".join(reasons[:2]) or "nothing that was looked at",
                )
            )
        if not results:
            steps = _STEPS[question].replace("_", " ")
            rows.append((question, "–", "not asked", f"steps that would answer it: {steps}"))
    return pd.DataFrame(rows, columns=["Question", "Result", "Trust", "What speaks against it"])


def sections(study: StoredStudy) -> None:
    """A section per question: each result with its sentence, verdict, figure and numbers."""
    count = 0
    for q, (question, results) in enumerate(_answers(study).items()):
        if not results:
            continue
        heading(question, f"sec-question-{chr(97 + q)}")
        told: set[str] = set()
        for step, result in results:
            anchor = f"{chr(97 + count // 26)}{chr(97 + count % 26)}"
            count += 1
            name = capitalised(readable(step))
            paragraph(f"{name}. {result.sentence()} {result.verdict.sentence()}")
            chart = study.chart(step)
            if chart is not None:
                show_figure(chart, f"fig-{anchor}", f"{name}: {result.meta['method']}.", result.sentence())
            if (
                chart is None or result.kind not in told
            ):  # the same worked out otherwise has its figure, and no table again
                table, which = _numbers(result)
                show_table_as(table, f"tbl-{anchor}", f"{name}: {which}.")
            told.add(result.kind)

    plans(study)


def _numbers(result: Result) -> tuple[pd.DataFrame, str]:
    """Estimates as text, of many the highest and the lowest, and which they are."""
    frame, which = result.estimates.dropna(subset="estimate"), "estimates with their intervals"
    if len(frame) > 2 * _ENDS:
        which = f"the {_ENDS} highest and the {_ENDS} lowest of {number(len(frame))} estimates, with their intervals"
        ordered = frame.sort_values("estimate", ascending=False, kind="stable")
        frame = pd.concat([ordered.head(_ENDS), ordered.tail(_ENDS)])
    shown = {capitalised(readable(k)): frame[k].astype(str).map(readable) for k in result.keys}
    return pd.DataFrame(
        {
            **shown,
            "Estimate": [interval(row) for _, row in frame.iterrows()],
            "Scored of asked": [
                f"{float(s):,.0f} of {float(a):,.0f}"
                for s, a in zip(frame["n_scored"], frame["n_asked"], strict=True)
            ],
        }
    ), which
