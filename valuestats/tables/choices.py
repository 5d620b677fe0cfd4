"""Choices: what was chosen over what; one row per offered option."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.responses import STATUSES, no_findings
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

COUNT = "count"
"""Column of a table of choices that says for how many equal choices one stands; never an attribute of an option."""
_MOST_ROWS = 20_000_000

CHOOSERS = ("judge", "respondent", "rater", "annotator", "model")
"""Names of the column that says who chose, the likeliest first."""

_WHO = re.compile(
    rf"({'|'.join(CHOOSERS)}|participant|person|user|worker|evaluator|labell?er|voter|who)s?([_ .-]?(id|name|no))?",
    re.IGNORECASE,
)


def chooser_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that say by their name who chose, the likeliest first, where more than nulls stands in them.

    Examples
    --------
    >>> import pandas as pd
    >>> chooser_columns(pd.DataFrame({"model": ["m"], "annotator_id": [7], "model_a": ["x"], "judge": ["j"]}))
    ['judge', 'annotator_id', 'model']
    """
    found = [str(c) for c in frame.columns if _WHO.fullmatch(str(c)) and frame[c].notna().any()]
    rank = {name: k for k, name in enumerate(CHOOSERS)}
    last = rank.pop("model")
    return sorted(found, key=lambda c: rank.get(c, last if c != "model" else last + 1))


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
        choice who chose (``judge``, ``respondent``, ``rater``, ``annotator`` or ``model``, or a name that ends in ``_id``
        of these: `chooser_columns`), ``item``, ``cluster`` (dilemma, pair, template), ``condition``, ``step``,
        ``language``, ``epoch``, and ``count``, for how many equal choices it stands, which is a reserved name
        (`pair_choices` and `ranking_choices` must be told which column counts); other columns are covariates.
    findings
        What reading left out, as in `Responses`: ``kind``, ``file``, ``row``, ``found``.

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
    findings: pd.DataFrame = field(default_factory=no_findings)

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
                    f"{COUNT} is a reserved name: for how many equal choices one stands; call an attribute otherwise"
                    if column == COUNT
                    else None,
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

    def one_by_one(self) -> Choices:
        """The same choices, each standing for itself: one that was counted n times is there n times, without ``count``.

        Every estimate from this table is that of the counted one; what takes choices one by one (resamples them, holds them
        out, gives each a unit of its own) begins with it.

        Raises
        ------
        InputError
            So many choices that their rows would not fit into memory.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"choice": 1, "option": ["a", "b"], "rank": [1, None], "status": "valid", "count": 3})
        >>> Choices(frame).one_by_one().frame["choice"].tolist()
        ['1 (1)', '1 (1)', '1 (2)', '1 (2)', '1 (3)', '1 (3)']
        """
        if COUNT not in self.frame.columns:
            return self
        frame, times = self.frame.drop(columns=COUNT), self.frame[COUNT].to_numpy(dtype=np.int64)
        if (times == 1).all():
            return Choices(frame, self.findings)
        if times.sum() > _MOST_ROWS:
            raise InputError(
                "too many choices to take one by one",
                parameter="choices",
                got=f"{len(self):,}, counted",
                expected=f"up to {_MOST_ROWS:,} offered options",
                hint="choice_strengths and fit_choice take counts as they are; or take a random part of the choices",
            )
        at = np.repeat(np.arange(len(frame)), times)
        copy = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
        order = np.lexsort((at, copy, pd.factorize(frame["choice"])[0][at]))
        at, copy = at[order], copy[order]
        rows = frame.iloc[at].reset_index(drop=True)
        names = rows["choice"].astype(str) + pd.Series(copy + 1).map(" ({})".format)
        return Choices(
            rows.assign(choice=names.where(times[at] > 1, rows["choice"].astype(str))), self.findings
        )

    @property
    def options(self) -> list[str]:
        """The options, in alphabetical order."""
        return sorted(map(str, self.frame["option"].unique()))

    def status_counts(self) -> pd.Series:
        """Choices by status; counted ones as often as they say."""
        once = self.frame.drop_duplicates("choice")
        times = once["count"] if "count" in once.columns else pd.Series(1, index=once.index)
        return times.groupby(once["status"]).sum().reindex(list(STATUSES), fill_value=0).astype(int)


def _require(
    frame: pd.DataFrame, fine: np.ndarray, what: str, column: str, expected: str, hint: str | None = None
) -> None:
    if np.all(fine):
        return
    at = int((~np.asarray(fine)).argmax())
    row, source = row_of(frame, frame.index[at])
    raise InputError(
        f"choices: {what}",
        parameter=column,
        got=f"{frame[column].iloc[at]} in choice {frame['choice'].iloc[at]}",
        expected=expected,
        hint=hint,
        file=source,
        row=row,
    )


def counted_frame(frame: pd.DataFrame, count: str | None) -> pd.DataFrame:
    """The table with the column that counts, where one was named, under its reserved name.

    Raises
    ------
    SpecificationError
        No such column; a column ``count`` that nobody said counts.

    Examples
    --------
    >>> import pandas as pd
    >>> counted_frame(pd.DataFrame({"times": [2], "x": [1]}), "times").columns.tolist()
    ['count', 'x']
    """
    if count is not None and count not in frame.columns:
        raise SpecificationError(
            "no such column", parameter="count", got=count, expected=", ".join(map(str, frame.columns))
        )
    if COUNT in frame.columns and count != COUNT:
        raise SpecificationError(
            f"a column is called {COUNT}, which in a table of choices says for how many equal choices each stands",
            parameter="count",
            got="None" if count is None else f"{count}, beside a column {COUNT}",
            expected=f"count={COUNT!r} if it says so, another name if it is an attribute",
            hint=f"frame.rename(columns={{{COUNT!r}: 'number'}})",
        )
    return frame if count in (None, COUNT) else frame.rename(columns={count: COUNT})


def require_single(choices: Choices, parameter: str, why: str) -> None:
    """Refuse counted choices where each must be one by itself.

    Raises
    ------
    SpecificationError
        A choice that stands for several, or for none.
    """
    if COUNT in choices.frame.columns and (choices.frame[COUNT] != 1).any():
        raise SpecificationError(
            f"counted choices, but {why}",
            parameter=parameter,
            got=f"{len(choices):,} choices in {choices.frame['choice'].nunique():,} rows of counts",
            expected="one row of the comparison for each choice",
            hint="pass the choices as they were made, before they were counted",
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


@checked
def ranking_choices(frame: pd.DataFrame, *, top: int | None = None, count: str | None = None) -> Choices:
    """Rankings, full or partial, and choices of one among several: one row per option in and out.

    Parameters
    ----------
    frame
        ``choice``, ``option`` and ``rank`` (1 = best, equal ranks tie, null = offered and not ranked), or ``chosen`` (1 or
        0, true or false) in place of ``rank``; other columns are kept.
    top
        Keep the first so many ranks only; the others count as offered and not ranked.
    count
        Column that says for how many equal choices each stands. Without it each stands for one, and a column of the name
        ``count`` is refused, as it may be an attribute.

    Returns
    -------
    Choices

    Raises
    ------
    SpecificationError
        Neither ranks nor what was chosen, or both; no column `count`, or one of that name that was not named.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": 1, "option": ["a", "b", "c"], "chosen": [0, 1, 0]})
    >>> ranking_choices(frame).frame["rank"].tolist()
    [<NA>, 1, <NA>]
    """
    frame = counted_frame(frame, count)
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
