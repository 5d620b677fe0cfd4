"""The table of counts, the layout of the conversations, and both as choices between four responses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.tables.choices import Choices, ranking_choices

LETTERS = ("A", "B", "C", "D")
_PAIRS = (
    "set_id",
    "action_0_letter",
    "action_1_letter",
    "n_annotators_pref_0",
    "n_annotators_pref_1",
    "n_annotators_set",
)
TRAITS = {
    "annotator_age": "age",
    "annotator_gender": "gender",
    "annotator_education_level": "education",
    "annotator_political": "politics",
    "annotator_ethnicity": "ethnicity",
    "annotator_country": "country",
}
"""Columns of the annotators, and what they are called here."""


@checked
def read_annotator_counts(path: str | Path) -> pd.DataFrame:
    """How many annotators preferred each response of a prompt, from a table of pairs of responses.

    Each pair of a prompt's responses repeats the number of annotators who preferred one and the other out of all four,
    so that the six pairs of a prompt say each number three times; they are held against each other.

    Parameters
    ----------
    path
        ``coalign_pairs.csv`` (or the same with ``.gz``): ``set_id``, the two letters, the two numbers and
        ``n_annotators_set``.

    Returns
    -------
    pandas.DataFrame
        ``set`` (the prompt), ``response``, ``count``, ``annotators`` (as the table says).

    Raises
    ------
    InputError
        No such file, a column is missing, a number is none, or pairs of one prompt contradict each other, with the row.

    Examples
    --------
    ::

        read_annotator_counts("coalign_pairs.csv")
    """
    frame = _read(path, _PAIRS)
    numbers = frame[list(_PAIRS[3:])].apply(lambda c: pd.to_numeric(c, errors="coerce"))
    wrong = (~(numbers >= 0) | (numbers % 1 != 0)).to_numpy()
    if wrong.any():
        row = int(wrong.any(axis=1).argmax())
        name = _PAIRS[3 + int(wrong[row].argmax())]
        raise InputError(
            "no number of annotators", file=path, row=row, parameter=name, got=frame[name].iloc[row]
        )
    parts = [
        pd.DataFrame(
            {
                "set": frame["set_id"],
                "response": frame[f"action_{k}_letter"],
                "count": numbers[[f"n_annotators_pref_{k}"]].to_numpy(dtype=int)[:, 0],
                "annotators": numbers[["n_annotators_set"]].to_numpy(dtype=int)[:, 0],
                "row": np.arange(len(frame)),
            }
        )
        for k in (0, 1)
    ]
    both = pd.concat(parts, ignore_index=True)
    first = both.drop_duplicates(["set", "response"]).set_index(["set", "response"])
    told = first.loc[pd.MultiIndex.from_frame(both[["set", "response"]]), ["count", "annotators"]].to_numpy()
    apart = (told != both[["count", "annotators"]].to_numpy()).any(axis=1)
    if apart.any():
        at = both[apart].iloc[0]
        raise InputError(
            "pairs of one prompt contradict each other",
            file=path,
            row=int(at["row"]),
            got=f"{at['count']} for {at['response']} of {at['set']}",
        )
    table = first.drop(columns="row").reset_index().sort_values(["set", "response"], ignore_index=True)
    size = table.groupby("set")["response"].size()
    if (size != len(LETTERS)).any() or set(table["response"]) != set(LETTERS):
        raise InputError(
            "not four responses to each prompt", file=path, got=str(sorted(set(size))), expected="A to D"
        )
    return table


def release_oddities(counts: pd.DataFrame) -> pd.DataFrame:
    """Prompts whose numbers don't add up to the annotators that the table names; one row per kind of oddity.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"set": "s", "response": list("ABCD"), "count": [2, 1, 0, 1], "annotators": 3})
    >>> release_oddities(frame)[["oddity", "sets"]].to_numpy().tolist()
    [['more preferences than annotators', 1], ['fewer preferences than annotators', 0]]
    """
    each = counts.groupby("set").agg(total=("count", "sum"), named=("annotators", "first"))
    over, under = (each["total"] > each["named"]), (each["total"] < each["named"])
    return pd.DataFrame(
        {
            "oddity": ["more preferences than annotators", "fewer preferences than annotators"],
            "sets": [int(over.sum()), int(under.sum())],
            "of": len(each),
        }
    )


def annotator_labels(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per preference, for `valuestats.agreement`: raters have no names, so each prompt numbers its own.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"set": "s", "response": list("ABCD"), "count": [2, 1, 0, 0], "annotators": 3})
    >>> annotator_labels(frame)["rating"].tolist()
    ['A', 'A', 'B']
    """
    rows = counts.loc[counts.index.repeat(counts["count"])]
    number = rows.groupby("set").cumcount() + 1
    return pd.DataFrame(
        {
            "respondent": "annotator " + number.astype(str).to_numpy(),
            "item": rows["set"].to_numpy(),
            "rating": rows["response"].to_numpy(),
        }
    )


