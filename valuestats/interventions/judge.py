"""Effects on what people would say, from outcomes that a judge labelled and labels of people for a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.errors import InputError, SpecificationError
from valuestats.interventions.cells import Array

Errs = Literal["alike", "by condition"]


@dataclass(frozen=True)
class JudgeErrors:
    """Draws of how often the judge says yes where people do (`hit`), and no where they do (`right`), by condition.

    Attributes
    ----------
    hit, right
        By condition, shape ``(draws,)``; under ``""`` where the judge errs alike everywhere.
    counts
        Labelled items by condition: people's yes, of which the judge's; people's no, of which the judge's.
    p_alike
        P-value of equal errors under all conditions; NaN where there is one.
    """

    hit: dict[str, Array]
    right: dict[str, Array]
    counts: dict[str, list[int]]
    p_alike: float

    def of(self, condition: str) -> tuple[Array, Array]:
        """Draws under a condition."""
        key = condition if condition in self.hit else ""
        return self.hit[key], self.right[key]


def judge_errors(
    judged: pd.DataFrame, errs: Errs, conditions: list[str], draws: int, rng: np.random.Generator
) -> JudgeErrors:
    r"""Sensitivity and specificity by Jeffreys' posterior, :math:`\mathrm{Beta}(k+1/2,\,n-k+1/2)`.

    Raises
    ------
    InputError
        A missing column, a label that is neither 0 nor 1, by row.
    SpecificationError
        No item of either label (of a condition, where it errs by condition).
    """
    wanted = ["judge", "label", *(["condition"] if errs == "by condition" else [])]
    missing = [c for c in wanted if c not in judged.columns]
    if missing:
        raise InputError(
            "judged: a column is missing",
            parameter="judged",
            got=", ".join(map(str, judged.columns)),
            expected=", ".join(missing),
        )
    for column in ("judge", "label"):
        wrong = ~judged[column].isin([0, 1]).to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                "a label is 0 or 1",
                parameter=column,
                got=judged[column].iloc[row],
                expected="0 or 1",
                row=row,
            )
    named = judged["condition"].astype(str) if "condition" in judged.columns else pd.Series("", judged.index)
    keys = conditions if errs == "by condition" else [""]
    counts, hit, right = {}, {}, {}
    for key in keys:
        own = judged[named == key] if key else judged
        told, said = own["label"].to_numpy(dtype=int), own["judge"].to_numpy(dtype=int)
        yes, no = int((told == 1).sum()), int((told == 0).sum())
        if not yes or not no:
            raise SpecificationError(
                "people's labels of one kind only",
                parameter="judged",
                got=f"{f'{key}: ' if key else ''}{yes} yes, {no} no",
                expected="some of each",
            )
        both = [yes, int(said[told == 1].sum()), no, int((1 - said[told == 0]).sum())]
        counts[key] = both
        hit[key] = rng.beta(both[1] + 0.5, yes - both[1] + 0.5, draws)
        right[key] = rng.beta(both[3] + 0.5, no - both[3] + 0.5, draws)
    return JudgeErrors(hit, right, counts, _alike(judged, named))


def _alike(judged: pd.DataFrame, named: pd.Series) -> float:
    """Whether the judge errs alike under all conditions, people's yes and no one by one (Bonferroni of two)."""
    found = []
    for label in (0, 1):
        own = judged["label"] == label
        table = pd.crosstab(named[own], judged["judge"][own]).to_numpy()
        if min(table.shape) > 1:
            found.append(float(stats.chi2_contingency(table, correction=False).pvalue))
    return min(1.0, 2 * min(found)) if found else float("nan")


def people_say(mean: Array, hit: Array, right: Array) -> Array:
    r"""Share that people would call yes, where a judge calls `mean` yes (Rogan and Gladen 1978).

    :math:`(m + b - 1)/(a + b - 1)`, a its sensitivity and b its specificity.

    Examples
    --------
    >>> import numpy as np
    >>> people_say(np.array([0.5]), np.array([0.9]), np.array([0.7])).round(3)
    array([0.333])
    """
    worth = hit + right - 1
    return np.asarray((mean + right - 1) / np.where(worth > 0, worth, np.nan))


def corrected(errors: JudgeErrors, condition: str, control: str, treated: Array, untreated: Array) -> Array:
    """Draws of the effect on what people would say, from draws of the judged means."""
    one, two = errors.of(condition), errors.of(control)
    return np.asarray(people_say(treated, *one) - people_say(untreated, *two))


def judge_record(errors: JudgeErrors | None, errs: str) -> dict[str, Any] | None:
    """What is kept of the judge's errors."""
    if errors is None:
        return None
    return {
        "errs": errs,
        "counts": errors.counts,
        "sensitivity": {k: float(v.mean()) for k, v in errors.hit.items()},
        "specificity": {k: float(v.mean()) for k, v in errors.right.items()},
        "p_alike": errors.p_alike,
        "worthless": float(max(np.mean(errors.hit[k] + errors.right[k] <= 1) for k in errors.hit)),
    }
