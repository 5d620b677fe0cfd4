"""Single cells: ranges, counts that rounding can give (GRIM), spreads that a mean allows, and both at once (GRIMMER)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

from valuestats.auditing.declared import Holds
from valuestats.auditing.findings import Finding, Looked, cell_names
from valuestats.auditing.printed import Printed
from valuestats.base.labels import counted, number

_EXACT = 300_000
"""Steps up to which all whole answers on a scale are gone through, for the pairs of sum and sum of squares they give."""


def ceil_div(a: int, b: int) -> int:
    """The least whole number that is no less than a/b.

    Examples
    --------
    >>> ceil_div(7, 2), ceil_div(-7, 2)
    (4, -3)
    """
    return -(-a // b)


def possible_counts(units: int, decimals: int, n: int, whole: int) -> range:
    """Counts k of n for which ``whole * k / n`` is printed so, halves rounded either way.

    Examples
    --------
    >>> list(possible_counts(705, 1, 210, 100)), list(possible_counts(71, 0, 20, 100))
    ([148], [])
    """
    scale = 2 * 10**decimals * whole
    low = max(0, ceil_div(n * (2 * units - 1), scale))
    return range(low, min(n, n * (2 * units + 1) // scale) + 1)


def possible_totals(units: int, decimals: int, n: int, items: int) -> range:
    """Sums of whole answers, `items` of each of n people, whose mean per answer is printed so (Brown and Heathers 2017).

    Examples
    --------
    >>> list(possible_totals(519, 2, 28, 1)), list(possible_totals(518, 2, 28, 1))
    ([], [145])
    """
    scale = 2 * 10**decimals
    return range(ceil_div(n * items * (2 * units - 1), scale), n * items * (2 * units + 1) // scale + 1)


def in_range(t: Printed) -> Looked:
    """Shares below 0 or above a whole, means off their scale, negative spreads, counts that are not whole."""
    out = Looked("range", "cell")
    for j, h in enumerate(t.holds):
        low, high = _ends(h)
        for i in np.flatnonzero(t.known[:, j]).tolist():
            out.looked += 1
            value, half = t.value[i, j], t.half[i, j]
            broken = h.kind == "count" and t.units[i, j] % 10 ** t.decimals[i, j] != 0
            if value - half <= high and value + half >= low and not broken:
                continue
            said = "is not a whole number" if broken else f"lies outside {low:g} to {high:g}"
            out.found.append(
                Finding(
                    "range",
                    "impossible",
                    t.name(i, j),
                    f"{t.text(i, j)} {said}",
                    cell_names(t, [(i, j)]),
                    value,
                    low,
                    high,
                    group=t.group,
                )
            )
    return out


def _ends(h: Holds) -> tuple[float, float]:
    if h.kind in ("share", "percent", "win_rate", "matching"):
        return 0.0, float(h.whole)
    if h.kind == "correlation":
        return -1.0, 1.0
    if h.kind in ("sd", "count"):
        return 0.0, np.inf
    if h.kind == "rank":
        return 1.0, np.inf
    if h.kind == "mean":
        return -np.inf if h.low is None else h.low, np.inf if h.high is None else h.high
    return -np.inf, np.inf


def whole_counts(t: Printed, skip: set[tuple[int, int]]) -> Looked:
    """Shares that no count of n gives, and means that no sum of whole answers gives."""
    out = Looked("counts", "cell")
    for j, h in enumerate(t.holds):
        share = h.kind in ("share", "percent", "win_rate", "matching")
        if not share and (h.kind != "mean" or h.items is None):
            continue
        for i in np.flatnonzero(t.known[:, j] & (t.n[:, j] > 0)).tolist():
            if (i, j) in skip or (h.kind == "matching" and i == j):
                continue
            out.looked += 1
            units, d, n = int(t.units[i, j]), int(t.decimals[i, j]), int(t.n[i, j])
            grains = n if share else n * (h.items or 1)
            per = 10**d * (h.whole if share else 1)
            possible = (
                possible_counts(units, d, n, h.whole) if share else possible_totals(units, d, n, h.items or 1)
            )
            if len(possible):
                continue
            below = units * grains // per
            least, most = (Fraction(k * per, grains) / 10**d for k in (below, below + 1))
            given = min(1.0, grains / per)
            items = 1 if share else (h.items or 1)
            what = f"{number(n)} answers" + (f" to {number(items)} items each" if items > 1 else "")
            out.found.append(
                Finding(
                    "counts",
                    "impossible",
                    t.name(i, j),
                    f"{t.text(i, j)} can't come from {what}: next to it are {float(least):.{d + 2}f} and "
                    f"{float(most):.{d + 2}f}; {given:.0%} of all numbers with {counted(d, 'decimal')} would pass",
                    cell_names(t, [(i, j)]),
                    t.value[i, j],
                    float(least),
                    float(most),
                    group=t.group,
                )
            )
    return out


def spreads(t: Printed, skip: set[tuple[int, int]]) -> list[Looked]:
    """SDs that their mean allows on the scale, and that whole answers with that mean can have."""
    bounds, exact = Looked("spread", "SD"), Looked("whole answers", "SD")
    for j, h in enumerate(t.holds):
        if h.kind != "sd" or h.mean is None:
            continue
        if h.mean not in t.columns or t.holds[t.columns.index(h.mean)].kind != "mean":
            continue
        k = t.columns.index(h.mean)
        for i in np.flatnonzero(t.known[:, j] & t.known[:, k]).tolist():
            if (i, j) in skip or (i, k) in skip:
                continue
            if _bounded(t, i, j, k, bounds) and t.holds[k].items is not None and t.n[i, j] > h.ddof:
                _whole(t, i, j, k, exact)
    return [bounds, exact]


def _bounded(t: Printed, i: int, j: int, k: int, out: Looked) -> bool:
    """Largest and least SD for the mean, over all that rounding hides; n unknown: the worst n, which is two."""
    h, m = t.holds[j], t.holds[k]
    n = int(t.n[i, j] or t.n[i, k])
    factor = n / (n - h.ddof) if n > h.ddof else (2.0 / (2 - h.ddof) if h.ddof < 2 else np.inf)
    low, high = (h.low if h.low is not None else m.low), (h.high if h.high is not None else m.high)
    mean, half = t.value[i, k], t.half[i, k]
    most = np.inf
    if low is not None and high is not None:
        at = float(np.clip((low + high) / 2, mean - half, mean + half))
        most = float(np.sqrt(max(0.0, (at - low) * (high - at)) * factor))
    least = 0.0
    if m.items is not None and n:
        ends = (mean - half, mean + half)
        steps = [x * m.items for x in ends]
        if np.floor(steps[0]) == np.floor(steps[1]) and steps[0] != np.floor(steps[0]):
            fraction = [s - np.floor(s) for s in steps]
            least = float(np.sqrt(min(f * (1 - f) for f in fraction) * factor)) / m.items
    if not np.isfinite(most) and least == 0.0:
        return True
    out.looked += 1
    sd, slack = t.value[i, j], t.half[i, j] + 1e-12
    if least - slack <= sd <= most + slack:
        return True
    scale = f" on a scale from {low:g} to {high:g}" if np.isfinite(most) else ""
    why = (
        f"at most {most:.{t.decimals[i, j] + 1}f}"
        if sd > most
        else f"at least {least:.{t.decimals[i, j] + 1}f}"
    )
    out.found.append(
        Finding(
            "spread",
            "impossible",
            t.name(i, j),
            f"an SD of {t.text(i, j)} beside a mean of {t.text(i, k)}{scale}: {why} is possible",
            cell_names(t, [(i, j), (i, k)]),
            sd,
            least,
            most if np.isfinite(most) else np.nan,
            group=t.group,
        )
    )
    return False


def _whole(t: Printed, i: int, j: int, k: int, out: Looked) -> None:
    h, m = t.holds[j], t.holds[k]
    n, items = int(t.n[i, j]), m.items or 1
    low, high = (h.low if h.low is not None else m.low), (h.high if h.high is not None else m.high)
    out.looked += 1
    totals = possible_totals(int(t.units[i, k]), int(t.decimals[i, k]), n, items)
    if whole_answers_exist(totals, int(t.units[i, j]), int(t.decimals[i, j]), n, items, low, high, h.ddof):
        return
    out.found.append(
        Finding(
            "whole answers",
            "impossible",
            t.name(i, j),
            f"no {number(n)} whole answers have a mean of {t.text(i, k)} and an SD of {t.text(i, j)}",
            cell_names(t, [(i, j), (i, k)]),
            t.value[i, j],
            group=t.group,
        )
    )


def whole_answers_exist(
    totals: range,
    units: int,
    decimals: int,
    n: int,
    items: int,
    low: float | None,
    high: float | None,
    ddof: int,
) -> bool:
    """Whether n scores, each `items` whole answers long, can have one of the totals and the printed SD.

    Necessary conditions (Anaya 2016; Allard 2018): the sum of squares is whole, as odd as the sum, and within what the SD
    and the sum allow. On a short scale and with few people all pairs of sum and sum of squares are gone through, which is
    sufficient too.

    Examples
    --------
    >>> whole_answers_exist(possible_totals(521, 2, 28, 1), 160, 2, 28, 1, None, None, 1)
    True
    >>> whole_answers_exist(possible_totals(344, 2, 18, 1), 247, 2, 18, 1, None, None, 1)
    False
    """
    bounds = None
    if low is not None and high is not None and float(low).is_integer() and float(high).is_integer():
        bounds = (int(low) * items, int(high) * items)
    span = 0 if bounds is None else bounds[1] - bounds[0]
    exact = bounds is not None and n * n * span * (span + 1) <= _EXACT
    scale = 4 * 100**decimals * n
    lower, upper = (max(0, 2 * units - 1) * items) ** 2, ((2 * units + 1) * items) ** 2
    for total in totals:
        # n (Q - S^2/n) = n (n - ddof) SD^2, with the SD in halves of its last decimal
        base = total * total * 4 * 100**decimals
        least = ceil_div(base + n * (n - ddof) * lower, scale)
        most = (base + n * (n - ddof) * upper) // scale
        if exact and bounds is not None:
            shifted = total - n * bounds[0]
            if not 0 <= shifted <= n * span:
                continue
            squares = _reached(n, span)[shifted]
            # sum of (y - low)^2 = Q - 2 low S + n low^2
            move = -2 * bounds[0] * total + n * bounds[0] ** 2
            first, last = max(0, least + move), most + move
            if last >= first and (squares >> first) & ((1 << (last - first + 1)) - 1):
                return True
            continue
        each, rest = divmod(total, n)
        least = max(least, n * each * each + rest * (2 * each + 1))
        if bounds is not None:
            at_top, rest = divmod(total - n * bounds[0], span)
            if not 0 <= total - n * bounds[0] <= n * span:
                continue
            widest = at_top * span**2 + rest**2
            most = min(most, widest + 2 * bounds[0] * total - n * bounds[0] ** 2)
        if (least - total) % 2:
            least += 1
        if least <= most:
            return True
    return False


@lru_cache(maxsize=64)
def _reached(n: int, span: int) -> list[int]:
    """For each sum of n whole numbers from 0 to `span`, the sums of squares that occur, as bits of one number."""
    now = [1] + [0] * (n * span)
    for _ in range(n):
        new = [0] * (n * span + 1)
        for total, bits in enumerate(now):
            if bits:
                for v in range(min(span, n * span - total) + 1):
                    new[total + v] |= bits << (v * v)
        now = new
    return now


def ranks_fit(t: Printed) -> Looked:
    """Ranks from 1 on without gaps that ties don't explain, and in the order of what they rank."""
    out = Looked("ranks", "column of ranks")
    for j, h in enumerate(t.holds):
        if h.kind != "rank":
            continue
        out.looked += 1
        rows = np.flatnonzero(t.known[:, j]).tolist()
        given = np.sort(t.value[rows, j])
        ways = []
        for method in ("min", "max", "average", "dense"):
            ways.append(np.sort(pd.Series(given).rank(method=method).to_numpy()))
        if not any(np.array_equal(w, given) for w in ways):
            out.found.append(
                Finding(
                    "ranks",
                    "impossible",
                    t.columns[j],
                    f"{', '.join(t.text(i, j) for i in rows)} are no ranking of {len(rows)}",
                    cell_names(t, [(i, j) for i in rows]),
                    float(given.sum()),
                    group=t.group,
                )
            )
            continue
        if h.of in t.columns:
            out.found += _disordered(t, j, t.columns.index(str(h.of)), h.lowest_first)
    return out


def _disordered(t: Printed, j: int, k: int, lowest_first: bool) -> list[Finding]:
    rows = np.flatnonzero(t.known[:, j] & t.known[:, k])
    ordered = rows[np.argsort(t.value[rows, j], kind="stable")]
    found = []
    for a, b in pairwise(ordered):
        better = t.value[b, k] - t.value[a, k]
        if (-better if lowest_first else better) > t.half[a, k] + t.half[b, k] + 1e-9 and t.value[
            a, j
        ] < t.value[b, j]:
            found.append(
                Finding(
                    "ranks",
                    "impossible",
                    f"{t.rows[a]} and {t.rows[b]}, {t.columns[j]}",
                    f"{t.rows[a]} ({t.text(a, k)}) stands before {t.rows[b]} ({t.text(b, k)})",
                    cell_names(t, [(a, j), (b, j)]),
                    float(better),
                    group=t.group,
                )
            )
    return found
