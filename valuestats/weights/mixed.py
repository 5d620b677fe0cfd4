"""Mixed logit: weights of features that vary over people, by simulated maximum likelihood."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import drawn_about
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array, FeatureSets, feature_sets
from valuestats.weights.mixed_fit import MixedMaximum, fit_mixed

MEAN, SPREAD = "mean", "spread"


@checked
def mixed_logit(
    choices: Choices,
    features: Sequence[str],
    *,
    unit: str,
    random: Sequence[str] | None = None,
    points: Annotated[int, Whole(16)] = 1024,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What features weigh on average, and how much their weights vary over those who choose.

    Estimands: :math:`\mu` and :math:`\sigma` of independent normal weights :math:`w_u = \mu + \sigma z_u` of each unit u in
    :math:`\prod_u \int \prod_{t\in u} \exp(w_u'x_t)/\sum_o\exp(w_u'x_{to})\;\phi(z)\,dz`; features not in `random` have
    :math:`\sigma = 0`. The integral is the mean over points of a scrambled Sobol sequence, the same for every unit and every
    step (Train 2009), so that the likelihood is smooth; it is maximised by BFGS with analytic gradients from the weights
    of the conditional logit. Errors: the sandwich of the units' scores around the inverse of their sum of squares and a
    difference of gradients (robust to the wrong distribution), Wald with Student's t. A spread's interval holds those
    whose likelihood, whatever the other parameters are, is below the largest by no more than Student's t allows: it begins
    at 0 where no spread at all is as likely, and has no upper end where none is excluded. A spread that gains nothing is 0,
    without an error, and the means are then those without it. Whether a weight varies is the likelihood-ratio test in
    ``p_value`` (half of a chi-squared, as 0 is on the edge).

    Parameters
    ----------
    choices, features, unit
        As for `valuestats.choice_classes`.
    random
        Features whose weights vary; all where omitted.
    points
        Points of the integral; ``meta["error_of_points"]`` is the change of the log likelihood with as many others.
    draws, seed
        Draws from the normal approximation, for contrasts; seed of them and of the points.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"mixed_logit"``, keys ``("feature", "part")``, ``part`` being ``"mean"`` or ``"spread"``; ``positive`` is
        the share of units whose weight is above 0. ``meta`` holds ``log_likelihood``, ``single`` (of the conditional
        logit) and ``bic`` of both.

    Raises
    ------
    SpecificationError
        As for `valuestats.feature_weights`; `random` not among the features; fewer units than parameters; a spread that runs
        off.

    References
    ----------
    Revelt and Train (1998), Review of Economics and Statistics 80, 647-657; Train (2009), Discrete Choice Methods with
    Simulation, 2nd ed., chapters 6 and 9; Self and Liang (1987), Journal of the American Statistical Association 82,
    605-610.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import mixed_logit, ranking_choices
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(800, 2))
    >>> w = np.repeat(1 + 1.5 * rng.normal(size=80), 10)
    >>> first = rng.random(800) < 1 / (1 + np.exp(-w * (x[:, 0] - x[:, 1])))
    >>> frame = pd.DataFrame({"choice": np.repeat(range(800), 2), "option": ["a", "b"] * 800, "x": x.ravel(),
    ...     "who": np.repeat(np.arange(800) // 10, 2), "chosen": np.column_stack([first, ~first]).astype(int).ravel()})
    >>> found = mixed_logit(ranking_choices(frame), ["x"], unit="who", points=64).estimates.set_index("part")
    >>> bool(found.loc["spread", "lower"] < 1.5 < found.loc["spread", "upper"])
    True
    """
    started = time.perf_counter()
    sets = feature_sets(choices, features, unit)
    varied = list(sets.names) if random is None else list(dict.fromkeys(random))
    lost = [name for name in varied if name not in sets.names]
    if lost or not varied:
        raise SpecificationError(
            "not among the features",
            parameter="random",
            got=", ".join(lost) or "none",
            expected=", ".join(sets.names),
        )
    p, n = len(sets.names), len(sets.units)
    which = [sets.names.index(name) for name in varied]
    found = fit_mixed(sets, which, points=points, seed=seed)
    value, single = -found.log_likelihood, found.single
    frame, drawn = _table(sets, which, found, level, draws, seed)
    p_value = dict(zip(varied, found.p_values(), strict=True))
    frame["p_value"] = [
        p_value.get(f, np.nan) if part == SPREAD else np.nan
        for f, part in zip(frame["feature"], frame["part"], strict=True)
    ]
    frame = frame.assign(
        estimand="weight over units: mean and spread",
        level=level,
        n_scored=len(sets),
        n_asked=sets.asked,
        n_units=n,
        df=float(n - 1),
    )
    free = p + len(which)
    notes = sets.notes()
    if n < FEW:
        notes.append(f"{n} units: errors over so few are rough")
    meta = make_meta(
        f"mixed logit, independent normal weights, simulated maximum likelihood over {points} Sobol points",
        {
            "features": list(sets.names),
            "random": varied,
            "unit": unit,
            "points": points,
            "draws": draws,
            "level": level,
        },
        citations=("Revelt & Train (1998)", "Train (2009)", "Self & Liang (1987)"),
        seed=seed,
        warnings=notes,
        **sets.noted(),
        seconds=time.perf_counter() - started,
        log_likelihood=-value,
        single=single,
        bic=[float(-2 * single + p * np.log(n)), float(2 * value + free * np.log(n))],
        error_of_points=found.error_of_points(seed + 1),
        student="df",
    )
    names = list(dict.fromkeys(frame["feature"]))
    values = np.full((draws, len(names), 2), np.nan)
    for number, (feature, part) in enumerate(zip(frame["feature"], frame["part"], strict=True)):
        values[:, names.index(feature), (MEAN, SPREAD).index(part)] = drawn[:, number]
    tree = draws_tree("posterior", values, {"feature": names, "part": [MEAN, SPREAD]})
    return Result("mixed_logit", frame, ("feature", "part"), meta, tree)


