"""Priors of the ordinal model, which of its parts a design identifies, and the bases its effects live on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.regression.cells import OrdinalDesign

Thresholds = Literal["model", "common"]


@dataclass(frozen=True)
class OrdinalPriors:
    """Scales of the priors, in units of the link (logits).

    Attributes
    ----------
    shares
        Normal prior of each log category share of a typical model (up to their common constant).
    shares_spread
        Half-normal prior of their standard deviation between models.
    value
        Zero-sum normal prior of the values' common effects ``beta_v``.
    value_spread
        Mean of the gamma prior (shape 2) of the standard deviation of ``delta_mv``, what a model adds to them.
        It avoids zero: with few models and values the data can't rule out that models don't differ at all, and
        intervals pooled that far cover too seldom (Chung et al. 2013; ``benchmarks/ordinal_coverage.py``).
    item
        Half-normal prior of the standard deviation of item locations.
    interaction
        Normal prior of the log of a typical model's ``sigma_m`` (around 0: a standard deviation of one logit).
    interaction_spread
        Half-normal prior of the standard deviation of ``log sigma_m`` between models.
    level
        Half-normal prior of the standard deviation of the models' general levels (common thresholds only).
    condition
        Half-normal prior of the standard deviation of wording and order effects.

    Examples
    --------
    >>> from valuestats import OrdinalPriors
    >>> priors = OrdinalPriors(value=0.5)
    >>> priors.value, priors.item
    (0.5, 1.5)
    """

    shares: float = 1.5
    shares_spread: float = 1.5
    value: float = 1.0
    value_spread: float = 1.0
    item: float = 1.5
    interaction: float = 1.0
    interaction_spread: float = 0.5
    level: float = 1.5
    condition: float = 0.5

    @classmethod
    def wide(cls) -> OrdinalPriors:
        """Priors so wide that profiles are near the maximum of the likelihood where there are some dozens of answers.

        Before any data they hold it for likely that a model gives nearly all its answers to items of a value at one end of
        the scale. Those of interactions are hardly wider, which would only let few answers draw their spreads to 0.
        """
        return cls(
            shares=2.2,
            shares_spread=3.0,
            value=10.0,
            value_spread=10.0,
            item=3.0,
            interaction=1.5,
            interaction_spread=0.75,
            level=3.0,
            condition=3.0,
        )

    def __post_init__(self) -> None:
        positive_scales(self)


def positive_scales(priors: Any) -> None:
    """Refuse scales of priors, the fields of a dataclass, that are not positive."""
    for name in priors.__dataclass_fields__:
        if not getattr(priors, name) > 0:
            raise SpecificationError(
                "a scale of a prior must be positive",
                parameter=f"priors.{name}",
                got=getattr(priors, name),
                expected="> 0",
            )


@dataclass(frozen=True)
class Structure:
    """Which parts of the model a design can identify.

    Attributes
    ----------
    model_thresholds
        Each model has its own thresholds.
    model_values
        Models differ in their value effects (two models or more).
    items
        Item locations (two items or more).
    interaction
        A model x item effect (two models or more, and repeated answers in at least a tenth of the blocks).
    cluster
        A model x query effect (items share queries).
    """

    model_thresholds: bool
    model_values: bool
    items: bool
    interaction: bool
    cluster: bool


def structure_of(design: OrdinalDesign, thresholds: Thresholds = "model") -> Structure:
    """Which effects the design identifies; the others are left out of the model.

    With one model its interaction with items *is* the item effect; with one answer per model and item the
    interaction is part of the answer's own noise, so that leaving it out keeps the intervals right.
    """
    if thresholds not in get_args(Thresholds):
        raise SpecificationError(
            "unknown kind of thresholds", parameter="thresholds", got=thresholds, expected="model or common"
        )
    several = len(design.models) > 1
    blocks = len(np.unique(design.block))
    return Structure(
        model_thresholds=several and thresholds == "model",
        model_values=several,
        items=len(design.items) > 1,
        interaction=several and len(design.items) > 1 and design.repeated_blocks >= 0.1 * blocks,
        cluster=design.cluster is not None,
    )


def reference_basis(design: OrdinalDesign) -> NDArray[np.float64]:
    """Puts log shares relative to the most used category back among all K, shape ``(K, K - 1)``."""
    return np.delete(np.eye(len(design.codes)), int(design.counts.sum(axis=0).argmax()), axis=1)
