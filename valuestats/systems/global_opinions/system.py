"""The record of GlobalOpinionQA."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="global_opinions",
    title="GlobalOpinionQA",
    citation="Durmus et al. (2023). Towards measuring the representation of subjective global opinions in language models.",
    data=("globalopinionqa",),
    licence="CC BY-NC-SA 4.0",
    page="valuestats.systems.global_opinions.page",
)
