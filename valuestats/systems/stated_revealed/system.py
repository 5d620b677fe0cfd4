"""The record of stated and revealed values."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="stated_revealed",
    title="Stated and revealed values",
    citation="Chiu et al. (2025), LitmusValues; Atari et al. (2023), Morality beyond the WEIRD; LLM values survey (2026).",
    data=("litmus", "mfq2"),
    licence="Apache 2.0 (LitmusValues); CC BY 4.0 (answers to MFQ-2, and means of nations)",
    material="raw answers of LitmusValues with and without a way out; models' answers to MFQ-2 beside 19 nations",
    verbs={
        "nation_distances": "valuestats.systems.stated_revealed.comparison:nation_distances",
        "nearest_nations": "valuestats.systems.stated_revealed.comparison:nearest_nations",
        "read_mfq2": "valuestats.systems.stated_revealed.release:read_mfq2",
        "read_nation_norms": "valuestats.systems.stated_revealed.release:read_nation_norms",
    },
    page="valuestats.systems.stated_revealed.page",
    standin="valuestats.systems.stated_revealed.simulate:standin",
)
