"""The record of CIVICS."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="civics",
    title="CIVICS",
    citation="Pistilli et al. (2024). CIVICS: culturally-informed values in large language models.",
    data=("civics",),
    licence="CC BY 4.0",
    page="valuestats.systems.civics.page",
)
