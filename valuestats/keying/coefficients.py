"""What the choice of the correlation coefficient changes in the keys."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result

_PAIR = ["item", "family", "dimension"]


def compare_coefficients(correlations: Mapping[str, Result], *, threshold: float = 0.30) -> pd.DataFrame:
    """Keys by a threshold under several coefficients, against those under the first.

    A polyserial or polychoric correlation is that of the normal variables behind the categories: it lies further from
    zero than Pearson's of the categories themselves, so that one threshold keys more items by it.

    Parameters
    ----------
    correlations
        What `item_values` returned, by name; the first is what the others are held against. A family that one of them
        lacks has no row there.
    threshold
        Strict bound on the correlation, both signs.

    Returns
    -------
    pandas.DataFrame
        Per ``family`` and ``coefficient``: ``n_pairs`` (with a correlation), ``positive`` and ``negative`` keys,
        ``shared`` (positive keys that the first makes too), ``shift`` (median absolute difference from the first),
        ``ratio`` (slope through zero on the first) and ``width`` (median width of the interval).

    Raises
    ------
    SpecificationError
        Fewer than two coefficients.

    Examples
    --------
    ::

        compare_coefficients({m: item_values(ratings, method=m) for m in ("spearman", "pearson", "polyserial")})
    """
    if len(correlations) < 2:
        raise SpecificationError(
            "nothing to compare",
            parameter="correlations",
            got=f"{len(correlations)} coefficients",
            expected="at least two",
        )
    first = next(iter(correlations.values())).estimates.set_index(_PAIR)["estimate"]
    rows = []
    for name, result in correlations.items():
        for family, part in result.estimates.groupby("family", sort=False, observed=True):
            part = part.set_index(_PAIR)
            r, base = part["estimate"].to_numpy(), first.reindex(part.index).to_numpy()
            both = ~np.isnan(r) & ~np.isnan(base)
            rows.append(
                {
                    "family": family,
                    "coefficient": name,
                    "n_pairs": int((~np.isnan(r)).sum()),
                    "positive": int((r > threshold).sum()),
                    "negative": int((r < -threshold).sum()),
                    "shared": int(((r > threshold) & (base > threshold)).sum()),
                    "shift": float(np.median(np.abs(r - base)[both])) if both.any() else np.nan,
                    "ratio": float((r[both] @ base[both]) / (base[both] @ base[both]))
                    if base[both].any()
                    else np.nan,
                    "width": float((part["upper"] - part["lower"]).median()),
                }
            )
    frame = pd.DataFrame(rows)
    order = {family: k for k, family in enumerate(dict.fromkeys(frame["family"]))}
    return frame.sort_values("family", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)
