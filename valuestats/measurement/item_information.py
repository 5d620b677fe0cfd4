"""Information of items about a trait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.measurement.graded_response import require_kind
from valuestats.results.result import Result

if TYPE_CHECKING:
    pass


@checked
def item_information(result: Result, theta: Any = None) -> pd.DataFrame:
    """Information of each item and standard error of its dimension, over the trait, at the posterior mean parameters.

    Parameters
    ----------
    result
        Of `graded_response`.
    theta
        Trait values; -3 to 3 in steps of 0.1 if not given.

    Returns
    -------
    pandas.DataFrame
        ``dimension``, ``item``, ``theta``, ``information``, and ``test_information``, that of all items of
        the dimension (without the prior's 1).

    Examples
    --------
    ::

        item_information(graded_response(answers, keyed), theta=[-1.0, 0.0, 1.0])
    """
    from valuestats.measurement.graded.estimands import item_information_curve

    require_kind(result)
    grid = np.linspace(-3, 3, 61) if theta is None else np.atleast_1d(np.asarray(theta, dtype=float))
    records = result.meta["items"]
    a = np.array([r["discrimination"] for r in records])
    cut = np.array([[t["estimate"] for t in r["thresholds"]] for r in records])
    values = item_information_curve(a, cut, grid, result.meta["specification"]["link"])
    frame = pd.DataFrame(
        {
            "dimension": np.repeat([r["dimension"] for r in records], len(grid)),
            "item": np.repeat([r["item"] for r in records], len(grid)),
            "theta": np.tile(grid, len(records)),
            "information": values.T.ravel(),
        }
    )
    frame["test_information"] = frame.groupby(["dimension", "theta"])["information"].transform("sum")
    return frame
