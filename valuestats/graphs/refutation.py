"""What an effect is worth: the same estimate where there can be none, with a cause more, and on fewer units."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.graphs.graph import Graph, graph_of
from valuestats.graphs.linear import require_acyclic
from valuestats.graphs.profiles import Profiles, read_profiles
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed

Array = NDArray[np.float64]
EFFECT, PLACEBO, COMMON, SUBSET = "effect", "placebo cause", "random common cause", "part of the units"


@checked
def refute_effect(
    profiles: pd.DataFrame,
    graph: Result | Graph,
    cause: str,
    effect: str,
    *,
    cluster: str | None = None,
    share: float = 0.8,
    permutations: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    """A total effect in a linear model on a graph, and what is left of it where it should vanish or should not change.

    The effect is the coefficient of the cause, given its parents in the graph. ``"placebo cause"``: the cause's residuals
    given its parents are dealt out to other units, whole clusters together, so that the true effect is 0; the p-value is
    the share of placebos as large as the effect. ``"random common cause"``: a random value is added to the parents; the
    estimate should stay. ``"part of the units"``: a random part of the clusters; it should stay in its range.

    Parameters
    ----------
    profiles, graph, cluster
        As for `valuestats.value_effects`.
    cause, effect
        Values of the graph.
    share
        Part of the clusters that is taken.
    permutations
        Repetitions of each check.
    level
        Of the range of the repetitions.
    seed
        Of the random numbers.

    Returns
    -------
    Result
        Kind ``"effect_refutation"``, key ``check``; ``estimate`` is the mean of the repetitions, ``lower`` and ``upper``
        their range, ``p_value`` of the placebo, ``holds`` whether the check speaks for the effect.

    Raises
    ------
    SpecificationError
        No way leads from the cause to the effect.

    References
    ----------
    Sharma and Kiciman (2020), DoWhy; Freedman and Lane (1983) on permuted residuals.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.graphs.graph import Graph
    >>> rng = np.random.default_rng(0)
    >>> care = rng.normal(size=200)
    >>> told = pd.DataFrame({"care": care, "trust": care + rng.normal(size=200)})
    >>> found = refute_effect(told, Graph.of(["care", "trust"], [("care", "trust")]), "care", "trust", permutations=50)
    >>> found.estimates["holds"].tolist()
    [True, True, True, True]
    """
    started = time.perf_counter()
    drawn = graph if isinstance(graph, Graph) else graph_of(graph)
    if effect not in drawn.descendants(cause):
        drawn.place(effect)
        raise SpecificationError(
            "no way leads from the cause to the effect", parameter="cause", got=f"{cause} to {effect}"
        )
    whole = require_acyclic(drawn)
    rng = np.random.default_rng(seed)
    rows = read_profiles(profiles, drawn.names, cluster, rng)
    x, y = (rows.scores[:, drawn.place(n)] for n in (cause, effect))
    parents = rows.scores[:, np.flatnonzero(whole.marks[:, drawn.place(cause)])]
    design = np.column_stack([np.ones(len(x)), parents])
    own = _slope(x, y, design)
    draws = {
        PLACEBO: [_slope(_dealt(x, design, rows, rng), y, design) for _ in range(permutations)],
        COMMON: [
            _slope(x, y, np.column_stack([design, rng.normal(size=len(x))])) for _ in range(permutations)
        ],
        SUBSET: [_part(x, y, design, rows, share, rng) for _ in range(permutations)],
    }
    records = [{"check": EFFECT, "estimate": own, "holds": True}]
    for name, values in draws.items():
        lower, upper = equal_tailed(np.array(values)[:, None], level) if values else (np.array([np.nan]),) * 2
        row = {
            "check": name,
            "estimate": float(np.mean(values)) if values else np.nan,
            "std_error": float(np.std(values, ddof=1)) if len(values) > 1 else np.nan,
            "lower": float(lower[0]),
            "upper": float(upper[0]),
        }
        if name == PLACEBO and values:
            least = (1 + int((np.abs(values) >= abs(own)).sum())) / (1 + len(values))
            row |= {"p_value": least, "holds": least <= 0.05}
        elif values:
            row["holds"] = bool(lower[0] <= own <= upper[0]) and bool(np.sign(lower[0]) == np.sign(upper[0]))
        records.append(row)
    blank = {"std_error": np.nan, "lower": np.nan, "upper": np.nan, "p_value": np.nan}
    frame = pd.DataFrame([{**blank, **r} for r in records]).assign(
        estimand="total effect of a unit of the cause",
        level=level,
        interval="none",
        n_scored=len(rows.scores),
        n_asked=rows.asked,
        n_units=len(rows.clusters),
    )
    meta = make_meta(
        "total effect given the cause's parents, with a placebo, a random common cause and parts of the units",
        {
            "cause": cause,
            "effect": effect,
            "cluster": cluster,
            "share": share,
            "permutations": permutations,
            "level": level,
        },
        citations=["Sharma & Kiciman (2020)", "Freedman & Lane (1983)"],
        seed=seed,
        warnings=rows.notes,
        seconds=time.perf_counter() - started,
    )
    return Result("effect_refutation", frame, ("check",), meta)


def _slope(x: Array, y: Array, design: Array) -> float:
    return float(np.linalg.lstsq(np.column_stack([x, design]), y, rcond=None)[0][0])


def _dealt(x: Array, design: Array, rows: Profiles, rng: np.random.Generator) -> Array:
    """The cause with its residuals dealt out anew: those of a cluster go to another one of the same size, in order."""
    fitted = design @ np.linalg.lstsq(design, x, rcond=None)[0]
    residual = x - fitted
    order = np.argsort(rows.member, kind="stable")
    sizes = np.bincount(rows.member)
    starts = np.cumsum(sizes) - sizes
    out = np.empty_like(x)
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        for to, source in zip(alike, rng.permutation(alike), strict=True):
            there = order[starts[to] : starts[to] + size]
            out[there] = residual[order[starts[source] : starts[source] + size]]
    return np.asarray(fitted + out)


def _part(x: Array, y: Array, design: Array, rows: Profiles, share: float, rng: np.random.Generator) -> float:
    n = len(rows.clusters)
    taken = rng.permutation(n)[: max(2, round(share * n))]
    keep = np.isin(rows.member, taken)
    return _slope(x[keep], y[keep], design[keep])
