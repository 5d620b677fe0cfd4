"""What a reader must know of paired contrasts."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number
from valuestats.preferences.outcomes import Outcomes
from valuestats.statistics.clusters import ClusterPlan, few_warnings


def contrast_notes(frame: pd.DataFrame, data: Outcomes, placebo: str | None, plan: ClusterPlan) -> list[str]:
    """Pairs that are not whole, answers that gave nothing, what is not known of repeats, few units."""
    found = []
    lost = int((frame["n_pairs_asked"] - frame["n_pairs"]).sum())
    if lost:
        found.append(
            f"{counted(lost, 'pair')} of outcomes of {counted(int(frame['n_pairs_asked'].sum()), 'pair')} are not whole"
        )
    gone = int((frame["n_asked"] - frame["n_scored"]).sum())
    if gone:
        found.append(
            f"{number(gone)} of {counted(int(frame['n_asked'].sum()), 'answer')} gave no outcome; an item's outcome is the "
            "mean of those that came"
        )
    if placebo is None and frame["changed_by_repeat"].isna().all():
        found.append("no placebo and no repeats: what asking again alone changes is not known")
    empty = [str(k) for k, n in zip(frame["condition"], frame["n_pairs"], strict=True) if n == 0]
    if empty:
        found.append(f"no item with both outcomes: {listed(sorted(set(empty)))}")
    units = frame["n_units"].to_numpy()
    if plan.replicates:
        found += few_warnings(units[units > 0], f"{data.unit}s", jackknife=plan.jackknife)
    return found
