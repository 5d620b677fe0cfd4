"""A result in one sentence, its caveat inside the sentence."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from valuestats.errors import SpecificationError
from valuestats.labels import listed, number, readable
from valuestats.result import Result


def sentence_result(result: Result) -> str:
    """The sentence that belongs to ``result.kind``.

    Raises
    ------
    SpecificationError
        A kind of result that has no sentence.
    """
    if not result.passed:
        reasons = "; ".join(result.meta["gate"]["reasons"])
        return f"The fit failed its diagnostics gate ({reasons}), so no finding is reported from it."
    write = _SENTENCES.get(result.kind)
    if write is None:
        raise SpecificationError(
            "no sentence for this kind of result",
            parameter="kind",
            got=result.kind,
            expected=", ".join(_SENTENCES),
        )
    return write(result)


def interval(row: pd.Series, digits: int = 2, *, signed: bool = False) -> str:
    """An estimate and its interval as printed text that no line break splits.

    Examples
    --------
    >>> import pandas as pd
    >>> interval(pd.Series({"estimate": 0.5, "lower": 0.25, "upper": 0.75})).replace("\u00a0", " ")
    '0.50 [0.25, 0.75]'
    """
    form = f"{'+' if signed else ''}.{digits}f"
    text = f"{row['estimate']:{form}}"
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        text += f"\u00a0[{row['lower']:{form}},\u00a0{row['upper']:{form}}]"
    return text.replace("-", "−")


def _item_values(result: Result) -> str:
    frame = result.estimates
    above = int((frame["estimate"] > 0.30).sum())
    n = int(frame["n_scored"].median())
    width = float((frame["upper"] - frame["lower"]).median())
    caveat = ", and many of them would not come again in another sample" if width > 0.4 else ""
    return (
        f"Of {number(len(frame))} correlations between items and values, {number(above)} exceed .30; each rests on "
        f"about {n} raters, so the typical 95 % interval is {width:.2f} wide{caveat}."
    )


def _scored(result: Result) -> str:
    scored, asked = int(result.estimates["n_scored"].sum()), int(result.estimates["n_asked"].sum())
    return f"scored {number(scored)} of {number(asked)} answers to keyed items"


def _profile(result: Result, unit: str, caveat: str) -> str:
    key = result.value_key
    mean = result.estimates.groupby(key, observed=True)["estimate"].mean().sort_values(ascending=False)
    names = [readable(str(v)) for v in mean.index]
    top = min(3, len(names) // 2) or 1
    models = result.estimates["model"].nunique()
    return (
        (
            f"Over {models} models {listed(names[:top])} stand highest ({mean.iloc[0]:+.2f} {unit} for {names[0]}) and "
            f"{listed(names[-top:])} lowest ({mean.iloc[-1]:+.2f} for {names[-1]}); {_scored(result)}; {caveat}."
        )
        .replace(" -", " −")
        .replace("(-", "(−")
    )


def _scores(result: Result) -> str:
    clusters = result.meta.get("n_clusters")
    return _profile(
        result,
        "scale points",
        f"intervals resample the {clusters} queries and take the keys as given, so they do not cover the keys' own error",
    )


def _ordinal(result: Result) -> str:
    return _profile(
        result,
        "logits",
        "intervals are posterior and cover items, wordings and models' own reactions to items, but take the keys as given",
    )


def _similarity(result: Result) -> str:
    frame = result.estimates.sort_values("estimate", ascending=False)
    best, last = frame.iloc[0], frame.iloc[-1]
    return (
        f"{best['model']} answers most like people in {best['group']}: {interval(best, 3)} where uniform answers "
        f"score {best['baseline']:.3f} and other countries' people {best['ceiling']:.3f}; the least like are "
        f"{last['model']} and {last['group']} at {interval(last, 3)}, on {int(frame['n_scored'].min())} to "
        f"{int(frame['n_scored'].max())} shared questions; the human shares are taken without sampling error, since "
        "their sample sizes are not published."
    )


def _agreement(result: Result) -> str:
    row = result.estimates.iloc[0]
    if pd.isna(row["estimate"]):
        return "All ratings are the same, so agreement beyond chance is not defined."
    return (
        f"{int(row['n_raters'])} raters agree on {number(row['n_items'])} items with {row['estimand']} {interval(row)} "
        f"({row['metric']}; 0 is chance, 1 is full agreement), from {number(row['n_scored'])} of "
        f"{number(row['n_asked'])} ratings; the interval resamples {number(row['n_units'])} units and takes the raters "
        "as given."
    )


def _reliability(result: Result) -> str:
    if "model" in result.keys:
        return _retest(result)
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    if frame.empty:
        return "No reliability is defined: the answers do not vary."
    low, high = frame.iloc[0], frame.iloc[-1]
    if len(frame) == 1:
        text = f"{high['coefficient']} is {interval(high)}"
    else:
        text = (
            f"Reliability runs from {interval(low)} ({low['coefficient']}, {low['scale']}) to {interval(high)} "
            f"({high['coefficient']}, {high['scale']})"
        )
    return f"{text}; a high value does not show that a scale measures one thing."


def _retest(result: Result) -> str:
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    low, high = frame.iloc[0], frame.iloc[-1]
    return (
        f"Asked again under another condition, the answers of {high['model']} are the most stable "
        f"({high['coefficient']} {interval(high)}) and those of {low['model']} the least ({interval(low)}); the value "
        "is the share of variance that belongs to the items, and intervals resample queries."
    )


_SENTENCES: dict[str, Callable[[Result], str]] = {
    "agreement": _agreement,
    "item_values": _item_values,
    "ordinal": _ordinal,
    "reliability": _reliability,
    "scores": _scores,
    "similarity": _similarity,
}
