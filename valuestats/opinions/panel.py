"""From a panel of opinions and the ties between people to one row a person and step, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted, listed
from valuestats.opinions.waves import Waves, waves_of

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
LACK, MORE_STEPS = "lack an opinion before or after", "span more than one step"
"""What is said of changes that are no rows."""


@dataclass(frozen=True)
class Steps:
    """What each person saw at one wave, and where the person stood at the next.

    Attributes
    ----------
    now, then, first
        Opinion at the wave, at the next one, and at the first wave (NaN where it was not asked), shape ``(rows,)``.
    start, others, weight
        Opinions of those whom row i listens to are ``others[start[i]:start[i + 1]]``, with their weights.
    member, units
        Number of each row's unit, and the units' names.
    person, wave
        Number of each row's person (in a network) and of its wave.
    asked
        Rows that could be, were no opinion missing.
    skipped
        Pairs of waves more than one step apart, whose changes are no rows.
    """

    now: Array
    then: Array
    first: Array
    start: Whole
    others: Array
    weight: Array
    member: Whole
    units: tuple[str, ...]
    person: Whole
    wave: Whole
    asked: int
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.now)

    @property
    def notes(self) -> list[str]:
        """What a reader must know of changes that are no rows."""
        lost, said = self.asked - len(self), []
        if lost:
            said.append(
                f"{lost} of {counted(self.asked, 'change')} {LACK}, or all friends', and are left out"
            )
        if self.skipped:
            said.append(f"changes from wave {listed(list(self.skipped))} {MORE_STEPS} and are left out")
        return said

    @property
    def apart(self) -> Array:
        """Opinion of the other less the person's own, by tie."""
        return np.asarray(self.others - np.repeat(self.now, np.diff(self.start)))

    @property
    def mean_of_others(self) -> Array:
        """Weighted mean of the others' opinions, by row."""
        total = np.add.reduceat(self.weight, self.start[:-1])
        return np.asarray(np.add.reduceat(self.weight * self.others, self.start[:-1]) / total)


def steps_of(
    panel: pd.DataFrame, ties: pd.DataFrame, unit: str | None = None, *, from_first: bool = False
) -> Steps:
    """One row for each person who listens to somebody and each wave that another one follows by one step.

    A rule is one update from a wave to the next: where a wave is missing (0, 1, 3) the change across it is of two updates
    and no row. See `valuestats.opinions.waves.waves_of`.

    Parameters
    ----------
    panel
        ``person``, ``wave``, ``opinion`` (null where it is missing), optionally ``network``.
    ties
        ``person`` listens to ``other``; optionally ``weight`` (above 0) and ``network``.
    unit
        Column of `panel` that names what is resampled; the person where not given.
    from_first
        Whether a row needs the opinion at the first wave.

    Raises
    ------
    InputError
        A missing column, a null name, an opinion that is no number, a person twice in a wave, a tie to oneself or to
        somebody who is not in the panel, a weight that is not above 0, by row.
    SpecificationError
        One wave, waves without an order, a network in several parts, a person tied to nobody, opinions that are all the
        same or never move, a unit that changes within a person.
    """
    own, net = _panel(panel, unit)
    edges = _ties(ties, net)
    key = own["network"] + "\0" + own["person"] if net else own["person"]
    code, names = pd.factorize(key)
    waves = waves_of(own["wave"])
    if len(waves.names) < 2:
        raise SpecificationError(
            "opinions of one wave show no change", parameter="panel", got=f"wave {waves.names[0]}"
        )
    twice = pd.Series(list(zip(code, waves.code, strict=True))).duplicated()
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise InputError(
            "a person has two opinions at one wave", row=row, parameter="panel", got=own["person"].iloc[row]
        )
    seen = np.full((len(names), len(waves.names)), np.nan)
    seen[code, waves.code] = own["opinion"]
    ends = {}
    for column in ("person", "other"):
        wanted = edges["network"] + "\0" + edges[column] if net else edges[column]
        at = pd.Index(names).get_indexer(pd.Index(wanted))
        if (at < 0).any():
            row = int(np.flatnonzero(at < 0)[0])
            raise InputError(
                "a tie to somebody who is not in the panel",
                row=row,
                parameter=column,
                got=edges[column].iloc[row],
            )
        ends[column] = at
    who, other = ends["person"], ends["other"]
    if (who == other).any():
        row = int(np.flatnonzero(who == other)[0])
        raise InputError("a tie to oneself", row=row, parameter="ties", got=edges["person"].iloc[row])
    label = own.groupby(code)["network"].first().to_numpy() if net else np.full(len(names), "")
    _require_connected(who, other, label, [str(n).split("\0")[-1] for n in names])
    weight, units = edges["weight"].to_numpy(dtype=float), _units(own, code, unit)
    return _rows(seen, who, other, weight, units, from_first, waves)


