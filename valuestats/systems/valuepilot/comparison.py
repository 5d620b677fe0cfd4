"""Published | Recomputed | Corrected of the human study, and how many people it takes to tell methods apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.orderings.agreement import PEOPLE as OTHERS
from valuestats.orderings.overlaps import Measure, ranking_vectors
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published

OURS = "ValuePilot, ensemble"
"""The method that the paper reports."""


def published_overlap(rankings: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Average overlap and first choice as the release's own script has them.

    The overlap is averaged to the depth of the shorter of the two rankings, whatever the longer one ranks besides; over
    scenarios, then over people.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``overlap``, ``first``.
    """
    own = {k: list(v.sort_values("rank")["option"]) for k, v in people.groupby(["respondent", "item"])}
    rows = []
    for (model, who, item), part in rankings.groupby(["model", "respondent", "item"]):
        if (who, item) not in own:
            continue
        one, two = list(part.sort_values("rank")["option"]), own[who, item]
        depths = range(1, min(len(one), len(two)) + 1)
        overlap = np.mean([len(set(one[:d]) & set(two[:d])) / d for d in depths])
        rows.append((model, who, overlap, one[0] == two[0]))
    frame = pd.DataFrame(rows, columns=["model", "respondent", "overlap", "first"]).astype({"first": float})
    each = frame.groupby(["model", "respondent"], as_index=False)[["overlap", "first"]].mean()
    return each.groupby("model", as_index=False)[["overlap", "first"]].mean()


def valuepilot_comparison(
    published_csv: str | Path, overlap: pd.DataFrame, agreement: Result, people: pd.DataFrame
) -> pd.DataFrame:
    """Hold the published numbers of the study of 40 people against the earlier one of 10, whose answers are released.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`.
    overlap
        `published_overlap` of the earlier study.
    agreement
        `valuestats.ranking_agreement` of it.
    people
        People's rankings.

    Returns
    -------
    pandas.DataFrame
        As `valuestats.systems.comparison.compare_published`.
    """
    told = read_published(published_csv)
    known = overlap.set_index("model")
    frame = agreement.estimates
    again, better, why = [], [], []
    names = (("average overlap", "overlap", "average_overlap"), ("first choice", "first", "first_choice"))
    for quantity, column, measure in names:
        key = {"quantity": quantity, "group": OURS}
        if OURS not in known.index:
            why.append({**key, "explanation": "the rankings are simulated"})
            continue
        row = frame[(frame["model"] == OURS) & (frame["measure"] == measure)].iloc[0]
        again.append({**key, "value": float(known[column].loc[OURS])})
        ends = {c: row[c] for c in ("estimate", "lower", "upper", "n_scored", "n_asked")}
        better.append({**key, **ends, "unit": "person and scenario"})
        study = f"the earlier study of {people['respondent'].nunique()} people; the one of 40 is not released"
        why.append({**key, "explanation": study})
    columns = ["quantity", "group"]
    return compare_published(
        told,
        pd.DataFrame(again, columns=[*columns, "value"]),
        pd.DataFrame(better) if better else None,
        tolerance=0.00005,
        explanations=pd.DataFrame(why),
    )


def same_for_all(rankings: pd.DataFrame) -> pd.DataFrame:
    """How many different rankings each model gives in a scenario, over the people it ranks for.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``people``, ``different`` (mean over scenarios), ``same`` (whether it is one everywhere).
    """
    order = (
        rankings.sort_values("rank")
        .groupby(["model", "item", "respondent"])["option"]
        .agg(tuple)
        .reset_index()
    )
    each = order.groupby(["model", "item"])["option"].nunique().groupby("model").mean()
    people = order.groupby("model")["respondent"].nunique()
    table = pd.DataFrame({"people": people, "different": each}).reset_index()
    return table.assign(same=table["different"] == 1)


