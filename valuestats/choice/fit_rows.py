"""From a table of choices to what a choice model is fitted to: distinct rows, counted stages, and the choices' patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.choice.counted import first_places, wins_matrix
from valuestats.choice.diagnostics import missing_notes
from valuestats.choice.fit_stages import StageBuilder
from valuestats.choice.spec import ChoiceSpec
from valuestats.latent.likelihoods.choices import ChoiceStages
from valuestats.latent.likelihoods.rao_kupper import RaoKupperPairs
from valuestats.regression.effects_rows import prepared, refuse_gaps
from valuestats.tables.choices import OF_CHOICE, Choices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Stages = ChoiceStages | RaoKupperPairs
ALIASES = {"judge": "model", "respondent": "model"}
PLACES = ("position", "place")
"""Of a formula: 1 for the option shown first, and the place as a factor."""


@dataclass(frozen=True)
class ChoiceRows:
    """Counted choices.

    Attributes
    ----------
    cells
        Columns of the formula and ``option``, one row for each offered option that the model can tell from others.
    options, option_of
        Names of the options, and the option of each cell.
    stages
        The counted stages, over the cells.
    taken
        Alternatives that each pattern of choice took, ``(patterns, alternatives)``.
    pattern, weight
        Pattern of each valid choice, and for how many choices it stands.
    per_choice
        Columns of the valid choices that hold for all their options.
    own_names
        Names of the parameters of ties and outcomes.
    set_labels
        Levels of the column of ``thresholds``.
    largest_tie
        Most options that may share a place.
    wins
        How often the column's option was put before the row's, ties for both.
    asked
        Choices that were asked for.
    fixed_within
        Columns of the formula that are the same for all options of every choice.
    members
        Cells of each distinct set of options, ``(sets, cells)``.
    times
        How often each cell was offered in a valid choice.
    notes
        What a reader must know.
    """

    cells: pd.DataFrame
    options: tuple[str, ...]
    option_of: Ints
    stages: Stages
    taken: csr_array
    pattern: Ints
    weight: Floats
    per_choice: pd.DataFrame
    own_names: tuple[str, ...]
    set_labels: tuple[str, ...]
    largest_tie: int
    wins: Floats
    asked: float
    fixed_within: frozenset[str]
    members: csr_array
    times: Floats
    notes: tuple[str, ...]

    @property
    def scored(self) -> float:
        """Valid choices."""
        return float(self.weight.sum())


def choice_rows(choices: Choices, spec: ChoiceSpec) -> ChoiceRows:
    """Count choices that the formula can't tell apart, and lay out what could have been chosen in each.

    Raises
    ------
    InputError
        A column of the formula is missing.
    SpecificationError
        No valid choice, nulls in a column of the formula, ties without a model of them, a factor of one level.
    """
    frame = with_places(choices.frame, spec)
    asked = _total(frame)
    valid = frame[frame["status"] == "valid"]
    notes = missing_notes(frame)
    valid, more = _modelled(valid, spec)
    notes += more
    if valid.empty:
        raise SpecificationError(
            "no valid choice", parameter="choices", got=f"{counted(len(choices), 'choice')}"
        )
    used = _used(frame, valid, spec)
    rows = prepared(valid, list(dict.fromkeys([*used, "option"])), None)
    code = pd.factorize(valid["choice"])[0]
    cell, cells = _cells(rows)
    outcomes = _outcomes(valid, spec)
    levels, level = _levels(valid, spec)
    work = pd.DataFrame(
        {
            "choice": code,
            "cell": cell,
            "rank": valid["rank"].astype("Int64").fillna(0).to_numpy(dtype=np.int64),
            "outcome": _codes(valid, outcomes),
            "level": level,
            "weight": _weights(valid),
        }
    )
    order = np.lexsort((work["cell"], work["choice"]))
    work = work.iloc[order].reset_index(drop=True)
    largest = _largest_tie(work, spec)
    builder = StageBuilder(len(cells), largest, len(outcomes), max(1, len(levels)), spec.ties)
    pattern = np.empty(int(code.max()) + 1, dtype=np.int64)
    for at, choice in _by_size(work):
        pattern[choice] = builder.add(*(work[c].to_numpy()[at] for c in ("cell", "rank", "outcome", "level")))
    starts = np.flatnonzero(np.r_[True, np.diff(work["choice"]) != 0])
    weight = work["weight"].to_numpy()[starts]
    stages, taken = builder.finish(np.bincount(pattern, weight, builder.patterns))
    options, names = pd.factorize(cells["option"].astype(str), sort=True)
    offered = work.assign(option=options[work["cell"].to_numpy()], rank=work["rank"].replace(0, np.nan))
    ties = [f"tie of {k}" for k in range(2, largest + 1)]
    return ChoiceRows(
        cells[used] if "option" in used else cells[[*used, "option"]],
        tuple(map(str, names)),
        options.astype(np.int64),
        stages,
        taken,
        pattern,
        weight,
        _per_choice(valid),
        ("log theta",) if spec.ties == "rao-kupper" else (*ties, *outcomes),
        levels,
        largest,
        wins_matrix(offered, len(names)),
        asked,
        _fixed_within(rows.iloc[order], work["choice"].to_numpy()),
        builder.members(),
        np.bincount(work["cell"], work["weight"], len(cells)),
        tuple(notes),
    )


def with_places(frame: pd.DataFrame, spec: ChoiceSpec) -> pd.DataFrame:
    """The table with the columns that formulas know by other names."""
    wanted = {*spec.terms.columns, *([spec.thresholds] if spec.thresholds else [])}
    for name, real in ALIASES.items():
        if name in wanted and name not in frame.columns and real in frame.columns:
            frame = frame.assign(**{name: frame[real]})
    if wanted & set(PLACES):
        frame = frame.assign(place=frame["position"].astype(str) if "position" in frame.columns else "")
        valid = frame["status"] == "valid"
        first = np.zeros(len(frame))
        first[valid.to_numpy()] = first_places(frame[valid])
        frame = frame.assign(position=first)
    return frame


def _total(frame: pd.DataFrame) -> float:
    return float(_weights(frame)[~frame["choice"].duplicated().to_numpy()].sum())


def _weights(frame: pd.DataFrame) -> Floats:
    return frame["count"].to_numpy(dtype=float) if "count" in frame.columns else np.ones(len(frame))


def _modelled(valid: pd.DataFrame, spec: ChoiceSpec) -> tuple[pd.DataFrame, list[str]]:
    """Choices whose outcome is modelled, and how many are not."""
    if spec.outcomes is None:
        return valid, []
    known = set(valid["outcome"].dropna().astype(str)) if "outcome" in valid.columns else set()
    unknown = [o for o in spec.outcomes if o not in known]
    if unknown:
        raise SpecificationError(
            "no such outcome in the choices",
            parameter="outcomes",
            got=", ".join(unknown),
            expected=", ".join(sorted(known)) or "none has an outcome",
        )
    if not known:
        return valid, []
    out = (valid["outcome"].notna() & ~valid["outcome"].isin(list(spec.outcomes))).to_numpy()
    lost = _total(valid[out]) if out.any() else 0.0
    return valid[~out], (
        [f"{lost:,.0f} choices with an outcome that is not modelled are left out"] if lost else []
    )


def _used(frame: pd.DataFrame, valid: pd.DataFrame, spec: ChoiceSpec) -> list[str]:
    wanted = list(dict.fromkeys(spec.terms.columns))
    missing = [
        n for n in [*wanted, *([spec.thresholds] if spec.thresholds else [])] if n not in frame.columns
    ]
    if missing:
        raise InputError(
            "the choices lack columns of the formula",
            parameter="choices",
            got=f"missing {', '.join(missing)}",
            expected=f"some of {', '.join(map(str, frame.columns))}",
        )
    refuse_gaps(valid, wanted, "choices", "valid choices")
    return wanted


def _cells(rows: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Cell of each row, and the cells."""
    groups = rows.groupby(list(rows.columns), sort=True, observed=True)
    cell = np.asarray(groups.ngroup(), dtype=np.int64)
    first = np.unique(cell, return_index=True)[1]
    return cell, rows.iloc[first].reset_index(drop=True)


