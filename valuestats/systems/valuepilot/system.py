"""The record of ValuePilot."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="valuepilot",
    title="ValuePilot",
    citation="ValuePilot (2025), actions ranked by a person's value weights.",
    data=("valuepilot",),
    licence="none given: read where it is at hand, never handed on",
    material="an earlier study of ten people, read where it is at hand, else simulated",
    verbs={
        "agreement_power": "valuestats.systems.valuepilot.comparison:agreement_power",
        "published_overlap": "valuestats.systems.valuepilot.comparison:published_overlap",
        "read_valuepilot_people": "valuestats.systems.valuepilot.release:read_valuepilot_people",
        "read_valuepilot_rankings": "valuestats.systems.valuepilot.release:read_valuepilot_rankings",
        "read_valuepilot_weights": "valuestats.systems.valuepilot.release:read_valuepilot_weights",
        "same_for_all": "valuestats.systems.valuepilot.comparison:same_for_all",
        "valuepilot_comparison": "valuestats.systems.valuepilot.comparison:valuepilot_comparison",
    },
    page="valuestats.systems.valuepilot.page",
    standin="valuestats.systems.valuepilot.simulate:standin",
)
