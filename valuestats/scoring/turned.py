"""Scores whose dimensions stand in the order opposite to the usual one, as where a low code means much."""

from __future__ import annotations

import numpy as np

from valuestats.instruments import Instrument
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason
from valuestats.scoring.instrument_plan import Plan, looks_reversed
from valuestats.scoring.unkeyed import unkeyed_reasons

AGAINST = -0.3
"""A rank correlation with the usual order below this is that of a scale which runs the other way, not of other values."""


def against_usual(instrument: Instrument, plan: Plan, means: np.ndarray) -> float | None:
    """Rank correlation of the dimensions' means with the order in which people usually stand, where it is that of a turned
    scale; else None.
    """
    usual = instrument.usual_order.get(plan.family)
    if usual is None:
        return None
    r = looks_reversed(dict(zip(plan.dimensions, means.tolist(), strict=True)), usual)
    return r if r < AGAINST else None


def turned_words(r: float) -> str:
    """What is said of it."""
    return (
        f"order the dimensions against the usual order (rank correlation {r:.2f}), so the scale probably runs the other "
        "way: check the codebook, and direction="
    )


def instrument_reasons(result: Result) -> list[Reason]:
    """Answers to items that no key takes, and an order of dimensions that a turned scale would give."""
    r = result.meta.get("against_usual")
    turned = [] if r is None else [Reason("turned", "care", turned_words(r))]
    return [*unkeyed_reasons(result), *turned]
