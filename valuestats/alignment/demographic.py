"""Alignment of models with demographic groups of a survey, and whether they make the groups alike."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.alignment.ceiling import noise_ceiling
from valuestats.alignment.fixed_questions import on_these_questions
from valuestats.alignment.groups import (
    DECLARED,
    checked_answers,
    design_weight,
    group_shares,
    unweighted_note,
    with_levels,
)
from valuestats.alignment.people_resampling import with_people_resampled
from valuestats.alignment.poststratification import as_population, poststratified_shares
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.answer_shares import as_shares
from valuestats.similarity.chosen import Match
from valuestats.similarity.conditions import conditioned, resampled_result
from valuestats.similarity.country import country_similarity
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.prepare import prepare
from valuestats.similarity.reports import data_warnings
from valuestats.similarity.stereotypes import moments
from valuestats.similarity.whole_options import with_whole_options
from valuestats.statistics.distances import Array, Measure
from valuestats.statistics.ratios import ratio
from valuestats.tables import Population, Responses


@formerly(frame="cells")
@checked
def demographic_alignment(
    answers: Population | Responses,
    respondents: pd.DataFrame,
    by: Sequence[str],
    *,
    weight: str | None = DECLARED,
    cells: pd.DataFrame | None = None,
    factors: Sequence[str] | None = None,
    least: int = 1,
    measure: Measure = "jensen_shannon",
    match: Match | None = None,
    questions: Literal["sampled", "fixed"] = "sampled",
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    **options: Any,
) -> Result:
    """How similar models' answer distributions are to those of demographic groups and their intersections.

    The groups' shares come from single answers, by their design weights; with the `cells` of the population, by multilevel
    regression and poststratification, so that small intersections are neither dropped nor taken at their noisy
    face value. The similarity is that of whole distributions (`country_similarity`), corrected for the groups'
    sampling error, whose size is Kish's effective number of people (or what the posterior amounts to). The interval
    resamples questions and people: the same people answer all questions, so that their errors add up
    (`valuestats.alignment.people_resampling`). With `cells` it resamples questions only.

    Few questions give no interval for others of their kind. ``questions="fixed"`` asks for less: the similarity on these
    questions alone, whose interval leaves out people (sampling units of the survey, in a column ``psu`` or ``cluster``, else
    respondents; by their weights) and the model's answers (`valuestats.alignment.fixed_questions`). Ranks and contrasts say
    which group a model is nearest to on these questions.

    Parameters
    ----------
    answers
        Answers of models (shares, or `Responses`); ``persona`` may name a group, such as ``"old × f"``.
    respondents, by, weight, least
        As in `group_shares`.
    cells, factors
        As in `poststratified_shares`; `factors` are `by` where None.
    questions
        ``"sampled"``: the questions stand for others of their kind. ``"fixed"``: they are all there are, and the estimand is
        the similarity on them. Not with `cells`, nor for ``"top_choice"``.
    measure, match, replicates, level, seed, options
        As in `country_similarity`.

    Returns
    -------
    Result
        Kind ``"demographic_alignment"``, the columns of ``"similarity"`` and ``noise_ceiling``: what a model that gives the
        group's true shares would reach against the sample (`noise_ceiling`), null where a group can't be split.

    Raises
    ------
    SpecificationError, InputError
        As the functions named above.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame({"respondent": np.repeat(np.arange(300), 4), "question": np.tile(list("abcd"), 300),
    ...     "sex": np.repeat(rng.choice(["f", "m"], 300), 4), "option": rng.choice(["no", "yes"], 1200)})
    >>> model = Population(pd.DataFrame({"group": "m", "question": np.repeat(list("abcd"), 2),
    ...     "option": ["no", "yes"] * 4, "position": [0, 1] * 4, "share": 0.5}))
    >>> found = demographic_alignment(model, people, ["sex"], replicates=100)
    >>> found.estimates["estimate"].round(1).tolist()
    [1.0, 1.0]
    """
    weight = design_weight(respondents, weight)
    if cells is None:
        people = group_shares(respondents, by, weight=weight, least=least)
        how = "design-weighted" if weight else "unweighted"
    else:
        fit = poststratified_shares(
            respondents, list(factors or by), cells, by=by, weight=weight, seed=seed, level=level
        )
        people, how = as_population(fit), "modelled by multilevel regression and poststratification"
    answers = as_shares(answers, people)
    own, asked, added = with_whole_options(people.frame, answers.frame)
    people, answers = Population(own, people.rounding), _same_kind(answers, asked)
    known = {} if measure == "top_choice" else {"people_uncertainty": "jackknife"}
    found = country_similarity(
        answers,
        people,
        measure=measure,
        match=match,
        replicates=replicates,
        level=level,
        seed=seed,
        **{**known, **options},
    )
    if questions == "fixed":
        _require_jackknife(found, cells, replicates)
    if cells is None and replicates > 0 and found.meta["specification"]["people_uncertainty"] == "jackknife":
        ready = prepare(
            answers,
            people,
            measure=measure,
            match=match,
            refusal_options=options.get("refusal_options", "keep"),
        )
        answered, _ = checked_answers(respondents, by, weight)
        resampled = on_these_questions if questions == "fixed" else with_people_resampled
        found = resampled(found, ready, answered, measure, options.get("base", 2.0), level, seed)
    ceilings = _ceilings(respondents, by, weight, measure, seed)
    table = found.estimates.assign(noise_ceiling=found.estimates["group"].map(ceilings).astype(float))
    table = with_levels(table, people.frame, by)
    meta = {**found.meta, "specification": {**found.meta["specification"], "by": list(by), "shares": how}}
    meta["specification"]["weight"] = weight
    meta["warnings"] = [*meta["warnings"], *added, *unweighted_note(respondents, weight)]
    return replace(found, kind="demographic_alignment", estimates=table, meta=meta)


def _same_kind(answers: Population, frame: pd.DataFrame) -> Population:
    return type(answers)(frame, answers.rounding)


def _require_jackknife(found: Result, cells: pd.DataFrame | None, replicates: int) -> None:
    if found.meta["specification"]["people_uncertainty"] == "jackknife" and cells is None and replicates > 0:
        return
    raise SpecificationError(
        "on fixed questions the interval leaves out people and answers one after another",
        parameter="questions",
        got="fixed",
        expected="single answers of people (no cells), replicates above 0 and a distance of whole distributions",
        hint="leave out cells=, people_uncertainty= and measure='top_choice'",
    )


def _ceilings(
    respondents: pd.DataFrame, by: Sequence[str], weight: str | None, measure: Measure, seed: int
) -> dict[str, float]:
    try:
        found = noise_ceiling(
            respondents, by, weight=weight, measure=measure, replicates=0, splits=20, seed=seed
        )
    except SpecificationError:
        return {}
    rows = found.estimates[found.estimates["quantity"] == "perfect model"]
    return dict(zip(rows["group"].astype(str), rows["estimate"].astype(float), strict=True))


@formerly(people="population")
@checked
def homogenisation(
    answers: Population | Responses,
    population: Population,
    *,
    refusal_options: RefusalPolicy = "drop",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Whether a model that answers for groups gives them less variety than they have, within and between.

    On questions with ordered options at places 0 to 1, for the groups that the model answered for, with
    :math:`\mu_g` and :math:`\sigma_g^2` the mean and variance of a group's answers,

    - ``within groups``: :math:`\sum_q \overline{\sigma^2_{gq}}` of the model over that of the people;
    - ``between groups``: :math:`\sum_q \mathrm{Var}_g(\mu_{gq})` of the model over that of the people; the sampling
      variance of the means is taken off where the number of answers is known;
    - ``in all``: the same with the sum of both.

    Below 1 the model flattens: groups are each too uniform, or too alike.

    Parameters
    ----------
    answers
        Answers of models (shares, or `Responses`); ``persona`` names the group.
    population
        Distributions of groups.
    refusal_options, replicates, level, seed
        As in `country_similarity`; questions are resampled.

    Returns
    -------
    Result
        Kind ``"homogenisation"``, keys ``("model", "group", "quantity")`` with the group "all groups"; ``baseline`` 1.

    Raises
    ------
    SpecificationError
        No model answered a question on a declared scale for two groups.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
    >>> def table(name, yes, persona=None):
    ...     return pd.DataFrame({"group": name, "question": "q", "option": ["Yes", "No"], "persona": persona,
    ...         "position": [0, 1], "share": [yes, 1 - yes], "ordered": True})
    >>> people = pd.concat([table("A", 0.7), table("B", 0.3)]).drop(columns="persona")
    >>> asked = ModelAnswers(pd.concat([table("m", 0.6, "A"), table("m", 0.4, "B")]))
    >>> found = homogenisation(asked, Population(people), replicates=0).estimates
    >>> dict(zip(found["quantity"], found["estimate"].round(3), strict=True))
    {'within groups': 1.143, 'between groups': 0.25, 'in all': 0.897}
    """
    answers = as_shares(answers, population)
    began = time.perf_counter()
    found = conditioned(
        answers, population, "persona", measure="total_variation", refusal_options=refusal_options
    )
    ready = found.ready
    theirs, own = moments(ready, of_people=True), moments(ready, of_people=False)
    asked = found.asked()
    rows, parts = [], []
    for model in found.models:
        units = {c: u for c, u in found.steered(model).items() if c in ready.groups}
        if len(units) < 2:
            continue
        unit, group = list(units.values()), [ready.groups.index(c) for c in units]
        both = ~np.isnan(own.mean[unit]) & ~np.isnan(theirs.mean[group])
        there = both.sum(axis=0) > 1
        if not there.any():
            continue
        top = _spread(own.mean[unit], own.variance[unit], own.error[unit], both)
        bottom = _spread(theirs.mean[group], theirs.variance[group], theirs.error[group], both)
        for quantity, one, two in zip(
            ("within groups", "between groups", "in all"), top, bottom, strict=True
        ):
            one, two = np.where(there, one, 0.0), np.where(there, two, 0.0)
            parts.append((one, two))
            rows.append(
                {
                    "estimand": f"variance of the model over the people's, {quantity}",
                    "model": model,
                    "group": "all groups",
                    "quantity": quantity,
                    "estimate": ratio(one.sum(keepdims=True), two.sum(keepdims=True))[0],
                    "baseline": 1.0,
                    "n_scored": int(there.sum()),
                    "n_asked": int(asked[unit].max(axis=1).max()),
                }
            )
    if not rows:
        raise SpecificationError(
            "no model answered a question on a declared scale for two groups",
            parameter="answers",
            got="personas " + ", ".join(sorted({c for _, c in found.units if c})[:8]),
            expected=f"at least two of {', '.join(ready.groups[:8])}, and questions with ordered options",
        )
    meta = make_meta(
        "variance of a model's answers over that of the people's, within and between groups; questions resampled",
        {
            "refusal_options": refusal_options,
            "not_compared": ready.reports["not_compared"],
            "replicates": replicates,
            "level": level,
        },
        citations=(
            "Bisbee et al. (2024), Synthetic replacements for human survey data? The perils of large language models",
            "Efron (1979), Bootstrap methods: another look at the jackknife",
        ),
        seed=seed,
        warnings=[
            *data_warnings(ready.reports),
            *found.strangers(),
            *(f"left out: {what}" for what in ready.reports["left_out"]),
        ],
        seconds=time.perf_counter() - began,
        reports=ready.reports,
    )
    keys, rng = ("model", "group", "quantity"), np.random.default_rng(seed)
    return resampled_result("homogenisation", rows, parts, keys, level, meta, replicates=replicates, rng=rng)


def _spread(mean: Array, variance: Array, error: Array, there: np.ndarray) -> tuple[Array, Array, Array]:
    """Variance within and between groups, and both, of every question; arrays of shape ``(groups, questions)``."""
    n = there.sum(axis=0)
    within = ratio(np.where(there, variance, 0.0).sum(axis=0), n)
    # A sample's variance is short by the sampling variance of its mean, which is taken off between the groups.
    noise = ratio(np.where(there, error, 0.0).sum(axis=0), n)
    centre = ratio(np.where(there, mean, 0.0).sum(axis=0), n)
    squares = np.where(there, (mean - centre) ** 2, 0.0).sum(axis=0)
    between = ratio(squares, n - 1) - noise
    return within + noise, between, within + between + noise
