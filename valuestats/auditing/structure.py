"""Several cells at once: sums, complements, symmetry, the triangle inequality, definiteness, cycles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from valuestats.auditing.declared import Sums
from valuestats.auditing.findings import Finding, Looked, cell_names
from valuestats.auditing.printed import Array, Printed
from valuestats.auditing.rounding import possible_counts
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted

_SLACK = 1e-9


def sums(t: Printed, declared: Sequence[Sums], skip: set[tuple[int, int]]) -> Looked:
    """What does not add up, or average, as declared, beyond what rounding of each part and of the total can do."""
    out = Looked("sums", "sum")
    for one in declared:
        across = one.over == "columns"
        labels, lines = (t.columns, t.rows) if across else (t.rows, t.columns)
        named = one.total if isinstance(one.total, str) else None
        parts = _parts(t, one, labels, named)
        for line in range(len(lines)):
            places = [(line, p) if across else (p, line) for p in parts]
            if any(place in skip or not t.known[place] for place in places):
                continue
            if one.how == "sd" and len(places) < 2:
                continue
            made, room = _made(t, places, one)
            wanted, where = one.total, places
            if named is not None:
                at = (line, labels.index(named)) if across else (labels.index(named), line)
                if at in skip or not t.known[at]:
                    continue
                wanted, room, where = float(t.value[at]), room + float(t.half[at]), [*places, at]
            out.looked += 1
            off = float(made) - float(wanted)
            if abs(off) <= room + _SLACK:
                continue
            does = {"sum": "add up to", "mean": "average", "sd": "have an SD of"}[one.how]
            digits = int(max(t.decimals[p] for p in where)) + (one.how == "mean")
            out.found.append(
                Finding(
                    "sums",
                    "impossible",
                    lines[line],
                    f"{counted(len(places), 'cell')} {does} {made:.{digits}f} where {wanted:g} is declared; rounding "
                    f"explains {room:.{digits + 1}f} at most".replace("-", "−"),
                    cell_names(t, where),
                    float(made),
                    float(wanted) - float(room),
                    float(wanted) + float(room),
                    group=t.group,
                )
            )
    return out


def _made(t: Printed, places: list[tuple[int, int]], one: Sums) -> tuple[float, float]:
    """What the cells make, and how far rounding moves that at most; an SD is a norm, and moves by the errors' at most."""
    value, half = np.array([t.value[p] for p in places]), np.array([t.half[p] for p in places])
    if one.how == "sd":
        return float(value.std(ddof=1)), float(np.sqrt((half**2).sum() / (len(value) - 1)))
    scale = len(places) if one.how == "mean" else 1
    return float(value.sum()) / scale, float(half.sum()) / scale


def _parts(t: Printed, one: Sums, labels: tuple[str, ...], named: str | None) -> list[int]:
    absent = [p for p in (*one.parts, *([named] if named else [])) if p not in labels]
    if absent:
        raise SpecificationError(
            f"no such {one.over[:-1]} to add up",
            parameter="sums",
            got=", ".join(absent),
            expected=", ".join(labels),
        )
    if one.parts:
        return [labels.index(p) for p in one.parts]
    left = [k for k, label in enumerate(labels) if label != named]
    if one.over == "columns" and left:
        left = [k for k in left if t.holds[k].kind == t.holds[left[0]].kind]
    return left


def complements(t: Printed) -> list[Looked]:
    """Win rates of a pair that don't add up to a whole, and of an option against itself that are no half."""
    pairs, own = Looked("complements", "pair"), Looked("diagonal", "cell")
    whole = t.holds[0].whole
    for i, j in combinations(range(len(t.rows)), 2):
        if not (t.known[i, j] and t.known[j, i]):
            continue
        pairs.looked += 1
        made, room = t.value[i, j] + t.value[j, i], t.half[i, j] + t.half[j, i]
        if abs(made - whole) > room + _SLACK:
            pairs.found.append(
                Finding(
                    "complements",
                    "impossible",
                    f"{t.rows[i]} and {t.rows[j]}",
                    f"{t.text(i, j)} and {t.text(j, i)} make {made:g}, not {whole}",
                    cell_names(t, [(i, j), (j, i)]),
                    float(made),
                    whole - float(room),
                    whole + float(room),
                    group=t.group,
                )
            )
    own = _diagonal(t, whole / 2, own)
    return [pairs, own]