@checked
def agreement_power(
    rankings: pd.DataFrame,
    people: pd.DataFrame,
    first: str | None = None,
    *,
    measure: Measure = "average_overlap",
    people_counts: Sequence[int] = (10, 20, 40, 80, 160),
    scenarios: Annotated[int, Whole(4)] | None = None,
    studies: Annotated[int, Whole(1)] = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Probability that a study of so many people tells one model from each other one, by simulation.

    The differences of the two models' agreement, cell by cell, are split into parts of people, of scenarios and of cells
    (two-way random model, negative variances set to 0). Studies of normal differences with these parts and the observed mean
    are drawn, and the interval of `valuestats.ranking_agreement` is worked out for each.

    Parameters
    ----------
    rankings, people
        As for `valuestats.ranking_agreement`; cells of other options are left out.
    first
        The model that is compared with all others; the one that agrees best where omitted.
    measure
        Which agreement.
    people_counts
        Numbers of people.
    scenarios
        Number of scenarios; as many as there are where omitted.
    studies, seed
        Simulated studies for each number.
    level
        Of the interval.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``first``, ``people``, ``scenarios``, ``difference``, ``sd_people``, ``sd_scenarios``, ``sd_cells``,
        ``power`` (share of studies whose interval leaves out 0 on the side of the observed difference).

    Raises
    ------
    SpecificationError
        No such model.

    Examples
    --------
    ::

        agreement_power(rankings, people, "ValuePilot, ensemble", people_counts=[10, 40])
    """
    cells = _cell_agreement(rankings, people, measure)
    if first is not None and first not in cells.columns.get_level_values("model"):
        raise SpecificationError(
            "no such model",
            parameter="first",
            got=first,
            expected=", ".join(cells.columns.get_level_values("model").unique()),
        )
    rng = np.random.default_rng(seed)
    first = first or str(cells.mean().groupby(level="model").mean().idxmax())
    rows: list[dict[str, Any]] = []
    for model in cells.columns.get_level_values("model").unique():
        if model == first:
            continue
        gap = (cells[first] - cells[model]).dropna(axis=1)
        y = gap.to_numpy(dtype=float)
        parts = _parts(y)
        j = scenarios or cells[first].shape[1]
        for n in people_counts:
            rows.append(
                {
                    "model": model,
                    "first": first,
                    "people": n,
                    "scenarios": j,
                    "difference": y.mean(),
                    "sd_people": parts[0] ** 0.5,
                    "sd_scenarios": parts[1] ** 0.5,
                    "sd_cells": parts[2] ** 0.5,
                    "power": _power(float(y.mean()), parts, n, j, studies, level, rng),
                }
            )
    return pd.DataFrame(rows)


def _cell_agreement(rankings: pd.DataFrame, people: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Agreement of each model with each person (rows) in each scenario (columns: model, item)."""
    parts: dict[tuple[str, str], pd.Series] = {}
    for item, own in people.groupby("item", sort=False):
        theirs = own.pivot(index="respondent", columns="option", values="rank")
        f = ranking_vectors(theirs.to_numpy(dtype=float), measure, 0.9)[0]
        for model, told in rankings[rankings["item"] == item].groupby("model"):
            wide = told.pivot(index="respondent", columns="option", values="rank")
            if set(wide.columns) != set(theirs.columns):
                continue
            wide = wide.reindex(index=theirs.index, columns=theirs.columns)
            if wide.isna().to_numpy().any():
                continue
            g = ranking_vectors(wide.to_numpy(dtype=float), measure, 0.9)[0]
            parts[str(model), str(item)] = pd.Series((f * g).sum(axis=1), index=theirs.index)
    table = pd.DataFrame(parts)
    table.columns = pd.MultiIndex.from_tuples(list(parts), names=["model", "item"])
    return table


def _parts(y: np.ndarray) -> tuple[float, float, float]:
    """Variances of people, scenarios and cells by analysis of variance, none below 0."""
    n, j = y.shape
    rest = y - y.mean(axis=0) - y.mean(axis=1, keepdims=True) + y.mean()
    cell = float((rest**2).sum() / ((n - 1) * (j - 1)))
    person = float(y.mean(axis=1).var(ddof=1) - cell / j)
    item = float(y.mean(axis=0).var(ddof=1) - cell / n)
    return max(person, 0.0), max(item, 0.0), cell


def _power(
    mean: float,
    parts: tuple[float, float, float],
    n: int,
    j: int,
    studies: int,
    level: float,
    rng: np.random.Generator,
) -> float:
    """Share of simulated studies whose interval leaves out 0 on the side of the mean."""
    person, item, cell = np.sqrt(parts)
    hits = 0
    for start in range(0, studies, 100):
        size = min(100, studies - start)
        y = mean + person * rng.normal(size=(size, n, 1)) + item * rng.normal(size=(size, 1, j))
        centre, reach = two_way_interval(y + cell * rng.normal(size=(size, n, j)), level)
        hits += int((centre * np.sign(mean) > reach).sum())
    return hits / studies


def two_way_interval(y: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each full table and half the width of its interval, as `valuestats.orderings.crossed` has them.

    Parameters
    ----------
    y
        Shape ``(tables, people, scenarios)``.
    level
        Probability inside the interval.

    Examples
    --------
    >>> centre, reach = two_way_interval(np.arange(20.0).reshape(1, 4, 5), 0.9)
    >>> float(centre[0]), float(reach[0].round(2))
    (9.5, 7.5)
    """
    _, n, j = y.shape
    rows, columns, mean = y.mean(axis=2), y.mean(axis=1), y.mean(axis=(1, 2))
    rest = y - rows[:, :, None] - columns[:, None] + mean[:, None, None]
    cell = (rest**2).sum(axis=(1, 2)) / ((n - 1) * (j - 1) * n * j)
    person, item = rows.var(axis=1, ddof=1) / n, columns.var(axis=1, ddof=1) / j
    variance = np.maximum(person + item - cell, cell)
    own = n - 1.0, j - 1.0, (n - 1.0) * (j - 1.0)
    spread = person**2 / own[0] + item**2 / own[1] + cell**2 / own[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = np.clip(variance**2 / spread, min(own[:2]) / 2, own[2])
    degrees = np.where(np.isfinite(degrees), degrees, min(own[:2]))
    return mean, stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance)


def people_row(agreement: Result, measure: str) -> pd.Series:
    """The people's own row of one measure."""
    frame = agreement.estimates
    return frame[(frame["model"] == OTHERS) & (frame["measure"] == measure)].iloc[0]
