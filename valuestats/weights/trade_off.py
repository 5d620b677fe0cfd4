"""What one feature is worth in units of another: the value of time, say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, plan_clusters
from valuestats.statistics.fieller import fieller
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import feature_sets
from valuestats.weights.feature_weights import covariance_of
from valuestats.weights.logit import maximise

METHODS = ("delta", "Fieller", "resampled")


@checked
def trade_off(
    choices: Choices,
    features: Sequence[str] | str,
    *,
    of: str,
    per: str,
    factor: float = 1.0,
    unit: str | None = None,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What a unit of one feature is worth in units of another, with three intervals.

    Estimand: :math:`c\,w_a / w_b` of the conditional logit of `valuestats.feature_weights`, c a factor of units (60 of
    minutes to an hour). ``"delta"`` is the Wald interval of the ratio; ``"Fieller"`` the set of ratios r for which
    :math:`w_a - r w_b` is not told from 0, without an end where :math:`w_b` is not told from 0; ``"resampled"`` refits the
    model to resampled units (Student's t with the jackknife's error below 20).

    Parameters
    ----------
    choices, features, unit
        As for `valuestats.feature_weights`; with a `unit` errors are the sandwich over it.
    of, per
        The two features.
    factor
        c.
    replicates, level, seed
        Resamples, probability inside the intervals, seed.

    Returns
    -------
    Result
        Kind ``"trade_off"``, key ``("method",)``; one estimate, three intervals. ``meta["denominator_z"]`` is
        :math:`w_b` over its error: below 3 or so the ratio has hardly a scale.

    Raises
    ------
    SpecificationError
        As for `valuestats.feature_weights`; `of` or `per` not among the features, or the same.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185; Hole (2007), Health Economics 16, 827-840.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import ranking_choices, trade_off
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 2, 2))
    >>> u = x @ [-1.0, -0.5] + rng.gumbel(size=(400, 2))
    >>> frame = pd.DataFrame({"choice": np.repeat(range(400), 2), "option": ["a", "b"] * 400, "time": x[..., 0].ravel(),
    ...     "cost": x[..., 1].ravel(), "chosen": (u == u.max(axis=1, keepdims=True)).astype(int).ravel()})
    >>> found = trade_off(ranking_choices(frame), ["time", "cost"], of="time", per="cost", replicates=50)
    >>> found.estimates["method"].tolist()
    ['delta', 'Fieller', 'resampled']
    """
    started = time.perf_counter()
    sets = feature_sets(choices, features, unit)
    for parameter, name in (("of", of), ("per", per)):
        if name not in sets.names or of == per:
            raise SpecificationError(
                "not one of the features", parameter=parameter, got=name, expected=", ".join(sets.names)
            )
    a, b = sets.names.index(of), sets.names.index(per)
    fit = maximise(sets)
    covariance, degrees = covariance_of(sets, fit, unit is not None)
    point = factor * fit.beta[a] / fit.beta[b]
    v = covariance[np.ix_([a, b], [a, b])]
    slope = np.array([1.0, -fit.beta[a] / fit.beta[b]]) * factor / fit.beta[b]
    error = float(np.sqrt(slope @ v @ slope))
    t = float(stats.t.ppf((1 + level) / 2, degrees)) if degrees >= LEAST - 1 else np.nan
    rows: list[dict[str, Any]] = [
        {
            "method": "delta",
            "std_error": error,
            "lower": point - t * error,
            "upper": point + t * error,
            "interval": "Wald",
        }
    ]
    low, high = fieller(fit.beta[[a, b]], v, t)
    ends = sorted([factor * low, factor * high]) if np.isfinite([low, high]).all() else [-np.inf, np.inf]
    if np.isnan(t):
        ends = [np.nan, np.nan]
    rows.append(
        {"method": "Fieller", "std_error": error, "lower": ends[0], "upper": ends[1], "interval": "Wald"}
    )
    rng = np.random.default_rng(seed)
    plan = plan_clusters(len(sets.units), replicates, rng)
    values = []
    for weights in plan.weights:
        w = maximise(sets, weights=weights[sets.unit], start=fit.beta).beta
        values.append(factor * w[a] / w[b])
    found = plan.finish(np.array(values), np.array(point), len(sets.units), level, what="units")
    rows.append(
        {
            "method": "resampled",
            "std_error": float(found.std_error),
            "lower": float(found.lower),
            "upper": float(found.upper),
            "interval": str(found.interval),
        }
    )
    frame = pd.DataFrame(rows).assign(
        estimand=f"{of} per {per}",
        estimate=point,
        level=level,
        n_scored=len(sets),
        n_asked=sets.asked,
        n_units=len(sets.units),
    )
    meta = make_meta(
        "ratio of two weights of a conditional logit",
        {
            "features": list(sets.names),
            "of": of,
            "per": per,
            "factor": factor,
            "unit": unit or "choice",
            "replicates": replicates,
            "level": level,
        },
        citations=("Fieller (1954)", "Hole (2007), Health Economics 16, 827-840"),
        seed=seed,
        warnings=[*sets.notes(), *found.warnings],
        **sets.noted(),
        seconds=time.perf_counter() - started,
        denominator_z=float(fit.beta[b] / np.sqrt(v[1, 1])),
        log_likelihood=fit.log_likelihood,
    )
    tree = None
    if plan.replicates:
        drawn = np.repeat(found.draws.reshape(-1, 1), len(METHODS), axis=1)
        tree = draws_tree("bootstrap", drawn, {"method": METHODS})
    return Result("trade_off", frame, ("method",), meta, tree)
