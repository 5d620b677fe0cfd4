"""Comparisons of two options, one a row as arenas keep them, read as choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.base.labels import counted, listed
from valuestats.base.progress import say
from valuestats.tables.choices import Choices, counted_frame
from valuestats.tables.responses import FINDINGS, IN_MEMORY, no_findings
from valuestats.tables.schema import source_of

Flags = NDArray[np.bool_]
Unusable = Literal["refuse", "leave_out"]

TIES = ("tie", "draw", "equal", "both", "tie (bothbad)", "tie (both bad)", "undecided")
"""Words for a tie in a column of winners, in any case."""

LEFT_OUT = "comparison left out"
"""Kind of the findings of comparisons that could not be used."""

_AGAINST_ITSELF = "an option against itself"
_NO_OPTION = "no option where two are compared"
_NEITHER = "a winner that is neither of the two options"
_SHOWN = 8  # rows that an error names
_EITHER_WAY = {"0", "true", "false"}


@checked
def pair_choices(
    frame: pd.DataFrame,
    *,
    first: str = "option_a",
    second: str = "option_b",
    winner: str = "winner",
    reads: Literal["names", "places"] | None = None,
    ties: Sequence[str] = TIES,
    outcomes: Sequence[str] = ("depends", "none"),
    unusable: Unusable = "refuse",
    count: str | None = None,
) -> Choices:
    """Comparisons of two options as choices: one row per comparison in, two rows per comparison out.

    Parameters
    ----------
    frame
        One row per comparison; columns of the choice (``judge``, ``model``, ``item``, ``cluster``, …) and others are kept,
        as is ``status`` where there is one; ``option``, ``rank``, ``position`` and ``outcome`` are made anew. The option in
        `first` was shown in position 1.
    first, second
        Columns of the two options (``model_a`` and ``model_b`` in the layout of arenas).
    winner
        Column with the winner: the option itself, the name of one of the two columns or its last letter, ``a`` or ``b``,
        ``1`` or ``2``, ``first`` or ``second``, ``left`` or ``right``, a word of `ties` or of `outcomes`; null or blank
        where nothing was chosen, which is ``unparsable`` unless ``status`` says more. ``0`` and ``1`` are refused: whether
        1 is the first or the second is not told.
    reads
        Whether winners are the options' names or their places; found out where omitted, unless both readings are possible
        and differ (options that are called a and b, say). Unless they are places, an option of the pair that is called like
        a tie or an outcome ("none") is that option.
    ties
        Words for a tie.
    outcomes
        Words for an outcome of its own.
    unusable
        What becomes of rows that compare an option with itself, lack an option, or have a winner that is neither of the two:
        ``"refuse"`` names all of them in one error, ``"leave_out"`` goes on without them; their rows are then in
        `Choices.findings`, and what is fitted says how many they are.
    count
        Column that says for how many equal comparisons a row stands. Without it a row stands for one, and a column of the
        name ``count`` is refused, as it may be an attribute.

    Returns
    -------
    Choices

    Raises
    ------
    InputError
        A missing column; rows that can't be used, all of them at once; a winner that may be read two ways, with its row.
    SpecificationError
        No column `count`, or one of that name that was not named.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model_a": ["x", "x"], "model_b": ["y", "z"], "winner": ["model_b", "tie"]})
    >>> pair_choices(frame, first="model_a", second="model_b").frame["rank"].tolist()
    [<NA>, 1, 1, 1]
    """
    missing = [c for c in (first, second, winner) if c not in frame.columns]
    if missing:
        raise InputError(
            "comparisons: a column is missing",
            parameter=", ".join(missing),
            got=", ".join(map(str, frame.columns)),
            expected=f"{first}, {second}, {winner}",
        )
    frame = counted_frame(frame, count)
    read = _read(frame, first, second, winner, reads, ties, outcomes)
    bad = {
        (first, "the options' names"): (_NO_OPTION, read.nameless),
        (first, "two different options"): (_AGAINST_ITSELF, (read.a == read.b) & ~read.nameless),
        (winner, f"one of the two options, {first}, {second}, a, b, or one of "
                 f"{', '.join([*ties, *outcomes])}"): (_NEITHER, read.neither & ~read.nameless),
    }  # fmt: skip
    found = no_findings()
    wrong = np.logical_or.reduce([rows for _, rows in bad.values()])
    if wrong.any():
        if unusable == "refuse" or wrong.all():
            raise _unusable(frame, bad, wrong)
        found = _findings(frame, bad)
        say(f"{LEFT_OUT}: {int(wrong.sum()):,} of {len(frame):,} ({_told(frame, bad)})")
    return _choices(frame, read, ~wrong, {first, second, winner}, found)


@dataclass(frozen=True)
class _Read:
    """What each row says, shape ``(rows,)``: the options, who won, and what is no option."""

    a: NDArray[np.object_]
    b: NDArray[np.object_]
    wins: Flags
    loses: Flags
    tied: Flags
    apart: pd.Series
    known: Flags
    nameless: Flags

    @property
    def neither(self) -> Flags:
        return np.asarray(self.known & ~self.tied & self.apart.isna().to_numpy() & ~(self.wins ^ self.loses))


def _read(
    frame: pd.DataFrame,
    first: str,
    second: str,
    winner: str,
    reads: str | None,
    ties: Sequence[str],
    outcomes: Sequence[str],
) -> _Read:
    options = [_written(frame[c]) for c in (first, second)]
    nameless = np.logical_or(*(o.isna().to_numpy() | (o.str.strip() == "").to_numpy(dtype=bool, na_value=True)
                               for o in options))  # fmt: skip
    a, b = (o.fillna("").to_numpy(dtype=object) for o in options)
    word = _written(frame[winner])
    lower = word.str.strip().str.lower()
    lower = lower.where(lower != "")
    known = lower.notna().to_numpy()
    exact = word.fillna("").to_numpy(dtype=object)
    tied = lower.isin([t.lower() for t in ties]).fillna(False).to_numpy(dtype=bool)
    apart = lower.isin([o.lower() for o in outcomes]).fillna(False).to_numpy(dtype=bool)
    by_name = ((exact == a) & known, (exact == b) & known)
    if reads != "places":  # an option of a pair that is called like an outcome is that option
        tied, apart = (x & ~by_name[0] & ~by_name[1] for x in (tied, apart))
    told = known & ~tied & ~apart & ~nameless & (a != b)
    open_ones = told & lower.isin(_EITHER_WAY).fillna(False).to_numpy(dtype=bool)
    if reads != "names":
        _refuse_numbers(frame, winner, open_ones & ~by_name[0] & ~by_name[1])
    names = (
        {first.lower(), first.lower()[-1], "a", "1", "first", "left"},
        {second.lower(), second.lower()[-1], "b", "2", "second", "right"},
    )
    placed = [lower.isin(n).fillna(False).to_numpy(dtype=bool) & ~tied & ~apart for n in names]
    wins, loses = _by_name_or_place(frame, winner, reads, by_name, placed, told)
    return _Read(a, b, wins, loses, tied, lower.where(apart), known, nameless)


def _written(column: pd.Series) -> pd.Series:
    """Texts, and whole numbers as they are written: a column of 1 and 2 with nulls holds 1.0 and 2.0."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        return column.astype("Int64").astype("string")
    return column.astype("string")


