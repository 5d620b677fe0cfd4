"""What an intervention moves, what it moves that it should not, and whether that is more than a placebo does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, p_value
from valuestats.interventions.cells import Array, Cell, Error, Matched, error_of, matched, two_sided
from valuestats.interventions.judge import (
    Errs,
    JudgeErrors,
    corrected,
    judge_errors,
    judge_record,
    people_say,
)
from valuestats.interventions.replication import replication
from valuestats.preferences.no_change import flip_p
from valuestats.results.meta import make_meta
from valuestats.results.result import Result, draws_tree
from valuestats.statistics.clusters import few_warnings, random_lots
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.statistics.resampling import equal_tailed
from valuestats.statistics.student import scales, student_numbers

TARGET, OFF, ALL = "target", "off target", "all"
CITATIONS = (
    "Cameron, Gelbach and Miller (2011), Robust inference with multiway clustering, JBES 29, 238-249",
    "Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57, 289-300",
    "Fisher (1935), The Design of Experiments (sign flips)",
    "Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76",
)
_STILL = 1e-12
RANKS = 19
"""Placebos from which the rank of an effect among them can reach p = .05."""


@checked
def intervention_effects(
    outcomes: pd.DataFrame,
    *,
    control: str,
    targets: Mapping[str, Sequence[str]] | None = None,
    placebos: Sequence[str] = (),
    limits: tuple[float, float] | None = None,
    judged: pd.DataFrame | None = None,
    judge_errs: Errs = "alike",
    draws: int = 2000,
    permutations: int = 4999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Effects of interventions on each value against a matched control: those meant, and those not.

    Estimand: for condition k and dimension d, over pairs p of the same item and role,

    .. math:: \Delta_{kd} = \frac{1}{n}\sum_{p} (y_{kp} - y_{0p}),

    0 the control, repeats averaged. The question (column ``cluster``, else the item) is the unit; where several roles answer
    the same items both are clusters, :math:`V = V_{unit} + V_{role} - V_{unit \times role}` (Cameron, Gelbach and Miller
    2011), with Student's t on the rarer of the two less one. With one role the p-value is of sign flips of the units' sums,
    exact where there are few. Cells a condition was meant to move (`targets`) are adjusted by Holm over them, the off-target
    ones by Benjamini and Hochberg over them, so that the share of values said to move that do not is held; without targets
    all are.

    Placebos are conditions of the same kind that should do nothing (random directions of the same length, unrelated
    prompts): ``beyond`` is the effect less their mean on the same pairs, ``placebo_p`` the rank of the effect among them.

    With a judge (outcomes 0 and 1) and labels of people for a part, effects are on what people would say: both means are
    corrected by the judge's errors (Rogan and Gladen 1978), whose uncertainty is in the interval. A judge that errs alike
    under both conditions shrinks an effect; one that errs otherwise under an intervention makes one (``judge_errs``).

    Parameters
    ----------
    outcomes
        One row per answer: ``item``, ``condition``, ``value`` (null where nothing came); optionally ``dimension`` (the value
        that the item measures), ``role``, ``cluster``, repeats in any column, and ``outside``, the share of the answer's
        probability that lay outside the options.
    control
        The condition without the intervention.
    targets
        Dimensions that each condition was meant to move.
    placebos
        Conditions that should move nothing; they have no rows of their own.
    limits
        Least and greatest value; with ``outside`` there are bounds over where that mass could have gone.
    judged
        Items that people labelled as well: ``judge`` and ``label``, 1 or 0, and ``condition`` where errors differ.
    judge_errs
        ``"alike"`` under all conditions, or ``"by condition"``.
    draws, permutations, level, seed
        Draws behind contrasts and the judge's correction, sign flips, probability inside the intervals, seed.

    Returns
    -------
    Result
        Kind ``"intervention_effects"``, keys ``("condition", "dimension")``: ``family`` (target, off target, all),
        ``estimate``, ``mean``, ``mean_control``, ``p_value``, ``p_adjusted``, ``test``, ``beyond`` with ``beyond_lower`` and
        ``beyond_upper``, ``placebo_p`` (from 19 placebos on), ``agree`` (share of random halves of the questions whose signs
        agree), ``outside``, ``outside_control``, ``bound_lower``, ``bound_upper``, ``as_judged``, ``n_scored`` of
        ``n_asked`` pairs, ``n_units``, ``n_roles``, ``df`` (of Student's t; null where a judge is
        corrected). ``meta["replication"]``: cells picked in one half of the questions whose
        sign holds in the other; ``meta["judge"]``: its errors.

    Raises
    ------
    InputError
        A missing column, a null name, an outcome or share outside its range, labels other than 0 and 1, by row.
    SpecificationError
        No control, nothing beside it, a condition without matched items, a target or placebo that is not there, a judge of
        outcomes that are not 0 and 1, or one no better than chance.

    References
    ----------
    Cameron, Gelbach and Miller (2011); Benjamini and Hochberg (1995); Rogan and Gladen (1978).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": [1, 2, 3, 4, 5, 6] * 2, "condition": ["plain"] * 6 + ["steered"] * 6,
    ...     "value": [1, 2, 2, 3, 1, 2, 2, 3, 3, 4, 2, 4]})
    >>> row = intervention_effects(frame, control="plain").estimates.iloc[0]
    >>> round(float(row["estimate"]), 3), float(row["p_value"])
    (1.167, 0.03125)
    """
    started = time.perf_counter()
    table = matched(outcomes, control, limits)
    wanted = _wanted(table, targets, placebos)
    rng = np.random.default_rng(seed)
    errors = None
    if judged is not None:
        _require_binary(table)
        errors = judge_errors(judged, judge_errs, [control, *table.conditions], draws, rng)
    lot = random_lots(len(table.units), rng)
    n_lots = int(lot.max()) + 1
    sample = _Sample(*student_numbers(draws, n_lots + len(table.roles), rng), n_lots, lot)
    places = [(k, d) for k in wanted for d in table.dimensions if (k, d) in table.cells]
    rows, drawn = [], np.full((draws, len(wanted), len(table.dimensions)), np.nan)
    for k, d in places:
        cell = table.cells[k, d]
        row, own = _estimate(cell, table, sample, errors, (k, control), permutations, level, rng)
        row |= _against_placebos(cell, row, table, d, placebos, level) | _outside(cell, limits)
        rows.append({"condition": k, "dimension": d, "family": _family(k, d, targets), **row})
        drawn[:, wanted.index(k), table.dimensions.index(d)] = own
    frame = pd.DataFrame(rows)
    frame["agree"], held = replication([table.cells[p] for p in places], lot, level, rng)
    adjusted = np.full(len(frame), np.nan)
    rules: tuple[tuple[str, Adjustment], ...] = ((TARGET, "holm"), (OFF, "bh"), (ALL, "bh"))
    for family, how in rules:
        of_family = (frame["family"] == family).to_numpy()
        if of_family.any():
            adjusted[of_family] = adjusted_p(frame["p_value"].to_numpy(dtype=float)[of_family], how)
    frame["p_adjusted"] = adjusted
    frame.insert(0, "estimand", "effect against the matched control")
    meta = make_meta(
        "matched differences, "
        + ("questions and roles as clusters" if table.crossed else "questions as clusters"),
        {
            "control": control,
            "targets": None if targets is None else {k: list(v) for k, v in targets.items()},
            "placebos": list(placebos),
            "limits": None if limits is None else list(limits),
            "judge_errs": None if errors is None else judge_errs,
            "draws": draws,
            "permutations": permutations,
            "level": level,
            "unit": "cluster" if table.clustered else "item",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=_notes(frame, table, errors),
        seconds=time.perf_counter() - started,
        replication=held,
        judge=judge_record(errors, judge_errs),
        crossed=table.crossed,
        student="df",
    )
    tree = draws_tree("bootstrap", drawn, {"condition": wanted, "dimension": table.dimensions})
    return Result("intervention_effects", frame, ("condition", "dimension"), meta, tree)


class _Sample:
    """Normal numbers of units (of very many, lots) and roles, the same for all cells, and the quantiles of a scale."""

    def __init__(self, normal: Array, quantile: Array, n_lots: int, lot: NDArray[np.int64]) -> None:
        self.half = (len(normal) + 1) // 2
        # single precision: half the time of the largest array, for draws that need three digits
        self.units = normal[: self.half, :n_lots].astype(np.float32)
        self.roles = normal[: self.half, n_lots:]
        self.quantile, self.lot = quantile, lot

    def of(self, mean: float, error: Error) -> Array:
        """Draws of a mean by Student's t of its error, jointly over cells; the second half mirrors the first."""
        if np.isnan(error.value):
            return np.full(len(self.quantile), np.nan)
        unit, role = np.bincount(self.lot, error.parts[0], minlength=self.units.shape[1]), error.parts[1]
        spread = float(unit @ unit + role @ role)
        scale = error.value / np.sqrt(spread) if spread > 0 else 0.0
        both = self.units @ unit.astype(np.float32) + self.roles @ role
        both = np.concatenate([both, -both])[: len(self.quantile)]
        return np.asarray(mean + scale * scales(self.quantile, error.df) * both)


def _estimate(
    cell: Cell,
    table: Matched,
    sample: _Sample,
    errors: JudgeErrors | None,
    names: tuple[str, str],
    permutations: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], Array]:
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
            ("df", "estimate", "std_error", "lower", "upper", "mean", "mean_control", "p_value", "as_judged"),
            np.nan,
        )
        return {**row, **empty, "interval": "none", "test": "none"}, np.full(len(sample.quantile), np.nan)
    error = error_of(change, cell.unit, cell.role, n_units, n_roles)
    value = float(change.mean())
    if table.crossed:
        p, test = two_sided(change, error), "Student's t, units and roles"
    else:
        sums = np.bincount(cell.unit, change)
        p, test = flip_p(sums[np.abs(sums) > 0], permutations, rng), "sign flips of units"
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
        "mean": float(cell.treated.mean()),
        "mean_control": float(cell.control.mean()),
        "p_value": p,
        "test": test,
        "as_judged": np.nan,
    }
    if errors is None:
        return row, sample.of(value, error)
    parts = [
        sample.of(float(y.mean()), error_of(y, cell.unit, cell.role, n_units, n_roles))
        for y in (cell.treated, cell.control)
    ]
    own = corrected(errors, *names, *parts)
    point = [
        people_say(np.array([float(y.mean())]), *(np.array([x.mean()]) for x in errors.of(name)))[0]
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
        row["test"] = "Student's t, the judge's errors carried"
    return row, own


def _against_placebos(
    cell: Cell, row: dict[str, Any], table: Matched, dimension: str, placebos: Sequence[str], level: float
) -> dict[str, float]:
    """The effect less the placebos' mean on the same pairs, and its rank among theirs."""
    own = [table.cells[p, dimension] for p in placebos if (p, dimension) in table.cells]
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
        error = error_of(d, cell.unit[both], cell.role[both], len(table.units), len(table.roles))
        reach = stats.t.ppf((1 + level) / 2, max(error.df, 1)) * error.value
        mean = float(d.mean())
        found |= {"beyond": mean, "beyond_lower": mean - reach, "beyond_upper": mean + reach}
    if len(own) >= RANKS:
        effect = abs(float(cell.change.mean()))
        larger = sum(abs(float(c.change.mean())) >= effect for c in own if len(c.change))
        found["placebo_p"] = (1 + larger) / (1 + len(own))
    return found


def _outside(cell: Cell, limits: tuple[float, float] | None) -> dict[str, float]:
    if not len(cell.change) or np.isnan(cell.outside).all() or np.isnan(cell.outside_control).all():
        return {}
    out, out0 = np.nan_to_num(cell.outside), np.nan_to_num(cell.outside_control)
    found = {"outside": float(out.mean()), "outside_control": float(out0.mean())}
    if limits is not None:
        inside, inside0 = (1 - out) * cell.treated, (1 - out0) * cell.control
        for name, (end, end0) in (("bound_lower", limits), ("bound_upper", limits[::-1])):
            found[name] = float((inside + out * end - inside0 - out0 * end0).mean())
    return found


def _family(condition: str, dimension: str, targets: Mapping[str, Sequence[str]] | None) -> str:
    if targets is None:
        return ALL
    return TARGET if dimension in {str(d) for d in targets.get(condition, ())} else OFF


def _wanted(
    table: Matched, targets: Mapping[str, Sequence[str]] | None, placebos: Sequence[str]
) -> list[str]:
    for parameter, names in (("targets", list(targets or {})), ("placebos", [str(p) for p in placebos])):
        strange = [n for n in names if n not in table.conditions]
        if strange:
            raise SpecificationError(
                "no such condition", parameter=parameter, got=strange[0], expected=", ".join(table.conditions)
            )
    aimed = [str(d) for own in (targets or {}).values() for d in own]
    strange = [d for d in aimed if d not in table.dimensions]
    if strange:
        raise SpecificationError(
            "no such dimension", parameter="targets", got=strange[0], expected=", ".join(table.dimensions)
        )
    wanted = [k for k in table.conditions if k not in set(placebos)]
    if not wanted:
        raise SpecificationError(
            "placebos only",
            parameter="placebos",
            got=", ".join(placebos),
            expected="an intervention beside them",
        )
    return wanted


def _require_binary(table: Matched) -> None:
    values = np.concatenate([np.r_[c.treated, c.control] for c in table.cells.values()])
    other = values[(values < 0) | (values > 1)]
    if len(other):
        raise SpecificationError(
            "a judge's outcomes are 0 and 1",
            parameter="judged",
            got=f"{other[0]:g}",
            expected="values from 0 to 1",
        )


def _notes(frame: pd.DataFrame, table: Matched, errors: JudgeErrors | None) -> list[str]:
    said = few_warnings(frame["n_units"].to_numpy(), "questions")
    if table.crossed and len(table.roles) < 10:
        said.append(f"{counted(len(table.roles), 'role')} only: intervals rest on few of them")
    scored, asked = int(frame["n_scored"].sum()), int(frame["n_asked"].sum())
    if scored < asked:
        said.append(f"{asked - scored} of {counted(asked, 'pair')} lack an outcome and are left out")
    if errors is not None and errors.p_alike < 0.05:
        said.append(f"the judge errs differently under different conditions ({p_value(errors.p_alike)})")
    return said