def _outcomes(valid: pd.DataFrame, spec: ChoiceSpec) -> tuple[str, ...]:
    if "outcome" not in valid.columns:
        return ()
    return tuple(sorted(map(str, valid["outcome"].dropna().unique())))


def _codes(valid: pd.DataFrame, outcomes: tuple[str, ...]) -> Ints:
    if not outcomes:
        return np.full(len(valid), -1)
    return pd.Categorical(valid["outcome"].astype(object), categories=list(outcomes)).codes.astype(np.int64)


def _levels(valid: pd.DataFrame, spec: ChoiceSpec) -> tuple[tuple[str, ...], Ints]:
    """Levels of the column of thresholds, at least two, and that of each row."""
    if spec.thresholds is None:
        return (), np.zeros(len(valid), dtype=np.int64)
    column = valid[spec.thresholds]
    split = column.isna().any() or valid.groupby("choice")[spec.thresholds].nunique().max() > 1
    codes, names = pd.factorize(column.astype(str), sort=True)
    if split or len(names) < 2:
        raise SpecificationError(
            "ties and outcomes differ over a column of the choice with two levels or more",
            parameter="thresholds",
            got=f"{spec.thresholds}: {'null, or several values in a choice' if split else names[0]}",
        )
    return tuple(map(str, names)), codes.astype(np.int64)


