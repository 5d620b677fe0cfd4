"""The same items under two conditions: what a prompt, a step or a persona changes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.missing.adjusted_means import imbens_manski
from valuestats.preferences.contrast_notes import contrast_notes
from valuestats.preferences.mixed_contrast import mixed_contrasts, mixed_rows
from valuestats.preferences.no_change import paired_test
from valuestats.preferences.outcomes import differing, effects_by_chooser, outcomes_of, require_conditions
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, ClusterPlan, plan_clusters, random_lots
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.statistics.ratios import ratio
from valuestats.tables.far_codes import far_notes

Array = NDArray[np.float64]
Measure = Literal["difference", "attained"]
CITATIONS = (
    "McNemar (1947), Psychometrika 12",
    "Fisher (1935), The Design of Experiments (sign flips)",
    "Holm (1979)",
    "Imbens & Manski (2004), Econometrica 72",
)


@checked
def paired_contrast(
    outcomes: pd.DataFrame,
    *,
    against: str,
    conditions: Sequence[str] | None = None,
    placebo: str | None = None,
    condition: str = "condition",
    by: str | None = None,
    measure: Measure = "difference",
    limits: tuple[float, float] | None = None,
    mixed: Sequence[str] | None = None,
    adjust: Adjustment | None = "holm",
    replicates: int = 2000,
    permutations: int = 9999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What a condition changes, on the same items.

    Estimand: with :math:`y_{ik}` the outcome of item i under condition k (repeats averaged; where a column ``model``,
    ``judge`` or ``respondent`` names several who answered, an item of one of them) and 0 the condition `against`,

    .. math:: \Delta_k = \frac{1}{n}\sum_i (y_{ik} - y_{i0}), \qquad \text{or} \qquad
              \frac{\sum_i (y_{ik} - y_{i0})}{\sum_i r_i}

    where ``measure="attained"``: the part of what could have changed (steerability), :math:`r_i` the column ``reach``. Items
    with both outcomes enter; intervals resample their clusters. The p-value is McNemar's exact one where outcomes take two
    values and each cluster is one item (McNemar 1947), else of all sign patterns of the clusters' sums, or of
    `permutations` of them, which is the same test where both apply.

    What asking alone does stands beside it: ``baseline`` is what the `placebo` condition changed on the same items, with
    ``beyond``, ``beyond_lower`` and ``beyond_upper`` the contrast to it. ``changed`` is the mean over items of the share of
    pairs of an outcome under the condition and one under `against` that differ; matched to it, ``changed_by_repeat`` is the
    share of pairs of two repeats of `against` that differ, on the same items.

    With `mixed`, a mixed logit of all rows with an outcome stands beside it (`valuestats.mixed_logit`'s likelihood):

    .. math:: P(y_{ir} = 1) = \mathrm{logit}^{-1}(a + c_{k(r)} + h_r + \sigma z_i), \qquad z_i \sim N(0, 1),

    h the effects of the levels of the columns named. ``log_odds`` is :math:`c_k`: on the same item, at the same levels.
    ``adjusted`` is the mean of what it does to the chance of a 1, over items and over the levels of all rows; it is
    :math:`\Delta_k` where the conditions were asked at the same levels. A level at which all outcomes are the same has no
    finite effect: its rows count as unchanged. Errors: the sandwich over clusters, Student's t.

    Parameters
    ----------
    outcomes
        One row per item and condition: ``item``, the condition, ``value`` (1 and 0, or any number; null where nothing
        came); optionally ``cluster``, ``epoch`` (repeats), ``reach``, and `by`. `valuestats.chosen_scores` makes it from
        choices. A condition that has no row for an item was not asked of it.
    against
        The condition that others are held against.
    conditions
        Those others; all that there are where omitted.
    placebo
        A condition that should change nothing.
    condition
        Name of the column.
    by
        Column whose values are contrasted one by one: principles, models, labels.
    measure
        See above.
    limits
        Least and greatest value that an outcome can have; with them there are worst-case bounds over what is missing.
    adjust
        Adjustment of the p-values over all contrasts of the table, the declared family; those of the placebo are apart.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, the sign flips and the intervals.

    Returns
    -------
    Result
        Kind ``"paired_contrast"``, keys ``("condition",)`` or ``(by, "condition")``: ``estimate``, ``mean`` and
        ``mean_against``, ``up`` and ``down`` (items that changed either way), ``changed``, ``changed_by_repeat``,
        ``p_value``, ``p_adjusted``, ``p_least`` (what that could be at least), ``test``, ``baseline``, ``beyond`` with
        its ends, ``bound_lower`` and ``bound_upper`` with ``safe_lower`` and ``safe_upper``, ``n_scored`` of ``n_asked``
        answers (of both conditions, to items asked under both), ``n_pairs`` of ``n_pairs_asked`` items with an outcome
        under both, ``n_units`` clusters.
        With `mixed` also ``log_odds``, ``log_odds_error``, ``adjusted``, their ends and ``spread`` (:math:`\sigma`); all
        coefficients stand in ``meta["mixed"]``. They are null, and it is said why, where the likelihood has no finite
        maximum.

    Raises
    ------
    SpecificationError
        No such condition, a condition against itself, ``"attained"`` without ``reach``, an outcome beyond the limits, a
        mixed logit of other outcomes than 1 and 0.
    InputError
        A missing column, a null identifier, a value that is no number; with the row.

    References
    ----------
    McNemar (1947); Holm (1979); Imbens and Manski (2004); Revelt and Train (1998).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": [1, 2, 3, 4] * 2, "condition": ["plain"] * 4 + ["steered"] * 4,
    ...     "value": [0, 0, 1, 0, 1, 1, 1, 0]})
    >>> row = paired_contrast(frame, against="plain", replicates=50).estimates.iloc[0]
    >>> float(row["estimate"]), int(row["up"]), int(row["down"]), float(row["p_value"])
    (0.5, 2, 0, 0.5)
    """
    started = time.perf_counter()
    data = outcomes_of(outcomes, condition, by)
    wanted = _wanted(data.table, against, conditions, placebo)
    _require_limits(data.table, limits)
    if measure == "attained" and not (data.table["reach"] > 0).any():
        raise SpecificationError(
            "how far an outcome can move is not known",
            parameter="measure",
            got="attained",
            expected="a column reach above 0 in the outcomes",
        )
    wide = {
        name: data.table.pivot(index=["group", "item"], columns="condition", values=name)
        for name in ("value", "reach", "unlike", "repeats", "answers")
    }
    wide["differ"] = differing(data, against, wide["value"])
    asked = ~wide["repeats"].isna()
    logit = None if mixed is None else mixed_rows(outcomes, mixed, condition, by)
    groups = list(dict.fromkeys(data.table["group"]))
    rng = np.random.default_rng(seed)
    member = data.cluster.reindex(wide["value"].index.get_level_values("item")).to_numpy()
    group = wide["value"].index.get_level_values("group").to_numpy()
    cells = [(g, k) for g in groups for k in wanted if asked.loc[g, [k, against]].all(axis=1).any()]
    both = wide["value"].notna()
    behind = [len(np.unique(member[(group == g) & (both[k] & both[against]).to_numpy()])) for g, k in cells]
    lots = random_lots(len(data.clusters), rng)
    plan = plan_clusters(int(lots.max()) + 1, replicates, rng, behind=np.array(behind))
    weights = plan.with_all
    rows, drawn = [], np.full((replicates, len(groups), len(wanted)), np.nan)
    for (g, k), units in zip(cells, behind, strict=True):
        own = group == g
        part = {name: table[own] for name, table in wide.items()}
        row, sample = _contrast(
            part, lots[member[own]], k, against, plan, weights, units, measure, limits, level
        )
        row |= paired_test(part["value"], member[own], k, against, permutations, rng)
        row |= _beyond(part, lots[member[own]], k, against, placebo, plan, weights, measure, level)
        rows.append({**({} if by is None else {by: g}), "condition": k, **row})
        drawn[:, groups.index(g), wanted.index(k)] = sample
    notes: list[str] = []
    coefficients: dict[str, dict[str, float]] = {}
    for g in groups:
        if logit is None:
            break
        fitted, coefficients[g], why = mixed_contrasts(logit, g, against, wanted, data, level, seed)
        notes += [] if why is None else [f"no mixed logit{'' if by is None else f' of {g}'}: {why}"]
        for (of, k), row in zip(cells, rows, strict=True):
            row |= fitted[k] if of == g else {}
    frame = pd.DataFrame(rows)
    of_placebo = (frame["condition"] == placebo).to_numpy()
    for raw, to in (("p_value", "p_adjusted"), ("p_least", "p_least")):
        p = frame[raw].to_numpy(dtype=float)
        if adjust is not None:  # what the placebo does is no claim, and takes nothing from those that are
            for own in (of_placebo, ~of_placebo):
                p = np.where(own, adjusted_p(np.where(own, p, np.nan), adjust), p)
        frame[to] = p
    told = {"difference": "difference of means on the same items", "attained": "part of what could change"}
    frame.insert(0, "estimand", told[measure])
    meta = make_meta(
        "paired differences, clusters resampled",
        {
            "against": against,
            "conditions": wanted,
            "placebo": placebo,
            "by": by,
            "measure": measure,
            "limits": None if limits is None else list(limits),
            "mixed": None if mixed is None else list(mixed),
            "adjust": adjust,
            "level": level,
            "replicates": replicates,
            "permutations": permutations,
            "unit": data.unit,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[
            *contrast_notes(frame, data, placebo, plan),
            *far_notes(outcomes["value"], "outcome"),
            *notes,
        ],
        seconds=time.perf_counter() - started,
        mixed=coefficients or None,
        by_chooser=effects_by_chooser(wide["value"], against, wanted) if by is None else {},
    )
    coords: dict[str, Any] = {"condition": wanted} if by is None else {by: groups, "condition": wanted}
    tree = draws_tree("bootstrap", drawn[:, 0] if by is None else drawn, coords) if replicates else None
    return Result("paired_contrast", frame, ("condition",) if by is None else (by, "condition"), meta, tree)


def _wanted(
    table: pd.DataFrame, against: str, conditions: Sequence[str] | None, placebo: str | None
) -> list[str]:
    known = sorted(table["condition"].unique())
    require_conditions(table, [against], "against")
    if placebo is not None:
        require_conditions(table, [placebo], "placebo")
    if conditions is None:
        wanted = [c for c in known if c != against]
    else:
        wanted = [str(c) for c in conditions]
        require_conditions(table, wanted, "conditions")
    if against in wanted or placebo == against or not wanted:
        raise SpecificationError(
            "a condition can't be held against itself",
            parameter="against",
            got=against,
            expected=f"one of {', '.join(known)}, and another condition beside it",
        )
    return wanted


def _require_limits(table: pd.DataFrame, limits: tuple[float, float] | None) -> None:
    if limits is None:
        return
    low, high = limits
    value = table["value"].dropna()
    beyond = value[(value < low) | (value > high)]
    if not low < high or len(beyond):
        raise SpecificationError(
            "outcomes beyond the limits" if len(beyond) else "impossible limits",
            parameter="limits",
            got=f"{beyond.iloc[0]:g}" if len(beyond) else f"{low:g}, {high:g}",
            expected=f"values in [{low:g}, {high:g}]" if len(beyond) else "the least below the greatest",
        )


def _contrast(
    part: dict[str, pd.DataFrame],
    member: NDArray[np.int64],
    k: str,
    against: str,
    plan: ClusterPlan,
    weights: Array,
    units: int,
    measure: str,
    limits: tuple[float, float] | None,
    level: float,
) -> tuple[dict[str, Any], Array]:
    one, two = (part["value"][c].to_numpy() for c in (k, against))
    asked = (part["repeats"][k].notna() & part["repeats"][against].notna()).to_numpy()
    d = one - two
    seen = ~np.isnan(d)
    below = _below(part, k, measure)
    value = _mean(d, below, member, weights)
    found = plan.finish(value[1:], value[0], units, level)
    lower, upper, name = float(found.lower), float(found.upper), str(found.interval)
    if name != "none" and not found.std_error > 0:
        lower, upper = _all_alike(float(value[0]), limits, measure, units, level)
        name = "none" if np.isnan(lower) else "Clopper-Pearson"
    same = part["unlike"][against].to_numpy()[seen]
    row = {
        "estimate": float(value[0]),
        "std_error": float(found.std_error) if found.std_error > 0 else np.nan,
        "lower": lower,
        "upper": upper,
        "level": level,
        "interval": name,
        "n_scored": int(part["repeats"][[k, against]].to_numpy()[asked].sum()),
        "n_asked": int(part["answers"][[k, against]].to_numpy()[asked].sum()),
        "n_pairs": int(seen.sum()),
        "n_pairs_asked": int(asked.sum()),
        "n_units": units,
        "mean": float(np.mean(one[seen])) if seen.any() else np.nan,
        "mean_against": float(np.mean(two[seen])) if seen.any() else np.nan,
        "up": int((d[seen] > 0).sum()),
        "down": int((d[seen] < 0).sum()),
        "changed": float(np.mean(part["differ"][k].to_numpy()[seen])) if seen.any() else np.nan,
        "changed_by_repeat": float(np.nanmean(same)) if np.isfinite(same).any() else np.nan,
    }
    if limits is not None:
        row |= _bounds(one, two, asked, below, member, plan, weights, limits, units, level)
    return row, found.draws


def _below(part: dict[str, pd.DataFrame], k: str, measure: str) -> Array:
    """What the sum of differences is divided by, item by item: 1, or how far the outcome can move."""
    if measure == "difference":
        return np.ones(len(part["value"]))
    return part["reach"][k].to_numpy()


def _mean(d: Array, below: Array, member: NDArray[np.int64], weights: Array) -> Array:
    """Sum of the differences over the sum of `below`, under each row of weights."""
    seen = ~np.isnan(d) & ~np.isnan(below)
    n = weights.shape[1]
    above = np.bincount(member[seen], d[seen], n)
    under = np.bincount(member[seen], below[seen], n)
    return ratio(weights @ above, weights @ under)


def _all_alike(
    value: float, limits: tuple[float, float] | None, measure: str, units: int, level: float
) -> tuple[float, float]:
    """Ends where all clusters changed alike: by Clopper and Pearson, how many others there may be, and how far they go."""
    width = 1.0 if measure == "attained" else np.nan if limits is None else limits[1] - limits[0]
    others = 1.0 - ((1 - level) / 2) ** (1.0 / units)
    return value - others * (width + value), value + others * (width - value)


def _bounds(
    one: Array,
    two: Array,
    asked: NDArray[np.bool_],
    below: Array,
    member: NDArray[np.int64],
    plan: ClusterPlan,
    weights: Array,
    limits: tuple[float, float],
    units: int,
    level: float,
) -> dict[str, float]:
    low, high = limits
    least = np.where(np.isnan(one), low, one) - np.where(np.isnan(two), high, two)
    most = np.where(np.isnan(one), high, one) - np.where(np.isnan(two), low, two)
    values = [_mean(np.where(asked, d, np.nan), below, member, weights) for d in (least, most)]
    errors = [plan.finish(v[1:], v[0], units, level).std_error for v in values]
    safe = np.full(2, np.nan)
    if units >= LEAST:
        (least, most), (low_error, high_error) = (
            [np.atleast_1d(x) for x in y] for y in ([v[0] for v in values], errors)
        )
        safe = imbens_manski(least, most, low_error, high_error, level, units)[:, 0]
    return {
        "bound_lower": float(values[0][0]),
        "bound_upper": float(values[1][0]),
        "safe_lower": float(safe[0]),
        "safe_upper": float(safe[1]),
    }


def _beyond(
    part: dict[str, pd.DataFrame],
    member: NDArray[np.int64],
    k: str,
    against: str,
    placebo: str | None,
    plan: ClusterPlan,
    weights: Array,
    measure: str,
    level: float,
) -> dict[str, float]:
    """What the placebo changed, and the contrast to it, where there is one that has these items."""
    if placebo is None or placebo == k or placebo not in part["value"].columns:
        return {}
    d = (part["value"][k] - part["value"][placebo]).to_numpy()
    units = len(np.unique(member[~np.isnan(d)]))
    if not units:
        return {}
    value = _mean(d, _below(part, k, measure), member, weights)
    found = plan.finish(value[1:], value[0], units, level)
    moved = (part["value"][placebo] - part["value"][against]).to_numpy()
    return {
        "baseline": float(_mean(moved, _below(part, placebo, measure), member, weights)[0]),
        "beyond": float(value[0]),
        "beyond_lower": float(found.lower),
        "beyond_upper": float(found.upper),
    }
