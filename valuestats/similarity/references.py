"""What a similarity is read against: pairs of countries, uniform answers, and a matrix of countries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.ingest.surveys.answer_options import is_pseudo_country
from valuestats.similarity.country import country_similarity
from valuestats.similarity.cube import uniform_answers
from valuestats.similarity.details import group_similarity
from valuestats.similarity.intervals import with_interval
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.prepare import align_tables
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.distances import Measure
from valuestats.tables import Population


@formerly(people="population")
def pair_similarity(
    population: Population,
    pairs: Sequence[Sequence[str]],
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Similarity of one country's people to another's, as if the first were a model.

    Parameters
    ----------
    population
        Distributions of countries.
    pairs
        Names of two countries each; a pair of which one is not in `population` is left out.
    measure, base, refusal_options, replicates, level, seed
        As in `country_similarity`.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``other``, and the columns of `country_similarity`; ``ceiling`` is the mean similarity of
        ``other`` to the other countries on the same questions.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> frame = pd.DataFrame({"group": ["Chile"] * 2 + ["Peru"] * 2, "question": "q1",
    ...     "option": ["yes", "no"] * 2, "position": [0, 1] * 2, "share": [0.7, 0.3, 0.5, 0.5]})
    >>> found = pair_similarity(Population(frame), [["Chile", "Peru"], ["Chile", "Mars"]], replicates=0)
    >>> found[["group", "other", "estimate", "n_scored"]].round(4).to_numpy().tolist()
    [['Chile', 'Peru', 0.8259, 1]]
    """
    parts = []
    for one, other in pairs:
        if not {one, other} <= set(population.groups):
            continue
        chosen = population.frame["group"] == one
        first = Population(population.frame[chosen], population.rounding, population.adjusted)
        result = country_similarity(
            first,
            population,
            measure=measure,
            base=base,
            refusal_options=refusal_options,
            replicates=replicates,
            level=level,
            seed=seed,
        )
        frame = result.estimates
        row = frame[frame["group"] == other].rename(columns={"model": "group", "group": "other"})
        parts.append(row)
    if not parts:
        return pd.DataFrame(columns=["estimand", "group", "other", "estimate", "lower", "upper", "n_scored"])
    return pd.concat(parts, ignore_index=True)


@formerly(people="population")
def uniform_similarity(
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Mean similarity of uniform answers over all cells (country and question): the chance level.

    Parameters
    ----------
    population, measure, base, refusal_options, replicates, level, seed
        As in `country_similarity`; questions are resampled with all their countries.

    Returns
    -------
    pandas.DataFrame
        One row: ``estimate``, ``std_error``, ``lower``, ``upper``, ``n_scored`` and ``n_asked`` (cells),
        ``n_units`` (questions).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Population
    >>> frame = pd.DataFrame({"group": "Chile", "question": "q1", "option": ["yes", "no"],
    ...     "position": [0, 1], "share": [0.7, 0.3]})
    >>> round(float(uniform_similarity(Population(frame), replicates=0)["estimate"].iloc[0]), 4)
    0.8259
    """
    catalogue, (aligned,), _ = align_tables([(population.frame, ["group"])], measure, refusal_options)
    cube = uniform_answers(aligned.usable(), len(catalogue), measure, base)
    total, cells = np.nansum(cube, axis=0), (~np.isnan(cube)).sum(axis=0)
    there = np.flatnonzero(cells)
    total, cells = total[there], cells[there]
    plan = plan_clusters(len(there), replicates, np.random.default_rng(seed))
    draws = (plan.weights @ total) / (plan.weights @ cells)
    frame = pd.DataFrame(
        {
            "estimand": "similarity of uniform answers",
            "model": "uniform",
            "group": "all cells",
            "estimate": [total.sum() / cells.sum()],
            "n_scored": [int(cells.sum())],
            "n_asked": [int(cells.sum() + len(aligned.zeros()))],
            "n_units": [len(there)],
        }
    )
    found = plan.finish(draws[:, None], frame["estimate"], len(there), level, within=(-np.inf, 1.0))
    return with_interval(frame, found, level)


@formerly(people="population")
def similarity_matrix(
    population: Population,
    *,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    refusal_options: RefusalPolicy = "keep",
    most: int = 24,
    least: int = 15,
) -> pd.DataFrame:
    """Similarities between countries, in the order of a hierarchical clustering.

    Countries are taken in falling number of questions answered, special samples left out, as long as each
    shares at least `least` questions with every one taken before. Average linkage of one minus the
    similarity, leaves in the optimal order (Bar-Joseph, Gifford and Jaakkola 2001).

    Parameters
    ----------
    population, measure, base, refusal_options
        As in `group_similarity`.
    most
        Largest number of countries.
    least
        Fewest questions that two countries must share.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``other``, ``place`` and ``other_place`` (positions in the order, from 0), ``similarity``,
        ``n_questions``: both orders of every pair.

    Raises
    ------
    SpecificationError
        Fewer than two countries share enough questions.
    """
    between = group_similarity(population, measure=measure, base=base, refusal_options=refusal_options)
    shared = between[between["n_questions"] >= least]
    linked = {(a, b) for a, b in zip(shared["group"], shared["other"], strict=True)}
    answered = population.frame.groupby("group", observed=True)["question"].nunique()
    order = answered.rename("n").reset_index().sort_values(["n", "group"], ascending=[False, True])["group"]
    taken: list[str] = []
    for name in map(str, order):
        fits = not is_pseudo_country(name) and all((name, other) in linked for other in taken)
        if fits and len(taken) < most:
            taken.append(name)
    if len(taken) < 2:
        raise SpecificationError(
            "no two countries share enough questions",
            parameter="least",
            got=least,
            expected="a smaller number",
        )
    chosen = shared[shared["group"].isin(taken) & shared["other"].isin(taken)]
    table = chosen.pivot(index="group", columns="other", values="similarity").loc[taken, taken]
    gaps = 1 - table.fillna(1.0).to_numpy()
    condensed = squareform((gaps + gaps.T) / 2, checks=False)
    leaves = hierarchy.leaves_list(hierarchy.linkage(condensed, "average", optimal_ordering=True))
    place = {taken[leaf]: position for position, leaf in enumerate(leaves.tolist())}
    frame = chosen.assign(place=chosen["group"].map(place), other_place=chosen["other"].map(place))
    columns = ["group", "other", "place", "other_place", "similarity", "n_questions"]
    return frame.sort_values(["place", "other_place"], ignore_index=True)[columns]
