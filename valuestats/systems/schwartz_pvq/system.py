"""The record of Cultural value alignment with the PVQ-40."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="schwartz_pvq",
    title="Cultural value alignment with the PVQ-40",
    citation="Segerer (2025). arXiv 2505.17112.",
    data=("human_values", "value_portrait"),
    licence="GPL-3",
    material="people's real answers, 33 models' answers to other items, and a simulation of the design",
    verbs={
        "portrait_recovery": "valuestats.systems.schwartz_pvq.comparison:portrait_recovery",
        "schwartz_claims": "valuestats.systems.schwartz_pvq.comparison:claims",
        "select_models": "valuestats.systems.schwartz_pvq.comparison:select_models",
        "simulated_portraits": "valuestats.systems.schwartz_pvq.simulate:simulated_portraits",
    },
    page="valuestats.systems.schwartz_pvq.page",
    standin="valuestats.systems.schwartz_pvq.simulate:standin",
)
