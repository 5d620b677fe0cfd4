"""Whether answers given for a group overshoot the group, or flatten it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.answer_shares import as_shares
from valuestats.similarity.conditions import conditioned, resampled_result
from valuestats.similarity.options import RefusalPolicy, is_refusal_option
from valuestats.similarity.prepare import Prepared
from valuestats.similarity.reports import data_warnings
from valuestats.statistics.distances import Array, negative_entropy
from valuestats.statistics.ratios import ratio
from valuestats.tables import Population, Responses

QUANTITIES = ("overshoot", "exaggeration", "variance ratio", "entropy ratio")
"""What is reported of each model and group, in the order of the rows."""

CITATIONS = (
    "Cheng, Piccardi and Yang (2023), CoMPosT: characterizing and evaluating caricature in LLM simulations",
    "Durmus et al. (2023), Towards measuring the representation of subjective global opinions in language "
    "models",
    "Fuller (1987), Measurement error models",
)


@dataclass(frozen=True)
class Moments:
    """Place and spread of every answer distribution; arrays of shape ``(units, questions)``, NaN where missing.

    Attributes
    ----------
    mean, variance
        Of the places 0 to 1 of ordered options; NaN for options without an order.
    entropy
        Over the logarithm of the number of options.
    error
        Variance of the mean's sampling error, 0 where the number of answers is not known.
    """

    mean: Array
    variance: Array
    entropy: Array
    error: Array


@formerly(people="population")
@checked
def stereotype_check(
    answers: Population | Responses,
    population: Population,
    *,
    refusal_options: RefusalPolicy = "drop",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Whether answers given for a group go beyond the group's own, and whether they are as varied.

    On questions with ordered options, at places 0 to 1, let :math:`\mu_{gq}` be the group's mean, :math:`r_{gq}` the
    mean of the other groups' means and :math:`\mu_{mq}` the mean of the model answering for the group. Reported are

    - ``overshoot``: mean over questions of :math:`\operatorname{sign}(\mu_g - r_g)(\mu_m - \mu_g)`: how far the model
      stands beyond the group, away from the others, as a share of the scale; 0 for the group's own place;
    - ``exaggeration``: :math:`\sum_q[(\mu_m-r_g)(\mu_g-r_g) - u_{gq}] / \sum_q [(\mu_g-r_g)^2 - v_{gq} - u_{gq}]`, the
      slope of the model's distance from the others on the group's own; above 1 the difference is exaggerated, at 0
      it is absent. The sampling variances v of the group's mean and u of the others' are taken off where the numbers
      of people are known (Fuller 1987);
    - ``variance ratio``: :math:`\sum_q \mathrm{Var}_m / \sum_q \mathrm{Var}_g` within questions; below 1 the model
      gives the group less variety than it has;
    - ``entropy ratio``: the same with entropies over :math:`\log K`, also on options without an order.

    Questions are resampled. A group's mean that is far from the others' by chance pulls the overshoot below 0, so
    that a positive overshoot is found in spite of it; the exaggeration is free of that where n is known.

    Parameters
    ----------
    answers
        Answers of models (shares, or `Responses`) with a column ``persona`` that names the group.
    population
        Distributions of at least two groups.
    refusal_options
        As in `country_similarity`; kept refusal options take their questions off the ordered ones.
    replicates, level, seed
        As in `country_similarity`.

    Returns
    -------
    Result
        Kind ``"stereotype"``, keys ``("model", "group", "quantity")``; ``baseline`` is the value of answers that are
        the group's own: 0 for the overshoot, 1 for the others.

    Raises
    ------
    SpecificationError
        No persona that is a group, or a single group.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
    >>> def table(name, yes, persona=None):
    ...     return pd.DataFrame({"group": name, "question": "q", "option": ["Yes", "No"], "persona": persona,
    ...         "position": [0, 1], "share": [yes, 1 - yes], "ordered": True})
    >>> people = pd.concat([table("Chile", 0.6), table("Peru", 0.4)]).drop(columns="persona")
    >>> result = stereotype_check(ModelAnswers(table("m", 0.9, "Chile")), Population(people), replicates=0)
    >>> dict(zip(result.estimates["quantity"], result.estimates["estimate"].round(3), strict=True))
    {'overshoot': 0.3, 'exaggeration': 2.5, 'variance ratio': 0.375, 'entropy ratio': 0.483}
    """
    answers = as_shares(answers, population)
    began = time.perf_counter()
    found = conditioned(
        answers, population, "persona", measure="total_variation", refusal_options=refusal_options
    )
    ready = found.ready
    theirs, own = moments(ready, of_people=True), moments(ready, of_people=False)
    others = _others(theirs)
    asked = found.asked()
    rows, parts = [], []
    for place, (model, condition) in enumerate(found.units):
        if condition not in ready.groups:
            continue
        group = ready.groups.index(condition)
        both = ~np.isnan(own.entropy[place]) & ~np.isnan(theirs.entropy[group])
        above, below = _sums(theirs, own, *others, place, group)
        for quantity, top, bottom in zip(QUANTITIES, above, below, strict=True):
            there = both & ~np.isnan(top) & ~np.isnan(bottom)
            if not there.any():
                continue
            top, bottom = (np.where(there, part, 0.0) for part in (top, bottom))
            estimate = ratio(top.sum(keepdims=True), bottom.sum(keepdims=True))[0]
            if np.isnan(estimate):
                continue
            parts.append((top, bottom))
            rows.append(
                {
                    "estimand": quantity,
                    "model": model,
                    "group": condition,
                    "quantity": quantity,
                    "estimate": estimate,
                    "baseline": 0.0 if quantity == "overshoot" else 1.0,
                    "n_scored": int(there.sum()),
                    "n_asked": int(asked[place, group]),
                }
            )
    if not rows:
        raise SpecificationError(
            "no answer was given for a group of the table of people",
            parameter="answers",
            got="personas " + ", ".join(sorted({c for _, c in found.units if c})[:8]),
            expected=f"groups such as {', '.join(ready.groups[:8])}",
        )
    said = [*data_warnings(ready.reports), *found.strangers()]
    if not any(row["quantity"] == "overshoot" for row in rows):
        said.append("no question with ordered options that two groups answered: only entropies are compared")
    meta = make_meta(
        "place and spread of the answers given for a group against the group's own; questions resampled",
        {
            "refusal_options": refusal_options,
            "not_compared": ready.reports["not_compared"],
            "replicates": replicates,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - began,
        reports=ready.reports,
    )
    keys, rng = ("model", "group", "quantity"), np.random.default_rng(seed)
    return resampled_result("stereotype", rows, parts, keys, level, meta, replicates=replicates, rng=rng)


def moments(ready: Prepared, *, of_people: bool) -> Moments:
    """Place and spread of every distribution of the people, or of the models, that was matched."""
    size = ready.shape[1 if of_people else 0]
    substantive = [not any(map(is_refusal_option, options)) for options in ready.catalogue.options]
    on_scale = ready.catalogue.ordered & np.array(substantive, dtype=bool)
    arrays = np.full((4, size, len(ready.catalogue)), np.nan)
    for block in ready.found:
        table, row, known = (
            (block.people, block.people_row, block.people_n)
            if of_people
            else (block.answers, block.answer_row, block.answers_n)
        )
        shares = table.shares
        options = shares.shape[1]
        places = np.linspace(0, 1, options)
        mean = shares @ places
        variance = shares @ places**2 - mean**2
        entropy = -negative_entropy(shares) / np.log(options)
        error = np.where(known > 1, variance / np.maximum(known - 1, 1), 0.0)
        unit = block.group if of_people else block.model
        ordered = on_scale[block.question]
        for place, values in enumerate((mean, variance, entropy, error)):
            taken = values[row]
            arrays[place, unit, block.question] = taken if place == 2 else np.where(ordered, taken, np.nan)
    return Moments(*arrays)


def _others(theirs: Moments) -> tuple[Array, Array]:
    """For each group the mean of the other groups' means of a question, and its sampling variance."""
    there = ~np.isnan(theirs.mean)
    total, count = np.where(there, theirs.mean, 0.0), there.astype(float)
    error = np.where(there, theirs.error, 0.0)
    rest = count.sum(axis=0) - count
    return ratio(total.sum(axis=0) - total, rest), ratio(error.sum(axis=0) - error, rest**2)


def _sums(
    theirs: Moments, own: Moments, others: Array, others_error: Array, unit: int, group: int
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Summands above and below the line of the four quantities, each of shape ``(questions,)``."""
    reference, shared = others[group], others_error[group]
    apart, stand = theirs.mean[group] - reference, own.mean[unit] - reference
    beyond = np.sign(apart) * (own.mean[unit] - theirs.mean[group])
    above = (beyond, stand * apart - shared, own.variance[unit], own.entropy[unit])
    below = (
        np.where(np.isnan(beyond), np.nan, 1.0),
        apart**2 - theirs.error[group] - shared,
        theirs.variance[group],
        theirs.entropy[group],
    )
    return above, below
