"""The record of KorNAT."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="kornat",
    title="KorNAT",
    citation="Lee et al. (2024). KorNAT: LLM alignment benchmark for Korean social values and common knowledge.",
    data=(),
    licence="facts of the publication",
    page="valuestats.systems.kornat.page",
)
