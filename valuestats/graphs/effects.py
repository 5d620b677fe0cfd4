"""What happens to all values when some are set: means under do(), and profiles as they would have been."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.graphs.graph import Graph, graph_of
from valuestats.graphs.linear import (
    LinearModel,
    all_equivalent,
    fit_linear,
    moments_under,
    require_acyclic,
    require_lead,
)
from valuestats.graphs.profiles import Profiles, read_profiles
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters

Array = NDArray[np.float64]


@checked
def value_effects(
    profiles: pd.DataFrame,
    graph: Result | Graph,
    do: Mapping[str, float],
    *,
    against: Mapping[str, float] | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""How far each value moves when others are set, in a linear structural model on a graph.

    Estimand: :math:`E[x_j\mid do(x_D=v)] - E[x_j]`, or less :math:`E[x_j\mid do(x_D=w)]`. Mechanisms are linear in the
    parents (`valuestats.graphs.linear`); values that are set are cut off from their own causes. Intervals are of the
    cluster bootstrap with the graph held as it is. Where edges have no direction, one acyclic graph of the class is fitted
    and the effects in all of them are given as a range (IDA; Maathuis, Kalisch and Bühlmann 2009).

    The numbers are effects only if the graph is right and nothing outside it moves two values.

    Parameters
    ----------
    profiles, cluster
        As for `valuestats.value_graph`; a column for each value of the graph.
    graph
        A result of `valuestats.value_graph`, or a graph.
    do
        Values that are set, and to what (in units of the scores).
    against
        The same values set to something else; the mean as it is where not given.
    level, replicates, seed
        Of the bootstrap over clusters.

    Returns
    -------
    Result
        Kind ``"value_effects"``, key ``value``: all values that are not set; besides ``observed`` (mean as it is), ``under``
        (mean under `do`), ``lowest`` and ``highest`` (over equivalent graphs), ``n_graphs``, ``reached`` (whether a way
        leads there), ``n_units``.

    Raises
    ------
    SpecificationError
        A value that is not in the graph or leads nowhere, a graph without an acyclic one, `against` of other values.

    References
    ----------
    Pearl (2009), Causality, chapter 5; Maathuis, Kalisch and Bühlmann (2009), Annals of Statistics 37.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.graphs.graph import Graph
    >>> rng = np.random.default_rng(0)
    >>> care = rng.normal(size=200)
    >>> told = pd.DataFrame({"care": care, "trust": 0.5 * care})
    >>> told["trust"] += 0.1 * rng.normal(size=200)
    >>> found = value_effects(told, Graph.of(["care", "trust"], [("care", "trust")]), {"care": 1.0}, against={"care": 0.0},
    ...     replicates=0)
    >>> round(float(found.estimates["estimate"].iloc[0]), 1)
    0.5
    """
    started = time.perf_counter()
    drawn, whole, rows = _read(profiles, graph, do, cluster, seed)
    if against is not None and set(against) != set(do):
        raise SpecificationError(
            "set the same values", parameter="against", got=", ".join(against), expected=", ".join(do)
        )
    rng = np.random.default_rng(seed)
    plan = plan_clusters(rows.lots, replicates, rng)
    moments = moments_under(rows, plan.with_all)
    model = fit_linear(rows.names, whole.marks, *moments)
    moved, base = _moved(model, do, against)
    others = [k for k, n in enumerate(rows.names) if n not in do]
    first = (moments[0][:1], moments[1][:1])
    classes = [
        _moved(fit_linear(rows.names, m, *first), do, against)[0][0, others] for m in all_equivalent(drawn)
    ]
    point = moved[0, others]
    found = plan.finish(moved[1:, others], point, rows.lots, level)
    reach = drawn.reach()[[rows.names.index(n) for n in do]].any(axis=0)
    frame = pd.DataFrame(
        {
            "estimand": "difference of means when values are set",
            "value": [rows.names[k] for k in others],
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": len(rows.scores),
            "n_asked": rows.asked,
            "n_units": rows.lots,
            "observed": model.means[0, others],
            "under": base[others],
            "lowest": np.min(classes, axis=0),
            "highest": np.max(classes, axis=0),
            "n_graphs": len(classes),
            "reached": reach[others],
        }
    )
    meta = make_meta(
        "linear structural model on a graph, values set",
        {
            "do": dict(do),
            "against": None if against is None else dict(against),
            "cluster": cluster,
            "level": level,
            "replicates": replicates,
        },
        citations=["Pearl (2009)", "Maathuis, Kalisch & Bühlmann (2009)"],
        seed=seed,
        warnings=[*rows.notes, *found.warnings],
        seconds=time.perf_counter() - started,
    )
    tree = draws_tree("bootstrap", found.draws, {"value": list(frame["value"])}) if replicates else None
    return Result("value_effects", frame, ("value",), meta, tree)


@checked
def counterfactual_profiles(
    profiles: pd.DataFrame, graph: Result | Graph, do: Mapping[str, float], *, cluster: str | None = None
) -> pd.DataFrame:
    r"""Each profile as it would have been with some values set: abduction, action, prediction.

    Abduction takes the error of each mechanism from the profile, :math:`e = x - a - xB`; action sets values and cuts them
    off from their causes; prediction runs the mechanisms with the same errors (Pearl 2009, 7.1). In a linear model the set
    values' differences from what they were travel along the total effects.

    Parameters
    ----------
    profiles, graph, do, cluster
        As for `value_effects`.

    Returns
    -------
    pandas.DataFrame
        The profiles, values replaced; rows with a missing score keep what they had.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.graphs.graph import Graph
    >>> care = np.arange(20.0)
    >>> told = pd.DataFrame({"care": care, "trust": 2 * care + np.tile([1.0, -1.0, -1.0, 1.0], 5)})
    >>> made = counterfactual_profiles(told, Graph.of(["care", "trust"], [("care", "trust")]), {"care": 0.0})
    >>> made["trust"].head(2).round(6).tolist()
    [1.0, -1.0]
    """
    _, whole, rows = _read(profiles, graph, do, cluster, 0)
    model = fit_linear(rows.names, whole.marks, *moments_under(rows, np.ones((1, rows.lots))))
    names = list(rows.names)
    before = profiles[names].to_numpy(dtype=float)
    places = [names.index(n) for n in do]
    shift = np.zeros_like(before)
    shift[:, places] = np.array(list(do.values())) - before[:, places]
    after = before + shift @ model.total(places)[0]
    known = ~np.isnan(before).any(axis=1)
    made = profiles.copy()
    made[names] = np.where(known[:, None], after, before)
    return made


def _read(
    profiles: pd.DataFrame, graph: Result | Graph, do: Mapping[str, float], cluster: str | None, seed: int
) -> tuple[Graph, Graph, Profiles]:
    drawn = graph if isinstance(graph, Graph) else graph_of(graph)
    if not do:
        raise SpecificationError("nothing is set", parameter="do", got="{}", expected="at least one value")
    require_lead(drawn, list(do))
    whole = require_acyclic(drawn)
    rows = read_profiles(profiles, drawn.names, cluster, np.random.default_rng(seed))
    return drawn, whole, rows


def _moved(
    model: LinearModel, do: Mapping[str, float], against: Mapping[str, float] | None
) -> tuple[Array, Array]:
    """Differences under all sets of weights, and the means of the first under `do`."""
    under = model.under(do)
    base = model.means if against is None else model.under(against)
    return under - base, under[0]
