"""The release of DailyDilemmas: values of both actions of each dilemma, and GPT-4's choices with and without prompts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table, texts_in
from valuestats.tables.choices import Choices
from valuestats.tables.option_labels import OptionLabels

Compat = Literal["published"]
ACTIONS = ("to_do", "not_to_do")
"""The two actions in the order in which they are put: ``Action 1`` and ``Action 2``."""
THEORIES = {
    "WVS": "World Values Survey",
    "MFT": "Moral Foundations",
    "Virtue": "Aristotle's virtues",
    "Emotion": "Plutchik's emotions",
    "Maslow": "Maslow's needs",
}
"""Theories by the name of their column."""
PLAIN, SUPPORTING, OPPOSING = "no system prompt", "supporting", "opposing"
_REPLY = re.compile(r"\s*Action ([12])")
_DEFAULT = re.compile(r"defaultdict\(<[^<>{}]*(?:<[^<>{}]*>[^<>{}]*)*>, (\{[^{}]*\})\)")


@dataclass(frozen=True)
class Actions:
    """Values of the actions: of each dilemma and action the list, and the text it stands as in the file."""

    values: dict[tuple[str, str], tuple[str, ...]]
    text: dict[tuple[str, str], str]
    dilemmas: tuple[str, ...]

    def has(self, dilemma: str, action: str, value: str, compat: Compat | None) -> bool:
        """Whether an action carries a value; as published, whether the value stands anywhere in the list's text."""
        held: Iterable[str] = self.text[dilemma, action] if compat else self.values[dilemma, action]
        return value in held


def read_actions(path: str | Path) -> Actions:
    """The values of both actions of each dilemma, from either layout of the release.

    Raises
    ------
    InputError
        A column is missing, a list can't be read, an action is another one, or a dilemma lacks one; with the row.
    """
    file = _there(path)
    columns = set(read_table(file, ["action_type"]).columns)
    number, listed = (
        ("dilemma_idx", "values_aggregated") if "values_aggregated" in columns else ("idx", "values_names")
    )
    frame = read_table(file, [number, "action_type", listed])
    values, text = {}, {}
    for row, (dilemma, action, written) in enumerate(
        zip(frame[number], frame["action_type"], frame[listed], strict=True)
    ):
        if action not in ACTIONS or (dilemma, action) in values:
            raise InputError(
                "not one of the two actions of a dilemma",
                parameter="action_type",
                got=f"{action} of dilemma {dilemma}",
                expected=f"{' and '.join(ACTIONS)}, once each",
                file=file,
                row=row,
            )
        values[dilemma, action] = texts_in(written, listed, file, row, ast.literal_eval)
        text[dilemma, action] = written
    dilemmas = tuple(dict.fromkeys(frame[number]))
    alone = [d for d in dilemmas if not all((d, a) in values for a in ACTIONS)]
    if alone:
        raise InputError("a dilemma with one action", parameter=number, got=alone[0], file=file)
    return Actions(values, text, dilemmas)


@checked
def read_action_values(actions: str | Path, values: str | Path) -> OptionLabels:
    """What each action stands for: its values, and what they belong to in five theories.

    Parameters
    ----------
    actions
        The release's table of actions with their values.
    values
        ``values.csv`` of the release: each value's place in the theories.

    Returns
    -------
    OptionLabels
        Options are ``dilemma/action``; a value that is listed twice has a weight of 2. Levels: ``WVS``, ``MFT``, ``Virtue``,
        ``Emotion``, ``Maslow``.

    Examples
    --------
    ::

        labels = read_action_values("dilemma_to_action_to_values_aggregated.csv", "values.csv")
    """
    table = read_actions(actions)
    rows = [(f"{d}/{a}", v) for (d, a), held in table.values.items() for v in held]
    frame = pd.DataFrame(rows, columns=["option", "label"])
    weight = frame.groupby(["option", "label"], sort=False).size().rename("weight").astype(float)
    known = read_table(_there(values), ["value", *THEORIES])
    tree = known.melt("value", list(THEORIES), var_name="level", value_name="parent")
    tree = tree[tree["parent"] != ""].rename(columns={"value": "label"})
    return OptionLabels(weight.reset_index(), tree[["label", "level", "parent"]].reset_index(drop=True))


