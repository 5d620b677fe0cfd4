"""How far raters agree about items, corrected for chance, with intervals that resample items."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.raters.labels import TRUTH, is_blank, is_mixed, label_of, same_label, spelled_ways
from valuestats.raters.models_among import among_words, models_among
from valuestats.raters.rating_table import RATINGS, number_levels, numbers_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.agreement import (
    Agreement,
    Weighting,
    category_similarity,
    cohen_kappa,
    count_matrix,
    fleiss_kappa,
    gwet_ac,
    krippendorff_interval,
    krippendorff_nominal,
    krippendorff_ordinal,
    set_distance,
)
from valuestats.statistics.clusters import plan_clusters
from valuestats.tables import Ratings
from valuestats.tables.far_codes import far_notes
from valuestats.tables.schema import require_unique, validate
from valuestats.tables.units import resampling_units

_Key = Callable[[object], object]
Coefficient = Literal["alpha", "cohen", "fleiss", "ac"]
Metric = Literal["nominal", "ordinal", "interval", "jaccard", "masi", "linear", "quadratic"]

ALLOWED: dict[str, tuple[str, ...]] = {
    "alpha": ("nominal", "ordinal", "interval", "jaccard", "masi"),
    "cohen": ("nominal", "linear", "quadratic"),
    "fleiss": ("nominal",),
    "ac": ("nominal", "linear", "quadratic"),
}
"""Which metrics each coefficient knows."""

_NAMES = {
    "alpha": "Krippendorff's alpha",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "ac": "Gwet's AC",
}
_CITATIONS = {
    "alpha": "Krippendorff (2011), Computing Krippendorff's alpha-reliability",
    "cohen": "Cohen (1960); Cohen (1968)",
    "fleiss": "Fleiss (1971); Gwet (2014) for unequal numbers of ratings",
    "ac": "Gwet (2008); Gwet (2014)",
}


@checked
def agreement(
    ratings: pd.DataFrame | Ratings,
    *,
    metric: str | Sequence[str] = "nominal",
    coefficient: Coefficient = "alpha",
    categories: Sequence[Any] | None = None,
    as_written: bool = False,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""Chance-corrected agreement of raters, with an interval that resamples items (or their clusters).

    Estimand: the coefficient over the population of items from which these were drawn, for raters such as these.
    Interval: expanded percentile over bootstrap replicates of the items, all ratings of an item together (of a
    cluster, where there is a column ``cluster``); observed and expected agreement are both recomputed in each
    replicate. Raters are not resampled.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    ratings
        One row per rating: ``respondent`` (the rater), ``item``, ``rating``, optionally ``cluster``; or a
        `Ratings` table. A null rating is missing. For ``"jaccard"`` and ``"masi"`` a rating is a collection of
        labels; an empty one is a rating that says "none", not a missing one.
    metric
        Distance between ratings, one or several (all on the same resamples): ``"nominal"`` (of numbers with more than two
        values it is said that their order is not heeded), ``"ordinal"``,
        ``"interval"``, ``"jaccard"``, ``"masi"`` for alpha; ``"nominal"``, ``"linear"``, ``"quadratic"`` for
        Cohen's kappa and Gwet's AC (nominal is AC1, the others AC2); ``"nominal"`` for Fleiss' kappa.
    coefficient
        ``"alpha"`` (Krippendorff), ``"cohen"``, ``"fleiss"`` or ``"ac"`` (Gwet).
    categories
        All categories in their order. Where omitted, those that occur, sorted; text has no order of its own, so
        ordered metrics of text need it. Labels that are one number, written as 1, "1" or 1.0, are one label. AC depends
        on the number of categories, so give them where some were never used.
    as_written
        Whether "Yes" and "yes" are two labels; else those that differ in case or blanks only are one, which a warning names.
    level, replicates, seed
        Of the bootstrap. With ``replicates=0`` no interval is computed.

    Returns
    -------
    Result
        Kind ``"agreement"``, key ``metric``; besides ``coefficient``, ``observed`` and ``expected`` (agreement;
        disagreement for ordinal and interval alpha), ``baseline`` (0, chance), ``n_raters``, ``n_items`` and
        ``n_units`` (items or clusters resampled). ``n_scored`` counts the ratings that enter: those of items rated
        at least twice (for Fleiss and Gwet, whose chance part needs no pairs, of all items); ``n_asked`` all
        rows. The estimate is null where all ratings are the same: chance alone would then agree always.

    Raises
    ------
    SpecificationError
        A metric that the coefficient doesn't know, no item with two ratings, or Cohen's kappa without exactly
        two raters.
    InputError
        A rater rated an item twice, or a rating is not what its metric needs.

    References
    ----------
    Krippendorff (2011); Cohen (1960, 1968); Fleiss (1971); Gwet (2008, 2014); Passonneau (2006) for MASI;
    Hesterberg (2015) for the expanded percentile.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.raters.agreement import agreement
    >>> rows = [("ann", 1, "a"), ("bob", 1, "a"), ("ann", 2, "b"), ("bob", 2, "b"), ("ann", 3, "a"),
    ...     ("bob", 3, "b"), ("ann", 4, "b"), ("bob", 4, None)]
    >>> found = agreement(pd.DataFrame(rows, columns=["respondent", "item", "rating"]), replicates=0)
    >>> found.estimates[["estimate", "n_scored", "n_asked", "n_units"]].round(3).to_numpy().tolist()
    [[0.444, 6.0, 8.0, 3.0]]
    """
    started = time.perf_counter()
    metrics = _metrics(coefficient, metric)
    table = _table(ratings.frame if isinstance(ratings, Ratings) else ratings, coefficient)
    if coefficient == "cohen":
        _require_two(table)
    judges = models_among(table.rater)
    names, cluster = np.unique(table.cluster, return_inverse=True)
    rng = np.random.default_rng(seed)
    plan = plan_clusters(len(names), replicates, rng)
    weights = plan.with_all[:, cluster]
    key = label_of if as_written else same_label
    found = [_estimate(table, coefficient, m, categories, weights, key) for m in metrics]
    values = np.stack([f.estimate for f in found], axis=1)
    what = "clusters" if table.clustered else "items"
    resampled = plan.finish(
        values[1:], values[0], len(names), level, correlation=True, within=(-np.inf, 1.0), what=what
    )
    known = ~np.isnan(values[0])
    unordered = (metrics == ["nominal"] and categories is None and number_levels(table.rating)) or 0
    frame = pd.DataFrame(
        {
            "estimand": _NAMES[coefficient],
            "metric": metrics,
            "coefficient": coefficient,
            "estimate": values[0],
            "std_error": np.where(known, resampled.std_error, np.nan),
            "lower": np.where(known, resampled.lower, np.nan),
            "upper": np.where(known, resampled.upper, np.nan),
            "level": level,
            "interval": np.where(known, resampled.interval, "none"),
            "n_scored": len(table.item),
            "n_asked": table.n_asked,
            "baseline": 0.0,
            "observed": [f.observed[0] for f in found],
            "expected": [f.expected[0] for f in found],
            "n_raters": table.n_raters,
            "n_items": table.n_items,
            "n_units": len(names),
        }
    )
    meta = make_meta(
        f"{_NAMES[coefficient]}, items resampled",
        {
            "metric": metrics,
            "coefficient": coefficient,
            "categories": None if categories is None else [str(c) for c in categories],
            "as_written": as_written,
            "level": level,
            "replicates": replicates,
            "unit": "cluster" if table.clustered else "item",
        },
        citations=[_CITATIONS[coefficient], "Hesterberg (2015)"],
        seed=seed,
        warnings=[
            *([] if as_written else spelled_ways(table.rating)),
            *_warnings(table, values[:1] if plan.jackknife else values, metrics),
            *([names_words(unordered, coefficient)] if unordered else []),
            *far_notes(table.rating, "rating"),
            *([among_words(judges)] if judges else []),
            *resampled.warnings,
        ],
        seconds=time.perf_counter() - started,
        numbers_as_names=unordered,
        models_among=judges,
    )
    draws = draws_tree("bootstrap", resampled.draws, {"metric": metrics}) if replicates > 0 else None
    return Result("agreement", frame, ("metric",), meta, draws)


