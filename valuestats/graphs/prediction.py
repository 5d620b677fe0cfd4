"""Whether a graph foretells which values move together: descendants against the rest, labels mixed up as the null."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.graphs.graph import Graph, graph_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters

Array = NDArray[np.float64]
DESCENDANTS, REST, ADVANTAGE = "descendants", "rest", "advantage"


@checked
def graph_prediction(
    changes: pd.DataFrame,
    graph: Result | Graph,
    *,
    cluster: str | None = None,
    permutations: int = 2000,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""How much oftener a value's descendants in a graph change with it than all other values do.

    Estimands: with :math:`p_{ij}` the share of profiles in which value j changed among those in which i did, the mean of
    :math:`p_{ij}` over the descendants j of i, then over the values i that have some (`descendants`); the mean over all
    other values j, then over the values i that have such (`rest`); and the difference of the two (`advantage`). A value
    that changes often does so after any other, so that an advantage can come of which values stand low in the graph: the
    p-value is that of the same graph with its
    labels mixed up, :math:`(1+\#\{A_\pi\ge A\})/(1+B)`.

    Parameters
    ----------
    changes
        One row per profile: how much each value changed, 0 where it did not; a column per value of the graph.
    graph
        A result of `valuestats.value_graph`, or a graph.
    cluster
        Column of the unit that is resampled; without it every row is one.
    permutations
        Graphs with their labels mixed up.
    level, replicates, seed
        Of the bootstrap over clusters.

    Returns
    -------
    Result
        Kind ``"graph_prediction"``, key ``quantity`` (``"descendants"``, ``"rest"``, ``"advantage"``); ``baseline`` is the
        mean over the mixed graphs, ``p_value`` of the advantage, ``n_units``.

    Raises
    ------
    InputError
        A value of the graph has no column.
    SpecificationError
        A graph in which no value has a descendant, or that all lead to all; nothing changed.

    References
    ----------
    Kang et al. (2025), Table 2; Phipson and Smyth (2010) on p-values of permutations.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.graphs.graph import Graph
    >>> moved = np.random.default_rng(0).integers(0, 2, (60, 1))
    >>> told = pd.DataFrame(np.hstack([moved, moved, 1 - moved]), columns=["care", "trust", "rank"])
    >>> found = graph_prediction(told, Graph.of(["care", "trust", "rank"], [("care", "trust")]), replicates=0)
    >>> found.estimates["estimate"].round(3).tolist()  # trust moves with care, but does not lead to it
    [1.0, 0.167, 0.833]
    """
    started = time.perf_counter()
    drawn = graph if isinstance(graph, Graph) else graph_of(graph)
    reach = _require_contrast(drawn)
    changed, member, units = _changed(changes, drawn.names, cluster)
    sums = np.zeros((units, len(drawn.names) ** 2))
    both = (changed[:, :, None] * changed[:, None, :]).reshape(len(changed), -1)
    np.add.at(sums, member, both)
    rng = np.random.default_rng(seed)
    plan = plan_clusters(units, replicates, rng)
    point = contrast(shares(sums.sum(axis=0)[None]), reach[None])[0]
    values = contrast(shares(plan.weights @ sums), reach[None])
    found = plan.finish(values, point, units, level, within=(-1, 1))
    order = np.array([rng.permutation(len(reach)) for _ in range(permutations)], dtype=int).reshape(
        -1, len(reach)
    )
    mixed = contrast(shares(sums.sum(axis=0)[None]), reach[order[:, :, None], order[:, None, :]])
    least = (1 + int((mixed[:, 2] >= point[2] - 1e-12).sum())) / (1 + permutations)
    frame = pd.DataFrame(
        {
            "estimand": "share of values that change with another",
            "quantity": [DESCENDANTS, REST, ADVANTAGE],
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": len(changed),
            "n_asked": len(changes),
            "n_units": units,
            "baseline": mixed.mean(axis=0) if permutations else np.nan,
            "p_value": [np.nan, np.nan, least if permutations else np.nan],
        }
    )
    lost = len(changes) - len(changed)
    gone = f"{counted(lost, 'row')} {'is' if lost == 1 else 'are'} left out: a change is missing"
    meta = make_meta(
        "changes of descendants against those of other values, labels of the graph mixed up as the null",
        {
            "cluster": cluster,
            "permutations": permutations,
            "level": level,
            "replicates": replicates,
            "edges": int(drawn.marks.sum()),
        },
        citations=["Kang et al. (2025)", "Phipson & Smyth (2010)"],
        seed=seed,
        warnings=[*([gone] if lost else []), *found.warnings],
        seconds=time.perf_counter() - started,
    )
    tree = draws_tree("bootstrap", found.draws, {"quantity": list(frame["quantity"])}) if replicates else None
    return Result("graph_prediction", frame, ("quantity",), meta, tree)


