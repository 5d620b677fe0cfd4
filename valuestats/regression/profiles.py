"""Value profiles of models from ordered answers, by a Bayesian cumulative-link model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import GateError, InputError, SpecificationError
from valuestats.base.former import formerly
from valuestats.counting.grouped import cells_of
from valuestats.latent.engines import Engine
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.regression.methods import APPROXIMATION, METHODS, MODEL
from valuestats.regression.structure import OrdinalPriors, structure_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.ordinal import Link, check_link
from valuestats.tables.keys import printed_labels

PROFILE = "latent profile ({link})"

CITATIONS = (
    *MODEL,
    "Tutz, G. and Hennevogl, W. (1996). Random effects in ordinal regression models. CSDA 22, 537-557.",
    "Gelman, A., Meng, X.-L. and Stern, H. (1996). Posterior predictive assessment of model fitness via "
    "realized discrepancies. Statistica Sinica 6, 733-760.",
    "Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, "
    "folding, and localization: an improved R-hat. Bayesian Analysis 16, 667-718.",
    "Hoffman, M. D. and Gelman, A. (2014). The No-U-Turn sampler. JMLR 15, 1593-1623.",
    *APPROXIMATION,
)


@formerly(responses="answers")
@formerly_apart
@checked
def value_profile(
    answers: Any,
    keyed: pd.DataFrame,
    *,
    scale: tuple[int, int] | None = None,
    link: Link = "logit",
    thresholds: Literal["model", "common"] = "model",
    effects: Sequence[str] = (),
    priors: OrdinalPriors | Literal["wide"] | None = None,
    engine: Engine = "auto",
    sampling: Sampling | None = None,
    seed: int = 0,
    level: float = 0.95,
    progress: bool = True,
) -> Result:
    """Estimate each model's value profile from its ordered answers.

    The estimand is ``theta_mv``, model m's latent inclination to items of value v relative to its own mean over
    the values (ipsatised: the profile of a model sums to zero), in units of the link. The model is described in
    `valuestats.regression.profile_pymc.build_model`: thresholds per model (which options it uses at all), partially
    pooled value effects, item locations, and model x query and model x item effects, so that repeated prompts
    and the items of one query aren't taken for independent evidence. Beside it stands the expected answer of
    the model to a typical item of the value, in the units of the answer codes.

    Parameters
    ----------
    answers
        `Responses` or a frame: ``model``, ``item``, ``answer`` (whole number or null), ``status``, and optionally
        ``cluster`` (the query an item belongs to), ``wording``, ``option_order``. Only rows of keyed items enter.
        Or any other source that `valuestats.count_answers` counts (a Parquet folder, an Ibis table), or counts
        as it gives them, with the number of answers in ``count``: the likelihood needs no more.
    keyed
        Which item measures what: ``item``, ``dimension`` and optionally ``sign`` (+1 or -1).
    scale
        Lowest and highest answer code, e.g. ``(1, 6)``; the observed range if not given.
    link
        ``"logit"`` or ``"probit"``.
    thresholds
        ``"model"``: each model has its own, partially pooled. ``"common"``: one set and a level per model.
    effects
        Prompt conditions to model, of ``"wording"`` and ``"option_order"``: a common effect and one per model.
        By default the profile is that of an answer to a prompt taken at random, which in a balanced design
        needs no such effects (they cost a several times longer fit).
    priors
        `OrdinalPriors`; None for the defaults, which shrink (``meta["shrinkage"]`` shows how far, docs/ordinal-regression.md
        why); ``"wide"`` for priors that hardly do. ``meta`` repeats them.
    engine
        How the one posterior is drawn from. ``"laplace"``: nested Laplace with importance weights, in a fraction of
        a second (somewhat more draws, in round numbers); ``"hmc"``: Hamiltonian Monte Carlo whitened by the
        Laplace Hessian, exact, in seconds; ``"nuts"``: nutpie's No-U-Turn sampler in the same coordinates, exact.
        ``"auto"``: Laplace where its Pareto k is below 0.7, else ``hmc``; with more than 16 hyperparameters (some eleven
        models with a model x item effect) ``hmc`` at once, whose chains go on to four times the draws where these do not
        pass the gate's diagnostics. Where they do not pass either, or so many models have fewer than 100 items each,
        nutpie samples PyMC's model of the same posterior, which takes longer.
    sampling
        `Sampling`: draws, adaptation, chains, target acceptance and gate (docs/sampling.md).
    seed
        Seed of all random numbers.
    level
        Probability inside the equal-tailed posterior intervals.
    progress
        Whether to show progress on standard error.

    Returns
    -------
    Result
        Kind ``"ordinal"``, keys ``("model", "value")``; the columns ``expected_score``,
        ``expected_score_lower`` and ``expected_score_upper`` stand beside the contract's. The draws hold
        ``estimate`` and ``expected_score``. ``meta["gate"]`` is the verdict (see `require_passed`),
        ``meta["predictive"]`` the observed and replicated shares, ``meta["diagnostics"]`` the sampler's record,
        ``meta["conditions"]`` the effects of wording and order where they were modelled, ``meta["engine"]`` the engine
        that made the draws, ``meta["pareto_k"]`` and ``meta["effective_draws"]`` what its weights say (null of a
        sampler), ``meta["fallback"]`` why an engine before it was not taken. ``meta["shrinkage"]`` says how much of each
        term is its prior, as `valuestats.regression.fitted.OrdinalFit.shrinkage`: records of ``term``, ``part``,
        ``estimate``, ``posterior_sd``, ``prior_sd``, their ``ratio`` (near 0: the answers say it all; near 1: nothing was
        learned) and ``flat``, the estimate without priors: the likelihood's maximum, with standard deviations of groups and
        pooled thresholds held at their posterior means; null where the likelihood has none, and of what is held.
        A model without any valid answer has a row without an estimate.

    Raises
    ------
    InputError
        A column is missing.
    SpecificationError
        No valid answer to a keyed item, fewer than two values, or a code outside the scale.

    Notes
    -----
    Differences between models' profiles are in units of each model's own answer noise. Models are taken as given:
    their effects are shrunk toward each other, but nothing is said about models that weren't asked.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import value_profile
    >>> rng = np.random.default_rng(1)
    >>> rows = [(model, f"{value}{i}", epoch, code) for model, lean in [("a", 1), ("b", -1)]
    ...     for value, sign in [("care", 1), ("power", -1)] for i in range(6)
    ...     for epoch, code in enumerate(np.digitize(rng.logistic(lean * sign, size=5), [-1, 1]))]
    >>> answers = pd.DataFrame(rows, columns=["model", "item", "epoch", "answer"]).assign(status="valid")
    >>> keyed = pd.DataFrame({"item": answers["item"].unique()}).assign(dimension=lambda f: f["item"].str[:-1])
    >>> result = value_profile(answers, keyed, seed=1, progress=False)
    >>> result.passed, bool((result.contrast("model", "a", "b").set_index("value")["lower"] > 0)["care"])
    (True, True)
    """
    from valuestats.latent.engines import check_engine, with_weights
    from valuestats.latent.gate import needs_more, with_predictive, worst_of_each
    from valuestats.regression.cells import build_design
    from valuestats.regression.profile_engines import Request, fits
    from valuestats.regression.profile_estimands import OF_CELLS, expected_scores, stacked, structural_draws
    from valuestats.regression.profile_shrinkage import profile_shrinkage, shrinkage_records
    from valuestats.regression.profile_summary import (
        by_chain,
        check_predictions,
        condition_effects,
        diagnostics,
        notes,
        predictive_records,
        tidy,
    )

    start = time.perf_counter()
    check_link(link)
    check_engine(engine)
    chosen = settings(sampling, "value_profile", least=25, draws=700, tune=300, chains=4, target_accept=None)
    asked, answered = _rows(answers, keyed, effects)
    design = build_design(answered, keyed, scale=scale, effects=effects)
    if len(design.values) < 2:
        raise SpecificationError(
            "a value profile needs at least two values",
            parameter="keyed",
            got=f"answers to items of {design.values[0]} only",
            expected="items of two values or more",
            hint="with one value there is nothing to be relative to; describe its mean with `score`",
        )
    given = OrdinalPriors.wide() if priors == "wide" else priors
    prior = given or OrdinalPriors()
    parts = structure_of(design, thresholds)
    request = Request(
        design, link, thresholds, prior, parts, chosen.draws, chosen.tune, chosen.chains, seed,
        chosen.target_accept, progress,
    )  # fmt: skip
    for fit in fits(request, engine):
        tree = fit.tree
        flat = stacked(tree, skip=OF_CELLS)
        structural = structural_draws(flat, design, parts, link)
        scores = expected_scores(structural, design, link)
        estimands = by_chain(tree, structural, scores)
        reported = ["profile", "expected_score"]
        converged = worst_of_each(estimands, reported)
        verdict = chosen.gate.judge(estimands, reported, found=converged)
        if not needs_more(verdict):
            break
    check = check_predictions(tree, design, parts, link, seed)
    verdict = with_weights(with_predictive(verdict, check.p_value), fit)
    shrunk = profile_shrinkage(flat, design, parts, prior, structural, link)
    frame = tidy(design, structural.profile, scores, asked, keyed, level, PROFILE.format(link=link))
    meta = make_meta(
        f"Bayesian hierarchical cumulative-{link} model, "
        f"{'thresholds per model' if parts.model_thresholds else 'common thresholds'}, {METHODS[fit.engine]}",
        {
            "scale": [int(design.codes[0]), int(design.codes[-1])],
            "link": link,
            "thresholds": thresholds,
            "effects": list(effects),
            "priors": asdict(prior),
            "structure": asdict(parts),
            "draws": tree["posterior"].sizes["draw"],
            "tune": chosen.tune,
            "chains": chosen.chains,
            "target_accept": chosen.target_accept,
            "engine": engine,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        gate=verdict,
        warnings=notes(frame, design, parts, check, effects),
        seconds=round(time.perf_counter() - start, 2),
        predictive=predictive_records(check),
        diagnostics=diagnostics(tree, design, estimands, converged, level),
        conditions=condition_effects(tree, design, level),
        shrinkage=shrinkage_records(shrunk),
        names=printed_labels(keyed),
        **fit.record,
    )
    coords = {"model": design.models, "value": design.values}
    kept = draws_tree("posterior", structural.profile, coords)
    posterior = kept["posterior"].to_dataset()
    posterior["expected_score"] = (("draw", "model", "value"), scores)
    return Result("ordinal", frame, ("model", "value"), meta, type(kept).from_dict({"posterior": posterior}))


def require_passed(result: Result) -> Result:
    """Give the result back if its gate passed.

    Raises
    ------
    GateError
        The fit failed its diagnostics and may not be read as a finding.

    Examples
    --------
    ::

        estimates = require_passed(value_profile(responses, keyed)).estimates
    """
    if not result.passed:
        reasons = result.meta["gate"]["reasons"]
        raise GateError(
            "the fit failed its diagnostics, so it is not a finding",
            parameter="gate",
            got="; ".join(reasons),
            hint="more draws or tuning mend R-hat and effective sample size; a predictive misfit asks for "
            "another model",
        )
    return result


def _rows(responses: Any, keys: pd.DataFrame, effects: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = responses if isinstance(responses, pd.DataFrame) else getattr(responses, "frame", None)
    if not isinstance(frame, pd.DataFrame):
        frame = cells_of(responses, effects=effects)
    needed = ("model", "item", "answer", "status")
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise InputError(
            "the responses lack columns", parameter="answers", got=f"missing {', '.join(missing)}"
        )
    if "item" not in keys.columns or "dimension" not in keys.columns:
        raise InputError("the keys lack columns", parameter="keyed", expected="item, dimension")
    keyed = frame["item"].astype(str).isin(set(keys["item"].astype(str)))
    asked = frame[keyed & (frame["status"] != "not_administered")]
    if asked.empty:
        raise SpecificationError(
            "no keyed item was asked",
            parameter="keyed",
            got=f"{keys['item'].nunique()} keyed items, none among the responses' items",
        )
    return asked, asked[(asked["status"] == "valid") & asked["answer"].notna()]
