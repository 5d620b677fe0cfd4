"""Questions of several tables matched to each other, and their distributions as arrays.

Two rows belong to the same question when the question's identifier AND the set of options are the same.
Options are aligned by their text; order and spacing are those of the first table. Nothing is padded: distributions
stand in one block per number of options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.statistics.distances import Array
from valuestats.statistics.row_measures import spacing


@dataclass(frozen=True)
class Catalogue:
    """The questions found in any of the tables.

    Attributes
    ----------
    names
        Identifier of each question, as in the tables; it may stand twice, with two option sets.
    texts
        Text of each question where a table has one, otherwise the identifier.
    options
        Options of each question, in order.
    positions
        Where the options of each question stand, rising.
    ordered
        Whether the options are declared to form an ordered scale.
    disputed
        Questions (by place) whose options stand in another order or spacing somewhere in the tables.
    """

    names: list[str]
    texts: list[str]
    options: list[tuple[str, ...]]
    positions: list[Array]
    ordered: NDArray[np.bool_]
    disputed: list[int]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Block:
    """Distributions over questions that have the same number of options.

    Attributes
    ----------
    unit, question
        Which unit (country, or model under a persona) answered which question; shape ``(rows,)``.
    shares
        Shape ``(rows, options)``; all zero where the unit was asked but has no usable answer.
    n
        Answers behind the shares, NaN where not known; shape ``(rows,)``. Where options were taken out it is
        the number of answers that are left.
    gaps
        Spacing of the options (`valuestats.statistics.row_measures.spacing`), shape ``(rows, options - 1)``; None
        where all are evenly spaced.
    """

    unit: NDArray[np.intp]
    question: NDArray[np.intp]
    shares: Array
    n: Array
    gaps: Array | None = None

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Block:
        """The block's rows named by position or mask."""
        gaps = None if self.gaps is None else self.gaps[rows]
        return Block(self.unit[rows], self.question[rows], self.shares[rows], self.n[rows], gaps)


@dataclass(frozen=True)
class Aligned:
    """One table, aligned to the catalogue.

    Attributes
    ----------
    units
        Key of each unit, in alphabetical order; one text per unit column.
    blocks
        Block for each number of options.
    """

    units: list[tuple[str, ...]]
    blocks: dict[int, Block]

    def usable(self) -> Aligned:
        """Only the distributions that are not all zero."""
        return Aligned(self.units, {k: b.take(b.shares.sum(axis=1) > 0) for k, b in self.blocks.items()})

    def zeros(self) -> list[tuple[int, int]]:
        """The (unit, question) pairs whose distribution is all zero."""
        found: list[tuple[int, int]] = []
        for block in self.blocks.values():
            rows = block.shares.sum(axis=1) == 0
            found += zip(block.unit[rows].tolist(), block.question[rows].tolist(), strict=True)
        return sorted(found)


def align(tables: Sequence[tuple[pd.DataFrame, Sequence[str]]]) -> tuple[Catalogue, list[Aligned]]:
    """Match the questions of several tables.

    Parameters
    ----------
    tables
        Long frames with ``question``, ``option``, ``position``, ``share``, each with the names of its unit
        columns. The first table decides the order and spacing of a question's options.

    Returns
    -------
    tuple
        The catalogue of all questions, and each table aligned to it.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"group": "Chile", "question": "q", "option": ["yes", "no"],
    ...     "position": [0, 1], "share": [0.4, 0.6]})
    >>> model = pd.DataFrame({"group": "m", "question": "q", "option": ["no", "yes"],
    ...     "position": [0, 1], "share": [0.1, 0.9]})
    >>> catalogue, (a, b) = align([(people, ["group"]), (model, ["group"])])
    >>> catalogue.options, b.blocks[2].shares.tolist()
    ([('yes', 'no')], [[0.9, 0.1]])
    """
    parts, units = [], []
    for number, (frame, columns) in enumerate(tables):
        keys = pd.MultiIndex.from_frame(frame[list(columns)].astype(str))
        codes, names = keys.factorize(sort=True)
        units.append([tuple(map(str, name)) for name in names])
        part = frame[["question", "option"]].astype(str)
        part["text"] = frame["text"].astype(str) if "text" in frame.columns else part["question"]
        part["ordered"] = (frame["ordered"] == True).fillna(False) if "ordered" in frame.columns else False  # noqa: E712
        part["n"] = pd.to_numeric(frame["n"]).to_numpy(float) if "n" in frame.columns else np.nan
        part["position"], part["share"] = (frame[c].to_numpy(float) for c in ("position", "share"))
        parts.append(part.assign(table=number, unit=codes))
    return _align_rows(pd.concat(parts, ignore_index=True), units)


