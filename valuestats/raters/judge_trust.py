"""What speaks for and against estimates that rest on a judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.labels import TWO_SPELLINGS, counted
from valuestats.raters.judged_labels import ONE_SIDED
from valuestats.raters.judged_table import NOT_RANDOM, WHOLE
from valuestats.results.aspects import Aspect
from valuestats.results.result import Result
from valuestats.results.trust import of_notes
from valuestats.results.verdicts import TRUST_LIMITS, Reason

_AS_IS = "the judge's errors are in it"


def judged_reasons(result: Result) -> list[Reason]:
    """The uncorrected judge, a labelled part that differs from the rest, few labels, a judge that follows nobody."""
    by = result.meta["specification"]["by"]
    estimators = result.meta["specification"]["estimators"]
    found = [Reason("labels", "care", _AS_IS, {"estimator": "judge"})] if "judge" in estimators else []
    found += label_reasons(result)
    for name, part in result.meta["parts"].items():
        where = {} if by is None else {by: name}
        if part["p"] is not None and part["p"] < NOT_RANDOM:
            text = f"people labelled no random part: the judge's labels there are off by up to {part['difference']:.2f}"
            found += [
                Reason("labels", "care", text, {**where, "estimator": method})
                for method in ("labelled", "prediction-powered")
                if method in estimators
            ]
    if any("are in clusters" in w for w in result.meta["warnings"]):
        text = "takes items as independent, and these are in clusters"
        found += [
            Reason("labels", "care", text, {"estimator": name})
            for name in ("calibrated", "confusion")
            if name in estimators
        ]
    unlike = result.meta.get("unlike", {})
    if unlike.get("found"):
        found.append(Reason("unlike", "none", unlike["text"], {"estimator": "confusion"}))
    for name, table in result.meta.get("confusion", {}).items():
        if "confusion" in estimators and not _follows(np.array(table)):
            where = {} if by is None else {by: name}
            text = "the judge's labels do not follow people's, so that nothing can be told from them"
            found.append(Reason("labels", "none", text, {**where, "estimator": "confusion"}))
    frame = result.estimates
    if result.kind == "judged_means" and "judge" in estimators:
        found += _blind(frame[frame["estimator"] == "judge"], by)
    n = int(frame["n_units"].min())
    if n < TRUST_LIMITS.units and len(result.keys) == 1:  # with more keys every result says so
        few = ", too few for an interval" * (n < TRUST_LIMITS.fewest_units)
        found.append(Reason("units", "care", f"rests on {counted(n, 'labelled unit')}{few}"))
    return found


def _blind(frame: pd.DataFrame, by: str | None) -> list[Reason]:
    """Groups in which ratings of judge and people are not known to go together, by a t test at .05."""
    found = []
    for row in frame.to_dict("records"):
        r, n = float(row["agreement"]), int(row["n_labelled"])
        t = r * np.sqrt(max(n - 2, 0) / max(1 - r * r, 1e-12))
        if n < 3 or np.isnan(r) or stats.t.sf(t, n - 2) >= 0.05:
            how = "" if np.isnan(r) else f" (r = {r:.2f})".replace("-", "−")
            text = f"the judge's ratings are not known to follow people's{how} over {counted(n, 'labelled item')}"
            found.append(
                Reason(
                    "labels",
                    "none",
                    text,
                    {"estimator": "judge", **({} if by is None else {by: str(row[by])})},
                )
            )
    return found


def label_reasons(result: Result) -> list[Reason]:
    """What the table of labels says against itself: labels of one side, names in two spellings, whole clusters labelled."""
    known: tuple[tuple[str, Aspect], ...] = (
        (ONE_SIDED, "labels"),
        (TWO_SPELLINGS, "spelling"),
        (WHOLE, "design"),
    )
    return of_notes(result, known)


def _follows(table: np.ndarray) -> bool:
    """Whether the judge's labels depend on people's, by a chi-square test at .05 where both vary."""
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(kept.shape) < 2:
        return False
    return bool(stats.chi2_contingency(kept, correction=False).pvalue < 0.05)
