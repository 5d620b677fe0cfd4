"""How far an ordinal regression is to be trusted: prior sensitivity, prior shares, rootograms, ArviZ output."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import polygamma, softmax

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.latent.likelihoods.families import Family, FamilyLink
from valuestats.latent.likelihoods.family_probabilities import (
    induced_moments,
    log_probabilities,
    thresholds_of_shares,
)
from valuestats.regression.effects_draws import EffectPriors, row_log_probabilities
from valuestats.regression.effects_loo import log_prior
from valuestats.regression.effects_report import (
    group_replicates,
    reported_terms,
    rootogram_frame,
)
from valuestats.regression.fitted import OrdinalFit, posterior_of, require_in_formula

if TYPE_CHECKING:
    pass

Floats = NDArray[np.float64]
_SENSITIVE = 0.05  # Kallioinen et al. 2024


@checked
def prior_sensitivity(fit: OrdinalFit, *, most: Annotated[int, Whole(25)] = 2000) -> pd.DataFrame:
    """How far each reported term moves when the prior or the likelihood is made a little stronger or weaker.

    Power-scaling (Kallioinen, Paananen, Bürkner and Vehtari 2024): the sensitivity is the change of the posterior
    (in units where 0.05 is worth a look) per log2 of the power. The priors scaled are those at the top of the model
    (`valuestats.regression.effects_loo.log_prior`).

    Returns
    -------
    pandas.DataFrame
        ``term``, ``prior``, ``likelihood`` and ``diagnosis``: ``"none"``, ``"prior and data disagree"`` or
        ``"strong prior or weak data"``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> prior_sensitivity(fit_ordinal("answer ~ model", data, seed=1))["diagnosis"].unique().tolist()
    ['none']
    """
    import arviz_stats
    import xarray as xr

    posterior_of(fit, "sensitivity to priors")
    few = fit.draws.thinned(most)
    terms = reported_terms(fit.design, few)
    log_p = row_log_probabilities(fit.design, few)
    counts = fit.design.counts
    likelihood = np.where(counts > 0, counts * log_p, 0.0).sum(axis=(1, 2))
    prior = log_prior(fit.design, few, fit.priors)
    coords = {"term": list(terms.names)}
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"reported": (("chain", "draw", "term"), terms.values[None])}, coords),
            "log_prior": xr.Dataset({"prior": (("chain", "draw"), prior[None])}),
            "log_likelihood": xr.Dataset({"answers": (("chain", "draw"), likelihood[None])}),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_prior, by_data = (
            arviz_stats.psense(tree, group=group)["reported"].to_numpy() for group in ("prior", "likelihood")
        )
    frame = pd.DataFrame({"term": terms.names, "prior": by_prior, "likelihood": by_data})
    frame["diagnosis"] = np.select(
        [
            (frame["prior"] >= _SENSITIVE) & (frame["likelihood"] >= _SENSITIVE),
            (frame["prior"] >= _SENSITIVE) & (frame["likelihood"] < _SENSITIVE),
        ],
        ["prior and data disagree", "strong prior or weak data"],
        "none",
    )
    return frame


def with_sensitivity(fit: OrdinalFit) -> OrdinalFit:
    """The fit with the terms that its priors move named in the warnings of its result."""
    frame = prior_sensitivity(fit)
    flagged = frame[frame["diagnosis"] != "none"]
    if flagged.empty:
        return fit
    notes = [
        f"{diagnosis} (power-scaling): {', '.join(part['term'].head(5))}"
        + (f" and {len(part) - 5} more terms" if len(part) > 5 else "")
        for diagnosis, part in flagged.groupby("diagnosis")
    ]
    meta = {**fit.result.meta, "warnings": [*fit.result.meta["warnings"], *notes]}
    return replace(fit, result=replace(fit.result, meta=meta))


def prior_shares(
    categories: int, priors: EffectPriors | None = None, *, draws: int = 4000, seed: int = 0
) -> pd.DataFrame:
    """Category shares before any data, by family: what the default priors hold for likely.

    Parameters
    ----------
    categories
        K.
    priors
        `EffectPriors`; None for the defaults.
    draws
        Prior draws per family.
    seed
        Their seed.

    Returns
    -------
    pandas.DataFrame
        ``prior`` (the Dirichlet that is aimed at, each family's thresholds, and the cumulative logit with a fixed
        effect on top), ``code`` 1..K and the quantiles ``q05``, ``q25``, ``q50``, ``q75``, ``q95`` of the share.

    Examples
    --------
    >>> found = prior_shares(5, draws=500)
    >>> found["prior"].nunique()
    5
    """
    prior = priors or EffectPriors()
    rng = np.random.default_rng(seed)
    steps = categories - 1
    found = {
        f"Dirichlet({prior.concentration:g})": rng.dirichlet(np.full(categories, prior.concentration), draws)
    }
    logs = rng.multivariate_normal(np.zeros(steps), np.eye(steps) + 1.0, draws, method="cholesky")
    logs = np.column_stack([np.zeros(draws), logs * np.sqrt(float(polygamma(1, prior.concentration)))])
    cut = thresholds_of_shares(softmax(logs, axis=1))
    found["cumulative"] = np.exp(log_probabilities(cut))
    known: tuple[tuple[Family, FamilyLink], ...] = (("sequential", "logit"), ("adjacent", "logit"))
    for family, link in known:
        mean, covariance = induced_moments(categories, prior.concentration, family=family, link=link)
        own = rng.multivariate_normal(mean, covariance, draws, method="cholesky")
        found[f"{family} {link}"] = np.exp(log_probabilities(own, family=family, link=link))
    moved = cut - prior.effect * rng.normal(size=(draws, 1))
    found["cumulative logit, one effect"] = np.exp(log_probabilities(moved))
    parts = []
    for name, shares in found.items():
        quantiles = np.quantile(shares, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0).T
        part = pd.DataFrame(quantiles, columns=["q05", "q25", "q50", "q75", "q95"])
        part.insert(0, "code", np.arange(1, categories + 1))
        part.insert(0, "prior", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@checked
def rootogram(fit: OrdinalFit, by: str | None = None, *, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """Observed against replicated counts of each category, for each level of a column.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    by
        A column of the formula, e.g. ``"model"`` or ``"item"``; None for all answers together.
    level
        Probability inside the intervals of the replicated counts.
    seed
        Seed of the replicates.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``code``, ``observed``, ``expected``, ``lower``, ``upper`` (counts; a rootogram shows their square
        roots: Kleiber and Zeileis 2016) and ``outside``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> rootogram(fit_ordinal("answer ~ model", data, seed=1), "model")["outside"].any().item()
    False
    """
    require_in_formula(fit.design, [] if by is None else [by], "by")
    found = group_replicates(fit.design, fit.draws, [by], seed=seed)[by]
    return rootogram_frame(found, fit.design.codes, level)
