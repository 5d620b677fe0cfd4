"""The table of votes, checked, and votes as choices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables.choices import Choices
from valuestats.tables.schema import require_unique, row_of, validate

VOTES = ("wiser", "less wise", "equal", "unsure")
"""What may be said of the second value beside the first."""
_SCHEMA = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="the participant's identifier, not null"),
        "from": pa.Column(nullable=False, description="the value that one comes from, not null"),
        "to": pa.Column(nullable=False, description="the value that one goes to, not null"),
        "vote": pa.Column(
            checks=pa.Check.isin(VOTES), nullable=True, description=f"one of {', '.join(VOTES)}, or null"
        ),
        "context": pa.Column(nullable=False, required=False, description="the context, not null"),
    },
    strict=False,
)


def checked_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Votes with names as text; a row for each that was asked for, null where none was given.

    Raises
    ------
    InputError
        A column is missing or null, an unknown vote, a value against itself, a participant who votes twice on the same step
        in the same context; with its row.
    """
    rows = validate(votes, _SCHEMA, table="votes")
    names = ["respondent", "from", "to", *(["context"] if "context" in rows.columns else [])]
    require_unique(rows, names, table="votes")
    rows = rows.assign(**{n: rows[n].astype(str) for n in names})
    same = (rows["from"] == rows["to"]).to_numpy()
    if same.any():
        at = int(same.argmax())
        row, source = row_of(rows, rows.index[at])
        raise InputError(
            "votes: a value against itself",
            parameter="to",
            got=rows["to"].iloc[at],
            file=source,
            row=at if row is None else row,
        )
    if "status" in rows.columns:
        rows = rows.assign(vote=rows["vote"].where(rows["status"] == "valid"))
    if not rows["vote"].notna().any():
        raise SpecificationError("no vote was given", parameter="votes", got=f"{len(rows)} rows")
    return rows.reset_index(drop=True)


@dataclass(frozen=True)
class Steps:
    """Votes by pair of values, in the direction in which each pair was first shown.

    Attributes
    ----------
    values
        Names of the values.
    source, target
        Numbers of the values of each pair, shape ``(pairs,)``.
    context
        Context of each pair, None where contexts are taken together.
    pair, kind, turned
        Of each vote given: its pair, its number in `VOTES` as shown, and whether it was shown the other way round.
    person, people
        Number of the participant behind each vote, and their names.
    asked
        Rows by pair, votes or not.
    """

    values: tuple[str, ...]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    context: tuple[str, ...] | None
    pair: NDArray[np.int64]
    kind: NDArray[np.int64]
    turned: NDArray[np.bool_]
    person: NDArray[np.int64]
    people: tuple[str, ...]
    asked: NDArray[np.int64]

    @property
    def pooled(self) -> NDArray[np.int64]:
        """Kind of each vote seen in the direction of its pair: shown the other way round, wiser is less wise."""
        return np.where(self.turned & (self.kind < 2), 1 - self.kind, self.kind)


def vote_steps(votes: pd.DataFrame, *, by_context: bool = False) -> Steps:
    """Lay out the votes by pair of values.

    Raises
    ------
    SpecificationError
        Contexts are asked for and there are none.
    """
    rows = checked_votes(votes)
    if by_context and "context" not in rows.columns:
        raise SpecificationError(
            "no contexts", parameter="by_context", got="True", expected="a column context"
        )
    code, names = pd.factorize(pd.concat([rows["from"], rows["to"]], ignore_index=True), sort=True)
    source, target = code[: len(rows)], code[len(rows) :]
    low, high = np.minimum(source, target), np.maximum(source, target)
    keys = [low, high, *([pd.factorize(rows["context"])[0]] if by_context else [])]
    pair, _ = pd.factorize(pd.MultiIndex.from_arrays(keys))
    first = np.unique(pair, return_index=True)[1]
    given = rows["vote"].notna().to_numpy()
    person, people = pd.factorize(rows["respondent"], sort=True)
    kind = pd.Categorical(rows["vote"], categories=list(VOTES)).codes.astype(np.int64)
    return Steps(
        tuple(map(str, names)),
        source[first].astype(np.int64),
        target[first].astype(np.int64),
        tuple(rows["context"].iloc[first]) if by_context else None,
        pair[given].astype(np.int64),
        kind[given],
        (source != source[first][pair])[given],
        person[given].astype(np.int64),
        tuple(map(str, people)),
        np.bincount(pair).astype(np.int64),
    )


@checked
def vote_choices(votes: pd.DataFrame) -> Choices:
    """Votes on steps between values as choices between two options: one row per vote in, two rows out.

    The value that one goes to wins where it is called wiser, the other where it is called less wise; equal is a tie, unsure
    an outcome of its own. The value that one comes from stands in position 1, so that the place effect of
    `valuestats.choice_strengths` is how much the direction of the question decides.

    Parameters
    ----------
    votes
        ``respondent``, ``from``, ``to``, ``vote`` (wiser, less wise, equal, unsure, or null), optionally ``context`` and
        ``status``.

    Returns
    -------
    Choices
        ``cluster`` is the participant, ``item`` the pair of values.

    Raises
    ------
    InputError
        As `valuestats.votes_to_graph`.

    Examples
    --------
    >>> import pandas as pd
    >>> found = vote_choices(pd.DataFrame({"respondent": [1], "from": ["calm"], "to": ["care"], "vote": ["wiser"]}))
    >>> found.frame[["option", "rank"]].fillna(0).to_numpy().tolist()
    [['calm', 0], ['care', 1]]
    """
    rows = checked_votes(votes)
    told = rows["vote"].notna()
    status = rows["status"] if "status" in rows.columns else np.where(told, "valid", "empty")
    names = [" and ".join(sorted(two)) for two in zip(rows["from"], rows["to"], strict=True)]
    base = rows.drop(columns=["from", "to", "vote", "rank", "position", "outcome"], errors="ignore").assign(
        choice=np.arange(len(rows)), status=status, cluster=rows["respondent"], item=names
    )
    if (rows["vote"] == "unsure").any():
        base["outcome"] = rows["vote"].where(rows["vote"] == "unsure").astype(object)
    sides = []
    for place, (column, wins) in enumerate((("from", "less wise"), ("to", "wiser")), 1):
        first = rows["vote"].isin([wins, "equal"])
        rank = pd.array(np.where(first, 1.0, np.nan)).astype("Int64")
        sides.append(base.assign(option=rows[column], position=place, rank=rank))
    both = pd.concat(sides, ignore_index=True)
    order = np.argsort(np.tile(np.arange(len(rows)), 2), kind="stable")
    return Choices(both.iloc[order].reset_index(drop=True))
