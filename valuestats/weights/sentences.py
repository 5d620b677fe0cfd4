"""Sentences of weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.weights.curve import ACCURACY, AGAINST, LOG_SCORE


def _lost(result: Result) -> str:
    lost = [w for w in result.meta["warnings"] if "left out" in w]
    return f"; {lost[0]}" if lost else ""


def _unit(result: Result) -> str:
    spec = result.meta["specification"]
    unit = spec["unit"]
    if unit == "choice" or not spec.get("replicates"):
        return _errors(result)
    return f"resampled by {readable(str(unit))}, {counted(int(result.estimates['n_units'].min()), 'unit')}"


def _errors(result: Result) -> str:
    unit = result.meta["specification"]["unit"]
    if unit == "choice":
        return "choices taken as independent"
    return f"errors over {counted(int(result.estimates['n_units'].min()), 'unit')} of {readable(str(unit))}"


def weights_sentence(result: Result) -> str:
    """The largest weight, how many can be told from 0, and how far features vary together."""
    frame = result.estimates.sort_values("estimate", ascending=False)
    spec = result.meta["specification"]
    n = counted(int(frame["n_scored"].iloc[0]), "choice")
    simplex = spec["constraint"] == "simplex"
    top = frame.iloc[frame["estimate" if simplex else "per_sd"].abs().to_numpy().argmax()]
    what = "has the largest share of the weights" if simplex else "weighs most"
    value = interval(top, signed=spec["constraint"] == "free")
    if not simplex:
        each = f"{top['per_sd']:+.2f}".replace("-", "−")
        value = f"{each} for a standard deviation between the options of a choice, {value} a unit"
    text = f"{readable(str(top['feature']))} {what} ({value})"
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


def mixed_sentence(result: Result) -> str:
    """Which weights vary, by how much beside their mean, and what that gains."""
    frame, meta = result.estimates, result.meta
    mean = {str(r["feature"]): r for _, r in frame[frame["part"] == "mean"].iterrows()}
    spread = frame[frame["part"] == "spread"]
    varies = spread[spread["p_value"] < 0.05]
    parts = [
        f"{readable(str(r['feature']))} ({interval(r)} about {interval(mean[str(r['feature'])], signed=True)})"
        for _, r in varies.iterrows()
    ]
    one, several = meta["bic"]
    better = "BIC prefers it to equal weights" if several < one else "BIC does not prefer it to equal weights"
    open_ones = [
        f"{r['upper']:.2f} of {readable(str(r['feature']))}"
        for _, r in spread[~(spread["p_value"] < 0.05)].iterrows()
        if np.isfinite(r["upper"])
    ]
    said = (
        f"Weights vary over people for {listed(parts)}" if parts else "No weight is told to vary over people"
    )
    if open_ones:
        said += f" ({'of others ' if parts else ''}a spread up to {listed(open_ones)} is not excluded)"
    return (
        f"{said}; log likelihood {meta['log_likelihood']:,.2f}, {meta['log_likelihood'] - meta['single']:,.1f} above "
        f"equal weights ({better}; normal weights, {_errors(result)}{_lost(result)})."
    ).replace("likelihood -", "likelihood −")


def whole_measures(result: Result) -> dict[str, pd.Series]:
    """Measures of all value systems together, by name."""
    frame = result.estimates
    return {str(row["measure"]): row for _, row in frame[frame["system"] == "all"].iterrows()}


def measures_sentence(result: Result) -> str:
    """How well the systems stand for people beside one for all, and whether they differ by more than members from them."""
    rows = whole_measures(result)
    whole, one = (rows[m] for m in ("representativeness", "representativeness of one system"))
    concise, dunn = (rows[m] for m in ("conciseness", "Dunn index"))
    apart = "differ by more" if dunn["estimate"] > 1 else "do not differ by more"
    sure = "" if dunn["lower"] > 1 or dunn["upper"] < 1 else ", which the interval leaves open"
    if pd.isna(dunn["lower"]):
        sure = ""
    n = counted(result.meta["specification"]["classes"], "value system")
    return (
        f"{n[0].upper()}{n[1:]} make {interval(whole)} of the choices of those they stand for ({interval(one)} with one "
        f"system for all; {whole['in_sample']:.2f} as it looks in sample); they order at least {interval(concise)} of "
        f"the offered pairs otherwise and so {apart} than their members do from them (Dunn index {interval(dunn)}{sure}; "
        f"{_unit(result)}, each choice held out when its member's system is found)."
    )


def style_sentence(result: Result) -> str:
    """What features add with style held, beside what they seem to add without."""
    frame = result.estimates
    parts = []
    for feature, own in frame.groupby("feature", sort=False):
        rows = {str(r["method"]): r for _, r in own.iterrows()}
        held, seen = rows["cross-fitted"], rows["no control"]
        told = "" if held["lower"] > 0 or held["upper"] < 0 else ", not told from 0"
        parts.append(
            f"a unit of {readable(str(feature))} adds {interval(held, 3, signed=True)} to the probability to be "
            f"preferred{told}, where it seems to add {seen['estimate']:+.3f} without a control"
        )
    spec = result.meta["specification"]
    style = listed([readable(str(s)) for s in spec["style"]])
    share = max(result.meta["explained"], 0.0)
    return (
        f"With {style} held, {listed(parts)}; style alone explains {share:.0%} of the variance of preference, held out "
        f"({counted(int(frame['n_scored'].iloc[0]), 'pair')}, {counted(spec['folds'], 'fold')} by "
        f"{readable(str(spec['unit']))}, {_errors(result)}{_lost(result)})."
    ).replace("add -", "add −")
