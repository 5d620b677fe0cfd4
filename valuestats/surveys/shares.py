"""How people answered: weighted shares by group with design-based uncertainty."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.surveys.linearisation import (
    ShareInterval,
    Shares,
    SinglePsu,
    kish_size,
    linearised_shares,
    share_interval,
    single_strata,
)
from valuestats.tables import Survey
from valuestats.tables.survey import VALID, Code, code_text

NoAnswer = Literal["exclude", "include"]
Unresolved = Literal["error", "report"]

NOT_IN_BASE = ("not_applicable", "not_asked", "no_value")
"""Classes that never belong to the base of a share: nobody was asked, or nothing was recorded."""

RAKED = "raked weights"
"""Kind of a survey's finding which says that its weights were raked."""

_INTERVALS = {"logit": "logit, linearised", "korn_graubard": "Korn-Graubard"}
_FEW = 30
_MOST_OPTIONS = 200


@checked
def population_shares(
    survey: Survey,
    questions: str | Sequence[str],
    *,
    by: str | Sequence[str] | None = None,
    no_answer: NoAnswer = "exclude",
    interval: ShareInterval = "logit",
    single_psu: SinglePsu = "error",
    unresolved: Unresolved = "error",
    level: float = 0.95,
) -> Result:
    r"""Share of each option of each question, by group, with design-based standard errors and intervals.

    Estimand: the share of the population of a group that would give an answer, among those who give a substantive one
    (``no_answer="include"``: among all who were asked). Estimator: the weighted ratio
    :math:`\hat p = \sum w_i 1[y_i = k] / \sum w_i`, its variance by Taylor linearisation over the strata and
    clusters that the survey declares, clusters taken as drawn with replacement. A group is a domain of the
    whole design, not a survey of its own. Estimates and standard errors are those of R's ``survey`` and of ``svy``.

    Parameters
    ----------
    survey
        Respondents with their design.
    questions
        Names of variables.
    by
        One or several columns; several make their intersections (``"female | 60+"``).
    no_answer
        Don't know, refused, no answer and other missing codes: ``"exclude"`` them from the base (their shares are in
        ``meta["no_answer"]``), or ``"include"`` them as options. Not applicable, not asked and empty cells are never
        in the base.
    interval
        ``"logit"``: t interval on the logit scale; ``"korn_graubard"``: Clopper-Pearson with the effective size, wider and
        safer for rare answers. At shares of 0 and 1 both give the Clopper-Pearson limit with Kish's effective size.
    single_psu
        A stratum with one cluster: ``"error"``, ``"centre"`` (around the grand mean, R's ``adjust``) or ``"remove"``.
    unresolved
        What to do where the survey's findings leave open whether a code of a variable is an answer (a 99 without a label,
        a text "NA"): ``"error"``, or ``"report"`` to take the codes as they are classified and say so.
    level
        Probability inside the interval.

    Returns
    -------
    Result
        Kind ``"population_shares"``, keys ``group, question, option``; besides ``code``, ``position``, ``deff`` (against
        simple random sampling with replacement), ``n_effective`` (n / deff), ``n_kish``
        (:math:`(\sum w)^2 / \sum w^2`), ``df`` and the columns of `by`. ``n_scored`` counts respondents of positive
        weight in the base, ``n_asked`` those who were asked. Null where a group has no answers.

    Raises
    ------
    SpecificationError
        A stratum with one cluster (unless declared), a question with no answers or with too many different ones, codes
        that are not settled (unless told to go on).
    InputError
        No such variable.

    References
    ----------
    Binder (1983); Korn and Graubard (1998); Kish (1965); Lumley (2010), Complex Surveys.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import Survey, SurveyDesign
    >>> frame = pd.DataFrame({"q": [1, 1, 2, 2, 2, 1], "w": [1, 1, 1, 1, 1, 3], "sex": list("fffmmm")})
    >>> found = population_shares(Survey(frame, design=SurveyDesign("w")), "q", by="sex")
    >>> found.estimates[["group", "option", "estimate"]].round(3).to_numpy().tolist()
    [['f', '1', 0.667], ['f', '2', 0.333], ['m', '1', 0.6], ['m', '2', 0.4]]
    """
    started = time.perf_counter()
    names = [questions] if isinstance(questions, str) else list(questions)
    if not names:
        raise SpecificationError("no question is named", parameter="questions", got="none")
    columns = [] if by is None else [by] if isinstance(by, str) else list(by)
    open_codes = _open_codes(survey, [*names, *columns], unresolved)
    groups = _groups(survey, columns)
    strata, psu = _design_codes(survey, single_psu)
    weight = survey.weights()
    rows, silent = [], []
    for name in names:
        question = _question(survey, name, no_answer)
        inside = np.where(question.option >= 0, groups.code, -1)
        shape = (len(groups.names), len(question.labels))
        found = linearised_shares(question.option, inside, weight, strata, psu, shape, single_psu)
        rows.append(_rows(name, question, groups, found, level, interval, weight))
        silent += _silent(name, question, groups, weight)
    estimates = pd.concat(rows, ignore_index=True)
    meta = make_meta(
        "weighted shares by Taylor linearisation" if survey.weighted else "unweighted shares",
        {
            "questions": names,
            "by": columns,
            "no_answer": no_answer,
            "interval": interval,
            "single_psu": single_psu,
            "unresolved": unresolved,
            "level": level,
            "design": survey.design.columns(),
        },
        citations=["Binder (1983)", "Korn & Graubard (1998)", "Kish (1965)", "Lumley (2010)"],
        inputs={} if survey.source_file is None else {survey.source_file: str(survey.source_sha256)},
        warnings=[*open_codes, *_notes(survey, groups, estimates)],
        seconds=time.perf_counter() - started,
        weighted=survey.weighted,
        no_answer=silent,
        n_respondents=len(survey),
        n_kish=kish_size(weight),
    )
    return Result("population_shares", estimates, ("group", "question", "option"), meta)


