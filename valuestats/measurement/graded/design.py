"""Answers to a graded response model, its parameters, and a known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GradedDesign:
    """Answers of respondents to items, sorted by group.

    Attributes
    ----------
    codes
        Category of each answer from 0, -1 where missing, shape ``(respondents, items)``; reversed items turned.
    trait
        Number of the trait that each item measures, shape ``(items,)``.
    group
        Number of each respondent's group, ascending, shape ``(respondents,)``.
    categories
        Number of answer categories, at least 2.
    traits, groups
        How many there are. Several groups go with one trait only.
    deviations
        Whether items deviate by group; otherwise groups differ in the trait only.
    """

    codes: Ints
    trait: Ints
    group: Ints
    categories: int
    traits: int
    groups: int = 1
    deviations: bool = True


@dataclass(frozen=True)
class GradedTruth:
    """Parameters drawn from the prior.

    Attributes
    ----------
    discrimination
        Shape ``(items,)``.
    threshold
        Shape ``(items, categories - 1)``.
    correlation
        Of the traits, shape ``(traits, traits)``.
    """

    discrimination: Floats
    threshold: Floats
    correlation: Floats


@dataclass(frozen=True)
class GradedParameters:
    """Parameters at one point.

    Attributes
    ----------
    slope
        Discriminations, shape ``(groups, items)``.
    cut
        Thresholds, shape ``(groups, items, categories - 1)``.
    mean, sd
        Of the groups' traits, shape ``(groups,)``.
    factor
        Cholesky factor of the traits' correlations, shape ``(traits, traits)``.
    """

    slope: Floats
    cut: Floats
    mean: Floats
    sd: Floats
    factor: Floats
