"""The record of Value Drifts, run on LLMDrift."""

from __future__ import annotations

from valuestats.base.registry import System

_ROOM = "valuestats.systems.value_drifts"

SYSTEM = System(
    id="value_drifts",
    title="Value Drifts",
    citation="Bhatia et al. (2025). Value drifts: tracing value alignment during LLM post-training.",
    data=("llmdrift", "value_drifts"),
    licence="Apache 2.0 (LLMDrift); facts of the publication",
    material="LLMDrift's raw answers as a stand-in, checkpoints of public runs, and a simulation with known truth",
    verbs={
        "answer_flows": f"{_ROOM}.comparison:answer_flows",
        "curve_recovery": f"{_ROOM}.simulate:curve_recovery",
        "answered_sensitive": f"{_ROOM}.release:answered_sensitive",
        "drift_comparison": f"{_ROOM}.comparison:drift_comparison",
        "drift_recovery": f"{_ROOM}.simulate:drift_recovery",
        "read_checkpoint_groups": f"{_ROOM}.release:read_checkpoint_groups",
        "read_llmdrift": f"{_ROOM}.release:read_llmdrift",
        "simulated_stances": f"{_ROOM}.simulate:simulated_stances",
    },
    page="valuestats.systems.value_drifts.page",
    standin="valuestats.systems.value_drifts.simulate:standin",
)
