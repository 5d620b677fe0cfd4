"""The record of Value Kaleidoscope."""

from __future__ import annotations

from valuestats.base.registry import System

_HERE = "valuestats.systems.kaleido"

SYSTEM = System(
    id="kaleido",
    title="Value Kaleidoscope",
    citation="Sorensen et al. (2023). Value Kaleidoscope: Engaging AI with pluralistic human values, rights, and duties.",
    licence="Facts (one worked example)",
    material="one worked example of the paper; a simulation with a known truth",
    verbs={
        "decision": f"{_HERE}.decisions:decision",
        "demographic_agreement": f"{_HERE}.people:demographic_agreement",
        "demographic_recovery": f"{_HERE}.comparison:demographic_recovery",
        "entropy_tracking": f"{_HERE}.people:entropy_tracking",
        "kaleido_comparison": f"{_HERE}.comparison:kaleido_comparison",
        "read_kaleido": f"{_HERE}.decisions:read_kaleido",
        "simulated_annotations": f"{_HERE}.simulate:simulated_annotations",
        "simulated_outputs": f"{_HERE}.simulate:simulated_outputs",
        "simulated_judgements": f"{_HERE}.simulate:simulated_judgements",
        "tracking_recovery": f"{_HERE}.comparison:tracking_recovery",
    },
    page=f"{_HERE}.page",
)
