"""A choice model, said in full, and the scales of its priors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from valuestats.base.errors import SpecificationError
from valuestats.regression.formula_syntax import Name
from valuestats.regression.formula_terms import Formula, Side, read_sides
from valuestats.regression.structure import positive_scales

FitTies = Literal["davidson", "rao-kupper"]
RESPONSE = "utility"
_EXAMPLE = "utility ~ 0 + option + position + (1|judge:option)"


@dataclass(frozen=True)
class ChoiceSpec:
    """A choice model, said in full.

    Attributes
    ----------
    formula
        ``utility ~ fixed effects + (effects | group) + offset(x)``; see `valuestats.choice.fit.fit_choice`.
    ties
        ``"davidson"``, ``"rao-kupper"`` (pairs only) or None, which refuses ties.
    outcomes
        Outcomes that are modelled; None: all there are.
    thresholds
        Column of the choice each of whose levels has its own parameters of ties and outcomes, partially pooled.
    pooled
        Sets of fixed effects, by name and columns, whose common spread is estimated; the formula need not name them.

    Examples
    --------
    >>> str(ChoiceSpec("utility ~ 0 + option*condition + (1|judge:option)").terms.fixed)
    '0 + option + condition + option:condition'
    """

    formula: str
    ties: FitTies | None = None
    outcomes: tuple[str, ...] | None = None
    thresholds: str | None = None
    pooled: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        terms = self.terms
        if terms.response != RESPONSE:
            raise SpecificationError(
                "the response of a choice model is called utility: what was chosen stands in the choices",
                parameter="formula",
                got=terms.response,
                expected=_EXAMPLE,
            )
        if terms.monotonic or terms.specific.terms or terms.curves:
            raise SpecificationError(
                "a choice model has no mo(), no cs() and no curves",
                parameter="formula",
                got=self.formula,
                expected=_EXAMPLE,
            )
        if not terms.fixed.terms and not terms.groups:
            raise SpecificationError(
                "nothing in the formula changes a choice",
                parameter="formula",
                got=self.formula,
                expected=_EXAMPLE,
            )

    @cached_property
    def terms(self) -> Formula:
        """The formula taken apart, with the columns of pooled sets that it does not name."""
        found = read_sides(self.formula, thresholds=False)
        named = {*found.fixed.terms}
        added = [(Name(c),) for _, columns in self.pooled for c in columns if (Name(c),) not in named]
        return replace(found, fixed=Side((*found.fixed.terms, *dict.fromkeys(added)), found.fixed.intercept))


@dataclass(frozen=True)
class ChoicePriors:
    """Scales of the priors, in logits.

    Attributes
    ----------
    option
        Normal standard deviation of an option's utility; differences have 1.4 times as much. With 1.5 an option that is
        preferred to another in 98% of choices is two standard deviations out.
    effect
        Normal standard deviation of any other fixed effect, of a 0/1 or contrast column or of one standard deviation of a
        number.
    group
        Half-normal scale of the standard deviations of effects that vary over groups, and of pooled ones.
    outcome
        Normal standard deviation of the parameters of ties and outcomes.
    outcome_group
        Half-normal scale of their standard deviations over the levels of ``thresholds``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import ChoicePriors, fit_choice, pair_choices
    >>> won = ["care"] * 9 + ["power"] + ["truth"] * 6 + ["power"] * 4
    >>> pairs = pd.DataFrame({"option_a": ["care"] * 10 + ["truth"] * 10, "option_b": "power", "winner": won})
    >>> two = (ChoicePriors(), ChoicePriors(option=0.3))
    >>> fits = [fit_choice("utility ~ 0 + option", pair_choices(pairs), priors=priors, seed=1) for priors in two]
    >>> [fit.estimates["estimate"].round(1).tolist() for fit in fits]
    [[1.1, -0.8, -0.3], [0.2, -0.3, 0.0]]
    """

    option: float = 1.5
    effect: float = 1.5
    group: float = 1.0
    outcome: float = 2.0
    outcome_group: float = 1.0

    @classmethod
    def wide(cls) -> ChoicePriors:
        """Priors so wide that estimates are near the maximum of the likelihood where there are some dozens of choices."""
        return cls(option=10.0, effect=10.0, group=3.0, outcome=10.0, outcome_group=3.0)

    def __post_init__(self) -> None:
        positive_scales(self)
