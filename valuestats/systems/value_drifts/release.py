"""LLMDrift's opinion answers of March and June 2023, and question groups over the checkpoints of a fine-tuning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.base.files import sha256_file
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.ingest.surveys.answer_options import is_refusal_option
from valuestats.tables import Responses

Unit = Literal["question", "wave"]
VERSIONS = {
    "openaichat/gpt-4-0314": ("GPT-4", "March 2023"),
    "openaichat/gpt-4-0613": ("GPT-4", "June 2023"),
    "openaichat/gpt-3.5-turbo-0301": ("GPT-3.5", "March 2023"),
    "openaichat/gpt-3.5-turbo-0613": ("GPT-3.5", "June 2023"),
}
"""What the release calls a version, and the model and the month that it is of."""
_OPTION = re.compile(r"^\(([A-Z])\)\.? *(.*)$", re.MULTILINE)
_PUBLISHED = re.compile(r"\s*\(([A-Z])\)")
_LETTER = re.compile(r"\s*(?:\(([A-Z])\)|([A-Z])(?:[).:]|\s*$))")


@checked
def read_llmdrift(
    path: str | Path, *, unit: Unit = "question", compat: Literal["published"] | None = None
) -> Responses:
    """Answers of two versions of two models to the questions of OpinionQA.

    Parameters
    ----------
    path
        ``OPINIONQA_EVAL.csv`` of the release, or the same with ``.gz``.
    unit
        What intervals resample: each question, or the survey wave that it is from, whose questions share a topic.
    compat
        ``"published"``: an answer counts as given where it starts with a letter in parentheses that is not the option
        "Refused". Else a letter with a full stop or alone counts as well, and the option's own text, while options such
        as "Not sure" are no answers either.

    Returns
    -------
    Responses
        ``model`` (GPT-4, GPT-3.5), ``condition`` (March 2023, June 2023), ``item`` (the question; numbered where several
        have one name), ``cluster`` where waves are the unit, ``answer`` (place of the option, from 1), ``status``: the
        option "Refused" and texts that say no are ``refusal``.

    Raises
    ------
    InputError
        A missing column, a version that is not known, a question without options; with the row.

    Examples
    --------
    ::

        response_drift(read_llmdrift("OPINIONQA_EVAL.csv"), step="condition", steps=["March 2023", "June 2023"], by="model")
    """
    file = existing(path)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    _require(frame, ["model", "id", "query", "answer"], file)
    unknown = ~frame["model"].isin(list(VERSIONS))
    _refuse(frame, unknown, "model", f"one of {', '.join(VERSIONS)}", file)
    texts = {query: _OPTION.findall(query) for query in frame["query"].unique()}
    empty = frame["query"].map(lambda q: not texts[q])
    _refuse(frame, empty, "query", "options such as (A). Yes", file)
    read = [_read(a, texts[q], compat) for a, q in zip(frame["answer"], frame["query"], strict=True)]
    question = frame["query"].groupby(frame["id"]).transform(lambda q: pd.factorize(q)[0])
    several = question.groupby(frame["id"]).transform("max") > 0
    made = pd.DataFrame(
        {
            "model": frame["model"].map(lambda m: VERSIONS[m][0]),
            "condition": frame["model"].map(lambda m: VERSIONS[m][1]),
            "item": frame["id"].where(~several, frame["id"] + " " + (question + 1).astype(str)),
            "raw": frame["answer"],
            "answer": pd.array([code for code, _ in read], dtype="Int64"),
            "status": [status for _, status in read],
            "source_file": file.name,
            "source_sha256": sha256_file(file),
            "source_row": np.arange(len(frame)),
        }
    )
    if unit == "wave":
        made["cluster"] = frame["id"].str.rsplit("_", n=1).str[-1]
    made["epoch"] = made.groupby(["model", "condition", "item"]).cumcount() + 1
    return Responses(made)


def _read(answer: str, options: Sequence[tuple[str, str]], compat: str | None) -> tuple[int | None, str]:
    """Place of the option that a text states, and the status."""
    letters = [letter for letter, _ in options]
    found = (_PUBLISHED if compat else _LETTER).match(answer)
    letter = next((x for x in found.groups() if x), None) if found else None
    if letter is None and not compat:
        plain = answer.strip().rstrip(".").lower()
        letter = next((x for x, text in options if text.strip().rstrip(".").lower() == plain), None)
    if letter in letters:
        place = letters.index(letter)
        text = options[place][1].strip()
        refused = text.lower().startswith("refused") if compat else is_refusal_option(text)
        return (None, "refusal") if refused else (place + 1, "valid")
    if not answer.strip():
        return None, "empty"
    rules, folded = load_refusal_rules(), " ".join(answer.lower().split())
    says_no = rules.refuses(folded) is not None or rules.disclaims(folded) is not None
    return None, "refusal" if says_no else "unparsable"


@checked
def answered_sensitive(path: str | Path) -> pd.DataFrame:
    """How many of LLMDrift's sensitive questions each version answered, by the release's own judgement.

    Parameters
    ----------
    path
        ``SENSITIVEQ_EVAL.csv`` of the release, or the same with ``.gz``.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``condition``, ``answered``, ``asked``.

    Raises
    ------
    InputError
        A missing column, a version that is not known, a judgement that is not 0 or 1.

    Examples
    --------
    ::

        answered_sensitive("SENSITIVEQ_EVAL.csv")
    """
    file = existing(path)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    _require(frame, ["model", "Response Rate"], file)
    _refuse(frame, ~frame["model"].isin(list(VERSIONS)), "model", f"one of {', '.join(VERSIONS)}", file)
    _refuse(frame, ~frame["Response Rate"].isin(["0", "1"]), "Response Rate", "0 or 1", file)
    frame["answered"] = frame["Response Rate"].astype(int)
    counts = frame.groupby("model")["answered"].agg(answered="sum", asked="size").reset_index()
    versions = counts["model"].map(VERSIONS)
    return pd.DataFrame(
        {
            "model": versions.str[0],
            "condition": versions.str[1],
            "answered": counts["answered"],
            "asked": counts["asked"],
        }
    )


@checked
def read_checkpoint_groups(path: str | Path, variants: Sequence[str]) -> pd.DataFrame:
    """Yes and no to groups of questions along the checkpoints of fine-tuning runs, as shares of each answer.

    Parameters
    ----------
    path
        ``checkpoint_group_stance.csv`` of the prepared data.
    variants
        Names of the runs, whose checkpoints must be the same.

    Returns
    -------
    pandas.DataFrame
        ``variant``, ``item`` (the group of questions), ``step`` (a number), ``stance`` (yes, no), ``share``: the probability
        given to yes and no times the part of it that each has; what is left over went to other tokens.

    Raises
    ------
    InputError
        A missing column, no such run, a probability beyond [0, 1]; with the row.

    Examples
    --------
    ::

        stance_drift(read_checkpoint_groups("checkpoint_group_stance.csv", ["ablation_easyall"]), by="variant")
    """
    file = existing(path)
    frame = pd.read_csv(file)
    _require(frame, ["variant", "checkpoint", "group", "p_yes", "mass"], file)
    known = set(frame["variant"].dropna())
    absent = [v for v in variants if v not in known]
    if absent or not variants:
        raise InputError(
            "no such run",
            parameter="variants",
            got=", ".join(absent),
            expected=", ".join(sorted(known)),
            file=file,
        )
    own = frame[frame["variant"].isin(list(variants)) & frame["checkpoint"].str.startswith("step_")]
    for column in ("p_yes", "mass"):
        _refuse(own, ~own[column].between(0, 1), column, "a probability", file)
    common = {
        "variant": own["variant"],
        "item": own["group"],
        "step": own["checkpoint"].str.removeprefix("step_").astype(int),
    }
    parts = (("yes", own["p_yes"] * own["mass"]), ("no", (1 - own["p_yes"]) * own["mass"]))
    return pd.concat([pd.DataFrame({**common, "stance": s, "share": x}) for s, x in parts], ignore_index=True)


def existing(path: str | Path) -> Path:
    """The file, or the compressed one beside its name.

    Raises
    ------
    InputError
        There is neither.
    """
    file = Path(path)
    if not file.exists():
        file = file.with_name(file.name + ".gz")
    if not file.is_file():
        raise InputError("no such file", file=file)
    return file


def _require(frame: pd.DataFrame, columns: Sequence[str], file: Path) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(
            "the file lacks columns", file=file, parameter=", ".join(missing), expected=", ".join(columns)
        )


def _refuse(frame: pd.DataFrame, wrong: pd.Series, column: str, expected: str, file: Path) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            "a value that may not stand there",
            file=file,
            row=row,
            parameter=column,
            got=str(frame[column].iloc[row])[:60],
            expected=expected,
        )
