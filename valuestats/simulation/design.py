"""What a simulated study consists of, and the constants of its truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import CIRCLE as VALUES
from valuestats.statistics.distances import Array

OPTIONS: tuple[str, ...] = (
    "not like me at all",
    "not like me",
    "a little like me",
    "somewhat like me",
    "like me",
    "very much like me",
)
"""The answer scale, code 1 to 6."""

WORDINGS = ("v1", "v2", "v3")
ORDERS = ("regular", "reversed")

WORDING_EFFECTS = (0.12, -0.02, -0.10)
ORDER_EFFECTS = (0.08, -0.08)
"""Effects on the latent scale (logits); each set sums to zero."""

THRESHOLDS = (-2.2, -1.2, -0.3, 0.8, 2.1)
"""Where the latent answer passes from one code to the next (logits)."""

SHARED_PROFILE = (0.70, -0.20, -0.10, -0.35, -1.20, 0.35, 0.00, -0.70, 0.95, 0.55)
"""What all models have in common: effect of each value on an item's answer (logits), summing to zero."""

COMMON, CIRCLE, OWN = 0.15, 0.40, 0.45
"""People's values correlate COMMON + CIRCLE cos(angle between them); OWN is what is left for each value."""


@dataclass(frozen=True)
class Design:
    """Sizes and variances of a simulated study.

    Attributes
    ----------
    seed
        Seed of all random numbers.
    n_models, n_queries, responses_per_query
        Items are queries x responses; each is asked of each model in 3 wordings x 2 option orders.
    items_per_value
        Items truly keyed to each of the ten values; the rest are keyed to none.
    n_raters, n_groups
        People who rate items, in groups; each item is rated by one group.
    n_countries, n_questions, n_people
        Countries, survey questions, and people asked in each country.
    profile_sd, intercept_sd, item_sd, interaction_sd
        Standard deviations (logits) of models' own value effects, models' intercepts, items' difficulties,
        and of the model x item interaction.
    loading
        Effect of the keyed value (a standard normal) on a rating's latent scale, whose error has SD 1.
    score_error
        Error variance of a rater's value score, in units of the value's variance.
    unrated
        Probability that a rater leaves an item out.

    Raises
    ------
    SpecificationError
        A size that can't be met, such as more keyed items than items.

    Examples
    --------
    >>> Design(seed=1).n_items
    120
    """

    seed: int
    n_models: int = 6
    n_queries: int = 24
    responses_per_query: int = 5
    items_per_value: int = 8
    n_raters: int = 300
    n_groups: int = 2
    n_countries: int = 8
    n_questions: int = 60
    n_people: int = 1000
    profile_sd: float = 0.40
    intercept_sd: float = 0.35
    item_sd: float = 0.45
    interaction_sd: float = 0.30
    loading: float = 1.0
    score_error: float = 0.20
    unrated: float = 0.04

    def __post_init__(self) -> None:
        for name in (
            "n_models",
            "n_queries",
            "responses_per_query",
            "items_per_value",
            "n_groups",
            "n_people",
        ):
            self._require(name, 1)
        self._require("n_raters", 4 * self.n_groups)
        self._require("n_countries", 2)
        self._require("n_questions", 2)
        if len(VALUES) * self.items_per_value > self.n_items:
            raise SpecificationError(
                "more items are keyed to values than there are items",
                parameter="items_per_value",
                got=f"{self.items_per_value} for each of {len(VALUES)} values, {self.n_items} items",
                expected=f"at most {self.n_items // len(VALUES)}",
                hint="raise n_queries or responses_per_query",
            )

    def _require(self, name: str, least: int) -> None:
        if getattr(self, name) < least:
            raise SpecificationError(
                "impossible size", parameter=name, got=getattr(self, name), expected=f"at least {least}"
            )

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self.n_queries * self.responses_per_query

    @property
    def models(self) -> list[str]:
        """Names of the models."""
        return [f"model-{_letters(i)}" for i in range(self.n_models)]

    @property
    def countries(self) -> list[str]:
        """Names of the (fictional) countries."""
        return [f"Country {_letters(i).upper()}" for i in range(self.n_countries)]


def _letters(number: int) -> str:
    text = ""
    while True:
        text = chr(ord("a") + number % 26) + text
        number = number // 26 - 1
        if number < 0:
            return text


def value_correlations() -> Array:
    """Correlations of people's ten values, shape ``(10, 10)``: high for neighbours on the circle.

    Examples
    --------
    >>> sigma = value_correlations()
    >>> round(float(sigma[0, 1]), 3), round(float(sigma[0, 5]), 3)
    (0.474, -0.25)
    """
    angles = 2 * np.pi * np.arange(len(VALUES)) / len(VALUES)
    smooth = COMMON + CIRCLE * np.cos(angles[:, None] - angles[None, :])
    return smooth + OWN * np.eye(len(VALUES))
