"""Choice models by formula: options, covariates, conditions and positions, with effects that vary over judges and items."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked, elsewhere
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed
from valuestats.choice.diagnostics import UNFAIR, circle_notes, decided_pairs, judge_notes
from valuestats.choice.fit_checks import replicated
from valuestats.choice.fit_design import ChoiceDesign, choice_design
from valuestats.choice.fit_draws import reported_choice
from valuestats.choice.fit_maximum import maximise_choice
from valuestats.choice.fit_mixed import maximise_mixed
from valuestats.choice.fit_normal import at_maximum, normal_draws
from valuestats.choice.fit_posterior import posterior_fits
from valuestats.choice.fit_rows import choice_rows
from valuestats.choice.fitted import ChoiceFit
from valuestats.choice.graph import comparison_graph, graph_notes
from valuestats.choice.missing_by import missing_by
from valuestats.choice.place_alias import same_as_place
from valuestats.choice.positions import UNKNOWN_ORDER, position_notes
from valuestats.choice.spec import ChoicePriors, ChoiceSpec, FitTies
from valuestats.choice.strengths import CITATIONS
from valuestats.choice.table_notes import speaks_against, table_notes
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.regression.methods import APPROXIMATION, METHODS
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables.choices import Choices

if TYPE_CHECKING:
    from valuestats.latent.gate import Gate

Floats = NDArray[np.float64]
ChoiceEngine = Literal["auto", "laplace", "hmc", "nuts", "ml"]
ALIASED = "told apart by the prior alone:"


@elsewhere(
    constraint='feature_weights(choices, formula, constraint="nonnegative") or "simplex": weights with signs and shares',
    classes="choice_classes(choices, formula, unit=..., classes=2): latent classes of those who choose",
)
@formerly_apart
@checked
def fit_choice(
    formula: str | ChoiceSpec,
    choices: Choices,
    *,
    ties: FitTies | None = None,
    outcomes: Sequence[str] | None = None,
    thresholds: str | None = None,
    pooled: Mapping[str, Sequence[str]] | None = None,
    cluster: str | None = None,
    priors: ChoicePriors | Literal["wide"] | None = None,
    engine: ChoiceEngine = "auto",
    sampling: Sampling | None = None,
    seed: int = 0,
    level: float = 0.95,
    progress: bool = False,
) -> ChoiceFit:
    r"""Fit a choice model that a formula describes.

    The utility of an offered option is :math:`u = x'\beta + \sum_g z_g'\gamma_g`. A stage of a choice puts a subset S of the
    options left first with probability proportional to :math:`\delta_{|S|}\exp(\bar u_S)`, :math:`\bar u_S` the mean over S
    and :math:`\delta_1 = 1` (Plackett-Luce with ties: Turner et al. 2020); of pairs that is Bradley and Terry's model with
    Davidson's ties, of one chosen among several the conditional logit. An outcome that is no option ("depends", "none") has
    a parameter of its own beside them, times the geometric mean of the worths offered.

    Weights held above zero or on the simplex are those of `valuestats.feature_weights`, latent classes of those who choose
    those of `valuestats.choice_classes`: verbs of their own on the same formula and likelihood, because a bound leaves no
    normal posterior to whiten, and classes have optima of which many starts must be counted, and no strengths of options.

    Parameters
    ----------
    formula
        The language of `valuestats.fit_ordinal`, parsed and never run, with ``utility`` on the left. ``option`` is the
        option's own utility, ``(1|option)`` the same pooled; ``position`` is 1 for the option shown first, ``place`` the
        place as a factor; other names are columns of the choices: covariates of options, and of the choice (judge,
        condition, step, language, …) in interactions with what differs between options, as in ``option*condition``,
        ``position:language``, ``(1|judge:option)`` (each judge's own utilities), ``(0 + position|judge)``,
        ``(1|item:option)``. ``judge`` and ``respondent`` are other names of ``model``. What is the same for all options of
        every choice, such as ``(1|judge)``, changes no choice and is refused by name. Columns of numbers are taken as
        numbers; ``C(x)`` makes a factor of one.
    choices
        `Choices`; a column ``count`` makes a choice stand for so many equal ones.
    ties
        ``"davidson"``: ties of any size that was seen; ``"rao-kupper"``: those of pairs, by a threshold of the difference;
        without, a tie is refused.
    outcomes
        Outcomes that are modelled; all there are if not given. Choices with another are left out, and said.
    thresholds
        Column of the choice (``"judge"``) each of whose levels has its own parameters of ties and outcomes, partially pooled
        (not pooled by ``"ml"``).
    pooled
        Names of sets of covariates, ``{"labels": ["care", "power", …]}``: effects of a set are drawn from one normal
        distribution about 0, whose standard deviation is estimated (not by ``"ml"``). The formula need not name them.
    cluster
        Column of the choice whose choices depend on each other: under ``"ml"`` the errors are the sandwich over its
        clusters, with the factor G / (G - 1) and Student's t; a Bayesian fit has effects of groups for that.
    priors
        `ChoicePriors`, None for the defaults, or ``"wide"``.
    engine
        ``"laplace"``, ``"hmc"``, ``"nuts"`` or ``"auto"`` (Laplace where its weights hold, else ``hmc``), all on one
        posterior; ``"ml"``: maximum likelihood, Wald intervals.
    sampling
        `Sampling`: draws, adaptation, chains, target acceptance and gate (docs/sampling.md).
    seed, progress
        Of all random numbers; whether to show progress on standard error.
    level
        Probability inside the intervals.

    Returns
    -------
    ChoiceFit
        Its ``result`` has the kind ``"choice_fit"`` and the key ``term``: options' utilities (summing to 0), coefficients,
        ties and outcomes, standard deviations; column ``part``. Its methods give `strengths`, `win_probabilities`,
        `contrasts`, `rank_sets`, `residuals` and `transitivity`.

    Raises
    ------
    InputError
        A column of the formula is missing.
    SpecificationError
        A formula that can't be read or changes no choice, ties without a model, nulls in covariates; under ``"ml"`` effects
        that have no finite estimate or can't be told apart, by name.

    References
    ----------
    Bradley and Terry (1952); Davidson (1970); Rao and Kupper (1967); Luce (1959); Plackett (1975); Turner, van Etten, Firth
    and Kosmidis (2020), Computational Statistics 35, 1027-1057.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import fit_choice, pair_choices
    >>> frame = pd.DataFrame({"option_a": list("xxxx"), "option_b": list("yyyy"), "winner": list("aaab")})
    >>> fit = fit_choice("utility ~ 0 + option", pair_choices(frame), engine="ml")
    >>> fit.estimates["term"].tolist(), fit.estimates["estimate"].round(3).tolist()
    (['option[x]', 'option[y]'], [0.549, -0.549])
    """
    start = time.perf_counter()
    spec = (
        formula
        if isinstance(formula, ChoiceSpec)
        else ChoiceSpec(
            formula, ties, None if outcomes is None else tuple(outcomes), thresholds, _sets(pooled)
        )
    )
    design = choice_design(spec, choice_rows(choices, spec))
    chosen = settings(sampling, "fit_choice", least=25, draws=700, tune=300, chains=4, target_accept=None)
    sampled: dict[str, Any] = {
        "draws": chosen.draws,
        "tune": chosen.tune,
        "chains": chosen.chains,
        "seed": seed,
        "target_accept": chosen.target_accept,
    }
    places = position_notes(choices, bool({"position", "place"} & {*spec.terms.columns}), cluster)
    pairs = decided_pairs(choices)
    found = [*places, *judge_notes(choices, pairs), *circle_notes(choices, pairs)]
    told = table_notes(choices)
    columns = sorted(spec.terms.columns)
    found += [*missing_by(choices, columns).values(), *same_as_place(choices, columns).values()]
    notes = [*design.notes, *found, *told]
    defects = [n for n in notes if (n in found and n != UNKNOWN_ORDER) or UNFAIR in n or speaks_against(n)]
    if engine == "ml" and spec.pooled:
        raise SpecificationError(
            "maximum likelihood does not pool covariates",
            parameter="pooled",
            got=", ".join(name for name, _ in spec.pooled),
            expected='engine="laplace", or another Bayesian one',
        )
    if engine == "ml":
        if priors is not None:
            raise SpecificationError(
                "maximum likelihood has no priors", parameter="engine", got='"ml" with priors'
            )
        sampled = {**sampled, "engine": engine, "cluster": cluster}
        return _with_defects(_by_maximum(design, choices, notes, sampled, level, start), defects)
    if cluster is not None:
        raise SpecificationError(
            "a Bayesian fit has no clustered errors",
            parameter="cluster",
            got=cluster,
            expected=f'(1|{cluster}:option) in the formula, or engine="ml"',
        )
    prior = ChoicePriors.wide() if priors == "wide" else priors or ChoicePriors()
    sampled = {**sampled, "engine": engine}
    fit = _by_draws(design, choices, notes, prior, chosen.gate, sampled, level, start, progress)
    return _with_defects(fit, [*defects, *(n for n in fit.result.meta["warnings"] if n.startswith(ALIASED))])


def _sets(pooled: Mapping[str, Sequence[str]] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((str(name), tuple(map(str, columns))) for name, columns in (pooled or {}).items())


def _with_defects(fit: ChoiceFit, defects: list[str]) -> ChoiceFit:
    """The fit with what speaks against its choices, for the verdict."""
    return replace(fit, result=replace(fit.result, meta={**fit.result.meta, "defects": defects}))


def _by_draws(
    design: ChoiceDesign,
    choices: Choices,
    notes: list[str],
    priors: ChoicePriors,
    gate: Gate,
    settings: dict[str, Any],
    level: float,
    start: float,
    progress: bool,
) -> ChoiceFit:
    import xarray as xr

    from valuestats.latent.engines import with_weights
    from valuestats.latent.gate import needs_more, with_predictive

    if "option" in design.spec.terms.columns:
        notes = [*notes, *graph_notes(comparison_graph(design.rows.wins, design.rows.options))]
    if design.aliased:
        notes.append(f"{ALIASED} {listed(list(design.aliased[:8]))}")
    for drawn, fit in posterior_fits(design, priors, progress=progress, **settings):
        terms = reported_choice(design, drawn)
        by_chain = terms.values.reshape(drawn.chains, -1, len(terms.names))
        groups: dict[str, Any] = {
            "posterior": xr.Dataset({"reported": (("chain", "draw", "term"), by_chain)})
        }
        if "sample_stats" in fit.tree.children:
            groups["sample_stats"] = fit.tree["sample_stats"].to_dataset()
        verdict = gate.judge(xr.DataTree.from_dict(groups), ["reported"])
        if not needs_more(verdict):
            break
    predictive = replicated(design, drawn, seed=int(settings["seed"])).p_value
    verdict = with_weights(with_predictive(verdict, predictive), fit)
    lower, upper = equal_tailed(terms.values, level)
    frame = _frame(design, terms.names, terms.parts, terms.values.mean(axis=0),
                   terms.values.std(axis=0, ddof=1), lower, upper, level, "posterior, equal-tailed")  # fmt: skip
    meta = make_meta(
        f"Bayesian choice model, {METHODS[fit.engine]}",
        {
            **_said(design),
            "priors": asdict(priors),
            **settings,
            "draws": max(settings["draws"], len(terms.values) // drawn.chains),
            "level": level,
        },
        citations=(*CITATIONS, *APPROXIMATION),
        seed=int(settings["seed"]),
        gate=verdict,
        warnings=notes,
        predictive_p=predictive,
        **_sizes(design),
        **fit.record,
        seconds=round(time.perf_counter() - start, 3),
    )
    tree = draws_tree("posterior", terms.values, {"term": list(terms.names)})
    result = Result("choice_fit", frame, ("term",), meta, tree)
    return ChoiceFit(result, design, drawn, priors, settings, choices)


def _by_maximum(
    design: ChoiceDesign,
    choices: Choices,
    notes: list[str],
    settings: dict[str, Any],
    level: float,
    start: float,
) -> ChoiceFit:
    cluster = settings["cluster"]
    if design.groups and cluster is not None:
        raise SpecificationError(
            "clustered errors go with a model without effects of groups",
            parameter="cluster",
            got=cluster,
            expected="either of the two",
        )
    mixed = maximise_mixed(design) if design.groups else None
    found = maximise_choice(design, cluster) if mixed is None else mixed.maximum
    size, seed = int(settings["draws"]) * int(settings["chains"]), int(settings["seed"])
    drawn = normal_draws(design, found, mixed, size, seed)
    terms = reported_choice(design, drawn)
    best = at_maximum(design, found, mixed)
    estimate = reported_choice(design, best).values[0]
    error = np.sqrt(np.diag(found.covariance))
    reach = np.nan if found.degrees < LEAST - 1 else float(stats.t.ppf((1 + level) / 2, found.degrees))
    lower, upper = estimate - reach * error, estimate + reach * error
    # Thresholds of Rao and Kupper and standard deviations are estimated by their logarithms.
    logs = np.array([part == "standard deviation" for part in terms.parts])
    logs |= np.array([design.spec.ties == "rao-kupper" and part == "tie or outcome" for part in terms.parts])
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(estimate)
        lower = np.where(logs, np.exp(log - reach * error), lower)
        upper = np.where(logs, np.where(estimate > 0, np.exp(log + reach * error), np.nan), upper)
    error = np.where(logs, np.where(estimate > 0, error * estimate, np.nan), error)
    none = [name for name, e, s in zip(terms.names, estimate, logs, strict=True) if s and e == 0]
    notes = [
        *notes,
        *(f"{name} is estimated at 0: the choices vary no more than chance over it" for name in none),
    ]
    if np.isfinite(found.degrees) and found.degrees + 1 < FEW:
        few = ", and fewer than four give no interval" if found.degrees + 1 < LEAST else ""
        notes = [*notes, f"{found.degrees + 1:.0f} clusters: errors over so few are rough{few}"]
    frame = _frame(design, terms.names, terms.parts, estimate, error, lower, upper, level, "Wald")
    how = " (group effects integrated out by Laplace's method)" if mixed is not None else ""
    meta = make_meta(
        f"choice model by maximum likelihood{how}",
        {**_said(design), **settings, "level": level},
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        engine="ml",
        log_likelihood=found.log_likelihood,
        parameters=found.parameters,
        aic=2 * found.parameters - 2 * found.log_likelihood,
        **_sizes(design),
        seconds=round(time.perf_counter() - start, 3),
    )
    tree = draws_tree("bootstrap", terms.values, {"term": list(terms.names)})
    result = Result("choice_fit", frame, ("term",), meta, tree)
    return ChoiceFit(result, design, drawn, ChoicePriors(), settings, choices, found, best)


def _frame(
    design: ChoiceDesign,
    names: tuple[str, ...],
    parts: tuple[str, ...],
    estimate: Floats,
    error: Floats,
    lower: Floats,
    upper: Floats,
    level: float,
    interval: str,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "estimand": [f"{part} (logit)" for part in parts],
            "term": names,
            "part": parts,
            "estimate": estimate,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": interval,
            "n_scored": design.rows.scored,
            "n_asked": design.rows.asked,
        }
    )


def _said(design: ChoiceDesign) -> dict[str, Any]:
    spec = design.spec
    return {
        "formula": spec.formula,
        "ties": spec.ties,
        "outcomes": None if spec.outcomes is None else list(spec.outcomes),
        "thresholds": spec.thresholds,
        "pooled": {name: list(columns) for name, columns in spec.pooled} or None,
    }


def _sizes(design: ChoiceDesign) -> dict[str, Any]:
    return {
        "cells": len(design.rows.cells),
        "sets": design.rows.members.shape[0],
        "options": len(design.rows.options),
        "spread_of_terms": dict(zip(design.names, map(float, design.units), strict=True)),
        "groups": {g.label: len(g.levels) for g in design.groups},
    }