@dataclass(frozen=True)
class _Table:
    """The ratings that enter the coefficient; items are numbered from 0, clusters are per item."""

    item: np.ndarray
    rater: np.ndarray
    rating: pd.Series
    cluster: np.ndarray
    n_items: int
    n_raters: int
    n_asked: int
    n_missing: int
    n_single: int
    clustered: bool


def _metrics(coefficient: str, metric: str | Sequence[str]) -> list[str]:
    metrics = [metric] if isinstance(metric, str) else list(metric)
    wrong = [m for m in metrics if m not in ALLOWED[coefficient]]
    if wrong or not metrics or len(set(metrics)) < len(metrics):
        raise SpecificationError(
            f"{_NAMES[coefficient]} has no such metric",
            parameter="metric",
            got=", ".join(map(str, metrics)) or "none",
            expected=f"each at most once: {', '.join(ALLOWED[coefficient])}",
            hint="linear and quadratic belong to kappa and AC; ordinal, interval and sets to alpha",
        )
    return metrics


def _table(frame: pd.DataFrame, coefficient: str) -> _Table:
    rows = validate(frame, RATINGS, table="ratings")
    require_unique(rows, ["respondent", "item"], table="ratings")
    given = rows[(rows["rating"].notna() & ~rows["rating"].map(is_blank).astype(bool)).to_numpy()]
    counts = given.groupby("item", observed=True)["rating"].size()
    twice = counts.index[counts >= 2]
    # an item with one rating holds no pair, but for Fleiss and Gwet it counts among the shares of categories
    kept = given if coefficient in ("fleiss", "ac") else given[given["item"].isin(twice)]
    if twice.empty:
        raise SpecificationError(
            "no item was rated by two raters, so there is nothing to agree about",
            parameter="ratings",
            got=f"{len(given)} ratings of {len(counts)} items by {given['respondent'].nunique()} raters",
            expected="at least one item with two ratings",
        )
    item, names = pd.factorize(kept["item"], sort=True)
    units = resampling_units(kept, names, order="met")
    return _Table(
        item=np.asarray(item, dtype=np.int64),
        rater=kept["respondent"].to_numpy(),
        rating=kept["rating"].reset_index(drop=True),
        cluster=units.member,
        n_items=len(names),
        n_raters=int(kept["respondent"].nunique()),
        n_asked=len(rows),
        n_missing=len(rows) - len(given),
        n_single=int((counts == 1).sum()),
        clustered=units.clustered,
    )


