"""Choices: what was chosen over what; one row per offered option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.responses import STATUSES
from valuestats.tables.schema import require_unique, row_of, validate

OF_CHOICE = (
    "model",
    "item",
    "cluster",
    "condition",
    "step",
    "language",
    "epoch",
    "outcome",
    "status",
    "count",
)
"""Columns that say something of the whole choice, so that all its rows agree in them."""

SCHEMA = pa.DataFrameSchema(
    {
        "choice": pa.Column(nullable=False, description="the choice's identifier, not null"),
        "option": pa.Column(nullable=False, description="the option's identifier, not null"),
        "rank": pa.Column(
            "Int64", pa.Check.ge(1), nullable=True, coerce=True, description="a rank from 1, or null"
        ),
        "position": pa.Column(
            "Int64",
            pa.Check.ge(1),
            nullable=True,
            required=False,
            coerce=True,
            description="a place from 1, or null",
        ),
        "status": pa.Column(
            checks=pa.Check.isin(STATUSES), nullable=False, description=f"one of {', '.join(STATUSES)}"
        ),
        "count": pa.Column(
            "Int64",
            pa.Check.ge(0),
            nullable=False,
            required=False,
            coerce=True,
            description="a whole number of equal choices, not negative",
        ),
        **{
            name: pa.Column(nullable=True, required=False)
            for name in OF_CHOICE
            if name not in ("status", "count")
        },
    },
    strict=False,
)


@dataclass(frozen=True)
class Choices:
    """Choices between options, validated.

    Attributes
    ----------
    frame
        One row per offered option. Required: ``choice`` (identifier), ``option``, ``rank`` (1 = chosen; equal ranks are
        ties; null = offered and not ranked), ``status`` as in `Responses`. Optional: ``position`` (place in the order shown,
        from 1), ``outcome`` (what was answered in place of an option, such as ``equal``, ``depends``, ``none``), and of the
        choice ``model`` (or judge, or respondent), ``item``, ``cluster`` (dilemma, pair, template), ``condition``,
        ``step``, ``language``, ``epoch``, and ``count``, for how many equal choices it stands; other columns are covariates.

    Raises
    ------
    InputError
        An option stands twice in a choice, a choice has one option, ranks with a gap, a column of the choice in which its
        rows differ, a valid choice with neither rank nor outcome, or with both, a rank in a choice that is not valid.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": 1, "option": ["a", "b"], "rank": [1, None], "status": "valid"})
    >>> Choices(frame).options
    ['a', 'b']
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        frame = validate(self.frame, SCHEMA, table="choices").reset_index(drop=True)
        require_unique(frame, ["choice", "option"], table="choices")
        code = pd.factorize(frame["choice"])[0]
        size = np.bincount(code, minlength=1)
        _require(
            frame, size[code] > 1, "a choice of one option", "option", "two options or more in each choice"
        )
        for column in OF_CHOICE:
            if column in frame.columns:
                value = pd.factorize(frame[column], use_na_sentinel=False)[0]
                first = np.zeros(len(size), dtype=np.int64)
                first[code[::-1]] = value[::-1]
                _require(
                    frame,
                    value == first[code],
                    "a choice whose rows differ",
                    column,
                    "one value for a choice",
                )
        valid = (frame["status"] == "valid").to_numpy()
        ranked = frame["rank"].notna().to_numpy()
        some = np.bincount(code, ranked, minlength=len(size))[code] > 0
        other = (
            frame["outcome"].notna().to_numpy()
            if "outcome" in frame.columns
            else np.zeros(len(frame), dtype=bool)
        )
        _require(
            frame,
            ~valid | (some ^ other),
            "a valid choice holds ranks or an outcome",
            "rank",
            "either of the two, not both",
        )
        _require(
            frame, valid | ~(ranked | other), "a choice that is not valid has been ranked", "rank", "null"
        )
        _require(
            frame,
            _dense(code, frame["rank"]),
            "ranks with a gap",
            "rank",
            "1, 2, 3, … with ties sharing a rank",
        )
        object.__setattr__(self, "frame", frame)

    def __len__(self) -> int:
        if "count" in self.frame.columns:
            return int(self.frame.drop_duplicates("choice")["count"].sum())
        return int(self.frame["choice"].nunique())

    @property
    def options(self) -> list[str]:
        """The options, in alphabetical order."""
        return sorted(map(str, self.frame["option"].unique()))

    def status_counts(self) -> pd.Series:
        """Choices by status; counted ones as often as they say."""
        once = self.frame.drop_duplicates("choice")
        times = once["count"] if "count" in once.columns else pd.Series(1, index=once.index)
        return times.groupby(once["status"]).sum().reindex(list(STATUSES), fill_value=0).astype(int)


