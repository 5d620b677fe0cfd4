"""What naming a country, or asking in its language, does to the similarity of a model's answers."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.answer_shares import as_shares
from valuestats.similarity.conditions import Conditioned, conditioned, mean_parts, resampled_result
from valuestats.similarity.cube import similarity_cube
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.reports import data_warnings
from valuestats.statistics.distances import Array, Measure
from valuestats.tables import Population, Responses

QUANTITIES = ("own", "swapped", "other groups", "specific")
"""The changes that are reported, in the order of the rows."""

CITATIONS = (
    "Durmus et al. (2023), Towards measuring the representation of subjective global opinions in language "
    "models",
    "Efron (1979), Bootstrap methods: another look at the jackknife",
    "Hesterberg (2015), What teachers should know about the bootstrap",
)


@formerly(people="population")
@checked
def steering_effect(
    answers: Population | Responses,
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    need_default: bool = True,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Change of the similarity to a country when the model is asked to answer as someone from there.

    With :math:`s(u, c, q)` the similarity of the answers u to country c on question q, default answers 0, answers
    given for country c written c, the estimands for model m and country c are means over the same questions of

    - ``own``: :math:`s(c, c, q) - s(0, c, q)`;
    - ``swapped``, the baseline: :math:`s(c', c, q) - s(0, c, q)`, mean over the other countries c' that the model
      answered for: what any persona does to the similarity to c;
    - ``other groups``: :math:`s(c, c', q) - s(0, c', q)`, mean over the other countries of the table of people that
      answered the question: what the persona of c does to the similarity to everybody else;
    - ``specific``: own minus swapped, what naming this very country adds.

    Only questions that the model answered both ways and for at least one other country count. Questions are
    resampled, the same for all, so that every change is paired.

    Parameters
    ----------
    answers
        Answers of models (shares, or `Responses`): column ``persona`` names the country, null for the default
        answers; rows with a ``language`` or ``condition``, and personas that are no country of `population`, are left
        out, which is said.
    population
        Distributions of countries.
    measure, base, refusal_options, replicates, level, seed
        As in `country_similarity`.
    need_default
        Whether models without default answers are left out. If not, ``specific`` alone is reported of them, which
        compares personas with each other and needs no default answer.

    Returns
    -------
    Result
        Kind ``"condition_effect"``, keys ``("model", "group", "quantity")``; ``baseline`` is the swapped change in
        the rows of ``own``, and 0 in the others.

    Raises
    ------
    SpecificationError
        No personas, no default answers, no question answered both ways.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
    >>> def table(name, yes, persona=None):
    ...     return pd.DataFrame({"group": name, "question": "q", "option": ["yes", "no"], "persona": persona,
    ...         "position": [0, 1], "share": [yes, 1 - yes]})
    >>> asked = pd.concat([table("m", 0.5), table("m", 0.9, "Chile"), table("m", 0.4, "Peru")])
    >>> people = pd.concat([table("Chile", 0.9), table("Peru", 0.4)]).drop(columns="persona")
    >>> result = steering_effect(ModelAnswers(asked), Population(people), measure="total_variation", replicates=0)
    >>> chile = result.estimates[result.estimates["group"] == "Chile"]
    >>> dict(zip(chile["quantity"], chile["estimate"].round(3), strict=True))
    {'own': 0.4, 'swapped': -0.1, 'other groups': -0.4, 'specific': 0.5}
    """
    answers = as_shares(answers, population)
    began = time.perf_counter()
    found = conditioned(answers, population, "persona", measure=measure, refusal_options=refusal_options)
    spoken = {group: [group] for group in found.ready.groups}
    return _effect(
        found, spoken, "persona", measure, base, refusal_options, replicates, level, seed, began, need_default
    )


