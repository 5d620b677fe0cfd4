"""How well a graph found on some clusters describes others: log density of held-out profiles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import INSIDE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import number
from valuestats.graphs.evidence import Evidence, Marks, Method, Test
from valuestats.graphs.graph import Graph
from valuestats.graphs.linear import fit_linear, moments_under
from valuestats.graphs.profiles import Profiles, read_profiles
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters

Array = NDArray[np.float64]
FOUND, MIXED, ALL_EDGES = "graph", "graph, labels mixed", "all edges"


@checked
def graph_holdout(
    profiles: pd.DataFrame,
    values: Sequence[str] | None = None,
    *,
    cluster: str | None = None,
    method: Method = "pc",
    test: Test = "clusters",
    alpha: Annotated[float, INSIDE] = 0.05,
    folds: int = 5,
    permutations: Annotated[int, Whole(1)] = 20,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""What a graph adds to the description of profiles that had no part in finding it.

    Clusters are dealt into folds. On all but one a graph is found and a linear model with normal errors fitted on it; its
    log density of the profiles left out, less that of values taken as independent, is averaged per profile. Beside it stand
    the same graph with its labels mixed up (refitted; mean over `permutations`), and a model with all edges. A graph that
    describes new roles no better than mixed labels do knows nothing that lasts; one that falls short of all edges leaves
    something out.

    Parameters
    ----------
    profiles, values, cluster, method, test, alpha
        As for `valuestats.value_graph`.
    folds
        Parts that are left out one after another.
    permutations
        Graphs with mixed labels in each fold.
    level, replicates, seed
        Of the bootstrap over clusters; training parts overlap, which intervals do not see.

    Returns
    -------
    Result
        Kind ``"graph_holdout"``, key ``model`` (``"graph"``, ``"graph, labels mixed"``, ``"all edges"``): gain in log
        density per profile over independent values (nats), ``edges`` (mean over folds), ``n_units``.

    Raises
    ------
    SpecificationError
        Too few clusters for so many folds and values.

    References
    ----------
    Stone (1974) on cross-validation; Good (1952) for the log score.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> care = rng.normal(size=200)
    >>> told = pd.DataFrame({"care": care, "trust": care + rng.normal(size=200), "rank": rng.normal(size=200)})
    >>> found = graph_holdout(told, replicates=0).estimates.set_index("model")["estimate"]
    >>> bool(found["graph"] > 0.2 > found["graph, labels mixed"])
    True
    """
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    rows = read_profiles(profiles, values, cluster, rng)
    least = folds * (len(rows.names) + 4) / max(folds - 1, 1)
    if rows.lots < least:
        raise SpecificationError(
            "too few units to leave some out",
            parameter="folds",
            got=f"{rows.lots} units, {len(rows.names)} values",
            expected=f"at least {int(np.ceil(least))} units",
        )
    part = rng.permutation(np.arange(rows.lots) % folds)
    gain = np.zeros((len(rows.scores), 3))
    edges, contradicted = [], 0
    for fold in range(folds):
        away = part[rows.lot] == fold
        train = _without(rows, away)
        evidence = Evidence(train, "pearson", method, test, alpha)
        graph = Graph(rows.names, evidence.graphs(evidence.whole)[0])
        whole = graph.extension()
        contradicted += whole is None
        marks = _in_order(graph.marks) if whole is None else whole.marks
        edges.append(int(marks.sum()))
        moments = moments_under(train, evidence.whole)
        held = rows.scores[away]
        base = _log_density(np.zeros_like(marks), rows.names, moments, held)
        full = np.triu(np.ones_like(marks), 1)
        mixed = np.zeros(len(held))
        for _ in range(permutations):
            order = rng.permutation(len(marks))
            mixed += _log_density(marks[np.ix_(order, order)], rows.names, moments, held) / permutations
        own = _log_density(marks, rows.names, moments, held)
        gain[away] = (
            np.column_stack([own, mixed, _log_density(full, rows.names, moments, held)]) - base[:, None]
        )
    sums = np.zeros((rows.lots, 4))
    np.add.at(sums, rows.lot, np.column_stack([np.ones(len(gain)), gain]))
    plan = plan_clusters(rows.lots, replicates, rng)
    drawn = plan.weights @ sums
    point = sums[:, 1:].sum(axis=0) / sums[:, 0].sum()
    found = plan.finish(drawn[:, 1:] / drawn[:, :1], point, rows.lots, level)
    pairs = len(rows.names) * (len(rows.names) - 1) // 2
    frame = pd.DataFrame(
        {
            "estimand": "gain in log density per profile over independent values",
            "model": [FOUND, MIXED, ALL_EDGES],
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": len(rows.scores),
            "n_asked": rows.asked,
            "n_units": rows.lots,
            "edges": [float(np.mean(edges)), float(np.mean(edges)), float(pairs)],
        }
    )
    odd = f"in {number(contradicted)} of {number(folds)} folds directions contradict; an order of the values stands in"
    meta = make_meta(
        f"log density of held-out clusters, graph by {method}",
        {
            "values": list(rows.names),
            "cluster": cluster,
            "method": method,
            "test": test,
            "alpha": alpha,
            "folds": folds,
            "permutations": permutations,
            "level": level,
            "replicates": replicates,
        },
        citations=["Stone (1974)", "Good (1952)"],
        seed=seed,
        warnings=[*rows.notes, *([odd] if contradicted else []), *found.warnings],
        seconds=time.perf_counter() - started,
    )
    tree = draws_tree("bootstrap", found.draws, {"model": list(frame["model"])}) if replicates else None
    return Result("graph_holdout", frame, ("model",), meta, tree)


def _without(rows: Profiles, away: NDArray[np.bool_]) -> Profiles:
    lots, lot = np.unique(rows.lot[~away], return_inverse=True)
    return replace(rows, scores=rows.scores[~away], member=lot, lot=lot, clusters=tuple(map(str, lots)))


def _in_order(marks: Marks) -> Marks:
    """The skeleton with every edge from the value that stands first."""
    return np.triu(marks | marks.T)


def _log_density(marks: Marks, names: tuple[str, ...], moments: tuple[Array, Array], held: Array) -> Array:
    """Log density of each held-out profile under the fitted model with normal errors."""
    model = fit_linear(names, marks, *moments)
    apart = held - model.means[0]
    errors = apart - apart @ model.weights[0]
    variance = np.maximum(model.errors[0], 1e-12)
    return np.asarray(-0.5 * (errors**2 / variance + np.log(2 * np.pi * variance)).sum(axis=1))