def _diagonal(t: Printed, wanted: float, out: Looked) -> Looked:
    for i in np.flatnonzero(np.diag(t.known)).tolist():
        out.looked += 1
        if abs(t.value[i, i] - wanted) > t.half[i, i] + _SLACK:
            out.found.append(
                Finding(
                    "diagonal",
                    "impossible",
                    t.name(i, i),
                    f"{t.text(i, i)} with itself, not {wanted:g}",
                    cell_names(t, [(i, i)]),
                    float(t.value[i, i]),
                    wanted,
                    wanted,
                    group=t.group,
                )
            )
    return out


def cycles(t: Printed) -> Looked:
    r"""Circles of three in which each beats the next beyond rounding.

    With the numbers of answers, a circle is a finding where all three shares are above a half with
    :math:`p = \max_e P(K_e \ge k_e \mid 1/2)` (intersection-union; Berger 1982), Holm over all triples; without, each circle
    is notable, as nothing says whether noise made it.
    """
    out = Looked("cycles", "triple")
    whole = t.holds[0].whole
    beats, p = _beats(t, whole)
    for i, j, k in combinations(range(len(t.rows)), 3):
        seen = [(a, b) for a, b in ((i, j), (j, k), (i, k)) if t.known[a, b] or t.known[b, a]]
        if len(seen) < 3:
            continue
        out.looked += 1
        ways = [w for w in ((i, j, k), (i, k, j)) if all(beats[w[a], w[(a + 1) % 3]] for a in range(3))]
        edges = [(w[a], w[(a + 1) % 3]) for w in ways for a in range(3)]
        chance = max((float(p[e]) for e in edges), default=1.0)
        known = not np.isnan(chance)
        if known:
            out.tested.append(chance)
        if not ways:
            continue
        names = [t.rows[x] for x in (*ways[0], ways[0][0])]
        margin = min(_rate(t, e, whole) for e in edges)
        out.found.append(
            Finding(
                "cycles",
                "improbable" if known else "notable",
                ", ".join(names[:3]),
                f"{' beats '.join(names)}; the narrowest with {margin * whole:g} of {whole}",
                cell_names(t, [e if t.known[e] else e[::-1] for e in edges]),
                margin * whole,
                p=chance,
                group=t.group,
            )
        )
    return out


def _rate(t: Printed, e: tuple[int, int], whole: int) -> float:
    return float(t.value[e] / whole if t.known[e] else 1 - t.value[e[::-1]] / whole)


def _beats(t: Printed, whole: int) -> tuple[np.ndarray, Array]:
    """Who beats whom for certain of rounding, and the chance of that many wins or more in a fair game."""
    m = len(t.rows)
    beats, p = np.zeros((m, m), dtype=bool), np.ones((m, m))
    for a in range(m):
        for b in range(m):
            if a == b or not (t.known[a, b] or t.known[b, a]):
                continue
            e = (a, b) if t.known[a, b] else (b, a)
            beats[a, b] = _rate(t, (a, b), whole) - t.half[e] / whole > 0.5 + _SLACK
            n = int(t.n[e])
            if n == 0:
                p[a, b] = np.nan
                continue
            counts = possible_counts(int(t.units[e]), int(t.decimals[e]), n, whole)
            wins = (counts[0] if e == (a, b) else n - counts[-1]) if len(counts) else 0
            p[a, b] = stats.binom.sf(wins - 1, n, 0.5)
    return beats, p


