"""Weights of features behind choices: free, none below zero, or on the simplex."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import POSITIVE
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.latent.sampling import Sampling, Settings, formerly_apart, settings
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import drawn_about
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array, FeatureSets, feature_sets
from valuestats.weights.logit import Fitted, collinearity, log_probabilities, maximise
from valuestats.weights.slice_sampler import slice_draws

Constraint = Literal["free", "nonnegative", "simplex"]
CITATIONS = ("Bradley & Terry (1952)", "McFadden (1974)", "Neal (2003), Annals of Statistics 31, 705-767")
PRIOR = 2.5


@formerly_apart
@checked
def feature_weights(
    choices: Choices,
    features: Sequence[str] | str,
    *,
    constraint: Constraint = "free",
    prior_sd: Annotated[float, POSITIVE] | None = None,
    unit: str | None = None,
    sampling: Sampling | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What each feature of an option weighs for those who choose.

    Estimand: :math:`w` in :math:`P(\text{o is taken}) = \exp(w'x_o) / \sum_{o'}\exp(w'x_{o'})` over the options offered; of
    pairs that is Bradley and Terry's model on differences of features. The likelihood, and the formula if one is given, are
    those of `valuestats.fit_choice`, which has ties, outcomes and effects of groups but no bounds.

    ``"free"`` without a prior is maximum likelihood, with Wald intervals or, given a `unit`, the sandwich over units (factor
    G/(G-1), Student's t). Otherwise it is the posterior: normal priors, cut at zero for ``"nonnegative"``; on the
    ``"simplex"`` :math:`w = s v` with :math:`v` uniform on the simplex and a half-normal scale s, so that the estimates are
    shares of the whole, of features that are measured on one scale. A prior's standard deviation is `prior_sd` logits for
    one standard deviation of the feature's differences.

    Parameters
    ----------
    choices
        One option taken in each valid choice.
    features
        Numeric columns that differ between the options of a choice; or a formula as `valuestats.fit_choice` takes it,
        ``"utility ~ option:condition + price + position"``, without effects of groups. ``position`` is 1 for the option
        shown first in both, so that a weight above 0 means that being shown first adds.
    constraint, prior_sd
        As above; `prior_sd` is 2.5 where a posterior is asked for without one.
    unit
        Column of the choice whose choices depend on each other (the person); for maximum likelihood.
    sampling
        `Sampling`: `draws` of each chain (1,000 if not given), those thrown away before (200), and chains (4).
    level, seed
        Probability inside the intervals; seed of the draws.

    Returns
    -------
    Result
        Kind ``"feature_weights"``, key ``("feature",)``: ``estimate`` (maximum, or posterior mean, of a unit of the
        feature), ``per_sd`` (the same of a standard deviation of what the options of a choice differ by, about 0: the
        footing on which weights of features in unlike units are compared), ``inflation`` (variance inflation of the
        differences), ``df`` (of Student's t; null without units). ``meta`` holds ``condition`` (number of their
        correlation), ``log_likelihood`` at the estimates, ``scale`` (of the simplex, with its interval), ``covariance`` (of
        a maximum), ``gate`` (of a posterior).

    Raises
    ------
    SpecificationError
        A feature that the table lacks or that never differs, ties, features that can't be told apart without a prior, a
        unit beside a posterior.
    InputError
        A feature that is no number, by row.

    References
    ----------
    Bradley and Terry (1952); McFadden (1974); Neal (2003).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import feature_weights, ranking_choices
    >>> frame = pd.DataFrame({"choice": [1, 1, 2, 2, 3, 3], "option": list("ababab"), "chosen": [1, 0, 1, 0, 0, 1]})
    >>> taste = ranking_choices(frame.assign(sugar=[1.0, 0, 1, 0, 1, 0]))
    >>> feature_weights(taste, ["sugar"]).estimates["estimate"].round(3).tolist()
    [0.693]
    """
    started = time.perf_counter()
    sets = feature_sets(choices, features, unit)
    chosen = settings(sampling, "feature_weights", least=50, draws=1000, tune=200, chains=4)
    posterior = constraint != "free" or prior_sd is not None
    if posterior and unit is not None:
        raise SpecificationError(
            "a posterior takes choices as independent",
            parameter="unit",
            got=unit,
            expected="no unit, or constraint='free' without prior_sd",
        )
    inflation, condition = collinearity(sets)
    more: dict[str, Any] = {"condition": condition}
    names = list(sets.names)
    if posterior:
        table, tree, found = _posterior(sets, constraint, prior_sd or PRIOR, chosen, level, seed)
        more |= found
    else:
        fit = maximise(sets)
        covariance, degrees = covariance_of(sets, fit, unit is not None)
        table, drawn = _wald(fit, covariance, degrees, level, chosen.draws * chosen.chains, seed)
        tree = draws_tree("posterior", drawn, {"feature": names})
        more |= {"covariance": covariance.tolist(), "log_likelihood": fit.log_likelihood}
    notes = sets.notes()
    if unit is not None and len(sets.units) < FEW:
        notes.append(f"{len(sets.units)} units: errors over so few are rough")
    frame = table.assign(
        estimand="weight (logits)" if constraint != "simplex" else "share of the weights",
        feature=names,
        level=level,
        n_scored=len(sets),
        n_asked=sets.asked,
        n_units=len(sets.units),
        per_sd=table["estimate"] * np.sqrt((sets.differences**2).mean(axis=0)),
        inflation=inflation,
    )
    meta = make_meta(
        "conditional logit in features, "
        + (f"posterior by slices ({constraint})" if posterior else "maximum likelihood"),
        {
            "features": features if isinstance(features, str) else names,
            "constraint": constraint,
            "prior_sd": (prior_sd or PRIOR) if posterior else None,
            "unit": unit or "choice",
            "draws": chosen.draws,
            "chains": chosen.chains,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        **sets.noted(),
        seconds=time.perf_counter() - started,
        student="df",
        **more,
    )
    return Result("feature_weights", frame, ("feature",), meta, tree)


def covariance_of(sets: FeatureSets, fit: Fitted, clustered: bool) -> tuple[Array, float]:
    """Covariance of a maximum, and the degrees of freedom of its intervals."""
    if not clustered:
        return fit.covariance, np.inf
    n = len(sets.units)
    if n < 2:
        raise SpecificationError("one unit has no spread", parameter="unit", got=sets.units[0])
    sums = np.zeros((n, len(fit.beta)))
    np.add.at(sums, sets.unit, fit.scores)
    return fit.covariance @ (sums.T @ sums) @ fit.covariance * n / (n - 1), n - 1


def _wald(
    fit: Fitted, covariance: Array, degrees: float, level: float, draws: int, seed: int
) -> tuple[pd.DataFrame, Array]:
    error = np.sqrt(np.diag(covariance))
    reach = np.nan if degrees < LEAST - 1 else stats.t.ppf((1 + level) / 2, degrees)
    table = pd.DataFrame(
        {
            "estimate": fit.beta,
            "std_error": error,
            "lower": fit.beta - reach * error,
            "upper": fit.beta + reach * error,
            "interval": "Wald" if np.isfinite(reach) else "none",
            "df": degrees if np.isfinite(degrees) else np.nan,
        }
    )
    return table, drawn_about(fit.beta, covariance, degrees, draws, np.random.default_rng(seed))


@dataclass(frozen=True)
class Prior:
    """Log density of the weights before any choice, up to a constant."""

    constraint: Constraint
    precision: Array
    scale_precision: float

    def __call__(self, w: Array) -> Array:
        """Of weights ``(chains, features)``."""
        if self.constraint != "simplex":
            return np.asarray(-0.5 * (w**2 * self.precision).sum(axis=-1))
        s = np.maximum(w.sum(axis=-1), 1e-300)
        return np.asarray(-0.5 * s**2 * self.scale_precision - (w.shape[-1] - 1) * np.log(s))


def prior_of(sets: FeatureSets, constraint: Constraint, sd: float) -> Prior:
    """The prior that `sd` logits for one standard deviation of the differences stand for."""
    d = sets.differences
    spread = np.sqrt((d**2).mean(axis=0))
    whole = float(np.sqrt((d.mean(axis=1) ** 2).mean()))
    return Prior(constraint, (spread / sd) ** 2, (whole / sd) ** 2)


def _posterior(
    sets: FeatureSets,
    constraint: Constraint,
    sd: float,
    chosen: Settings,
    level: float,
    seed: int,
) -> tuple[pd.DataFrame, Any, dict[str, Any]]:
    import xarray as xr

    prior = prior_of(sets, constraint, sd)
    rng = np.random.default_rng(seed)
    centre = maximise(sets, precision=float(np.mean(prior.precision)) + 1e-6)
    bounded = constraint != "free"
    start = rng.multivariate_normal(centre.beta, centre.covariance, size=chosen.chains)
    if bounded:
        start = np.maximum(np.abs(start), 1e-3 * np.sqrt(np.diag(centre.covariance)))
    w = slice_draws(
        lambda b: log_probabilities(sets, b).sum(axis=-1) + prior(b),
        start,
        centre.covariance,
        above_zero=bounded,
        draws=chosen.draws,
        tune=chosen.tune,
        rng=rng,
    )
    scale = w.sum(axis=2)
    shown = w / scale[:, :, None] if constraint == "simplex" else w
    coords = {"feature": list(sets.names)}
    chained = xr.Dataset({"estimate": (("chain", "draw", "feature"), shown)}, coords=coords)
    gate = chosen.gate.judge(xr.DataTree(children={"posterior": xr.DataTree(chained)}), ["estimate"])
    flat = shown.reshape(-1, shown.shape[2])
    lower, upper = equal_tailed(flat, level)
    table = pd.DataFrame(
        {
            "estimate": flat.mean(axis=0),
            "std_error": flat.std(axis=0, ddof=1),
            "lower": lower,
            "upper": upper,
            "interval": "posterior, equal-tailed",
            "df": np.nan,
        }
    )
    more: dict[str, Any] = {
        "gate": gate,
        "log_likelihood": float(log_probabilities(sets, w.reshape(flat.shape).mean(axis=0)).sum()),
    }
    if constraint == "simplex":
        ends = equal_tailed(scale.reshape(-1), level)
        more["scale"] = {"estimate": float(scale.mean()), "lower": float(ends[0]), "upper": float(ends[1])}
    return table, draws_tree("posterior", flat, coords), more