def _open_codes(survey: Survey, names: list[str], unresolved: Unresolved) -> list[str]:
    """What the findings leave open of these variables, as notes; an error unless it is to be reported."""
    found = survey.unresolved(names)
    told = [
        f"{row['variable']}: {row['found']} ({row['kind']}, {row['n']:,})" for row in found.to_dict("records")
    ]
    if told and unresolved == "error":
        first = found.iloc[0]
        raise SpecificationError(
            "it is not settled which codes are answers",
            parameter="questions, by",
            got="; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else ""),
            hint=f"read the survey with missing={{{first['variable']!r}: {{code: class}}}} (the class 'valid' makes a code "
            "an answer) or with labels=…, or go on with unresolved='report'",
        )
    return [f"not settled whether it is an answer: {text}" for text in told]


@dataclass(frozen=True)
class _Groups:
    """Group of each respondent (-1: none), names, the columns that make them up."""

    code: NDArray[np.intp]
    names: list[str]
    parts: pd.DataFrame
    without: int


@dataclass(frozen=True)
class _Question:
    """Option of each respondent (-1: not in the base), labels and codes of the options, and each one's status."""

    option: NDArray[np.intp]
    labels: list[str]
    codes: list[str]
    status: pd.Series
    asked: NDArray[np.bool_]


def _groups(survey: Survey, columns: list[str]) -> _Groups:
    if not columns:
        return _Groups(np.zeros(len(survey), dtype=np.intp), ["all"], pd.DataFrame(index=[0]), 0)
    if len(set(columns)) < len(columns):
        raise SpecificationError("a column stands twice", parameter="by", got=", ".join(columns))
    codes, orders = [], []
    for column in columns:
        survey.require(column, parameter="by")
        options = [text for _, text in _options(survey, column)]
        code, order = pd.factorize(survey.labelled(column), use_na_sentinel=True)
        place = {text: n for n, text in enumerate(dict.fromkeys([*options, *order]))}
        codes.append(np.where(code < 0, -1, np.array([place[t] for t in order] or [0])[code]))
        orders.append(list(place))
    table = np.stack(codes, axis=1)
    known = (table >= 0).all(axis=1)
    if not known.any():
        raise SpecificationError("nobody belongs to a group", parameter="by", got=", ".join(columns))
    found, inverse = np.unique(table[known], axis=0, return_inverse=True)
    code = np.full(len(survey), -1, dtype=np.intp)
    code[known] = inverse.ravel()
    parts = pd.DataFrame(
        {c: [orders[j][i] for i in found[:, j]] for j, c in enumerate(columns)}, index=range(len(found))
    )
    names = [" | ".join(row) for row in parts.itertuples(index=False)]
    return _Groups(code, names, parts, int((~known).sum()))


