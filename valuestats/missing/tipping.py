"""How different missing answers would have to be to turn the order of two models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.missing.adjusted_means import Array
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed


@checked
def tipping_points(
    sensitivity: Result, pairs: Sequence[tuple[str, str]] | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    r"""How different missing answers would have to be to turn the order of two models.

    The missing answers of the model that stands higher are moved down by an amount, those of the other up
    by the same amount (the worst direction), until the difference is 0, and until its interval holds 0.

    Parameters
    ----------
    sensitivity
        What `missing_sensitivity` returned, with replicates.
    pairs
        Pairs of models; all by default.
    level
        Of the interval of the difference, from the paired replicates.

    Returns
    -------
    pandas.DataFrame
        ``dimension, first, second`` (the higher first), ``difference``, ``lower``, ``upper`` (at amount 0), ``tipping`` and
        ``tipping_interval`` (amounts by linear interpolation in the grid; null where none in the grid does it; 0 where the
        interval holds 0 already, or there is none for want of clusters), and ``holds`` (whether the order holds under the
        worst case).

    Raises
    ------
    SpecificationError
        Not such a result, or a model that is not in it.

    Examples
    --------
    >>> from valuestats import missing_sensitivity, read_responses, tipping_points
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> found = missing_sensitivity(responses, scale=(1, 6), replicates=100, seed=1)
    >>> tipping_points(found, [("model-a", "model-d")])[["first", "difference", "tipping"]].round(1).to_numpy().tolist()
    [['model-a', 0.2, 1.8]]
    """
    if sensitivity.kind != "missing_sensitivity":
        raise SpecificationError(
            "tipping points come from missing_sensitivity", parameter="sensitivity", got=sensitivity.kind
        )
    frame = sensitivity.estimates
    models, dimensions = list(dict.fromkeys(frame["model"])), list(dict.fromkeys(frame["dimension"]))
    draws = sensitivity.replicates().transpose("draw", "model", "dimension", "amount").to_numpy()
    grid = np.array(sorted(frame["delta"].unique()))
    shape = (len(models), len(dimensions), len(grid))
    points = frame["estimate"].to_numpy().reshape(shape)
    low, high = (frame[c].to_numpy().reshape(shape)[:, :, 0] for c in ("bound_lower", "bound_upper"))
    turned = sensitivity.meta["specification"]["mechanism"] == "selection"
    half = np.array([a for a in grid if a >= 0 and -a in grid])
    down, up = (np.searchsorted(grid, s * half) for s in ((1, -1) if turned else (-1, 1)))
    if pairs is None:
        pairs = [(a, b) for i, a in enumerate(models) for b in models[i + 1 :]]
    rows: list[dict[str, Any]] = []
    for one, two in pairs:
        unknown = [m for m in (one, two) if m not in models]
        if unknown:
            raise SpecificationError(
                "no such model", parameter="pairs", got=unknown[0], expected=", ".join(models)
            )
        i, j = models.index(one), models.index(two)
        for d, dimension in enumerate(dimensions):
            middle = int(np.flatnonzero(grid == 0)[0])
            a, b = (i, j) if points[i, d, middle] >= points[j, d, middle] else (j, i)
            difference = points[a, d, down] - points[b, d, up]
            spread = draws[:, a, d][:, down] - draws[:, b, d][:, up]
            lower, upper = equal_tailed(spread, level)
            rows.append(
                {
                    "dimension": dimension,
                    "first": models[a],
                    "second": models[b],
                    "difference": difference[0],
                    "lower": lower[0],
                    "upper": upper[0],
                    "tipping": _crossing(half, difference),
                    "tipping_interval": 0.0 if np.isnan(lower[0]) else _crossing(half, lower),
                    "holds": bool(low[a, d] > high[b, d]),
                }
            )
    return pd.DataFrame(rows)


def _crossing(amounts: Array, values: Array) -> float:
    """Least amount at which the values reach 0 from above; NaN where none does."""
    under = np.flatnonzero(values <= 0)
    if not len(under):
        return float("nan")
    k = int(under[0])
    if k == 0:
        return 0.0
    drop = values[k - 1] - values[k]
    return float(amounts[k - 1] + (amounts[k] - amounts[k - 1]) * values[k - 1] / drop)