def annotator_choices(counts: pd.DataFrame) -> Choices:
    """Each preference as a choice of one response out of four, whose option is the letter; the prompt is the cluster.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"set": "s", "response": list("ABCD"), "count": [2, 1, 0, 0], "annotators": 3})
    >>> len(annotator_choices(frame))
    3
    """
    told = annotator_labels(counts)
    n = len(told)
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), len(LETTERS)),
            "option": np.tile(LETTERS, n),
            "position": np.tile(np.arange(1, len(LETTERS) + 1), n),
            "cluster": np.repeat(told["item"].to_numpy(), len(LETTERS)),
            "item": np.repeat(told["item"].to_numpy(), len(LETTERS)),
        }
    )
    return ranking_choices(
        frame.assign(chosen=np.repeat(told["rating"].to_numpy(), len(LETTERS)) == frame["option"])
    )


@checked
def read_community_alignment(
    path: str | Path, *, turn: str = "first", labels: str | Path | Sequence[str] | None = None
) -> Choices:
    """Choices of annotators between four responses, from the release's table of conversations.

    Parameters
    ----------
    path
        A CSV (or the same with ``.gz``) with ``conversation_id``, ``annotator_id``, ``{turn}_turn_prompt``,
        ``{turn}_turn_preferred_response`` (``response_a`` to ``response_d``), ``{turn}_turn_response_a`` to ``_d``, and the
        annotators' columns `TRAITS`, ``assigned_lang`` where they are there.
    turn
        Which turn of the conversation.
    labels
        Where the release's responses were labelled: four columns of the same table with what each response is, in the
        order a to d; they become the options. Without, the options are the letters.

    Returns
    -------
    Choices
        ``option``, ``position`` (1 to 4), ``model`` (the annotator), ``item`` (the prompt), ``cluster`` (the annotator),
        ``language`` and the annotators' traits. A conversation without such a turn has no row; one without a preference is
        ``unparsable``.

    Raises
    ------
    InputError
        No such file, a column is missing, a preferred response that is none of the four, two responses of one label, with
        the row.

    Examples
    --------
    ::

        choice_strengths(read_community_alignment("train.csv"), by="country", cluster="cluster")
    """
    stem = f"{turn}_turn"
    letters = [x.lower() for x in LETTERS]
    prefer = f"{stem}_preferred_response"
    wanted = ["conversation_id", "annotator_id", f"{stem}_prompt", prefer]
    named = list(labels) if isinstance(labels, Sequence) and not isinstance(labels, str) else []
    frame = _read(path, [*wanted, *([] if named else [f"{stem}_response_{x}" for x in letters]), *named])
    frame = frame[frame[f"{stem}_prompt"] != ""].reset_index(drop=True)
    told = frame[prefer].str.strip().str.lower().str[-1:]
    fine = told.isin(letters) | (told == "")
    if not fine.all():
        row = int((~fine).to_numpy().argmax())
        raise InputError(
            "a preferred response that is none of the four",
            file=path,
            row=row,
            parameter=prefer,
            got=frame[prefer].iloc[row],
            expected="response_a to response_d",
        )
    n = len(frame)
    traits = {new: frame[old] for old, new in TRAITS.items() if old in frame.columns}
    base = pd.DataFrame(
        {
            "choice": frame["conversation_id"],
            "model": frame["annotator_id"],
            "item": frame[f"{stem}_prompt"],
            "cluster": frame["annotator_id"],
            **({"language": frame["assigned_lang"]} if "assigned_lang" in frame.columns else {}),
            **traits,
        }
    )
    rows = base.loc[base.index.repeat(len(LETTERS))].reset_index(drop=True)
    option = np.tile(LETTERS, n) if not named else frame[named].to_numpy(dtype=object).ravel()
    if named:
        twice = frame[named].apply(lambda r: r.duplicated().any(), axis=1).to_numpy()
        if twice.any():
            row = int(twice.argmax())
            raise InputError(
                "two responses of one label",
                file=path,
                row=row,
                got=", ".join(frame[named].iloc[row]),
                hint="drop such rows",
            )
    chosen = np.repeat(told.to_numpy(), len(LETTERS)) == np.tile(letters, n)
    rows = rows.assign(option=option, position=np.tile(np.arange(1, 5), n), chosen=chosen)
    return ranking_choices(rows)


def _read(path: str | Path, wanted: Sequence[str]) -> pd.DataFrame:
    file = Path(path)
    if not file.exists():  # datasets may lie compressed beside the registered name
        file = file.with_name(file.name + ".gz")
    if not file.is_file():
        raise InputError("no such file", file=file)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise InputError(
            "the file lacks columns", file=file, parameter=", ".join(missing), expected=", ".join(wanted)
        )
    return frame
