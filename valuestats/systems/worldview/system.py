"""The record of WorldView-Bench."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="worldview",
    title="WorldView-Bench",
    citation="WorldView-Bench (2025).",
    data=(),
    licence="facts of the publication",
    material="simulation with a known truth",
    verbs={
        "diversity_contrast": "valuestats.systems.worldview.comparison:diversity_contrast",
        "diversity_recovery": "valuestats.systems.worldview.comparison:diversity_recovery",
        "simulate_references": "valuestats.systems.worldview.simulate:simulate_references",
        "worldview_comparison": "valuestats.systems.worldview.comparison:comparison",
    },
    page="valuestats.systems.worldview.page",
)
