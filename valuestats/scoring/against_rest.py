"""Items that models answer against the rest of their scale, as where a key lacks its sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.labels import listed, minus
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason
from valuestats.scoring.unkeyed import unkeyed_reasons
from valuestats.statistics.multiplicity import adjusted_p

LEVEL = 0.05
"""At most this often, over all items together, is an item named that goes with the rest of its scale."""
SHARE = 0.1
"""Of a dimension's items: fewer that go against the rest move no score, whose keys people's ratings may have given."""


def items_against(
    means: pd.DataFrame, sign: np.ndarray, dimensions: Sequence[str], *, centred: bool
) -> dict[str, dict[str, float]]:
    r"""Items whose turned answers surely fall over models where those to the rest of their dimension rise.

    With :math:`r_j` the correlation over the n models between item j of k and the mean of the k - 1 others, all turned by
    their keys, the item is named where Fisher's
    :math:`(\operatorname{artanh} r_j - \operatorname{artanh} r_0)\sqrt{n-3}` is below 0 by Holm's test over all items of
    all dimensions. :math:`r_0` is 0 for answers as they are. Distances to a model's mean over J items sum to zero, so that
    items that have nothing in common correlate by :math:`\rho = -1/(J-1)`, and an item with k - 1 others by
    :math:`r_0 = \rho\sqrt{(k-1)/(1+(k-2)\rho)}`.

    Parameters
    ----------
    means
        Mean answer of each model (row) to each item.
    sign
        1, -1 or 0, shape ``(items, dimensions)``.
    dimensions
        Their names.
    centred
        Whether answers are taken about the model's mean over all items.

    Returns
    -------
    dict
        The correlations of such items by dimension; of scales of fewer than three items, and of fewer than five models that
        answered all items of a scale, nothing is known.

    Examples
    --------
    >>> level = np.arange(12.0)
    >>> noise = [np.cos(3 * level + j) for j in range(3)]
    >>> means = pd.DataFrame({"a": level, "b": level + noise[0], "c": level + noise[1], "d": 12 - level + noise[2]})
    >>> found = items_against(means, np.ones((4, 1)), ["x"], centred=False)
    >>> {name: round(r, 2) for name, r in found["x"].items()}
    {'d': -0.97}
    """
    y = means.to_numpy(dtype=float)
    if centred:
        known = np.isfinite(y).sum(axis=1, keepdims=True)
        y = y - np.divide(
            np.nansum(y, axis=1, keepdims=True), known, out=np.full(known.shape, np.nan), where=known > 0
        )
    found: list[tuple[str, str, float, float]] = []
    for place, dimension in enumerate(dimensions):
        own = np.flatnonzero(sign[:, place])
        turned = y[:, own] * sign[own, place]
        turned = turned[np.isfinite(turned).all(axis=1)]
        n, k = turned.shape
        if k < 3 or n < 5:
            continue
        rho = -1 / (y.shape[1] - 1) if centred else 0.0
        none = rho * np.sqrt((k - 1) / (1 + (k - 2) * rho)) if 1 + (k - 2) * rho > 0 else -1.0
        for column, index in enumerate(own.tolist()):
            rest = np.delete(turned, column, axis=1).mean(axis=1)
            if np.ptp(turned[:, column]) > 0 and np.ptp(rest) > 0 and none > -1:
                r = float(np.corrcoef(turned[:, column], rest)[0, 1])
                z = (np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) - np.arctanh(none)) * np.sqrt(n - 3)
                found.append((str(dimension), str(means.columns[index]), r, float(stats.norm.cdf(z))))
    if not found:
        return {}
    p = adjusted_p(np.array([one[3] for one in found]), "holm")
    told: dict[str, dict[str, float]] = {}
    for (dimension, item, r, _), p_adjusted in zip(found, p, strict=True):
        if p_adjusted < LEVEL:
            told.setdefault(dimension, {})[item] = r
    return told


def keyed_reasons(result: Result) -> list[Reason]:
    """Answers without a key, and dimensions of which a tenth of the items or more go against the rest."""
    found = unkeyed_reasons(result)
    frame = result.estimates
    for dimension, items in result.meta.get("against_rest", {}).items():
        if len(items) < SHARE * float(frame.loc[frame["dimension"] == dimension, "n_items"].max()):
            continue
        low = listed([f"{item} (r = {r:.2f})" for item, r in list(items.items())[:6]])
        more = f" and {len(items) - 6} more" if len(items) > 6 else ""
        text = f"models answer {low}{more} against the rest of the scale: a key may lack its sign, or hold for people only"
        found.append(Reason("items", "care", minus(text), {"dimension": dimension}))
    return found
