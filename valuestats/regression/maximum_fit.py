"""A regression fitted by maximum likelihood as a result: Wald intervals, draws from the normal approximation."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, EffectPriors
from valuestats.regression.effects_report import ReportedTerms, named_codes, reported_terms
from valuestats.regression.fitted import OrdinalFit
from valuestats.regression.maximum import Maximum, maximise
from valuestats.regression.maximum_likelihood import Likelihood
from valuestats.regression.methods import METHODS, MODEL
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

Floats = NDArray[np.float64]
CITATIONS = (
    *MODEL,
    "Christensen, R. H. B. (2018). Cumulative link models for ordinal regression with the R package ordinal.",
    "Pinheiro, J. C. and Bates, D. M. (1995). Approximations to the log-likelihood function in the nonlinear "
    "mixed-effects model. JCGS 4, 12-35.",
    "Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic regression.",
)


_WIDE = 100.0
"""Ends of a standard deviation's interval that lie further apart than so many times say nothing of it."""


def fit_maximum(
    design: EffectsDesign, *, level: float, draws: int, chains: int, seed: int, settings: dict[str, Any]
) -> OrdinalFit:
    """Fit by maximum likelihood; what `valuestats.regression.fit.fit_ordinal` does with ``engine="ml"``."""
    start = time.perf_counter()
    found = maximise(design)
    likelihood = Likelihood(design)
    terms, jacobian = terms_at(likelihood, found)
    drawn = normal_draws(likelihood, found, draws * chains, seed, chains)
    frame = _frame(design, terms, jacobian, found, level)
    notes = list(design.notes)
    spreads = frame[(frame["part"] == "standard deviation") & (frame["estimate"] == 0.0)]["term"]
    notes += [f"{term} is estimated at 0: the answers vary no more than chance over it" for term in spreads]
    notes += [
        f"the standard deviation {row['term']} is hardly identified, {row['estimate']:.2g} [{row['lower']:.2g}, "
        f"{row['upper']:.2g}]: the answers fit almost any; leave the term out, ask more, or take a Bayesian engine, whose "
        "prior bounds it"
        for row in frame[frame["part"] == "standard deviation"].to_dict("records")
        if row["lower"] > 0 and row["upper"] > _WIDE * row["lower"]
    ]
    spec = design.spec
    meta = make_meta(
        f"{spec.family} {spec.link} regression by {METHODS['ml']}",
        {
            **asdict(spec),
            "scale": [int(design.codes[0]), int(design.codes[-1])],
            **settings,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        engine="ml",
        log_likelihood=found.log_likelihood,
        parameters=found.parameters,
        aic=found.aic,
        cells=len(design.counts),
        groups={g.label: len(g.levels) for g in design.groups},
        **named_codes(design),
        seconds=round(time.perf_counter() - start, 3),
    )
    values = reported_terms(design, drawn).values
    tree = draws_tree("bootstrap", values, {"term": list(terms.names)})
    result = Result("ordinal_fit", frame, ("term",), meta, tree)
    return OrdinalFit(result, design, drawn, EffectPriors(), settings, found)


def terms_at(likelihood: Likelihood, found: Maximum) -> tuple[ReportedTerms, Floats]:
    """The reported terms at the maximum, and their derivative by the parameters: they are linear in them."""
    points = np.vstack([found.psi, found.psi + np.eye(likelihood.size)])
    effects = np.tile(found.u, (len(points), 1))
    terms = reported_terms(likelihood.design, likelihood.draws(points, effects))
    return ReportedTerms(terms.names, terms.parts, terms.values[:1]), (terms.values[1:] - terms.values[0]).T


def _frame(
    design: EffectsDesign, terms: ReportedTerms, jacobian: Floats, found: Maximum, level: float
) -> pd.DataFrame:
    estimate = terms.values[0]
    error = np.sqrt(np.einsum("tp,pq,tq->t", jacobian, found.covariance, jacobian))
    reach = norm.ppf(0.5 + 0.5 * level) * error
    lower, upper = estimate - reach, estimate + reach
    spread = np.array([part == "standard deviation" for part in terms.parts])
    # A standard deviation's interval is symmetric on its log; of one at 0 only its upper end is known.
    with np.errstate(all="ignore"):
        ratio = np.exp(np.minimum(reach / estimate, 700.0))
    lower = np.where(spread, np.where(estimate > 0, estimate / ratio, 0.0), lower)
    upper = np.where(spread & (estimate > 0), estimate * ratio, upper)
    spec = design.spec
    return pd.DataFrame(
        {
            "estimand": [f"{part} ({spec.family} {spec.link})" for part in terms.parts],
            "term": terms.names,
            "part": terms.parts,
            "estimate": estimate,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": "Wald",
            "n_scored": float(design.counts.sum()),
            "n_asked": design.asked,
        }
    )


def normal_draws(likelihood: Likelihood, found: Maximum, number: int, seed: int, chains: int) -> EffectDraws:
    """Draws from the estimates' asymptotic normal distribution, in antithetic pairs, the effects given them.

    Of the cumulative family those whose thresholds do not ascend are drawn anew.
    """
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(found.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    kept: list[Floats] = []
    for _ in range(20):
        half = rng.normal(size=((number + 1) // 2, likelihood.size)) @ root.T
        away = np.concatenate([half, -half])
        kept.append(away[_ascending(likelihood, found.psi + away)])
        if sum(map(len, kept)) >= number:
            break
    else:
        raise SpecificationError(
            "the thresholds are too uncertain to draw from their normal distribution",
            parameter="engine",
            got="ml",
            hint="fewer categories, or a Bayesian engine",
        )
    away = np.concatenate(kept)[:number]
    u = found.u + away @ found.moved
    if likelihood.groups.effects:
        _, _, factor = likelihood.mode(found.psi, found.u)
        u = u + factor.drawn(rng.normal(size=(len(found.u), number))).T
    return likelihood.draws(found.psi + away, u, chains)


def _ascending(likelihood: Likelihood, psi: Floats) -> NDArray[np.bool_]:
    if likelihood.design.spec.family != "cumulative":
        return np.ones(len(psi), dtype=bool)
    cut = psi[:, likelihood.parts["cut"]].reshape(len(psi), likelihood.sets, likelihood.steps)
    return np.asarray((np.diff(cut, axis=2) > 0).all(axis=(1, 2)))


def point_of(fit: OrdinalFit) -> EffectDraws | None:
    """The parameters of a maximum-likelihood fit as one draw; None of a Bayesian fit."""
    if fit.maximum is None:
        return None
    return Likelihood(fit.design).draws(fit.maximum.psi[None], fit.maximum.u[None])
