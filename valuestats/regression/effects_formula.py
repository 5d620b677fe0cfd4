"""A regression formula of ordered answers, read into counted cells and design matrices."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.families import Family, FamilyLink, check_family

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OrdinalSpec:
    """An ordinal regression, said in full.

    Attributes
    ----------
    formula
        ``response ~ fixed effects + (terms | group) + mo(x) + cs(x)``; see `valuestats.regression.fit.fit_ordinal`.
    family, link
        The likelihood; see `valuestats.latent.likelihoods.families`.
    thresholds
        Column each of whose levels has its own thresholds, partially pooled; None for one common set.
    discrimination
        Column each of whose levels has its own discrimination (graded response model); None for none.
    disc
        Right side of a formula of the log discrimination (location-scale model), e.g. ``"~ model"``.

    Examples
    --------
    >>> OrdinalSpec("answer ~ model + (1|item)", thresholds="item").response
    'answer'
    """

    formula: str
    family: Family = "cumulative"
    link: FamilyLink = "logit"
    thresholds: str | None = None
    discrimination: str | None = None
    disc: str | None = None

    def __post_init__(self) -> None:
        check_family(self.family, self.link)
        if self.formula.count("~") != 1 or not self.formula.split("~")[0].strip():
            raise SpecificationError(
                "a formula has a response and terms",
                parameter="formula",
                got=self.formula,
                expected="answer ~ model + (1|item)",
            )

    @property
    def response(self) -> str:
        """Name of the column of answers."""
        return self.formula.split("~")[0].strip()


def split_terms(text: str) -> list[str]:
    """The terms of a formula's side, split at its outer plus signs.

    Examples
    --------
    >>> split_terms("model*value + (1 + x|item)")
    ['model*value', '(1 + x|item)']
    """
    found, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "+" and depth == 0:
            found.append(text[start:at])
            start = at + 1
    if depth:
        raise SpecificationError("a bracket of the formula is not closed", parameter="formula", got=text)
    return [t.strip() for t in [*found, text[start:]] if t.strip()]


def read_formula(
    spec: OrdinalSpec,
) -> tuple[str, list[tuple[str, tuple[str, ...], bool]], list[str], list[str]]:
    """Fixed side, group terms (effects, factor, correlated), monotonic columns and category-specific terms.

    Examples
    --------
    >>> read_formula(OrdinalSpec("answer ~ model + (x||item/wording) + mo(effort)"))
    ('model', [('x', ('item',), False), ('x', ('item', 'wording'), False)], ['effort'], [])
    """
    fixed: list[str] = []
    groups: list[tuple[str, tuple[str, ...], bool]] = []
    monotonic: list[str] = []
    specific: list[str] = []
    for term in split_terms(spec.formula.split("~")[1]):
        if term.startswith("(") and term.endswith(")") and "|" in term:
            inner = term[1:-1]
            mark = "||" if "||" in inner else "|"
            effects, factor = (t.strip() for t in inner.split(mark, 1))
            names = [n.strip() for n in re.split(r"[:/]", factor)]
            if not effects or not all(re.fullmatch(r"\w+", n) for n in names):
                raise SpecificationError(
                    "a group term that can't be read",
                    parameter="formula",
                    got=term,
                    expected="(1|item), (x|item), (x||item), (1|model:item) or (1|item/wording)",
                )
            nested = [tuple(names[: n + 1]) for n in range(len(names))] if "/" in factor else [tuple(names)]
            groups += [(effects, one, mark == "|") for one in nested]
        elif found := re.fullmatch(r"mo\(\s*(\w+)\s*\)", term):
            monotonic.append(found.group(1))
        elif found := re.fullmatch(r"cs\((.+)\)", term):
            specific.append(found.group(1).strip())
        elif re.search(r"\b(mo|cs)\(", term) or "|" in term:
            raise SpecificationError(
                "mo(), cs() and group terms stand alone between plus signs", parameter="formula", got=term
            )
        else:
            fixed.append(term)
    side = " + ".join(fixed) or "1"
    if re.search(r"(^|[^\w.])0($|[^\w.])|-\s*1\b", side):
        raise SpecificationError(
            "the thresholds take the place of the intercept, so it can't be taken out",
            parameter="formula",
            got=spec.formula,
            hint="leave out '0 +' or '- 1'",
        )
    return side, groups, monotonic, specific
