r"""Errors of means over two crossed samples: people who each answer the same scenarios.

People and scenarios are both samples, and neither makes a cell on its own, so each is left out, and both together. With
:math:`D_{ij}=\hat\theta_{(ij)}-\hat\theta_{(i)}-\hat\theta_{(j)}+\hat\theta`, the two jackknife variances count the noise of
single cells twice, which the third term takes back:

.. math:: V = \frac{I-1}{I}\sum_i(\hat\theta_{(i)}-\hat\theta)^2+\frac{J-1}{J}\sum_j(\hat\theta_{(j)}-\hat\theta)^2
              -\frac{(I-1)(J-1)}{IJ}\sum_{ij}D_{ij}^2 .

For the mean of a full table this is the unbiased estimate of the two-way random model (Cornfield and Tukey 1956; the form of
Cameron, Gelbach and Miller 2011). It is never below its third term, and degrees of freedom are Satterthwaite's (1946).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from valuestats.statistics.clusters import LEAST

Array = NDArray[np.float64]
TWO_WAY = "two-way jackknife, Student's t"
PIGEONHOLE = "two-way bootstrap, equal-tailed"


@dataclass(frozen=True)
class Crossed:
    """Means over two crossed samples with their errors.

    Attributes
    ----------
    point, std_error, degrees
        Shape ``(estimates,)``; error and degrees of freedom are NaN below two people or scenarios.
    lower, upper
        Student's t; NaN below `valuestats.statistics.clusters.LEAST` of either.
    draws
        Joint draws of that distribution, shape ``(draws, estimates)``; NaN where there is no interval.
    """

    point: Array
    std_error: Array
    degrees: Array
    lower: Array
    upper: Array
    draws: Array


def crossed_jackknife(
    above: Array, below: Array, level: float, draws: int, rng: np.random.Generator
) -> Crossed:
    r"""Ratios :math:`\sum_j N_{aj}/\sum_j D_{aj}` over all people (a = 0) and without each of them, with two-way errors.

    Parameters
    ----------
    above, below
        Numerators and denominators per scenario, shape ``(1 + people, scenarios, estimates)``: first over all people, then
        without each.
    level
        Probability inside the interval.
    draws
        Joint draws wanted.
    rng
        Source of random numbers.
    """
    people, scenarios = above.shape[0] - 1, above.shape[1]
    whole_above, whole_below = above.sum(axis=1), below.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = whole_above / whole_below
        both = (whole_above[:, None] - above) / (whole_below[:, None] - below)
    point = rows[0]
    k = len(point)
    none = np.full(k, np.nan)
    if people < 2 or scenarios < 2:
        return Crossed(point, none, none, none, none, np.full((draws, k), np.nan))
    one = (rows[1:] - point) * np.sqrt((people - 1) / people)
    two = (both[0] - point) * np.sqrt((scenarios - 1) / scenarios)
    cells = (both[1:] - rows[1:, None] - both[0] + point).reshape(people * scenarios, k)
    cells *= np.sqrt((people - 1) * (scenarios - 1) / (people * scenarios))
    by_people, by_scenario, by_cell = ((x**2).sum(axis=0) for x in (one, two, cells))
    variance = np.maximum(by_people + by_scenario - by_cell, by_cell)
    own = (people - 1.0, scenarios - 1.0, (people - 1.0) * (scenarios - 1.0))
    spread = by_people**2 / own[0] + by_scenario**2 / own[1] + by_cell**2 / own[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = np.clip(variance**2 / spread, min(own[:2]) / 2, own[2])
    error = np.sqrt(variance)
    enough = min(people, scenarios) >= LEAST
    degrees = np.where(np.isfinite(degrees), degrees, min(own[:2]))
    reach = stats.t.ppf((1 + level) / 2, degrees) * error if enough else none
    drawn = np.full((draws, k), np.nan)
    known = np.isfinite(error) & enough
    if known.any():
        drawn[:, known] = point[known] + _student(
            (one[:, known], two[:, known], cells[:, known]), error[known], degrees[known], draws, rng
        )
    return Crossed(point, error, degrees, point - reach, point + reach, drawn)


def _student(
    parts: tuple[Array, Array, Array], error: Array, degrees: Array, draws: int, rng: np.random.Generator
) -> Array:
    """Joint draws with the errors and degrees of freedom of each; symmetric root, so that machines agree."""
    one, two, cells = parts
    values, vectors = np.linalg.eigh(one.T @ one + two.T @ two - cells.T @ cells)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    length = np.sqrt(np.diag(root.T @ root))
    z = rng.standard_normal(((draws + 1) // 2, len(error)))
    normal = np.concatenate([z, -z])[:draws] @ root
    normal *= np.divide(error, length, out=np.zeros_like(error), where=length > 0)
    quantile = (rng.permutation(draws) + rng.random(draws)) / draws
    half = degrees / 2
    return np.asarray(normal * np.sqrt(half / special.gammaincinv(half, quantile[:, None])))
