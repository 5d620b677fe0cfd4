"""Similarity of models' answers to countries' answers, with its baseline and its ceiling."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.similarity.answer_shares import as_shares
from valuestats.similarity.chosen import Match
from valuestats.similarity.corrected_marks import beyond_one, corrected_marks, within_one
from valuestats.similarity.cube import other_countries, similarity_cube, uniform_answers, weighted_means
from valuestats.similarity.intervals import with_interval
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.prepare import Prepared, prepare
from valuestats.similarity.reports import data_warnings
from valuestats.similarity.sampled_marks import sampled_marks
from valuestats.similarity.sampling_error import (
    FEWEST,
    PeopleUncertainty,
    SamplingError,
    check_uncertainty,
    sampling_error,
)
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.distances import Array, Measure
from valuestats.statistics.ratios import ratio
from valuestats.tables import Population, Responses

CITATIONS = (
    "Durmus et al. (2023), Towards measuring the representation of subjective global opinions in language "
    "models",
    "Endres and Schindelin (2003), A new metric for probability distributions",
    "Efron (1979), Bootstrap methods: another look at the jackknife",
    "Hesterberg (2015), What teachers should know about the bootstrap",
)


@formerly(people="population")
@checked
def country_similarity(
    answers: Population | Responses,
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
    refusal_options: RefusalPolicy = "keep",
    match: Match | None = None,
    people_uncertainty: PeopleUncertainty = "none",
) -> Result:
    r"""How similar models' answer distributions are to countries'.

    The estimand of model m and country c is the mean, over the questions that both answered, of one minus
    the distance between their answer distributions (Durmus et al. 2023),

    .. math:: s_{mc} = \frac{1}{|Q_{mc}|} \sum_{q \in Q_{mc}} \bigl(1 - d(a_{mq}, p_{cq})\bigr).

    A question is shared when its identifier and its set of options are the same on both sides. The interval
    takes the questions for a sample of questions that could have been asked, and the distributions as known:
    it resamples questions (Efron 1979), the same for all models and countries, so that contrasts and ranks
    from the replicates are paired.
    With n questions its ends are the quantiles at :math:`\Phi(\mp\sqrt{n/(n-1)}\; t_{n-1})`
    (Hesterberg 2015): the plain percentile interval is too short when questions are few.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        Distributions of models, or `Responses`, whose shares `answer_shares` takes with the options of `population` by their
        position; ``group`` is the model; a column ``persona`` names the country for which the
        model answered ("How would someone from {country} answer"), null for default answers.
    population
        Distributions of countries: ``group`` is the country.
    measure
        Distance: ``"jensen_shannon"``, ``"jensen_shannon_divergence"``, ``"total_variation"``,
        ``"hellinger"``, ``"top_choice"`` (one minus it is agreement on the most frequent option),
        ``"wasserstein"`` or ``"energy"`` (only questions declared ``ordered``, without refusal options).
    base
        Base of the logarithm of the Jensen–Shannon measures; 2 puts them in [0, 1].
    replicates
        Bootstrap replicates; 0 for none.
    level
        Probability inside the interval.
    seed
        Seed of the resampling.
    refusal_options
        ``"keep"`` leaves "don't know" and the like among the options, as published; ``"drop"`` takes them
        out and renormalises both sides. See `valuestats.similarity.options.REFUSAL_OPTION_PATTERNS`.
    match
        ``"default"``: answers without a persona, with every country: whom the model represents by default. ``"group"``:
        answers given for a country, with that country only; where no answer has a persona, as ``"default"``. None:
        ``"default"`` where there are answers without a persona, else ``"group"``; what was taken stands in
        ``meta["specification"]``, the column ``persona`` (null: without one) and the sentence, and so does what was not
        compared.
    people_uncertainty
        ``"none"`` takes the shares for known. ``"jackknife"``: where ``n`` is known, on either side, each
        similarity is corrected for the sampling error of the shares by leaving out people
        (see `valuestats.similarity.sampling_error`). Answers to different questions are taken for independent samples
        of n people, so that the spread over questions holds their error too. Not for ``"top_choice"``.

    Returns
    -------
    Result
        Kind ``"similarity"``, keys ``("model", "group")``. Beside the columns of every result:
        ``n_asked``, questions put to the model that the country answered; ``n_scored`` (and
        ``n_questions``, ``n_units``), those of them with a usable distribution of the model; ``n_answers`` and
        ``n_people``, the median over the scored questions of how many answers are behind the shares, where known;
        ``bound_lower`` and ``bound_upper``, the estimate had every unscored answer similarity 0 or 1; ``baseline``,
        uniform answers on the scored questions, as many as the model's where their number is known; ``own_sample``,
        as many answers drawn from the people's own shares (`valuestats.similarity.sampled_marks`); ``ceiling``, the
        mean over the scored questions that at least one other country answered of the country's mean similarity to
        those countries; ``n_ceiling``, how many questions that are. The ceiling is what another country would reach
        in the model's place, with its own number of people; it is a mark to read the estimate by, no bound: answers
        given for this very country may lie above it.
        With ``people_uncertainty="jackknife"`` baseline (of uniform shares) and ceiling are corrected in the same way;
        ``plug_in``, ``plug_in_baseline`` and ``plug_in_ceiling`` are those of the observed shares, and ``unclipped`` the
        estimate before it was cut at 1, which is said; there is no ``own_sample``.
        ``meta["reports"]`` names what is odd in the data.

    Raises
    ------
    SpecificationError
        No shared question, an unknown measure or policy, or a Wasserstein distance without ordered options.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> def table(name, yes):
    ...     return Population(pd.DataFrame({"group": name, "question": ["q1", "q1", "q2", "q2"],
    ...         "option": ["yes", "no"] * 2, "position": [0, 1] * 2,
    ...         "share": [yes, 1 - yes, 0.5, 0.5]}))
    >>> result = country_similarity(table("model", 0.9), table("Chile", 0.4), replicates=200)
    >>> result.estimates[["model", "group", "estimate", "baseline", "n_scored"]].round(3).to_dict("records")
    [{'model': 'model', 'group': 'Chile', 'estimate': 0.769, 'baseline': 0.957, 'n_scored': 2}]
    """
    answers = as_shares(answers, population)
    began = time.perf_counter()
    if replicates < 0:
        raise SpecificationError(
            "impossible number of replicates", parameter="replicates", got=replicates, expected="0 or more"
        )
    check_uncertainty(people_uncertainty, measure)
    ready = prepare(answers, population, measure=measure, refusal_options=refusal_options, match=match)
    cube = similarity_cube(ready.found, ready.shape, measure, base)
    uniform = uniform_answers(ready.people, len(ready.catalogue), measure, base)
    ceiling = other_countries(ready.people, len(ready.catalogue), measure, base)
    error: SamplingError | None = None
    drawn = np.random.default_rng([seed, 1])
    sampled, own = sampled_marks(ready.found, uniform, ready.shape, measure, base, drawn)
    frame = _summary(ready, cube, sampled, ceiling, own)
    if people_uncertainty == "jackknife":
        error = sampling_error(ready.found, cube, measure=measure, base=base)
        cube, plug_in = error.corrected, frame[["estimate", "baseline", "ceiling"]]
        uniform, ceiling = corrected_marks(ready.people, uniform, ceiling, measure, base)
        frame = _summary(ready, cube, uniform, ceiling, np.full(ready.shape, np.nan)).assign(
            plug_in=plug_in["estimate"],
            plug_in_baseline=plug_in["baseline"],
            plug_in_ceiling=plug_in["ceiling"],
        )

    asked = np.flatnonzero(~np.isnan(cube).all(axis=(0, 1)))
    scored = (~np.isnan(cube)).sum(axis=2)
    plan = plan_clusters(len(asked), replicates, np.random.default_rng(seed), behind=scored)
    found = plan.finish(
        weighted_means(cube[:, :, asked], plan.weights),
        frame["estimate"].to_numpy().reshape(scored.shape),
        scored,
        level,
        within=(0.0 if base >= 2 else -np.inf, 1.0),
        what="questions",
    )
    found = within_one(found, frame["estimate"].to_numpy().reshape(scored.shape))
    frame = with_interval(frame, found, level)
    if error is not None:
        frame["unclipped"] = frame["estimate"]
        inside = ["estimate", "bound_lower", "bound_upper", "baseline", "ceiling"]
        frame[inside] = frame[inside].clip(upper=1.0)

    frame = frame[frame["n_asked"] > 0].reset_index(drop=True)
    specification = {
        "measure": measure,
        "base": base,
        "replicates": replicates,
        "level": level,
        "refusal_options": refusal_options,
        "match": "group" if ready.conditioned else "default",
        "not_compared": ready.reports["not_compared"],
        "conditioned": ready.conditioned,
        "resampling_unit": "question",
        "unit": "question",
        "people_uncertainty": people_uncertainty,
    }
    meta = make_meta(
        f"mean over shared questions of 1 - {measure.replace('_', ' ')} distance; questions resampled",
        specification,
        citations=CITATIONS,
        seed=seed,
        warnings=found.warnings + _warnings(ready, frame, refusal_options, error),
        seconds=time.perf_counter() - began,
        reports=ready.reports,
    )
    tree = draws_tree("bootstrap", found.draws, {"model": ready.models, "group": ready.groups})
    return Result("similarity", frame, ("model", "group"), meta, tree if replicates else None)


def _summary(ready: Prepared, cube: Array, uniform: Array, ceiling: Array, own: Array) -> pd.DataFrame:
    there = ~np.isnan(cube)
    scored = there.sum(axis=2)
    n_models, n_groups = scored.shape
    counted = np.zeros(scored.size, dtype=np.intp)
    for block in ready.found:
        counted += np.bincount(block.model * n_groups + block.group, minlength=scored.size)
    asked = counted.reshape(scored.shape)
    total = np.where(there, cube, 0.0).sum(axis=2)
    both = there & ~np.isnan(ceiling)
    n_answers, n_people = _answers_behind(ready, there)
    drawn = there & ~np.isnan(own)
    return pd.DataFrame(
        {
            "estimand": "similarity",
            "model": np.repeat(np.array(ready.models, dtype=object), n_groups),
            "group": np.tile(np.array(ready.groups, dtype=object), n_models),
            "persona": ready.personas(),
            "estimate": ratio(total, scored).ravel(),
            "n_scored": scored.ravel(),
            "n_asked": asked.ravel(),
            "n_questions": scored.ravel(),
            "n_units": scored.ravel(),
            "bound_lower": ratio(total, asked).ravel(),
            "bound_upper": ratio(total + (asked - scored), asked).ravel(),
            "baseline": ratio(np.where(there, uniform, 0.0).sum(axis=2), scored).ravel(),
            "ceiling": ratio(np.where(both, ceiling, 0.0).sum(axis=2), both.sum(axis=2)).ravel(),
            "n_ceiling": both.sum(axis=2).ravel(),
            "own_sample": ratio(np.where(drawn, own, 0.0).sum(axis=2), drawn.sum(axis=2)).ravel(),
            "n_answers": n_answers.ravel(),
            "n_people": n_people.ravel(),
        }
    )


def _answers_behind(ready: Prepared, there: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Median numbers of answers behind the shares of models and of countries, NaN where not known."""
    answers, people = np.full(ready.shape, np.nan), np.full(ready.shape, np.nan)
    for block in ready.found:
        place = block.model, block.group, block.question
        answers[place] = block.answers_n[block.answer_row]
        people[place] = block.people_n[block.people_row]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no question of a pair
        middle = [np.nanmedian(np.where(there, side, np.nan), axis=2) for side in (answers, people)]
    return middle[0], middle[1]