@formerly(people="population")
@checked
def language_effect(
    answers: Population | Responses,
    population: Population,
    languages: Mapping[str, str | Sequence[str]],
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    """Change of the similarity to a country when the model is asked in its language.

    The estimands are those of `steering_effect`, with the languages of the country in the place of its persona:
    ``own`` is the change when asked in (the mean over) the country's languages, ``swapped`` the change when asked in
    other languages, ``other groups`` the change that the country's language makes for countries that do not speak
    it.

    Parameters
    ----------
    answers
        Answers of models (shares, or `Responses`): column ``language`` names the language of the translated prompt,
        null for the original prompt. Options must stand in the language of the people's table, so that they are the
        same options.
    population
        Distributions of countries.
    languages
        Language or languages of each country; countries that are not named are "other groups" only.
    measure, base, refusal_options, replicates, level, seed
        As in `country_similarity`.

    Returns
    -------
    Result
        As `steering_effect`.

    Raises
    ------
    SpecificationError
        No translated prompts, no answers to the original prompt, or no country of `languages` in the table.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
    >>> def table(name, yes, language=None):
    ...     return pd.DataFrame({"group": name, "question": "q", "option": ["yes", "no"], "language": language,
    ...         "position": [0, 1], "share": [yes, 1 - yes]})
    >>> asked = pd.concat([table("m", 0.5), table("m", 0.7, "Spanish"), table("m", 0.5, "Turkish")])
    >>> people = pd.concat([table("Chile", 0.9), table("Turkey", 0.4)]).drop(columns="language")
    >>> result = language_effect(ModelAnswers(asked), Population(people),
    ...     {"Chile": "Spanish", "Turkey": "Turkish"}, measure="total_variation", replicates=0)
    >>> result.estimates.loc[result.estimates["quantity"] == "own", "estimate"].round(3).tolist()
    [0.2, 0.0]
    """
    answers = as_shares(answers, population)
    began = time.perf_counter()
    found = conditioned(answers, population, "language", measure=measure, refusal_options=refusal_options)
    spoken: dict[str, list[str]] = {}
    for group in found.ready.groups:
        named = languages.get(group, [])
        spoken |= {group: [named] if isinstance(named, str) else list(named)} if named else {}
    if not spoken:
        raise SpecificationError(
            "the language of no country is known",
            parameter="languages",
            got=", ".join(languages) or "nothing",
            expected=f"countries of the table: {', '.join(found.ready.groups[:8])}",
        )
    return _effect(found, spoken, "language", measure, base, refusal_options, replicates, level, seed, began)


def _effect(
    found: Conditioned,
    own_conditions: Mapping[str, Sequence[str]],
    what: str,
    measure: Measure,
    base: float,
    refusal_options: str,
    replicates: int,
    level: float,
    seed: int,
    began: float,
    need_default: bool = True,
) -> Result:
    ready = found.ready
    cube = similarity_cube(ready.found, ready.shape, measure, base)
    asked = found.asked()
    strangers = found.unmatched() if what == "persona" else []
    rows, parts, without = [], [], []
    for model in found.models:
        default, steered = found.default(model), found.steered(model)
        if default is None and (need_default or len(steered) < 2):
            without.append(model)
            continue
        for group, conditions in own_conditions.items():
            own = [steered[c] for c in conditions if c in steered]
            swapped = [unit for c, unit in steered.items() if c not in conditions and c not in strangers]
            others = [
                place
                for place, name in enumerate(ready.groups)
                if name != group and not set(own_conditions.get(name, ())) & set(conditions)
            ]
            if not own:
                continue
            changes = _changes(cube, default, own, swapped, ready.groups.index(group), others)
            unit = own[0] if default is None else default
            put = int(asked[unit, ready.groups.index(group)])
            scored = int((~np.isnan(changes[3 if default is None else 0])).sum())
            if not scored:
                continue
            means = mean_of_known(changes, axis=1)
            for place, quantity in enumerate(QUANTITIES):
                if np.isnan(means[place]):
                    continue
                rows.append(
                    {
                        "estimand": f"change of similarity by {what}, {quantity}",
                        "model": model,
                        "group": group,
                        "quantity": quantity,
                        "estimate": means[place],
                        "baseline": means[1] if place == 0 else 0.0,
                        "n_scored": int((~np.isnan(changes[place])).sum()),
                        "n_asked": put,
                    }
                )
                parts.append(mean_parts(changes[place]))
    if not rows:
        raise SpecificationError(
            f"no model answered a question by default and under a {what} of a group",
            parameter="answers",
            got=f"models {', '.join(found.models[:5])}"
            + (f"; without default answers: {', '.join(without[:5])}" if without else "")
            + f"; {what}s {', '.join(_conditions(found)) or 'none'}; groups {', '.join(ready.groups[:8])}",
            expected=f"rows with a null `{what}` and rows that name one, on the same questions",
            hint=f"a {what} is a group's where the two names are the same" if what == "persona" else None,
        )
    said = [*data_warnings(ready.reports), *(f"left out, no default answers: {name}" for name in without)]
    if strangers:
        said += found.strangers()
    few = sum(row["n_scored"] < 30 for row in rows)
    if few:
        said.append(f"{few} of {len(rows)} changes rest on fewer than 30 questions")
    said.append("the people's shares are taken as known: the interval covers the choice of questions only")
    meta = make_meta(
        f"change of similarity (1 - {measure.replace('_', ' ')}) by {what}, paired by question; questions resampled",
        {
            "condition": what,
            "strangers": strangers,
            "not_compared": ready.reports["not_compared"],
            "measure": measure,
            "base": base,
            "refusal_options": refusal_options,
            "replicates": replicates,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - began,
        reports=ready.reports,
    )
    keys = ("model", "group", "quantity")
    rng = np.random.default_rng(seed)
    return resampled_result(
        "condition_effect", rows, parts, keys, level, meta, replicates=replicates, rng=rng
    )


def _conditions(found: Conditioned, limit: int = 8) -> list[str]:
    """The conditions that there are answers under, the first of many."""
    known = sorted({c for _, c in found.units if c})
    return [*known[:limit], *([f"… ({len(known)})"] if len(known) > limit else [])]


def _changes(
    cube: Array, default: int | None, own: list[int], swapped: list[int], group: int, others: list[int]
) -> Array:
    """The four changes on every question, shape ``(4, questions)``; NaN where one of the first two is missing."""
    if default is None:
        specific = mean_of_known(cube[own, group], axis=0) - mean_of_known(cube[swapped, group], axis=0)
        return np.stack([np.full(len(specific), np.nan)] * 3 + [specific])
    start = cube[default, group]
    named = mean_of_known(cube[own, group], axis=0) - start
    other_persona = (
        mean_of_known(cube[swapped, group], axis=0) - start if swapped else np.full(len(start), np.nan)
    )
    rest = cube[own][:, others] - cube[default, others]
    elsewhere = mean_of_known(rest.reshape(-1, len(start)), axis=0) if others else np.full(len(start), np.nan)
    changes = np.stack([named, other_persona, elsewhere, named - other_persona])
    if swapped:
        changes[:, np.isnan(changes[3])] = np.nan
    return changes


def mean_of_known(values: Array, axis: int) -> Array:
    """Mean over what is not NaN; NaN of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(values, axis=axis))
