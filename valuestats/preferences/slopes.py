"""How an outcome changes from step to step: escalations, turns of a dialogue, checkpoints."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.preferences.no_change import flip_p
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings, plan_clusters, random_lots
from valuestats.statistics.multiplicity import Adjustment, adjusted_p, least_flip_p
from valuestats.statistics.ratios import ratio
from valuestats.tables.choosers import items_of_choosers, taken_together
from valuestats.tables.far_codes import far_notes
from valuestats.tables.units import resampling_units

Array = NDArray[np.float64]
CITATIONS = ("Liang & Zeger (1986), Biometrika 73", "Cameron, Gelbach & Miller (2008)", "Holm (1979)")


@checked
def step_slopes(
    outcomes: pd.DataFrame,
    *,
    step: str = "step",
    by: str | None = None,
    within: bool = False,
    adjust: Adjustment | None = "holm",
    replicates: int = 2000,
    permutations: int = 9999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Change of an outcome per step, over items that go through the steps.

    Estimand: the weighted least-squares slope

    .. math:: \frac{\sum_r w_r (s_r - \bar s)(y_r - \bar y)}{\sum_r w_r (s_r - \bar s)^2}

    over rows r with step s, outcome y and weight w. With `within` the means are those of the row's item, so that only
    changes of an item against itself count (a fixed effect for each item); without, those of all rows, where items that
    enter at a later step differ from the others. Intervals resample the items' clusters.

    Parameters
    ----------
    outcomes
        ``item``, the step (a number), ``value`` (null where nothing came); optionally ``cluster``, ``weight`` and `by`.
        `valuestats.label_outcomes` makes it from choices.
    step
        Name of the column.
    by
        Column whose values have a slope of their own (labels, models).
    within
        See above.
    adjust
        Adjustment of the p-values over the slopes of the table. The p-value is of sign flips of the clusters' parts of the
        slope's numerator, all means taken as they are.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, the sign flips and the intervals.

    Returns
    -------
    Result
        Kind ``"step_slopes"``, keys ``("slope",)`` or ``(by,)``: ``estimate`` per step, ``first`` and ``last`` (means at
        the first and the last step), ``steps``, ``p_value``, ``p_adjusted``, ``n_scored`` of ``n_asked`` rows, ``n_units``.

    Raises
    ------
    InputError
        A missing column, a step or value that is no number.
    SpecificationError
        No column `by`; one step only.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": [1, 1, 1, 2, 2, 2], "step": [1, 2, 3] * 2, "value": [0, 1, 2, 1, 1, 4]})
    >>> float(step_slopes(frame, within=True, replicates=0).estimates["estimate"].iloc[0])
    1.25
    """
    started = time.perf_counter()
    table = _checked(outcomes, step, by)
    items = sorted(table["item"].unique())
    units = resampling_units(outcomes, items)
    member = pd.Series(units.member, index=items)[table["item"]].to_numpy()
    groups = list(dict.fromkeys(table["group"]))
    seen = table["value"].notna().to_numpy()
    behind = [len(np.unique(member[seen & (table["group"] == g).to_numpy()])) for g in groups]
    rng = np.random.default_rng(seed)
    lots = random_lots(len(units), rng)
    plan = plan_clusters(int(lots.max()) + 1, replicates, rng, behind=np.array(behind))
    weights = plan.with_all
    rows, drawn = [], np.full((replicates, len(groups)), np.nan)
    for n, g in enumerate(groups):
        own = (table["group"] == g).to_numpy()
        part, cluster = table[own & seen], member[own & seen]
        s, y, w = (part[c].to_numpy(dtype=float) for c in ("step", "value", "weight"))
        item = pd.factorize(part["asked"])[0] if within else np.zeros(len(part), dtype=np.int64)
        if len(part) and np.ptp(s) == 0 and len(groups) == 1:
            raise SpecificationError(
                "one step has no slope", parameter="step", got=f"{s[0]:g}", expected="two steps or more"
            )
        value, parts = _slope(s, y, w, item, lots[cluster], weights, within)
        found = plan.finish(value[1:], value[0], behind[n], level)
        drawn[:, n] = found.draws
        steps = np.unique(s)
        ends = (
            [y[s == e] @ w[s == e] / w[s == e].sum() for e in steps[[0, -1]]] if len(steps) else [np.nan] * 2
        )
        p = flip_p(parts[np.abs(parts) > 0], permutations, rng) if len(steps) > 1 else np.nan
        rows.append(
            {
                **({"slope": step} if by is None else {by: g}),
                "estimate": float(value[0]),
                "std_error": float(found.std_error),
                "lower": float(found.lower),
                "upper": float(found.upper),
                "level": level,
                "interval": str(found.interval),
                "n_scored": len(part),
                "n_asked": int(own.sum()),
                "n_units": behind[n],
                "first": float(ends[0]),
                "last": float(ends[1]),
                "steps": len(steps),
                "p_value": p,
                "p_least": least_flip_p(int(behind[n]), permutations) if len(steps) > 1 else np.nan,
            }
        )
    frame = pd.DataFrame(rows)
    for raw, to in (("p_value", "p_adjusted"), ("p_least", "p_least")):
        p_values = frame[raw].to_numpy(dtype=float)
        frame[to] = p_values if adjust is None else adjusted_p(p_values, adjust)
    frame.insert(0, "estimand", f"change per {step}")
    notes = few_warnings(
        np.array(behind), "clusters" if units.clustered else "items", jackknife=plan.jackknife
    )
    meta = make_meta(
        "least-squares slopes over steps" + (" within items" if within else "") + ", clusters resampled",
        {
            "step": step,
            "by": by,
            "within": within,
            "adjust": adjust,
            "level": level,
            "replicates": replicates,
            "permutations": permutations,
            "unit": "cluster" if units.clustered else "item",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[
            *taken_together(outcomes, step, [by]),
            *far_notes(outcomes["value"], "outcome"),
            *(notes if replicates else []),
        ],
        seconds=time.perf_counter() - started,
    )
    key = "slope" if by is None else by
    coords: dict[str, Any] = {key: [step] if by is None else groups}
    tree = draws_tree("bootstrap", drawn, coords) if replicates else None
    return Result("step_slopes", frame, (key,), meta, tree)


def _checked(frame: pd.DataFrame, step: str, by: str | None) -> pd.DataFrame:
    missing = [c for c in ("item", step, "value") if c not in frame.columns]
    if missing:
        raise InputError(
            "outcomes: a column is missing",
            parameter="outcomes",
            got=", ".join(missing),
            expected=f"item, {step}, value",
        )
    if by is not None and (by not in frame.columns or frame[by].isna().any()):
        raise SpecificationError(
            "no such column, or nulls in it", parameter="by", got=by, expected="a column without nulls"
        )
    if frame.empty:
        raise SpecificationError("no outcome", parameter="outcomes", got="an empty table")
    table = pd.DataFrame(
        {
            "group": "all" if by is None else frame[by].astype(str).to_numpy(),
            "item": frame["item"].astype(str).to_numpy(),
            "asked": items_of_choosers(frame, step, [by]).to_numpy(),
            "step": pd.to_numeric(frame[step], errors="coerce").to_numpy(dtype=float),
            "value": pd.to_numeric(frame["value"], errors="coerce").to_numpy(dtype=float),
            "weight": frame["weight"].to_numpy(dtype=float) if "weight" in frame.columns else 1.0,
        }
    )
    given = frame["value"].notna().to_numpy()
    wrong = {
        step: ~np.isfinite(table["step"].to_numpy()),
        "value": given & ~np.isfinite(table["value"].to_numpy()),
        "weight": ~(table["weight"].to_numpy() >= 0),
    }
    for name, bad in wrong.items():
        if bad.any():
            at = int(bad.argmax())
            raise InputError(
                "outcomes: not a number",
                parameter=name,
                got=frame[name].iloc[at],
                expected="a number",
                row=at,
            )
    return table


def _slope(
    s: Array,
    y: Array,
    w: Array,
    item: NDArray[np.int64],
    cluster: NDArray[np.int64],
    weights: Array,
    within: bool,
) -> tuple[Array, Array]:
    """The slope under each row of cluster weights, and each cluster's part of its numerator."""
    n = weights.shape[1]
    total = np.bincount(item, w, minlength=1)
    about, around = (ratio(np.bincount(item, w * x, minlength=1), total)[item] for x in (s, y))
    ds, dy = s - about, y - around
    parts = np.bincount(cluster, w * ds * dy, n)
    if within:
        return ratio(weights @ parts, weights @ np.bincount(cluster, w * ds * ds, n)), parts
    sums = {
        name: weights @ np.bincount(cluster, value, n)
        for name, value in {"w": w, "s": w * ds, "y": w * dy, "ss": w * ds * ds, "sy": w * ds * dy}.items()
    }
    above = sums["sy"] - ratio(sums["s"] * sums["y"], sums["w"])
    return ratio(above, sums["ss"] - ratio(sums["s"] ** 2, sums["w"])), parts
