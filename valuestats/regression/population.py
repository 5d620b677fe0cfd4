"""People and language models as rows of one regression, and its scores averaged over a population's cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.former import formerly
from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.regression.effects_draws import EffectDraws, distances, locations
from valuestats.regression.fitted import OrdinalFit
from valuestats.regression.prediction_results import draws_with_point, predicted_cube
from valuestats.results.result import Result
from valuestats.tables import Responses

PEOPLE = "people"
"""Source of the rows of people."""

NONE = "(none)"
"""Level of every factor for a model that was given no persona."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_AT_ONCE = 4_000_000


@formerly(people="respondents", models="answers")
@checked
def people_and_models(
    respondents: pd.DataFrame,
    answers: Responses | pd.DataFrame,
    factors: Sequence[str],
    *,
    personas: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One table of single answers, people's and models', for `valuestats.fit_ordinal`.

    A person is a respondent. A model is one respondent too, however often it was asked: its epochs and prompts are no
    people. What it answers as a persona is another source, ``"MODEL as persona"``, whose factors are those of the persona;
    without a persona its factors are ``"(none)"``. A regression that lets factors vary, such as ::

        answer ~ source + (1|country) + (1|source:country) + (1|item) + (1|source:item) + (1|respondent)

    then holds the model beside each group and learns how groups and items differ from all rows.

    Design weights are carried, but no regression takes them into its likelihood: put the factors that they rest on into the
    regression and average its predictions over the population's cells (`population_cells`, `poststratified_scores`).

    Parameters
    ----------
    respondents
        ``respondent, item, answer`` (or ``rating``; null where there is none) and the factors; ``weight`` if there is one.
    answers
        Answers with ``model, item, answer, status`` and, where there are personas, ``persona``.
    factors
        Columns of the people that make the groups.
    personas
        ``persona`` and the factors, one row per persona.

    Returns
    -------
    pandas.DataFrame
        ``source, respondent, item, answer, status``, the factors, and ``weight`` (null for models).

    Raises
    ------
    SpecificationError, InputError
        A column is missing, a persona is not described, no item in common, a model called ``"people"``.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"respondent": [1, 2], "item": "1", "answer": [3, 4], "sex": ["f", "m"]})
    >>> models = pd.DataFrame({"model": "m", "item": "1", "answer": [4, 5], "status": "valid", "persona": [None, "woman"]})
    >>> personas = pd.DataFrame({"persona": ["woman"], "sex": ["f"]})
    >>> people_and_models(people, models, ["sex"], personas=personas)[["source", "sex"]].to_numpy().tolist()
    [['people', 'f'], ['people', 'm'], ['m', '(none)'], ['m as persona', 'f']]
    """
    names = list(factors)
    own = (
        respondents.rename(columns={"rating": "answer"})
        if "answer" not in respondents.columns
        else respondents
    )
    theirs = answers.frame if isinstance(answers, Responses) else answers
    _need(own, ["respondent", "item", "answer", *names], "respondents")
    _need(theirs, ["model", "item", "answer", "status"], "answers")
    known = own.dropna(subset=names)
    human = pd.DataFrame(
        {
            "source": PEOPLE,
            "respondent": "person " + known["respondent"].astype(str),
            "item": known["item"].astype(str),
            "answer": known["answer"],
            "status": np.where(known["answer"].notna(), "valid", "refusal"),
            **{name: known[name].astype(str) for name in names},
            "weight": known["weight"] if "weight" in known.columns else np.nan,
        }
    )
    if (theirs["model"] == PEOPLE).any():
        raise InputError("a model is called like the people", parameter="answers", got=PEOPLE)
    if not set(human["item"]) & set(theirs["item"].astype(str)):
        raise InputError("people and models answered no item in common", parameter="answers")
    persona = (
        theirs["persona"]
        if "persona" in theirs.columns
        else pd.Series(None, index=theirs.index, dtype=object)
    )
    described = (
        pd.DataFrame({"persona": [], **{name: [] for name in names}}) if personas is None else personas
    )
    _need(described, ["persona", *names], "personas")
    if described["persona"].duplicated().any():
        raise InputError("a persona is described twice", parameter="personas")
    absent = sorted(set(persona.dropna().astype(str)) - set(described["persona"].astype(str)))
    if absent:
        raise InputError("a persona is not described", parameter="personas", got=", ".join(absent[:5]))
    levels = described.assign(persona=described["persona"].astype(str)).set_index("persona")
    source = theirs["model"].astype(str).where(persona.isna(), theirs["model"].astype(str) + " as persona")
    machine = pd.DataFrame(
        {
            "source": source,
            "respondent": source,
            "item": theirs["item"].astype(str),
            "answer": theirs["answer"],
            "status": theirs["status"],
            **{
                n: persona.astype(object).map(levels[n].astype(str).to_dict()).astype(object).fillna(NONE)
                for n in names
            },
            "weight": np.nan,
        }
    )
    return pd.concat([human, machine], ignore_index=True).astype({"answer": "Int64", "weight": float})


@formerly(people="respondents")
@checked
def population_cells(
    respondents: pd.DataFrame, factors: Sequence[str], *, weight: str = "weight"
) -> pd.DataFrame:
    """The population's cells by a survey's design weights, where no census table is at hand.

    Parameters
    ----------
    respondents
        ``respondent``, the factors and the weight; each respondent counts once. Rows without a weight are left out.
    factors
        Columns that make the cells.
    weight
        Column of design weights.

    Returns
    -------
    pandas.DataFrame
        The factors and ``count``, the sum of weights.

    Raises
    ------
    SpecificationError, InputError
        A column is missing, or no positive weight.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"respondent": [1, 1, 2], "sex": ["f", "f", "m"], "weight": [2.0, 2.0, 1.0]})
    >>> population_cells(people, ["sex"]).to_numpy().tolist()
    [['f', 2.0], ['m', 1.0]]
    """
    _need(respondents, ["respondent", weight, *factors], "respondents")
    once = respondents.dropna(subset=[weight]).drop_duplicates("respondent")
    if not (once[weight] > 0).any() or (once[weight] < 0).any():
        raise InputError("no positive weight, or a negative one", parameter="weight", got=weight)
    found = once.groupby(list(factors), observed=True)[weight].sum().rename("count").reset_index()
    return found[found["count"] > 0].reset_index(drop=True)


@formerly(population="cells")
@checked
def poststratified_scores(
    fit: OrdinalFit,
    cells: pd.DataFrame,
    *,
    source: str = "source",
    respondent: str = "respondent",
    level: float = 0.95,
    most: int = 600,
) -> Result:
    r"""Expected answer of each source, people and models alike, averaged over the cells of one population.

    .. math:: \theta_s = \frac{1}{J} \sum_j \sum_c \frac{N_c}{\sum N} \int E[y \mid s, c, j, u]\, dF(u),

    with j the items asked, c the cells and u the respondent's own effect: integrated out where the source has several
    respondents (people are a sample of theirs), as estimated where it has one (a model is itself). A source whose factors
    are all ``"(none)"`` (a model without persona) is the same in each cell.

    Parameters
    ----------
    fit
        Of `valuestats.fit_ordinal` on the rows of `people_and_models`.
    cells
        Factors of the formula and ``count``, one row per cell. A level that was not fitted gets an effect drawn from the
        distribution of the others, if it varies.
    source, respondent
        Columns of the formula; the second may be absent from it.
    level
        Probability inside the intervals.
    most
        At most so many posterior draws are used.

    Returns
    -------
    Result
        Kind ``"poststratified_scores"``, key `source`; differences by ``contrast``, from the same draws.

    Raises
    ------
    SpecificationError
        A column is not in the formula, a cell stands twice, counts that are no counts, or respondents with slopes.

    References
    ----------
    Gelman and Little (1997); Park, Gelman and Bafumi (2004). Coverage: benchmarks/people_and_models_coverage.py.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import fit_ordinal, people_and_models, population_cells, poststratified_scores
    >>> rng, sex = np.random.default_rng(1), np.tile(["f", "m"], 60)
    >>> said = lambda lean, n: np.digitize(rng.logistic(lean, size=n), [-1, 1]) + 1
    >>> people = pd.DataFrame({"respondent": range(120), "item": "1", "answer": said(sex == "m", 120), "sex": sex})
    >>> models = pd.DataFrame({"model": "m", "item": "1", "answer": said(2, 30), "status": "valid"})
    >>> fit = fit_ordinal("answer ~ source + (1|sex)", people_and_models(people, models, ["sex"]), seed=1)
    >>> scores = poststratified_scores(fit, pd.DataFrame({"sex": ["f", "m"], "count": [51, 49]}))
    >>> bool(scores.contrast("source", "m", "people")["lower"].iloc[0] > 0)
    True

    docs/people-and-models.md runs from survey and logs to the difference of model and country.
    """
    design = fit.design
    seen = design.cells
    factors = [c for c in cells.columns if c != "count"]
    _need(cells, ["count"], "cells")
    unknown = [c for c in (source, *factors) if c not in seen.columns]
    if unknown or not factors:
        raise SpecificationError(
            "no such column in the formula",
            parameter="cells, source",
            got=", ".join(unknown) or "no factor",
            expected=", ".join(map(str, seen.columns)),
        )
    count = cells["count"].to_numpy(float)
    if not np.isfinite(count).all() or (count < 0).any() or not count.sum() > 0:
        raise SpecificationError("counts that are no counts", parameter="cells", expected="numbers from 0")
    if cells.duplicated(factors).any():
        raise SpecificationError("a cell of the population stands twice", parameter="cells")
    terms = [n for n, g in enumerate(design.groups) if g.factor == (respondent,)]
    if any(
        respondent in g.factor and (len(g.factor) > 1 or tuple(g.names) != ("Intercept",))
        for g in design.groups
    ):
        raise SpecificationError(
            "a respondent's effect other than an intercept", parameter="respondent", got=respondent
        )
    draws = draws_with_point(fit, most)
    rest = [c for c in seen.columns if c not in (source, respondent, *factors)]
    others = seen[rest].drop_duplicates() if rest else pd.DataFrame(index=[0])
    sources = [str(s) for s in fit.coordinates[source]]
    values, scored = [], []
    for name in fit.coordinates[source]:
        own = seen[seen[source] == name]
        scored.append(float(design.counts[(seen[source] == name).to_numpy()].sum()))
        bare = bool((own[factors].astype(str) == NONE).all(axis=None))
        some = own[factors].drop_duplicates().assign(count=1.0) if bare else cells
        grid = some.merge(others, how="cross").assign(**{source: name})
        one = not terms or len(own[respondent].unique()) == 1
        if terms:
            grid[respondent] = own[respondent].iloc[0]
        weight = grid["count"].to_numpy(float)
        values.append(
            _average(fit, draws, grid.drop(columns="count"), weight / weight.sum(), None if one else terms[0])
        )
    stacked = np.stack(values, axis=1)
    spec = {
        "quantity": "score",
        "level": level,
        "factors": factors,
        "cells": len(cells),
        "population": float(count.sum()),
        "source": source,
        "weights": "of the population's cells only",
    }
    found = predicted_cube(
        fit,
        "poststratified_scores",
        "expected score, poststratified",
        (source,),
        {source: sources},
        stacked,
        spec,
    )
    frame = found.estimates.assign(n_scored=scored)
    new = sorted({str(v) for f in factors for v in set(cells[f]) - set(fit.coordinates[f])})
    said = [*found.meta["warnings"], *([f"not among the answers: {', '.join(new[:8])}"] if new else [])]
    return Result(found.kind, frame, found.keys, {**found.meta, "warnings": said}, found.draws)


def _average(
    fit: OrdinalFit, draws: EffectDraws, rows: pd.DataFrame, weight: np.ndarray, integrated: int | None
) -> np.ndarray:
    """Expected code averaged over the rows in each draw, the term `integrated` taken over its distribution."""
    design = fit.design
    matrices = design.evaluate(rows)
    spec, codes = design.spec, design.codes.astype(float)
    size = max(1, _AT_ONCE // max(1, len(rows) * len(codes)))
    parts = []
    for start in range(0, draws.size, size):
        some = draws.part(slice(start, start + size))
        eta = locations(some, matrices, seed=start, skip=() if integrated is None else (integrated,))
        nodes, weights = (np.zeros(1), np.ones(1)) if integrated is None else (_NODES, _WEIGHTS)
        sd = np.zeros(len(eta)) if integrated is None else some.sds[integrated][:, 0]
        total = np.zeros(len(eta))
        for node, share in zip(nodes, weights / weights.sum(), strict=True):
            z = distances(some, matrices, eta + (node * sd)[:, None])
            p = np.exp(log_probabilities(z, family=spec.family, link=spec.link))
            total += share * ((p @ codes) @ weight)
        parts.append(total)
    return np.concatenate(parts)


def _need(frame: pd.DataFrame, columns: Sequence[str], parameter: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise SpecificationError(
            "a column is missing",
            parameter=parameter,
            got=", ".join(missing),
            expected=", ".join(map(str, columns)),
        )
