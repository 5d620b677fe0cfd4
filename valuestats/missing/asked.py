"""Answers given and missing as arrays: models x items x codes, with the items' keys and clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.counting.answer_tables import AnswerSource
from valuestats.counting.grouped import cells_of
from valuestats.missing.adjusted_means import Array
from valuestats.statistics.ratios import ratio
from valuestats.tables.conditions import CONDITIONS, column_words, level_names, pooled_levels
from valuestats.tables.keys import checked_keys
from valuestats.tables.scale import require_on_scale
from valuestats.tables.units import resampling_units

Quantity = Literal["mean", "centred", "share"]

EVERY = "all items"
"""Name of the dimension where no keys are given."""

CITATIONS = (
    "Manski (2003), Partial Identification of Probability Distributions",
    "Imbens & Manski (2004)",
    "Stoye (2009)",
)


@dataclass(frozen=True)
class AskedTable:
    """Counts of models x items x codes, missing answers, keys (items x dimensions), the items' clusters, what is pooled."""

    counts: Array
    missing: Array
    models: list[str]
    dimensions: list[str]
    sign: Array
    cluster: NDArray[np.int64]
    codes: Array
    values: Array
    quantity: Quantity
    pooled: dict[str, list[str]]

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1

    @property
    def answered(self) -> Array:
        """Answers given, models x items."""
        return self.counts.sum(axis=2)

    def units(self) -> NDArray[np.int64]:
        """Clusters with an item keyed to each dimension."""
        keyed = [self.sign[:, d] != 0 for d in range(len(self.dimensions))]
        return np.array([len(np.unique(self.cluster[k])) for k in keyed])


def asked_table(
    answers: AnswerSource,
    keyed: pd.DataFrame | None,
    scale: tuple[int, int],
    quantity: Quantity,
    at_least: int | None,
) -> AskedTable:
    """Count the answers given and missing, and check scale, keys and quantity."""
    codes = np.arange(int(scale[0]), int(scale[1]) + 1)
    if len(codes) < 2:
        raise SpecificationError(
            "impossible scale", parameter="scale", got=scale, expected="least and greatest code"
        )
    if (quantity == "share") != (at_least is not None):
        raise SpecificationError(
            "a share needs the code from which on answers count, and nothing else does",
            parameter="at_least",
            got=at_least,
            expected=f"a code above {codes[0]}" if quantity == "share" else "none",
        )
    cells = cells_of(answers, effects=CONDITIONS)
    cells = cells[cells["status"] != "not_administered"]
    if cells.empty:
        raise InputError("nothing was asked", parameter="answers")
    names = sorted(map(str, cells["item"].unique()))
    if keyed is None:
        keyed = pd.DataFrame({"item": names, "dimension": EVERY})
    keyed = checked_keys(keyed, items=names)
    cells = cells[cells["item"].astype(str).isin(keyed["item"])]
    valid = cells["status"] == "valid"
    require_on_scale(cells.loc[valid, "answer"], scale, cells.loc[valid, "item"])
    items, models = sorted(map(str, cells["item"].unique())), sorted(map(str, cells["model"].unique()))
    dimensions = list(dict.fromkeys(keyed["dimension"]))
    sign = np.zeros((len(items), len(dimensions)))
    place = pd.Index(items).get_indexer(pd.Index(keyed["item"]))
    sign[place, pd.Index(dimensions).get_indexer(pd.Index(keyed["dimension"]))] = keyed["sign"]
    if quantity == "share" and (sign < 0).any():
        raise SpecificationError(
            "a share of high answers has no meaning for reversed items",
            parameter="quantity",
            got="share",
            expected="mean or centred",
        )
    m = pd.Index(models).get_indexer(pd.Index(cells["model"].astype(str)))
    i = pd.Index(items).get_indexer(pd.Index(cells["item"].astype(str)))
    n, good = cells["count"].to_numpy(float), valid.to_numpy()
    counts = np.zeros((len(models), len(items), len(codes)))
    missing = np.zeros((len(models), len(items)))
    k = cells["answer"].fillna(codes[0]).to_numpy(int) - codes[0]
    np.add.at(counts, (m[good], i[good], k[good]), n[good])
    np.add.at(missing, (m[~good], i[~good]), n[~good])
    values = codes.astype(float) if at_least is None else (codes >= at_least).astype(float)
    return AskedTable(
        counts,
        missing,
        models,
        dimensions,
        sign,
        resampling_units(cells, items).member,
        codes.astype(float),
        values,
        quantity,
        pooled_levels(cells),
    )


def extremes(table: AskedTable, upper: bool) -> tuple[Array, Array]:
    """Item means with the missing answers at the end that raises (lowers) the quantity, and at the other."""
    ends = float(table.values[-1]), float(table.values[0])
    toward, against = ends if upper else ends[::-1]
    total, asked = table.counts @ table.values, table.answered + table.missing
    return ratio(total + table.missing * toward, asked), ratio(total + table.missing * against, asked)


