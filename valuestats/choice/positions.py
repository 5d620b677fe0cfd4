"""Whether the order in which options were shown may stand behind a choice."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.labels import counted
from valuestats.tables.choices import Choices

_FEW = 5
"""Choices of one judge below which always taking one place says nothing."""


def position_notes(choices: Choices, modelled: bool) -> list[str]:
    """What the places of the chosen options say: judges who always take one, pairs shown in one order, a share off chance.

    Parameters
    ----------
    choices
        The table; nothing is said where places are not known.
    modelled
        Whether the first place has a utility of its own.
    """
    frame = choices.frame
    if "position" not in frame.columns or frame["position"].isna().any():
        return (
            []
            if modelled
            else ["the order in which options were shown is not known, so its effect can't be told"]
        )
    valid = frame[frame["status"] == "valid"]
    best = valid[valid["rank"] == 1]
    alone = best[~best["choice"].duplicated(keep=False)]
    found = _always(alone) + _one_order(valid)
    if not modelled:
        found += _share(valid, alone)
    return found


def _always(alone: pd.DataFrame) -> list[str]:
    if "model" not in alone.columns:
        return []
    places = alone.groupby(alone["model"].astype(str), observed=True)["position"].agg(
        ["nunique", "size", "first"]
    )
    stuck = places[(places["nunique"] == 1) & (places["size"] >= _FEW)]
    return [
        f"{name} always chooses what stands in place {row['first']} ({counted(row['size'], 'choice')})"
        for name, row in stuck.iterrows()
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
    share = order.groupby(["low", "high"])["turned"].agg(["mean", "size"])
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
    hits, expected = float((alone["position"] == 1).sum()), float((1 / sizes).sum())
    spread = float(np.sqrt((1 / sizes * (1 - 1 / sizes)).sum()))
    if spread == 0 or 2 * stats.norm.sf(abs(hits - expected) / spread) >= 0.001:
        return []
    return [
        f"the first place is chosen in {hits / len(sizes):.0%} of choices where chance gives {expected / len(sizes):.0%}, "
        "and its effect is not modelled: pass position=True"
    ]
