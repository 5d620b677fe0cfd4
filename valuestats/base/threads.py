"""How many threads the linear algebra takes."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def one_thread() -> threadpool_limits:
    """Linear algebra in one thread while the context lasts.

    Fits that take thousands of steps on matrices of some hundred rows spend more on handing them to threads than threads
    save: four times the seconds with two processors, and twenty times while others use them.

    Examples
    --------
    >>> import numpy as np
    >>> with one_thread():
    ...     float(np.linalg.det(np.eye(3)))
    1.0
    """
    return threadpool_limits(limits=1, user_api="blas")
