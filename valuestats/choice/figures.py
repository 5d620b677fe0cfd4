"""Figures of strengths, and of effects by the levels of a factor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, readable
from valuestats.figures.intervals import interval_rows
from valuestats.results.marks import marked
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.tables import result_table

if TYPE_CHECKING:
    import great_tables as gt

_OF_LEVEL = re.compile(
    r"(?:(?P<one>[^:\[\]]+):)?(?P<factor>[^:\[\]]+)\[(?P<level>[^\]]+)\](?::(?P<two>[^:\[\]]+))?"
)


def strength_chart(result: Result, *, width: int = 480) -> Figure:
    """Strengths with their intervals, options from highest to lowest, groups side by side."""
    frame = result.estimates.dropna(subset="estimate")
    others = [k for k in result.keys if k != "option"]
    order = list(frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False).index)
    series = frame[others[0]] if others else "all"
    return interval_rows(
        frame.assign(row=frame["option"], series=series),
        order=order,
        title="Strength (logits about the mean option)",
        zero=True,
        width=width,
    )


def rating_chart(result: Result, *, width: int = 480) -> Figure:
    """Elo ratings with their range over orders of the games."""
    frame = result.estimates.dropna(subset="estimate")
    others = [k for k in result.keys if k != "option"]
    order = list(frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False).index)
    return interval_rows(
        frame.assign(row=frame["option"], series=frame[others[0]] if others else "all"),
        order=order,
        title="Elo rating (range over orders)",
        zero=False,
        width=width,
    )


def choice_fit_chart(result: Result, *, width: int = 480) -> Figure:
    """Terms of a choice model with their intervals, in the order of the model; effects by level beside each other."""
    frame = result.estimates.dropna(subset="estimate")
    by_level = effects_by_level(result)
    if by_level is not None:
        return interval_rows(
            frame.assign(row=by_level["effect"], series=by_level["level"]),
            order=list(dict.fromkeys(by_level["effect"])),
            title=f"Effect (logits), by {readable(by_level['factor'].iloc[0])}",
            zero=True,
            width=width,
        )
    return interval_rows(
        frame.assign(row=frame["term"], series=frame["part"]),
        order=list(frame["term"]),
        title="Estimate (logits)",
        zero=True,
        width=width,
    )


def effects_by_level(result: Result) -> pd.DataFrame | None:
    """Effect, factor and level of each term, where all are effects by the levels of one factor (``n:model[a]``).

    Examples
    --------
    >>> from valuestats.results.meta import make_meta
    >>> terms = ["n:model[a]", "n:model[b]", "child:model[a]", "child:model[b]"]
    >>> frame = pd.DataFrame({"term": terms, "part": "coefficient", "estimate": 1.0, "estimand": "x", "std_error": 0.1})
    >>> frame = frame.assign(lower=0.8, upper=1.2, level=0.95, interval="Wald", n_scored=9, n_asked=9)
    >>> made = Result("choice_fit", frame, ("term",), make_meta("model", {}))
    >>> effects_by_level(made)[["effect", "level"]].to_numpy().tolist()
    [['n', 'a'], ['n', 'b'], ['child', 'a'], ['child', 'b']]
    """
    frame = result.estimates.dropna(subset="estimate")
    found = [_OF_LEVEL.fullmatch(str(term)) for term in frame["term"]]
    if not found or any(m is None or (m["one"] is None) == (m["two"] is None) for m in found):
        return None
    table = pd.DataFrame(
        [(m["one"] or m["two"], m["factor"], m["level"]) for m in found if m is not None],
        columns=["effect", "factor", "level"],
        index=frame.index,
    )
    effects, factors, levels = (set(table[c]) for c in ("effect", "factor", "level"))
    alone = len(factors) == 1 and not table.duplicated(["effect", "level"]).any()
    return table if alone and len(effects) > 1 and len(levels) > 1 else None


def choice_fit_table(result: Result, *, rows: int | None = None, digits: int = 2) -> gt.GT:
    """Terms of a choice model; effects in rows and the levels that they differ by in columns, where all are of that kind."""
    by_level = effects_by_level(result)
    if by_level is None:
        return result_table(result, rows=rows, digits=digits)
    import great_tables as gt

    printed = zip(result.estimates.iterrows(), result.verdict.rows["sign"], strict=True)
    text = {k: marked(interval(row, digits, signed=True), sign) for (k, row), sign in printed}
    wide = by_level.assign(text=[text[k] for k in by_level.index]).pivot(
        index="effect", columns="level", values="text"
    )
    wide = wide.loc[list(dict.fromkeys(by_level["effect"])), list(dict.fromkeys(by_level["level"]))].fillna(
        "–"
    )
    wide.index = pd.Index([capitalised(readable(str(v))) for v in wide.index])
    shown = wide.rename_axis(columns=None).rename_axis("Effect (logits)").reset_index()
    shown = shown.head(rows) if rows else shown
    return gt.GT(shown, id="valuestats-choice-fit").tab_source_note(str(result.meta.get("method", "")))
