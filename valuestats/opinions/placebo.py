"""Friends of others as placebo: whether it matters who listens to whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestats.opinions.panel import Array, Steps, Whole
from valuestats.opinions.profile import best, stretches
from valuestats.opinions.rules import Rule


def placebo_p(rule: Rule, steps: Steps, permutations: int, rng: np.random.Generator) -> dict[str, float]:
    r"""How often friends of somebody else explain the changes as well as one's own.

    Each person gets the friends of another, drawn by a permutation of people that is the same at all waves. Where only a
    person's own opinion drives the change (regression to the mean with it), own friends are exchangeable with others'
    (not where friends are alike and opinions carry error: their opinions then tell of one's own true one), and
    :math:`p = (1 + \#\{RSS_b \le RSS\})/(1 + B)` is valid.

    Returns
    -------
    dict
        ``p_value``, ``permutations``, ``fall`` of the residual sum of squares from no move, in shares of it, and
        ``placebo_fall``, the mean of the same with others' friends.
    """
    people, person = np.unique(steps.person, return_inverse=True)
    waves = int(steps.wave.max()) + 1
    row_of = np.full((len(people), waves), -1, dtype=np.int64)
    row_of[person, steps.wave] = np.arange(len(steps))

    def residual(given: Steps) -> tuple[float, float]:
        found = stretches(rule, given)
        return float(best(rule, found.squares, found.products, found.total).residual.min()), found.total

    own, total = residual(steps)
    others = []
    for _ in range(permutations):
        whose = row_of[rng.permutation(len(people))[person], steps.wave]
        others.append(residual(lent(steps, np.where(whose >= 0, whose, np.arange(len(steps)))))[0])
    least = np.array(others)
    return {
        "p_value": float((1 + (least <= own * (1 + 1e-12)).sum()) / (1 + permutations)),
        "permutations": permutations,
        "fall": 1 - own / total if total > 0 else 0.0,
        "placebo_fall": float(1 - least.mean() / total) if permutations and total > 0 else float("nan"),
    }


def lent(steps: Steps, whose: Whole) -> Steps:
    """The same rows with the friends of other rows."""
    size = np.diff(steps.start)[whose]
    start = np.append(0, np.cumsum(size)).astype(np.int64)
    at = np.arange(start[-1]) - np.repeat(start[:-1], size) + np.repeat(steps.start[whose], size)
    others: Array = steps.others[at]
    return replace(steps, start=start, others=others, weight=steps.weight[at])
