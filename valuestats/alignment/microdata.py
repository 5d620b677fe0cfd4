"""Single answers of people from a survey file or from a table of one answer a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.surveys.answer_options import scale_order
from valuestats.ingest.tabular.files import read_table
from valuestats.similarity.options import declared_scales
from valuestats.tables import Survey
from valuestats.tables.survey import VALID, Code, Variable, code_text

WEIGHT = "weight"
"""Name of the column of design weights in the answers of a survey."""
PSU = "psu"
"""Name of the column of sampling units."""


@checked
def survey_answers(
    survey: Survey,
    questions: Sequence[str],
    *,
    by: Sequence[str] = (),
    respondent: str | None = None,
    ordered: bool | None = None,
) -> pd.DataFrame:
    """The answers of a survey, one a row, in the form that `group_shares` and its like take.

    Options are the labelled substantive codes in the order of their codes, or the codes in use where there are no
    labels; what is no substantive answer ("Don't know", not asked, an empty cell) is an answer without an option.
    Answers in words stand in the order in which ``read_survey(labels={"q*": ["Strongly favor", …, "Strongly oppose"]})``
    gave them, else in that of a known scale; where nothing tells their order, it is that of the alphabet and no scale.

    Parameters
    ----------
    survey
        What `read_survey` returned.
    questions
        Names of variables, or patterns such as ``"Q*"``.
    by
        Variables that make the groups; they go along as their labels.
    respondent
        Variable that identifies people; the row's number where None.
    ordered
        Whether the options form a scale; by default questions are ordered whose labels form a known scale.

    Returns
    -------
    pandas.DataFrame
        ``respondent, question, text, option, position, ordered``, the columns of `by`, ``code`` (the option's number in the
        file, where options have one; answers of models in codes are matched by it), and where the survey declares them
        ``weight`` and ``psu`` (the sampling unit).

    Raises
    ------
    SpecificationError, InputError
        No such variable, nothing that fits a pattern, a question that is also a group, no substantive answer, or words whose
        order nothing tells and that are to be ``ordered``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables.survey import Variable
    >>> survey = Survey(pd.DataFrame({"q": [2.0, 1.0, 9.0], "sex": ["f", "m", "f"]}),
    ...     {"q": Variable("q", "Agree?", {1.0: "Yes", 2.0: "No", 9.0: "Don't know"}, {9.0: "dont_know"})})
    >>> survey_answers(survey, ["q"], by=["sex"])[["option", "position", "sex"]].to_numpy().tolist()
    [['No', 1.0, 'f'], ['Yes', 0.0, 'm'], [nan, nan, 'f']]
    """
    names = _variables(survey, questions)
    both = [n for n in names if n in set(by)]
    if both:
        raise SpecificationError(
            "a variable is a question and a group", parameter="questions", got=", ".join(both)
        )
    long = survey.to_long(names, by=by, respondent=respondent)
    parts = []
    for name, part in long.groupby("item", sort=False):
        known = survey.variable(str(name))
        given = part["code"].where((part["status"] == VALID).to_numpy())
        in_use = sorted(given.dropna().unique(), key=lambda c: (isinstance(c, str), c))
        codes = list(dict.fromkeys([*known.options, *in_use]))
        told = _known_order(known, codes)
        if ordered and told is None and len(codes) > 2:
            raise _no_order(str(name), codes)
        codes = codes if told is None else told
        labels = [known.labels.get(c) or code_text(c) for c in codes]
        # Two codes of one label stay two options.
        texts = [
            t if labels.count(t) == 1 else f"{t} ({code_text(c)})" for c, t in zip(codes, labels, strict=True)
        ]
        parts.append(
            part.assign(
                text=known.label or str(name),
                option=given.map(dict(zip(codes, texts, strict=True))),
                position=given.map({c: i for i, c in enumerate(codes)}),
                code=pd.to_numeric(given, errors="coerce"),
            )
        )
    frame = pd.concat(parts, ignore_index=True).rename(columns={"item": "question"})
    if frame["option"].isna().all():
        raise InputError("survey: no substantive answer", parameter="questions", got=", ".join(names[:8]))
    codes_known = [] if frame["code"].isna().all() else ["code"]
    columns = ["respondent", "question", "text", "option", "position", *codes_known, *by]
    frame = frame[[*columns, *([WEIGHT] if survey.weighted else [])]]
    if survey.design.cluster is not None and PSU not in frame.columns:
        frame = frame.assign(**{PSU: frame["respondent"].map(_sampling_units(survey, respondent)).to_numpy()})
    if ordered is not None:
        return frame.assign(ordered=ordered)
    scaled = declared_scales(frame.dropna(subset="option"))
    known_scales = scaled.drop_duplicates("question").set_index("question")["ordered"]
    return frame.assign(ordered=frame["question"].map(known_scales).fillna(False).astype(bool))


def _known_order(known: Variable, codes: Sequence[Code]) -> list[Code] | None:
    """The codes as they were given or as a known scale has them; None where nothing tells the order of words."""
    words = [c for c in codes if isinstance(c, str)]
    if len(words) < len(codes) or set(codes) <= set(known.options):
        return list(codes)
    return None if (found := scale_order(words)) is None else list(found)


def _no_order(question: str, codes: Sequence[Code]) -> SpecificationError:
    return SpecificationError(
        "nothing tells the order of options in words",
        parameter="ordered",
        got=f"True for {question} with {', '.join(map(str, codes[:6]))}",
        expected="labels in the order of the scale",
        hint=f"read_survey(path, labels={{{question!r}: [lowest, …, highest]}})",
    )


def _sampling_units(survey: Survey, respondent: str | None) -> dict[object, str]:
    """The sampling unit of each respondent, by its stratum too, as units of two strata may have one number."""
    design = survey.design
    parts = [survey.frame[c].astype(str) for c in (design.strata, design.cluster) if c is not None]
    unit = parts[0] if len(parts) == 1 else parts[0] + "/" + parts[1]
    who = range(len(survey)) if respondent is None else survey.frame[respondent]
    return dict(zip(who, unit, strict=True))


def _variables(survey: Survey, wanted: Sequence[str]) -> list[str]:
    found: list[str] = []
    for pattern in [wanted] if isinstance(wanted, str) else wanted:
        names = [str(n) for n in survey.frame.columns if fnmatchcase(str(n), pattern)]
        if not names:
            survey.require(pattern, parameter="questions")
        found += names
    if not found:
        raise SpecificationError("no questions are named", parameter="questions", got="none")
    return list(dict.fromkeys(found))


def read_answers(path: str | Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A table of one answer a row: ``respondent``, ``question``, ``option``, and whatever else it holds.

    Parameters
    ----------
    path
        CSV, TSV, Parquet, JSON or JSON Lines, plain or compressed.
    columns
        Name here to name in the file, such as ``{"respondent": "caseid"}``; the others keep their names.

    Returns
    -------
    pandas.DataFrame
        With ``ordered`` where the table has none: true for questions whose options form a known scale.

    Raises
    ------
    InputError
        The file can't be read, or lacks a column.
    """
    frame = read_frame(path, columns)
    missing = [n for n in ("respondent", "question", "option") if n not in frame.columns]
    if missing:
        raise InputError(
            "a column is missing",
            file=path,
            parameter="columns",
            got=f"columns {', '.join(map(str, frame.columns))[:200]}",
            expected=", ".join(missing),
            hint="name it under `columns`, or read a file of one row per person with read_survey and survey_answers",
        )
    if "position" in frame.columns and "ordered" not in frame.columns:
        scaled = declared_scales(frame.dropna(subset="option"))
        known = scaled.drop_duplicates("question").set_index("question")["ordered"]
        frame["ordered"] = frame["question"].map(known).fillna(False).astype(bool)
    return frame


def read_frame(path: str | Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A table of any kind; columns of which every value is a number are numbers.

    Parameters
    ----------
    path, columns
        As in `read_answers`.

    Raises
    ------
    InputError
        The file can't be read, or `columns` names a column that it lacks.
    """
    table = read_table(path)
    renamed = {theirs: ours for ours, theirs in (columns or {}).items()}
    absent = [name for name in renamed if name not in table.names]
    if absent:
        raise InputError(
            "the table has no such column",
            file=path,
            parameter="columns",
            got=", ".join(absent),
            expected=", ".join(table.names),
        )
    found = {}
    for name in table.names:
        column = table.column(name)
        if column is None:
            continue
        column = column.where(column.notna() & (column.astype(str) != ""))
        numbers = pd.to_numeric(column, errors="coerce")
        text = column.astype("str")
        # Codes such as "007" are names and stay texts.
        plain = numbers.notna().any() and bool((numbers.isna() == column.isna()).all())
        padded = bool(text[column.notna()].str.fullmatch(r"0\d+").any())
        found[renamed.get(name, name)] = numbers if plain and not padded else text.where(column.notna())
    return pd.DataFrame(found)
