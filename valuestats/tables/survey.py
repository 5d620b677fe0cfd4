"""Survey: people's answers with what their file says of them: labels, codes that are no answer, and the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError

MissingClass = Literal[
    "dont_know", "no_answer", "refused", "not_applicable", "not_asked", "other", "no_value"
]
Direction = Literal["ascending", "descending"]
Code = float | str

MISSING_CLASSES: tuple[str, ...] = get_args(MissingClass)
"""Why a cell holds no substantive answer. ``not_asked``: missing by design; ``no_value``: an empty cell."""

VALID = "valid"
FINDINGS = ("kind", "variable", "found", "n")

OUTSIDE = "code without a label, outside of the scale"
MAY_BE_MISSING = "unlabelled code that may be missing"
TEXT_OR_MISSING = "text that may mean missing"
BY_TEXT = "missing by its text"
LABEL_OR_MISSING = "label that may mean missing"
NO_DATE = "date out of range"
UNRESOLVED = frozenset({OUTSIDE, MAY_BE_MISSING, TEXT_OR_MISSING, LABEL_OR_MISSING, NO_DATE})
"""Kinds of findings that leave open whether a code is an answer."""


def code_text(code: object) -> str:
    """A code as it is printed: whole numbers without a point.

    Examples
    --------
    >>> code_text(77.0), code_text(1.5), code_text(".a")
    ('77', '1.5', '.a')
    """
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return str(code)


@dataclass(frozen=True)
class Variable:
    """What is known of one variable.

    Attributes
    ----------
    name, label
        Its name in the file, and its text there (empty where there is none).
    labels
        Code to label, substantive codes and others alike.
    missing
        Code to the class of what is no substantive answer; codes declared by the file, by the rules or by the user.
    ranges
        Inclusive ranges which the file declares as missing, as it declares them; `missing` names their codes in use.
    direction
        ``"descending"`` where the labels say that a lower code is more; None where they don't tell.
    """

    name: str
    label: str = ""
    labels: Mapping[Code, str] = field(default_factory=dict)
    missing: Mapping[Code, str] = field(default_factory=dict)
    ranges: tuple[tuple[float, float], ...] = ()
    direction: Direction | None = None

    def __post_init__(self) -> None:
        unknown = {c: k for c, k in self.missing.items() if k not in MISSING_CLASSES}
        if unknown:
            raise SpecificationError(
                "unknown class of a missing code",
                parameter=f"missing[{self.name!r}]",
                got=", ".join(f"{code_text(c)}: {k}" for c, k in unknown.items()),
                expected=", ".join(MISSING_CLASSES),
            )

    @property
    def options(self) -> dict[Code, str]:
        """Labelled codes that are substantive answers: numbers first and in order, texts as their labels were given."""
        kept = {c: text for c, text in self.labels.items() if self.class_of(c) == VALID}
        return dict(
            sorted(kept.items(), key=lambda pair: (1, 0.0) if isinstance(pair[0], str) else (0, pair[0]))
        )

    def class_of(self, code: object) -> str:
        """``"valid"`` or the class of a missing code."""
        if code is None or (isinstance(code, float) and np.isnan(code)):
            return "no_value"
        return self.missing.get(code, VALID)  # type: ignore[call-overload]


@dataclass(frozen=True)
class SurveyDesign:
    """How people were drawn: columns of weights, strata and clusters (primary sampling units); all may be None."""

    weight: str | None = None
    strata: str | None = None
    cluster: str | None = None

    @classmethod
    def of(cls, declared: SurveyDesign | Mapping[str, str | None] | None) -> SurveyDesign:
        """A design from a mapping ``{"weight": …, "strata": …, "cluster": …}``; ``psu`` is another name of the last."""
        if isinstance(declared, SurveyDesign):
            return declared
        content = dict(declared or {})
        if "psu" in content:
            content["cluster"] = content.pop("psu")
        known = [f.name for f in fields(cls)]
        if unknown := sorted(set(content) - set(known)):
            raise SpecificationError(
                "unknown part of a survey's design",
                parameter="design",
                got=", ".join(unknown),
                expected=", ".join([*known, "psu"]),
            )
        return cls(**content)

    def columns(self) -> dict[str, str]:
        """The declared parts: part to column."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}


