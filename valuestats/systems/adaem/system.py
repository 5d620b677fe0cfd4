"""The record of AdAEM."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="adaem",
    title="AdAEM",
    citation="Duan et al. (2025). AdAEM: An adaptively and automated extensible measurement of LLMs' value difference.",
    data=("adaem", "litmus"),
    licence="None stated (leaderboard); Apache 2.0 (LitmusValues, the stand-in)",
    material="the public leaderboard's scores; raw choices of LitmusValues as a stand-in",
    verbs={
        "adaem_comparison": "valuestats.systems.adaem.comparison:adaem_comparison",
        "adaem_components": "valuestats.systems.adaem.comparison:adaem_components",
        "adaem_profiles": "valuestats.systems.adaem.comparison:adaem_profiles",
        "adaem_similarity_kind": "valuestats.systems.adaem.comparison:adaem_similarity_kind",
        "fold_keys": "valuestats.systems.adaem.comparison:fold_keys",
        "fold_scores": "valuestats.systems.adaem.comparison:fold_scores",
        "adaem_printed_scores": "valuestats.systems.adaem.release:printed_scores",
        "read_adaem_scores": "valuestats.systems.adaem.release:read_adaem_scores",
        "read_adaem_similarity": "valuestats.systems.adaem.release:read_adaem_similarity",
        "skill_orders": "valuestats.systems.adaem.comparison:skill_orders",
    },
    page="valuestats.systems.adaem.page",
    standin="valuestats.systems.adaem.simulate:standin",
)
