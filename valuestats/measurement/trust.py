"""What a reader must know of a search for differential item functioning that found none."""

from __future__ import annotations

import numpy as np

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def dif_reasons(result: Result) -> list[Reason]:
    """Where no item is flagged: that nothing was found, and how large a difference is not excluded."""
    frame = result.estimates
    tested = int(result.meta["tested"])
    if frame["flagged"].any() or not tested:
        return []
    ends = frame[["lower", "upper"]].to_numpy(dtype=float)
    far = np.abs(ends[np.isfinite(ends)])
    most = f"; log-odds ratios of up to {far.max():.1f} are not excluded" if far.size else ""
    text = f"nothing was found: 0 of {counted(tested, 'tested item')} {'is' if tested == 1 else 'are'} flagged{most}"
    return [Reason("nothing", "sound", text)]
