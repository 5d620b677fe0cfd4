"""What speaks against preferences for labels and against contrasts of conditions, beyond what holds of all results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, listed, readable, signed
from valuestats.preferences.no_change import most_others
from valuestats.results.result import Result
from valuestats.results.untested import chance_reason, units_of
from valuestats.results.verdicts import Reason
from valuestats.statistics.clusters import LEAST


def preference_reasons(result: Result) -> list[Reason]:
    """Not told from chance; missing choices that could turn it; a label whose place stands behind its preference."""
    frame = result.estimates
    found = effect_reasons(result)
    for _, row in frame.iterrows():
        where = {key: str(row[key]) for key in result.keys}
        side = np.sign(row["estimate"] - row["baseline"])
        ends = np.array([row["bound_lower"], row["bound_upper"]]) - row["baseline"]
        if _clear(row) and side and not (side * ends > 0).all():
            found.append(Reason("missing", "care", "missing choices could turn it", where))
        place = (result.meta["position"] or {}).get(where.get(result.meta["specification"]["by"], "all"))
        if place is None or pd.isna(row.get("balanced")) or not (place["lower"] > 0 or place["upper"] < 0):
            continue
        if abs(row["estimate"] - row["balanced"]) > row["std_error"]:
            more = "more" if row["first_share"] > 0 else "less"
            text = f"stands first {more} often than chance gives, and the first place sways the choices"
            found.append(Reason("position", "care", text, where))
    return found


def effect_reasons(result: Result, still: pd.Series | None = None) -> list[Reason]:
    """Estimates that can't be told from chance, or from no effect, once all of their family are looked at.

    Of those that are `still` nothing varies, so that it is said how much could.
    """
    found = []
    same = np.zeros(len(result.estimates), dtype=bool) if still is None else still.to_numpy()
    for here, (_, row) in zip(same, result.estimates.iterrows(), strict=True):
        if pd.isna(row["estimate"]):
            continue
        if here:
            where = {key: str(row[key]) for key in result.keys}
            found.append(Reason("nothing", "sound", f"nothing was found: {no_change(result, row)}", where))
            continue
        where = {key: str(row[key]) for key in result.keys}
        silent = chance_reason(
            row, where, "can't be told from chance", units_of(result), alone="too few of them were seen"
        )
        found += [] if silent is None else [silent]
    return found


def contrast_reasons(result: Result) -> list[Reason]:
    """No effect; no more than the placebo does; missing outcomes that could turn it; another one once the rest is alike."""
    found = effect_reasons(result, unchanged(result.estimates))
    for _, row in result.estimates.iterrows():
        where = {key: str(row[key]) for key in result.keys}
        beyond = [row.get("beyond_lower", np.nan), row.get("beyond_upper", np.nan)]
        clear = row["p_adjusted"] < 1 - row["level"]
        if clear and beyond[0] <= 0 <= beyond[1]:
            found.append(Reason("effect", "none", "no more than the placebo does", where))
        ends = np.array([row.get("bound_lower", np.nan), row.get("bound_upper", np.nan)])
        if clear and not np.isnan(ends).any() and not (np.sign(row["estimate"]) * ends > 0).all():
            found.append(Reason("missing", "care", "missing outcomes could turn it", where))
        adjusted = [row.get("adjusted_lower", np.nan), row.get("adjusted_upper", np.nan)]
        if row["estimate"] < adjusted[0] or row["estimate"] > adjusted[1]:
            held = listed(result.meta["specification"]["mixed"]) or "the items"
            text = f"with {held} held alike the change is another one ({signed(row['adjusted'], 2)})"
            found.append(Reason("held", "care", text, where))
    return found


def unchanged(frame: pd.DataFrame) -> pd.Series:
    """Contrasts under which no outcome changed, of units enough to have told that all of them moved one way."""
    same = (frame["up"] == 0) & (frame["down"] == 0) & (frame["n_units"] >= LEAST)
    return same & (frame["p_least"] < 1 - frame["level"])


def no_change(result: Result, row: pd.Series) -> str:
    """That no outcome changed, and what share of others may all the same (`most_others`)."""
    most = most_others(int(row["n_units"]), row["level"])
    others = [str(row[k]) for k in result.keys if k != "condition"]
    whom = f" for {', '.join(others)}" if others else ""
    items = counted(int(row["n_pairs"]), "item")
    unit = "" if row["n_units"] == row["n_pairs"] else f" in {counted(int(row['n_units']), 'cluster')}"
    what = "other items" if not unit else "other clusters"
    return (
        f"none of {items}{unit} changes under {readable(str(row['condition']))}{whom}, so that at most {most:.0%} of {what} "
        f"would ({row['level']:.0%})"
    )


def winner_reasons(result: Result) -> list[Reason]:
    """The one that was picked: what picking added, and whether it is better than the next."""
    row = result.estimates.iloc[0]
    where = {"condition": str(row["condition"])}
    if row["inflation"] > row["std_error"] / 2:
        text = f"picking it added {row['inflation']:.2f}, more than half a standard error"
        return [Reason("effect", "care", text, where)]
    return []


def _clear(row: pd.Series) -> bool:
    return bool(row["lower"] > row["baseline"] or row["upper"] < row["baseline"])
