"""Scores had the missing answers differed from the others by a declared amount."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.counting.answer_tables import AnswerSource
from valuestats.missing.adjusted_means import Array, Mechanism, expected_missing, located_shares
from valuestats.missing.asked import (
    CITATIONS,
    AskedTable,
    Quantity,
    asked_table,
    balance,
    estimate_frame,
    extremes,
    fixed,
    limits,
    specification,
    sums,
    table_warnings,
)
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.ratios import ratio

GRID = {"shift": tuple(np.arange(-3, 3.5, 0.5)), "selection": tuple(np.arange(-1.5, 1.75, 0.25))}
_PSEUDO = 0.5


@checked
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
    (`valuestats.missing.adjusted_means.selection_shares`). At 0 both say "missing at random given model and item".
    For large amounts of either sign the score goes to its worst-case bounds.

    Under a shift, a missing answer to an item follows a cumulative logit whose thresholds are those of the model's
    answers to the dimension's items, at the item's own place; under selection, the model's answers to the item with one
    pseudo-answer spread like those to the dimension's items (with few answers per item the tilt then falls somewhat short:
    benchmarks/missing_coverage.py). Where the model never answered an item, it follows the others alone. Amounts point
    towards the dimension: at a reversed item the sign is turned, and in a centred score the other items' missing answers
    move the opposite way, the worst case for the score.
    Of fewer than 20 queries the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`); ends keep to the scale.

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
    >>> from valuestats.missing.sensitivity import missing_sensitivity
    >>> counts = pd.DataFrame({"model": "m", "item": ["1", "1", "1", "2"], "status": ["valid", "valid", "refusal", "valid"],
    ...     "answer": [3, 4, None, 4], "count": [5, 5, 10, 20]}).astype({"answer": "Int64"})
    >>> found = missing_sensitivity(counts, scale=(1, 6), amounts=[-2, 0, 2], replicates=50).estimates
    >>> found["estimate"].round(1).tolist()
    [3.5, 3.8, 3.9]
    """
    started = time.perf_counter()
    table = asked_table(answers, keyed, scale, quantity, at_least)
    grid = sorted({0.0, *map(float, GRID[mechanism] if amounts is None else amounts)})
    units = table.units()
    plan = plan_clusters(table.n_clusters, replicates, np.random.default_rng(seed), behind=units)
    every = plan.with_all
    low, high = (fixed(table, *extremes(table, up), every[:1])[0] for up in (False, True))
    found = np.stack([_shifted(table, a, mechanism, every) for a in grid], axis=-1)
    resampled = plan.finish(found[1:], found[0], units[:, None], level, within=limits(scale, quantity))
    names = [f"{a:g}" for a in grid]
    base = estimate_frame(table, np.zeros(low.shape)).assign(
        bound_lower=low.ravel(), bound_upper=high.ravel()
    )
    frame = base.loc[base.index.repeat(len(grid))].reset_index(drop=True)
    frame["amount"], frame["delta"] = np.tile(names, len(base)), np.tile(grid, len(base))
    frame["estimate"], frame["std_error"] = found[0].ravel(), resampled.std_error.ravel()
    frame["lower"], frame["upper"], frame["level"] = resampled.lower.ravel(), resampled.upper.ravel(), level
    frame["interval"] = resampled.interval.ravel()
    meta = make_meta(
        "pattern mixture: missing answers shifted on the latent logistic scale"
        if mechanism == "shift"
        else "selection model: answering depends on the answer by a declared coefficient",
        {
            **specification(scale, quantity, at_least, level, replicates),
            "mechanism": mechanism,
            "amounts": grid,
        },
        citations=["Little (1994)", "Scharfstein, Rotnitzky & Robins (1999)", *CITATIONS[:1]],
        seed=seed,
        warnings=table_warnings(table) + resampled.warnings,
        seconds=time.perf_counter() - started,
        pooled=table.pooled or None,
    )
    coords = {"model": table.models, "dimension": table.dimensions, "amount": names}
    return Result(
        "missing_sensitivity",
        frame,
        ("model", "dimension", "amount"),
        meta,
        draws_tree("bootstrap", resampled.draws, coords),
    )


def _shifted(table: AskedTable, amount: float, mechanism: Mechanism, weights: Array) -> Array:
    """The quantity under each row of weights with the missing answers drawn by the mechanism."""
    middle = table.values[0] + table.values[-1]
    found = []
    for d in range(len(table.dimensions)):
        sign = table.sign[:, d]
        if table.quantity != "centred":
            found.append(_part(table, sign != 0, sign, amount, mechanism, weights, middle))
            continue
        keyed = _part(table, sign != 0, sign, amount, mechanism, weights, 0.0)
        direction = np.where(sign != 0, sign, -1.0 if sign.sum() >= 0 else 1.0)
        about = _part(table, np.ones(len(sign), bool), direction, amount, mechanism, weights, None)
        share = balance(table, table.answered + table.missing > 0, d, weights)
        found.append(keyed - share * about)
    return np.stack(found, axis=-1)


def _part(
    table: AskedTable,
    chosen: NDArray[np.bool_],
    direction: Array,
    amount: float,
    mechanism: Mechanism,
    weights: Array,
    middle: float | None,
) -> Array:
    """Mean over the chosen items; those of negative direction take the opposite amount, and are taken from `middle`.

    An item that the model never answered takes its expectation from the replicate's own mixture of the others.
    """
    n, asked = table.answered, table.answered + table.missing
    some, never = chosen & (n > 0), chosen & (n == 0) & (asked > 0)
    given = np.divide(table.counts, n[:, :, None], out=np.zeros(table.counts.shape), where=n[:, :, None] > 0)
    top = None
    for k in range(len(table.codes)):
        total, number = sums(np.where(some, given[:, :, k], np.nan), table)
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
        total, number = sums(np.where(here, turned(mean), np.nan), table)
        out, count = out + weights @ total, count + weights @ number
        alone = turned(expected_missing(top, table.codes, turn * amount, mechanism, table.values))
        _, number = sums(np.where(never & side, 0.0, np.nan), table)
        out, count = out + (weights @ number) * alone, count + weights @ number
    return ratio(out, count)
