"""The least that has to be moved for a profile to reach a target, when every move has its side effects."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.graphs.graph import Graph, graph_of
from valuestats.graphs.linear import fit_linear, moments_under, require_acyclic
from valuestats.graphs.profiles import read_profiles
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters

Array = NDArray[np.float64]
MOST_TRIED = 5000
"""Sets of values up to which all of a size are tried; with more, the best set of one less is added to."""


@checked
def steer_values(
    profiles: pd.DataFrame,
    graph: Result | Graph,
    target: Mapping[str, float],
    *,
    allowed: Sequence[str] | None = None,
    most: Annotated[int, Whole(1)] = 3,
    cluster: str | None = None,
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    r"""Which few values to shift, and by how much, so that the mean profile comes as near to a target as it can.

    A shift :math:`\delta` of values moves the mean profile by :math:`\delta(I-B)^{-1}`, side effects included. For each
    number of shifted values the set and the shifts of least :math:`\sum_d (t_d-m_d)^2` over the targeted values are found
    (all sets, or one value added after another beyond `MOST_TRIED`); reported is the distance that is left, :math:`\sum_d
    \|t_d-m_d\|`, as COUPLE scores it, on average over models refitted to resampled clusters with set and shifts held as
    found. The model that chose the shifts thinks them better than they are (`fitted`); how far a shift misses in a refitted
    model is how far the fitted one may miss.

    Parameters
    ----------
    profiles, graph, cluster
        As for `valuestats.value_effects`.
    target
        The level aimed at of some or all values, in units of the scores.
    allowed
        Values that may be shifted; all of the graph where not given.
    most
        Values shifted at most.
    level, replicates, seed
        Of the bootstrap over clusters.

    Returns
    -------
    Result
        Kind ``"steering"``, key ``shifted`` (how many values are, from 0): distance left, ``fitted`` (the same by the model
        that chose; it is the estimate below 20 clusters and without replicates), ``values`` and ``shifts`` that do it,
        ``without_graph`` (distance left if the same values are moved by their own gaps, side effects unforeseen),
        ``correlation`` (Spearman, of profile and target), ``n_units``. ``meta["profiles"]`` holds the profile after each.

    Raises
    ------
    SpecificationError
        A value that is not in the graph, nothing that is targeted can be reached by what may be shifted.

    References
    ----------
    Pearl (2009) on shift interventions; COUPLE (2025).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.graphs.graph import Graph
    >>> rng = np.random.default_rng(0)
    >>> care = rng.normal(size=300)
    >>> told = pd.DataFrame({"care": care, "trust": care + 0.1 * rng.normal(size=300)})
    >>> chain = Graph.of(["care", "trust"], [("care", "trust")])
    >>> found = steer_values(told, chain, {"care": 1.0, "trust": 1.0}, most=1, replicates=0).estimates
    >>> found["values"].tolist()
    ['none', 'care']
    """
    started = time.perf_counter()
    drawn = graph if isinstance(graph, Graph) else graph_of(graph)
    wanted = [drawn.place(n) for n in target]
    free = [drawn.place(n) for n in (drawn.names if allowed is None else allowed)]
    reach = drawn.reach() | np.eye(len(drawn.names), dtype=bool)
    if not wanted or not free or not reach[np.ix_(free, wanted)].any():
        raise SpecificationError(
            "what may be shifted does not lead to what is targeted",
            parameter="allowed" if allowed is not None else "target",
            got=", ".join(allowed or target) or "nothing",
            expected=f"a cause of {', '.join(target) or 'something'}",
        )
    whole = require_acyclic(drawn)
    rng = np.random.default_rng(seed)
    rows = read_profiles(profiles, drawn.names, cluster, rng)
    plan = plan_clusters(rows.lots, replicates, rng)
    model = fit_linear(drawn.names, whole.marks, *moments_under(rows, plan.with_all))
    total, aim = model.total(), np.array(list(target.values()))
    gap = aim - model.means[:, wanted]
    chosen: tuple[int, ...] = ()
    records, after = [], []
    left = np.zeros((len(total), min(most, len(free)) + 1))
    for size in range(left.shape[1]):
        chosen = _best(total[0], gap[0], free, wanted, size, chosen)
        shift = _shifts(total[0], gap[0], chosen, wanted)
        moved = np.einsum("i,gij->gj", shift, total[:, list(chosen)]) if size else np.zeros_like(model.means)
        left[:, size] = np.abs(gap - moved[:, wanted]).sum(axis=1)
        profile = model.means[0] + moved[0]
        naive = np.array([aim[wanted.index(c)] - model.means[0, c] if c in wanted else 0.0 for c in chosen])
        unforeseen = naive @ total[0][list(chosen)] if size else np.zeros(len(drawn.names))
        records.append(
            {
                "shifted": size,
                "values": ", ".join(drawn.names[c] for c in chosen) or "none",
                "shifts": ", ".join(f"{s:+.3f}" for s in shift),
                "without_graph": float(np.abs(gap[0] - unforeseen[wanted]).sum()),
                "correlation": _rank_correlation(profile[wanted], aim),
            }
        )
        after.append(profile)
    found = plan.finish(left[1:], left[0], rows.lots, level, within=(0, np.inf))
    frame = pd.DataFrame(records).assign(
        estimand="distance from the target that is left",
        estimate=found.draws.mean(axis=0) if replicates and not plan.jackknife else left[0],
        fitted=left[0],
        std_error=found.std_error,
        lower=found.lower,
        upper=found.upper,
        level=level,
        interval=found.interval,
        n_scored=len(rows.scores),
        n_asked=rows.asked,
        n_units=rows.lots,
    )
    meta = make_meta(
        "least shifts of a linear structural model towards a target",
        {
            "target": dict(target),
            "allowed": None if allowed is None else list(allowed),
            "most": most,
            "cluster": cluster,
            "level": level,
            "replicates": replicates,
        },
        citations=["Pearl (2009)", "COUPLE (2025)"],
        seed=seed,
        warnings=[*rows.notes, *found.warnings],
        seconds=time.perf_counter() - started,
        profiles=[dict(zip(drawn.names, map(float, p), strict=True)) for p in after],
    )
    tree = (
        draws_tree("bootstrap", found.draws, {"shifted": list(map(str, frame["shifted"]))})
        if replicates
        else None
    )
    return Result("steering", frame.astype({"shifted": str}), ("shifted",), meta, tree)


def _shifts(total: Array, gap: Array, chosen: Sequence[int], wanted: Sequence[int]) -> Array:
    """Shifts of the chosen values that leave least of the gaps, by least squares; of several the smallest."""
    if not chosen:
        return np.zeros(0)
    return np.asarray(np.linalg.lstsq(total[np.ix_(chosen, wanted)].T, gap, rcond=None)[0])


def _best(
    total: Array, gap: Array, free: Sequence[int], wanted: Sequence[int], size: int, before: tuple[int, ...]
) -> tuple[int, ...]:
    sets = list(combinations(free, size)) if _sets(len(free), size) <= MOST_TRIED else []
    if not sets:
        sets = [(*before, k) for k in free if k not in before]
    return min(sets, key=lambda s: round(_squares(total, gap, s, wanted), 12))


def _sets(n: int, size: int) -> int:
    count = 1
    for k in range(size):
        count = count * (n - k) // (k + 1)
    return count


def _squares(total: Array, gap: Array, chosen: Sequence[int], wanted: Sequence[int]) -> float:
    moved = _shifts(total, gap, chosen, wanted) @ total[np.ix_(list(chosen), wanted)] if chosen else 0.0
    return float(((gap - moved) ** 2).sum())


def _rank_correlation(profile: Array, target: Array) -> float:
    one, two = (pd.Series(x).round(12).rank().to_numpy() for x in (profile, target))
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(two) == 0:
        return float("nan")
    return float(np.corrcoef(one, two)[0, 1])
