"""How often a judge is right, given what people say: shares with intervals, and whether it is so alike in all groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from valuestats.base.labels import listed, p_value
from valuestats.raters.judged_table import Judged
from valuestats.statistics.clusters import LEAST
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.surveys.linearisation import linearised_shares, share_interval

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

UNLIKE = 0.05
"""Adjusted p-value below which a judge is said to err differently in a group than in the others."""


@dataclass(frozen=True)
class Labelled:
    """Items that both labelled, of all groups: codes of group, people's label, judge's label and cluster, and weights."""

    group: Ints
    told: Ints
    heard: Ints
    weight: Array
    cluster: Ints | None
    names: tuple[str, ...]

    @property
    def plain(self) -> bool:
        """Whether items are independent and equally likely to be labelled, so that counts say everything."""
        return self.cluster is None and bool((self.weight == self.weight[:1]).all())


def labelled_items(groups: dict[str, Judged]) -> Labelled:
    """The items that both labelled."""
    parts = list(groups.values())
    on = [g.labelled for g in parts]

    def joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([a[o] for a, o in zip(arrays, on, strict=True)])

    clusters = [g.cluster for g in parts if g.cluster is not None]
    return Labelled(
        np.repeat(np.arange(len(parts)), [int(o.sum()) for o in on]),
        joined([g.label for g in parts]).astype(np.int64),
        joined([g.judge for g in parts]).astype(np.int64),
        joined([g.weight for g in parts]).astype(float),
        joined(clusters).astype(np.int64) if len(clusters) == len(parts) else None,
        tuple(groups),
    )


def rates(data: Labelled, inside: NDArray[np.bool_], right: NDArray[np.bool_], level: float) -> pd.DataFrame:
    """Share of what is right of what is inside, in each group, with its interval."""
    g = len(data.names)
    n = np.bincount(data.group[inside], minlength=g)
    frame = pd.DataFrame({"n_scored": n, "n_asked": n})
    if data.plain:
        hits = np.bincount(data.group[inside & right], minlength=g).astype(float)
        p = np.divide(hits, n, out=np.full(g, np.nan), where=n > 0)
        lower, upper = (
            np.asarray(x, dtype=float)
            for x in proportion_confint(hits, np.maximum(n, 1), alpha=1 - level, method="beta")
        )
        there, units, name = n > 0, n, "Clopper-Pearson"
        error = np.sqrt(p * (1 - p) / np.maximum(n, 1))
    else:
        psu = np.arange(len(data.group)) if data.cluster is None else data.cluster
        psu = np.unique(psu, return_inverse=True)[1]
        found = linearised_shares(
            np.where(inside, (~right).astype(np.int64), -1),
            np.where(inside, data.group, -1),
            data.weight,
            np.zeros(len(psu), dtype=np.int64),
            psu,
            (g, 2),
            "remove",
        )
        low, high = share_interval(found, level, "korn_graubard")
        p, lower, upper = found.share[:, 0], low[:, 0], high[:, 0]
        seen = pd.DataFrame({"group": data.group[inside], "psu": psu[inside]}).drop_duplicates()
        units = np.bincount(seen["group"], minlength=g)
        # All clusters alike: as many of them as there are say so, not as many as they have items.
        edge = (p == 0) | (p == 1)
        ends = proportion_confint(np.round(p * units), np.maximum(units, 1), alpha=1 - level, method="beta")
        lower, upper = (np.where(edge, e, x) for e, x in zip(ends, (lower, upper), strict=True))
        there, name, error = units >= LEAST, "Korn-Graubard", np.sqrt(found.variance[:, 0])
    frame["estimate"], frame["std_error"], frame["n_units"] = p, error, units
    frame["lower"], frame["upper"] = np.where(there, lower, np.nan), np.where(there, upper, np.nan)
    frame["interval"] = np.where(there, name, "none")
    return frame


def against_the_rest(data: Labelled, inside: NDArray[np.bool_], right: NDArray[np.bool_]) -> pd.DataFrame:
    """Each group's share against that of all others: ``rest`` and the p-value of no difference.

    Fisher's exact test of counts; with clusters or weights the difference over its linearised error, by Student's t with
    one degree of freedom less than the clusters of the smaller side. Of two groups the second repeats the first, and has no
    test of its own.
    """
    rows = []
    for k in range(len(data.names)):
        own = data.group == k
        sides = [inside & own, inside & ~own]
        share = [float(np.average(right[s], weights=data.weight[s])) if s.any() else np.nan for s in sides]
        p = np.nan
        if len(data.names) > 1 and not (len(data.names) == 2 and k == 1) and all(s.any() for s in sides):
            p = _exact(sides, right) if data.plain else _wald(data, sides, right, share)
        rows.append({"rest": share[1], "p": p})
    return pd.DataFrame(rows)


def _exact(sides: list[NDArray[np.bool_]], right: NDArray[np.bool_]) -> float:
    table = [[int((right & s).sum()), int((~right & s).sum())] for s in sides]
    return float(stats.fisher_exact(table).pvalue)


def _wald(
    data: Labelled, sides: list[NDArray[np.bool_]], right: NDArray[np.bool_], share: list[float]
) -> float:
    cluster = np.arange(len(right)) if data.cluster is None else data.cluster
    names, code = np.unique(cluster, return_inverse=True)
    part = np.zeros(len(names))
    for sign, side, mean in zip((1, -1), sides, share, strict=True):
        w = data.weight[side] / data.weight[side].sum()
        np.add.at(part, code[side], sign * w * (right[side] - mean))
    degrees = min(len(np.unique(cluster[s])) for s in sides) - 1
    error = float(np.sqrt((part**2).sum() * len(names) / max(len(names) - 1, 1)))
    if degrees < LEAST - 1:
        return float("nan")
    if error == 0:
        return 1.0 if share[0] == share[1] else float("nan")
    return float(2 * stats.t.sf(abs(share[0] - share[1]) / error, degrees))


def unlike_errors(data: Labelled, labels: tuple[str, ...]) -> pd.DataFrame:
    """Whether the judge errs alike in all groups: one test for each group, label of people's and label of the judge's.

    Of two labels the judge's other label says the same, so that there is one test for each group and label: that of the
    sensitivity to it. The p-values are one family by Holm's rule, so that with probability .95 nothing is named where the
    judge errs alike.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``told`` (people's label), ``heard`` (the judge's), ``estimate``, ``rest``, ``n``, ``p``, ``p_adjusted``.
    """
    parts = []
    for t, told in enumerate(labels):
        inside = data.told == t
        for j, heard in enumerate(labels):
            if len(labels) == 2 and j != t:
                continue
            right = data.heard == j
            n = np.bincount(data.group[inside], minlength=len(data.names))
            hits = np.bincount(data.group[inside & right], data.weight[inside & right], len(data.names))
            size = np.bincount(data.group[inside], data.weight[inside], len(data.names))
            own = np.divide(hits, size, out=np.full(len(size), np.nan), where=size > 0)
            frame = against_the_rest(data, inside, right)
            parts.append(frame.assign(group=data.names, told=told, heard=heard, estimate=own, n=n))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(p_adjusted=adjusted_p(found["p"].to_numpy(dtype=float), "holm"))


def alike_summary(groups: dict[str, Judged], labels: tuple[str, ...]) -> dict[str, Any]:
    """The least adjusted p-value of `unlike_errors`, whether it refutes that the judge errs alike, and where, in words."""
    tests = unlike_errors(labelled_items(groups), labels).dropna(subset="p")
    if tests.empty:
        return {"p": None, "tests": 0, "found": False, "text": ""}
    apart = tests[tests["p_adjusted"] < UNLIKE].sort_values("p_adjusted").drop_duplicates(["told", "heard"])
    told = [
        f"of what people call {row['told']!r} it calls {row['estimate']:.0%} {row['heard']!r} in {row['group']} and "
        f"{row['rest']:.0%} elsewhere ({p_value(float(row['p_adjusted']))})"
        for _, row in apart.head(2).iterrows()
    ]
    text = f"the judge does not err alike: {listed(told)}" if told else ""
    return {
        "p": float(tests["p_adjusted"].min()),
        "tests": len(tests),
        "found": bool(told),
        "text": text,
    }


def shown_labels(names: tuple[str, ...], declared: Sequence[str] | None) -> tuple[str, ...]:
    """Labels that are shown: of two only one, as each says what the other says.

    Examples
    --------
    >>> shown_labels(("no", "yes"), None), shown_labels(("hit", "miss"), ["hit", "miss"]), shown_labels(tuple("abc"), None)
    (('yes',), ('hit',), ('a', 'b', 'c'))
    """
    if len(names) != 2:
        return names
    return (names[-1],) if declared is None else (names[0],)
