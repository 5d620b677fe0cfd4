"""The record of LitmusValues."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="litmus",
    title="LitmusValues, stated",
    citation="Chiu et al. (2025). Will AI tell lies to save sick children? Litmus-testing AI values prioritization.",
    data=("litmus",),
    licence="Apache 2.0",
    material="the release's own raw answers",
    verbs={
        "litmus_comparison": "valuestats.systems.litmus.comparison:litmus_comparison",
        "litmus_readings": "valuestats.systems.litmus.comparison:litmus_readings",
        "litmus_ranks": "valuestats.systems.litmus.comparison:litmus_ranks",
        "read_litmus": "valuestats.systems.litmus.release:read_litmus",
    },
    page="valuestats.systems.litmus.page",
    standin="valuestats.systems.litmus.simulate:standin",
)
