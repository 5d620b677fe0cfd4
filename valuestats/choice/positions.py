"""Whether the order in which options were shown may stand behind a choice."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.labels import counted, readable
from valuestats.choice.diagnostics import ALPHA
from valuestats.tables.choices import OF_CHOICE, Choices, chooser_columns

STUCK = "what stands in place"
"""In a note of a judge who always takes one place."""
UNKNOWN_ORDER = "the order in which options were shown is not known, so its effect can't be told"


def position_notes(choices: Choices, modelled: bool, cluster: str | None = None) -> list[str]:
    """What the places of the chosen options say: judges who always take one, pairs shown in one order, a share off chance.

    Parameters
    ----------
    choices
        The table; nothing is said where places are not known.
    modelled
        Whether the first place has a utility of its own.
    cluster
        Column of the choices that depend on each other, which may be those of one judge under a name of its own.
    """
    frame = choices.frame
    if "position" not in frame.columns or frame["position"].isna().any():
        return [] if modelled else [UNKNOWN_ORDER]
    valid = frame[frame["status"] == "valid"]
    if "count" not in valid.columns:
        valid = valid.assign(count=1)
    best = valid[valid["rank"] == 1]
    alone = best[~best["choice"].duplicated(keep=False)]
    found, of_stuck = [], np.zeros(len(alone), dtype=bool)
    for who in _who_chose(alone, cluster):
        stuck = _stuck(valid, alone, who)
        of_stuck |= alone[who].astype(str).isin(stuck.index).to_numpy()
        found += _always(stuck, None if who in chooser_columns(alone) else who)
    found = [*dict.fromkeys(found), *_one_order(valid)]
    if not modelled:
        found += _share(valid, alone[~of_stuck])
    return found


def _who_chose(alone: pd.DataFrame, cluster: str | None) -> list[str]:
    """Columns of those who chose, by name or because errors are clustered by them."""
    named = chooser_columns(alone)
    other = cluster if cluster in alone.columns and cluster not in (*named, *OF_CHOICE) else None
    return [*named, *([other] if other else [])]


def _stuck(valid: pd.DataFrame, every: pd.DataFrame, who: str) -> pd.DataFrame:
    """Judges who always chose one place, where that is no chance among so many judges: ``first`` (the place), ``size``."""
    alone = every[every[who].notna()]
    if alone.empty:
        return pd.DataFrame({"first": [], "size": []})
    size = valid.groupby("choice")["option"].size().reindex(alone["choice"]).to_numpy(dtype=float)
    times = alone["count"].to_numpy(dtype=float)
    each = alone.assign(judge=alone[who].astype(str).to_numpy(), log=times * np.log(size), one=np.log(size))
    places = each.groupby("judge").agg(
        nunique=("position", "nunique"),
        size=("count", "sum"),
        first=("position", "first"),
        log=("log", "sum"),
    )
    places["log"] -= each.groupby("judge")["one"].max()  # whichever place it is
    stuck = (places["nunique"] == 1) & (places["log"] > np.log(len(places) / ALPHA))
    return places.loc[stuck, ["first", "size"]]


def _always(stuck: pd.DataFrame, column: str | None) -> list[str]:
    rows = zip(stuck.index, stuck["first"], stuck["size"], strict=True)
    if column is None:
        return [
            f"{name} always chooses {STUCK} {first} ({counted(size, 'choice')})" for name, first, size in rows
        ]
    return [
        f"all {counted(size, 'choice')} of {readable(column)} {name} take {STUCK} {first}"
        for name, first, size in rows
    ]


def _one_order(valid: pd.DataFrame) -> list[str]:
    """Pairs that were shown in one order only."""
    sizes = valid.groupby("choice")["option"].transform("size")
    pairs = valid[sizes == 2].sort_values(["choice", "position"])
    if pairs.empty:
        return []
    first, second = (pairs["option"].astype(str).to_numpy()[k::2] for k in (0, 1))
    order = pd.DataFrame(
        {"low": np.minimum(first, second), "high": np.maximum(first, second), "turned": first > second}
    )
    order["size"] = pairs["count"].to_numpy()[::2]
    share = order.groupby(["low", "high"]).agg(mean=("turned", "mean"), size=("size", "sum"))
    often = share[share["size"] > 1]
    single = int(((often["mean"] == 0) | (often["mean"] == 1)).sum())
    if not len(often) or single * 2 <= len(often):
        return []
    return [
        f"{single} of {counted(len(often), 'pair')} were shown in one order only: the effect of the order can't be told "
        "from the options'"
    ]


def _share(valid: pd.DataFrame, alone: pd.DataFrame) -> list[str]:
    """Whether the first place is chosen more or less often than chance, where choices of one are made."""
    sizes = valid.groupby("choice")["option"].size().reindex(alone["choice"]).to_numpy(dtype=float)
    if not len(sizes):
        return []
    times = alone["count"].to_numpy(dtype=float)
    total, chance = float(times.sum()), times / sizes
    hits, expected = float(times[(alone["position"] == 1).to_numpy()].sum()), float(chance.sum())
    spread = float(np.sqrt((chance * (1 - 1 / sizes)).sum()))
    if spread == 0 or 2 * stats.norm.sf(abs(hits - expected) / spread) >= ALPHA:
        return []
    return [
        f"the first place is chosen in {hits / total:.0%} of choices where chance gives {expected / total:.0%}, "
        "and its effect is not modelled: pass position=True"
    ]
