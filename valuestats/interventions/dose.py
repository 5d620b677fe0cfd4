"""Responses to dose: whether there is one, and of what shape."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.interventions.shapes import (
    ANY,
    EMAX,
    FLAT,
    MONOTONE,
    SHAPES,
    THRESHOLD,
    Array,
    explained,
    fitted,
)
from valuestats.preferences.no_change import flip_p
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.multiplicity import adjusted_p, least_flip_p
from valuestats.tables.choosers import WITHIN, items_of_choosers, taken_together
from valuestats.tables.far_codes import far_notes
from valuestats.tables.units import resampling_units

CITATIONS = (
    "Barlow, Bartholomew, Bremner and Brunk (1972), Statistical Inference under Order Restrictions",
    "Bretz, Pinheiro and Branson (2005), Combining multiple comparisons and modeling, Biometrics 61, 738-748",
    "Holm (1979)",
)
LEAST_DOSES = 3


@checked
def dose_response(
    outcomes: pd.DataFrame,
    *,
    dose: str = "dose",
    folds: int = 10,
    replicates: int = 2000,
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Change of an outcome with the dose of an intervention, and whether it is flat, monotone, a threshold or Emax.

    Estimand: :math:`\Delta_d = \frac{1}{n}\sum_i (y_{id} - y_{i0})` for each dose d, 0 the lowest, over items with an
    outcome at every dose. The shapes are least squares of the mean profile within items: flat, linear, a threshold
    :math:`a\,1(d\ge c)`, Emax :math:`E\,d/(\delta+d)`, monotone (isotonic, either way) and any.

    Each shape stands against flat by a permutation test: where dose does nothing, the doses of a cluster are exchangeable,
    and :math:`p` is the share of permutations within clusters whose shape explains as much (Holm over shapes). The test
    holds whatever the shape, the search for its place included. Which shape the data ask for is said by clusters held out:
    the squared error of their profiles by what the others' fit says.

    Parameters
    ----------
    outcomes
        ``item``, the dose (a number), ``value`` (null where nothing came); optionally ``cluster``; repeats are averaged.
    dose
        Name of the column.
    folds
        Parts of the clusters for held-out errors.
    replicates, permutations, level, seed
        Resamples of clusters, permutations of doses, probability inside the intervals, seed of all.

    Returns
    -------
    Result
        Kind ``"dose_response"``, keys ``("dose",)`` for the doses above the lowest (in numbers under ``at``):
        ``estimate``, ``mean``, ``p_value`` of sign flips of clusters, ``p_adjusted`` (Holm) and ``p_least`` (the least that
        could have been; ``meta["p_least"]`` that of shapes). ``meta["shapes"]``: for each
        shape ``explained`` (share of the variance of the mean profile), ``p_value``, ``p_holm``, ``error`` (held out, flat's
        being 1), ``error_lower``, ``error_upper`` and ``place`` with ``place_lower``, ``place_upper`` (the dose of the step,
        or of half the effect);
        ``meta["profile"]``: doses, means and fitted shapes; ``meta["support"]``: share of resamples in which the step lies
        at each place.

    Raises
    ------
    InputError
        A missing column, a null name, a dose or value that is no number, by row.
    SpecificationError
        One dose, or two; no item at every dose; fewer clusters than folds; outcomes that are all the same; a negative dose.

    References
    ----------
    Barlow et al. (1972); Bretz, Pinheiro and Branson (2005).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> dose, item = np.tile([0.0, 1, 2, 4], 12), np.repeat(np.arange(12), 4)
    >>> frame = pd.DataFrame({"item": item, "dose": dose, "value": (dose >= 2) + 0.1 * np.sin(7 * item + 3 * dose)})
    >>> found = dose_response(frame, replicates=100, permutations=99)
    >>> {s["shape"]: s["place"] for s in found.meta["shapes"]}["threshold"]
    1.5
    """
    started = time.perf_counter()
    wide, asked = _whole(outcomes, dose)
    doses, y = wide.columns.to_numpy(dtype=float), wide.to_numpy()
    units = resampling_units(outcomes, [str(name).partition(WITHIN)[0] for name in wide.index])
    n_units = len(units)
    if n_units < folds:
        raise SpecificationError(
            "fewer clusters than folds",
            parameter="folds",
            got=f"{folds}, of {n_units}",
            expected=f"2 to {n_units}",
        )
    rng = np.random.default_rng(seed)
    centred = y - y.mean(axis=1, keepdims=True)
    sums, sizes = np.zeros((n_units, len(doses))), np.bincount(units.member, minlength=n_units).astype(float)
    np.add.at(sums, units.member, centred)
    plan = plan_clusters(n_units, replicates, rng)
    profiles = (plan.with_all @ sums) / (plan.with_all @ sizes)[:, None]
    change = profiles[:, 1:] - profiles[:, :1]
    found = plan.finish(
        change[1:], change[0], n_units, level, what="clusters" if units.clustered else "items"
    )
    p = np.array(
        [flip_p(_moved(sums[:, k] - sums[:, 0]), max(permutations, 999), rng) for k in range(1, len(doses))]
    )
    estimates = pd.DataFrame(
        {
            "estimand": "change from the lowest dose",
            "dose": [f"{d:g}" for d in doses[1:]],
            "at": doses[1:],
            "estimate": change[0],
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "mean": y.mean(axis=0)[1:],
            "p_value": p,
            "p_adjusted": adjusted_p(p, "holm"),
            "p_least": adjusted_p(np.full(len(p), least_flip_p(n_units, max(permutations, 999))), "holm"),
            "n_scored": len(y),
            "n_asked": asked,
            "n_units": n_units,
        }
    )
    permuted = _permuted(sums, sizes, permutations, rng)
    held = _held_out(centred, units.member, n_units, doses, folds, rng)
    shapes, support = _shapes(profiles, permuted, held, doses, plan, n_units, level)
    warnings = [
        *taken_together(outcomes, dose),
        *far_notes(outcomes["value"], "outcome"),
        *found.warnings,
    ]
    if asked > len(y):
        warnings.append(
            f"{asked - len(y)} of {counted(asked, 'item')} lack an outcome at some dose and are left out"
        )
    meta = make_meta(
        "dose-response within items, clusters resampled",
        {
            "dose": dose,
            "folds": folds,
            "replicates": replicates,
            "permutations": permutations,
            "level": level,
            "unit": "cluster" if units.clustered else "item",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=warnings,
        seconds=time.perf_counter() - started,
        shapes=shapes,
        support=support,
        p_least=_least_p(n_units, len(doses), permutations),
        profile={
            "dose": doses.tolist(),
            "mean": y.mean(axis=0).tolist(),
            **{s: (float(y.mean()) + fitted(s, profiles[:1], doses).value[0]).tolist() for s in SHAPES},
        },
    )
    tree = (
        draws_tree("bootstrap", found.draws, {"dose": [f"{d:g}" for d in doses[1:]]}) if replicates else None
    )
    return Result("dose_response", estimates, ("dose",), meta, tree)


def _least_p(n_units: int, doses: int, permutations: int) -> float:
    """The least p-value of a shape after Holm: doses ordered alike in all clusters are one of so many orders."""
    orders = 1.0
    for _ in range(min(n_units, 100) - 1):
        orders *= math.factorial(min(doses, 20))
    least = max(1 / (1 + permutations), 1 / orders)
    return float(min(1.0, least * (len(SHAPES) - 1)))


def _whole(outcomes: pd.DataFrame, dose: str) -> tuple[pd.DataFrame, int]:
    """Mean outcome of each item with one at every dose (columns), and how many items there were."""
    missing = [c for c in ("item", dose, "value") if c not in outcomes.columns]
    if missing:
        raise InputError(
            "outcomes: a column is missing",
            parameter="outcomes",
            got=", ".join(map(str, outcomes.columns)),
            expected=", ".join(missing),
        )
    if outcomes.empty:
        raise InputError("the table has no rows", parameter="outcomes", got=0)
    if outcomes["item"].isna().any():
        raise InputError(
            "a row without a name",
            parameter="item",
            got="null",
            row=int(outcomes["item"].isna().to_numpy().argmax()),
        )
    table = pd.DataFrame({"item": items_of_choosers(outcomes, dose).to_numpy()})
    for column in (dose, "value"):
        number = pd.to_numeric(outcomes[column], errors="coerce").to_numpy(dtype=float)
        wrong = ~np.isfinite(number) & ((column == dose) | outcomes[column].notna().to_numpy())
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                "outcomes: not a number",
                parameter=column,
                got=outcomes[column].iloc[row],
                expected="a number",
                row=row,
            )
        table["dose" if column == dose else "value"] = number
    doses = np.unique(table["dose"])
    if len(doses) < LEAST_DOSES:
        raise SpecificationError(
            "one dose has no response" if len(doses) == 1 else "two doses have no shape",
            parameter=dose,
            got=", ".join(f"{d:g}" for d in doses),
            expected="three doses or more, the lowest of which may be 0",
            hint="intervention_effects holds one dose against a control",
        )
    if doses[0] < 0:
        raise SpecificationError("a negative dose", parameter=dose, got=f"{doses[0]:g}", expected="0 or more")
    wide = table.groupby(["item", "dose"])["value"].mean().unstack("dose")
    whole = wide.dropna()
    if len(whole) < 2:
        raise SpecificationError(
            "fewer than two items have an outcome at every dose",
            parameter="outcomes",
            got=f"{len(whole)} of {len(wide)}",
        )
    if np.ptp(whole.to_numpy()) == 0:
        raise SpecificationError(
            "all outcomes are the same",
            parameter="value",
            got=f"{whole.to_numpy(dtype=float)[0, 0]:g} throughout",
        )
    return whole, len(wide)