def observed(table: AskedTable) -> Array:
    """The quantity of the answers given alone."""
    means = ratio(table.counts @ table.values, table.answered)
    return fixed(table, means, means, np.ones((1, table.n_clusters)))[0]


def fixed(table: AskedTable, toward: Array, against: Array, weights: Array) -> Array:
    """The quantity under each row of weights; items keyed positively take `toward`, reversed ones `against`.

    A centred score is a mean of signed answers less the balance of the signs times the mean of all answers; items of
    other dimensions take whichever of the two moves it the way of `toward`.
    """
    middle = table.values[0] + table.values[-1]
    found = []
    for d in range(len(table.dimensions)):
        sign = table.sign[:, d]
        if table.quantity != "centred":
            turned = np.where(sign > 0, toward, np.where(sign < 0, middle - against, np.nan))
            found.append(weighted_mean(turned, table, weights))
            continue
        keyed = np.where(sign > 0, toward, np.where(sign < 0, -against, np.nan))
        share = balance(table, ~np.isnan(toward), d, weights)
        means = [
            weighted_mean(np.where(sign > 0, toward, np.where(sign < 0, against, other)), table, weights)
            for other in (against, toward)
        ]
        about = np.where(share >= 0, means[0], means[1])
        found.append(weighted_mean(keyed, table, weights) - share * about)
    return np.stack(found, axis=-1)


def balance(table: AskedTable, seen: NDArray[np.bool_], d: int, weights: Array) -> Array:
    """Mean sign of a dimension's items that were seen, under each row of weights, shape ``(replicates, models)``."""
    sign = table.sign[:, d]
    return weighted_mean(np.where(seen & (sign != 0), sign, np.nan), table, weights)


def weighted_mean(values: Array, table: AskedTable, weights: Array) -> Array:
    """Mean over items (NaN left out) under cluster weights: ``(models, items)`` to ``(replicates, models)``."""
    total, n = sums(values, table)
    return ratio(weights @ total, weights @ n)


def sums(values: Array, table: AskedTable) -> tuple[Array, Array]:
    """Sums and numbers of the values that are not missing, by cluster and model."""
    indicator = np.equal.outer(np.arange(table.n_clusters), table.cluster).astype(float)
    seen = ~np.isnan(values.T)
    return indicator @ np.where(seen, values.T, 0.0), indicator @ seen


def estimate_frame(table: AskedTable, estimate: Array) -> pd.DataFrame:
    """The estimates by model and dimension with what they rest on."""
    keyed = (table.sign != 0).astype(float)
    index = pd.MultiIndex.from_product([table.models, table.dimensions], names=["model", "dimension"])
    frame = index.to_frame(index=False)
    frame.insert(
        0, "estimand", {"mean": "mean code", "centred": "centred score", "share": "share"}[table.quantity]
    )
    scored, missing = table.answered @ keyed, table.missing @ keyed
    return frame.assign(
        estimate=estimate.ravel(),
        n_scored=scored.ravel().astype(np.int64),
        n_asked=(scored + missing).ravel().astype(np.int64),
        n_units=np.tile(table.units(), len(table.models)),
    )


def limits(scale: tuple[int, int], quantity: str) -> tuple[float, float]:
    """Least and greatest value that the quantity can have."""
    if quantity == "share":
        return 0.0, 1.0
    width = float(scale[1] - scale[0])
    return (float(scale[0]), float(scale[1])) if quantity == "mean" else (-width, width)


def specification(
    scale: tuple[int, int], quantity: str, at_least: int | None, level: float, replicates: int
) -> dict[str, Any]:
    """What was asked for, as a result's meta keeps it."""
    return {
        "scale": list(scale),
        "quantity": quantity,
        "at_least": at_least,
        "level": level,
        "replicates": replicates,
        "unit": "query",
    }


def table_warnings(table: AskedTable) -> list[str]:
    """What a reader must know of what is missing."""
    found = [
        f"answers of {counted(len(levels), column_words(name))} are counted together ({level_names(levels)}); take the "
        "rows of one to keep it apart"
        for name, levels in table.pooled.items()
    ]
    missing, asked = table.missing.sum(), (table.missing + table.answered).sum()
    if missing == 0:
        found.append("no answer is missing, so bounds and estimate are the same")
    silent = [m for m, n in zip(table.models, table.answered.sum(axis=1), strict=True) if n == 0]
    if silent:
        found.append(f"no answer at all: {', '.join(silent)}")
    if missing > 0.5 * asked:
        found.append("more than half of the answers are missing")
    if (table.units() < 6).any():
        found.append("fewer than six clusters in a dimension, so standard errors are rough")
    return found
