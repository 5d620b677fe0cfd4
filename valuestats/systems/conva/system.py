"""The record of ConVA."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="conva",
    title="ConVA",
    citation="Jin et al. (2025). Internal value alignment in LLMs through controlled value vector activation.",
    data=(),
    licence="facts of the publication and of its code",
    material="simulation with a known truth",
    verbs={
        "control_effect_recovery": "valuestats.systems.conva.comparison:control_effect_recovery",
        "control_effects": "valuestats.systems.conva.comparison:control_effects",
        "control_outcomes": "valuestats.systems.conva.comparison:control_outcomes",
        "control_recovery": "valuestats.systems.conva.comparison:control_recovery",
        "control_steps": "valuestats.systems.conva.comparison:control_steps",
        "conva_comparison": "valuestats.systems.conva.comparison:comparison",
        "direction_recovery": "valuestats.systems.conva.comparison:direction_recovery",
        "probe_recovery": "valuestats.systems.conva.comparison:probe_recovery",
        "read_conva_activations": "valuestats.systems.conva.release:read_conva_activations",
        "read_conva_results": "valuestats.systems.conva.release:read_conva_results",
        "shift_recovery": "valuestats.systems.conva.comparison:shift_recovery",
        "simulated_activations": "valuestats.systems.conva.simulate:simulated_activations",
        "simulated_control": "valuestats.systems.conva.simulate:simulated_control",
    },
    page="valuestats.systems.conva.page",
)