def _require(frame: pd.DataFrame, fine: np.ndarray, what: str, column: str, expected: str) -> None:
    if np.all(fine):
        return
    at = int((~np.asarray(fine)).argmax())
    row, source = row_of(frame, frame.index[at])
    raise InputError(
        f"choices: {what}",
        parameter=column,
        got=f"{frame[column].iloc[at]} in choice {frame['choice'].iloc[at]}",
        expected=expected,
        file=source,
        row=row,
    )


def _dense(code: np.ndarray, rank: pd.Series) -> np.ndarray:
    """Whether each rank is 1, or follows the next lower rank of its choice."""
    known = rank.notna().to_numpy()
    fine = np.ones(len(rank), dtype=bool)
    pairs = pd.DataFrame({"code": code[known], "rank": rank[known].astype(int).to_numpy()})
    each = pairs.drop_duplicates().sort_values(["code", "rank"])
    place = each.groupby("code").cumcount() + 1
    wrong = each[place != each["rank"]]
    if len(wrong):
        bad = set(zip(wrong["code"], wrong["rank"], strict=True))
        fine[np.flatnonzero(known)] = [
            (c, r) not in bad for c, r in zip(pairs["code"], pairs["rank"], strict=True)
        ]
    return fine


TIES = ("tie", "draw", "equal", "both", "tie (bothbad)", "tie (both bad)", "undecided")
"""Words for a tie in a column of winners, in any case."""


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
) -> Choices:
    """Comparisons of two options as choices: one row per comparison in, two rows per comparison out.

    Parameters
    ----------
    frame
        One row per comparison; columns of the choice (``model``, ``item``, ``cluster``, …) and others are kept, as is
        ``status`` where there is one; ``option``, ``rank``, ``position`` and ``outcome`` are made anew. The option in
        `first` was shown in position 1.
    first, second
        Columns of the two options (``model_a`` and ``model_b`` in the layout of arenas).
    winner
        Column with the winner: the option itself, the name of one of the two columns or its last letter, ``a`` or ``b``,
        ``1`` or ``2``, ``first`` or ``second``, ``left`` or ``right``, a word of `ties` or of `outcomes`; null where nothing
        was chosen, which is ``unparsable`` unless ``status`` says more.
    reads
        Whether winners are the options' names or their places; found out where omitted, unless both readings are possible
        and differ (options that are called a and b, say). Unless they are places, an option of the pair that is called like
        a tie or an outcome ("none") is that option.
    ties
        Words for a tie.
    outcomes
        Words for an outcome of its own.

    Returns
    -------
    Choices

    Raises
    ------
    InputError
        A missing column, an option against itself, a winner that is none of these or may be read two ways, with its row.

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
    a, b = frame[first].astype(str).to_numpy(), frame[second].astype(str).to_numpy()
    word = frame[winner].astype("string")
    lower = word.str.strip().str.lower()
    names = (
        {first.lower(), first.lower()[-1], "a", "1", "first", "left"},
        {second.lower(), second.lower()[-1], "b", "2", "second", "right"},
    )
    known = word.notna().to_numpy()
    exact = word.fillna("").to_numpy(dtype=object)
    tied = lower.isin([t.lower() for t in ties]).fillna(False).to_numpy(dtype=bool)
    apart = lower.isin([o.lower() for o in outcomes]).fillna(False).to_numpy(dtype=bool)
    if reads != "places":  # an option of a pair that is called like an outcome is that option
        other = (exact != a) & (exact != b)
        tied, apart = tied & other, apart & other
    _one_row(frame, a != b, "an option against itself", first, "two different options")
    placed = [lower.isin(n).fillna(False).to_numpy(dtype=bool) & ~tied & ~apart for n in names]
    wins, loses = _by_name_or_place(
        frame, winner, reads, ((exact == a), (exact == b)), placed, known & ~tied & ~apart
    )
    _one_row(
        frame,
        ~known | tied | apart | (wins ^ loses),
        "a winner that is neither of the two options",
        winner,
        f"one of the two options, {first}, {second}, a, b, or one of {', '.join([*ties, *outcomes])}",
    )
    status = (
        frame["status"].to_numpy(dtype=object) if "status" in frame.columns else np.full(len(frame), None)
    )
    status = np.where(pd.isna(status), np.where(known, "valid", "unparsable"), status)
    made = {first, second, winner, "status", "outcome", "rank", "position", "option"}
    other = frame.drop(columns=[c for c in frame.columns if c in made])
    base = other.assign(
        choice=other["choice"] if "choice" in other.columns else np.arange(len(frame)), status=status
    )
    if apart.any():
        base["outcome"] = lower.where(apart).astype(object).where(apart, None)
    sides = []
    for place, (option, won) in enumerate(((a, wins), (b, loses)), 1):
        rank = pd.array(np.where((won | tied) & known, 1, 0), dtype="Int64")
        rank[~((won | tied) & known)] = pd.NA
        sides.append(base.assign(option=option, position=place, rank=rank))
    both = pd.concat(sides, ignore_index=True)
    order = np.argsort(np.tile(np.arange(len(frame)), 2), kind="stable")
    return Choices(both.iloc[order].reset_index(drop=True))


def _by_name_or_place(
    frame: pd.DataFrame,
    winner: str,
    reads: str | None,
    named: tuple[np.ndarray, np.ndarray],
    placed: list[np.ndarray],
    told: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Who wins in each row: by the reading that fits all rows, or row by row where only one is possible."""
    by_name, by_place = named[0] | named[1], placed[0] | placed[1]
    torn = (named[0] & placed[1]) | (named[1] & placed[0])
    if reads is None and not torn.any():
        return named[0] | placed[0], named[1] | placed[1]
    names_fit, places_fit = bool(by_name[told].all()), bool(by_place[told].all())
    if reads is None and names_fit == places_fit:
        _one_row(
            frame,
            ~torn,
            "a winner that is one option's name and the other's place",
            winner,
            "reads='names' or 'places'",
        )
    if reads == "names" or (reads is None and names_fit):
        return named
    return placed[0], placed[1]


