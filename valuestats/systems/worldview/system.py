"""The record of WorldView-Bench."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="worldview",
    title="WorldView-Bench",
    citation="WorldView-Bench (2025).",
    data=(),
    licence="facts of the publication",
    page="valuestats.systems.worldview.page",
)
