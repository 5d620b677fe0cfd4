"""Sentences of measurement models: circumplex, differential item functioning, traits, invariance."""

from __future__ import annotations

from typing import Any

import pandas as pd

from valuestats.base.labels import listed, number, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def dif_sentence(result: Result) -> str:
    """The sentence of dif."""
    frame = result.estimates
    items = frame.drop_duplicates("item")
    flagged = items[items["flagged"]]
    reference = str(frame["reference"].iloc[0])
    groups = listed([str(g) for g in frame[result.keys[-1]].unique()[:6]])
    share = result.meta["specification"]["false_discovery"]
    head = (
        f"Against {reference}, {groups} answer {len(flagged)} of {result.meta['tested']} tested items differently at the "
        f"same {result.meta['specification']['matching']} score (any DIF, false discovery rate {share:g})"
    )
    if flagged.empty:
        return f"{head}; that none is flagged does not show that the items work alike."
    large = int((flagged["dif_class"] == "C").sum())
    middle = int((flagged["dif_class"] == "B").sum())
    first = flagged["item"].iloc[int(flagged["r2_any"].argmax())]
    rows = frame[frame["item"] == first]
    apart = rows[rows["separated"] != ""] if "separated" in rows.columns else rows.iloc[:0]
    row = (apart if len(apart) else rows).iloc[
        int((apart if len(apart) else rows)["estimate"].abs().fillna(0).argmax())
    ]
    return (
        f"{head}: {large} with a large effect, {middle} moderate, {len(flagged) - large - middle} negligible; the largest "
        f"is item {first} ({row[result.keys[-1]]}: {_log_odds(row)}, Nagelkerke R² difference "
        f"{row['r2_any']:.3f}). The score they are matched on carries measurement error, so small effects may only mirror a "
        "difference in the trait, and with many respondents negligible effects are flagged too."
    )


def _log_odds(row: pd.Series) -> str:
    """The log-odds ratio with its interval, or that the answers are separated, with the end that they do bound."""
    if not row.get("separated", ""):
        return f"log-odds ratio {interval(row, signed=True)}"
    end = row["lower"] if row["separated"] == "higher" else row["upper"]
    bound = (
        ""
        if pd.isna(end)
        else f", log-odds ratio {'above' if row['separated'] == 'higher' else 'below'} {end:+.2f}"
    )
    return f"separated, so surely {row['separated']} that the ratio has no largest value{bound}"


def graded_response_sentence(result: Result) -> str:
    """The sentence of graded response."""
    frame, meta = result.estimates, result.meta
    people = frame["respondent"].nunique()
    loadings = [r["loading"]["estimate"] for r in meta["items"]]
    reliability = [f"{readable(str(k))} {v:.2f}" for k, v in meta["reliability"].items()]
    pairs = [
        f"; the traits {readable(str(r['first']))} and {readable(str(r['second']))} correlate {interval(pd.Series(r))}"
        for r in meta["correlations"][:1]
    ]
    return (
        f"{number(people)} respondents are scored from {len(loadings)} items whose standardised loadings run from "
        f"{min(loadings):.2f} to {max(loadings):.2f}, with empirical reliability {listed(reliability)}{''.join(pairs)}; "
        "scores are posterior means, drawn toward the mean of all, so their spread is too small: use plausible values for "
        "variances and correlations."
    )


def invariance_phrase(summary: dict[str, Any]) -> str:
    """The level of invariance in words, with the items that break it and those left undecided."""
    parts = []
    deviating = dict.fromkeys([*summary["loading"], *summary["threshold"]])
    if deviating:
        parts.append(f"beyond the practical bounds: {listed([str(i) for i in list(deviating)[:8]])}")
    if summary["undecided"]:
        few = "" if summary["decided"] else ", too many to establish it"
        parts.append(f"{len(summary['undecided'])} of {summary['items']} items undecided{few}")
    return f"{summary['level']} invariance" + (f" ({'; '.join(parts)})" if parts else "")


def invariance_sentence(result: Result) -> str:
    """The sentence of invariance."""
    meta = result.meta
    spec, spreads = meta["specification"], meta["spreads"]
    single = result.estimates[result.estimates["parameter"].str.startswith("threshold ")]
    far = single[single["status"] == "deviates"].drop_duplicates(["parameter", "item"])
    alone = (
        f"; of {len(single.drop_duplicates(['parameter', 'item']))} single thresholds {len(far)} deviate"
        if len(single)
        else ""
    )
    shown = "the scale shows" if meta["invariance"]["decided"] else "nothing speaks against"
    noisy = meta["invariance"]["residual"]
    residuals = f"; residuals deviate in {listed([str(i) for i in noisy[:8]])}" if noisy else ""
    return (
        f"Across {len(meta['groups'])} groups {shown} {invariance_phrase(meta['invariance'])}: log discriminations deviate "
        f"with standard deviation {interval(pd.Series(spreads['loading']))}, thresholds with "
        f"{interval(pd.Series(spreads['threshold']))} trait standard deviations (bounds for a difference of two groups: "
        f"{spec['loading_bound']:.2f} and {spec['threshold_bound']:.2f}){alone}{residuals}; what all items share in a "
        "group counts as the trait."
    )


def group_comparison_sentence(result: Result) -> str:
    """The sentence of group comparison."""
    summary = result.meta["invariance"]
    phrase = invariance_phrase(summary)
    if not summary["supports_means"]:
        return f"The means of the groups are not comparable: the comparison would rest on {phrase} only."
    frame = result.estimates
    row = frame.iloc[int(frame["estimate"].abs().argmax())]
    first, second = (row["first"], row["second"]) if row["estimate"] >= 0 else (row["second"], row["first"])
    if row["estimate"] < 0:
        row = row.copy()
        row["estimate"], row["lower"], row["upper"] = -row["estimate"], -row["upper"], -row["lower"]
    rests = "rests on" if summary["decided"] else "has to assume"
    largest = "The largest difference: the" if len(frame) > 1 else "The"
    clear = "" if row["lower"] > 0 else ", a difference whose interval holds zero"
    return (
        f"{largest} mean of {first} lies {interval(row)} trait standard deviations above that of {second}{clear}; the "
        f"comparison {rests} {phrase}, with the items whose thresholds do not deviate as the anchor."
    )


def plausible_means_sentence(result: Result) -> str:
    """The sentence of plausible means."""
    frame, spec = result.estimates, result.meta["specification"]
    by = result.keys[0]
    wide = frame.pivot(index="dimension", columns=by, values="estimate")
    gap = str((wide.max(axis=1) - wide.min(axis=1)).idxmax())
    row = wide.loc[gap]
    error = frame["between"].sum() / (frame["within"].sum() + frame["between"].sum())
    weighted = "weighted by design" if spec["weighted"] else "unweighted"
    return (
        f"Groups differ most on {readable(str(gap))}: the mean of {row.idxmax()} lies {row.max() - row.min():.2f} trait "
        f"standard deviations above that of {row.idxmin()}; means of {spec['imputations']} plausible values of each of "
        f"{number(frame.groupby(by)['n_respondents'].max().sum())} respondents ({weighted}) are combined by Rubin's "
        f"rules, and {error:.0%} of their variance is measurement error; the items are taken to work alike in all groups."
    )
