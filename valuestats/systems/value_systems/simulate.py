"""Simulated route choices in the layout of the data, with two classes of travellers whose weights are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

CLASSES = {"unhurried": (-0.04, -0.25, -0.03, -0.8), "hurried": (-0.12, -0.10, -0.05, -1.5)}
"""Weights of travel time, cost, headway and changes."""
SHARE = 0.6


def simulate_routes(*, people: int = 120, each: int = 9, seed: int = 0) -> pd.DataFrame:
    """Choices of people between two routes; a person is of the first class with probability .6.

    Examples
    --------
    >>> len(simulate_routes(people=4))
    36
    """
    rng = np.random.default_rng(seed)
    n = people * each
    person = np.repeat(np.arange(people), each)
    late = (rng.random(people) > SHARE).astype(int)[person]
    about = np.random.default_rng([seed, 1])  # of their own, so that choices are those of earlier releases
    income = (40000 + 45000 * late[::each] + about.choice([0, 20000, 40000, 60000], people))[person]
    car = about.integers(0, 2, people)[person]
    x = np.stack(
        [
            rng.integers(20, 90, (n, 2)),
            rng.integers(4, 30, (n, 2)),
            rng.choice([15, 30, 60], (n, 2)),
            rng.integers(0, 3, (n, 2)),
        ],
        axis=2,
    ).astype(float)
    w = np.array(list(CLASSES.values()))[late]
    u = np.einsum("njk,nk->nj", x, w) + rng.gumbel(size=(n, 2))
    columns = {
        f"{name}{k + 1}": x[:, k, m].astype(int)
        for m, name in enumerate(("tt", "tc", "hw", "ch"))
        for k in range(2)
    }
    own = {"hh_inc_abs": income, "car_availability": car}
    return pd.DataFrame({"ID": person + 1, "choice": u.argmax(axis=1) + 1, **columns, **own})


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The file, simulated.

    Examples
    --------
    >>> list(standin(1))
    ['apolloDataset.csv.gz']
    """
    return {"apolloDataset.csv.gz": simulate_routes(seed=seed)}
