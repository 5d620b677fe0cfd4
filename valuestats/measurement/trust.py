"""What a reader must know of a search for items that work otherwise in a group: which do, or what is not excluded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, listed, readable
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def dif_reasons(result: Result) -> list[Reason]:
    """Items that work otherwise in a group; where none does, that nothing was found and what is not excluded.

    Items that are flagged for a difference of no size (class A) are none to be wary of.
    """
    frame = result.estimates
    tested = int(result.meta["tested"])
    if not tested:
        return []
    if frame["flagged"].any():
        worse = frame[frame["flagged"] & frame["dif_class"].isin(["B", "C"])]
        return [
            Reason("functioning", "care", _otherwise(rows, result.keys[-1]), {"item": str(item)})
            for item, rows in worse.groupby("item", sort=False)
        ]
    ends = frame[["lower", "upper"]].to_numpy(dtype=float)
    far = np.abs(ends[np.isfinite(ends)])
    most = f"; log-odds ratios of up to {far.max():.1f} are not excluded" if far.size else ""
    text = f"nothing was found: 0 of {counted(tested, 'tested item')} {'is' if tested == 1 else 'are'} flagged{most}"
    return [Reason("nothing", "sound", text)]


def _otherwise(rows: pd.DataFrame, by: str) -> str:
    """Who answers an item otherwise, and how large that is."""
    told = rows[rows["differs"]] if "differs" in rows.columns else rows  # stored before it was
    groups = listed([readable(str(g)) for g in told[by]]) if len(told) else "groups taken together"
    return f"answered otherwise at the same score by {groups} (class {rows['dif_class'].iloc[0]})"
