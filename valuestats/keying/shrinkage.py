"""Empirical-Bayes shrinkage of item-value correlations: what each would be likely to be in more raters."""

from __future__ import annotations

import time
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.keying.spread_of_correlations import Prior, mixture_prior, normal_prior, posterior
from valuestats.results.meta import make_meta
from valuestats.results.result import Result

Shape = Literal["mixture", "normal"]

FIELLER = 1.06
"""Variance of Fisher's z of a Spearman correlation times n - 3 (Fieller, Hartley and Pearson 1957)."""


def z_error(n: np.ndarray, method: str) -> np.ndarray:
    """Standard error of Fisher's z that doesn't depend on r: Fieller's for ranks, Fisher's otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> z_error(np.array([28.0]), "pearson")
    array([0.2])
    """
    variance = FIELLER if method == "spearman" else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 3, np.sqrt(variance / (n - 3)), np.nan)


def fit_prior(z: np.ndarray, error: np.ndarray, shape: Shape) -> Prior:
    """The prior of one family of correlations, by its shape."""
    return mixture_prior(z, error) if shape == "mixture" else normal_prior(z, error)


@checked
def shrink_correlations(
    correlations: Result, *, prior: Shape = "mixture", threshold: float = 0.30, level: float = 0.95
) -> Result:
    r"""Posterior of every item-value correlation, given how the correlations of its family are spread.

    Estimand: the correlation in the population of raters. With :math:`z = \operatorname{artanh} r`,
    :math:`z_i \sim N(\zeta_i, s_i^2)`, :math:`s_i^2 = 1.06/(n_i - 3)` for ranks (Fieller, Hartley and Pearson
    1957) and :math:`1/(n_i - 3)` for Pearson's r, and :math:`\zeta_i` drawn from one prior per family: a point
    at zero with normals about zero of several SDs (``"mixture"``, Stephens 2017), or a single normal
    (``"normal"``, Efron and Morris 1973). The prior is estimated from the same correlations and then taken as
    known; errors of items rated by the same raters are taken as independent.

    Parameters
    ----------
    correlations
        What `item_values` returned, ``method="spearman"`` or ``"pearson"``.
    prior
        The prior's shape.
    threshold
        Bound whose exceedance is asked for.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"shrunken_item_values"``, keys ``item, family, dimension``: posterior mean, SD and equal-tailed
        interval of the correlation; besides, ``r`` (as found), ``probability_above`` and ``probability_below``
        (the true correlation lies above ``threshold``, below ``-threshold``) and ``false_sign_rate``. Null
        where the correlation is, or where fewer than four raters stand behind it.

    Raises
    ------
    SpecificationError
        Polyserial or polychoric correlations, an unknown shape, or a family with no correlation that could be used.

    References
    ----------
    Efron and Morris (1973); Stephens (2017), False discovery rates: a new deal, Biostatistics 18, 275-294.

    Examples
    --------
    >>> from valuestats import item_values, read_ratings, shrink_correlations
    >>> ratings = read_ratings("data/demo/ratings.csv.gz", values="data/demo/respondent_values.csv.gz", scale=(1, 6))
    >>> shrunk = shrink_correlations(item_values(ratings)).estimates
    >>> shrunk.loc[shrunk["r"].idxmax(), ["r", "estimate", "probability_above"]].astype(float).round(2).tolist()
    [0.66, 0.63, 1.0]
    """
    started = time.perf_counter()
    method = correlations.meta["specification"].get("method", "spearman")
    if method not in ("spearman", "pearson"):
        raise SpecificationError(
            f"the error of a {method} correlation has no form that this prior could use",
            parameter="correlations",
            got=method,
            expected="spearman or pearson",
        )
    if prior not in ("mixture", "normal"):
        raise SpecificationError("no such prior", parameter="prior", got=prior, expected="mixture or normal")
    if not 0 <= threshold < 1:
        raise SpecificationError(
            "impossible threshold", parameter="threshold", got=threshold, expected="in [0, 1)"
        )
    frame = correlations.estimates
    found = frame[["item", "family", "dimension", "n_scored", "n_asked"]].assign(r=frame["estimate"])
    columns = ["estimate", "std_error", "lower", "upper", "probability_above", "probability_below"]
    found[[*columns, "false_sign_rate"]] = np.nan
    # an r of 1 would be infinitely far out; half the distance to the next possible rank correlation isn't
    z = np.arctanh(np.clip(frame["estimate"].to_numpy(dtype=float), -0.999, 0.999))
    error = z_error(frame["n_scored"].to_numpy(dtype=float), method)
    bound, tail = float(np.arctanh(threshold)), (1 - level) / 2
    priors: dict[str, Any] = {}
    for family in dict.fromkeys(frame["family"]):
        rows = np.flatnonzero((frame["family"] == family).to_numpy() & ~np.isnan(z) & ~np.isnan(error))
        if len(rows) == 0:
            raise SpecificationError(
                "no correlation of this family can be used",
                parameter="correlations",
                got=family,
                expected="correlations over at least four raters",
            )
        fitted = fit_prior(z[rows], error[rows], prior)
        after = posterior(z[rows], error[rows], fitted)
        mean, sd = after.correlation()
        values = {
            "estimate": mean,
            "std_error": sd,
            "lower": np.tanh(after.quantile(tail)),
            "upper": np.tanh(after.quantile(1 - tail)),
            "probability_above": after.above(bound),
            "probability_below": after.below(-bound),
            "false_sign_rate": after.false_sign_rate(),
        }
        for name, value in values.items():
            found.loc[found.index[rows], name] = value
        priors[str(family)] = {
            "centre": fitted.centre,
            "sd": fitted.sd.tolist(),
            "weight": fitted.weight.tolist(),
        }
    found.insert(0, "estimand", f"{frame['estimand'].iloc[0]}, shrunken")
    found["level"], found["interval"] = level, "posterior, equal-tailed"
    meta = make_meta(
        f"Empirical Bayes on Fisher's z, one {prior} prior per family",
        {"prior": prior, "threshold": threshold, "level": level, "method": method},
        citations=[
            "Efron & Morris (1973), JASA 68, 117-130",
            "Stephens (2017), Biostatistics 18, 275-294",
            "Fieller, Hartley & Pearson (1957), Biometrika 44, 470-481",
        ],
        warnings=correlations.meta.get("warnings", []),
        seconds=time.perf_counter() - started,
        priors=priors,
    )
    return Result("shrunken_item_values", pd.DataFrame(found), ("item", "family", "dimension"), meta)
