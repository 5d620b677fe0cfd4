"""What chance rarely gives: spreads that are no binomial noise, last digits, lines that stand twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy import stats

from valuestats.auditing.declared import Sums
from valuestats.auditing.findings import Finding, Looked, cell_names
from valuestats.auditing.printed import Array, Printed, Whole
from valuestats.auditing.rounding import possible_counts
from valuestats.base.labels import counted

Repeats = Literal["rows", "columns"]

_LEAST_CELLS = 4
_LEAST_DIGITS = 50
_MOST_ANSWERS = 100_000
"""Answers behind a cell beyond which every number can be printed, and nothing is said of its last digit."""
_FAR = 0.2
"""Approximate probability above which no finding is near, and nothing is simulated."""
_WIDE = 10.0
"""Standard deviation, in units of the last digit, from which a smooth distribution leaves all ten equally likely: the
normal's first Fourier coefficient is exp(-2 pi^2) = 3e-9."""


def noise(
    t: Printed,
    declared: Sequence[Sums],
    repeats: Repeats | None,
    skip: set[tuple[int, int]],
    draws: int,
    rng: np.random.Generator,
) -> list[Looked]:
    r"""Shares along a row or column that lie closer together than counts of n can, or, of repeats, further apart.

    :math:`X^2 = \sum_j (k_j - n_j \bar p)^2 / (n_j \bar p (1 - \bar p))` against its distribution where the same number of
    yes answers falls on the same n at random (multivariate hypergeometric, exact but for the simulation): true differences
    only add to it, so that a small one means cells that are not independent. A large one is a finding only where the cells
    are declared to be repeats of one. Far from any threshold the chi-squared distribution does.
    """
    below, above = Looked("too even", "line"), Looked("too uneven", "line")
    counts, usable = _counts(t, skip)
    parts, totals = _summed(t, declared)
    lines = [
        ("columns", i, [(i, j) for j in range(len(t.columns)) if t.columns[j] not in parts | totals])
        for i in range(len(t.rows))
        if t.rows[i] not in totals
    ]
    lines += [
        ("rows", j, [(i, j) for i in range(len(t.rows)) if t.rows[i] not in totals])
        for j in range(len(t.columns))
        if t.columns[j] not in totals
    ]
    for over, at, places in lines:
        kept = [p for p in places if usable[p]]
        k = np.array([counts[p] for p in kept], dtype=np.int64)
        n = np.array([t.n[p] for p in kept], dtype=np.int64)
        if len(kept) < _LEAST_CELLS or not 0 < k.sum() < n.sum():
            continue
        found = _uneven(k[None], n)[0]
        name = t.rows[at] if over == "columns" else t.columns[at]
        expected = (len(kept) - 1) * n.sum() / (n.sum() - 1)
        less = float(stats.chi2.cdf(found, len(kept) - 1))
        more = 1 - less
        if less < _FAR or (repeats == over and more < _FAR):
            drawn = _uneven(rng.multivariate_hypergeometric(n, int(k.sum()), size=draws), n)
            less = float(((drawn <= found + 1e-9).sum() + 1) / (draws + 1))
            more = float(((drawn >= found - 1e-9).sum() + 1) / (draws + 1))
        tails = [(below, less, "less"), *([(above, more, "more")] if repeats == over else [])]
        for out, p, word in tails:
            out.looked += 1
            out.tested.append(p)
            out.found.append(
                Finding(
                    out.check,
                    "improbable",
                    name,
                    f"the shares vary {word} than counts of n do: chi-squared {found:.1f} where {expected:.1f} is expected "
                    f"of {counted(len(kept), 'cell')} if they were independent",
                    cell_names(t, kept),
                    float(found),
                    p=p,
                    group=t.group,
                )
            )
    return [below, above]


def _summed(t: Printed, declared: Sequence[Sums]) -> tuple[set[str], set[str]]:
    """Columns that exclude each other, as they add up to a whole, and the rows and columns of totals."""
    parts: set[str] = set()
    for one in declared:
        if one.over == "columns" and one.how == "sum":
            parts |= set(one.parts or t.columns)
    return parts, {one.total for one in declared if isinstance(one.total, str)}


def _uneven(k: Whole, n: Whole) -> Array:
    share = k.sum(axis=1, keepdims=True) / n.sum()
    return np.asarray(((k - n * share) ** 2 / (n * share * (1 - share))).sum(axis=1))


