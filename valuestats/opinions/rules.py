"""Rules by which opinions move: a base, a direction that depends on a shape, and a strength along it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.opinions.panel import Array, Steps

RuleName = Literal["degroot", "friedkin_johnsen", "deffuant", "hegselmann_krause", "bounded_confidence"]
ANCHOR: RuleName = "friedkin_johnsen"
"""The rule in which the first opinion pulls back."""
BOUND, INFLUENCE, SELF, SUSCEPTIBLE = "confidence bound", "influence", "self-weight", "susceptibility"


@dataclass(frozen=True)
class Rule:
    """A rule, and the ranges of its parameters.

    Attributes
    ----------
    name
        What it is called in arguments.
    kind
        How the moves of those within the bound are put together: 0 over the weight of those within (the mean over friends
        who are near), 1 over the weight of all (an encounter at random), 2 over the weight within and oneself.
    shape, strength
        Names of the parameters; None where there is none.
    shapes, strengths
        Their ranges; the range of a bound that is not given ends at the largest distance seen.
    """

    name: str
    kind: int
    shape: str | None
    strength: str | None
    shapes: tuple[float, float] = (0.0, np.inf)
    strengths: tuple[float, float] = (-1.0, 1.0)

    @property
    def bounded(self) -> bool:
        """Whether a confidence bound says who is listened to."""
        return self.shape == BOUND

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        return [p for p in (self.shape, self.strength) if p is not None]


RULES: dict[str, Rule] = {
    "degroot": Rule("degroot", 0, None, INFLUENCE),
    "friedkin_johnsen": Rule("friedkin_johnsen", 0, SELF, SUSCEPTIBLE, (0.0, 1.0), (0.0, 1.0)),
    "deffuant": Rule("deffuant", 1, BOUND, INFLUENCE),
    "hegselmann_krause": Rule("hegselmann_krause", 2, BOUND, None),
    "bounded_confidence": Rule("bounded_confidence", 0, BOUND, INFLUENCE),
}
LABELS = {
    "degroot": "DeGroot",
    "friedkin_johnsen": "Friedkin-Johnsen",
    "deffuant": "Deffuant",
    "hegselmann_krause": "Hegselmann-Krause",
    "bounded_confidence": "bounded confidence",
}


def ranged(name: str, bounds: Mapping[str, tuple[float, float]] | None, farthest: float) -> Rule:
    """The rule with the ranges that were asked for.

    Raises
    ------
    SpecificationError
        A range of no parameter of the rule, or one that is no pair of numbers in order within what the rule allows.
    """
    rule = RULES[name]
    given = dict(bounds or {})
    strange = [k for k in given if k not in rule.parameters]
    if strange:
        raise SpecificationError(
            "no such parameter", parameter="bounds", got=strange[0], expected=", ".join(rule.parameters)
        )
    most = farthest if rule.bounded else rule.shapes[1]
    shapes = _range(rule.shape, given, (rule.shapes[0], most), (rule.shapes[0], rule.shapes[1]))
    strengths = _range(
        rule.strength, given, rule.strengths, (-np.inf, np.inf) if rule.strength == INFLUENCE else (0, 1)
    )
    return Rule(rule.name, rule.kind, rule.shape, rule.strength, shapes, strengths)


def _range(
    name: str | None,
    given: Mapping[str, tuple[float, float]],
    usual: tuple[float, float],
    allowed: tuple[float, float],
) -> tuple[float, float]:
    if name is None or name not in given:
        return usual
    try:
        low, high = (float(x) for x in given[name])
        good = allowed[0] <= low < high <= allowed[1] and bool(np.isfinite([low, high]).all())
    except (TypeError, ValueError):
        good = False
    if not good:
        raise SpecificationError(
            "no range of this parameter",
            parameter="bounds",
            got=f"{name}: {given[name]}",
            expected=f"two numbers in order within [{allowed[0]:g}, {allowed[1]:g}]",
        )
    return low, high


def base_of(rule: Rule, steps: Steps) -> Array:
    """Where somebody stands whom nobody moves: at the first opinion by Friedkin and Johnsen, else where they were."""
    return steps.first if rule.shape == SELF else steps.now
