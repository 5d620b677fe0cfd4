"""Distinct patterns of choice as stages of alternatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.base.errors import SpecificationError
from valuestats.choice.sets import stages, subsets
from valuestats.latent.likelihoods.choices import ChoiceStages
from valuestats.latent.likelihoods.rao_kupper import RaoKupperPairs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_MOST = 5_000_000  # alternatives


class StageBuilder:
    """Collects patterns of choice and the stages that they go through.

    Parameters
    ----------
    rows
        Number of cells.
    largest
        Most options that may share a place.
    outcomes
        Number of outcomes that are no option.
    sets
        Sets of parameters of ties and outcomes.
    ties
        How ties are modelled.
    """

    def __init__(self, rows: int, largest: int, outcomes: int, sets: int, ties: str | None) -> None:
        self.rows, self.largest, self.outcomes, self.sets, self.ties = rows, largest, outcomes, sets, ties
        self.per = largest - 1 + outcomes
        self.patterns, self.alternatives = 0, 0
        self._widths: list[Ints] = []
        self._row: list[Ints] = []
        self._alternative: list[Ints] = []
        self._weight: list[Floats] = []
        self._own: list[Ints] = []
        self._taken: list[tuple[Ints, Ints]] = []
        self._member: list[tuple[Ints, Ints]] = []
        self._two: tuple[Ints, Ints, Ints] | None = None
        self._sets = 0

    def add(self, cell: Ints, rank: Ints, outcome: Ints, level: Ints) -> Ints:
        """Pattern of each choice of one size; all of shape ``(choices, size)``, ranks 0 where an option was not ranked."""
        columns = [*cell.T, *rank.T, outcome[:, 0], level[:, 0]]
        pattern, first = _distinct(columns)
        cell, rank, outcome, level = cell[first], rank[first], outcome[first, 0], level[first, 0]
        if cell.shape[1] == 2:
            self._pairs(cell, rank, outcome, level)
        else:
            self._rankings(cell, rank, outcome, level)
        offset, self.patterns = self.patterns, self.patterns + len(first)
        if self.alternatives > _MOST:
            raise SpecificationError(
                "too many alternatives to lay out",
                parameter="choices",
                got=f"ties of up to {self.largest} among {cell.shape[1]} options",
                expected=f"at most {_MOST:,} alternatives",
            )
        return pattern + offset

    def _pairs(self, cell: Ints, rank: Ints, outcome: Ints, level: Ints) -> None:
        a, b = rank.T
        result = np.where(a == b, 2, np.where((b == 0) | ((a < b) & (a > 0)), 0, 1))
        tie_there = int(self.largest > 1)
        result = np.where(outcome >= 0, 2 + tie_there + outcome, result)
        stage, first = _distinct([*cell.T, level])
        i, j, group = cell[first, 0], cell[first, 1], level[first]
        width, m = 2 + self.per - (self.largest - 1 - tie_there), len(first)
        base = self.alternatives + width * np.arange(m)
        self._taken.append((self.patterns + np.arange(len(result)), base[stage] + result))
        at = np.repeat(base, 2) + np.tile([0, 1], m)
        others = width - 2
        half = np.repeat(base, 2 * others) + np.tile(np.repeat(2 + np.arange(others), 2), m)
        self._alternative += [at, half]
        self._row += [np.stack([i, j], axis=1).ravel(), np.tile(np.stack([i, j], 1), (1, others)).ravel()]
        self._weight += [np.ones(2 * m), np.full(2 * m * others, 0.5)]
        # Ties of more than two are no outcome of a pair.
        kinds = np.r_[np.arange(tie_there), self.largest - 1 + np.arange(self.outcomes)]
        own = np.full((m, width), -1, dtype=np.int64)
        own[:, 2:] = kinds + self.per * group[:, None]
        self._own.append(own.ravel())
        self._widths.append(np.full(m, width))
        self._member.append((np.repeat(self._sets + np.arange(m), 2), np.stack([i, j], 1).ravel()))
        self._sets += m
        self._two = (i, j, group)
        self.alternatives += width * m

    def _rankings(self, cell: Ints, rank: Ints, outcome: Ints, level: Ints) -> None:
        known: dict[tuple[object, ...], tuple[int, dict[tuple[int, ...], int]]] = {}
        rows: list[int] = []
        at: list[int] = []
        weight: list[float] = []
        own: list[int] = []
        widths: list[int] = []
        put: tuple[list[int], list[int]] = ([], [])
        whole_sets: dict[tuple[int, ...], None] = {}
        for number, (cells, ranks, other, group) in enumerate(
            zip(cell.tolist(), rank.tolist(), outcome.tolist(), level.tolist(), strict=True)
        ):
            left = tuple(cells)
            whole_sets[left] = None
            steps: list[tuple[tuple[int, ...], tuple[int, ...]]] = [(left, (-1 - other,))]
            if other < 0:
                placed: dict[int, list[int]] = {}
                for c, r in zip(cells, ranks, strict=True):
                    placed.setdefault(r, []).append(c)
                steps = stages([placed[r] for r in sorted(placed) if r > 0], placed.get(0, []))
            for step, (there, first) in enumerate(steps):
                key = (there, step == 0, group)
                if key not in known:
                    known[key] = self._lay(there, step == 0, group, rows, at, weight, own, widths)
                base, index = known[key]
                put[0].append(self.patterns + number)
                put[1].append(base + index[first])
        self._row.append(np.array(rows, dtype=np.int64))
        self._alternative.append(np.array(at, dtype=np.int64))
        self._weight.append(np.array(weight))
        self._own.append(np.array(own, dtype=np.int64))
        self._widths.append(np.array(widths, dtype=np.int64))
        self._taken.append((np.array(put[0], dtype=np.int64), np.array(put[1], dtype=np.int64)))
        members = np.array(list(whole_sets), dtype=np.int64)
        self._member.append(
            (np.repeat(self._sets + np.arange(len(members)), members.shape[1]), members.ravel())
        )
        self._sets += len(members)

    def _lay(
        self, there: tuple[int, ...], whole: bool, group: int, rows: list[int], at: list[int],
        weight: list[float], own: list[int], widths: list[int],
    ) -> tuple[int, dict[tuple[int, ...], int]]:  # fmt: skip
        """Lay out the alternatives of one stage."""
        base, index = self.alternatives, {}
        alternatives = subsets(there, self.largest)
        if whole:
            alternatives += [(-1 - k,) for k in range(self.outcomes)]
        for number, alternative in enumerate(alternatives):
            index[alternative] = number
            other = alternative[0] < 0
            members = there if other else alternative
            rows += members
            at += [base + number] * len(members)
            weight += [1 / len(members)] * len(members)
            kind = self.largest - 2 - alternative[0] if other else len(members) - 2
            own.append(kind + self.per * group if other or len(members) > 1 else -1)
        widths.append(len(alternatives))
        self.alternatives += len(alternatives)
        return base, index

    def finish(self, times: Floats) -> tuple[ChoiceStages | RaoKupperPairs, csr_array]:
        """The stages, with patterns met so many times, and what each pattern took."""
        pattern, at = (np.concatenate(part) for part in zip(*self._taken, strict=True))
        shape = (self.patterns, self.alternatives)
        taken = csr_array((np.ones(len(at)), (pattern, at)), shape=shape)
        count = np.asarray(taken.T @ times)
        if self.ties == "rao-kupper" and self._two is not None:
            i, j, group = self._two
            return RaoKupperPairs(self.rows, i, j, count, group, self.sets), taken
        where = (np.concatenate(self._alternative), np.concatenate(self._row))
        weights = csr_array((np.concatenate(self._weight), where), shape=(self.alternatives, self.rows))
        start = np.r_[0, np.cumsum(np.concatenate(self._widths))].astype(np.int64)
        own = np.concatenate(self._own)
        pairs = 0 if self._two is None else len(self._two[0])
        return ChoiceStages(self.rows, weights, own, start, count, self.per, self.sets, pairs), taken

    def members(self) -> csr_array:
        """Cells of each distinct set of options, ``(sets, cells)``."""
        where = tuple(np.concatenate(part) for part in zip(*self._member, strict=True))
        return csr_array((np.ones(len(where[0])), where), shape=(self._sets, self.rows))


def _distinct(columns: list[Ints]) -> tuple[Ints, Ints]:
    """Number of each row's combination of values, and the first row of each combination."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        low = int(column.min(initial=0))
        code = code * (int(column.max(initial=0)) - low + 1) + (column - low)
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    return code, np.unique(code, return_index=True)[1]
