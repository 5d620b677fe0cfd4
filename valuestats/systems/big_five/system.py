"""The record of Big Five in a large sample of people."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="big_five",
    title="Big Five in a large sample of people",
    citation="Revelle, W. (2025). psych: bfi, 25 personality items of 2,800 people.",
    data=("psychometrics",),
    licence="GPL",
    material="public stand-in: answers of 2,800 people to 25 items (psychTools)",
    page="valuestats.measurement.page",
    standin="valuestats.systems.big_five.simulate:standin",
)
