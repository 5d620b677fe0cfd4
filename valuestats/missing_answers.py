"""How much missing answers matter: worst-case bounds, and scores had the missing answers differed from the others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.counting.answer_tables import AnswerSource
from valuestats.counting.grouped import cells_of
from valuestats.errors import InputError, SpecificationError
from valuestats.kernels.missing_answers import (
    Array,
    Mechanism,
    expected_missing,
    imbens_manski,
    located_shares,
)
from valuestats.kernels.ratios import ratio
from valuestats.kernels.resampling import (
    bootstrap_standard_error,
    cluster_weights,
    equal_tailed,
    expanded_level,
)
from valuestats.result import Result, draws_tree, make_meta

Quantity = Literal["mean", "centred", "share"]

EVERY = "all items"
"""Name of the dimension where no keys are given."""

GRID = {"shift": tuple(np.arange(-3, 3.5, 0.5)), "selection": tuple(np.arange(-1.5, 1.75, 0.25))}

_CITATIONS = [
    "Manski (2003), Partial Identification of Probability Distributions",
    "Imbens & Manski (2004)",
    "Stoye (2009)",
]
_PSEUDO = 0.5


@dataclass(frozen=True)
class _Table:
    """Counts of models x items x codes, missing answers, keys (items x dimensions), and the items' clusters."""

    counts: Array
    missing: Array
    models: list[str]
    dimensions: list[str]
    sign: Array
    cluster: NDArray[np.intp]
    codes: Array
    values: Array
    quantity: Quantity

    @property
    def n_clusters(self) -> int:
        return int(self.cluster.max()) + 1

    @property
    def answered(self) -> Array:
        return self.counts.sum(axis=2)

    def units(self) -> NDArray[np.int64]:
        """Clusters with an item keyed to each dimension."""
        keyed = [self.sign[:, d] != 0 for d in range(len(self.dimensions))]
        return np.array([len(np.unique(self.cluster[k])) for k in keyed])


