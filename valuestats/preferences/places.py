"""What the place of an option does to the preference for its labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from valuestats.preferences.tokens import Tokens
from valuestats.statistics.clusters import ClusterPlan
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]


def first_place(
    tokens: Tokens, group: int, plan: ClusterPlan, weights: Array, level: float
) -> dict[str, float] | None:
    r"""How often the first place is chosen beyond chance: the mean of :math:`x_{c1} - 1/k_c` over choices.

    Returns
    -------
    dict or None
        ``estimate``, ``std_error``, ``lower``, ``upper`` and ``n`` choices; None where no choice has known places.
    """
    own = tokens.places[0] == group
    if not own.any():
        return None
    clusters = len(tokens.clusters)
    cluster = tokens.places[1, own].astype(np.int64)
    beyond = np.bincount(cluster, tokens.places[2, own], clusters)
    count = np.bincount(cluster, minlength=clusters).astype(float)
    value = ratio(weights @ beyond, weights @ count)
    found = plan.finish(value[1:], value[0], int((count > 0).sum()), level, within=(-1.0, 1.0))
    return {
        "estimate": float(value[0]),
        "std_error": float(found.std_error),
        "lower": float(found.lower),
        "upper": float(found.upper),
        "n": int(count.sum()),
    }


def place_columns(tokens: Tokens, scale: Callable[[Array, Array], Array]) -> dict[str, Array]:
    """How the labels' places depart from chance, and the measure had they stood first as often as chance gives.

    Parameters
    ----------
    tokens
        Of one group.
    scale
        From a share and its chance to the measure.
    """
    known = tokens.valid & ~np.isnan(tokens.first)
    if not known.any():
        return {}
    k = len(tokens.labels)
    label, weight, taken = tokens.label[known], tokens.weight[known], tokens.taken[known]
    first = tokens.first[known] == 1

    def total(values: Array) -> Array:
        return np.bincount(label, values, k)

    offered, chance = total(weight), total(weight * tokens.chance[known])
    at_first = total(weight * first)
    shares = [ratio(total(weight * taken * at), total(weight * at)) for at in (first, ~first)]
    expected = ratio(chance, offered)
    even = expected * shares[0] + (1 - expected) * shares[1]
    return {"first_share": ratio(at_first, offered) - expected, "balanced": scale(even, expected)}
