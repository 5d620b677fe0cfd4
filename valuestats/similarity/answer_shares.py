"""Models' answers as shares of options: from a table of responses to what is compared with people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.base.labels import counted, listed
from valuestats.counting.grouped import count_answers
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.instruments.scale import AnswerScale, normalise_text
from valuestats.tables import Population, Responses

Labels = Mapping[Any, Any]
NoAnswer = Literal["exclude", "include"]
Unmatched = Literal["error", "leave_out"]

CONDITIONS = ("persona", "language", "condition")
"""Columns that are no part of a group's name: they say under which condition it answered."""
_TELLING = 3  # questions of which none has an answer 0: they tell how codes are counted


@formerly(responses="answers")
@checked
def answer_shares(
    answers: Responses,
    *,
    by: str | Sequence[str] | None = None,
    options: AnswerScale | Labels | None = None,
    like: Population | None = None,
    no_answer: NoAnswer = "exclude",
    unmatched: Unmatched = "error",
) -> ModelAnswers:
    r"""How often each option was answered, item by item, as a `Population` whose groups are models.

    The share of option k of item q in group g is :math:`n_{gqk} / \sum_k n_{gqk}`, :math:`n` the number of valid answers,
    every epoch, wording and order of options counting once. Options that nobody chose have a share of 0.

    Parameters
    ----------
    answers
        The answers; those that are not valid are no option (but see `no_answer`).
    by
        Columns that name a group; several are joined as ``"a × b"`` and stay as columns. ``persona``, ``language`` and
        ``condition`` are not part of the name but columns of their own, as verbs of similarity want them. Where None:
        ``model``, and those of the three that hold anything.
    options
        Texts of the codes: an `AnswerScale`, ``{code: text}`` for all items, or ``{item: {code: text}}``.
    like
        People's shares to be compared with: questions are matched by their identifier, options by their text (case, blanks
        and outer punctuation set aside) or, where `options` is not given, by their position; texts, positions and
        ``ordered`` are then theirs.
    no_answer
        ``"include"`` makes each other status an option ("refusal", …) after the others; not with `like`.
    unmatched
        What to do where an answered code is no option of `like`, or has no text: ``"error"`` names the questions,
        ``"leave_out"`` leaves them out.

    Returns
    -------
    ModelAnswers
        A `Population` with ``n`` (valid answers) and ``n_asked``.

    Raises
    ------
    SpecificationError
        No valid answer, options that do not match, no question in common.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "item": "q", "epoch": [1, 2, 3], "raw": "x", "answer": [1, 2, 2],
    ...     "status": "valid", "source_file": "a.csv", "source_sha256": "0", "source_row": [0, 1, 2]})
    >>> shares = answer_shares(Responses(frame), options={1: "yes", 2: "no", 3: "perhaps"})
    >>> shares.frame[["option", "share"]].round(2).to_numpy().tolist()
    [['yes', 0.33], ['no', 0.67], ['perhaps', 0.0]]
    """
    frame = answers.frame
    if by is None:
        by = ["model", *(c for c in CONDITIONS if c in frame.columns and frame[c].notna().any())]
    columns = [by] if isinstance(by, str) else list(by)
    names = [c for c in columns if c not in CONDITIONS]
    if not names or len(set(columns)) < len(columns):
        raise SpecificationError(
            "a group needs a name", parameter="by", got=listed(columns), expected="such as model"
        )
    if like is not None and no_answer == "include":
        raise SpecificationError(
            "people's shares have no statuses",
            parameter="no_answer",
            got="include with like",
            expected="exclude",
        )
    counts = count_answers(answers, by=[*columns, "item"])
    asked = counts.groupby([*columns, "item"], dropna=False, observed=True)["count"].sum().rename("n_asked")
    valid = counts["status"] == "valid"
    if not valid.any():
        raise SpecificationError("no valid answer", parameter="answers", got=counted(len(frame), "row"))
    known = _options(counts[valid], options, like, unmatched)
    chosen = counts[valid].merge(known, on=["item", "answer"], how="inner")
    if no_answer == "include":
        last = known.groupby("item", observed=True)["position"].max()
        other = counts[~valid & (counts["status"] != "not_administered")].assign(option=lambda f: f["status"])
        other = other[other["item"].isin(last.index)]
        order = {s: n for n, s in enumerate(sorted(other["status"].unique()), 1)}
        other = other.assign(
            position=other["item"].map(last).to_numpy(float) + other["status"].map(order).to_numpy(float)
        )
        chosen = pd.concat([chosen, other], ignore_index=True)
        extra = other[["item", "option", "position"]].drop_duplicates()
        known = pd.concat([known, extra], ignore_index=True)
    cells = chosen[[*columns, "item"]].drop_duplicates()
    whole = cells.merge(known.drop(columns="answer").drop_duplicates(), on="item")
    found = chosen.groupby([*columns, "item", "option"], dropna=False, observed=True)["count"].sum()
    whole = whole.merge(found.reset_index(), on=[*columns, "item", "option"], how="left")
    whole["count"] = whole["count"].fillna(0)
    whole["n"] = whole.groupby([*columns, "item"], dropna=False, observed=True)["count"].transform("sum")
    whole["share"] = whole["count"] / whole["n"]
    whole = whole.merge(asked.reset_index(), on=[*columns, "item"], how="left")
    group = whole[names[0]].astype(str)
    for name in names[1:]:
        group = group + " × " + whole[name].astype(str)
    if names == ["model"]:
        whole = whole.drop(columns="model")
    kept = whole.drop(columns="count").rename(columns={"item": "question"})
    kept.insert(0, "group", group.to_numpy())
    return ModelAnswers(kept.sort_values(["group", "question", "position"], ignore_index=True))


