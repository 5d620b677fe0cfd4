r"""Similarities adjusted for unequal question sets: an additive model of pair and question."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.similarity.answer_shares import as_shares
from valuestats.similarity.chosen import Match
from valuestats.similarity.cube import similarity_cube
from valuestats.similarity.intervals import with_interval
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.prepare import prepare
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.distances import Array, Measure
from valuestats.tables import Population, Responses

LARGEST = 400
"""Most pairs of a model and a country: every replicate solves a system of that size."""

AT_ONCE = 2_000_000
"""Numbers in the systems that are solved at the same time."""

WORST_CONDITION = 1e10
"""A system of a worse condition has lost a link between pairs."""


@formerly(people="population")
def adjusted_similarity(
    answers: Population | Responses,
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    match: Match | None = None,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Similarity of every model to every country, as if all had been asked the same questions.

    Least squares in :math:`s_{mcq} = \alpha_{mc} + \beta_q`: an easy question raises the similarity of all who
    answered it. Differences of the pair effects :math:`\alpha` then compare models on equal questions, without
    throwing away those that one of them refused. Levels are set so that pairs that are linked by common
    questions keep the mean of their unadjusted similarities; pairs that are not linked can't be compared
    (column ``linked``). It assumes that a question is as hard for one pair of model and
    country as for another.

    Parameters
    ----------
    answers, population, measure, base, refusal_options, match, replicates, level, seed
        As in `country_similarity`; questions are resampled.

    Returns
    -------
    pandas.DataFrame
        Per ``model`` and ``group``: ``persona`` (whom the model answered for, null where for nobody), ``estimate``
        (adjusted) with its interval, ``unadjusted``, ``n_scored`` and
        ``linked``, the number of the set of pairs that share questions with one another.

    Raises
    ------
    SpecificationError
        More than 400 pairs of a model and a country.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> def table(name, shares):
    ...     return pd.DataFrame([(name, q, o, k, x) for q, yes in shares.items()
    ...         for k, (o, x) in enumerate((("yes", yes), ("no", 1 - yes)))],
    ...         columns=["group", "question", "option", "position", "share"])
    >>> models = pd.concat([table("a", {"q": 1.0, "r": 0.5}), table("b", {"q": 1.0})], ignore_index=True)
    >>> found = adjusted_similarity(Population(models), Population(table("Chile", {"q": 0.5, "r": 0.5})),
    ...     replicates=0)
    >>> found[["model", "unadjusted", "estimate"]].round(2).to_numpy().tolist()
    [['a', 0.72, 0.58], ['b', 0.44, 0.58]]
    """
    answers = as_shares(answers, population)
    ready = prepare(answers, population, measure=measure, refusal_options=refusal_options, match=match)
    cube = similarity_cube(ready.found, ready.shape, measure, base)
    flat = cube.reshape(-1, cube.shape[2])
    pairs = np.flatnonzero(~np.isnan(flat).all(axis=1))
    if len(pairs) > LARGEST:
        raise SpecificationError(
            "too many pairs for the two-way model",
            parameter="answers, people",
            got=len(pairs),
            expected=f"at most {LARGEST}",
            hint="take fewer countries",
        )
    values = flat[pairs]
    values = values[:, ~np.isnan(values).all(axis=0)]
    scored = (~np.isnan(values)).sum(axis=1)
    linked = _linked(values)
    effects = pair_effects(values, np.ones((1, values.shape[1])), linked)[0]
    plan = plan_clusters(values.shape[1], replicates, np.random.default_rng(seed), behind=scored)
    draws = pair_effects(values, plan.weights, linked)
    found = plan.finish(draws, effects, scored, level)
    frame = pd.DataFrame(
        {
            "estimand": "similarity, adjusted for questions",
            "model": [ready.models[i] for i in pairs // len(ready.groups)],
            "group": [ready.groups[i] for i in pairs % len(ready.groups)],
            "persona": ready.personas()[pairs],
            "estimate": effects,
            "unadjusted": np.nanmean(values, axis=1),
            "n_scored": scored,
            "linked": linked,
        }
    )
    return with_interval(frame, found, level)


def pair_effects(values: Array, weights: Array, linked: NDArray[np.intp]) -> Array:
    r"""Least-squares pair effects for each row of weights on questions.

    With the question effects profiled out the normal equations are :math:`L\alpha = b`,
    :math:`L = \sum_q w_q (D_q - 1_q 1_q^\top / n_q)`, where :math:`1_q` marks the pairs that have question q.
    Added to L, the projection on the constants of each linked set makes it invertible and the effects of a
    set sum to zero.

    Parameters
    ----------
    values
        Shape ``(pairs, questions)``, NaN where missing.
    weights
        Shape ``(replicates, questions)``.
    linked
        Set that each pair belongs to, shape ``(pairs,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(replicates, pairs)``; NaN in a replicate that leaves some of a set without a link.
    """
    there = ~np.isnan(values)
    present = there.astype(float)
    count = present.sum(axis=0)
    filled = np.where(there, values, 0.0)
    centred = np.where(there, filled - filled.sum(axis=0) / count, 0.0)
    same = linked[:, None] == linked
    within = same / same.sum(axis=1, keepdims=True)
    size = len(values)
    out = np.full((len(weights), size), np.nan)
    step = max(AT_ONCE // size**2, 1)
    for start in range(0, len(weights), step):
        part = weights[start : start + step]
        matrix = -np.einsum("rq,pq,sq->rps", part / count, present, present, optimize=True)
        diagonal = part @ present.T
        matrix[:, np.arange(size), np.arange(size)] += diagonal
        right = part @ centred.T
        mean = np.divide(part @ filled.T, diagonal, out=np.zeros(diagonal.shape), where=diagonal > 0)
        scale = max(float(diagonal.mean()), 1.0)
        whole = (
            matrix + within * scale + np.eye(size) * (1e-14 * scale)
        )  # invertible in floating point, always
        inverse = np.linalg.inv(whole)
        sound = _norm(whole) * _norm(inverse) < WORST_CONDITION
        solved = (inverse @ right[..., None])[..., 0] + mean @ within.T
        out[start : start + step][sound] = solved[sound]
    return out


def _linked(values: Array) -> NDArray[np.intp]:
    there = (~np.isnan(values)).astype(float)
    _, labels = connected_components(there @ there.T > 0, directed=False)
    return np.asarray(labels, dtype=np.intp)


def _norm(matrices: Array) -> Array:
    """Largest absolute column sum of each matrix; the product over a matrix and its inverse is its condition."""
    return np.abs(matrices).sum(axis=1).max(axis=1)
