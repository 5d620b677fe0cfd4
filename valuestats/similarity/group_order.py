"""Which group a model is nearer to than to others: from the paired contrasts of all groups, which hold together."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed
from valuestats.results.pairs import facing
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT, Reason

ORDER = "group order"
"""The question that these reasons answer; see `valuestats.results.verdicts.QUESTIONS`."""
MOST_GROUPS = 40
"""With more groups their pairs are thousands, and no order of them is looked for."""


def group_pairs(result: Result) -> pd.DataFrame | None:
    """All pairs of groups of each model with simultaneous intervals; None where no order is looked for.

    There is none where each model answered for the group that it is compared with, for one group, and without replicates.
    """
    frame = result.estimates.dropna(subset="estimate")
    spec = result.meta.get("specification", {})
    groups = frame["group"].nunique()
    if result.keys != ("model", "group") or spec.get("conditioned") or result.draws is None:
        return None
    if not 2 <= groups <= MOST_GROUPS:
        return None
    pairs = result.contrasts("group", level=float(spec.get("level", 0.95)), allow_failed=True)
    return pairs.dropna(subset="estimate")


def order_reasons(result: Result) -> list[Reason]:
    """Of each model and group whether it is told apart from another group, and from which."""
    pairs = group_pairs(result)
    if pairs is None or pairs.empty:
        return []
    found = []
    for _, row in result.estimates.dropna(subset="estimate").iterrows():
        model, group = str(row["model"]), str(row["group"])
        own = facing(pairs[pairs["model"] == model], group)
        where = {"model": model, "group": group}
        if own.empty:
            continue
        if own["differs"].isna().all():
            found.append(Reason("groups", "untested", "not held against the other groups", where, ORDER))
            continue
        below, above = (sorted(side) for side in _sides(own))
        told = [f"nearer to it than to {listed(below)}"] if below else []
        told += [f"further from it than from {listed(above)}"] if above else []
        if told:
            found.append(Reason("groups", "sound", f"{model} is {'; '.join(told)}", where, ORDER))
        else:
            found.append(Reason("groups", "none", "not told from the other groups", where, ORDER))
    return found


def _sides(own: pd.DataFrame) -> tuple[set[str], set[str]]:
    """The groups that a model is surely further from than from the first one, and those it is surely nearer to."""
    sure = own[own["differs"].fillna(False).astype(bool)]
    return set(sure.loc[sure["lower"] > 0, "second"]), set(sure.loc[sure["upper"] < 0, "second"])


def nearer_phrases(result: Result, most: int = 2) -> list[str]:
    """Of each model with a group told apart the nearest group and those it is nearer to it than to; the clearest first."""
    pairs = group_pairs(result)
    if pairs is None or pairs.empty:
        return []
    signs = result.verdict.rows.get(ORDER, result.verdict.rows["sign"])
    frame = result.estimates[~signs.isin(SILENT).to_numpy()].dropna(subset="estimate")
    frame = frame.sort_values("estimate", ascending=False)
    found: list[tuple[float, str]] = []
    for model, rows in frame.groupby(frame["model"].astype(str), sort=False):
        own = pairs[pairs["model"] == model]
        for _, row in rows.iterrows():
            group = str(row["group"])
            with_it = facing(own, group)
            below, _ = _sides(with_it)
            if below:
                told_of = _phrase(str(model), group, with_it, below, len({*own["first"], *own["second"]}))
                found.append((float(with_it["estimate"].max()), told_of))
                break
    found.sort(key=lambda pair: -pair[0])
    told = [text for _, text in found[:most]]
    more = len(found) - most
    if more > 0:
        told.append(
            f"{counted(more, 'more model')} {'is' if more == 1 else 'are'} nearer to one group than to another, too"
        )
    return told


def _phrase(model: str, group: str, own: pd.DataFrame, below: set[str], n_groups: int) -> str:
    """One model's nearest group that is told apart from others, with the widest of the differences."""
    widest = own[own["second"].isin(below)].sort_values("estimate", ascending=False).iloc[0]
    names = sorted(below, key=lambda name: (name != widest["second"], name))
    whom = "to any other group" if len(below) == n_groups - 1 > 1 else f"to {listed(names[:3])}"
    by = f"by {interval(widest, 3, signed=True)}"
    to = f", to {widest['second']} {by}" if len(below) > 1 else f" {by}"
    return f"{model} is nearer to {group} than {whom}{to}"
