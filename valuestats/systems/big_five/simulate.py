"""Simulated people who answer a personality inventory of five traits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.instruments import load_instrument
from valuestats.statistics.ordinal import category_probabilities

CORRELATION = 0.25
"""Of any two of the five traits."""


def simulate_inventory(people: int, *, seed: int = 0) -> pd.DataFrame:
    r"""Answers 1 to 6 of people to the 25 items of ``bfi25``, as they stand in a file: reversed items are not turned.

    A person's five traits :math:`\theta` are normal with variance 1 and correlation .25; an item answers by a graded
    response model :math:`P(y \le k) = \sigma(c_k - a\,\theta)` with :math:`a` between 1 and 2.2. One answer in fifty is
    missing, and the two codes of gender differ in nothing.

    Parameters
    ----------
    people
        How many.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        A row per person: the items, then ``gender``.

    Examples
    --------
    >>> simulate_inventory(5, seed=1).shape
    (5, 26)
    """
    rng = np.random.default_rng([seed, 25])
    keys = load_instrument("bfi25").keys().query("family == 'bfi'")
    traits = list(dict.fromkeys(keys["dimension"]))
    covariance = np.full((len(traits), len(traits)), CORRELATION)
    np.fill_diagonal(covariance, 1.0)
    theta = rng.multivariate_normal(np.zeros(len(traits)), covariance, people, method="cholesky")
    slope = rng.uniform(1.0, 2.2, len(keys))
    cut = np.array([-2.6, -1.3, -0.3, 0.9, 2.3]) + rng.normal(0, 0.4, (len(keys), 1))
    standing = slope * theta[:, keys["dimension"].map(traits.index)]
    p = category_probabilities(cut, standing)
    codes = 1.0 + (rng.random((*standing.shape, 1)) > p.cumsum(axis=2)[..., :-1]).sum(axis=2)
    codes = np.where(keys["reversed"].to_numpy(), 7 - codes, codes)
    frame = pd.DataFrame(codes, columns=keys["item"].to_list()).mask(rng.random(codes.shape) < 0.02)
    return frame.astype("Int64").assign(gender=rng.integers(1, 3, people))


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """600 simulated people by the file's name.

    Examples
    --------
    >>> {name: frame.shape for name, frame in standin(1).items()}
    {'people_bfi25.csv.gz': (600, 26)}
    """
    return {"people_bfi25.csv.gz": simulate_inventory(600, seed=seed)}
