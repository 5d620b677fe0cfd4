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
    >>> import numpy as np, pandas as pd
    >>> from valuestats import graded_response, item_information
    >>> rng = np.random.default_rng(1)
    >>> codes = np.digitize(rng.normal(size=(40, 1)) + rng.logistic(size=(40, 3)), [-1, 1])
    >>> wide = pd.DataFrame(codes, columns=["q1", "q2", "q3"]).rename_axis("respondent").reset_index()
    >>> answers = wide.melt("respondent", var_name="item", value_name="rating")
    >>> found = item_information(graded_response(answers, seed=1, progress=False), theta=[-1.0, 0.0, 3.0])
    >>> whole = found.drop_duplicates("theta").set_index("theta")["test_information"]
    >>> bool(whole[0.0] > whole[3.0])
    True
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