def as_shares(answers: Population | Responses, people: Population) -> Population:
    """Models' answers as shares of people's options: shares as they are, responses by `answer_shares`."""
    return answers if isinstance(answers, Population) else answer_shares(answers, like=people)


def _options(
    valid: pd.DataFrame, options: AnswerScale | Labels | None, like: Population | None, unmatched: Unmatched
) -> pd.DataFrame:
    """Options of each item: ``item, answer, option, position`` and ``ordered`` where it is known."""
    items = sorted(valid["item"].unique(), key=str)
    own = None if options is None else _texts(items, options)
    codes = valid[["item", "answer"]].drop_duplicates().astype({"answer": "Int64"})
    if like is None:
        if own is None:
            known = codes.sort_values(["item", "answer"]).assign(option=lambda f: f["answer"].astype(str))
        else:
            known = own
        return _all_known(codes, known.assign(position=known["answer"].astype(float)), unmatched)
    theirs = like.frame[["question", "option", "position", *(["ordered"] if "ordered" in like.frame else [])]]
    theirs = theirs.drop_duplicates(["question", "option"]).rename(columns={"question": "item"})
    shared = theirs[theirs["item"].isin(items)]
    if shared.empty:
        raise SpecificationError(
            "models and people share no question",
            parameter="like",
            got=f"items such as {listed([str(i) for i in items[:3]])}",
            expected=f"identifiers such as {listed([str(q) for q in theirs['item'].unique()[:3]])}",
        )
    codes = codes[codes["item"].isin(shared["item"])]
    if own is None:
        _require_one_count(codes, shared)
        known = shared.assign(answer=shared["position"].where(shared["position"] % 1 == 0).astype("Int64"))
        return _all_known(codes, known, unmatched)
    own = own.assign(text=own["option"].map(normalise_text)).drop(columns="option")
    known = shared.assign(text=shared["option"].astype(str).map(normalise_text)).merge(
        own, on=["item", "text"], how="left"
    )
    return _all_known(codes, known.drop(columns="text").astype({"answer": "Int64"}), unmatched)


def _require_one_count(codes: pd.DataFrame, shared: pd.DataFrame) -> None:
    """Refuse codes that count from 1 where the options' positions count from 0: all would be taken for their neighbours."""
    first = shared.groupby("item", observed=True)["position"].min()
    if codes["item"].nunique() >= _TELLING and (first == 0).all() and codes["answer"].min() == 1:
        raise SpecificationError(
            "positions of people's options count from 0, and no answer of any question is 0",
            parameter="options",
            got=f"codes {codes['answer'].min()} to {codes['answer'].max()}, positions 0 to {shared['position'].max():g}",
            expected="codes that are positions, or a text for every code",
            hint="pass options={code: text}, or count positions as the codes do",
        )


def _texts(items: Sequence[Any], options: AnswerScale | Labels) -> pd.DataFrame:
    """Texts of the codes, item by item."""
    labels: Labels = options.options if isinstance(options, AnswerScale) else options
    nested = bool(labels) and all(isinstance(v, Mapping) for v in labels.values())
    rows = []
    for item in items:
        own = labels.get(item, labels.get(str(item), {})) if nested else labels
        rows += [(item, int(code), str(text)) for code, text in own.items()]
    frame = pd.DataFrame(rows, columns=["item", "answer", "option"]).astype({"answer": "Int64"})
    twice = frame[frame.duplicated(["item", "option"])]
    if len(twice):
        raise SpecificationError(
            "two codes have one text",
            parameter="options",
            got=f"{twice['option'].iloc[0]} of {twice['item'].iloc[0]}",
        )
    return frame


def _all_known(codes: pd.DataFrame, known: pd.DataFrame, unmatched: Unmatched) -> pd.DataFrame:
    """The options, after what is to be done with questions whose answered codes are none of them."""
    found = codes.merge(
        known[["item", "answer"]].dropna().assign(known=True), on=["item", "answer"], how="left"
    )
    lost = found[found["known"].isna()]
    if lost.empty:
        return known
    names = lost["item"].unique()
    if unmatched == "error" or len(names) == codes["item"].nunique():
        examples = [f"{row['answer']} of {row['item']}" for _, row in lost.head(4).iterrows()]
        raise SpecificationError(
            f"answers to {counted(len(names), 'question')} are none of the options",
            parameter="options",
            got=listed(examples),
            expected="a text for every code, the same as people's",
            hint="pass options={code: text} or {item: {code: text}}, or unmatched='leave_out'",
        )
    return known[~known["item"].isin(names)]
