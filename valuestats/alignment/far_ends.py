"""Ends of a similarity's interval where it bends: the least similarity left open, and whether the shares may be the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.similarity.distance_rows import Rows, row_distances
from valuestats.statistics.distances import Array, Measure

_STEP = 1e-5
_ROUNDS = 8
_SETTLED = 1e-6


@dataclass(frozen=True)
class Asked:
    """Questions with the same number of options that a model and a group answered, and what single units do to the shares.

    Attributes
    ----------
    answers, people
        Shares, shape ``(questions, options)``.
    gaps
        Spacing of the options, shape ``(questions, options - 1)``; None where even.
    of_units
        Influence of each unit of people on their shares, shape ``(questions, units, options)``: their outer products sum
        to the shares' covariance.
    of_answers
        The same of answers by their option, shape ``(questions, options, options)``; 0 where their number is not known.
    n
        Answers to each question, NaN where not known; shape ``(questions,)``.
    """

    answers: Array
    people: Array
    gaps: Array | None
    of_units: Array
    of_answers: Array
    n: Array


def furthest(parts: Sequence[Asked], reach: float, measure: Measure, base: float) -> float:
    r"""Largest mean distance of all shares within `reach` standard errors of the observed ones.

    With :math:`u_i` the influences of units and answers on the shares x, the shares looked at are
    :math:`x+\sum_i c_iu_i` with :math:`\lVert c\rVert\le` `reach`. Of a distance that is straight there it is `reach` times
    the standard error from the observed one. Near 0 a distance bends upward, and its slopes at the observed shares say too
    little of what is further off. The largest is sought in steps that each take the slopes where the last one ended (for a
    convex distance none of them goes down), from the observed shares and from either end of the direction in which the
    people vary most.

    Returns
    -------
    float
        Mean over all questions.
    """
    questions = sum(len(p.people) for p in parts)
    stacked = np.concatenate(
        [p.of_units.transpose(1, 0, 2).reshape(p.of_units.shape[1], -1) for p in parts], 1
    )
    main = np.linalg.svd(stacked, full_matrices=False)[0][:, 0]
    nothing = [np.zeros(p.of_answers.shape[:2]) for p in parts]
    best = 0.0
    for start in (np.zeros(len(main)), main, -main):
        own, said, last = start, nothing, -np.inf
        for _ in range(_ROUNDS):
            moved = [_moved(p, reach, own, c) for p, c in zip(parts, said, strict=True)]
            value = sum(
                float(_distances(a, q, p.gaps, measure, base).sum())
                for p, (a, q) in zip(parts, moved, strict=True)
            )
            value /= questions
            best = max(best, value)
            if value - last < _SETTLED:
                break
            last = value
            own, said = _directions(parts, moved, measure, base)
    return best


def may_be_same(
    parts: Sequence[Asked],
    observed: float,
    draws: int,
    measure: Measure,
    base: float,
    rng: np.random.Generator,
) -> float:
    r"""Share of studies of a model with the people's shares whose mean distance is at least the observed one.

    People's shares are drawn about the observed ones by Student's t of their units (:math:`\tau_b\sum_u z_{bu}u`,
    `valuestats.statistics.clusters`), answers from the observed shares of the people.
    """
    units = parts[0].of_units.shape[1]
    z = rng.standard_normal((draws, units)) * np.sqrt((units - 1) / rng.chisquare(units - 1, draws))[:, None]
    total, questions = np.zeros(draws), 0
    for part in parts:
        for q, people in enumerate(part.people):
            gaps = None if part.gaps is None else np.repeat(part.gaps[[q]], draws, 0)
            drawn = _shares(people + z @ part.of_units[q])
            n = part.n[q]
            given = (
                rng.multinomial(int(n), people, draws) / int(n)
                if n >= 1
                else np.repeat(people[None], draws, 0)
            )
            total += _distances(given, drawn, gaps, measure, base)
            questions += 1
    return float((total >= questions * observed * (1 - 1e-12)).mean())


def influences(less: Array, answers: Array, n: float) -> tuple[Array, Array]:
    """Influences of units, from the shares without each, and of the answers by their option, on one question's shares."""
    units, options = less.shape
    of_units = np.sqrt((units - 1) / units) * (less - less.mean(axis=0))
    if not n > 1:
        return of_units, np.zeros((options, options))
    return of_units, np.sqrt(answers / (n - 1))[:, None] * (np.eye(options) - answers)


def _moved(part: Asked, reach: float, own: Array, said: Array) -> tuple[Array, Array]:
    people = part.people + reach * np.einsum("u,quk->qk", own, part.of_units)
    answers = part.answers + reach * np.einsum("qj,qjk->qk", said, part.of_answers)
    return _shares(answers), _shares(people)


def _directions(
    parts: Sequence[Asked], moved: Sequence[tuple[Array, Array]], measure: Measure, base: float
) -> tuple[Array, list[Array]]:
    """Unit vector along which the sum of distances rises most: units of people, and answers of each part."""
    slopes = [_slopes(a, q, p.gaps, measure, base) for p, (a, q) in zip(parts, moved, strict=True)]
    own = np.sum(
        [np.einsum("qk,quk->u", s[1], p.of_units) for p, s in zip(parts, slopes, strict=True)], axis=0
    )
    said = [np.einsum("qk,qjk->qj", s[0], p.of_answers) for p, s in zip(parts, slopes, strict=True)]
    length = float(np.sqrt((own**2).sum() + sum((s**2).sum() for s in said)))
    length = length if length > 0 else 1.0
    return own / length, [s / length for s in said]


def _slopes(
    answers: Array, people: Array, gaps: Array | None, measure: Measure, base: float
) -> tuple[Array, Array]:
    """Derivative of each question's distance along each option of the answers and of the people."""
    options = answers.shape[1]
    found = []
    for side in (0, 1):
        slope = np.empty(answers.shape)
        for k in range(options):
            ends = []
            width = np.zeros(len(answers))
            for sign in (1, -1):
                table = (answers, people)[side].copy()
                before = table[:, k].copy()
                table[:, k] = np.maximum(before + sign * _STEP, 0.0)
                width += sign * (table[:, k] - before)
                table /= table.sum(axis=1, keepdims=True)
                pair = (table, people) if side == 0 else (answers, table)
                ends.append(_distances(*pair, gaps, measure, base))
            slope[:, k] = (ends[0] - ends[1]) / width
        found.append(slope)
    return found[0], found[1]


def _distances(answers: Array, people: Array, gaps: Array | None, measure: Measure, base: float) -> Array:
    every: NDArray[np.intp] = np.arange(len(answers))
    return row_distances(
        Rows.normalised(np.ascontiguousarray(answers), gaps),
        Rows.normalised(np.ascontiguousarray(people), gaps),
        every,
        every,
        measure,
        base,
    )


def _shares(table: Array) -> Array:
    kept = np.maximum(table, 0.0)
    return np.asarray(kept / kept.sum(axis=-1, keepdims=True))
