"""Scores from keyed items: raw means, and means about the respondent's own mean; one kernel for people and models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScaleScores:
    """Scores of each respondent, arrays of shape ``(..., respondents, dimensions)``.

    Attributes
    ----------
    raw
        Mean over the answered items of the dimension, reversed items turned.
    centred
        Mean over them of the item's distance to the respondent's mean rating, turned after that where reversed.
    answered
        Items of the dimension that were answered.
    mean_rating
        Mean over all answered items as they were coded (MRAT), shape ``(..., respondents)``.
    """

    raw: Array
    centred: Array
    answered: Array
    mean_rating: Array


def scale_scores(
    y: Array,
    sign: Array,
    middle: float,
    min_share: float = 0.0,
    weights: Array | None = None,
    unit: NDArray[np.int64] | None = None,
) -> ScaleScores:
    r"""Score respondents on each dimension.

    Raw: :math:`\sum_j m_j(\mu + s_j(y_j-\mu))/\sum_j m_j` with :math:`\mu` the middle of the scale; centred:
    :math:`\sum_j m_j s_j(y_j-\bar y)/\sum_j m_j` with :math:`\bar y` the mean over all answered items. Without reversed
    items the second is the first minus :math:`\bar y`. A constant added to all answers of a respondent leaves
    the centred score as it is, whatever the signs; so does turning the whole scale and every sign. The raw
    score is the same when any one item is turned together with its sign.

    Parameters
    ----------
    y
        Shape ``(respondents, items)``, NaN where missing.
    sign
        Shape ``(items, dimensions)``, in {-1, 0, 1}.
    middle
        Middle of the answer scale; it moves no score where no sign is negative.
    min_share
        Share of a dimension's items that must be answered, else its scores are NaN.
    weights
        How often each unit counts, shape ``(replicates, units)``; adds a first axis to what is returned.
    unit
        Number of each item's unit, from 0, shape ``(items,)``; each item its own where omitted. All replicates are a few
        matrix products of the weights with sums over units.

    Returns
    -------
    ScaleScores

    References
    ----------
    Schwartz (2003), Computing scores for the 10 human values.

    Examples
    --------
    >>> import numpy as np
    >>> found = scale_scores(np.array([[6.0, 1.0, 2.0]]), np.array([[1, 0], [-1, 0], [0, 1]]), 3.5)
    >>> found.raw.tolist(), found.centred.tolist(), found.mean_rating.tolist()
    ([[6.0, 2.0]], [[2.5, -1.0]], [3.0])
    """
    respondents, items = y.shape
    seen = (~np.isnan(y)).astype(float)
    filled = np.nan_to_num(y - middle)
    keyed = (sign != 0).astype(float)
    needed = min_share * keyed.sum(axis=0) - 1e-9
    enough = (seen @ keyed >= needed) & (seen @ keyed > 0)
    if weights is None:
        answered, total, balance = seen @ keyed, filled @ sign, seen @ sign
        about = ratio(filled.sum(axis=1), seen.sum(axis=1))
    else:
        place = np.arange(items) if unit is None else unit
        member = np.equal.outer(np.arange(weights.shape[1]), place).astype(float)
        shape = (len(weights), respondents, sign.shape[1])

        def drawn(values: Array, columns: Array) -> Array:
            """Weighted sums over the items of each dimension."""
            each = values.T[:, :, None] * columns[:, None, :]
            return (weights @ (member @ each.reshape(items, -1))).reshape(shape)

        answered, total, balance = drawn(seen, keyed), drawn(filled, sign), drawn(seen, sign)
        about = ratio(weights @ (member @ filled.T), weights @ (member @ seen.T))
    turned = total - np.nan_to_num(about)[..., None] * balance
    known = np.where(enough, 1.0, np.nan)
    return ScaleScores(
        middle + known * ratio(total, answered), known * ratio(turned, answered), answered, middle + about
    )


def spread_over_items(y: Array, sign: Array, middle: float) -> Array:
    """SD (ddof 0) over the answered items of each dimension, reversed items turned; ``(respondents, dimensions)``.

    Arguments as for `scale_scores`.

    Examples
    --------
    >>> import numpy as np
    >>> spread_over_items(np.array([[5.0, 3.0, 2.0]]), np.array([[1], [1], [-1]]), 3.5).round(4)
    array([[0.9428]])
    """
    turned = np.where(sign != 0, (y - middle)[:, :, None] * sign, np.nan)
    seen = ~np.isnan(turned)
    n = seen.sum(axis=1)
    mean = ratio(np.where(seen, turned, 0.0).sum(axis=1), n)
    squares = np.where(seen, (turned - mean[:, None, :]) ** 2, 0.0)
    return np.sqrt(ratio(squares.sum(axis=1), n))


def parent_scores(scores: Array, member: Array, min_share: float) -> Array:
    """Mean of the children's scores, each child counting once, for each parent.

    Parameters
    ----------
    scores
        Shape ``(..., children)``, NaN where missing.
    member
        Shape ``(children, parents)``, 1 where the child belongs to the parent.
    min_share
        Share of the children that must have a score.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., parents)``.

    Examples
    --------
    >>> import numpy as np
    >>> parent_scores(np.array([[1.0, 3.0]]), np.array([[1.0], [1.0]]), 0.5)
    array([[2.]])
    """
    seen = (~np.isnan(scores)).astype(float)
    count = seen @ member
    enough = (count > 0) & (count >= min_share * member.sum(axis=0) - 1e-9)
    return np.where(enough, ratio(np.nan_to_num(scores) @ member, count), np.nan)