def _align_rows(rows: pd.DataFrame, units: list[list[tuple[str, ...]]]) -> tuple[Catalogue, list[Aligned]]:
    question, names = pd.factorize(rows["question"], sort=True)
    option, labels = pd.factorize(rows["option"], sort=True)
    keys = np.stack([rows["table"].to_numpy(), rows["unit"].to_numpy(), question])
    order = np.lexsort((rows["position"].to_numpy(), option, *keys[::-1]))
    keys, option = keys[:, order], option[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    code = option + len(labels) * _occurrence(first, option)
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(order))

    position = rows["position"].to_numpy()[order]
    text, ordered = rows["text"].to_numpy(), rows["ordered"].to_numpy(dtype=bool)
    known: dict[tuple[int, bytes], int] = {}
    catalogue = Catalogue([], [], [], [], np.zeros(0, dtype=bool), [])
    flags: list[bool] = []
    permutations: list[NDArray[np.intp]] = []
    identity = np.empty(len(starts), dtype=np.intp)
    for entry, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        key = (int(keys[2, start]), code[start:end].tobytes())
        found = known.setdefault(key, len(known))
        identity[entry] = found
        if found == len(permutations):
            permutation = np.argsort(position[start:end], kind="stable")
            permutations.append(permutation)
            catalogue.names.append(str(names[key[0]]))
            catalogue.texts.append(str(text[order[start]]))
            catalogue.options.append(_labels(code[start:end][permutation], labels))
            catalogue.positions.append(position[start:end][permutation])
            flags.append(bool(ordered[order[start]]))

    share, answers = rows["share"].to_numpy()[order], rows["n"].to_numpy(dtype=float)[order]
    sizes = ends - starts
    aligned, disputed = [], set()
    for number, known_units in enumerate(units):
        blocks = {}
        for size in np.unique(sizes[keys[0, starts] == number]):
            chosen = np.flatnonzero((keys[0, starts] == number) & (sizes == size))
            columns = np.array([permutations[i] for i in identity[chosen]])
            shares = share[starts[chosen][:, None] + columns]
            unit = keys[1, starts[chosen]].astype(np.intp)
            n = answers[starts[chosen]] * np.minimum(shares.sum(axis=1), 1.0)
            standing = np.array([catalogue.positions[i] for i in identity[chosen]])
            blocks[int(size)] = Block(unit, identity[chosen], shares, n, spacing(standing))
            own = position[starts[chosen][:, None] + columns]
            disputed |= set(identity[chosen][_elsewhere(own, standing)].tolist())
        aligned.append(Aligned(known_units, blocks))
    named = replace(catalogue, ordered=np.array(flags, dtype=bool), disputed=sorted(disputed))
    return named, aligned


def _elsewhere(own: Array, standing: Array) -> NDArray[np.bool_]:
    """Rows whose options stand neither as declared (up to origin and unit) nor exactly the other way round."""
    if own.shape[1] < 3:
        return np.zeros(len(own), dtype=bool)
    one, two = ((x - x[:, :1]) / (x[:, -1:] - x[:, :1]) for x in (own, standing))
    return np.asarray(np.abs(one - two) > 1e-9).any(axis=1)


def _occurrence(first: NDArray[np.bool_], option: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many times an option has stood before in the same entry (rows sorted by option within entries)."""
    new = first.copy()
    new[1:] |= option[1:] != option[:-1]
    starts = np.flatnonzero(new)
    return np.arange(len(option)) - np.repeat(starts, np.diff(np.append(starts, len(option))))


def _labels(codes: NDArray[np.intp], labels: pd.Index) -> tuple[str, ...]:
    named = []
    for code in codes.tolist():
        times, option = divmod(code, len(labels))
        named.append(str(labels[option]) + (f" ({times + 1})" if times else ""))
    return tuple(named)