def _one_row(frame: pd.DataFrame, fine: np.ndarray, what: str, column: str, expected: str) -> None:
    if np.all(fine):
        return
    at = int((~np.asarray(fine)).argmax())
    row, source = row_of(frame, frame.index[at])
    raise InputError(
        f"comparisons: {what}",
        parameter=column,
        got=frame[column].iloc[at],
        expected=expected,
        file=source,
        row=row,
    )


@checked
def ranking_choices(frame: pd.DataFrame, *, top: int | None = None) -> Choices:
    """Rankings, full or partial, and choices of one among several: one row per option in and out.

    Parameters
    ----------
    frame
        ``choice``, ``option`` and ``rank`` (1 = best, equal ranks tie, null = offered and not ranked), or ``chosen`` (1 or
        0, true or false) in place of ``rank``; other columns are kept.
    top
        Keep the first so many ranks only; the others count as offered and not ranked.

    Returns
    -------
    Choices

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": 1, "option": ["a", "b", "c"], "chosen": [0, 1, 0]})
    >>> ranking_choices(frame).frame["rank"].tolist()
    [<NA>, 1, <NA>]
    """
    if ("rank" in frame.columns) == ("chosen" in frame.columns):
        raise SpecificationError(
            "rankings need ranks or what was chosen",
            parameter="frame",
            got=", ".join(map(str, frame.columns)),
            expected="a column rank, or a column chosen, not both",
        )
    if "chosen" in frame.columns:
        chosen = frame["chosen"].astype("boolean").fillna(False)
        rank = pd.Series(pd.array(np.where(chosen, 1.0, np.nan)).astype("Int64"), index=frame.index)
        frame = frame.drop(columns="chosen").assign(rank=rank)
    if top is not None:
        rank = frame["rank"].astype("Int64")
        frame = frame.assign(rank=rank.where(rank <= top, pd.NA))
    if "status" not in frame.columns:
        some = frame.groupby("choice")["rank"].transform("count") > 0
        if "outcome" in frame.columns:
            some |= frame["outcome"].notna()
        frame = frame.assign(status=np.where(some, "valid", "unparsable"))
    return Choices(frame)
