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
from valuestats.ingest.surveys.answer_options import is_refusal_option
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.instruments.scale import AnswerScale, normalise_text
from valuestats.similarity.whole_options import continued
from valuestats.tables import Population, Responses

Labels = Mapping[Any, Any]
NoAnswer = Literal["exclude", "include"]
Unmatched = Literal["error", "leave_out"]

CONDITIONS = ("persona", "language", "condition")
"""Columns that are no part of a group's name: they say under which condition it answered."""
_POOLED = ("persona", "condition")
"""Conditions whose answers are not to be pooled; languages may be, as more ways to ask."""
_TELLING = 3  # questions of which none has the first answer: they tell how codes are counted


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
        and outer punctuation set aside) or, where `options` is not given, by their code: the column ``code`` of `like`
        (which surveys with labelled codes have), or options that are numbers themselves. Bare codes and options in words
        are an error. Texts, positions and ``ordered`` are then people's.
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
        No valid answer, options that do not match, bare codes beside people's options in words, no question in common,
        answers under several personas or conditions that `by` would pool.

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
    _require_apart(frame, columns)
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


def _require_apart(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse to pool answers under several personas or conditions."""
    for name in _POOLED:
        if name in frame.columns and name not in columns and len(frame[name].unique()) > 1:
            found = sorted(map(str, frame[name].dropna().unique()))
            raise SpecificationError(
                f"answers under several {name}s would be pooled",
                parameter="by",
                got=f"{listed(list(columns))}, and {name}s {', '.join(found[:6])}"
                + ("; and none" if frame[name].isna().any() else ""),
                expected=f"{name} among `by`, or answers of one {name}",
                hint=f"by={[*columns, name]}",
            )


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
    carried = [c for c in ("ordered", "code", "people") if c in like.frame]
    theirs = like.frame[["question", "option", "position", *carried]]
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
        known = _by_code(codes, shared, unmatched)
        return _all_known(codes[codes["item"].isin(known["item"])], known, unmatched)
    own = own.assign(text=own["option"].map(normalise_text))
    known = shared.assign(text=shared["option"].astype(str).map(normalise_text)).merge(
        own.drop(columns="option"), on=["item", "text"], how="left"
    )
    if "people" in known.columns:  # counted from single answers: what nobody chose does not stand there
        known = pd.concat([known, _chosen_by_nobody(own, known)], ignore_index=True)
    known = known.drop(columns=["text", *(c for c in ("code", "people") if c in known.columns)])
    return _all_known(codes, known.astype({"answer": "Int64"}), unmatched)


def _chosen_by_nobody(own: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Options that nobody chose, of items whose texts hold all of people's options and more."""
    lacking = known.loc[known["answer"].isna() & ~known["option"].astype(str).map(is_refusal_option), "item"]
    items = set(known["item"]) - set(lacking)
    told = own[own["item"].isin(items)].merge(known[["item", "text"]].assign(there=True), how="left")
    extra = told[told["there"].isna() & ~told["option"].map(is_refusal_option)]
    out = []
    for item, part in extra.groupby("item", sort=False):
        theirs, ours = known[known["item"] == item], own[own["item"] == item]
        at = {str(text): float(x) for text, x in zip(theirs["text"], theirs["position"], strict=True)}
        codes = {str(text): float(x) for text, x in zip(ours["text"], ours["answer"], strict=True)}
        places, agree = continued(at, codes, part["text"].tolist())
        row = part[["item", "answer", "option", "text"]].assign(position=part["text"].map(places))
        if "ordered" in known:
            row["ordered"] = agree and bool(theirs["ordered"].eq(True).all())
        out.append(row)
    return pd.concat(out) if out else extra[["item", "answer", "option", "text"]]


def _by_code(codes: pd.DataFrame, shared: pd.DataFrame, unmatched: Unmatched) -> pd.DataFrame:
    """People's options with their codes: of the survey, or their texts where these are numbers."""
    code = pd.to_numeric(shared["option"], errors="coerce")
    if "code" in shared.columns:
        code = pd.to_numeric(shared["code"], errors="coerce").fillna(code)
    refusal = shared["option"].astype(str).map(is_refusal_option)
    wordy = shared.loc[code.isna() & ~refusal, "item"].unique()
    known = shared.assign(answer=code.where(code % 1 == 0).astype("Int64"))
    known = known.drop(columns=[c for c in ("code", "people") if c in known.columns])
    if len(wordy) and (unmatched == "error" or len(wordy) == shared["item"].nunique()):
        first = wordy[0]
        given = sorted(codes.loc[codes["item"] == first, "answer"])
        options = shared.loc[shared["item"] == first, "option"].astype(str).tolist()
        raise SpecificationError(
            "people's options are words and the answers bare codes, so that nothing tells which is which",
            parameter="options",
            got=f"{first}: codes {', '.join(map(str, given[:6]))}; options {', '.join(options[:6])}",
            expected="a text for every code, or people's codes",
            hint="answer_shares(answers, options={code: text}) before; or codes of people's options in a column `code`, as "
            "read_survey(labels={question: {code: text}}) and survey_answers give them",
        )
    known = known[~known["item"].isin(wordy)]
    _require_one_count(codes, known)
    return known


def _require_one_count(codes: pd.DataFrame, shared: pd.DataFrame) -> None:
    """Refuse codes that count from 1 where people's count from 0, or the other way round: all would be their neighbours'."""
    first = shared.groupby("item", observed=True)["answer"].min()
    start = codes["answer"].min()
    starts = set(first.dropna().astype(int))
    if codes["item"].nunique() < _TELLING or len(starts) != 1 or starts | {int(start)} != {0, 1}:
        return
    theirs, last = starts.pop(), int(shared["answer"].max())
    raise SpecificationError(
        f"people's codes count from {theirs}, the answers' from {start}",
        parameter="options",
        got=f"answers {start} to {codes['answer'].max()}, people's codes {theirs} to {last}",
        expected="codes that count alike, or a text for every code",
        hint="pass options={code: text}",
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
