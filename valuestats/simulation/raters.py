"""People who rate items, and their own values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from valuestats.simulation.design import VALUES, Design, value_correlations
from valuestats.statistics.distances import Array

CUTS = (-1.3, -0.6, 0.0, 0.6, 1.3)
"""Where a rating passes from one code to the next, in SDs of its latent scale about the item's mean."""

_DIFFICULTY_SD = 0.3
_SCORE_MIDDLE, _SCORE_UNIT = 3.6, 0.8


@dataclass(frozen=True)
class Raters:
    """Ratings and scores as a study would hold them, and the truth behind them.

    Attributes
    ----------
    ratings
        ``respondent, item, rating, group``.
    scores
        ``respondent, family, dimension, score``: centred on the person's mean over the ten values.
    latent_correlations, rating_correlations
        See `item_value_correlations`; shape ``(items, 10)``.
    """

    ratings: pd.DataFrame
    scores: pd.DataFrame
    latent_correlations: Array
    rating_correlations: Array


def simulate_raters(
    design: Design, items: list[str], clusters: list[str], keyed: NDArray[np.intp], rng: np.random.Generator
) -> Raters:
    """Simulate raters.

    A person's ten values are normal with the circumplex correlations. The latent rating of an item keyed to
    value v is ``loading * z_v + e``, with standard normal e, cut at `CUTS` shifted by the item's difficulty;
    an item keyed to none has no loading. Scores are the values with error, centred within the person.

    Parameters
    ----------
    design
        Sizes and variances.
    items, clusters
        Names of the items and of the queries they belong to.
    keyed
        Position of the value an item is keyed to, −1 for none; shape ``(items,)``.
    rng
        Source of random numbers.
    """
    people = [f"R{i + 1:03d}" for i in range(design.n_raters)]
    group = np.arange(design.n_raters) % design.n_groups
    values = rng.multivariate_normal(
        np.zeros(len(VALUES)), value_correlations(), size=len(people), method="cholesky"
    )
    scores = values + rng.normal(0.0, np.sqrt(design.score_error), values.shape)
    scores = _SCORE_UNIT * (scores - scores.mean(axis=1, keepdims=True))

    difficulty = rng.normal(0.0, _DIFFICULTY_SD, len(items))
    loading = np.where(keyed >= 0, design.loading, 0.0)
    latent = loading * values[:, np.maximum(keyed, 0)] + rng.normal(size=(len(people), len(items)))
    scaled = latent / np.sqrt(1 + loading**2) - difficulty
    rating = 1 + np.searchsorted(np.array(CUTS), scaled)

    queries = list(dict.fromkeys(clusters))
    item_group = np.array([queries.index(c) % design.n_groups for c in clusters])
    shown = (group[:, None] == item_group[None, :]) & (rng.random(rating.shape) >= design.unrated)
    person, item = np.nonzero(shown)
    ratings = pd.DataFrame(
        {
            "respondent": [people[i] for i in person],
            "item": [items[i] for i in item],
            "rating": rating[person, item],
            "group": [f"G{g + 1}" for g in group[person]],
        }
    )
    own = pd.DataFrame(
        {
            "respondent": np.repeat(np.array(people, dtype=object), len(VALUES)),
            "family": "pvq",
            "dimension": np.tile(np.array(VALUES, dtype=object), len(people)),
            "score": np.round(scores, 4).ravel(),
        }
    )
    latent_r, rating_r = item_value_correlations(design, keyed, difficulty)
    return Raters(ratings, own, latent_r, rating_r)


def item_value_correlations(
    design: Design, keyed: NDArray[np.intp], difficulty: Array
) -> tuple[Array, Array]:
    r"""True correlations of items with values, in closed form.

    With S the correlations of the values, C the matrix that centres on the person's mean and T = C S C', the
    latent rating of an item keyed to v correlates with the centred value w as
    :math:`\lambda (SC')_{vw} / \sqrt{(1 + \lambda^2)\, T_{ww}}`. The six-point rating and the centred score
    with error correlate less: by :math:`\sqrt{T_{ww} / (T_{ww} + \epsilon (1 - 1/10))}` for the score's
    error, and by :math:`\sum_k \varphi(c_k) / \mathrm{sd}(Y)` for the cutting of a normal into categories
    (Pearson correlations).

    Returns
    -------
    tuple of numpy.ndarray
        Latent rating with centred true value; six-point rating with observed score; each
        ``(items, 10)``, zero for items keyed to none.
    """
    sigma = value_correlations()
    centre = np.eye(len(VALUES)) - 1 / len(VALUES)
    variance = np.diag(centre @ sigma @ centre)
    covariance = sigma @ centre
    loading = np.where(keyed >= 0, design.loading, 0.0)[:, None]
    latent = loading * covariance[np.maximum(keyed, 0)] / np.sqrt((1 + loading**2) * variance)
    error = design.score_error * (1 - 1 / len(VALUES))
    cuts = np.array(CUTS)[None, :] + difficulty[:, None]
    above = norm.sf(cuts)
    mean = above.sum(axis=1)
    # For a count of thresholds passed, E[N²] = sum_k (2k - 1) P(N >= k), k from 1.
    square = (above * (2 * np.arange(1, cuts.shape[1] + 1) - 1)).sum(axis=1)
    cutting = norm.pdf(cuts).sum(axis=1) / np.sqrt(square - mean**2)
    return latent, latent * np.sqrt(variance / (variance + error)) * cutting[:, None]