def _require_two(table: _Table) -> None:
    if table.n_raters != 2:
        raise SpecificationError(
            "Cohen's kappa compares two raters",
            parameter="ratings",
            got=f"{table.n_raters} raters",
            expected="two raters",
            hint="choose two of them, or use coefficient='fleiss', 'alpha' or 'ac'",
        )


def _estimate(
    table: _Table,
    coefficient: str,
    metric: str,
    categories: Sequence[Any] | None,
    weights: np.ndarray,
    key: _Key,
) -> Agreement:
    if metric == "interval":
        numbers = numbers_of(table.rating, "the interval metric needs finite numbers")
        return krippendorff_interval(table.item, numbers, table.n_items, weights)
    if metric in ("jaccard", "masi"):
        sets = table.rating.map(lambda rating: _as_set(rating, key))
        code, labels = pd.factorize(sets)
        kind = cast(Literal["jaccard", "masi"], metric)
        counts = count_matrix(table.item, code.astype(np.int64), table.n_items, len(labels))
        return krippendorff_nominal(counts, weights, set_distance(list(labels), kind))
    code, values = _coded(table.rating, categories, key, ordered=metric != "nominal")
    if coefficient == "cohen":
        first, second = _pairs(table, code)
        return cohen_kappa(first, second, weights, category_similarity(values, cast(Weighting, metric)))
    counts = count_matrix(table.item, code, table.n_items, len(values))
    if coefficient == "ac":
        return gwet_ac(counts, weights, category_similarity(values, cast(Weighting, metric)))
    chosen: dict[str, Callable[[np.ndarray, np.ndarray], Agreement]] = {
        "nominal": krippendorff_nominal,
        "ordinal": krippendorff_ordinal,
    }
    return (fleiss_kappa if coefficient == "fleiss" else chosen[metric])(counts, weights)


