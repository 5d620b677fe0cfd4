"""Whether a model that is as near to one group as to another is told to be nearer to one of them, by answers a question.

Questions are drawn anew in each study; on each the model's true shares are as far, in the mean over questions, from those of
two groups of 400 people. "alike": the groups' shares are as even as each other's. "unlike": one group's shares are near to
even, the other's near to one option, so that the sampling error of few answers, of which the correction leaves a part,
differs between them; "close": the same, and the model near to both. ``held``: the interval of the difference
(`Result.contrasts`) holds its true value, 0. "nearer": the first group is nearer by .1, and ``held`` is of that value;
``told``: the order is told. "mean of 3 models": exact shares of three models that lean on one group's, and ``held`` is of
their mean similarity to it (`mean_over_models`).

``python benchmarks/group_order_coverage.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats.similarity.country import country_similarity
from valuestats.similarity.over_models import mean_over_models
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

OPTIONS = ["a", "b", "c", "d"]
QUESTIONS, PEOPLE = 30, 400
EVENNESS = {"alike": (1.2, 1.2), "unlike": (8.0, 0.4), "close": (8.0, 0.4), "nearer": (1.2, 1.2)}
CLOSE = 0.15
"""Largest distance of the model to either group in the setting "close"."""
CLOSER = 0.1
"""How much nearer the first group is in the setting "nearer"."""


def at_distance(start: np.ndarray, end: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The points between `start` and `end`, row by row, that lie so far from the start; bisection of a rising distance."""
    low, high = np.zeros(len(start)), np.ones(len(start))
    for _ in range(40):
        middle = (low + high) / 2
        short = jensen_shannon_distance(start, start + middle[:, None] * (end - start)) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return start + high[:, None] * (end - start)


def truth(shape: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of the model and of the two groups on each question, ``(questions, options)``."""
    model = rng.dirichlet(np.full(4, 1.2), QUESTIONS)
    ends = [rng.dirichlet(np.full(4, a), QUESTIONS) for a in EVENNESS[shape]]
    reach = np.minimum(*(jensen_shannon_distance(model, end) for end in ends))
    reach = np.minimum(reach, CLOSE) if shape == "close" else reach
    # distances of the two groups differ on single questions and are the same in the mean
    wanted = [reach * rng.uniform(0.4, 1.0, QUESTIONS) for _ in ends]
    if shape == "nearer":
        wanted = [np.maximum(w - CLOSER * (k == 0), 0.0) for k, w in enumerate(wanted)]
    first, second = (at_distance(model, end, far) for end, far in zip(ends, wanted, strict=True))
    return model, first, second


def exact(name: str, shares: np.ndarray) -> pd.DataFrame:
    """Shares as a table."""
    return pd.DataFrame(
        {
            "group": name,
            "question": np.repeat([f"q{k}" for k in range(QUESTIONS)], 4),
            "option": np.tile(OPTIONS, QUESTIONS),
            "position": np.tile(range(4), QUESTIONS),
            "share": shares.ravel(),
        }
    )


def table(names: list[str], shares: list[np.ndarray], n: int, rng: np.random.Generator) -> Population:
    parts = [
        exact(name, rng.multinomial(n, true) / n).assign(n=n)
        for name, true in zip(names, shares, strict=True)
    ]
    return Population(pd.concat(parts, ignore_index=True))


def study(shape: str, answers: int, rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
    model, first, second = truth(shape, rng)
    found = country_similarity(
        table(["m"], [model], answers, rng),
        table(["one", "two"], [first, second], PEOPLE, rng),
        people_uncertainty="jackknife",
        replicates=300,
        seed=seed,
    )
    pair = found.contrasts("group").iloc[0]
    true = 0.0
    if shape == "nearer":
        true = float((jensen_shannon_distance(model, second) - jensen_shannon_distance(model, first)).mean())
    return {
        ("held",): pair["lower"] <= true <= pair["upper"],
        ("told",): bool(pair["differs"]),
        ("told, the second nearer",): bool(pair["differs"]) and pair["estimate"] < 0,
        ("difference",): pair["estimate"] - true,
    }


def leaning(n: int, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray]]:
    """Shares of a group on `n` questions, and of three models that are partly its own."""
    group = rng.dirichlet(np.full(4, 1.2), n)
    return group, [0.6 * group + 0.4 * rng.dirichlet(np.full(4, 1.2), n) for _ in range(3)]


@cache
def mean_truth() -> float:
    group, models = leaning(200_000, np.random.default_rng(7))
    return float(np.mean([1 - jensen_shannon_distance(m, group).mean() for m in models]))


def pooled(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
    group, models = leaning(QUESTIONS, rng)
    parts = [exact(f"m{k}", share) for k, share in enumerate(models)]
    found = country_similarity(
        Population(pd.concat(parts, ignore_index=True)),
        Population(exact("one", group)),
        replicates=300,
        seed=seed,
    )
    row = mean_over_models(found).estimates.iloc[0]
    return {
        ("held",): row["lower"] <= mean_truth() <= row["upper"],
        ("difference",): row["estimate"] - mean_truth(),
    }


ANSWERS = {"alike": (6, 20), "unlike": (3, 6, 12, 20, 50), "close": (6, 20), "nearer": (6, 20)}
SETTINGS = {
    f"{shape}, {n} answers": partial(study, shape, n) for shape, numbers in ANSWERS.items() for n in numbers
} | {"mean of 3 models": pooled, "unlike, 8 answers": partial(study, "unlike", 8)}

if __name__ == "__main__":
    cover("group_order_coverage", SETTINGS, ("quantity",), __doc__, simulations=1000)
