"""Shares of small groups by multilevel regression and poststratification."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from valuestats.alignment.groups import (
    DECLARED,
    JOIN,
    checked_answers,
    design_weight,
    unweighted_note,
    with_levels,
)
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.base.progress import track
from valuestats.base.threads import one_thread
from valuestats.latent.likelihoods.shares import multilevel_shares
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.conditions import dense_draws
from valuestats.statistics.distances import Array
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables import Population

CITATIONS = (
    "Gelman and Little (1997), Poststratification into many categories using hierarchical logistic regression",
    "Park, Gelman and Bafumi (2004), Bayesian multilevel estimation with poststratification",
    "Ghitza and Gelman (2013), Deep interactions with MRP",
    "Neal (2011), MCMC using Hamiltonian dynamics",
)
_MOST_RHAT = 1.05


@formerly(frame="cells")
@formerly_apart
@checked
def poststratified_shares(
    respondents: pd.DataFrame,
    factors: Sequence[str],
    cells: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    weight: str | None = DECLARED,
    interactions: bool = True,
    sampling: Sampling | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Shares of options in groups, small ones too: a multilevel model of cells, averaged by the population's cells.

    For each question the cells (combinations of the factors' levels) get a categorical model in which every factor's
    levels, and those of every pair of factors, vary around zero with a scale of their own, so that cells with few
    people borrow from those that are like them. A group's share is that of its cells, weighted by how many people of
    the population stand in them:

    .. math:: \theta_{gk} = \frac{\sum_{c \in g} N_c\, p_{ck}}{\sum_{c \in g} N_c}.

    Design weights enter as counts scaled to Kish's effective number of people in the cell (Ghitza and Gelman 2013).
    The posterior is sampled (`valuestats.latent.likelihoods.shares`); in simulations its 95%
    intervals covered .97 to .98 and its error was 0.35 to 0.4 of that of the cells' own respondents
    (``benchmarks/results/alignment_coverage.csv``).

    Parameters
    ----------
    respondents
        As in `group_shares`.
    factors
        Columns that make the cells.
    cells
        The population: `factors` and ``count``, one row per cell. Cells without a respondent are predicted.
    by
        Factors that make the groups; all of them where None.
    weight
        Column of design weights; see `group_shares`.
    interactions
        Whether each pair of factors has a term of its own.
    sampling
        `Sampling`, of which it takes `draws` (kept in all; 1,000 if not given).
    level
        Probability inside the interval.
    seed
        Seed of the draws.

    Returns
    -------
    Result
        Kind ``"poststratified"``, keys ``("group", "question", "option")``: ``estimate`` (posterior mean) with its
        interval, ``direct`` (the weighted share of the group's own respondents, null without any), ``position``,
        ``n_scored`` (respondents of the group), ``n_asked`` (those with and without an answer), and ``n``, the number
        of people whose shares would vary as much as the posterior.

    Raises
    ------
    SpecificationError
        A column is missing, a cell of the population stands twice, a respondent's cell is not in it, or
        counts that are no counts.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"respondent": range(40), "question": "q", "age": ["old"] * 38 + ["young"] * 2,
    ...     "option": ["yes"] * 19 + ["no"] * 19 + ["yes"] * 2})
    >>> people = pd.DataFrame({"age": ["old", "young"], "count": [500, 500]})
    >>> found = poststratified_shares(frame, ["age"], people, sampling=Sampling(draws=400)).estimates
    >>> young = found[(found["group"] == "young") & (found["option"] == "yes")].iloc[0]
    >>> bool(0.5 < young["estimate"] < young["direct"] == 1.0)
    True
    """
    began = time.perf_counter()
    weight = design_weight(respondents, weight)
    groups_by = list(factors if by is None else by)
    draws = settings(sampling, "poststratified_shares", draws=1000, gated=False).draws
    _check(respondents, factors, cells, groups_by, draws, level)
    answers, said = checked_answers(respondents, list(factors), weight)
    levels, codes = _levels(cells, factors, interactions)
    known = pd.MultiIndex.from_frame(cells[list(factors)].astype(str))
    places = known.get_indexer(pd.MultiIndex.from_frame(answers[list(factors)].astype(str)))
    if (places < 0).any():
        raise SpecificationError(
            "a respondent belongs to no cell of the population",
            parameter="cells",
            got=JOIN.join(answers[list(factors)].astype(str).iloc[int((places < 0).argmax())]),
            expected="every combination of levels that respondents have",
        )
    names = cells[groups_by].astype(str).agg(JOIN.join, axis=1).to_numpy()
    groups = list(dict.fromkeys(sorted(names)))
    share_of = np.array([np.where(names == g, cells["count"], 0.0) for g in groups], dtype=float)
    share_of /= share_of.sum(axis=1, keepdims=True)
    asked = _asked(respondents, groups_by)
    rng = np.random.default_rng(seed)
    parts: list[pd.DataFrame] = []
    drawn: list[Array] = []
    scales = {}
    answers["cell"] = places
    for question, part in track(
        list(answers.groupby("question", sort=True, observed=True)), "multilevel model of each question"
    ):
        options = part.drop_duplicates("option").sort_values("position")
        if len(options) < 2:
            said.append(f"question {str(question)[:60]} is left out: everybody chose the same option")
            continue
        counts, weighted, people = _cell_counts(part, list(options["option"]), len(cells))
        with one_thread():
            fit = multilevel_shares(counts, codes, draws, rng)
        spread = np.median(fit.scales, axis=0).round(3).tolist()
        scales[str(question)] = dict(zip(levels, spread, strict=True))
        if fit.rhat > _MOST_RHAT:
            said.append(f"question {str(question)[:60]}: the chains disagree (R-hat {fit.rhat:.2f})")
        shares = np.einsum("gc,dck->dgk", share_of, fit.draws)
        own = np.array([weighted[names == g].sum(axis=0) for g in groups])
        answered = np.array([people[names == g].sum() for g in groups])
        parts.append(_rows(str(question), options, groups, shares, own, answered, asked, level))
        drawn.append(shares.reshape(len(shares), -1))
    if not parts:
        raise SpecificationError(
            "no question with two options", parameter="respondents", got="; ".join(said) or "nothing"
        )
    table = with_levels(pd.concat(parts, ignore_index=True), cells.assign(group=names), groups_by)
    said += unweighted_note(respondents, weight)
    meta = make_meta(
        "categorical multilevel model of counted cells (Hamiltonian Monte Carlo), poststratified",
        {
            "factors": list(factors),
            "by": groups_by,
            "weight": weight,
            "interactions": interactions,
            "draws": draws,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - began,
        scales=scales,
    )
    keys = ("group", "question", "option")
    return Result(
        "poststratified",
        table,
        keys,
        meta,
        dense_draws("posterior", table, np.concatenate(drawn, axis=1), keys),
    )


def as_population(result: Result) -> Population:
    """The posterior means as a table of shares with the equivalent numbers of people.

    Parameters
    ----------
    result
        Of `poststratified_shares`.
    """
    frame = result.estimates
    columns = ["group", "question", "option", "position", "n"]
    by = result.meta["specification"].get("by", ())
    carried = [c for c in (*by, "ordered", "text") if c in frame.columns and c not in columns]
    return Population(frame[[*columns, *carried]].assign(share=frame["estimate"]))


def _check(
    respondents: pd.DataFrame,
    factors: Sequence[str],
    frame: pd.DataFrame,
    by: Sequence[str],
    draws: int,
    level: float,
) -> None:
    missing = [c for c in (*factors, "count") if c not in frame.columns]
    if missing or not set(by) <= set(factors) or not by:
        raise SpecificationError(
            "the population lacks a column" if missing else "groups must be made of factors",
            parameter="cells" if missing else "by",
            got=", ".join(missing or by),
            expected=", ".join((*factors, "count") if missing else factors),
        )
    counts = frame["count"].to_numpy(dtype=float)
    if not np.isfinite(counts).all() or (counts < 0).any() or not counts.sum() > 0:
        raise SpecificationError("counts that are no counts", parameter="count", expected="numbers from 0")
    empty = frame.groupby(list(by), observed=True)["count"].sum()
    if (empty == 0).any():
        raise SpecificationError(
            "a group has nobody in the population", parameter="count", got=str(empty.index[empty == 0][0])
        )
    if frame.duplicated(list(factors)).any():
        raise SpecificationError("a cell of the population stands twice", parameter="cells")
    if draws < 2 or not 0 < level < 1:
        raise SpecificationError(
            "impossible draws or level",
            parameter="draws, level",
            got=f"{draws}, {level}",
            expected="2 or more; in (0, 1)",
        )


def _levels(frame: pd.DataFrame, factors: Sequence[str], interactions: bool) -> tuple[list[str], np.ndarray]:
    """Names of the terms and their codes in each cell, shape ``(cells, terms)``."""
    columns = {name: frame[name].astype(str) for name in factors}
    # With two factors their interaction is the cell itself; with one there is none.
    pairs = list(combinations(factors, 2)) if interactions else []
    for one, two in pairs:
        columns[one + JOIN + two] = columns[one] + JOIN + columns[two]
    codes = np.stack([pd.factorize(c, sort=True)[0] for c in columns.values()], axis=1)
    return list(columns), codes.astype(np.intp)


def _cell_counts(part: pd.DataFrame, options: list[str], n_cells: int) -> tuple[Array, Array, np.ndarray]:
    """Effective counts, sums of weights, and people, by cell (and option)."""
    option = pd.Categorical(part["option"], categories=options).codes
    place, w = part["cell"].to_numpy(), part["weight"].to_numpy(dtype=float)
    weighted = np.zeros((n_cells, len(options)))
    np.add.at(weighted, (place, option), w)
    total = weighted.sum(axis=1)
    squares = np.bincount(place, w**2, minlength=n_cells)
    effective = ratio(total**2, squares)
    counts = np.where(
        total[:, None] > 0, weighted * (effective / np.where(total > 0, total, 1))[:, None], 0.0
    )
    return counts, weighted, np.bincount(place, minlength=n_cells)


def _asked(respondents: pd.DataFrame, by: list[str]) -> pd.Series:
    known = respondents[respondents[by].notna().all(axis=1)]
    names = known[by].astype(str).agg(JOIN.join, axis=1)
    return known.groupby([names.to_numpy(), known["question"].astype(str).to_numpy()]).size()


def _rows(
    question: str,
    options: pd.DataFrame,
    groups: list[str],
    shares: Array,
    own: Array,
    answered: Array,
    asked: pd.Series,
    level: float,
) -> pd.DataFrame:
    """One row per group and option; `shares` of shape ``(draws, groups, options)``."""
    size = len(options)
    lower, upper = equal_tailed(shares, level)
    mean, variance = shares.mean(axis=0), shares.var(axis=0, ddof=1)
    equivalent = ratio((mean * (1 - mean)).sum(axis=1), variance.sum(axis=1)) - 1
    direct = ratio(own, np.repeat(own.sum(axis=1, keepdims=True), size, axis=1))
    carried = {
        c: np.tile(options[c].to_numpy(), len(groups))
        for c in ("ordered", "text", "code")
        if c in options.columns
    }
    return pd.DataFrame(
        {
            "estimand": "share, poststratified",
            "group": np.repeat(groups, size),
            "question": question,
            "option": np.tile(options["option"].astype(str).to_numpy(), len(groups)),
            "position": np.tile(options["position"].to_numpy(), len(groups)),
            "estimate": mean.ravel(),
            "std_error": np.sqrt(variance).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "level": level,
            "interval": "posterior, equal-tailed",
            "direct": direct.ravel(),
            "n": np.repeat(np.maximum(equivalent, 1e-3), size),
            "n_scored": np.repeat(answered.astype(int), size),
            "n_asked": np.repeat([int(asked.get((g, question), 0)) for g in groups], size),
            **carried,
        }
    )