def _refuse_numbers(frame: pd.DataFrame, winner: str, open_ones: Flags) -> None:
    if not open_ones.any():
        return
    at = int(open_ones.argmax())
    row, source = source_of(frame, at)
    raise InputError(
        f"comparisons: {frame[winner].iloc[at]} as a winner does not say which of the two options it is",
        parameter=winner,
        got=f"{frame[winner].iloc[at]} ({counted(int(open_ones.sum()), 'such row')})",
        expected="the option itself, a or b, 1 or 2, first or second",
        hint=f"say what 1 means: frame[{winner!r}].map({{1: 'first', 0: 'second'}}), or the other way round",
        file=source,
        row=row,
    )


def _by_name_or_place(
    frame: pd.DataFrame,
    winner: str,
    reads: str | None,
    named: tuple[Flags, Flags],
    placed: list[Flags],
    told: Flags,
) -> tuple[Flags, Flags]:
    """Who wins in each row: by the reading that fits all rows, or row by row where only one is possible."""
    by_name, by_place = named[0] | named[1], placed[0] | placed[1]
    torn = told & ((named[0] & placed[1]) | (named[1] & placed[0]))
    if reads is None and not torn.any():
        return named[0] | placed[0], named[1] | placed[1]
    readable = told & (by_name | by_place)
    names_fit, places_fit = bool(by_name[readable].all()), bool(by_place[readable].all())
    if reads is None and names_fit == places_fit:
        at = int(torn.argmax())
        row, source = source_of(frame, at)
        raise InputError(
            "comparisons: a winner that is one option's name and the other's place",
            parameter=winner,
            got=frame[winner].iloc[at],
            expected="reads='names' or 'places'",
            file=source,
            row=row,
        )
    if reads == "names" or (reads is None and names_fit):
        return named
    return placed[0], placed[1]


