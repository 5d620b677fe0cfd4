"""The record of KorNAT."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="kornat",
    title="KorNAT",
    citation="Lee et al. (2024). KorNAT: LLM alignment benchmark for Korean social values and common knowledge.",
    data=(),
    licence="facts of the publication",
    material="simulation with a known truth",
    verbs={
        "alignment_recovery": "valuestats.systems.kornat.comparison:alignment_recovery",
        "kornat_comparison": "valuestats.systems.kornat.comparison:comparison",
        "simulated_alignment_truth": "valuestats.systems.kornat.simulate:simulated_alignment_truth",
        "simulated_model_answers": "valuestats.systems.kornat.simulate:simulated_model_answers",
        "simulated_people": "valuestats.systems.kornat.simulate:simulated_people",
    },
    page="valuestats.systems.kornat.page",
)
