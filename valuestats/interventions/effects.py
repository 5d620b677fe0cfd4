"""What an intervention moves, what it moves that it should not, and whether that is more than a placebo does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, listed, number, p_value
from valuestats.interventions.answers import Keyed, outcomes_of_answers
from valuestats.interventions.cells import OVER, Array, Matched, matched
from valuestats.interventions.estimates import Sample, against_placebos, estimate_of, outside_of
from valuestats.interventions.judge import Errs, JudgeErrors, judge_errors, judge_record
from valuestats.interventions.replication import replication
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings, random_lots
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.tables.far_codes import far_notes
from valuestats.tables.responses import Responses

TARGET, OFF, ALL = "target", "off target", "all"
CITATIONS = (
    "Cameron, Gelbach and Miller (2011), Robust inference with multiway clustering, JBES 29, 238-249",
    "Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57, 289-300",
    "Fisher (1935), The Design of Experiments (sign flips)",
    "Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76",
)


@checked
def intervention_effects(
    outcomes: pd.DataFrame | Responses,
    *,
    control: str,
    by: str | None = None,
    keyed: Keyed | None = None,
    family: str | None = None,
    scale: tuple[float, float] | None = None,
    fixed_items: bool = False,
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

    0 the control, repeats averaged. Pairs are of one model (or judge, or respondent): several are told apart by `by`, each
    with effects of its own, and beside them stands the mean over them, :math:`\frac1M\sum_m \Delta_{kdm}`. One that did
    not answer under a condition has no effect there, and lends its level to none. The question (column ``cluster``, else
    the item) is the unit; where several roles answer the same items both are clusters, :math:`V = V_{unit} + V_{role} -
    V_{unit \times role}` (Cameron, Gelbach and Miller 2011), with Student's t on the rarer of the two less one. With one
    role the p-value is of sign flips of the units' sums, exact where there are few. Cells a condition was meant to move
    (`targets`) are adjusted by Holm over them, the off-target ones by Benjamini and Hochberg over them, so that the share
    of values said to move that do not is held; without targets all are. With `by` the effects on the mean are one family,
    those of each another. Where no p-value of a family could lie below the level, however the pairs moved, nothing was
    tested (``p_least``), which is not the same as no effect.

    With ``fixed_items`` the items are taken as given (a questionnaire whose two or three items a value are all there are):
    the roles are the units, by sign flips and Student's t over them, and nothing is said of other items.

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
        probability that lay outside the options. Or `Responses` with conditions, whose personas are the roles.
    control
        The condition without the intervention.
    by
        Column of who answered, where there are several: models, judges, respondents.
    keyed, family, scale
        Of `Responses`: which item measures which value, as `valuestats.score` takes it (keys, or an instrument), and the
        ends of the scale where keys are reversed.
    fixed_items
        Whether the items are all there are; needs roles.
    targets
        Dimensions (or one of them) that each condition was meant to move.
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
        Kind ``"intervention_effects"``, keys ``("condition", "dimension")``, before them `by` (``"all"``: the mean over
        them): ``family`` (target, off target, all),
        ``estimate``, ``mean``, ``mean_control``, ``p_value``, ``p_adjusted``, ``p_least`` (the least that could have been),
        ``test``, ``baseline`` (what the placebos do), ``beyond`` with ``beyond_lower``, ``beyond_upper`` and ``beyond_p``
        (Student's t), ``placebo_p`` (from 19 placebos on), ``agree`` (share of random halves of the questions whose signs
        agree), ``outside``, ``outside_control``, ``bound_lower``, ``bound_upper``, ``as_judged``, ``n_scored`` of
        ``n_asked`` pairs, ``n_units``, ``n_roles``, ``df`` (of Student's t; null where a judge is
        corrected). ``meta["replication"]``: cells picked in one half of the questions whose
        sign holds in the other; ``meta["judge"]``: its errors.

    Raises
    ------
    InputError
        A missing column, a null name, an outcome or share outside its range, labels other than 0 and 1, by row.
    SpecificationError
        Several models and no `by`, no control, nothing beside it, a condition without matched items, a target or placebo
        that is not there, a judge of outcomes that are not 0 and 1, or one no better than chance.

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
    answers = (
        outcomes_of_answers(outcomes, keyed, family, scale) if isinstance(outcomes, Responses) else outcomes
    )
    table = matched(answers, control, limits, by, fixed_items)
    targets = None if targets is None else {k: [d] if isinstance(d, str) else d for k, d in targets.items()}
    wanted = _wanted(table, targets, placebos)
    rng = np.random.default_rng(seed)
    errors = None
    if judged is not None:
        _require_binary(table)
        errors = judge_errors(judged, judge_errs, [control, *table.conditions], draws, rng)
    lot = random_lots(len(table.units), rng)
    sample = Sample(draws, int(lot.max()) + 1, len(table.roles), lot, rng)
    places = [
        (g, k, d) for g in table.groups for k in wanted for d in table.dimensions if (g, k, d) in table.cells
    ]
    rows, drawn = [], np.full((draws, len(table.groups), len(wanted), len(table.dimensions)), np.nan)
    for g, k, d in places:
        cell = table.cells[g, k, d]
        row, own = estimate_of(cell, table, sample, errors, (k, control), permutations, level, rng)
        row |= against_placebos(cell, table, g, d, placebos, level) | outside_of(cell, limits)
        named = {} if by is None else {by: g}
        rows.append({**named, "condition": k, "dimension": d, "family": _family(k, d, targets), **row})
        drawn[:, table.groups.index(g), wanted.index(k), table.dimensions.index(d)] = own
    frame = pd.DataFrame(rows)
    frame["agree"], held = replication([table.cells[p] for p in places], lot, level, rng)
    over = np.array([g == OVER for g, _, _ in places])
    for raw, to in (("p_value", "p_adjusted"), ("p_least", "p_least")):
        frame[to] = _adjusted(frame[raw].to_numpy(dtype=float), frame["family"].to_numpy(), over)
    frame.insert(0, "estimand", "effect against the matched control")
    meta = make_meta(
        "matched differences, "
        + (
            "questions and roles as clusters"
            if table.crossed
            else "roles as clusters"
            if fixed_items
            else "questions as clusters"
        ),
        {
            "control": control,
            "by": by,
            "fixed_items": fixed_items,
            "targets": None if targets is None else {k: list(v) for k, v in targets.items()},
            "placebos": list(placebos),
            "limits": None if limits is None else list(limits),
            "judge_errs": None if errors is None else judge_errs,
            "draws": draws,
            "permutations": permutations,
            "level": level,
            "unit": "role" if fixed_items else "cluster" if table.clustered else "item",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[
            *_notes(frame, table, errors, by),
            *(far_notes(outcomes["value"], "outcome") if isinstance(outcomes, pd.DataFrame) else []),
        ],
        seconds=time.perf_counter() - started,
        replication=held,
        judge=judge_record(errors, judge_errs),
        crossed=table.crossed,
        student="df",
    )
    coords = {"condition": wanted, "dimension": table.dimensions}
    tree = (
        draws_tree("bootstrap", drawn[:, 0], coords)
        if by is None
        else draws_tree("bootstrap", drawn, {by: table.groups, **coords})
    )
    keys = ("condition", "dimension") if by is None else (by, "condition", "dimension")
    return Result("intervention_effects", frame, keys, meta, tree)


def _adjusted(p: Array, family: NDArray[np.object_], over: NDArray[np.bool_]) -> Array:
    """P-values adjusted over what was meant, and what was not; effects on the mean, and on each, for themselves."""
    found = np.full(len(p), np.nan)
    rules: tuple[tuple[str, Adjustment], ...] = ((TARGET, "holm"), (OFF, "bh"), (ALL, "bh"))
    for (name, how), one in product(rules, (over, ~over)):
        own = (family == name) & one
        if own.any():
            found[own] = adjusted_p(p[own], how)
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


def _notes(frame: pd.DataFrame, table: Matched, errors: JudgeErrors | None, by: str | None) -> list[str]:
    said = few_warnings(frame["n_units"].to_numpy(), "roles" if table.fixed else "questions")
    if table.crossed and len(table.roles) < 10:
        said.append(f"{counted(len(table.roles), 'role')} only: intervals rest on few of them")
    each = frame[frame[by] != OVER] if by is not None else frame
    scored, asked = int(each["n_scored"].sum()), int(each["n_asked"].sum())
    if scored < asked:
        said.append(f"{number(asked - scored)} of {counted(asked, 'pair')} lack an outcome and are left out")
    if table.answered < table.answers:
        said.append(
            f"{number(table.answers - table.answered)} of {counted(table.answers, 'answer')} gave no outcome; that of an "
            "item is the mean of those that came"
        )
    lost = [] if by is None else sorted(set(each.loc[each["n_scored"] == 0, by]))
    if lost:
        said.append(f"no pair with both outcomes of {listed(lost)}: not in the mean over {by}s")
    if errors is not None and errors.p_alike < 0.05:
        said.append(f"the judge errs differently under different conditions ({p_value(errors.p_alike)})")
    return said