def shares(sums: Array) -> Array:
    """Share of the rows with a change of i in which j changed too, shape ``(sets, values, values)``; NaN where none did."""
    p = round(sums.shape[1] ** 0.5)
    both = sums.reshape(-1, p, p)
    own = np.einsum("gii->gi", both)[:, :, None]
    return np.divide(both, own, out=np.full_like(both, np.nan), where=own > 0)


def contrast(share: Array, reach: NDArray[np.bool_]) -> Array:
    """Mean share among descendants, among the rest, and their difference; shape ``(sets, 3)``.

    Parameters
    ----------
    share
        Shape ``(sets or 1, values, values)``.
    reach
        Whether a way leads from row to column, shape ``(sets or 1, values, values)``; the diagonal is not read.
    """
    p = reach.shape[-1]
    other = ~np.eye(p, dtype=bool)
    known = ~np.isnan(share)
    means = []
    for wanted in (reach & other, ~reach & other):
        held = wanted & known
        count = held.sum(axis=2)
        by_value = np.divide(
            np.where(held, share, 0.0).sum(axis=2), count, out=np.full(count.shape, np.nan), where=count > 0
        )
        there = ~np.isnan(by_value)
        means.append(
            np.divide(
                np.where(there, by_value, 0.0).sum(axis=1),
                there.sum(axis=1),
                out=np.full(len(there), np.nan),
                where=there.any(axis=1),
            )
        )
    return np.column_stack([*means, means[0] - means[1]])


def _require_contrast(graph: Graph) -> NDArray[np.bool_]:
    reach = graph.reach()
    other = ~np.eye(len(reach), dtype=bool)
    if not (reach & other).any():
        raise SpecificationError(
            "no value has a descendant: the graph foretells nothing", parameter="graph", got="no edge"
        )
    if (reach | ~other).all():
        raise SpecificationError(
            "all values lead to all others: there is no rest to hold them against",
            parameter="graph",
            got=f"{int(graph.marks.sum())} edges",
        )
    return reach


def _changed(
    changes: pd.DataFrame, names: Sequence[str], cluster: str | None
) -> tuple[Array, NDArray[np.int64], int]:
    absent = [n for n in (*names, *([] if cluster is None else [cluster])) if n not in changes.columns]
    if absent:
        raise InputError(
            "changes: a column is missing", parameter=", ".join(absent), expected=", ".join(names)
        )
    moved = changes[list(names)].to_numpy(dtype=float)
    whole = ~np.isnan(moved).any(axis=1)
    if cluster is not None and changes[cluster].isna().any():
        raise InputError("changes: a row without a cluster", parameter=cluster, got="null")
    if not (moved[whole] != 0).any():
        raise SpecificationError("nothing changed", parameter="changes", got="0 in every row")
    labels = np.arange(len(changes)) if cluster is None else changes[cluster].astype(str).to_numpy()
    member, unit = pd.factorize(labels[whole])
    return (moved[whole] != 0).astype(float), np.asarray(member, dtype=np.int64), len(unit)