def _table(
    sets: FeatureSets, which: list[int], found: MixedMaximum, level: float, draws: int, seed: int
) -> tuple[pd.DataFrame, Array]:
    theta, covariance = found.theta, found.covariance
    p, n = len(sets.names), len(sets.units)
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    t = float(stats.t.ppf((1 + level) / 2, n - 1)) if n >= LEAST else np.nan
    lower, upper = theta - t * error, theta + t * error
    for k in range(len(which)):
        lower[p + k], upper[p + k] = found.spread_interval(k, t) if np.isfinite(t) else (np.nan, np.nan)
    none = theta[p:] == 0
    error[p:][none] = np.nan
    names = [*sets.names, *(sets.names[k] for k in which)]
    sd = {sets.names[k]: theta[p + i] for i, k in enumerate(which)}
    positive = [
        float(stats.norm.cdf(theta[k] / sd[f])) if sd.get(f, 0.0) > 0 else np.nan
        for k, f in enumerate(sets.names)
    ]
    frame = pd.DataFrame(
        {
            "feature": names,
            "part": [MEAN] * p + [SPREAD] * len(which),
            "estimate": theta,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "interval": ["Wald"] * p + ["profile likelihood"] * len(which) if np.isfinite(t) else "none",
            "positive": [*positive, *[np.nan] * len(which)],
        }
    )
    rng = np.random.default_rng(seed)
    drawn = drawn_about(theta, covariance, n - 1, draws, rng)
    if none.any() and np.isfinite(t):  # half a distribution that ends where the interval does
        end = np.where(np.isfinite(upper[p:]), upper[p:], np.nan)[none]
        drawn[:, np.flatnonzero(none) + p] = rng.standard_t(n - 1, size=(draws, int(none.sum()))) * end / t
    drawn[:, p:] = np.abs(drawn[:, p:])
    return frame, drawn
