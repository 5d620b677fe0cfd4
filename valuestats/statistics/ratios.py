"""Ratios of sums that may be empty."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def ratio(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    """Elementwise ratio, NaN where `below` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> ratio(np.array([1.0, 3.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