def _warnings(
    ready: Prepared, frame: pd.DataFrame, refusal_options: str, error: SamplingError | None
) -> list[str]:
    said = data_warnings(ready.reports)
    options: dict[str, Any] = ready.reports["refusal_options"]
    if options and refusal_options == "keep":
        said.append("refusal options (don't know, no answer, …) are kept among the options, as published")
    if refusal_options == "drop":
        said.append("refusal options were taken out and the shares of both sides renormalised")
    said += [f"left out: {what}" for what in ready.reports["left_out"]]
    few = frame.loc[(frame["n_scored"] > 0) & (frame["n_scored"] < 30)]
    if len(few):
        said.append(f"{len(few)} of {len(frame)} similarities rest on fewer than 30 questions")
    if error is not None:
        return [*said, _sampling_warning(error), *beyond_one(frame)]
    said.append(
        "the people's shares are taken as known, unweighted by their sample sizes: the interval covers the "
        "choice of questions only"
    )
    return said


def _sampling_warning(error: SamplingError) -> str:
    people, answers = error.n_known
    few = (
        f"; {error.n_few} pairs rest on fewer than {FEWEST} people or answers, where a part of the bias stays"
        if error.n_few
        else ""
    )
    return (
        f"shares are corrected for sampling error where the number of answers is known (people's side of {people} of "
        f"{error.n_pairs} pairs, models' side of {answers}), as if each question had asked its own sample; "
        f"elsewhere they are taken as known{few}"
    )