def symmetric(t: Printed) -> list[Looked]:
    """Matrices of correlations or of shares of equal answers: symmetry, diagonal, definiteness, triangles."""
    pairs, own = Looked("symmetry", "pair"), Looked("diagonal", "cell")
    whole = t.holds[0].whole
    for i, j in combinations(range(len(t.rows)), 2):
        if not (t.known[i, j] and t.known[j, i]):
            continue
        pairs.looked += 1
        if t.value[i, j] != t.value[j, i]:
            pairs.found.append(
                Finding(
                    "symmetry",
                    "impossible",
                    f"{t.rows[i]} and {t.rows[j]}",
                    f"{t.text(i, j)} on one side of the diagonal, {t.text(j, i)} on the other",
                    cell_names(t, [(i, j), (j, i)]),
                    float(t.value[i, j]),
                    group=t.group,
                )
            )
    found = [pairs, _diagonal(t, whole, own)]
    if pairs.found or found[1].found:
        return found
    if t.holds[0].kind == "matching":
        found.append(_triangles(t, whole))
    if found[-1].found:
        return found
    return [*found, _definite(t, whole)]


def _mirrored(t: Printed) -> tuple[Array, Array]:
    value = np.where(t.known, t.value, np.where(t.known.T, t.value.T, np.nan))
    return value, np.where(t.known, t.half, t.half.T)


def _triangles(t: Printed, whole: int) -> Looked:
    """Shares of different answers are a distance (Hamming): none is more than the sum of the two others."""
    out = Looked("triangles", "triple")
    value, half = _mirrored(t)
    apart = whole - value
    for i, j, k in combinations(range(len(t.rows)), 3):
        sides = [(i, j), (j, k), (i, k)]
        if any(np.isnan(apart[s]) for s in sides):
            continue
        out.looked += 1
        far = max(sides, key=lambda s: apart[s])
        others = [s for s in sides if s != far]
        room = sum(half[s] for s in sides)
        over = apart[far] - sum(apart[s] for s in others)
        if over <= room + _SLACK:
            continue
        out.found.append(
            Finding(
                "triangles",
                "impossible",
                f"{t.rows[far[0]]} and {t.rows[far[1]]}",
                f"{apart[far]:g} apart, though both lie within {sum(apart[s] for s in others):g} of "
                f"{t.rows[next(x for x in (i, j, k) if x not in far)]} in all",
                cell_names(t, sides),
                float(value[far]),
                float(value[far] + over - room),
                float(whole),
                group=t.group,
            )
        )
    return out


def _definite(t: Printed, whole: int) -> Looked:
    r"""Whether rounding can hide a matrix that is positive semi-definite.

    With v the eigenvector of the least eigenvalue of the printed matrix, that of what was rounded is bounded by
    :math:`\lambda \ge -\sum_{i \ne j} |v_i v_j| h_{ij}`, h half of the last decimal: below that, none is.
    """
    out = Looked("definiteness", "matrix")
    value, half = _mirrored(t)
    np.fill_diagonal(value, whole)
    full = ~np.isnan(value).any(axis=1)
    if full.sum() < 3:
        return out
    at = np.flatnonzero(full)
    out.looked = 1
    values, vectors = np.linalg.eigh(value[np.ix_(at, at)] / whole)
    v = np.abs(vectors[:, 0])
    weights = np.outer(v, v)
    np.fill_diagonal(weights, 0.0)
    room = float((weights * half[np.ix_(at, at)]).sum()) / whole
    if values[0] < -room - _SLACK:
        out.found.append(
            Finding(
                "definiteness",
                "impossible",
                "all cells",
                f"the least eigenvalue is −{-values[0]:.4f}, and rounding makes at most −{room:.4f} of 0: no data have "
                "these values at once",
                cell_names(t, [(int(at[np.argmax(v)]), int(at[np.argsort(v)[-2]]))]),
                float(values[0]),
                -room,
                np.nan,
                group=t.group,
            )
        )
    return out