def _moved(parts: Array) -> Array:
    return np.asarray(parts[np.abs(parts) > 1e-12])


def _permuted(sums: Array, sizes: Array, permutations: int, rng: np.random.Generator) -> Array:
    """Mean profiles with the doses of each cluster permuted, shape ``(permutations, doses)``."""
    found = np.empty((permutations, sums.shape[1]))
    for b in range(permutations):
        order = rng.random(sums.shape).argsort(axis=1)
        found[b] = np.take_along_axis(sums, order, axis=1).sum(axis=0)
    return found / sizes.sum()


def _held_out(
    centred: Array,
    member: NDArray[np.int64],
    n_units: int,
    doses: Array,
    folds: int,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Squared error of each held-out item's profile by shape, shape ``(items,)``."""
    fold = (rng.permutation(n_units) % folds)[member]
    found = {s: np.empty(len(centred)) for s in SHAPES}
    for k in range(folds):
        out = fold == k
        profile = centred[~out].mean(axis=0, keepdims=True)
        for s in SHAPES:
            found[s][out] = ((centred[out] - fitted(s, profile, doses).value) ** 2).sum(axis=1)
    return {s: _by_unit(v, member, n_units) for s, v in found.items()}


def _by_unit(values: Array, member: NDArray[np.int64], n_units: int) -> Array:
    return np.bincount(member, values, minlength=n_units)


def _shapes(
    profiles: Array,
    permuted: Array,
    held: dict[str, Array],
    doses: Array,
    plan: Any,
    n_units: int,
    level: float,
) -> tuple[list[dict[str, Any]], list[dict[str, float]]]:
    own, weights = profiles[:1], plan.weights
    whole = float((own**2).sum())
    tested = [s for s in SHAPES if s != FLAT]
    p = {}
    for s in tested:
        least = explained(s, own, doses)[0] * (1 - 1e-9)
        p[s] = float((1 + (explained(s, permuted, doses) >= least).sum()) / (1 + len(permuted)))
    holm = dict(zip(tested, adjusted_p(np.array([p[s] for s in tested]), "holm"), strict=True))
    rows, support = [], []
    for s in SHAPES:
        error = held[s].sum() / held[FLAT].sum()
        drawn = (weights @ held[s]) / (weights @ held[FLAT])
        ends = plan.finish(drawn, error, n_units, level)
        place = fitted(s, profiles, doses).place
        row: dict[str, Any] = {
            "shape": s,
            "explained": float(explained(s, own, doses)[0] / whole) if whole > 0 else 0.0,
            "p_value": p.get(s, float("nan")),
            "p_holm": float(holm.get(s, float("nan"))),
            "error": float(error),
            "error_lower": float(ends.lower) if s != FLAT else 1.0,
            "error_upper": float(ends.upper) if s != FLAT else 1.0,
            "place": float(place[0]),
        }
        if s in (THRESHOLD, EMAX) and len(place) > 1:
            tail = (1 - level) / 2
            row["place_lower"], row["place_upper"] = (
                float(x) for x in np.quantile(place[1:], [tail, 1 - tail])
            )
        rows.append(row)
        if s == THRESHOLD:
            middles = (doses[1:] + doses[:-1]) / 2
            support = [
                {
                    "place": float(m),
                    "share": float(np.mean(np.isclose(place[1:], m))) if len(place) > 1 else float("nan"),
                }
                for m in middles
            ]
    return rows, support


def chosen(shapes: list[dict[str, Any]]) -> str:
    """The shape that foretells held-out profiles best, of those that are not excluded as flat; the simplest within 1%.

    Examples
    --------
    >>> chosen([{"shape": "flat", "error": 1.0}, {"shape": "linear", "error": 0.71}, {"shape": "any", "error": 0.709}])
    'linear'
    """
    best = min(s["error"] for s in shapes)
    return str(next(s["shape"] for s in shapes if s["error"] <= best * 1.01))


__all__ = ["ANY", "MONOTONE", "chosen", "dose_response"]