def _counts(t: Printed, skip: set[tuple[int, int]]) -> tuple[Whole, np.ndarray]:
    """Counts behind shares where the printed number gives one count alone."""
    counts, usable = np.zeros(t.value.shape, dtype=np.int64), np.zeros(t.value.shape, dtype=bool)
    for j in t.of_kind("share", "percent"):
        for i in np.flatnonzero(t.known[:, j] & (t.n[:, j] > 0)).tolist():
            possible = possible_counts(
                int(t.units[i, j]), int(t.decimals[i, j]), int(t.n[i, j]), t.holds[j].whole
            )
            if (i, j) not in skip and len(possible) == 1:
                counts[i, j], usable[i, j] = possible[0], True
    return counts, usable


def digits(
    t: Printed, declared: Sequence[Sums], skip: set[tuple[int, int]], draws: int, rng: np.random.Generator
) -> Looked:
    r"""Last digits that are preferred, where it is known what they should be.

    Totals are left out, and so are cells whose n puts numbers half way between two (which are rounded either way). With n:
    each cell's last digit under binomial noise about its own share, Pearson's statistic against simulated ones.
    Without: equally likely, if the numbers spread over enough of them (SD of ten units of the last digit). Fifty cells or
    more; of a square table one side of the diagonal.
    """
    out = Looked("digits", "cell")
    totals, ties = _summed(t, declared)[1], _half_way(t)
    square = t.holds[0].kind in ("win_rate", "matching", "correlation")
    places = [
        (i, j)
        for j, h in enumerate(t.holds)
        if h.kind not in ("rank", "count")
        for i in np.flatnonzero(t.known[:, j]).tolist()
        if (i, j) not in skip | ties
        and t.rows[i] not in totals
        and t.columns[j] not in totals
        and not (square and (i == j or (i > j and t.known[j, i])))
    ]
    counted_cells = [p for p in places if t.n[p] > 0]
    places = counted_cells if counted_cells else places
    expected = _expected_digits(t, places)
    if expected is None:
        return out
    out.looked = len(places)
    last = np.array([abs(int(t.units[p])) % 10 for p in places])
    total = expected.sum(axis=0)
    allowed = total > 0
    seen = np.bincount(last, minlength=10)
    drawn = np.zeros((draws, 10))
    alike, cells = np.unique(expected, axis=0, return_counts=True)
    for each, several in zip(alike, cells, strict=True):
        drawn += rng.multinomial(several, each, size=draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(((seen - total) ** 2 / total)[allowed].sum())
        simulated = ((drawn - total) ** 2 / total)[:, allowed].sum(axis=1)
    p = float(((simulated >= statistic - 1e-9).sum() + 1) / (draws + 1))
    most = int(np.argmax(np.where(allowed, seen - total, -np.inf)))
    out.tested.append(p)
    out.found.append(
        Finding(
            "digits",
            "improbable",
            "last digits",
            f"{seen[most]} of {counted(len(places), 'cell')} end in {most}, where {total[most]:.1f} would",
            cell_names(t, [p for p, d in zip(places, last, strict=True) if d == most]),
            float(seen[most]),
            p=p,
            group=t.group,
        )
    )
    return out


def _half_way(t: Printed) -> set[tuple[int, int]]:
    """Cells for which some count of n lies half way between two printed numbers."""
    out = set()
    for j, h in enumerate(t.holds):
        for i in np.flatnonzero(t.n[:, j] > 0).tolist():
            # 2 * whole * 10^d * k / n is odd for some k from 0 to n
            doubled = 2 * h.whole * 10 ** int(t.decimals[i, j])
            common = math.gcd(doubled, int(t.n[i, j]))
            if (doubled // common) % 2 == 1:
                out.add((i, j))
    return out


def _expected_digits(t: Printed, places: list[tuple[int, int]]) -> Array | None:
    """Probability of each last digit for each cell; None where nothing is known of them."""
    if len(places) < _LEAST_DIGITS:
        return None
    n = np.array([t.n[p] for p in places])
    out = np.zeros((len(places), 10))
    if (n > _MOST_ANSWERS).any():
        return None
    if (n > 0).all():
        for row, p in enumerate(places):
            whole, d = t.holds[p[1]].whole, int(t.decimals[p])
            if t.holds[p[1]].kind not in ("share", "percent", "win_rate", "matching"):
                return None
            share = float(np.clip(t.value[p] / whole, 0.5 / n[row], 1 - 0.5 / n[row]))
            k = np.arange(n[row] + 1)
            printed = np.round(k / n[row] * whole * 10**d).astype(np.int64)
            np.add.at(out[row], printed % 10, stats.binom.pmf(k, n[row], share))
        return out / out.sum(axis=1, keepdims=True)
    if len({int(t.decimals[p]) for p in places}) > 1:
        return None
    units = np.array([t.units[p] for p in places], dtype=float)
    if units.std() < _WIDE or len(np.unique(units)) < 20:
        return None
    return out + 0.1


def duplicates(t: Printed, declared: Sequence[Sums]) -> Looked:
    r"""Rows or columns of one kind that are the same throughout.

    How often chance gives it: the product over cells of the share of equal pairs among the other lines there (with one pair
    more that is equal and one that is not), or the share of cells with that number, if larger; times the pairs of lines. Of
    cells that add up to a whole the most surprising one is left out, as the others give it, and so are totals.
    """
    out = Looked("duplicates", "pair of lines")
    for across in (False, True):
        value = t.value if across else t.value.T
        labels = t.rows if across else t.columns
        square = t.holds[0].kind in ("win_rate", "matching", "correlation")
        if square and not across:
            continue  # its columns are its rows
        kinds = ["row"] * len(labels) if across else [h.kind for h in t.holds]
        numbers = {i for i, k in enumerate(kinds) if k not in ("count", "rank", "number")}
        candidates = [i for i in range(len(labels)) if across or i in numbers]
        pairs = len(candidates) * (len(candidates) - 1) // 2
        out.looked += pairs
        for i, j in _equal(value, candidates, square):
            if kinds[i] != kinds[j]:
                continue
            here = ~np.isnan(value[i]) & ~np.isnan(value[j])
            if across and not square:
                here &= np.isin([h.kind for h in t.holds], ["count", "rank", "number"], invert=True)
            if square:
                here[[i, j]] = False
            cells = np.flatnonzero(here).tolist()
            if len(cells) < 3:
                continue
            chances = {c: _alike(value[candidates][:, c], value[i, c], value) for c in cells}
            free = _free(chances, declared, t.columns if across else t.rows, "columns" if across else "rows")
            if len(free) < 2:
                continue
            expected = float(np.prod([chances[c] for c in free])) * pairs
            out.tested.append(min(1.0, expected))
            places = [(a, c) if across else (c, a) for a in (i, j) for c in cells]
            out.found.append(
                Finding(
                    "duplicates",
                    "improbable",
                    f"{labels[i]} and {labels[j]}",
                    f"the {'rows' if across else 'columns'} are the same in all {counted(len(cells), 'cell')}",
                    cell_names(t, places),
                    float(len(cells)),
                    p=min(1.0, expected),
                    group=t.group,
                )
            )
    return out


def _free(
    chances: dict[int, float], declared: Sequence[Sums], labels: tuple[str, ...], over: Repeats
) -> list[int]:
    """Cells that the others do not give."""
    bound = {labels.index(str(s.total)) for s in declared if s.over == over and s.total in labels}
    for one in declared:
        if one.over == over and one.how == "sum":
            parts = [labels.index(p) for p in one.parts] if one.parts else list(range(len(labels)))
            parts = [c for c in parts if c in chances and c not in bound]
            if parts:
                bound.add(min(parts, key=chances.__getitem__))
    return [c for c in chances if c not in bound]


def _equal(value: Array, candidates: list[int], square: bool) -> list[tuple[int, int]]:
    if not square:
        seen: dict[bytes, list[int]] = {}
        for i in candidates:
            seen.setdefault(np.nan_to_num(value[i], nan=-9e99).tobytes(), []).append(i)
        return [(a, b) for same in seen.values() for k, a in enumerate(same) for b in same[k + 1 :]]
    found = []
    for i in candidates:
        for j in candidates:
            rest = np.ones(len(value), dtype=bool)
            rest[[i, j]] = False
            if i < j and np.array_equal(value[i, rest], value[j, rest], equal_nan=True):
                found.append((i, j))
    return found


def _alike(cells: Array, shared: float, table: Array) -> float:
    """Share of pairs of other lines that agree here, or of cells that hold this number, whichever is larger."""
    known = cells[~np.isnan(cells)]
    others = np.delete(known, np.flatnonzero(known == shared)[:1])  # one of the two stands for both
    _, counts = np.unique(others, return_counts=True)
    pairs = len(others) * (len(others) - 1) / 2
    equal = float((counts * (counts - 1) / 2).sum())
    within = (equal + 1) / (pairs + 2)
    everywhere = (np.nansum(table == shared) - 1) / max(1, int((~np.isnan(table)).sum()) - 1)
    return float(max(within, everywhere))
