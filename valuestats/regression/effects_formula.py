"""An ordinal regression, said in full."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from valuestats.latent.likelihoods.families import Family, FamilyLink, check_family
from valuestats.regression.formula_terms import Formula, read_sides


@dataclass(frozen=True)
class OrdinalSpec:
    """An ordinal regression, said in full.

    Attributes
    ----------
    formula
        ``response ~ fixed effects + (terms | group) + rw1(x) + mo(x) + cs(x) + offset(x)``; see
        `valuestats.regression.fit.fit_ordinal`.
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
        _ = self.terms

    @cached_property
    def terms(self) -> Formula:
        """The formula taken apart."""
        return read_sides(self.formula, self.disc)

    @property
    def response(self) -> str:
        """Name of the column of answers."""
        return self.terms.response
