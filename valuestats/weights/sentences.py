"""Sentences of weights."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.weights.curve import ACCURACY, AGAINST, LOG_SCORE


def _lost(result: Result) -> str:
    lost = [w for w in result.meta["warnings"] if "left out" in w]
    return f"; {lost[0]}" if lost else ""


def _unit(result: Result) -> str:
    unit = result.meta["specification"]["unit"]
    if unit == "choice":
        return "choices taken as independent"
    return f"resampled by {readable(str(unit))}, {counted(int(result.estimates['n_units'].min()), 'unit')}"


def weights_sentence(result: Result) -> str:
    """The largest weight, how many can be told from 0, and how far features vary together."""
    frame = result.estimates.sort_values("estimate", ascending=False)
    spec = result.meta["specification"]
    n = counted(int(frame["n_scored"].iloc[0]), "choice")
    top = frame.iloc[frame["estimate"].abs().to_numpy().argmax()]
    what = "has the largest share of the weights" if spec["constraint"] == "simplex" else "weighs most"
    text = f"{readable(str(top['feature']))} {what} ({interval(top, signed=spec['constraint'] == 'free')})"
    if spec["constraint"] == "free":
        clear = frame[(frame["lower"] > 0) | (frame["upper"] < 0)]
        text += f"; {len(clear)} of {counted(len(frame), 'weight')} can be told from 0"
    high = frame[frame["inflation"] > 10]
    if len(high):
        text += (
            f"; {listed([readable(str(f)) for f in high['feature']])} vary together (variance inflation up to "
            f"{high['inflation'].max():.0f}), so that their weights can hardly be told apart"
        )
    return f"Over {n}, {text} ({_unit(result)}{_lost(result)})."


def curve_sentence(result: Result) -> str:
    """Accuracy with most choices learnt from, beside the plain mean's, with the interval of the difference."""
    frame = result.estimates
    most = frame[frame["size"] == frame["size"].max()]
    spec = result.meta["specification"]
    told = []
    for measure in (ACCURACY, LOG_SCORE):
        own = most[most["measure"] == measure].set_index("method")
        method = spec["methods"][0]
        if method == "mean":
            told.append(f"{measure} {interval(own.loc['mean'], 3)}")
            continue
        gap = own.loc[method + AGAINST]
        if gap["lower"] > 0 or gap["upper"] < 0:
            verdict = "better" if gap["estimate"] > 0 else "worse"
        else:
            verdict = "not told apart"
        told.append(
            f"{measure} {interval(own.loc[method], 3)} against {interval(own.loc['mean'], 3)} by the plain mean of the "
            f"features (difference {interval(gap, 3, signed=True)}: {verdict})"
        )
    return (
        f"Learnt from {number(int(most['size'].iloc[0]))} choices, weights have {listed(told)}; "
        f"{counted(spec['splits'], 'split')} with {number(spec['held_out'])} choices held out, errors corrected for their "
        "overlap."
    )


def classes_sentence(result: Result) -> str:
    """Sizes of the classes, what they gain over one, and how many starts reached the maximum."""
    meta, frame = result.meta, result.estimates
    shares = frame[frame["feature"] == "share"]
    parts = [f"{row['class']} {_percent(row)}" for _, row in shares.iterrows()]
    gain = meta["log_likelihood"] - meta["single"]
    one, several = meta["bic"]
    better = "BIC prefers them to one class" if several < one else "BIC does not prefer them to one class"
    return (
        f"{counted(len(shares), 'class', 'classes')}: {listed(parts)}; log likelihood {meta['log_likelihood']:,.2f}, "
        f"{gain:,.1f} above one class ({better}); {number(meta['reached'])} of {counted(meta['starts'], 'start')} reached "
        f"it ({_unit(result)}{_lost(result)})."
    ).replace("likelihood -", "likelihood −")


def _percent(row: pd.Series) -> str:
    text = f"{row['estimate']:.0%}"
    return text if pd.isna(row["lower"]) else f"{text} [{row['lower']:.0%}, {row['upper']:.0%}]"


def _amount(factor: float) -> str:
    return "A unit" if factor == 1 else f"{factor:g} units"


def trade_off_sentence(result: Result) -> str:
    """The ratio with its resampled interval, beside the others."""
    spec = result.meta["specification"]
    if abs(result.meta["denominator_z"]) < 3:
        return f"No finding: {readable(spec['per'])} can't be told from 0, so that nothing can be measured in units of it."
    known = result.estimates[result.estimates["lower"].notna()]
    resampled = known[known["method"] == "resampled"]
    first = (resampled if len(resampled) else result.estimates).iloc[0]
    others = [
        f"[{row['lower']:.2f}, {row['upper']:.2f}] by {row['method']}".replace(
            "by delta", "by the delta method"
        )
        for _, row in known.iterrows()
        if row["method"] != first["method"]
    ]
    is_worth = "is worth" if spec["factor"] == 1 else "are worth"
    return (
        f"{_amount(float(spec['factor']))} of {readable(spec['of'])} {is_worth} {interval(first)} of "
        f"{readable(spec['per'])} ({_unit(result)}; {listed(others)}){_lost(result)}."
    ).replace("[-", "[−")
