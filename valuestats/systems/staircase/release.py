"""The release's dilemmas in five steps, and choices between their two options."""

from __future__ import annotations

from pathlib import Path

import orjson
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.base.labels import CIRCLE, readable
from valuestats.tables.choices import Choices
from valuestats.tables.option_labels import OptionLabels

STEPS = (1, 2, 3, 4, 5)
FOUNDATIONS = ("Authority", "Care", "Fairness", "Liberty", "Loyalty", "Sanctity")
_VALUES = {
    "self": "Self-Direction",
    **{name.lower(): name for name in (*map(readable, CIRCLE), *FOUNDATIONS)},
}
"""Values as they are written in the files, in any case and with or without their opposite ("care/harm")."""


@checked
def read_dilemmas(path: str | Path) -> pd.DataFrame:
    """The options of each dilemma and step, with the value that each stands for.

    Parameters
    ----------
    path
        ``MMDs_MFT.json`` or ``MMDs_Schwartz.json``, or files of that layout.

    Returns
    -------
    pandas.DataFrame
        ``dilemma`` (its place in the file, as numbers of norms repeat), ``step``, ``letter`` (A or B), ``value`` and
        ``option`` (``dilemma/step/letter``), one row per option.

    Raises
    ------
    InputError
        No list of dilemmas, a step without its two options, an unknown value; with the record.

    Examples
    --------
    ::

        dilemmas = read_dilemmas("MMDs_MFT.json")
    """
    file = Path(path)
    try:
        records = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError("not a readable JSON file", file=file, got=type(error).__name__) from None
    if not isinstance(records, list) or not records or not all(isinstance(r, dict) for r in records):
        raise InputError("no list of dilemmas", file=file, expected="[{…}, …]")
    rows = []
    for number, record in enumerate(records):
        told = {"".join(str(k).lower().split()): v for k, v in record.items()}
        for step in STEPS:
            for letter in "AB":
                name = f"step{step}_choice{letter.lower()}_value"
                if name not in told:
                    raise InputError(
                        "a step without its two options", parameter=name, file=file, row=number, got="nothing"
                    )
                word = str(told[name]).strip().lower().partition("/")[0]
                if word not in _VALUES:
                    raise InputError(
                        "an unknown value", parameter=name, got=told[name], file=file, row=number
                    )
                rows.append((number, step, letter, _VALUES[word], f"{number}/{step}/{letter}"))
    return pd.DataFrame(rows, columns=["dilemma", "step", "letter", "value", "option"])


@checked
def dilemma_labels(dilemmas: pd.DataFrame) -> OptionLabels:
    """What the options stand for, as a table of labels.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"option": ["0/1/A", "0/1/B"], "value": ["Care", "Liberty"]})
    >>> dilemma_labels(frame).labels
    ['Care', 'Liberty']
    """
    return OptionLabels(dilemmas[["option", "value"]].rename(columns={"value": "label"}))


@checked
def dilemma_choices(dilemmas: pd.DataFrame, answers: pd.DataFrame) -> Choices:
    """Models' answers to the dilemmas as choices.

    Parameters
    ----------
    dilemmas
        Of `read_dilemmas`.
    answers
        ``model``, ``dilemma``, ``step``, ``answer`` (A or B, in any case; anything else is ``unparsable``, null ``empty``),
        and ``first`` (the letter that was shown first; A where there is no such column).

    Raises
    ------
    InputError
        A missing column, or an answer to a dilemma and step that are not there, with its row.

    Examples
    --------
    ::

        choices = dilemma_choices(read_dilemmas("MMDs_MFT.json"), answers)
    """
    needed = ["model", "dilemma", "step", "answer"]
    missing = [c for c in needed if c not in answers.columns]
    if missing:
        raise InputError(
            "answers lack columns", parameter="answers", got=", ".join(missing), expected=", ".join(needed)
        )
    known = set(zip(dilemmas["dilemma"], dilemmas["step"], strict=True))
    there = [key in known for key in zip(answers["dilemma"], answers["step"], strict=True)]
    if not all(there):
        row = there.index(False)
        got = f"dilemma {answers['dilemma'].iloc[row]}, step {answers['step'].iloc[row]}"
        raise InputError("an answer to what was not asked", parameter="dilemma", got=got, row=row)
    told = answers.reset_index(drop=True)
    told = told.assign(
        choice=told.index,
        first=told["first"].astype(str).str.upper() if "first" in told.columns else "A",
        letter_chosen=told["answer"].astype("string").str.strip().str.upper(),
    )
    frame = told.merge(dilemmas[["dilemma", "step", "letter", "option"]], on=["dilemma", "step"])
    word = frame["letter_chosen"]
    frame["status"] = "valid"
    frame.loc[~word.isin(["A", "B"]), "status"] = "unparsable"
    frame.loc[word.isna() | (word == ""), "status"] = "empty"
    taken = (word == frame["letter"]).fillna(False)
    frame["rank"] = pd.Series(1, index=frame.index, dtype="Int64").where(taken)
    frame["position"] = (frame["letter"] != frame["first"]).astype(int) + 1
    frame["item"] = frame["dilemma"].astype(str) + "/" + frame["step"].astype(str)
    frame["cluster"] = frame["dilemma"].astype(str)
    kept = ["choice", "model", "item", "cluster", "step", "option", "position", "rank", "status"]
    return Choices(frame[kept].sort_values(["choice", "position"]).reset_index(drop=True))
