"""A graph of which values move with which, and how far its edges and directions hold when clusters are drawn anew."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import INSIDE
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, number
from valuestats.graphs.evidence import Correlation, Evidence, Marks, Method, Test, partial_correlations
from valuestats.graphs.graph import BACKWARD, FORWARD, NONE, UNDIRECTED, Graph
from valuestats.graphs.profiles import Profiles, read_profiles
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.statistics.resampling import cluster_weights

Array = NDArray[np.float64]


@checked
def value_graph(
    profiles: pd.DataFrame,
    values: Sequence[str] | None = None,
    *,
    cluster: str | None = None,
    method: Method = "pc",
    correlation: Correlation = "pearson",
    test: Test = "clusters",
    alpha: Annotated[float, INSIDE] = 0.05,
    compat: Literal["published"] | None = None,
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    r"""Which values are joined once others are held fixed, in which direction, and how often resampled clusters agree.

    Estimand of a row: the correlation of two values given all others (`estimate`), and whether a graph has an edge between
    them (`edge`). ``method="pc"`` takes an edge away where some set S of neighbours, of growing size, makes the two
    independent by a test at `alpha`, all edges of one size at once (stable PC, Colombo and Maathuis 2014); where the middle
    of an open triple is in no such set of its ends, it is a collider; Meek's rules (1995) then direct what follows.
    ``method="bic"`` finds the acyclic graph of least :math:`n\log\hat\sigma^2 + \|S\|\log n` over values of all there are
    (Silander and Myllymäki 2006) and shows what all equivalent graphs share. It stands in the place of greedy equivalence
    search (GES, Chickering 2002), which climbs the same score by single edges and is sure to reach its best only in the
    limit of many rows: up to 20 values all graphs can be compared, so that no search finds a better one.

    ``test="clusters"`` holds the sum over clusters c of :math:`u_c=\sum_{k\in c} e_{ik}e_{jk}`, e the residuals of both
    values given S, against :math:`\sqrt{\sum u_c^2}` (Student's t, C - 2 - \|S\| degrees of freedom), so that rows of one
    cluster count for no more than they tell. ``test="rows"`` is Fisher's z of n rows, as causal-learn and pcalg have it:
    where rows cluster it finds edges that are not there. A search by score takes n over the mean design effect for n.

    What a graph says of causes rests on assumptions that no test here looks at: no common cause outside the values, linear
    dependence, no circle of causes, and no independence by cancelling.

    Parameters
    ----------
    profiles
        One row per profile (a role, a persona, a model under a condition): a column of scores per value.
    values
        Columns of the values; all numeric ones where not given.
    cluster
        Column of the unit that is resampled and tested (the role); without it every row is one.
    method, correlation, test, alpha
        See above. ``"spearman"`` takes mid-ranks, anew in each replicate; ``"polychoric"`` the latent correlation of ordered
        answers of few levels, tested by the clusters' jackknife pseudo-values in place of their products of residuals.
    compat
        ``"published"``: rows as units, undirected edges both ways, and edges taken out that longer ways stand for
        (Kang et al. 2025).
    level, replicates, seed
        Of the cluster bootstrap.

    Returns
    -------
    Result
        Kind ``"value_graph"``, key ``pair``, one row for every two values: ``first``, ``second``, ``correlation``, ``edge``
        (``"forward"`` from first to second, ``"backward"``, ``"undirected"``, ``"none"``), ``p_value`` (largest over its
        tests) and ``q_value`` (Benjamini and Hochberg over all pairs), ``support`` (share of resampled graphs with an edge),
        ``forward``, ``backward`` and ``undirected`` (shares by direction), ``worth`` (rows that the correlation is worth),
        ``n_units``. An edge that is not there has a support of about .15 to .2, as a replicate has the sample's noise and
        its own.

    Raises
    ------
    InputError
        A column is missing or holds no numbers, a row has no cluster.
    SpecificationError
        One cluster, a value that does not vary, values that determine one another, more values than units allow.

    References
    ----------
    Spirtes, Glymour and Scheines (2000); Chickering (2002), Journal of Machine Learning Research 3; Colombo and Maathuis
    (2014), Journal of Machine Learning Research 15; Meek (1995); Silander and Myllymäki (2006); Efron (1979) on resampled
    clusters; Kang et al. (2025), Findings of ACL.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> care, rank = rng.normal(size=(2, 400))
    >>> told = pd.DataFrame({"care": care, "rank": rank, "trust": care - rank + rng.normal(size=400)})
    >>> found = value_graph(told, replicates=0).estimates
    >>> found[["first", "second", "edge"]].to_numpy().tolist()
    [['care', 'rank', 'none'], ['care', 'trust', 'forward'], ['rank', 'trust', 'forward']]
    """
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    rows = read_profiles(profiles, values, cluster, rng)
    if compat is not None:
        if method != "pc" or correlation != "pearson":
            raise SpecificationError(
                "the published way is PC on product-moment correlations",
                parameter="compat",
                got=f"{method}, {correlation}",
            )
        test = "rows"
    evidence = Evidence(rows, correlation, method, test, alpha, loose=compat is not None)
    graph = Graph(rows.names, evidence.graphs(evidence.whole)[0])
    shown = graph.reduced() if compat == "published" else graph
    plan = plan_clusters(rows.lots, replicates, rng)
    r = evidence.correlations(evidence.whole)[0]
    upper = np.triu_indices(len(rows.names), 1)
    point = partial_correlations(r)[upper]
    drawn = partial_correlations(evidence.correlations(plan.weights))[:, upper[0], upper[1]]
    found = plan.finish(drawn, point, rows.lots, level, within=(-1, 1), correlation=True, what=_unit(rows))
    frame = pd.DataFrame(
        {
            "estimand": "correlation given all other values",
            "first": [rows.names[i] for i in upper[0]],
            "second": [rows.names[j] for j in upper[1]],
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": len(rows.scores),
            "n_asked": rows.asked,
            "n_units": rows.lots,
            "correlation": r[upper],
            "edge": edge_names(shown.marks)[upper],
            "worth": evidence.worth()[upper],
        }
    )
    frame.insert(1, "pair", frame["first"] + " – " + frame["second"])
    frame["p_value"] = evidence.p_values()[upper]
    frame["q_value"] = adjusted_p(frame["p_value"].to_numpy())
    weights = cluster_weights(rows.lots, replicates, rng) if plan.jackknife else plan.weights
    frame = frame.assign(**_supports(evidence.graphs(weights) if replicates else None, upper))
    meta = make_meta(
        f"{'PC' if method == 'pc' else 'best graph by BIC'} on {correlation} correlations, {test} as units",
        {
            "values": list(rows.names),
            "cluster": cluster,
            "method": method,
            "correlation": correlation,
            "test": test,
            "alpha": alpha,
            "compat": compat,
            "level": level,
            "replicates": replicates,
        },
        citations=["Spirtes, Glymour & Scheines (2000)", "Colombo & Maathuis (2014)", "Meek (1995)"]
        + (["Silander & Myllymäki (2006)"] if method == "bic" else []),
        seed=seed,
        warnings=[*rows.notes, *_lots(rows), *found.warnings],
        seconds=time.perf_counter() - started,
        edges=int(np.triu(shown.marks | shown.marks.T).sum()),
        marks=int(shown.marks.sum()),
        edges_by_rows=_edges_by_rows(evidence),
        extends=graph.extension() is not None,
        clusters=len(rows.clusters),
    )
    tree = draws_tree("bootstrap", found.draws, {"pair": list(frame["pair"])}) if replicates else None
    return Result("value_graph", frame, ("pair",), meta, tree)


def edge_names(marks: Marks) -> NDArray[np.object_]:
    """What the marks say of each two values, read from the row to the column."""
    out, back = marks.astype(bool), marks.T.astype(bool)
    return np.select([out & back, out, back], [UNDIRECTED, FORWARD, BACKWARD], NONE).astype(object)


def _supports(marks: Marks | None, upper: Any) -> dict[str, Any]:
    names = ("support", FORWARD, BACKWARD, UNDIRECTED)
    if marks is None or not len(marks):
        return dict.fromkeys(names, np.nan)
    out, back = (m[:, upper[0], upper[1]].astype(bool) for m in (marks, marks.transpose(0, 2, 1)))
    parts = (out | back, out & ~back, back & ~out, out & back)
    return {name: part.mean(axis=0) for name, part in zip(names, parts, strict=True)}


def _edges_by_rows(evidence: Evidence) -> int | None:
    """Edges of the graph that takes every row for a unit."""
    if evidence.test == "rows" or not evidence.profiles.clustered:
        return None
    rows = Evidence(evidence.profiles, evidence.correlation, evidence.method, "rows", evidence.alpha)
    marks = rows.graphs(rows.whole)[0]
    return int(np.triu(marks | marks.T).sum())


def _unit(rows: Profiles) -> str:
    return "clusters" if rows.clustered else "profiles"


def _lots(rows: Profiles) -> list[str]:
    if len(rows.clusters) == rows.lots:
        return []
    what = counted(len(rows.clusters), "cluster" if rows.clustered else "profile")
    return [f"{what} are tested and resampled in {number(rows.lots)} lots drawn at random"]
