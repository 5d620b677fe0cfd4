"""Sentences of what a judge's labels are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, levels_of, listed, number, p_value, readable, signed
from valuestats.results.phrases import interval
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.results.untested import pairs_apart

_BEST = ("prediction-powered", "calibrated", "confusion", "labelled", "judge")
_RANDOM = {
    "labelled": "the labelled are a random part",
    "prediction-powered": "the labelled are a random part",
    "calibrated": "the labelled are random given what the judge says",
    "confusion": "the labelled are random given what people say",
    "judge": "the judge never errs",
}
_PAIRS_SHOWN = 4
_MOST_GROUPS = 30  # of which pairs are told


def shown_rows(result: Result) -> pd.DataFrame:
    """The estimates of the labels that are shown: of two labels one, as the other says the same."""
    frame = result.estimates
    shown = result.meta["specification"].get("shown")
    return frame if shown is None or "label" not in frame.columns else frame[frame["label"].isin(shown)]


def printed_rows(result: Result) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """The same for tables that are printed."""
    return shown_rows(result), {}


def judged_sentence(result: Result) -> str:
    """How far the judge is off where that is largest, what people's labels correct it to, and what that assumes."""
    frame = shown_rows(result)
    spec = result.meta["specification"]
    method = next(m for m in _BEST if m in spec["estimators"])
    own = frame[frame["estimator"] == method].reset_index(drop=True)
    one = result.kind == "judged_shares" and len(set(own["label"])) == 1
    what = f"share of {own['label'].iloc[0]!r}" if one else "figure"
    others = [k for k in result.keys if k != "estimator" and not (one and k == "label")]
    if method != "judge" and "judge" in spec["estimators"]:
        judge = frame[frame["estimator"] == "judge"].reset_index(drop=True)
        away = (judge["estimate"] - own["estimate"]).abs()
        row, raw = own.iloc[int(away.argmax())], judge.iloc[int(away.argmax())]
        whom = listed([str(row[k]) for k in others])
        where = f" for {whom}" if others else ""
        largest = f"; the largest of {counted(len(own), 'such difference')}" if len(own) > 1 else ""
        text = (
            f"The judge's {what}{where} is {signed(raw['estimate']).lstrip('+')}, with people's labels "
            f"{interval(row)} ({method}{largest})"
        )
    else:
        row = own.iloc[int(own["estimate"].argmax())]
        whom = listed([str(row[k]) for k in others])
        text = (
            f"The {'highest ' if others else ''}{what} is {f'that of {whom}: ' if others else ''}"
            f"{interval(row)} ({method})"
        )
    said = (
        f"from {counted(int(row['n_labelled']), 'item')} that people labelled{'' if not others else ' there'}"
    )
    agree = float(row["agreement"])
    alike = (
        "how far judge and people agree is not known"
        if np.isnan(agree)
        else f"judge and people say the same of {agree:.0%} of them"
        if result.kind == "judged_shares"
        else f"judge and people correlate {signed(agree).lstrip('+')} there"
    )
    scored = f"scored {number(row['n_scored'])} of {counted(row['n_asked'], 'item')}"
    wrong = method == "confusion" and result.meta.get("unlike", {}).get("found")
    several = one and spec["by"] is not None and len(own) > 1
    differ = f"; {_differ(result, method)}" if several and not wrong else ""
    return f"{text}, {said}{differ}; {alike}; {scored}; {_caveat(result, method)}."


def _differ(result: Result, method: str) -> str:
    """Which groups differ, by the intervals of all pairs that hold together."""
    by, label = result.meta["specification"]["by"], result.meta["specification"]["shown"][0]
    frame = result.estimates
    own = frame[(frame["estimator"] == method) & (frame["label"] == label)]
    if len(own) > _MOST_GROUPS:
        return f"{levels_of(len(own), by)} are compared by contrasts({by!r})"
    drawn = result.replicates().sel(estimator=method, label=label)
    tree = draws_tree("posterior", drawn.to_numpy(), {by: drawn[by].to_numpy()})
    pairs = Result(result.kind, own.reset_index(drop=True), (by,), result.meta, tree).contrasts(by)
    apart = pairs[pairs["differs"].fillna(False)]
    told = f"{pairs_apart(pairs, levels_of(2, by).removeprefix('2 '))} differ by intervals that hold together"
    if apart.empty:
        return told
    largest = apart.reindex(apart["estimate"].abs().sort_values(ascending=False).index).head(_PAIRS_SHOWN)
    names = [f"{r['first']} from {r['second']} by {interval(r, signed=True)}" for _, r in largest.iterrows()]
    more = f" and {number(len(apart) - len(names))} more" if len(apart) > len(names) else ""
    return f"{told}: {', '.join(names)}{more}"


def _caveat(result: Result, method: str) -> str:
    """What must hold for the estimate that is told to be right."""
    spec = result.meta["specification"]
    if any("no random part" in w for w in result.meta["warnings"]):
        left = [m for m in ("calibrated", "confusion") if m in spec["estimators"]]
        return "the labelled are no random part, so that " + (
            f"of these estimates only the {listed(left)} may be right"
            if left
            else "none of these estimates need be right"
        )
    condition = _RANDOM[method]
    if method != "confusion" or not spec.get("shared"):
        return f"right where {condition}"
    unlike = result.meta.get("unlike", {})
    if unlike.get("found"):
        return f"no finding, as {unlike['text']}"
    tested = (
        "which could not be tested"
        if unlike.get("p") is None
        else f"which the labelled do not refute ({p_value(unlike['p'])}, the least of {counted(unlike['tests'], 'test')} "
        "by Holm's rule) and do not show"
    )
    return f"right where the judge errs alike in every {readable(spec['by'] or 'group')}, {tested}, and {condition}"