def _options(survey: Survey, name: str) -> list[tuple[Code, str]]:
    """Substantive codes, labelled or in use, with their texts; two codes of one label are told apart."""
    known = survey.variable(name)
    used = [c.item() if isinstance(c, np.generic) else c for c in survey.frame[name].dropna().unique()]
    codes: list[Code] = list(known.options) + [c for c in used if c not in known.labels]
    codes = [c for c in codes if known.class_of(c) == VALID]
    given = _given_order(survey, name)
    codes.sort(
        key=lambda c: (
            (0, float(c), "") if isinstance(c, int | float) else (1, given.get(c, len(given)), str(c))
        )
    )
    texts = [known.labels.get(c) or code_text(c) for c in codes]
    return [
        (c, t if texts.count(t) == 1 else f"{t} ({code_text(c)})") for c, t in zip(codes, texts, strict=True)
    ]


def _given_order(survey: Survey, name: str) -> dict[Code, int]:
    """Place of each text in the order in which labels were given, or of ordered categories."""
    kind = survey.frame[name].dtype
    ordered = list(kind.categories) if isinstance(kind, pd.CategoricalDtype) and kind.ordered else []
    return {code: n for n, code in enumerate(ordered or survey.variable(name).labels)}


def _question(survey: Survey, name: str, no_answer: NoAnswer) -> _Question:
    survey.require(name, parameter="questions")
    status = survey.status(name)
    options = _options(survey, name)
    if len(options) > _MOST_OPTIONS:
        raise SpecificationError(
            "too many different answers for shares of options",
            parameter="questions",
            got=f"{name}: {len(options)} different answers",
            expected=f"at most {_MOST_OPTIONS}",
            hint="name a question with answer options, or group the codes first",
        )
    valid = (status == VALID).to_numpy()
    if not valid.any():
        raise SpecificationError(
            "a question has no substantive answer",
            parameter="questions",
            got=f"{name}: " + ", ".join(f"{n:,} {k}" for k, n in status.value_counts().items() if n),
        )
    place = {code: n for n, (code, _) in enumerate(options)}
    codes, found = pd.factorize(survey.frame[name], use_na_sentinel=True)
    positions = [place.get(c.item() if isinstance(c, np.generic) else c, -1) for c in found]
    option = np.array([*positions, -1], dtype=np.intp)[codes]
    labels, printed = [text for _, text in options], [code_text(code) for code, _ in options]
    if no_answer == "include":
        for kind in status.cat.categories:
            there = (status == kind).to_numpy()
            if kind != VALID and kind not in NOT_IN_BASE and there.any():
                option[there] = len(labels)
                labels.append(kind.replace("_", " "))
                printed.append("")
    return _Question(
        option, labels, printed, status, ~status.isin(["not_applicable", "not_asked"]).to_numpy()
    )


def _design_codes(survey: Survey, single_psu: SinglePsu) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    n, design = len(survey), survey.design
    strata, names = np.zeros(n, dtype=np.intp), pd.Index(["all"])
    if design.strata is not None:
        strata, names = pd.factorize(survey.frame[design.strata].astype(str), sort=True)
    psu = (
        np.arange(n) if design.cluster is None else pd.factorize(survey.frame[design.cluster].astype(str))[0]
    )
    lone = [str(names[h]) for h in single_strata(strata, psu)]
    if lone and single_psu == "error":
        raise SpecificationError(
            "strata with one cluster only: their variance can't be estimated",
            parameter="single_psu",
            got=f"{len(lone)} of {len(names)} strata: {', '.join(lone[:10])}",
            expected="two or more clusters in each stratum",
            hint="merge such strata before, or declare single_psu='centre' (around the grand mean) or 'remove' "
            "(as if drawn with certainty)",
        )
    return strata, psu