def _panel(panel: pd.DataFrame, unit: str | None) -> tuple[pd.DataFrame, bool]:
    wanted = ["person", "wave", "opinion", *([] if unit is None else [unit])]
    _require_columns(panel, wanted, "panel")
    net = "network" in panel.columns
    names = ["person", "wave", *(["network"] if net else []), *([] if unit is None else [unit])]
    for column in names:
        if panel[column].isna().any():
            row = int(np.flatnonzero(panel[column].isna())[0])
            raise InputError("a row without a name", row=row, parameter=column, got="null")
    opinion = pd.to_numeric(panel["opinion"], errors="coerce")
    wrong = (opinion.isna() & panel["opinion"].notna()) | np.isinf(opinion)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            "an opinion is a number", row=row, parameter="opinion", got=panel["opinion"].iloc[row]
        )
    own = pd.DataFrame(
        {"person": panel["person"].astype(str), "wave": panel["wave"], "opinion": opinion.astype(float)}
    )
    if net:
        own["network"] = panel["network"].astype(str)
    if unit is not None:
        own["unit"] = panel[unit].astype(str)
    return own.reset_index(drop=True), net


def _ties(ties: pd.DataFrame, net: bool) -> pd.DataFrame:
    _require_columns(ties, ["person", "other", *(["network"] if net else [])], "ties")
    found = pd.DataFrame({c: ties[c].astype(str) for c in ("person", "other", *(["network"] if net else []))})
    weight = (
        pd.to_numeric(ties["weight"], errors="coerce")
        if "weight" in ties.columns
        else pd.Series(1.0, ties.index)
    )
    wrong = ~(np.isfinite(weight) & (weight > 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            "the weight of a tie is above 0", row=row, parameter="weight", got=ties["weight"].iloc[row]
        )
    found["weight"] = weight.astype(float)
    twice = found.duplicated([c for c in found.columns if c != "weight"])
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise InputError("a tie is given twice", row=row, parameter="ties", got=found["person"].iloc[row])
    return found.reset_index(drop=True)


def _require_columns(frame: pd.DataFrame, wanted: list[str], parameter: str) -> None:
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise InputError(
            "a column is missing",
            parameter=parameter,
            got=", ".join(map(str, frame.columns)),
            expected=", ".join(missing),
        )
    if frame.empty:
        raise InputError("the table has no rows", parameter=parameter, got=0)


def _require_connected(who: Whole, other: Whole, label: NDArray[np.object_], names: list[str]) -> None:
    n = len(names)
    tied = np.zeros(n, dtype=bool)
    tied[who] = tied[other] = True
    if not tied.all():
        alone = [names[k] for k in np.flatnonzero(~tied)]
        raise SpecificationError(
            "a person without any tie",
            parameter="ties",
            got=f"{len(alone)}: {', '.join(alone[:5])}",
            hint="leave those out of the panel who are tied to nobody",
        )
    part = connected_components(coo_array((np.ones(len(who)), (who, other)), shape=(n, n)), directed=False)[1]
    parts = pd.Series(part).groupby(label).nunique()
    if (parts > 1).any():
        name = str(parts.idxmax())
        raise SpecificationError(
            "a disconnected network",
            parameter="ties",
            got=f"{f'network {name}' if name else 'the network'} is in {parts.max()} parts",
            expected="networks in which everybody can be reached from everybody",
            hint="name each part in a column network of both tables",
        )


def _units(own: pd.DataFrame, code: Whole, unit: str | None) -> pd.Series:
    names = own["person"] if unit is None else own["unit"]
    several = names.groupby(code).nunique().to_numpy() > 1
    if several.any():
        at = int(np.flatnonzero(several)[0])
        raise SpecificationError(
            "a person belongs to two units",
            parameter="unit",
            got=", ".join(names[code == at].unique()[:3]),
            expected="one unit for each person in a network",
        )
    return names.groupby(code).first()


def _rows(
    seen: Array, who: Whole, other: Whole, weight: Array, units: pd.Series, from_first: bool, waves: Waves
) -> Steps:
    order = np.argsort(who, kind="stable")
    who, other, weight = who[order], other[order], weight[order]
    listeners = np.unique(who)
    parts: list[tuple[Any, ...]] = []
    for at in np.flatnonzero(waves.adjacent):
        known = ~np.isnan(seen[other, at]) & ~np.isnan(seen[who, at]) & ~np.isnan(seen[who, at + 1])
        known &= ~np.isnan(seen[who, 0]) | (not from_first)
        parts.append((np.full(int(known.sum()), at), who[known], seen[other[known], at], weight[known]))
    wave, person, others, weights = (np.concatenate([p[k] for p in parts]) for k in range(4))
    asked = len(listeners) * int(waves.adjacent.sum())
    if not len(person):
        raise SpecificationError(
            "no person has two opinions and somebody to listen to", parameter="panel", got=f"0 of {asked}"
        )
    change: Whole = np.flatnonzero(np.r_[True, (np.diff(person) != 0) | (np.diff(wave) != 0)])
    p: Whole = person[change].astype(np.int64)
    t: Whole = wave[change].astype(np.int64)
    now, then = seen[p, t], seen[p, t + 1]
    if np.ptp(np.r_[now, others]) == 0:
        raise SpecificationError(
            "all opinions are the same", parameter="opinion", got=f"{now[0]:g} throughout"
        )
    if np.all(now == then):
        raise SpecificationError(
            "no opinion ever moves", parameter="opinion", got="each is the same at the next wave"
        )
    member, names = pd.factorize(units.to_numpy()[p])
    return Steps(
        now,
        then,
        seen[p, 0],
        np.append(change, len(person)).astype(np.int64),
        others,
        weights,
        member.astype(np.int64),
        tuple(map(str, names)),
        p,
        t,
        asked,
        tuple(waves.skipped),
    )