Bad = dict[tuple[str, str], tuple[str, Flags]]


def _unusable(frame: pd.DataFrame, bad: Bad, wrong: Flags) -> InputError:
    """All rows that can't be used, in one error."""
    there = {key: (what, rows) for key, (what, rows) in bad.items() if rows.any()}
    at = int(wrong.argmax())
    row, source = source_of(frame, at)
    one = len(there) == 1
    [(column, expected), (what, _)] = next(iter(there.items()))
    return InputError(
        f"comparisons: {what}" if one else f"comparisons: {listed([w for w, _ in there.values()])}",
        parameter=", ".join(dict.fromkeys(c for c, _ in there)),
        got=_told(frame, there),
        expected="; ".join(e for _, e in there) if not one else expected,
        hint="mend these rows, or leave them out and have them counted: unusable='leave_out'"
        if not wrong.all()
        else f"are {column} and the others the columns that are meant?",
        file=source,
        row=row,
    )


def _told(frame: pd.DataFrame, bad: Bad) -> str:
    """Each fault with its number of rows and the first of them."""
    parts = []
    for (column, _), (what, rows) in bad.items():
        at = np.flatnonzero(rows)
        if not len(at):
            continue
        shown = [str(source_of(frame, k)[0]) for k in at[:_SHOWN].tolist()]
        more = f" and {len(at) - _SHOWN:,} more" if len(at) > _SHOWN else ""
        said = ", ".join(dict.fromkeys(repr(str(frame[column].iloc[k])) for k in at[:_SHOWN].tolist()))
        parts.append(f"{what}: {said} in {'row' if len(at) == 1 else 'rows'} {', '.join(shown)}{more}")
    return "; ".join(parts)


def _findings(frame: pd.DataFrame, bad: Bad) -> pd.DataFrame:
    """A finding for each row that is left out."""
    rows: list[tuple[str, str, int | None, str]] = []
    for (column, _), (what, flags) in bad.items():
        for at in np.flatnonzero(flags).tolist():
            row, source = source_of(frame, at)
            rows.append((LEFT_OUT, source or IN_MEMORY, row, f"{what}: {frame[column].iloc[at]}"))
    rows.sort(key=lambda r: (r[1], r[2] or 0))
    made = pd.DataFrame(dict(zip(FINDINGS, zip(*rows, strict=True), strict=True)))
    return made.astype({name: "Int64" if name == "row" else "str" for name in FINDINGS})


def _choices(frame: pd.DataFrame, read: _Read, kept: Flags, spent: set[str], found: pd.DataFrame) -> Choices:
    status = (
        frame["status"].to_numpy(dtype=object) if "status" in frame.columns else np.full(len(frame), None)
    )
    status = np.where(pd.isna(status), np.where(read.known, "valid", "unparsable"), status)
    made = {*spent, "status", "outcome", "rank", "position", "option"}
    other = frame.drop(columns=[c for c in frame.columns if c in made])
    base = other.assign(
        choice=other["choice"] if "choice" in other.columns else np.arange(len(frame)), status=status
    )
    apart = read.apart.notna().to_numpy()
    if apart.any():
        base["outcome"] = read.apart.astype(object).where(apart, None).to_numpy()
    sides = []
    for place, (option, won) in enumerate(((read.a, read.wins), (read.b, read.loses)), 1):
        best = (won | read.tied) & read.known
        rank = pd.array(np.where(best, 1, 0), dtype="Int64")
        rank[~best] = pd.NA
        sides.append(base.assign(option=option, position=place, rank=rank)[kept])
    both = pd.concat(sides, ignore_index=True)
    order = np.argsort(np.tile(np.arange(int(kept.sum())), 2), kind="stable")
    return Choices(both.iloc[order].reset_index(drop=True), found)