def _rows(
    name: str,
    question: _Question,
    groups: _Groups,
    found: Shares,
    level: float,
    interval: ShareInterval,
    weight: NDArray[np.float64],
) -> pd.DataFrame:
    d, k = found.share.shape
    lower, upper = share_interval(found, level, interval)
    of = np.where(question.asked & (weight > 0), groups.code, -1)
    asked = np.bincount(of[of >= 0], minlength=d)
    deff = found.deff.ravel()
    n = np.repeat(found.n, k)
    frame = pd.DataFrame(
        {
            "estimand": "share",
            "group": np.repeat(groups.names, k),
            "question": name,
            "option": question.labels * d,
            "code": question.codes * d,
            "position": np.tile(np.arange(k), d),
            "estimate": found.share.ravel(),
            "std_error": np.sqrt(found.variance).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
            "level": level,
            "interval": _INTERVALS[interval],
            "n_scored": n,
            "n_asked": np.repeat(asked, k),
            "deff": deff,
            "n_effective": np.divide(n, deff, out=np.full(len(n), np.nan), where=deff > 0),
            "n_kish": np.repeat(found.kish, k),
            "df": np.repeat(found.df, k),
        }
    )
    for column in groups.parts.columns:
        if column not in frame.columns:
            frame[column] = np.repeat(groups.parts[column].to_numpy(dtype=object), k)
    return frame


def _silent(
    name: str, question: _Question, groups: _Groups, weight: NDArray[np.float64]
) -> list[dict[str, object]]:
    """Weighted shares, among those asked, of each class of what is no substantive answer."""
    inside = (groups.code >= 0) & question.asked
    table = pd.DataFrame(
        {
            "group": groups.code[inside],
            "kind": question.status[inside].astype(str).to_numpy(),
            "w": weight[inside],
        }
    )
    sums = table.groupby(["group", "kind"])["w"].agg(["sum", "size"]).reset_index()
    whole = table.groupby("group")["w"].sum().to_dict()
    return [
        {
            "group": groups.names[row["group"]],
            "question": name,
            "class": row["kind"],
            "share": row["total"] / whole[row["group"]] if whole[row["group"]] > 0 else None,
            "n": row["n"],
        }
        for row in sums.rename(columns={"sum": "total", "size": "n"}).to_dict("records")
        if row["kind"] != VALID
    ]


def _notes(survey: Survey, groups: _Groups, estimates: pd.DataFrame) -> list[str]:
    notes = []
    if not survey.weighted:
        notes.append("unweighted: the survey declares no weights")
    zero = int((survey.weights() == 0).sum())
    if zero:
        notes.append(f"{zero:,} of {len(survey):,} respondents have weight zero and count for nothing")
    if groups.without:
        notes.append(f"{groups.without:,} of {len(survey):,} respondents belong to no group and are left out")
    if (survey.findings["kind"] == RAKED).any():
        notes.append("weights were raked; the standard errors take them as given")
    cells = estimates.drop_duplicates(["group", "question"])
    empty = cells[cells["n_scored"] == 0]
    if len(empty):
        first = empty.iloc[0]
        notes.append(
            f"{len(empty)} groups have no answer to a question, e.g. {first['group']}: {first['question']}"
        )
    few = cells[(cells["n_scored"] > 0) & (cells["n_kish"] < _FEW)]
    if len(few):
        first = few.iloc[0]
        notes.append(
            f"{len(few)} groups have an effective size below {_FEW}, e.g. {first['group']} ({first['n_kish']:.0f})"
        )
    return notes
