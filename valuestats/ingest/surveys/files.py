"""Surveys of people in files: SPSS, Stata and tables, with labels, missing codes and the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.sources import plain_name, read_source
from valuestats.ingest.surveys.missing_codes import (
    Declared,
    as_code,
    classify,
    findings_of,
    label_direction,
    missing_rules,
)
from valuestats.ingest.surveys.missing_texts import findings_of_texts, labels_in_doubt, missing_texts
from valuestats.ingest.surveys.raw import Found, RawSurvey
from valuestats.ingest.surveys.statistical import PACKAGES, read_statistical
from valuestats.ingest.surveys.text_tables import read_text_table
from valuestats.ingest.tabular.files import FORMATS, table_format
from valuestats.instruments.loading import read_yaml
from valuestats.tables.survey import (
    FINDINGS,
    LABEL_OR_MISSING,
    Code,
    Survey,
    SurveyDesign,
    Variable,
    code_text,
)


def is_survey_file(path: str | Path) -> bool:
    """Whether a file's name promises a statistical package's file.

    Examples
    --------
    >>> is_survey_file("wave.sav.gz"), is_survey_file("wave.csv")
    (True, False)
    """
    return Path(plain_name(path)).suffix.lower() in PACKAGES


@checked
def read_survey(
    path: str | Path,
    *,
    design: SurveyDesign | Mapping[str, str | None] | None = None,
    missing: str | Mapping[str, Any] | None = None,
    labels: str | Path | Mapping[str, Mapping[Any, str] | Sequence[str]] | None = None,
    variables: Sequence[str] | None = None,
    encoding: str | None = None,
) -> Survey:
    r"""Read a survey of SPSS, Stata or SAS (``.sav``, ``.zsav``, ``.por``, ``.dta``, ``.sas7bdat``, ``.xpt``) or a table.

    Tables are CSV, TSV, Parquet and JSON; all files plain or ``.gz``. Delimiter and decimal commas of text files are found,
    and an encoding other than UTF-8 is guessed; the guess is a finding.

    Every code stays as it is in the file; what is no substantive answer is classified (don't know, no answer,
    refused, not applicable, not asked, other) by the rules of ``missing_codes.yml``, in this order: `missing`, the value
    label in several languages, the convention named, the file's own declaration. Answers in words without a label are
    looked at as labels are ("Don't know", "Keine Angabe", "NS/NC") and named in ``findings``. What doesn't fit is there too,
    by name: codes outside of the labelled scale, labels that the file doesn't declare as missing, texts such as "NA" among
    the answers to a question in words, and more. Those that leave open whether a code is an answer must be settled, by
    `missing` or `labels`, before `valuestats.population_shares` takes the variable.

    Parameters
    ----------
    path
        The file.
    design
        ``{"weight": …, "strata": …, "cluster": …}``, columns each, any of them left out.
    missing
        ``"wvs"`` or ``"ess"`` (a convention; of variables without labels the range of their other codes tells which of
        77, 88, 99 and 9 are missing), or a mapping of variable (or pattern, ``"val*"``) to code to class,
        with the convention under ``"convention"``. The class ``"valid"`` makes a code substantive that the file or a
        label makes missing.
    labels
        Value labels to add: variable (or pattern) to code to text, or a YAML file with such a mapping. Answers in words have
        no order of their own; a list of them gives it: ``{"q*": ["Strongly favor", "Favor", "Oppose"]}``.
    variables
        Only these columns (and those of the design).
    encoding
        Of a file that doesn't say it or says it wrongly.

    Returns
    -------
    Survey

    Raises
    ------
    InputError
        The file is cut off, of another kind, or in another encoding than it says; a column is absent; weights are
        missing or negative.
    SpecificationError
        A declaration that names an unknown class, convention or variable.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = path.write_text("q,w\n1,0.5\n2,1.5\n9,1\n,1\n")
    >>> survey = read_survey(path, design={"weight": "w"}, labels={"q": {1: "yes", 2: "no", 9: "Don't know"}})
    >>> survey.status("q").tolist()
    ['valid', 'valid', 'dont_know', 'no_value']
    """
    plan = SurveyDesign.of(design)
    declared = Declared.of(missing)
    with one_error(path):
        return _survey(path, plan, declared, labels, variables, encoding)


def _survey(
    path: str | Path,
    plan: SurveyDesign,
    declared: Declared,
    labels: str | Path | Mapping[str, Mapping[Any, str] | Sequence[str]] | None,
    variables: Sequence[str] | None,
    encoding: str | None,
) -> Survey:
    wanted = None if variables is None else list(dict.fromkeys([*variables, *plan.columns().values()]))
    source = read_source(path)
    suffix = Path(plain_name(path)).suffix.lower()
    if suffix in PACKAGES:
        raw = read_statistical(source, suffix, wanted, encoding)
    elif table_format(path) is not None:
        raw = read_text_table(path, wanted, encoding)
    else:
        raise InputError(
            "no survey can be read from this kind of file",
            got=suffix or "no suffix",
            expected=f"{', '.join([*PACKAGES, *FORMATS])}, plain or .gz",
            file=path,
        )
    added = _added_labels(labels, list(raw.frame.columns))
    declared.require_used(list(raw.frame.columns))
    known: dict[str, Variable] = {}
    findings: list[Found] = list(raw.findings)
    for name in raw.frame.columns:
        known[name], found = _variable(name, raw, added, declared)
        findings += found
    return Survey(
        raw.frame,
        known,
        plan,
        pd.DataFrame(findings, columns=list(FINDINGS)),
        source.path.name,
        source.sha256,
    )


def _variable(
    name: str, raw: RawSurvey, added: dict[str, dict[Code, str]], declared: Declared
) -> tuple[Variable, list[Found]]:
    labels = {**raw.labels.get(name, {}), **added.get(name, {})}
    tally = raw.frame[name].value_counts(dropna=True)
    counts = {c if isinstance(c, str) else as_code(c): int(n) for c, n in tally.items()}
    ranges = raw.ranges.get(name, ())
    by_file = {*raw.discrete.get(name, ())}
    by_file |= {
        c
        for c in {*counts, *labels}
        if isinstance(c, float) and any(low <= c <= high for low, high in ranges)
    }
    missing = classify(name, labels, counts, by_file, declared)
    if raw.frame[name].dtype == object:  # a column of numbers with texts such as "NA" among them
        empty, own = missing_rules().empty_texts, declared.of_variable(name)
        missing |= {c: "no_value" for c in counts if c in empty and c not in missing and c not in own}
    texts = missing_texts(counts, labels, declared.of_variable(name))
    missing = {**missing, **texts.missing}
    in_doubt = labels_in_doubt(labels, missing, {*by_file, *declared.of_variable(name)})
    missing = {code: kind for code, kind in missing.items() if code not in in_doubt}
    variable = Variable(name, raw.texts.get(name, ""), labels, missing, ranges)
    direction = label_direction(variable.options)
    variable = Variable(name, variable.label, labels, missing, ranges, direction)
    told = findings_of(name, labels, counts, missing, by_file, declared)
    told += [
        (LABEL_OR_MISSING, name, f"{code_text(c)}: {labels[c][:80]}", counts.get(c, 0)) for c in in_doubt
    ]
    return variable, told + findings_of_texts(name, texts, counts)


def _added_labels(
    labels: str | Path | Mapping[str, Mapping[Any, str] | Sequence[str]] | None, names: list[str]
) -> dict[str, dict[Code, str]]:
    if labels is None:
        return {}
    content = read_yaml(labels) if isinstance(labels, str | Path) else labels
    if not isinstance(content, Mapping) or not all(
        isinstance(v, Mapping | list | tuple) for v in content.values()
    ):
        raise SpecificationError(
            "not a mapping of value labels",
            parameter="labels",
            expected="{variable: {code: label}}, or {variable: [word, …]} in their order",
        )
    found: dict[str, dict[Code, str]] = {}
    for pattern, declared in content.items():
        given = declared if isinstance(declared, Mapping) else {word: word for word in declared}
        met = [n for n in names if fnmatchcase(n, str(pattern))]
        if not met:
            raise SpecificationError(
                "labels are declared for a variable that the file doesn't have",
                parameter="labels",
                got=pattern,
            )
        for name in met:
            found.setdefault(name, {}).update({as_code(c): str(text) for c, text in given.items()})
    return found
