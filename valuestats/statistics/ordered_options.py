"""Measures for answers on an ordered scale: representativeness and the energy score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from valuestats.base.errors import SpecificationError
from valuestats.statistics.distances import Array, as_pair
from valuestats.statistics.row_measures import energy_rows


def energy_distance(p: ArrayLike, q: ArrayLike) -> Array:
    r"""Energy distance between answers on an ordered scale, in [0, 1] (Székely and Rizzo 2013).

    :math:`\sqrt{\sum_{k<K} (F_k - G_k)^2 / (K-1)}` with cumulative shares F and G: the square root of
    :math:`2E|X-Y| - E|X-X'| - E|Y-Y'|` over its largest value on K options one step apart.

    Parameters
    ----------
    p, q
        Distributions in the order of the scale, shape ``(..., options)``; rows are normalised.

    Returns
    -------
    numpy.ndarray
        Distances, shape ``(...)``; NaN where a row is all zero.

    Examples
    --------
    >>> float(energy_distance([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]))
    1.0
    """
    return energy_rows(*as_pair(p, q))


def energy_score(forecast: ArrayLike, people: ArrayLike) -> Array:
    r"""Mean energy score of a forecast distribution over the people's answers: a strictly proper loss.

    For one answer y the score is :math:`E|X-y| - \tfrac12 E|X-X'|` (Gneiting and Raftery 2007), which on an
    ordered scale is the ranked probability score. Its mean over people with cumulative shares G is

    .. math:: \frac{1}{K-1} \sum_{k<K} \bigl[(F_k - G_k)^2 + G_k (1 - G_k)\bigr],

    so no forecast does better than the people's own distribution, and giving only the mode is penalised.

    Parameters
    ----------
    forecast, people
        Distributions in the order of the scale, shape ``(..., options)``; rows are normalised.

    Returns
    -------
    numpy.ndarray
        Losses in [0, 1], shape ``(...)``; smaller is better.

    Examples
    --------
    >>> people = [0.4, 0.2, 0.4]
    >>> float(energy_score(people, people)) < float(energy_score([1.0, 0.0, 0.0], people))
    True
    """
    a, b = as_pair(forecast, people)
    steps = max(a.shape[-1] - 1, 1)
    f, g = np.cumsum(a, axis=-1)[..., :-1], np.cumsum(b, axis=-1)[..., :-1]
    return (np.square(f - g) + g * (1 - g)).sum(axis=-1) / steps


def representativeness(p: ArrayLike, q: ArrayLike, positions: ArrayLike | None = None) -> Array:
    r"""One minus the Wasserstein distance over its maximum (OpinionQA, Santurkar et al. 2023).

    .. math:: 1 - \frac{\sum_{k<K} |F_k - G_k|\,(x_{k+1} - x_k)}{x_K - x_1}

    The mean over questions is the representativeness of a model for a group, and its steerability where the
    model was asked to answer as that group.

    Parameters
    ----------
    p, q
        Distributions in the order of the scale, shape ``(..., options)``; rows are normalised.
    positions
        Rising places of the options on the scale, shape ``(options,)``; 0, 1, 2, … where None.

    Returns
    -------
    numpy.ndarray
        Values in [0, 1], shape ``(...)``; 1 for equal distributions.

    Raises
    ------
    SpecificationError
        Positions that are not rising, or not as many as there are options.

    Examples
    --------
    >>> float(representativeness([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
    0.5
    >>> float(representativeness([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], positions=[1, 4, 5]))
    0.25
    """
    a, b = as_pair(p, q)
    places = np.arange(a.shape[-1], dtype=float) if positions is None else np.asarray(positions, dtype=float)
    steps = np.diff(places)
    if places.shape != a.shape[-1:] or not (steps > 0).all():
        raise SpecificationError(
            "the options' places do not form a scale",
            parameter="positions",
            got=places.tolist(),
            expected=f"{a.shape[-1]} rising numbers",
        )
    if not steps.size:
        return 1.0 - np.zeros(np.broadcast_shapes(a.shape, b.shape)[:-1])
    gaps = np.abs(np.cumsum(a - b, axis=-1)[..., :-1])
    return 1 - np.minimum(gaps @ steps / steps.sum(), 1.0)