@dataclass(frozen=True)
class Survey:
    """Respondents in rows, variables in columns, codes as the file has them.

    Attributes
    ----------
    frame
        One row per respondent. A cell is a number, a text (Stata's ``.a`` to ``.z`` are texts) or NaN for an empty cell.
    variables
        Name to `Variable`; a column without one has no labels and no missing codes.
    design
        Columns of weights, strata and clusters.
    findings
        What reading found: ``kind``, ``variable``, ``found``, ``n``.
    source_file, source_sha256
        Where it came from.

    Raises
    ------
    InputError
        A column of the design is absent or empty in places; a weight is missing, negative or no number, or all are zero.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = Survey(pd.DataFrame({"q": [1.0, 2.0, -1.0], "w": [1.0, 2.0, 1.0]}),
    ...     {"q": Variable("q", "Agree?", {1.0: "yes", 2.0: "no", -1.0: "Don't know"}, {-1.0: "dont_know"})},
    ...     SurveyDesign("w"))
    >>> survey.status("q").tolist(), survey.weights().tolist()
    (['valid', 'valid', 'dont_know'], [1.0, 2.0, 1.0])
    """

    frame: pd.DataFrame
    variables: Mapping[str, Variable] = field(default_factory=dict)
    design: SurveyDesign = field(default_factory=SurveyDesign)
    findings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(FINDINGS)))
    source_file: str | None = None
    source_sha256: str | None = None

    def __post_init__(self) -> None:
        if not len(self.frame):
            raise InputError("survey: no respondents", got="0 rows", file=self.source_file)
        object.__setattr__(self, "frame", self.frame.reset_index(drop=True))
        for part, column in self.design.columns().items():
            self.require(column, parameter=f"design.{part}")
        self._check_weights()
        for part in ("strata", "cluster"):
            column = getattr(self.design, part)
            if column is None:
                continue
            empty = (self.status(column) != VALID).to_numpy()
            if empty.any():
                raise InputError(
                    f"survey: a respondent has no {part}",
                    parameter=column,
                    got=f"{int(empty.sum())} of {len(empty)} respondents",
                    expected="one for each respondent",
                    file=self.source_file,
                    row=int(empty.argmax()),
                )

    def __len__(self) -> int:
        return len(self.frame)

    def require(self, column: str, *, parameter: str = "variable") -> None:
        """Raise where the survey has no such column, naming those that come near."""
        if column not in self.frame.columns:
            import difflib

            near = difflib.get_close_matches(str(column), [str(c) for c in self.frame.columns], n=4)
            raise InputError(
                "survey: no such variable",
                parameter=parameter,
                got=column,
                expected=f"one of its {self.frame.shape[1]} variables",
                hint=f"near to it: {', '.join(near)}" if near else None,
                file=self.source_file,
            )

    def unresolved(self, names: Sequence[str]) -> pd.DataFrame:
        """The findings that leave open whether a code of one of these variables is an answer."""
        open_ones = self.findings["kind"].isin(UNRESOLVED) & self.findings["variable"].isin(list(names))
        return self.findings[open_ones]

    def variable(self, name: str) -> Variable:
        """What is known of one column."""
        self.require(name)
        return self.variables.get(name, Variable(name))

    def status(self, name: str) -> pd.Series:
        """``"valid"`` or the class of the missing code, for each respondent."""
        known = self.variable(name)
        codes, found = pd.factorize(self.frame[name], use_na_sentinel=True)
        classes = [known.class_of(_plain(c)) for c in found]
        names = [VALID, *MISSING_CLASSES]
        position = np.array([names.index(c) for c in [*classes, "no_value"]])
        return pd.Series(
            pd.Categorical.from_codes(position[codes], dtype=pd.CategoricalDtype(names)), name=name
        )

    def weights(self) -> NDArray[np.float64]:
        """Design weights; ones where the survey has none."""
        if self.design.weight is None:
            return np.ones(len(self.frame))
        return self.frame[self.design.weight].to_numpy(dtype=float)

    @property
    def weighted(self) -> bool:
        """Whether a column of weights is declared."""
        return self.design.weight is not None

    def with_weights(self, values: NDArray[np.float64], name: str = "weight_raked") -> Survey:
        """The same survey with another column of weights."""
        frame = self.frame.assign(**{name: np.asarray(values, dtype=float)})
        return replace(self, frame=frame, design=replace(self.design, weight=name))

    def to_long(
        self, variables: Sequence[str], *, by: Sequence[str] = (), respondent: str | None = None
    ) -> pd.DataFrame:
        """One row per respondent and variable.

        Parameters
        ----------
        variables
            The columns to stack; the others stay out, so a file of thousands of variables costs no more.
        by
            Columns that go along, as their labels.
        respondent
            Column of identifiers; the row's number where omitted.

        Returns
        -------
        pandas.DataFrame
            ``respondent, item, code, label, status, weight`` and the columns of `by`; rows in the order of respondents
            within each variable.

        Raises
        ------
        InputError
            No such variable, or an identifier that stands twice.
        """
        wanted = [variables] if isinstance(variables, str) else list(variables)
        if not wanted:
            raise SpecificationError("no variables are named", parameter="variables", got="none")
        identity = np.arange(len(self))
        if respondent is not None:
            self.require(respondent, parameter="respondent")
            twice = self.frame[respondent].duplicated()
            if twice.any():
                row = int(twice.to_numpy().argmax())
                raise InputError(
                    "survey: a respondent stands twice",
                    parameter=respondent,
                    got=f"{self.frame[respondent].iloc[row]!r} ({int(twice.sum())} such rows)",
                    file=self.source_file,
                    row=row,
                )
            identity = self.frame[respondent].to_numpy()
        head = {"respondent": identity, "weight": self.weights(), **{b: self.labelled(b) for b in by}}
        parts = []
        for name in wanted:
            known = self.variable(name)
            label = self.frame[name].map(dict(known.labels)).astype("str")
            part = {"item": name, "code": self.frame[name], "label": label, "status": self.status(name)}
            parts.append(pd.DataFrame({**head, **part}))
        long = pd.concat(parts, ignore_index=True)
        return long[["respondent", "item", "code", "label", "status", "weight", *by]]

    def labelled(self, name: str) -> pd.Series:
        """A variable as texts: labels where there are any, else the codes; null where there is no valid answer."""
        known = self.variable(name)
        codes, found = pd.factorize(self.frame[name], use_na_sentinel=True)
        texts = [
            (known.labels.get(c) or code_text(c)) if known.class_of(c) == VALID else None
            for c in map(_plain, found)
        ]
        values = np.array([*texts, None], dtype=object)[codes]
        return pd.Series(values, name=name, index=self.frame.index, dtype="str")

    def described(self) -> dict[str, Any]:
        """Everything but the frame and the findings, as plain values that JSON can hold; see `from_parts`."""
        return {
            "design": self.design.columns(),
            "source_file": self.source_file,
            "source_sha256": self.source_sha256,
            "variables": [
                {
                    "name": v.name,
                    "label": v.label,
                    "labels": [list(pair) for pair in v.labels.items()],
                    "missing": [list(pair) for pair in v.missing.items()],
                    "ranges": [list(r) for r in v.ranges],
                    "direction": v.direction,
                }
                for v in self.variables.values()
            ],
        }

    @classmethod
    def from_parts(cls, frame: pd.DataFrame, findings: pd.DataFrame, described: Mapping[str, Any]) -> Survey:
        """The survey whose parts `described` and its frames hold."""
        known = {
            v["name"]: Variable(
                v["name"],
                v["label"],
                dict(v["labels"]),
                dict(v["missing"]),
                tuple((float(low), float(high)) for low, high in v["ranges"]),
                v["direction"],
            )
            for v in described["variables"]
        }
        design = SurveyDesign(**described["design"])
        return cls(frame, known, design, findings, described["source_file"], described["source_sha256"])

    def _check_weights(self) -> None:
        column = self.design.weight
        if column is None:
            return
        values = pd.to_numeric(self.frame[column], errors="coerce").to_numpy(dtype=float)
        bad = (self.status(column) != VALID).to_numpy() | ~np.isfinite(values) | (values < 0)
        if bad.any():
            absent = int((~np.isfinite(values)).sum())
            negative = int((values < 0).sum())
            raise InputError(
                "survey: a weight is missing, negative or no number",
                parameter=column,
                got=f"{int(bad.sum())} of {len(values)} respondents: {absent} without a number, {negative} negative",
                expected="a number from 0 for each respondent",
                hint="name another column of weights, or leave these respondents out and say so",
                file=self.source_file,
                row=int(bad.argmax()),
            )
        if not (values > 0).any():
            raise InputError("survey: every weight is zero", parameter=column, file=self.source_file)
        object.__setattr__(self, "frame", self.frame.assign(**{column: values}))


def _plain(code: Any) -> Code:
    return code.item() if isinstance(code, np.generic) else code
