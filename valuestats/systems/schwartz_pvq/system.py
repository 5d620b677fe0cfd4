"""The record of Cultural value alignment with the PVQ-40."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="schwartz_pvq",
    title="Cultural value alignment with the PVQ-40",
    citation="Segerer (2025). arXiv 2505.17112.",
    data=("human_values", "value_portrait"),
    licence="GPL-3",
    page="valuestats.systems.schwartz_pvq.page",
)
