"""Conditions as a mixed logit: log odds of yes on the same item, with steps, languages and the like held alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from valuestats.base.errors import InputError, SpecificationError
from valuestats.preferences.outcomes import Outcomes
from valuestats.statistics.clusters import LEAST
from valuestats.tables.schema import row_of
from valuestats.weights.feature_sets import FeatureSets
from valuestats.weights.mixed_fit import MixedMaximum, fit_mixed

Array = NDArray[np.float64]
POINTS = 1024
SPREAD = "spread of items"
COLUMNS = (
    "log_odds",
    "log_odds_error",
    "log_odds_lower",
    "log_odds_upper",
    "adjusted",
    "adjusted_lower",
    "adjusted_upper",
    "spread",
)


@dataclass(frozen=True)
class MixedRows:
    """Yes-or-no outcomes as a logit takes them, a row each.

    Attributes
    ----------
    frame
        ``group``, ``item``, ``condition``, ``value`` (1 and 0) and a column for each that is held.
    held
        Those columns.
    """

    frame: pd.DataFrame
    held: tuple[str, ...]


def mixed_rows(outcomes: pd.DataFrame, held: Sequence[str], condition: str, by: str | None) -> MixedRows:
    """The rows with an outcome.

    Raises
    ------
    SpecificationError
        No such column, or one that is the condition, the item or `by`; outcomes other than 0 and 1.
    InputError
        A null in a column that is held, by row.
    """
    names = list(dict.fromkeys(map(str, held)))
    lost = [c for c in names if c not in outcomes.columns or c in ("item", "value", condition, by)]
    if lost:
        raise SpecificationError(
            "no such column to hold alike",
            parameter="mixed",
            got=", ".join(lost),
            expected="columns of the outcomes beside item, value, condition and by",
        )
    kept = outcomes[outcomes["value"].notna().to_numpy()]
    value = pd.to_numeric(kept["value"]).to_numpy(dtype=float)
    if not np.isin(value, (0.0, 1.0)).all():
        raise SpecificationError(
            "a logit is of outcomes that are 1 or 0",
            parameter="mixed",
            got=f"{value[~np.isin(value, (0.0, 1.0))][0]:g}",
            expected="0 and 1",
        )
    for name in names:
        null = kept[name].isna().to_numpy()
        if null.any():
            row, source = row_of(kept, kept.index[int(null.argmax())])
            raise InputError("outcomes: a null in what is held alike", parameter=name, file=source, row=row)
    table = pd.DataFrame(
        {
            "group": "all" if by is None else kept[by].astype(str).to_numpy(),
            "item": kept["item"].astype(str).to_numpy(),
            "condition": kept[condition].astype(str).to_numpy(),
            "value": value,
            **{f"held {n}": kept[c].astype(str).to_numpy() for n, c in enumerate(names)},
        }
    )
    return MixedRows(table, tuple(names))


def mixed_contrasts(
    rows: MixedRows, group: str, against: str, wanted: list[str], data: Outcomes, level: float, seed: int
) -> tuple[dict[str, dict[str, float]], dict[str, float], str | None]:
    r"""Log odds of each condition against `against` in one group, all coefficients, and why there are none.

    The chance of a yes in row r, of item i, is the inverse logit of :math:`a + c_{k(r)} + h_r + \sigma z_i`, z standard
    normal. ``adjusted`` is the mean of its difference between the two conditions over z and over the h of all rows.
    """
    whole = rows.frame[(rows.frame["group"] == group) & rows.frame["condition"].isin([against, *wanted])]
    own = _undecided(whole, len(rows.held))
    there = [k for k in wanted if (own["condition"] == k).any()]
    design, names = _design(own, rows.held, there)
    none = {k: dict.fromkeys(COLUMNS, np.nan) for k in wanted}
    if not there or np.linalg.matrix_rank(design) < len(names):
        return none, {}, "what is held can't be told from the conditions"
    item, items = pd.factorize(own["item"], sort=True)
    yes = own["value"].to_numpy() > 0
    other = np.where(yes[:, None], -design, design)
    sets = FeatureSets(
        np.stack([np.zeros_like(design), other], axis=1),
        np.ones((len(own), 2), dtype=bool),
        tuple(names),
        item.astype(np.int64),
        tuple(map(str, items)),
        len(own),
        tuple(map(str, range(len(own)))),
    )
    try:
        found = fit_mixed(
            sets,
            [0],
            points=POINTS,
            seed=seed,
            cluster=pd.factorize(data.cluster_of_item[items].to_numpy())[0],
        )
    except SpecificationError as error:
        return none, {}, f"{error.message} ({error.got})"
    reach = float(stats.t.ppf((1 + level) / 2, found.degrees)) if found.degrees + 1 >= LEAST else np.nan
    plain = np.unique(np.delete(design, np.s_[1 : 1 + len(there)], axis=1), axis=0, return_counts=True)
    share = plain[1] / len(whole)
    told = {k: _told(found, plain[0], share, 1 + n, len(there), reach) for n, k in enumerate(there)}
    return none | told, dict(zip([*names, SPREAD], map(float, found.theta), strict=True)), None


def _undecided(rows: pd.DataFrame, held: int) -> pd.DataFrame:
    """Rows without those at a level where all outcomes are one and the same.

    Its coefficient would run off, its rows with it: they say nothing of the conditions, which change nothing there.
    """
    while True:
        mixed = np.ones(len(rows), dtype=bool)
        for n in range(held):
            mixed &= rows.groupby(f"held {n}")["value"].transform("nunique").to_numpy() > 1
        if mixed.all():
            return rows
        rows = rows[mixed]


def _design(own: pd.DataFrame, held: tuple[str, ...], there: list[str]) -> tuple[Array, list[str]]:
    """A constant, the conditions, and the levels of what is held but the first of each."""
    columns: list[Array] = [np.ones(len(own))]
    names = ["yes"]
    for k in there:
        columns.append((own["condition"] == k).to_numpy().astype(np.float64))
        names.append(k)
    for n, name in enumerate(held):
        for known in sorted(own[f"held {n}"].unique())[1:]:
            columns.append((own[f"held {n}"] == known).to_numpy().astype(np.float64))
            names.append(f"{name} {known}")
    return np.column_stack(columns), names


def _told(
    found: MixedMaximum, plain: Array, share: Array, at: int, conditions: int, reach: float
) -> dict[str, float]:
    """Log odds of the condition in place `at`, and its difference of chances over shares of rows without conditions."""
    p = len(found.theta) - 1
    beta, spread, z = found.theta[:p], found.theta[p], found.problem.points[:, 0]
    two = np.insert(plain, [1] * conditions, 0.0, axis=1)
    one = two.copy()
    one[:, at] = 1.0
    chance = [expit((x @ beta)[:, None] + spread * z) for x in (one, two)]
    slope = [c * (1 - c) for c in chance]
    adjusted = float(share @ (chance[0] - chance[1]).mean(axis=1))
    by = [(share * s.mean(axis=1)) @ x for s, x in zip(slope, (one, two), strict=True)]
    by_spread = share @ ((slope[0] - slope[1]) * z).mean(axis=1)
    gradient = np.append(by[0] - by[1], by_spread)
    error = float(np.sqrt(found.covariance[at, at]))
    about = float(np.sqrt(gradient @ found.covariance @ gradient))
    return {
        "log_odds": float(beta[at]),
        "log_odds_error": error,
        "log_odds_lower": float(beta[at] - reach * error),
        "log_odds_upper": float(beta[at] + reach * error),
        "adjusted": adjusted,
        "adjusted_lower": adjusted - reach * about,
        "adjusted_upper": adjusted + reach * about,
        "spread": float(spread),
    }
