"""The record of COUPLE."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="couple",
    title="COUPLE",
    citation="COUPLE (2025). Steering language models to profiles of values by counterfactuals. NeurIPS.",
    data=("dailydilemmas", "daily_dilemmas"),
    licence="nothing of the paper is public; DailyDilemmas under CC BY 4.0",
    material="a simulated structural model with known effects, and GPT-4's real choices under system prompts as a stand-in",
    verbs={
        "couple_comparison": "valuestats.systems.couple.comparison:couple_comparison",
        "couple_recovery": "valuestats.systems.couple.comparison:couple_recovery",
        "profile_targets": "valuestats.systems.couple.release:profile_targets",
        "prompted_effects": "valuestats.systems.couple.release:prompted_effects",
        "prompted_outcomes": "valuestats.systems.couple.release:prompted_outcomes",
        "prompted_profiles": "valuestats.systems.couple.release:prompted_profiles",
        "simulate_couple": "valuestats.systems.couple.simulate:simulate_couple",
        "simulated_part": "valuestats.systems.couple.simulate:simulated_part",
        "supposed_judge": "valuestats.systems.couple.release:supposed_judge",
    },
    page="valuestats.systems.couple.page",
)
