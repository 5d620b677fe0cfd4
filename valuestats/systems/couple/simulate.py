"""A simulated structural model of values with known effects, answers steered by it, and a judge who errs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.graphs.graph import Graph

VALUES = ("Benevolence", "Universalism", "Security", "Conformity", "Achievement", "Power")
EDGES = (
    ("Universalism", "Benevolence", 0.6),
    ("Security", "Conformity", 0.7),
    ("Achievement", "Power", 0.8),
    ("Universalism", "Power", -0.5),
    ("Benevolence", "Power", -0.4),
)
"""Cause, effect and its size."""
TARGET = {
    "Benevolence": 0.7,
    "Universalism": 0.8,
    "Security": 0.0,
    "Conformity": -0.2,
    "Achievement": -0.3,
    "Power": -1.0,
}
"""The profile that steering aims at."""
LEVELS = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Levels that a judge gives."""
_CUTS = (-1.5, -0.5, 0.5, 1.5)
ACCURACY = 0.75
"""Share of answers in which the simulated judge gives the true level; else one next to it."""


def true_graph() -> Graph:
    """The graph behind the simulation."""
    return Graph.of(VALUES, [(one, two) for one, two, _ in EDGES])


def true_weights() -> np.ndarray:
    """Effect of the row's value on the column's."""
    found = np.zeros((len(VALUES), len(VALUES)))
    for one, two, size in EDGES:
        found[VALUES.index(one), VALUES.index(two)] = size
    return found


@checked
def simulate_couple(roles: int = 80, each: int = 6, seed: int = 0) -> pd.DataFrame:
    """Profiles of roles, each answering several times, from the known model.

    Parameters
    ----------
    roles, each
        Number of roles, and answers of each.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        ``role`` and a column for each value.

    Examples
    --------
    >>> simulate_couple(roles=3, each=2).shape
    (6, 7)
    """
    rng = np.random.default_rng(seed)
    p = len(VALUES)
    noise = 0.6 * rng.normal(size=(roles, 1, p)) + 0.6 * rng.normal(size=(roles, each, p))
    scores = noise.reshape(-1, p) @ np.linalg.inv(np.eye(p) - true_weights())
    frame = pd.DataFrame(scores, columns=list(VALUES))
    frame.insert(0, "role", [f"role {k + 1}" for k in np.repeat(np.arange(roles), each)])
    return frame


@checked
def simulate_steered(items: int = 120, labelled: int = 400, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Answers as they are, moved value by value, and moved by the model, each judged by one who errs.

    "By its own gap" moves every targeted value by what it lacks, and its effects come on top; "by the model" shifts the
    errors so that the target is met on average.

    Parameters
    ----------
    items
        Answers of each way.
    labelled
        Other answers whose true level is known.
    seed
        Of the random numbers.

    Returns
    -------
    dict
        ``answers`` (``model``, ``item``, ``dimension``, ``score``), ``targets``, ``judge`` (``true``, ``judged``), ``truth``
        (mean true level by ``model`` and ``dimension``, and the mean absolute error).

    Examples
    --------
    >>> sorted(simulate_steered(items=5, labelled=20))
    ['answers', 'judge', 'targets', 'truth']
    """
    rng = np.random.default_rng(seed)
    p = len(VALUES)
    weights, aim = true_weights(), np.array([TARGET[v] for v in VALUES])
    total = np.linalg.inv(np.eye(p) - weights)
    moves = {"unsteered": np.zeros(p), "by its own gap": aim, "by the model": aim @ (np.eye(p) - weights)}
    answers, truth = [], []
    for name, move in moves.items():
        true = (0.5 * rng.normal(size=(items, p)) + move) @ total
        level = np.clip(np.round(true), LEVELS[0], LEVELS[-1])
        score = judged(level, rng)
        for k, value in enumerate(VALUES):
            answers.append(
                pd.DataFrame({"model": name, "item": range(items), "dimension": value, "score": score[:, k]})
            )
            cuts = stats.norm.cdf(_CUTS, (move @ total)[k], 0.5 * np.linalg.norm(total[:, k]))
            share = np.diff(np.concatenate([[0.0], cuts, [1.0]]))
            truth.append(
                (name, value, float(share @ LEVELS), float(share @ np.abs(np.array(LEVELS) - aim[k])))
            )
    known = rng.choice(LEVELS, labelled)
    return {
        "answers": pd.concat(answers, ignore_index=True),
        "targets": pd.DataFrame({"dimension": list(VALUES), "target": aim}),
        "judge": pd.DataFrame({"true": known, "judged": judged(known, rng)}),
        "truth": pd.DataFrame(truth, columns=["model", "dimension", "level", "error"]),
    }


def judged(true: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a judge says who is right in `ACCURACY` of the answers and else one level off."""
    off = rng.random(true.shape) > ACCURACY
    step = rng.choice([-1.0, 1.0], true.shape)
    step = np.where(true == LEVELS[0], 1.0, np.where(true == LEVELS[-1], -1.0, step))
    return np.asarray(np.where(off, true + step, true))


@checked
def simulated_part(part: str, items: int = 120, labelled: int = 400, seed: int = 0) -> pd.DataFrame:
    """One table of `simulate_steered`."""
    return simulate_steered(items, labelled, seed)[part]
