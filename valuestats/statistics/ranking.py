"""Ranks of draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def posterior_ranks(draws: NDArray[np.float64], *, descending: bool = True) -> NDArray[np.float64]:
    """Rank along the last axis within each draw; ties share the mean rank, NaN stays NaN.

    Parameters
    ----------
    draws
        Shape ``(draw, ..., label)``.
    descending
        Whether rank 1 is the highest value.

    Returns
    -------
    numpy.ndarray
        Ranks from 1, same shape.

    Examples
    --------
    >>> import numpy as np
    >>> posterior_ranks(np.array([[0.1, 0.9, 0.5]]))
    array([[3., 1., 2.]])
    """
    from scipy.stats import rankdata  # loads slowly, and whoever reads stored results may not need it

    values = np.asarray(draws, dtype=float)
    return rankdata(-values if descending else values, axis=-1, nan_policy="omit")