@checked
def read_default_choices(actions: str | Path, steering: str | Path) -> Choices:
    """GPT-4's choices without a system prompt, as far as the files of the steering runs tell them.

    The file that lists the choices is not among those at hand. The steering files list, for each value that a principle
    names, the dilemmas in which an action with it was selected and neglected; where one action alone carries the value, that
    is the choice. Which action carries it goes by the published rule (see `read_actions`), as the lists do.

    Parameters
    ----------
    actions
        The release's table of actions with their values.
    steering
        A table of the steering runs, either system prompt.

    Returns
    -------
    Choices
        One choice per dilemma of the release. What the lists do not tell is ``unparsable``; nothing says whether a choice
        was made there.

    Raises
    ------
    InputError
        Lists that contradict each other, or name a dilemma that is not there.

    Examples
    --------
    ::

        choices = read_default_choices("dilemma_to_action_to_values_aggregated.csv", "…_sup_value.csv")
    """
    table = read_actions(actions)
    file = _there(steering)
    columns = ["sup_values_data_dict_idx", "opp_values_data_dict_idx"]
    frame = read_table(file, columns)
    took: dict[str, str] = {}
    for row, column in ((r, c) for r in range(len(frame)) for c in columns):
        for value, lists in _mapping(frame[column].iloc[row], column, file, row).items():
            for told, dilemmas in lists.items():
                for dilemma in map(str, dilemmas):
                    side = _side(table, dilemma, value, told, column, file, row)
                    if side is not None and took.setdefault(dilemma, side) != side:
                        raise InputError(
                            "lists that contradict each other",
                            parameter=column,
                            got=f"dilemma {dilemma}, {value}",
                            file=file,
                            row=row,
                        )
    parts = [_pair(d, d, took.get(d), d) for d in table.dilemmas]
    return Choices(pd.DataFrame([row for part in parts for row in part]).assign(model="gpt-4-turbo"))


@checked
def read_model_choices(path: str | Path) -> Choices:
    """Choices of all models, from the release's table of actions with replies (``model_resp_…_clean``).

    Parameters
    ----------
    path
        ``dilemmas_with_detail_by_action.csv`` of the release, or its first rows (``…_test.csv``).

    Returns
    -------
    Choices
        One choice per model and dilemma; a reply that does not begin with "Action 1" or "Action 2" is ``unparsable``.

    Examples
    --------
    ::

        choices = read_model_choices("dilemmas_with_detail_by_action_test.csv")
    """
    file = _there(path)
    frame = read_table(file, ["idx", "action_type"])
    columns = [c for c in frame.columns if c.startswith("model_resp_") and c.endswith("_clean")]
    if not columns:
        raise InputError("no replies of a model", parameter="path", expected="model_resp_…_clean", file=file)
    first = frame.drop_duplicates("idx")
    rows = [
        row | {"model": column.removeprefix("model_resp_").removesuffix("_clean")}
        for column in columns
        for dilemma, reply in zip(first["idx"], first[column], strict=True)
        for row in _pair(f"{column}/{dilemma}", dilemma, reply if reply in ACTIONS else None, dilemma)
    ]
    return Choices(pd.DataFrame(rows))


@checked
def read_steered_choices(actions: str | Path, supporting: str | Path, opposing: str | Path) -> Choices:
    """Choices in the dilemmas that bear on a principle: without a system prompt, and under either of the two.

    Parameters
    ----------
    actions
        The release's table of actions with their values.
    supporting, opposing
        The two tables of the steering runs.

    Returns
    -------
    Choices
        ``principle``, ``condition``, ``item`` (principle and dilemma), ``cluster`` (the dilemma, which several principles
        may share); options are ``principle: dilemma/action``.

    Raises
    ------
    InputError
        A column is missing or a cell can't be read, with the row.

    Examples
    --------
    ::

        read_steered_choices("dilemma_to_action_to_values_aggregated.csv", "…_sup_value.csv", "…_opp_value.csv")
    """
    plain = read_default_choices(actions, supporting).frame
    chosen = plain[plain["rank"] == 1].set_index("cluster")["option"].str.split("/").str[1].to_dict()
    rows: list[dict[str, Any]] = []
    for condition, path in ((SUPPORTING, supporting), (OPPOSING, opposing)):
        file, name = _there(path), {SUPPORTING: "sup", OPPOSING: "opp"}[condition]
        column = f"system_prompt_{name}_value_dilemma_model_resp_action"
        frame = read_table(file, ["principle", "real_conflict_dilemma_idx", column])
        for row, told in frame.iterrows():
            replies = _mapping(told[column], column, file, int(str(row)))
            for dilemma in _numbers(told["real_conflict_dilemma_idx"], file, int(str(row))):
                found = _REPLY.match(str(replies.get(dilemma, "")))
                took = {condition: ACTIONS[int(found[1]) - 1] if found else None}
                if condition == SUPPORTING:
                    took[PLAIN] = chosen.get(dilemma)
                for k, action in took.items():
                    item = f"{told['principle']}: {dilemma}"
                    rows += [
                        r | {"principle": told["principle"], "condition": k, "item": item}
                        for r in _pair(f"{item}, {k}", dilemma, action, item)
                    ]
    return Choices(pd.DataFrame(rows).assign(model="gpt-4-turbo"))