def _largest_tie(work: pd.DataFrame, spec: ChoiceSpec) -> int:
    ranked = work[work["rank"] > 0]
    sizes = ranked.groupby(["choice", "rank"]).size().to_numpy()
    largest = int(sizes.max(initial=1))
    if spec.ties is None and largest > 1:
        raise SpecificationError(
            "options share a place, and no ties are modelled",
            parameter="ties",
            got=f"{int((sizes > 1).sum())} ties",
            expected="ties='davidson'",
            hint="a tie is no half win: half wins have standard errors that are too small",
        )
    pairs = bool((work.groupby("choice")["cell"].transform("size") == 2).all())
    if spec.ties == "rao-kupper" and not (pairs and (work["outcome"] < 0).all() and largest > 1):
        raise SpecificationError(
            "Rao and Kupper's ties are those of pairs without other outcomes, some of them tied",
            parameter="ties",
            got="sets of more than two options" if not pairs else "outcomes, or no tie",
            expected="ties='davidson'",
        )
    return largest


def _by_size(work: pd.DataFrame) -> list[tuple[Ints, Ints]]:
    """Rows of the choices of each size, ``(choices, size)``, and the choices."""
    code = work["choice"].to_numpy()
    starts = np.flatnonzero(np.r_[True, np.diff(code) != 0])
    sizes = np.diff(np.r_[starts, len(code)])
    found = []
    for k in np.unique(sizes):
        first = starts[sizes == k]
        found.append((first[:, None] + np.arange(k), code[first]))
    return found


def _per_choice(valid: pd.DataFrame) -> pd.DataFrame:
    once = valid[~valid["choice"].duplicated()].reset_index(drop=True)
    kept = [c for c in ("choice", *OF_CHOICE, *ALIASES) if c in once.columns]
    more = [c for c in once.columns if c not in (*kept, "option", "rank", *PLACES)]
    code = pd.factorize(valid["choice"])[0]
    same = [c for c in more if _same_within(valid[c], code)]
    return once[[*kept, *same]]


def _same_within(column: pd.Series, code: NDArray[Any]) -> bool:
    value = pd.factorize(column, use_na_sentinel=False)[0]
    first = np.zeros(int(code.max()) + 1, dtype=np.int64)
    first[code[::-1]] = value[::-1]
    return bool((value == first[code]).all())


def _fixed_within(rows: pd.DataFrame, code: NDArray[Any]) -> frozenset[str]:
    return frozenset(str(c) for c in rows.columns if _same_within(rows[c], code))
