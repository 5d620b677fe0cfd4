"""One effect: its mean over pairs, its error and test, what placebos do, and mass outside the options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from valuestats.interventions.cells import Array, Cell, Error, Matched, error_of, two_sided
from valuestats.interventions.judge import JudgeErrors, corrected, people_say
from valuestats.preferences.no_change import flip_p
from valuestats.statistics.multiplicity import least_flip_p
from valuestats.statistics.resampling import equal_tailed
from valuestats.statistics.student import scales, student_numbers

_STILL = 1e-12
RANKS = 19
"""Placebos from which the rank of an effect among them can reach p = .05."""


class Sample:
    """Normal numbers of units (of very many, lots) and roles, the same for all cells, and the quantiles of a scale."""

    def __init__(
        self, draws: int, n_lots: int, n_roles: int, lot: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        # single precision: half the time of the largest array, for draws that need three digits
        normal, self.quantile = student_numbers(draws, n_lots + n_roles, rng, np.float32)
        self.units, self.roles = normal[:, :n_lots], normal[:, n_lots:].astype(float)
        self.draws, self.lot = draws, lot
        self.scales: dict[int, Array] = {}

    def of(self, mean: float, error: Error) -> Array:
        """Draws of a mean by Student's t of its error, jointly over cells; the second half mirrors the first."""
        if np.isnan(error.value):
            return np.full(self.draws, np.nan)
        if error.df not in self.scales:
            self.scales[error.df] = scales(self.quantile, error.df)
        unit, role = np.bincount(self.lot, error.parts[0], minlength=self.units.shape[1]), error.parts[1]
        spread = float(unit @ unit + role @ role)
        scale = error.value / np.sqrt(spread) if spread > 0 else 0.0
        both = scale * self.scales[error.df] * (self.units @ unit.astype(np.float32) + self.roles @ role)
        return np.asarray(mean + np.concatenate([both, -both])[: self.draws])


def estimate_of(
    cell: Cell,
    table: Matched,
    sample: Sample,
    errors: JudgeErrors | None,
    names: tuple[str, str],
    permutations: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], Array]:
    """The row of one cell, and its draws."""
    n_units, n_roles = len(table.units), len(table.roles)
    change = cell.change
    row: dict[str, Any] = {
        "n_scored": len(change),
        "n_asked": cell.asked,
        "n_units": int(np.count_nonzero(np.bincount(cell.unit))),
        "n_roles": int(np.count_nonzero(np.bincount(cell.role))),
        "level": level,
    }
    if not len(change):
        empty = dict.fromkeys(
            (
                "df",
                "estimate",
                "std_error",
                "lower",
                "upper",
                "mean",
                "mean_control",
                "p_value",
                "p_least",
                "as_judged",
            ),
            np.nan,
        )
        return {**row, **empty, "interval": "none", "test": "none"}, np.full(sample.draws, np.nan)
    error = error_of(change, cell.unit, cell.role, n_units, n_roles, cell.group)
    value = cell.mean(change)
    if table.crossed and not error.value <= _STILL:
        p, least, test = two_sided(value, error), 0.0, "Student's t, units and roles"
    else:
        # pairs that all change alike have no error, but their clusters still have signs
        by_role = table.crossed and row["n_roles"] < row["n_units"]
        sums = np.bincount(cell.role if by_role else cell.unit, cell.weight * change)
        p = flip_p(sums[np.abs(sums) > 0], permutations, rng)
        least = least_flip_p(row["n_roles" if by_role else "n_units"], permutations)
        test = f"sign flips of {'roles' if by_role or table.fixed else 'units'}"
    # where all pairs change by the same (mostly by nothing), how far others scatter is not known
    known = error.value if error.value > _STILL else np.nan
    reach = stats.t.ppf((1 + level) / 2, max(error.df, 1)) * known
    row |= {
        "estimate": value,
        "std_error": known,
        "lower": value - reach,
        "upper": value + reach,
        "df": float(error.df) if errors is None and known > 0 else np.nan,
        "interval": "Wald" if np.isfinite(reach) else "none",
        "mean": cell.mean(cell.treated),
        "mean_control": cell.mean(cell.control),
        "p_value": p,
        "p_least": least,
        "test": test,
        "as_judged": np.nan,
    }
    if errors is None:
        return row, sample.of(value, error)
    parts = [
        sample.of(cell.mean(y), error_of(y, cell.unit, cell.role, n_units, n_roles, cell.group))
        for y in (cell.treated, cell.control)
    ]
    own = corrected(errors, *names, *parts)
    point = [
        people_say(np.array([cell.mean(y)]), *(np.array([x.mean()]) for x in errors.of(name)))[0]
        for y, name in zip((cell.treated, cell.control), names, strict=True)
    ]
    lower, upper = equal_tailed(own[:, None], level)
    row |= {
        "estimate": float(point[0] - point[1]),
        "std_error": float(np.nanstd(own, ddof=1)),
        "lower": float(lower[0]),
        "upper": float(upper[0]),
        "interval": "posterior, equal-tailed" if np.isfinite(lower[0]) else "none",
        "as_judged": value,
    }
    if "" not in errors.hit and row["std_error"] > 0:
        row["p_value"] = float(2 * stats.t.sf(abs(row["estimate"]) / row["std_error"], max(error.df, 1)))
        row["p_least"] = 0.0
        row["test"] = "Student's t, the judge's errors carried"
    return row, own