def missing_bounds(
    answers: AnswerSource,
    keyed: pd.DataFrame | None = None,
    *,
    scale: tuple[int, int],
    quantity: Quantity = "mean",
    at_least: int | None = None,
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    r"""Scores had all missing answers been the least, or the greatest: what the answers alone can prove.

    Estimand: the quantity over *all* answers asked for, the missing ones as they would have been. It lies between
    the quantity with every missing answer at the code that is worst for it and at the code that is best
    (Manski 2003); no assumption is made. The interval covers the quantity wherever it is between the bounds
    (Imbens and Manski 2004), with standard errors that resample queries. Answers not administered are not missing.

    Parameters
    ----------
    answers
        Anything that `valuestats.count_answers` counts, or its counts.
    keyed
        Columns ``item, dimension, sign``; without it all items are one dimension, ``"all items"``.
    scale
        Least and greatest code.
    quantity
        ``"mean"``: mean over items of the items' mean (expected) code; ``"centred"``: that minus the mean over all keyed
        items, as in `valuestats.score`; ``"share"``: mean over items of the share of answers of at least `at_least`.
    at_least
        Code from which on an answer counts for ``"share"``.
    level, replicates, seed
        Of the interval and the bootstrap over clusters.

    Returns
    -------
    Result
        Kind ``"missing_bounds"``, keys ``model, dimension``: ``estimate`` (from the answers alone; null where there is
        none), ``bound_lower``, ``bound_upper``, the interval, and ``n_units`` clusters. ``meta["order"]``: for how many
        pairs of models in a dimension the order holds whatever the missing answers were, sampling left aside.

    Raises
    ------
    InputError
        A code off the scale.
    SpecificationError
        An unknown quantity, or a share without its code or with reversed keys.

    References
    ----------
    Manski (2003); Imbens and Manski (2004), Econometrica 72; Stoye (2009), Econometrica 77.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.missing_answers import missing_bounds
    >>> counts = pd.DataFrame({"model": "m", "item": ["1", "1", "2", "2"], "status": ["valid", "refusal"] * 2,
    ...     "answer": [4, None, 5, None], "count": [3, 1, 1, 1]}).astype({"answer": "Int64"})
    >>> found = missing_bounds(counts, scale=(1, 6)).estimates.iloc[0]
    >>> [float(found[c]) for c in ("bound_lower", "estimate", "bound_upper")]
    [3.125, 4.5, 5.0]
    """
    started = time.perf_counter()
    table = _table(answers, keyed, scale, quantity, at_least)
    rng = np.random.default_rng(seed)
    weights = cluster_weights(table.n_clusters, replicates, rng)
    every = np.concatenate([np.ones((1, table.n_clusters)), weights])
    ends = [_fixed(table, *_extremes(table, up), every) for up in (False, True)]
    frame = _frame(table, _observed(table))
    low, high = (e[0] for e in ends)
    errors = [bootstrap_standard_error(e[1:]) for e in ends]
    lower, upper = np.full(low.shape, np.nan), np.full(low.shape, np.nan)
    units = table.units()
    for d, n in enumerate(units):
        if n > 1:
            lower[:, d], upper[:, d] = imbens_manski(
                low[:, d], high[:, d], errors[0][:, d], errors[1][:, d], level, int(n)
            )
    frame["bound_lower"], frame["bound_upper"] = low.ravel(), high.ravel()
    frame["std_error"] = np.maximum(*errors).ravel()
    frame["lower"], frame["upper"] = lower.ravel(), upper.ravel()
    frame["level"], frame["interval"] = level, "Imbens-Manski"
    meta = make_meta(
        "worst-case bounds over missing answers, with the interval of Imbens and Manski",
        _specification(scale, quantity, at_least, level, replicates),
        citations=_CITATIONS,
        seed=seed,
        warnings=_warnings(table),
        seconds=time.perf_counter() - started,
        order=_order(low, high),
    )
    return Result("missing_bounds", frame, ("model", "dimension"), meta)


def missing_sensitivity(
    answers: AnswerSource,
    keyed: pd.DataFrame | None = None,
    *,
    scale: tuple[int, int],
    mechanism: Mechanism = "shift",
    amounts: Sequence[float] | None = None,
    quantity: Quantity = "mean",
    at_least: int | None = None,
    level: float = 0.95,
    replicates: int = 500,
    seed: int = 0,
) -> Result:
    r"""Scores as a function of how far missing answers differ from those given.

    The difference cannot be estimated from the answers, so it is declared and varied. ``mechanism="shift"`` (a pattern
    mixture): a missing answer is like the others of the model, shifted by :math:`\delta` logits on the latent scale.
    ``mechanism="selection"``: whether an answer comes depends on the answer itself,
    :math:`\operatorname{logit} P(\text{answered} \mid Y = k) = a_{mi} + \gamma k`; :math:`a_{mi}` of each model and item is
    estimated jointly with the answers' distribution, which has a closed form
    (`valuestats.kernels.missing_answers.selection_shares`). At 0 both say "missing at random given model and item".
    For large amounts of either sign the score goes to its worst-case bounds.

    Under a shift, a missing answer to an item follows a cumulative logit whose thresholds are those of the model's
    answers to the dimension's items, at the item's own place; under selection, the model's answers to the item with one
    pseudo-answer spread like those to the dimension's items (with few answers per item the tilt then falls somewhat short:
    benchmarks/missing_coverage.py). Where the model never answered an item, it follows the others alone. Amounts point
    towards the dimension: at a reversed item the sign is turned, and in a centred score the other items' missing answers
    move the opposite way, the worst case for the score.

    Parameters
    ----------
    answers, keyed, scale, quantity, at_least
        As in `missing_bounds`.
    mechanism
        See above.
    amounts
        The grid of :math:`\delta` (logits) or :math:`\gamma` (logits per step of the scale; a positive one says
        that high answers are given more readily, so that missing ones are low). 0 is added.
    level, replicates, seed
        Of the bootstrap over clusters.

    Returns
    -------
    Result
        Kind ``"missing_sensitivity"``, keys ``model, dimension, amount`` (as text); ``delta`` (as a number),
        ``bound_lower`` and ``bound_upper``. The replicates are paired over models and amounts: see `tipping_points`.

    Raises
    ------
    InputError, SpecificationError
        As in `missing_bounds`, or an unknown mechanism.

    References
    ----------
    Little (1994), Biometrika 81 (pattern mixtures); Scharfstein, Rotnitzky and Robins (1999), JASA 94 (selection by the
    outcome, exponential tilting); National Research Council (2010), chapter 5 (tipping points).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.missing_answers import missing_sensitivity
    >>> counts = pd.DataFrame({"model": "m", "item": ["1", "1", "1", "2"], "status": ["valid", "valid", "refusal", "valid"],
    ...     "answer": [3, 4, None, 4], "count": [5, 5, 10, 20]}).astype({"answer": "Int64"})
    >>> found = missing_sensitivity(counts, scale=(1, 6), amounts=[-2, 0, 2], replicates=50).estimates
    >>> found["estimate"].round(1).tolist()
    [3.5, 3.8, 3.9]
    """
    started = time.perf_counter()
    if mechanism not in get_args(Mechanism):
        raise SpecificationError(
            "no such mechanism",
            parameter="mechanism",
            got=mechanism,
            expected=", ".join(get_args(Mechanism)),
        )
    table = _table(answers, keyed, scale, quantity, at_least)
    grid = sorted({0.0, *map(float, GRID[mechanism] if amounts is None else amounts)})
    weights = cluster_weights(table.n_clusters, replicates, np.random.default_rng(seed))
    every = np.concatenate([np.ones((1, table.n_clusters)), weights])
    low, high = (_fixed(table, *_extremes(table, up), every[:1])[0] for up in (False, True))
    found = np.stack([_shifted(table, a, mechanism, every) for a in grid], axis=-1)
    units = table.units()
    lower, upper = np.full(found.shape[1:], np.nan), np.full(found.shape[1:], np.nan)
    for d, n in enumerate(units):
        if n > 1 and replicates:
            lower[:, d], upper[:, d] = equal_tailed(found[1:, :, d], expanded_level(level, int(n)))
    names = [f"{a:g}" for a in grid]
    base = _frame(table, np.zeros(low.shape)).assign(bound_lower=low.ravel(), bound_upper=high.ravel())
    frame = base.loc[base.index.repeat(len(grid))].reset_index(drop=True)
    frame["amount"], frame["delta"] = np.tile(names, len(base)), np.tile(grid, len(base))
    frame["estimate"], frame["std_error"] = found[0].ravel(), bootstrap_standard_error(found[1:]).ravel()
    frame["lower"], frame["upper"], frame["level"] = lower.ravel(), upper.ravel(), level
    frame["interval"] = "cluster bootstrap, equal-tailed"
    meta = make_meta(
        "pattern mixture: missing answers shifted on the latent logistic scale"
        if mechanism == "shift"
        else "selection model: answering depends on the answer by a declared coefficient",
        {
            **_specification(scale, quantity, at_least, level, replicates),
            "mechanism": mechanism,
            "amounts": grid,
        },
        citations=["Little (1994)", "Scharfstein, Rotnitzky & Robins (1999)", *_CITATIONS[:1]],
        seed=seed,
        warnings=_warnings(table),
        seconds=time.perf_counter() - started,
    )
    coords = {"model": table.models, "dimension": table.dimensions, "amount": names}
    return Result(
        "missing_sensitivity",
        frame,
        ("model", "dimension", "amount"),
        meta,
        draws_tree("bootstrap", found[1:], coords),
    )


def tipping_points(
    sensitivity: Result, pairs: Sequence[tuple[str, str]] | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    r"""How different missing answers would have to be to turn the order of two models.

    The missing answers of the model that stands higher are moved down by an amount, those of the other up
    by the same amount (the worst direction), until the difference is 0, and until its interval holds 0.

    Parameters
    ----------
    sensitivity
        What `missing_sensitivity` returned, with replicates.
    pairs
        Pairs of models; all by default.
    level
        Of the interval of the difference, from the paired replicates.

    Returns
    -------
    pandas.DataFrame
        ``dimension, first, second`` (the higher first), ``difference``, ``lower``, ``upper`` (at amount 0), ``tipping`` and
        ``tipping_interval`` (amounts by linear interpolation in the grid; null where none in the grid does it; 0 where the
        interval holds 0 already), and ``holds`` (whether the order holds under the worst case).

    Raises
    ------
    SpecificationError
        Not such a result, or a model that is not in it.

    Examples
    --------
    ::

        found = missing_sensitivity(responses, keyed, scale=(1, 6))
        tipping_points(found, [("gpt-4", "claude-3")])
    """
    if sensitivity.kind != "missing_sensitivity":
        raise SpecificationError(
            "tipping points come from missing_sensitivity", parameter="sensitivity", got=sensitivity.kind
        )
    frame = sensitivity.estimates
    models, dimensions = list(dict.fromkeys(frame["model"])), list(dict.fromkeys(frame["dimension"]))
    draws = sensitivity.replicates().transpose("draw", "model", "dimension", "amount").to_numpy()
    grid = np.array(sorted(frame["delta"].unique()))
    shape = (len(models), len(dimensions), len(grid))
    points = frame["estimate"].to_numpy().reshape(shape)
    low, high = (frame[c].to_numpy().reshape(shape)[:, :, 0] for c in ("bound_lower", "bound_upper"))
    turned = sensitivity.meta["specification"]["mechanism"] == "selection"
    half = np.array([a for a in grid if a >= 0 and -a in grid])
    down, up = (np.searchsorted(grid, s * half) for s in ((1, -1) if turned else (-1, 1)))
    if pairs is None:
        pairs = [(a, b) for i, a in enumerate(models) for b in models[i + 1 :]]
    rows: list[dict[str, Any]] = []
    for one, two in pairs:
        unknown = [m for m in (one, two) if m not in models]
        if unknown:
            raise SpecificationError(
                "no such model", parameter="pairs", got=unknown[0], expected=", ".join(models)
            )
        i, j = models.index(one), models.index(two)
        for d, dimension in enumerate(dimensions):
            middle = int(np.flatnonzero(grid == 0)[0])
            a, b = (i, j) if points[i, d, middle] >= points[j, d, middle] else (j, i)
            difference = points[a, d, down] - points[b, d, up]
            spread = draws[:, a, d][:, down] - draws[:, b, d][:, up]
            lower, upper = equal_tailed(spread, level)
            rows.append(
                {
                    "dimension": dimension,
                    "first": models[a],
                    "second": models[b],
                    "difference": difference[0],
                    "lower": lower[0],
                    "upper": upper[0],
                    "tipping": _crossing(half, difference),
                    "tipping_interval": _crossing(half, lower),
                    "holds": bool(low[a, d] > high[b, d]),
                }
            )
    return pd.DataFrame(rows)


def _crossing(amounts: Array, values: Array) -> float:
    """Least amount at which the values reach 0 from above; NaN where none does."""
    under = np.flatnonzero(values <= 0)
    if not len(under):
        return float("nan")
    k = int(under[0])
    if k == 0:
        return 0.0
    drop = values[k - 1] - values[k]
    return float(amounts[k - 1] + (amounts[k] - amounts[k - 1]) * values[k - 1] / drop)


def _table(
    answers: AnswerSource,
    keyed: pd.DataFrame | None,
    scale: tuple[int, int],
    quantity: Quantity,
    at_least: int | None,
) -> _Table:
    if quantity not in get_args(Quantity):
        raise SpecificationError(
            "no such quantity", parameter="quantity", got=quantity, expected=", ".join(get_args(Quantity))
        )
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
    cells = cells_of(answers)
    cells = cells[cells["status"] != "not_administered"]
    if keyed is None:
        names = sorted(map(str, cells["item"].unique()))
        keyed = pd.DataFrame({"item": names, "dimension": EVERY, "sign": 1})
    keyed = keyed.assign(item=keyed["item"].astype(str))
    cells = cells[cells["item"].astype(str).isin(keyed["item"])]
    if cells.empty:
        raise InputError("no keyed item was asked", parameter="keyed")
    valid = cells["status"] == "valid"
    off = valid & ~cells["answer"].isin(codes)
    if off.any():
        first = cells[off].iloc[0]
        raise InputError(
            "a code off the scale",
            parameter="scale",
            got=f"{first['answer']} (item {first['item']})",
            expected=f"{codes[0]} to {codes[-1]}",
        )
    items, models = sorted(map(str, cells["item"].unique())), sorted(map(str, cells["model"].unique()))
    keyed = keyed[keyed["item"].isin(items)]
    dimensions = list(dict.fromkeys(map(str, keyed["dimension"])))
    sign = np.zeros((len(items), len(dimensions)))
    place = pd.Index(items).get_indexer(pd.Index(keyed["item"]))
    sign[place, pd.Index(dimensions).get_indexer(pd.Index(keyed["dimension"].astype(str)))] = keyed["sign"]
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
    cluster = np.arange(len(items))
    if "cluster" in cells.columns:
        pairs = cells[["item", "cluster"]].astype(str).drop_duplicates("item").set_index("item")["cluster"]
        cluster = pd.factorize(pairs.reindex(items), sort=True)[0]
    values = codes.astype(float) if at_least is None else (codes >= at_least).astype(float)
    return _Table(
        counts,
        missing,
        models,
        dimensions,
        sign,
        cluster.astype(np.intp),
        codes.astype(float),
        values,
        quantity,
    )


def _extremes(table: _Table, upper: bool) -> tuple[Array, Array]:
    """Item means with the missing answers at the end that raises (lowers) the quantity, and at the other."""
    ends = float(table.values[-1]), float(table.values[0])
    toward, against = ends if upper else ends[::-1]
    total, asked = table.counts @ table.values, table.answered + table.missing
    return ratio(total + table.missing * toward, asked), ratio(total + table.missing * against, asked)


def _observed(table: _Table) -> Array:
    means = ratio(table.counts @ table.values, table.answered)
    return _fixed(table, means, means, np.ones((1, table.n_clusters)))[0]


def _fixed(table: _Table, toward: Array, against: Array, weights: Array) -> Array:
    """The quantity under each row of weights; items keyed positively take `toward`, reversed ones `against`."""
    middle = table.values[0] + table.values[-1]
    found = []
    for d in range(len(table.dimensions)):
        sign = table.sign[:, d]
        keyed = np.where(sign > 0, toward, np.where(sign < 0, middle - against, np.nan))
        mean = _weighted_mean(keyed, table, weights)
        if table.quantity == "centred":
            mean = mean - _weighted_mean(np.where(sign > 0, toward, against), table, weights)
        found.append(mean)
    return np.stack(found, axis=-1)


def _weighted_mean(values: Array, table: _Table, weights: Array) -> Array:
    """Mean over items (NaN left out) under cluster weights: ``(models, items)`` to ``(replicates, models)``."""
    total, n = _sums(values, table)
    return ratio(weights @ total, weights @ n)


def _sums(values: Array, table: _Table) -> tuple[Array, Array]:
    """Sums and numbers of the values that are not missing, by cluster and model."""
    indicator = np.equal.outer(np.arange(table.n_clusters), table.cluster).astype(float)
    seen = ~np.isnan(values.T)
    return indicator @ np.where(seen, values.T, 0.0), indicator @ seen


def _shifted(table: _Table, amount: float, mechanism: Mechanism, weights: Array) -> Array:
    """The quantity under each row of weights with the missing answers drawn by the mechanism."""
    middle = table.values[0] + table.values[-1]
    found = []
    for d in range(len(table.dimensions)):
        sign = table.sign[:, d]
        keyed = _part(table, sign != 0, sign, amount, mechanism, weights, middle)
        if table.quantity == "centred":
            direction = np.where(sign > 0, 1.0, -1.0)
            keyed = keyed - _part(
                table, np.ones(len(sign), bool), direction, amount, mechanism, weights, None
            )
        found.append(keyed)
    return np.stack(found, axis=-1)


def _part(
    table: _Table,
    chosen: NDArray[np.bool_],
    direction: Array,
    amount: float,
    mechanism: Mechanism,
    weights: Array,
    middle: float | None,
) -> Array:
    """Mean over the chosen items; those of negative direction take the opposite amount, and are turned about `middle`.

    An item that the model never answered takes its expectation from the replicate's own mixture of the others.
    """
    n, asked = table.answered, table.answered + table.missing
    some, never = chosen & (n > 0), chosen & (n == 0) & (asked > 0)
    given = np.divide(table.counts, n[:, :, None], out=np.zeros(table.counts.shape), where=n[:, :, None] > 0)
    top = None
    for k in range(len(table.codes)):
        total, number = _sums(np.where(some, given[:, :, k], np.nan), table)
        share = (weights @ total + _PSEUDO / len(table.codes)) / (weights @ number + _PSEUDO)
        top = share[..., None] if top is None else np.concatenate([top, share[..., None]], axis=-1)
    assert top is not None
    mixed = np.full(table.counts.shape, 1.0 / len(table.codes))  # read only where an answer is missing
    m, i = np.nonzero(some & (table.missing > 0))
    if mechanism == "shift":
        mixed[m, i] = located_shares(top[0][m], table.counts[m, i], table.codes)
    else:
        mixed[m, i] = (table.counts[m, i] + top[0][m]) / (n[m, i] + 1.0)[:, None]
    out: Array = np.zeros(top.shape[:2])
    count: Array = np.zeros(top.shape[:2])
    for turn in (1.0, -1.0):
        side = direction == turn
        if not side.any():
            continue
        flip = middle is not None and turn < 0

        def turned(value: Array, flip: bool = flip) -> Array:
            return (middle or 0.0) - value if flip else value

        here = some & side
        expected = expected_missing(mixed, table.codes, turn * amount, mechanism, table.values)
        mean = ratio(table.counts @ table.values + table.missing * expected, asked)
        total, number = _sums(np.where(here, turned(mean), np.nan), table)
        out, count = out + weights @ total, count + weights @ number
        alone = turned(expected_missing(top, table.codes, turn * amount, mechanism, table.values))
        _, number = _sums(np.where(never & side, 0.0, np.nan), table)
        out, count = out + (weights @ number) * alone, count + weights @ number
    return ratio(out, count)


def _frame(table: _Table, estimate: Array) -> pd.DataFrame:
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


def _order(low: Array, high: Array) -> dict[str, int]:
    """Pairs of models whose bounds lie apart, of all pairs in each dimension."""
    apart = low[:, None] > high[None]
    n = len(low)
    return {"pairs": n * (n - 1) // 2 * low.shape[1], "held": int(apart.sum())}


def _specification(
    scale: tuple[int, int], quantity: str, at_least: int | None, level: float, replicates: int
) -> dict[str, Any]:
    return {
        "scale": list(scale),
        "quantity": quantity,
        "at_least": at_least,
        "level": level,
        "replicates": replicates,
        "unit": "query",
    }


def _warnings(table: _Table) -> list[str]:
    found = []
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
