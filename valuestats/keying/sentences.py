"""Sentences of keys: what shrinkage leaves of correlations, what keys are worth in other raters."""

from __future__ import annotations

from valuestats.base.labels import listed, number, readable, span
from valuestats.results.phrases import interval
from valuestats.results.result import Result

RULES = {
    "threshold": "a correlation above the threshold",
    "fdr": "false-discovery control",
    "posterior": "posterior probability",
}


def shrunken_item_values_sentence(result: Result) -> str:
    """The sentence of shrunken item values."""
    frame = result.estimates.dropna(subset=["estimate"])
    bound = result.meta["specification"]["threshold"]
    found, stays = frame[frame["r"] > bound], int((frame["probability_above"] > 0.5).sum())
    likely = int(((frame["false_sign_rate"] < 0.05) & (frame["estimate"] > 0)).sum())
    if found.empty:
        return f"None of {number(len(frame))} correlations exceeds {bound:.2f}, shrunken or not."
    return (
        f"Of {number(len(frame))} correlations {number(len(found))} exceed {bound:.2f} as found, with a mean of "
        f"{found['r'].mean():.2f}; shrunken towards what their family's spread allows, the same pairs average "
        f"{found['estimate'].mean():.2f}, {number(stays)} are more likely than not above {bound:.2f}, and "
        f"{number(likely)} are positive with a false-sign rate below 5%. The prior is estimated from the same data and "
        "errors of items rated by the same people are taken as independent."
    )


def key_validity_sentence(result: Result) -> str:
    """The sentence of key validity."""
    frame = result.estimates
    folds = result.meta["specification"]["folds"]
    whole = frame[frame["dimension"] == "(all)"]
    parts = []
    for rule, part in whole.groupby("rule", sort=False):
        part = part.dropna(subset=["estimate"])
        named = RULES.get(str(rule), str(rule))
        if part.empty:
            parts.append(f"{named} made no keys")
        elif not parts:
            rows = [
                f"{readable(str(row['family']))} {row['in_sample']:.2f} → {interval(row)}"
                for _, row in part.iterrows()
            ]
            parts.append(f"keyed by {named}, {listed(rows)}")
        else:
            made, held = (span(part[c].min(), part[c].max()) for c in ("in_sample", "estimate"))
            parts.append(f"by {named}, {made} → {held}")
    share = "one half" if folds == 2 else f"{folds - 1} of {folds} parts"
    return (
        f"Keys made from {share} of the raters are worth less in the others; mean correlation where made → where held "
        f"out, {'; '.join(parts).replace('-0.', '−0.')}. Intervals allow for the overlap of splits, not for other items; "
        "keys from all raters rest on more people and may do somewhat better."
    )


def item_values_sentence(result: Result) -> str:
    """The sentence of item values."""
    frame = result.estimates
    above, below = (int((sign * frame["estimate"] > 0.30).sum()) for sign in (1, -1))
    turned = f" and {number(below)} {'lies' if below == 1 else 'lie'} below −.30" if below else ""
    n = int(frame["n_scored"].median())
    width = float((frame["upper"] - frame["lower"]).median())
    caveat = ", and many of them would not come again in another sample" if width > 0.4 else ""
    return (
        f"Of {number(len(frame))} correlations between items and values, {number(above)} exceed .30{turned}; each rests on "
        f"about {n} raters, so the typical 95% interval is {width:.2f} wide{caveat}."
    )
