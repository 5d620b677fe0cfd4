"""The record of DailyDilemmas."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="daily_dilemmas",
    title="DailyDilemmas",
    citation="Chiu, Jiang & Choi (2025). DailyDilemmas: revealing value preferences of LLMs. ICLR.",
    data=("daily_dilemmas", "dailydilemmas"),
    licence="CC BY 4.0",
    material="the paper's own raw answers under 16 x 2 system prompts",
    verbs={
        "daily_comparison": "valuestats.systems.daily_dilemmas.comparison:daily_comparison",
        "printed_scores": "valuestats.systems.daily_dilemmas.comparison:printed_scores",
        "principle_scores": "valuestats.systems.daily_dilemmas.release:principle_scores",
        "read_action_values": "valuestats.systems.daily_dilemmas.release:read_action_values",
        "read_default_choices": "valuestats.systems.daily_dilemmas.release:read_default_choices",
        "read_model_choices": "valuestats.systems.daily_dilemmas.release:read_model_choices",
        "read_steered_choices": "valuestats.systems.daily_dilemmas.release:read_steered_choices",
        "steerability_scores": "valuestats.systems.daily_dilemmas.comparison:steerability_scores",
        "supported": "valuestats.systems.daily_dilemmas.comparison:supported",
    },
    page="valuestats.systems.daily_dilemmas.page",
    standin="valuestats.systems.daily_dilemmas.simulate:standin",
)