def _pairs(table: _Table, code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the two raters, aligned; every kept item has both."""
    is_first = table.rater == table.rater[0]
    first, second = np.empty(table.n_items, dtype=np.int64), np.empty(table.n_items, dtype=np.int64)
    first[table.item[is_first]] = code[is_first]
    second[table.item[~is_first]] = code[~is_first]
    return first, second


def _as_set(rating: object, key: _Key) -> frozenset[object]:
    if isinstance(rating, (set, frozenset, list, tuple, np.ndarray)):
        return frozenset(key(label) for label in rating)
    raise InputError(
        "ratings: set metrics need collections of labels",
        parameter="rating",
        got=repr(rating),
        expected="a set, list or tuple of labels",
        hint="parse text such as \"['a', 'b']\" into labels first; one label is a set of one",
    )


def _coded(
    rating: pd.Series, categories: Sequence[Any] | None, key: _Key, *, ordered: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Category number of each rating, and the categories' places on the scale."""
    keys = rating.map(key)
    if set(keys) <= {*TRUTH, *TRUTH.values()}:
        keys = keys.map(lambda known: TRUTH.get(known, known))
    labels = keys.infer_objects()
    numeric = pd.api.types.is_numeric_dtype(labels)
    if categories is None:
        if ordered and not numeric:
            raise SpecificationError(
                "labels that are not numbers have no order of their own",
                parameter="categories",
                got=None,
                expected="all categories in their order",
            )
        code, found = pd.factorize(labels, sort=numeric)
        return code.astype(np.int64), np.asarray(found if numeric else range(len(found)), dtype=float)
    listed = [key(c) for c in categories]
    listed = [TRUTH.get(str(c), c) if {*listed, *labels} <= {*TRUTH, *TRUTH.values()} else c for c in listed]
    if len(set(listed)) < len(listed) or not listed:
        raise SpecificationError(
            "each category stands once",
            parameter="categories",
            got=", ".join(map(str, listed)) or "none",
            expected="all categories in their order, each once",
        )
    code = pd.Index(listed).get_indexer(pd.Index(labels))
    if (code < 0).any():
        raise InputError(
            "ratings: a rating is none of the declared categories",
            parameter="rating",
            got=repr(labels[code < 0].iloc[0]),
            expected=", ".join(map(str, listed)),
        )
    are_numbers = all(isinstance(c, float) for c in listed)
    places = listed if are_numbers else list(range(len(listed)))
    return code.astype(np.int64), np.asarray(places, dtype=float)


def names_words(levels: int, coefficient: str) -> str:
    """What is said of numbers that are compared as if they were names."""
    other = {"alpha": "metric='ordinal' or 'interval'", "fleiss": "coefficient='alpha' with metric='ordinal'"}
    return (
        f"the ratings are numbers of {levels} values, compared as names: neighbours count as far apart as the ends; "
        f"{other.get(coefficient, 'metric=' + repr('quadratic'))} heeds their order"
    )


def _warnings(table: _Table, values: np.ndarray, metrics: list[str]) -> list[str]:
    found = []
    if is_mixed(table.rating):
        found.append('labels stand as numbers and as texts: 1, "1" and 1.0 are taken as one')
    if table.n_missing:
        found.append(f"{table.n_missing} of {table.n_asked} ratings are missing")
    if table.n_single:
        found.append(f"{table.n_single} items have one rating only, which can agree with nothing")
    for m, name in enumerate(metrics):
        if np.isnan(values[0, m]):
            found.append(f"{name}: all ratings are the same, so agreement beyond chance is not defined")
        elif (lost := int(np.isnan(values[1:, m]).sum())) > 0:
            found.append(f"{name}: {lost} replicates drew ratings that are all the same and are left out")
    return found