def against_placebos(
    cell: Cell, table: Matched, group: str, dimension: str, placebos: Sequence[str], level: float
) -> dict[str, float]:
    """The effect less the placebos' mean on the same pairs, and its rank among theirs."""
    own = [table.cells[group, p, dimension] for p in placebos if (group, p, dimension) in table.cells]
    if not own or not len(cell.change):
        return {}
    size = 1 + max(int(c.pair.max(initial=0)) for c in (cell, *own))
    theirs, seen = np.zeros(size), np.zeros(size)
    for c in own:
        theirs[c.pair] += c.change
        seen[c.pair] += 1
    both = seen[cell.pair] > 0
    found: dict[str, float] = {}
    if both.any():
        d = cell.change[both] - theirs[cell.pair[both]] / seen[cell.pair[both]]
        group_of = cell.group[both]
        error = error_of(d, cell.unit[both], cell.role[both], len(table.units), len(table.roles), group_of)
        reach = stats.t.ppf((1 + level) / 2, max(error.df, 1)) * error.value
        mean, moved = (
            float(np.mean([y[group_of == g].mean() for g in np.unique(group_of)]))
            for y in (d, cell.change[both] - d)
        )
        found |= {
            "baseline": moved,
            "beyond": mean,
            "beyond_lower": mean - reach,
            "beyond_upper": mean + reach,
        }
        if error.value > _STILL:
            found["beyond_p"] = two_sided(mean, error)
    if len(own) >= RANKS:
        effect = abs(cell.mean(cell.change))
        larger = sum(abs(c.mean(c.change)) >= effect for c in own if len(c.change))
        found["placebo_p"] = (1 + larger) / (1 + len(own))
    return found


def outside_of(cell: Cell, limits: tuple[float, float] | None) -> dict[str, float]:
    """Mass outside the options, and bounds over where it could have gone."""
    if not len(cell.change) or np.isnan(cell.outside).all() or np.isnan(cell.outside_control).all():
        return {}
    out, out0 = np.nan_to_num(cell.outside), np.nan_to_num(cell.outside_control)
    found = {"outside": cell.mean(out), "outside_control": cell.mean(out0)}
    if limits is not None:
        inside, inside0 = (1 - out) * cell.treated, (1 - out0) * cell.control
        for name, (end, end0) in (("bound_lower", limits), ("bound_upper", limits[::-1])):
            found[name] = cell.mean(inside + out * end - inside0 - out0 * end0)
    return found
