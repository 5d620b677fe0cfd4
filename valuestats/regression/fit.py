"""Ordinal regressions by formula: fixed effects, crossed groups, thresholds per group, unequal variances."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.families import Family, FamilyLink
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.regression.answer_labels import Scale
from valuestats.regression.effects_design import EffectsDesign, build_effects
from valuestats.regression.effects_draws import EffectDraws, EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_rows import PRIOR_DECIDES, Unidentified
from valuestats.regression.fitted import OrdinalFit
from valuestats.regression.methods import APPROXIMATION, METHODS, MODEL
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed

if TYPE_CHECKING:
    from valuestats.latent.gate import Gate

FitEngine = Literal["auto", "laplace", "hmc", "nuts", "ml"]
CITATIONS = (
    *MODEL,
    "Bürkner, P.-C. and Vuorre, M. (2019). Ordinal regression models in psychology: a tutorial. AMPPS 2, 77-101.",
    "Betancourt, M. (2019). Ordinal regression. (Induced Dirichlet prior of thresholds.)",
    *APPROXIMATION,
)


@formerly_apart
@checked
def fit_ordinal(
    formula: str | OrdinalSpec,
    data: Any,
    *,
    family: Family = "cumulative",
    link: FamilyLink = "logit",
    thresholds: str | None = None,
    discrimination: str | None = None,
    disc: str | None = None,
    scale: Scale | None = None,
    priors: EffectPriors | Literal["wide"] | None = None,
    engine: FitEngine = "auto",
    unidentified: Unidentified = "error",
    sampling: Sampling | None = None,
    seed: int = 0,
    level: float = 0.95,
    sensitivity: bool = False,
    progress: bool = False,
) -> OrdinalFit:
    """Fit an ordinal regression that a formula describes.

    The location of an answer is ``eta = x' beta + sum_g z_g' u_g + sum_c f_c(x)``; the family turns its distances to the
    thresholds into category probabilities (`valuestats.latent.likelihoods.families.cell_derivatives`). Rows that
    share all their covariates are counted into one cell first.

    Parameters
    ----------
    formula
        Fixed effects as in R: ``+ - * / : ^`` (``model*value``, ``model/x``), ``C(model, Sum)`` for sum-to-zero coding,
        the functions ``log exp sqrt abs I center scale standardize poly bs cr`` of numbers (``I(x^2)``, ``poly(x, 2)``,
        natural splines ``cr(x, df=3)``), ``offset(x)`` with a coefficient of 1; and beside them ``(1|item)`` (varying
        intercepts), ``(x|item)`` (with slopes, correlated: LKJ prior), ``(x||item)`` (uncorrelated), ``(1|model:item)``
        (a combination of columns), ``(1|item/wording)`` (nested), ``mo(effort)`` (monotonic in an ordered number),
        ``rw1(time)``, ``rw2(time)`` and ``s(x, df=9)`` (curves: random walks of first and second order, a penalised cubic
        spline; with ``by=model`` one for each level, of one spread; docs/ordinal-regression.md),
        ``cs(x)`` (category-specific; of the families ``adjacent`` and ``sequential``; under ``cumulative`` relax a
        factor by `thresholds`). The thresholds are the intercept. A column of any name is written `` `like this` `` or
        ``Q('like this')``. The formula is parsed, never run: what is not in this list is refused by name. An
        `OrdinalSpec` says all of it in one object.
    data
        `Responses` or a frame with the columns of the formula; ``count`` makes a row stand for so many answers; rows
        with a status other than ``valid`` count as asked only.
    family, link
        ``cumulative`` (logit, probit, cloglog), ``sequential`` (the same) or ``adjacent`` (logit).
    thresholds
        Column each of whose levels has its own thresholds, partially pooled (not pooled by ``"ml"``).
    discrimination
        Column each of whose levels has its own discrimination; with ``thresholds`` of the same column and
        ``(1|respondent)`` the graded response model (Samejima 1969).
    disc
        Formula of the log discrimination, e.g. ``"~ model"``: models answer with unequal variance.
    scale
        Lowest and highest code; or the words of the scale from low to high (codes from 1) or an `AnswerScale`, where
        the answers are texts. Ordered Categoricals are numbered from 1 in their order. The observed range of the codes
        if not given. What codes are called is kept in ``meta["labels"]``.
    priors
        `EffectPriors`; None for the defaults, which shrink (docs/ordinal-regression.md shows what they hold for likely, and
        `OrdinalFit.shrinkage` how far they pull each term); ``"wide"`` for priors that hardly do. ``meta`` repeats them.
    engine
        ``"laplace"``, ``"hmc"``, ``"nuts"`` or ``"auto"``, as in `valuestats.value_profile`; of them only ``nuts`` has
        correlated effects, ``discrimination``, ``disc``, ``mo()`` and ``cs()``. ``"ml"``: maximum likelihood without
        priors, group effects integrated out by Laplace's method, Wald intervals (`profile_intervals` for others),
        ``aic`` in ``meta`` and `likelihood_ratio_test`; it has ``disc`` and ``cs()``. Its replicates are drawn from the
        estimates' normal distribution.
    unidentified
        ``"error"`` refuses unused categories, separated levels and aliased effects; ``"warn"`` lets the prior decide.
    sampling
        `Sampling`: draws, adaptation, chains, target acceptance and gate (docs/sampling.md).
    seed, progress
        Of all random numbers; whether to show progress on standard error.
    level
        Probability inside the equal-tailed intervals.
    sensitivity
        Whether to look how far the priors move the terms (`prior_sensitivity`) and warn of those they do.

    Returns
    -------
    OrdinalFit
        Its ``result`` has the kind ``"ordinal_fit"`` and the key ``term``: fixed effects (a positive one moves answers
        up), thresholds at covariates of 0, standard deviations and correlations of group effects; column ``part``.
        ``meta`` holds priors, engine, gate and predictive p-values.

    Raises
    ------
    InputError
        A column is missing.
    SpecificationError
        A formula that can't be read, nulls in covariates, a factor of one level, what `unidentified` refuses; under
        ``"ml"`` separated data, which have no maximum.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> fit = fit_ordinal("answer ~ model", data, seed=1)
    >>> bool(fit.estimates.set_index("term").loc["model[b]", "lower"] > 0)
    True
    """
    from valuestats.latent.engines import with_weights
    from valuestats.latent.gate import needs_more
    from valuestats.regression.effects_engines import effects_fits

    start = time.perf_counter()
    spec = (
        formula
        if isinstance(formula, OrdinalSpec)
        else OrdinalSpec(formula, family, link, thresholds, discrimination, disc)
    )
    try:
        design = build_effects(data, spec, scale=scale, unidentified=unidentified)
    except SpecificationError as error:
        if engine == "ml" and error.hint == PRIOR_DECIDES:  # there is none
            error.hint = f'a Bayesian engine has a prior: engine="laplace", {PRIOR_DECIDES}'
        raise
    if design.specific_names and spec.family == "cumulative":
        raise SpecificationError(
            "category-specific effects of numbers can make cumulative probabilities fall",
            parameter="formula",
            got=spec.formula,
            expected='family="adjacent" or "sequential"',
            hint="a factor is relaxed by thresholds=<its column>",
        )
    chosen = settings(sampling, "fit_ordinal", least=25, draws=700, tune=300, chains=4, target_accept=None)
    if engine == "ml":
        return _by_maximum(
            design, priors, unidentified, chosen.draws, chosen.chains, seed, level, sensitivity=sensitivity
        )
    prior = _priors(priors)
    sampled: dict[str, Any] = {
        "draws": chosen.draws,
        "tune": chosen.tune,
        "chains": chosen.chains,
        "seed": seed,
        "target_accept": chosen.target_accept,
    }
    for fitted in effects_fits(design, prior, engine, progress=progress, **sampled):
        result = _result(design, fitted.draws, fitted.fit, prior, chosen.gate, level, seed, sampled, engine)
        if not needs_more(result.meta["gate"]):
            break
    verdict = with_weights(result.meta["gate"], fitted.fit)
    meta = {**result.meta, "gate": verdict, "seconds": round(time.perf_counter() - start, 2)}
    done = OrdinalFit(replace(result, meta=meta), design, fitted.draws, prior, {**sampled, "engine": engine})
    if not sensitivity:
        return done
    from valuestats.regression.checks import with_sensitivity

    return with_sensitivity(done)


def _priors(given: EffectPriors | Literal["wide"] | None) -> EffectPriors:
    if given is None:
        return EffectPriors()
    return EffectPriors.wide() if given == "wide" else given


def _by_maximum(
    design: EffectsDesign,
    priors: object,
    unidentified: Unidentified,
    draws: int,
    chains: int,
    seed: int,
    level: float,
    *,
    sensitivity: bool,
) -> OrdinalFit:
    from valuestats.regression.maximum_fit import fit_maximum

    given = {
        "priors": priors is not None,
        "sensitivity": sensitivity,
        "unidentified": unidentified != "error",
    }
    if any(given.values()):
        raise SpecificationError(
            "maximum likelihood has no priors",
            parameter="engine",
            got=f'"ml" with {", ".join(name for name, there in given.items() if there)}',
            hint="leave that out, or take a Bayesian engine",
        )
    settings = {"engine": "ml", "draws": draws, "chains": chains, "seed": seed}
    return fit_maximum(design, level=level, draws=draws, chains=chains, seed=seed, settings=settings)


def _result(
    design: EffectsDesign,
    drawn: EffectDraws,
    fit: Any,
    priors: EffectPriors,
    gate: Gate,
    level: float,
    seed: int,
    settings: dict[str, Any],
    engine: str,
) -> Result:
    import xarray as xr

    from valuestats.regression.effects_report import group_replicates, named_codes, reported_terms

    terms = reported_terms(design, drawn)
    by_chain = terms.values.reshape(drawn.chains, -1, len(terms.names))
    groups: dict[str, Any] = {"posterior": xr.Dataset({"reported": (("chain", "draw", "term"), by_chain)})}
    if "sample_stats" in fit.tree.children:
        groups["sample_stats"] = fit.tree["sample_stats"].to_dataset()
    # One check per column of labels, the gate's the coarsest: how each model, or all together, uses the categories.
    checked: list[str | None] = ["model"] if "model" in design.cells.columns else [None]
    checked += [c for c in ("item",) if c in design.cells.columns]
    replicates = group_replicates(design, drawn, checked, seed=seed)
    predictive = {column or "all": found.p_value for column, found in replicates.items()}
    first = next(iter(predictive.values()))
    verdict = gate.judge(xr.DataTree.from_dict(groups), ["reported"], first)
    lower, upper = equal_tailed(terms.values, level)
    spec = design.spec
    frame = pd.DataFrame(
        {
            "estimand": [f"{part} ({spec.family} {spec.link})" for part in terms.parts],
            "term": terms.names,
            "part": terms.parts,
            "estimate": terms.values.mean(axis=0),
            "std_error": terms.values.std(axis=0, ddof=1),
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": "posterior, equal-tailed",
            "n_scored": float(design.counts.sum()),
            "n_asked": design.asked,
        }
    )
    warnings = list(design.notes)
    warnings += [
        f"answers by {name} spread unlike the model's replicates (posterior predictive p {p:.3f})"
        for name, p in list(predictive.items())[1:]
        if p < gate.min_predictive_p
    ]
    meta = make_meta(
        f"Bayesian {spec.family} {spec.link} regression, {METHODS[fit.engine]}",
        {
            **asdict(spec),
            "priors": asdict(priors),
            "scale": [int(design.codes[0]), int(design.codes[-1])],
            **settings,
            "draws": max(settings["draws"], len(terms.values) // drawn.chains),
            "engine": engine,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        gate=verdict,
        warnings=warnings,
        predictive_p=predictive,
        cells=len(design.counts),
        groups={g.label: len(g.levels) for g in design.groups},
        curves={c.label: [len(c.levels), len(c.knots)] for c in design.curves},
        **named_codes(design),
        **fit.record,
    )
    tree = draws_tree("posterior", terms.values, {"term": list(terms.names)})
    return Result("ordinal_fit", frame, ("term",), meta, tree)
