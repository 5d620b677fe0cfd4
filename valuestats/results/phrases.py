"""Phrases that sentences and tables share."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.marks import findings, silent_words
from valuestats.results.result import Result


def interval(row: pd.Series, digits: int = 2, *, signed: bool = False) -> str:
    """An estimate and its interval as printed text that no line break splits.

    Examples
    --------
    >>> import pandas as pd
    >>> interval(pd.Series({"estimate": 0.5, "lower": 0.25, "upper": 0.75})).replace("\u00a0", " ")
    '0.50 [0.25, 0.75]'
    """
    form = f"{'+' if signed else ''}.{digits}f"
    value, low, high = (
        round(float(row[k]), digits) + 0.0 for k in ("estimate", "lower", "upper")
    )  # no -0.00
    text = f"{value:{form}}"
    if pd.notna(low) and pd.notna(high):
        text += f"\u00a0[{low:{form}},\u00a0{high:{form}}]"
    return text.replace("-", "−")


def scored(result: Result) -> str:
    """How many of the answers to keyed items were scored, as a phrase."""
    scored, asked = int(result.estimates["n_scored"].sum()), int(result.estimates["n_asked"].sum())
    return f"scored {number(scored)} of {number(asked)} answers to keyed items"


def profile_phrase(result: Result, unit: str, caveat: str, *, signed: bool = True) -> str:
    """The highest and lowest values over the models, of those that are findings, with what was scored and the caveat."""
    form = "+.2f" if signed else ".2f"
    key = result.value_key
    kept = findings(result)
    silent = sorted(set(result.estimates[key].astype(str)) - set(kept[key].astype(str)))
    if kept.empty:
        return f"{silent_words(result)}: {result.verdict.sentence().rstrip('.')}; {scored(result)}; {caveat}."
    if silent:
        caveat = f"{caveat}; no finding, and not ranked: {listed([readable(v) for v in silent])}"
    mean = kept.groupby(key, observed=True)["estimate"].mean().sort_values(ascending=False)
    names = [readable(str(v)) for v in mean.index]
    models = counted(result.estimates["model"].nunique(), "model")
    if len(names) == 1:
        return (
            f"Over {models} {names[0]} has a mean of {mean.iloc[0]:{form}} {unit}; {scored(result)}; {caveat}."
        ).replace(" -", " −")
    top = min(3, len(names) // 2) or 1
    return (
        (
            f"Over {models} {listed(names[:top])} {'stands' if top == 1 else 'stand'} highest "
            f"({mean.iloc[0]:{form}} {unit} for {names[0]}) and "
            f"{listed(names[-top:])} lowest ({mean.iloc[-1]:{form}} for {names[-1]}); {scored(result)}; {caveat}."
        )
        .replace(" -", " −")
        .replace("(-", "(−")
    )


def hypotheses_sentence(result: Result) -> str:
    """The sentence of hypotheses."""
    frame = result.estimates
    wanted = result.meta["specification"]["equal"]
    there = frame.dropna(subset="estimate")
    told, lost = there["differs"].fillna(False), int(there["differs"].isna().sum())
    if there.empty:
        return "No combination of the estimates could be formed."
    row = there.iloc[int(there["estimate"].abs().argmax())]
    where = "".join(f", {row[k]}" for k in result.keys if k != "hypothesis")
    against = "zero" if wanted == 0 else f"{wanted:g}"
    share = f"{float(row['level']):.0%}"
    from_it = "" if wanted == 0 else f", less {wanted:g}"
    held = (
        f"The {share} intervals hold all of them together, so the largest may be picked, and take what the estimates rest "
        "on as given."
        if lost < len(there)
        else "None has an interval, so nothing was tested."
    )
    return (
        f"{int(told.sum())} of {len(there) - lost} {'testable ' if lost else ''}combinations differ from {against}"
        f"{f' ({lost} not testable)' if lost else ''}; the largest is "
        f"{row['hypothesis']}{where}{from_it}: {interval(row, signed=True)}. {held}"
    )
