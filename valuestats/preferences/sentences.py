"""Sentences of preferences and of contrasts."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, minus, number, readable, signed
from valuestats.preferences.trust import no_change, unchanged
from valuestats.results.marks import findings, silent_words
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import interval_caveat, out_of, untested_because, untested_rows

_UNITS = {
    "difference": "of 100 times on offer, chosen less rejected",
    "share": "of the times on offer",
    "centred": "of the times on offer, less chance",
}


def preference_sentence(result: Result) -> str:
    """Which labels are chosen most and least, how many can be told from chance, and what is missing."""
    frame = findings(result).dropna(subset="estimate")
    spec = result.meta["specification"]
    counts = result.meta["choices"].values()
    made, asked = sum(c["made"] for c in counts), sum(c["asked"] for c in counts)
    rest = (
        f"{number(made)} of {counted(asked, 'choice')} were made; intervals resample {_units(spec['unit'])}"
    )
    if frame.empty:
        return f"{silent_words(result)}: {result.verdict.sentence().rstrip('.')}; {rest}."
    digits = 0 if spec["measure"] == "difference" else 2
    away = frame["estimate"] - frame["baseline"]
    parts = []
    for word, own in (("more", frame[away > 0]), ("less", frame[away < 0])):
        if len(own):
            ordered = own.sort_values("estimate", ascending=word == "less")
            parts.append(
                f"{listed([_named(row, result, digits) for _, row in ordered.head(3).iterrows()])} {word}"
            )
    total = result.estimates["estimate"].notna().sum()
    what = "label" if len(result.keys) == 1 else "estimate"
    text = f"Chosen {' and '.join(parts)} often than chance gives ({_UNITS[spec['measure']]})"
    text += f"; {number(len(frame))} of {counted(int(total), what)} can be told from chance"
    turned = sum(r.aspect == "missing" and r.sign == "care" for r in result.verdict.reasons)
    if turned:
        text += f", {counted(turned, 'of them', 'of them')} could be turned by what is missing"
    return f"{text}; {rest}."


def _named(row: pd.Series, result: Result, digits: int) -> str:
    others = [str(row[k]) for k in result.keys if k != "label"]
    name = readable(str(row["label"])) + (f" of {', '.join(others)}" if others else "")
    return f"{name} ({interval(row, digits, signed=digits == 0)})"


def _units(unit: str) -> str:
    return {"cluster": "clusters", "item": "items", "choice": "choices"}[unit]


def contrast_sentence(result: Result) -> str:
    """How many contrasts are effects, the largest either way, what asking alone changes, and what is missing."""
    spec = result.meta["specification"]
    every = result.estimates
    every = (
        every[every["condition"] != spec["placebo"]] if spec["placebo"] in set(every["condition"]) else every
    )
    frame = findings(result)
    same = every[unchanged(every)]
    frame = frame[frame.index.isin(every.index) & ~frame.index.isin(same.index)]
    whole, pairs = int(every["n_pairs"].sum()), int(every["n_pairs_asked"].sum())
    scored, asked = int(every["n_scored"].sum()), int(every["n_asked"].sum())
    caveat = interval_caveat(result, f"intervals resample {_units(spec['unit'])}")
    rest = (
        f"{number(whole)} of {counted(pairs, 'pair')} of outcomes are whole, {number(scored)} of "
        f"{counted(asked, 'answer')} scored; {caveat}"
    )
    alone = _alone(every, spec)
    adjusted = (
        ""
        if spec["adjust"] is None
        else f" after {_ADJUSTED[spec['adjust']]} over {counted(len(every), 'test')}"
    )
    if len(same):  # which is more than that it can't be told from no effect
        told = [no_change(result, row) for _, row in same.iterrows()]
        alone = f"{'; '.join(told[:3])}{f'; and so {number(len(told) - 3)} more' if len(told) > 3 else ''}; {alone}"
    if len(same) == len(every):
        return f"Held against {spec['against']}, {alone}; {rest}."
    if untested_rows(result, every).all():
        lost = f"{counted(len(every), 'contrast')} {'was' if len(every) == 1 else 'were'} not tested"
        return f"Held against {spec['against']}, {lost} ({untested_because(result, every)}{adjusted}); {alone}; {rest}."
    if frame.empty:
        return (
            f"Held against {spec['against']}, none of {out_of(result, every, 'contrast')} can be told from no effect"
            f"{adjusted}; {alone}; {rest}."
        )
    named = [
        _contrast(row, result)
        for _, row in frame.reindex(frame["estimate"].abs().sort_values(ascending=False).index)
        .head(3)
        .iterrows()
    ]
    what = {"difference": "on the same items", "attained": "of what could change"}[spec["measure"]]
    return (
        f"Held against {spec['against']}, {number(len(frame))} of {out_of(result, every, 'contrast')} can be told from no "
        f"effect{adjusted}: {listed(named)} {what}{_logit(frame, result)}{_choosers(frame, result)}; {alone}; {rest}."
    )


def _choosers(frame: pd.DataFrame, result: Result) -> str:
    """Between which of several models the largest effect lies, where they are taken together."""
    known = result.meta.get("by_chooser", {})  # results stored before it was looked at have none
    row = frame.iloc[int(frame["estimate"].abs().to_numpy().argmax())]
    own = known.get(str(row["condition"]), {})
    if len(own) < 2:
        return ""
    least, most = min(own, key=lambda m: own[m]), max(own, key=lambda m: own[m])
    name = readable(str(row["condition"]))
    return (
        f"; over {number(len(own))} who answered, {name} lies between {signed(own[least])} ({least}) and "
        f"{signed(own[most])} ({most})"
    )


def _logit(frame: pd.DataFrame, result: Result) -> str:
    """What a mixed logit says of the largest contrast, where there is one."""
    if "log_odds" not in frame.columns or frame["log_odds"].isna().all():
        return ""
    kept = frame.dropna(subset="log_odds")
    row = kept.iloc[int(kept["estimate"].abs().to_numpy().argmax())]
    ends = {"estimate": row["log_odds"], "lower": row["log_odds_lower"], "upper": row["log_odds_upper"]}
    odds = interval(pd.Series(ends), 2, signed=True)
    held = [readable(c).lower() for c in result.meta["specification"]["mixed"]]
    alike = f" with {listed(held)} held alike" if held else ""
    return f"; a mixed logit{alike} gives {readable(str(row['condition']))} {odds} log odds on the same item"


_ADJUSTED = {
    "holm": "Holm's adjustment",
    "bh": "Benjamini and Hochberg's",
    "by": "Benjamini and Yekutieli's",
    "bonferroni": "Bonferroni's",
}


def _contrast(row: pd.Series, result: Result) -> str:
    others = [readable(str(row[k])) for k in result.keys if k != "condition"]
    name = readable(str(row["condition"])) + (f" for {', '.join(others)}" if others else "")
    return f"{name} {interval(row, 2, signed=True)}"


def _alone(frame: pd.DataFrame, spec: dict[str, object]) -> str:
    if spec["placebo"] is not None and "baseline" in frame.columns:
        return minus(f"the placebo {spec['placebo']} changes {frame['baseline'].mean():+.2f}")
    if frame["changed_by_repeat"].notna().any():
        return (
            f"an answer differs from one to the same item under {spec['against']} in {frame['changed'].mean():.0%} of "
            f"pairs, two answers under {spec['against']} in {frame['changed_by_repeat'].mean():.0%}, so that much is "
            "asking again alone"
        )
    return "what asking again alone changes is not known"


def slope_sentence(result: Result) -> str:
    """How many outcomes rise or fall over the steps, and the steepest of them."""
    frame, every = findings(result), result.estimates
    spec = result.meta["specification"]
    scored, asked = int(every["n_scored"].sum()), int(every["n_asked"].sum())
    rest = f"{number(scored)} of {counted(asked, 'outcome')} came; intervals resample {_units(spec['unit'])}"
    if untested_rows(result, every).all():
        was = "was" if len(every) == 1 else "were"
        return f"{counted(len(every), 'slope')} over the steps {was} not tested ({untested_because(result, every)}); {rest}."
    if frame.empty:
        return f"None of {out_of(result, every, 'slope')} over the steps can be told from none; {rest}."
    parts = []
    for word, own in (("rise", frame[frame["estimate"] > 0]), ("fall", frame[frame["estimate"] < 0])):
        if len(own):
            ordered = own.reindex(own["estimate"].abs().sort_values(ascending=False).index)
            named = [
                f"{readable(str(r[result.keys[0]]))} {interval(r, 3, signed=True)}"
                for _, r in ordered.head(3).iterrows()
            ]
            verb = word + "s" if len(named) == 1 else word
            parts.append(f"{listed(named)} {verb}")
    told = f"{number(len(frame))} of {out_of(result, every, 'slope')} can be told from none"
    return f"Per step, {' and '.join(parts)}; {told}; {rest}."


def winner_sentence(result: Result) -> str:
    """The best condition, as estimated and with what picking it added taken off."""
    frame = result.estimates
    row = frame.iloc[0]
    name, plain = readable(str(row["condition"])), interval(row, 3)
    items = counted(int(row["n_scored"]), "item")
    if pd.isna(row["corrected"]):
        ends = f"[{row['corrected_lower']:.3f}, {row['corrected_upper']:.3f}]".replace("-", "−")
        return (
            f"{name} is one of several that are as good, of {counted(len(frame), 'condition')} on the same {items}, with "
            f"{plain}; over all that might have been picked, {ends}."
        )
    return (
        f"{name} is the best of {counted(len(frame), 'condition')} with {plain}; taken off what picking it on the same "
        f"{items} added, {interval(_corrected(row), 3)}."
    )


def _corrected(row: pd.Series) -> pd.Series:
    return pd.Series(
        {"estimate": row["corrected"], "lower": row["corrected_lower"], "upper": row["corrected_upper"]}
    )
