"""Models that answer items on the six-point scale, by a cumulative-logit model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from valuestats.simulation.design import (
    ORDER_EFFECTS,
    SHARED_PROFILE,
    THRESHOLDS,
    VALUES,
    WORDING_EFFECTS,
    Design,
)
from valuestats.statistics.distances import Array


@dataclass(frozen=True)
class ModelTruth:
    """Parameters of the models' answers, in logits.

    Attributes
    ----------
    intercept
        ``alpha_m``, shape ``(models,)``.
    profile
        ``theta_mv``, shape ``(models, 10)``; each row sums to zero.
    item
        ``b_i``, shape ``(items,)``; sums to zero over the items of each value and over those of none, so
        that the profile is what the items of a value have in common.
    interaction
        ``u_mi``, shape ``(models, items)``.
    refusal
        Probability that an answer is a refusal, shape ``(models,)``.
    """

    intercept: Array
    profile: Array
    item: Array
    interaction: Array
    refusal: Array


def draw_truth(design: Design, keyed: NDArray[np.intp], rng: np.random.Generator) -> ModelTruth:
    """Draw the models' parameters."""
    own = rng.normal(0.0, design.profile_sd, (design.n_models, len(VALUES)))
    profile = np.array(SHARED_PROFILE) + own - own.mean(axis=1, keepdims=True)
    item = rng.normal(0.0, design.item_sd, len(keyed))
    for value in np.unique(keyed):
        item[keyed == value] -= item[keyed == value].mean()
    return ModelTruth(
        intercept=0.4 + rng.normal(0.0, design.intercept_sd, design.n_models),
        profile=profile,
        item=item,
        interaction=rng.normal(0.0, design.interaction_sd, (design.n_models, len(keyed))),
        refusal=np.round(rng.permutation(np.geomspace(0.004, 0.12, design.n_models)), 4),
    )


def linear_predictor(truth: ModelTruth, keyed: NDArray[np.intp]) -> Array:
    r"""Latent mean of every answer.

    .. math:: \eta = \alpha_m + \theta_{m,v(i)} + b_i + \gamma_w + \kappa_o + u_{mi}

    Returns
    -------
    numpy.ndarray
        Shape ``(models, items, wordings, orders)``, in logits.
    """
    effect = np.where(keyed >= 0, truth.profile[:, np.maximum(keyed, 0)], 0.0)
    cell = truth.intercept[:, None] + effect + truth.item + truth.interaction
    wording, order = np.array(WORDING_EFFECTS), np.array(ORDER_EFFECTS)
    return cell[:, :, None, None] + wording[None, None, :, None] + order[None, None, None, :]


def draw_codes(eta: Array, rng: np.random.Generator) -> NDArray[np.intp]:
    """Codes 1 to 6, the latent answer being `eta` plus standard logistic noise."""
    return 1 + np.searchsorted(np.array(THRESHOLDS), eta + rng.logistic(size=eta.shape))


def expected_codes(eta: Array) -> Array:
    """Expected code: 1 plus the sum over thresholds of the probability to pass them.

    Examples
    --------
    >>> import numpy as np
    >>> bool(5.9 < expected_codes(np.array([9.0]))[0] < 6)
    True
    """
    return 1 + expit(eta[..., None] - np.array(THRESHOLDS)).sum(axis=-1)


def expected_scores(eta: Array, keyed: NDArray[np.intp]) -> Array:
    """The score each model would have on each value, could every item be asked endlessly.

    Mean expected code over the items truly keyed to the value, minus the mean over all keyed items; wordings
    and orders with equal weight. It belongs to these items: difficulties and interactions are as drawn.

    Returns
    -------
    numpy.ndarray
        Shape ``(models, 10)``, in points of the six-point scale.
    """
    item_mean = expected_codes(eta).mean(axis=(2, 3))
    overall = item_mean[:, keyed >= 0].mean(axis=1)
    return np.stack([item_mean[:, keyed == v].mean(axis=1) - overall for v in range(len(VALUES))], axis=1)
