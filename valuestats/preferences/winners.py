"""The best of several conditions, picked on the data that it is then judged by."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.optimize import brentq

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, levels_of
from valuestats.preferences.outcomes import outcomes_of, require_conditions
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.tables.choosers import taken_together
from valuestats.tables.far_codes import far_notes

Array = NDArray[np.float64]
_DRAWS = 20_000
"""Draws for the largest of several correlated normal deviates."""
CITATIONS = (
    "Andrews, Kitagawa & McCloskey (2024), Inference on Winners, Quarterly Journal of Economics 139, 305-358",
)


@checked
def best_of_k(
    outcomes: pd.DataFrame,
    *,
    against: str | None = None,
    condition: str = "condition",
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""The condition with the highest mean outcome, with what picking it added taken off.

    Estimand: :math:`\mu_{\hat k}`, the true mean (or, with `against`, the true mean difference to that condition on the same
    items) of the condition :math:`\hat k` whose estimate is the highest. Its own estimate is too high on average, since a
    condition is picked for its luck as well. With estimates :math:`X \sim N(\mu, \Sigma)`, given that k won and what is
    independent of :math:`X_k`, :math:`X_k` is normal truncated to the values with which it wins; the hybrid estimate and
    interval of Andrews, Kitagawa and McCloskey (2024) invert that distribution, cut to the simultaneous interval of
    probability :math:`1 - \beta` with :math:`\beta = (1 - \text{level})/10`: median-unbiased up to :math:`\beta/2`, with at
    least the coverage of the level, and never much longer than the simultaneous interval. :math:`\Sigma` is that of means
    over clusters with the factor C/(C-1).

    Parameters
    ----------
    outcomes
        ``item``, the condition, ``value``; optionally ``cluster`` and ``epoch``. Items that lack a condition are left out,
        so that all are judged on the same.
    against
        A condition that is no candidate, from which the differences are taken.
    condition
        Name of the column.
    level, seed
        Of the interval and of the draws of its simultaneous part.

    Returns
    -------
    Result
        Kind ``"best_of_k"``, key ``condition``: all candidates with their plain ``estimate`` and interval, ``place``, and
        for the one that won ``corrected``, ``corrected_lower``, ``corrected_upper`` and ``inflation`` (plain less it).

    Raises
    ------
    SpecificationError
        Fewer than two candidates, or fewer than four clusters with all conditions.

    References
    ----------
    Andrews, Kitagawa and McCloskey (2024).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"item": np.tile(np.arange(50), 8), "condition": np.repeat(list("abcdefgh"), 50),
    ...     "value": rng.random(400) < 0.5})
    >>> won = best_of_k(frame).estimates.iloc[0]
    >>> won["condition"], bool(won["corrected"] < won["estimate"])
    ('f', True)
    """
    started = time.perf_counter()
    data = outcomes_of(outcomes, condition, None)
    if against is not None:
        require_conditions(data.table, [against], "against")
    wide = data.table.pivot(index="item", columns="condition", values="value")
    whole = wide.notna().all(axis=1)
    kept = wide[whole]
    candidates = [c for c in wide.columns if c != against]
    if len(candidates) < 2:
        raise SpecificationError(
            "one condition can't be the best of several",
            parameter="outcomes",
            got=", ".join(map(str, wide.columns)),
            expected="two candidates or more",
        )
    cluster, _ = pd.factorize(data.cluster.reindex(kept.index).to_numpy())
    n = int(cluster.max()) + 1 if len(cluster) else 0
    if n < LEAST:
        raise SpecificationError(
            "too few items with all conditions",
            parameter="outcomes",
            got=f"{levels_of(n, data.unit)} of {len(wide)} items",
            expected=f"{LEAST} or more",
        )
    y = kept[candidates].to_numpy() - (0.0 if against is None else kept[[against]].to_numpy())
    x = y.mean(axis=0)
    covariance = mean_covariance(y, cluster)
    t = special.stdtrit(n - 1, (1 + level) / 2)
    error = np.sqrt(np.diag(covariance))
    order = np.argsort(-x, kind="stable")
    best = int(order[0])
    middle, low, high = hybrid(x, covariance, best, n - 1, level, np.random.default_rng(seed))
    frame = pd.DataFrame(
        {
            "estimand": "mean outcome" if against is None else f"mean difference to {against}",
            "condition": candidates,
            "estimate": x,
            "std_error": error,
            "lower": x - t * error,
            "upper": x + t * error,
            "level": level,
            "interval": "Wald",
            "n_scored": len(kept),
            "n_asked": len(wide),
            "n_units": n,
        }
    ).iloc[order]
    frame["place"] = np.arange(1, len(frame) + 1)
    for name, value in {
        "corrected": middle,
        "corrected_lower": low,
        "corrected_upper": high,
        "inflation": x[best] - middle,
    }.items():
        frame[name] = [value] + [np.nan] * (len(frame) - 1)
    notes = [*taken_together(outcomes, condition), *far_notes(outcomes["value"], "outcome")]
    if np.isnan(middle) and error[best] > 0:
        notes.append(
            "another candidate is as good as the best: no corrected estimate, and a simultaneous interval"
        )
    if len(kept) < len(wide):
        notes.append(
            f"{counted(len(wide) - len(kept), 'item')} of {len(wide)} lack a condition and are left out"
        )
    if n < FEW:
        notes.append(
            f"{levels_of(n, data.unit)}: the correction is of normal estimates, which so few are not"
        )
    meta = make_meta(
        "hybrid inference on the winner",
        {"against": against, "level": level, "unit": data.unit, "candidates": len(candidates)},
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    return Result("best_of_k", frame.reset_index(drop=True), ("condition",), meta)


def mean_covariance(y: Array, cluster: NDArray[np.int64]) -> Array:
    """Covariance of the means of columns over rows in clusters, with the factor C/(C-1).

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[1.0], [2.0], [4.0]])
    >>> bool(np.isclose(mean_covariance(y, np.arange(3))[0, 0], y.var(ddof=1) / 3))
    True
    """
    n = int(cluster.max()) + 1
    sums = np.zeros((n, y.shape[1]))
    np.add.at(sums, cluster, (y - y.mean(axis=0)) / len(y))
    return np.asarray(sums.T @ sums * n / (n - 1))


def hybrid(
    x: Array, covariance: Array, best: int, degrees: float, level: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Median-unbiased estimate and interval of the winner's mean (Andrews, Kitagawa and McCloskey 2024, hybrid).

    Parameters
    ----------
    x, covariance
        Estimates and their covariance.
    best
        Number of the winner.
    degrees
        Of freedom of the covariance, for the simultaneous interval.
    level
        Of the interval.
    rng
        For the critical value of the simultaneous interval.

    Returns
    -------
    tuple of float
        Estimate and ends; where another candidate is as good there is no estimate, and the ends are simultaneous.
    """
    spread = float(np.sqrt(covariance[best, best]))
    if not spread > 0:
        return float(x[best]), np.nan, np.nan
    low, high = truncation(x, covariance, best)
    if min(x[best] - low, high - x[best]) < 1e-9 * spread:
        reach = _largest(covariance, degrees, level, rng) * spread
        return np.nan, float(x[best] - reach), float(x[best] + reach)
    beta = (1 - level) / 10
    reach = _largest(covariance, degrees, 1 - beta, rng) * spread
    tail = (1 - level - beta) / (2 * (1 - beta))
    ends = [_solve(float(x[best]), spread, low, high, reach, share) for share in (0.5, 1 - tail, tail)]
    return ends[0], ends[1], ends[2]


def truncation(x: Array, covariance: Array, best: int) -> tuple[float, float]:
    """Between which values of the winner's estimate it wins, given what is independent of it.

    Examples
    --------
    >>> import numpy as np
    >>> truncation(np.array([2.0, 1.0]), np.eye(2), 0)
    (1.0, inf)
    """
    slope = covariance[:, best] / covariance[best, best]
    rest = x - slope * x[best]
    others = np.arange(len(x)) != best
    below, above = others & (slope < 1 - 1e-12), others & (slope > 1 + 1e-12)
    low = (rest[below] / (1 - slope[below])).max() if below.any() else -np.inf
    high = (rest[above] / (1 - slope[above])).min() if above.any() else np.inf
    return float(min(low, x[best])), float(max(high, x[best]))


def _largest(covariance: Array, degrees: float, probability: float, rng: np.random.Generator) -> float:
    """Quantile of the largest absolute deviate of a multivariate t with this correlation."""
    spread = np.sqrt(np.diag(covariance))
    used = spread > 0
    correlation = covariance[np.ix_(used, used)] / np.outer(spread[used], spread[used])
    values, vectors = np.linalg.eigh(correlation)
    normal = rng.normal(size=(_DRAWS, used.sum())) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    scale = np.sqrt(degrees / rng.chisquare(degrees, _DRAWS))
    return float(np.quantile(np.abs(normal).max(axis=1) * scale, probability))


def _solve(x: float, spread: float, low: float, high: float, reach: float, share: float) -> float:
    """The mean under which the winner's estimate lies below x with this probability, falling in the mean."""

    def excess(mean: float) -> float:
        a, b = max(low, mean - reach), min(high, mean + reach)
        return _below(x, mean, spread, a, b) - share

    slack = 1e-9 * spread
    return float(brentq(excess, x - reach + slack, x + reach - slack))


def _below(x: float, mean: float, spread: float, a: float, b: float) -> float:
    """Distribution function of the truncated normal, by whichever tail keeps its digits."""
    za, zx, zb = ((v - mean) / spread for v in (a, x, b))
    if za > 0:
        za, zx, zb = -zb, -zx, -za
        return 1.0 - _share(za, zx, zb)
    return _share(za, zx, zb)


def _share(za: float, zx: float, zb: float) -> float:
    bottom, top, whole = (float(special.log_ndtr(z)) for z in (za, zx, zb))
    above = -np.expm1(bottom - top) * np.exp(top - whole)
    return float(above / -np.expm1(bottom - whole))
