"""Simulated free answers of which it is known which perspectives they refer to, and how often."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def simulate_references(
    rates: Mapping[str, Mapping[str, float]],
    *,
    questions: int = 175,
    epochs: int = 1,
    spread: float = 4.0,
    missing: float = 0.0,
    sensitivity: float = 1.0,
    specificity: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    r"""References of one simulated model under several conditions.

    For every question q and perspective k the rate of reference is drawn from a Beta distribution with mean :math:`p_k` and
    size `spread`, the same draw quantile for all conditions (hard questions are hard under each); answers refer to it
    independently given that rate. The share of perspective k is :math:`p_k/\sum_j p_j` exactly.

    Parameters
    ----------
    rates
        Condition -> perspective -> rate p between 0 and 1.
    questions, epochs
        How many questions, and answers to each.
    spread
        Size of the Beta distribution; small values make questions differ.
    missing
        Probability that an answer is absent.
    sensitivity, specificity
        Of the judge who reports the references.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        As `valuestats.diversity.perspectives.perspective_diversity` takes it.

    Examples
    --------
    >>> frame = simulate_references({"plain": {"west": 0.9, "east": 0.1}}, questions=3, seed=1)
    >>> frame.columns.tolist(), len(frame)
    (['model', 'condition', 'question', 'epoch', 'references'], 3)
    """
    from scipy import stats

    rng = np.random.default_rng(seed)
    rows = []
    names = list(next(iter(rates.values())))
    quantile = rng.random((questions, len(names)))
    for condition, by_name in rates.items():
        p = np.array([by_name[name] for name in names])
        rate = np.asarray(stats.beta.ppf(quantile, p * spread, (1 - p) * spread))
        for q in range(questions):
            for epoch in range(1, epochs + 1):
                there = rng.random(len(names)) < rate[q]
                chance = np.where(there, sensitivity, 1 - specificity)
                seen = rng.random(len(names)) < chance
                found: list[str] | None = [name for name, yes in zip(names, seen, strict=True) if yes]
                if rng.random() < missing:
                    found = None
                rows.append(("simulated model", condition, f"q{q + 1:03d}", epoch, found))
    return pd.DataFrame(rows, columns=["model", "condition", "question", "epoch", "references"])
