"""Which of the models' answers are compared with people: those without a persona, or those given for each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted

Match = Literal["group", "default"]

_SHOWN = 6


@dataclass(frozen=True)
class Chosen:
    """The answers that are compared.

    Attributes
    ----------
    frame
        Their rows.
    match
        ``"default"``: each model's answers without a persona, with every group; ``"group"``: its answers for a group, with
        that group.
    not_compared
        Answers that stand in the table as well and are no part of the comparison, in words.
    """

    frame: pd.DataFrame
    match: Match
    not_compared: list[str]

    @property
    def conditioned(self) -> bool:
        """Whether each model answered for the group it is compared with."""
        return self.match == "group"


def choose(frame: pd.DataFrame, match: Match | None) -> Chosen:
    """The answers to compare: those that `match` names, else those without a persona, where there are any.

    Raises
    ------
    SpecificationError
        No such way; nothing to compare in it; several languages or contexts and none of the original prompt; a model that
        answered for personas only beside models that also answered without one, where `match` is None.
    """
    if match is not None and match not in get_args(Match):
        raise SpecificationError(
            "no such way of matching", parameter="match", got=match, expected=" or ".join(get_args(Match))
        )
    plain, told = original_prompt(frame)
    if "persona" not in plain.columns or plain["persona"].isna().all():
        return Chosen(plain, "default", told)
    silent = plain["persona"].isna()
    if match is None:
        match = "default" if silent.any() else "group"
        _require_default_of_all(plain, silent, match)
    chosen = plain[~silent] if match == "group" else plain[silent]
    if chosen.empty:
        raise SpecificationError(
            "every answer was given for a persona, so there is no default answer to compare",
            parameter="match",
            got=match,
            expected="group",
        )
    if match == "default":
        told.append(f"answers given for {named(plain.loc[~silent, 'persona'], 'persona')}")
    elif silent.any():
        told.append("answers without a persona")
    return Chosen(chosen, match, told + _silent_models(plain, chosen))


def original_prompt(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The answers to the original prompt, in no other language or context; those of the one other where all are in one.

    Returns
    -------
    tuple
        The rows, and in words what is not among them.
    """
    other = [c for c in ("language", "condition") if c in frame.columns and frame[c].notna().any()]
    if not other:
        return frame, []
    plain = frame[other].isna().all(axis=1)
    if not plain.any():
        if len(frame[other].drop_duplicates()) > 1:
            raise SpecificationError(
                "answers in several languages or contexts, and none to the original prompt",
                parameter="answers",
                got=f"column {', '.join(other)} without null",
                expected="one language and context, or rows in which these columns are null",
                hint="take one language, or use language_effect",
            )
        return frame, []
    if plain.all():
        return frame, []
    kept = frame[plain].drop(columns=other)
    told = [
        f"answers under {named(frame[c].dropna(), c)}" for c in other if frame.loc[~plain, c].notna().any()
    ]
    return kept, told + _silent_models(frame, kept)


def named(labels: pd.Series, what: str) -> str:
    """How many different labels there are, and the first of them by name.

    Examples
    --------
    >>> named(pd.Series(["Chile", "Peru", "Chile"]), "persona")
    '2 personas (Chile, Peru)'
    """
    known = sorted(map(str, labels.unique()))
    more = f", … {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{counted(len(known), what)} ({', '.join(known[:_SHOWN])}{more})"


def _silent_models(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    lost = sorted(set(before["group"].astype(str)) - set(after["group"].astype(str)))
    return [f"all answers of {', '.join(lost[:_SHOWN])}{', …' if len(lost) > _SHOWN else ''}"] if lost else []


def _require_default_of_all(frame: pd.DataFrame, silent: pd.Series, match: Match) -> None:
    """Refuse to choose where the choice would leave a model out."""
    lost = sorted(set(frame["group"].astype(str)) - set(frame.loc[silent, "group"].astype(str)))
    if match == "group" or not lost:
        return
    raise SpecificationError(
        "some models answered for personas only, others without one as well",
        parameter="match",
        got=f"no answer without a persona of {', '.join(lost[:_SHOWN])}",
        expected="match='default' or match='group'",
        hint="'default' compares the answers without a persona with every group, 'group' those given for a group with it",
    )