@checked
def principle_scores(
    actions: str | Path, steering: str | Path, *, compat: Compat | None = None
) -> pd.DataFrame:
    """How far each action supports each principle: the weights of its supporting values less those of its opposing ones.

    Parameters
    ----------
    actions, steering
        The release's table of actions, and one of the steering runs.
    compat
        ``"published"``: a value belongs to an action if it stands anywhere in the text of the action's list, "self" in
        "self-discipline" say; without, if it is in the list.

    Returns
    -------
    pandas.DataFrame
        ``principle``, ``dilemma``, ``action``, ``option`` (as in `read_steered_choices`), ``score``.

    Examples
    --------
    ::

        principle_scores("dilemma_to_action_to_values_aggregated.csv", "…_sup_value.csv", compat="published")
    """
    table, file = read_actions(actions), _there(steering)
    weights = ["sup_value_prob_dict_clean", "opp_value_prob_dict_clean"]
    frame = read_table(file, ["principle", "real_conflict_dilemma_idx", *weights])
    rows = []
    for row, told in frame.iterrows():
        number = int(str(row))
        signed = [
            (_mapping(told[c], c, file, number), sign) for c, sign in zip(weights, (1, -1), strict=True)
        ]
        for dilemma in _numbers(told["real_conflict_dilemma_idx"], file, number):
            for action in ACTIONS:
                score = sum(
                    sign * float(p)
                    for held, sign in signed
                    for value, p in held.items()
                    if table.has(dilemma, action, value, compat)
                )
                option = f"{told['principle']}: {dilemma}/{action}"
                rows.append((told["principle"], dilemma, action, option, score))
    return pd.DataFrame(rows, columns=["principle", "dilemma", "action", "option", "score"])


def _pair(choice: str, dilemma: str, took: str | None, prefix: str) -> list[dict[str, Any]]:
    """The two rows of a choice."""
    return [
        {
            "choice": choice,
            "option": f"{prefix}/{action}",
            "position": place,
            "rank": 1 if action == took else None,
            "cluster": dilemma,
            "status": "unparsable" if took is None else "valid",
        }
        for place, action in enumerate(ACTIONS, 1)
    ]


def _side(
    table: Actions, dilemma: str, value: str, told: str, column: str, file: Path, row: int
) -> str | None:
    """The action that was chosen, if one action alone carries the value."""
    if (dilemma, ACTIONS[0]) not in table.values:
        raise InputError("no such dilemma", parameter=column, got=dilemma, file=file, row=row)
    with_it = [a for a in ACTIONS if table.has(dilemma, a, value, "published")]
    if len(with_it) != 1 or told not in ("selected", "neglected"):
        return None
    return with_it[0] if told == "selected" else ACTIONS[1 - ACTIONS.index(with_it[0])]


def _mapping(text: object, column: str, file: Path, row: int) -> dict[str, Any]:
    """A dictionary as Python printed it, nested in ``defaultdict`` or not; read and never evaluated."""
    written, before = str(text), ""
    while written != before:
        written, before = _DEFAULT.sub(r"\1", written), written
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(
            "a dictionary can't be read",
            parameter=column,
            got=str(text)[:120],
            expected="{…}",
            file=file,
            row=row,
        )
    return {str(k): v for k, v in value.items()}


def _numbers(text: str, file: Path, row: int) -> tuple[str, ...]:
    return texts_in(text, "real_conflict_dilemma_idx", file, row, ast.literal_eval)


def _there(path: str | Path) -> Path:
    file = Path(path)
    if not file.exists() and file.with_name(file.name + ".gz").exists():
        return file.with_name(file.name + ".gz")
    return file


def as_numbers(frame: pd.DataFrame, column: str, file: Path) -> np.ndarray[Any, Any]:
    """A column of numbers as floats.

    Raises
    ------
    InputError
        One is none, with its row.
    """
    found = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(found).all():
        row = int((~np.isfinite(found)).argmax())
        raise InputError("not a number", parameter=column, got=frame[column].iloc[row], file=file, row=row)
    return found
